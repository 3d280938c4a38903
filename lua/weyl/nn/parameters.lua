-- nn/parameters.lua: the parameters of a model by name, for files.
--
-- A parameter's name is its path in the model's table, "layers.2.weight", the
-- first in the order of trees: integer keys ascending, then strings.

local check = require "weyl.check"
local core = require "weyl.core"
local keys = require "weyl.keys"
local safetensors = require "weyl.data.safetensors"

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
      check.fail("the model has two parameters called '%s'",
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

local function described(x)
  return x and x.dtype .. " " .. check.shape(x) or "nothing"
end

---In what tensors by name are not those of a model; nil when they are.
---@param list weyl.named_parameter[]
---@param tensors table<string, weyl.tensor>
---@return string? difference
function parameters.difference(list, tensors)
  local known = {}
  for _, p in ipairs(list) do
    local here, there = described(p.param), described(tensors[p.name])
    if here ~= there then
      return ("'%s' is %s there and %s here"):format(p.name, there, here)
    end
    known[p.name] = true
  end
  local names = keys.of(tensors, function(name) return not known[name] end)
  return names[1] and ("the model here has no '%s'"):format(names[1])
end

---Writes the parameters to a .safetensors file.
---@param list weyl.named_parameter[]
---@param values weyl.tensor[]? in place of those that they have
---@param path string
---@param texts table<string, string>?
function parameters.save(list, values, path, texts)
  local tensors = {}
  for i, p in ipairs(list) do
    tensors[p.name] = values and values[i] or p.param
  end
  safetensors.write(path, tensors, texts)
end

---Sets all parameters from a .safetensors file.
---@param model table
---@param path string
---@return table<string, string> texts that the file has beside them
function parameters.load(model, path)
  local list = parameters.of(model)
  local tensors, texts = safetensors.read(path)
  local why = parameters.difference(list, tensors)
  if why then
    check.fail("nn.load: '%s' is of another model: %s", path, why)
  end
  for _, p in ipairs(list) do p.param:set(tensors[p.name]) end
  return texts
end

return parameters
