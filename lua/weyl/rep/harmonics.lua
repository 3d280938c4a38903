-- harmonics.lua: harmonic polynomials of the plane and of space, and the
-- matrices by which rotations and reflections act on them.
--
-- Conventions, kept by everything in this folder:
--   Y_l(x) has entries m = -l..l, real, without the Condon-Shortley phase:
--     m > 0   N_lm P_l^m(z) Re (x + iy)^m     m < 0   the same with Im, |m|
--   with positive P near the north pole, so Y_1(x) ~ (y, z, x).
--   Y_l(g x) = D_l(g) Y_l(x); D_l is orthogonal and D_l(g h) = D_l(g) D_l(h).
--   (Re, Im)(g z)^k = psi_k(g) (Re, Im)(z^k) in the plane.
-- Every function is built of tensor operations only, so vjp and jvp work on
-- it; the derivative of a matrix at the identity in direction A is
-- jvp(function(g) return rep.wigner(l, g) end, identity, A). Constants
-- are made in f64 once per degree and kept.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"

---@class weyl.rep_room
local rep = {} -- these functions are found in weyl.rep

-- A tensor [..., d], or with `square` [..., d, d]; nested tables become f64.
local function read(func, arg, x, d, square)
  if type(x) == "table" then x = core.tensor(x, "f64") end
  local dtype = core.is_tensor(x) and x.dtype
  local least = square and 2 or 1
  local ok = (dtype == "f32" or dtype == "f64") and x.rank >= least
  for i = 0, least - 1 do ok = ok and x.shape[x.rank - i] == d end
  check.arg(ok, func, arg, ("an f32 or f64 tensor [..., %s%d]"):format(
    square and d .. ", " or "", d), x)
  return x
end

local function read_degree(func, arg, l)
  check.arg(check.whole(l, 0), func, arg, "an integer >= 0", l)
  return math.tointeger(l)
end

-- The shape of x without its last `drop` dimensions, then `more`.
local function shape_like(x, drop, more)
  local shape = table.move(x.shape, 1, x.rank - drop, 1, {})
  return table.move(more, 1, #more, #shape + 1, shape)
end

-- A function of (degree, dtype) that keeps what make(degree) gave, a table of
-- numbers to be converted or a tensor of f64.
local function kept(make)
  local known = { f32 = {}, f64 = {} }
  return function(l, dtype)
    local found = known[dtype][l]
    if not found then
      found = core.tree.map(function(t) return t:to(dtype):eval() end, make(l))
      known[dtype][l] = found
    end
    return found
  end
end

-- ---- solid harmonics ----

-- Coefficients of the recurrence in the degree d = 1..l, for all orders
-- m = 0..l at once: F_d = z a_d F_{d-1} - r^2 b_d F_{d-2} + e_d. F_d [l + 1]
-- holds Y_d^m / Re (x + iy)^m, orthonormal on the unit sphere; it is that of
-- the associated Legendre functions, normalised, without their sine.
local recurrence = kept(function(l)
  local first = { math.sqrt(0.25 / math.pi) }
  for m = 1, l do first[m + 1] = 0.0 end
  local out = { first = core.tensor(first, "f64"), steps = {} }
  local top = first[1]
  for d = 1, l do
    local a, b, e = {}, {}, {}
    for m = 0, l do
      local inner = m < d
      local s = inner and math.sqrt((4 * d * d - 1) / (d * d - m * m)) or 0.0
      a[m + 1], e[m + 1] = s, 0.0
      b[m + 1] = m < d - 1 and s * math.sqrt(((d - 1) ^ 2 - m * m)
        / (4 * (d - 1) ^ 2 - 1)) or 0.0
    end
    top = top * math.sqrt((2 * d + 1) / (d == 1 and 1 or 2 * d))
    e[d + 1] = top
    out.steps[d] = { a = core.tensor(a, "f64"), b = core.tensor(b, "f64"),
      e = core.tensor(e, "f64") }
  end
  return out
end)

-- F_l [..., l + 1] at z and r2 [..., 1].
local function legendre(l, z, r2)
  local constants = recurrence(l, z.dtype)
  local before, now = nil, constants.first
  for d = 1, l do
    local c = constants.steps[d]
    local following = z * (c.a * now) + c.e
    if before then following = following - r2 * (c.b * before) end
    before, now = now, following
  end
  return now
end

-- Product of complex numbers given as real and imaginary parts.
local function times(a, b, c, d) return a * c - b * d, a * d + b * c end

-- (x + iy)^m for m = 1..l: real and imaginary parts [..., l].
local function all_powers(l, x, y)
  local re, im, n = x, y, 1
  while n < l do
    local r, i = times(re, im, re:slice(-1, n, n), im:slice(-1, n, n))
    re, im = core.concat({ re, r }, -1), core.concat({ im, i }, -1)
    n = 2 * n
  end
  return re:slice(-1, 1, l), im:slice(-1, 1, l)
end

-- Y_l(x) [..., 2l + 1], orthonormal on the unit sphere.
local function orthonormal(l, x)
  if l == 0 then
    return core.full(shape_like(x, 1, { 1 }), math.sqrt(0.25 / math.pi),
      x.dtype)
  end
  local F = legendre(l, x:slice(-1, 3, 3), x:square():sum(-1, true))
  local re, im = all_powers(l, x:slice(-1, 1, 1), x:slice(-1, 2, 2))
  local around = F:slice(-1, 2, l + 1)
  return core.concat({ (im * around):flip(-1), F:slice(-1, 1, 1),
    re * around }, -1)
end

local NORMALISATIONS = {
  integral = function() return 1 end,
  component = function() return math.sqrt(4 * math.pi) end,
  norm = function(l) return math.sqrt(4 * math.pi / (2 * l + 1)) end,
}

local KINDS = { { "normalisation", { "integral", "component", "norm" },
  default = "integral" } }

-- Checked l, x and the factor of the normalisation.
local function read_harmonic(func, l, x, opts)
  l = read_degree(func, "l", l)
  local o = options.read(func, opts, KINDS)
  return l, read(func, "x", x, 3), NORMALISATIONS[o.normalisation](l)
end

---The real solid harmonics of degree l: homogeneous harmonic polynomials of
---x, order m = -l..l without the Condon-Shortley phase, l = 1 ~ (y, z, x).
---Valid at 0 and on the axis. The normalisation "integral" makes the integral
---of Y_m Y_m' over the unit sphere 1 or 0, "component" the mean over the
---sphere of every Y_m^2 1, "norm" |Y(x)| = |x|^l.
---@param l integer degree
---@param x weyl.tensor|table [..., 3]; tables become f64
---@param opts? { normalisation: string? } "integral" unless given
---@return weyl.tensor [..., 2l + 1]
function rep.solid_harmonics(l, x, opts)
  local scale
  l, x, scale = read_harmonic("rep.solid_harmonics", l, x, opts)
  local y = orthonormal(l, x)
  return scale == 1 and y or y * scale
end

-- x / |x| [..., 3], and 0 with derivative 0 where x is 0. Dividing by the
-- largest entry first keeps the squares within range.
local function direction(x)
  local size = core.stop_gradient(x:abs():max(-1, true))
  local none = size:eq(0)
  local scaled = x / core.where(none, 1, size)
  local norm = core.where(none, 1, scaled:square():sum(-1, true)):sqrt()
  return core.where(none, 0, scaled / norm)
end

---The real spherical harmonics of degree l: solid harmonics of x / |x|. At
---x = 0, where there is no direction, they are their mean over the sphere, 0
---for l > 0, and so are their derivatives.
---@param l integer degree
---@param x weyl.tensor|table [..., 3]; tables become f64
---@param opts? { normalisation: string? } see rep.solid_harmonics
---@return weyl.tensor [..., 2l + 1]
function rep.spherical_harmonics(l, x, opts)
  l, x = read_harmonic("rep.spherical_harmonics", l, x, opts)
  return rep.solid_harmonics(l, direction(x), opts)
end

-- ---- the matrices of O(3) ----

-- Positive nodes t of Gauss-Legendre quadrature with n points on [-1, 1] and
-- their weights, by Newton's method; with an odd n also 0.
local function gauss_legendre(n)
  local nodes, weights = {}, {}
  for i = 1, (n + 1) // 2 do
    local t, slope = math.cos(math.pi * (i - 0.25) / (n + 0.5)), nil
    for _ = 1, 8 do -- the fourth step no longer moves t
      local p, q = 1.0, 0.0
      for k = 1, n do p, q = ((2 * k - 1) * t * p - (k - 1) * q) / k, p end
      slope = n * (t * p - q) / (t * t - 1)
      t = t - p / slope
    end
    nodes[i], weights[i] = t, 2 / ((1 - t * t) * slope * slope)
  end
  if n % 2 == 1 then nodes[#nodes] = 0.0 end
  return nodes, weights
end

-- Points of the unit sphere [n, 3] and w_p Y_l(x_p) [n, 2l + 1] with
-- sum_p w_p f(x_p) the integral of every even polynomial f of degree 2l: the
-- northern half of the product rule, doubled. Weighted by sqrt(w_p) the
-- matrix of Y_l(x_p) has orthonormal columns: its condition number is 1.
local quadrature = kept(function(l)
  local t, w = gauss_legendre(l + 1)
  local points, weights = {}, {}
  for i = 1, #t do
    local half = t[i] > 0 and 2 or 1
    local s = math.sqrt((1 - t[i]) * (1 + t[i]))
    for k = 1, 2 * l + 1 do
      local phi = 2 * math.pi * (k - 1) / (2 * l + 1)
      points[#points + 1] = { s * math.cos(phi), s * math.sin(phi), t[i] }
      weights[#weights + 1] = { half * w[i] * 2 * math.pi / (2 * l + 1) }
    end
  end
  points = core.tensor(points, "f64")
  return { points = points,
    dual = core.tensor(weights, "f64") * orthonormal(l, points) }
end)

-- Whether D_l takes the determinant along so that D(-1) is as asked.
local function read_parity(func, l, parity)
  if parity == nil or parity == "natural" then return false end
  check.arg(parity == 1 or parity == -1, func, "parity",
    "1, -1 or 'natural'", parity)
  return parity ~= (l % 2 == 0 and 1 or -1)
end

---The matrix D(g) with Y(g x) = D(g) Y(x) for the harmonics of degree l and g
---in O(3). It is the integral over the sphere of Y(g x) Y(x)^T, a polynomial
---in g, by a quadrature rule that is exact for it and has condition number 1.
---Batches of g give batches. Nothing tests that g is orthogonal.
---@param l integer degree
---@param g weyl.tensor|table [..., 3, 3]; tables become f64
---@param parity? integer|string 1 or -1: D(-1) of the representation, by a
---  factor det g where needed; "natural", (-1)^l, unless given
---@return weyl.tensor [..., 2l + 1, 2l + 1]
function rep.wigner(l, g, parity)
  local func = "rep.wigner"
  l = read_degree(func, "l", l)
  g = read(func, "g", g, 3, true)
  local twist = read_parity(func, l, parity)
  local D
  if l == 0 then
    D = core.ones(shape_like(g, 2, { 1, 1 }), g.dtype)
  else
    local rule = quadrature(l, g.dtype)
    D = orthonormal(l, rule.points:matmul(g:transpose()))
      :transpose():matmul(rule.dual)
  end
  return twist and D * g:det():reshape(shape_like(g, 2, { 1, 1 })) or D
end

-- ---- the plane ----

-- (a + ib)^k for k >= 1, by repeated squaring.
local function raise(a, b, k)
  if k == 1 then return a, b end
  local c, d = raise(a, b, k // 2)
  c, d = times(c, d, c, d)
  if k % 2 == 1 then return times(c, d, a, b) end
  return c, d
end

---The circular harmonics of degree k: real and imaginary part of (x + iy)^k,
---the number 1 for k = 0.
---@param k integer degree
---@param x weyl.tensor|table [..., 2]; tables become f64
---@return weyl.tensor [..., 2], for k = 0 [..., 1]
function rep.circular_harmonics(k, x)
  k = read_degree("rep.circular_harmonics", "k", k)
  x = read("rep.circular_harmonics", "x", x, 2)
  if k == 0 then return core.ones(shape_like(x, 1, { 1 }), x.dtype) end
  local re, im = raise(x:slice(-1, 1, 1), x:slice(-1, 2, 2), k)
  return core.concat({ re, im }, -1)
end

-- Entry [i, j] of matrices, [..., 1, 1].
local function entry(g, i, j) return g:slice(-2, i, i):slice(-1, j, j) end

---The matrix psi(g) with h(g x) = psi(g) h(x) for the circular harmonics h of
---degree k and g in O(2): a polynomial in g. With g z = a z + b conj(z) it is
---a^k z^k + b^k conj(z)^k; one of a, b is 0. Nothing tests that g is
---orthogonal. For k = 0 it is the 1 x 1 matrix 1.
---@param k integer degree
---@param g weyl.tensor|table [..., 2, 2]; tables become f64
---@return weyl.tensor [..., 2, 2], for k = 0 [..., 1, 1]
function rep.psi_matrix(k, g)
  k = read_degree("rep.psi_matrix", "k", k)
  g = read("rep.psi_matrix", "g", g, 2, true)
  if k == 0 then return core.ones(shape_like(g, 2, { 1, 1 }), g.dtype) end
  local p, q, r, s = entry(g, 1, 1), entry(g, 1, 2), entry(g, 2, 1),
    entry(g, 2, 2)
  local a, b = raise((p + s) / 2, (r - q) / 2, k)
  local c, d = raise((p - s) / 2, (r + q) / 2, k)
  return core.concat({ core.concat({ a + c, d - b }, -1),
    core.concat({ b + d, a - c }, -1) }, -2)
end

return rep
