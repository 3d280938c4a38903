-- 5-figure.lua: # A figure of one's own
--
-- How does the error of the network follow that of the field, when the field is
-- tilted more and more? We train one network for each tilt, and draw what comes
-- of it beside the exact errors. On two cores `parallel.map` trains two at a
-- time, and keeps what is done: when the script runs again, it only draws.

local weyl = require "weyl"
local group, plot, V = weyl.group, weyl.plot, weyl.rep.V

local here = debug.getinfo(1, "S").source:match "^@(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path
local henon = require "henon"

local c, s = math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)
local triangle = group.new { name = "triangle", discrete = {
  { { c, -s }, { s, c } }, { { -1, 0 }, { 0, 1 } } } }

local function train(job)
  local tilt = job.tilt
  local data = { name = "henon", rep_in = V, rep_out = V,
    train = henon.part(600, tilt), validation = henon.part(200, tilt),
    truth = henon.field(tilt), candidates = { group.O(2), triangle } }
  local level = weyl.experiment { name = "tilted", data = data,
    method = weyl.method.per { channels = 48, depth = 1, strength = 1,
      tune = false },
    epochs = 300, batch = 100, lr = 5e-3, quiet = true,
    output = false }:run().seeds[1].levels[2]
  return { error = level.error, truth = level.true_error }
end

local tilts, jobs = { 0.01, 0.03, 0.1, 0.3, 1 }, {}
for i, tilt in ipairs(tilts) do jobs[i] = { tilt = tilt } end
local errors, exact = {}, {}
for i, result in ipairs(weyl.parallel.map(jobs, train, { name = "tilts" })) do
  errors[i], exact[i] = result.error, result.truth
end

-- Every kind of figure is a function of one table; `help(plot.lines)` has its
-- options. Figures are put side by side with `plot.panels`, and saved as .png,
-- .svg or .pdf, the data and the gnuplot script beside them.

local against = plot.lines { xlabel = "tilt of the field", ylabel =
  "equivariance error, 0 to 1", logx = true, logy = true,
  series = { { x = tilts, y = errors, title = "network",
      style = "linespoints" },
    { x = tilts, y = exact, title = "field", style = "linespoints" } } }

-- The field itself, as arrows:

local places = {}
for i = -4, 4 do
  for j = -4, 4 do places[#places + 1] = { i / 5, j / 5 } end
end
local x = weyl.tensor(places)
local arrows = plot.field { x = x, v = henon.field(0)(x),
  xlabel = "x (units of the galaxy)", ylabel = "y (units of the galaxy)" }

print(plot.panels { arrows, against, columns = 2, file = "tilt.png",
  title = "A field with the symmetries of a triangle" })
