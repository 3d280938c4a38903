-- docs.lua: writes the reference and the stubs for the Lua language server.
--
--   weyl -e 'require("weyl.docs").write("build/docs")'
--
-- Both are made from what help shows: the engine's table of operations, and
-- the annotations in lua/weyl. Every list is in a fixed order.

local core = require "weyl.core"
local help = require "weyl.help"
local source = require "weyl.source"

local docs = {}

-- Files of a room whose methods users meet as well.
local PARTS = {
  group = { "weyl.group.class", "weyl.group.basis", "weyl.group.bilinear",
    "weyl.group.reynolds", "weyl.group.combine", "weyl.group.algebra",
    "weyl.group.finite", "weyl.group.member", "weyl.group.sample" },
  rep = { "weyl.rep.harmonics", "weyl.rep.coupling" },
  reg = { "weyl.reg.levels", "weyl.reg.candidates", "weyl.reg.autotune",
    "weyl.reg.evidence", "weyl.reg.orbit", "weyl.reg.pathways" },
  method = { "weyl.method.object" },
  runs = { "weyl.runs.store", "weyl.runs.record" },
  symmetry = { "weyl.symmetry.discovery" },
}

-- ---- the reference: Markdown ----

local function put(out, form, ...)
  out[#out + 1] = select("#", ...) > 0 and form:format(...) or form
end

---@param out string[]
---@param entry weyl.help.entry
local function put_entry(out, entry)
  put(out, "### `%s`\n", help.signature(entry))
  if entry.doc ~= "" then put(out, "%s\n", entry.doc) end
  for _, p in ipairs(entry.params) do
    put(out, "- `%s`: %s%s", p.name, p.type, p.optional and ", optional" or "")
  end
  for _, r in ipairs(entry.returns) do put(out, "- returns %s", r) end
  if #entry.params + #entry.returns > 0 then put(out, "") end
  if entry.sample ~= "" then put(out, "Example: `%s`\n", entry.sample) end
end

-- "group.lua: text" without the file's name.
local function room_doc(file)
  return (file.doc:gsub("^%S+%.lua: ", ""))
end

-- Functions of a room that others can reach: fields and methods.
local function public_items(file)
  local items = {}
  for _, item in ipairs(file.items) do
    local documented = item.doc ~= "" or #item.tags > 0
    if item.line > 0 and item.public and documented then
      items[#items + 1] = help.entry(item)
    end
  end
  return items
end

-- The functions and methods of a room's file with its introduction, or of one
-- of its parts those that users meet: methods, and functions of the room.
local function put_file(out, file, room, part)
  if not part then put(out, "%s\n", room_doc(file)) end
  for _, entry in ipairs(public_items(file)) do
    if not part or entry.name:find ":" or entry.name:find(room .. ".", 1, true)
    then
      put_entry(out, entry)
    end
  end
end

---The reference as Markdown.
---@return string
function docs.reference()
  local out = { "# weyl: reference\n", "## Functions of tensors\n" }
  for _, entry in ipairs(help.entries()) do put_entry(out, entry) end
  local more = source.module "weyl.transforms"
  for _, entry in ipairs(public_items(more)) do put_entry(out, entry) end
  for _, room in ipairs(require("weyl").rooms) do
    local file = source.module("weyl." .. room)
    if file then
      put(out, "## weyl.%s\n", room)
      put_file(out, file, room)
      for _, part in ipairs(PARTS[room] or {}) do
        put_file(out, source.module(part), room, true)
      end
    end
  end
  return table.concat(out, "\n")
end

-- ---- stubs ----

local function put_annotations(out, entry, first)
  for line in entry.doc:gmatch "[^\n]+" do put(out, "---" .. line) end
  for i = first, #entry.params do
    local p = entry.params[i]
    put(out, "---@param %s%s %s", p.name, p.optional and "?" or "",
      p.annotation)
  end
  put(out, "---@return weyl.tensor ...")
end

local function param_names(entry, first)
  local names = {}
  for i = first, #entry.params do names[#names + 1] = entry.params[i].name end
  return table.concat(names, ", ")
end

---Declarations of the functions and methods of the table of operations; what
---else there is stands in lua/weyl/meta.lua.
---@return string
function docs.stubs()
  local out = { "---@meta weyl.operations\n", "---@class weyl",
    "local weyl = {}\n", "---@class weyl.tensor", "local tensor = {}\n" }
  for _, room in ipairs(require("weyl").rooms) do
    put(out, 'weyl.%s = require "weyl.%s"', room, room)
  end
  put(out, "")
  for i, f in ipairs(core.functions()) do
    local entry = help.entries()[i]
    put_annotations(out, entry, 1)
    put(out, "function weyl.%s(%s) end\n", f.name, param_names(entry, 1))
    if core.methods[f.name] then
      put_annotations(out, entry, 2)
      put(out, "function tensor:%s(%s) end\n", f.name, param_names(entry, 2))
    end
  end
  put(out, "return weyl\n")
  return table.concat(out, "\n")
end

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
  print("wrote " .. path)
end

---Writes reference.md and stubs/weyl.lua into a folder, which is made.
---@param folder string
function docs.write(folder)
  local quoted = "'" .. folder:gsub("'", "'\\''") .. "/stubs'"
  assert(os.execute("mkdir -p " .. quoted))
  write_file(folder .. "/reference.md", docs.reference())
  write_file(folder .. "/stubs/weyl.lua", docs.stubs())
end

return docs
