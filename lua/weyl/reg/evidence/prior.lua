-- reg/evidence/prior.lua: the Gaussian prior of one tensor of weights.
--
-- Its precision is A = alpha_0 1 + sum_j alpha_j M_j, where M_j = 1 - P_j
-- projects off the weights that are equivariant under candidate group j. A
-- falls into small blocks, the same for all copies of a word (a pair of
-- tensor types), so inverse, determinant and traces are exact and cheap. All
-- is in f64.

local core = require "weyl.core"

---@class weyl.evidence.prior
---@field tensor weyl.param the weights
---@field layer integer
---@field form weyl.form the projection onto nothing: layout and words
---@field defect weyl.form[] M_j by group
---@field off weyl.tensor[][] M_j by group and word, [D, D]
---@field alpha number[] alpha_j, and alpha_0 at 0
---@field precision weyl.form A
---@field covariance weyl.form A^-1
---@field traces number[] tr(A^-1 M_j), tr(A^-1) at 0
---@field logdet number log |A|
local Prior = {}
Prior.__index = Prior

-- A of one word.
local function precision(self, alpha, word)
  local size = self.form.words[word].size
  local a = alpha[0] * core.eye(size, size, "f64")
  for j, off in ipairs(self.off) do a = a + alpha[j] * off[word] end
  return a
end

-- A^-1 and log |A| by Cholesky's factor.
local function invert(a)
  local size = a.shape[1]
  local l = core.cholesky(a)
  local inverse = core.solve_triangular(l, core.eye(size, size, "f64"))
  return inverse:transpose():matmul(inverse), 2 * core.diag(l):log():sum()
end

---Sets the precisions, and what follows from them.
---@param alpha number[] of the groups, and alpha[0] > 0 of all weights
function Prior:set(alpha)
  self.alpha = table.move(alpha, 0, #alpha, 0, {})
  local a, inverse, sums, logdet = {}, {}, {}, 0
  for j = 0, #self.off do sums[j + 1] = core.zeros({}, "f64") end
  for i, word in ipairs(self.form.words) do
    a[i] = core.eval(precision(self, alpha, i))
    local c, log = invert(a[i])
    inverse[i] = core.eval(c)
    logdet = logdet + word.copies * log
    sums[1] = sums[1] + word.copies * core.trace(inverse[i])
    for j, off in ipairs(self.off) do
      sums[j + 1] = sums[j + 1] + word.copies * (inverse[i] * off[i]):sum()
    end
  end
  core.eval(sums, logdet)
  self.traces, self.logdet = {}, logdet:item()
  for j = 0, #self.off do self.traces[j] = sums[j + 1]:item() end
  self.precision = self.form:with_matrices(a)
  self.covariance = self.form:with_matrices(inverse)
end

---|M_j w|^2 by group, |w|^2 at 0, as lazy scalars.
---@return weyl.tensor[]
function Prior:squares()
  local w = self.tensor:to "f64"
  local out = { [0] = w:square():sum() }
  for j, m in ipairs(self.defect) do out[j] = m:apply(w):square():sum() end
  return out
end

local prior = {}

---@param part { tensor: weyl.param, layer: integer, defect: weyl.form[] }
---@param known table<weyl.form, weyl.tensor[]> matrices of forms met before
---@return weyl.evidence.prior
function prior.new(part, known)
  local off, count = {}, #part.defect
  for j, m in ipairs(part.defect) do
    if not known[m] then
      local weights = {}
      for k = 1, count do weights[k] = k == j and -1 or 0 end
      known[m] = m:matrices(1, weights)
    end
    off[j] = known[m]
  end
  return setmetatable({ tensor = part.tensor, layer = part.layer,
    form = part.defect[1], defect = part.defect, off = off }, Prior)
end

return prior
