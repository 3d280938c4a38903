-- truth.lua: the levels that training discovered, beside the truth, over
-- several variants of the data.
--
-- Variants stand side by side, in each the candidate groups, by colour and
-- shape. Top: the sampled equivariance error of the model beside that of the
-- exact function, a black bar. Below, where they exist, on log axes: the level
-- d_j of an evidence tuner, the residual per free direction, and the strength,
-- of which more means more symmetry. Points are means over seeds, whiskers
-- the least and the largest; what is 0 is not shown on a log axis.
--
--   weyl.plot.recipe "truth" ({ results_1, results_2 }, { file = "t.svg" })
--
-- Each entry is what experiment:run() returns, with `label` for its name, or
-- any table with label, groups and seeds whose levels are weyl.level lists.

local weyl = require "weyl"

local plot, stats = weyl.plot, weyl.stats

local POINTS = { 7, 5, 9, 11, 13, 15, 6, 4, 8 } -- gnuplot's shapes
local WIDTH = 0.8 -- share of a variant's place that its groups take

-- Panels: a field, its axis label, whether the axis has logarithms.
local PANELS = { { "error", "sampled error, 0 to 1" },
  { "level", "level d_j, rms of weights", true },
  { "residual", "residual per direction", true },
  { "strength", "strength", true } }

-- Mean, least and largest of a field of group j over the seeds.
local function over_seeds(variant, j, field, log)
  local values = {}
  for _, seed in ipairs(variant.seeds) do
    local v = seed.levels and seed.levels[j] and seed.levels[j][field]
    if v and v == v and math.abs(v) < math.huge and (not log or v > 0) then
      values[#values + 1] = v
    end
  end
  return stats.spread(values)
end

-- The groups of all variants by name, in order of appearance.
local function groups_of(variants)
  local list, number = {}, {}
  for _, v in ipairs(variants) do
    for _, name in ipairs(v.groups) do
      if not number[name] then
        list[#list + 1] = name
        number[name] = #list
      end
    end
  end
  return list, number
end

-- Rows of group `name` for a field: x, mean, least, largest; where the width
-- of a variant's place is 1.
local function rows_of(variants, name, field, log)
  local rows = {}
  for i, v in ipairs(variants) do
    for j, known in ipairs(v.groups) do
      local s = known == name and over_seeds(v, j, field, log)
      if s then
        local at = i + WIDTH * ((j - 0.5) / #v.groups - 0.5)
        rows[#rows + 1] = { at, s.mean, s.low, s.high }
      end
    end
  end
  return rows
end

local function half_bar(variants)
  local most = 1
  for _, v in ipairs(variants) do most = math.max(most, #v.groups) end
  return 0.36 * WIDTH / most
end

-- Least and largest end of the whiskers, from what was known before.
local function extend(rows, low, high)
  for _, row in ipairs(rows) do
    low, high = math.min(low, row[3]), math.max(high, row[4])
  end
  return low, high
end

-- Adds the bars of the exact function; the largest end of the axis.
local function add_truth(variants, groups, parts, data, high)
  local rows, half = {}, half_bar(variants)
  for _, name in ipairs(groups) do
    local more = rows_of(variants, name, "true_error")
    table.move(more, 1, #more, #rows + 1, rows)
  end
  if #rows == 0 then return high end
  data[#data + 1] = plot.block(rows)
  table.insert(parts, 1, ("data index %d using ($1 - %g):2:(%g):(0) with "
    .. "vectors nohead lw 3 lc rgb 'black' title 'exact function'"):format(
    #data - 1, half, 2 * half))
  return select(2, extend(rows, 0, high))
end

-- One panel, or nil when nothing can be shown in it; appends its data.
local function panel(variants, groups, entry, data)
  local field, label, log = table.unpack(entry)
  local parts, low, high = {}, math.huge, log and 0 or 0.05
  for g, name in ipairs(groups) do
    local rows = rows_of(variants, name, field, log)
    low, high = extend(rows, low, high)
    if #rows > 0 then
      data[#data + 1] = plot.block(rows)
      parts[#parts + 1] = ("data index %d using 1:2:3:4 with yerrorbars lw 2 "
        .. "pt %d ps 1.1 lc rgb '%s' title %s"):format(#data - 1,
        POINTS[(g - 1) % #POINTS + 1], plot.colour(g), plot.quote(name))
    end
  end
  if #parts == 0 then return nil end
  if field == "error" then
    high = add_truth(variants, groups, parts, data, high)
  end
  local range = log and plot.log_axis("y", low / 1.6, high * 1.6)
    or ("unset logscale y\nset format y '%%g'\nset ytics autofreq\n"
      .. "set yrange [%g:%g]\n"):format(-0.04 * high, 1.08 * high)
  return ("set ylabel %s\n%splot %s\n"):format(plot.quote(label), range,
    table.concat(parts, ", \\\n     "))
end

-- The names of the variants below each panel, turned where they would meet.
local function axis(variants)
  local tics, longest = {}, 0
  for i, v in ipairs(variants) do
    local name = v.label or v.name or ("variant %d"):format(i)
    tics[i] = ("%s %d"):format(plot.quote(name), i)
    longest = math.max(longest, utf8.len(name) or #name)
  end
  local turned = longest > 14
  local lines = {}
  for i = 1, #variants - 1 do
    lines[i] = ("set arrow from first %g, graph 0 to first %g, graph 1 "
      .. "nohead lc rgb '#cccccc'\n"):format(i + 0.5, i + 0.5)
  end
  return ("set xtics (%s) scale 0 %s\nset xrange [0.5:%g]\n%s"):format(
    table.concat(tics, ", "), turned and "rotate by -20 left" or "",
    #variants + 0.5, table.concat(lines)), turned and longest or 0
end

---@param variants weyl.experiment.results[]
---@param opts { file: string?, title: string? }?
---@return string? file
local function draw(variants, opts)
  opts = opts or {}
  local groups, data, panels = groups_of(variants), {}, {}
  local longest = #"exact function"
  for _, name in ipairs(groups) do longest = math.max(longest, #name) end
  for _, entry in ipairs(PANELS) do
    panels[#panels + 1] = panel(variants, groups, entry, data)
  end
  local tics, turned = axis(variants)
  local head = ("set multiplot layout %d, 1 %s\nset grid ytics\n"
    .. "set key outside right top Left reverse samplen 1\n"
    .. "set lmargin 12\nset rmargin %d\nset bmargin %d\n%s"):format(#panels,
    opts.title and "title " .. plot.quote(opts.title) or "", longest + 7,
    2 + math.ceil(turned / 6), tics)
  return plot.figure { file = opts.file,
    width = 220 + 8 * longest + 30 * #variants * math.max(3, #groups),
    height = 30 + #panels * (240 + 4 * turned),
    script = head .. table.concat(panels) .. "unset multiplot\n",
    data = table.concat(data, "\n\n") }
end

local function is_variant(v)
  local ok = type(v) == "table" and type(v.groups) == "table"
    and #v.groups > 0 and type(v.seeds) == "table"
  local found = false
  for _, seed in ipairs(ok and v.seeds or {}) do
    local levels = type(seed) == "table" and seed.levels
    for _, level in ipairs(type(levels) == "table" and levels or {}) do
      found = found or type(level.error) == "number"
    end
  end
  return ok and found
end

return draw, { what = "a list of results with groups and levels",
  test = function(r)
    local ok = #r > 0
    for _, v in ipairs(r) do ok = ok and is_variant(v) end
    return ok
  end }
