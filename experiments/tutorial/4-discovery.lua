-- 4-discovery.lua: # A trained network, without candidates
--
-- The last step needed candidates. Here are two ways to look at the network by
-- itself. It lies in the run's folder.

local weyl = require "weyl"
local V = weyl.rep.V

local run = weyl.runs.open():get "henon"
if not run then error("run 3-training.lua first", 0) end
local model = weyl.nn.emlp { rep_in = V, rep_out = V, group = weyl.group.O(2),
  soft = true, channels = 48, depth = 1 }
weyl.nn.load(model, run.path .. "/checkpoints/seed-1/best.safetensors")

-- ## Which turns?
--
-- The error under a turn by each angle. It is small at 0, 120 and 240 degrees.

weyl.seed(1)
local x = weyl.uniform({ 500, 2 }, -1, 1)
local function error_of(angle)
  local c, s = math.cos(angle), math.sin(angle)
  local turn = weyl.tensor { { c, s }, { -s, c } } -- of rows
  local a, b = model(x:matmul(turn)), model(x):matmul(turn)
  return ((a - b):square():mean() / model(x):square():mean()):sqrt():item()
end
for degrees = 0, 180, 20 do
  print(("%4d degrees  %.3f"):format(degrees, error_of(math.rad(degrees))))
end
assert(error_of(math.rad(120)) < error_of(math.rad(60)) / 10)

-- ## Which generators?
--
-- `symmetry.discover` looks for continuous symmetries, among all matrices of
-- the plane. The field has none, and all levels are far from 0: a triangle has
-- no small turns.

local found = weyl.symmetry.discover(model, { x = x, rep_in = V, rep_out = V })
print(found)
assert(found:found() == 0)

-- Of a round field, the same says that there is one generator, the rotation:

local round = weyl.symmetry.discover(function(p)
  return -p * (1 + p:square():sum(2, true))
end, { x = x, rep_in = V, rep_out = V })
print(round:sparse())
assert(round:found() == 1)
