-- discover.lua: which Lie algebra has a network learned?
--
-- A network with free weights is trained on fresh samples of a law, and its
-- symmetries are read off afterwards, without candidates: the singular values
-- of A -> D f(x) A x - A f(x) are levels of approximate symmetry, and those
-- before the gap belong to the generators the network has found.
--
--   inertia    moments of inertia with a broken axis: one rotation is left,
--              and the scaling of positions when the masses stay as they are
--   minkowski  products of two vectors of space-time: boosts and rotations
--   cosine     the cosine of two vectors: rotations and scaling
--
--   weyl experiments/symmetry/discover.lua --preset full
--
-- Printed, for the exact law and for the network: levels, principal angles
-- with named groups, and where in the network the symmetry is lost. A figure
-- of each network, algebra-LAW.png, goes into the output folder.

local weyl = require "weyl"
local argparse = require "argparse"

local group, nn, rep, symmetry = weyl.group, weyl.nn, weyl.rep, weyl.symmetry
local V = rep.V

-- Training steps of 256 fresh samples.
local PRESETS = { quick = 8000, full = 40000 }
local BATCH, DATA = 256, 300

local function read_arguments()
  local parser = argparse("discover.lua",
    "Discover the Lie algebra that a network has learned.")
  parser:option "--preset":choices { "quick", "full" }:default "quick"
  parser:option("--law", "inertia, minkowski, cosine or all")
    :choices { "inertia", "minkowski", "cosine", "all" }:default "all"
  parser:option("--axis", "of the inertia law: 1, 2 or 3 is broken")
    :convert(math.tointeger):default "3"
  parser:option("--noise", "strength of the breaking; -1 deletes a column")
    :convert(tonumber):default "-1"
  parser:option("--steps", "instead of the preset's"):convert(math.tointeger)
  parser:option("--channels"):convert(math.tointeger):default "64"
  parser:option("--seed"):convert(math.tointeger):default "1"
  parser:option("--output", "folder of the figures"):default "runs"
  return parser:parse()
end

-- ---- the laws: f, its representations, its inputs, a network ----

local laws = {}

function laws.inertia(args)
  local data = weyl.data.inertia { axis = args.axis, noise = args.noise }
  local plane = args.axis == 1 and { 2, 3 } or args.axis == 2 and { 1, 3 }
    or { 1, 2 }
  return { f = data.truth, rep_in = data.rep_in, rep_out = data.rep_out,
    draw = function(n) return weyl.normal { n, 20 } end,
    groups = { group.SO(3), group.SO(2):embed(3, plane), group.scaling(3) },
    model = nn.emlp { rep_in = data.rep_in, rep_out = data.rep_out,
      group = group.O(3), soft = true, channels = args.channels, depth = 2 } }
end

function laws.minkowski(args)
  local metric = weyl.tensor { 1, -1, -1, -1 }
  local function product(p, q) return (p * q * metric):sum(2, true) end
  return { rep_in = 2 * V, rep_out = rep.lift(3),
    f = function(x)
      local p, q = x:slice(2, 1, 4), x:slice(2, 5, 8)
      return weyl.concat({ product(p, p), product(p, q), product(q, q) }, 2)
    end,
    draw = function(n) return weyl.normal { n, 8 } end,
    groups = { group.lorentz(4), group.SO(4),
      group.SO(3):embed(4, { 2, 3, 4 }) },
    model = nn.mlp { rep_in = 2 * V, rep_out = rep.lift(3), d = 4,
      channels = args.channels, depth = 2 } }
end

function laws.cosine(args)
  return { rep_in = 2 * V, rep_out = rep.scalar,
    f = function(x)
      local p, q = x:slice(2, 1, 3), x:slice(2, 4, 6)
      return (p * q):sum(2, true) / (p:norm(2, true) * q:norm(2, true))
    end,
    -- directions at random, lengths from 1/2 to 3/2
    draw = function(n)
      local u = weyl.normal { n, 2, 3 }
      local length = weyl.uniform({ n, 2, 1 }, 0.5, 1.5)
      return (u / u:norm(3, true) * length):reshape(n, 6)
    end,
    groups = { group.union { group.SO(3), group.scaling(3) }, group.SO(3),
      group.scaling(3) },
    model = nn.mlp { rep_in = 2 * V, rep_out = rep.scalar,
      channels = args.channels, depth = 3, activation = weyl.gelu } }
end

-- ---- training, in a plain loop ----

local function train(law, steps, lr)
  local adam = weyl.optim.adam { lr = lr }
  local step = weyl.value_and_grad(function(model, x, y)
    return (model(x) - y):square():mean()
  end)
  for i = 1, steps do
    adam.lr = lr / 2 * (1 + math.cos(math.pi * i / steps))
    local x = law.draw(BATCH)
    local _, grads = step(law.model, x, law.f(x))
    adam:step(law.model, grads)
  end
  local x = law.draw(1000)
  local y = law.f(x)
  return ((law.model(x) - y):square():mean() / y:var()):sqrt():item()
end

-- ---- what is shown ----

local function print_angles(result, groups)
  local found = result:found()
  if found == 0 then return end
  print "largest principal angle between what was found and the algebra of"
  for _, g in ipairs(groups) do
    local angles = result:angles(g)
    print(("  %-32s %8.3f degrees (%d of %d)"):format(g,
      math.deg(angles[#angles]), #angles, #g.lie))
  end
end

local function show(title, result, groups)
  print(("\n%s: %s"):format(title, result))
  print_angles(result, groups)
end

local function study(name, args)
  weyl.seed(args.seed)
  local law = laws[name](args)
  local steps = args.steps or PRESETS[args.preset]
  local misfit = train(law, steps, 3e-3)
  print(("\n==== %s: %d steps, error %.3g of the spread"):format(name, steps,
    misfit))
  local options = { x = law.draw(DATA), rep_in = law.rep_in,
    rep_out = law.rep_out }
  local learned = symmetry.discover(law.model, options)
  show("exact law", symmetry.discover(law.f, options), law.groups)
  show("network", learned, law.groups)
  if law.model.blocks then
    print("\n" .. tostring(symmetry.lie_derivative_by_layer(law.model,
      law.groups[1], { x = options.x })))
  end
  print("figure " .. weyl.plot.recipe "algebra"(learned, {
    title = ("%s: the algebra of a trained network"):format(name),
    file = ("%s/algebra-%s.png"):format(args.output, name) }))
end

local args = read_arguments()
for _, name in ipairs { "inertia", "minkowski", "cosine" } do
  if args.law == "all" or args.law == name then study(name, args) end
end
