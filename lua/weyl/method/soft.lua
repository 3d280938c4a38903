-- method/soft.lua: methods with free weights that penalties pull towards
-- symmetries: of several groups at once, or of one with weights on both parts.

local check = require "weyl.check"
local equivariant = require "weyl.method.equivariant"
local nn = require "weyl.nn"
local object = require "weyl.method.object"
local reg = require "weyl.reg"

local soft = {}

local SPECS = {
  { "init", { "free", "half", "near" } }, { "init_group", "any" },
  { "bias", "boolean" }, { "bilinear", "any" },
  { "allocation", { "exact", "published" } },
  { "copies", { "distinct", "published" } }, { "max_rank", "whole" },
  { "residual", "boolean" } }

-- The free network shaped for the first group, or for o.group.
local function network(o, data)
  local net = equivariant.network(o, data)
  net.soft, net.init = true, o.init
  net.init_group = object.group(o, "init_group", data)
  return nn.emlp(net)
end

-- The tuner: one given, none, or the rule of the paper at a quarter of the run.
local function tuner(o, epochs)
  if o.tune ~= nil then return o.tune or nil end
  return reg.autotune { at = math.max(1, epochs // 4), power = o.power }
end

---See method.per.
---@param opts table?
---@return weyl.method
function soft.per(opts)
  local tune = type(opts) == "table" and opts.tune
  check.arg(not tune or type(tune) == "function" or type(tune) == "table",
    "method.per", "tune", "a tuner, a function or false", tune)
  return object.new("per", opts, object.with(SPECS, { { "strength", "weight" },
    { "strengths", "table" }, { "tune", "any" },
    { "power", "weight", default = 2 },
    { "measure", { "mse", "logmse", "csd" } }, { "published", "boolean" },
    { "apply", { "gradient", "proximal" } } }),
    function(o, data)
      local model = network(o, data)
      return { model = model, regularizer = reg.mixed(model,
        object.groups(o, data), object.pick(o, { "strength", "strengths",
          "measure", "bias", "published", "apply" })) }
    end, tuner)
end

---See method.two_sided.
---@param opts table?
---@return weyl.method
function soft.two_sided(opts)
  return object.new("two_sided", opts, object.with(SPECS, { { "group", "any" },
    { "equivariant", "weight", default = 1e-5 },
    { "residual_weight", "weight", default = 1 } }), function(o, data)
      local model = network(o, data)
      return { model = model, regularizer = reg.two_sided(model,
        object.group(o, "group", data, 1), { equivariant = o.equivariant,
          residual = o.residual_weight, bias = o.bias,
          watch = o.groups or data.candidates }) }
    end)
end

return soft
