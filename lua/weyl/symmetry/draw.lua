-- symmetry/draw.lua: many random elements per training step, as graph
-- operations: what group:sample draws, only faster where a closed form exists.
--
-- Rotations of a plane come from a uniform angle, those of space from a
-- uniform unit quaternion (K. Shoemake, Graphics Gems III, 1992): four normal
-- numbers divided by their norm. O(k) is SO(k) times a reflection, of one axis
-- (k = 2) or of all three, with probability 1/2. So they are uniform (Haar).
-- Nothing is computed here: the draws belong to the step's graph.

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

local closed = { [2] = planar, [3] = spatial }

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

---Whether a closed form is known.
---@param g weyl.group
---@return boolean
function draw.is_closed(g)
  return (g.haar == "SO" or g.haar == "O") and closed[#g.axes] ~= nil
end

---n random elements: uniform where a uniform sampler is known, else by the
---walk of group:sample.
---@param g weyl.group
---@param n integer
---@param dtype weyl.dtype
---@param stream string
---@return weyl.tensor [n, d, d]
function draw.elements(g, n, dtype, stream)
  if not draw.is_closed(g) then
    return sample.draw(g, stream, n):to(dtype)
  end
  local entries = closed[#g.axes](n, dtype, stream, g.haar == "O")
  return embedded(entries, g.axes, g.d, n, dtype)
end

return draw
