-- reg/orbit.lua: penalties on the function itself, sampled along orbits.
--
-- Elhag et al., "Relaxed equivariance via multitask learning",
-- arXiv:2410.17878 (REMUL). In every step each sample of the batch meets
-- random elements g of the group, and what is added to the loss is
--
--   beta l(f(g x), g y),
--
-- so the labels are moved, not the predictions: a network that fits the data
-- and their images is equivariant where the data are. The error itself is
-- weighted by alpha. Both weights are constant here, or set by GradNorm
-- (Z. Chen et al., ICML 2018): they are moved so that the gradients of the two
-- terms on the last layer's weights tend to one size, corrected by how fast
-- each term falls, and always sum to alpha + beta. (There a step of Adam moves
-- the weights; here a share of the way, which keeps them positive.)
--
-- Any network will do; the layers have no part in it.

local action = require "weyl.symmetry.action"
local check = require "weyl.check"
local core = require "weyl.core"
local draw = require "weyl.symmetry.draw"
local is_group = require "weyl.group.class".is_group
local options = require "weyl.options"
local rep = require "weyl.rep"

---@class weyl.orbit
---@field model table
---@field group weyl.group
---@field alpha number weight of the error
---@field beta number weight of the sampled term
---@field samples integer elements per sample of the batch
local Orbit = {}

local meta = { __index = Orbit, __name = "weyl.orbit" }

function meta.__tostring(o)
  return ("weyl.orbit: %g error + %g l(f(g x), g y), g in %s"):format(o.alpha,
    o.beta, o.group)
end

-- Rows of t one after the other, `times` times.
local function repeated(t, times)
  if times == 1 then return t end
  local list = {}
  for i = 1, times do list[i] = t end
  return core.concat(list)
end

---The batch moved by random elements, one per row and repetition.
---@param x weyl.tensor [n, in]
---@param y weyl.tensor [n, out]
---@return weyl.tensor gx [samples * n, in]
---@return weyl.tensor gy [samples * n, out]
function Orbit:moved(x, y)
  x, y = repeated(x, self.samples), repeated(y, self.samples)
  local g = draw.elements(self.group, x.shape[1], x.dtype, self.stream)
  return action.rows(self.rep_in, self.group, g, x),
    action.rows(self.rep_out, self.group, g, y)
end

---What is added to the loss: beta l(f(g x), g y) for fresh elements g.
---@param model table
---@param x weyl.tensor [n, in]
---@param y weyl.tensor [n, out]
---@return weyl.tensor scalar
function Orbit:penalty(model, x, y)
  local gx, gy = self:moved(x, y)
  return self.beta * self.loss(model(gx), gy)
end

---The weight of the error in the loss.
---@return number
function Orbit:error_weight() return self.alpha end

local function mean_square(prediction, y)
  return (prediction - y):square():mean()
end

-- ---- GradNorm ----

-- Value of a loss, and the norm of its gradient in the last layer's weights.
local function size_of(self, model, x, y)
  local value, gradient = core.value_and_grad(function()
    return self.loss(model(x), y)
  end)(self.last)
  return value:item(), gradient:square():sum():sqrt():item()
end

-- What the sizes G_i = w_i |grad L_i| should be: their mean times r_i^power,
-- r_i the share of its first value that term i still has, over the mean share.
local function targets(self, values, sizes)
  self.first = self.first or values
  local shares, mean, size = {}, 0, 0
  for i = 1, 2 do
    shares[i] = self.first[i] > 0 and values[i] / self.first[i] or 1
    mean, size = mean + shares[i] / 2, size + sizes[i] / 2
  end
  local out = {}
  for i = 1, 2 do
    out[i] = size * (mean > 0 and shares[i] / mean or 1) ^ self.power
  end
  return out
end

---To be called before a step: with weights = "gradnorm" both weights move, by
---the share `rate` of the way in logarithms, towards where the gradients have
---the sizes that they should; their sum stays.
---@param model table
---@param x weyl.tensor
---@param y weyl.tensor
function Orbit:before_step(model, x, y)
  if self.weights ~= "gradnorm" then return end
  local error, a = size_of(self, model, x, y)
  local moved, b = size_of(self, model, self:moved(x, y))
  local weights = { self.alpha, self.beta }
  local sum, sizes = self.alpha + self.beta, { self.alpha * a, self.beta * b }
  local wanted = targets(self, { error, moved }, sizes)
  for i = 1, 2 do
    if sizes[i] > 0 and wanted[i] > 0 then
      weights[i] = weights[i] * (wanted[i] / sizes[i]) ^ self.rate
    end
  end
  local scale = sum / (weights[1] + weights[2])
  self.alpha, self.beta = scale * weights[1], scale * weights[2]
end

---The weights and what GradNorm measures their falling by, for load.
---@return table
function Orbit:state()
  return { alpha = self.alpha, beta = self.beta,
    first = self.first and table.move(self.first, 1, 2, 1, {}) }
end

---Goes back to what state() gave.
---@param state table
function Orbit:load(state)
  self.alpha, self.beta, self.first = state.alpha, state.beta, state.first
end

-- The weights of the last affine layer, for GradNorm.
local function last_weights(model)
  local layers = type(model.layers) == "function" and model:layers()
  local last = layers and layers[#layers]
  check.arg(last and core.is_param(last.weight), "reg.orbit", "model",
    "a model with layers(), for weights = 'gradnorm'", model)
  return last.weight
end

local function check_reps(o, model)
  for _, name in ipairs { "rep_in", "rep_out" } do
    local r = o[name]
    if r == nil then r = model[name] end
    check.arg(rep.is_rep(r) or check.whole(r, 0), "reg.orbit", name,
      "a representation, of the model or an option", r)
    o[name] = rep.lift(r)
  end
end

---See reg.orbit.
---@param model table
---@param group weyl.group
---@param opts table?
---@return weyl.orbit
return function(model, group, opts)
  check.arg(type(model) == "table", "reg.orbit", "model", "a model", model)
  check.arg(is_group(group), "reg.orbit", "group", "a group", group)
  local o = options.read("reg.orbit", opts, {
    { "alpha", "weight", default = 1 }, { "beta", "weight", default = 1 },
    { "samples", "count", default = 1 },
    { "weights", { "constant", "gradnorm" }, default = "constant" },
    { "rate", "positive", default = 0.025 },
    { "power", "weight", default = 1.5 },
    { "rep_in", "any" }, { "rep_out", "any" },
    { "loss", "callable", default = mean_square },
    { "stream", "string", default = "orbit" } })
  check_reps(o, model)
  o.model, o.group = model, group
  if o.weights == "gradnorm" then o.last = last_weights(model) end
  return setmetatable(o, meta)
end
