-- sweep.lua: the objective of a sweep against each of its parameters.
--
-- One panel per parameter: points, one per trial, along an axis of numbers, or
-- boxes by name where a value is no number. An axis has logarithms when all
-- values are above 0 and spread over more than a factor of 20. The best trial
-- is marked. Trials that failed, or whose objective is no finite number, are
-- not there.
--
--   weyl.plot.recipe "sweep" (weyl.sweep.read "rate", { file = "rate.svg" })
--   weyl plot sweep NAME

local check = require "weyl.check"
local plot = require "weyl.plot"
local style = require "weyl.plot.style"

local COLUMNS = 3 -- panels side by side
local MANY = 20 -- a factor that asks for logarithms

-- Trials with an objective that can be shown.
local function shown(r)
  local list = {}
  for _, row in ipairs(r.trials) do
    local y = row.objective
    if y and style.fits(y) then list[#list + 1] = row end
  end
  return list
end

local function has_many_sizes(values)
  local range = style.range()
  for _, v in ipairs(values) do style.grow(range, v) end
  return range[1] > 0 and range[2] > MANY * range[1]
end

-- The values of a parameter, one for each row.
local function values_of(rows, name)
  local values, numbers = {}, true
  for i, row in ipairs(rows) do
    local v = row.parameters[name]
    values[i] = v
    numbers = numbers and type(v) == "number"
  end
  return values, numbers
end

local function points(values, rows, best, o)
  local by, series = {}, {}
  for i, title in ipairs { "trial", "stopped early", "best trial" } do
    by[i] = { x = {}, y = {}, title = title, colour = plot.colour(i) }
  end
  for i, row in ipairs(rows) do
    local to = by[best and row.trial == best.trial and 3
      or row.state == "stopped" and 2 or 1]
    table.insert(to.x, values[i])
    table.insert(to.y, row.objective)
  end
  for _, s in ipairs(by) do
    if #s.x > 0 then series[#series + 1] = s end
  end
  return plot.scatter { series = series, xlabel = o.name, ylabel = o.label,
    logx = has_many_sizes(values), logy = o.log }
end

-- Boxes by value, in the order in which trials have them.
local function boxes(values, rows, best, o)
  local list, at = {}, {}
  for i, row in ipairs(rows) do
    local name = tostring(values[i])
    if not at[name] then
      at[name] = { name = name, values = {}, colour = plot.colour(1) }
      list[#list + 1] = at[name]
    end
    table.insert(at[name].values, row.objective)
  end
  return plot.box { boxes = list, logx = o.log, xlabel = o.label,
    ylabel = o.name, marks = best and { { at = best.objective,
      title = "best objective" } } or nil }
end

local function draw(r)
  local rows, objectives = shown(r), {}
  if #rows == 0 then
    check.fail("plot.recipe sweep: no trial of '%s' has an objective that can "
      .. "be shown", r.name)
  end
  for i, row in ipairs(rows) do objectives[i] = row.objective end
  local label = ("objective, the %s is best"):format(r.direction)
  local log, figures = has_many_sizes(objectives), { title = r.name }
  for i, name in ipairs(r.names) do
    local values, numbers = values_of(rows, name)
    figures[i] = (numbers and points or boxes)(values, rows, r.best,
      { name = name, label = label, log = log })
  end
  figures.columns = math.min(COLUMNS, #figures)
  local figure = plot.panels(figures)
  for _, one in ipairs(#figures > 1 and figure.panels or {}) do
    one.width, one.height = 460, math.max(one.height, 340)
  end
  return figure
end

return { about = "the objective of a sweep against each parameter",
  what = "the results of a sweep", draw = draw, of_sweep = true,
  test = function(r)
    return (getmetatable(r) or {}).__name == "weyl.sweep.results"
  end }
