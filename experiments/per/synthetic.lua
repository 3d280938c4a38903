-- synthetic.lua: all methods on all variants of the synthetic data: test
-- errors by method, and the levels that the soft network discovers beside the
-- true ones (Kim et al., arXiv:2306.00356, their tables on inertia and cosine
-- similarity).
--
--   weyl experiments/per/synthetic.lua --task inertia --preset fair
--
-- Tables: errors (the first and who is within one standard deviation of it),
-- levels by variant and tuner, the agreement of their order with that of the
-- true errors. Figures: test errors by method, levels beside the truth, the
-- history of a run.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local stats, tables = weyl.stats, weyl.tables

local function inertia(key, label, axis, noise, more)
  local data = more or {}
  data.axis, data.noise = axis, noise
  return { key = key, label = label, set = "inertia", data = data }
end

local COSINE = { { "so3-scale", "SO(3) x scale" }, { "so3", "SO(3)" },
  { "scale", "scale" }, { "none", "none" } }

local function cosine(coordinates, samples)
  local list = {}
  for i, v in ipairs(COSINE) do
    list[i] = { key = v[1], label = v[2], set = "cosine",
      data = { variant = v[1], coordinates = coordinates,
        train = samples } }
  end
  return list
end

-- Mean distances of three points, and what breaks translations or rotations.
local function distance(variant, noise)
  return { key = variant, label = ("%s, %g"):format(variant, noise),
    set = "distance", data = { variant = variant, noise = noise } }
end

-- Variants of the tables; `random` breaks axis 3 by strengths that differ
-- between examples, or shows masses and positions with noise; `graded` weakens
-- the break; `radial` is cosine similarity in coordinates in which layers can
-- keep scalings, `radial-10000` with so many samples.
local TASKS = {
  inertia = { epochs = { quick = 400, paper = 8000, fair = 1600 },
    variants = {
      inertia("exact", "noise 0", 3, 0),
      inertia("axis3", "axis 3, -1", 3, -1),
      inertia("axis2", "axis 2, -1", 2, -1),
      inertia("axis1", "axis 1, -1", 1, -1),
      inertia("none-0.3", "none, -0.3", "none", -0.3),
      inertia("none-1", "none, -1", "none", -1) } },
  random = { epochs = { quick = 400, paper = 8000, fair = 1600 },
    variants = {
      inertia("spread", "0.3, spread 0.1", 3, 0.3, { spread = 0.1 }),
      inertia("mixture", "0.3 or 0.6", 3, { 0.3, 0.6 },
        { shares = { 0.6, 0.4 }, spread = 0.1 }),
      inertia("noisy", "noisy inputs", 3, 0.3, { input_noise = 0.05 }) } },
  cosine = { epochs = { quick = 200, paper = 2000, fair = 2000 },
    variants = cosine() },
  radial = { epochs = { quick = 200, paper = 2000, fair = 2000 },
    variants = cosine "radial" },
  ["radial-10000"] = { epochs = { quick = 20, paper = 200, fair = 200 },
    methods = "evidence,held", variants = cosine("radial", 10000) },
  distance = { epochs = { quick = 100, paper = 10000, fair = 1000 },
    variants = { distance("l1distance", -1), distance("ball", -0.5),
      distance("distance", -0.5) } },
  graded = { epochs = { quick = 400, paper = 8000, fair = 1600 },
    methods = "per,evidence,held", variants = {
      inertia("0", "0", 3, 0), inertia("0.1", "-0.1", 3, -0.1),
      inertia("0.3", "-0.3", 3, -0.3), inertia("1", "-1", 3, -1) } },
}

-- What the quick preset leaves out.
local QUICK = { inertia = "exact,axis3,none-1", random = "mixture",
  graded = "0,0.3,1" }

local function read_arguments()
  local p = study.parser("synthetic",
    "Compare all methods on the synthetic data.")
  p:option "--task":choices { "inertia", "random", "cosine", "radial",
    "radial-10000", "distance", "graded" }:default "inertia"
  p:option("--methods", "of " .. study.keys(study.METHODS))
  p:option("--variants", "keys, separated by commas")
  local args = p:parse()
  local task = TASKS[args.task]
  args.epochs = args.epochs or task.epochs[args.preset]
  args.methods = study.chosen(study.METHODS, args.methods or task.methods)
  args.variants = study.chosen(task.variants, args.variants
    or args.preset == "quick" and QUICK[args.task] or nil)
  return args
end

-- Seeds in the outer loop: what is stopped early has whole seeds.
local function list_jobs(args)
  local jobs = {}
  for seed = 1, study.seeds(args) do
    for _, v in ipairs(args.variants) do
      local data = weyl.data[v.set](v.data)
      for _, m in ipairs(args.methods) do
        if study.fits(m, data) then
          jobs[#jobs + 1] = { set = v.set, data = v.data, method = m.key,
            task = v.set, epochs = args.epochs, seed = seed,
            kind = study.PRESETS[args.preset].kind }
        end
      end
    end
  end
  return jobs
end

-- The results of a variant and a method over seeds.
local function select(jobs, results, v, m)
  return study.select(jobs, results, { method = m.key, set = v.set,
    data = v.data })
end

-- ---- errors ----

local function write_errors(args, jobs, results, base)
  for _, part in ipairs { "test", "ood", "train" } do
    local rows, columns, found = {}, { "method", "parameters" }, false
    for i, m in ipairs(args.methods) do
      rows[i] = { method = m.label }
      for _, v in ipairs(args.variants) do
        local list = select(jobs, results, v, m)
        rows[i][v.key] = study.spread(list, part)
        rows[i].parameters = rows[i].parameters or list[1]
          and list[1].parameters
        found = found or rows[i][v.key] ~= nil
      end
    end
    for _, v in ipairs(args.variants) do
      columns[#columns + 1] = { v.key, label = v.label,
        best = part ~= "train" and "least" or nil }
    end
    if found then
      study.write(tables.new { columns = columns, rows = rows,
        title = ("%s: mean squared error, %s data, %d epochs, %d seeds")
          :format(args.task, part, args.epochs, study.seeds(args)) },
        ("%s/%s-%s"):format(base, args.task, part))
    end
  end
end

local function draw_errors(args, jobs, results, base)
  local panels = {}
  for i, v in ipairs(args.variants) do
    local boxes = {}
    for _, m in ipairs(args.methods) do
      local values = study.column(select(jobs, results, v, m), "test")
      if #values > 0 then
        boxes[#boxes + 1] = { name = m.label, values = values }
      end
    end
    panels[i] = { title = v.label, boxes = boxes }
  end
  study.draw("box", { label = "test mean squared error", panels = panels },
    { file = ("%s/%s-errors.svg"):format(base, args.task) })
end

-- ---- levels ----

-- Mean over all runs of the agreement of each field with the truth.
local function write_ranks(args, found, base)
  local rows, fields = {}, { "strength", "residual", "level", "error" }
  for _, v in ipairs(args.variants) do
    for _, entry in ipairs(found) do
      local e = entry.by_variant[v.key]
      if e then
        local row = { variant = v.label, tuner = entry.label }
        for _, f in ipairs(fields) do row[f] = e.summary.rank[f] end
        rows[#rows + 1] = row
      end
    end
  end
  for _, entry in ipairs(found) do
    local row = { variant = "all", tuner = entry.label }
    for _, f in ipairs(fields) do
      local values = {}
      for _, v in ipairs(args.variants) do
        local s = entry.by_variant[v.key].summary.rank[f]
        values[#values + 1] = s and s.mean
      end
      row[f] = #values > 0 and stats.spread(values) or nil
    end
    rows[#rows + 1] = row
  end
  study.write(tables.new { columns = { "variant", "tuner", "strength",
    "residual", "level", "error" }, rows = rows,
    title = args.task .. ": agreement of the order of the groups with that "
      .. "of their true errors, 1 for full" }, base .. "/" .. args.task
      .. "-agreement")
end

local SOFT = { per = true, evidence = true, held = true }

local function report_levels(args, jobs, results, base)
  local found = {}
  for _, m in ipairs(args.methods) do
    if SOFT[m.key] then
      local entry, list = { label = m.label, by_variant = {} }, {}
      for i, v in ipairs(args.variants) do
        list[i] = study.as_experiment(v.label, m.label,
          select(jobs, results, v, m))
        entry.by_variant[v.key] = list[i]
        study.write(weyl.experiment.table(list[i]),
          ("%s/%s-levels-%s-%s"):format(base, args.task, m.key, v.key))
      end
      study.draw("truth", list, { title = m.label,
        file = ("%s/%s-levels-%s.svg"):format(base, args.task, m.key) })
      study.draw("history", list[math.min(2, #list)], { title = list[
        math.min(2, #list)].name, file = ("%s/%s-history-%s.svg"):format(base,
          args.task, m.key) })
      found[#found + 1] = entry
    end
  end
  if #found > 0 then write_ranks(args, found, base) end
end

local args = read_arguments()
local jobs = list_jobs(args)
local results = study.map(jobs, args, "synthetic")
local base = study.folder(args, "synthetic")
write_errors(args, jobs, results, base)
draw_errors(args, jobs, results, base)
report_levels(args, jobs, results, base)
