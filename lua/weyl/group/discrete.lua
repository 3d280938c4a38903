-- group/discrete.lua: finite groups of the catalogue: polygons, permutations,
-- puzzles. Sizes are checked by group.lua.

local class = require "weyl.group.class"
local core = require "weyl.core"
local matrix = require "weyl.group.matrix"
local member = require "weyl.group.member"
local sample = require "weyl.group.sample"

local flipped, permutation, range =
  matrix.flipped, matrix.permutation, matrix.range

local discrete = {}

---The identity and one other element that is its own inverse.
---@param d integer
---@param name string
---@param element weyl.matrix
---@return weyl.group
function discrete.two(d, name, element)
  return class.new { d = d, name = name, haar = "walk",
    discrete = { element } }
end

---The group of the identity alone.
---@param d integer
---@param name string
---@return weyl.group
function discrete.trivial(d, name)
  local one = core.eye(d, d, "f64")
  return class.new { d = d, name = name, haar = "walk", known = {
    order = function() return 1 end,
    member = function(h, tol) return member.equal(one, h, tol) end } }
end

-- ---- polygons ----

-- Rotation of the plane by 2 pi / k; exact for k = 1, 2, 4.
local function turn(k)
  local c, s = math.cos(2 * math.pi / k), math.sin(2 * math.pi / k)
  if 4 % k == 0 then
    c, s = math.floor(c + 0.5) + 0.0, math.floor(s + 0.5) + 0.0
  end
  return { { c, -s }, { s, c } }
end

-- Whether h is the rotation by a whole number of turns / k.
local function is_turn(k, h, tol)
  local m = h:totable()
  local j = math.floor(math.atan(m[2][1], m[1][1]) / (2 * math.pi) * k + 0.5)
  local c, s = math.cos(2 * math.pi * j / k), math.sin(2 * math.pi * j / k)
  return member.equal(h, core.tensor({ { c, -s }, { s, c } }, "f64"), tol)
end

-- 2 k; a float from 2^63 on.
local function twice(k)
  return k > math.maxinteger // 2 and 2.0 * k or 2 * k
end

---C(k), or with mirrors D(k).
---@param k integer
---@param name string
---@param mirrored boolean
---@return weyl.group
function discrete.polygon(k, name, mirrored)
  local mirror = flipped(2, 1, -1.0)
  local other = core.tensor(mirror, "f64")
  return class.new { d = 2, name = name,
    discrete = { turn(k), mirrored and mirror or nil }, known = {
      sampler = function() return sample.turns(k, mirrored) end,
      order = function() return mirrored and twice(k) or k end,
      member = function(h, tol)
        return is_turn(k, h, tol)
          or mirrored and is_turn(k, h:matmul(other):eval(), tol)
      end } }
end

-- ---- permutations of n things ----

-- n! or n! / 2; a float from 2^63 on.
local function factorial(n, half)
  local order = 1
  for i = half and 3 or 2, n do
    order = math.type(order) == "integer" and order <= math.maxinteger // i
      and order * i or order * 1.0 * i
  end
  return order
end

---All permutations, from the exchanges of 1 with each other thing.
---@param n integer
---@param name string
---@return weyl.group
function discrete.S(n, name)
  local swaps = {}
  for i = 2, n do
    local to = range(1, n)
    to[1], to[i] = i, 1
    swaps[i - 1] = permutation(to)
  end
  return class.new { d = n, name = name, discrete = swaps, known = {
    sampler = function() return sample.shuffles(n, false) end,
    order = function() return factorial(n, false) end,
    member = function(h, tol) return member.permutation(h, tol) ~= nil end } }
end

---The even permutations, from cycles of 1, 2 and each other thing.
---@param n integer
---@param name string
---@return weyl.group
function discrete.Alt(n, name)
  local cycles = {}
  for i = 3, n do
    local to = range(1, n)
    to[1], to[2], to[i] = 2, i, 1
    cycles[i - 2] = permutation(to)
  end
  return class.new { d = n, name = name, discrete = cycles, known = {
    sampler = function() return sample.shuffles(n, true) end,
    order = function() return factorial(n, true) end,
    member = function(h, tol)
      local p = member.permutation(h, tol)
      return p ~= nil and member.is_even(p)
    end } }
end

-- The cyclic shift of n things.
local function shift(n)
  local to = {}
  for i = 1, n do to[i] = i % n + 1 end
  return to
end

---The cyclic shifts.
---@param n integer
---@param name string
---@return weyl.group
function discrete.Z(n, name)
  return class.new { d = n, name = name, discrete = { permutation(shift(n)) },
    known = {
      sampler = function() return sample.shifts(n) end,
      order = function() return n end,
      member = function(h, tol)
        local p = member.permutation(h, tol)
        if not p then return false end
        for i = 2, n do
          if (p[i] - p[1] - i + 1) % n ~= 0 then return false end
        end
        return true
      end } }
end

---The rotations of a cube acting on its six faces.
---@return weyl.group
function discrete.cube()
  return class.new { d = 6, name = "cube", discrete = {
    permutation { 5, 2, 1, 4, 6, 3 }, permutation { 4, 1, 3, 6, 5, 2 } } }
end

-- ---- Rubik's cube ----

-- The vector turned by a quarter about one axis.
local function quarter(axis, v)
  local a, b = axis % 3 + 1, (axis + 1) % 3 + 1
  local out = { v[1], v[2], v[3] }
  out[a], out[b] = -v[b], v[a]
  return out
end

-- The 48 stickers that move: where the small cube is, in {-1, 0, 1}^3, and
-- which way the sticker looks; face by face. Centres of faces stay.
local function stickers()
  local list = {}
  for face = 1, 6 do
    local axis, side = (face + 1) // 2, face % 2 == 1 and 1 or -1
    for a = -1, 1 do
      for b = -1, 1 do
        if a ~= 0 or b ~= 0 then
          local at, way = {}, { 0, 0, 0 }
          at[axis], way[axis] = side, side
          at[axis % 3 + 1], at[(axis + 1) % 3 + 1] = a, b
          list[#list + 1] = { at = at, way = way }
        end
      end
    end
  end
  return list
end

local function sticker_key(at, way)
  return table.concat(at, ",") .. ";" .. table.concat(way, ",")
end

---The 48 stickers of Rubik's cube under the quarter turns of its six faces,
---found by turning their places in space.
---@return weyl.group
function discrete.rubik()
  local list, number, turns = stickers(), {}, {}
  for i, s in ipairs(list) do number[sticker_key(s.at, s.way)] = i end
  for axis = 1, 3 do
    for side = 1, -1, -2 do
      local to = {}
      for i, s in ipairs(list) do
        to[i] = s.at[axis] ~= side and i
          or number[sticker_key(quarter(axis, s.at), quarter(axis, s.way))]
      end
      turns[#turns + 1] = permutation(to)
    end
  end
  return class.new { d = 48, name = "rubik", discrete = turns }
end

-- ---- images on a torus, in k orientations ----

-- The permutation of k n^2 things (o, x, y), o slowest, that f gives for
-- 0-based o, x and y.
local function grid(k, n, f)
  local to = {}
  for i = 0, k * n * n - 1 do
    local o, x, y = f(i // (n * n), i // n % n, i % n)
    to[i + 1] = (o % k * n + x % n) * n + y % n + 1
  end
  return permutation(to)
end

-- The rotation of a grid of n x n places by a turn / k about its corner.
local rotated = {
  [1] = function(x, y) return x, y end,
  [2] = function(x, y) return -x, -y end,
  [4] = function(x, y) return -y, x end,
}

---Shifts of an n x n torus and rotations by a turn / k, on k n^2 things.
---@param k integer 1, 2 or 4
---@param n integer
---@param name string
---@return weyl.group
function discrete.torus(k, n, name)
  local gens = {
    grid(k, n, function(o, x, y) return o, x + 1, y end),
    grid(k, n, function(o, x, y) return o, x, y + 1 end) }
  if k > 1 then
    gens[3] = grid(k, n, function(o, x, y)
      return o + 1, rotated[k](x, y)
    end)
  end
  return class.new { d = k * n * n, name = name, discrete = gens }
end

return discrete
