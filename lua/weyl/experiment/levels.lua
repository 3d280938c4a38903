-- experiment/levels.lua: the approximation levels that a run discovered, per
-- candidate group, beside those of the exact function.

local levels = {}

---@class weyl.level
---@field group string
---@field strength number? l_j after tuning; none, as of the next two, where
---  layers are free of representations
---@field regularizer number? R_j, summed over layers
---@field cosine number? sum over layers of 1 - cos(W, P_j W), biases too
---@field error number sampled equivariance error of the model, in [0, 1]
---@field true_error number? the same of the exact function

---@param run weyl.run with its selected parameters
---@param names string[] of the groups
---@param truth (fun(x: weyl.tensor): weyl.tensor)?
---@return weyl.level[]
function levels.report(run, names, truth)
  local of, out = run.watched, {}
  local r, c = of:regularizers(), of:cosines()
  local function predict(x) return run.model(x) end
  for j, name in ipairs(names) do
    out[j] = { group = name, strength = of.strengths[j], regularizer = r[j],
      cosine = c[j], error = of:equivariance_error(predict, j),
      true_error = truth and of:equivariance_error(truth, j) or nil }
  end
  return out
end

return levels
