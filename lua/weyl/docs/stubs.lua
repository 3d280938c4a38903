-- docs/stubs.lua: declarations for the Lua language server, of the functions
-- and methods that stand in the engine's table of operations. What else there
-- is stands in lua/weyl/meta.lua and in the sources of the rooms.

local core = require "weyl.core"
local help = require "weyl.help"

local function put(out, form, ...)
  out[#out + 1] = select("#", ...) > 0 and form:format(...) or form
end

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

---The declarations.
---@return string
return function()
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
