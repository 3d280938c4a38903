-- reg.lua: regularizers towards symmetries. reg.mixed makes the penalties of
-- several groups on a model, reg.autotune the rule that sets their strengths
-- during training. How far a function is from a symmetry: weyl.symmetry.

local autotune = require "weyl.reg.autotune"
local candidates = require "weyl.reg.candidates"
local levels = require "weyl.reg.levels"

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
---  measure: string?, published: boolean? } strength (100) holds for all
---  groups but the first, strengths lists all; bias = false leaves biases
---  free; measure is "mse", "logmse" (log of the squared defect) or "csd"
---  (cosine distance to the projection)
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

---A tuner that sets the strengths at the end of epoch `at`.
---@param opts { at: integer, power: number?, window: integer? } power 2;
---  window 50 epochs
---@return weyl.autotune
function reg.autotune(opts) return autotune(opts) end

return reg
