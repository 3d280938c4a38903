-- equivariance.lua: a matrix of equivariance errors: of groups by layers, by
-- groups, by runs or by seeds.
--
--   weyl.plot.recipe "equivariance" ({ rows = names, columns = names,
--     values = matrix, xlabel = "group of the output" }, { file = "e.svg" })
--   weyl.plot.recipe "equivariance" (list)
--   weyl plot equivariance RUN [RUN...]
--
-- A list may be of what symmetry.lie_derivative_by_layer returns, one for each
-- group, for groups by layers; or of results of experiments, for the error of
-- each group by run, or by seed when there is one.

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local plot = require "weyl.plot"

local function is_by_layer(r)
  return (getmetatable(r) or {}).__name == "weyl.symmetry.by_layer"
end

local function all_by_layer(list)
  local ok = #list > 0
  for _, r in ipairs(list) do ok = ok and is_by_layer(r) end
  return ok
end

-- Groups by layers: each stage's own relative defect.
local function of_layers(list)
  local rows, columns, values = {}, {}, {}
  for k, stage in ipairs(list[1].stages) do columns[k] = stage.name end
  for i, r in ipairs(list) do
    rows[i], values[i] = tostring(r.group), {}
    if #r.stages ~= #columns then
      check.fail("plot.recipe equivariance: the models of 1 and %d have %d and "
        .. "%d layers", i, #columns, #r.stages)
    end
    for k, stage in ipairs(r.stages) do values[i][k] = stage.relative end
  end
  return { rows = rows, columns = columns, values = values,
    xlabel = "layer", label = "relative Lie derivative of the layer" }
end

local function error_of(r, group)
  for j, name in ipairs(r.groups) do
    local s = name == group and gather.level(r, j, "error")
    if s then return s.mean end
  end
  return 0 / 0
end

-- Groups by runs, or by the seeds of the only one.
local function of_results(list)
  local columns, parts, xlabel = gather.names(list), list, "run"
  if #list == 1 then
    columns, parts, xlabel = {}, {}, "seed"
    for i, seed in ipairs(list[1].seeds) do
      columns[i] = tostring(seed.seed or i)
      parts[i] = { groups = list[1].groups, seeds = { seed } }
    end
  end
  local rows, values = gather.groups(list), {}
  for i, group in ipairs(rows) do
    values[i] = {}
    for k, r in ipairs(parts) do values[i][k] = error_of(r, group) end
  end
  return { rows = rows, columns = columns, values = values, xlabel = xlabel,
    label = "equivariance error, 0 to 1" }
end

local function draw(r)
  if all_by_layer(r) then
    r = of_layers(r)
  elseif #r > 0 then
    r = of_results(r)
  end
  return plot.heatmap { values = r.values, rows = r.rows,
    columns = r.columns, xlabel = r.xlabel, ylabel = r.ylabel
      or "candidate group", label = r.label or "equivariance error",
    title = r.title, log = r.log }
end

return { about = "matrix of equivariance errors, groups by runs or seeds",
  what = "a table { rows =, columns =, values = }, or a list of what "
    .. "symmetry.lie_derivative_by_layer or experiment:run() returns",
  test = function(r)
    local levels = gather.are_results(r)
    for _, one in ipairs(levels and r or {}) do
      levels = levels and gather.has_levels(one)
    end
    return levels or all_by_layer(r) or r.values ~= nil and r.rows ~= nil
  end, draw = draw, levels = true, of_runs = function(list) return list end }
