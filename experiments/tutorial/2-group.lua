-- 2-group.lua: # A group of one's own
--
-- A group is made of generators: matrices of its Lie algebra (`lie`), and
-- single elements (`discrete`). The triangle needs two of the latter: a turn by
-- 120 degrees, and the reflection of x.

local weyl = require "weyl"
local group, rep = weyl.group, weyl.rep
local V = rep.V

local c, s = math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)
local triangle = group.new { name = "triangle", discrete = {
  { { c, -s }, { s, c } },
  { { -1, 0 }, { 0, 1 } } } }

print(triangle, "has", triangle:order(), "elements")
assert(triangle:order() == 6)

-- Matrices that generate no group of this kind are refused: try a generator
-- that is not square, or one without an inverse. The catalogue has many groups
-- ready: this one is `group.D(3)`.
--
-- ## What is equivariant
--
-- The equivariant linear maps from a product of two vectors to a vector: one
-- for the triangle, none for all rotations. It is this map that the field
-- needs, -(2 x y, x^2 - y^2).

print(triangle:basis(V^2, V):elements() * 2)
assert(triangle:dim(V^2, V) == 1 and group.O(2):dim(V^2, V) == 0)

-- ## The field
--
-- The law itself is equivariant: how far it is, from 0 to 1, by sampling
-- elements and places.

local here = debug.getinfo(1, "S").source:match "^@(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path
local field = require("henon").field(0)
for _, g in ipairs { group.O(2), triangle, group.D(4), group.reflection(2, 2) }
do
  local e = weyl.symmetry.equivariance_error(field, g, { rep_in = V,
    rep_out = V })
  print(("%-18s %.3g"):format(g, e))
end

-- ## Candidates
--
-- In the next step a network that does not know the law tries four candidates.
-- The first contains the others: rotations and reflections of the plane. Then
-- the triangle, a square, and a reflection that the field does not have.
