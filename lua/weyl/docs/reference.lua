-- docs/reference.lua: a page of Markdown for each room, from what stands in
-- the sources: introduction, classes with their fields, functions, methods.

local help = require "weyl.help"
local markdown = require "weyl.docs.markdown"
local source = require "weyl.source"

local reference = {}

-- Files of a room whose objects users meet: their classes and methods are on
-- its page, and what they add to the room.
local PARTS = {
  group = { "class", "basis", "bilinear", "reynolds", "combine", "algebra",
    "finite", "member", "sample" },
  rep = { "harmonics", "coupling" },
  reg = { "levels", "candidates", "two_sided", "autotune", "evidence",
    "scripted", "orbit", "pathways" },
  nn = { "linear", "mlp", "emlp", "bilinear", "pathway" },
  method = { "object" },
  experiment = { "train" },
  data = { "loader", "scale", "frame" },
  runs = { "store", "record" },
  sweep = { "results" },
  plot = { "figure" },
  symmetry = { "discovery" },
}

---@class weyl.docs.page
---@field name string of its file, without an ending
---@field title string
---@field about string one line, Markdown
---@field text string Markdown

local function put(out, form, ...)
  out[#out + 1] = select("#", ...) > 0 and form:format(...) or form
end

-- ---- functions ----

---@param out string[]
---@param entry weyl.help.entry
local function put_entry(out, entry)
  put(out, "<a id=\"%s\"></a>\n\n### `%s`\n", entry.name,
    help.signature(entry))
  if entry.doc ~= "" then put(out, "%s\n", markdown.comment(entry.doc)) end
  for _, p in ipairs(entry.params) do
    put(out, "- `%s`%s, %s", p.name, p.optional and ", optional" or "",
      markdown.typed(p.type))
  end
  for _, r in ipairs(entry.returns) do
    put(out, "- returns %s", markdown.typed(r))
  end
  if #entry.params + #entry.returns > 0 then put(out, "") end
  if entry.sample ~= "" then put(out, "Example: `%s`\n", entry.sample) end
end

local function put_list(out, entries)
  for _, entry in ipairs(entries) do
    local brief = markdown.brief(entry.doc)
    put(out, "- [`%s`](#%s)%s", help.signature(entry), entry.name,
      brief ~= "" and ": " .. brief or "")
  end
  put(out, "")
end

-- Functions of a file that others can reach: those of its room and, of one of
-- its parts, methods.
local function entries_of(file, room, part)
  local out = {}
  for _, item in ipairs(file.items) do
    local documented = item.doc ~= "" or #item.tags > 0
    local name = item.name
    local mine = not part or name:find "^%u%l*:"
      or name:find("^" .. room .. "%.")
    if item.line > 0 and documented and mine
        and (item.public or name == room) then -- a room may be a function
      out[#out + 1] = help.entry(item)
    end
  end
  return out
end

-- ---- classes ----

-- Classes of a file that have fields, as Markdown.
local function put_classes(out, file)
  for _, item in ipairs(file.items) do
    local name = (item.tags[1] or ""):match "^class%s+([%w_.]+)"
    local fields = {}
    for _, tag in ipairs(name and item.tags or {}) do
      local field, rest = tag:match "^field%s+([%w_?%[%]]+)%s+(.*)"
      if field then
        fields[#fields + 1] = ("- `%s`, %s"):format(field,
          markdown.typed(rest))
      end
    end
    if #fields > 0 then
      local about = item.tags[1]:match "^class%s+[%w_.:, ]-%s%s*(%l.*)" or ""
      put(out, "<a id=\"class-%s\"></a>\n\n### class `%s`\n", name, name)
      local text = item.doc ~= "" and item.doc or about
      if text ~= "" then put(out, "%s\n", markdown.comment(text)) end
      put(out, "%s\n", table.concat(fields, "\n"))
    end
  end
end

-- ---- pages ----

-- "group.lua: text" without the file's name.
local function introduction(file)
  return (file.doc:gsub("^%S+%.lua: ", ""):gsub("^%l", string.upper))
end

local function page(name, title, doc, entries, classes)
  local out = { ("# %s\n"):format(title), markdown.comment(doc) .. "\n" }
  if #entries > 0 then
    put(out, "## Contents\n")
    put_list(out, entries)
  end
  if #classes > 0 then
    put(out, "## Classes\n")
    table.move(classes, 1, #classes, #out + 1, out)
  end
  if #entries > 0 then put(out, "## Functions and methods\n") end
  for _, entry in ipairs(entries) do put_entry(out, entry) end
  return { name = name, title = title, about = markdown.brief(doc),
    text = table.concat(out, "\n"):gsub("\n\n\n+", "\n\n") }
end

local function room_page(room)
  local file = source.module("weyl." .. room)
  local entries, classes = entries_of(file, room), {}
  put_classes(classes, file)
  for _, part in ipairs(PARTS[room] or {}) do
    local inner = source.module(("weyl.%s.%s"):format(room, part))
    local more = entries_of(inner, room, true)
    table.move(more, 1, #more, #entries + 1, entries)
    put_classes(classes, inner)
  end
  return page(room, "weyl." .. room, introduction(file), entries, classes)
end

local TENSORS = [[
The functions of the engine. Those that take a tensor first are its methods as
well: `x:sum()` is `weyl.sum(x)`. Operators `+ - * / % // ^` and the unary `-`
are elementwise, with broadcasting; `t[i]` and `t[{i, {first, last}}]` select,
from 1. Values are computed when they are asked for.

Ctrl-C stops a computation between kernels, and within those that are long; one
call of LAPACK (`eigh`, `svd`, `solve` and their like) is finished first.]]

local function tensor_page()
  local entries, classes = {}, {}
  for i, entry in ipairs(help.entries()) do entries[i] = entry end
  local more = entries_of(source.module "weyl.transforms", "weyl")
  table.move(more, 1, #more, #entries + 1, entries)
  put_classes(classes, source.module "weyl.meta")
  local out = page("tensors", "Functions of tensors", TENSORS, entries, classes)
  out.about = "the functions of the engine: tensors and derivatives"
  return out
end

---The pages of the reference.
---@return weyl.docs.page[]
function reference.pages()
  local pages = { tensor_page() }
  for _, room in ipairs(require("weyl").rooms) do
    pages[#pages + 1] = room_page(room)
  end
  return pages
end

return reference
