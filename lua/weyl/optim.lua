-- optim.lua: optimizers: optim.sgd, optim.adam, optim.adamw.
--
-- An optimizer moves the parameters of a model along their gradients:
--
--   local adam = optim.adam { lr = 1e-3 }
--   local loss, grads = weyl.value_and_grad(f)(model)
--   adam:step(model, grads)
--
-- One call updates all parameters, fused, in the engine. Fields lr,
-- weight_decay, momentum, beta1, beta2, epsilon may be read and set between
-- steps; `steps` counts. o:state() gives the moments and the count as
-- tensors, o:load(state) takes them up again.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"

---@class weyl.optim
local optim = {}

---@class weyl.optimizer
---@field lr number learning rate
---@field weight_decay number
---@field steps integer steps taken
---@field step fun(self, model: table, grads: table): weyl.optimizer
---@field rates fun(self): (number|weyl.tensor)[] how far one unit of gradient
---  moves each parameter, in the order of the last step's model:
---  lr / (1 - momentum); in Adam entry by entry, lr / (rms of the gradients
---  + epsilon), as tensors
---@field state fun(self): table
---@field load fun(self, state: table): weyl.optimizer

---Stochastic gradient descent: m <- momentum m + g, p <- p - lr m, where g
---contains weight_decay p; Nesterov's form steps along g + momentum m.
---@param opts { lr: number?, momentum: number?, nesterov: boolean?,
---  weight_decay: number? }? lr 0.01, the others 0 and false unless given
---@return weyl.optimizer
function optim.sgd(opts)
  local o = options.read("optim.sgd", opts, {
    { "lr", "weight", default = 1e-2 },
    { "momentum", "share", default = 0 },
    { "nesterov", "boolean", default = false },
    { "weight_decay", "weight", default = 0 } })
  if o.nesterov and o.momentum == 0 then
    check.fail "optim.sgd: nesterov needs a momentum above 0"
  end
  return core.optimizer("sgd", o)
end

local function adaptive(func, rule, opts, decay)
  local o = options.read(func, opts, {
    { "lr", "weight", default = 1e-3 },
    { "beta1", "share", default = 0.9 },
    { "beta2", "share", default = 0.999 },
    { "epsilon", "positive", default = 1e-8 },
    { "weight_decay", "weight", default = decay } })
  return core.optimizer(rule, o)
end

---Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1); weight_decay is an L2
---penalty: it joins the gradient.
---@param opts { lr: number?, beta1: number?, beta2: number?,
---  epsilon: number?, weight_decay: number? }? 1e-3, 0.9, 0.999, 1e-8 and 0
---  unless given
---@return weyl.optimizer
function optim.adam(opts)
  return adaptive("optim.adam", "adam", opts, 0)
end

---Adam with decoupled weight decay (Loshchilov and Hutter,
---arXiv:1711.05101): parameters shrink by lr weight_decay beside the step.
---@param opts { lr: number?, beta1: number?, beta2: number?,
---  epsilon: number?, weight_decay: number? }? 1e-3, 0.9, 0.999, 1e-8 and
---  1e-2 unless given
---@return weyl.optimizer
function optim.adamw(opts)
  return adaptive("optim.adamw", "adamw", opts, 1e-2)
end

---The names that optim.named knows.
optim.names = { "sgd", "adam", "adamw" }

---An optimizer from its name ("sgd", "adam", "adamw") and options.
---@param name string
---@param opts table?
---@return weyl.optimizer
function optim.named(name, opts)
  options.read("optim.named", { rule = name },
    { { "rule", optim.names, required = true } })
  return optim[name](opts)
end

return optim
