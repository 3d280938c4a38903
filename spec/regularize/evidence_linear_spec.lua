-- evidence_linear_spec.lua: the evidence tuner on linear models, driven by
-- hand with the weights always at the mean of their posterior.

local linear = require "spec.regularize.linear"
local weyl = require "weyl"
local V = weyl.rep.V
local planes = linear.planes

-- Four matrices to three vectors: 324 weights, of which 48 directions are
-- equivariant under O(2) of two axes, none under O(3).
local FROM, TO = 4 * V ^ 2, 3 * V
local large = linear.defects(planes, FROM, TO)
local XY = 2

-- Weights N(0, 1) projected onto O(2) of axes 1 and 2, `dev` N(0, 1) on top
-- of each; n examples with noise of 0.3; MacKay's rule unless another is given.
local function projected(n, seed, dev, examples, rule)
  weyl.seed(seed)
  local w = weyl.normal({ 324, 1 }, 0, 1, "f64")
  w = w - large[XY]:matmul(w) + weyl.normal({ 324, 1 }, 0, dev, "f64")
  return linear.new { groups = planes, from = FROM, to = TO, defect = large,
    truth = w:reshape(9, 36):eval(),
    tune = { rule = rule or "mackay", examples = examples or n },
    x = weyl.normal({ n, 36 }, 0, 1, "f64"):eval(),
    noise = weyl.normal({ n, 9 }, 0, 0.3, "f64"):eval(),
    strengths = { 0, 1e-2, 1e-2, 1e-2 }, decay = 1e-2 }
end

-- Means over seeds: of log alpha, of 1 / sqrt(alpha), of the noise found, of
-- the errors of W and of least squares.
local function averaged(n, dev, updates, seeds, examples, rule)
  local m = { alpha = { 0, 0, 0, 0 }, d = 0, noise = 0, off = 0, plain = 0 }
  for seed = 1, seeds do
    local l = projected(n, seed, dev, examples, rule)
    l:update(updates)
    local alpha = l.tune.alpha[1]
    for j = 2, 4 do
      m.alpha[j] = m.alpha[j] + math.log(alpha[j]) / seeds
    end
    m.d = m.d + 1 / math.sqrt(alpha[XY]) / seeds
    m.noise = m.noise + 1 / math.sqrt(l.tune.beta) / seeds
    m.off = m.off + l:off(l.w) / seeds
    m.plain = m.plain + l:least_squares() / seeds
  end
  return m
end

describe("strengths by evidence, of linear maps", function()
  -- What can be told of a deviation is sqrt(2 / 276) of the variance of
  -- noise in a weight, so single draws from an exact law may stop at alpha =
  -- 2000 for n = 30; others go on without bound. Hence the mean of log alpha.
  for _, case in ipairs { { 30, 4 }, { 60, 3 }, { 200, 2 } } do
    local n, seeds = table.unpack(case)
    it(("tell an exact symmetry, n = %d #slow"):format(n), function()
      local m = averaged(n, 0, n == 30 and 60 or 30, seeds)
      assert.is_true(math.exp(m.alpha[XY]) > 5000)
      assert.is_true(math.exp(m.alpha[3]) < 2 and math.exp(m.alpha[4]) < 2)
      -- 4 seeds of 200 directions left to noise: 2.5 % to 1 sigma
      assert.is_true(math.abs(m.noise / 0.3 - 1) < (n > 30 and 0.05 or 0.1))
      assert.is_true(m.off < m.plain / (n == 30 and 10 or 1))
    end)
  end

  for _, n in ipairs { 60, 200 } do
    it(("give a broken one in its unit, n = %d"):format(n), function()
      local m = averaged(n, 0.1, 8, 3)
      assert.is_true(m.d > 0.09 and m.d < 0.115)
      assert.is_true(math.exp(m.alpha[3]) < 2 and math.exp(m.alpha[4]) < 2)
      assert.is_true(math.abs(m.noise / 0.3 - 1) < 0.05)
      assert.is_true(m.off < m.plain)
    end)
  end

  it("let some examples stand for all", function()
    local m = averaged(200, 0.1, 8, 2, 64)
    assert.is_true(m.d > 0.09 and m.d < 0.115)
    assert.is_true(math.abs(m.noise / 0.3 - 1) < 0.05)
    assert.is_true(math.exp(averaged(200, 0, 30, 2, 64).alpha[XY]) > 5000)
  end)

  it("are the same when held by few directions", function()
    local m = averaged(60, 0.1, 20, 3, nil, "held")
    assert.is_true(m.d > 0.09 and m.d < 0.115)
    assert.is_true(math.exp(m.alpha[3]) < 2 and math.exp(m.alpha[4]) < 2)
    assert.is_true(math.abs(m.noise / 0.3 - 1) < 0.05)
    m = averaged(60, 0, 60, 3, nil, "held")
    assert.is_true(math.exp(m.alpha[XY]) > 5000)
  end)

  it("favour no group where there is no symmetry", function()
    local m = averaged(60, 1, 8, 2)
    for j = 2, 4 do assert.is_true(math.exp(m.alpha[j]) < 2) end
    assert.is_true(math.abs(m.noise / 0.3 - 1) < 0.08)
  end)
end)

-- ---- a smaller map, with words of several sizes ----

local small = { from = 2 * V + V ^ 2, to = V + 1 } -- [4, 15]

local function draw(seed)
  weyl.seed(seed)
  return weyl.normal({ 4, 15 }, 0, 1, "f64"):eval(),
    weyl.normal({ 24, 15 }, 0, 1, "f64"):eval(),
    weyl.normal({ 24, 4 }, 0, 0.3, "f64"):eval()
end

local function make(groups, strengths, o)
  local truth, x, noise = draw(5)
  return linear.new { groups = groups, from = small.from, to = small.to,
    defect = linear.defects(groups, small.from, small.to),
    truth = o.truth or truth, x = o.x or x, noise = o.noise or noise,
    tune = { rule = o.rule or "mackay" }, strengths = strengths,
    decay = 0.02 }
end

-- Equal to rounding: dense factors of condition below 1e4 in f64.
local function close(a, b) assert.near(1, a / b, 1e-9) end

for _, rule in ipairs { "mackay", "em", "held" } do
  describe(("the rule %s"):format(rule), function()
    it("knows no order of axes", function()
      local truth, x, noise = draw(5)
      local g = weyl.tensor({ { 0, 1, 0 }, { 0, 0, 1 }, { 1, 0, 0 } }, "f64")
      local into, out = small.from:rho(g), small.to:rho(g) -- 2 3 1 are 1 2 3
      local kept = { linear.plane(1, 2), linear.plane(2, 3),
        linear.plane(1, 3) }
      local one = make(kept, { 0.01, 0.02, 0.03 }, { rule = rule })
      -- planes (1 2), (2 3), (1 3) have gone to (1 3), (1 2), (2 3)
      local other = make(kept, { 0.02, 0.03, 0.01 }, { rule = rule,
        truth = out:matmul(truth):matmul(into:transpose()):eval(),
        x = x:matmul(into:transpose()):eval(),
        noise = noise:matmul(out:transpose()):eval() })
      one:update(6)
      other:update(6)
      local a, b = one.tune.alpha[1], other.tune.alpha[1]
      for j, k in next, { [0] = 0, 3, 1, 2 } do close(a[j], b[k]) end
      close(one.tune.beta, other.tune.beta)
      close(one:evidence(one.tune.beta), other:evidence(other.tune.beta))
    end)

    -- two halves are held as much as a whole: then only the end is shared
    local shares = rule ~= "held" and it or function() end
    shares("shares a strength among a group and itself", function()
      local a, b = linear.plane(1, 2), linear.plane(1, 3)
      local one = make({ a, b }, { 0.03, 0.02 }, { rule = rule })
      local two = make({ a, b, a }, { 0.01, 0.02, 0.02 }, { rule = rule })
      for _ = 1, 5 do
        one:update(1)
        two:update(1)
        local p, q = one.tune.alpha[1], two.tune.alpha[1]
        close(p[1], q[1] + q[3])
        close(p[2], q[2])
        close(p[0], q[0])
        local nu = two.tune.nu[1]
        close(one.tune.nu[1][1], nu[1] + nu[3])
        close(one.tune.beta, two.tune.beta)
        close(one:evidence(one.tune.beta), two:evidence(two.tune.beta))
      end
    end)

    it("finds how the evidence changes", function()
      local l = make({ linear.plane(1, 2), linear.plane(1, 3) },
        { 0.3, 0.02 }, { rule = rule })
      l:update(2)
      local at, w2 = table.move(l.tune.lambda[1], 0, 2, 0, {}), { [0] = 0 }
      local w = l.w:reshape(-1, 1):eval()
      for j = 0, 2 do
        w2[j] = (l.defect[j] and l.defect[j]:matmul(w) or w):square():sum()
          :item()
      end
      l.tune:update(3, l.levels, l.run)
      local nu, beta = l.tune.nu[1], l.tune.beta
      local function value(j, step) -- with the mean that belongs to it
        table.move(at, 0, 2, 0, l.tune.lambda[1])
        if j then l.tune.lambda[1][j] = at[j] * math.exp(step) end
        l:fit()
        return l:evidence(beta)
      end
      local h = 1e-4
      -- d evidence / d log alpha_j = (nu_j - alpha_j |M_j w|^2) / 2
      for j = 0, 2 do
        local alpha = beta * l.total / 2 * at[j]
        local slope = (value(j, h) - value(j, -h)) / (2 * h)
        assert.near((nu[j] - alpha * w2[j]) / 2, slope, 1e-5)
      end
      -- by beta: MacKay's is the best at fixed alpha and gamma, that of EM at
      -- fixed ratios alpha / beta
      local function moved(step)
        for j = 0, 2 do
          l.tune.lambda[1][j] = at[j] * (rule == "mackay" and math.exp(-step)
            or 1)
        end
        l:fit()
        return l:evidence(beta * math.exp(step))
      end
      assert.near(0, (moved(h) - moved(-h)) / (2 * h), 1e-5)
    end)
  end)
end

describe("the rule em", function()
  local kept = { linear.plane(1, 2), linear.plane(1, 3) }

  it("never lowers the evidence, from weak and from great strengths",
    function()
      -- fewer outputs than weights too: there the noise may go to 0
      for _, n in ipairs { 10, 24 } do
        local truth, x, noise = draw(5)
        for _, strength in ipairs { 1e-4, 1, 1e3 } do
          local l = make(kept, { strength, strength }, { rule = "em",
            truth = truth, x = x:slice(1, 1, n):eval(),
            noise = noise:slice(1, 1, n):eval() })
          local last = -math.huge
          for _ = 1, 40 do
            l:update(1)
            local now = l:evidence(l.tune.beta)
            assert.is_true(now >= last - 1e-6 * math.abs(now))
            last = now
          end
        end
      end
    end)
end)
