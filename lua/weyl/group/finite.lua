-- group/finite.lua: finite groups: order, elements, orbits.
--
-- Groups of permutation matrices are worked by their permutations, exactly;
-- all others by matrices: two are the same element when their entries differ
-- by at most 1e-8 of the largest, different from 1e-5 of it on, and in
-- between it is an error.

local check = require "weyl.check"
local class = require "weyl.group.class"
local closure = require "weyl.group.closure"
local core = require "weyl.core"
local limit = require "weyl.group.limit"
local permutation = require "weyl.group.permutation"

---@class weyl.group
local Group = class.methods

local finite = {}

---The most elements that are listed unless a bound is given.
finite.BOUND = 20000

---Whether there is a Lie generator that is not 0: the group is a continuum.
---@param g weyl.group
---@return boolean
function finite.is_continuous(g)
  for _, a in ipairs(g.lie) do
    for _, row in ipairs(a) do
      for _, x in ipairs(row) do
        if x ~= 0 then return true end
      end
    end
  end
  return false
end

---The permutations of a group's discrete generators; nil when it has others,
---or Lie generators.
---@param g weyl.group
---@return integer[][]?
finite.permutations = class.remembered(function(g)
  if finite.is_continuous(g) then return nil end
  local list = {}
  for i, m in ipairs(g.discrete) do
    list[i] = permutation.of_matrix(m)
    if not list[i] then return nil end
  end
  return list
end)

---The stabilizer chain of a group of permutations; nil for others.
---@param g weyl.group
---@return weyl.chain?
finite.chain = class.remembered(function(g)
  local list = finite.permutations(g)
  return list and permutation.chain(g.d, list)
end)

-- ---- matrices as flat tables ----

-- The matrices row by row, and the largest modulus of their entries, >= 1.
local function flattened(list)
  local out, scale = {}, 1.0
  for k, m in ipairs(list) do
    local flat = {}
    for _, row in ipairs(m) do
      for _, x in ipairs(row) do
        flat[#flat + 1] = x
        scale = math.max(scale, math.abs(x))
      end
    end
    out[k] = flat
  end
  return out, scale
end

-- a b for flat matrices [d, d]
local function multiply(d, a, b)
  local out = {}
  for i = 0, d * d - d, d do
    for j = 1, d do
      local sum = 0.0
      for k = 1, d do sum = sum + a[i + k] * b[(k - 1) * d + j] end
      out[i + j] = sum
    end
  end
  return out
end

local function flat_identity(d)
  local out = {}
  for i = 1, d * d do out[i] = (i - 1) % (d + 1) == 0 and 1.0 or 0.0 end
  return out
end

---The products of all discrete generators as flat matrices, breadth first
---from the identity, at most `bound`; with the reason when some are missing.
---@param g weyl.group
---@param bound integer
---@return number[][]
---@return string? why
function finite.products(g, bound)
  local gens, scale = flattened(g.discrete)
  local most, more = limit.elements(g.d, false, bound)
  return closure.list { start = flat_identity(g.d), count = #gens,
    bound = most, more = more, scale = scale,
    images = function(x, k) return multiply(g.d, x, gens[k]) end }
end

-- Determinants off +-1 by more than ROUNDED are no rounding of f64, by more
-- than MEANT none of f32 either.
local ROUNDED, MEANT = 1e-8, 1e-5

-- The generator that no finite group holds: its determinant is not +-1. The
-- second result is whether that is certain, and not for lack of digits.
local function infinite_generator(g)
  local near
  for i, m in ipairs(g.discrete) do
    local det = core.tensor(m, "f64"):det():item()
    local off = math.abs(math.abs(det) - 1)
    if off > MEANT then
      return ("discrete[%d] has determinant %.6g"):format(i, det), true
    end
    if off > ROUNDED and not near then
      near = ("the determinant of discrete[%d] differs from %d by %.2g%s")
        :format(i, det > 0 and 1 or -1, off, closure.DIGITS)
    end
  end
  return near, false
end

-- ---- elements ----

-- Permutation matrices [n, d, d]; row i has its 1 where p[j] = i.
local function matrices_of(list, d)
  local rows = {}
  for k, p in ipairs(list) do rows[k] = permutation.inverse(p) end
  return core.eye(d, d, "f64"):take(core.tensor(rows, "i64")):eval()
end

---@param list integer[][]
---@param d integer
---@return weyl.tensor f64 [n, d, d]
function finite.matrices(list, d) return matrices_of(list, d) end

local function list_permutations(g, bound)
  local gens = finite.permutations(g)
  local most, more = limit.elements(g.d, true, bound)
  return closure.exact { start = permutation.identity(g.d), count = #gens,
    bound = most, more = more, key = permutation.key,
    images = function(x, k) return permutation.product(x, gens[k]) end }
end

-- The order as far as it is known without a list of elements.
local function counted(g, bound)
  if g.known.order then return g.known.order(bound) end
  local chain = finite.chain(g)
  return chain and permutation.order(chain)
end

-- Why the elements are too many to list, where the order tells.
local function too_many(g, bound)
  local order = counted(g, bound)
  if not order then return nil end
  if order > bound then
    return ("there are more than %d elements"):format(bound)
  end
  local exact = finite.permutations(g) ~= nil
  local bytes = 1.0 * order * limit.element(g.d, exact)
  if bytes <= limit.BYTES then return nil end
  return ("its %.0f elements would take %.3g GiB; the most is %.3g"):format(
    order, bytes / (1 << 30), limit.BYTES / (1 << 30))
end

-- The elements [n, d, d], nil and the reason when they cannot be listed.
local function list_elements(g, bound)
  if finite.is_continuous(g) then return nil, "it has Lie generators" end
  local many = too_many(g, bound)
  if many then return nil, many end
  if finite.permutations(g) then
    local list, why = list_permutations(g, bound)
    if why then return nil, why end
    return matrices_of(list, g.d)
  end
  local why = infinite_generator(g)
  if why then return nil, why end
  local list
  list, why = finite.products(g, bound)
  if why then return nil, why end
  return core.tensor(list, "f64"):reshape(#list, g.d, g.d):eval()
end

-- What is known of a group's list: the elements, or up to which bound there
-- is none and why.
local lists = setmetatable({}, { __mode = "k" })

---The elements [n, d, d] when there are at most `bound`, else nil and why.
---@param g weyl.group
---@param bound? integer BOUND unless given
---@return weyl.tensor?
---@return string? why
function finite.elements(g, bound)
  bound = bound or finite.BOUND
  local known = lists[g]
  if not known or not known.elements and known.bound < bound then
    local elements, why = list_elements(g, bound)
    known = { elements = elements, why = why, bound = bound }
    lists[g] = known
  end
  local found = known.elements
  if found and found.shape[1] > bound then
    return nil, ("there are more than %d elements"):format(bound)
  end
  return found, known.why
end

local function check_bound(func, g, bound)
  class.receiver(func, g)
  check.arg(bound == nil or check.whole(bound, 1), "group:" .. func, "bound",
    "an integer >= 1", bound)
  return bound and math.tointeger(bound) or finite.BOUND
end

---All elements of a finite group: breadth first from the identity, the
---products of each with the discrete generators in their order. It is an
---error when there are more than `bound`, 20000 unless given, or listing them
---would take more than 1 GiB.
---@param bound? integer
---@return weyl.tensor f64 [n, d, d]
function Group:elements(bound)
  local list, why = finite.elements(self, check_bound("elements", self, bound))
  if not list then
    check.fail("group:elements: %s cannot be listed: %s", self, why)
  end
  return list
end

---Number of elements, as Group:order gives it; nil and why when they cannot
---be counted.
---@param g weyl.group
---@param bound? integer BOUND unless given
---@return number?
---@return string? why
function finite.order(g, bound)
  if g.known.order then return g.known.order(bound) end
  if finite.is_continuous(g) then return math.huge end
  local chain = finite.chain(g)
  if chain then return permutation.order(chain) end
  local list, why = finite.elements(g, bound)
  if list then return list.shape[1] end
  return nil, why
end

---Number of elements: math.huge for a group with Lie generators, an integer
---for a finite one, a float from 2^63 on. Matrices that are neither
---permutations nor of the catalogue are listed up to `bound`, 20000 unless
---given; it is an error when there are more.
---@param bound? integer
---@return number
function Group:order(bound)
  local order, why = finite.order(self, check_bound("order", self, bound))
  if not order then
    check.fail("group:order: the elements of %s cannot be counted: %s", self,
      why)
  end
  return order
end

---Whether the group is finite; nil and the reason when that cannot be told
---with at most `bound` elements, 20000 unless given.
---@param bound? integer
---@return boolean?
---@return string? why
function Group:is_finite(bound)
  bound = check_bound("is_finite", self, bound)
  if finite.is_continuous(self) then return false end
  local order, why = finite.order(self, bound)
  if order then return order < math.huge end
  local reason, certain = infinite_generator(self)
  if certain then return false, reason end
  return nil, why
end

-- ---- orbits ----

local function finite_orbit(g, v, bound)
  local d, gens = g.d, (flattened(g.discrete))
  local x, scale = v:totable(), math.max(v:abs():max():item(), 1e-300)
  local list, why = closure.list { start = x, count = #gens, bound = bound,
    more = ("there are more than %d elements"):format(bound), scale = scale,
    images = function(y, k)
      local out, h = {}, gens[k]
      for i = 1, d do
        local sum = 0.0
        for j = 1, d do sum = sum + h[(i - 1) * d + j] * y[j] end
        out[i] = sum
      end
      return out
    end }
  if why then
    check.fail("group:orbit: the orbit under %s cannot be listed: %s", g, why)
  end
  return core.tensor(list, "f64")
end

---The orbit of a vector. Without Lie generators: all its distinct images,
---itself first, at most `bound` (20000 unless given). With them the orbit is
---a surface of dimension g:orbit_dim(v), and n of its points are drawn, as
---g:sample draws elements.
---@param v weyl.tensor|number[] [d]
---@param opts? { n: integer?, bound: integer?, method: string?,
---  stream: string?, seed: integer? }
---@return weyl.tensor f64 [n, d]
function Group:orbit(v, opts)
  local x = class.vector("orbit", self, v)
  local o = check.options("group:orbit", opts, { n = check.none,
    bound = check.none, method = check.none, stream = check.none,
    seed = check.none })
  local bound = check_bound("orbit", self, o.bound)
  if o.n == nil then
    if finite.is_continuous(self) then
      check.fail("group:orbit: the orbit under %s has dimension %d; give n, "
        .. "the number of points to draw", self, self:orbit_dim(x))
    end
    return finite_orbit(self, x, bound)
  end
  return self:sample { n = o.n, method = o.method, stream = o.stream,
    seed = o.seed }:matmul(x):eval()
end

return finite
