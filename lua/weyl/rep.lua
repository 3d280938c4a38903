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
-- A feature of rank r over V has d^r entries, row-major in its indices.

local check = require "weyl.check"
local core = require "weyl.core"
local space = require "weyl.rep.space"

local MAX_RANK = 30 -- factors; their kinds are the bits of one integer

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
      list[#list + 1] = { mult = r.mult * s.mult, rank = rank,
        duals = r.duals | s.duals << r.rank, spaces = joined(r, s) }
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
    if r.mult ~= s.mult or not alike(r, s) then return false end
  end
  return true
end

-- "V", "V^2", "V:dual()*V", "psi(2)*V", "V^0" for scalars
local function factors(r)
  if r.rank == 0 then return "V^0" end
  if r.duals == 0 and r.rank > 1 and not r.spaces then
    return "V^" .. r.rank
  end
  local out = {}
  for i = 0, r.rank - 1 do
    local s = r.spaces and r.spaces[i + 1]
    out[i + 1] = (s and s.name or "V")
      .. (r.duals >> i & 1 == 1 and ":dual()" or "")
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
  return math.tointeger(size)
    or check.fail("rep:size: %s has too many entries for d = %d", self, d)
end

---What the representation contains, as a table of lines: per run the number
---of copies, what they are, entries of one copy and the places of all.
---@param d integer|weyl.group
---@return string
function Rep:account(d)
  d = dimension(d, "rep:account")
  local rows, at = { { "copies", "of", "size", "entries" } }, 1
  for i, r in ipairs(self.list) do
    local size = math.tointeger(run_size(r, d))
    local last = at + r.mult * size - 1
    rows[i + 1] = { r.mult, factors(r), size, ("%d..%d"):format(at, last) }
    at = last + 1
  end
  local wide = 0
  for _, row in ipairs(rows) do wide = math.max(wide, #row[2]) end
  for i, row in ipairs(rows) do
    rows[i] = ("%6s  %-" .. wide .. "s  %6s  %s"):format(row[1], row[2],
      row[3], row[4])
  end
  rows[#rows + 1] = ("%d entries in all, d = %d"):format(at - 1, d)
  return table.concat(rows, "\n")
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
  local spaces, lists = space.number { r }
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
