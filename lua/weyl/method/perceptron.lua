-- method/perceptron.lua: methods on the plain multilayer perceptron: none,
-- moved data, and penalties sampled along orbits.

local action = require "weyl.symmetry.action"
local core = require "weyl.core"
local draw = require "weyl.symmetry.draw"
local nn = require "weyl.nn"
local object = require "weyl.method.object"
local reg = require "weyl.reg"

local perceptron = {}

-- Sizes come from the data, and from representations when they have them.
local function network(o, data)
  local opts = object.pick(o, { "channels", "parameters", "depth",
    "activation", "dtype" })
  opts.inputs, opts.outputs = data.train.x.shape[2], data.train.y.shape[2]
  opts.rep_in, opts.rep_out = data.rep_in, data.rep_out
  return nn.mlp(opts)
end

---See method.mlp.
---@param opts table?
---@return weyl.method
function perceptron.mlp(opts)
  return object.new("mlp", opts, { { "activation", "callable" } },
    function(o, data) return { model = network(o, data) } end)
end

-- The function that moves a batch, a fresh element for every row.
local function mover(o, data)
  local group = object.group(o, "group", data, 1)
  local rep_in, rep_out = object.reps(o, data)
  return function(x, y)
    local g = draw.elements(group, x.shape[1], x.dtype, "augment")
    return core.eval(action.rows(rep_in, group, g, x),
      action.rows(rep_out, group, g, y))
  end
end

---See method.augmentation.
---@param opts table?
---@return weyl.method
function perceptron.augmentation(opts)
  return object.new("augmentation", opts, { { "group", "any" },
    { "activation", "callable" } }, function(o, data)
      return { model = network(o, data), augment = mover(o, data) }
    end)
end

---See method.remul.
---@param opts table?
---@return weyl.method
function perceptron.remul(opts)
  return object.new("remul", opts, { { "group", "any" },
    { "activation", "callable" }, { "alpha", "weight", default = 1 },
    { "beta", "weight", default = 1 }, { "samples", "count", default = 1 },
    { "weights", { "constant", "gradnorm" } }, { "rate", "positive" },
    { "power", "weight" }, { "loss", "callable" } }, function(o, data)
      local model = network(o, data)
      local more = object.pick(o, { "alpha", "beta", "samples", "weights",
        "rate", "power", "loss" })
      more.rep_in, more.rep_out = object.reps(o, data)
      return { model = model, regularizer = reg.orbit(model,
        object.group(o, "group", data, 1), more) }
    end)
end

return perceptron
