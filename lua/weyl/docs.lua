-- docs.lua: writes the documentation: the reference, one page per room, with
-- the method pages and the tutorial of the sources, in Markdown and in HTML;
-- stubs for the Lua language server; the manual page.
--
--   weyl -e 'require("weyl.docs").write("build/docs")'
--
-- The reference is made from what help shows: the engine's table of
-- operations, and the annotations in lua/weyl. Every list is in a fixed order.

local html = require "weyl.docs.html"
local lfs = require "lfs"
local markdown = require "weyl.docs.markdown"
local reference = require "weyl.docs.reference"
local results = require "weyl.results"
local stubs = require "weyl.docs.stubs"
local verbs = require "weyl.docs.verbs"

local docs = {}

---The pages that are made: the reference, the verbs, the recipes.
---@return weyl.docs.page[]
function docs.pages()
  local pages = reference.pages()
  pages[#pages + 1] = verbs.page()
  pages[#pages + 1] = verbs.recipes()
  return pages
end

-- ---- pages that stand in the sources ----

-- Folders beside lua/ with pages; an installation has none.
local FOLDERS = { { "experiments/tutorial", "tutorial", "Tutorial" },
  { "docs/methods", "methods", "Methods, with their equations" } }

local function root()
  return debug.getinfo(1, "S").source:match "^@(.*)lua/weyl/docs%.lua$"
end

-- The pages of a folder in order of their names, README first.
local function written(path)
  local names, pages = {}, {}
  if not path or lfs.attributes(path, "mode") ~= "directory" then
    return pages
  end
  for name in lfs.dir(path) do
    if name:find "%.md$" or name:find "%.lua$" then names[#names + 1] = name end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local text = results.text(path .. "/" .. name)
    text = text:gsub("(%]%([%w_-]+)%.lua%)", "%1.md)") -- here they are pages
    if name:find "%.lua$" then
      text = html.literate(text):gsub("^(%S+%.lua): #? ?(%S)([^\n]*)",
        function(file, first, rest)
          return ("# %s%s\n\n`%s`"):format(first:upper(), rest, file)
        end)
    end
    pages[i] = { name = name:match "^(.*)%.%w+$", text = text,
      title = text:match "^#%s+([^\n]*)" or name }
  end
  return pages
end

-- ---- the index ----

local EDITORS = [[
## Editors

`stubs/weyl.lua` declares the engine's functions for the Lua language server;
the rooms are read from their sources. In `.luarc.json`, with the paths of this
machine:

```json
{ "runtime.version": "Lua 5.4",
  "workspace.library": ["/usr/local/share/lua/5.4/weyl", "build/docs/stubs"] }
```
]]

local function index(pages, folders)
  local out = { "# weyl\n", "Learning with symmetries that hold "
    .. "approximately: the reference. `help(x)` shows the same at the "
    .. "prompt.\n", "## Rooms\n" }
  for _, page in ipairs(pages) do
    out[#out + 1] = ("- [%s](%s.md): %s"):format(page.title, page.name,
      page.about)
  end
  for i, entry in ipairs(FOLDERS) do
    if folders[i][1] then out[#out + 1] = "\n## " .. entry[3] .. "\n" end
    for _, page in ipairs(folders[i]) do
      out[#out + 1] = ("- [%s](%s/%s.md)"):format(markdown.escape(page.title),
        entry[2], page.name)
    end
  end
  out[#out + 1] = "\n" .. EDITORS
  return { name = "index", title = "weyl", text = table.concat(out, "\n") }
end

-- ---- writing ----

local function write_page(folder, page, up, with_html)
  results.write(("%s/%s.md"):format(folder, page.name), page.text)
  if with_html then
    results.write(("%s/%s.html"):format(folder, page.name),
      html.page(page, up))
  end
end

---Writes the documentation into a folder, which is made: index.md and a page
---for each room, verbs and recipes, methods/, tutorial/, the same as .html
---where cmark-gfm is installed; stubs/weyl.lua; weyl.1.
---@param folder string
function docs.write(folder)
  local pages, folders, with_html = docs.pages(), {}, html.possible()
  for i, entry in ipairs(FOLDERS) do
    folders[i] = written(root() and root() .. entry[1])
    for _, page in ipairs(folders[i]) do
      write_page(folder .. "/" .. entry[2], page, "../", with_html)
    end
  end
  for _, page in ipairs(pages) do write_page(folder, page, "", with_html) end
  write_page(folder, index(pages, folders), "", with_html)
  results.write(folder .. "/stubs/weyl.lua", stubs())
  results.write(folder .. "/weyl.1", verbs.man())
  print(("wrote %s/index.md%s"):format(folder, with_html and " and index.html"
    or "; with cmark-gfm there would be HTML as well"))
end

return docs
