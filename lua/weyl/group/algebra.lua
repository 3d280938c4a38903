-- group/algebra.lua: the Lie algebra of a group: basis, brackets, exp, log.
--
-- The basis is orthonormal by <A, B> = trace(A^T B) and spans the smallest
-- algebra that holds the Lie generators and is closed under brackets and
-- under conjugation by the discrete generators. Ranks are read off singular
-- values, which must be clearly 0 or clearly not; else it is an error.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local rep = require "weyl.rep"

---@class weyl.group
local Group = class.methods

-- Candidates have norm at most sqrt(2) and carry rounding errors of some
-- d eps = 1e-14. A singular value below NOISE counts as 0, one above SIGNAL
-- as a direction; one between them says that the generators are so nearly
-- dependent that rounding decides, which is an error.
local NOISE, SIGNAL = 1e-11, 1e-7

-- The number of singular values of x [m, n] above SIGNAL, and Vh.
local function clear_rank(x, what)
  local _, s, vh = x:svd()
  local rank = 0
  for _, value in ipairs(s:totable()) do
    if value > SIGNAL then
      rank = rank + 1
    elseif value > NOISE then
      check.fail("%s: a singular value of %.2g is neither 0 nor clearly "
        .. "not; the generators are nearly dependent", what, value)
    end
  end
  return rank, vh
end

-- Matrices [k, d, d] as rows of unit length [k, d * d].
local function unit_rows(list, d)
  local rows = core.tensor(list, "f64"):reshape(#list, d * d)
  local norms = rows:norm(2, true)
  local kept = {}
  for i, n in ipairs(norms:flatten():totable()) do
    if n > 0 then kept[#kept + 1] = i end
  end
  if #kept == 0 then return core.zeros({ 0, d * d }, "f64") end
  return (rows / core.where(norms:eq(0), 1, norms))
    :take(core.tensor(kept, "i64"))
end

-- An orthonormal basis of the rows' span: by Gram and Schmidt in the order
-- of the rows when they are well independent, so that familiar generators
-- stay as they are; else by singular vectors.
local function span(rows, what)
  local m, n = rows.shape[1], rows.shape[2]
  if m == 0 then return rows end
  if m <= n then
    local q, r = rows:transpose():qr()
    if r:diag():min():item() > 1e-3 then return q:transpose():eval() end
  end
  local rank, vh = clear_rank(rows, what)
  return vh:slice(1, 1, rank):eval()
end

-- What generators make of the directions `rows` [k, d * d]: the rows of
-- [A, B] for each Lie generator A and of h B h^-1 / (|h| |h^-1|) for each
-- discrete h.
local function each_image(g, rows, lie, use)
  local d, k = g.d, rows.shape[1]
  local b = rows:reshape(k, d, d)
  for i = 1, lie.shape[1] do
    local a = lie[i]:reshape(d, d)
    use((a:matmul(b) - b:matmul(a)):reshape(k, d * d))
  end
  for _, m in ipairs(g.discrete) do
    local h = core.tensor(m, "f64")
    local inverse = h:inv()
    use((h:matmul(b):matmul(inverse) / (h:norm() * inverse:norm()))
      :reshape(k, d * d))
  end
end

-- The directions in the images that `basis` lacks; nil when there are none.
local function new_directions(g, basis, rows, lie)
  local found
  each_image(g, rows, lie, function(images)
    local all = found and core.concat { basis, found } or basis
    for _ = 1, 2 do -- twice, for orthogonality to rounding
      images = images - images:matmul(all:transpose()):matmul(all)
    end
    images = images:eval()
    if images:abs():max():item() <= NOISE / g.d then return end
    local rank, vh = clear_rank(images, "group:algebra")
    if rank == 0 then return end
    local more = vh:slice(1, 1, rank)
    found = (found and core.concat { found, more } or more):eval()
  end)
  return found
end

-- [k, d * d]
local flat_algebra = class.remembered(function(g)
  if #g.lie == 0 then return core.zeros({ 0, g.d * g.d }, "f64") end
  local lie = unit_rows(g.lie, g.d)
  local basis = span(lie, "group:algebra")
  local fresh = basis.shape[1] > 0 and basis or nil
  while fresh do
    fresh = new_directions(g, basis, fresh, lie)
    if fresh then basis = core.concat { basis, fresh }:eval() end
  end
  return basis
end)

---An orthonormal basis, by trace(A^T B), of the group's Lie algebra: all
---that the Lie generators give by brackets and by conjugation with the
---discrete elements. Generators that are orthonormal up to length come
---first, in their order.
---@return weyl.tensor f64 [k, d, d]
function Group:algebra()
  class.receiver("algebra", self)
  local rows = flat_algebra(self)
  return rows:reshape(rows.shape[1], self.d, self.d):eval()
end

-- ---- coordinates ----

-- Coefficients [n, k] of matrices [n, d, d], and the largest distance from
-- the algebra relative to a matrix's length.
local function project(g, a)
  local basis = flat_algebra(g)
  local rows = a:reshape(a.shape[1], g.d * g.d)
  local z = rows:matmul(basis:transpose())
  local off = (rows - z:matmul(basis)):norm(2)
  local size = rows:norm(2)
  local relative = off / core.where(size:eq(0), 1, size)
  return z:eval(), relative:max():item()
end

-- Room for rounding in a product or a logarithm, relative to its length.
local OUTSIDE = 1e-9

---The coefficients in g:algebra()'s basis of a matrix of the Lie algebra, or
---of several. A matrix outside of it is an error.
---@param A weyl.tensor|number[][] [d, d] or [n, d, d]
---@return weyl.tensor f64 [k] or [n, k]
function Group:coordinates(A)
  local a = class.matrix("coordinates", "A", self, A, true)
  local one = a.rank == 2
  local z, off = project(self, one and a:unsqueeze(1) or a)
  if off > OUTSIDE then
    check.fail("group:coordinates: the matrix does not lie in the algebra of "
      .. "%s: %.2g of its length lies outside", self, off)
  end
  return one and z[1] or z
end

local READINGS = { coefficients = true, matrix = true }

-- Whether z holds matrices and not coefficients.
local function holds_matrices(g, z, as)
  local k, d, rank = g:dim(), g.d, z.rank
  local rows = rank <= 2 and z.shape[rank] == k
  local matrix = (rank == 2 or rank == 3) and z.shape[rank] == d
    and z.shape[rank - 1] == d
  if as == "matrix" then rows = false end
  if as == "coefficients" then matrix = false end
  if rows and matrix then
    check.fail("group:exp: a tensor [%d, %d] may mean rows of coefficients "
      .. "or a matrix; say which: exp(z, 'coefficients') or exp(z, 'matrix')",
      d, d)
  end
  check.arg(rows or matrix, "group:exp", "z", ("coefficients [%d] or [n, %d]"
    .. " or a matrix [%d, %d]"):format(k, k, d, d), z)
  return matrix
end

---exp of an element of the Lie algebra, or of several, differentiable in z.
---z holds coefficients in g:algebra()'s basis, [k] or [n, k], or matrices
---[d, d] or [n, d, d]; where a shape may be read both ways, `as` must say
---"coefficients" or "matrix".
---@param z weyl.tensor|table
---@param as? string
---@return weyl.tensor [d, d] or [n, d, d]
function Group:exp(z, as)
  class.receiver("exp", self)
  check.arg(core.is_tensor(z) or type(z) == "table", "group:exp", "z",
    "a tensor", z)
  check.arg(as == nil or READINGS[as], "group:exp", "as",
    "'coefficients' or 'matrix'", as)
  z = core.tensor(z, "f64")
  if not core.isfinite(z):all():item() then
    check.fail "group:exp: argument 'z' has entries that are not finite"
  end
  if holds_matrices(self, z, as) then
    local off = select(2, project(self, z.rank == 2 and z:unsqueeze(1) or z))
    if off > OUTSIDE then
      check.fail("group:exp: the matrix does not lie in the algebra of %s: "
        .. "%.2g of its length lies outside", self, off)
    end
    return z:expm()
  end
  local d, a = self.d, z:matmul(flat_algebra(self))
  return (z.rank == 1 and a:reshape(d, d) or a:reshape(z.shape[1], d, d))
    :expm()
end

-- Principal logarithms, or why there are none.
local function principal(h)
  local a, why = class.try(function() return h:logm():eval() end)
  if a then return a end
  why = why:match "logm: (.*)" or why
  return nil, (why:gsub("^x", "h"))
end

---The coefficients z, in g:algebra()'s basis, of the principal logarithm:
---g:exp(z) is h. It is an error when h has no real principal logarithm (an
---eigenvalue on the negative real axis), or one outside of the algebra, as
---when h does not lie in the identity component.
---@param h weyl.tensor|number[][] [d, d] or [n, d, d]
---@return weyl.tensor f64 [k] or [n, k]
function Group:log(h)
  local x = class.matrix("log", "h", self, h, true)
  local one = x.rank == 2
  local a, why = principal(x)
  if not a then check.fail("group:log: %s", why) end
  if one then a = a:unsqueeze(1) end
  local z, off = project(self, a)
  -- an element near 1 has a short logarithm full of rounding errors
  local size = a:norm():item()
  if off > OUTSIDE and off * size > OUTSIDE * x:norm():item() then
    check.fail("group:log: the principal logarithm does not lie in the "
      .. "algebra of %s: %.2g of its length lies outside", self, off)
  end
  return one and z[1] or z
end

-- The same without errors: coefficients [k] for one matrix, nil when it has
-- no logarithm or one of which more than a share `outside` lies outside.
local function try_log(g, h, outside)
  local a = principal(h)
  if not a then return nil end
  local z, off = project(g, a:unsqueeze(1))
  return off <= outside and z[1] or nil
end

-- ---- brackets ----

local structure = class.remembered(function(g)
  local a, basis = g:algebra(), flat_algebra(g)
  local k, d, out = a.shape[1], g.d, {}
  for i = 1, k do
    local bracket = a[i]:matmul(a) - a:matmul(a[i])
    out[i] = bracket:reshape(k, d * d):matmul(basis:transpose())
  end
  if k == 0 then return core.zeros({ 0, 0, 0 }, "f64") end
  return core.stack(out):eval()
end)

---Structure constants c of the Lie algebra in the basis A of g:algebra():
---A_i A_j - A_j A_i = sum_k c[i, j, k] A_k.
---@return weyl.tensor f64 [k, k, k]
function Group:structure_constants()
  class.receiver("structure_constants", self)
  return structure(self)
end

---The Killing form of the Lie algebra in the basis of g:algebra():
---K[i, j] = trace(ad A_i ad A_j).
---@return weyl.tensor f64 [k, k]
function Group:killing()
  class.receiver("killing", self)
  local c = structure(self)
  local k = c.shape[1]
  if k == 0 then return core.zeros({ 0, 0 }, "f64") end
  return core.einsum("ikl,jlk->ij", { c, c }):eval()
end

---Whether the Lie algebra is semisimple: it is not 0 and its Killing form is
---not singular (Cartan's criterion).
---@return boolean
function Group:is_semisimple()
  class.receiver("is_semisimple", self)
  if self:dim() == 0 then return false end
  local s = select(2, self:killing():svd()):totable()
  local least = s[#s] / math.max(s[1], 1)
  if least > NOISE and least < SIGNAL then
    check.fail("group:is_semisimple: the least singular value of the Killing "
      .. "form, %.2g of the largest, is neither 0 nor clearly not", least)
  end
  return least > SIGNAL
end

-- The orthogonal projection of the identity onto the symmetric forms on V
-- that the group keeps, and the number of those that are independent.
local function kept_form(g)
  local forms = g:basis(rep.V:dual() ^ 2):elements()
  local m, d = forms.shape[1], g.d
  if m == 0 then return { count = 0 } end
  local one = core.eye(d, d, "f64"):flatten()
  local square = forms:reshape(m, d, d)
  local symmetric = (square + square:transpose()):reshape(m, d * d) / 2
  return { form = forms:matmul(one):matmul(forms):reshape(d, d):eval(),
    count = clear_rank(symmetric, "group:is_compact") }
end

-- Whether trace(A B) is negative definite on the Lie algebra, as it is for
-- matrices that are antisymmetric in some coordinates.
local function turns_only(g)
  local a = g:algebra()
  if a.shape[1] == 0 then return true end
  local values = core.einsum("iab,jba->ij", { a, a }):eigh()
  return values:max():item() < -NOISE
end

---Whether all elements stay bounded, so that the group, with its limits, is
---compact: it then keeps a positive definite form, and in other coordinates
---its elements are orthogonal. nil and why when that is not decided.
---@return boolean?
---@return string? why
function Group:is_compact()
  class.receiver("is_compact", self)
  if self:is_orthogonal() or self:is_finite() then return true end
  if not turns_only(self) then return false end
  local kept, why = class.try(kept_form, self)
  if not kept then return nil, "not decided: " .. why end
  local count = kept.count
  if count == 0 then return false end
  local values = kept.form:eigh():totable()
  if values[1] > SIGNAL * values[#values] then return true end
  if count == 1 then return false end
  return nil, "not decided: none of the forms that it keeps was found to be "
    .. "positive definite"
end

---Dimension of the orbit of a vector: the rank of the matrices of the Lie
---algebra applied to it. A finite group has orbits of dimension 0.
---@param v weyl.tensor|number[] [d]
---@return integer
function Group:orbit_dim(v)
  local x = class.vector("orbit_dim", self, v)
  local k, size = self:dim(), x:norm():item()
  if k == 0 or size == 0 then return 0 end
  local moves = self:algebra():matmul(x / size)
  return (clear_rank(moves, "group:orbit_dim"))
end

-- The share of a matrix [d, d] that lies outside of the algebra.
local function outside(g, a)
  return (select(2, project(g, a:unsqueeze(1))))
end

return { flat = flat_algebra, try_log = try_log, outside = outside,
  OUTSIDE = OUTSIDE }
