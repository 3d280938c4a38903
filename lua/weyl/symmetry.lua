-- symmetry.lua: how far a function is from a symmetry, and which symmetries
-- it has.
--
--   symmetry.equivariance_error(f, group.O(3))   by sampling elements
--   symmetry.lie_derivative(f, group.O(3))       to first order, by generator
--   symmetry.lie_derivative_by_layer(model, g)   where it is lost
--   symmetry.discover(f, { x = x })              the Lie algebra f has
--
-- Everywhere f maps rows to rows, [n, in] -> [n, out], each row by itself; a
-- model's own representations are taken when none are given.

local by_layer = require "weyl.symmetry.layers"
local equivariance_error = require "weyl.symmetry.error"
local lie = require "weyl.symmetry.lie"

---@class weyl.symmetry
local symmetry = {}

---The mean over inputs x and group elements g of
---|f(gx) - g f(x)| / (|f(gx)| + |g f(x)|): 0 when f is equivariant, at most 1.
---Unless x is given, inputs have independent standard normal entries; g is
---drawn by the sampler that group:sample calls "walk" unless method is "haar".
---Inputs and elements depend on the seed alone. The second result has the
---same with a 95 % confidence interval, and the relative error
---rms |f(gx) - g f(x)| / rms |f(x)|, each as a table of mean, std_error, low
---and high; every input meets every element, which the intervals respect
---(jackknife over inputs plus jackknife over elements).
---@param f fun(x: weyl.tensor): weyl.tensor [n, in] -> [n, out]
---@param group weyl.group
---@param opts? { rep_in: weyl.rep|integer?, rep_out: weyl.rep|integer?,
---  samples: integer?, transforms: integer?, seed: integer?,
---  method: string?, x: weyl.tensor?, dtype: weyl.dtype? } 16 samples, 16
---  transforms, seed 0, inputs f32
---@return number
---@return { normalised: weyl.symmetry.estimate,
---  relative: weyl.symmetry.estimate }
function symmetry.equivariance_error(f, group, opts)
  return equivariance_error(f, group, opts)
end

---The defect of equivariance to first order, without sampling the group: for
---each Lie generator A, scaled to Frobenius norm 1, the size of
---D f(x) drho_in(A) x - drho_out(A) f(x), root mean square over inputs x, as
---such and relative to that of f; for each discrete generator h that of
---f(hx) - h f(x). Printing the result shows a table; see its fields lie,
---discrete, scale.
---@param f fun(x: weyl.tensor): weyl.tensor [n, in] -> [n, out]
---@param group weyl.group
---@param opts? { rep_in: weyl.rep|integer?, rep_out: weyl.rep|integer?,
---  x: weyl.tensor?, samples: integer?, seed: integer?, dtype: weyl.dtype?,
---  fields: boolean? } 64 standard normal samples, seed 0, in f64, unless x
---  is given; fields = true keeps the tensors [n, out] themselves
---@return weyl.symmetry.lie_derivative
function symmetry.lie_derivative(f, group, opts)
  return lie.measure(f, group, opts)
end

---Where in a model equivariance is lost: the Lie derivative of every stage of
---model:stages() alone, at the input it really gets, and pushed through the
---later stages to the output. These terms add up to the Lie derivative of the
---model. Printing the result shows a table; see its fields stages and total.
---@param model table with stages(): a list of { name, forward, rep_in,
---  rep_out }
---@param group weyl.group with Lie generators
---@param opts? { rep_in: weyl.rep|integer?, rep_out: weyl.rep|integer?,
---  reps: weyl.rep[]?, x: weyl.tensor?, samples: integer?, seed: integer?,
---  dtype: weyl.dtype?, fields: boolean? } reps: between the stages, where the
---  model does not know them; otherwise as for lie_derivative
---@return weyl.symmetry.by_layer
function symmetry.lie_derivative_by_layer(model, group, opts)
  return by_layer(model, group, opts)
end

return symmetry
