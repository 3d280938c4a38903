-- rep.lua: representations, written as expressions over V.
--
-- V is the space a group acts on; which group is left open until it is
-- needed, so one layout of features can be read under several groups. A
-- representation is a list of runs in the user's order: `mult` copies of a
-- tensor product of V's, of other spaces and of their duals. Sums append, a
-- product of sums expands from left to right, an integer in a sum counts as
-- that many scalars; nothing is ever reordered:
--
--   5*rep.scalar + 5*V        5 numbers, then 5 vectors
--   V:dual()*V                16 numbers in d = 4, the dual index first
--   rep.irrep(2)*V            of SO(3): 15 numbers
--
-- A feature of rank r over V has d^r entries, row-major in its indices. Values
-- to start from are rep.V; rep.scalar, one number that nothing changes; and
-- rep.det, one number that is multiplied by the determinant of g.

local check = require "weyl.check"
local core = require "weyl.core"
local coupling = require "weyl.rep.coupling"
local harmonics = require "weyl.rep.harmonics"
local kinds = require "weyl.rep.kinds"
local space = require "weyl.rep.space"

local MAX_RANK = 30 -- factors; their kinds are the bits of one integer
local MAX_COUNT = 1 << 53 -- copies, and entries: whole in floats, too

---@class weyl.rep.run
---@field mult integer copies
---@field rank integer factors of the tensor product
---@field duals integer bit i - 1 is set when factor i is dual
---@field spaces (weyl.space|false)[]? of the factors, false for V; none when
---  all are V

---@class weyl.rep
---@operator add(weyl.rep|integer): weyl.rep
---@operator mul(weyl.rep|integer): weyl.rep
---@operator pow(integer): weyl.rep
local Rep = {}

local meta = { __index = Rep, __name = "weyl.rep" }

local function same_spaces(r, s)
  for i = 1, r.spaces and r.rank or 0 do
    if r.spaces[i] ~= (s.spaces and s.spaces[i]) then return false end
  end
  return (r.spaces == nil) == (s.spaces == nil)
end

-- Whether two runs have the same factors.
local function alike(r, s)
  return r.rank == s.rank and r.duals == s.duals and same_spaces(r, s)
end

-- The representation of these runs; neighbours of one kind become one run.
local function new(list)
  local runs = {}
  for _, r in ipairs(list) do
    local last = runs[#runs]
    if r.mult > MAX_COUNT or last and last.mult + r.mult > MAX_COUNT then
      check.fail("rep: more than 2^53 copies")
    end
    if last and alike(last, r) then
      last.mult = last.mult + r.mult
    elseif r.mult > 0 then
      runs[#runs + 1] = { mult = r.mult, rank = r.rank, duals = r.duals,
        spaces = r.spaces }
    end
  end
  return setmetatable({ list = runs }, meta)
end

local function is_rep(x) return getmetatable(x) == meta end

-- x as a representation, an integer n as n scalars.
local function lift(x, func)
  if is_rep(x) then return x end
  check.arg(check.whole(x, 0), func, "rep",
    "a representation or a number of scalars", x)
  return new { { mult = math.tointeger(x), rank = 0, duals = 0 } }
end

function meta.__add(a, b)
  a, b = lift(a, "rep +"), lift(b, "rep +")
  local list = table.move(a.list, 1, #a.list, 1, {})
  return new(table.move(b.list, 1, #b.list, #list + 1, list))
end

-- The spaces of the factors of r, then those of s.
local function joined(r, s)
  if not (r.spaces or s.spaces) then return nil end
  local out = {}
  for i = 1, r.rank do out[i] = r.spaces and r.spaces[i] or false end
  for i = 1, s.rank do
    out[r.rank + i] = s.spaces and s.spaces[i] or false
  end
  return out
end

-- Copies come in order: those of a vary slowest.
function meta.__mul(a, b)
  a, b = lift(a, "rep *"), lift(b, "rep *")
  local list = {}
  for _, r in ipairs(a.list) do
    for _, s in ipairs(b.list) do
      local rank = r.rank + s.rank
      if rank > MAX_RANK then
        check.fail("rep *: a product has %d factors, the most is %d", rank,
          MAX_RANK)
      end
      if 1.0 * r.mult * s.mult > MAX_COUNT then
        check.fail("rep *: more than 2^53 copies")
      end
      list[#list + 1] = { mult = r.mult * s.mult, rank = rank,
        duals = r.duals | s.duals << r.rank, spaces = joined(r, s) }
    end
  end
  return new(list)
end

function meta.__pow(a, k)
  check.arg(check.whole(k, 0), "rep ^", "power", "an integer >= 0", k)
  for _, r in ipairs(a.list) do
    if r.rank * k > MAX_RANK then
      check.fail("rep ^: (%s)^%d has products of %d factors, the most is %d",
        a, k, r.rank * k, MAX_RANK)
    end
  end
  local product = lift(1)
  for _ = 1, k do product = product * a end
  return product
end

function meta.__eq(a, b)
  if not (is_rep(a) and is_rep(b)) then return false end
  if #a.list ~= #b.list then return false end
  for i, r in ipairs(a.list) do
    local s = b.list[i]
    if r.mult ~= s.mult or not alike(r, s) then return false end
  end
  return true
end

-- "V", "V^2", "V*V:dual()^2", "psi(2)*V", "V^0" for scalars
local function factors(r)
  if r.rank == 0 then return "V^0" end
  local out, last, times = {}, nil, 0
  for i = 1, r.rank do
    local s = r.spaces and r.spaces[i]
    local name = (s and s.name or "V")
      .. (r.duals >> i - 1 & 1 == 1 and ":dual()" or "")
    times = name == last and times + 1 or 1
    last = name
    out[times == 1 and #out + 1 or #out] = times == 1 and name
      or name .. "^" .. times
  end
  return table.concat(out, "*")
end

-- An expression that gives this representation again.
function meta.__tostring(a)
  local out = {}
  for i, r in ipairs(a.list) do
    out[i] = (r.mult > 1 and r.mult .. "*" or "") .. factors(r)
  end
  return #out > 0 and table.concat(out, " + ") or "0*V"
end

---The dual representation: every V becomes its dual and back.
---@return weyl.rep
function Rep:dual()
  local list = {}
  for i, r in ipairs(self.list) do
    list[i] = { mult = r.mult, rank = r.rank, spaces = r.spaces,
      duals = ~r.duals & (1 << r.rank) - 1 }
  end
  return new(list)
end

---The runs in order; a copy.
---@return weyl.rep.run[]
function Rep:runs()
  local runs = {}
  for i, r in ipairs(self.list) do
    runs[i] = { mult = r.mult, rank = r.rank, duals = r.duals,
      spaces = r.spaces }
  end
  return runs
end

---A string that two representations share only if they are equal. It holds
---within this process.
---@return string
function Rep:key()
  local out = {}
  for i, r in ipairs(self.list) do
    local ids = {}
    for f, s in ipairs(r.spaces or {}) do ids[f] = s and s.id or 0 end
    out[i] = ("%dx%d/%d[%s]"):format(r.mult, r.rank, r.duals,
      table.concat(ids, ","))
  end
  return table.concat(out, "+")
end

-- The dimension of V from a number or from a group.
local function dimension(d, func)
  if type(d) == "table" then d = d.d end
  check.arg(check.whole(d, 1), func, "d",
    "a group or the dimension of V, an integer >= 1", d)
  return math.tointeger(d)
end

-- Entries of one copy of a run.
local function run_size(r, d)
  if not r.spaces then return d ^ r.rank end
  local size = 1
  for _, s in ipairs(r.spaces) do size = size * (s and s.size(d) or d) end
  return size
end

---Number of entries of a feature when V has dimension d.
---@param d integer|weyl.group
---@return integer
function Rep:size(d)
  d = dimension(d, "rep:size")
  local size = 0
  for _, r in ipairs(self.list) do size = size + r.mult * run_size(r, d) end
  return size <= MAX_COUNT and math.tointeger(size)
    or check.fail("rep:size: %s has more than 2^53 entries for d = %d", self,
      d)
end

-- Lines of columns, the second and the fourth on the left.
local function columns(rows)
  local wide, out = {}, {}
  for _, row in ipairs(rows) do
    for c, x in ipairs(row) do
      wide[c] = math.max(wide[c] or 1, #tostring(x))
    end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for c, x in ipairs(row) do
      local left = c == 2 or c == 4
      cells[c] = ((left and "%-" or "%") .. wide[c] .. "s"):format(x)
    end
    out[i] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return out
end

---What the representation contains, as a table of lines: per run the number
---of copies, what they are, entries of one copy and the places of all. Read
---under a group, also how many invariants one copy has, and how many
---independent equivariant maps to itself: 1 when it is irreducible of the
---real kind (2 and 4 for the complex and the quaternionic kind), else more.
---@param d integer|weyl.group
---@return string
function Rep:account(d)
  local g = type(d) == "table" and d.basis and d
  d = dimension(d, "rep:account")
  local rows, at = { { "copies", "of", "size", "entries" } }, 1
  if g then
    rows[1][5], rows[1][6] = "invariants", "maps to itself"
  end
  for i, r in ipairs(self.list) do
    local size = math.tointeger(run_size(r, d))
    local last = at + r.mult * size - 1
    local row = { r.mult, factors(r), size, ("%d..%d"):format(at, last) }
    if g then
      local one = new { { mult = 1, rank = r.rank, duals = r.duals,
        spaces = r.spaces } }
      row[5], row[6] = g:dim(one), g:dim(one, one)
    end
    rows[i + 1], at = row, last + 1
  end
  local lines = columns(rows)
  lines[#lines + 1] = ("%d entries in all, d = %d"):format(at - 1, d)
  return table.concat(lines, "\n")
end

---Number of tensors, all copies counted.
---@return integer
function Rep:count()
  local count = 0
  for _, r in ipairs(self.list) do count = count + r.mult end
  return count
end

-- A square matrix as an f64 tensor.
local function square(m, func)
  local t = (core.is_tensor(m) or type(m) == "table") and core.tensor(m, "f64")
  check.arg(t and t.rank == 2 and t.shape[1] == t.shape[2], func, "matrix",
    "a square matrix", m)
  return t
end

-- Matrices on V and on the spaces of r, and its runs, for the engine.
local function matrices(r, m, which)
  local spaces, lists = space.number({ r }, m.shape[1])
  local list = { m }
  for i, s in ipairs(spaces) do
    list[i + 1] = s[which](m):to "f64"
  end
  return lists[1], list
end

---The matrix by which g acts on features: of each run the Kronecker product
---of the matrices of its factors; on a dual acts the inverse transposed.
---@param g weyl.tensor|number[][] an invertible matrix [d, d]
---@return weyl.tensor f64 [n, n]
function Rep:rho(g)
  return core.symmetry.rho(matrices(self, square(g, "rep:rho"), "rho"))
end

---The derivative of rho at the identity in direction a: the Kronecker sum of
---the factors' matrices; on a dual acts minus the transpose.
---@param a weyl.tensor|number[][] a matrix [d, d]
---@return weyl.tensor f64 [n, n]
function Rep:drho(a)
  return core.symmetry.drho(matrices(self, square(a, "rep:drho"), "drho"))
end

-- The representation by one space.
local function single(s)
  return new { { mult = 1, rank = 1, duals = 0, spaces = { s } } }
end

local function power(r, n, kind)
  check.arg(check.whole(n, 1), "rep:" .. kind, "n", "an integer >= 1", n)
  return single(kinds.power(r, math.tointeger(n), kind))
end

---The symmetric part of the n-th tensor power, C(size + n - 1, n) entries, in
---an orthonormal basis of symmetric tensors ordered by their indices.
---@param n integer
---@return weyl.rep
function Rep:sym(n) return power(self, n, "sym") end

---The antisymmetric part of the n-th tensor power, C(size, n) entries.
---@param n integer
---@return weyl.rep
function Rep:alt(n) return power(self, n, "alt") end

---The traceless symmetric part of the n-th tensor power: what is left of
---sym(n) without contractions, for groups of orthogonal matrices. Over R^3 it
---is the representation of degree n.
---@param n integer
---@return weyl.rep
function Rep:traceless(n) return power(self, n, "traceless") end

---The representation of a group that is mapped into the one this is a
---representation of: rho(g) = self.rho(phi(g)). (Under a subgroup on the same
---V nothing is needed: representations belong to no group.)
---@param phi fun(g: weyl.tensor): weyl.tensor made of tensor operations,
---  f64 [d, d] -> [D, D], with phi(g h) = phi(g) phi(h)
---@return weyl.rep
function Rep:restrict(phi)
  check.arg(type(phi) == "function", "rep:restrict", "phi", "a function", phi)
  return single(kinds.restriction(self, phi))
end

---This representation of the part of a group that acts on the axes
---first..last of V, for groups that do not mix these with the rest: the
---factors of a direct product, rep.irrep(2):on(1, 3).
---@param first integer
---@param last integer
---@return weyl.rep
function Rep:on(first, last)
  check.arg(check.whole(first, 1), "rep:on", "first", "an integer >= 1", first)
  check.arg(check.whole(last, first), "rep:on", "last",
    ("an integer >= %d"):format(first), last)
  first, last = math.tointeger(first), math.tointeger(last)
  local name = ("%s:on(%d, %d)"):format(kinds.as_object(self), first, last)
  return single(kinds.restriction(self, function(g)
    return g:slice(1, first, last):slice(2, first, last)
  end, name))
end

---@class weyl.rep_room
local rep = {}

---The space the group acts on.
rep.V = new { { mult = 1, rank = 1, duals = 0 } }

---One number that no group changes.
rep.scalar = new { { mult = 1, rank = 0, duals = 0 } }

---One number that is multiplied by the determinant of g.
rep.det = single(kinds.det())

---Tensors with p indices of V and q of its dual, V^p * V:dual()^q.
---@param p integer
---@param q? integer 0 unless given
---@return weyl.rep
function rep.T(p, q)
  check.arg(check.whole(p, 0), "rep.T", "p", "an integer >= 0", p)
  check.arg(q == nil or check.whole(q, 0), "rep.T", "q", "an integer >= 0", q)
  return rep.V ^ p * rep.V:dual() ^ (q or 0)
end

---Whether x is a representation.
---@param x any
---@return boolean
function rep.is_rep(x) return is_rep(x) end

---x, or x scalars when it is an integer.
---@param x weyl.rep|integer
---@return weyl.rep
function rep.lift(x) return lift(x, "rep") end

---A representation by a function from group elements to matrices. When it is
---first read under a group, it is tried on squares and products of generators:
---a function that fails there, as one that is no representation of that group
---does as a rule, is an error.
---@param opts { rho: function, name: string?, drho: function? } rho takes the
---  matrix of an element on V, f64 [d, d], and gives one [n, n]; drho, its
---  derivative at the identity, is found by differentiation unless given, and
---  rho must then be made of tensor operations
---@return weyl.rep
function rep.new(opts)
  local o = check.options("rep.new", opts, { rho = check.none,
    drho = check.none, name = "a representation" })
  check.arg(type(o.rho) == "function", "rep.new", "rho", "a function", o.rho)
  check.arg(o.drho == nil or type(o.drho) == "function", "rep.new", "drho",
    "a function", o.drho)
  check.arg(type(o.name) == "string", "rep.new", "name", "a string", o.name)
  return single(space.new { name = o.name, rho = o.rho, drho = o.drho })
end

---psi_k of SO(2) and O(2): rotations turn it k times as fast, as they do the
---pair (Re z^k, Im z^k), see circular_harmonics; one number for k = 0.
---@param k integer
---@return weyl.rep
function rep.psi(k)
  check.arg(check.whole(k, 0), "rep.psi", "k", "an integer >= 0", k)
  return single(kinds.psi(math.tointeger(k)))
end

---The irreducible representation of SO(3) of degree l, 2 l + 1 entries, in
---the basis of real spherical harmonics m = -l..l (see spherical_harmonics);
---degree 1 is (y, z, x). Under O(3) the inversion multiplies it by parity,
---(-1)^l unless given.
---@param l integer
---@param parity? integer 1 or -1
---@return weyl.rep
function rep.irrep(l, parity)
  check.arg(check.whole(l, 0), "rep.irrep", "l", "an integer >= 0", l)
  check.arg(parity == nil or parity == 1 or parity == -1, "rep.irrep",
    "parity", "1 or -1", parity)
  return single(kinds.irrep(math.tointeger(l), parity or "natural"))
end

---Complex tensors with p indices of C^n and q of its dual, for groups of
---complex matrices on R^2n like U(n) and SU(n): 2 n^(p + q) entries, the real
---parts, then the imaginary ones. Every complex invariant counts twice.
---@param p integer
---@param q integer
---@return weyl.rep
function rep.complex(p, q)
  check.arg(check.whole(p, 0), "rep.complex", "p", "an integer >= 0", p)
  check.arg(check.whole(q, 0), "rep.complex", "q", "an integer >= 0", q)
  return single(kinds.complex(math.tointeger(p), math.tointeger(q)))
end

---The axes first..last of V, for groups that do not mix them with the rest:
---the factors of a direct product.
---@param first integer
---@param last integer
---@return weyl.rep
function rep.axes(first, last)
  check.arg(check.whole(first, 1), "rep.axes", "first", "an integer >= 1",
    first)
  check.arg(check.whole(last, first), "rep.axes", "last",
    ("an integer >= %d"):format(first), last)
  return single(kinds.axes(math.tointeger(first), math.tointeger(last)))
end

---Functions on points of V that the group permutes, like the corners of a
---cube under its rotations.
---@param points weyl.tensor|number[][] [k, d], distinct
---@param name? string
---@return weyl.rep
function rep.permutation(points, name)
  local t = (core.is_tensor(points) or type(points) == "table")
    and core.tensor(points, "f64")
  check.arg(t and t.rank == 2, "rep.permutation", "points",
    "a list of points [k, d]", points)
  check.arg(name == nil or type(name) == "string", "rep.permutation", "name",
    "a string", name)
  return single(kinds.permutation(t, name
    or ("permutation(%d)"):format(t.shape[1])))
end

-- Where entry (i, j) of x y^T stands in a feature of rep_x * rep_y: for each
-- place there the number (i - 1) m + j, m the entries of y.
local function product_places(rx, ry, d)
  local places, m, at_x = {}, ry:size(d), 0
  for _, r in ipairs(rx.list) do
    local size_r, at_y = math.tointeger(run_size(r, d)), 0
    for _, s in ipairs(ry.list) do
      local size_s = math.tointeger(run_size(s, d))
      for p = 0, r.mult - 1 do
        for q = 0, s.mult - 1 do
          for i = at_x + p * size_r, at_x + (p + 1) * size_r - 1 do
            for j = at_y + q * size_s + 1, at_y + (q + 1) * size_s do
              places[#places + 1] = i * m + j
            end
          end
        end
      end
      at_y = at_y + s.mult * size_s
    end
    at_x = at_x + r.mult * size_r
  end
  return places
end

---Where each entry of a feature of rx * ry comes from in the outer product of
---features of rx and ry: products of sums are ordered by pairs of runs, not
---like a Kronecker product.
---@param rx weyl.rep
---@param ry weyl.rep
---@param d integer|weyl.group
---@return weyl.tensor i64, places in the flattened x y^T, 1-based
function rep.product_order(rx, ry, d)
  d = dimension(d, "rep.product_order")
  return core.tensor(product_places(lift(rx, "rep.product_order"),
    lift(ry, "rep.product_order"), d), "i64")
end

---All products of entries of x and y, a feature of rep_x * rep_y.
---@param opts { x: weyl.tensor, rep_x: weyl.rep, y: weyl.tensor,
---  rep_y: weyl.rep, d: integer|weyl.group } x [batch, size of rep_x], y
---  [batch, size of rep_y]; d is the dimension of V or a group
---@return weyl.tensor [batch, size of rep_x times size of rep_y]
function rep.multiply(opts)
  local func = "rep.multiply"
  local o = check.options(func, opts, { x = check.none, y = check.none,
    rep_x = check.none, rep_y = check.none, d = check.none })
  local d = dimension(o.d, func)
  for _, name in ipairs { "x", "y" } do
    local r = lift(o["rep_" .. name], func)
    check.arg(core.is_tensor(o[name]) and o[name].rank == 2
      and o[name].shape[2] == r:size(d), func, name,
      ("a tensor [batch, %d]"):format(r:size(d)), o[name])
  end
  check.arg(o.y.shape[1] == o.x.shape[1], func, "y",
    ("a batch of %d rows, as x"):format(o.x.shape[1]), o.y)
  local outer = o.x:reshape(-1, o.x.shape[2], 1)
    * o.y:reshape(-1, 1, o.y.shape[2])
  return outer:reshape(o.x.shape[1], -1):take(
    rep.product_order(o.rep_x, o.rep_y, d), 2)
end

for _, part in ipairs { harmonics, coupling } do
  for name, f in next, part do rep[name] = f end -- in any order
end

return rep
