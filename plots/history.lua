-- history.lua: how a run went, against the epoch.
--
-- Three panels on log scales: errors on training, validation and test data;
-- the regularizer R_j of each group; its strength. The epochs in which the
-- strengths were set are marked. Every seed is a line, colours tell the
-- quantities.
--
--   weyl.plot.recipe "history" (results, { file = "history.svg" })
--   weyl plot history RUN

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"
local style = require "weyl.plot.style"

-- The curves of a quantity, one per seed, where a value is above 0.
local function curves(series, r, key, title)
  for _, seed in ipairs(r.seeds) do
    local x, y = gather.history(seed, key)
    local range = style.range()
    for _, v in ipairs(y) do style.grow(range, v, true) end
    if range[1] <= range[2] then
      series[#series + 1] = { x = x, y = y, title = title }
    end
  end
end

-- Marks at the epochs in which strengths were set: one, or a list.
local function marks_of(tuned_at)
  local out = {}
  for i, epoch in ipairs(type(tuned_at) == "table" and tuned_at
    or { tuned_at }) do
    out[i] = { at = epoch, title = "strengths set" }
  end
  return out
end

local function panel(figures, r, label, series)
  if #series == 0 then return end
  figures[#figures + 1] = plot.lines { series = series, logy = true,
    xlabel = "epoch", ylabel = label, marks = marks_of(r.tuned_at) }
end

local function draw(r)
  local figures, errors = { columns = 1, title = r.name }, {}
  for _, name in ipairs(gather.PARTS) do curves(errors, r, name, name) end
  panel(figures, r, gather.ERROR, errors)
  for _, entry in ipairs {
    { "regularizer_", "regularizer R_j (weights, squared)" },
    { "strength_", "strength" } } do
    local series = {}
    for j, group in ipairs(r.groups) do
      curves(series, r, entry[1] .. j, group)
    end
    panel(figures, r, entry[2], series)
  end
  if #figures == 0 then
    check.fail("plot.recipe history: the run has no record of an error, "
      .. "regularizer or strength")
  end
  return plot.panels(figures)
end

return { about = "errors, regularizers and strengths against the epoch",
  what = "what experiment:run() returns", test = gather.is_results,
  draw = draw, one = true, of_runs = function(list) return list[1] end }
