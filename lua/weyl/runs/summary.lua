-- runs/summary.lua: what a run came to, in few numbers: over seeds, and by
-- candidate group.

local stats = require "weyl.stats"

local summary = {}

---The errors that a seed can end with, and the epoch they were selected in.
summary.NAMES = { "epoch", "train", "validation", "test", "ood", "parameters" }

-- Of a run without results: the best recorded epoch of a seed so far.
local function best_of(rows)
  local best
  for _, row in ipairs(rows) do
    local error = row.validation or row.train
    local least = best and (best.validation or best.train)
    if error and error == error and not (least and error >= least) then
      best = row
    end
  end
  return best and { seed = best.seed, epoch = best.step, train = best.train,
    validation = best.validation, test = best.test, partial = true }
end

---What the seeds of a run ended with; for a seed that has not ended, the best
---epoch so far, with partial = true.
---@param store weyl.runs.store
---@param run weyl.runs.run
---@return table<string, any>[]
function summary.seeds(store, run)
  local out, done, open = {}, {}, {}
  for _, row in ipairs(store:results(run.id)) do
    out[#out + 1], done[row.seed] = row, true
  end
  if run.status == "done" then return out end
  for _, row in ipairs(store:metrics(run.id)) do
    if not done[row.seed] then
      open[row.seed] = open[row.seed] or {}
      table.insert(open[row.seed], row)
    end
  end
  for _, seed in ipairs(run.seeds) do
    out[#out + 1] = open[seed] and best_of(open[seed])
  end
  return out
end

---Mean and spread over seeds of each of NAMES that there is.
---@param seeds table<string, any>[]
---@return table<string, weyl.stats.spread>
function summary.spreads(seeds)
  local out = {}
  for _, name in ipairs(summary.NAMES) do
    local values = {}
    for _, seed in ipairs(seeds) do values[#values + 1] = seed[name] end
    out[name] = stats.spread(values)
  end
  return out
end

---The fields of levels that are shown, in order, with their headings.
summary.FIELDS = { { "strength" }, { "residual" }, { "level", "level d_j" },
  { "relative", "of the weights" }, { "directions" }, { "error" },
  { "true_error", "true error" }, { "lie", "Lie derivative" },
  { "true_lie", "true" } }

---Mean and spread over seeds of the levels, one row per candidate group, in
---the order of the groups.
---@param store weyl.runs.store
---@param id integer
---@return table<string, any>[]
function summary.levels(store, id)
  local out, values = {}, {}
  for _, row in ipairs(store:levels(id)) do
    local at = row.place
    out[at] = out[at] or { group = row.group }
    values[at] = values[at] or {}
    for _, field in ipairs(summary.FIELDS) do
      local list = values[at][field[1]] or {}
      list[#list + 1] = row[field[1]]
      values[at][field[1]] = list
    end
  end
  for at, row in ipairs(out) do
    for name, list in next, values[at] do row[name] = stats.spread(list) end
  end
  return out
end

return summary
