-- transforms.lua: whole derivative matrices from vjp and jvp.
--
-- Each row or column is one vector-Jacobian or Jacobian-vector product along
-- a unit vector. They all have the same graph, so one plan serves all.

local core = require "weyl.core"

local transforms = {}

local function check_function(f, name)
  if type(f) == "function" then return end
  error(("%s%s: argument 'f' must be a function, got %s"):format(
    core.caller(), name, type(f)), 0)
end

-- A real floating-point tensor; what else it could be is said.
local function check_real(x, name, what)
  if core.is_tensor(x) and (x.dtype == "f32" or x.dtype == "f64") then
    return
  end
  local got = core.is_tensor(x) and "a tensor of dtype " .. x.dtype or type(x)
  error(("%s%s: %s must be a tensor of dtype f32 or f64, got %s"):format(
    core.caller(), name, what, got), 0)
end

-- The i-th unit vector in the shape and dtype of x.
local function unit(x, i)
  return core.arange(x.size):eq(i):to(x.dtype):reshape(x.shape)
end

local function joined(a, b)
  return table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
end

-- Row by row: y.size backward passes.
local function by_rows(f, x, y)
  local rows = {}
  for i = 1, y.size do
    local _, row = core.vjp(f, x, unit(y, i))
    rows[i] = row:reshape(x.size)
  end
  return core.stack(rows, 1)
end

-- Column by column: x.size forward passes.
local function by_columns(f, x, y)
  local columns = {}
  for i = 1, x.size do
    local _, column = core.jvp(f, x, unit(x, i))
    columns[i] = column:reshape(y.size)
  end
  return core.stack(columns, 2)
end

---The function x -> dy/dx for y = f(x), both real tensors. The result has
---shape y.shape followed by x.shape. Takes as many passes as the smaller of
---the two has elements.
---@param f fun(x: weyl.tensor): weyl.tensor
---@return fun(x: weyl.tensor): weyl.tensor
function transforms.jacobian(f)
  check_function(f, "jacobian")
  return function(x)
    check_real(x, "jacobian", "argument 'x'")
    local y = f(x)
    check_real(y, "jacobian", "the result of f")
    if x.size == 0 or y.size == 0 then
      return core.zeros(joined(y.shape, x.shape), y.dtype)
    end
    local matrix = (y.size <= x.size and by_rows or by_columns)(f, x, y)
    return matrix:reshape(joined(y.shape, x.shape))
  end
end

---The function x -> d2y/dx2 for a real tensor of one element y = f(x); shape
---x.shape twice.
---@param f fun(x: weyl.tensor): weyl.tensor
---@return fun(x: weyl.tensor): weyl.tensor
function transforms.hessian(f)
  check_function(f, "hessian")
  return transforms.jacobian(core.grad(f))
end

---The function (x, v) -> H v, the Hessian of f at x times v, by forward over
---reverse differentiation: one pass, no matrix. x and v are trees alike; x
---may hold parameters.
---@param f fun(x: weyl.tree): weyl.tensor
---@return fun(x: weyl.tree, v: weyl.tree): weyl.tree
function transforms.hvp(f)
  check_function(f, "hvp")
  return function(x, v)
    local _, product = core.jvp(core.grad(f), x, v)
    return product
  end
end

return transforms
