-- plot/gather.lua: what recipes take out of results of experiments: levels and
-- errors over seeds, curves over epochs.
--
-- Results are what an experiment's run() returns, or any table with name,
-- groups and seeds, whose entries have history, levels and errors.

local stats = require "weyl.stats"
local style = require "weyl.plot.style"

local gather = {}

---The parts of the data whose errors a run knows.
gather.PARTS = { "train", "validation", "test", "ood" }

---What the axis of an error says.
gather.ERROR = "mean squared error (unit of y, squared)"

---Whether r is results of an experiment with at least one seed.
---@param r any
---@return boolean
function gather.is_results(r)
  return type(r) == "table" and type(r.groups) == "table"
    and type(r.seeds) == "table" and type(r.seeds[1]) == "table"
end

---Whether r is a list of such results, at least one.
---@param r any
---@return boolean
function gather.are_results(r)
  local ok = type(r) == "table" and #r > 0
  for _, one in ipairs(ok and r or {}) do
    ok = ok and gather.is_results(one)
  end
  return ok
end

---Whether r has a level for one of its groups in one of its seeds.
---@param r any
---@return boolean
function gather.has_levels(r)
  for _, seed in ipairs(gather.is_results(r) and r.seeds or {}) do
    if type(seed.levels) == "table" and seed.levels[1] then return true end
  end
  return false
end

---Spread over seeds of a field of group j; nil when no seed has it.
---@param r weyl.experiment.results
---@param j integer
---@param field string
---@param log boolean? only what is above 0
---@return weyl.stats.spread?
function gather.level(r, j, field, log)
  local list = {}
  for _, seed in ipairs(r.seeds) do
    local v = seed.levels and seed.levels[j] and seed.levels[j][field]
    if v and style.fits(v, log) then list[#list + 1] = v end
  end
  return stats.spread(list)
end

---Means, least and largest over seeds of a field of all groups, as plot.bars
---takes them; nil when there is nothing to show.
---@param r weyl.experiment.results
---@param field string
---@param log boolean? whether only what is above 0 can be shown
---@return { y: number[], low: number[], high: number[] }?
function gather.levels(r, field, log)
  local out, any = { y = {}, low = {}, high = {} }, false
  for j in ipairs(r.groups) do
    local s = gather.level(r, j, field) or { mean = 0 / 0, low = 0 / 0,
      high = 0 / 0 }
    out.y[j], out.low[j], out.high[j] = s.mean, s.low, s.high
    any = any or style.fits(s.mean, log)
  end
  return any and out or nil
end

---The error of every seed on a part of the data: that of the parameters it
---selected.
---@param r weyl.experiment.results
---@param part string
---@return number[]
function gather.errors(r, part)
  local list = {}
  for _, seed in ipairs(r.seeds) do list[#list + 1] = seed[part] end
  return list
end

---Epochs and values of a quantity in one seed; no values when it has none.
---@param seed weyl.experiment.result
---@param key string of its history
---@return number[] epochs
---@return number[] values
function gather.history(seed, key)
  local x, y = {}, {}
  for _, row in ipairs(seed.history or {}) do
    if row[key] then
      x[#x + 1], y[#y + 1] = row.epoch, row[key]
    end
  end
  return x, y
end

---A curve over all seeds: in every epoch that one of them has, the median with
---the least and the largest value; nil when there are none above 0.
---@param r weyl.experiment.results
---@param key string
---@return { x: number[], y: number[], low: number[], high: number[] }?
function gather.curve(r, key)
  local at, epochs = {}, {}
  for _, seed in ipairs(r.seeds) do
    local x, y = gather.history(seed, key)
    for i, epoch in ipairs(x) do
      if not at[epoch] then
        at[epoch] = {}
        epochs[#epochs + 1] = epoch
      end
      if style.fits(y[i], true) then table.insert(at[epoch], y[i]) end
    end
  end
  table.sort(epochs)
  return gather.medians(epochs, function(epoch) return at[epoch] end)
end

---Medians with the least and the largest of the values at every x that has
---some.
---@param xs number[]
---@param values fun(x: number, i: integer): number[]
---@return { x: number[], y: number[], low: number[], high: number[] }?
function gather.medians(xs, values)
  local out = { x = {}, y = {}, low = {}, high = {} }
  for i, x in ipairs(xs) do
    local list = values(x, i)
    if #list > 0 then
      table.insert(out.x, x)
      table.insert(out.y, stats.quantile(list, 0.5))
      table.insert(out.low, stats.quantile(list, 0))
      table.insert(out.high, stats.quantile(list, 1))
    end
  end
  return #out.x > 0 and out or nil
end

---Names of results, told apart by a number where they are the same.
---@param list weyl.experiment.results[]
---@return string[]
function gather.names(list)
  local names, count, seen = {}, {}, {}
  for i, r in ipairs(list) do
    names[i] = r.label or r.name or ("run %d"):format(i)
    count[names[i]] = (count[names[i]] or 0) + 1
  end
  for i, r in ipairs(list) do
    local name = names[i]
    if count[name] > 1 then
      seen[name] = (seen[name] or 0) + 1
      names[i] = ("%s %s"):format(name, r.id and "#" .. r.id
        or "(" .. seen[name] .. ")")
    end
  end
  return names
end

---All groups of a list of results, in order of appearance.
---@param list weyl.experiment.results[]
---@return string[]
function gather.groups(list)
  local groups, seen = {}, {}
  for _, r in ipairs(list) do
    for _, name in ipairs(r.groups) do
      if not seen[name] then groups[#groups + 1] = name end
      seen[name] = true
    end
  end
  return groups
end

return gather
