-- mocap.lua: motion capture, a person who runs: where the joints will be 30
-- frames later, from where they are and how they move.
--
--   weyl experiments/per/mocap.lua --data FOLDER --preset fair
--
-- The data are subject 9 of the CMU motion capture database as of the code of
-- equivariant graph mechanics networks: FOLDER/cmu_run/cmu_run.npz and its
-- split. 200 training samples, batches of 100 and the rate 5e-4 are from
-- there. Published errors are those of Elhag et al., arXiv:2410.17878, mean
-- and spread; their widths and epochs are not known here, so equal numbers are
-- not to be expected.
--
-- Tables: errors, in the unit of the literature, beside the published ones;
-- levels. Figures: errors by method, levels.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local tables = weyl.tables
local EPOCHS = { quick = 300, paper = 500, fair = 2000 }
local SETTINGS = { batch = 100, lr = 5e-4 }
local SIZE = 60000 -- trained numbers of every method, but in `paper`

-- Mean squared error x 1e-2 on running.
local PUBLISHED = { mlp = { mean = 39.56, std = 2.25 },
  augmentation = { mean = 40.23, std = 0.94 },
  emlp = { mean = 57.38, std = 8.39 }, rpp = { mean = 34.18, std = 2.00 },
  remul = { mean = 32.57, std = 1.47 }, per = { mean = 33.03, std = 0.37 } }

local function read_arguments()
  local p = study.parser("mocap", "Predict the motion of a runner.")
  p:option("--data", "folder of cmu_run, the variable WEYL_DATA if missing")
  p:option("--methods", "of " .. study.keys(study.METHODS))
    :default "mlp,emlp,per,evidence"
  p:option("--train", "training samples"):default "200"
    :convert(math.tointeger)
  local args = p:parse()
  args.data = args.data and args.data .. "/cmu_run"
    or weyl.data.path "cmu_run"
  args.epochs = args.epochs or EPOCHS[args.preset]
  args.methods = study.chosen(study.METHODS, args.methods)
  return args
end

local function list_jobs(args)
  local jobs, paper = {}, args.preset == "paper"
  for seed = 1, study.seeds(args) do
    for _, m in ipairs(args.methods) do
      jobs[#jobs + 1] = { set = "mocap", task = "motion", method = m.key,
        data = { path = args.data .. "/cmu_run.npz", train = args.train,
          split = args.data .. "/cmu_run_split.npz" },
        options = not paper and { parameters = SIZE } or nil,
        kind = study.PRESETS[args.preset].kind, epochs = args.epochs,
        seed = seed, settings = SETTINGS, measure = "test" }
    end
  end
  return jobs
end

local function write_errors(args, jobs, results, base)
  local rows = study.rows(args.methods, { { "mse", field = "mse" },
    { "epoch", field = "epoch" } }, jobs, results)
  for i, m in ipairs(args.methods) do rows[i].published = PUBLISHED[m.key] end
  study.write(tables.new { rows = rows, columns = { "method", "parameters",
    { "mse", label = "test", best = "least" }, "published",
    { "epoch", label = "epoch kept" } },
    title = ("running: mean squared error x 1e-2, %d samples, %d epochs, "
      .. "%d seeds"):format(args.train, args.epochs, study.seeds(args)) },
    base .. "/errors")
end

local function draw_errors(args, jobs, results, base)
  local boxes = {}
  for i, m in ipairs(args.methods) do
    boxes[i] = { name = m.label, values = study.column(study.select(jobs,
      results, { method = m.key }), "mse") }
  end
  study.draw("box", { label = "mean squared error x 1e-2",
    panels = { { title = "running", boxes = boxes } } },
    { file = base .. "/errors.svg" })
end

local function report_levels(args, jobs, results, base)
  local found = {}
  for _, m in ipairs(args.methods) do
    local list = study.select(jobs, results, { method = m.key })
    local e = study.as_experiment(m.label, "running", list)
    if m.name ~= "emlp" then -- exact: all levels are 0
      study.write(weyl.experiment.table(e), base .. "/levels-" .. m.key)
    end
    found[#found + 1] = e
  end
  study.draw("truth", found, { title = "running",
    file = base .. "/levels.svg" })
end

local args = read_arguments()
local jobs = list_jobs(args)
local results = study.map(jobs, args, "mocap")
local base = study.folder(args, "mocap")
write_errors(args, jobs, results, base)
draw_errors(args, jobs, results, base)
report_levels(args, jobs, results, base)
