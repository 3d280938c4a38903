-- runs/shown.lua: a run as readers see it: values as text, and tables of its
-- results and levels, for `weyl show` and for reports.

local results = require "weyl.results"
local summary = require "weyl.runs.summary"
local tables = require "weyl.tables"

local shown = {}

-- What stands at the head of a run already, or is told better elsewhere.
local HIDDEN = { name = true, seeds = true, ["script.path"] = true,
  ["script.arguments"] = true, ["script.checksum"] = true, output = true,
  quiet = true, started = true, seconds = true, script = true,
  command = true }

---A value in one line.
---@param value any
---@return string
function shown.text(value)
  if type(value) == "string" then return value end
  if value == nil then return "-" end
  return (results.json(value):gsub("%s+", " "):gsub(" $", ""))
end

---A table of tables as { { "data.axis", 3 }, ... }, sorted by name; lists are
---values.
---@param t table
---@param prefix? string
---@param out? any[][]
---@return any[][]
function shown.flat(t, prefix, out)
  out = out or {}
  for key, value in next, t do
    local name = (prefix or "") .. key
    if type(value) == "table" and #value == 0 and next(value) then
      shown.flat(value, name .. ".", out)
    else
      out[#out + 1] = { name, value }
    end
  end
  if not prefix then
    table.sort(out, function(a, b) return a[1] < b[1] end)
  end
  return out
end

---Parameters or environment as { { name, text }, ... }, without what stands at
---the head of a run.
---@param t table
---@return string[][]
function shown.values(t)
  local rows = {}
  for _, entry in ipairs(shown.flat(t)) do
    if not HIDDEN[entry[1]] then
      rows[#rows + 1] = { entry[1], shown.text(entry[2]) }
    end
  end
  return rows
end

---"2026-11-26 06:46" of an ISO time.
---@param iso string
---@return string
function shown.time(iso)
  return (iso:gsub("T", " "):gsub(":%d%dZ$", ""))
end

---What the seeds of a run ended with, and their mean; nil when there are none.
---@param seeds table<string, any>[] from summary.seeds
---@return weyl.table?
function shown.results(seeds)
  if #seeds == 0 then return nil end
  local rows, columns, partial = {}, { "seed" }, false
  local spreads = summary.spreads(seeds)
  for _, name in ipairs(summary.NAMES) do
    if spreads[name] then columns[#columns + 1] = name end
  end
  for i, seed in ipairs(seeds) do
    rows[i] = { seed = tostring(seed.seed) }
    for _, name in ipairs(summary.NAMES) do rows[i][name] = seed[name] end
    for _, name in ipairs { "epoch", "parameters" } do
      rows[i][name] = math.tointeger(seed[name]) or seed[name]
    end
    partial = partial or seed.partial
  end
  if #seeds > 1 then
    spreads.seed, spreads.epoch, spreads.parameters = "mean", nil, nil
    rows[#rows + 1] = spreads
  end
  return tables.new { title = partial
    and "results, of seeds that have not ended the best epoch so far"
    or "results, with the parameters of the best epoch", columns = columns,
    rows = rows }
end

---The levels of a run, mean and spread over seeds; nil when there are none.
---@param store weyl.runs.store
---@param id integer
---@return weyl.table?
function shown.levels(store, id)
  local rows, columns = summary.levels(store, id), { "group" }
  if #rows == 0 then return nil end
  for _, field in ipairs(summary.FIELDS) do
    for _, row in ipairs(rows) do
      if row[field[1]] then
        columns[#columns + 1] = { field[1], label = field[2] or field[1] }
        break
      end
    end
  end
  return tables.new { title = "levels of approximation, by candidate group",
    columns = columns, rows = rows }
end

return shown
