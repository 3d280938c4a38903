-- 6-sweep.lua: # A sweep
--
-- Which learning rate, which strength? A sweep is a script that returns one:
-- a space of settings, and a function that tries one of them and returns what
-- is to be small. `weyl sweep` does its trials on all cores, goes
-- on where it was stopped, and keeps failures for another try.

local weyl = require "weyl"
local sweep, group, V = weyl.sweep, weyl.group, weyl.rep.V

local here = debug.getinfo(1, "S").source:match "^@(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path
local henon = require "henon"

weyl.seed(1)
local data = { name = "henon", rep_in = V, rep_out = V,
  train = henon.part(600, 0.05), validation = henon.part(200, 0.05),
  candidates = { group.O(2), group.D(3), group.reflection(2, 1) } }

return sweep { name = "tilt", search = "sobol", trials = 8,
  space = { lr = sweep.log(1e-3, 3e-2), strength = { 0.1, 1, 10 } },
  trial = function(p, context)
    local r = weyl.experiment { name = context.name, data = data,
      output = context.output, method = weyl.method.per { channels = 48,
        depth = 1, strength = p.strength }, lr = p.lr, epochs = 100,
      batch = 100, quiet = true }:run()
    return { objective = r.summary.validation.mean,
      triangle = r.seeds[1].levels[2].error }
  end }

-- ```sh
-- weyl sweep experiments/tutorial/6-sweep.lua
-- weyl plot sweep tilt      # the objective against each setting
-- weyl report tilt          # all of it as one page, to send to others
-- ```
