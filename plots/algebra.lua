-- algebra.lua: the Lie algebra that symmetry.discover found.
--
-- Above: the levels of all generators in order, log scale, with the gap after
-- those that count. Below: the generators found, as heat maps of their
-- matrices, in a basis of their span with few entries (discovery:sparse), of
-- the free form the part on inputs.
--
--   weyl.plot.recipe "algebra" (result, { file = "algebra.png" })

local weyl = require "weyl"

local plot = weyl.plot

local SHOWN = 30 -- most levels beyond those found
local MAPS = 12 -- most generators drawn
local PER_ROW = 4
local LEAST = 1e-18 -- where a level of 0 is drawn
local LEVELS, MAP = 320, 250 -- heights in points

local function level_rows(r, found)
  local rows = {}
  for i, level in ipairs(r.levels:totable()) do
    if i > found + SHOWN then break end
    rows[i] = { i, math.max(level, LEAST), i <= found and 1 or 0 }
  end
  return rows
end

-- A line through the gap and what it says, above all points.
local function mark(rows, found, ratio)
  if found == 0 then
    return "set label 1 'no gap' at graph 0.02, graph 0.92\n"
  end
  local at, right = found + 0.5, found + 0.5 > #rows / 2
  return ("set arrow 1 from first %g, graph 0 to first %g, graph 1 nohead "
    .. "dt 2 lc rgb '#555555'\nset label 1 %s at first %g, graph 0.92 %s "
    .. "offset %d, 0\n"):format(at, at,
    plot.quote(("gap: a factor of %.3g"):format(ratio)), at,
    right and "right" or "left", right and -1 or 1)
end

local PANEL = [[
set origin 0, %g
set size 1, %g
set lmargin 12
set rmargin 4
set bmargin 4
set tmargin 1
set logscale y
set format y '%%g'
set yrange [%g:%g]
set xrange [0.4:%g]
set xtics 1, %d
set xlabel 'generator, in order of its level'
set ylabel 'level: defect relative to rms |f|'
set grid ytics
set key off
%s
plot data index 0 using 1:2 with impulses lw 1 lc rgb '#bbbbbb', \
     data index 0 using 1:($3 > 0 ? $2 : NaN) with points pt 7 ps 1.3 \
       lc rgb '#4477aa', \
     data index 0 using 1:($3 > 0 ? NaN : $2) with points pt 6 ps 1.3 \
       lc rgb '#555555'
unset logscale y
unset arrow
unset label
unset grid
unset yrange
]]

-- The panel of the levels, which takes `share` of the picture's height below
-- the title.
local function level_panel(rows, found, ratio, top, share)
  local low, high = math.huge, 0
  for _, row in ipairs(rows) do
    low, high = math.min(low, row[2]), math.max(high, row[2])
  end
  low = low / 3
  return PANEL:format(top - share, share, low, high * (high / low) ^ 0.25,
    #rows + 0.6, math.max(1, #rows // 15), mark(rows, found, ratio))
end

local MAPS_HEAD = [[
set palette defined (-1 '#4393c3', -0.5 '#92c5de', 0 '#f7f7f7', \
  0.5 '#f4a582', 1 '#d6604d')
set cbrange [-%g:%g]
set cblabel 'entry'
set xlabel 'column' offset 0, 0.3
set ylabel 'row' offset -0.5, 0
set xrange [0.5:%d.5]
set yrange [%d.5:0.5]
set xtics 1, %d scale 0
set ytics 1, %d scale 0
set lmargin at screen 0
set rmargin 0
set tmargin 0
set bmargin 0
]]

-- One heat map, the i-th of a grid; colour box right of the first row.
local function map_panel(i, cols, rows, area, small)
  local col, row = (i - 1) % PER_ROW, (i - 1) // PER_ROW
  local left, width = 0.085 + 0.2 * col, 0.14
  local top = area * (1 - row / rows) - 0.16 * area / rows
  local bottom = area * (1 - (row + 1) / rows) + 0.2 * area / rows
  local box = i == cols and ("set colorbox user origin screen %g, screen %g "
    .. "size screen 0.016, screen %g\n"):format(left + width + 0.03, bottom,
    top - bottom) or "unset colorbox\n"
  local numbers = small and (", \\\n     data index %d using 1:2:(abs($3) < "
    .. "0.005 ? '' : sprintf('%%.2f', $3)) with labels font ',9'"):format(i)
    or ""
  return ("set lmargin at screen %g\nset rmargin at screen %g\n"
    .. "set bmargin at screen %g\nset tmargin at screen %g\n%s"
    .. "set title 'basis matrix %d' offset 0, -0.6\n"
    .. "plot data index %d using 1:2:3 with image%s\n"):format(left,
    left + width, bottom, top, box, i, i, numbers)
end

local function map_block(matrix)
  local rows = {}
  for i, row in ipairs(matrix) do
    for j, x in ipairs(row) do rows[#rows + 1] = { j, i, x } end
  end
  return plot.block(rows)
end

-- The heat maps in the lower `area` of the picture; adds their data.
local function maps(list, area, data)
  local most, d, w = 0, #list[1], #list[1][1]
  for i, matrix in ipairs(list) do
    data[i + 1] = map_block(matrix)
    for _, row in ipairs(matrix) do
      for _, x in ipairs(row) do most = math.max(most, math.abs(x)) end
    end
  end
  local out = { MAPS_HEAD:format(most, most, w, d, math.max(1, w // 4),
    math.max(1, d // 4)) }
  local cols = math.min(#list, PER_ROW)
  local rows = (#list - 1) // PER_ROW + 1
  for i = 1, #list do
    out[i + 1] = map_panel(i, cols, rows, area, d <= 5)
  end
  return table.concat(out)
end

---@param r weyl.symmetry.discovery
---@param opts { file: string?, title: string? }?
---@return string? file
local function draw(r, opts)
  opts = opts or {}
  local found, ratio = r:found()
  local rows = level_rows(r, found)
  local shown = math.min(found, MAPS)
  local lower = shown > 0 and MAP * ((shown - 1) // PER_ROW + 1) or 0
  local height = 40 + LEVELS + lower
  local data = { plot.block(rows) }
  local script = { ("set multiplot title %s\n"):format(plot.quote(opts.title
    or "the algebra of f")), level_panel(rows, found, ratio,
    (lower + LEVELS) / height, LEVELS / height) }
  if shown > 0 then
    local list = r:sparse(found):slice(1, 1, shown):totable()
    script[3] = maps(list, lower / height, data)
  end
  return plot.figure { file = opts.file, width = 940, height = height,
    script = table.concat(script) .. "unset multiplot\n",
    data = table.concat(data, "\n\n") }
end

return draw, { what = "what symmetry.discover returns",
  test = function(r)
    return (getmetatable(r) or {}).__name == "weyl.symmetry.discovery"
  end }
