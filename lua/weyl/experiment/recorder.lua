-- experiment/recorder.lua: what of an experiment goes into the database of
-- runs.

local checkpoint = require "weyl.experiment.checkpoint"
local machine = require "weyl.runs.machine"
local results = require "weyl.results"
local runs = require "weyl.runs"

local FILES = { settings = "settings.json", metrics = "metrics.csv",
  results = "results.json", environment = "environment.json" }

local recorder = {}

-- The script that runs; nil at the prompt.
local function script()
  local words = rawget(_G, "arg")
  local path = type(words) == "table" and words[-1] and words[0]
  local text = type(path) == "string" and results.text(path)
  return text and { path = path, text = text } or nil
end

---@param o table the experiment's options
---@param path string folder of the run
---@param parameters table
---@return weyl.runs.record
function recorder.begin(o, path, parameters)
  local record = runs.open(o.output):begin { name = o.name, path = path,
    seeds = o.seeds, parameters = parameters, script = script(),
    environment = machine.environment() }
  for _, kind in ipairs { "settings", "metrics", "results", "environment" } do
    record:artifact(kind, FILES[kind])
  end
  return record
end

---A seed begins, or goes on: what its run had recorded after the checkpoint is
---not its past any more.
---@param started { record: weyl.runs.record?, resumed: integer? }
---@param seed integer
---@param state table? of the checkpoint
function recorder.begin_seed(started, seed, state)
  if started.record and started.resumed then
    started.record:rewind(seed, state and state.epoch or 0)
  end
end

---What a seed ended with. Of one that was resumed the rows before the
---checkpoint are written again: the database may have been lost.
---@param record weyl.runs.record?
---@param seed weyl.experiment.result
---@param resumed any
---@param folder string? of its checkpoints
function recorder.seed(record, seed, resumed, folder)
  if not record then return end
  for _, row in ipairs(resumed and seed.history or {}) do
    record:metrics(seed.seed, row.epoch, row)
  end
  if seed.failure then return end
  record:results(seed.seed, seed)
  record:levels(seed.seed, seed.levels or {})
  local best = folder and checkpoint.best(folder)
  if best then record:artifact("parameters", best) end
end

return recorder
