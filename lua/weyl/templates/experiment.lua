-- experiment.lua: which symmetries does a law have, and how nearly?
--
--   weyl run experiment.lua
--   weyl show experiment
--
-- The law: a particle on a spring with drag that also falls. Spring and drag
-- are the same in all directions, gravity is not: only rotations about the
-- vertical axis, and reflections that leave it alone, are exact symmetries.
-- The script does not tell the model that; training finds out.
--
-- Change the three parts below to your own data, candidates and training.

local weyl = require "weyl"
local group, reg, rep = weyl.group, weyl.reg, weyl.rep

-- ---- 1. the data: x [n, in], y [n, out] ----

-- Here inputs are a position and a velocity, two vectors: 2 * V. The output,
-- the acceleration, is one vector: V. A scalar would be rep.scalar.
local V = rep.V
local rep_in, rep_out = 2 * V, V

-- The law. Your own data have none: leave `truth` out of the set below, and
-- read x and y from files (at the prompt, help(weyl.data) says with what).
local function law(x)
  local position, velocity = x:slice(2, 1, 3), x:slice(2, 4, 6)
  local gravity = weyl.tensor { 0, 0, -1 }
  return -2 * position - 0.5 * velocity + gravity
end

local function part(n)
  local x = weyl.normal { n, 6 }
  local y = law(x) + 0.05 * weyl.normal { n, 3 }
  return { x = x:eval(), y = y:eval() }
end

weyl.seed(1) -- the same numbers each time
local data = { name = "spring", rep_in = rep_in, rep_out = rep_out,
  train = part(500), validation = part(200), test = part(500), truth = law }

-- ---- 2. the candidates: groups that might be symmetries ----

-- The first contains the others. O(2) turns and reflects the two axes named.
data.candidates = { group.O(3), group.O(2):embed(3, { 1, 2 }),
  group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }

-- ---- 3. training ----

-- method: "per" pulls a free network towards all candidates at once; "mlp",
-- "emlp", "rpp" ... are others (help(weyl.method)). tune: once, half way, when
-- the network shows what the data hold it to, the strength of each candidate is
-- set anew; reg.evidence {} does so all the time. Metrics and levels go to
-- runs/weyl.db, files to runs/experiment-1-2/. A run that was stopped goes on
-- with `weyl resume`.
return weyl.experiment { name = "experiment", data = data, method = "per",
  tune = reg.autotune { at = 100 }, epochs = 200, batch = 100, lr = 3e-3,
  seeds = 2 }

-- ---- what you see ----
--
-- One row per candidate. `strength`: how strongly the network was held to the
-- group in the end. `error`: how far the trained network is from it, between
-- 0 and 1; `true error`: how far the law is. Axes 1,2 should keep their
-- strength and have an error far below the others.
--
--   weyl show experiment         parameters, errors, levels
--   weyl plot levels experiment  a figure of the levels
--   weyl report experiment       all of it as one page of HTML
--   weyl export experiment       the metrics as CSV
