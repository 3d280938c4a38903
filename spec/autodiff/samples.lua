-- samples.lua: the samples of the table of operations as calls that can be
-- made, differentiated and compared.
--
-- A sample's tensors are drawn anew from a stream of its own each time it is
-- asked for, so a spec that fails alone fails the same way in company.

local core = require "weyl.core"
local weyl = require "weyl"

local samples = {}

---@class weyl.spec.sample
---@field name string the function's
---@field text string the arguments as ops.def has them
---@field f function
---@field number integer position among all samples

local complex_of = { f32 = "c64", f64 = "c128" }

-- Complex normal numbers.
local function complex_normal(shape, dtype)
  return weyl.complex(weyl.normal(shape, 0, 1, dtype),
    weyl.normal(shape, 0, 1, dtype))
end

-- Symmetric positive definite: [.., n, n] for shape [.., n].
local function positive(shape)
  local n = shape[#shape]
  shape[#shape + 1] = n
  local a = weyl.normal(shape, 0, 1, "f64")
  return a:matmul(a:transpose()) + weyl.eye(n, n, "f64")
end

-- The names that samples are written with.
local environment = {
  weyl = weyl,
  R = function(...) return weyl.normal({ ... }, 0, 1, "f64") end,
  P = function(...) return weyl.uniform({ ... }, 0.5, 2, "f64") end,
  U = function(...) return weyl.uniform({ ... }, -0.9, 0.9, "f64") end,
  Z = function(...) return complex_normal({ ... }, "f64") end,
  M = function(...) return weyl.bernoulli({ ... }, 0.5) end,
  I = function(values) return weyl.tensor(values, "i64") end,
  SPD = function(...) return positive { ... } end,
}

---All samples of all functions.
---@return weyl.spec.sample[]
function samples.all()
  local list = {}
  for _, f in ipairs(core.functions()) do
    for text in (f.sample .. " | "):gmatch "(.-) | " do
      if text ~= "" then
        list[#list + 1] = { name = f.name, text = text, f = f.f,
          number = #list + 1 }
      end
    end
  end
  return list
end

---The arguments of a sample, in f64 and c128.
---@param sample weyl.spec.sample
---@return any[]
function samples.arguments(sample)
  weyl.seed(1000 + sample.number)
  local chunk = assert(load("return {" .. sample.text .. "}", sample.name, "t",
    environment))
  return chunk()
end

local function is_float(t) return t.dtype ~= "i64" and t.dtype ~= "bool" end

---A copy of nested lists with every floating-point tensor replaced.
---@param value any
---@param f fun(t: weyl.tensor): weyl.tensor
---@return any
function samples.replace(value, f)
  if weyl.is_tensor(value) then return is_float(value) and f(value) or value end
  if type(value) ~= "table" then return value end
  local copy = {}
  for i, v in ipairs(value) do copy[i] = samples.replace(v, f) end
  return copy
end

---The floating-point tensors of a tree.
---@param tree weyl.tree
---@return weyl.tensor[]
function samples.floats(tree)
  local list = {}
  for _, t in ipairs(weyl.tree.leaves(tree)) do
    if is_float(t) then list[#list + 1] = t end
  end
  return list
end

---Real and complex tensors of the arguments in a dtype, others as they are.
---@param args any[]
---@param real "f32"|"f64"
---@return any[]
function samples.convert(args, real)
  return samples.replace(args, function(t)
    local is_real = t.dtype == "f32" or t.dtype == "f64"
    return t:to(is_real and real or complex_of[real])
  end)
end

---The floating-point results of a call as a list.
---@param sample weyl.spec.sample
---@param args any[]
---@return weyl.tensor[]
function samples.call(sample, args)
  return samples.floats { sample.f(table.unpack(args)) }
end

---A random tensor like t.
---@param t weyl.tensor
---@return weyl.tensor
function samples.like(t)
  local shape = t.shape
  if t.dtype == "f32" or t.dtype == "f64" then
    return weyl.normal(shape, 0, 1, t.dtype)
  end
  return complex_normal(shape, t.dtype == "c64" and "f32" or "f64")
end

---Re sum conj(a) b over lists of tensors: the inner product that derivatives
---refer to.
---@param a weyl.tensor[]
---@param b weyl.tensor[]
---@return weyl.tensor
function samples.inner(a, b)
  local total = weyl.zeros({}, "f64")
  for i = 1, #a do
    total = total + (a[i]:conj() * b[i]):real():sum():to "f64"
  end
  return total
end

---Largest modulus of the differences, and of the second list.
---@param a weyl.tensor[]
---@param b weyl.tensor[]
---@return number difference
---@return number size
function samples.distance(a, b)
  local worst, size = 0.0, 0.0
  for i = 1, #b do
    if b[i].size > 0 then
      local wide = b[i]:to(b[i].dtype:match "^c" and "c128" or "f64")
      worst = math.max(worst, (a[i]:to(wide.dtype) - wide):abs():max():item())
      size = math.max(size, wide:abs():max():item())
    end
  end
  return worst, size
end

return samples
