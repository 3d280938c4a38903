-- runs.lua: the runs of a folder, their parameters, metrics and levels, in an
-- SQLite database beside them.
--
--   local store = weyl.runs.open()          -- runs/weyl.db
--   for _, run in ipairs(store:list()) do print(run.id, run.name) end
--   local rows = store:metrics(3, { "train" })
--
-- Experiments record themselves; `weyl runs`, `weyl show`, `weyl compare` and
-- `weyl export` read. Any number of processes may write at once.

local check = require "weyl.check"
local store = require "weyl.runs.store"

---@class weyl.runs
---@field folder string? in place of WEYL_RUNS and "runs"
local runs = { folder = false }

---The folder of runs: what `weyl run --runs` said, else the environment's
---WEYL_RUNS, else "runs".
---@return string
function runs.default()
  local given = os.getenv "WEYL_RUNS"
  return runs.folder or given ~= "" and given or "runs"
end

---The runs of a folder. Nothing is made there until a run begins.
---@param folder? string runs.default() unless given
---@return weyl.runs.store
function runs.open(folder)
  folder = folder or runs.default()
  check.arg(type(folder) == "string" and folder ~= ""
    and not folder:find ":memory:", "runs.open", "folder", "a folder", folder)
  return store.new(folder)
end

return runs
