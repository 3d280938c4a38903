-- coupling.lua: how two irreducible representations of rotations couple to a
-- third: Clebsch-Gordan coefficients and 3j symbols, and the same for the real
-- harmonics of harmonics.lua.
--
-- Angular momenta are whole or half whole numbers, taken times two inside so
-- that they are integers. Racah's alternating sum is a sum of integers,
--   T = sum_k (-1)^k C(a, k) C(b, j1 - m1 - k) C(c, j2 + m2 - k),
--   a = j1 + j2 - j3, b = j1 - j2 + j3, c = -j1 + j2 + j3,
-- (Edmonds 3.6.11 times a! b! c!) and is done exactly: nothing cancels. With
-- J = a + b + c no partial sum exceeds 2^J, so up to J = 62 Lua's integers
-- hold it; past that it is done in limbs. The square root in front is a
-- quotient of binomials.

local check = require "weyl.check"
local core = require "weyl.core"

---@class weyl.rep_room
local rep = {} -- these functions are found in weyl.rep

local EXACT = 62 -- largest J for 64-bit integers
local LARGEST = 1000 -- largest J: binomials stay within f64

-- ---- integers ----

-- Pascal's triangle up to row EXACT + 1: binomial[n][k].
local binomial = { [0] = { [0] = 1 } }
for n = 1, EXACT + 1 do
  local above, row = binomial[n - 1], { [0] = 1, [n] = 1 }
  for k = 1, n - 1 do row[k] = above[k - 1] + above[k] end
  binomial[n] = row
end

-- C(n, k) as a float.
local function choose(n, k)
  if n <= EXACT + 1 then return binomial[n][k] + 0.0 end
  local c = 1.0
  for i = 1, math.min(k, n - k) do c = c * (n - i + 1) / i end
  return c
end

-- A natural number of any size: limbs of 30 bits, the lowest first.
local BASE = 1 << 30

-- x times m over q in place, where the result is whole and m, q < 2^30.
local function scale(x, m, q)
  local carry = 0
  for i = 1, #x do
    carry = carry + x[i] * m
    x[i], carry = carry % BASE, carry // BASE
  end
  if carry > 0 then x[#x + 1] = carry end
  local rest = 0
  for i = #x, 1, -1 do
    rest = rest * BASE + x[i]
    x[i], rest = rest // q, rest % q
  end
end

-- The limbs of sign * x, where x are sums of limbs with signs, and what is
-- carried out of them: it is negative when that number is.
local function carried(x, sign)
  local out, carry = {}, 0
  for i = 1, #x do
    carry = carry + sign * x[i]
    out[i], carry = carry % BASE, carry // BASE
  end
  return out, carry
end

-- The number of these limbs with signs as a float, by its leading limbs.
local function to_float(x)
  local sign, limbs, value = 1.0, carried(x, 1)
  if value < 0 then
    sign, limbs, value = -1.0, carried(x, -1)
  end
  local i = #x
  value = value + 0.0
  while i > 0 and value < 2.0 ^ 54 do
    value, i = value * BASE + limbs[i], i - 1
  end
  return sign * value * 2.0 ^ (30 * i)
end

-- T in limbs; each term follows from the one before it.
local function long_sum(a, b, c, p, q, first, last)
  local term, total = { 1 }, {}
  for i = 1, first do scale(term, a - i + 1, i) end
  for i = 1, p - first do scale(term, b - i + 1, i) end
  for i = 1, q - first do scale(term, c - i + 1, i) end
  for k = first, last do
    local sign = k % 2 == 0 and 1 or -1
    for i, limb in ipairs(term) do total[i] = (total[i] or 0) + sign * limb end
    if k < last then
      scale(term, a - k, k + 1)
      scale(term, p - k, b - p + k + 1)
      scale(term, q - k, c - q + k + 1)
    end
  end
  return to_float(total)
end

-- T as a float, correctly rounded up to J = EXACT.
local function racah(a, b, c, p, q)
  local first = math.max(0, p - b, q - c)
  local last = math.min(a, p, q)
  if a + b + c > EXACT then return long_sum(a, b, c, p, q, first, last) end
  local A, B, C, total = binomial[a], binomial[b], binomial[c], 0
  for k = first, last do
    local term = A[k] * B[p - k] * C[q - k]
    total = k % 2 == 0 and total + term or total - term
  end
  return total + 0.0
end

-- The coefficient of doubled arguments, for which the triangle holds.
local function coefficient(j1, m1, j2, m2, j3, m3)
  local a, b, c = (j1 + j2 - j3) // 2, (j1 - j2 + j3) // 2,
    (j2 + j3 - j1) // 2
  local p, q = (j1 - m1) // 2, (j2 + m2) // 2
  local T = racah(a, b, c, p, q)
  if T == 0 then return 0.0 end
  -- factor by factor, for the whole product may leave the range of f64
  return T / math.sqrt(choose(a + b + c + 1, a + 1))
    / math.sqrt(choose(j3, (j3 + m3) // 2))
    * math.sqrt(choose(j1, a) / choose(j1, p))
    * math.sqrt(choose(j2, a) / choose(j2, q) * ((j3 + 1) / (a + 1)))
end

-- ---- arguments ----

local function triangle(a, b, c)
  return c >= math.abs(a - b) and c <= a + b and (a + b + c) % 2 == 0
end

-- Twice j, an integer.
local function double_spin(func, arg, j)
  check.arg(math.type(j) and j >= 0 and check.whole(2 * j), func, arg,
    "0, 1/2, 1, 3/2 ...", j)
  return math.tointeger(2 * j)
end

-- Twice m, an integer between -j and j in steps of 2, j being doubled.
local function double_order(func, arg, m, j)
  check.arg(math.type(m) and check.whole(2 * m) and (2 * m - j) % 2 == 0
    and math.abs(2 * m) <= j, func, arg,
    ("one of %g, %g ... %g"):format(-j / 2, 1 - j / 2, j / 2), m)
  return math.tointeger(2 * m)
end

local function check_size(func, doubled)
  if doubled > 2 * LARGEST then
    check.fail("%s: the angular momenta sum to %g, the most is %d", func,
      doubled / 2, LARGEST)
  end
end

-- ---- coefficients ----

---The Clebsch-Gordan coefficient <j1 m1 j2 m2 | j3 m3> in the phases of Condon
---and Shortley; 0 where m1 + m2 is not m3 or j3 is outside the triangle of j1
---and j2.
---@param j1 number 0, 1/2, 1, 3/2 ...
---@param m1 number -j1, -j1 + 1 ... j1
---@param j2 number
---@param m2 number
---@param j3 number
---@param m3 number
---@return number
function rep.clebsch_gordan(j1, m1, j2, m2, j3, m3)
  local func = "rep.clebsch_gordan"
  j1, j2, j3 = double_spin(func, "j1", j1), double_spin(func, "j2", j2),
    double_spin(func, "j3", j3)
  m1, m2, m3 = double_order(func, "m1", m1, j1),
    double_order(func, "m2", m2, j2), double_order(func, "m3", m3, j3)
  if m1 + m2 ~= m3 or not triangle(j1, j2, j3) then return 0.0 end
  check_size(func, j1 + j2 + j3)
  return coefficient(j1, m1, j2, m2, j3, m3)
end

---The 3j symbol of Wigner, first the momenta, then their components: the
---invariant in the product of three representations. It is 0 where the m's do
---not sum to 0 or the j's are no triangle.
---@param j1 number 0, 1/2, 1, 3/2 ...
---@param j2 number
---@param j3 number
---@param m1 number -j1, -j1 + 1 ... j1
---@param m2 number
---@param m3 number
---@return number
function rep.wigner_3j(j1, j2, j3, m1, m2, m3)
  local func = "rep.wigner_3j"
  j1, j2, j3 = double_spin(func, "j1", j1), double_spin(func, "j2", j2),
    double_spin(func, "j3", j3)
  m1, m2, m3 = double_order(func, "m1", m1, j1),
    double_order(func, "m2", m2, j2), double_order(func, "m3", m3, j3)
  if m1 + m2 + m3 ~= 0 or not triangle(j1, j2, j3) then return 0.0 end
  check_size(func, j1 + j2 + j3)
  local sign = (j1 - j2 - m3) // 2 % 2 == 0 and 1 or -1
  return sign * coefficient(j1, m1, j2, m2, j3, -m3) / math.sqrt(j3 + 1)
end

-- ---- real harmonics ----

-- The harmonic of order m in terms of the complex ones: up to two entries
-- { order, factor, power of i }. Y_m = (Y^-m + (-1)^m Y^m) / sqrt 2 and
-- Y_-m = i (Y^-m - (-1)^m Y^m) / sqrt 2 for m > 0.
local function complex_orders(m)
  if m == 0 then return { { 0, 1.0, 0 } } end
  local a, half = math.abs(m), math.sqrt(0.5)
  local even = a % 2 == 0 and half or -half
  if m > 0 then return { { -a, half, 0 }, { a, even, 0 } } end
  return { { -a, half, 1 }, { a, -even, 1 } }
end

-- Factor and power of i of the complex order `mu` in the real order m.
local function part(m, mu)
  for _, entry in ipairs(complex_orders(m)) do
    if entry[1] == mu then return entry[2], entry[3] end
  end
end

-- Adds to the rows C[m3] of one column (m1, m2) what the complex orders of
-- its two factors give; phase is a power of i. Odd powers cancel.
local function add_column(C, l, first, second, phase)
  local mu = first[1] + second[1]
  if math.abs(mu) > l[3] then return end
  local value = coefficient(2 * l[1], 2 * first[1], 2 * l[2], 2 * second[1],
    2 * l[3], 2 * mu) * first[2] * second[2]
  for _, m in ipairs(mu == 0 and { 0 } or { -mu, mu }) do
    local factor, power = part(m, mu)
    power = power - first[3] - second[3] + phase
    if power % 2 == 0 then
      local sign = power % 4 == 0 and 1 or -1
      C[m] = C[m] + sign * factor * value
    end
  end
end

-- The coupling as a function (m1, m2) -> table of entries by m3.
local function columns(l)
  -- i^J (-1)^(l1 - l2): see rep.coupling
  local phase = l[1] + l[2] + l[3] + 2 * (l[1] - l[2])
  return function(m1, m2)
    local C = {}
    for m3 = -l[3], l[3] do C[m3] = 0.0 end
    for _, first in ipairs(complex_orders(m1)) do
      for _, second in ipairs(complex_orders(m2)) do
        add_column(C, l, first, second, phase)
      end
    end
    return C
  end
end

---The coupling of real harmonics: C with C(D1 x, D2 y) = D3 C(x, y) for the
---matrices D of rep.wigner of proper rotations, and of all of O(3) if
---the parities multiply. As a matrix from the product space it has orthonormal
---rows; all l3 from |l1 - l2| to l1 + l2 together are an orthogonal matrix.
---The sign is that of i^(l1 + l2 + l3) times the transformed 3j symbol. So
---for an even sum C(Y(x), Y(x)) is a positive multiple of Y_l3(x), for an odd
---one it is 0 and (1, 1, 1) is the cross product over sqrt 2; C / sqrt(2 l3 +
---1) keeps its entries when the three l's change places, up to the sign of
---the permutation for an odd sum.
---@param l1 integer
---@param l2 integer
---@param l3 integer between |l1 - l2| and l1 + l2
---@return weyl.tensor f64 [2 l3 + 1, 2 l1 + 1, 2 l2 + 1]
function rep.coupling(l1, l2, l3)
  local func, l = "rep.coupling", { l1, l2, l3 }
  for i = 1, 3 do
    check.arg(check.whole(l[i], 0), func, "l" .. i, "an integer >= 0", l[i])
    l[i] = math.tointeger(l[i])
  end
  if not triangle(2 * l[1], 2 * l[2], 2 * l[3]) then
    check.fail("%s: %d and %d couple to degrees %d to %d, not to %d", func,
      l[1], l[2], math.abs(l[1] - l[2]), l[1] + l[2], l[3])
  end
  check_size(func, 2 * (l[1] + l[2] + l[3]))
  local column, out = columns(l), {}
  for m1 = -l[1], l[1] do
    for m2 = -l[2], l[2] do
      local C, row = column(m1, m2), {}
      for m3 = -l[3], l[3] do row[#row + 1] = C[m3] end
      out[#out + 1] = row
    end
  end
  return core.tensor(out, "f64"):transpose()
    :reshape(2 * l[3] + 1, 2 * l[1] + 1, 2 * l[2] + 1):eval()
end

return rep
