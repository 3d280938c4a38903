-- nn.lua: layers and models: nn.linear, nn.mlp, nn.emlp.
--
-- A model is a table whose tree of parameters is what transforms
-- differentiate; it is called like a function: y = model(x), x [batch, in].
-- A model with layers that regularizers may act on has model:layers(), a list
-- of affine layers with weight [out, in], bias [out], rep_in and rep_out.

local emlp = require "weyl.nn.emlp"
local features = require "weyl.nn.features"
local linear = require "weyl.nn.linear"
local mlp = require "weyl.nn.mlp"
local module = require "weyl.nn.module"
local options = require "weyl.options"
local parameters = require "weyl.nn.parameters"

---@class weyl.nn
local nn = {}

---The affine layer y = x W^T + b: W orthogonal, b uniform in
---[0, 1) / sqrt(outputs) at the start.
---@param opts { inputs: integer, outputs: integer, bias: boolean?,
---  dtype: string?, stream: string? }
---@return weyl.nn.linear
function nn.linear(opts)
  return linear.new(options.read("nn.linear", opts, {
    { "inputs", "count", required = true },
    { "outputs", "count", required = true },
    { "bias", "boolean", default = true },
    { "dtype", { "f32", "f64" }, default = "f32" },
    { "stream", "string", default = "init" } }))
end

---A multilayer perceptron: `depth` hidden layers of `channels` with an
---activation, and an affine layer.
---@param opts { inputs: integer?, outputs: integer?, rep_in: weyl.rep?,
---  rep_out: weyl.rep?, d: integer?, channels: integer?,
---  parameters: integer?, depth: integer?, activation: function?,
---  dtype: string?, stream: string? } sizes directly or by representations of
---  V with dimension d (3); 128 channels, or the width whose number of
---  parameters is nearest `parameters`; depth 3, silu
---@return weyl.nn.mlp
function nn.mlp(opts) return mlp.new(opts) end

---The equivariant multilayer perceptron of a group; with soft = true its
---weights are free and only its shapes follow the group. With a pathway its
---layers act by W = P w + w_basic, P projecting onto the group's maps and
---w_basic free (pathway = true) or projected onto those of a smaller group
---(pathway = that group): residual pathway priors, Finzi et al.,
---arXiv:2112.01388; see reg.pathways.
---@param opts { rep_in: weyl.rep, rep_out: weyl.rep, group: weyl.group,
---  soft: boolean?, pathway: (boolean|weyl.group)?, channels: integer?,
---  parameters: integer?, allocation: string?, max_rank: integer?,
---  depth: integer?, bilinear: weyl.group?, copies: string?,
---  residual: boolean?, init: string?, init_group: weyl.group?,
---  dtype: string?, stream: string? } 128 channels, or the width whose number
---  of parameters is nearest `parameters`; depth 3; allocation "published"
---  when soft or with a pathway and not matched to parameters, else "exact";
---  max_rank, the largest rank of hidden tensors; bilinear, the group of the
---  bilinear maps beside soft layers or pathways (group); copies "distinct", or
---  "published": the tensors that they are made of are drawn with replacement;
---  residual (the path beside the gates) when soft or with a pathway; init
---  "free", "half" or "near": where soft weights start, freely, half way
---  towards the equivariant ones of init_group (group unless given) or 1e-3
---  from them
---@return weyl.nn.emlp
function nn.emlp(opts) return emlp.new(opts) end

---A representation with equal shares of `channels` for V^0, V, V^2, ... in
---dimension d. rule "exact" gives size `channels`, "published" overshoots.
---@param channels integer
---@param d integer
---@param rule "exact"|"published"?
---@return weyl.rep
function nn.features(channels, d, rule)
  return features.rep(features.allocate(channels, d, rule or "exact"))
end

---The width of a network and its number of parameters, without drawing any:
---of what nn[network](opts) would make.
---@param network "emlp"|"mlp"
---@param opts table the options of nn.emlp or nn.mlp
---@return integer channels
---@return integer parameters
function nn.plan(network, opts)
  options.read("nn.plan", { network = network },
    { { "network", { "emlp", "mlp" }, required = true } })
  return (network == "mlp" and mlp or emlp).plan(opts)
end

---Number of trained numbers in a model.
---@param model table
---@return integer
function nn.count(model) return module.count(model) end

---Writes a model's parameters to a .safetensors file, each by its path in the
---model's table, "layers.2.weight".
---@param model table
---@param path string
---@param texts table<string, string>? to be kept beside them
function nn.save(model, path, texts)
  parameters.save(parameters.of(model), nil, path, texts)
end

---Sets a model's parameters from a .safetensors file: one of nn.save, or a
---run's checkpoints/seed-<s>/best.safetensors.
---@param model table as the one that was saved: same names, shapes and dtypes
---@param path string
---@return table<string, string> texts that the file has beside them
function nn.load(model, path) return parameters.load(model, path) end

return nn
