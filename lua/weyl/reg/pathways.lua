-- reg/pathways.lua: the weight decays of residual pathway priors.
--
-- A network whose layers act by W = P w + w_basic (nn.emlp with a pathway) is
-- trained with basic |w_basic|^2 + equiv |w|^2 added to its loss, biases alike,
-- summed over layers (Finzi et al., arXiv:2112.01388): Gaussian priors, wide
-- for the equivariant part and narrow for the rest. For one layer and a map W
-- the cheapest split costs
--
--   (e b / (e + b)) |P W|^2 + b |W - P W|^2,   e = equiv, b = basic,
--
-- so this is a projection penalty beside an unequal decay.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"

---@class weyl.pathways
---@field model table
---@field basic number
---@field equiv number
local Pathways = {}

local meta = { __index = Pathways, __name = "weyl.pathways" }

function meta.__tostring(p)
  return ("weyl.pathways: %g |w_basic|^2 + %g |w|^2"):format(p.basic, p.equiv)
end

-- |w|^2 + |b|^2 over all layers.
local function squares(layers, weight, bias)
  local sum = 0
  for _, layer in ipairs(layers) do
    sum = sum + layer[weight]:square():sum() + layer[bias]:square():sum()
  end
  return sum
end

---What is added to the loss: basic |w_basic|^2 + equiv |w|^2.
---@return weyl.tensor scalar
function Pathways:penalty()
  return self.basic * squares(self.layers, "basic_weight", "basic_bias")
    + self.equiv * squares(self.layers, "weight", "bias")
end

---See reg.pathways.
---@param model table
---@param opts table?
---@return weyl.pathways
return function(model, opts)
  local o = options.read("reg.pathways", opts, {
    { "basic", "weight", default = 1 }, { "equiv", "weight", default = 1e-5 } })
  local layers = type(model) == "table" and model.layers and model:layers()
  check.arg(layers and #layers > 0 and core.is_param(layers[1].basic_weight),
    "reg.pathways", "model", "nn.emlp { pathway = ... }", model)
  return setmetatable({ model = model, layers = layers, basic = o.basic,
    equiv = o.equiv }, meta)
end
