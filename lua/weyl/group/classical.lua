-- group/classical.lua: the classical matrix groups: generators, defining
-- equations, uniform samplers.
--
-- Unitary groups act on R^2n: z = x + iy is stored as all of x, then all of
-- y. Sizes are checked by group.lua.

local class = require "weyl.group.class"
local core = require "weyl.core"
local matrix = require "weyl.group.matrix"
local member = require "weyl.group.member"
local sample = require "weyl.group.sample"

local entries, flipped, range, rotations, signs, zeros = matrix.entries,
  matrix.flipped, matrix.range, matrix.rotations, matrix.signs, matrix.zeros

local classical = {}

local function append(to, list) table.move(list, 1, #list, #to + 1, to) end

local function tensor(m) return core.tensor(m, "f64") end

-- ---- rotations ----

---SO(n): see group.SO.
---@param n integer
---@param name string
---@return weyl.group
function classical.SO(n, name)
  return class.new { d = n, name = name, lie = rotations(n, 1, n),
    haar = "SO", axes = range(1, n), known = { member = member.equations {
      forms = { core.eye(n, n, "f64") }, det = "one" } } }
end

---O(n): see group.O.
---@param n integer
---@param name string
---@return weyl.group
function classical.O(n, name)
  local known = { member = member.equations {
    forms = { core.eye(n, n, "f64") } } }
  -- O(1) is finite
  if n == 1 then known.order = function() return 2 end end
  return class.new { d = n, name = name, lie = rotations(n, 1, n),
    discrete = { flipped(n, 1, -1.0) }, haar = "O", axes = range(1, n),
    known = known }
end

-- ---- isometries of an indefinite metric ----

-- Spread of boosts when sampling: larger ones lose the digits of f32.
local BOOST = 0.3

-- Boosts, then rotations among the first p axes, then among the others.
local function indefinite_algebra(p, n)
  local lie, scale = {}, {}
  for i = 1, p do
    for j = p + 1, n do
      lie[#lie + 1] = entries(n, { i, j, 1.0 }, { j, i, 1.0 })
      scale[#scale + 1] = BOOST
    end
  end
  append(lie, rotations(n, 1, p))
  append(lie, rotations(n, p + 1, n))
  return lie, scale
end

-- Elements that reach the components of O(p, q) wanted. Minus the identity
-- reverses the orientation of p axes when p is odd, of q when q is odd.
local function components(p, n, kind)
  local q = n - p
  if kind == "connected" then return {} end
  if kind == "special" then
    if p % 2 == 1 and q % 2 == 1 then return { matrix.inversion(n) } end
    local both = flipped(n, 1, -1.0)
    both[p + 1][p + 1] = -1.0
    return { both }
  end
  return { q % 2 == 1 and matrix.inversion(n) or flipped(n, p + 1, -1.0),
    flipped(n, 1, -1.0) }
end

---Isometries of the metric diag(-1, ..., -1, 1, ..., 1) with p times -1: all,
---those of determinant 1, or the identity component, in which also the block
---of the first p axes has a positive determinant.
---@param p integer >= 1
---@param q integer >= 1
---@param kind "full"|"special"|"connected"
---@param name string
---@return weyl.group
function classical.indefinite(p, q, kind, name)
  local n = p + q
  local lie, scale = indefinite_algebra(p, n)
  local function forward(h)
    return h:slice(1, 1, p):slice(2, 1, p):det():item() > 0
  end
  return class.new { d = n, name = name, lie = lie, scale = scale,
    discrete = components(p, n, kind), known = { member = member.equations {
      forms = { tensor(signs(n, 1, p, -1.0)) },
      det = kind ~= "full" and "positive" or nil,
      also = kind == "connected" and forward or nil } } }
end

-- ---- linear maps ----

-- The matrices with a single 1 off the diagonal.
local function shears(n)
  local out = matrix.pairs(n, function(i, j)
    return entries(n, { i, j, 1.0 })
  end)
  append(out, matrix.pairs(n, function(i, j)
    return entries(n, { j, i, 1.0 })
  end))
  return out
end

---GL+(n): see group.GL.
---@param n integer
---@param name string
---@return weyl.group
function classical.GL(n, name)
  local lie = shears(n)
  for i = 1, n do lie[#lie + 1] = entries(n, { i, i, 1.0 }) end
  return class.new { d = n, name = name, lie = lie,
    known = { member = member.equations { det = "positive" } } }
end

---SL(n): see group.SL.
---@param n integer
---@param name string
---@return weyl.group
function classical.SL(n, name)
  local lie = shears(n)
  for i = 2, n do
    lie[#lie + 1] = entries(n, { 1, 1, 1.0 }, { i, i, -1.0 })
  end
  return class.new { d = n, name = name, lie = lie,
    known = { member = member.equations { det = "one" } } }
end

---Positive multiples of the identity: see group.scaling.
---@param n integer
---@param name string
---@return weyl.group
function classical.scaling(n, name)
  local one = core.eye(n, n, "f64")
  return class.new { d = n, name = name, lie = { flipped(n, 1, 1.0) },
    known = { member = function(h, tol)
      local c = h:trace():item() / n
      return c > 0 and (h / c - one):norm():item() <= tol * math.sqrt(n)
    end } }
end

-- The form [[0, 1], [-1, 0]] of 2m axes; also multiplication by -i.
local function symplectic_form(m)
  local j = zeros(2 * m)
  for i = 1, m do j[i][m + i], j[m + i][i] = 1.0, -1.0 end
  return j
end

---Sp(2m, R): see group.Sp.
---@param m integer
---@param name string
---@return weyl.group
function classical.Sp(m, name)
  local lie, n = {}, 2 * m
  for i = 1, m do
    for j = 1, m do
      lie[#lie + 1] = entries(n, { i, j, 1.0 }, { m + j, m + i, -1.0 })
    end
    for j = i, m do
      lie[#lie + 1] = entries(n, { i, m + j, 1.0 }, { j, m + i, 1.0 })
      lie[#lie + 1] = entries(n, { m + i, j, 1.0 }, { m + j, i, 1.0 })
    end
  end
  return class.new { d = n, name = name, lie = lie,
    known = { member = member.equations {
      forms = { tensor(symplectic_form(m)) } } } }
end

-- ---- unitary groups ----

-- The antihermitian matrices, as real ones: E_ij - E_ji and i (E_ij + E_ji)
-- for i < j, then the diagonal ones that `diagonal` makes.
local function antihermitian(n, diagonal)
  local none = zeros(n)
  local lie = matrix.pairs(n, function(i, j)
    return matrix.realified(entries(n, { j, i, 1.0 }, { i, j, -1.0 }), none)
  end)
  append(lie, matrix.pairs(n, function(i, j)
    return matrix.realified(none, entries(n, { j, i, 1.0 }, { i, j, 1.0 }))
  end))
  for _, y in ipairs(diagonal) do
    lie[#lie + 1] = matrix.realified(none, y)
  end
  return lie
end

-- The complex determinant of the complex matrix that h is.
local function complex_determinant(h)
  local n = h.shape[1] // 2
  local left = h:slice(2, 1, n)
  return core.complex(left:slice(1, 1, n), left:slice(1, n + 1, 2 * n)):det()
    :item()
end

---U(n): see group.U.
---@param n integer
---@param name string
---@return weyl.group
function classical.U(n, name)
  local diagonal = {}
  for i = 1, n do diagonal[i] = entries(n, { i, i, 1.0 }) end
  return class.new { d = 2 * n, name = name,
    lie = antihermitian(n, diagonal), known = {
      sampler = function() return sample.unitary(n) end,
      member = member.equations { forms = { core.eye(2 * n, 2 * n, "f64") },
        commutes = { tensor(symplectic_form(n)) } } } }
end

---SU(n): see group.SU.
---@param n integer
---@param name string
---@return weyl.group
function classical.SU(n, name)
  local diagonal = {}
  for i = 2, n do
    diagonal[i - 1] = entries(n, { 1, 1, 1.0 }, { i, i, -1.0 })
  end
  return class.new { d = 2 * n, name = name,
    lie = antihermitian(n, diagonal), known = {
      sampler = function() return sample.special_unitary(n) end,
      order = n == 1 and function() return 1 end or nil,
      member = member.equations { forms = { core.eye(2 * n, 2 * n, "f64") },
        commutes = { tensor(symplectic_form(n)) }, also = function(h, tol)
          local re, im = complex_determinant(h)
          return (re - 1) ^ 2 + im ^ 2 <= (tol * 2 * n) ^ 2
        end } } }
end

-- A complex 2m x 2m matrix as a real one: x + iy, each in four blocks.
local function from_blocks(m, x, y)
  local function assembled(blocks)
    local out = zeros(2 * m)
    for at, block in ipairs(blocks) do
      local row, column = (at - 1) // 2 * m, (at - 1) % 2 * m
      for i = 1, m do
        for j = 1, m do
          out[row + i][column + j] = block.sign * block.of[i][j]
        end
      end
    end
    return out
  end
  return matrix.realified(assembled(x), assembled(y))
end

-- [[a, -conj b], [b, conj a]] with a antihermitian and b symmetric.
local function quaternionic(m, a_re, a_im, b_re, b_im)
  local function block(of, sign) return { of = of, sign = sign } end
  return from_blocks(m,
    { block(a_re, 1), block(b_re, -1), block(b_re, 1), block(a_re, 1) },
    { block(a_im, 1), block(b_im, 1), block(b_im, 1), block(a_im, -1) })
end

local function quaternionic_algebra(m)
  local none, lie = zeros(m), {}
  for j = 1, m do
    for i = 1, j do
      local even = i == j and entries(m, { i, i, 1.0 })
        or entries(m, { j, i, 1.0 }, { i, j, 1.0 })
      if i < j then
        lie[#lie + 1] = quaternionic(m,
          entries(m, { j, i, 1.0 }, { i, j, -1.0 }), none, none, none)
      end
      lie[#lie + 1] = quaternionic(m, none, even, none, none)
      lie[#lie + 1] = quaternionic(m, none, none, even, none)
      lie[#lie + 1] = quaternionic(m, none, none, none, even)
    end
  end
  return lie
end

-- The real-linear map z -> J conj z of R^4m: (u, v) -> (-conj v, conj u).
local function quaternion_j(m)
  local j = zeros(4 * m)
  for i = 1, m do
    j[i][m + i], j[m + i][i] = -1.0, 1.0
    j[2 * m + i][3 * m + i], j[3 * m + i][2 * m + i] = 1.0, -1.0
  end
  return j
end

---USp(m): see group.USp.
---@param m integer
---@param name string
---@return weyl.group
function classical.USp(m, name)
  return class.new { d = 4 * m, name = name, lie = quaternionic_algebra(m),
    known = {
      sampler = function() return sample.symplectic(m) end,
      member = member.equations { forms = { core.eye(4 * m, 4 * m, "f64") },
        commutes = { tensor(symplectic_form(2 * m)),
          tensor(quaternion_j(m)) } } } }
end

return classical
