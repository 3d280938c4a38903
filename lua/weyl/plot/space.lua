-- plot/space.lua: panels of places: plot.field, arrows at points of a plane,
-- and plot.trajectories, tracks through a plane or through space.

local check = require "weyl.check"
local options = require "weyl.options"
local style = require "weyl.plot.style"
local values = require "weyl.plot.values"

local COLOUR = "lc rgb '{colour}'"
local AXES = { { "xlabel", "string" }, { "ylabel", "string" } }

local function specs(list)
  return table.move(AXES, 1, #AXES, #list + 1, list)
end

-- Ranges of the first `width` columns, over all lists of rows.
local function ranges_of(func, lists, width)
  local ranges = {}
  for k = 1, width do ranges[k] = style.range() end
  for _, rows in ipairs(lists) do
    for _, row in ipairs(rows) do
      for k = 1, width do style.grow(ranges[k], row[k]) end
    end
  end
  for k = 1, width do
    if ranges[k][1] > ranges[k][2] then values.nothing(func) end
  end
  return ranges
end

-- Axes of one length about the middle of each range: equal scales.
local function equal_axes(ranges, labels)
  local half, axes = 1e-9, {}
  for _, r in ipairs(ranges) do half = math.max(half, (r[2] - r[1]) / 2) end
  if half == 1e-9 then half = math.max(math.abs(ranges[1][1]) / 2, 1) end
  half = 1.12 * half
  for k, r in ipairs(ranges) do
    local middle = (r[1] + r[2]) / 2
    axes[k] = { low = middle - half, high = middle + half, label = labels[k],
      step = style.step(2 * half) }
  end
  return axes
end

local function own_axes(ranges, labels)
  local axes = {}
  for k, r in ipairs(ranges) do
    local low, high = style.room(r)
    axes[k] = { low = low, high = high, label = labels[k],
      step = style.step(high - low) }
  end
  return axes
end

-- ---- vector fields ----

local FIELD = specs { { "x", "any", required = true },
  { "v", "any", required = true }, { "scale", "positive" } }

-- What makes the longest arrow as long as the side of a point's share of the
-- plane.
local function scale_of(rows, ranges)
  local longest, area = 0, 1
  for _, row in ipairs(rows) do
    local size = math.sqrt(row[3] ^ 2 + row[4] ^ 2)
    if style.fits(size) then longest = math.max(longest, size) end
  end
  for k = 1, 2 do area = area * math.max(ranges[k][2] - ranges[k][1], 1e-9) end
  return longest > 0 and math.sqrt(area / #rows) / longest or 1
end

local function field(func, o)
  local x = values.matrix(func, "x", o.x, 2)
  local v = values.matrix(func, "v", o.v, 2)
  if #x ~= #v then
    check.fail("%s: there are %d points in x and %d arrows in v", func, #x, #v)
  end
  local rows, tips = {}, {}
  for i, p in ipairs(x) do rows[i] = { p[1], p[2], v[i][1], v[i][2] } end
  local scale = o.scale or scale_of(rows, ranges_of(func, { rows }, 2))
  for i, row in ipairs(rows) do
    row[3], row[4] = scale * row[3], scale * row[4]
    tips[i] = { row[1] + row[3], row[2] + row[4] }
  end
  local axes = equal_axes(ranges_of(func, { rows, tips }, 2),
    { o.xlabel, o.ylabel })
  return { items = { { rows = rows, using = "1:2:3:4",
    with = "vectors head filled size graph 0.015, 22 lw 1.5 " .. COLOUR,
    text = { using = "1:2:3:4", with = "vectors lt 1" } } },
    x = axes[1], y = axes[2], ratio = 1, width = 560, height = 540,
    lines = 24 }
end

-- ---- trajectories ----

local TRACKS = specs { { "tracks", "table", required = true },
  { "zlabel", "string" }, { "equal", "boolean", default = true } }

local TRACK = { { "points", "any", required = true }, { "title", "string" },
  { "colour", "string" }, { "style", { "lines", "points", "linespoints" },
    default = "lines" } }

local TEXT = { lines = "{stroke}", points = "points pt {letter}",
  linespoints = "{stroke}" }
local WITH = {
  lines = "lines lw 2 dt {dash} " .. COLOUR,
  points = "points pt {point} ps 0.9 " .. COLOUR,
  linespoints = "linespoints lw 1.5 pt {point} ps 0.9 " .. COLOUR,
}

-- Axes of space stand apart from their labels, and the floor is at the lowest
-- value.
local SPACE = [[
set view 60, 35
set xyplane 0
set border 31 lc rgb '#888888'
set grid x y z vertical lt 1 lw 1 lc rgb '#e3e3e3'
set xlabel offset 0, -0.5
set ylabel offset 1, -0.5
set zlabel rotate offset -1, 0
set lmargin 6
set rmargin 6
]]

-- Tracks as checked options with their rows; all have as many columns.
local function read_tracks(func, o)
  local list, width = {}, nil
  values.tables(func, "tracks", o.tracks, "{ points = ... }")
  for i, given in ipairs(o.tracks) do
    local t = options.read(("%s: tracks[%d]"):format(func, i), given, TRACK)
    local what = ("tracks[%d].points"):format(i)
    t.rows = values.matrix(func, what, t.points)
    width = width or #t.rows[1]
    check.arg((width == 2 or width == 3) and #t.rows[1] == width, func, what,
      i > 1 and ("points of %d numbers"):format(width)
        or "points of 2 or 3 numbers", t.points)
    list[i] = t
  end
  return list, width
end

local function trajectories(func, o)
  local list, width = read_tracks(func, o)
  local lists, items = {}, {}
  for i, t in ipairs(list) do lists[i] = t.rows end
  local ranges = ranges_of(func, lists, width)
  local axes = (o.equal and equal_axes or own_axes)(ranges,
    { o.xlabel, o.ylabel, o.zlabel })
  local columns = width == 2 and "1:2" or "1:2:3"
  for i, t in ipairs(list) do
    items[2 * i - 1] = { rows = t.rows, using = columns, with = WITH[t.style],
      title = t.title, colour = t.colour, number = i,
      text = { using = columns, with = TEXT[t.style] } }
    items[2 * i] = { rows = { t.rows[1] }, using = columns, sample = "",
      with = "points pt 7 ps 1 " .. COLOUR, title = t.title,
      colour = t.colour, number = i, text = false }
  end
  return { items = items, x = axes[1], y = axes[2], z = axes[3],
    ratio = width == 2 and o.equal and 1 or nil,
    more = width == 3 and SPACE or nil, width = width == 3 and 640 or 560,
    height = 540, lines = 24 }
end

return {
  field = { specs = FIELD, panel = field },
  trajectories = { specs = TRACKS, panel = trajectories },
}
