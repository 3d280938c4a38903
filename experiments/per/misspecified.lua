-- misspecified.lua: what happens when the candidates are wrong: groups that
-- are no symmetry of anything here beside good ones, or no good one at all.
-- Data: inertia, axis 3, noise -1, whose law keeps the O(2) of axes 1 and 2.
--
--   weyl experiments/per/misspecified.lua --preset fair
--
-- SL(3) and GL(3) contain the rotations of the law and much that breaks it.
-- Networks have hidden representations of the first group, O(3), in all lists,
-- so that only the penalties differ. Tables: test errors by list; levels by
-- list and tuner. Figures: levels beside the truth.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local group, tables = weyl.group, weyl.tables
local EPOCHS = { quick = 300, paper = 8000, fair = 8000 }
local DATA = { axis = 3, noise = -1 }

-- A list is named in the jobs and built where they run.
local LISTS = {
  { key = "right", label = "O(3), three O(2)", axes = { 1, 2, 3 } },
  { key = "sl", label = "with SL(3)", axes = { 1, 2, 3 },
    more = function() return group.SL(3) end },
  { key = "gl", label = "with GL(3)", axes = { 1, 2, 3 },
    more = function() return group.GL(3) end },
  { key = "wrong", label = "without the right O(2)", axes = { 2, 3 } },
}

-- The candidates of the data from the second on are the O(2) by plane.
local function groups_of(list, candidates)
  local groups = { candidates[1] }
  for i, k in ipairs(list.axes) do groups[i + 1] = candidates[k + 1] end
  if list.more then groups[#groups + 1] = list.more() end
  return groups
end

local function read_arguments()
  local p = study.parser("misspecified",
    "Give the soft network wrong candidates.")
  p:option("--lists", "of " .. study.keys(LISTS))
  local args = p:parse()
  args.epochs = args.epochs or EPOCHS[args.preset]
  args.lists = study.chosen(LISTS, args.lists)
  args.methods = study.chosen(study.METHODS, "per,evidence")
  return args
end

local function list_jobs(args)
  local jobs = {}
  for seed = 1, study.seeds(args) do
    for _, list in ipairs(args.lists) do
      for _, m in ipairs(args.methods) do
        jobs[#jobs + 1] = { set = "inertia", task = "inertia", data = DATA,
          method = m.key, list = list.key, epochs = args.epochs, seed = seed,
          kind = study.PRESETS[args.preset].kind }
      end
    end
  end
  return jobs
end

local function run(job)
  local data = weyl.data.inertia(job.data)
  local list = study.chosen(LISTS, job.list)[1]
  local full = { options = { groups = groups_of(list, data.candidates) } }
  for key, value in next, job do full[key] = value end
  return (study.train(full, data))
end

local function write_errors(args, jobs, results, base)
  local columns, shown = {}, { "method", "parameters" }
  for i, list in ipairs(args.lists) do
    columns[i] = { list.key, field = "test", match = { list = list.key } }
    shown[i + 2] = { list.key, label = list.label }
  end
  study.write(tables.new { columns = shown,
    rows = study.rows(args.methods, columns, jobs, results),
    title = ("inertia, axis 3, noise -1: test mean squared error by "
      .. "candidates, %d epochs, %d seeds"):format(args.epochs,
      study.seeds(args)) }, base .. "/errors")
end

local function report_levels(args, jobs, results, base)
  for _, m in ipairs(args.methods) do
    local found = {}
    for i, list in ipairs(args.lists) do
      found[i] = study.as_experiment(list.label, m.label, study.select(jobs,
        results, { method = m.key, list = list.key }))
      study.write(weyl.experiment.table(found[i]),
        ("%s/levels-%s-%s"):format(base, m.key, list.key))
    end
    study.draw("truth", found, { title = m.label,
      file = ("%s/levels-%s.svg"):format(base, m.key) })
  end
end

local args = read_arguments()
local jobs = list_jobs(args)
local results = study.map(jobs, args, "misspecified", run)
local base = study.folder(args, "misspecified")
write_errors(args, jobs, results, base)
report_levels(args, jobs, results, base)
