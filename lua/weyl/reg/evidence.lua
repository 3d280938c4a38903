-- reg/evidence.lua: strengths from the evidence of the training data.
--
-- Every penalty is read as a Gaussian prior on the part of a layer's weights
-- that is off the equivariant maps of a candidate group: precision alpha_j,
-- M_j = 1 - P_j, for all weights alpha_0, and beta for the noise. They are
-- re-estimated every few epochs by type-II maximum likelihood (MacKay, Neural
-- Computation 4, 1992; layer-wise symmetry of convolutions: van der Ouderaa
-- et al., arXiv:2310.06131), with the Gauss-Newton matrix for the Hessian:
--
--   nu_j  = alpha_j (tr(A^-1 M_j) - tr(S M_j)),   gamma = sum_j nu_j
--   beta  = (T - gamma) / RSS
--
-- at the optimum; on the way there EM has beta = T / (RSS + sum_j lambda_j
-- |M_j w|^2 T / 2), the best beta for the strengths as they are.
--
-- A is the prior's precision, S = (beta J^T J + A)^-1 (posterior.lua), T the
-- number of training outputs. All rules for alpha have the same fixed point:
--
--   "mackay"   alpha_j <- nu_j / |M_j w|^2
--   "em"       alpha_j <- alpha_j tr(A^-1 M_j) / (|M_j w|^2 + tr(S M_j))
--   "held"     alpha_j <- alpha_j (nu_j + h) / (alpha_j |M_j w|^2 + h)
--
-- MacKay's is faster, and needs weights at the maximum of the posterior: where
-- a layer has many directions that the data do not determine, what steps of an
-- optimizer leave in them is taken for a broken symmetry. EM compares it with
-- the posterior's own width, and at the posterior's mean it never lowers the
-- evidence; but of n_j directions it moves by nu_j / n_j of the way, which is
-- next to nothing in a wide network. The third has both as its ends: MacKay's
-- with h = 0, EM with the h = n_j - nu_j directions that the data do not
-- determine. With h a few directions, strengths of which the data say nothing
-- stay where they are, and others go most of the way in one update.
--
-- Divided by beta T / 2 the negative log posterior is the mean squared error
-- plus sum_j lambda_j R_j plus weight decay, with lambda_j = 2 alpha_j
-- / (beta T). The tuner keeps lambda: nu and gamma depend on it alone, and what
-- a model was trained with stays what it was while beta follows the error.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"
local posterior = require "weyl.reg.evidence.posterior"
local prior = require "weyl.reg.evidence.prior"

local LEAST, MOST = 1e-6, 1e8 -- of every alpha
local DECAY = 1e-4 -- first decay of weights when the experiment has none

---@class weyl.evidence
---@field lambda number[][] by layer and group; the decay of weights at 0
---@field alpha number[][]? the same as precisions, after an update
---@field nu number[][]? directions that the data determine
---@field beta number? precision of the noise
---@field gamma number? all determined directions
local Evidence = {}

local meta = { __index = Evidence, __name = "weyl.evidence" }

function meta.__tostring(self)
  return ("weyl.evidence: rule %s by %s, every %d epochs"):format(self.rule,
    self.scope, self.every)
end

-- ---- before training ----

-- Rows of the training data that the curvature is taken at.
local function choose_examples(self, part)
  local n = #part.x
  self.outputs = part.y.size // n
  self.total = part.y.size
  self.x = part.x
  if n <= self.examples then return end
  local order = core.permutation(n, "evidence " .. self.seed)
  self.x = core.eval(part.x:take(order:slice(1, 1, self.examples)))
end

---Before the first epoch: takes up a model's layers, the strengths they have
---and the data.
---@param levels weyl.levels
---@param run weyl.run
function Evidence:begin(levels, run)
  check.arg(levels.measure == "mse", "reg.evidence", "measure of reg.mixed",
    "'mse': only quadratic penalties are priors", levels.measure)
  local known, decay = {}, run.o.weight_decay
  self.priors, self.layers, self.groups = {}, 0, #levels.groups
  self.active = {}
  for j, s in ipairs(levels.strengths) do self.active[j] = s > 0 end
  for i, part in ipairs(levels.parts) do
    if not rawequal(part.acting(), part.tensor) then
      check.fail("reg.evidence: the tuner needs layers whose weights act "
        .. "themselves; those of layer %d are made from others", part.layer)
    end
    self.priors[i] = prior.new(part, known)
    self.layers = math.max(self.layers, part.layer)
  end
  choose_examples(self, run.o.data.train)
  if self.lambda then return levels:set_layers(self:strengths()) end
  self.lambda = {}
  for l = 1, self.layers do
    self.lambda[l] = table.move(levels.strengths, 1, self.groups, 1,
      { [0] = decay > 0 and decay or DECAY })
  end
end

-- ---- an update ----

local function route_of(self)
  if self.route ~= "auto" then return self.route end
  local n = 0
  for _, q in ipairs(self.priors) do n = n + q.tensor.size end
  if n <= self.dense then return "dense" end
  return #self.x * self.outputs <= self.dense and "woodbury" or "cg"
end

-- nu by layer and group, in the unit in which the noise is 1.
local function determined(self, predict)
  local half = self.total / 2
  for _, q in ipairs(self.priors) do
    local lambda, ratio = self.lambda[q.layer], {}
    for j = 0, self.groups do ratio[j] = half * lambda[j] end
    ratio[0] = math.max(ratio[0], LEAST)
    q:set(ratio)
  end
  local p = { predict = predict, x = self.x, priors = self.priors, beta = 1,
    scale = self.total / (#self.x * self.outputs), -- one stands for so many
    count = self.groups, layers = self.layers }
  local which, stream = route_of(self), "evidence " .. self.seed
  if which == "dense" then return posterior.dense(p, posterior.jacobian(p)) end
  if which == "woodbury" then
    return posterior.woodbury(p, { outputs = self.outputs,
      probes = self.probes, stream = stream })
  end
  return posterior.cg(p, { tolerance = self.tolerance,
    products = self.products, probes = self.probes, stream = stream })
end

-- alpha_j tr(A^-1 M_j), the directions that penalty j holds, by layer.
local function sizes(self)
  local out = {}
  for l = 1, self.layers do
    out[l] = {}
    for j = 0, self.groups do out[l][j] = 0 end
  end
  for _, q in ipairs(self.priors) do
    for j = 0, self.groups do
      out[q.layer][j] = out[q.layer][j] + q.alpha[j] * q.traces[j]
    end
  end
  return out
end

-- |M_j w|^2 by layer and group, |w|^2 at 0.
local function squares(self)
  local out, lazy = {}, {}
  for l = 1, self.layers do
    out[l] = {}
    for j = 0, self.groups do out[l][j] = 0 end
  end
  for i, q in ipairs(self.priors) do lazy[i] = q:squares() end
  core.eval(lazy)
  for i, q in ipairs(self.priors) do
    local sum = out[q.layer]
    for j = 0, self.groups do sum[j] = sum[j] + lazy[i][j]:item() end
  end
  return out
end

-- Layer by layer, or one sum that all layers share.
local function pooled(self, by_layer)
  if self.scope == "layer" then return by_layer end
  local sum, out = {}, {}
  for j = 0, self.groups do
    sum[j] = 0
    for l = 1, self.layers do sum[j] = sum[j] + by_layer[l][j] end
  end
  for l = 1, self.layers do out[l] = sum end
  return out
end

local function sum_of(nu)
  local gamma = 0
  for _, layer in ipairs(nu) do
    for j = 0, #layer do gamma = gamma + layer[j] end
  end
  return gamma
end

-- sum_j lambda_j |M_j w|^2 / 2 over layers, the decay of weights included.
local function penalty(self)
  local sum = 0
  for l, lambda in ipairs(self.lambda) do
    for j = 0, self.groups do
      sum = sum + lambda[j] * self.squares[l][j] / 2
    end
  end
  return sum
end

-- The precision of the noise from the error of fit.
local function noise(self, run)
  local err = run:error(run.o.data.train)
  if self.rule ~= "mackay" then
    return 1 / math.max(err + penalty(self), 1e-30)
  end
  local rss = err * self.total
  return math.max(self.total - self.gamma, 1) / math.max(rss, 1e-30)
end

-- One lambda after an update, and its alpha.
local function moved(self, lambda, nu, square, size)
  local unit = self.beta * self.total / 2 -- alpha = unit lambda
  local now = math.max(unit * lambda, LEAST)
  local new
  if self.rule == "em" then
    new = size / math.max(square + math.max(size - nu, 0) / now, 1e-300)
  elseif self.rule == "held" then
    new = now * (nu + self.hold) / math.max(now * square + self.hold, 1e-300)
  else
    new = nu / math.max(square, 1e-300)
  end
  new = math.min(math.max(new, LEAST), MOST)
  local alpha = now ^ (1 - self.rate) * new ^ self.rate
  return alpha / unit, alpha
end

local function reestimate(self, run)
  local nu = determined(self, function(x) return run.model(x) end)
  for _, layer in ipairs(nu) do
    for j = 0, self.groups do layer[j] = math.max(layer[j], 0) end
  end
  local w2 = squares(self)
  self.nu, self.gamma, self.squares = nu, sum_of(nu), w2
  self.beta = noise(self, run)
  self.alpha = {}
  local own_nu, own_w2 = pooled(self, nu), pooled(self, w2)
  local own_size = pooled(self, sizes(self))
  for l, lambda in ipairs(self.lambda) do
    self.alpha[l] = {}
    for j = 0, self.groups do
      if j == 0 or self.active[j] then
        lambda[j], self.alpha[l][j] = moved(self, lambda[j], own_nu[l][j],
          own_w2[l][j], own_size[l][j])
      else
        self.alpha[l][j] = 0.0
      end
    end
  end
end

---What levels:set_layers takes.
---@return number[][] strengths
---@return number[] decay
function Evidence:strengths()
  local strengths, decay = {}, {}
  for l, lambda in ipairs(self.lambda) do
    strengths[l] = table.move(lambda, 1, self.groups, 1, {})
    decay[l] = lambda[0]
  end
  return strengths, decay
end

---Called at the end of every epoch.
---@param epoch integer
---@param levels weyl.levels
---@param run weyl.run
---@return boolean changed
function Evidence:update(epoch, levels, run)
  if epoch % self.every ~= 0 or epoch < self.from then return false end
  reestimate(self, run)
  levels:set_layers(self:strengths())
  return true
end

-- ---- what was found ----

-- Mean square of the weights by layer.
local function mean_squares(self)
  local entries, out = {}, {}
  for _, q in ipairs(self.priors) do
    entries[q.layer] = (entries[q.layer] or 0) + q.tensor.size
  end
  for l, n in ipairs(entries) do out[l] = self.squares[l][0] / n end
  return out
end

-- The level of group j: means over layers, weighted by nu.
local function level_of(self, j, weights)
  local count, sum, share = 0, 0, 0
  for l, alpha in ipairs(self.alpha) do
    local part = self.nu[l][j] / alpha[j] -- nu d^2
    count, sum = count + self.nu[l][j], sum + part
    share = share + part / math.max(weights[l], 1e-300)
  end
  local n = math.max(count, 1e-300)
  return { level = math.sqrt(sum / n), relative = math.sqrt(share / n),
    directions = count }
end

---What the last update says of each group: level, d_j = 1 / sqrt(alpha_j), the
---root mean square deviation of the weights from its symmetry per direction;
---relative, d_j divided by the rms of the layer's weights; both root mean
---squares over layers, weighted by the directions nu_j that the data determine
---there; and directions, nu_j of all layers. Where that is near 0 the data say
---nothing of the group. Entries of groups without strength are empty; before
---an update there are none.
---@return { level: number?, relative: number?, directions: number? }[]
function Evidence:report()
  local out = {}
  if not self.alpha then return out end
  local weights = mean_squares(self)
  for j = 1, self.groups do
    out[j] = self.active[j] and level_of(self, j, weights) or {}
  end
  return out
end

local KEPT = { "lambda", "alpha", "nu", "squares", "beta", "gamma" }

-- A copy in which what lies at 0 lies at 1: a state is made of plain lists.
local function shifted(v, by)
  if type(v) ~= "table" then return v end
  local out, first = {}, v[0] and 0 or 1
  if type(v[1]) ~= "table" then
    return table.move(v, first, #v, first + by, out)
  end
  for i, entry in ipairs(v) do out[i] = shifted(entry, by) end
  return out
end

---What an update left, for load.
---@return table
function Evidence:state()
  local out = {}
  for _, name in ipairs(KEPT) do out[name] = shifted(self[name], 1) end
  return out
end

---Goes back to what state() gave.
---@param state table
function Evidence:load(state)
  for _, name in ipairs(KEPT) do self[name] = shifted(state[name], -1) end
end

---See reg.evidence.
---@param opts table?
---@return weyl.evidence
return function(opts)
  local o = options.read("reg.evidence", opts, {
    { "every", "count", default = 200 }, { "from", "count", default = 1 },
    { "scope", { "layer", "network" }, default = "layer" },
    { "route", { "auto", "dense", "woodbury", "cg" }, default = "auto" },
    { "rate", "positive", default = 1 },
    { "rule", { "em", "mackay", "held" }, default = "em" },
    { "hold", "positive", default = 5 },
    { "examples", "count", default = 64 },
    { "probes", "count", default = 4 },
    { "products", "count", default = 100 },
    { "tolerance", "positive", default = 1e-2 },
    { "dense", "count", default = 2000 },
    { "seed", "integer", default = 0 } })
  check.arg(o.rate <= 1, "reg.evidence", "rate", "a number in (0, 1]", o.rate)
  return setmetatable(o, meta)
end
