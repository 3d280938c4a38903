-- rep.lua: representations, written as expressions over V.
--
-- V is the space a group acts on; which group is left open until it is
-- needed, so one layout of features can be read under several groups. A
-- representation is a list of runs in the user's order: `mult` copies of a
-- tensor product of V's and duals of V. Sums append, a product of sums
-- expands from left to right, an integer in a sum counts as that many
-- scalars; nothing is ever reordered:
--
--   5*rep.scalar + 5*V        5 numbers, then 5 vectors
--   V:dual()*V                16 numbers in d = 4, the dual index first
--
-- A feature of rank r has d^r entries, row-major in its indices.

local check = require "weyl.check"
local core = require "weyl.core"

local MAX_RANK = 30 -- factors; their kinds are the bits of one integer

---@class weyl.rep.run
---@field mult integer copies
---@field rank integer factors of the tensor product
---@field duals integer bit i - 1 is set when factor i is dual

---@class weyl.rep
---@operator add(weyl.rep|integer): weyl.rep
---@operator mul(weyl.rep|integer): weyl.rep
---@operator pow(integer): weyl.rep
local Rep = {}

local meta = { __index = Rep, __name = "weyl.rep" }

-- The representation of these runs; neighbours of one kind become one run.
local function new(list)
  local runs = {}
  for _, r in ipairs(list) do
    local last = runs[#runs]
    if last and last.rank == r.rank and last.duals == r.duals then
      last.mult = last.mult + r.mult
    elseif r.mult > 0 then
      runs[#runs + 1] = { mult = r.mult, rank = r.rank, duals = r.duals }
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
      list[#list + 1] = { mult = r.mult * s.mult, rank = rank,
        duals = r.duals | s.duals << r.rank }
    end
  end
  return new(list)
end

function meta.__pow(a, k)
  check.arg(check.whole(k, 0), "rep ^", "power", "an integer >= 0", k)
  local product = lift(1)
  for _ = 1, k do product = product * a end
  return product
end

function meta.__eq(a, b)
  if #a.list ~= #b.list then return false end
  for i, r in ipairs(a.list) do
    local s = b.list[i]
    if r.mult ~= s.mult or r.rank ~= s.rank or r.duals ~= s.duals then
      return false
    end
  end
  return true
end

-- "V", "V^2", "V:dual()*V", "V^0" for scalars
local function factors(r)
  if r.rank == 0 then return "V^0" end
  if r.duals == 0 and r.rank > 1 then return "V^" .. r.rank end
  local out = {}
  for i = 0, r.rank - 1 do
    out[i + 1] = r.duals >> i & 1 == 1 and "V:dual()" or "V"
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
    list[i] = { mult = r.mult, rank = r.rank,
      duals = ~r.duals & (1 << r.rank) - 1 }
  end
  return new(list)
end

---The runs in order; a copy.
---@return weyl.rep.run[]
function Rep:runs()
  local runs = {}
  for i, r in ipairs(self.list) do
    runs[i] = { mult = r.mult, rank = r.rank, duals = r.duals }
  end
  return runs
end

-- The dimension of V from a number or from a group.
local function dimension(d, func)
  if type(d) == "table" then d = d.d end
  check.arg(check.whole(d, 1), func, "d",
    "a group or the dimension of V, an integer >= 1", d)
  return math.tointeger(d)
end

---Number of entries of a feature when V has dimension d.
---@param d integer|weyl.group
---@return integer
function Rep:size(d)
  d = dimension(d, "rep:size")
  local size = 0
  for _, r in ipairs(self.list) do size = size + r.mult * d ^ r.rank end
  return math.tointeger(size)
    or check.fail("rep:size: %s has too many entries for d = %d", self, d)
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

---The matrix by which g acts on features: of each run the Kronecker product
---of g for every V and of its inverse transposed for every dual.
---@param g weyl.tensor|number[][] an invertible matrix [d, d]
---@return weyl.tensor f64 [n, n]
function Rep:rho(g)
  return core.symmetry.rho(self.list, square(g, "rep:rho"))
end

---The derivative of rho at the identity in direction a: the Kronecker sum of
---a for every V and of minus a transposed for every dual.
---@param a weyl.tensor|number[][] a matrix [d, d]
---@return weyl.tensor f64 [n, n]
function Rep:drho(a)
  return core.symmetry.drho(self.list, square(a, "rep:drho"))
end

local rep = {}

---The space the group acts on.
rep.V = new { { mult = 1, rank = 1, duals = 0 } }

---One number that no group changes.
rep.scalar = new { { mult = 1, rank = 0, duals = 0 } }

---Whether x is a representation.
---@param x any
---@return boolean
function rep.is_rep(x) return is_rep(x) end

---x, or x scalars when it is an integer.
---@param x weyl.rep|integer
---@return weyl.rep
function rep.lift(x) return lift(x, "rep") end

return rep
