-- group/limit.lua: how large a group, and a list of its elements, may be.
--
-- Constructors ask before they build anything. Sizes are computed as floats,
-- which are exact as far as they are allowed and do not wrap beyond that.

local check = require "weyl.check"

local limit = {}

---The largest dimension that the engine takes.
limit.DIMENSION = 4096

---The most entries of all generators of one group: their number times d^2.
limit.NUMBERS = 1 << 23

---The most bytes that a list of elements may take, with what it takes to find
---them.
limit.BYTES = 1 << 30

---Fails when a group with `count` generators on R^d would be too large.
---@param func string the operation
---@param what string what would be too large: "n = 150", "the product"
---@param d number
---@param count number
function limit.generators(func, what, d, count)
  if d > limit.DIMENSION then
    check.fail("%s: %s would act on dimension %.0f; the most is %d", func,
      what, d, limit.DIMENSION)
  end
  local numbers = 1.0 * count * d * d
  if numbers > limit.NUMBERS then
    check.fail("%s: %s would need %.0f numbers for its generators; the most "
      .. "is %d", func, what, numbers, limit.NUMBERS)
  end
end

-- ---- the families of the catalogue ----

local function planes(n) return n * (n - 1) / 2 end

-- Dimension and number of generators of each family, n a float.
local families = {
  trivial = function(n) return n, 0 end,
  reflection = function(n) return n, 1 end,
  parity = function(n) return n, 1 end,
  time_reversal = function(n) return n, 1 end,
  scaling = function(n) return n, 1 end,
  SO = function(n) return n, planes(n) end,
  O = function(n) return n, planes(n) + 1 end,
  SO_plus = function(n) return n, planes(n) end,
  lorentz = function(n) return n, planes(n) end,
  lorentz_special = function(n) return n, planes(n) + 1 end,
  lorentz_full = function(n) return n, planes(n) + 2 end,
  C = function() return 2, 1 end,
  D = function() return 2, 2 end,
  S = function(n) return n, n - 1 end,
  Alt = function(n) return n, math.max(n - 2, 0) end,
  Z = function(n) return n, 1 end,
  B = function(n) return n, n end,
  GL = function(n) return n, n * n end,
  SL = function(n) return n, n * n - 1 end,
  Sp = function(m) return 2 * m, m * (2 * m + 1) end,
  U = function(n) return 2 * n, n * n end,
  SU = function(n) return 2 * n, n * n - 1 end,
  USp = function(m) return 4 * m, m * (2 * m + 1) end,
  translations = function(n) return n + 1, n end,
  SE = function(n) return n + 1, planes(n) + n end,
  E = function(n) return n + 1, planes(n) + 1 + n end,
}

---Fails when a group of the catalogue would be too large.
---@param name string of the constructor
---@param arg string what the size is called: "n"
---@param n integer
function limit.family(name, arg, n)
  local d, count = families[name](n + 0.0)
  limit.generators("group." .. name, ("%s = %d"):format(arg, n), d, count)
end

---The same for isometries of a metric with signature p, q.
---@param name "SO"|"O"|"SO_plus"
---@param p integer
---@param q integer
function limit.signature(name, p, q)
  local n = p + 0.0 + q
  local more = name == "SO" and 1 or name == "O" and 2 or 0
  limit.generators("group." .. name, ("p + q = %.0f"):format(n), n,
    planes(n) + more)
end

-- ---- lists of elements ----

---Bytes that one element takes while all are listed: its f64 matrix, and the
---table and set in which it was found, with 16 bytes a number.
---@param d integer
---@param exact boolean whether elements are found as permutations
---@return integer
function limit.element(d, exact)
  return 8 * d * d + 16 * (exact and d or d * d) + 200
end

---The most elements that may be listed, and what to say when there are more.
---@param d integer
---@param exact boolean
---@param bound integer the most that are wanted
---@return integer
---@return string
function limit.elements(d, exact, bound)
  local room = limit.BYTES // limit.element(d, exact)
  if room >= bound then
    return bound, ("there are more than %d elements"):format(bound)
  end
  return room, ("there are more than %d elements, all that %.3g GiB hold")
    :format(room, limit.BYTES / (1 << 30))
end

return limit
