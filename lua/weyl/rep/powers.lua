-- powers.lua: orthonormal bases of tensors of rank n over R^d that are
-- symmetric, antisymmetric, or symmetric and traceless.
--
-- A basis is an isometry Q [k, d^n], f64: orthonormal rows, the indices of a
-- tensor row-major. So Q (g (x) ... (x) g) Q^T is the matrix by which g acts
-- on the space, for every matrix g; on traceless tensors for orthogonal g
-- only. Rank 0 is the numbers, Q = [1]; a space of dimension 0 has no rows.
-- A basis takes max(k, n) d^n numbers; 2^24 of them, 128 MiB, are the most.
--
-- The work is on positions: entry (i1 ... in) stands at sum_j (ij - 1)
-- d^(n - j), and its sorted indices name the row it belongs to.

local check = require "weyl.check"
local core = require "weyl.core"

local powers = {}

local LIMIT = 1 << 24

-- C(n, k) as a float; right below 2^53.
local function choose(n, k)
  if k < 0 or k > n then return 0.0 end
  local c = 1.0
  for i = 1, math.min(k, n - k) do c = c * (n - i + 1) / i end
  return c
end

-- Checked d and n, the number of rows and that of entries d^n. The rows, and
-- the n indices of every entry, must fit.
local function read(func, d, n, rows)
  check.arg(check.whole(d, 1), func, "d", "an integer >= 1", d)
  check.arg(check.whole(n, 0), func, "n", "an integer >= 0", n)
  d, n = math.tointeger(d), math.tointeger(n)
  local k, size = rows(d, n), d ^ n
  local needed = math.max(k, n) * size
  if needed > LIMIT and d > 1 then
    check.fail("%s: d = %d and n = %d take %.15g numbers, the most is %d",
      func, d, n, needed, LIMIT)
  end
  return d, n, math.tointeger(k), math.tointeger(size)
end

-- The indices of all entries, from 0: i64 [d^n, n].
local function indices(d, n, size)
  local unit = {}
  for j = 1, n do unit[j] = math.tointeger(d ^ (n - j)) end
  unit = core.tensor(unit, "i64")
  return core.arange(0, size - 1):reshape(size, 1) // unit % d, unit
end

-- Of symmetric tensors: the position of every row's first entry [k], and for
-- every entry the row it belongs to [d^n], from 1.
local function orbits(d, n, size)
  local index, unit = indices(d, n, size)
  local sorted = index:sort(-1)
  local first = (sorted * unit):sum(-1)
  local here = core.arange(0, size - 1)
  local starts = core.masked_select(here, first:eq(here))
  local k = starts.shape[1]
  local number = core.zeros({ size }, "i64"):scatter_add(1, starts + 1,
    core.arange(k))
  return starts:eval(), number:take(first + 1):eval()
end

-- The 1 x 1 basis of a space that is the numbers.
local function numbers() return core.ones({ 1, 1 }, "f64") end

-- How many entries belong to each of k rows, [k].
local function counts(k, number)
  return core.zeros({ k }, "f64"):scatter_add(1, number,
    core.ones({ number.shape[1] }, "f64"))
end

local function symmetric_rows(d, n) return choose(d + n - 1, n) end

---A basis of the symmetric tensors of rank n over R^d: one row for each choice
---i1 <= ... <= in of indices, in lexicographic order, with equal entries at
---all their orders. max(rows, n) d^n may be 2^24 at most.
---@param d integer
---@param n integer
---@return weyl.tensor f64 [C(d + n - 1, n), d^n]
function powers.symmetric(d, n)
  local k, size
  d, n, k, size = read("powers.symmetric", d, n, symmetric_rows)
  if n == 0 or d == 1 then return numbers() end
  local _, number = orbits(d, n, size)
  local member = core.arange(k):reshape(k, 1):eq(number):to "f64"
  return (member / counts(k, number):sqrt():reshape(k, 1)):eval()
end

-- The sign of the order of n indices, 0 where two are equal: [d^n].
local function signs(index, n)
  local sign = core.ones({ index.shape[1] }, "f64")
  for j = 2, n do
    local differ = index:slice(2, j, j) - index:slice(2, 1, j - 1)
    sign = sign * differ:sign():to "f64":prod(2)
  end
  return sign
end

---A basis of the antisymmetric tensors of rank n over R^d: one row for each
---choice i1 < ... < in of indices, in lexicographic order, with the entry
---1 / sqrt(n!) there and the sign of the permutation at the other orders. No
---rows for n > d. max(rows, n) d^n may be 2^24 at most.
---@param d integer
---@param n integer
---@return weyl.tensor f64 [C(d, n), d^n]
function powers.antisymmetric(d, n)
  local k, size
  d, n, k, size = read("powers.antisymmetric", d, n, choose)
  if n == 0 then return numbers() end
  if k == 0 then return core.zeros({ 0, size }, "f64") end
  local index, unit = indices(d, n, size)
  local sign = signs(index, n)
  local first = (index:sort(-1) * unit):sum(-1):reshape(1, size)
  local here = core.arange(0, size - 1)
  local starts = core.masked_select(here, core.logical_and(
    first:reshape(size):eq(here), sign:ne(0)))
  local member = starts:reshape(k, 1):eq(first):to "f64"
  local orders = 1.0
  for i = 2, n do orders = orders * i end
  return (member * (sign / math.sqrt(orders))):eval()
end

-- ---- traceless ----
--
-- Traceless symmetric tensors are harmonic polynomials, and those are built
-- one variable at a time: from h, harmonic of degree l in x_1 ... x_{D-1},
--   sum_j a_j x_D^(k - 2j) rho^(2j) h,   rho^2 = x_1^2 + ... + x_{D-1}^2,
--   a_{j+1} = -a_j (k - 2j)(k - 2j - 1) / ((2j + 2)(2j + 2l + D - 1)),
-- is harmonic of degree l + k in D variables, because the Laplacian of
-- rho^(2j) h is 2j (2j - 2 + 2l + D - 1) rho^(2j - 2) h (Vilenkin, chapter
-- IX). Different (l, h) are orthogonal, as functions on the sphere and so as
-- tensors.

-- A polynomial is a list of monomials, each the position of its sorted
-- indices, and their coefficients; the list keeps the order of addition.
---@class weyl.powers.polynomial
---@field keys integer[]
---@field value table<integer, number>

local function polynomial() return { keys = {}, value = {} } end

local function add(p, key, x)
  if not p.value[key] then
    p.keys[#p.keys + 1], p.value[key] = key, 0.0
  end
  p.value[key] = p.value[key] + x
end

-- The monomial times x_{i + 1}: index i goes before the larger ones.
local function insert(key, i, d)
  local tail, unit = 0, 1
  while key % d > i do
    tail, unit, key = tail + key % d * unit, unit * d, key // d
  end
  return (key * d + i) * unit + tail
end

-- p times x_1^2 + ... + x_D^2.
local function times_square(p, D, d)
  local out = polynomial()
  for _, key in ipairs(p.keys) do
    for i = 0, D - 1 do
      add(out, insert(insert(key, i, d), i, d), p.value[key])
    end
  end
  return out
end

-- The harmonic polynomial of degree l + k in D variables made from h.
local function extend(h, l, k, D, d)
  if k == 0 then return h end
  local out, a = polynomial(), 1.0
  for j = 0, k // 2 do
    if j > 0 then h = times_square(h, D - 1, d) end
    local rest = k - 2 * j
    for _, key in ipairs(h.keys) do
      local raised = key
      for _ = 1, rest do raised = raised * d + D - 1 end
      add(out, raised, a * h.value[key])
    end
    a = -a * rest * (rest - 1) / ((2 * j + 2) * (2 * j + 2 * l + D - 1))
  end
  return out
end

-- Real and imaginary part of (x_1 + i x_2)^n; 1 for n = 0.
local function plane(n, d)
  local parts = { polynomial(), polynomial() }
  local key = 0
  for p = 0, n do
    add(parts[p % 2 + 1], key, (p % 4 < 2 and 1 or -1) * choose(n, p))
    key = key * d + 1
  end
  return n == 0 and { parts[1] } or parts
end

-- The harmonic polynomials of degree n in d >= 2 variables.
local function harmonic(d, n)
  local by_degree = {}
  for l = 0, n do by_degree[l] = plane(l, d) end
  for D = 3, d do
    local following = {}
    for degree = 0, n do
      local list = {}
      for l = degree, 0, -1 do
        for _, h in ipairs(by_degree[l]) do
          list[#list + 1] = extend(h, l, degree - l, D, d)
        end
      end
      following[degree] = list
    end
    by_degree = following
  end
  return by_degree[n]
end

-- Their coefficients [rows, symmetric rows], starts being the positions of
-- the latter.
local function coefficients(list, starts)
  local column, places, values = {}, {}, {}
  for j, key in ipairs(starts:totable()) do column[key] = j end
  local k = starts.shape[1]
  for i, p in ipairs(list) do
    for _, key in ipairs(p.keys) do
      places[#places + 1] = (i - 1) * k + column[key]
      values[#values + 1] = p.value[key]
    end
  end
  return core.zeros({ #list * k }, "f64"):scatter_add(1,
    core.tensor(places, "i64"), core.tensor(values, "f64")):reshape(#list, k)
end

local function traceless_rows(d, n)
  return symmetric_rows(d, n) - (n > 1 and symmetric_rows(d, n - 2) or 0)
end

---A basis of the traceless symmetric tensors of rank n over R^d, the harmonics
---of O(d) of degree n. The order is that of the chain O(d), O(d - 1) ... O(2):
---by the degree l in the variables before the last, from n down to 0, within
---it the same for those variables, at the end the real and imaginary part of
---(x_1 + i x_2)^l. So rank 1 is the identity, d = 2 the circular harmonics, and
---d = 3 the solid ones in the order m = n, -n, n - 1, 1 - n ... 0.
---max(rows, n) d^n may be 2^24 at most.
---@param d integer
---@param n integer
---@return weyl.tensor f64 [C(d + n - 1, n) - C(d + n - 3, n - 2), d^n]
function powers.traceless(d, n)
  local k, size
  d, n, k, size = read("powers.traceless", d, n, traceless_rows)
  if k == 0 then return core.zeros({ 0, size }, "f64") end
  if n == 0 or d == 1 then return numbers() end
  local starts, number = orbits(d, n, size)
  local c = coefficients(harmonic(d, n), starts)
  -- a monomial's coefficient spreads evenly over its entries
  local count = counts(starts.shape[1], number)
  c = c / count
  local norm = (c:square() * count):sum(2, true):sqrt()
  return (c / norm):take(number, 2):eval()
end

return powers
