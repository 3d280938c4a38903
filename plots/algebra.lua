-- algebra.lua: the Lie algebra that symmetry.discover found.
--
-- Above: the levels of all generators in order, log scale, with the gap after
-- those that count. Below: the generators found, as heat maps of their
-- matrices, in a basis of their span with few entries (discovery:sparse), of
-- the free form the part on inputs.
--
--   weyl.plot.recipe "algebra" (result, { file = "algebra.png" })

local plot = require "weyl.plot"

local SHOWN = 30 -- most levels beyond those found
local MAPS = 12 -- most generators drawn
local PER_ROW = 4
local LEAST = 1e-18 -- where a level of 0 is drawn

-- Levels that count and the others, each against its number.
local function series_of(levels, found)
  local inside = { x = {}, y = {}, title = "generators that count" }
  local outside = { x = {}, y = {}, title = "others", colour = "#777777" }
  for i, level in ipairs(levels) do
    if i > found + SHOWN then break end
    local s = i <= found and inside or outside
    table.insert(s.x, i)
    table.insert(s.y, math.max(level, LEAST))
  end
  local out = {}
  for _, s in ipairs { inside, outside } do
    if #s.x > 0 then out[#out + 1] = s end
  end
  return out
end

local function level_figure(r, found, ratio)
  local marks = found > 0 and { { at = found + 0.5,
    title = ("gap: a factor of %.3g"):format(ratio) } } or {}
  local figure = plot.scatter { logy = true, marks = marks,
    series = series_of(r.levels:totable(), found),
    title = found == 0 and "no gap" or nil,
    xlabel = "generator, in order of its level",
    ylabel = "level: defect relative to rms |f|" }
  local panel = figure.panels[1]
  panel.wide, panel.width, panel.height = true, 940, 320
  return figure
end

-- The least and the largest entry, about 0.
local function range_of(list)
  local most = 0
  for _, matrix in ipairs(list) do
    for _, row in ipairs(matrix) do
      for _, x in ipairs(row) do most = math.max(most, math.abs(x)) end
    end
  end
  return { -most, most }
end

local function draw(r)
  local found, ratio = r:found()
  local figures = { level_figure(r, found, ratio), columns = PER_ROW,
    title = "the algebra of f" }
  if found > 0 then
    local list = r:sparse(found):slice(1, 1, math.min(found, MAPS)):totable()
    local range = range_of(list)
    for i, matrix in ipairs(list) do
      figures[i + 1] = plot.heatmap { values = matrix, range = range,
        title = ("basis matrix %d"):format(i), xlabel = "column",
        ylabel = "row", label = "entry", numbers = #matrix <= 5 }
    end
  end
  return plot.panels(figures)
end

return { about = "the Lie algebra that symmetry.discover found",
  what = "what symmetry.discover returns", draw = draw, test = function(r)
    return (getmetatable(r) or {}).__name == "weyl.symmetry.discovery"
  end }
