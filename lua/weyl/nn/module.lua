-- nn/module.lua: how layers and models are made.
--
-- Invariant: the object's own table holds what belongs to its state, that is
-- parameters, tensors and other modules; what is fixed (representations,
-- sizes, methods) lies behind its metatable. The tree of a model is therefore
-- exactly its state, and walking it at every step costs nothing extra.

local check = require "weyl.check"
local core = require "weyl.core"

local module = {}

---Number of trained numbers in a model.
---@param model table
---@return integer
function module.count(model)
  local count = 0
  for _, leaf in ipairs(core.tree.leaves(model)) do
    if core.is_param(leaf) then count = count + leaf.size end
  end
  return count
end

---Fails unless x is a batch of inputs for a model.
---@param object table a model
---@param x any
---@param inputs integer
function module.check_input(object, x, inputs)
  if core.is_tensor(x) and x.rank == 2 and x.shape[2] == inputs then return end
  check.arg(false, getmetatable(object).__name:gsub("^weyl%.", ""), "x",
    ("a tensor [batch, %d]"):format(inputs), x)
end

-- "weyl.nn.linear: 20 -> 9, 189 parameters"
local function describe(object)
  local meta = getmetatable(object)
  local what = object.describe and object:describe() .. ", " or ""
  return ("%s: %s%d parameters"):format(meta.__name, what,
    module.count(object))
end

---An object of `class`, called like a function for its method `forward`.
---@generic T: table
---@param class T methods; `name` is the type's name
---@param own table parameters, tensors, modules
---@param fixed table everything else
---@return T
function module.new(class, own, fixed)
  local index = {}
  for key, value in next, class do index[key] = value end
  for key, value in next, fixed do index[key] = value end
  return setmetatable(own, { __index = index, __call = class.forward,
    __name = class.name, __tostring = describe })
end

return module
