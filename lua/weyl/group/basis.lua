-- group/basis.lua: the equivariant maps between two representations, and
-- invariant vectors.

local check = require "weyl.check"
local core = require "weyl.core"
local form = require "weyl.form"
local rep = require "weyl.rep"
local space = require "weyl.rep.space"

local raw = core.symmetry

local basis = {}

---The equivariant maps between two representations, or invariant vectors.
---@class weyl.basis
---@field group weyl.group the first one
---@field groups weyl.group[] all, when it is a sum
---@field rep_in weyl.rep
---@field rep_out weyl.rep
---@field vectors boolean
local Basis = {}

basis.methods = Basis

local basis_meta = { __index = Basis, __name = "weyl.basis" }

local MATRIX_MAX = 11585 -- entries of a map: the matrix takes 1 GiB then

-- What the engine takes: the groups' spaces and both lists of runs.
local function parts(b)
  local spaces, lists = space.number({ b.rep_in, b.rep_out }, b.group.d)
  return space.bind_sum(b.groups, spaces), lists[1], lists[2]
end

---Number of independent maps.
---@return integer
function Basis:dim() return (raw.dim(parts(self))) end

---How clearly the maps are separated from all others. kept is the largest
---eigenvalue of the constraints C^T C that was taken for 0, dropped the
---smallest of the others (infinite when there is none), both relative to the
---largest diagonal entry; kept must be below 1e-12 and dropped above 1e-6,
---or, where singular values decided (components up to 400), above 1e-12.
---routes lists how they were found: "orbits" (signed permutations, exact),
---"dense" (all eigenvectors), "filter" (filtered subspace iteration),
---"product" (of factors that no generator ties).
---@return { kept: number, dropped: number, routes: string[] }
function Basis:gap()
  local _, kept, dropped, routes = raw.dim(parts(self))
  return { kept = kept, dropped = dropped, routes = routes }
end

---All of them, orthonormal: a tensor [dim, out, in]; [dim, out] for invariant
---vectors. More than 1 GiB is an error.
---@return weyl.tensor f64
function Basis:elements()
  local e = raw.elements(parts(self))
  return self.vectors and e:reshape(e.shape[1], e.shape[2]) or e
end

---The projector as a matrix over flattened maps. It grows with the square of
---their size; projector() does the same work by blocks.
---@return weyl.tensor f64 [out * in, out * in]
function Basis:matrix()
  local n = self.rep_out:size(self.group) * self.rep_in:size(self.group)
  if n > MATRIX_MAX then
    check.fail("basis:matrix: the maps have %d entries, the most is %d; "
      .. "projector() does without the matrix", n, MATRIX_MAX)
  end
  local e = self:elements()
  local flat = e:reshape(e.shape[1], n)
  return flat:transpose():matmul(flat)
end

---The orthogonal projection onto these maps, as a differentiable function of
---weights W [out, in] and, if given, biases b [out], which are projected onto
---the invariant vectors of rep_out. (For a basis of vectors W is [out].)
---@return fun(W: weyl.tensor, b?: weyl.tensor): weyl.tensor, weyl.tensor?
function Basis:projector()
  local function projection(rep_in)
    return form.new { groups = { self.groups }, rep_in = rep_in,
      rep_out = self.rep_out, identity = 0, weights = { 1 } }
  end
  local maps, vectors = projection(self.rep_in), nil
  local shape = self.vectors and "[out]" or "[out, in]"
  return function(W, b)
    check.arg(core.is_tensor(W), "projector", "W", "a tensor " .. shape, W)
    check.arg(b == nil or core.is_tensor(b), "projector", "b",
      "a tensor [out]", b)
    if not b then return maps:apply(W) end
    vectors = vectors or projection(rep.scalar)
    return maps:apply(W), vectors:apply(b)
  end
end

---A random map (or invariant vector): the projection of independent standard
---normal numbers, which in any orthonormal basis is a vector of such numbers.
---@param opts? { seed: integer?, stream: string? } as of group:sample
---@return weyl.tensor f64 [out, in], [out] for vectors
function Basis:random(opts)
  local o = check.options("basis:random", opts, { seed = check.none,
    stream = "basis" })
  check.arg(o.seed == nil or check.whole(o.seed), "basis:random", "seed",
    "an integer", o.seed)
  check.arg(type(o.stream) == "string", "basis:random", "stream", "a name",
    o.stream)
  local stream = o.seed and raw.stream(o.seed, o.stream) or o.stream
  local W = raw.normal(stream, self.rep_out:size(self.group),
    self.rep_in:size(self.group))
  return self:projector()(self.vectors and W:reshape(-1) or W)
end

---The sum with other maps between the same representations: what is
---equivariant under one group or the other, and all sums of such maps. What
---is equivariant under both is found by intersect.
---@param other weyl.basis
---@return weyl.basis
function Basis:sum(other)
  check.arg(getmetatable(other) == basis_meta, "basis:sum", "other",
    "a basis", other)
  if other.rep_in ~= self.rep_in or other.rep_out ~= self.rep_out then
    check.fail("basis:sum: the other maps go %s -> %s, these %s -> %s",
      other.rep_in, other.rep_out, self.rep_in, self.rep_out)
  end
  local groups = table.move(self.groups, 1, #self.groups, 1, {})
  table.move(other.groups, 1, #other.groups, #groups + 1, groups)
  if other.group.d ~= self.group.d then
    check.fail("basis:sum: the groups act on dimensions %d and %d",
      self.group.d, other.group.d)
  end
  return setmetatable({ group = self.group, groups = groups,
    rep_in = self.rep_in, rep_out = self.rep_out, vectors = self.vectors },
    basis_meta)
end

---The maps that are also in other: what is equivariant under both groups.
---@param other weyl.basis between the same representations
---@return weyl.basis of group.union of the two groups
function Basis:intersect(other)
  check.arg(getmetatable(other) == basis_meta, "basis:intersect", "other",
    "a basis", other)
  check.arg(#self.groups == 1 and #other.groups == 1, "basis:intersect",
    "other", "a basis under one group, as this one", other)
  if other.rep_in ~= self.rep_in or other.rep_out ~= self.rep_out then
    check.fail("basis:intersect: the other maps go %s -> %s, these %s -> %s",
      other.rep_in, other.rep_out, self.rep_in, self.rep_out)
  end
  local union = require("weyl.group.combine").union
  return basis.new(union { self.group, other.group }, self.rep_in,
    self.rep_out, self.vectors)
end

-- ---- empty spaces ----

local MOST = 4 -- factors that are tried

-- The least power k <= MOST of rep_in with equivariant maps to rep_out, and
-- how many; else nil and the last power that the engine could solve.
local function first_power(b)
  for k = 2, MOST do
    local power = setmetatable({ group = b.group, groups = b.groups,
      rep_in = rep.lift(1), rep_out = b.rep_out }, basis_meta)
    local ok, dim = pcall(function()
      power.rep_in = b.rep_in ^ k
      return power:dim()
    end)
    if not ok then return nil, k - 1 end
    if dim > 0 then return k, dim end
  end
  return nil, MOST
end

local function groups_of(b)
  local names = {}
  for i, g in ipairs(b.groups) do names[i] = g.name end
  return table.concat(names, " + under ")
end

-- What to do about maps that do not exist.
local function advice(b)
  local k, dim = first_power(b) -- without k, dim is the last that was tried
  if not k then
    return dim < 2 and "Products of inputs were not tried: too large."
      or ("Products of up to %d inputs give none either."):format(dim)
  end
  local list = #b.rep_in.list == 1 and b.rep_in.list[1].mult == 1
    and tostring(b.rep_in ^ k) or ("(%s)^%d"):format(b.rep_in, k)
  return ("Products of %d inputs do better:\n%s -> %s has dimension %d. "
    .. "Multiply features first (rep.multiply;\nnn.emlp does so in every "
    .. "block), or use nonlinear invariants such as lengths."):format(k, list,
    b.rep_out, dim)
end

---Why there is no map but 0, and what to do; nil when there are maps.
---@return string?
function Basis:why()
  if self:dim() > 0 then return nil end
  local out, from = self.rep_out, self.rep_in
  if out:size(self.group) == 0 or from:size(self.group) == 0 then
    return "One of the representations has no entries."
  end
  if self.vectors then
    return ("%s moves every vector of %s but 0: a bias there must be 0.")
      :format(groups_of(self), out)
  end
  return ("%s moves every linear map %s -> %s but 0, so an equivariant\n"
    .. "linear layer is 0 there. %s"):format(groups_of(self), from, out,
    advice(self))
end

function basis_meta.__tostring(b)
  local what = b.vectors and ("invariants of %s"):format(b.rep_out)
    or ("equivariant maps %s -> %s"):format(b.rep_in, b.rep_out)
  local dim = b:dim()
  local text = ("%s under %s: dimension %d"):format(what, groups_of(b), dim)
  return dim == 0 and text .. "\n" .. b:why() or text
end

---The maps from rep_in to rep_out that are equivariant under a group; with
---`vectors`, rep_in being one scalar, they count as invariant vectors.
---@param g weyl.group
---@param rep_in weyl.rep
---@param rep_out weyl.rep
---@param vectors boolean
---@return weyl.basis
function basis.new(g, rep_in, rep_out, vectors)
  return setmetatable({ group = g, groups = { g }, rep_in = rep_in,
    rep_out = rep_out, vectors = vectors }, basis_meta)
end

return basis
