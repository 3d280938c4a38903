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

local algebra = require "weyl.symmetry.algebra"
local by_layer = require "weyl.symmetry.layers"
local discover = require "weyl.symmetry.discover"
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
---discrete, scale. An f whose values change while its derivative is 0 at all
---inputs, because it leaves tensor operations or is a step function, is an
---error when the group has Lie generators.
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
---model. Printing the result shows a table; see its fields stages and total. A
---stage whose values change while its derivative is 0 at all inputs is an
---error.
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

---The Lie algebra of a function, without candidates: the generators A for
---which D f(x) drho_in(A) x - drho_out(A) f(x) is smallest over the data, from
---the singular values of that linear map of A. A level is this defect for an A
---of Frobenius norm 1, rms over the data and relative to rms |f|: 0 for an
---exact symmetry. A ranges over all matrices of gl(d); over the span of the
---generators of the group `within`; or, with free = true, A_in and A_out are
---any two matrices [in, in] and [out, out], to which affine = true adds shifts.
---Representations that only rotations have need `within`. An f whose values
---change while its derivative is 0 at all inputs is an error. The result has
---levels, generators, found(), closure(), angles(group) and sparse(); printing
---it shows a table.
---@param f fun(x: weyl.tensor): weyl.tensor [n, in] -> [n, out]
---@param opts { x: weyl.tensor, rep_in: weyl.rep|integer?,
---  rep_out: weyl.rep|integer?, within: weyl.group?, free: boolean?,
---  affine: boolean?, dtype: weyl.dtype? } x: data [n, in], in which f is
---  probed; computed in f64 unless dtype says otherwise
---@return weyl.symmetry.discovery
function symmetry.discover(f, opts) return discover(f, opts) end

---The principal angles between the span of some matrices and the Lie algebra
---of a group, in radians, ascending; as many as the smaller has dimensions. All
---are 0 when one contains the other.
---@param generators weyl.tensor|weyl.tensor[]|number[][][] [k, d, d], one
---  matrix, or a list of matrices
---@param group weyl.group with Lie generators
---@return number[]
function symmetry.angles(generators, group)
  return algebra.between(generators, group)
end

return symmetry
