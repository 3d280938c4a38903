-- bands.lua: curves of results against a setting, with their spread over
-- seeds: test error against sample size, or how sensitive it is to a strength,
-- a power or an epoch.
--
-- One panel per setting. A line goes through the medians over seeds, its band
-- reaches from the least to the largest, points are the medians. A reference
-- is a level line, dashed.
--
--   weyl.plot.recipe "bands" ({ panels = { { xlabel = "training samples",
--     ylabel = "test error", logx = true, logy = true, curves = {
--       { name = "PER", x = { 30, 100 }, y = { { 4, 5 }, { 1, 2 } } } } } } },
--     { file = "samples.svg" })

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"
local style = require "weyl.plot.style"

local COLUMNS = 3 -- panels side by side
local MOST = 9 -- settings that are numbered one by one

-- The medians of a curve in order of x; nil when none can be shown.
local function series_of(curve, p)
  local order = {}
  for i, x in ipairs(curve.x) do
    if style.fits(x, p.logx) then order[#order + 1] = i end
  end
  table.sort(order, function(a, b) return curve.x[a] < curve.x[b] end)
  local xs = {}
  for k, i in ipairs(order) do xs[k] = curve.x[i] end
  local out = gather.medians(xs, function(_, k)
    local given, list = curve.y[order[k]], {}
    for _, v in ipairs(type(given) == "table" and given or { given }) do
      if style.fits(v, p.logy) then list[#list + 1] = v end
    end
    return list
  end)
  if out then out.title, out.style = curve.name, "linespoints" end
  return out
end

-- The different settings in order, when they are few.
local function settings(series)
  local seen, list = {}, {}
  for _, s in ipairs(series) do
    for _, x in ipairs(s.x) do
      if not seen[x] then list[#list + 1] = x end
      seen[x] = true
    end
  end
  table.sort(list)
  return #list <= MOST and list or nil
end

-- The panel of a setting; nil when it has nothing to show.
local function panel(p)
  local series = {}
  for _, curve in ipairs(p.curves) do
    series[#series + 1] = series_of(curve, p)
  end
  if #series == 0 then return nil end
  return plot.lines { series = series, title = p.title, xlabel = p.xlabel,
    ylabel = p.ylabel, logx = p.logx, logy = p.logy,
    xticks = settings(series), marks = p.reference and { { axis = "y",
      at = p.reference, title = p.reference_name or "reference" } } or nil }
end

local function draw(r)
  local figures = { title = r.title }
  for _, p in ipairs(r.panels) do figures[#figures + 1] = panel(p) end
  if #figures == 0 then
    check.fail "plot.recipe bands: no curve has a value that can be shown"
  end
  figures.columns = math.min(COLUMNS, #figures)
  local figure = plot.panels(figures)
  if #figures > 1 then
    for _, one in ipairs(figure.panels) do one.width, one.height = 460, 340 end
  end
  return figure
end

local function is_curve(c)
  local ok = type(c) == "table"
    and (c.name == nil or type(c.name) == "string")
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

return { about = "curves of an error against a setting",
  what = "a table { panels = { { curves = { { name =, x =, y = } } } } } with "
    .. "as many y as x", test = function(r)
    local ok = type(r.panels) == "table" and #r.panels > 0
    for _, p in ipairs(ok and r.panels or {}) do
      ok = ok and type(p) == "table" and type(p.curves) == "table"
        and #p.curves > 0
      for _, c in ipairs(ok and p.curves or {}) do ok = ok and is_curve(c) end
    end
    return ok
  end, draw = draw }
