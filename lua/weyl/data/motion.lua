-- data/motion.lua: windows of 12 points in space as inputs and outputs.
--
-- A track is 12 points (x, y, z) in metres at 5 Hz, z up: the first 6 are the
-- input, the last 6 the output, both row by row [n, 18]. Each track is centred
-- by the mean of its input points (times `keep`, plus `bias`); then, by axis,
-- (p - mean) / std. The named normalisations are those of the Waymo study of
-- Kim et al., arXiv:2306.00356, which centred by the mean of all 12 points:
-- the future leaks into the inputs. Here that needs `published_leak`.

local check = require "weyl.check"
local core = require "weyl.core"
local group = require "weyl.group"
local rep = require "weyl.rep"

local motion = { POINTS = 12, SEEN = 6, STEP = 0.2 } -- STEP in seconds
local SEEN, POINTS = motion.SEEN, motion.POINTS

---@class weyl.data.normalisation
---@field mean number[] [3]
---@field std number[] [3]
---@field keep number[] [3] share of a track's mean that is subtracted
---@field bias number[] [3] subtracted besides

local function normalisation(mean, std, keep, bias)
  return { mean = { 0, 0, mean }, std = std, keep = { 1, 1, keep },
    bias = { 0, 0, bias } }
end

---@type table<string, weyl.data.normalisation>
motion.normalisations = {
  none = normalisation(0, { 1, 1, 1 }, 1, 0),
  scale_aware = normalisation(0, { 1.23, 1.34, 0.05 }, 1, 0),
  symm_aware = normalisation(0, { 1.05, 1.05, 1.05 }, 1, 0),
  symm_scale_aware = normalisation(-0.23, { 1.31, 1.31, 1.31 }, 0.993, 0),
  symm_scale_aware2 = normalisation(5.77, { 3.02, 3.02, 3.02 }, 0.993, -6),
  inc_scale_aware = normalisation(0, { 1.23, 2.04, 0.05 }, 1, 0),
}

---The names that the option normalisation may have.
motion.names = { "none", "scale_aware", "symm_aware", "symm_scale_aware",
  "symm_scale_aware2", "inc_scale_aware" }

---Options that every set of windows in space has.
motion.options = {
  { "normalisation", motion.names, default = "symm_aware" },
  { "published_leak", "boolean", default = false },
  { "min_climb", "weight", default = 0.05 },
  { "max_travel", "positive", default = 5 },
}

---Numbers by axis [3] of the dtype of x.
---@param list number[]
---@param x weyl.tensor
---@return weyl.tensor
function motion.axes(list, x) return core.tensor(list, x.dtype) end

---Which tracks are kept: over the input points they climb or descend more than
---min_climb and travel less than max_travel along x and along y (metres).
---@param points weyl.tensor [n, 12, 3]
---@param o { min_climb: number, max_travel: number }
---@return weyl.tensor bool [n]
function motion.kept(points, o)
  local d = (points:slice(2, SEEN, SEEN) - points:slice(2, 1, 1)):abs()
  local along = d:reshape(#points, 3)
  local flat = along:slice(2, 1, 2):max(2):lt(o.max_travel)
  if o.min_climb == 0 then return flat end
  return flat:logical_and(along:slice(2, 3, 3):reshape(#points)
    :gt(o.min_climb))
end

---@param points weyl.tensor f64 [n, 12, 3], metres
---@param o { normalisation: string, published_leak: boolean }
---@return weyl.data.part f32
function motion.part(points, o)
  local norm = motion.normalisations[o.normalisation]
  local last = o.published_leak and POINTS or SEEN
  local function axes(name) return motion.axes(norm[name], points) end
  local centre = points:slice(2, 1, last):mean(2, true) * axes "keep"
    + axes "bias"
  local p = ((points - centre - axes "mean") / axes "std"):to "f32"
  local function half(first, stop)
    return p:slice(2, first, stop):reshape(#points, 3 * (stop - first + 1))
  end
  local x, y = half(1, SEEN), half(SEEN + 1, POINTS)
  core.eval(x, y)
  return { x = x, y = y }
end

---The average displacement error in metres: the mean, over rows and points, of
---the distance between prediction and truth.
---@param prediction weyl.tensor [n, k * #std], normalised
---@param y weyl.tensor [n, k * #std], normalised
---@param std number[] what one stands for along each axis
---@param func string for messages
---@return number
function motion.ade(prediction, y, std, func)
  local d = #std
  check.arg(core.is_tensor(y) and y.rank == 2 and y.shape[2] % d == 0
    and #y > 0, func, "y", ("a tensor [n, k * %d]"):format(d), y)
  check.arg(core.is_tensor(prediction)
    and check.shape(prediction) == check.shape(y), func, "prediction",
    "a tensor " .. check.shape(y), prediction)
  local n, k = y.shape[1], y.shape[2] // d
  local e = (prediction - y):to "f64":reshape(n * k, d)
  return (e * core.tensor(std, "f64")):norm(2):mean():item()
end

---Candidate groups of a set in space: O(3), and the O(2) of the planes xy, yz
---and xz.
---@return weyl.group[]
function motion.candidates()
  return { group.O(3), group.O(2):embed(3, { 1, 2 }),
    group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }
end

---What all sets of windows in space have; parts are added by the caller.
---@param name string
---@param o table options
---@return weyl.data.set
function motion.set(name, o)
  local std = motion.normalisations[o.normalisation].std
  return { name = name, rep_in = SEEN * rep.V,
    rep_out = (POINTS - SEEN) * rep.V, candidates = motion.candidates(),
    ade = function(prediction, y)
      return motion.ade(prediction, y, std, "ade")
    end }
end

return motion
