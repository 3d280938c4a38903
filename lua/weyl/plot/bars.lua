-- plot/bars.lua: panels of what lies along a list of names, and of counts:
-- plot.bars, plot.box and plot.histogram.
--
-- Bars and boxes lie, so that names of any length can be read; the panel grows
-- with the number of names.

local check = require "weyl.check"
local marks = require "weyl.plot.marks"
local options = require "weyl.options"
local stats = require "weyl.stats"
local style = require "weyl.plot.style"
local values = require "weyl.plot.values"

local COLOUR = "lc rgb '{colour}'"
local SOLID = "boxxyerror fs solid 0.75 noborder "
local FILLED = "%s " .. COLOUR .. " fs %s border " .. COLOUR
local SEEN_THROUGH = "transparent solid 0.45"
local WHISKER = "vectors nohead lw 1.5 lc rgb '#333333'"
local LETTER = 7.2 -- points of a letter, about

local function length(text) return utf8.len(text) or #text end

local function longest(names)
  local most = 0
  for _, name in ipairs(names) do most = math.max(most, length(name)) end
  return most
end

-- The panel of names from the top, `each` points for one of them, in text
-- `count` lines.
local function lying(names, each, x, label, count)
  return { items = {}, x = x, y = { names = names, low = #names + 0.6,
    high = 0.4, label = label,
    text = { #names + 0.5 + 0.5 / count, 0.5 - 0.5 / count } },
    more = "set grid noytics\n",
    width = math.ceil(math.max(520, 420 + LETTER * longest(names))),
    height = math.ceil(math.max(90 + each * #names, LETTER
      * (label and length(label) or 0) + 40)), lines = count * #names + 2 }
end

-- ---- bars ----

local BAR = { { "y", "any", required = true }, { "low", "any" },
  { "high", "any" }, { "title", "string" }, { "colour", "string" } }

local BARS = {
  { "names", "table", required = true },
  { "series", "table", required = true }, { "xlabel", "string" },
  { "ylabel", "string" }, { "logx", "boolean", default = false },
  { "xrange", "table" }, { "numbers", "boolean", default = false },
  { "colours", "table" },
}

local WIDE = 0.8 -- share of a name's place that its bars take

local function bar_values(func, s, i, count)
  local out = {}
  for _, name in ipairs { "y", "low", "high" } do
    local what = ("series[%d].%s"):format(i, name)
    local list = s[name] and values.list(func, what, s[name])
    if list and #list ~= count then
      check.fail("%s: series[%d] has %d numbers in %s and there are %d names",
        func, i, #list, name, count)
    end
    out[name] = list
  end
  return out
end

-- Where bars begin: at 0, or below the least value on a log axis.
local function bar_axis(func, o, list)
  local range, log = style.range(), o.logx
  for _, v in ipairs(list) do
    for _, name in ipairs { "y", "low", "high" } do
      for _, x in ipairs(v[name] or {}) do style.grow(range, x, log) end
    end
  end
  if range[1] > range[2] then values.nothing(func, log) end
  -- as it is printed for the axis, so that numbers there are not outside
  local base = log and tonumber(("%.10g"):format(range[1] / 3)) or 0
  style.grow(range, base)
  local low, high = style.room(range, log, 0.12)
  if range[1] == base then low = base end
  if range[2] == base then high = base > low and base or low + 1 end
  local fixed = values.range(func, "xrange", o.xrange)
  if fixed then low, high = fixed[1], fixed[2] end
  return { label = o.xlabel, low = low, high = high, log = log }, base
end

-- A bar as it is drawn in text: a line, then none.
local function line_rows(rows, of)
  local out = {}
  for i, row in ipairs(rows) do
    local y = i - 0.5 + (of.number - 0.5) / of.count
    out[3 * i - 2], out[3 * i - 1] = { row[3], y }, { row[1], y }
    out[3 * i] = {}
  end
  return out
end

-- Rows of bars: value, middle, base, upper and lower edge, whisker's ends,
-- colour; and of the numbers at their ends, for a picture and for text.
local function bar_rows(v, of, log, colours)
  local rows, numbers, texts = {}, {}, {}
  for i, x in ipairs(v.y) do
    local y = i + of.at
    local shown = style.fits(x, log)
    local low, high = (v.low or v.y)[i], (v.high or v.y)[i]
    rows[i] = { shown and x or 0 / 0, y, of.base, y - of.half, y + of.half, low,
      high, colours and tonumber(colours[i]:sub(2), 16) or 0 }
    local ended = math.max(of.base, shown and x or of.base)
    numbers[i] = { math.max(ended, style.fits(high, log) and shown and high
      or ended), y, x == x and ("%.3g"):format(x) or "none" }
    texts[i] = { ended, i - 0.5 + (of.number - 0.5) / of.count, numbers[i][3] }
  end
  return rows, numbers, texts
end

local function bar_items(items, s, v, of, o)
  local rows, numbers, texts = bar_rows(v, of, o.logx, o.colours)
  local function add(item)
    item.title, item.colour, item.number = s.title, s.colour, of.number
    items[#items + 1] = item
  end
  local colour = o.colours and "lc rgb variable" or COLOUR
  add { rows = rows, using = "1:2:($1 > $3 ? $3 : $1):($1 > $3 ? $1 : $3):4:5"
    .. (o.colours and ":8" or ""), with = SOLID .. colour,
    sample = "boxes fs solid 0.75 noborder " .. COLOUR,
    text = { using = "1:2", with = "lines lt {letter}",
      rows = line_rows(rows, of) } }
  if v.low or v.high then
    add { rows = rows, using = "6:2:($7 - $6):(0)", with = WHISKER,
      sample = "", text = false }
  end
  if o.numbers then
    add { rows = numbers, using = "1:2:3", sample = "",
      with = "labels left offset 0.7, 0 font ',9'",
      text = { using = "1:2:3", with = "labels left offset 2, 0",
        rows = texts } }
  end
end

-- One colour for each name, when they are given.
local function check_colours(func, o, count)
  local ok = o.colours == nil or #o.colours == count
  for _, colour in ipairs(ok and o.colours or {}) do
    ok = ok and type(colour) == "string" and colour:find "^#%x%x%x%x%x%x$"
  end
  check.arg(ok, func, "colours", ('a list of %d colours "#rrggbb"'):format(
    count), o.colours)
end

local function bars(func, o)
  local names = values.names(func, "names", o.names)
  check.arg(#names > 0, func, "names", "a list of names", o.names)
  values.tables(func, "series", o.series, "{ y = ... }")
  local list, given = {}, {}
  for i, s in ipairs(o.series) do
    given[i] = options.read(("%s: series[%d]"):format(func, i), s, BAR)
    list[i] = bar_values(func, given[i], i, #names)
  end
  local axis, base = bar_axis(func, o, list)
  check_colours(func, o, #names)
  local panel = lying(names, math.max(24, 14 * #list), axis, o.ylabel, #list)
  if o.numbers then panel.more = panel.more .. "set rmargin 10\n" end
  for i, v in ipairs(list) do
    local one = WIDE / #list
    bar_items(panel.items, given[i], v, { at = one * (i - 0.5) - WIDE / 2,
      half = 0.45 * one, base = base, number = i, count = #list }, o)
  end
  return panel
end

-- ---- boxes ----

local BOXES = {
  { "boxes", "table", required = true }, { "xlabel", "string" },
  { "ylabel", "string" }, { "logx", "boolean", default = false },
  { "xrange", "table" }, marks.spec,
}

local BOX = { { "name", "string", required = true },
  { "values", "any", required = true }, { "colour", "string" } }

local JITTER = 0.15 -- half the height that the points are spread over

-- The row of a box: its place, least, quartiles with the median, largest; and
-- those of its points.
local function box_rows(y, list)
  local box, points = { y }, {}
  for i, p in ipairs { 0, 0.25, 0.5, 0.75, 1 } do
    box[i + 1] = stats.quantile(list, p)
  end
  for i, v in ipairs(list) do
    local share = #list > 1 and (i - 1) / (#list - 1) or 0.5
    points[i] = { v, y + JITTER * (2 * share - 1) }
  end
  return { box }, points
end

-- The same in text: whiskers are a line, the box another, the values letters.
local function box_texts(y, row, points)
  local at = {}
  for i, p in ipairs(points) do at[i] = { p[1], y, "o" } end
  return { rows = { { row[2], y, row[6] - row[2], 0 } }, using = "1:2:3:4",
    with = "vectors nohead" }, { rows = { { row[3], y }, { row[5], y } },
    using = "1:2", with = "lines lt 7" }, { rows = { { row[4], y, "|" } },
    using = "1:2:3", with = "labels" }, { rows = at, using = "1:2:3",
    with = "labels" }
end

local function box_items(items, i, b, list)
  if #list == 0 then return end
  local box, points = box_rows(i, list)
  local whisker, filled, median, values_at = box_texts(i, box[1], points)
  for _, entry in ipairs {
    { box, "2:1:($6 - $2):(0)", "vectors nohead lw 1.5 " .. COLOUR, whisker },
    { box, "4:1:3:5:($1 - 0.3):($1 + 0.3)",
      FILLED:format("boxxyerror", "solid 0.4"), filled },
    { box, "4:($1 - 0.3):(0):(0.6)", "vectors nohead lw 3 " .. COLOUR, false },
    { points, "1:2", "points pt 6 ps 0.6 lc rgb 'black'", values_at },
    { box, "", nil, median } } do
    items[#items + 1] = { rows = entry[1], using = entry[2], with = entry[3],
      colour = b.colour, number = i, text = entry[4] }
  end
end

local function boxes(func, o)
  values.tables(func, "boxes", o.boxes, "{ name = ..., values = ... }")
  local names, lists, range = {}, {}, style.range()
  for i, given in ipairs(o.boxes) do
    local b = options.read(("%s: boxes[%d]"):format(func, i), given, BOX)
    names[i], lists[i] = b.name, {}
    for _, v in ipairs(values.list(func, ("boxes[%d].values"):format(i),
      b.values)) do
      if style.fits(v, o.logx) then table.insert(lists[i], v) end
      style.grow(range, v, o.logx)
    end
  end
  if range[1] > range[2] then values.nothing(func, o.logx) end
  local marked = marks.read(func, o.marks, { range = range, log = o.logx },
    { range = { 1, #names } })
  local low, high = style.room(range, o.logx)
  local fixed = values.range(func, "xrange", o.xrange) or { low, high }
  local panel = lying(names, 30, { label = o.xlabel, low = fixed[1],
    high = fixed[2], log = o.logx }, o.ylabel, 1)
  panel.items = marks.items(marked, panel.x, panel.y)
  for i, b in ipairs(o.boxes) do box_items(panel.items, i, b, lists[i]) end
  return panel
end

-- ---- histograms ----

local HISTOGRAM = {
  { "series", "table", required = true }, { "bins", "count" },
  { "xlabel", "string" }, { "ylabel", "string" },
  { "density", "boolean", default = false },
}

local LIST = { { "values", "any", required = true }, { "title", "string" },
  { "colour", "string" } }

-- As many bins as Freedman and Diaconis' width 2 (q3 - q1) / n^(1/3) gives, or
-- Sturges' number where the quartiles meet.
local function bins_of(all, low, high)
  local n = #all
  local middle = stats.quantile(all, 0.75) - stats.quantile(all, 0.25)
  local width = 2 * middle / n ^ (1 / 3)
  local count = width > 0 and math.ceil((high - low) / width)
    or math.ceil(math.log(n, 2)) + 1
  return math.max(1, math.min(count, 100))
end

-- Rows middle, height, lower and upper edge of every bin.
local function bin_rows(list, low, width, count, density)
  local counts, rows = {}, {}
  for i = 1, count do counts[i] = 0 end
  for _, v in ipairs(list) do
    local i = math.min((v - low) // width + 1, count)
    i = math.tointeger(math.max(i, 1))
    counts[i] = counts[i] + 1
  end
  for i, c in ipairs(counts) do
    local left = low + (i - 1) * width
    rows[i] = { left + width / 2, density and c / (#list * width) or c, left,
      left + width }
  end
  return rows
end

-- The finite values of every series, and of all together.
local function finite(func, o)
  local lists, all, range = {}, {}, style.range()
  values.tables(func, "series", o.series, "{ values = ... }")
  for i, given in ipairs(o.series) do
    local s = options.read(("%s: series[%d]"):format(func, i), given, LIST)
    lists[i] = {}
    for _, v in ipairs(values.list(func, ("series[%d].values"):format(i),
      s.values)) do
      if style.fits(v) then
        table.insert(lists[i], v)
        all[#all + 1] = v
      end
      style.grow(range, v)
    end
  end
  if #all == 0 then values.nothing(func) end
  return lists, all, range
end

local function histogram(func, o)
  local lists, all, range = finite(func, o)
  local low, high = range[1], range[2]
  if low == high then low, high = style.room(range) end
  local count = o.bins or bins_of(all, low, high)
  local width, most, items = (high - low) / count, 0, {}
  for i, s in ipairs(o.series) do
    local rows = #lists[i] > 0
      and bin_rows(lists[i], low, width, count, o.density) or {}
    for _, row in ipairs(rows) do most = math.max(most, row[2]) end
    items[i] = { rows = rows, using = "1:2:3:4:(0):2", title = s.title,
      with = FILLED:format("boxxyerror", SEEN_THROUGH),
      sample = FILLED:format("boxes", SEEN_THROUGH),
      colour = s.colour, number = i, text = { using = "1:2",
        with = "impulses lt {letter}" } }
  end
  local x0, x1 = style.room { low, high }
  return { items = items, x = { label = o.xlabel, low = x0, high = x1 },
    y = { label = o.ylabel or (o.density and "density" or "count"), low = 0,
      high = 1.08 * most }, width = 680, height = 420, lines = 20 }
end

return {
  bars = { specs = BARS, panel = bars },
  box = { specs = BOXES, panel = boxes },
  histogram = { specs = HISTOGRAM, panel = histogram },
}
