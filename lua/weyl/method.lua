-- method.lua: ways to use a symmetry in learning, one option apart.
--
--   weyl.experiment { data = weyl.data.inertia {}, method = "per" }:run()
--   weyl.experiment { data = ..., method = weyl.method.rpp { channels = 89 } }
--
-- A method makes, for a data set and a seed, what an experiment needs: a
-- network, and what the method adds to it (a regularizer, moved batches, a
-- tuner of strengths). Networks share their code and their options: channels
-- (128) or parameters, the width whose number of trained numbers comes
-- nearest; depth (3 hidden layers or blocks); dtype ("f32"). Groups are those
-- of the data set, data.candidates, the first the largest, unless `groups` is
-- given; `group` picks one of them by its number, or is a group itself.

local check = require "weyl.check"
local equivariant = require "weyl.method.equivariant"
local nearest = require "weyl.nearest"
local object = require "weyl.method.object"
local perceptron = require "weyl.method.perceptron"
local protocol = require "weyl.method.protocol"
local soft = require "weyl.method.soft"

---@class weyl.method_room
local method = {}

---A plain multilayer perceptron: no symmetry is used.
---@param opts? { groups: weyl.group[]?, channels: integer?, parameters:
---  integer?, depth: integer?, activation: function?, dtype: string? }
---@return weyl.method
function method.mlp(opts) return perceptron.mlp(opts) end

---A plain network on moved data: every sample of every training batch is moved
---by a random element of a group, uniform where such a sampler is known.
---@param opts? { group: (weyl.group|integer)?, groups: weyl.group[]?,
---  channels: integer?, parameters: integer?, depth: integer?, activation:
---  function?, dtype: string? } group: the first
---@return weyl.method
function method.augmentation(opts) return perceptron.augmentation(opts) end

---The exactly equivariant network of a group.
---@param opts? { group: (weyl.group|integer)?, groups: weyl.group[]?,
---  channels: integer?, parameters: integer?, depth: integer?, allocation:
---  string?, copies: string?, max_rank: integer?, residual: boolean?, dtype:
---  string? } group: the first; see nn.emlp
---@return weyl.method
function method.emlp(opts) return equivariant.emlp(opts) end

---Residual pathway priors: exact layers with free ones beside them, and weight
---decays that prefer the exact ones (Finzi et al., arXiv:2112.01388).
---@param opts? { group: (weyl.group|integer)?, groups: weyl.group[]?, basic:
---  number?, equiv: number?, bilinear: (weyl.group|integer)?, channels:
---  integer?, parameters: integer?, depth: integer?, allocation: string?,
---  copies: string?, max_rank: integer?, residual: boolean?, dtype: string? }
---  group: the first; decays basic 1, equiv 1e-5; bilinear as in nn.emlp
---@return weyl.method
function method.rpp(opts) return equivariant.rpp(opts) end

---Residual pathway priors whose second path is held to a subgroup.
---@param opts? table those of method.rpp and subgroup, a group or its number:
---  unless given the largest candidate that the data keep exactly
---  (data.matching: knowledge other methods do not have), or the second
---@return weyl.method
function method.mixed_rpp(opts) return equivariant.mixed_rpp(opts) end

---Penalties towards several groups at once, each with a strength of its own
---that is tuned during training (Kim et al., arXiv:2306.00356).
---@param opts? { groups: weyl.group[]?, strength: number?, strengths:
---  number[]?, tune: (boolean|table|function)?, power: number?, init:
---  string?, init_group: (weyl.group|integer)?, measure: string?, bias:
---  boolean?, apply: string?, published: boolean?, bilinear:
---  (weyl.group|integer)?, channels: integer?, parameters: integer?, depth:
---  integer?, allocation: string?, copies: string?, max_rank: integer?,
---  residual: boolean?, dtype: string? } strengths, measure, bias, apply and
---  published as in reg.mixed; init, bilinear, residual and widths as in
---  nn.emlp; tune: a tuner, a function (epoch, levels, run), false for none,
---  or the rule of reg.autotune at a quarter of the epochs with `power` (2)
---@return weyl.method
function method.per(opts) return soft.per(opts) end

---Free weights with separate penalties on their equivariant part and on the
---rest, for one group (Berndt and Stuehmer, arXiv:2601.05028).
---@param opts? { group: (weyl.group|integer)?, groups: weyl.group[]?,
---  equivariant: number?, residual_weight: number?, init: string?,
---  init_group: (weyl.group|integer)?, bias: boolean?, bilinear:
---  (weyl.group|integer)?, channels: integer?, parameters: integer?, depth:
---  integer?, allocation: string?, copies: string?, max_rank: integer?,
---  residual: boolean?, dtype: string? } group: the first; weights
---  equivariant 1e-5 and residual_weight 1
---@return weyl.method
function method.two_sided(opts) return soft.two_sided(opts) end

---A plain network with a penalty sampled along orbits, alpha error
---+ beta l(f(g x), g y) (Elhag et al., arXiv:2410.17878).
---@param opts? { group: (weyl.group|integer)?, groups: weyl.group[]?, alpha:
---  number?, beta: number?, samples: integer?, weights: string?, rate:
---  number?, power: number?, loss: function?, channels: integer?, parameters:
---  integer?, depth: integer?, activation: function?, dtype: string? } group:
---  the first; alpha 1, beta 1, one element per sample, weights "constant" or
---  "gradnorm": see reg.orbit
---@return weyl.method
function method.remul(opts) return perceptron.remul(opts) end

---The names of the methods, in the order of the tables in papers.
---@return string[]
function method.names()
  return { "mlp", "augmentation", "emlp", "rpp", "mixed_rpp", "per",
    "two_sided", "remul" }
end

---The options of weyl.experiment for one method in one of the comparisons of
---arXiv:2306.00356. "fair": as many trained numbers as the soft network of the
---task, as nearly as widths allow, and the best validation error of all epochs.
---"published": the widths and the selection of the authors' scripts.
---@param opts { method: string, task: string, data: weyl.data.set,
---  kind: string?, epochs: integer?, options: table? } task "inertia",
---  "cosine", "motion" or "distance"; kind "fair"; epochs of the published runs
---  unless given, tuning then keeps its share of them; options of the method
---  that differ
---@return table
function method.protocol(opts)
  return protocol.experiment(method, method.names(), opts)
end

---A method from its name, with default options, or a method itself.
---@param what string|weyl.method
---@return weyl.method
function method.named(what)
  if object.is(what) then return what end
  check.arg(type(what) == "string", "method.named", "method",
    "a method or the name of one", what)
  local names = method.names()
  for _, name in ipairs(names) do
    if name == what then return method[name] {} end
  end
  check.fail("method.named: there is no method '%s'%s", what,
    nearest.hint(what, names))
end

return method
