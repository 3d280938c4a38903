-- sweep.lua: many trials of one experiment over a space of settings.
--
--   -- rate.lua
--   local weyl = require "weyl"
--   local sweep = weyl.sweep
--   return sweep { name = "rate", search = "random", trials = 16,
--     space = { lr = sweep.log(1e-4, 1e-2), width = { 32, 64 } },
--     trial = function(p, context)
--       local r = weyl.experiment { name = context.name, data = data,
--         output = context.output, lr = p.lr, ... }:run()
--       return r.summary.validation.mean
--     end }
--
-- `weyl sweep rate.lua` does what is not done yet, on all cores; the same
-- under mpirun or srun, on all ranks. What came of each trial is a file of its
-- own (parallel/store.lua), so that a sweep that was stopped, by whatever,
-- loses nothing that was finished. The folder <output>/<name> also gets
-- results.csv and results.json; times are in neither.

local check = require "weyl.check"
local core = require "weyl.core"
local dist = require "weyl.dist"
local live = require "weyl.sweep.live"
local options = require "weyl.options"
local results = require "weyl.sweep.results"
local runs = require "weyl.runs"
local search = require "weyl.sweep.search"
local space = require "weyl.sweep.space"
local store = require "weyl.parallel.store"
local study = require "weyl.parallel.study"

local FUNC = "sweep"

---@class weyl.sweep.context what a trial is told beside its parameters
---@field trial integer its number, from 1
---@field name string of its own: "rate-3"
---@field seed integer of its own: the sweep's seed + trial - 1
---@field output string the folder for what the trial writes
---@field epochs integer? of its rung, for search = "halving"
---@field previous integer? epochs of the rung before, 0 in the first

---@class weyl.sweep.options
---@field name string
---@field space table<string, any[]|weyl.sweep.range>
---@field names string[] of the space, sorted
---@field trial fun(parameters: table, context: weyl.sweep.context): any
---@field search string
---@field trials integer?
---@field best "least"|"largest"
---@field rungs integer[]?
---@field reduction integer
---@field seed integer
---@field parameters table<string, any>[]
---@field path string
---@field fill fun(row: weyl.sweep.row, outcome: weyl.parallel.outcome)

---@class weyl.sweep
---@field options weyl.sweep.options
local Sweep = {}
Sweep.__index = Sweep
Sweep.__name = "weyl.sweep"

function Sweep:__tostring()
  local o = self.options
  return ("weyl.sweep: %s, %s search, %d trials"):format(o.name, o.search,
    #o.parameters)
end

-- ---- jobs ----

local function job_of(o, trial, rung)
  local rungs = o.rungs
  return { trial = trial, parameters = o.parameters[trial],
    seed = o.seed + trial - 1, epochs = rungs and rungs[rung],
    previous = rungs and (rungs[rung - 1] or 0) }
end

-- What a trial returned, as it is kept.
local function checked(value)
  if type(value) == "number" then return { objective = value, values = {} } end
  local ok = type(value) == "table" and type(value.objective) == "number"
  check.arg(ok, FUNC, "trial", "a function that returns a number, or a table "
    .. "with a number 'objective'", value)
  local values = {}
  for key, v in next, value do
    if key ~= "objective" then values[key] = v end
  end
  return { objective = value.objective, values = values }
end

local function performer(o)
  return function(job)
    return checked(check.call(o.trial, job.parameters, { trial = job.trial,
      name = ("%s-%d"):format(o.name, job.trial), seed = job.seed,
      output = o.path, epochs = job.epochs, previous = job.previous }))
  end
end

-- ---- rungs ----

local function fill(row, outcome)
  if outcome.result then
    row.state = "done"
    row.objective = outcome.result.objective
    row.values = outcome.result.values
  elseif outcome.failure then
    row.state, row.message = "failed", outcome.failure.message
  end
end

local function row_of(job)
  return { trial = job.trial, parameters = job.parameters,
    epochs = job.epochs, state = "waiting", values = {} }
end

-- Rows of some jobs, as far as they are known.
local function rows_of(jobs, outcomes)
  local rows = {}
  for i, job in ipairs(jobs) do
    rows[i] = row_of(job)
    fill(rows[i], outcomes[i])
  end
  return rows
end

-- The jobs of a rung and their entries in the store.
local function rung_jobs(o, trials, rung)
  local jobs = {}
  for i, trial in ipairs(trials) do jobs[i] = job_of(o, trial, rung) end
  return jobs, store.jobs(jobs, o.version)
end

local function place_of(o) return o.path .. "/trials" end

-- What is known of a list of jobs.
local function look(o, jobs, list)
  local known = {}
  for i, job in ipairs(list) do
    known[i] = store.outcome(place_of(o), job) or {}
  end
  return rows_of(jobs, known)
end

-- The same after doing what is not done.
local function do_rung(o, jobs, list)
  local rows = look(o, jobs, list)
  if o.look then return rows end
  for _, row in ipairs(rows) do
    if o.retry and row.state == "failed" then row.state = "waiting" end
  end
  local function outcome(i) return store.outcome(place_of(o), list[i]) end
  return rows_of(jobs, study.run({ func = FUNC, name = o.name,
    path = place_of(o), workers = o.workers, retry = o.retry, keep = true,
    watch = live.watch(o, rows, outcome) }, list, performer(o)))
end

-- Puts the rows of a rung in the place of those before; trials that are not
-- in it have been stopped.
local function merge(rows, newer)
  for _, row in ipairs(rows) do
    if row.state == "done" then row.state = "stopped" end
  end
  for _, row in ipairs(newer) do rows[row.trial] = row end
end

local function is_complete(rows)
  for _, row in ipairs(rows) do
    if row.state == "waiting" then return false end
  end
  return true
end

-- The trials of a rung, by the rows of the one before.
local function trials_of(o, rung, rows)
  local trials = {}
  if rung == 1 then
    for i in ipairs(o.parameters) do trials[i] = i end
    return trials
  end
  local size = search.sizes(o)[rung]
  for i, row in ipairs(search.promote(o.best, rows, size)) do
    trials[i] = row.trial
  end
  return trials
end

-- All rungs in turn; each begins when the one before is complete. Returns
-- the rows of all trials, and of each rung.
local function climb(o)
  local all, rungs = {}, {}
  for k = 1, #(o.rungs or { 0 }) do
    local before = rungs[k - 1]
    if before and not is_complete(before) then break end
    local trials = trials_of(o, k, before)
    if #trials == 0 then break end
    rungs[k] = do_rung(o, rung_jobs(o, trials, k))
    merge(all, rungs[k])
  end
  return all, rungs
end

-- ---- running ----

---Does the trials that are not done yet and returns what is known of all.
---
---In a script, the script is run again in each worker up to this call: what
---stands before it must be quick and leave no traces (see parallel.map). A
---failed trial stays failed until it is retried; when a sweep is stopped, what
---was finished stays, and the next run goes on from there.
---@param opts { workers: integer?, retry: boolean?, quiet: boolean?,
---  look: boolean? }? workers: how many processes, one per core unless given,
---  0 for this one alone; retry: do failed trials again; quiet: say nothing;
---  look: do nothing, say what is known
---@return weyl.sweep.results
function Sweep:run(opts)
  local given = options.read("sweep:run", opts, {
    { "workers", "whole", default = core.environment().cores },
    { "retry", "boolean", default = false },
    { "quiet", "boolean", default = false },
    { "look", "boolean", default = false } })
  local o = setmetatable(given, { __index = self.options })
  local r = results.new(o, climb(o))
  if not o.look and dist.rank() == 0 then r:write() end
  return r
end

-- ---- one by one, as tasks of a scheduler ----

---What is not done yet: by rung, the places in its list of trials. Of a rung
---whose trials are not known yet these are all.
---@param retry? boolean whether failed trials are to be done again
---@return integer[][]
function Sweep:undone(retry)
  local o, out = setmetatable({ look = true }, { __index = self.options }), {}
  local _, rungs = climb(o)
  for k, size in ipairs(search.sizes(o)) do
    out[k] = {}
    for i = 1, rungs[k] and #rungs[k] or size do
      local state = rungs[k] and rungs[k][i].state or "waiting"
      if state == "waiting" or retry and state == "failed" then
        table.insert(out[k], i)
      end
    end
  end
  return out
end

---Does one trial unless it is finished, in this process.
---@param place integer in the list of trials of the rung
---@param opts { rung: integer?, retry: boolean? }? rung 1 unless given
---@return weyl.sweep.row? row nil when the rung has fewer trials
function Sweep:task(place, opts)
  local given = options.read("sweep:task", opts, {
    { "rung", "count", default = 1 },
    { "retry", "boolean", default = false } })
  check.arg(check.whole(place, 1), "sweep:task", "place", "an integer >= 1",
    place)
  local o = setmetatable({ look = true }, { __index = self.options })
  local _, rungs = climb(o)
  local before = rungs[given.rung - 1]
  if given.rung > 1 and not (before and is_complete(before)) then
    check.fail("sweep:task: rung %d begins when rung %d is complete",
      given.rung, given.rung - 1)
  end
  local trial = trials_of(o, given.rung, before)[place]
  if not trial then return nil end
  local jobs, list = rung_jobs(o, { trial }, given.rung)
  local outcome = study.one({ func = FUNC, path = place_of(o),
    retry = given.retry }, list[1], performer(o))
  return rows_of(jobs, { outcome })[1]
end

local SPECS = {
  { "name", "string", required = true },
  { "space", "table", required = true },
  { "trial", "callable", required = true },
  { "search", { "grid", "random", "sobol", "halving" }, default = "grid" },
  { "trials", "count" },
  { "best", { "least", "largest" }, default = "least" },
  { "rungs", "table" },
  { "reduction", "integer", default = 3 },
  { "seed", "integer", default = 1 },
  { "output", "string" },
  { "version", "string", default = "1" },
}

local sweep = {}

---A sweep, checked; nothing runs yet.
---
---A trial's objective is a number, the less the better unless best says
---otherwise; what else it returns is shown beside it.
---@param opts { name: string, space: table, trial: function,
---  search: string?, trials: integer?, best: string?, rungs: integer[]?,
---  reduction: integer?, seed: integer?, output: string?, version: string? }
---  space: from names to lists of values, sweep.log, sweep.uniform or
---  sweep.integer; trial: a function (parameters, context) that returns the
---  objective, or a table with it; search: "grid" unless given, "random",
---  "sobol", or "halving", which gives all trials the epochs of the first of
---  rungs and a third of them (1 / reduction) those of the next; trials: how
---  many; best: "least" or "largest"; seed (1) of the search and of the
---  trials; output ("runs", or WEYL_RUNS of the environment); version ("1"):
---  another one does all anew, for when trial has changed
---@return weyl.sweep
function sweep.new(opts)
  local o = options.read(FUNC, opts, SPECS)
  check.arg(o.name:find "^[%w_-][%w._-]*$", FUNC, "name",
    "made of letters, digits and . _ -", o.name)
  check.arg(o.reduction >= 2, FUNC, "reduction", "an integer >= 2",
    o.reduction)
  o.names = space.names(o.space)
  search.check(o)
  o.parameters = search.parameters(o)
  o.path = (o.output or runs.default()) .. "/" .. o.name
  o.fill = fill
  return setmetatable({ options = o }, Sweep)
end

---A range whose values are spread evenly.
---@param low number
---@param high number
---@param points? integer how many a grid has, both ends included
---@return weyl.sweep.range
function sweep.uniform(low, high, points)
  return space.range("uniform", low, high, points)
end

---A range whose values are spread evenly on a logarithmic scale: for learning
---rates and strengths.
---@param low number above 0
---@param high number
---@param points? integer how many a grid has, both ends included
---@return weyl.sweep.range
function sweep.log(low, high, points)
  return space.range("log", low, high, points)
end

---The integers from low to high.
---@param low integer
---@param high integer
---@param points? integer how many a grid has, both ends included; all unless
---  given
---@return weyl.sweep.range
function sweep.integer(low, high, points)
  return space.range("integer", low, high, points)
end

---The results of a sweep as they were written when it ran last; sweep:run
---{ look = true } tells how far one has come that runs.
---@param word string its folder, or its name
---@return weyl.sweep.results
function sweep.read(word)
  check.arg(type(word) == "string" and word ~= "", "sweep.read", "word",
    "the folder or the name of a sweep", word)
  return results.find(word, runs.default())
end

---Whether x is a sweep.
---@param x any
---@return boolean
function sweep.is_sweep(x) return getmetatable(x) == Sweep end

return setmetatable(sweep, { __name = "weyl.sweep",
  __call = function(_, opts) return sweep.new(opts) end })
