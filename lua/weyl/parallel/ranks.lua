-- parallel/ranks.lua: jobs of a study done by the ranks of an MPI program.
--
-- Rank 0 has the list and the folder, and does no job: whoever is ready gets
-- the next one, so long jobs delay nobody. Jobs and what came of them travel
-- as JSON; the other ranks need not see the folder. A message to rank 0 is
-- what came of the last job, empty at first; one from it is a job, or empty:
-- there is no more.

local core = require "weyl.core"
local results = require "weyl.results"
local store = require "weyl.parallel.store"
local worker = require "weyl.parallel.worker"

local ranks = {}

---On rank 0: gives out jobs and writes what comes back, until all is done.
---@param o { path: string }
---@param place string where files are prepared
---@param todo weyl.parallel.job[]
---@param tell fun(state: string?, index: integer?)
function ranks.hand_out(o, place, todo, tell)
  local at, has, left = 0, {}, core.dist.size() - 1
  while left > 0 do
    local text, from = core.dist.receive(1)
    if not text then
      tell()
      goto continue
    end
    local job = has[from]
    if job then
      local record = results.parse(text)
      store.write(o.path, place, job, record)
      tell(record.result and "done" or "failed", job.index)
    end
    at = at + 1
    job = todo[at]
    has[from] = job
    core.dist.send(from, job and job.text or "")
    if job then tell("begun", job.index) else left = left - 1 end
    ::continue::
  end
end

---On the other ranks: does jobs as they come.
---@param f fun(job: table): table
function ranks.serve(f)
  local message = ""
  while true do
    core.dist.send(0, message)
    local text
    repeat text = core.dist.receive(0.1) until text
    if text == "" then return end
    local record = worker.attempt({ text = text }, f)
    if not record then error("interrupted!", 0) end
    message = results.json(record)
  end
end

return ranks
