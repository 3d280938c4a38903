-- stats.lua: what tables and figures of a study say about lists of numbers:
-- means and spreads over seeds, quantiles, ranks and their correlation.
--
-- Lists are plain Lua lists; their order never matters to a mean, a spread or
-- a quantile, beyond rounding. A list with a NaN has NaN as its mean, spread
-- and quantiles, and cannot be ranked.

local check = require "weyl.check"

---@class weyl.stats
local stats = {}

local function check_numbers(func, arg, list)
  local ok = type(list) == "table"
  for _, v in ipairs(ok and list or {}) do ok = ok and type(v) == "number" end
  check.arg(ok, func, arg, "a list of numbers", list)
end

-- ---- means and spreads ----

---@class weyl.stats.spread
---@field mean number
---@field std number population standard deviation: divided by count
---@field low number
---@field high number
---@field count integer

---Mean, standard deviation, least, largest and number of values. The
---deviation is the population's, divided by the count, as in the paper's
---tables; of one value it is 0. Of no values the result is nil.
---@param values number[]
---@return weyl.stats.spread?
function stats.spread(values)
  check_numbers("stats.spread", "values", values)
  if #values == 0 then return nil end
  local sum, square, low, high = 0, 0, math.huge, -math.huge
  for _, v in ipairs(values) do
    sum, low, high = sum + v, math.min(low, v), math.max(high, v)
  end
  local mean = sum / #values
  if low == high and mean == mean then mean = low + 0.0 end -- not rounded
  for _, v in ipairs(values) do square = square + (v - mean) ^ 2 end
  if mean ~= mean then low, high = mean, mean end
  return { mean = mean, std = math.sqrt(square / #values), low = low,
    high = high, count = #values }
end

---The value below which a share p of the values lie, linear between
---neighbours in order: p = 0 gives the least, 0.5 the median, 1 the largest.
---@param values number[] at least one
---@param p number in [0, 1]
---@return number
function stats.quantile(values, p)
  check_numbers("stats.quantile", "values", values)
  check.arg(#values > 0, "stats.quantile", "values", "at least one number",
    values)
  check.arg(type(p) == "number" and p >= 0 and p <= 1, "stats.quantile", "p",
    "a number in [0, 1]", p)
  for _, v in ipairs(values) do if v ~= v then return v end end
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local at = 1 + p * (#sorted - 1)
  local below = math.floor(at)
  local low, high = sorted[below], sorted[math.min(below + 1, #sorted)]
  return low == high and low or low + (at - below) * (high - low)
end

-- ---- ranks ----

-- Fails on a NaN, which has no rank.
local function check_ranked(func, arg, list)
  check_numbers(func, arg, list)
  for i, v in ipairs(list) do
    if v ~= v then
      check.fail("%s: argument '%s' has a NaN at %d, which has no rank", func,
        arg, i)
    end
  end
end

-- Places of the values in ascending order, in runs of those that tie: a value
-- belongs to a run while it is within `tolerance` of the one before.
local function runs_of(values, tolerance)
  local order, runs = {}, {}
  for i = 1, #values do order[i] = i end
  table.sort(order, function(a, b)
    if values[a] ~= values[b] then return values[a] < values[b] end
    return a < b
  end)
  for k, i in ipairs(order) do
    local before = order[k - 1]
    if before and values[i] - values[before] <= tolerance then
      local run = runs[#runs]
      run[#run + 1] = i
    else
      runs[#runs + 1] = { i }
    end
  end
  return runs
end

-- Ranks from runs: all of a run have their mean place.
local function ranks_of(runs)
  local ranks, before = {}, 0
  for _, run in ipairs(runs) do
    for _, i in ipairs(run) do ranks[i] = before + (#run + 1) / 2 end
    before = before + #run
  end
  return ranks
end

---Ranks from 1; equal values share the average of their places.
---@param values number[]
---@return number[]
function stats.ranks(values)
  check_ranked("stats.ranks", "values", values)
  return ranks_of(runs_of(values, 0))
end

-- sum a b, sum b^2 and sum a^2 of two lists of ranks, from their middle.
local function products(a, b)
  local middle, ab, aa, bb = (#a + 1) / 2, 0, 0, 0
  for i = 1, #a do
    local x, y = a[i] - middle, b[i] - middle
    ab, aa, bb = ab + x * y, aa + x * x, bb + y * y
  end
  return ab, bb, aa
end

local function check_pair(func, names, a, b)
  check_ranked(func, names[1], a)
  check_ranked(func, names[2], b)
  if #a ~= #b then
    check.fail("%s: %d numbers in %s and %d in %s", func, #a, names[1], #b,
      names[2])
  end
end

---Spearman's rank correlation: that of the ranks, where equal values share
---the average of their places. NaN when all values of one list are equal, for
---then there is no order to agree with.
---@param a number[]
---@param b number[]
---@return number
function stats.spearman(a, b)
  check_pair("stats.spearman", { "a", "b" }, a, b)
  local ab, bb, aa = products(stats.ranks(a), stats.ranks(b))
  return ab / math.sqrt(aa * bb)
end

-- Truths nearer than this are one and the same to a sampled error in [0, 1]:
-- a twentieth of the largest, and never less than a thousandth.
local function default_tolerance(truth)
  local most = 0
  for _, v in ipairs(truth) do most = math.max(most, math.abs(v)) end
  return math.max(1e-3, most / 20)
end

---How far discovered values order things as the truth does, where what ties
---in truth may come in any order: Spearman's correlation divided by the
---largest that the ties of the truth leave possible. With ranks a of the
---truth, ties averaged, and b of the values, both from their middle, that is
---sum a b / sum a^2. It is 1 exactly when all pairs of different truths are in
---order, -1 when all are in the opposite order, and Spearman's correlation
---when nothing ties; 1 when all truths tie, since no order can be wrong then;
---0 when the values are all equal and the truths are not.
---Truths tie in chains: each within the tolerance of the next larger.
---@param truth number[]
---@param values number[]
---@param tolerance? number 1/20 of the largest truth, at least 1e-3, unless
---  given: right for sampled errors in [0, 1]
---@return number
function stats.agreement(truth, values, tolerance)
  local func = "stats.agreement"
  check_pair(func, { "truth", "values" }, truth, values)
  tolerance = tolerance or default_tolerance(truth)
  check.arg(type(tolerance) == "number" and tolerance >= 0, func,
    "tolerance", "a number >= 0", tolerance)
  local runs = runs_of(truth, tolerance)
  if #runs <= 1 then return 1.0 end
  local ab, _, aa = products(ranks_of(runs), stats.ranks(values))
  return ab / aa
end

return stats
