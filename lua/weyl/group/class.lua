-- group/class.lua: what every group can do, whatever its generators.

local basis = require "weyl.group.basis"
local check = require "weyl.check"
local core = require "weyl.core"
local matrix = require "weyl.group.matrix"
local rep = require "weyl.rep"

local raw = core.symmetry

---@class weyl.group
---@field d integer dimension of V
---@field name string for printing only
---@field lie weyl.matrix[] Lie algebra matrices
---@field discrete weyl.matrix[] discrete elements
---@field scale number[] spread of each Lie generator when sampling
---@field haar string? what uniform sampler there is: "walk", "SO", "O"
---@field axes integer[]? the axes on which SO or O acts
---@field raw userdata
local Group = {}

local meta = { __index = Group, __name = "weyl.group" }

function meta.__tostring(g) return g.name end

function meta.__eq(a, b) return raw.equal(a.raw, b.raw) end

local class = {}

-- Numbers or matrices as the engine takes them, nil when there are none.
local function packed(list)
  return #list > 0 and core.tensor(list, "f64") or nil
end

---A group from its fields, of which only d and name must be there. Matrices
---must be d x d.
---@param g table
---@return weyl.group
function class.new(g)
  g.lie, g.discrete, g.scale = g.lie or {}, g.discrete or {}, g.scale or {}
  for i = #g.scale + 1, #g.lie do g.scale[i] = 1.0 end
  g.raw = raw.group(g.d, packed(g.lie), packed(g.discrete), packed(g.scale),
    g.haar, g.axes)
  return setmetatable(g, meta)
end

---Whether x is a group.
---@param x any
---@return boolean
function class.is_group(x) return getmetatable(x) == meta end

---Whether all elements are orthogonal matrices; then V and its dual are the
---same representation.
---@return boolean
function Group:is_orthogonal() return raw.is_orthogonal(self.raw) end

-- The representations of basis(...) and dim(...); a single one means vectors.
local function between(func, rep_in, rep_out)
  local vectors = rep_out == nil
  if vectors then rep_in, rep_out = 1, rep_in end
  for _, r in ipairs { rep_in, rep_out } do
    check.arg(rep.is_rep(r) or check.whole(r, 0), func, "rep",
      "a representation", r)
  end
  return rep.lift(rep_in), rep.lift(rep_out), vectors
end

---The equivariant maps from rep_in to rep_out; with one representation its
---invariant vectors.
---@param rep_in weyl.rep|integer
---@param rep_out? weyl.rep|integer
---@return weyl.basis
function Group:basis(rep_in, rep_out)
  local from, to, vectors = between("group:basis", rep_in, rep_out)
  return basis.new(self, from, to, vectors)
end

---Number of independent equivariant maps from rep_in to rep_out; with one
---representation that of its invariant vectors; without any the dimension
---of V.
---@param rep_in? weyl.rep|integer
---@param rep_out? weyl.rep|integer
---@return integer
function Group:dim(rep_in, rep_out)
  if rep_in == nil then return self.d end
  local from, to = between("group:dim", rep_in, rep_out)
  return basis.new(self, from, to, false):dim()
end

local METHODS = { haar = true, walk = true }

---Random elements. method "haar" is uniform; it is known for SO(n), O(n) and
---their embeddings, reflection and the trivial group, and is the default
---there. "walk" is exp of a normal combination of the Lie generators times
---random powers of the discrete ones.
---@param opts? string|{ n: integer?, method: string?, stream: string?,
---  seed: integer? } a stream's name, or options; with a seed the elements
---  do not depend on what was drawn before
---@return weyl.tensor f64 [d, d], with n [n, d, d]
function Group:sample(opts)
  if type(opts) == "string" then opts = { stream = opts } end
  local o = check.options("group:sample", opts, { n = check.none,
    method = self.haar and "haar" or "walk", stream = "group",
    seed = check.none })
  check.arg(o.n == nil or check.whole(o.n, 1), "group:sample", "n",
    "an integer >= 1", o.n)
  check.arg(METHODS[o.method], "group:sample", "method", "'haar' or 'walk'",
    o.method)
  check.arg(type(o.stream) == "string", "group:sample", "stream", "a name",
    o.stream)
  check.arg(o.seed == nil or check.whole(o.seed), "group:sample", "seed",
    "an integer", o.seed)
  local stream = o.seed and raw.stream(o.seed, o.stream) or o.stream
  local g = raw.sample(self.raw, stream, o.n or 1, o.method == "haar")
  return o.n and g or g[1]
end

local function mapped(list, f)
  local out = {}
  for i, x in ipairs(list) do out[i] = f(x) end
  return out
end

---The group acting on some axes of a larger space, the others at rest.
---@param d integer dimension of the larger space
---@param axes integer[] as many as the group's dimension, 1-based, distinct
---@return weyl.group
function Group:embed(d, axes)
  check.arg(check.whole(d, self.d), "group:embed", "d",
    ("an integer >= %d"):format(self.d), d)
  check.arg(type(axes) == "table" and #axes == self.d, "group:embed", "axes",
    ("a table of %d axes"):format(self.d), axes)
  local seen = {}
  for _, a in ipairs(axes) do
    check.arg(check.whole(a, 1) and a <= d and not seen[a], "group:embed",
      "axes", ("distinct integers from 1 to %d"):format(d), a)
    seen[a] = true
  end
  return class.new { d = d, scale = self.scale, haar = self.haar,
    name = ("%s on axes %s of %d"):format(self.name, table.concat(axes, ","),
      d),
    lie = mapped(self.lie, matrix.embedding(d, axes, 0.0)),
    discrete = mapped(self.discrete, matrix.embedding(d, axes, 1.0)),
    axes = self.axes and mapped(self.axes, function(a) return axes[a] end) }
end

return class
