-- sweep/search.lua: which parameters a sweep tries, and which trials go on.
--
-- The parameters of trial i do not depend on how many there are, except in a
-- grid: a sweep with more trials repeats those of one with fewer.

local check = require "weyl.check"
local core = require "weyl.core"
local sobol = require "weyl.sweep.sobol"
local space = require "weyl.sweep.space"

local search = {}

-- ---- parameters ----

-- Every combination; the last name changes fastest.
local function grid(o)
  local out = { {} }
  for _, name in ipairs(o.names) do
    local longer = {}
    for _, parameters in ipairs(out) do
      for _, v in ipairs(space.values(name, o.space[name])) do
        local p = {}
        for key, value in next, parameters do p[key] = value end
        p[name] = v
        longer[#longer + 1] = p
      end
    end
    out = longer
  end
  return out
end

-- One list of numbers in [0, 1), a number per name, for each trial.
local function random_cube(o)
  local rows = {}
  for i = 1, o.trials do
    rows[i] = core.uniform({ #o.names }, 0, 1, "f64", "sweep"):totable()
  end
  return rows
end

-- Points of the sequence under a digital shift: every coordinate is combined
-- with random bits of its own. It is still a net, and its first point is no
-- longer the corner of the space.
local function sobol_cube(o)
  local shift = core.uniform({ #o.names }, 0, 1, "f64", "sweep"):totable()
  local rows, size = {}, 1 << sobol.bits
  for i = 1, o.trials do
    local row = sobol.point(i, #o.names)
    for d, x in ipairs(row) do
      row[d] = (x ~ math.floor(shift[d] * size)) / size
    end
    rows[i] = row
  end
  return rows
end

local cubes = { random = random_cube, halving = random_cube,
  sobol = sobol_cube }

---The parameters of all trials. The program's random streams stay as they
---were.
---@param o weyl.sweep.options
---@return table<string, any>[]
function search.parameters(o)
  if o.search == "grid" then return grid(o) end
  local streams, out = core.streams(), {}
  core.seed(o.seed)
  for i, row in ipairs(cubes[o.search](o)) do
    out[i] = {}
    for d, name in ipairs(o.names) do
      out[i][name] = space.value(o.space[name], row[d])
    end
  end
  core.streams(streams)
  return out
end

---Checks the options that belong to one kind of search.
---@param o weyl.sweep.options
function search.check(o)
  if o.search == "grid" then
    check.arg(o.trials == nil, "sweep", "trials",
      "left out: a grid has as many as its space has points", o.trials)
  elseif o.trials == nil then
    check.fail("sweep: search = '%s' needs option 'trials'", o.search)
  end
  if o.search == "sobol" then
    check.arg(#o.names <= sobol.dimensions, "sweep", "space",
      ("of at most %d parameters for search = 'sobol'"):format(
      sobol.dimensions), #o.names)
  end
  local rungs = o.rungs
  if (rungs ~= nil) ~= (o.search == "halving") then
    check.fail("sweep: %s", rungs and "rungs are for search = 'halving'"
      or "search = 'halving' needs rungs, such as { 10, 30, 90 } epochs")
  end
  for i, epochs in ipairs(rungs or {}) do
    check.arg(check.whole(epochs, (rungs[i - 1] or 0) + 1), "sweep",
      ("rungs[%d]"):format(i), "an integer above the one before", epochs)
  end
  check.arg(rungs == nil or #rungs > 0, "sweep", "rungs",
    "a list of numbers of epochs", rungs)
end

-- ---- promotion ----

---Whether one row is before another: the better objective; then the earlier
---trial. What failed and what is not a number comes last.
---@param direction "least"|"largest" which objective is the best
---@return fun(a: weyl.sweep.row, b: weyl.sweep.row): boolean
function search.order(direction)
  local sign = direction == "least" and 1 or -1
  local function rank(row)
    local x = row.objective
    if x == nil then return 2, 0 end
    if x ~= x then return 1, 0 end
    return 0, sign * x
  end
  return function(a, b)
    local class_a, x = rank(a)
    local class_b, y = rank(b)
    if class_a ~= class_b then return class_a < class_b end
    if x ~= y then return x < y end
    return a.trial < b.trial
  end
end

---How many trials each rung has: all, then a share of those before.
---@param o weyl.sweep.options
---@return integer[]
function search.sizes(o)
  local sizes = { #o.parameters }
  for k = 2, #(o.rungs or {}) do
    sizes[k] = math.max(1, sizes[k - 1] // o.reduction)
  end
  return sizes
end

---The best rows, `count` of them unless fewer have an objective, by trial.
---Which they are depends on the rows alone, not on who was ready when.
---@param direction "least"|"largest" which objective is the best
---@param rows weyl.sweep.row[]
---@param count integer
---@return weyl.sweep.row[]
function search.promote(direction, rows, count)
  local list = table.move(rows, 1, #rows, 1, {})
  table.sort(list, search.order(direction))
  local kept = {}
  for i = 1, math.min(count, #list) do
    local x = list[i].objective
    if x and x == x then kept[#kept + 1] = list[i] end
  end
  table.sort(kept, function(a, b) return a.trial < b.trial end)
  return kept
end

return search
