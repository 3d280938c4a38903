-- study.lua: what the studies in this folder share: presets, the options of
-- the command line, the methods compared, and jobs for all cores.
--
-- A job is one training run: a plain table that names data, method and seed,
-- so that its result can be kept and found again (weyl.parallel). Results lie
-- in <output>/<study>-<preset>; a study that was stopped goes on from them.
-- Tables and figures lie in the folder report therein.

local weyl = require "weyl"
local argparse = require "argparse"

local method, reg, stats = weyl.method, weyl.reg, weyl.stats
local levels = require "weyl.experiment.levels"
local results_of = require "weyl.results"

local study = {}

---Widths and settings of weyl.method.protocol: `paper` is the published one,
---`fair` gives every method as many parameters as the soft network and keeps
---the parameters of its best validation error. `quick` is `fair` for minutes:
---its epochs are too few for more than a look.
study.PRESETS = { quick = { kind = "fair", seeds = 1 },
  paper = { kind = "published", seeds = 5 },
  fair = { kind = "fair", seeds = 5 } }

-- ---- methods ----

-- Epochs between two updates of the evidence tuner.
local function evidence(epochs)
  return reg.evidence { every = math.max(1, epochs // 8) }
end

local OUTPUTS = 288 -- at which "held" takes the curvature

-- The faster rule: updates are more and rest on more outputs.
local function held(epochs, data)
  return reg.evidence { rule = "held", every = math.max(1, epochs // 20),
    examples = math.max(1, OUTPUTS // data.train.y.shape[2]), probes = 8 }
end

---Methods by the key of the command line, in the order of tables.
---  group     "matching": the largest candidate that the data keep exactly;
---            a run without one is left out
---  tune      a function of the epochs and the data
study.METHODS = {
  { key = "mlp", label = "MLP", name = "mlp" },
  { key = "augmentation", label = "MLP, augmented", name = "augmentation" },
  { key = "emlp", label = "EMLP, largest group", name = "emlp" },
  { key = "matching", label = "EMLP, matching group", name = "emlp",
    group = "matching" },
  { key = "rpp", label = "RPP", name = "rpp" },
  { key = "mixed_rpp", label = "mixed RPP", name = "mixed_rpp" },
  { key = "two_sided", label = "two-sided penalty", name = "two_sided" },
  { key = "remul", label = "REMUL", name = "remul" },
  { key = "per", label = "PER, one-shot rule", name = "per" },
  { key = "evidence", label = "PER, evidence", name = "per",
    tune = evidence },
  { key = "held", label = "PER, evidence held", name = "per", tune = held },
}

---@param key string
---@return table
function study.method(key)
  for _, m in ipairs(study.METHODS) do
    if m.key == key then return m end
  end
  error(("there is no method '%s'; known are %s"):format(key,
    study.keys(study.METHODS)), 0)
end

---The keys of a list, for a message.
---@param list { key: string }[]
---@return string
function study.keys(list)
  local keys = {}
  for i, entry in ipairs(list) do keys[i] = entry.key end
  return table.concat(keys, ", ")
end

-- ---- the command line ----

---A parser with the options of every study.
---@param name string of the study
---@param about string
---@return table
function study.parser(name, about)
  local p = argparse(name .. ".lua", about)
  p:option "--preset":choices { "quick", "paper", "fair" }:default "quick"
  p:option("--seeds", "how many, instead of the preset's")
    :convert(math.tointeger)
  p:option("--epochs", "instead of the preset's"):convert(math.tointeger)
  p:option("--parameters", "trained numbers of every method, instead of the "
    .. "preset's"):convert(math.tointeger)
  p:option("--output", "folder of the results"):default "runs"
  p:option("--workers", "processes, one per core unless given")
    :convert(math.tointeger)
  return p
end

---Those of a comma-separated list of keys, in the order of the list of all.
---@param all { key: string }[]
---@param text string? all without one
---@return table[]
function study.chosen(all, text)
  if not text then return all end
  local wanted, out = {}, {}
  for key in text:gmatch "[^,%s]+" do wanted[key] = true end
  for _, entry in ipairs(all) do
    if wanted[entry.key] then
      out[#out + 1], wanted[entry.key] = entry, nil
    end
  end
  local unknown = next(wanted)
  if unknown then
    error(("there is no '%s'; known are %s"):format(unknown,
      study.keys(all)), 0)
  end
  return out
end

---Seeds, from 1.
---@param args table
---@return integer
function study.seeds(args)
  return args.seeds or study.PRESETS[args.preset].seeds
end

-- ---- jobs ----

local function data_of(job)
  local make = weyl.data[job.set]
  return make(job.data)
end

local function copy(t, into)
  for key, value in next, t or {} do into[key] = value end
  return into
end

-- Options of the experiment that a job describes.
local function experiment_of(job, data)
  local m = study.method(job.method)
  local options = copy(job.options, {})
  options.parameters = job.parameters or options.parameters
  if m.group == "matching" then options.group = data.matching end
  local o = method.protocol { method = m.name, task = job.task, data = data,
    kind = job.kind, epochs = job.epochs, options = options }
  if m.tune and not options.tune then o.tune = m.tune(job.epochs, data) end
  if job.at or job.power then
    o.tune = reg.autotune { at = job.at or job.epochs // 4,
      power = job.power or 2 }
  end
  if o.tune and not o.tune.at then o.select = "best" end
  o.seeds, o.output, o.quiet = { job.seed }, false, true
  o.record_test = true
  o.every = math.max(1, job.epochs // 100)
  return copy(job.settings, o)
end

local PARTS = { "train", "validation", "test", "ood" }
local MEASURES = { "mse", "ade", "fde" }

-- The set's own measures on the test part, in its units.
local function measure(out, model, data)
  local prediction = model(data.test.x)
  for _, name in ipairs(MEASURES) do
    if data[name] then out[name] = data[name](prediction, data.test.y) end
  end
end

---Trains what a job describes: { set, data, task, kind, method, options,
---parameters, epochs, seed, at, power, settings, measure, predict }. Settings
---are options
---of the experiment; measure is the part of the data at which levels are
---measured, standard normal inputs unless given; predict lists rows of the test
---part whose predictions are kept.
---@param job table
---@param data weyl.data.set? made already
---@return table result plain: errors, epoch, parameters, levels, groups,
---  history, the set's own measures, predictions
---@return table model
function study.train(job, data)
  data = data or data_of(job)
  if job.measure then data.error_inputs = job.measure end
  local r = weyl.experiment(experiment_of(job, data)):run()
  local s = r.seeds[1]
  local out = { epoch = s.epoch, parameters = s.parameters,
    levels = s.levels, groups = r.groups, history = s.history,
    variant = data.variant, tuned_at = r.tuned_at }
  for _, name in ipairs(PARTS) do out[name] = s[name] end
  measure(out, s.model, data)
  if job.predict then
    local rows = weyl.tensor(job.predict, "i64")
    out.predictions = s.model(data.test.x:take(rows)):totable()
  end
  return out, s.model
end

---Whether a method can be run on a set: "matching" needs such a group.
---@param m table of study.METHODS
---@param data weyl.data.set
---@return boolean
function study.fits(m, data)
  return m.group ~= "matching" or data.matching ~= nil and data.matching > 1
end

---All jobs' results, from all cores.
---@param jobs table[]
---@param args table
---@param name string
---@param f? fun(job: table): table study.train unless given
---@return table[]
function study.map(jobs, args, name, f)
  for _, job in ipairs(jobs) do job.parameters = args.parameters end
  return weyl.parallel.map(jobs, f or function(job)
    return (study.train(job))
  end, { name = name .. "-" .. args.preset, folder = args.output,
    workers = args.workers })
end

-- ---- results ----

---The results of those jobs that have all fields of `match`; tables in it are
---the same, not alike.
---@param jobs table[]
---@param results table[]
---@param match table
---@return table[]
function study.select(jobs, results, match)
  local out = {}
  for i, job in ipairs(jobs) do
    local found = true
    for key, value in next, match do found = found and job[key] == value end
    if found then out[#out + 1] = results[i] end
  end
  return out
end

---A field of all results, a list.
---@param list table[]
---@param field string
---@return table
function study.column(list, field)
  local values = {}
  for _, r in ipairs(list) do values[#values + 1] = r[field] end
  return values
end

---Mean and spread of a field; nil when no result has it.
---@param list table[]
---@param field string
---@return weyl.stats.spread?
function study.spread(list, field)
  local values = study.column(list, field)
  return #values > 0 and stats.spread(values) or nil
end

---A row for each method: its label, parameters, and by column the spread of a
---field over the results that match.
---@param methods table[] of study.METHODS
---@param columns { [1]: string, field: string, match: table? }[]
---@param jobs table[]
---@param results table[]
---@return table[]
function study.rows(methods, columns, jobs, results)
  local rows = {}
  for i, m in ipairs(methods) do
    local row = { method = m.label }
    for _, c in ipairs(columns) do
      local match = copy(c.match, { method = m.key })
      local list = study.select(jobs, results, match)
      row[c[1]] = study.spread(list, c.field)
      row.parameters = row.parameters or list[1] and list[1].parameters
    end
    rows[i] = row
  end
  return rows
end

---What the table and the figures of levels take, of one setting's results.
---@param label string
---@param tuner string
---@param list table[] over seeds
---@return table
function study.as_experiment(label, tuner, list)
  local groups = list[1].groups
  return { name = ("%s, %s"):format(label, tuner), label = label,
    groups = groups, seeds = list, tuned_at = list[1].tuned_at,
    summary = { levels = levels.spreads(list, groups),
      rank = levels.ranks(list) } }
end

---Folder of a study's tables and figures, made if missing.
---@param args table
---@param name string
---@return string
function study.folder(args, name)
  local path = ("%s/%s-%s/report"):format(args.output, name, args.preset)
  results_of.folder(path)
  return path
end

---Writes a table, prints it, and says where it is.
---@param t weyl.table
---@param base string
function study.write(t, base)
  print(t)
  t:write(base)
  print(("table %s.csv\n"):format(base))
end

---Draws a recipe and says where the figure is.
---@param recipe string
---@param data table
---@param opts table
function study.draw(recipe, data, opts)
  print("figure " .. weyl.plot.recipe(recipe)(data, opts).file)
end

return study
