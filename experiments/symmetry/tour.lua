-- tour.lua: groups, representations and equivariant maps, as at the prompt.
--
--   weyl experiments/symmetry/tour.lua           all of it
--   weyl experiments/symmetry/tour.lua --pause   step by step
--
-- Every line that is shown is run, and what follows is its value: type any of
-- them at the prompt and go on from there.

local argparse = require "argparse"
local repl = require "weyl.repl"
local weyl = require "weyl"

local parser = argparse("tour.lua", "A tour of groups and equivariant maps.")
parser:flag("--pause", "wait for Return after each part")
local args = parser:parse()

-- Names that the steps define live here.
local names = setmetatable({ weyl = weyl }, { __index = function(_, name)
  return rawget(_G, name) or weyl[name]
end })

local function step(code)
  print("> " .. code)
  local chunk = load("return " .. code, "=step", "t", names)
    or assert(load(code, "=step", "t", names))
  local values = table.pack(chunk())
  for i = 1, values.n do print(repl.text(values[i])) end
end

local function part(title, steps)
  print(("\n-- %s"):format(title))
  for line in steps:gmatch "%s*([^\n]+)" do step(line) end
  if args.pause then
    io.write "\nReturn goes on. "
    io.read()
  end
end

part("A group is its generators; V is what it acts on.", [[
SO3, V = group.SO(3), rep.V
SO3:dim()
SO3:algebra()[1]
SO3:killing()
SO3:sample { seed = 1 }
]])

part("How many equivariant linear maps are there? Here is the only one.", [[
SO3:dim(V^2, V)
b = SO3:basis(V^2, V)
b:elements()[1]
b:gap()
]])

part("No vector survives all rotations, so a layer V -> scalar is 0.", [[
SO3:basis(V, 1)
]])

part("Products do better: of two vectors, the scalar product.", [[
x = weyl.tensor({{3, 4, 12}}, "f64")
xx = rep.multiply { x = x, y = x, rep_x = V, rep_y = V, d = SO3 }
dot = SO3:basis(V^2, 1):elements()[1] * 3^0.5
xx:matmul(dot:transpose())
]])

part("Representations belong to no group: one layer, several readings.", [[
layer = 2 + 3*V + V^2
print(layer:account(3))
Oxy = group.O(2):embed(3, {1, 2})
{ O3 = group.O(3):dim(layer, layer), Oxy = Oxy:dim(layer, layer) }
]])

part("The nearest equivariant map is a projection, part of any graph.", [[
weyl.seed(1)
W = weyl.normal({3, 3}, 0, 1, "f64")
project = Oxy:basis(V, V):projector()
project(W)
weyl.grad(function(w) return ((w - project(w))^2):sum() end)(W)
Oxy:reynolds(W, V, V) - project(W)
]])

part("Irreducible representations, and what V x V is made of.", [[
{ SO3:dim(V^2, rep.irrep(0)), SO3:dim(V^2, rep.irrep(1)) }
SO3:dim(V^2, rep.irrep(2))
rep.coupling(1, 1, 0)
rep.wigner(1, SO3:sample { seed = 1 })
group.SO(2):dim(V^4, rep.psi(2))
]])

part("Finite groups are listed; permutations cost nothing.", [[
cube = group.cube()
{ cube:order(), cube:elements().shape }
S6, wide = group.S(6), 100 + 100*V + 20*V^2
wide:size(S6) * wide:size(S6)
S6:dim(wide, wide)
rubik = group.rubik()
{ rubik:dim(V), rubik:dim(V^2) }
]])

part("Space-time: boosts are no orthogonal matrices, duals matter.", [[
L = group.lorentz()
{ L:dim(V, V), L:dim(V, V:dual()), L:dim(V * V:dual(), 1) }
L:basis(V, V:dual()):elements()[1] * 2
]])

part("Two groups that act on different things at once.", [[
both = group.direct { SO3, group.S(5) }
points = rep.axes(1, 3) * rep.axes(4, 8)
points:size(both)
both:dim(points, points)
]])

part("How symmetric is a function?", [[
f = function(x) return x * weyl.tensor({1, 1, 0.5}, "f64") end
input = weyl.normal({200, 3}, 0, 1, "f64")
symmetry.lie_derivative(f, SO3, { rep_in = V, rep_out = V, x = input })
]])
