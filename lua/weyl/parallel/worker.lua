-- parallel/worker.lua: does jobs of a study, in a process of its own or in
-- the one that asked for them.
--
-- Whoever makes the folder <place>/<key> has the job: the operating system
-- lets only one succeed. Before each job the random streams start from its
-- key, so that nothing depends on which process did what before. Messages to
-- the parent are lines: "begun 3", "done 3", "failed 3", and "." once a
-- second while a job runs Lua, which is also how a worker notices that its
-- parent is gone.

local check = require "weyl.check"
local core = require "weyl.core"
local lfs = require "lfs"
local results = require "weyl.results"
local store = require "weyl.parallel.store"

local worker = {}

local BEAT = 1 -- seconds between signs of life
local STEPS = 10000 -- instructions of Lua between looks at the clock

---Whether a job is running in this process.
worker.busy = false

local INTERRUPTED = "interrupted!$" -- what Ctrl-C raises

---Whether an error comes from Ctrl-C.
---@param message any
---@return boolean
function worker.interrupted(message)
  return type(message) == "string" and message:find(INTERRUPTED) ~= nil
end

---Calls f on a copy of the job.
---@param job weyl.parallel.job
---@param f fun(job: table): table
---@return weyl.parallel.outcome? record what came of it; nil after Ctrl-C
function worker.attempt(job, f)
  local trace
  worker.busy = true
  core.seed(store.hash(job.text) & math.maxinteger)
  local ok, result = xpcall(function()
    local r = f(results.parse(job.text))
    if type(r) ~= "table" then
      check.fail("parallel.map: f must return a table, got %s",
        check.describe(r))
    end
    return results.json(r)
  end, function(message)
    trace = debug.traceback(nil, 2)
    return tostring(message)
  end)
  worker.busy = false
  if ok then return { result = results.parse(result) } end
  if worker.interrupted(result) then return nil end
  return { failure = { message = result, traceback = trace } }
end

---Does one job and writes what came of it.
---@param folder string
---@param place string
---@param job weyl.parallel.job
---@param f fun(job: table): table
---@return "done"|"failed"|nil state nil when Ctrl-C stopped it
function worker.perform(folder, place, job, f)
  local record = worker.attempt(job, f)
  if not record then return nil end
  store.write(folder, place, job, record)
  return record.result and "done" or "failed"
end

-- ---- a process ----

-- A function that sends a line; without a reader the process ends.
local function sender()
  local pipe = assert(io.open("/dev/fd/3", "w"))
  return function(line)
    if not (pipe:write(line, "\n") and pipe:flush()) then os.exit(1) end
  end
end

-- A line a second while Lua runs.
local function beat(send)
  local last = core.clock()
  debug.sethook(function()
    local now = core.clock()
    if now - last < BEAT then return end
    last = now
    send "."
  end, "", STEPS)
end

---Works until no job is left, then ends the process.
---@param folder string
---@param place string
---@param list weyl.parallel.job[]
---@param f fun(job: table): table
function worker.run(folder, place, list, f)
  local send = sender()
  core.threads(1)
  for _, job in ipairs(list) do
    if lfs.mkdir(place .. "/" .. job.key) then
      send(("begun %d"):format(job.index))
      beat(send)
      local state = worker.perform(folder, place, job, f)
      debug.sethook()
      if not state then os.exit(1) end
      send(("%s %d"):format(state, job.index))
    end
  end
  os.exit(0, true)
end

return worker
