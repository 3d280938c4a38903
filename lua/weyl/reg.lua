-- reg.lua: regularizers towards symmetries. reg.mixed makes the penalties of
-- several groups on a model, reg.two_sided separate ones on both parts of its
-- weights, reg.pathways the decays of networks with a second path, reg.orbit
-- one on the function, by sampling. reg.autotune and reg.evidence are rules
-- that set strengths during training, reg.schedule scales them. How far a
-- function is from a symmetry: weyl.symmetry.

local autotune = require "weyl.reg.autotune"
local candidates = require "weyl.reg.candidates"
local evidence = require "weyl.reg.evidence"
local levels = require "weyl.reg.levels"
local orbit = require "weyl.reg.orbit"
local pathways = require "weyl.reg.pathways"
local scripted = require "weyl.reg.scripted"
local two_sided = require "weyl.reg.two_sided"

---@class weyl.reg
local reg = {}

---Penalties that pull a model's layers towards the symmetries of several
---groups at once, each with a strength of its own. The first group is the
---largest one, which contains the others; it is watched and, with strength 0,
---not penalised.
---@param model table with model:layers(), or a list of layers, each with
---  weight, bias, rep_in and rep_out
---@param groups weyl.group[] of one dimension
---@param opts? { strength: number?, strengths: number[]?, bias: boolean?,
---  measure: string?, published: boolean?, apply: string? } strength (100)
---  holds for all groups but the first, strengths lists all; bias = false
---  leaves biases free; measure is "mse", "logmse" (log of the squared defect)
---  or "csd" (cosine distance to the projection); apply is "gradient", the
---  penalty joins the loss, or "proximal", it acts after every step of the
---  optimizer by itself: see levels:after_step
---@return weyl.levels
function reg.mixed(model, groups, opts)
  return levels(model, groups, opts)
end

---The sum of several candidate groups' penalties on one weight between two
---representations, sum_j strength_j / 2 |W - P_j W|^2, as one quadratic form
---whatever the number of groups.
---@param groups weyl.group[] of one dimension
---@param opts { rep_in: weyl.rep|integer?, rep_out: weyl.rep|integer,
---  strengths: number[]? } rep_in is one scalar unless given, W then a vector;
---  strengths are 1 unless given
---@return weyl.candidates
function reg.candidates(groups, opts) return candidates(groups, opts) end

---Separate weights on both parts of every layer's weights, the equivariant
---part P W and the rest: equivariant / 2 |P W|^2 + residual / 2 |W - P W|^2,
---biases alike, for one group (Berndt and Stuehmer, arXiv:2601.05028).
---@param model table with model:layers(), or a list of layers
---@param group weyl.group
---@param opts? { equivariant: number?, residual: number?, bias: boolean?,
---  watch: weyl.group[]? } weights 0 and 1; bias = false leaves biases free;
---  watch: further groups whose levels are reported, not penalised
---@return weyl.levels
function reg.two_sided(model, group, opts)
  return two_sided(model, group, opts)
end

---The weight decays of residual pathway priors, basic |w_basic|^2
---+ equiv |w|^2, for a network with pathways.
---@param model weyl.nn.emlp made with pathway = true or a group
---@param opts? { basic: number?, equiv: number? } 1 and 1e-5
---@return weyl.pathways
function reg.pathways(model, opts) return pathways(model, opts) end

---A penalty on the function itself, sampled along orbits: beta l(f(g x), g y)
---for random elements g in every step, beside alpha times the error (Elhag et
---al., arXiv:2410.17878). Elements are uniform where a uniform sampler is
---known. Any network will do.
---@param model table
---@param group weyl.group
---@param opts? { alpha: number?, beta: number?, samples: integer?,
---  weights: string?, rate: number?, power: number?, rep_in: weyl.rep?,
---  rep_out: weyl.rep?, loss: function?, stream: string? } alpha 1, beta 1;
---  samples, elements per sample of the batch (1); weights "constant" or
---  "gradnorm", which moves alpha and beta by `rate` (0.025) per step until
---  both terms pull the last layer alike, up to `power` (1.5) of how fast they
---  fall; representations of the model unless given; mean square loss; stream
---  "orbit"
---@return weyl.orbit
function reg.orbit(model, group, opts) return orbit(model, group, opts) end

---A tuner that sets the strengths at the end of epoch `at`.
---@param opts { at: integer, power: number?, window: integer? } power 2;
---  window 50 epochs
---@return weyl.autotune
function reg.autotune(opts) return autotune(opts) end

---A tuner that re-estimates all strengths, the weight decay and the level of
---noise during training, from the evidence of the training data: penalties are
---read as Gaussian priors (MacKay 1992; see evidence.lua). Strengths go up as
---well as down; they begin with those of reg.mixed. The loss must be the mean
---square error, the penalty reg.mixed with measure "mse", best with apply =
---"proximal". report() gives the levels found.
---@param opts? { every: integer?, from: integer?, scope: string?, rule:
---  string?, hold: number?, rate: number?, route: string?, examples: integer?,
---  probes: integer?, products: integer?, tolerance: number?, dense: integer?,
---  seed: integer? } an update after every 200 epochs, of those not before
---  `from` (1); scope "layer", strengths of every layer by itself, or
---  "network"; rule "em", "mackay" or "held", between the two: a strength moves
---  as far as its directions that the data determine outnumber `hold` (5);
---  rate (1), the share of the way that log alpha goes; route to the traces
---  "dense", "woodbury", "cg", or "auto": the first for at most `dense` (2000)
---  weights, the second for as many outputs; curvature at 64 examples, drawn
---  with seed 0; 4 probes of random signs; cg at most 100 products each, to a
---  residual of 1e-2
---@return weyl.evidence
function reg.evidence(opts) return evidence(opts) end

---A tuner that scales all strengths, as they were at the start, by a schedule:
---warm-up, decay by a cosine, or any function (epoch, epochs, run) from epoch
---0. For rules of your own give `tune` of an experiment a function (epoch,
---levels, run), called at the end of every epoch, epoch from 1, that returns
---the new strengths or nil.
---@param opts? { rate: (string|weyl.rate)? } "cosine", "constant" or a
---  schedule of weyl.schedule; "cosine" unless given
---@return weyl.strength_schedule
function reg.schedule(opts) return scripted.schedule(opts) end

return reg
