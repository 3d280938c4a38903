-- nn/linear.lua: the affine layer y = x W^T + b, free or held to a symmetry.

local core = require "weyl.core"
local module = require "weyl.nn.module"

---@class weyl.nn.linear
---@field weight weyl.param [out, in]
---@field bias weyl.param? [out]
---@field rep_in weyl.rep? what the inputs are
---@field rep_out weyl.rep? what the outputs are
---@field project (fun(w: weyl.tensor, b: weyl.tensor?): weyl.tensor,
---  weyl.tensor?)? the projection onto equivariant maps, of an exact layer
local Linear = { name = "weyl.nn.linear" }

---The matrix and the bias that act: those stored, or their projections
---W = P w, b = P_b b.
---@return weyl.tensor weight [out, in]
---@return weyl.tensor? bias [out]
function Linear:map()
  if self.project then return self.project(self.weight, self.bias) end
  return self.weight, self.bias
end

---y = x W^T + b, with W and b as map() makes them.
---@param x weyl.tensor [batch, in]
---@return weyl.tensor y [batch, out]
function Linear:forward(x)
  local w, b = self:map()
  local y = x:matmul(w:transpose())
  return b and y + b or y
end

---The same on features in rows: every column is one sample.
---@param h weyl.tensor [in, batch]
---@return weyl.tensor y [out, batch]
function Linear:columns(h)
  local w, b = self:map()
  local y = core.matmul(w, h)
  return b and y + b:reshape(-1, 1) or y
end

function Linear:describe()
  return ("%d -> %d"):format(self.weight.shape[2], self.weight.shape[1])
end

local linear = { class = Linear }

---@class weyl.nn.linear.options
---@field inputs integer
---@field outputs integer
---@field bias boolean
---@field dtype string
---@field stream string random stream of the initial values
---@field rep_in weyl.rep?
---@field rep_out weyl.rep?
---@field project function?

---The parameter W at its start, orthogonal (Haar).
---@param o weyl.nn.linear.options
---@return weyl.param
function linear.weight(o)
  return core.param(core.orthogonal(o.outputs, o.inputs, o.dtype, o.stream))
end

---The parameter b at its start, uniform in [0, 1) / sqrt(out).
---@param o weyl.nn.linear.options
---@return weyl.param
function linear.bias(o)
  return core.param(core.uniform({ o.outputs }, 0, 1 / math.sqrt(o.outputs),
    o.dtype, o.stream))
end

---@param o weyl.nn.linear.options
---@return weyl.nn.linear
function linear.new(o)
  local own = { weight = linear.weight(o) }
  if o.bias then own.bias = linear.bias(o) end
  return module.new(Linear, own, { rep_in = o.rep_in, rep_out = o.rep_out,
    project = o.project })
end

return linear
