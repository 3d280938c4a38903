-- reg.lua: regularizers towards symmetries, and how far a function is from
-- one. reg.mixed makes the penalties of several groups on a model,
-- reg.autotune the rule that sets their strengths during training.

local autotune = require "weyl.reg.autotune"
local equivariance_error = require "weyl.reg.error"
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

---A tuner that sets the strengths at the end of epoch `at`.
---@param opts { at: integer, power: number?, window: integer? } power 2;
---  window 50 epochs
---@return weyl.autotune
function reg.autotune(opts) return autotune(opts) end

---The mean over inputs x and group elements g of
---|f(gx) - g f(x)| / (|f(gx)| + |g f(x)|): 0 when f is equivariant, at most 1.
---x has independent standard normal entries; g is drawn by the sampler that
---group:sample calls "walk" unless method is "haar". Inputs and elements
---depend on the seed alone.
---@param f fun(x: weyl.tensor): weyl.tensor [n, in] -> [n, out]
---@param group weyl.group
---@param opts { rep_in: weyl.rep|integer, rep_out: weyl.rep|integer,
---  samples: integer?, transforms: integer?, seed: integer?,
---  method: string?, dtype: weyl.dtype? } 16 samples, 16 transforms, seed 0,
---  inputs f32
---@return number
function reg.equivariance_error(f, group, opts)
  return equivariance_error(f, group, opts)
end

return reg
