-- own.lua: a group and representations of one's own: how methane vibrates.
--
-- A carbon atom at the centre of a cube, hydrogens at four of its corners.
-- The group of the molecule is made from two matrices, its action on atoms
-- and bonds from functions. Without a force law, symmetry alone says how many
-- constants any harmonic one has and which frequencies coincide (E. B.
-- Wilson, J. C. Decius, P. C. Cross, "Molecular Vibrations", 1955: five
-- constants; one single, one double and two triple frequencies).
--
--   weyl experiments/symmetry/own.lua [--seed 1]

local argparse = require "argparse"
local weyl = require "weyl"
local group, rep = weyl.group, weyl.rep
local V = rep.V

local parser = argparse("own.lua", "Symmetries of a molecule of methane.")
parser:option("--seed", "of the random forces"):convert(math.tointeger)
  :default "1"
local args = parser:parse()

-- ---- the group: a third of a turn about a bond, a quarter with a flip ----

local Td = group.new { name = "Td", discrete = {
  { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } },
  { { 0, 1, 0 }, { -1, 0, 0 }, { 0, 0, -1 } } } }
print(("%s has %d elements"):format(Td, Td:order()))

-- ---- representations ----

local bonds = weyl.tensor({ { 1, 1, 1 }, { 1, -1, -1 }, { -1, 1, -1 },
  { -1, -1, 1 } }, "f64")

-- From a function of the group's matrices: bond j goes to the bond i with
-- which g times it is parallel.
local stretches = rep.new { name = "stretches", rho = function(g)
  return bonds:matmul(g):matmul(bonds:transpose()):gt(2.9):to "f64"
end, drho = function() return weyl.zeros({ 4, 4 }, "f64") end }

-- From points that the group permutes: the centre and the corners.
local atoms = rep.permutation(weyl.concat { weyl.zeros({ 1, 3 }, "f64"),
  bonds }, "atoms")
local moves = atoms * V -- a displacement of every atom, 15 numbers

print(moves:account(Td))
print(("invariant stretches: %d; maps from stretches to vectors: %d"):format(
  Td:dim(stretches), Td:dim(stretches, V)))

-- How the d orbitals of an atom inside split: two levels, not one.
print(("d orbitals: %d level in free space, %d inside the cube"):format(
  group.O(3):dim(rep.irrep(2), rep.irrep(2)),
  Td:dim(rep.irrep(2), rep.irrep(2))))

-- ---- force constants ----

-- Rigid motions as displacements [6, 15]: shifts, then turns.
local function rigid()
  local at = weyl.concat { weyl.zeros({ 1, 3 }, "f64"), bonds }
  local list = {}
  for k = 1, 3 do
    list[k] = (weyl.zeros({ 5, 3 }, "f64") + weyl.eye(3, 3, "f64")[k])
      :reshape(15)
  end
  for k, a in ipairs(group.SO(3).lie) do
    list[3 + k] = at:matmul(weyl.tensor(a, "f64"):transpose()):reshape(15)
  end
  return weyl.stack(list, 1)
end

-- Symmetric equivariant matrices that leave rigid motions without force.
local symmetric = Td:basis(moves:sym(2)):elements() -- [k, 120]
local count = symmetric.shape[1]
local all = Td:basis(moves, moves):elements() -- [m, 15, 15]
local forces = all:matmul(rigid():transpose()) -- [m, 15, 6]
local open = all - all:transpose(2, 3) -- what is not symmetric
local stacked = weyl.concat({ forces:reshape(all.shape[1], -1),
  open:reshape(all.shape[1], -1) }, 2)
local w, v = stacked:matmul(stacked:transpose()):eigh()
local free = 0
for _, x in ipairs(w:totable()) do if x < 1e-10 then free = free + 1 end end
print(("quadratic energies: %d; of them without force on rigid motions: %d")
  :format(count, free))

-- ---- frequencies of random forces ----

weyl.seed(args.seed)
local c = weyl.normal({ free }, 0, 1, "f64")
local H = c:reshape(1, free):matmul(v:transpose():slice(1, 1, free))
  :matmul(all:reshape(all.shape[1], -1)):reshape(15, 15)
H = H:matmul(H) -- a stable molecule: no negative curvature
print "curvatures of a random energy with this symmetry, and how often:"
local values = H:eigh():totable()
local most, i = math.max(table.unpack(values)), 1
while i <= #values do
  local j = i
  while j < #values and values[j + 1] - values[i] < 1e-9 * most do j = j + 1 end
  print(("  %10.6f  x %d"):format(math.abs(values[i]), j - i + 1))
  i = j + 1
end
