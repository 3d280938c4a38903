-- parallel/study.lua: what came of each of a list of jobs, in the end.
--
-- Jobs with a result are not done again. The others are done by the ranks of
-- an MPI program, by processes of this machine, or here, one after another;
-- the ways differ in nothing but time. One run works in a folder at a time: a
-- lock that ends with the process sees to that.

local check = require "weyl.check"
local core = require "weyl.core"
local dist = require "weyl.dist"
local lfs = require "lfs"
local processes = require "weyl.parallel.processes"
local ranks = require "weyl.parallel.ranks"
local results = require "weyl.results"
local store = require "weyl.parallel.store"
local worker = require "weyl.parallel.worker"

---@class weyl.parallel.study
---@field func string the function that messages name
---@field name string
---@field path string folder of the results
---@field workers integer processes; 0: this one alone
---@field retry boolean whether jobs that failed before are done again
---@field keep boolean? record jobs whose process died as failed
---@field watch fun(total: integer, before: integer): weyl.parallel.watcher

---@class weyl.parallel.watcher
---@field tell fun(state: string?, index: integer?)
---@field close fun()

---@alias weyl.parallel.outcome { result: table?, failure: table? }

local study = {}

-- ---- the folder ----

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

---Marks the folder as in use until the file is closed: by one run that may do
---any job ("w"), or by several that do one job each ("r").
---@param o weyl.parallel.study
---@param mode "w"|"r"
---@return file*
function study.lock(o, mode)
  results.folder(o.path .. "/log")
  local file, message = io.open(o.path .. "/lock", "a+")
  if not file then
    check.fail("%s: cannot use the folder '%s': %s", o.func, o.path, message)
  end
  local locked, why = lfs.lock(file, mode)
  if not locked then
    file:close()
    check.fail("%s: another run is at work in '%s' (%s)", o.func, o.path, why)
  end
  return file
end

-- ---- jobs ----

local function is_done(o, job)
  return store.result(o.path, job)
    or not o.retry and store.failure(o.path, job)
end

-- The jobs to be done, each once, and the number of different jobs.
local function undone(o, list)
  local todo, seen, count = {}, {}, 0
  for _, job in ipairs(list) do
    if not seen[job.key] then
      count = count + 1
      if not is_done(o, job) then todo[#todo + 1] = job end
    end
    seen[job.key] = true
  end
  return todo, count
end

local function alone(o, place, todo, f, tell)
  local streams = core.streams()
  for _, job in ipairs(todo) do
    tell("begun", job.index)
    local state = worker.perform(o.path, place, job, f)
    if not state then error("interrupted!", 0) end
    tell(state, job.index)
  end
  core.streams(streams)
end

-- Jobs that a process took and left without a word when it died have failed.
-- Returns how many there are.
local function record_lost(o, place, todo, tell)
  local count = 0
  for _, job in ipairs(todo) do
    local claimed = lfs.attributes(place .. "/" .. job.key, "mode")
    if claimed and not store.outcome(o.path, job) then
      count = count + 1
      store.write(o.path, place, job, { failure = { message = ("its process "
        .. "ended before the job did; what it said is in '%s/log'")
        :format(o.path) } })
      tell("failed", job.index)
    end
  end
  return count
end

-- Processes do all that is to be done. When some died, those that are left
-- may have ended without doing the rest: then there are new ones.
local function with_processes(o, command, list, todo, tell)
  local digest = store.digest(list)
  repeat
    local place = results.new_folder(o.path .. "/claims")
    o.workers = math.min(o.workers, #todo)
    processes.run(command, o, place, digest, tell)
    local lost = o.keep and record_lost(o, place, todo, tell) or 0
    o.retry = false
    todo = undone(o, list)
  until lost == 0 or #todo == 0
end

-- Does all that is to be done, in the way that fits this process.
local function do_todo(o, list, todo, f, tell)
  local function place() return results.new_folder(o.path .. "/claims") end
  if dist.size() > 1 then return ranks.hand_out(o, place(), todo, tell) end
  local command = o.workers > 0 and processes.own_command()
  if command then return with_processes(o, command, list, todo, tell) end
  alone(o, place(), todo, f, tell)
end

local function do_jobs(o, list, f)
  local todo, total = undone(o, list)
  if #todo == 0 and dist.size() == 1 then return end
  for _, job in ipairs(todo) do store.forget(o.path, job) end
  local watcher = o.watch(total, total - #todo)
  do_todo(o, list, todo, f, watcher.tell)
  watcher.close()
end

-- The same as the only run in the folder, without claims before and after.
local function do_locked(o, list, f)
  local file = study.lock(o, "w")
  local ok, message = pcall(function()
    remove_claims(o)
    do_jobs(o, list, f)
  end)
  if ok then remove_claims(o) end
  file:close()
  if not ok then error(message, 0) end
end

local function collect(o, list)
  local out = {}
  for i, job in ipairs(list) do out[i] = store.outcome(o.path, job) or {} end
  return out
end

-- In a worker: the call it was started for does jobs and never returns. An
-- earlier call of the script finds all its results; f is not called for it.
local function assigned(o, list, f)
  local digest, place = os.getenv(processes.ASSIGNED):match "^(%x+) (.*)$"
  local here = place:match "^(.*)/" == o.path
  o.retry = false
  local todo = undone(o, list)
  if here and digest == store.digest(list) then
    worker.run(o.path, place, todo, f)
  elseif #todo > 0 then
    check.fail("%s: '%s': the list of jobs was another one when the script "
      .. "ran again in a worker", o.func, o.name)
  end
  return collect(o, list)
end

-- Rank 0 hands out, the others serve; everyone learns what came of all.
local function with_ranks(o, list, f)
  if dist.rank() > 0 then
    ranks.serve(f)
    return results.parse(dist.share())
  end
  do_locked(o, list, f)
  local outcomes = collect(o, list)
  dist.share(results.json(outcomes))
  return outcomes
end

---Whether this process is a worker that runs the script again for its jobs.
---@return boolean
function study.is_worker() return os.getenv(processes.ASSIGNED) ~= nil end

---Does what is not done yet of a list of jobs and returns what came of each,
---in their order; an empty table for a job that is still undone.
---@param o weyl.parallel.study
---@param list weyl.parallel.job[]
---@param f fun(job: table): table
---@return weyl.parallel.outcome[]
function study.run(o, list, f)
  if worker.busy then check.fail("%s: a job cannot call it", o.func) end
  if study.is_worker() then return assigned(o, list, f) end
  if dist.size() > 1 then return with_ranks(o, list, f) end
  do_locked(o, list, f)
  return collect(o, list)
end

---Does one job here, beside others who do one each, and returns what came of
---it, now or before.
---@param o { func: string, path: string, retry: boolean }
---@param job weyl.parallel.job
---@param f fun(job: table): table
---@return weyl.parallel.outcome
function study.one(o, job, f)
  local file = study.lock(o, "r")
  if not is_done(o, job) then
    store.forget(o.path, job)
    local place = results.new_folder(o.path .. "/claims")
    local state = worker.perform(o.path, place, job, f)
    remove_tree(place)
    if not state then error("interrupted!", 0) end
  end
  file:close()
  return store.outcome(o.path, job)
end

return study
