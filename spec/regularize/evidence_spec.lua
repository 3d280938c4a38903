-- evidence_spec.lua: the tuner by evidence, against dense linear algebra
-- written out: traces, directions, calibration on linear maps, EM's ascent.
--
-- The linear problem: 4 copies of V^2 to 3 copies of V, 324 weights, candidates
-- the O(2) of three planes, noise 0.3; weights are set to the exact mean of
-- the posterior before every update.

local fails = require "spec.tensor.fails"
local posterior = require "weyl.reg.evidence.posterior"
local prior = require "weyl.reg.evidence.prior"
local weyl = require "weyl"
local core = require "weyl.core"
local group, nn, reg = weyl.group, weyl.nn, weyl.reg
local V = weyl.rep.V

local xy = group.O(2):embed(3, { 1, 2 })
local yz = group.O(2):embed(3, { 2, 3 })
local xz = group.O(2):embed(3, { 1, 3 })
local IN, OUT = 4 * V ^ 2, 3 * V

local function projector(g) return g:basis(IN, OUT):matrix() end

local function identity(n) return weyl.eye(n, n, "f64") end

local function inverse(a)
  local l = core.cholesky(a)
  local i = core.solve_triangular(l, identity(#a))
  return core.eval(i:transpose():matmul(i)),
    (2 * core.diag(l):log():sum()):item()
end

local function trace(a) return core.trace(a):item() end

-- A linear problem of N examples whose map is exactly equivariant under g but
-- for `deviation` on every weight; g nil: no symmetry.
local function problem(g, N, deviation, seed, groups)
  weyl.seed(seed)
  local w = weyl.normal({ 9 * 36 }, 0, 1, "f64")
  if g then
    w = projector(g):matmul(w) + deviation * weyl.normal({ 324 }, 0, 1, "f64")
  end
  w = w:reshape(9, 36):eval()
  local x = weyl.normal({ N, 36 }, 0, 1, "f64"):eval()
  local y = (x:matmul(w:transpose())
    + 0.3 * weyl.normal({ N, 9 }, 0, 1, "f64")):eval()
  local layer = { rep_in = IN, rep_out = OUT,
    weight = weyl.param(weyl.zeros({ 9, 36 }, "f64")) }
  local model = setmetatable({ layer = layer }, { __call = function(_, v)
    return v:matmul(layer.weight:transpose())
  end })
  function model:layers() return { self.layer } end
  local strengths = {}
  for j = 1, #groups do strengths[j] = 1e-3 end
  return { x = x, y = y, truth = w, layer = layer, model = model,
    levels = reg.mixed(model, groups, { strengths = strengths }),
    off = function(j) return identity(324) - projector(groups[j]) end }
end

-- J^T J of all outputs: kron(1, x^T x).
local function gram(p)
  local c = p.x:transpose():matmul(p.x)
  local blocks = {}
  for i = 1, 9 do
    blocks[i] = c:pad { (i - 1) * 36, (9 - i) * 36, (i - 1) * 36,
      (9 - i) * 36 }
  end
  local sum = blocks[1]
  for i = 2, 9 do sum = sum + blocks[i] end
  return sum:eval()
end

-- Sets the weights to the minimum of RSS + (T / 2) (decay |w|^2
-- + sum_j s_j |M_j w|^2).
local function set_mean(p, h, strengths, decay)
  local half = p.y.size / 2
  local a = h + half * decay * identity(324)
  for j, s in ipairs(strengths) do a = a + half * s * p.off(j) end
  local rhs = p.y:transpose():matmul(p.x):reshape(-1)
  p.layer.weight:set(core.eval(inverse(a):matmul(rhs):reshape(9, 36)))
end

local function run_of(p)
  return { model = p.model, o = { weight_decay = 1e-3,
    data = { train = { x = p.x, y = p.y } } },
    error = function(_, part)
      return ((p.model(part.x) - part.y) ^ 2):mean():item()
    end }
end

local function tuned(p, updates)
  local t = reg.evidence { rule = "mackay", route = "dense", every = 1,
    examples = 1000 }
  local run, h = run_of(p), gram(p)
  t:begin(p.levels, run)
  for e = 1, updates do
    local strengths, decay = t:strengths()
    set_mean(p, h, strengths[1], decay[1])
    t:update(e, p.levels, run)
  end
  return t
end

local function relative_error(p)
  local d = p.layer.weight:value() - p.truth
  return (d:square():sum() / p.truth:square():sum()):item()
end

describe("evidence on linear maps", function()
  it("finds an exact symmetry from 30 examples #slow", function()
    local p = problem(xy, 30, 0, 1, { xy, yz, xz })
    local t = tuned(p, 60)
    local alpha = t.alpha[1]
    assert.is_true(alpha[1] > 5000, alpha[1])
    assert.is_true(alpha[2] < 2 and alpha[3] < 2)
    local found = relative_error(p)
    set_mean(p, gram(p), { 0, 0, 0 }, 1e-12) -- least squares
    assert.is_true(found * 10 < relative_error(p))
  end)

  it("is calibrated: a deviation of 0.1 comes back #slow", function()
    local level, noise = 0, 0
    for seed = 1, 3 do
      local t = tuned(problem(xy, 60, 0.1, seed, { xy, yz, xz }), 30)
      level = level + t:report()[1].level / 3
      noise = noise + 1 / math.sqrt(t.beta) / 3
    end
    assert.is_true(level > 0.09 and level < 0.115, level)
    assert.is_true(math.abs(noise / 0.3 - 1) < 0.05, noise)
  end)

  it("moves with the axis that is kept #slow", function()
    for kept, g in ipairs { xy, yz, xz } do
      local t = tuned(problem(g, 60, 0, 4, { xy, yz, xz }), 30)
      for j = 1, 3 do
        assert.equal(j == kept, t.alpha[1][j] > 5000)
      end
    end
  end)

  it("shares between a group and its double what one has alone #slow",
    function()
      local one = tuned(problem(xy, 60, 0.1, 1, { xy, yz }), 30).alpha[1]
      local two = tuned(problem(xy, 60, 0.1, 1, { xy, xy, yz }), 30).alpha[1]
      -- the two begin alike and share evenly; the sum begins elsewhere and
      -- goes to the same fixed point, fast where the data determine it
      assert.is_true(math.abs((two[1] + two[2]) / one[1] - 1) < 1e-3)
      assert.is_true(math.abs(two[1] / two[2] - 1) < 1e-9)
      assert.is_true(math.abs(two[3] / one[2] - 1) < 0.1)
    end)
end)

-- Priors and problem for posterior.lua, and everything dense.
local function written_out(p, alpha, beta)
  local q = prior.new(p.levels.parts[1], {})
  q:set(alpha)
  local a = alpha[0] * identity(324)
  for j, s in ipairs(alpha) do a = a + s * p.off(j) end
  local covariance, logdet = inverse(a)
  local s, total = inverse(a + beta * gram(p))
  return q, { predict = p.model, x = p.x, scale = 1, priors = { q },
    beta = beta, count = #alpha, layers = 1 },
    { a = a, covariance = covariance, s = s, logdet = logdet, total = total }
end

describe("traces of the posterior", function()
  local alpha, beta = { [0] = 0.5, 30, 2, 1 }, 9
  local p = problem(xy, 20, 0.1, 1, { xy, yz, xz })
  local q, task, dense = written_out(p, alpha, beta)

  local function expected(j)
    local m = j == 0 and identity(324) or p.off(j)
    return alpha[j] * (trace(dense.covariance:matmul(m))
      - trace(dense.s:matmul(m)))
  end

  it("are exact in the prior", function()
    for j = 1, 3 do
      assert.is_true(math.abs(q.traces[j]
        - trace(dense.covariance:matmul(p.off(j)))) < 1e-8 * q.traces[j])
    end
    assert.is_true(math.abs(q.logdet - dense.logdet) < 1e-8)
  end)

  it("are exact by both direct routes, and sum to gamma", function()
    local nu = posterior.dense(task, posterior.jacobian(task))
    local other = posterior.woodbury(task, { outputs = 9, probes = 1000,
      stream = "spec" })
    local sum = 0
    for j = 0, 3 do
      assert.is_true(math.abs(nu[1][j] - expected(j)) < 1e-7 * expected(j))
      assert.is_true(math.abs(other[1][j] - expected(j)) < 1e-7 * expected(j))
      sum = sum + nu[1][j]
    end
    local gamma = 324 - trace(dense.s:matmul(dense.a))
    assert.is_true(math.abs(sum - gamma) < 1e-7 * gamma)
    assert.is_true(math.abs(nu.logdet - dense.total) < 1e-7 * dense.total)
  end)

  it("by probes and conjugate gradients lie within their errors", function()
    local nu = posterior.cg(task, { probes = 24, tolerance = 1e-8,
      products = 400, stream = "spec" })
    for j = 0, 3 do
      assert.is_true(math.abs(nu[1][j] - expected(j)) < 4 * nu.errors[1][j])
      assert.is_true(nu.errors[1][j] < 0.2 * expected(j))
    end
  end)
end)

describe("EM", function()
  -- log evidence but for a constant, page by page: MacKay 1992
  local function evidence(p, dense, beta)
    local w = p.layer.weight:value():reshape(-1)
    local rss = ((p.model(p.x) - p.y) ^ 2):sum():item()
    return -beta / 2 * rss - (w * dense.a:matmul(w)):sum():item() / 2
      - dense.total / 2 + dense.logdet / 2
  end

  it("never lowers the evidence at a given noise #slow", function()
    local groups, beta = { xy, yz, xz }, 1 / 0.09
    local p = problem(xy, 30, 0.1, 1, groups)
    local alpha, h, last = { [0] = 1, 1, 1, 1 }, gram(p), -math.huge
    for _ = 1, 12 do
      local q, task, dense = written_out(p, alpha, beta)
      local unit, strengths = 2 / (beta * p.y.size), {}
      for j = 1, 3 do strengths[j] = unit * alpha[j] end
      set_mean(p, h, strengths, unit * alpha[0])
      local now = evidence(p, dense, beta)
      assert.is_true(now >= last - 1e-9 * math.abs(now))
      last = now
      local nu = posterior.dense(task, posterior.jacobian(task))[1]
      local squares = q:squares()
      core.eval(squares)
      local new = {}
      for j = 0, 3 do
        local size = alpha[j] * q.traces[j]
        new[j] = size / (squares[j]:item() + (size - nu[j]) / alpha[j])
      end
      alpha = new
    end
    assert.is_true(alpha[1] > 2 * alpha[2])
  end)
end)

describe("the tuner in an experiment", function()
  local data = weyl.data.inertia { train = 60, validation = 60, test = 0,
    ood = 0, axis = 3, noise = -1 }

  local function train(seeds, opts)
    return weyl.experiment { data = data, output = false, quiet = true,
      method = weyl.method.per { channels = 16, depth = 1, strength = 5,
        apply = "proximal", tune = reg.evidence(opts) },
      epochs = 20, batch = 60, seeds = seeds }:run().seeds
  end

  it("reports levels and begins anew with every seed", function()
    local opts = { every = 5, examples = 8 }
    local both, alone = train({ 1, 2 }, opts), train({ 2 }, opts)
    assert.equal(both[2].validation, alone[1].validation)
    for j = 1, 4 do
      for _, key in ipairs { "level", "relative", "directions", "strength" } do
        assert.equal(both[2].levels[j][key], alone[1].levels[j][key])
      end
    end
    assert.is_nil(alone[1].levels[1].level) -- O(3) has no strength
    for j = 2, 4 do
      local l = alone[1].levels[j]
      assert.is_true(l.level > 0 and l.relative > 0 and l.directions >= 0)
    end
  end)

  it("takes the same routes to nearly the same strengths", function()
    local direct = train({ 1 }, { every = 20, examples = 8,
      route = "woodbury", probes = 1000 })
    local dense = train({ 1 }, { every = 20, examples = 8, route = "dense" })
    for j = 2, 4 do
      local a, b = direct[1].levels[j].level, dense[1].levels[j].level
      assert.is_true(math.abs(a / b - 1) < 1e-3) -- f32 Jacobians
    end
  end)

  it("says what it cannot do", function()
    fails("reg.evidence: argument 'rate' must be a number in (0, 1], got 2",
      function() reg.evidence { rate = 2 } end)
    fails("reg.evidence: there is no option 'probe' (did you mean 'probes'?)",
      function() reg.evidence { probe = 2 } end)
    assert.error_matches(function()
      weyl.experiment { data = data, output = false, quiet = true, epochs = 2,
        method = weyl.method.per { channels = 12, depth = 1, measure = "csd",
          tune = reg.evidence {} } }:run()
    end, "reg.evidence: argument 'measure of reg.mixed' must be 'mse'")
    local model = nn.mlp { inputs = 20, outputs = 9, channels = 8 }
    assert.error_matches(function()
      weyl.experiment { data = data, model = model, tune = reg.evidence {},
        output = false, quiet = true, epochs = 1 }
    end, "tune needs a regularizer")
  end)
end)
