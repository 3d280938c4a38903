-- evidence_tuner_spec.lua: the evidence tuner on networks and in experiments:
-- what it finds, reports, keeps and refuses.

local fails = require "spec.tensor.fails"
local linear = require "spec.regularize.linear"
local weyl = require "weyl"

local nn, reg = weyl.nn, weyl.reg
local V = weyl.rep.V
local planes = linear.planes

-- ---- experiments: three vectors to one, O(2) of axes 1 and 2 ----

-- A law that the networks below can hold: an exact one, with outputs of size
-- 1, and noise of 0.05.
local function data_set(n)
  weyl.seed(11)
  local teacher = nn.emlp { rep_in = 3 * V, rep_out = V, group = planes[2],
    channels = 12, depth = 1 }
  local size = teacher(weyl.normal { 500, 9 }):square():mean():sqrt():eval()
  local function truth(x) return teacher(x) / size end
  local function part(count)
    local x = weyl.normal({ count, 9 }):eval()
    return { x = x, y = (truth(x) + weyl.normal({ count, 3 }, 0, 0.05)):eval() }
  end
  return { name = "teacher", train = part(n), test = part(200), rep_in = 3 * V,
    rep_out = V, candidates = planes }
end

local function experiment(opts)
  local apply = opts.apply or "proximal"
  local o = { data = data_set(opts.n or 20), epochs = 6, batch = 100,
    lr = 0.01, schedule = "constant", output = false, quiet = true,
    weight_decay = 1e-4, model = function()
      return nn.emlp { rep_in = 3 * V, rep_out = V, group = planes[1],
        soft = true, channels = 12, depth = 1, residual = false }
    end, regularizer = function(m)
      return reg.mixed(m, planes, { strength = 0.1, apply = apply })
    end }
  opts.apply, opts.n = nil, nil
  for key, value in next, opts do o[key] = value end
  return weyl.experiment(o)
end

describe("the evidence of a network's data", function()
  it("tells its symmetry from others #slow", function()
    local tune = reg.evidence { every = 200, examples = 100 }
    local r = experiment({ n = 100, epochs = 4000, tune = tune }):run()
    local levels = r.seeds[1].levels
    for j = 3, 4 do
      assert.is_true(levels[2].level < levels[j].level / 10)
      assert.is_true(levels[2].relative < levels[j].relative / 10)
      for l = 1, 2 do
        assert.is_true(tune.alpha[l][2] > 100 * tune.alpha[l][j])
      end
    end
    -- 300 outputs, some 60 directions determined: 5 % to 1 sigma
    assert.is_true(math.abs(0.05 * math.sqrt(tune.beta) - 1) < 0.15)
    assert.is_true(r.seeds[1].test < 2 * 0.05 ^ 2)
  end)
end)

-- ---- driven by hand, on a network that is not trained ----

local function driven(opts, settings)
  weyl.seed(1)
  local s = settings or {}
  local model = nn.emlp { rep_in = V, rep_out = V, group = planes[1],
    soft = true, channels = 6, depth = 1, residual = false,
    dtype = s.dtype or "f64" }
  local x = weyl.normal({ 12, 3 }, 0, s.size or 1, "f64")
    :to(s.dtype or "f64"):eval()
  local y = weyl.normal({ 12, 3 }, 0, 1, "f64"):to(s.dtype or "f64"):eval()
  local run = { model = model, o = { weight_decay = s.decay or 0.01,
    data = { train = { x = x, y = y } } } }
  function run.error(_, part)
    return (model(part.x) - part.y):square():mean():item()
  end
  local levels = reg.mixed(model, planes, { strengths = s.strengths
    or { 0, 0.1, 0.2, 0.3 } })
  local o = { every = 1 }
  for key, value in next, opts or {} do o[key] = value end
  local tune = reg.evidence(o)
  if s.state then tune:load(s.state) end
  tune:begin(levels, run)
  return tune, levels, run
end

local function updated(opts, settings)
  local tune, levels, run = driven(opts, settings)
  assert.is_true(tune:update(1, levels, run))
  return tune, levels, run
end

local function assert_close(a, b, most)
  for l, layer in ipairs(a) do
    for j = 0, #layer do
      assert.near(layer[j], b[l][j], most * (1 + math.abs(layer[j])))
    end
  end
end

describe("an evidence tuner", function()
  it("begins with the strengths and the decay given", function()
    local tune = driven()
    for l = 1, 2 do
      assert.same({ [0] = 0.01, 0, 0.1, 0.2, 0.3 }, tune.lambda[l])
    end
    assert.equal(1e-4, driven(nil, { decay = 0 }).lambda[2][0])
  end)

  it("sets strengths and decay of every layer by itself", function()
    local tune, levels = updated()
    assert.not_equal(tune.lambda[1][2], tune.lambda[2][2])
    for _, part in ipairs(levels.parts) do
      local lambda = tune.lambda[part.layer]
      assert.equal(lambda[0], part.decay)
      assert.same(table.move(lambda, 1, 4, 1, {}), part.strengths)
    end
    for j = 1, 4 do
      assert.near((tune.lambda[1][j] + tune.lambda[2][j]) / 2,
        levels.strengths[j], 1e-12)
    end
    local expected = 0 -- the penalty has the decay in it
    for _, part in ipairs(levels.parts) do
      local w, lambda = part.tensor, tune.lambda[part.layer]
      expected = expected + 0.5 * lambda[0] * w:square():sum():item()
      for j = 2, 4 do
        expected = expected + 0.5 * lambda[j]
          * part.defect[j]:apply(w):square():sum():item()
      end
    end
    assert.near(expected, levels:penalty():item(), 1e-10)
  end)

  it("means alpha = lambda beta T / 2", function()
    for _, rule in ipairs { "em", "mackay", "held" } do
      local tune = updated { rule = rule }
      for l = 1, 2 do
        for j = 0, 4 do
          assert.near(tune.alpha[l][j], tune.lambda[l][j] * tune.beta * 36 / 2,
            1e-9 * (1 + tune.alpha[l][j]))
        end
      end
    end
  end)

  it("follows its rule", function()
    local tune, _, run = updated { rule = "mackay" }
    for l = 1, 2 do
      for _, j in ipairs { 0, 2, 3, 4 } do
        assert.near(1, tune.nu[l][j] / tune.squares[l][j] / tune.alpha[l][j],
          1e-12)
      end
    end
    local rss = 36 * run:error(run.o.data.train)
    assert.near((36 - tune.gamma) / rss, tune.beta, 1e-12)
  end)

  -- From one strength on: no hold is MacKay's rule, and as many directions as
  -- the data leave open that of EM; both with the noise of EM.
  it("moves as far as the data outnumber what holds it", function()
    local function ratio(opts, l)
      local tune = updated(opts)
      return tune.alpha[l], tune
    end
    for l = 1, 2 do
      local em, tune = ratio({ rule = "em" }, l)
      for _, j in ipairs { 0, 2, 3, 4 } do
        local start = tune.beta * 36 / 2
          * (j == 0 and 0.01 or (j - 1) / 10)
        local nu, w2 = tune.nu[l][j], tune.squares[l][j]
        for _, hold in ipairs { 1e-9, 5, 1e9 } do
          assert.near(1, start * (nu + hold) / (start * w2 + hold)
            / ratio({ rule = "held", hold = hold }, l)[j], 1e-12)
        end
        -- tr(A^-1 M_j) alpha_j - nu_j, from the step that EM took
        local r = em[j] / start
        local open = (nu - r * start * w2) / (r - 1)
        assert.near(1, em[j] / ratio({ rule = "held", hold = open }, l)[j],
          1e-6)
      end
    end
  end)

  it("finds the same by all roads that are exact", function()
    local dense = updated { route = "dense" }
    local woodbury = updated { route = "woodbury", probes = 36 }
    local cg = updated { route = "cg", probes = 4, tolerance = 1e-9 }
    assert_close(dense.nu, woodbury.nu, 1e-9)
    assert_close(dense.lambda, woodbury.lambda, 1e-9)
    assert_close(dense.alpha, updated().alpha, 0) -- auto, few weights
    assert_close(woodbury.alpha, updated({ dense = 36, probes = 36 }).alpha, 0)
    assert_close(cg.alpha, updated({ dense = 20, tolerance = 1e-9 }).alpha, 0)
    for l = 1, 2 do
      assert.is_true(cg.nu[l][2] > 0 and cg.nu[l][2] < 36)
    end
  end)

  it("takes for noise what rounding in f32 leaves of the data", function()
    -- the least eigenvalues are 1e-9 of the largest: below f32's rounding
    local weak = { size = 100, decay = 1e-9, strengths = { 0, 1e-8, 1e-8,
      1e-8 } }
    local function directions(dtype)
      weak.dtype = dtype
      return updated({ route = "woodbury", probes = 36, rule = "held" },
        weak).gamma
    end
    local exact, found = directions "f64", directions "f32"
    assert.is_true(found > 0 and found < exact * (1 + 1e-3))
  end)

  it("may share strengths among layers", function()
    local own, tune = updated { rule = "mackay" },
      updated { rule = "mackay", scope = "network" }
    assert.same(tune.lambda[1], tune.lambda[2])
    assert_close(own.nu, tune.nu, 0)
    local function sum(of, j) return of[1][j] + of[2][j] end
    for _, j in ipairs { 0, 2, 3, 4 } do
      assert.near(1, sum(own.nu, j) / sum(own.squares, j)
        / tune.alpha[1][j], 1e-12)
    end
  end)

  it("may go part of the way, in log alpha", function()
    local whole, half = updated(), updated { rate = 0.5 }
    for l = 1, 2 do
      for _, j in ipairs { 0, 2, 3, 4 } do
        local before = ({ [0] = 0.01, 0, 0.1, 0.2, 0.3 })[j] * whole.beta * 18
        assert.near(1, half.alpha[l][j] ^ 2 / before / whole.alpha[l][j],
          1e-12)
      end
    end
  end)

  it("updates in its epochs alone", function()
    local tune, levels, run = driven { every = 3, from = 5 }
    local at = {}
    for e = 1, 12 do at[e] = tune:update(e, levels, run) and e or 0 end
    assert.same({ 0, 0, 0, 0, 0, 6, 0, 0, 9, 0, 0, 12 }, at)
  end)

  it("takes the curvature at some examples, drawn by its seed", function()
    local all = updated()
    local some = updated { examples = 5 }
    assert.equal(5, #some.x)
    assert.is_true(some.gamma < 15 and all.gamma > some.gamma)
    assert_close(some.alpha, updated({ examples = 5 }).alpha, 0)
    assert.not_equal(some.gamma, updated({ examples = 5, seed = 1 }).gamma)
  end)

  it("goes on from its state", function()
    local tune, levels, run = updated()
    local state = tune:state()
    tune:update(2, levels, run)
    local other = updated(nil, { state = state })
    assert_close(tune.alpha, other.alpha, 0)
    assert.equal(tune.beta, other.beta)
    assert.same(tune:report(), other:report())
    assert.not_equal(state.lambda[1][2], tune.lambda[1][2]) -- a copy
    other:load(reg.evidence():state())
    assert.is_nil(other.lambda)
  end)

  it("tells what it is", function()
    assert.equal("weyl.evidence: rule em by layer, every 200 epochs",
      tostring(reg.evidence()))
  end)
end)

describe("the report of an evidence tuner", function()
  it("is empty before an update, and of groups without strength", function()
    assert.same({}, reg.evidence():report())
    assert.same({}, driven():report())
    local report = updated(nil, { strengths = { 0, 0.1, 0, 0.3 } }):report()
    assert.equal(4, #report)
    assert.same({ {}, {} }, { report[1], report[3] })
  end)

  it("has the deviation per direction, weighted over layers", function()
    local tune, _, run = updated()
    local report, list = tune:report(), run.model:layers()
    for j = 2, 4 do
      local nu, square, share = 0, 0, 0
      for l, layer in ipairs(list) do
        local mean = (layer.weight:square():sum()
          + layer.bias:square():sum()):item()
          / (layer.weight.size + layer.bias.size)
        nu = nu + tune.nu[l][j]
        square = square + tune.nu[l][j] / tune.alpha[l][j]
        share = share + tune.nu[l][j] / tune.alpha[l][j] / mean
      end
      assert.near(nu, report[j].directions, 1e-12)
      assert.near(math.sqrt(square / nu), report[j].level, 1e-12)
      assert.near(math.sqrt(share / nu), report[j].relative, 1e-12)
    end
  end)
end)

describe("an experiment with an evidence tuner", function()
  it("reports levels, and begins every seed alike", function()
    local function run(seeds)
      local out = {}
      for i, s in ipairs(experiment({ seeds = seeds, tune = reg.evidence {
        every = 2 } }):run().seeds) do
        out[i] = { s.levels, s.history, s.test }
      end
      return out
    end
    local both = run { 1, 2 }
    assert.same(both[1], run({ 1 })[1])
    assert.same(both[2], run({ 2 })[1])
    assert.are_not.same(both[1], both[2])
    for j, level in ipairs(both[1][1]) do
      for _, name in ipairs { "level", "relative", "directions" } do
        assert.equal(j > 1, level[name] ~= nil)
      end
    end
  end)

  it("trains with the decays of the tuner in place of its own", function()
    local seen = {}
    local tune = reg.evidence { every = 2 }
    experiment({ tune = tune, every = 1, apply = "gradient",
      on_record = function(run, row)
        seen[row.epoch] = run.levels.decay ~= nil
      end }):run()
    assert.same({ false, true, true, true, true, true }, seen)
  end)
end)

describe("messages of the evidence tuner", function()
  it("of options", function()
    fails("reg.evidence: there is no option 'evry' (did you mean 'every'?)",
      function() reg.evidence { evry = 3 } end)
    fails("reg.evidence: argument 'rate' must be a number in (0, 1], got 1.5",
      function() reg.evidence { rate = 1.5 } end)
    fails("reg.evidence: rule must be 'em' or 'mackay' or 'held', got "
      .. "'mckay' (did you mean 'mackay'?)",
      function() reg.evidence { rule = "mckay" } end)
  end)

  it("of measures that are no priors", function()
    local model = nn.emlp { rep_in = V, rep_out = V, group = planes[1],
      soft = true, channels = 4, depth = 1 }
    local levels = reg.mixed(model, planes, { measure = "csd" })
    fails("reg.evidence: argument 'measure of reg.mixed' must be 'mse': only "
      .. "quadratic penalties are priors, got 'csd'",
      function() reg.evidence():begin(levels, {}) end)
  end)

  it("of layers whose weights are made from others", function()
    for _, exact in ipairs { true, false } do
      local model = nn.emlp { rep_in = V, rep_out = V, group = planes[1],
        pathway = not exact, channels = 4, depth = 1 }
      local levels = reg.mixed(model, planes)
      local run = { o = { weight_decay = 0 } }
      fails("reg.evidence: the tuner needs layers whose weights act "
        .. "themselves; those of layer 1 are made from others",
        function() reg.evidence():begin(levels, run) end)
    end
  end)

  it("of experiments without strengths", function()
    assert.error_matches(function()
      experiment({ tune = reg.evidence(), regularizer = function()
        return { penalty = function() return weyl.tensor(0) end }
      end }):run()
    end, "tune needs a regularizer with strengths, as reg.mixed makes")
  end)
end)
