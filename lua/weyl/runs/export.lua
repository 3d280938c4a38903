-- runs/export.lua: runs for other programs: CSV, JSON, TensorBoard.

local events = require "weyl.runs.events"
local keys = require "weyl.keys"
local results = require "weyl.results"

local export = {}

---What CSV can hold of runs.
---@type string[]
export.kinds = { "metrics", "results", "levels" }

-- Names of the fields of rows, sorted, but for those in `first`.
local function names_of(rows, first)
  local skip = {}
  for _, name in ipairs(first) do skip[name] = true end
  return keys.union(rows, function(name) return not skip[name] end)
end

local FIRST = { metrics = { "run", "name", "seed", "step" },
  results = { "run", "name", "seed" },
  levels = { "run", "name", "seed", "group" } }

---@class weyl.runs.found
---@field run weyl.runs.run
---@field store weyl.runs.store

---One table of all runs: a row per seed and step, per seed, or per seed and
---group, under the names of the columns.
---@param found weyl.runs.found[]
---@param kind "metrics"|"results"|"levels"
---@return string
function export.csv(found, kind)
  local all, first = {}, FIRST[kind]
  for _, item in ipairs(found) do
    for _, row in ipairs(item.store[kind](item.store, item.run.id)) do
      -- a field of this name would hide the run's
      row.run, row.name, row.place = item.run.id, item.run.name, nil
      all[#all + 1] = row
    end
  end
  local columns = table.move(first, 1, #first, 1, {})
  local names = names_of(all, first)
  table.move(names, 1, #names, #columns + 1, columns)
  return results.csv(columns, all)
end

---All that is known of runs: a list of what store:get gives, with metrics,
---results, levels and artifacts.
---@param found weyl.runs.found[]
---@return string
function export.json(found)
  local out = {}
  for i, item in ipairs(found) do
    local run, store = item.run, item.store
    run.metrics, run.results = store:metrics(run.id), store:results(run.id)
    run.levels, run.artifacts = store:levels(run.id), store:artifacts(run.id)
    out[i] = run
  end
  return results.json(out)
end

-- Seconds since 1970 of an ISO time in UTC: days of the civil calendar.
local function seconds_of(iso)
  local y, m, d, h, min, s = iso:match "(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)"
  y, m = m + 0 > 2 and y // 1 or y - 1, (m + 9) % 12 -- years begin in March
  local days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5
    + d - 719469
  return ((days * 24 + h) * 60 + min) * 60 + s
end

export.seconds_of = seconds_of

---Event files of TensorBoard below a folder: <folder>/<name>-<id>/seed-<s>/.
---@param found weyl.runs.found[]
---@param folder string is made
---@return string[] paths of the files
function export.tensorboard(found, folder)
  local paths = {}
  for _, item in ipairs(found) do
    local time, seeds, order = seconds_of(item.run.started), {}, {}
    for _, row in ipairs(item.store:metrics(item.run.id)) do
      if not seeds[row.seed] then order[#order + 1] = row.seed end
      seeds[row.seed] = seeds[row.seed] or {}
      table.insert(seeds[row.seed], row)
    end
    for _, seed in ipairs(order) do
      local rows = seeds[seed]
      local path = ("%s/%s-%d/seed-%d/events.out.tfevents.%d.weyl"):format(
        folder, item.run.name:gsub("/", "_"), item.run.id, seed, time)
      results.write(path, events.file(rows, time,
        names_of(rows, { "seed", "step" })))
      paths[#paths + 1] = path
    end
  end
  return paths
end

return export
