-- group/member.lua: whether a matrix is an element of a group.
--
-- Groups of the catalogue know their defining equations; what is made of them
-- (embeddings, products, conjugates) passes the question on. Finite groups
-- are asked by their elements. For any other group there are two certain
-- answers and a third: no, when the matrix moves an invariant tensor of low
-- rank or does not map the Lie algebra to itself; yes, when a search finds it
-- in the group; else "not decided".

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"
local permutation = require "weyl.group.permutation"
local refute = require "weyl.group.refute"
local search = require "weyl.group.search"

---@class weyl.group
local Group = class.methods

local member = {}

-- ---- equations ----

-- The length of a matrix, at least 1: what rounding errors are relative to.
local function size(h) return math.max(h:norm():item(), 1) end

local function differs(a, b, room) return (a - b):norm():item() > room end

---Whether two matrices are equal up to tol, relative to the first.
---@param a weyl.tensor
---@param b weyl.tensor
---@param tol number
---@return boolean
function member.equal(a, b, tol) return not differs(a, b, tol * size(a)) end

-- The determinant and the product of the rows' lengths, which bounds it.
local function determinant(h)
  return h:det():item(), math.max(h:norm(2):prod():item(), 1)
end

local dets = {
  one = function(det, bound, tol) return math.abs(det - 1) <= tol * bound end,
  positive = function(det, bound, tol) return det > tol * bound end,
}

---@class weyl.member.equations
---@field forms? weyl.tensor[] F with h^T F h = F
---@field commutes? weyl.tensor[] C with h C = C h
---@field det? string "one" or "positive"
---@field also? fun(h: weyl.tensor, tol: number): boolean

---The membership that equations define.
---@param e weyl.member.equations
---@return fun(h: weyl.tensor, tol: number): boolean
function member.equations(e)
  return function(h, tol)
    local long = size(h)
    for _, f in ipairs(e.forms or {}) do
      local moved = h:transpose():matmul(f):matmul(h)
      if differs(moved, f, tol * long * long) then return false end
    end
    for _, c in ipairs(e.commutes or {}) do
      if differs(h:matmul(c), c:matmul(h), tol * long) then return false end
    end
    if e.det then
      local det, bound = determinant(h)
      if not dets[e.det](det, bound, tol) then return false end
    end
    return not e.also or e.also(h, tol)
  end
end

---The permutation that h is up to tol, nil when it is none.
---@param h weyl.tensor
---@param tol number
---@return integer[]?
function member.permutation(h, tol)
  return permutation.of_matrix(h:totable(), tol)
end

---Whether a permutation is even.
---@param p integer[]
---@return boolean
function member.is_even(p)
  local seen, even = {}, true
  for i = 1, #p do
    local at, length = i, 0
    while not seen[at] do
      seen[at], at, length = true, p[at], length + 1
    end
    if length > 0 and length % 2 == 0 then even = not even end
  end
  return even
end

-- ---- any group ----

-- Whether h is one of the elements; nil and the reason when they cannot be
-- listed.
local function is_listed(g, h, tol)
  local chain = finite.chain(g)
  if chain then
    local p = member.permutation(h, tol)
    return p ~= nil and permutation.contains(chain, p)
  end
  local elements, why = finite.elements(g)
  if not elements then return nil, why end
  local far = (elements - h):square():sum({ 2, 3 }):min():sqrt():item()
  return far <= tol * size(h)
end

local function of_any(g, h, tol)
  if not finite.is_continuous(g) then
    local is, why = is_listed(g, h, tol)
    if is ~= nil then return is end
    if refute.moves_invariant(g, h, tol) then return false end
    return nil, "not decided: " .. why
  end
  if refute.moves_invariant(g, h, tol) or refute.moves_algebra(g, h, tol) then
    return false
  end
  if search.reaches(g, h, tol) then return true end
  return nil, "not decided: it keeps all invariants of low rank, and a "
    .. "search of the group did not find it"
end

---Whether a group contains h, an evaluated f64 matrix.
---@param g weyl.group
---@param h weyl.tensor
---@param tol number
---@return boolean?
---@return string? why
function member.test(g, h, tol)
  if g.known.member then
    local is = g.known.member(h, tol)
    if is ~= nil then return is end
  end
  return of_any(g, h, tol)
end

---Whether each matrix lies in its group: false when one does not, nil when
---that is not decided of one.
---@param groups weyl.group[]
---@param parts weyl.tensor[]
---@param tol number
---@return boolean?
function member.all(groups, parts, tol)
  local all = true
  for i, g in ipairs(groups) do
    local is = member.test(g, parts[i], tol)
    if is == false then return false end
    all = all and is
  end
  return all
end

---Whether a matrix is an element of the group: true, false, or nil and the
---reason when that is not decided. Equations must hold up to tol, relative to
---the size of their terms. Groups of the catalogue, finite groups, and what
---embed, conjugate, direct and kron (of determinants 1 and -1) make of them
---always answer true or false; for others, false means that the matrix moves
---an invariant tensor of rank at most 3 or the Lie algebra, true that it was
---found as a product of exponentials and discrete elements.
---@param h weyl.tensor|number[][] [d, d]
---@param tol? number 1e-10 unless given, 1e-5 for a tensor in f32
---@return boolean?
---@return string? why
function Group:contains(h, tol)
  local x = class.matrix("contains", "h", self, h)
  check.arg(tol == nil or type(tol) == "number" and tol > 0, "group:contains",
    "tol", "a number > 0", tol)
  if not tol then
    tol = core.is_tensor(h) and h.dtype == "f32" and 1e-5 or 1e-10
  end
  return member.test(self, x, tol)
end

---Number of connected components: of a finite group its order; with Lie
---generators, the products of discrete generators that do not differ by an
---element of the identity component, as far as a search finds those; a miss
---makes the number too large. nil and why when there are more than `most`.
---@param most? integer 64 unless given
---@return integer?
---@return string? why
function Group:components(most)
  class.receiver("components", self)
  check.arg(most == nil or check.whole(most, 1), "group:components", "most",
    "an integer >= 1", most)
  most = most and math.tointeger(most) or 64
  local count, why
  if finite.is_continuous(self) then
    count = search.components(self, most)
  else
    count, why = finite.order(self)
  end
  if count and count <= most then return count end
  return nil, why or ("there are more than %d"):format(most)
end

return member
