-- box.lua: the spread of an error over seeds, by method.
--
-- One panel per data set, one lying box per method: from the lower to the
-- upper quartile, the line is the median, whiskers reach the least and the
-- largest, points are the seeds. Log axis; the dotted line is the least median
-- of the panel. A value that is not above 0 cannot be shown.
--
--   weyl.plot.recipe "box" ({ label = "test mean squared error", panels = {
--     { title = "axis 3", boxes = { { name = "MLP", values = { ... } },
--       { name = "PER", values = { ... } } } } } }, { file = "box.svg" })

local weyl = require "weyl"

local plot, stats = weyl.plot, weyl.stats

local COLUMNS = 3 -- panels side by side
local JITTER = 0.15 -- half the height that the points are spread over

local function shown(values)
  local out = {}
  for _, v in ipairs(values) do
    if v > 0 and v < math.huge then out[#out + 1] = v end
  end
  return out
end

-- Data of a box at height y: y, least, quartiles with the median, largest;
-- and its points as a second block.
local function blocks(y, values)
  if #values == 0 then
    return plot.block { { y, 0 / 0, 0 / 0, 0 / 0, 0 / 0, 0 / 0 } },
      plot.block { { 0 / 0, y } }
  end
  local box, points = { y }, {}
  for i, p in ipairs { 0, 0.25, 0.5, 0.75, 1 } do
    box[i + 1] = stats.quantile(values, p)
  end
  for i, v in ipairs(values) do
    local share = #values > 1 and (i - 1) / (#values - 1) or 0.5
    points[i] = { v, y + JITTER * (2 * share - 1) }
  end
  return plot.block { box }, plot.block(points)
end

-- Least and largest value and the least median of a panel.
local function range_of(boxes)
  local low, high, best = math.huge, 0, math.huge
  for _, box in ipairs(boxes) do
    local values = shown(box.values)
    for _, v in ipairs(values) do
      low, high = math.min(low, v), math.max(high, v)
    end
    if #values > 0 then
      best = math.min(best, stats.quantile(values, 0.5))
    end
  end
  if high == 0 then return 0.5, 2, 1 end
  return low, high, best
end

local PANEL = [[
set title %s offset 0, -0.5
set yrange [%g:0.4]
set ytics (%s) scale 0
%sset arrow 1 from first %g, graph 0 to first %g, graph 1 nohead dt 3 \
  lc rgb '#555555'
plot %s
]]

local BOX = [[
data index %d using 2:1:($6 - $2):(0) with vectors nohead lc rgb '%s', \
     data index %d using 4:1:3:5:($1 - 0.3):($1 + 0.3) with boxxyerror \
       lc rgb '%s' fs solid 0.4 border lc rgb '%s', \
     data index %d using 4:($1 - 0.3):(0):(0.6) with vectors nohead lw 3 \
       lc rgb '%s', \
     data index %d using 1:2 with points pt 6 ps 0.6 lc rgb 'black']]

-- The commands of a panel; appends its data.
local function panel(p, colours, data)
  local tics, parts = {}, {}
  for i, box in ipairs(p.boxes) do
    local at, c = #data, colours[box.name]
    tics[i] = ("%s %d"):format(plot.quote(box.name), i)
    data[at + 1], data[at + 2] = blocks(i, shown(box.values))
    parts[i] = BOX:format(at, c, at, c, c, at, c, at + 1)
  end
  local low, high, best = range_of(p.boxes)
  return PANEL:format(plot.quote(p.title or ""), #p.boxes + 0.6,
    table.concat(tics, ", "), plot.log_axis("x", low / 1.3, high * 1.3),
    best, best, table.concat(parts, ", \\\n     "))
end

-- A colour for each method, the same in all panels.
local function colours_of(panels)
  local out, count = {}, 0
  for _, p in ipairs(panels) do
    for _, box in ipairs(p.boxes) do
      if not out[box.name] then
        count = count + 1
        out[box.name] = plot.colour(count)
      end
    end
  end
  return out
end

-- The longest name's length and the most boxes of a panel.
local function extent(panels)
  local length, most = 1, 1
  for _, p in ipairs(panels) do
    most = math.max(most, #p.boxes)
    for _, box in ipairs(p.boxes) do length = math.max(length, #box.name) end
  end
  return length, most
end

---@param r { panels: { title: string?, boxes: { name: string,
---  values: number[] }[] }[], label: string?, title: string? }
---@param opts { file: string?, title: string? }?
---@return string? file
local function draw(r, opts)
  opts = opts or {}
  local data, script = {}, {}
  local colours, length, most = colours_of(r.panels), extent(r.panels)
  local columns = math.min(#r.panels, COLUMNS)
  local rows = (#r.panels - 1) // columns + 1
  script[1] = ("set multiplot layout %d, %d title %s\nset key off\n"
    .. "set grid xtics\n"
    .. "set lmargin %d\nset rmargin 3\nset xlabel %s\n"):format(rows,
    columns, plot.quote(opts.title or r.title or ""), length + 2,
    plot.quote(r.label or "error"))
  for i, p in ipairs(r.panels) do script[i + 1] = panel(p, colours, data) end
  return plot.figure { file = opts.file,
    width = math.max(420, columns * (270 + 8 * length)),
    height = 40 + rows * (90 + 30 * most),
    script = table.concat(script) .. "unset multiplot\n",
    data = table.concat(data, "\n\n") }
end

local function is_box(b)
  local ok = type(b) == "table" and type(b.name) == "string"
    and type(b.values) == "table"
  for _, v in ipairs(ok and b.values or {}) do
    ok = ok and type(v) == "number"
  end
  return ok
end

return draw, { what = "a table { panels = { { boxes = { { name =, values = } "
  .. "} } } }", test = function(r)
    local ok = type(r.panels) == "table" and #r.panels > 0
    for _, p in ipairs(ok and r.panels or {}) do
      ok = ok and type(p) == "table" and type(p.boxes) == "table"
        and #p.boxes > 0
      for _, b in ipairs(ok and p.boxes or {}) do ok = ok and is_box(b) end
    end
    return ok
  end }
