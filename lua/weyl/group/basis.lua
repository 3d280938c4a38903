-- group/basis.lua: the equivariant maps between two representations, and
-- invariant vectors.

local core = require "weyl.core"
local form = require "weyl.form"
local rep = require "weyl.rep"

local raw = core.symmetry

---The equivariant maps between two representations, or invariant vectors.
---@class weyl.basis
---@field group weyl.group
---@field rep_in weyl.rep
---@field rep_out weyl.rep
---@field vectors boolean
local Basis = {}

local basis_meta = { __index = Basis, __name = "weyl.basis" }

function basis_meta.__tostring(b)
  local what = b.vectors and ("invariants of %s"):format(b.rep_out)
    or ("equivariant maps %s -> %s"):format(b.rep_in, b.rep_out)
  local dim = b:dim()
  return ("%s under %s: dimension %d%s"):format(what, b.group, dim,
    dim == 0 and not b.vectors and ", no linear map but 0" or "")
end

---Number of independent maps.
---@return integer
function Basis:dim()
  return raw.dim(self.group.raw, self.rep_in.list, self.rep_out.list)
end

---All of them, orthonormal: a tensor [dim, out, in]; [dim, out] for invariant
---vectors.
---@return weyl.tensor f64
function Basis:elements()
  local e = raw.elements(self.group.raw, self.rep_in.list, self.rep_out.list)
  return self.vectors and e:reshape(e.shape[1], e.shape[2]) or e
end

---The projector as a matrix over flattened maps. It grows with the square of
---their size; projector() does the same work by blocks.
---@return weyl.tensor f64 [out * in, out * in]
function Basis:matrix()
  local e = self:elements()
  local flat = e:reshape(e.shape[1], self.rep_out:size(self.group)
    * self.rep_in:size(self.group))
  return flat:transpose():matmul(flat)
end

---The orthogonal projection onto these maps, as a differentiable function of
---weights W [out, in] and, if given, biases b [out], which are projected onto
---the invariant vectors of rep_out. (For a basis of vectors W is [out].)
---@return fun(W: weyl.tensor, b?: weyl.tensor): weyl.tensor, weyl.tensor?
function Basis:projector()
  local function projection(rep_in)
    return form.new { groups = { self.group }, rep_in = rep_in,
      rep_out = self.rep_out, identity = 0, weights = { 1 } }
  end
  local maps, vectors = projection(self.rep_in), nil
  return function(W, b)
    if b and not vectors then vectors = projection(rep.scalar) end
    return maps:apply(W), b and vectors:apply(b)
  end
end

local basis = {}

---The maps from rep_in to rep_out that are equivariant under a group; with
---`vectors`, rep_in being one scalar, they count as invariant vectors.
---@param g weyl.group
---@param rep_in weyl.rep
---@param rep_out weyl.rep
---@param vectors boolean
---@return weyl.basis
function basis.new(g, rep_in, rep_out, vectors)
  return setmetatable({ group = g, rep_in = rep_in, rep_out = rep_out,
    vectors = vectors }, basis_meta)
end

return basis
