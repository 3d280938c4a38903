-- experiment/levels.lua: the approximation levels that a run discovered, per
-- candidate group, beside those of the exact function.

local equivariance_error = require "weyl.symmetry.error"

local levels = {}

---@class weyl.level
---@field group string
---@field strength number? l_j after tuning; nil, as the next two are, where
---  layers have no representations
---@field regularizer number? R_j, summed over layers
---@field cosine number? sum over layers of 1 - cos(W, P_j W), biases too
---@field error number sampled equivariance error of the model, in [0, 1]
---@field true_error number? the same of the exact function

---@param run { model: table, levels: weyl.levels?, groups: weyl.group[] }
---  with its selected parameters
---@param names string[] of the groups
---@param data weyl.data.set
---@return weyl.level[]
function levels.report(run, names, data)
  local of, model, truth, out = run.levels, run.model, data.truth, {}
  local opts = { rep_in = model.rep_in or data.rep_in,
    rep_out = model.rep_out or data.rep_out }
  local function predict(x) return model(x) end
  for j, name in ipairs(names) do
    local g = run.groups[j]
    out[j] = { group = name, error = (equivariance_error(predict, g, opts)),
      true_error = truth and (equivariance_error(truth, g, opts)) or nil }
  end
  if not of then return out end
  local r, c = of:regularizers(), of:cosines()
  for j, level in ipairs(out) do
    level.strength, level.regularizer = of.strengths[j], r[j]
    level.cosine = c[j]
  end
  return out
end

return levels
