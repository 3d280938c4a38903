-- 3-training.lua: # Training, and what it discovers
--
-- The network has free weights. Each candidate pulls them towards its own
-- equivariant maps with a strength, and half way the strengths are set anew by
-- how far the data have pulled the weights away.

local weyl = require "weyl"
local group, V = weyl.group, weyl.rep.V

local here = debug.getinfo(1, "S").source:match "^@(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path
local henon = require "henon"

local c, s = math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)
local triangle = group.new { name = "triangle", discrete = {
  { { c, -s }, { s, c } }, { { -1, 0 }, { 0, 1 } } } }

-- `truth` is the exact law, when it is known: then the table has its own errors
-- beside those of the network.

weyl.seed(1)
local data = { name = "henon", rep_in = V, rep_out = V,
  train = henon.part(600, 0), validation = henon.part(200, 0),
  test = henon.part(500, 0), truth = henon.field(0),
  candidates = { group.O(2), triangle, group.D(4), group.reflection(2, 2) } }

-- An experiment trains with every seed, keeps the parameters of the best
-- validation error, and records all of it: metrics, levels, the script, the
-- machine. `weyl run` runs the experiment that a script returns.

return weyl.experiment { name = "henon", data = data,
  method = weyl.method.per { channels = 48, depth = 1, strength = 1 },
  tune = weyl.reg.autotune { at = 150, window = 20 },
  epochs = 300, batch = 100, lr = 5e-3, seeds = 2 }

-- ## What you see
--
-- ```sh
-- weyl runs                 # all runs of this folder
-- weyl show henon           # this one, the last of its name
-- weyl plot levels henon    # strengths and errors as a figure
-- weyl plot history henon   # against the epoch
-- ```
--
-- The triangle keeps its strength, and the network's error under it is as good
-- as zero. The others have lost theirs: the data contradict them. That the
-- square and the reflection fail by as much as all rotations says that the
-- network follows the data and not the penalty.
--
-- A run that is killed goes on with `weyl resume henon`, to the same bits.
