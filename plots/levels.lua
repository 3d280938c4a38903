-- levels.lua: the approximation levels that training discovered.
--
-- Left: the strength of each candidate group after tuning, log scale; a group
-- that is never penalised has strength 0 and no bar. Right: the sampled
-- equivariance error of the model per group beside that of the exact
-- function. Bars are means over seeds, whiskers the least and the largest.
--
--   weyl.plot.recipe "levels" (results, { file = "levels.png" })
--   weyl plot levels RUN

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"

local function titled(series, title)
  if series then series.title = title end
  return series
end

local function draw(r)
  local strengths = gather.levels(r, "strength", true)
  local errors = { titled(gather.levels(r, "error"), "model") }
  errors[#errors + 1] = titled(gather.levels(r, "true_error"),
    "exact function")
  local figures = { columns = 2, title = r.name }
  if strengths then
    figures[1] = plot.bars { names = r.groups, series = { strengths },
      logx = true, numbers = true, ylabel = "candidate group",
      xlabel = "discovered strength" }
  end
  if #errors > 0 then
    figures[#figures + 1] = plot.bars { names = r.groups, series = errors,
      ylabel = "candidate group", xlabel = "equivariance error, 0 to 1" }
  end
  if #figures == 0 then
    check.fail("plot.recipe levels: no group of the run has a strength or an "
      .. "error")
  end
  return plot.panels(figures)
end

return { about = "strengths and equivariance errors found per group",
  what = "what experiment:run() returns, with levels", draw = draw,
  test = function(r) return gather.has_levels(r) and #r.groups > 0 end,
  one = true, levels = true, of_runs = function(list) return list[1] end }
