-- trajectories.lua: predicted tracks beside what happened.
--
-- One column per sample. Top: the track in the xy plane, equal scales on both
-- axes; below, when the points have three entries, the height along time.
-- What was observed is black, the true future grey, each prediction has its
-- colour and shape; every future starts at the last observed point.
--
--   weyl.plot.recipe "trajectories" ({ dt = 0.2, samples = { {
--     observed = { { 0, 0, 0 }, { 1, 0, 0.1 } }, future = { { 2, 0.1, 0.1 } },
--     predictions = { { name = "PER", points = { { 2, 0, 0.1 } } } } } } },
--     { file = "tracks.svg" })

local plot = require "weyl.plot"

local SIDE = 340 -- of a panel, in points

-- Rows time, x, y, z; `before` is the point that the track continues.
local function rows_of(points, first, dt, before)
  local rows = {}
  if before then rows[1] = { (first - 1) * dt, table.unpack(before) } end
  for i, p in ipairs(points) do
    rows[#rows + 1] = { (first + i - 1) * dt, table.unpack(p) }
  end
  return rows
end

-- The tracks of a sample: rows, title and colour of each.
local function tracks_of(sample, dt)
  local count, observed = #sample.observed, sample.observed
  local last = observed[count]
  local list = {
    { rows = rows_of(observed, 1 - count, dt), title = "observed",
      colour = "#000000" },
    { rows = rows_of(sample.future, 1, dt, last), title = "true future",
      colour = "#888888" } }
  for _, p in ipairs(sample.predictions) do
    list[#list + 1] = { rows = rows_of(p.points, 1, dt, last), title = p.name }
  end
  return list
end

local function label(what, unit) return ("%s (%s)"):format(what, unit) end

local function plane(list, title, unit)
  local tracks = {}
  for i, t in ipairs(list) do
    local points = {}
    for k, row in ipairs(t.rows) do points[k] = { row[2], row[3] } end
    tracks[i] = { points = points, title = t.title, colour = t.colour,
      style = "linespoints" }
  end
  return plot.trajectories { tracks = tracks, title = title,
    xlabel = label("x", unit), ylabel = label("y", unit) }
end

local function heights(list, time, unit)
  local series = {}
  for i, t in ipairs(list) do
    local x, y = {}, {}
    for k, row in ipairs(t.rows) do x[k], y[k] = row[1], row[4] end
    series[i] = { x = x, y = y, title = t.title, colour = t.colour,
      style = "linespoints" }
  end
  return plot.lines { series = series, xlabel = label("time", time),
    ylabel = label("height", unit) }
end

local function draw(r)
  local flat = #r.samples[1].observed[1] == 2
  local unit, count = r.unit or "m", #r.samples
  local figures = { columns = count, title = r.title }
  for i, sample in ipairs(r.samples) do
    local list = tracks_of(sample, r.dt or 1)
    figures[i] = plane(list, sample.title or ("sample %d"):format(i), unit)
    if not flat then
      figures[count + i] = heights(list, r.time or "s", unit)
    end
  end
  local figure = plot.panels(figures)
  for i, panel in ipairs(figure.panels) do
    panel.width, panel.height = SIDE, i <= count and SIDE or 230
  end
  return figure
end

-- Whether all are lists of points of one width, 2 or 3.
local function are_points(width, ...)
  for i = 1, select("#", ...) do
    local list = select(i, ...)
    if type(list) ~= "table" or #list == 0 then return false end
    for _, p in ipairs(list) do
      if type(p) ~= "table" or #p ~= width then return false end
    end
  end
  return width == 2 or width == 3
end

local function is_sample(s, width)
  local ok = type(s) == "table" and type(s.predictions) == "table"
    and are_points(width, s.observed, s.future)
  for _, p in ipairs(ok and s.predictions or {}) do
    ok = ok and type(p) == "table" and type(p.name) == "string"
      and are_points(width, p.points)
  end
  return ok
end

return { about = "predicted tracks beside what happened",
  what = "a table { samples = { { observed =, future =, predictions = { { "
    .. "name =, points = } } } } } with points of 2 or 3 numbers",
  test = function(r)
    local list = type(r.samples) == "table" and r.samples or {}
    local first = type(list[1]) == "table" and list[1].observed
    local width = type(first) == "table" and type(first[1]) == "table"
      and #first[1] or 0
    local ok = #list > 0
    for _, s in ipairs(list) do ok = ok and is_sample(s, width) end
    return ok
  end, draw = draw }
