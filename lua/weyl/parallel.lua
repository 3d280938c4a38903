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
local lfs = require "lfs"
local options = require "weyl.options"
local results = require "weyl.results"
local status = require "weyl.status"
local store = require "weyl.parallel.store"
local worker = require "weyl.parallel.worker"

local FUNC = "parallel.map"
local ASSIGNED = "WEYL_WORKER" -- "<digest of the jobs> <place of the claims>"
local SHOWN = 5 -- failures that a message spells out

---@class weyl.parallel
local parallel = {}

-- ---- how to run the script again ----

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

---The command that started this script, for a shell; nil at the prompt and
---for a script from standard input, which cannot be read again.
---@return string?
local function own_command()
  local words, first = rawget(_G, "arg"), 0
  if type(words) ~= "table" then return nil end
  while words[first - 1] do first = first - 1 end
  local known = first < 0 and words[0] ~= "-"
  local out = {}
  for i = first, #words do
    out[#out + 1] = quote(words[i])
    known = known or words[i] == "-e"
  end
  return known and table.concat(out, " ") or nil
end

-- One shell that starts all workers and waits for them. Their messages come
-- through its output, all else that they say goes to files.
local function start(command, o, place, digest)
  local lines = { "exec 3>&1" }
  for i = 1, o.workers do
    lines[#lines + 1] = ("%s=%s OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 %s "
      .. "</dev/null >%s 2>&1 &"):format(ASSIGNED,
      quote(digest .. " " .. place), command,
      quote(("%s/log/worker-%d.txt"):format(o.path, i)))
  end
  lines[#lines + 1] = "exec 3>&- >&-\nwait"
  io.stdout:flush()
  return assert(io.popen(table.concat(lines, "\n"), "r"))
end

-- ---- the parent ----

-- Counts what comes in and shows it.
local function counter(o, total, before)
  local self = { done = 0, failed = 0 }
  local line = status.new(o.quiet)
  function self.show()
    local n = self.done + self.failed
    local left = (total - before - n) / n * (core.clock() - line.started)
    line:show((before + n) / total, function()
      return ("%s  %d/%d done  %d failed  ETA %s"):format(o.name,
        before + self.done, total, self.failed, status.clock(left))
    end)
  end
  function self.add(state)
    self[state] = self[state] + 1
    self.show()
  end
  self.close = function() line:close() end
  return self
end

-- Whatever ends this early, Ctrl-C above all: closing the pipe waits for the
-- workers, which notice that nobody reads any more.
local function with_workers(command, o, place, list, count)
  local pipe = start(command, o, place, store.digest(list))
  local ok, message = pcall(function()
    for text in pipe:lines() do
      local state = text:match "^(%l+) %d+$"
      if state then count.add(state) else count.show() end
    end
  end)
  pipe:close()
  if not ok then error(message, 0) end
end

local function alone(o, place, todo, f, count)
  local streams = core.streams()
  for _, job in ipairs(todo) do
    local state = worker.perform(o.path, place, job, f)
    if not state then error("interrupted!", 0) end
    count.add(state)
  end
  core.streams(streams)
end

-- The jobs without a result, each once, and the number of different jobs.
local function undone(o, list)
  local todo, seen, count = {}, {}, 0
  for _, job in ipairs(list) do
    if not seen[job.key] then
      count = count + 1
      if not store.result(o.path, job) then todo[#todo + 1] = job end
    end
    seen[job.key] = true
  end
  return todo, count
end

local function remove_tree(path)
  for name in lfs.dir(path) do
    local inner = path .. "/" .. name
    if name ~= "." and name ~= ".." then
      if lfs.symlinkattributes(inner, "mode") == "directory" then
        remove_tree(inner)
      else
        os.remove(inner)
      end
    end
  end
  lfs.rmdir(path)
end

-- Claims of earlier runs, which ended with them.
local function remove_claims(o)
  local old = {}
  for name in lfs.dir(o.path) do
    if name:find "^claims" then old[#old + 1] = o.path .. "/" .. name end
  end
  for _, path in ipairs(old) do remove_tree(path) end
end

-- Marks the folder as in use until the file is closed.
local function lock(o)
  results.folder(o.path .. "/log")
  local file, message = io.open(o.path .. "/lock", "w")
  if not file then
    check.fail("%s: cannot use the folder '%s': %s", FUNC, o.path, message)
  end
  if not lfs.lock(file, "w") then
    file:close()
    check.fail("%s: another run is at work in '%s'", FUNC, o.path)
  end
  return file
end

local function do_jobs(o, list, f)
  local todo, total = undone(o, list)
  if #todo == 0 then return end
  local command = o.workers > 0 and own_command()
  local place = results.new_folder(o.path .. "/claims")
  local count = counter(o, total, total - #todo)
  o.workers = math.min(o.workers, #todo)
  if command then
    with_workers(command, o, place, list, count)
  else
    alone(o, place, todo, f, count)
  end
  count.close()
end

-- The same as the only run in the folder, without claims before and after.
local function do_locked(o, list, f)
  local file = lock(o)
  local ok, message = pcall(function()
    remove_claims(o)
    do_jobs(o, list, f)
  end)
  if ok then remove_claims(o) end
  file:close()
  if not ok then error(message, 0) end
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

local function collect(o, list)
  local out, failed, lost = {}, {}, {}
  for i, job in ipairs(list) do
    out[i] = store.result(o.path, job)
    if not out[i] then
      local failure = store.failure(o.path, job)
      if failure then
        failed[#failed + 1] = { job = job, failure = failure }
      else
        lost[#lost + 1] = job
      end
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
    { "folder", "string", default = "runs" },
    { "workers", "integer", default = core.environment().cores },
    { "version", "string", default = "1" },
    { "quiet", "boolean", default = false } })
  check.arg(o.name:find "^[%w_-][%w._-]*$", FUNC, "name",
    "made of letters, digits and . _ -", o.name)
  check.arg(o.workers >= 0, FUNC, "workers", "an integer >= 0", o.workers)
  if worker.busy then
    check.fail("%s: a job cannot call it", FUNC)
  end
  o.path, o.count = o.folder .. "/" .. o.name, #jobs
  return o
end

-- In a worker: the call it was started for does jobs and never returns. An
-- earlier call of the script finds all its results; f is not called for it.
local function assigned(o, list, f)
  local digest, place = os.getenv(ASSIGNED):match "^(%x+) (.*)$"
  local here = place:match "^(.*)/" == o.path
  if here and digest == store.digest(list) then
    worker.run(o.path, place, undone(o, list), f)
  elseif #undone(o, list) > 0 then
    check.fail("%s: '%s': the list of jobs was another one when the script "
      .. "ran again in a worker", FUNC, o.name)
  end
  return collect(o, list)
end

---Whether this process is a worker that runs the script again for its jobs:
---what the script writes or prints before its call of parallel.map is then
---better left out.
---@return boolean
function parallel.is_worker() return os.getenv(ASSIGNED) ~= nil end

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
---alone. Before each job the random streams start from its content.
---@param jobs table[]
---@param f fun(job: table): table
---@param opts { name: string, folder: string?, workers: integer?,
---  version: string?, quiet: boolean? } results lie in <folder>/<name>, folder
---  "runs" unless given; workers: how many processes, one per core unless
---  given, 0 for this one alone; version ("1"): another one does all anew,
---  for when f has changed
---@return table[]
function parallel.map(jobs, f, opts)
  local o = read(jobs, f, opts)
  local list = store.jobs(jobs, o.version)
  if parallel.is_worker() then return assigned(o, list, f) end
  do_locked(o, list, f)
  return collect(o, list)
end

return parallel
