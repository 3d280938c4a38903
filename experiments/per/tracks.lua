-- tracks.lua: generated tracks of vehicles whose exact future is known: on
-- level ground, on a slope that is the same for all, on slopes of random
-- direction; in place of motion data that may not be shared.
--
--   weyl experiments/per/tracks.lua --preset fair
--
-- The law keeps the O(2) about the vertical on level ground and on random
-- slopes, and no O(2) on a fixed slope, whose heights are hidden from the
-- inputs so that no symmetric law predicts them. Tables: average displacement
-- errors (ADE) in metres; levels beside the true errors. Figures: levels
-- beside the truth, by method.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local tables = weyl.tables
local EPOCHS = { quick = 60, paper = 500, fair = 500 }
local SIZE = 30000 -- trained numbers of every method, but in `paper`
-- Ten times the published rate and a quarter of the batch: with 8 steps an
-- epoch the soft network is far from done after 500.
local SETTINGS = { lr = 2e-3, batch = 32 }
local NOISE = 0.02 -- metres, of all points

-- Slopes are steep: a small one is a small break.
local SURFACES = {
  { key = "plane", label = "level ground",
    data = { surface = "plane", noise = NOISE } },
  { key = "fixed", label = "fixed slope", data = { surface = "fixed",
    slope = 0.3, heights = "flat", noise = NOISE } },
  { key = "random", label = "random slopes",
    data = { surface = "random", slope = 0.3, noise = NOISE } },
}

local function read_arguments()
  local p = study.parser("tracks", "Predict generated tracks.")
  p:option("--methods", "of " .. study.keys(study.METHODS))
    :default "mlp,emlp,matching,per,evidence"
  p:option("--surfaces", "of " .. study.keys(SURFACES))
  local args = p:parse()
  args.epochs = args.epochs or EPOCHS[args.preset]
  args.methods = study.chosen(study.METHODS, args.methods)
  args.surfaces = study.chosen(SURFACES, args.surfaces)
  return args
end

local function list_jobs(args)
  local jobs, paper = {}, args.preset == "paper"
  for seed = 1, study.seeds(args) do
    for _, s in ipairs(args.surfaces) do
      local data = weyl.data.tracks(s.data)
      for _, m in ipairs(args.methods) do
        if study.fits(m, data) then
          jobs[#jobs + 1] = { set = "tracks", task = "motion",
            method = m.key, data = s.data, epochs = args.epochs, seed = seed,
            kind = study.PRESETS[args.preset].kind, measure = "test",
            options = not paper and { parameters = SIZE } or nil,
            settings = not paper and SETTINGS or nil }
        end
      end
    end
  end
  return jobs
end

local function write_errors(args, jobs, results, base)
  local columns, shown = {}, { "method", "parameters" }
  for i, s in ipairs(args.surfaces) do
    columns[i] = { s.key, field = "ade", match = { data = s.data } }
    shown[i + 2] = { s.key, label = s.label, best = "least" }
  end
  study.write(tables.new { columns = shown,
    rows = study.rows(args.methods, columns, jobs, results),
    title = ("tracks: average displacement error in metres, %d epochs, "
      .. "%d seeds"):format(args.epochs, study.seeds(args)) },
    base .. "/errors")
end

local function report_levels(args, jobs, results, base)
  for _, m in ipairs(args.methods) do
    local found = {}
    for _, s in ipairs(args.surfaces) do
      local list = study.select(jobs, results,
        { method = m.key, data = s.data })
      if #list > 0 then
        local e = study.as_experiment(s.label, m.label, list)
        found[#found + 1] = e
        if m.name ~= "emlp" then -- exact: nothing was found
          study.write(weyl.experiment.table(e),
            ("%s/levels-%s-%s"):format(base, m.key, s.key))
        end
      end
    end
    if #found > 0 then
      study.draw("truth", found, { title = m.label,
        file = ("%s/levels-%s.svg"):format(base, m.key) })
    end
  end
end

local args = read_arguments()
local jobs = list_jobs(args)
local results = study.map(jobs, args, "tracks")
local base = study.folder(args, "tracks")
write_errors(args, jobs, results, base)
report_levels(args, jobs, results, base)
