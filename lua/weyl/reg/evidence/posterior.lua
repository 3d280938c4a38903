-- reg/evidence/posterior.lua: how many directions the data determine.
--
-- With the Jacobian J of all T outputs by the weights, [T, n], the noise
-- precision beta and the prior's A (block diagonal over tensors), Laplace's
-- posterior has the covariance S = (beta J^T J + A)^-1. Wanted is, for every
-- layer and group, nu_j = alpha_j tr((A^-1 - S) M_j). Three roads:
--
--   dense     S itself, n at most a few thousand;
--   woodbury  A^-1 - S = B^T K^-1 B with B = J A^-1 and K = 1/beta + B J^T,
--             [T, T], when T is the smaller one; what rounding leaves of K
--             counts as noise;
--   cg        averages over random probes (Hutchinson, Communications in
--             Statistics 19, 1990), S v by conjugate gradients
--             preconditioned with A; each product with J^T J is one jvp and
--             one vjp. Stopped early, it finds fewer directions.

local core = require "weyl.core"

---@class weyl.evidence.problem
---@field predict fun(x: weyl.tensor): weyl.tensor
---@field x weyl.tensor [N, in]
---@field scale number J^T J counts this often: examples stood for by one
---@field priors weyl.evidence.prior[]
---@field beta number
---@field count integer groups J
---@field layers integer

---@class weyl.evidence.determined nu_j by layer and group; nu_0 at 0
---@field [integer] number[]
---@field errors number[][]? standard errors, of cg
---@field logdet number? log |beta J^T J + A|
---@field products integer? with J^T J, of cg

local posterior = {}

-- ---- Jacobians ----

local CHUNK = 256 -- rows or columns stacked before they are computed

local function params(p)
  local list = {}
  for i, q in ipairs(p.priors) do list[i] = q.tensor end
  return list
end

-- Lists of lazy tensors as one matrix, computed piece by piece.
local function stacked(make, n, dim)
  local pieces = {}
  for first = 1, n, CHUNK do
    local list = {}
    for i = first, math.min(first + CHUNK - 1, n) do
      list[#list + 1] = make(i)
    end
    pieces[#pieces + 1] = core.eval(core.stack(list, dim))
  end
  return #pieces == 1 and pieces[1] or core.eval(core.concat(pieces, dim))
end

local function unit(like, i)
  return core.arange(like.size):eq(i):to(like.dtype):reshape(like.shape)
end

---The Jacobian of all outputs by all weights with a prior, column by column:
---n forward passes.
---@param p weyl.evidence.problem
---@return weyl.tensor f64 [T, n]
function posterior.jacobian(p)
  local list, at = params(p), {}
  for k, w in ipairs(list) do
    for i = 1, w.size do at[#at + 1] = { k, i } end
  end
  local zero = {}
  for k, w in ipairs(list) do zero[k] = core.zeros_like(w:value()) end
  return stacked(function(c)
    local tangent = table.move(zero, 1, #zero, 1, {})
    local k, i = at[c][1], at[c][2]
    tangent[k] = unit(zero[k], i)
    local _, column = core.jvp(function() return p.predict(p.x) end, list,
      tangent)
    return column:reshape(-1):to "f64"
  end, #at, 2)
end

-- ---- dense ----

-- A form's matrix on whole tensors [m, m].
local function whole(form, tensor)
  local like = core.zeros(tensor.shape, "f64")
  return stacked(function(i)
    return form:apply(unit(like, i)):reshape(-1)
  end, tensor.size, 1)
end

-- The first and last weight of every tensor.
local function spans(p)
  local list, at = {}, 0
  for i, q in ipairs(p.priors) do
    list[i] = { at + 1, at + q.tensor.size }
    at = at + q.tensor.size
  end
  return list
end

local function empty(p)
  local out = {}
  for l = 1, p.layers do
    out[l] = {}
    for j = 0, p.count do out[l][j] = 0 end
  end
  return out
end

-- Adds lazy traces to those of the prior's layer.
local function add(out, q, j, value)
  out[q.layer][j] = out[q.layer][j] + value
end

local function compute(out)
  for _, layer in ipairs(out) do
    for j = 0, #layer do
      if core.is_tensor(layer[j]) then layer[j] = layer[j]:item() end
    end
  end
  return out
end

-- M_j of every tensor as matrices, kept for later updates.
local function matrices(q)
  if not q.whole then
    q.whole = {}
    for j, m in ipairs(q.defect) do q.whole[j] = whole(m, q.tensor) end
  end
  return q.whole
end

---@param p weyl.evidence.problem
---@param J weyl.tensor [T, n]
---@return weyl.evidence.determined
function posterior.dense(p, J)
  local a = {}
  local h = J:transpose():matmul(J) * (p.beta * p.scale)
  local at = spans(p)
  for i, q in ipairs(p.priors) do
    local size, first = q.tensor.size, at[i][1]
    local block = q.alpha[0] * core.eye(size, size, "f64")
    for j, m in ipairs(matrices(q)) do block = block + q.alpha[j] * m end
    local before, after = first - 1, #h - at[i][2]
    a[i] = block:pad { before, after, before, after }
  end
  for _, block in ipairs(a) do h = h + block end
  local l = core.eval(core.cholesky(h))
  local inverse = core.solve_triangular(l, core.eye(#h, #h, "f64"))
  local s = core.eval(inverse:transpose():matmul(inverse))
  local out = empty(p)
  for i, q in ipairs(p.priors) do
    local block = s:slice(1, at[i][1], at[i][2]):slice(2, at[i][1], at[i][2])
    add(out, q, 0, q.alpha[0] * (q.traces[0] - core.trace(block)))
    for j, m in ipairs(matrices(q)) do
      add(out, q, j, q.alpha[j] * (q.traces[j] - (block * m):sum()))
    end
  end
  out.logdet = (2 * core.diag(l):log():sum()):item()
  return compute(out)
end

-- ---- woodbury ----

local function through(p, which, v)
  local out = {}
  for i, q in ipairs(p.priors) do out[i] = q[which]:apply(v[i]) end
  return out
end

-- J^T u for u [T], as a list of tensors.
local function pull(p, list, u)
  local _, out = core.vjp(function() return p.predict(p.x) end, list, u)
  return out
end

-- K = J A^-1 J^T [T, T], f64: column t by one backward pass over one example
-- and one forward pass over all. The second result bounds its rounding errors:
-- what they leave unsymmetric is of the size of what stays, and a random matrix
-- [t, t] has a spectral norm of 2 / sqrt(t) of its Frobenius norm; twice that.
local function kernel(p, list, outputs)
  local function f() return p.predict(p.x) end
  local total = #p.x * outputs
  local k = stacked(function(t)
    local i, o = (t - 1) // outputs + 1, (t - 1) % outputs + 1
    local x = p.x:slice(1, i, i)
    local seed = core.arange(outputs):eq(o):to(x.dtype):reshape(1, outputs)
    local _, row = core.vjp(function() return p.predict(x) end, list, seed)
    local _, column = core.jvp(f, list, through(p, "covariance", row))
    return column:reshape(-1):to "f64"
  end, total, 1)
  local odd = (k - k:transpose()):square():sum():sqrt():item() / 2
  return (k + k:transpose()) / 2, 4 / math.sqrt(total) * odd
end

-- The columns of L^-T u, u the unit vectors or random signs times a factor.
local function probes_of(l, opts)
  local t = #l
  local u = core.eye(t, t, "f64")
  if opts.probes < t then
    u = core.normal({ t, opts.probes }, 0, 1, "f64", opts.stream):sign()
      / math.sqrt(opts.probes)
  end
  return core.eval(core.solve_triangular(l:transpose(), u, true))
end

---@param p weyl.evidence.problem
---@param opts { outputs: integer, probes: integer, stream: string }
---@return weyl.evidence.determined
function posterior.woodbury(p, opts)
  local list = params(p)
  local k, rounding = kernel(p, list, opts.outputs)
  local t, noise = #k, math.max(1 / (p.beta * p.scale), rounding)
  local l = core.eval(core.cholesky(k + noise * core.eye(t, t, "f64")))
  local u, out = probes_of(l, opts), empty(p)
  for c = 1, u.shape[2] do
    local seed = u:slice(2, c, c):reshape(#p.x, opts.outputs):to(p.x.dtype)
    local half = core.eval(through(p, "covariance", pull(p, list, seed)))
    for i, q in ipairs(p.priors) do
      add(out, q, 0, q.alpha[0] * half[i]:to "f64":square():sum())
      for j, m in ipairs(q.defect) do
        add(out, q, j,
          q.alpha[j] * m:apply(half[i]):to "f64":square():sum())
      end
    end
    compute(out)
  end
  local logdet = 2 * core.diag(l):log():sum() - t * math.log(noise)
  for _, q in ipairs(p.priors) do logdet = logdet + q.logdet end
  out.logdet = logdet:item()
  return out
end

-- ---- conjugate gradients ----

local function dot(a, b)
  local sum = core.zeros({}, "f64")
  for i, x in ipairs(a) do sum = sum + (x * b[i]):sum():to "f64" end
  return sum
end

local function combine(a, s, b)
  local out = {}
  for i, x in ipairs(a) do out[i] = x + s * b[i] end
  return out
end

-- (beta J^T J + A) v
local function curvature(p, v)
  local list = params(p)
  local function f() return p.predict(p.x) end
  local _, jv = core.jvp(f, list, v)
  local _, out = core.vjp(f, list, jv)
  return combine(through(p, "precision", v), p.beta * p.scale, out)
end

-- Solves (beta J^T J + A) s = v from A^-1 v on, until the residual is small
-- in the norm of A^-1, with at most `most` products.
local function solve(p, v, prior, tolerance, most)
  local s = prior
  local r = core.eval(combine(v, -1, curvature(p, s)))
  local z = core.eval(through(p, "covariance", r))
  local d, rz, used = z, dot(r, z):item(), 1
  local target = tolerance ^ 2 * dot(v, prior):item()
  while rz > target and used < most do
    local hd = core.eval(curvature(p, d))
    local step = rz / dot(d, hd):item()
    s, r = combine(s, step, d), combine(r, -step, hd)
    z = through(p, "covariance", r)
    core.eval(s, r, z)
    local new = dot(r, z):item()
    d = core.eval(combine(z, new / rz, d))
    rz, used = new, used + 1
  end
  return s, used
end

-- A draw from N(0, A): sqrt(alpha_0) z_0 + sum_j sqrt(alpha_j) M_j z_j, the
-- z's standard normal.
local function draw(p, stream)
  local v = {}
  for i, q in ipairs(p.priors) do
    local w = q.tensor
    local function z() return core.normal(w.shape, 0, 1, w.dtype, stream) end
    v[i] = math.sqrt(q.alpha[0]) * z()
    for j, m in ipairs(q.defect) do
      v[i] = v[i] + math.sqrt(q.alpha[j]) * m:apply(z())
    end
  end
  return core.eval(v)
end

-- One probe's estimates of nu_j = alpha_j tr((A^-1 - S) M_j): with v of
-- covariance A this is the mean of (alpha_j M_j A^-1 v) . (A^-1 v - S v).
-- In coordinates in which the prior is 1 it is z^T K_j E z with both
-- matrices between 0 and 1, so no direction's noise is blown up.
local function probe_determined(p, prior, s)
  local out = empty(p)
  for i, q in ipairs(p.priors) do
    local e = prior[i]:to "f64" - s[i]:to "f64"
    add(out, q, 0, q.alpha[0] * (prior[i]:to "f64" * e):sum())
    for j, m in ipairs(q.defect) do
      add(out, q, j, q.alpha[j] * (m:apply(prior[i]):to "f64" * e):sum())
    end
  end
  return compute(out)
end

-- Means over probes, and their standard errors.
local function average(p, samples)
  local mean, errors, n = empty(p), empty(p), #samples
  for l, layer in ipairs(mean) do
    for j = 0, p.count do
      local sum, square = 0, 0
      for _, s in ipairs(samples) do
        sum, square = sum + s[l][j], square + s[l][j] ^ 2
      end
      layer[j] = sum / n
      errors[l][j] = math.sqrt(math.max(square / n - layer[j] ^ 2, 0)
        / math.max(n - 1, 1))
    end
  end
  mean.errors = errors
  return mean
end

---Estimates from random probes.
---@param p weyl.evidence.problem
---@param opts { probes: integer, tolerance: number, products: integer,
---  stream: string }
---@return weyl.evidence.determined
function posterior.cg(p, opts)
  local samples, products = {}, 0
  for k = 1, opts.probes do
    local v = draw(p, opts.stream)
    local prior = core.eval(through(p, "covariance", v))
    local s, used = solve(p, v, prior, opts.tolerance, opts.products)
    products = products + used
    samples[k] = probe_determined(p, prior, s)
  end
  local out = average(p, samples)
  out.products = products
  return out
end

return posterior
