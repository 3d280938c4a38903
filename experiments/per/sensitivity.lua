-- sensitivity.lua: how much the results of the soft network depend on what
-- has to be chosen: the strength at the start, the power of the one-shot rule,
-- the share of the epochs after which it acts; for the evidence tuner the
-- strength at the start. Data: inertia, axis 3, noise -1.
--
--   weyl experiments/per/sensitivity.lua --preset fair
--
-- One setting is changed at a time, the others stay at power 2, a share of
-- 1/4 and strength 100, as published. Table: test
-- errors and how well strengths, residuals and sampled errors order the groups.
-- Figure: test error against each setting.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local tables = weyl.tables
local EPOCHS = { quick = 300, paper = 8000, fair = 8000 }
local DATA = { axis = 3, noise = -1 }
local USUAL = { power = 2, share = 1 / 4 }

-- The settings that are changed, and which of the tuners have them.
local SETTINGS = {
  { key = "strength", label = "strength at the start",
    values = { 5, 20, 100 }, methods = { "per", "evidence" } },
  { key = "power", label = "power", values = { 1, 2, 4 },
    methods = { "per" } },
  { key = "share", label = "share of the epochs before tuning",
    values = { 1 / 8, 1 / 4, 1 / 2 }, methods = { "per" } },
}

local function read_arguments()
  local args = study.parser("sensitivity",
    "Change the settings of the soft network one at a time."):parse()
  args.epochs = args.epochs or EPOCHS[args.preset]
  args.strength = 100
  return args
end

local function job_of(args, method, seed, at)
  local job = { set = "inertia", task = "inertia", data = DATA,
    method = method, epochs = args.epochs, seed = seed,
    kind = study.PRESETS[args.preset].kind,
    options = { strength = at.strength } }
  if method == "per" then
    job.power = at.power
    job.at = math.max(1, math.floor(args.epochs * at.share))
  end
  return job
end

-- The point where nothing is changed belongs to every curve but is one job.
-- Returns the jobs, and points { setting, method, value, places of jobs }.
local function plan(args)
  local jobs, points, known = {}, {}, {}
  for _, s in ipairs(SETTINGS) do
    for _, method in ipairs(s.methods) do
      for _, value in ipairs(s.values) do
        local at = { strength = args.strength, power = USUAL.power,
          share = USUAL.share, [s.key] = value }
        local key = ("%s %g %g %g"):format(method, at.strength, at.power,
          at.share)
        if not known[key] then
          known[key] = {}
          for seed = 1, study.seeds(args) do
            jobs[#jobs + 1] = job_of(args, method, seed, at)
            known[key][seed] = #jobs
          end
        end
        points[#points + 1] = { setting = s, method = study.method(method),
          value = value, places = known[key] }
      end
    end
  end
  return jobs, points
end

local function results_at(point, results)
  local list = {}
  for i, place in ipairs(point.places) do list[i] = results[place] end
  return list
end

local function write_table(args, points, results, base)
  local rows = {}
  for i, p in ipairs(points) do
    local list = results_at(p, results)
    local e = study.as_experiment("", p.method.label, list)
    local rank = e.summary.rank
    rows[i] = { setting = p.setting.label, value = p.value,
      tuner = p.method.label, test = study.spread(list, "test"),
      strength = rank.strength, residual = rank.residual,
      error = rank.error }
  end
  study.write(tables.new { rows = rows, columns = { "setting", "value",
    "tuner", { "test", label = "test error", best = "least" },
    { "strength", label = "agreement of strengths" },
    { "residual", label = "of residuals" },
    { "error", label = "of errors" } },
    title = ("inertia, axis 3, noise -1: mean squared error and agreement "
      .. "with the order of the true errors, %d epochs, %d seeds"):format(
      args.epochs, study.seeds(args)) }, base .. "/sensitivity")
end

local function draw(points, results, base)
  local panels = {}
  for i, s in ipairs(SETTINGS) do
    local panel = { title = s.label, xlabel = s.label, logx = true,
      ylabel = "test mean squared error", logy = true, curves = {} }
    for k, method in ipairs(s.methods) do
      local curve = { name = study.method(method).label, x = {}, y = {} }
      for _, p in ipairs(points) do
        if p.setting == s and p.method.key == method then
          curve.x[#curve.x + 1] = p.value
          curve.y[#curve.x] = study.column(results_at(p, results), "test")
        end
      end
      panel.curves[k] = curve
    end
    panels[i] = panel
  end
  study.draw("bands", { panels = panels }, { file = base
    .. "/sensitivity.svg", title = "inertia, axis 3, noise -1" })
end

local args = read_arguments()
local jobs, points = plan(args)
local results = study.map(jobs, args, "sensitivity")
local base = study.folder(args, "sensitivity")
write_table(args, points, results, base)
draw(points, results, base)
