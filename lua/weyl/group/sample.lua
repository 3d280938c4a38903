-- group/sample.lua: random elements.
--
-- A uniform sampler is a function (stream, n) -> f64 [n, d, d] whose elements
-- are independent and distributed by Haar's measure. Most groups of the
-- catalogue bring one, what is made of these too; O, SO and their embeddings
-- are drawn by the engine, other finite groups from the list of their elements
-- or, when they are permutations, from a stabilizer chain.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"
local permutation = require "weyl.group.permutation"

local raw = core.symmetry

---@class weyl.group
local Group = class.methods

local sample = {}

-- ---- finite groups ----

-- Permutation matrices from one carrier of each level.
local function from_chain(g, chain)
  return function(stream, n)
    local picks = {}
    for i, level in ipairs(chain) do
      picks[i] = raw.integers(stream, n, #level.orbit):totable()
    end
    local list = {}
    for k = 1, n do
      local i = 0
      list[k] = permutation.element(chain, function()
        i = i + 1
        return picks[i][k]
      end)
    end
    return finite.matrices(list, g.d)
  end
end

-- The most numbers in a list of elements that is made only for drawing.
local ROOM = 1 << 23

local function from_list(g)
  local bound = math.min(finite.BOUND, ROOM // (g.d * g.d) + 1)
  local elements = finite.elements(g, bound)
  return elements and function(stream, n)
    return elements:take(raw.integers(stream, n, elements.shape[1])):eval()
  end
end

local function find_sampler(g)
  if g.known.sampler then return g.known.sampler() end
  if g.haar then
    return function(stream, n) return raw.sample(g.raw, stream, n, true) end
  end
  if finite.is_continuous(g) then return nil end
  local chain = finite.chain(g)
  if chain then return from_chain(g, chain) end
  return from_list(g)
end

---The uniform sampler of a group, nil when none is known.
---@param g weyl.group
---@return (fun(stream, n: integer): weyl.tensor)?
sample.uniform = class.remembered(find_sampler)

-- ---- compact Lie groups over the complex numbers and quaternions ----
--
-- Q of the QR decomposition, with R's diagonal positive, of a matrix with
-- independent normal entries is uniform in U(n) (F. Mezzadri, Notices AMS 54,
-- 2007).

local function normal(stream, n, rows, columns)
  return raw.normal(stream, n, rows * columns):reshape(n, rows, columns)
end

---Complex matrices [n, k, k] as real ones [n, 2k, 2k] on (x, y), z = x + iy.
---@param z weyl.tensor
---@return weyl.tensor
function sample.realified(z)
  local x, y = z:real(), z:imag()
  return core.concat({ core.concat({ x, -y }, 3), core.concat({ y, x }, 3) },
    2)
end

-- Haar-distributed unitary matrices [n, k, k].
local function unitary(stream, n, k)
  local q = core.complex(normal(stream, n, k, k), normal(stream, n, k, k)):qr()
  return q
end

---A uniform sampler of U(k).
---@param k integer
---@return fun(stream, n: integer): weyl.tensor
function sample.unitary(k)
  return function(stream, n)
    return sample.realified(unitary(stream, n, k)):eval()
  end
end

---A uniform sampler of SU(k): unitary matrices whose first column is divided
---by the determinant, which keeps the distribution invariant under products
---with SU(k) from the left.
---@param k integer
---@return fun(stream, n: integer): weyl.tensor
function sample.special_unitary(k)
  return function(stream, n)
    local q = unitary(stream, n, k)
    local det = q:det():conj():reshape(n, 1, 1)
    local first = q:slice(3, 1, 1) * det
    if k > 1 then first = core.concat({ first, q:slice(3, 2, k) }, 3) end
    return sample.realified(first):eval()
  end
end

---A uniform sampler of USp(m), matrices [[a, -conj b], [b, conj a]]: Gram and
---Schmidt's process on the columns z_j and J conj z_j in turn keeps that form,
---because each J conj z_j is orthogonal to its z_j.
---@param m integer
---@return fun(stream, n: integer): weyl.tensor
function sample.symplectic(m)
  local order = {}
  for j = 1, m do order[2 * j - 1], order[2 * j] = j, m + j end
  local to = core.tensor(order, "i64")
  local from = to:argsort()
  return function(stream, n)
    local a = core.complex(normal(stream, n, m, m), normal(stream, n, m, m))
    local b = core.complex(normal(stream, n, m, m), normal(stream, n, m, m))
    local z = core.concat({ core.concat({ a, -b:conj() }, 3),
      core.concat({ b, a:conj() }, 3) }, 2)
    local q = z:take(to, 3):qr()
    return sample.realified(q:take(from, 3)):eval()
  end
end

---A uniform sampler of the permutations of d things; with `even`, of the even
---ones: an odd one has its first two rows exchanged.
---@param d integer
---@param even boolean
---@return fun(stream, n: integer): weyl.tensor
function sample.shuffles(d, even)
  local one = core.eye(d, d, "f64")
  return function(stream, n)
    local p = one:take(raw.permutations(stream, n, d))
    if not even then return p:eval() end
    if d == 1 then return p:eval() end
    local swapped = core.concat({ p:slice(2, 2, 2), p:slice(2, 1, 1),
      p:slice(2, 3, d) }, 2)
    return core.where(p:det():reshape(n, 1, 1):lt(0), swapped, p):eval()
  end
end

---A uniform sampler of C(k), turns by j / k; with `mirrored`, of D(k): half of
---them after the reversal of the first axis.
---@param k integer
---@param mirrored boolean
---@return fun(stream, n: integer): weyl.tensor
function sample.turns(k, mirrored)
  return function(stream, n)
    local pick = raw.integers(stream, n, mirrored and 2 * k or k) - 1
    local angle = (pick % k):to "f64" * (2 * math.pi / k)
    local c, s = angle:cos(), angle:sin()
    local sign = 1 - 2 * pick:ge(k):to "f64"
    return core.stack({ c * sign, -s, s * sign, c }, 2):reshape(n, 2, 2)
      :eval()
  end
end

---A uniform sampler of the powers of one permutation of d things that shifts
---them in a cycle.
---@param d integer
---@return fun(stream, n: integer): weyl.tensor
function sample.shifts(d)
  local one = core.eye(d, d, "f64")
  return function(stream, n)
    local shift = raw.integers(stream, n, d):reshape(n, 1)
    return one:take((core.arange(d) + shift) % d + 1):eval()
  end
end

-- ---- the method ----

local METHODS = { haar = true, walk = true }

---Elements drawn from a stream, [n, d, d].
---@param g weyl.group
---@param stream any a stream or the name of one
---@param n integer
---@param method? string "haar" or "walk"; "haar" where known unless given
---@return weyl.tensor f64
function sample.draw(g, stream, n, method)
  local uniform = method ~= "walk" and sample.uniform(g)
  if uniform then return uniform(stream, n) end
  if method == "haar" then
    check.fail("sample: no uniform (Haar) sampler is known for %s; use "
      .. "method = 'walk'", g)
  end
  return raw.sample(g.raw, stream, n, false)
end

---Random elements. method "haar" is uniform and the default where it is
---known: SO, O, U, SU, USp, finite groups (of permutations, or of at most
---20000 elements), and what is made of these by embed, conjugate, group.direct
---and group.kron. "walk" is a heuristic, not uniform, that reaches all of a
---group: exp of a combination of the Lie generators with independent normal
---coefficients of standard deviation g.scale, times the discrete generators
---in random order to random powers from -5 to 4, three rounds of that.
---@param opts? string|{ n: integer?, method: string?, stream: string?,
---  seed: integer? } a stream's name, or options; with a seed the elements
---  do not depend on what was drawn before
---@return weyl.tensor f64 [d, d], with n [n, d, d]
function Group:sample(opts)
  class.receiver("sample", self)
  if type(opts) == "string" then opts = { stream = opts } end
  local o = check.options("group:sample", opts, { n = check.none,
    method = check.none, stream = "group", seed = check.none })
  check.arg(o.n == nil or check.whole(o.n, 1), "group:sample", "n",
    "an integer >= 1", o.n)
  check.arg(o.method == nil or METHODS[o.method], "group:sample", "method",
    "'haar' or 'walk'", o.method)
  check.arg(type(o.stream) == "string", "group:sample", "stream", "a name",
    o.stream)
  check.arg(o.seed == nil or check.whole(o.seed), "group:sample", "seed",
    "an integer", o.seed)
  local stream = o.seed and raw.stream(o.seed, o.stream) or o.stream
  local g = sample.draw(self, stream, o.n or 1, o.method)
  return o.n and g or g[1]
end

return sample
