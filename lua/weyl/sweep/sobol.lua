-- sweep/sobol.lua: points of the Sobol sequence in up to 21 dimensions.
--
-- Direction numbers: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with
-- better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), their
-- set D(6). Points are 32-bit integers per dimension, in the order of the
-- Gray code; the first is the origin. Any 2^k points from a multiple of 2^k
-- on are a net: every dimension has one in each interval of length 2^-k.

local BITS = 32

-- By dimension from the second on: the coefficients of the primitive
-- polynomial x^s + a_1 x^(s-1) + ... + a_(s-1) x + 1 between the first and
-- the last, as the bits of a number, then m_1 ... m_s.
local TABLE = {
  { 0, 1 }, { 1, 1, 3 }, { 1, 1, 3, 1 }, { 2, 1, 1, 1 }, { 1, 1, 1, 3, 3 },
  { 4, 1, 3, 5, 13 }, { 2, 1, 1, 5, 5, 17 }, { 4, 1, 1, 5, 5, 5 },
  { 7, 1, 1, 7, 11, 19 }, { 11, 1, 1, 5, 1, 1 }, { 13, 1, 1, 1, 3, 11 },
  { 14, 1, 3, 5, 5, 31 }, { 1, 1, 3, 3, 9, 7, 49 },
  { 13, 1, 1, 1, 15, 21, 21 }, { 16, 1, 3, 1, 13, 27, 49 },
  { 19, 1, 1, 1, 15, 7, 5 }, { 22, 1, 3, 1, 15, 13, 25 },
  { 25, 1, 1, 5, 5, 19, 61 }, { 1, 1, 3, 7, 11, 23, 15, 103 },
  { 4, 1, 3, 7, 13, 13, 15, 69 },
}

local sobol = { dimensions = #TABLE + 1, bits = BITS }

-- v_1 ... v_32 of a dimension, v_i = m_i 2^(32 - i), with the recurrence of
-- the polynomial:
--   v_i = v_(i-s) ~ (v_(i-s) >> s) ~ a_1 v_(i-1) ~ ... ~ a_(s-1) v_(i-s+1).
local function directions(dimension)
  local v = {}
  if dimension == 1 then
    for i = 1, BITS do v[i] = 1 << (BITS - i) end
    return v
  end
  local row = TABLE[dimension - 1]
  local s = #row - 1
  for i = 1, s do v[i] = row[i + 1] << (BITS - i) end
  for i = s + 1, BITS do
    v[i] = v[i - s] ~ (v[i - s] >> s)
    for k = 1, s - 1 do
      if row[1] >> (s - 1 - k) & 1 == 1 then v[i] = v[i] ~ v[i - k] end
    end
  end
  return v
end

local cache = {}

---The i-th point, i = 1 for the origin, as integers in [0, 2^32).
---@param i integer
---@param dimensions integer at most sobol.dimensions
---@return integer[]
function sobol.point(i, dimensions)
  local gray, x = (i - 1) ~ ((i - 1) >> 1), {}
  for d = 1, dimensions do
    cache[d] = cache[d] or directions(d)
    x[d] = 0
    for bit = 0, BITS - 1 do
      if gray >> bit & 1 == 1 then x[d] = x[d] ~ cache[d][bit + 1] end
    end
  end
  return x
end

return sobol
