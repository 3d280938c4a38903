-- levels_spec.lua: the report of approximation levels, and what is said of
-- them over seeds.

local levels = require "weyl.experiment.levels"
local weyl = require "weyl"

local group, reg, V = weyl.group, weyl.reg, weyl.rep.V

-- y = W x + b on the plane, as a model with one layer in f64.
local W, B = { { 1, 2 }, { 3, 4 } }, { 1, 2 }

local function affine(bias)
  local layer = { weight = weyl.param(weyl.tensor(W, "f64")),
    bias = bias and weyl.param(weyl.tensor(B, "f64")) or nil, rep_in = V,
    rep_out = V }
  return setmetatable({ layer = layer }, { __call = function(_, x)
    local y = x:matmul(layer.weight:transpose())
    return bias and y + layer.bias or y
  end, __index = { rep_in = V, rep_out = V,
    layers = function() return { layer } end } })
end

local GROUPS = { group.O(2), group.SO(2), group.C(4) }
local NAMES = { "O(2)", "SO(2)", "C(4)" }

local function close(expected, got)
  assert.near(expected, got, 1e-12 * (1 + math.abs(expected)))
end

describe("the residual", function()
  -- W less its part a I + b J, or a I: squares 17 on 2 directions, 17.5 on 3
  it("is the rms deviation per free direction", function()
    local r = levels.residuals(reg.mixed(affine(), GROUPS))
    close(math.sqrt(17.5 / 3), r[1])
    close(math.sqrt(17 / 2), r[2])
    close(math.sqrt(17 / 2), r[3])
  end)

  it("counts biases, none of which is invariant here", function()
    local r = levels.residuals(reg.mixed(affine(true), GROUPS))
    close(math.sqrt((17.5 + 5) / (3 + 2)), r[1])
    close(math.sqrt((17 + 5) / (2 + 2)), r[2])
    r = levels.residuals(reg.mixed(affine(true), GROUPS, { bias = false }))
    close(math.sqrt(17.5 / 3), r[1])
  end)

  it("is that of the regularizer, whatever is penalised", function()
    local of = reg.mixed(affine(true), GROUPS)
    close(math.sqrt(2 * of:regularizers()[1] / 5), levels.residuals(of)[1])
    local other = reg.mixed(affine(true), GROUPS, { measure = "csd",
      published = true })
    assert.same(levels.residuals(of), levels.residuals(other))
  end)

  it("is the size of random deviations: all directions count alike",
    function()
      weyl.seed(1)
      local g, from, to = group.O(2), 3 * V + 2 * V ^ 2, 4 * V ^ 2
      local drawn = weyl.normal({ to:size(2), from:size(2) }, 0, 0.3, "f64")
      local of = reg.mixed({ { weight = weyl.param(drawn), rep_in = from,
        rep_out = to } }, { g })
      -- 224 weights, 24 of them equivariant: relative standard error 1/20
      assert.near(0.3, levels.residuals(of)[1], 0.3 * 4 / 20)
    end)

  it("is 0 where there are no free directions", function()
    local of = reg.mixed(affine(), { group.C(1) })
    assert.same({ 0.0 }, levels.residuals(of))
  end)
end)

describe("the report", function()
  local basis = weyl.tensor({ { 1, 0 }, { 0, 1 } }, "f64")

  local function report(more)
    local model = affine()
    local run = { model = model, levels = reg.mixed(model, GROUPS,
      { strengths = { 0, 3, 5 } }) }
    for key, value in next, more or {} do run[key] = value end
    return levels.report(run, NAMES, { error_inputs = basis,
      truth = function(x) return x * 2 end })
  end

  it("has the Lie derivative, of the exact function too", function()
    local r = report()
    -- the part D off the maps of SO(2) has D J = -J D, A is J / sqrt(2), and
    -- the inputs are a basis: |D A - A D| / |W| in the Frobenius norm
    for j = 1, 2 do
      close(math.sqrt(2 * 17 / 30), r[j].lie)
      assert.is_true(r[j].true_lie < 1e-15)
    end
    assert.is_nil(r[3].lie)
    assert.is_nil(r[3].true_lie)
    assert.same({ 0, 3, 5 }, { r[1].strength, r[2].strength, r[3].strength })
  end)

  it("has no Lie derivative of functions without one", function()
    local model = affine()
    local r = levels.report({ model = model, groups = { group.SO(2) } },
      { "SO(2)" }, { truth = function(x)
        return weyl.tensor(x:totable(), "f64"):square() end })
    assert.is_nil(r[1].true_lie)
    assert.is_true(r[1].true_error > 0.1)
    assert.is_true(r[1].lie > 0.1 and r[1].error > 0.1)
    assert.is_nil(r[1].strength) -- nor a regularizer
  end)

  it("does not take Ctrl-C for a missing derivative", function()
    local model, calls = affine(), 0
    assert.error_matches(function()
      levels.report({ model = model, groups = { group.SO(2) } }, { "SO(2)" },
        { truth = function(x)
          calls = calls + 1
          -- two calls of the sampled error come first
          if calls > 2 then error("interrupted!", 0) end
          return x
        end })
    end, "interrupted!")
  end)

  it("has what the tuner reports", function()
    local told = { {}, { level = 0.5, relative = 0.1, directions = 12.5 },
      { level = 2 } }
    local r = report { tune = { report = function() return told end } }
    assert.same({ 0.5, 0.1, 12.5 }, { r[2].level, r[2].relative,
      r[2].directions })
    assert.same({ nil, 2 }, { r[1].level, r[3].level })
    assert.is_nil(report { tune = {} }[2].level)
  end)

  it("measures errors at inputs of the data when asked", function()
    local model = affine()
    local run = { model = model, groups = { group.SO(2) } }
    local function err(data)
      return levels.report(run, { "g" }, data)[1].error
    end
    weyl.seed(2)
    local x = weyl.uniform({ 100, 2 }, 1, 2, "f64"):eval()
    local set = { test = { x = x }, error_inputs = "test" }
    local expected = weyl.symmetry.equivariance_error(model, group.SO(2),
      { x = x:slice(1, 1, 64) })
    assert.equal(expected, err(set))
    assert.are_not.equal(expected, err { test = { x = x } })
    assert.are_not.equal(expected, err { error_inputs = x })
  end)

  it("explains wrong inputs before the run", function()
    local x = weyl.zeros { 3, 2 }
    for _, given in ipairs { "test", "trian", 3 } do
      assert.error_matches(function()
        weyl.experiment { model = affine, data = { train = { x = x, y = x },
          error_inputs = given } }
      end, "'data.error_inputs' must be a tensor %[n, in%] or the name of a "
        .. "part of the data")
    end
  end)
end)

describe("levels over seeds", function()
  local function level(strength, err, exact, more)
    local out = { strength = strength, error = err, true_error = exact,
      residual = err / 10, regularizer = 1, cosine = 1 }
    for key, value in next, more or {} do out[key] = value end
    return out
  end

  local seeds = {
    { levels = { level(0, 0.4, 0.376), level(100, 0.01, 0, { level = 0.1 }),
      level(3, 0.3, 0.268, { level = 2 }),
      level(1, 0.2, 0.269, { level = 3 }) } },
    { failure = "no levels" },
    { levels = { level(0, 0.1, 0.376), level(1, 0.02, 0, { level = 0.3 }),
      level(100, 0.3, 0.268, { level = 2 }),
      level(4, 0.2, 0.269, { level = 0 / 0 }) } } }

  it("have mean and spread of every field that is there", function()
    local s = levels.spreads(seeds, { "a", "b", "c", "d" })
    assert.equal("b", s[2].group)
    assert.same({ mean = 50.5, std = 49.5, low = 1, high = 100, count = 2 },
      s[2].strength)
    assert.equal(2, s[1].error.count)
    assert.near(0.25, s[1].error.mean, 1e-15)
    assert.is_nil(s[1].level)
    assert.is_nil(s[1].lie)
  end)

  it("are ranked against the truth, by seed", function()
    local r = levels.ranks(seeds)
    -- seed 1: all in order. Seed 3: among the penalised, ranks of the truth
    -- -1, 1/2, 1/2 and of the strengths from the largest, 1, -1, 0
    assert.near((1 + (-1 - 0.5) / 1.5) / 2, r.strength.mean, 1e-12)
    assert.near(1, r.residual.mean, 1e-12)
    assert.near(1, r.level.mean, 1e-12) -- a level that is NaN does not count
    -- errors of all four: 0.4 0.01 0.3 0.2, then 0.1 0.02 0.3 0.2 against
    -- ranks 1.5, -1.5, 0, 0 from the middle
    assert.near((1 + 1.5 * (-0.5 + 1.5) / 4.5) / 2, r.error.mean, 1e-12)
    assert.is_nil(r.lie)
    assert.same({}, levels.ranks {})
  end)
end)

describe("an experiment's summary", function()
  it("has levels and ranks", function()
    weyl.seed(3)
    local x = weyl.normal({ 20, 2 }):eval()
    local r = weyl.experiment { epochs = 3, quiet = true, output = false,
      data = { train = { x = x, y = x }, error_inputs = "train",
        truth = function(h) return h end },
      model = function()
        return weyl.nn.emlp { rep_in = V, rep_out = V, group = group.O(2),
          soft = true, channels = 4, depth = 1 }
      end, seeds = 2,
      regularizer = function(model) return reg.mixed(model, GROUPS) end }
      :run()
    assert.equal(2, r.summary.levels[1].lie.count)
    assert.equal("C(4)", r.summary.levels[3].group)
    assert.equal(1, r.summary.rank.error.mean) -- all truths tie at 0
    assert.is_true(r.summary.levels[2].residual.mean > 0)
    local text = tostring(weyl.experiment.table(r))
    assert.matches("^run; agreement with the order of the true errors: "
      .. "strength 1, residual 1, error 1, lie 1\ngroup +strength +residual +"
      .. "error +true error +Lie derivative +true\nO%(2%) ", text)
    assert.matches("\nC%(4%) .* %-  +%-$", text)
  end)
end)
