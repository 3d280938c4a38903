-- plot/load.lua: runs of the store as results of experiments, which recipes
-- draw.

local check = require "weyl.check"
local checkpoint = require "weyl.experiment.checkpoint"
local keys = require "weyl.keys"
local summary = require "weyl.runs.summary"

local load = {}

-- What a seed has, made when it is first met; in order in `list`.
local function seed_of(list, at, number)
  if not at[number] then
    at[number] = { seed = number, history = {} }
    list[#list + 1] = at[number]
  end
  return at[number]
end

local function add_metrics(list, at, rows)
  for _, row in ipairs(rows) do
    row.epoch = row.step
    table.insert(seed_of(list, at, row.seed).history, row)
  end
end

-- Levels by place; the names of the groups.
local function add_levels(list, at, rows)
  local groups = {}
  for _, row in ipairs(rows) do
    local seed = seed_of(list, at, row.seed)
    seed.levels = seed.levels or {}
    seed.levels[row.place], groups[row.place] = row, row.group
  end
  return groups
end

-- Groups of a run that has not reported levels yet: as many as its metrics
-- have strengths.
local function numbered(list)
  local groups, row = {}, list[1] and list[1].history[1] or {}
  while row["regularizer_" .. #groups + 1] do
    groups[#groups + 1] = ("group %d"):format(#groups + 1)
  end
  return groups
end

---Results of a run: what its experiment's run() returned, but for the models,
---as far as it has come, with id, parameters and environment.
---@param store weyl.runs.store
---@param run weyl.runs.run
---@return table results
function load.results(store, run)
  local list, at = {}, {}
  add_metrics(list, at, store:metrics(run.id))
  for _, row in ipairs(summary.seeds(store, run)) do
    local seed = seed_of(list, at, row.seed)
    for key, value in next, row do seed[key] = value end
  end
  local groups = add_levels(list, at, store:levels(run.id))
  if #groups == 0 then groups = numbered(list) end
  local tune = run.parameters.tune
  return { id = run.id, name = run.name, path = run.path, groups = groups,
    seeds = list, parameters = run.parameters,
    tuned_at = type(tune) == "table" and tune.at or nil }
end

-- ---- weights ----

---The matrices among the best parameters of a run's first seed that has
---checkpoints, in order of their names.
---@param r table results
---@return { name: string, values: weyl.tensor }[]
function load.weights(r)
  for _, seed in ipairs(r.seeds) do
    local file = checkpoint.best(("%s/checkpoints/seed-%d"):format(r.path
      or ".", seed.seed))
    if file then
      local tensors = require("weyl.data.safetensors").read(file)
      local function matrix(_, tensor) return #tensor.shape == 2 end
      local out = {}
      for i, name in ipairs(keys.of(tensors, matrix)) do
        out[i] = { name = name, values = tensors[name] }
      end
      if #out > 0 then return out end
    end
  end
  check.fail("plot.recipe spectrum: run '%s' has no checkpoint with a matrix "
    .. "of weights in '%s/checkpoints'", r.name, r.path or "")
end

return load
