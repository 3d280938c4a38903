-- plot/xy.lua: panels of curves and points: plot.lines and plot.scatter.
--
-- A series may have a lower and an upper end for each of its values: a line
-- has them as a band, points as whiskers.

local check = require "weyl.check"
local marks = require "weyl.plot.marks"
local options = require "weyl.options"
local style = require "weyl.plot.style"
local values = require "weyl.plot.values"

local SERIES = {
  { "y", "any", required = true }, { "x", "any" }, { "low", "any" },
  { "high", "any" }, { "title", "string" }, { "colour", "string" },
  { "style", { "lines", "points", "linespoints", "steps" } },
}

local FORM = "{ y = ... }"

local SPECS = {
  { "series", "table", required = true }, { "xlabel", "string" },
  { "ylabel", "string" }, { "logx", "boolean", default = false },
  { "logy", "boolean", default = false }, { "xrange", "table" },
  { "yrange", "table" }, { "xticks", "table" }, { "xnames", "table" },
  marks.spec,
}

local COLOUR = "lc rgb '{colour}'"
local WITH = {
  lines = "lines lw 2 dt {dash} " .. COLOUR,
  steps = "steps lw 2 dt {dash} " .. COLOUR,
  points = "points pt {point} ps 0.9 " .. COLOUR,
  linespoints = "linespoints lw 2 pt {point} ps 0.9 dt {dash} " .. COLOUR,
}
local BAND = "filledcurves fs transparent solid 0.2 noborder " .. COLOUR
local TEXT = { lines = "{stroke}", steps = "{stroke}",
  linespoints = "{stroke}", points = "points pt {letter}" }
local WHISKERS = "yerrorbars lw 1.5 pt {point} ps 1.1 " .. COLOUR

local function column(func, s, i, name, count)
  if s[name] == nil then return nil end
  local what = ("series[%d].%s"):format(i, name)
  local list = values.list(func, what, s[name])
  if #list ~= count then
    check.fail("%s: series[%d] has %d numbers in %s and %d in y", func, i,
      #list, name, count)
  end
  return list
end

-- Rows x, y, low, high; what cannot be shown is NaN.
local function rows_of(func, s, i, o)
  local y = values.list(func, ("series[%d].y"):format(i), s.y)
  local x = column(func, s, i, "x", #y)
  local low = column(func, s, i, "low", #y)
  local high = column(func, s, i, "high", #y)
  local rows = {}
  local function shown(v, log) return style.fits(v, log) and v or 0 / 0 end
  for k, v in ipairs(y) do
    rows[k] = { shown(x and x[k] or k, o.logx), shown(v, o.logy) }
    if low or high then
      rows[k][3] = shown((low or y)[k], o.logy)
      rows[k][4] = shown((high or y)[k], o.logy)
    end
  end
  return rows, (low or high) ~= nil
end

-- Makes the ranges hold all rows that can be shown; how many there are. Of a
-- series without any nothing is left.
local function extend(rows, x, y)
  local count = 0
  for _, row in ipairs(rows) do
    if row[1] == row[1] and row[2] == row[2] then
      count = count + 1
      style.grow(x, row[1])
      for k = 2, #row do style.grow(y, row[k]) end
    end
  end
  if count == 0 then
    for k in ipairs(rows) do rows[k] = nil end
  end
  return count
end

-- The items of a series; bands come before all lines, so that they hide none.
local function add_items(items, bands, s, rows, spread)
  local function item(using, with, sample)
    return { rows = rows, using = using, with = with, sample = sample,
      title = s.title, colour = s.colour, number = s.number }
  end
  if spread and s.style == "points" then
    items[#items + 1] = item("1:2:3:4", WHISKERS, WITH.points)
    items[#items].text = { using = "1:2:3:4", sample = TEXT.points,
      with = "yerrorbars lt {letter} pt {letter}" }
    return
  end
  if spread then
    bands[#bands + 1] = item("1:3:4", BAND, "")
    bands[#bands].text = false
  end
  items[#items + 1] = item("1:2", WITH[s.style])
  items[#items].text = { using = "1:2", with = TEXT[s.style] }
end

local function axis(func, name, o, range)
  local log = o["log" .. name]
  local low, high = style.room(range, log)
  local fixed = values.range(func, name .. "range", o[name .. "range"])
  if fixed then low, high = fixed[1], fixed[2] end
  if log and low <= 0 then
    check.fail("%s: the range of an axis with logarithms must be above 0, "
      .. "got %g", func, low)
  end
  return { label = o[name .. "label"], low = low, high = high, log = log }
end

-- The x axis, named or numbered where it should be.
local function x_axis(func, o, range)
  local out = axis(func, "x", o, range)
  out.ticks = o.xticks and values.list(func, "xticks", o.xticks)
  if o.xnames then
    out.names = values.names(func, "xnames", o.xnames)
    if not o.xrange then out.low, out.high = 0.5, #o.xnames + 0.5 end
  end
  return out
end

---A panel of series.
---@param func string
---@param o table the options
---@param usual string the style of a series that names none
---@return weyl.plot.panel
local function panel(func, o, usual)
  local items, bands, count = {}, {}, 0
  local x, y = style.range(), style.range()
  values.tables(func, "series", o.series, FORM)
  for i, given in ipairs(o.series) do
    local s = options.read(("%s: series[%d]"):format(func, i), given, SERIES)
    s.style, s.number = s.style or usual, i
    local rows, spread = rows_of(func, s, i, o)
    count = count + extend(rows, x, y)
    add_items(items, bands, s, rows, spread)
  end
  if count == 0 then values.nothing(func, o.logx or o.logy) end
  local marked = marks.read(func, o.marks, { range = x, log = o.logx },
    { range = y, log = o.logy })
  local ax, ay = x_axis(func, o, x), axis(func, "y", o, y)
  local all = marks.items(marked, ax, ay)
  for _, list in ipairs { bands, items } do
    table.move(list, 1, #list, #all + 1, all)
  end
  return { items = all, x = ax, y = ay, width = 680, height = 420,
    lines = 20 }
end

return {
  lines = { specs = SPECS, panel = function(func, o)
    return panel(func, o, "lines")
  end },
  scatter = { specs = SPECS, panel = function(func, o)
    return panel(func, o, "points")
  end },
}
