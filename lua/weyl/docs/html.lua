-- docs/html.lua: pages of Markdown as HTML, through cmark-gfm.

local html = require "weyl.report.html"
local results = require "weyl.results"

local pages = {}

---Whether cmark-gfm is there.
---@return boolean
function pages.possible()
  return os.execute "command -v cmark-gfm >/dev/null" == true
end

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Markdown as HTML. Anchors of our own are raw HTML, hence --unsafe.
local function convert(text)
  local path = os.tmpname()
  results.write(path, text)
  local pipe = assert(io.popen("cmark-gfm --unsafe -e table "
    .. quote(path)))
  local out = pipe:read "a"
  local ok = pipe:close()
  os.remove(path)
  assert(ok, "docs: cmark-gfm failed")
  return out
end

-- Headings get ids as GitHub makes them, links lead to pages of HTML.
local function mend(text)
  text = text:gsub("<h([2-6])>(.-)</h%1>", function(level, title)
    local id = title:gsub("<[^>]*>", ""):gsub("&%w+;", ""):lower()
      :gsub("[^%w _-]", ""):gsub(" ", "-")
    return ("<h%s id=\"%s\">%s</h%s>"):format(level, id, title, level)
  end)
  return (text:gsub("(href=\"[^\":#]+)%.md([\"#])", "%1.html%2"))
end

---A page of HTML. `up` leads to the folder of the index: "" or "../".
---@param page { title: string, text: string }
---@param up string
---@return string
function pages.page(page, up)
  local body = page.text:gsub("^# [^\n]*\n", "")
  return html.page(page.title, { ("<p><a href=\"%sindex.html\">weyl</a></p>\n")
    :format(up), mend(convert(body)) })
end

---A script with prose as Markdown: comments that begin a line are text, all
---else is code.
---@param text string
---@return string
function pages.literate(text)
  local out, code = {}, {}
  local function flush()
    local block = table.concat(code, "\n"):gsub("^\n+", ""):gsub("%s+$", "")
    if block ~= "" then out[#out + 1] = "\n```lua\n" .. block .. "\n```\n" end
    code = {}
  end
  for line in (text:gsub("\n?$", "\n")):gmatch "([^\n]*)\n" do
    local comment = line:match "^%-%- ?(.*)"
    if comment then
      flush()
      out[#out + 1] = comment
    else
      code[#code + 1] = line
    end
  end
  flush()
  return table.concat(out, "\n") .. "\n"
end

return pages
