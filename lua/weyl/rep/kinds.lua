-- rep/kinds.lua: the spaces that rep.lua offers beside V.
--
-- Each function gives a weyl.space (rep/space.lua). Asked twice for the same
-- it gives the same object, so that equal representations compare equal and
-- their copies count together; points and homomorphisms are never the same.

local check = require "weyl.check"
local core = require "weyl.core"
local harmonics = require "weyl.rep.harmonics"
local powers = require "weyl.rep.powers"
local space = require "weyl.rep.space"

local kinds = {}

local known = {} ---@type table<string, weyl.space>

-- The space made once for a key. o is a function of nothing.
local function kept(key, o)
  if not known[key] then known[key] = space.new(o()) end
  return known[key]
end

-- A size that holds for groups on R^d only.
local function only(name, d, size)
  return function(given)
    if given ~= d then
      check.fail("%s is a representation of groups on R^%d; this one acts on "
        .. "R^%d", name, d, given)
    end
    return size
  end
end

-- ---- irreducible ones ----

---psi_k of SO(2) and O(2): (Re z^k, Im z^k), one number for k = 0.
---@param k integer
---@return weyl.space
function kinds.psi(k)
  local name = ("psi(%d)"):format(k)
  return kept(name, function()
    return { name = name, size = only(name, 2, k == 0 and 1 or 2),
      rho = function(g) return harmonics.psi_matrix(k, g) end }
  end)
end

---The functions of degree l on the sphere, under SO(3) and O(3).
---@param l integer
---@param parity integer|string 1, -1 or "natural"
---@return weyl.space
function kinds.irrep(l, parity)
  local name = parity == "natural" and ("irrep(%d)"):format(l)
    or ("irrep(%d, %d)"):format(l, parity)
  return kept(name, function()
    return { name = name, size = only(name, 3, 2 * l + 1),
      rho = function(g) return harmonics.wigner(l, g, parity) end }
  end)
end

---One number that is multiplied by det g.
---@return weyl.space
function kinds.det()
  return kept("det", function()
    return { name = "det", size = function() return 1 end,
      rho = function(g) return g:det():reshape(1, 1) end,
      drho = function(a) return a:trace():reshape(1, 1) end }
  end)
end

-- ---- parts and images of V ----

---The axes first..last of V, for groups that keep them apart from the rest.
---@param first integer
---@param last integer
---@return weyl.space
function kinds.axes(first, last)
  local name = ("axes(%d, %d)"):format(first, last)
  local function cut(m)
    return m:slice(1, first, last):slice(2, first, last)
  end
  return kept(name, function()
    return { name = name, rho = cut, drho = cut, size = function(d)
      if last > d then
        check.fail("%s: the group acts on R^%d", name, d)
      end
      return last - first + 1
    end }
  end)
end

-- U = A + iB of a real matrix ((A, -B), (B, A)), c128 [n, n].
local function complex_of(g)
  local n = g.shape[1] // 2
  return core.complex(g:slice(1, 1, n):slice(2, 1, n),
    g:slice(1, n + 1, 2 * n):slice(2, 1, n))
end

-- The real matrix ((Re, -Im), (Im, Re)) of a complex one.
local function real_of(u)
  local re, im = u:real(), u:imag()
  return core.concat({ core.concat({ re, -im }, 2),
    core.concat({ im, re }, 2) }, 1)
end

---Complex tensors with p indices of C^n and q of its dual, as real ones: the
---real parts of all entries, then the imaginary parts. For groups that act
---on R^2n by complex matrices (real parts first).
---@param p integer
---@param q integer
---@return weyl.space
function kinds.complex(p, q)
  local name = ("complex(%d, %d)"):format(p, q)
  local function rho(g)
    local u, product = complex_of(g), core.ones({ 1, 1 }, "c128")
    local dual = q > 0 and u:inv():transpose()
    for _ = 1, p do product = product:kron(u) end
    for _ = 1, q do product = product:kron(dual) end
    return real_of(product)
  end
  return kept(name, function()
    return { name = name, rho = rho, size = function(d)
      if d % 2 == 1 then
        check.fail("%s: the group acts on R^%d, which is not C^n", name, d)
      end
      return math.tointeger(2 * (d // 2) ^ (p + q))
    end }
  end)
end

-- ---- permutations of points ----

local APART = 1e-6 -- of the largest coordinate: distance of equal points

local function largest(x) return x:abs():max():item() end

-- Whether every row and every column of p, 0 or 1, has one 1.
local function is_permutation(p)
  return largest(p:sum(1) - 1) == 0 and largest(p:sum(2) - 1) == 0
end

---Functions on k points that the group permutes.
---@param points weyl.tensor f64 [k, d]
---@param name string
---@return weyl.space
function kinds.permutation(points, name)
  local k, d = points.shape[1], points.shape[2]
  local bound = APART * largest(points)
  local function rho(g)
    local moved = points:matmul(g:transpose()) -- [k, d]
    local off = (points:reshape(k, 1, d) - moved:reshape(1, k, d)):abs()
    local p = off:max(3):le(bound):to "f64"
    if not is_permutation(p) then
      check.fail("%s: the group does not permute the points", name)
    end
    return p
  end
  local function drho(a)
    if largest(points:matmul(a:transpose())) > bound * largest(a) then
      check.fail("%s: the group moves the points along curves", name)
    end
    return core.zeros({ k, k }, "f64")
  end
  return space.new { name = name, rho = rho, drho = drho,
    size = only(name, d, k) }
end

-- ---- powers and restrictions of representations ----

local ISOMETRIES = { sym = powers.symmetric, alt = powers.antisymmetric,
  traceless = powers.traceless }

---"V" or "(V + 1)": a representation to be followed by a method.
---@param r weyl.rep
---@return string
function kinds.as_object(r)
  local text = tostring(r)
  return text:find "[ *^]" and "(" .. text .. ")" or text
end

---The symmetric ("sym"), antisymmetric ("alt") or traceless symmetric
---("traceless") part of r^n, by an isometry Q: rho = Q rho(r^n) Q^T.
---@param r weyl.rep
---@param n integer
---@param kind "sym"|"alt"|"traceless"
---@return weyl.space
function kinds.power(r, n, kind)
  local isometry = {}
  local function q_of(d)
    local size = r:size(d)
    isometry[size] = isometry[size] or ISOMETRIES[kind](size, n)
    return isometry[size]
  end
  local function inner(which)
    return function(m)
      local q, whole = q_of(m.shape[1]), r ^ n
      return q:matmul(whole[which](whole, m)):matmul(q:transpose())
    end
  end
  return kept(("%s %d %s"):format(r:key(), n, kind), function()
    return { name = ("%s:%s(%d)"):format(kinds.as_object(r), kind, n),
      rho = inner "rho", drho = inner "drho",
      size = function(d) return q_of(d).shape[1] end }
  end)
end

---r read through a homomorphism: rho(g) = r.rho(phi(g)).
---@param r weyl.rep
---@param phi fun(g: weyl.tensor): weyl.tensor
---@param name? string
---@return weyl.space
function kinds.restriction(r, phi, name)
  local function dphi(a)
    local _, tangent = core.jvp(phi, core.eye(a.shape[1], nil, "f64"), a)
    return tangent
  end
  return space.new { name = name or kinds.as_object(r) .. ":restrict(phi)",
    rho = function(g) return r:rho(phi(g)) end,
    drho = function(a) return r:drho(dphi(a)) end }
end

return kinds
