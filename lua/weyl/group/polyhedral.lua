-- group/polyhedral.lua: the symmetries of the regular solids in R^3, and of
-- the cube in R^n.

local class = require "weyl.group.class"
local core = require "weyl.core"
local matrix = require "weyl.group.matrix"
local member = require "weyl.group.member"
local sample = require "weyl.group.sample"

local raw = core.symmetry

local polyhedral = {}

-- x -> y -> z -> x: a third of a turn about (1, 1, 1).
local cycle = { { 0.0, 0.0, 1.0 }, { 1.0, 0.0, 0.0 }, { 0.0, 1.0, 0.0 } }

-- A fifth of a turn about the vertex (0, 1, g) of the icosahedron whose
-- vertices are the cyclic permutations of (0, +-1, +-g), g the golden ratio.
local function fifth()
  local long = (1 + math.sqrt(5)) / 4 -- g / 2 and 1 / (2 g)
  local short = (math.sqrt(5) - 1) / 4
  return { { short, -long, 0.5 }, { long, 0.5, short },
    { -0.5, short, long } }
end

-- Rotations, and what makes all symmetries of them.
local solids = {
  tetrahedral = function()
    return { { { -1.0, 0.0, 0.0 }, { 0.0, -1.0, 0.0 }, { 0.0, 0.0, 1.0 } },
      cycle }, matrix.permutation { 2, 1, 3 }
  end,
  octahedral = function()
    return { { { 0.0, -1.0, 0.0 }, { 1.0, 0.0, 0.0 }, { 0.0, 0.0, 1.0 } },
      cycle }, matrix.inversion(3)
  end,
  icosahedral = function() return { fifth(), cycle }, matrix.inversion(3) end,
}

---The rotations of a regular solid, or all its symmetries.
---@param name "tetrahedral"|"octahedral"|"icosahedral"
---@param full boolean
---@return weyl.group
function polyhedral.solid(name, full)
  local gens, more = solids[name]()
  if full then gens[#gens + 1] = more end
  return class.new { d = 3, discrete = gens,
    name = full and "full " .. name or name }
end

---The signed permutations of n axes: see group.B.
---@param n integer
---@param name string
---@return weyl.group
function polyhedral.cube(n, name)
  local gens = { matrix.flipped(n, 1, -1.0) }
  for i = 2, n do
    local to = matrix.range(1, n)
    to[1], to[i] = i, 1
    gens[i] = matrix.permutation(to)
  end
  local shuffles = sample.shuffles(n, false)
  return class.new { d = n, name = name, discrete = gens, known = {
    sampler = function()
      return function(stream, count)
        local signs = 2 * raw.integers(stream, count * n, 2):to "f64" - 3
        return (shuffles(stream, count) * signs:reshape(count, 1, n)):eval()
      end
    end,
    order = function()
      local order = 1
      for i = 1, n do
        order = math.type(order) == "integer"
          and order <= math.maxinteger // (2 * i) and order * 2 * i
          or order * 2.0 * i
      end
      return order
    end,
    member = function(h, tol)
      return member.permutation(h:abs(), tol) ~= nil
    end } }
end

return polyhedral
