-- samples.lua: test errors against the number of training samples, on inertia
-- data, axis 3, noise -1: what is a symmetry worth, known, guessed or found?
--
--   weyl experiments/per/samples.lua --preset fair
--
-- All sizes have the same number of epochs; batches are those of the task, or
-- all samples where there are fewer. Table and figure: test errors by method
-- and size.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local tables = weyl.tables
local EPOCHS = { quick = 300, paper = 8000, fair = 8000 }
local SIZES = { 100, 300, 1000 }

-- Tables of the data by size, each one table, so that jobs can be told apart.
local DATA = {}
for i, n in ipairs(SIZES) do
  DATA[i] = { axis = 3, noise = -1, train = n }
end

local function read_arguments()
  local p = study.parser("samples", "Compare methods by training size.")
  p:option("--methods", "of " .. study.keys(study.METHODS))
    :default "mlp,matching,rpp,per,evidence"
  local args = p:parse()
  args.epochs = args.epochs or EPOCHS[args.preset]
  args.methods = study.chosen(study.METHODS, args.methods)
  return args
end

local function list_jobs(args)
  local jobs = {}
  for seed = 1, study.seeds(args) do
    for i in ipairs(SIZES) do
      for _, m in ipairs(args.methods) do
        jobs[#jobs + 1] = { set = "inertia", task = "inertia",
          data = DATA[i], method = m.key, epochs = args.epochs, seed = seed,
          kind = study.PRESETS[args.preset].kind }
      end
    end
  end
  return jobs
end

local function write_table(args, jobs, results, base)
  local columns, shown = {}, { "method", "parameters" }
  for i, n in ipairs(SIZES) do
    columns[i] = { tostring(n), field = "test", match = { data = DATA[i] } }
    shown[i + 2] = { tostring(n), label = ("%d samples"):format(n),
      best = "least" }
  end
  study.write(tables.new { columns = shown,
    rows = study.rows(args.methods, columns, jobs, results),
    title = ("inertia, axis 3, noise -1: test mean squared error, %d epochs, "
      .. "%d seeds"):format(args.epochs, study.seeds(args)) },
    base .. "/samples")
end

local function draw(args, jobs, results, base)
  local curves = {}
  for k, m in ipairs(args.methods) do
    local curve = { name = m.label, x = SIZES, y = {} }
    for i in ipairs(SIZES) do
      curve.y[i] = study.column(study.select(jobs, results,
        { method = m.key, data = DATA[i] }), "test")
    end
    curves[k] = curve
  end
  study.draw("bands", { panels = { { title = "inertia, axis 3, noise -1",
    xlabel = "training samples", ylabel = "test mean squared error",
    logx = true, logy = true, curves = curves } } },
    { file = base .. "/samples.svg" })
end

local args = read_arguments()
local jobs = list_jobs(args)
local results = study.map(jobs, args, "samples")
local base = study.folder(args, "samples")
write_table(args, jobs, results, base)
draw(args, jobs, results, base)
