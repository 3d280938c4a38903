-- group/class.lua: what a group is, and its equivariant maps.
--
-- A group never changes once made, but for its name.

-- Other files of this folder add methods to class.methods: algebra.lua,
-- finite.lua, member.lua, sample.lua and combine.lua; group.lua loads them
-- all.

local basis = require "weyl.group.basis"
local check = require "weyl.check"
local core = require "weyl.core"
local rep = require "weyl.rep"

local raw = core.symmetry

---What the maker of a group knows of it beyond its generators; each is
---optional.
---@class weyl.group.known
---@field sampler? fun(): (fun(stream, n: integer): weyl.tensor)? gives a
---  function that draws n uniform elements [n, d, d], nil when there is none
---@field member? fun(h: weyl.tensor, tol: number): boolean? whether h lies
---  in the group, nil when that is not decided
---@field order? fun(bound: integer): number, string? number of elements

---@class weyl.group
---@field d integer dimension of V
---@field name string for printing only
---@field lie weyl.matrix[] Lie algebra matrices
---@field discrete weyl.matrix[] discrete elements
---@field scale number[] spread of each Lie generator when sampling
---@field haar string? the engine's uniform sampler: "walk", "SO", "O"
---@field axes integer[]? the axes on which SO or O acts
---@field known weyl.group.known
---@field factors { first: integer, last: integer, group: weyl.group }[]? of
---  a direct product, the axes of each factor
---@field raw userdata
local Group = {}

local meta = { __index = Group, __name = "weyl.group" }

function meta.__tostring(g) return g.name end

function meta.__eq(a, b)
  return getmetatable(a) == meta and getmetatable(b) == meta
    and raw.equal(a.raw, b.raw)
end

local class = { methods = Group }

-- Numbers or matrices as the engine takes them, nil when there are none.
local function packed(list)
  return #list > 0 and core.tensor(list, "f64") or nil
end

---A group from its fields, of which only d and name must be there. Matrices
---must be d x d and belong to this group alone.
---@param g table
---@return weyl.group
function class.new(g)
  local scale = g.scale or {}
  g.lie, g.discrete = g.lie or {}, g.discrete or {}
  g.scale = table.move(scale, 1, #scale, 1, {})
  g.known = g.known or {}
  for i = #g.scale + 1, #g.lie do g.scale[i] = 1.0 end
  g.raw = raw.group(g.d, packed(g.lie), packed(g.discrete), packed(g.scale),
    g.haar, g.axes)
  return setmetatable(g, meta)
end

---Whether x is a group.
---@param x any
---@return boolean
function class.is_group(x) return getmetatable(x) == meta end

---A function of a group whose results are kept as long as the group is.
---@generic T
---@param f fun(g: weyl.group): T
---@return fun(g: weyl.group): T
function class.remembered(f)
  local known = setmetatable({}, { __mode = "k" })
  return function(g)
    local entry = known[g]
    if not entry then
      entry = table.pack(f(g))
      known[g] = entry
    end
    return table.unpack(entry, 1, entry.n)
  end
end

---What f returns, which is not nil; nil and the message when it raises an
---error. Running out of memory is no answer and stays an error.
---@generic T
---@param f fun(...): T
---@return T?
---@return string? why
function class.try(f, ...)
  local ok, result = pcall(f, ...)
  if ok then return result end
  local why = tostring(result)
  if why:find("out of memory", 1, true) or why == "not enough memory" then
    error(result, 0)
  end
  return nil, why
end

---Fails unless g is a group: a method was called with a dot, its argument in
---the group's place.
---@param func string
---@param g any
function class.receiver(func, g)
  if class.is_group(g) then return end
  check.fail("group:%s: call it as g:%s(...), with a colon", func, func)
end

---A matrix [d, d] or, where `batch`, matrices [n, d, d] in f64, evaluated.
---@param func string
---@param arg string
---@param g weyl.group
---@param x any a tensor or nested tables
---@param batch? boolean
---@return weyl.tensor
function class.matrix(func, arg, g, x, batch)
  class.receiver(func, g)
  local expected = ("a matrix [%d, %d]%s"):format(g.d, g.d,
    batch and (" or several [n, %d, %d]"):format(g.d, g.d) or "")
  local t = (type(x) == "table" or core.is_tensor(x))
    and class.try(core.tensor, x, "f64")
  local ok = t and (t.rank == 2 or batch and t.rank == 3)
    and t.shape[t.rank] == g.d and t.shape[t.rank - 1] == g.d
  check.arg(ok, "group:" .. func, arg, expected, x)
  if not core.isfinite(t):all():item() then
    check.fail("group:%s: argument '%s' has entries that are not finite",
      func, arg)
  end
  return t:eval()
end

---A vector [d] in f64, evaluated.
---@param func string
---@param g weyl.group
---@param x any a tensor or a table
---@return weyl.tensor
function class.vector(func, g, x)
  class.receiver(func, g)
  local t = (type(x) == "table" or core.is_tensor(x))
    and class.try(core.tensor, x, "f64")
  local ok = t and t.rank == 1 and t.shape[1] == g.d
  check.arg(ok and core.isfinite(t):all():item(), "group:" .. func, "v",
    ("a vector of %d finite numbers"):format(g.d), x)
  return t:eval()
end

---Whether all elements are orthogonal matrices; then V and its dual are the
---same representation.
---@return boolean
function Group:is_orthogonal()
  class.receiver("is_orthogonal", self)
  return raw.is_orthogonal(self.raw)
end

-- The representations of basis(...) and dim(...); a single one means vectors.
local function between(g, func, rep_in, rep_out)
  class.receiver(func:match ":(.*)", g)
  local vectors = rep_out == nil
  local list = { rep_in = rep_in, rep_out = rep_out }
  for _, name in ipairs { "rep_in", not vectors and "rep_out" or nil } do
    check.arg(rep.is_rep(list[name]) or check.whole(list[name], 0), func,
      name, "a representation or a number of scalars", list[name])
  end
  if vectors then rep_in, rep_out = 1, rep_in end
  return rep.lift(rep_in), rep.lift(rep_out), vectors
end

---The equivariant maps from rep_in to rep_out; with one representation its
---invariant vectors. One space is solved per pair of tensor products, whatever
---the number of copies; one that would take more than 1 GiB is an error.
---Costly ones are kept on disk, in the folder WEYL_CACHE of the environment
---(empty: nowhere) or else in ~/.cache/weyl.
---@param rep_in weyl.rep|integer
---@param rep_out? weyl.rep|integer
---@return weyl.basis
function Group:basis(rep_in, rep_out)
  local from, to, vectors = between(self, "group:basis", rep_in, rep_out)
  return basis.new(self, from, to, vectors)
end

---Number of independent equivariant maps from rep_in to rep_out; with one
---representation that of its invariant vectors; without any the dimension of
---the group itself, that of its Lie algebra. (That of V is the field d.)
---@param rep_in? weyl.rep|integer
---@param rep_out? weyl.rep|integer
---@return integer
function Group:dim(rep_in, rep_out)
  if rep_in == nil and class.is_group(self) then
    return self:algebra().shape[1]
  end
  local from, to = between(self, "group:dim", rep_in, rep_out)
  return basis.new(self, from, to, false):dim()
end

return class
