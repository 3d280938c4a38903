-- box.lua: the spread of an error over seeds, by method or by run.
--
-- One panel per data set, one lying box per method: from the lower to the
-- upper quartile, the line is the median, whiskers reach the least and the
-- largest, points are the seeds. Log axis; the dashed line is the least median
-- of the panel. A value that is not above 0 cannot be shown.
--
--   weyl.plot.recipe "box" ({ label = "test mean squared error", panels = {
--     { title = "axis 3", boxes = { { name = "MLP", values = { ... } },
--       { name = "PER", values = { ... } } } } } }, { file = "box.svg" })
--   weyl plot box RUN RUN... --metric test

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"
local stats = require "weyl.stats"
local style = require "weyl.plot.style"

local COLUMNS = 3 -- panels side by side

local function least_median(boxes)
  local best
  for _, box in ipairs(boxes) do
    local list = {}
    for _, v in ipairs(box.values) do
      if style.fits(v, true) then list[#list + 1] = v end
    end
    local median = #list > 0 and stats.quantile(list, 0.5)
    if median and not (best and best <= median) then best = median end
  end
  return best
end

-- The panel of a data set; nil when it has no value above 0.
local function panel(p, label, look)
  local best, boxes = least_median(p.boxes), {}
  for i, box in ipairs(p.boxes) do
    boxes[i] = { name = box.name, values = box.values,
      colour = look(box.name) }
  end
  return best and plot.box { boxes = boxes, logx = true, title = p.title,
    xlabel = label or "error",
    marks = { { at = best, title = "least median" } } } or nil
end

-- The colour of a name, the same in all panels.
local function colours()
  local known, count = {}, 0
  return function(name)
    if not known[name] then
      count = count + 1
      known[name] = plot.colour(count)
    end
    return known[name]
  end
end

local function draw(r)
  local figures, look = { title = r.title }, colours()
  for _, p in ipairs(r.panels) do
    figures[#figures + 1] = panel(p, r.label, look)
  end
  if #figures == 0 then
    check.fail "plot.recipe box: no value of a box is above 0"
  end
  figures.columns = math.min(COLUMNS, #figures)
  return plot.panels(figures)
end

local function of_runs(list, opts)
  local names, boxes = gather.names(list), {}
  for i, r in ipairs(list) do
    boxes[i] = { name = names[i], values = gather.errors(r, opts.metric) }
  end
  return { label = opts.metric .. ": " .. gather.ERROR,
    panels = { { boxes = boxes } } }
end

local function is_box(b)
  local ok = type(b) == "table" and type(b.name) == "string"
    and type(b.values) == "table"
  for _, v in ipairs(ok and b.values or {}) do
    ok = ok and type(v) == "number"
  end
  return ok
end

return { about = "spread of an error over seeds, a box for each run",
  what = "a table { panels = { { boxes = { { name =, values = } } } } }",
  test = function(r)
    local ok = type(r.panels) == "table" and #r.panels > 0
    for _, p in ipairs(ok and r.panels or {}) do
      ok = ok and type(p) == "table" and type(p.boxes) == "table"
        and #p.boxes > 0
      for _, b in ipairs(ok and p.boxes or {}) do ok = ok and is_box(b) end
    end
    return ok
  end, draw = draw, of_runs = of_runs,
  specs = { { "metric", gather.PARTS, default = "test" } } }
