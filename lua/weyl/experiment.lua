-- experiment.lua: weyl.experiment { ... }:run() trains, validates, selects,
-- tunes strengths, reports the approximation levels found, and writes it all
-- down.
--
--   weyl.experiment { name = "inertia", data = data, model = make_model,
--     regularizer = make_levels, tune = reg.autotune { at = 2000, power = 2 },
--     epochs = 8000, batch = 500, seeds = 5 }:run()
--
-- or with a method of weyl.method, which brings model, regularizer and tuner:
--
--   weyl.experiment { name = "inertia", data = data, method = "per",
--     epochs = 8000, batch = 500, seeds = 5 }:run()
--
-- A run is recorded in runs/weyl.db (weyl.runs) while it trains. Its files lie
-- in runs/<name>-<seeds>/: settings.json, metrics.csv (one
-- row per recorded epoch), results.json, checkpoints/seed-<s>/, and
-- environment.json, the one file in which times and machines may appear. A run
-- that was stopped goes on from its last checkpoint and ends with the bits
-- that it would have ended with.

local check = require "weyl.check"
local checkpoint = require "weyl.experiment.checkpoint"
local core = require "weyl.core"
local dist = require "weyl.dist"
local is_group = require "weyl.group.class".is_group
local levels = require "weyl.experiment.levels"
local machine = require "weyl.runs.machine"
local method = require "weyl.method"
local nn = require "weyl.nn"
local optim = require "weyl.optim"
local options = require "weyl.options"
local results = require "weyl.results"
local runs = require "weyl.runs"
local recorder = require "weyl.experiment.recorder"
local resume = require "weyl.experiment.resume"
local schedule = require "weyl.schedule"
local scripted = require "weyl.reg.scripted"
local stats = require "weyl.stats"
local train = require "weyl.experiment.train"

local SPECS = {
  { "name", "string", default = "run" },
  { "data", "table", required = true },
  { "method", "any" },
  { "model", "any" },
  { "regularizer", "any" },
  { "augment", "callable" },
  { "groups", "table" },
  { "tune", "any" },
  { "optimizer", "any", default = "adam" },
  { "lr", "positive", default = 1e-3 },
  { "schedule", "any", default = "cosine" },
  { "epochs", "count", default = 1000 },
  { "batch", "count", default = 500 },
  { "loss", "callable", default = train.mean_square },
  { "weight_decay", "weight", default = 0 },
  { "residual_decay", "weight", default = 1 },
  { "seeds", "any", default = 1 },
  { "select", { "best", "published" }, default = "best" },
  { "patience", "count" },
  { "every", "count" },
  { "record_test", "boolean", default = false },
  { "on_record", "callable" },
  { "output", "any" },
  { "checkpoint", "any", default = true },
  { "resume", "any" },
  { "quiet", "boolean", default = false },
  { "data_parallel", "boolean", default = false },
}

---@class weyl.experiment.result
---@field seed integer
---@field epoch integer? the selected one
---@field train number errors of the selected parameters
---@field validation number?
---@field test number?
---@field ood number?
---@field levels weyl.level[]?
---@field history table[]
---@field model table
---@field parameters integer trained numbers in the model
---@field failure string?

---@class weyl.experiment.summary over seeds
---@field train weyl.stats.spread?
---@field validation weyl.stats.spread?
---@field test weyl.stats.spread?
---@field ood weyl.stats.spread?
---@field levels table<string, weyl.stats.spread|string>[]? by group: every
---  field of weyl.level
---@field rank table<string, weyl.stats.spread>? agreement with the order of
---  the true errors, by field; see levels.ranks

---@class weyl.experiment.results
---@field name string
---@field groups string[]
---@field seeds weyl.experiment.result[]
---@field summary weyl.experiment.summary
---@field tuned_at integer? epoch at which strengths were set
---@field path string? folder of the files

---@class weyl.experiment
---@field options table
---@field results weyl.experiment.results? of the last run, complete or not
local Experiment = {}
Experiment.__index = Experiment
Experiment.__name = "weyl.experiment"

function Experiment:__tostring()
  return ("weyl.experiment: %s, %d epochs"):format(self.options.name,
    self.options.epochs)
end

-- ---- options ----

local function read_seeds(given)
  if check.whole(given, 1) then
    local list = {}
    for i = 1, given do list[i] = i end
    return list
  end
  local ok = type(given) == "table" and #given > 0
  for _, seed in ipairs(ok and given or {}) do
    ok = ok and math.type(seed) == "integer"
  end
  check.arg(ok, "experiment", "seeds",
    "how many, or a list of integers", given)
  return given
end

-- A method stands in place of model and regularizer, and brings a tuner
-- unless one is given.
local function read_method(o)
  if o.method == nil then
    if o.model == nil then
      check.fail "experiment: option 'model' is missing"
    end
    return
  end
  for _, name in ipairs { "model", "regularizer" } do
    if o[name] ~= nil then
      check.fail("experiment: a method makes its own %s; give one of the two",
        name)
    end
  end
  o.method = method.named(o.method)
  if o.tune == nil then o.tune = o.method:tuner(o.epochs) end
end

local function check_groups(o)
  for j, g in ipairs(o.groups or {}) do
    check.arg(is_group(g), "experiment", ("groups[%d]"):format(j), "a group",
      g)
  end
end

local function check_model(o)
  if o.method then return end
  local kind = type(o.model)
  check.arg(kind == "function" or kind == "table", "experiment", "model",
    "a function of the seed, or a model", o.model)
  if kind == "table" and #o.seeds > 1 then
    check.fail("experiment: %d seeds need model to be a function of the "
      .. "seed, which makes a new model", #o.seeds)
  end
  check.arg(o.regularizer == nil or kind == type(o.regularizer)
    or type(o.regularizer) == "function", "experiment", "regularizer",
    "a function of the model when model is a function", o.regularizer)
end

local PARTS = { "train", "validation", "test", "ood" }

local function check_part(name, part)
  local what = "data." .. name
  check.arg(type(part) == "table" and core.is_tensor(part.x)
    and core.is_tensor(part.y), "experiment", what,
    "a table with tensors x and y", part)
  local n = part.x.shape[1] or 0
  if n == 0 or part.y.shape[1] ~= n then
    check.fail("experiment: %s needs as many samples in x as in y, at least "
      .. "one; got x %s and y %s", what, check.shape(part.x),
      check.shape(part.y))
  end
end

local function check_data(o)
  check.arg(o.data.train ~= nil, "experiment", "data",
    "a set with train = { x = ..., y = ... }", o.data)
  for _, name in ipairs(PARTS) do
    if o.data[name] ~= nil then check_part(name, o.data[name]) end
  end
  levels.check_inputs(o.data)
  if o.record_test and not o.data.test then
    check.fail "experiment: record_test needs data.test"
  end
end

-- Names that are looked up later are held to their lists now.
local function check_names(o)
  options.read("experiment", { optimizer = type(o.optimizer) == "string"
    and o.optimizer or nil }, { { "optimizer", optim.names } })
  check.arg(type(o.optimizer) == "string" or type(o.optimizer) == "function",
    "experiment", "optimizer", "a name or a function of the rate",
    o.optimizer)
  schedule.named(o.schedule)
end

local function check_tune(o)
  if not o.tune then return end
  check.arg(type(o.tune) == "table", "experiment", "tune",
    "a tuner of weyl.reg or a function (epoch, levels, run)", o.tune)
  local whole = o.tune.state and o.tune.load and o.tune.update
  check.arg(whole, "experiment", "tune", "reg.autotune { ... }", o.tune)
  if not o.regularizer and not o.method then
    check.fail "experiment: tune needs a regularizer"
  end
  if o.tune.at and o.tune.at > o.epochs then
    check.fail("experiment: tune.at is %d, after the last of %d epochs",
      o.tune.at, o.epochs)
  end
  o.untuned = o.tune:state() -- every seed begins with it
end

-- Where none is given, ten times in a run.
local function read_checkpoint(o)
  if not o.checkpoint or not o.output then
    o.checkpoint = false
    return
  end
  check.arg(o.checkpoint == true or type(o.checkpoint) == "table",
    "experiment", "checkpoint", "{ every = epochs, keep = how many } or false",
    o.checkpoint)
  o.checkpoint = options.read("experiment: checkpoint",
    o.checkpoint ~= true and o.checkpoint or nil,
    { { "every", "count", default = math.max(1, o.epochs // 10) },
      { "keep", "count", default = 2 } })
end

-- Parameters are selected among the epochs after this one.
local function selection_start(o)
  if o.select == "best" then return 0 end
  if not (o.tune and o.tune.at) then
    check.fail "experiment: select = 'published' needs a tune with an epoch at"
  end
  return math.min(2 * o.tune.at, o.epochs - 1)
end

local function read(opts)
  local o = options.read("experiment", opts, SPECS)
  if o.output == nil then o.output = runs.default() end
  o.seeds = read_seeds(o.seeds)
  read_method(o)
  check_model(o)
  check_groups(o)
  check_data(o)
  check_names(o)
  check.arg(o.output == false or type(o.output) == "string", "experiment",
    "output", "a folder or false", o.output)
  if o.data_parallel and dist.rank() > 0 then -- rank 0 speaks for all
    o.output, o.quiet = false, true
  end
  o.tune = o.tune or nil -- false: none, not even the method's
  if type(o.tune) == "function" then o.tune = scripted.of(o.tune) end
  check_tune(o)
  read_checkpoint(o)
  o.every = o.every or math.max(1, o.epochs // 200)
  o.select_after = selection_start(o)
  return o
end

-- ---- results ----

local function names_of(groups)
  local names = {}
  for j, g in ipairs(groups or {}) do names[j] = tostring(g) end
  return names
end

local function finish(o, run)
  local out = { seed = run.seed, history = run.history, model = run.model,
    failure = run.failure, epoch = run.best and run.best.epoch,
    parameters = nn.count(run.model) }
  if run.failure then return out end
  for _, name in ipairs(PARTS) do
    local part = o.data[name]
    if part then out[name] = run:error(part) end
  end
  if run.groups then
    out.levels = levels.report({ model = run.model, levels = run.watched,
      groups = run.groups, tune = o.tune }, names_of(run.groups), o.data)
  end
  return out
end

-- Over seeds: of each part's error, of the levels by group, and of the rank
-- correlations with the truth.
local function summarise(seeds, groups)
  local summary = {}
  for _, name in ipairs(PARTS) do
    local values = {}
    for _, s in ipairs(seeds) do values[#values + 1] = s[name] end
    summary[name] = stats.spread(values)
  end
  if #groups > 0 then
    summary.levels = levels.spreads(seeds, groups)
    summary.rank = levels.ranks(seeds)
  end
  return summary
end

-- ---- files ----

-- Options as plain values; objects by what they print as.
local function plain(value)
  local kind = type(value)
  if value == nil then return nil end
  if kind == "number" or kind == "string" or kind == "boolean" then
    return value
  end
  local list = {}
  for i, v in ipairs(kind == "table" and value or {}) do
    if type(v) ~= "number" then return check.describe(value) end
    list[i] = v
  end
  return #list > 0 and list or check.describe(value)
end

local function settings(o)
  local out = {}
  for _, spec in ipairs(SPECS) do out[spec[1]] = plain(o[spec[1]]) end
  out.data = { name = o.data.name, axis = o.data.axis,
    noise = o.data.noise and plain(o.data.noise) }
  out.method = o.method and tostring(o.method)
  out.groups = o.groups and names_of(o.groups)
  out.tune = o.tune and { at = o.tune.at, power = o.tune.power,
    kind = check.describe(o.tune) } or nil
  out.checkpoint = o.checkpoint
  out.resume, out.script = nil, resume.script()
  return out
end

local function environment(o, started)
  local out = machine.environment()
  out.name, out.script = o.name, arg and arg[0]
  out.resumed = started.resumed
  out.started = os.date("!%Y-%m-%dT%H:%M:%SZ", started.date)
  out.seconds = core.clock() - started.clock
  return out
end

-- "1" for one seed, "1-5" for several: the first and the last.
local function seeds_text(seeds)
  if #seeds == 1 then return tostring(seeds[1]) end
  return seeds[1] .. "-" .. seeds[#seeds]
end

local function metric_columns(groups)
  local columns = { "seed", "epoch", "lr", "loss", "train", "validation",
    "test", "best" }
  for j = 1, #groups do
    columns[#columns + 1] = "regularizer_" .. j
    columns[#columns + 1] = "strength_" .. j
  end
  return columns
end

local function write_metrics(r)
  local rows = {}
  for _, s in ipairs(r.seeds) do
    table.move(s.history, 1, #s.history, #rows + 1, rows)
  end
  results.write(r.path .. "/metrics.csv",
    results.csv(metric_columns(r.groups), rows))
end

local function write_all(o, r, started)
  write_metrics(r)
  local seeds = {}
  for i, s in ipairs(r.seeds) do
    seeds[i] = { seed = s.seed, epoch = s.epoch, train = s.train,
      parameters = s.parameters,
      validation = s.validation, test = s.test, ood = s.ood,
      levels = s.levels, failure = s.failure }
  end
  results.write(r.path .. "/results.json", results.json { name = r.name,
    groups = r.groups, seeds = seeds, summary = r.summary,
    tuned_at = r.tuned_at })
  results.write(r.path .. "/environment.json",
    results.json(environment(o, started)))
end

-- ---- running ----

-- What the bits of a run depend on beside its script.
local MACHINE = { "version", "instructions", "blas", "blas_core", "threads" }

-- How often a run was taken up before; says where the machine is another.
local function resumed_before(path)
  local ok, was = pcall(results.parse,
    results.text(path .. "/environment.json") or "")
  if not ok or type(was) ~= "table" then return 0 end
  local is = core.environment()
  for _, name in ipairs(MACHINE) do
    if was[name] ~= nil and was[name] ~= is[name] then
      io.stderr:write(("weyl: '%s' was begun with %s %s, now it is %s: the "
        .. "last bits may differ\n"):format(path, name, was[name], is[name]))
    end
  end
  return math.tointeger(was.resumed) or 0
end

-- Opens the folder of the run, new or that of one to go on with: r.path. Its
-- lock.
local function open_folder(o, r, wanted, started)
  local base = ("%s/%s-%s"):format(o.output, o.name, seeds_text(o.seeds))
  local now = settings(o)
  local path, changed = resume.folder(wanted, base, now)
  if path then started.resumed = resumed_before(path) + 1 end
  path = path or results.new_folder(base)
  local lock = resume.lock(path)
  results.tidy(path)
  results.write(path .. "/environment.json",
    results.json(environment(o, started)))
  if changed or not started.resumed then
    results.write(path .. "/settings.json", results.json(now))
  end
  r.path = path
  return lock
end

-- Only rank 0 has the folder: what it found there, on all ranks.
local function share_state(state, path)
  path = dist.share(path or "")
  if path ~= "" and not state then
    local why
    state, why = checkpoint.read(path)
    if not state then
      check.fail("experiment: rank %d cannot go on: %s", dist.rank(), why)
    end
  end
  dist.barrier() -- before rank 0 may remove it
  return state
end

-- One seed, from its last checkpoint when the run is resumed. What a finished
-- seed found follows from its last one.
local function run_seed(o, seed, r, started)
  local place = o.checkpoint and { every = o.checkpoint.every,
    keep = o.checkpoint.keep,
    folder = ("%s/checkpoints/seed-%d"):format(r.path, seed) }
  local run = train.new(o, seed, place)
  if place then results.folder(place.folder) end
  local path
  if place and started.resumed then
    run.resumed, path = checkpoint.last(run, place)
  end
  if o.data_parallel then run.resumed = share_state(run.resumed, path) end
  r.groups = names_of(run.groups)
  run.recorder = started.record
  recorder.begin_seed(started, seed, run.resumed)
  run:train()
  local out = finish(o, run)
  recorder.seed(started.record, out, run.resumed, place and place.folder)
  return out
end

---Trains with every seed. When a run fails or is interrupted, what was
---recorded is written and the error raised again; the models trained and what
---was recorded stay in `results` of the experiment, also when nothing could be
---written. Options: resume, as of the experiment; force (false), to resume
---also where script or settings have changed.
---@param opts? { resume: string|boolean?, force: boolean? }
---@return weyl.experiment.results
function Experiment:run(opts)
  local o = self.options
  local wanted = resume.wanted(o, opts)
  local started = { clock = core.clock(), date = os.time() }
  local r = { name = o.name, groups = {}, seeds = {}, summary = {},
    tuned_at = o.tune and o.tune.at }
  self.results = r
  local _ <close> = o.output and open_folder(o, r, wanted, started) or nil
  local record <close> = r.path
    and recorder.begin(o, r.path, settings(o)) or nil
  started.record = record
  for i, seed in ipairs(o.seeds) do
    r.seeds[i] = run_seed(o, seed, r, started)
    if r.seeds[i].failure then break end
  end
  r.summary = summarise(r.seeds, r.groups)
  if r.path then write_all(o, r, started) end
  local failure = r.seeds[#r.seeds].failure
  if failure then error(failure, 0) end
  return r
end

local experiment = {}

---An experiment, checked; nothing runs yet.
---Options: name; data, a set; method, one of weyl.method or its name; or, in
---its place, model, a function of the seed or a model, and regularizer,
---reg.mixed(...), any object with penalty(model, x, y), or a function of the
---model that makes one; augment, a function (x, y) -> x, y of every training
---batch; groups, whose levels are reported (those of the regularizer, else
---data.candidates); tune, a tuner of weyl.reg or a function (epoch, levels,
---run), see reg.schedule; false for none; optimizer, a name or a function of
---the rate; lr (1e-3); schedule ("cosine"); epochs (1000); batch (500); loss
---(mean square); weight_decay (0) of the affine layers; residual_decay (1) of
---the paths beside gates; seeds, how many or a list (1); select "best" over
---all epochs, or "published", among the epochs after twice tune.at; patience,
---epochs without improvement before stopping; every, epochs between records
---(1/200 of all); record_test; on_record(run, row); output, the folder of runs
---(WEYL_RUNS, else "runs") or false; checkpoint, { every = epochs (a tenth of
---all), keep = how many (2) } or false, between which epochs a run can be
---taken up again; resume, the folder of a run to go on with, or true: the last
---one of the same script and settings, if there is one (false); quiet;
---data_parallel, to share the rows of every batch among the ranks of mpirun,
---for a loss that is a mean over rows: rank 0 writes.
---@param opts table
---@return weyl.experiment
function experiment.new(opts)
  return setmetatable({ options = read(opts) }, Experiment)
end

---The levels that an experiment discovered, by candidate group, as a table
---with mean and spread over seeds beside the true ones; its title has the
---agreement of their orders with that of the true errors, 1 for full.
---@param r weyl.experiment.results
---@return weyl.table
function experiment.table(r) return levels.table(r) end

return setmetatable(experiment, { __name = "weyl.experiment",
  __call = function(_, opts) return experiment.new(opts) end })
