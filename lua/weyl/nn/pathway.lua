-- nn/pathway.lua: the affine layer of residual pathway priors (Finzi, Benton
-- and Wilson, arXiv:2112.01388):
--
--   W = P w + w_basic,  b = P_b b_equiv + b_basic
--
-- with P the projector onto the equivariant maps of a group. Mixed: w_basic
-- and b_basic are projected too, onto those of a smaller group. At the start
-- w_basic is 1e-3 times the draw of w, biases alike. Which part the data use is
-- decided by two weight decays (reg.pathways).

local core = require "weyl.core"
local linear = require "weyl.nn.linear"
local module = require "weyl.nn.module"

local START = 1e-3 -- of the basic weights relative to the equivariant ones

---@class weyl.nn.pathway
---@field weight weyl.param [out, in], before its projection
---@field bias weyl.param [out], before its projection
---@field basic_weight weyl.param [out, in]
---@field basic_bias weyl.param [out]
---@field rep_in weyl.rep
---@field rep_out weyl.rep
local Pathway = { name = "weyl.nn.pathway", forward = linear.class.forward,
  columns = linear.class.columns, describe = linear.class.describe }

---The matrix and the bias that act.
---@return weyl.tensor weight [out, in]
---@return weyl.tensor bias [out]
function Pathway:map()
  local w, b = self.project(self.weight, self.bias)
  local v, c = self.basic_weight, self.basic_bias
  if self.project_basic then v, c = self.project_basic(v, c) end
  return w + v, b + c
end

local pathway = {}

---@param o table as of nn/linear.lua, with project and project_basic
---@return weyl.nn.pathway
function pathway.new(o)
  local own = { weight = linear.weight(o), bias = linear.bias(o) }
  own.basic_weight = core.param(START * own.weight)
  own.basic_bias = core.param(START * own.bias)
  return module.new(Pathway, own, { rep_in = o.rep_in, rep_out = o.rep_out,
    project = o.project, project_basic = o.project_basic })
end

return pathway
