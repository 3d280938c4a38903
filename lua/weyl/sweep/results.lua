-- sweep/results.lua: what came of a sweep: its rows, its tables and its files.
--
-- results.json has all that is needed to show a sweep again without its script,
-- results.csv one row per trial; times are in neither.

local check = require "weyl.check"
local keys = require "weyl.keys"
local lfs = require "lfs"
local results = require "weyl.results"
local search = require "weyl.sweep.search"
local tables = require "weyl.tables"

local SHOWN = 20 -- rows of the printed table

---@class weyl.sweep.row what came of a trial
---@field trial integer
---@field parameters table<string, any>
---@field epochs integer? of the last rung it was in
---@field state "waiting"|"done"|"failed"|"stopped" stopped: not promoted
---@field objective number?
---@field values table<string, any> what else the trial returned
---@field message string? of a failure

---@class weyl.sweep.results
---@field name string
---@field path string
---@field search string
---@field names string[] of the parameters, sorted
---@field direction "least"|"largest" which objective is the best
---@field rungs integer[]?
---@field trials weyl.sweep.row[]
---@field best weyl.sweep.row?
---@field failed integer
---@field waiting integer that were not done
local Results = {}
Results.__index = Results
Results.__name = "weyl.sweep.results"

local function count(rows, state)
  local n = 0
  for _, row in ipairs(rows) do
    if row.state == state then n = n + 1 end
  end
  return n
end

-- ---- tables ----

-- Parameters come first: they hide values of the same name.
local function columns_of(r)
  local seen, extra = { trial = true, epochs = true, objective = true,
    state = true, message = true }, {}
  for _, name in ipairs(r.names) do seen[name] = true end
  for _, row in ipairs(r.trials) do
    for key, v in next, row.values do
      if not seen[key] and type(v) ~= "table" then extra[#extra + 1] = key end
      seen[key] = true
    end
  end
  table.sort(extra)
  local columns = { "trial" }
  for _, name in ipairs(r.names) do columns[#columns + 1] = name end
  if r.rungs then columns[#columns + 1] = "epochs" end
  columns[#columns + 1] = { "objective", best = r.direction }
  for _, name in ipairs(extra) do columns[#columns + 1] = name end
  columns[#columns + 1] = "state"
  return columns
end

-- A row as the cells of a table.
local function flat(row)
  local out = {}
  for key, v in next, row.values do out[key] = v end
  for key, v in next, row.parameters do out[key] = v end
  out.trial, out.epochs, out.state = row.trial, row.epochs, row.state
  out.objective, out.message = row.objective, row.message
  return out
end

---The trials, the best first.
---@return weyl.sweep.row[]
function Results:ordered()
  local list = table.move(self.trials, 1, #self.trials, 1, {})
  table.sort(list, search.order(self.direction))
  return list
end

---The best trials as a table, the best first.
---@param most? integer how many, all unless given
---@return weyl.table
function Results:table(most)
  local list, cells = self:ordered(), {}
  for i = 1, math.min(#list, most or #list) do cells[i] = flat(list[i]) end
  local title = ("%s: %d trials, %d failed"):format(self.name, #list,
    self.failed)
  if self.best then title = title .. "; best: trial " .. self.best.trial end
  if #cells < #list then title = ("%s; %d shown"):format(title, #cells) end
  return tables.new { title = title, columns = columns_of(self),
    rows = cells }
end

function Results:__tostring() return tostring(self:table(SHOWN)) end

-- ---- files ----

---The results as plain tables, as they are written to results.json.
---@return table
function Results:plain()
  return { name = self.name, search = self.search, best = self.best,
    direction = self.direction, rungs = self.rungs, trials = self.trials,
    failed = self.failed, waiting = self.waiting }
end

---Writes results.csv and results.json into the sweep's folder.
function Results:write()
  local columns, rows = {}, {}
  for i, column in ipairs(columns_of(self)) do
    columns[i] = type(column) == "table" and column[1] or column
  end
  columns[#columns + 1] = "message"
  for i, row in ipairs(self.trials) do rows[i] = flat(row) end
  results.write(self.path .. "/results.csv", results.csv(columns, rows))
  results.write(self.path .. "/results.json", results.json(self:plain()))
end

local outcomes = {}

-- The best of the last rung that has any: fewer epochs do not compare.
local function best_of(direction, rungs)
  for k = #rungs, 1, -1 do
    local best = search.promote(direction, rungs[k], 1)[1]
    if best then return best end
  end
end

---@param o weyl.sweep.options
---@param rows weyl.sweep.row[] of all trials
---@param rungs weyl.sweep.row[][] of each rung
---@return weyl.sweep.results
function outcomes.new(o, rows, rungs)
  return setmetatable({ name = o.name, path = o.path, search = o.search,
    names = o.names, direction = o.best, rungs = o.rungs, trials = rows,
    best = best_of(o.best, rungs), failed = count(rows, "failed"),
    waiting = count(rows, "waiting") }, Results)
end

-- What a file says, or nil when it is not of a sweep.
local function parsed(file)
  local ok, r = pcall(results.parse, results.text(file) or "")
  ok = ok and type(r) == "table" and type(r.trials) == "table"
    and type(r.name) == "string" and type(r.direction) == "string"
  for _, row in ipairs(ok and r.trials or {}) do
    ok = ok and type(row) == "table" and type(row.parameters) == "table"
  end
  return ok and r or nil
end

---The results that a sweep has written.
---@param path string its folder
---@return weyl.sweep.results? results nil when the folder has none
function outcomes.read(path)
  local r = parsed(path .. "/results.json")
  if not r then return nil end
  local all = {}
  for i, row in ipairs(r.trials) do
    all[i], row.values = row.parameters, row.values or {}
  end
  r.path, r.names = path, keys.union(all)
  return setmetatable(r, Results)
end

---The results of a sweep that is told by its folder or its name.
---@param word string
---@param folder string where sweeps with a name are
---@return weyl.sweep.results? results nil when there is none
---@return string? why
function outcomes.look(word, folder)
  for _, path in ipairs { (word:gsub("(.)/+$", "%1")), folder .. "/" .. word }
  do
    local r = outcomes.read(path)
    if r then return r end
    if lfs.attributes(path .. "/trials", "mode") == "directory" then
      return nil, ("the sweep '%s' has written no results yet: `weyl sweep` "
        .. "with its script goes on with it"):format(path)
    end
  end
  return nil, ("there is no sweep '%s': neither it nor '%s/%s' is the folder "
    .. "of one"):format(word, folder, word)
end

---The same; an error when there is none.
---@param word string
---@param folder string
---@return weyl.sweep.results
function outcomes.find(word, folder)
  local r, why = outcomes.look(word, folder)
  return r or check.fail("%s", why)
end

return outcomes
