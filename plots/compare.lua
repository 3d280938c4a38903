-- compare.lua: several runs beside each other.
--
-- One panel for each part of the data whose error was recorded: the error
-- against the epoch on a log scale, a line through the medians over seeds, its
-- band from the least to the largest; and bars for the errors of the selected
-- parameters on what no run trained or was selected on, means with the least
-- and the largest.
--
--   weyl.plot.recipe "compare" ({ results_1, results_2 }, { file = "c.svg" })
--   weyl plot compare RUN RUN...

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"
local stats = require "weyl.stats"

local SELECTED = { "test", "ood" }

local function curves(list, names, part)
  local series = {}
  for i, r in ipairs(list) do
    local curve = gather.curve(r, part)
    if curve then
      curve.title = names[i]
      series[#series + 1] = curve
    end
  end
  return #series > 0 and plot.lines { series = series, logy = true,
    title = part, xlabel = "epoch", ylabel = gather.ERROR } or nil
end

-- The errors in the end, a bar for each run and part.
local function bars(list, names, part)
  local y, low, high, colours, any = {}, {}, {}, {}, false
  for i, r in ipairs(list) do
    local s = stats.spread(gather.errors(r, part)) or {}
    y[i], low[i], high[i] = s.mean or 0 / 0, s.low or 0 / 0, s.high or 0 / 0
    colours[i] = plot.colour(i)
    any = any or y[i] > 0 and y[i] < math.huge
  end
  return any and plot.bars { names = names, title = part .. ", best parameters",
    series = { { y = y, low = low, high = high } }, logx = true,
    numbers = true, colours = colours, xlabel = gather.ERROR } or nil
end

local function draw(list)
  local names, figures = gather.names(list), {}
  for _, part in ipairs(gather.PARTS) do
    figures[#figures + 1] = curves(list, names, part)
  end
  for _, part in ipairs(SELECTED) do
    figures[#figures + 1] = bars(list, names, part)
  end
  if #figures == 0 then
    check.fail "plot.recipe compare: none of the runs has an error above 0"
  end
  figures.columns = math.min(2, #figures)
  local last = #figures % 2 == 1 and figures[#figures].panels[1]
  if last then last.wide = true end
  return plot.panels(figures)
end

return { about = "errors of several runs against the epoch and in the end",
  what = "a list of what experiment:run() returns", draw = draw,
  test = gather.are_results, of_runs = function(list) return list end }
