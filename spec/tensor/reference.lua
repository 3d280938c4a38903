-- reference.lua: tensors done slowly in Lua, to hold the engine against.
--
-- An array is {shape = integers, ...} with its elements row-major in the list
-- part: numbers, booleans or complex numbers. Nothing here calls the engine
-- but `of` and `tensor`, which carry values across, and the comparisons.

local weyl = require "weyl"

local reference = {}

-- ---- complex numbers ----

---@class weyl.spec.complex
---@field re number
---@field im number
local complex = {}
complex.__index = complex

---@param re number
---@param im? number
---@return weyl.spec.complex
local function new(re, im)
  return setmetatable({ re = re, im = im or 0.0 }, complex)
end

local function parts(z)
  if type(z) == "number" then return z, 0.0 end
  return z.re, z.im
end

function complex.__add(x, y)
  local a, b = parts(x)
  local c, d = parts(y)
  return new(a + c, b + d)
end

function complex.__sub(x, y)
  local a, b = parts(x)
  local c, d = parts(y)
  return new(a - c, b - d)
end

function complex.__mul(x, y)
  local a, b = parts(x)
  local c, d = parts(y)
  return new(a * c - b * d, a * d + b * c)
end

function complex.__div(x, y)
  local a, b = parts(x)
  local c, d = parts(y)
  local n = c * c + d * d
  return new((a * c + b * d) / n, (b * c - a * d) / n)
end

function complex.__unm(z) return new(-z.re, -z.im) end
function complex.__eq(x, y) return x.re == y.re and x.im == y.im end

reference.complex = new

---@param z number|weyl.spec.complex
---@return number|weyl.spec.complex
function reference.conj(z)
  return type(z) == "number" and z or new(z.re, -z.im)
end

---@param z number|weyl.spec.complex
---@return number
function reference.abs(z)
  local re, im = parts(z)
  return im == 0 and math.abs(re) or (re * re + im * im) ^ 0.5
end

---e^z.
function reference.exp(z)
  local re, im = parts(z)
  local r = math.exp(re)
  if type(z) == "number" then return r end
  return new(r * math.cos(im), r * math.sin(im))
end

-- ---- arrays ----

---@class weyl.spec.array
---@field shape integer[]

---Number of elements of a shape.
---@param shape integer[]
---@return integer
function reference.count(shape)
  local n = 1
  for _, d in ipairs(shape) do n = n * d end
  return n
end

---Position, from 1, of a 1-based index in row-major order.
---@param shape integer[]
---@param index integer[]
---@return integer
function reference.position(shape, index)
  local k = 0
  for i, d in ipairs(shape) do k = k * d + index[i] - 1 end
  return k + 1
end

---The array of f(index) over a shape; index is 1-based.
---@param shape integer[]
---@param f fun(index: integer[]): any
---@return weyl.spec.array
function reference.build(shape, f)
  local out, index = { shape = table.move(shape, 1, #shape, 1, {}) }, {}
  for i = 1, #shape do index[i] = 1 end
  for k = 1, reference.count(shape) do
    out[k] = f(index)
    for i = #shape, 1, -1 do
      index[i] = index[i] + 1
      if index[i] <= shape[i] then break end
      index[i] = 1
    end
  end
  return out
end

---The element at an index of broadcast x: dims are aligned at their ends,
---those of size 1 repeat.
---@param x weyl.spec.array
---@param index integer[]
---@return any
function reference.at(x, index)
  local skip, own = #index - #x.shape, {}
  for i, d in ipairs(x.shape) do own[i] = d == 1 and 1 or index[skip + i] end
  return x[reference.position(x.shape, own)]
end

---The shape that all arrays broadcast to.
---@param list weyl.spec.array[]
---@return integer[]
function reference.broadcast(list)
  local rank, shape = 0, {}
  for _, x in ipairs(list) do rank = math.max(rank, #x.shape) end
  for i = 1, rank do
    shape[i] = 1
    for _, x in ipairs(list) do
      local d = x.shape[i - rank + #x.shape] or 1
      if d ~= 1 then shape[i] = d end
    end
  end
  return shape
end

---f of corresponding elements of broadcast arrays.
---@param f fun(...): any
---@param ... weyl.spec.array
---@return weyl.spec.array
function reference.map(f, ...)
  local list = { ... }
  return reference.build(reference.broadcast(list), function(index)
    local values = {}
    for i, x in ipairs(list) do values[i] = reference.at(x, index) end
    return f(table.unpack(values))
  end)
end

---f of the list of elements along dims, for each index of the others.
---@param f fun(list: any[]): any
---@param x weyl.spec.array
---@param dims? integer[] all unless given
---@param keep? boolean whether dims stay as 1
---@return weyl.spec.array
function reference.reduce(f, x, dims, keep)
  local gone, kept, shape = {}, {}, {}
  for i = 1, #x.shape do gone[i] = dims == nil end
  for _, d in ipairs(dims or {}) do gone[d] = true end
  for i, d in ipairs(x.shape) do
    kept[i] = gone[i] and 1 or d
    if keep or not gone[i] then shape[#shape + 1] = kept[i] end
  end
  local lists = reference.build(kept, function() return {} end)
  reference.build(x.shape, function(index)
    local list = reference.at(lists, index)
    list[#list + 1] = reference.at(x, index)
  end)
  local out = { shape = shape }
  for k, list in ipairs(lists) do out[k] = f(list) end
  return out
end

---The matrix product over the last two dimensions, batches broadcast.
---@param x weyl.spec.array
---@param y weyl.spec.array
---@return weyl.spec.array
function reference.matmul(x, y)
  local rx, ry = #x.shape, #y.shape
  local inner = x.shape[rx]
  local shape = reference.broadcast {
    { shape = table.move(x.shape, 1, rx - 2, 1, {}) },
    { shape = table.move(y.shape, 1, ry - 2, 1, {}) } }
  local rank = #shape + 2
  shape[rank - 1], shape[rank] = x.shape[rx - 1], y.shape[ry]
  return reference.build(shape, function(index)
    local left = table.move(index, 1, rank, 1, {})
    local right = table.move(index, 1, rank, 1, {})
    local sum = 0.0
    for k = 1, inner do
      left[rank], right[rank - 1] = k, k
      sum = sum + reference.at(x, left) * reference.at(y, right)
    end
    return sum
  end)
end

-- ---- to and from the engine ----

local function flatten(value, depth, out, is_complex)
  if depth > 0 then
    for _, v in ipairs(value) do flatten(v, depth - 1, out, is_complex) end
  else
    out[#out + 1] = is_complex and new(value[1], value[2]) or value
  end
end

---The elements of a tensor.
---@param t weyl.tensor
---@return weyl.spec.array
function reference.of(t)
  local out = { shape = t.shape }
  local is_complex = t.dtype == "c64" or t.dtype == "c128"
  flatten(t:totable(), t.rank, out, is_complex)
  return out
end

---A tensor with the elements of an array.
---@param x weyl.spec.array
---@param dtype weyl.dtype
---@return weyl.tensor
function reference.tensor(x, dtype)
  local function flat(f)
    local values = {}
    for k = 1, #x do values[k] = f(x[k]) end
    return values
  end
  if dtype ~= "c64" and dtype ~= "c128" then
    return weyl.tensor(flat(function(v) return v end), dtype):reshape(x.shape)
  end
  local real = dtype == "c64" and "f32" or "f64"
  local function of(key)
    return weyl.tensor(flat(function(v)
      local re, im = parts(v)
      return key == 1 and re or im
    end), real)
  end
  return weyl.complex(of(1), of(2)):reshape(x.shape)
end

-- ---- comparison ----

---pairs in the order of the keys, so that specs come in one order.
---@param t table<string, any>
---@return fun(): string?, any
function reference.sorted(t)
  local names, i = {}, 0
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return function()
    i = i + 1
    return names[i], t[names[i]]
  end
end

local function near_real(a, b, tolerance)
  if a ~= a or b ~= b then return a ~= a and b ~= b end
  if a == b then return true end
  return math.abs(a - b) <= tolerance * (1 + math.abs(b))
end

---Whether a is b within tolerance * (1 + |b|); NaN equals NaN, an infinity
---only itself, and only integers equal integers.
---@return boolean
function reference.near(a, b, tolerance)
  if type(a) ~= type(b) then return false end
  if type(a) == "boolean" or math.type(b) == "integer" then
    return a == b and math.type(a) == math.type(b)
  end
  if type(a) == "number" then return near_real(a, b, tolerance) end
  return near_real(a.re, b.re, tolerance) and near_real(a.im, b.im, tolerance)
end

local function text(v)
  return type(v) == "table" and ("%.17g%+.17gi"):format(v.re, v.im)
    or tostring(v)
end

---Raises unless the tensor has the array's shape and elements.
---@param expected weyl.spec.array
---@param t weyl.tensor
---@param tolerance? number 0 unless given
---@param what? string
function reference.check(expected, t, tolerance, what)
  local got, prefix = reference.of(t), what and what .. ": " or ""
  local want, have = table.concat(expected.shape, ", "),
    table.concat(t.shape, ", ")
  if want ~= have then
    error(("%sshape [%s] instead of [%s]"):format(prefix, have, want), 2)
  end
  for k = 1, #expected do
    if not reference.near(got[k], expected[k], tolerance or 0) then
      error(("%selement %d of [%s] is %s instead of %s"):format(prefix, k,
        have, text(got[k]), text(expected[k])), 2)
    end
  end
  if #got ~= #expected then error(prefix .. "a different count", 2) end
end

return reference
