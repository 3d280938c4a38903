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
--   weyl plot truth RUN RUN...
--
-- Each entry is what experiment:run() returns, with `label` for its name, or
-- any table with label, groups and seeds whose levels are weyl.level lists.

local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"

local LETTER, WIDEST = 7.2, 1200 -- points: a letter, a panel for its names
local WIDTH = 0.8 -- share of a variant's place that its groups take

-- Panels: a field, its axis label, whether the axis has logarithms.
local PANELS = { { "error", "equivariance error, 0 to 1" },
  { "level", "level d_j, rms of weights", true },
  { "residual", "residual per direction", true },
  { "strength", "strength", true } }

-- Calls f with the place and the spread of a field wherever a group is in a
-- variant.
local function each(variants, group, field, log, f)
  for i, v in ipairs(variants) do
    for j, name in ipairs(v.groups) do
      local s = name == group and gather.level(v, j, field, log)
      if s then f(i + WIDTH * ((j - 0.5) / #v.groups - 0.5), s) end
    end
  end
end

local function series_of(variants, groups, field, log)
  local list = {}
  for _, group in ipairs(groups) do
    local s = { x = {}, y = {}, low = {}, high = {}, title = group }
    each(variants, group, field, log, function(x, spread)
      table.insert(s.x, x)
      table.insert(s.y, spread.mean)
      table.insert(s.low, spread.low)
      table.insert(s.high, spread.high)
    end)
    if #s.x > 0 then list[#list + 1] = s end
  end
  return list
end

-- Bars at the errors of the exact function: left end, height, width.
local function truth(variants, groups)
  local rows, most = {}, 1
  for _, v in ipairs(variants) do most = math.max(most, #v.groups) end
  local half = 0.36 * WIDTH / most
  for _, group in ipairs(groups) do
    each(variants, group, "true_error", false, function(x, s)
      rows[#rows + 1] = { x - half, s.mean, 2 * half }
    end)
  end
  return #rows > 0 and { rows = rows, using = "1:2:3:(0)", title =
    "exact function", colour = "#000000",
    with = "vectors nohead lw 3 lc rgb '{colour}'",
    sample = "lines lw 3 lc rgb '{colour}'" } or nil
end

-- Points for all groups and, when they fit at all, the names below them.
local function width_of(names, groups)
  local marks, longest = 26 * #groups, 0
  for _, name in ipairs(names) do longest = math.max(longest, #name) end
  local named = 100 + #names * math.max(marks, LETTER * (longest + 2))
  return math.max(560, named <= WIDEST and named // 1 or 100 + #names * marks)
end

-- Room for the errors of the exact function too.
local function error_range(series, bars)
  local high = 0.05
  for _, s in ipairs(series) do high = math.max(high, table.unpack(s.high)) end
  for _, row in ipairs(bars and bars.rows or {}) do
    high = math.max(high, row[2])
  end
  return { -0.04 * high, 1.08 * high }
end

local function draw(variants)
  local groups, names = gather.groups(variants), gather.names(variants)
  local figures = { columns = 1 }
  for _, entry in ipairs(PANELS) do
    local field, label, log = table.unpack(entry)
    local series = series_of(variants, groups, field, log)
    local bars = field == "error" and truth(variants, groups) or nil
    if #series > 0 then
      local figure = plot.scatter { series = series, ylabel = label,
        logy = log, xnames = names,
        yrange = field == "error" and error_range(series, bars) or nil }
      table.insert(figure.panels[1].items, bars)
      figure.panels[1].width = width_of(names, groups)
      figure.panels[1].height = 260
      figures[#figures + 1] = figure
    end
  end
  return plot.panels(figures)
end

local function has_error(v)
  for _, seed in ipairs(gather.has_levels(v) and v.seeds or {}) do
    for _, level in ipairs(seed.levels or {}) do
      if type(level.error) == "number" then return true end
    end
  end
  return false
end

return { about = "levels found in several runs beside the true ones",
  what = "a list of results with groups and levels", draw = draw,
  test = function(r)
    local ok = #r > 0
    for _, v in ipairs(r) do ok = ok and has_error(v) end
    return ok
  end, levels = true, of_runs = function(list) return list end }
