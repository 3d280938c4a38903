-- symmetry/draw.lua: many random elements per training step, as graph
-- operations: what group:sample draws, only faster where a closed form exists.
--
-- Rotations of a plane come from a uniform angle, those of space from a
-- uniform unit quaternion (K. Shoemake, Graphics Gems III, 1992): four normal
-- numbers divided by their norm. In k > 3 dimensions a uniform element of
-- SO(k) takes the first axis to a uniform unit vector v, by a rotation that
-- depends on v alone, after a uniform element of SO(k - 1) of the other axes
-- (P. Diaconis and M. Shahshahani, "The subgroup algorithm", 1987). O(k) is
-- SO(k) times a reflection, of one axis or of all three (k = 3), with
-- probability 1/2. So they are uniform (Haar).
--
-- The walk through a group without discrete generators, exp of a random
-- combination of the Lie generators, is a power series of all matrices at
-- once. Elements stand last inside, [k, k, n].

local class = require "weyl.group.class"
local core = require "weyl.core"
local sample = require "weyl.group.sample"

local draw = {}

-- Entries of a turn of the plane, row-major; sign reverses the first column.
local function planar(n, dtype, stream, mirrored)
  local angle = core.uniform({ n }, -math.pi, math.pi, dtype, stream)
  local c, s = angle:cos(), angle:sin()
  if not mirrored then return { c, -s, s, c } end
  local sign = 2 * core.bernoulli({ n }, 0.5, stream):to(dtype) - 1
  return { c * sign, -s, s * sign, c }
end

-- Entries of a rotation of space, row-major.
local function spatial(n, dtype, stream, mirrored)
  local q = core.normal({ 4, n }, 0, 1, dtype, stream)
  local scale = 2 / q:square():sum(1) -- twice 1 / |q|^2, which never is 0
  local w, x, y, z = q[1], q[2], q[3], q[4]
  local sign = mirrored
    and 2 * core.bernoulli({ n }, 0.5, stream):to(dtype) - 1
  local one = sign or core.ones({ n }, dtype)
  if sign then scale = scale * sign end
  local function off(a, b) return scale * (a + b) end
  return {
    one - off(y * y, z * z), off(x * y, -w * z), off(x * z, w * y),
    off(x * y, w * z), one - off(x * x, z * z), off(y * z, -w * x),
    off(x * z, -w * y), off(y * z, w * x), one - off(x * x, y * y) }
end

-- a b for matrices [i, k, n] and [k, j, n].
local function product(a, b)
  local i, k, n = table.unpack(a.shape)
  local j = b.shape[2]
  return (a:reshape(i, k, 1, n) * b:reshape(1, k, j, n)):sum(2)
end

-- A rotation of k axes that takes the first one to v [k, n]: the reflection
-- in the plane between them, 1 - u u^T / u_1 with u = e_1 - v, after the
-- reversal of the last axis. u_1 = 1 - v_1 without cancellation.
-- Its columns but the first, which is v: [k, k - 1, n].
local function turn_to(v)
  local k, n = table.unpack(v.shape)
  local first, rest = v:slice(1, 1, 1), v:slice(1, 2, k)
  local u = core.where(first:gt(0),
    rest:square():sum(1, true) / (1 + first), 1 - first)
  local inner = core.eye(k - 1, k - 1, v.dtype):reshape(k - 1, k - 1, 1)
    - rest:reshape(k - 1, 1, n) * (rest / u):reshape(1, k - 1, n)
  local all = core.concat { rest:reshape(1, k - 1, n), inner }
  local last = -1 * all:slice(2, k - 1, k - 1)
  return k == 2 and last or core.concat({ all:slice(2, 1, k - 2), last }, 2)
end

-- Uniform in SO(k), or O(k): [k, k, n].
local function orthogonal(k, n, dtype, stream, mirrored)
  local q = core.ones({ 1, 1, n }, dtype)
  for size = 2, k do
    local x = core.normal({ size, n }, 0, 1, dtype, stream)
    local v = x / x:square():sum(1, true):sqrt()
    local column = v:reshape(size, 1, n)
    if mirrored and size == k then
      column = column
        * (2 * core.bernoulli({ n }, 0.5, stream):to(dtype) - 1)
    end
    q = core.concat({ column, product(turn_to(v), q) }, 2)
  end
  return q
end

-- The entries of one of these as a list, row-major.
local function listed(q)
  local k, _, n = table.unpack(q.shape)
  local out = {}
  for i = 1, k * k do out[i] = q:reshape(k * k, n)[i] end
  return out
end

-- Row-major entries of uniform elements of SO(k) or O(k).
local function entries_of(k, n, dtype, stream, mirrored)
  if k == 2 then return planar(n, dtype, stream, mirrored) end
  if k == 3 then return spatial(n, dtype, stream, mirrored) end
  return listed(orthogonal(k, n, dtype, stream, mirrored))
end

-- k x k entries on the given axes of d, 1 on the others: [n, d, d].
local function embedded(entries, axes, d, n, dtype)
  local list, zero, one, k = {}, core.zeros({ n }, dtype),
    core.ones({ n }, dtype), #axes
  for i = 1, d * d do
    list[i] = (i - 1) % (d + 1) == 0 and one or zero
  end
  for i, row in ipairs(axes) do
    for j, column in ipairs(axes) do
      list[(row - 1) * d + column] = entries[(i - 1) * k + j]
    end
  end
  return core.stack(list, 2):reshape(n, d, d)
end

---Whether uniform elements come from a closed form.
---@param g weyl.group
---@return boolean
function draw.is_closed(g)
  return (g.haar == "SO" or g.haar == "O") and #g.axes > 1
end

-- ---- walks ----

local TERMS, SMALL = 8, 1 / 8 -- SMALL^9 / 9! is below f64's rounding

-- exp of matrices [d, d, n], f64: the series of a / 2^s, squared s times.
local function exponential(a)
  local d = a.shape[1]
  local size = a:abs():sum(1):max():item()
  local squarings = size > SMALL and math.ceil(math.log(size / SMALL, 2)) or 0
  a = a / 2 ^ squarings
  local one = core.eye(d, d, a.dtype):reshape(d, d, 1)
  local sum = one + a / TERMS
  for k = TERMS - 1, 1, -1 do sum = one + product(a, sum) / k end
  for _ = 1, squarings do sum = product(sum, sum) end
  return sum
end

local LARGEST = 6 -- dimension up to which the series is the faster way

-- Generators [lie, d * d] of a group whose walk is exp alone; nil of others.
local generators = class.remembered(function(g)
  if sample.uniform(g) or #g.discrete > 0 or #g.lie == 0 or g.d > LARGEST then
    return nil
  end
  local list = {}
  for k, m in ipairs(g.lie) do
    list[k] = core.tensor(m, "f64"):reshape(g.d * g.d) * g.scale[k]
  end
  return core.stack(list, 1):eval()
end)

-- Elements [n, d, d] of such a group.
local function walk(g, basis, n, dtype, stream)
  local z = core.normal({ n, #g.lie }, 0, 1, "f64", stream)
  local a = z:matmul(basis):transpose():reshape(g.d, g.d, n):eval()
  return exponential(a):reshape(g.d * g.d, n):transpose()
    :reshape(n, g.d, g.d):to(dtype)
end

---n random elements: uniform where a uniform sampler is known, else by the
---walk of group:sample.
---@param g weyl.group
---@param n integer
---@param dtype weyl.dtype
---@param stream string
---@return weyl.tensor [n, d, d]
function draw.elements(g, n, dtype, stream)
  if draw.is_closed(g) then
    local entries = entries_of(#g.axes, n, dtype, stream, g.haar == "O")
    return embedded(entries, g.axes, g.d, n, dtype)
  end
  local basis = generators(g)
  if basis then return walk(g, basis, n, dtype, stream) end
  return sample.draw(g, stream, n):to(dtype)
end

return draw
