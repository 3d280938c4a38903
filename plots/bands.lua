-- bands.lua: curves of results against a setting, with their spread over
-- seeds: test error against sample size, or how sensitive it is to a strength,
-- a power or an epoch.
--
-- One panel per setting. A line goes through the medians over seeds, its band
-- reaches from the least to the largest, points are the medians. With one seed
-- there is no band. A reference is a level line, dashed.
--
--   weyl.plot.recipe "bands" ({ panels = { { xlabel = "training samples",
--     ylabel = "test error", logx = true, logy = true, curves = {
--       { name = "PER", x = { 30, 100 }, y = { { 4, 5 }, { 1, 2 } } } } } } },
--     { file = "samples.svg" })

local weyl = require "weyl"

local plot, stats = weyl.plot, weyl.stats

local COLUMNS = 3 -- panels side by side
local MOST = 9 -- settings that are numbered one by one
local ROOM = 24 -- characters along an axis
local POINTS = { 7, 5, 9, 11, 13, 6, 4, 8, 10 } -- gnuplot's shapes

local function usable(v, log)
  return v == v and math.abs(v) < math.huge and (not log or v > 0)
end

-- x, median, least, largest over the seeds, in order of x.
local function rows_of(curve, p)
  local rows = {}
  for i, x in ipairs(curve.x) do
    local values = {}
    local given = curve.y[i]
    for _, v in ipairs(type(given) == "table" and given or { given }) do
      if usable(v, p.logy) then values[#values + 1] = v end
    end
    if #values > 0 and usable(x, p.logx) then
      rows[#rows + 1] = { x, stats.quantile(values, 0.5),
        stats.quantile(values, 0), stats.quantile(values, 1) }
    end
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  return rows
end

-- Ends of an axis over all rows, from column `first` to `last`.
local function ends(lists, first, last, more)
  local low, high = more or math.huge, more or -math.huge
  for _, rows in ipairs(lists) do
    for _, row in ipairs(rows) do
      low, high = math.min(low, row[first]), math.max(high, row[last])
    end
  end
  if low > high then return 1, 2 end
  return low, high
end

-- The commands for an axis with some room at its ends.
local function axis(name, log, low, high)
  if log then return plot.log_axis(name, low / 1.25, high * 1.25) end
  local room = high > low and 0.06 * (high - low) or math.abs(high) / 10 + 0.1
  return ("unset logscale %s\nset format %s '%%g'\nset %stics autofreq\n"
    .. "set %srange [%.10g:%.10g]\n"):format(name, name, name, name,
    low - room, high + room)
end

-- The different settings, in order.
local function settings(lists)
  local seen, list = {}, {}
  for _, rows in ipairs(lists) do
    for _, row in ipairs(rows) do
      if not seen[row[1]] then list[#list + 1] = row[1] end
      seen[row[1]] = true
    end
  end
  table.sort(list)
  return list
end

-- The settings themselves are numbered when they are few; the numbers are
-- turned where they would meet.
local function tics(lists, log)
  local list, out, meet = settings(lists), {}, false
  if #list == 0 or #list > MOST then return "set xtics norotate\n" end
  local function place(x) return log and math.log(x) or x end
  local whole = math.max(place(list[#list]) - place(list[1]), 1e-300)
  for i, x in ipairs(list) do
    out[i] = ("'%g' %.17g"):format(x, x)
    local before = list[i - 1]
    local share = before and (place(x) - place(before)) / whole or 1
    local needed = (#("%g"):format(x) + #("%g"):format(before or x)) / 2 + 1
    meet = meet or share * ROOM < needed
  end
  return ("set xtics %s (%s)\n"):format(meet and "rotate by 40 right"
    or "norotate", table.concat(out, ", "))
end

-- Bands first, so that no line is under one; in the key only the lines stand.
local function curves(lists, p, colours, data)
  local bands, lines = {}, {}
  for i, rows in ipairs(lists) do
    local curve, at = p.curves[i], #data
    local c = colours[curve.name]
    if #rows > 0 then
      data[at + 1] = plot.block(rows)
      bands[#bands + 1] = ("data index %d using 1:3:4 with filledcurves "
        .. "fs transparent solid 0.2 noborder lc rgb '%s' notitle"):format(at,
        c.colour)
      lines[#lines + 1] = ("data index %d using 1:2 with linespoints lw 2 "
        .. "pt %d ps 0.9 lc rgb '%s' title %s"):format(at, c.point, c.colour,
        plot.quote(curve.name))
    end
  end
  table.move(lines, 1, #lines, #bands + 1, bands)
  if p.reference then
    bands[#bands + 1] = ("%.10g with lines dt 2 lw 1.5 lc rgb '#333333' "
      .. "title %s"):format(p.reference, plot.quote(p.reference_name
      or "reference"))
  end
  return bands
end

-- A panel; with `key` its legend is shown, which is the same for all.
local function panel(p, colours, data)
  local lists = {}
  for i, curve in ipairs(p.curves) do lists[i] = rows_of(curve, p) end
  local parts = curves(lists, p, colours, data)
  if #parts == 0 then parts[1] = "NaN notitle" end
  local x0, x1 = ends(lists, 1, 1)
  local y0, y1 = ends(lists, 3, 4, p.reference)
  return ("set title %s\nset xlabel %s\nset ylabel %s\n%s%s%splot %s\n"):format(
    plot.quote(p.title or ""), plot.quote(p.xlabel or ""),
    plot.quote(p.ylabel or ""), axis("x", p.logx, x0, x1),
    tics(lists, p.logx), axis("y", p.logy, y0, y1),
    table.concat(parts, ", \\\n     "))
end

-- Colour and shape by name, the same in all panels; the longest name.
local function styles_of(panels)
  local out, count, length = {}, 0, 0
  for _, p in ipairs(panels) do
    if p.reference then
      length = math.max(length, #(p.reference_name or "reference"))
    end
    for _, curve in ipairs(p.curves) do
      length = math.max(length, #curve.name)
      if not out[curve.name] then
        count = count + 1
        out[curve.name] = { colour = plot.colour(count),
          point = POINTS[(count - 1) % #POINTS + 1] }
      end
    end
  end
  return out, length, count
end

---@param r { panels: table[], title: string? }
---@param opts { file: string?, title: string? }?
---@return string? file
local function draw(r, opts)
  opts = opts or {}
  local data, script = {}, {}
  local colours, length, count = styles_of(r.panels)
  local columns = math.min(#r.panels, COLUMNS)
  local rows = (#r.panels - 1) // columns + 1
  local title = opts.title or r.title
  script[1] = ("set multiplot layout %d, %d %s\nset grid\nset lmargin 11\n"
    .. "set rmargin %d\nset key outside right top vertical Left reverse "
    .. "samplen 2\n"):format(rows, columns, title
    and "title " .. plot.quote(title) or "", length + 7)
  for i, p in ipairs(r.panels) do script[i + 1] = panel(p, colours, data) end
  return plot.figure { file = opts.file,
    width = columns * (390 + 8 * length),
    height = (title and 30 or 0) + rows * math.max(320, 60 + 20 * count),
    script = table.concat(script) .. "unset multiplot\n",
    data = table.concat(data, "\n\n") }
end

local function is_curve(c)
  local ok = type(c) == "table" and type(c.name) == "string"
    and type(c.x) == "table" and type(c.y) == "table" and #c.x == #c.y
  for i, x in ipairs(ok and c.x or {}) do
    local y = c.y[i]
    ok = ok and type(x) == "number"
    for _, v in ipairs(type(y) == "table" and y or { y }) do
      ok = ok and type(v) == "number"
    end
  end
  return ok
end

return draw, { what = "a table { panels = { { curves = { { name =, x =, y = } "
  .. "} } } } with as many y as x", test = function(r)
    local ok = type(r.panels) == "table" and #r.panels > 0
    for _, p in ipairs(ok and r.panels or {}) do
      ok = ok and type(p) == "table" and type(p.curves) == "table"
        and #p.curves > 0
      for _, c in ipairs(ok and p.curves or {}) do ok = ok and is_curve(c) end
    end
    return ok
  end }
