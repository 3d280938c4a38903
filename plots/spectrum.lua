-- spectrum.lua: eigenvalues or singular values in descending order.
--
--   weyl.plot.recipe "spectrum" ({ { name = "layer 1", values = w } },
--     { file = "spectrum.svg" })
--   weyl plot spectrum RUN
--
-- Values are a list of numbers or a tensor: of rank 1 they are drawn as they
-- are; of a matrix the singular values are taken, which are the absolute
-- eigenvalues when it is symmetric. The axis has logarithms when all values
-- are above 0, or but for rounding are not below it. For a run: the matrices
-- of weights in the first seed's best parameters.

local core = require "weyl.core"
local load = require "weyl.plot.load"
local plot = require "weyl.plot"
local style = require "weyl.plot.style"
local values_of = require "weyl.plot.values"

local ROUNDING = 1e-12 -- of the largest value: what is below counts as 0
local POINTS = 40 -- most values that are drawn as points too

-- The singular values of a matrix, largest first.
local function singular(matrix)
  return select(2, matrix:to "f64":svd()):totable()
end

-- The values of an entry, largest first, and whether they are of a matrix.
local function sorted(entry, i)
  local given, list = entry.values, {}
  local is_matrix = core.is_tensor(given) and #given.shape == 2
  for _, v in ipairs(is_matrix and singular(given) or values_of.list(
    "plot.recipe spectrum", ("[%d].values"):format(i), given)) do
    if style.fits(v) then list[#list + 1] = v end
  end
  table.sort(list, function(a, b) return a > b end)
  return list, is_matrix
end

local function draw(r)
  local series, most, least, singulars = {}, 0, math.huge, true
  for i, entry in ipairs(r) do
    local list, is_matrix = sorted(entry, i)
    singulars = singulars and is_matrix
    series[i] = { y = list, title = entry.name,
      style = #list <= POINTS and "linespoints" or "lines" }
    most = math.max(most, list[1] or 0)
    least = math.min(least, list[#list] or math.huge)
  end
  local log = most > 0 and least >= -ROUNDING * most
  for _, s in ipairs(log and series or {}) do
    for k, v in ipairs(s.y) do s.y[k] = math.max(v, ROUNDING * most) end
  end
  return plot.lines { series = series, logy = log, title = r.title,
    xlabel = "number in order, from the largest",
    ylabel = r.label or singulars and "singular value" or "eigenvalue" }
end

return { about = "singular values of a run's weights",
  what = "a list of { name =, values = }", draw = draw, test = function(r)
    local ok = #r > 0
    for _, entry in ipairs(r) do
      ok = ok and type(entry) == "table" and type(entry.name) == "string"
        and entry.values ~= nil
    end
    return ok
  end, one = true, of_runs = function(list) return load.weights(list[1]) end }
