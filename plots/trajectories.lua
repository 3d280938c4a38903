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

local weyl = require "weyl"

local plot = weyl.plot

local POINTS = { 5, 9, 11, 13, 4, 8, 10, 12, 15 } -- gnuplot's shapes
local OBSERVED = { title = "observed",
  style = "lc rgb 'black' lw 2 pt 7 ps 0.8" }
local FUTURE = { title = "true future",
  style = "lc rgb '#888888' lw 3 pt 6 ps 1.1" }
local SIDE = 300 -- of a panel, in points
local TITLE, LEGEND = 26, 48 -- heights of what stands above the panels
local TICS = 5 -- most numbers along an axis

-- Rows time, x, y, z; `before` is the point that the track continues.
local function rows_of(points, first, dt, before)
  local rows = {}
  if before then rows[1] = { (first - 1) * dt, table.unpack(before) } end
  for i, p in ipairs(points) do
    rows[#rows + 1] = { (first + i - 1) * dt, table.unpack(p) }
  end
  return rows
end

-- The tracks of a sample: rows and style of each.
local function tracks(sample, dt, styles)
  local count, observed = #sample.observed, sample.observed
  local last = observed[count]
  local list = {
    { rows = rows_of(observed, 1 - count, dt), style = OBSERVED.style },
    { rows = rows_of(sample.future, 1, dt, last), style = FUTURE.style } }
  for _, p in ipairs(sample.predictions) do
    list[#list + 1] = { rows = rows_of(p.points, 1, dt, last),
      style = styles[p.name] }
  end
  return list
end

-- Least and largest of a column over all tracks.
local function range_of(list, column)
  local low, high = math.huge, -math.huge
  for _, track in ipairs(list) do
    for _, row in ipairs(track.rows) do
      low, high = math.min(low, row[column]), math.max(high, row[column])
    end
  end
  return low, high
end

-- A round distance of numbers along an axis.
local function step(length)
  local power = 10.0 ^ math.floor(math.log(length / TICS, 10))
  for _, digit in ipairs { 1, 2, 5 } do
    if digit * power * TICS >= length then return digit * power end
  end
  return 10 * power
end

-- The ranges of x and y: one length for both, with room around.
local function square(list)
  local x0, x1 = range_of(list, 2)
  local y0, y1 = range_of(list, 3)
  local half = 0.56 * math.max(x1 - x0, y1 - y0, 1e-6)
  return ("set xrange [%.10g:%.10g]\nset yrange [%.10g:%.10g]\n"
    .. "set xtics %.10g\nset ytics %.10g\n"):format((x0 + x1) / 2 - half,
    (x0 + x1) / 2 + half, (y0 + y1) / 2 - half, (y0 + y1) / 2 + half,
    step(2 * half), step(2 * half))
end

local function plot_of(list, first, using)
  local parts = {}
  for i, track in ipairs(list) do
    parts[i] = ("data index %d using %s with linespoints %s notitle"):format(
      first + i - 1, using, track.style)
  end
  return "plot " .. table.concat(parts, ", \\\n     ") .. "\n"
end

local function label(what, unit)
  return plot.quote(("%s (%s)"):format(what, unit))
end

local HEIGHT = [[
set xrange [%.10g:%.10g]
set yrange [%.10g:%.10g]
set xtics %.10g
set ytics %.10g
set xlabel %s
set ylabel %s offset 1, 0
unset title
]]

-- Ranges and labels of the panel of heights.
local function along_time(list, frame)
  local low, high = range_of(list, 4)
  local room = math.max(0.08 * (high - low), 1e-6)
  local t0, t1 = range_of(list, 1)
  local more = 0.05 * (t1 - t0)
  return HEIGHT:format(t0 - more, t1 + more, low - room, high + room,
    step(t1 - t0), step(high - low + 2 * room),
    label("time", frame.time), label("height", frame.unit))
end

-- Both panels of the i-th sample; `first` is the index of its data.
local function column(list, first, i, frame)
  local width = 1 / frame.count
  local function place(bottom, top)
    return ("set lmargin at screen %g\nset rmargin at screen %g\n"
      .. "set bmargin at screen %g\nset tmargin at screen %g\n"):format(
      (i - 1 + 0.24) * width, (i - 1 + 0.95) * width, bottom, top)
  end
  local out = { place(frame.middle, frame.top), square(list),
    ("set xlabel %s\nset ylabel %s offset 1, 0\nset title %s "
      .. "offset 0, -0.6\n"):format(label("x", frame.unit),
      label("y", frame.unit), plot.quote(list.name)),
    plot_of(list, first, "2:3") }
  if frame.height then
    out[#out + 1] = place(frame.low, frame.middle - frame.gap)
    out[#out + 1] = along_time(list, frame)
    out[#out + 1] = plot_of(list, first, "1:4")
  end
  return table.concat(out)
end

-- The legend stands alone above all panels, in a plot without axes.
local function legend(list, top)
  local parts = {}
  for i, track in ipairs(list) do
    parts[i] = ("NaN with linespoints %s title %s"):format(track.style,
      plot.quote(track.title))
  end
  return ("set lmargin at screen 0.02\nset rmargin at screen 0.98\n"
    .. "set tmargin at screen %g\nset bmargin at screen %g\n"):format(top,
    top - 0.05) .. "unset border\nunset tics\nunset xlabel\n"
    .. "unset ylabel\nunset title\nunset grid\n"
    .. "set key inside top center horizontal Left reverse samplen 2 "
    .. "maxrows 1\nset xrange [0:1]\nset yrange [0:1]\nplot "
    .. table.concat(parts, ", \\\n     ") .. "\n"
end

-- Styles by name, and one track of each, in order of appearance.
local function styles_of(samples)
  local styles, names = {}, {}
  for _, s in ipairs(samples) do
    for _, p in ipairs(s.predictions) do
      if not styles[p.name] then
        names[#names + 1] = p.name
        styles[p.name] = ("lc rgb '%s' lw 1.5 pt %d ps 0.9"):format(
          plot.colour(#names), POINTS[(#names - 1) % #POINTS + 1])
      end
    end
  end
  return styles, names
end

-- Where things stand, as shares of the picture's height.
local function frame_of(r, flat, title)
  local above = title and TITLE or 4
  local height = above + LEGEND + 24 + SIDE * 0.71 + 60
    + (flat and 0 or 190)
  return { count = #r.samples, height = not flat, unit = r.unit or "m",
    time = r.time or "s", points = math.floor(height),
    legend = 1 - above / height, top = 1 - (above + LEGEND + 24) / height,
    middle = (flat and 55 or 245) / height, low = 50 / height,
    gap = 60 / height }
end

---@param r { samples: table[], dt: number?, unit: string?, time: string?,
---  title: string? } dt: time between points, 1 unless given; units "m", "s"
---@param opts { file: string?, title: string? }?
---@return string? file
local function draw(r, opts)
  local title = opts and opts.title or r.title
  local styles, names = styles_of(r.samples)
  local flat = #r.samples[1].observed[1] == 2
  local frame, data, script = frame_of(r, flat, title), {}, {}
  local shown = { OBSERVED, FUTURE }
  for _, name in ipairs(names) do
    shown[#shown + 1] = { style = styles[name], title = name }
  end
  for i, sample in ipairs(r.samples) do
    local list = tracks(sample, r.dt or 1, styles)
    list.name = sample.title or ("sample %d"):format(i)
    script[i] = column(list, #data, i, frame)
    for _, track in ipairs(list) do
      data[#data + 1] = plot.block(track.rows)
    end
  end
  return plot.figure { file = opts and opts.file,
    width = math.max(SIDE * frame.count, 150 + 110 * #shown),
    height = frame.points, script = "set multiplot "
      .. (title and "title " .. plot.quote(title) or "") .. "\nset grid\n"
      .. table.concat(script) .. legend(shown, frame.legend)
      .. "unset multiplot\n",
    data = table.concat(data, "\n\n") }
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

return draw, { what = "a table { samples = { { observed =, future =, "
  .. "predictions = { { name =, points = } } } } } with points of 2 or 3 "
  .. "numbers", test = function(r)
    local list = type(r.samples) == "table" and r.samples or {}
    local first = type(list[1]) == "table" and list[1].observed
    local width = type(first) == "table" and type(first[1]) == "table"
      and #first[1] or 0
    local ok = #list > 0
    for _, s in ipairs(list) do ok = ok and is_sample(s, width) end
    return ok
  end }
