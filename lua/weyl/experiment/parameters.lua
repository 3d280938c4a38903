-- experiment/parameters.lua: the parameters of a model by name, for files.
--
-- A parameter's name is its path in the model's table, "layers.2.weight", the
-- first in the order of trees: integer keys ascending, then strings.

local check = require "weyl.check"
local core = require "weyl.core"

---@class weyl.named_parameter
---@field name string
---@field param weyl.param

local parameters = {}

local function sorted_keys(t)
  local numbers, names = {}, {}
  for key, value in next, t do
    local kind = type(value)
    if kind == "table" or kind == "userdata" then
      if math.type(key) == "integer" then numbers[#numbers + 1] = key end
      if type(key) == "string" then names[#names + 1] = key end
    end
  end
  table.sort(numbers)
  table.sort(names)
  return table.move(names, 1, #names, #numbers + 1, numbers)
end

local function visit(node, path, list)
  if core.is_param(node) then
    if not list[node] then list[#list + 1] = { name = path, param = node } end
    list[node] = true
  elseif type(node) == "table" then
    for _, key in ipairs(sorted_keys(node)) do
      visit(rawget(node, key), path and path .. "." .. key or tostring(key),
        list)
    end
  end
end

---@param model table
---@return weyl.named_parameter[]
function parameters.of(model)
  core.tree.leaves(model) -- raises when a table contains itself
  local found, list, seen = {}, {}, {}
  visit(model, nil, found)
  for i, p in ipairs(found) do
    if seen[p.name] then
      check.fail("experiment: the model has two parameters called '%s'",
        p.name)
    end
    seen[p.name], list[i] = true, p
  end
  return list
end

---Copies of the values, in order.
---@param list weyl.named_parameter[]
---@return weyl.tensor[]
function parameters.values(list)
  local values = {}
  for i, p in ipairs(list) do values[i] = p.param:value() end
  return values
end

---Sets the values, in order.
---@param list weyl.named_parameter[]
---@param values weyl.tensor[]
function parameters.set(list, values)
  for i, p in ipairs(list) do p.param:set(values[i]) end
end

return parameters
