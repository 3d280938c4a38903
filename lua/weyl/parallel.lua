-- parallel.lua: the independent jobs of a study on all cores.
--
--   local rows = weyl.parallel.map(jobs, function(job)
--     return train(job.method, job.seed) -- a plain table
--   end, { name = "inertia" })
--
-- Workers are processes that run the same script again: when they reach this
-- call they do jobs and end. So what stands before the call runs in each of
-- them and must make the same list of jobs; what follows runs once. Results
-- are kept as files by job (see parallel/store.lua): a study that was stopped
-- goes on where it was, and is free when it is run again. One run works in a
-- folder at a time; a lock that ends with the process sees to that.
--
-- Random streams start from the job's content before each job. Results do
-- not depend on the number of workers: each has one thread.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"
local runs = require "weyl.runs"
local status = require "weyl.status"
local store = require "weyl.parallel.store"
local study = require "weyl.parallel.study"

local FUNC = "parallel.map"
local SHOWN = 5 -- failures that a message spells out

---@class weyl.parallel
local parallel = {}

-- Counts what comes in and shows it in one line.
local function watch(o)
  return function(total, before)
    local done, failed, line = before, 0, status.new(o.quiet)
    local function tell(state)
      if state == "done" then done = done + 1 end
      if state == "failed" then failed = failed + 1 end
      local n = done + failed - before
      local left = (total - before - n) / n * (core.clock() - line.started)
      line:show((before + n) / total, function()
        return ("%s  %d/%d done  %d failed  ETA %s"):format(o.name, done,
          total, failed, status.clock(left))
      end)
    end
    return { tell = tell, close = function() line:close() end }
  end
end

-- ---- results ----

local function job_text(job)
  return (job.text:gsub("%s*\n%s*", " "):gsub("%s+$", ""))
end

local function fail_for(o, failed, lost)
  local lines = {}
  for i, at in ipairs(failed) do
    if i > SHOWN then break end
    lines[i] = ("\njob %d, %s: %s"):format(at.job.index, job_text(at.job),
      at.failure.message)
  end
  if #lost > 0 then
    lines[#lines + 1] = ("\njob %d, %s: not done; what its process said is "
      .. "in '%s/log'"):format(lost[1].index, job_text(lost[1]), o.path)
  end
  check.fail("%s: '%s': %d of %d jobs failed; the others are kept and only "
    .. "these are done when it is run again%s", FUNC, o.name,
    #failed + #lost, o.count, table.concat(lines))
end

-- The results of all jobs, or an error that says which have none.
local function all_results(o, list, outcomes)
  local out, failed, lost = {}, {}, {}
  for i, job in ipairs(list) do
    local outcome = outcomes[i]
    out[i] = outcome.result
    if outcome.failure then
      failed[#failed + 1] = { job = job, failure = outcome.failure }
    elseif not outcome.result then
      lost[#lost + 1] = job
    end
  end
  if #failed + #lost > 0 then fail_for(o, failed, lost) end
  return out
end

-- ---- the call ----

local function read(jobs, f, opts)
  check.arg(type(jobs) == "table", FUNC, "jobs", "a list of tables", jobs)
  local meta = getmetatable(f)
  check.arg(type(f) == "function" or type(meta) == "table" and meta.__call,
    FUNC, "f", "a function", f)
  local o = options.read(FUNC, opts, {
    { "name", "string", required = true },
    { "folder", "string", default = runs.default() },
    { "workers", "integer", default = core.environment().cores },
    { "version", "string", default = "1" },
    { "quiet", "boolean", default = false } })
  check.arg(o.name:find "^[%w_-][%w._-]*$", FUNC, "name",
    "made of letters, digits and . _ -", o.name)
  check.arg(o.workers >= 0, FUNC, "workers", "an integer >= 0", o.workers)
  o.path, o.count = o.folder .. "/" .. o.name, #jobs
  o.func, o.retry, o.watch = FUNC, true, watch(o)
  return o
end

---Whether this process is a worker that runs the script again for its jobs:
---what the script writes or prints before its call of parallel.map is then
---better left out.
---@return boolean
function parallel.is_worker() return study.is_worker() end

---Calls f for each of a list of jobs, in several processes, and returns the
---results in the order of the jobs.
---
---Jobs and results are plain tables that JSON can hold; f gets a copy. The
---script is run again in each process, up to this call, so what stands before
---it must be quick, make the same jobs and leave no traces (see
---parallel.is_worker); at the prompt, jobs run one after another. Each result
---is kept as a file of its own, found again by the job's content: a study that
---was stopped, by whatever, continues where it was. When jobs fail the others
---go on; then an error names them, and running the script again does these
---alone. Before each job the random streams start from its content. Under
---mpirun the ranks beside rank 0 do the jobs, and all of them get the results.
---@param jobs table[]
---@param f fun(job: table): table
---@param opts { name: string, folder: string?, workers: integer?,
---  version: string?, quiet: boolean? } results lie in <folder>/<name>, folder
---  that of runs unless given; workers: how many processes, one per core unless
---  given, 0 for this one alone; version ("1"): another one does all anew,
---  for when f has changed
---@return table[]
function parallel.map(jobs, f, opts)
  local o = read(jobs, f, opts)
  local list = store.jobs(jobs, o.version)
  return all_results(o, list, study.run(o, list, f))
end

return parallel
