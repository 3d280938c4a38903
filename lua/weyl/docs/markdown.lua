-- docs/markdown.lua: comments of sources as Markdown.

local markdown = {}

-- Characters that would be markup; what stands in backquotes stays as it is.
local function escape(text)
  local out = {}
  for plain, code in (text .. "``"):gmatch "([^`]*)(`[^`]*`)" do
    out[#out + 1] = plain:gsub("[\\*<>%[%]]", "\\%0")
    out[#out + 1] = code
  end
  return (table.concat(out):gsub("``$", ""))
end

markdown.escape = escape

---A comment as Markdown: indented lines are code, the others paragraphs.
---@param text string
---@return string
function markdown.comment(text)
  local out, code = {}, false
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local inside = line:find "^%s%s" ~= nil
      or code and line == ""
    if inside ~= code then
      if not inside and out[#out] == "" then out[#out] = nil end
      out[#out + 1] = inside and "\n```lua" or "```\n"
      code = inside
    end
    out[#out + 1] = inside and line:gsub("^%s%s", "") or escape(line)
  end
  if code then out[#out + 1] = "```" end
  return (table.concat(out, "\n"):gsub("\n\n\n+", "\n\n"))
end

---The first sentence of a comment.
---@param text string
---@return string
function markdown.brief(text)
  local line = text:gsub("\n%s%s.*", ""):gsub("%s+", " ")
  return escape(line:match "^(.-[^%.]%.)%s" or line)
end

-- How far a type reaches in "table<string, any>? the options": up to a space
-- outside of brackets that neither follows ":", "," or "|" nor precedes "|".
local function end_of_type(text)
  local depth = 0
  for i = 1, #text do
    local c = text:sub(i, i)
    if c:find "[%(%[{<]" then depth = depth + 1 end
    if c:find "[%)%]}>]" then depth = depth - 1 end
    if c == " " and depth == 0 and not text:sub(1, i - 1):find "[:,|]$" then
      return i - 1
    end
  end
  return #text
end

---A type and what is said of it: "`integer?`: how many".
---@param text string as it follows the name in an annotation
---@return string
function markdown.typed(text)
  text = text:gsub("%s+", " ")
  local last = end_of_type(text)
  local rest = text:sub(last + 2)
  return ("`%s`%s"):format(text:sub(1, last), rest ~= ""
    and ": " .. escape(rest) or "")
end

return markdown
