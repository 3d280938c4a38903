-- linear.lua: what specs of the evidence tuner share: linear models, whose
-- posterior is known exactly, by dense matrices of their own.
--
-- The prior has the precision A = alpha_0 1 + sum_j alpha_j M_j on the n
-- weights of W [out, in], M_j = 1 - P_j; noise has the precision beta. With
-- the ratios r_j = alpha_j / beta and H = J^T J the posterior's mean is
-- (H + R)^-1 J^T y, R = r_0 1 + sum_j r_j M_j, whatever beta is.

local weyl = require "weyl"
local group, reg = weyl.group, weyl.reg

local linear = {}

---O(2) of two axes of three.
---@param a integer
---@param b integer
---@return weyl.group
function linear.plane(a, b) return group.O(2):embed(3, { a, b }) end

linear.planes = { group.O(3), linear.plane(1, 2), linear.plane(2, 3),
  linear.plane(1, 3) }

---M_j [n, n] of every group, f64.
---@param groups weyl.group[]
---@param from weyl.rep
---@param to weyl.rep
---@return weyl.tensor[]
function linear.defects(groups, from, to)
  local n, out = from:size(3) * to:size(3), {}
  for j, g in ipairs(groups) do
    out[j] = (weyl.eye(n, n, "f64") - g:basis(from, to):matrix()):eval()
  end
  return out
end

---x with a x = b, for a positive definite; log |a|.
---@param a weyl.tensor [n, n]
---@param b weyl.tensor [n, k]
---@return weyl.tensor
---@return number
function linear.solve(a, b)
  local l = weyl.cholesky(a):eval()
  local half = weyl.solve_triangular(l, b)
  return weyl.solve_triangular(l:transpose(), half, true):eval(),
    2 * weyl.diag(l):log():sum():item()
end

-- J^T J = 1 [out, out] x X^T X on W flattened by rows.
local function curvature(x, out)
  local xx, k = x:transpose():matmul(x), x.shape[2]
  local eye = weyl.eye(out, out, "f64"):reshape(out, 1, out, 1)
  return (eye * xx:reshape(1, k, 1, k)):reshape(out * k, out * k):eval()
end

---@class spec.linear
---@field w weyl.param [out, in]
---@field truth weyl.tensor [out, in]
---@field defect weyl.tensor[]
---@field tune weyl.evidence
---@field levels weyl.levels
---@field run table
---@field H weyl.tensor
local Linear = {}
Linear.__index = Linear

---@class spec.linear.options
---@field groups weyl.group[]
---@field from weyl.rep
---@field to weyl.rep
---@field defect weyl.tensor[]
---@field truth weyl.tensor [out, in]
---@field x weyl.tensor [N, in]
---@field noise weyl.tensor [N, out]
---@field tune table options of reg.evidence
---@field strengths number[]
---@field decay number

---A model at the mean of its posterior under the strengths given.
---@param o spec.linear.options
---@return spec.linear
function linear.new(o)
  local x, y = o.x, (o.x:matmul(o.truth:transpose()) + o.noise):eval()
  local w = weyl.param(weyl.zeros_like(o.truth))
  local layer = { weight = w, rep_in = o.from, rep_out = o.to }
  local model = setmetatable({ layers = function() return { layer } end },
    { __call = function(_, z) return z:matmul(w:transpose()) end })
  local tune = { every = 1, route = "dense", examples = #x }
  for key, value in next, o.tune do tune[key] = value end
  local self = setmetatable({ w = w, truth = o.truth, defect = o.defect,
    x = x, y = y, total = y.size, H = curvature(x, y.shape[2]),
    Jy = y:transpose():matmul(x):reshape(-1, 1):eval(),
    tune = reg.evidence(tune),
    levels = reg.mixed(model, o.groups, { strengths = o.strengths }),
    run = { o = { data = { train = { x = x, y = y } },
      weight_decay = o.decay }, model = model } }, Linear)
  function self.run.error(_, part)
    return (model(part.x) - part.y):square():mean():item()
  end
  self.tune:begin(self.levels, self.run)
  self:fit()
  return self
end

---c_0 1 + sum_j c_j M_j.
---@param c number[]
---@return weyl.tensor [n, n]
function Linear:weigh(c)
  local n = self.w.size
  local sum = c[0] * weyl.eye(n, n, "f64")
  for j, m in ipairs(self.defect) do
    if c[j] ~= 0 then sum = sum + c[j] * m end
  end
  return sum:eval()
end

---r_j of the strengths that the tuner holds now.
---@return number[]
function Linear:ratios()
  local out = {}
  for j = 0, #self.defect do
    out[j] = self.total / 2 * self.tune.lambda[1][j]
  end
  return out
end

---Puts W at the mean of the posterior.
function Linear:fit()
  local w = linear.solve(self.H + self:weigh(self:ratios()), self.Jy)
  self.w:set(w:reshape(self.w.shape):eval())
end

---Updates 1, 2, ..., n, each at the mean of the posterior.
---@param n integer
function Linear:update(n)
  for epoch = 1, n do
    self.tune:update(epoch, self.levels, self.run)
    self:fit()
  end
end

---Log evidence at W, up to a constant, by page 07's formula.
---@param beta number
---@return number
function Linear:evidence(beta)
  local alpha = {}
  for j, r in next, self:ratios() do alpha[j] = beta * r end
  local n, A = self.w.size, self:weigh(alpha)
  local w = self.w:reshape(n, 1)
  local one = weyl.zeros({ n, 1 }, "f64")
  local _, posterior = linear.solve(beta * self.H + A, one)
  local _, before = linear.solve(A, one)
  local rss = self.run:error(self.run.o.data.train) * self.total
  return -beta / 2 * rss - 0.5 * (w * A:matmul(w)):sum():item()
    - 0.5 * posterior + 0.5 * before + self.total / 2 * math.log(beta)
end

---|w - truth|^2 / |truth|^2
---@param w weyl.tensor
---@return number
function Linear:off(w)
  return ((w - self.truth):square():sum() / self.truth:square():sum()):item()
end

---The same of the least squares solution, the smallest one where there are
---many.
---@return number
function Linear:least_squares()
  local x = self.x
  if #x < x.shape[2] then
    local a = linear.solve(x:matmul(x:transpose()), self.y)
    return self:off(a:transpose():matmul(x))
  end
  return self:off(linear.solve(self.H, self.Jy):reshape(self.w.shape))
end

return linear
