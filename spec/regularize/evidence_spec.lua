-- evidence_spec.lua: how many directions the data determine, by every road,
-- against whole matrices.

local linear = require "spec.regularize.linear"
local posterior = require "weyl.reg.evidence.posterior"
local prior = require "weyl.reg.evidence.prior"
local weyl = require "weyl"

local reg = weyl.reg
local V, scalar = weyl.rep.V, weyl.rep.scalar
local planes = linear.planes

-- ---- a small network, f64: two affine layers with tanh between ----

local function network()
  local from, hidden, to = 2 * V, 2 + 2 * V, V
  weyl.seed(7)
  local function layer(rep_in, rep_out)
    local rows, cols = rep_out:size(3), rep_in:size(3)
    return { rep_in = rep_in, rep_out = rep_out,
      weight = weyl.param(weyl.normal({ rows, cols }, 0, 0.4, "f64")),
      bias = weyl.param(weyl.normal({ rows }, 0, 0.4, "f64")) }
  end
  local first, second = layer(from, hidden), layer(hidden, to)
  return setmetatable({ layers = function() return { first, second } end },
    { __call = function(_, x)
      local h = (x:matmul(first.weight:transpose()) + first.bias):tanh()
      return h:matmul(second.weight:transpose()) + second.bias
    end })
end

local ALPHA = { { [0] = 0.3, 0, 2, 0.5, 40 }, { [0] = 0.7, 0.2, 0, 1, 3 } }
local BETA, N, OUT = 5, 6, 3

-- What posterior.* takes, of a model.
local function problem(model)
  local levels, known, p = reg.mixed(model, planes), {}, {}
  p.priors, p.count, p.layers = {}, #planes, 2
  p.beta, p.scale = BETA, 1
  for i, part in ipairs(levels.parts) do
    p.priors[i] = prior.new(part, known)
    p.priors[i]:set(ALPHA[part.layer])
  end
  weyl.seed(8)
  p.x = weyl.normal({ N, 6 }, 0, 1, "f64"):eval()
  p.predict = function(x) return model(x) end
  return p
end

-- The same by whole matrices: rows of J are gradients of single outputs.
local function reference(model, x)
  local names, blocks = {}, {}
  for l, layer in ipairs(model:layers()) do
    names[#names + 1] = { layer.weight, layer.rep_in, layer.rep_out, l }
    names[#names + 1] = { layer.bias, scalar, layer.rep_out, l }
  end
  local params, rows = {}, {}
  for i, entry in ipairs(names) do params[i] = entry[1] end
  for k = 1, N do
    for o = 1, OUT do
      local _, g = weyl.value_and_grad(function()
        return model(x:slice(1, k, k)):slice(2, o, o):sum()
      end)(params)
      local row = {}
      for i in ipairs(params) do row[i] = g[i]:reshape(-1) end
      rows[#rows + 1] = weyl.concat(row)
    end
  end
  local J, n, at = weyl.stack(rows):eval(), 0, 0
  for _, w in ipairs(params) do n = n + w.size end
  for _, entry in ipairs(names) do
    local w, from, to, l = table.unpack(entry)
    local place = { at, n - at - w.size, at, n - at - w.size }
    local eye = weyl.eye(w.size, w.size, "f64")
    local own = { layer = l, [0] = eye:pad(place):eval() }
    for j, g in ipairs(planes) do
      own[j] = (eye - g:basis(from, to):matrix()):pad(place):eval()
    end
    blocks[#blocks + 1], at = own, at + w.size
  end
  return J, blocks, n
end

-- nu_j = alpha_j tr((A^-1 - S) M_j), log |beta J^T J + A|, n - tr(S A).
local function directly(model, x)
  local J, blocks, n = reference(model, x)
  local eye, A = weyl.eye(n, n, "f64"), 0
  for _, own in ipairs(blocks) do
    for j = 0, #planes do A = A + ALPHA[own.layer][j] * own[j] end
  end
  A = A:eval()
  local S, logdet = linear.solve((BETA * J:transpose():matmul(J) + A):eval(),
    eye)
  local E, nu = (linear.solve(A, eye) - S):eval(), {}
  for l = 1, 2 do
    nu[l] = {}
    for j = 0, #planes do
      nu[l][j] = 0
      for _, own in ipairs(blocks) do
        if own.layer == l then
          nu[l][j] = nu[l][j] + ALPHA[l][j] * (E * own[j]):sum():item()
        end
      end
    end
  end
  return nu, logdet, n - weyl.trace(S:matmul(A)):item(), J
end

local function total(nu)
  local sum = 0
  for _, layer in ipairs(nu) do
    for j = 0, #layer do sum = sum + layer[j] end
  end
  return sum
end

-- All nu within `most` of each other.
local function assert_near(expected, got, most)
  for l, layer in ipairs(expected) do
    for j = 0, #layer do
      assert.is_true(math.abs(layer[j] - got[l][j]) <= most)
    end
  end
end

describe("directions that data determine", function()
  local model = network()
  local p = problem(model)
  local nu, logdet, gamma, J = directly(model, p.x)

  it("have the Jacobian of all outputs by all weights", function()
    local got = posterior.jacobian(p)
    assert.same(J.shape, got.shape)
    assert.is_true((got - J):abs():max():item() < 1e-12)
  end)

  it("are those of whole matrices", function()
    local got = posterior.dense(p, posterior.jacobian(p))
    assert_near(nu, got, 1e-9)
    assert.near(logdet, got.logdet, 1e-9)
    assert.near(gamma, total(got), 1e-9)
    assert.is_true(gamma > 5 and gamma < N * OUT)
  end)

  it("are the same through the outputs, with all probes", function()
    local got = posterior.woodbury(p, { outputs = OUT, probes = N * OUT,
      stream = "test" })
    assert_near(nu, got, 1e-9)
    assert.near(logdet, got.logdet, 1e-9)
  end)

  -- Means over probes; independent draws of ten probes tell the spread.
  it("are estimated through the outputs by few probes", function()
    weyl.seed(9)
    local draws, sum, square = 24, 0, 0
    for _ = 1, draws do
      local t = total(posterior.woodbury(p, { outputs = OUT, probes = 10,
        stream = "test" }))
      sum, square = sum + t / draws, square + t * t / draws
    end
    local deviation = math.sqrt((square - sum ^ 2) / (draws - 1))
    assert.is_true(deviation > 0)
    assert.is_true(math.abs(sum - gamma) < 4 * deviation)
  end)

  it("are estimated by conjugate gradients within their errors", function()
    weyl.seed(10)
    local got = posterior.cg(p, { probes = 60, tolerance = 1e-10,
      products = 200, stream = "test" })
    for l, layer in ipairs(nu) do
      for j = 0, #layer do
        assert.is_true(math.abs(layer[j] - got[l][j])
          <= 4 * got.errors[l][j])
        assert.is_true(got.errors[l][j] <= 0.3 * math.max(layer[j], 0.1))
      end
    end
  end)

  it("cost a probe at most the products given", function()
    local function used(tolerance, products)
      weyl.seed(10)
      return posterior.cg(p, { probes = 1, tolerance = tolerance,
        products = products, stream = "test" }).products
    end
    assert.equal(3, used(1e-9, 3))
    -- as many as there are outputs, the start and what rounding adds
    local most = used(1e-4, 1000)
    assert.is_true(used(1e-2, 1000) <= most and most <= N * OUT + 2)
  end)

  it("of a prior are exact by blocks", function()
    local _, blocks, n = reference(model, p.x)
    local eye, at = weyl.eye(n, n, "f64"), 0
    for i, q in ipairs(p.priors) do
      local own, A = blocks[i], eye - blocks[i][0] -- 1 elsewhere
      for j = 0, #planes do A = A + ALPHA[q.layer][j] * own[j] end
      local inverse, log = linear.solve(A:eval(), eye)
      local w = q.tensor:reshape(-1, 1)
      w = w:pad { at, n - at - #w, 0, 0 }
      at = at + q.tensor.size
      local squares = q:squares()
      for j = 0, #planes do
        assert.near((inverse * own[j]):sum():item(), q.traces[j], 1e-9)
        assert.near(own[j]:matmul(w):square():sum():item(),
          squares[j]:item(), 1e-11)
      end
      assert.near(log, q.logdet, 1e-10)
    end
  end)
end)
