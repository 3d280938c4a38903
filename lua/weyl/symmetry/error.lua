-- symmetry/error.lua: how far a function is from equivariance, by sampling.
--
-- Every input x meets every element g, so the errors e(g, x) are no
-- independent draws: those of one x go together, and so do those of one g.
-- Intervals come from the jackknife over inputs plus the jackknife over
-- elements: the two variances are added, which counts the part that belongs
-- to the pairs twice and so errs on the wide side (compare Owen, "The
-- pigeonhole bootstrap", Annals of Applied Statistics 1, 2007). The quantile
-- is Student's, with one degree of freedom less than there are inputs or
-- elements, whichever are fewer.

local check = require "weyl.check"
local common = require "weyl.symmetry.common"
local core = require "weyl.core"
local sample = require "weyl.group.sample"

local raw = core.symmetry
local FUNC = "equivariance_error"
local METHODS = { haar = true, walk = true }

---@class weyl.symmetry.estimate
---@field mean number
---@field std_error number? nil, as the ends are, with fewer than two inputs
---  or elements
---@field low number? lower end of the 95 % confidence interval
---@field high number? upper end

local function read_options(opts, f)
  local o = check.options(FUNC, opts, { samples = 16, transforms = 16,
    seed = 0, method = "walk", dtype = "f32", rep_in = check.none,
    rep_out = check.none, x = check.none })
  check.arg(check.whole(o.transforms, 1), FUNC, "transforms",
    "an integer >= 1", o.transforms)
  check.arg(check.whole(o.seed), FUNC, "seed", "an integer", o.seed)
  check.arg(METHODS[o.method], FUNC, "method", "'walk' or 'haar'", o.method)
  common.read_reps(FUNC, o, f)
  return o
end

-- Rows x [n, in] acted upon by every g: [#g * n, size]; f64.
local function orbit(x, r, elements)
  local list = {}
  for i = 1, #elements do
    list[i] = x:matmul(r:rho(elements[i]):transpose())
  end
  return core.concat(list)
end

-- By rows, |a - b| / (|a| + |b|), 0 where both vanish.
local function normalised(a, b)
  local scale = a:norm(2) + b:norm(2)
  local none = scale:eq(0)
  return core.where(none, 0, (a - b):norm(2) / core.where(none, 1, scale))
end

-- f(x) [n, size] in f64; `name` is what messages call it.
local function value_of(f, x, size, name)
  local y = f(x)
  common.check_result(FUNC, y, x, size)
  common.check_finite(FUNC, name, y)
  return y:to "f64"
end

-- ---- confidence ----

local Z = 1.959963984540054 -- 97.5 % of the normal distribution

local FEW = { 12.7062, 4.3027, 3.1824, 2.7764 }

-- The 97.5 % quantile of Student's t: from 5 degrees of freedom on by
-- Abramowitz and Stegun 26.7.5, to 1e-3.
local function quantile(freedom)
  if FEW[freedom] then return FEW[freedom] end
  local z2, t, power = Z * Z, Z, freedom
  for _, p in ipairs { ((1 + z2) * Z) / 4,
    ((3 + z2 * (16 + 5 * z2)) * Z) / 96,
    ((-15 + z2 * (17 + z2 * (19 + 3 * z2))) * Z) / 384,
    ((-945 + z2 * (-1920 + z2 * (1482 + z2 * (776 + 79 * z2)))) * Z)
      / 92160 } do
    t, power = t + p / power, power * freedom
  end
  return t
end

-- Variance of an estimate from its values with one input left out at a time.
local function jackknife(values)
  local k = #values
  return (values - values:mean()):square():sum() * ((k - 1) / k)
end

-- Estimate with its interval, cut to what is possible.
local function estimate(mean, by_input, by_element, most)
  local fewest = math.min(#by_input, #by_element)
  if fewest < 2 then return { mean = mean } end
  local s = math.sqrt((jackknife(by_input) + jackknife(by_element)):item())
  local half = quantile(fewest - 1) * s
  return { mean = mean, std_error = s, low = math.max(mean - half, 0.0),
    high = math.min(mean + half, most) }
end

-- Of the mean of e [elements, inputs].
local function of_mean(mean, e)
  local m, n = table.unpack(e.shape)
  local sum = e:sum()
  return estimate(mean, (sum - e:sum(1)) / (m * (n - 1)),
    (sum - e:sum(2)) / ((m - 1) * n), 1.0)
end

-- Of rms |f(gx) - g f(x)| / rms |f(x)|, from the squares: `square`
-- [elements, inputs] and `scale` [inputs].
local function of_ratio(square, scale)
  local m = square.shape[1]
  local sum, total = square:sum(), scale:sum()
  local mean = common.ratio(math.sqrt((sum / m):item()),
    math.sqrt(total:item()))
  if mean == 0 then return estimate(mean, scale * 0, square:sum(2) * 0, 1.0) end
  return estimate(mean, ((sum - square:sum(1)) / m / (total - scale)):sqrt(),
    ((sum - square:sum(2)) / (m - 1) / total):sqrt(), math.huge)
end

---See symmetry.equivariance_error.
---@param f function
---@param group weyl.group
---@param opts table
---@return number
---@return { normalised: weyl.symmetry.estimate,
---  relative: weyl.symmetry.estimate }
local function equivariance_error(f, group, opts)
  common.check_function(FUNC, f)
  common.check_group(FUNC, group)
  local o = read_options(opts, f)
  local x = common.inputs(FUNC, o, o.rep_in:size(group))
  local g = sample.draw(group, raw.stream(o.seed, "equivariance elements"),
    o.transforms, o.method)
  local size = o.rep_out:size(group)
  local plain = value_of(f, x:to(o.dtype), size, "result of f")
  local moved = value_of(f, orbit(x, o.rep_in, g):to(o.dtype), size,
    "result of f at gx")
  local acted = orbit(plain, o.rep_out, g)
  local errors = normalised(moved, acted)
  local mean = errors:mean()
  local square, scale = (moved - acted):square():sum(2), plain:square():sum(2)
  core.eval(mean, errors, square, scale)
  mean = mean:item()
  return mean, { normalised = of_mean(mean, errors:reshape(#g, #x)),
    relative = of_ratio(square:reshape(#g, #x), scale) }
end

return equivariance_error
