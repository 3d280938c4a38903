-- data/distance.lua: the SE(3) data of the code of Kim et al.,
-- arXiv:2306.00356: mean distance of three points, and what breaks it.
--
-- Inputs are 3 points X_i of R^3, standard normal, each followed by 1: vectors
-- of R^4 on which rigid motions act as matrices. The target is the mean of the
-- distances of the pairs (1, 2), (2, 3), (3, 1), less e times, by variant,
--
--   "se3", "distance"  0                           exact under SE(3)
--   "ball"             |X_1|                       under rotations
--   "l1distance"       |first coordinate of X_1 - X_2|  under translations
--   "r3"               sum_i |X_i|^2               under rotations
--   "t3"               |X_1 - X_2|_1 + |X_2 - X_3|_1 + 3 |X_3 - X_1|_1
--                                                  under translations
--   "r3t3soft"         those two together          under neither
--   "rxy2"             sum_i w_i |(X_i)_xy|^2, w = 1, 1, 3  under neither
--   "txy2"             that of "t3", of x and y only  under translations
--
-- where e is the option `noise`; with `random` each example has e times a
-- number of its own, uniform in [0, 1). The law reads the first three entries
-- of each vector: it is invariant where the last ones are 1, as they are in
-- the data.

local core = require "weyl.core"
local group = require "weyl.group"
local rep = require "weyl.rep"
local set = require "weyl.data.set"

local distance = {}

-- |X_1 - X_2|_1 + |X_2 - X_3|_1 + 3 |X_3 - X_1|_1 from the differences.
local function l1(sides)
  local weights = core.tensor({ 1, 1, 3 }, sides.dtype)
  return (sides:abs():sum(3) * weights):sum(2)
end

local function squares(points) return points:square():sum({ 2, 3 }) end

local function zero(points) return 0 * points:sum({ 2, 3 }) end

-- By variant: what is subtracted [n], from the points and their differences
-- X_1 - X_2, X_2 - X_3, X_3 - X_1, both [n, 3, 3].
local ERRORS = {
  se3 = zero,
  distance = zero,
  ball = function(points)
    return points:slice(2, 1, 1):square():sum({ 2, 3 }):sqrt()
  end,
  l1distance = function(_, sides)
    return sides:slice(2, 1, 1):slice(3, 1, 1):abs():sum({ 2, 3 })
  end,
  r3 = squares,
  t3 = function(_, sides) return l1(sides) end,
  r3t3soft = function(points, sides) return squares(points) + l1(sides) end,
  rxy2 = function(points)
    local weights = core.tensor({ 1, 1, 3 }, points.dtype)
    return (points:slice(3, 1, 2):square():sum(3) * weights):sum(2)
  end,
  txy2 = function(_, sides) return l1(sides:slice(3, 1, 2)) end,
}

-- Place among the candidates of the largest exact one.
local EXACT = { se3 = 1, distance = 1, ball = 2, r3 = 2, l1distance = 3,
  t3 = 3, txy2 = 3 }

---The law.
---@param x weyl.tensor [n, 12]
---@param variant string
---@param noise number|weyl.tensor one strength, or [n]
---@return weyl.tensor y [n, 1]
function distance.target(x, variant, noise)
  local n = x.shape[1]
  local points = x:reshape(n, 3, 4):slice(3, 1, 3)
  local sides = points - core.concat({ points:slice(2, 2, 3),
    points:slice(2, 1, 1) }, 2)
  local mean = sides:square():sum(3):sqrt():mean(2)
  return (mean - noise * ERRORS[variant](points, sides)):reshape(n, 1)
end

local function candidates()
  return { group.SE(3), group.SO(3):embed(4, { 1, 2, 3 }),
    group.translations(3) }
end

-- Strengths of n examples: one, or one each.
local function strengths(o, n)
  if not o.random then return o.noise end
  return core.uniform({ n }, 0, 1, "f32", "data") * o.noise
end

---See data.distance.
---@param opts table?
---@return weyl.data.set
function distance.set(opts)
  local o = set.read("data.distance", opts, {
    { "variant", { "se3", "distance", "ball", "l1distance", "r3", "t3",
      "r3t3soft", "rxy2", "txy2" }, default = "ball" },
    { "noise", "number", default = -0.5 },
    { "random", "boolean", default = false },
  }, { seed = 3015, d = 4 })
  local law = { func = "data.distance", d = 4, scalars = 0, vectors = 3,
    affine = true, sample = function(x)
      local e = strengths(o, x.shape[1])
      return { x = x, y = distance.target(x, o.variant, e) }
    end }
  local mean = o.random and o.noise / 2 or o.noise
  return set.new(law, o, { name = "distance", noise = o.noise,
    variant = ("%s, noise %g%s"):format(o.variant, o.noise,
      o.random and " at random" or ""),
    truth = function(x) return distance.target(x, o.variant, mean) end,
    rep_in = 3 * rep.V, rep_out = rep.scalar, candidates = candidates(),
    matching = o.noise == 0 and 1 or EXACT[o.variant] })
end

return distance
