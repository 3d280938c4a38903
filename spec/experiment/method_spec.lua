-- method_spec.lua: experiments with methods, moved batches, penalties on
-- functions, strengths set by scripts; what is reported of each.

local draw = require "weyl.symmetry.draw"
local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"

local group, method, nn, reg, rep = weyl.group, weyl.method, weyl.nn,
  weyl.reg, weyl.rep
local V = rep.V
local O3 = group.O(3)
local O_xy = group.O(2):embed(3, { 1, 2 })

-- y = (number u + v) without its third entry: O(2) of the first two axes.
local function truth(x)
  local u, v = x:slice(2, 2, 4), x:slice(2, 5, 7)
  return (x:slice(2, 1, 1) * u + v) * weyl.tensor { 1, 1, 0 }
end

local function data_set()
  weyl.seed(21)
  local function part(n)
    local x = weyl.normal({ n, 7 }):eval()
    return { x = x, y = truth(x):eval() }
  end
  return { name = "small", train = part(40), validation = part(40),
    test = part(40), truth = truth, rep_in = 1 + 2 * V, rep_out = V,
    candidates = { O3, O_xy }, matching = 2 }
end

local function run(opts)
  local o = { data = data_set(), epochs = 6, batch = 20, every = 1,
    output = false, quiet = true }
  for key, value in next, opts do o[key] = value end
  return weyl.experiment(o):run()
end

describe("an experiment with a method", function()
  it("runs every method by its name", function()
    for _, name in ipairs(method.names()) do
      local r = run { method = method[name] { channels = 8, depth = 1 },
        epochs = 3 }
      local s = r.seeds[1]
      assert.is_true(s.test < 10 and s.validation < 10, name)
      assert.same({ "O(3)", "O(2) on axes 1,2 of 3" }, r.groups)
      for j, l in ipairs(s.levels) do
        assert.equal(r.groups[j], l.group)
        assert.is_true(l.error >= 0 and l.error <= 1)
        assert.equal(j == 2, l.true_error < 1e-5)
      end
    end
  end)

  it("takes a name, with default options", function()
    local o = weyl.experiment({ data = data_set(), method = "rpp",
      epochs = 1 }).options
    assert.equal("rpp", o.method.name)
    assert.same({}, o.method.options)
  end)

  it("writes down method and number of parameters", function()
    local folder = helper.folder()
    local r = run { method = method.emlp { channels = 8, depth = 1 },
      epochs = 1, output = folder, groups = { O_xy } }
    local settings = helper.read(r.path .. "/settings.json")
    local results = helper.read(r.path .. "/results.json")
    helper.remove(folder)
    assert.matches('"method": "weyl.method: emlp { channels = 8, depth = 1 }"',
      settings, 1, true)
    assert.matches('"groups": ["O(2) on axes 1,2 of 3"]', settings, 1, true)
    assert.equal(nn.count(r.seeds[1].model), r.seeds[1].parameters)
    assert.matches('"parameters": ' .. r.seeds[1].parameters, results, 1, true)
  end)

  it("makes a new model for every seed, reproduced by its seed", function()
    local function ends(seeds)
      local out = {}
      for i, s in ipairs(run({ seeds = seeds, method = method.remul {
        channels = 6, depth = 1 } }).seeds) do
        out[i] = { s.test, s.model[1].weight:totable() }
      end
      return out
    end
    local two = ends { 3, 4 }
    assert.same(two, ends { 3, 4 })
    assert.same(two[2], ends({ 4 })[1])
    assert.are_not.same(two[1], two[2])
  end)

  it("tunes by the method's rule unless given another", function()
    local per = method.per { channels = 8, depth = 1 }
    local r = run { method = per, epochs = 8 }
    assert.equal(2, r.tuned_at)
    assert.equal(4, run({ method = per, epochs = 8,
      tune = reg.autotune { at = 4 } }).tuned_at)
    local free = run { method = per, epochs = 8, tune = false }
    assert.is_nil(free.tuned_at)
    assert.equal(100, free.seeds[1].levels[2].strength)
    assert.is_true(run({ method = per, epochs = 8, select = "published" })
      .seeds[1].epoch > 4)
  end)

  it("makes the same run as its parts written out", function()
    local parts = run { model = function()
      return nn.emlp { rep_in = 1 + 2 * V, rep_out = V, group = O3,
        soft = true, channels = 8, depth = 1 }
    end, regularizer = function(m)
      return reg.mixed(m, { O3, O_xy }, { strength = 5 })
    end, tune = reg.autotune { at = 2 } }
    local whole = run { method = method.per { channels = 8, depth = 1,
      strength = 5, tune = reg.autotune { at = 2 } } }
    assert.same(parts.seeds[1].history, whole.seeds[1].history)
    assert.same(parts.seeds[1].levels, whole.seeds[1].levels)
  end)

  -- Under rotations and scalings no exact network is more than a constant:
  -- the best it can do is the variance of the labels, 1 / 9 for the mean of
  -- the cosines of three pairs of vectors.
  it("learns a constant by SO(3) x scaling, and errs by the variance",
    function()
      local function law(x)
        local v = x:reshape(-1, 3, 3)
        local u = v / v:square():sum(3, true):sqrt()
        local sum = 0
        for i, j in next, { 2, 3, 1 } do
          sum = sum + (u:slice(2, i, i) * u:slice(2, j, j)):sum({ 2, 3 })
        end
        return (sum / 3):reshape(-1, 1)
      end
      weyl.seed(5)
      local function part(n)
        local x = weyl.normal({ n, 9 }):eval()
        return { x = x, y = law(x):eval() }
      end
      local g = group.union { group.SO(3), group.scaling(3) }
      local set = { name = "cosine", train = part(2000), test = part(2000),
        rep_in = 3 * V, rep_out = rep.scalar, candidates = { g } }
      local s = run({ data = set, method = method.emlp { channels = 12,
        depth = 1 }, epochs = 60, batch = 500, lr = 0.05 }).seeds[1]
      local mean = set.train.y:mean():item()
      local least = (set.test.y - mean):square():mean():item()
      assert.is_true(s.model(set.test.x):var():item() < 1e-10)
      assert.near(least, s.test, 1e-3)
      assert.near(1 / 9, s.test, 5 * math.sqrt((set.test.y:square():var()
        / 2000):item()))
    end)
end)

describe("what is reported", function()
  it("is measured on layers where they have representations", function()
    for name, known in next, { mlp = false, remul = false, emlp = true,
      rpp = true, per = true, two_sided = true } do
      local l = run({ method = method[name] { channels = 8, depth = 1 },
        epochs = 1 }).seeds[1].levels[2]
      assert.equal(known, l.regularizer ~= nil, name)
      assert.equal(known, l.cosine ~= nil)
      assert.equal(known, l.strength ~= nil)
    end
  end)

  it("of exact networks is no level at all", function()
    local s = run({ method = method.emlp { channels = 8, depth = 1 } })
      .seeds[1]
    for _, l in ipairs(s.levels) do
      assert.is_true(l.regularizer < 1e-12 and l.cosine < 1e-12)
      assert.is_true(l.error < 1e-6)
      assert.equal(0, l.strength)
    end
    assert.is_true(s.history[6].regularizer_2 < 1e-12)
  end)

  it("may be other groups than those penalised", function()
    local S = group.SO(2):embed(3, { 1, 3 })
    local r = run { method = method.per { channels = 8, depth = 1 },
      groups = { S, O_xy }, epochs = 2 }
    assert.same({ tostring(S), tostring(O_xy) }, r.groups)
    local m = r.seeds[1].model
    assert.near(reg.mixed(m, { S }):regularizers()[1],
      r.seeds[1].levels[1].regularizer, 1e-12)
    local perceptron = run { model = function()
      return nn.mlp { inputs = 7, outputs = 3, channels = 5 }
    end, groups = { S }, epochs = 1 }
    assert.equal(1, #perceptron.seeds[1].levels)
  end)

  it("is nothing without groups or representations", function()
    local set = data_set()
    set.candidates = nil
    local function model() return nn.mlp { inputs = 7, outputs = 3 } end
    assert.is_nil(run({ model = model, data = set, epochs = 1 })
      .seeds[1].levels)
    set = data_set()
    set.rep_in = nil
    assert.is_nil(run({ model = model, data = set, epochs = 1 })
      .seeds[1].levels)
  end)
end)

describe("batches", function()
  it("are moved by a function, evaluation is not", function()
    local seen = {}
    local r = run { model = function()
      return nn.mlp { inputs = 7, outputs = 3, channels = 4, depth = 1 }
    end, augment = function(x, y)
      seen[#seen + 1] = x.shape[1]
      return x * 0, y * 0 + 2
    end, epochs = 150, lr = 0.02 }
    local s = r.seeds[1]
    assert.equal(300, #seen)
    assert.equal(20, seen[1])
    assert.is_true(s.history[150].train < 0.1)
    assert.is_true(s.train > 0.3) -- of the data themselves, never seen
  end)

  it("of augmentation keep the law that the group keeps", function()
    local o = { epochs = 1, batch = 40 }
    for index, kept in ipairs { false, true } do
      local worst = 0
      o.method = method.augmentation { channels = 4, depth = 1,
        group = index }
      local make = o.method.make
      o.method.make = function(self, data, seed)
        local m = make(self, data, seed)
        local augment = m.augment
        m.augment = function(x, y)
          x, y = augment(x, y)
          worst = math.max(worst, (truth(x) - y):abs():max():item())
          return x, y
        end
        return m
      end
      run(o)
      assert.equal(kept, worst < 1e-5)
    end
  end)

  it("leave the streams of weights and of batches as they were", function()
    local function first(name)
      return run({ method = method[name] { channels = 4, depth = 1 },
        epochs = 1 }).seeds[1].history[1]
    end
    weyl.seed(1)
    local plain = method.mlp({ channels = 4, depth = 1 }):make(data_set())
    weyl.seed(1)
    local moved = method.augmentation({ channels = 4, depth = 1 })
      :make(data_set())
    assert.same(plain.model[1].weight:totable(),
      moved.model[1].weight:totable())
    assert.not_equal(first("mlp").train, first("augmentation").train)
  end)
end)

describe("weight decay", function()
  it("counts both paths of a layer", function()
    local function model()
      local m = nn.emlp { rep_in = 1 + 2 * V, rep_out = V, group = O3,
        pathway = true, channels = 8, depth = 1 }
      for _, l in ipairs(m:layers()) do
        l.basic_weight:set(weyl.normal(l.weight.shape, 0, 1, "f32", "init"))
        l.basic_bias:set(weyl.normal(l.bias.shape, 0, 1, "f32", "init"))
      end
      return m
    end
    local function first(decay)
      return run({ model = model, epochs = 1, batch = 40,
        weight_decay = decay }).seeds[1].history[1].loss
    end
    weyl.seed(1)
    local sum = 0
    for _, l in ipairs(model():layers()) do
      for _, name in ipairs { "weight", "bias", "basic_weight",
        "basic_bias" } do
        sum = sum + l[name]:square():sum():item()
      end
    end
    local plain = first(0)
    assert.near(0.5 * sum, first(1) - plain, 1e-5 * (sum + plain))
  end)
end)

describe("regularizers of one's own", function()
  it("see model and batch, and may weigh the error", function()
    local seen
    local function model()
      return nn.mlp { inputs = 7, outputs = 3, channels = 4, depth = 1 }
    end
    local function first(weight)
      local own = { penalty = function(_, m, x, y)
        seen = { #m:layers(), x.shape[1], y.shape[2] }
        return m[1].weight:square():sum() * 0 + 3
      end }
      if weight then own.error_weight = function() return weight end end
      return run({ model = model, regularizer = function() return own end,
        epochs = 1, batch = 40 }).seeds[1].history[1]
    end
    local one, half = first(nil), first(0.5)
    assert.same({ 2, 40, 3 }, seen)
    assert.near(one.train + 3, one.loss, 1e-5)
    assert.equal(one.train, half.train)
    assert.near(0.5 * half.train + 3, half.loss, 1e-5)
  end)

  it("of orbits are what the loss has beside the error", function()
    local row = run({ method = method.remul { channels = 4, depth = 1,
      alpha = 2, beta = 3 }, epochs = 1, batch = 40 }).seeds[1].history[1]
    local set = data_set()
    weyl.seed(1)
    local m = nn.mlp { rep_in = 1 + 2 * V, rep_out = V, channels = 4,
      depth = 1 }
    local g = draw.elements(O3, 40, "f32", "orbit")
    local function turn(v) -- [40, 3] by g
      return (g * v:reshape(40, 1, 3)):sum(3)
    end
    local x = set.train.x
    local gx = weyl.concat({ x:slice(2, 1, 1), turn(x:slice(2, 2, 4)),
      turn(x:slice(2, 5, 7)) }, 2)
    local moved = (m(gx) - turn(set.train.y)):square():mean():item()
    assert.near(2 * row.train + 3 * moved, row.loss, 1e-4)
  end)
end)

describe("strengths", function()
  it("may be set by a function of epoch, levels and run", function()
    local epochs = {}
    local s = run({ method = method.per { channels = 8, depth = 1,
      strengths = { 0, 1 }, tune = function(e, levels, r)
        epochs[e] = #r.history
        if e == 3 then levels:set_strengths { 0, 7 } end
        if e == 5 then return { 0, 9 } end
      end } }).seeds[1]
    assert.same({ 0, 1, 2, 3, 4, 5 }, epochs)
    local seen = {}
    for i, row in ipairs(s.history) do seen[i] = row.strength_2 end
    assert.same({ 1, 1, 7, 7, 9, 9 }, seen)
  end)

  it("may follow a schedule, from the same start for every seed", function()
    local r = run { seeds = 2, method = method.per { channels = 8, depth = 1,
      strengths = { 0, 8 }, tune = reg.schedule {
        rate = weyl.schedule.warmup { epochs = 4 } } } }
    for _, s in ipairs(r.seeds) do
      local seen = {}
      for i, row in ipairs(s.history) do seen[i] = row.strength_2 end
      assert.same({ 4, 6, 8, 8, 8, 8 }, seen) -- those of the next epoch
    end
  end)

  it("may fall when the validation error stays", function()
    local s = run({ lr = 1e-30, epochs = 6, method = method.per {
      channels = 8, depth = 1, strengths = { 0, 8 }, tune = reg.schedule {
        rate = weyl.schedule.plateau { patience = 2, factor = 0.5 } } } })
      .seeds[1]
    local seen = {}
    for i, row in ipairs(s.history) do seen[i] = row.strength_2 end
    -- what is set at the end of an epoch rests on the records before it
    assert.same({ 8, 8, 8, 4, 4, 4 }, seen)
  end)

  it("are the rates' affair too: a plateau sees the run", function()
    local s = run({ model = function()
      return nn.mlp { inputs = 7, outputs = 3, channels = 4, depth = 1 }
    end, lr = 1e-30, epochs = 8,
      schedule = weyl.schedule.plateau { patience = 2, factor = 0.5 } })
      .seeds[1]
    local seen = {}
    for i, row in ipairs(s.history) do seen[i] = row.lr / 1e-30 end
    assert.same({ 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125 }, seen)
  end)
end)

describe("messages about methods", function()
  local function bad(text, opts)
    opts.data = opts.data or data_set()
    opts.output, opts.quiet = false, true
    fails(text, function() weyl.experiment(opts):run() end)
  end

  it("say what does not go together", function()
    bad("method.named: there is no method 'remull' (did you mean "
      .. "'remul'?)", { method = "remull" })
    bad("experiment: a method makes its own model; give one of the two",
      { method = "mlp", model = print })
    bad("experiment: a method makes its own regularizer; give one of the "
      .. "two", { method = "mlp", regularizer = print })
    bad("experiment: option 'model' is missing", {})
    bad("experiment: argument 'groups[1]' must be a group, got 3",
      { method = "mlp", groups = { 3 } })
    bad("experiment: augment must be a function, got 3",
      { method = "mlp", augment = 3 })
    bad("experiment: argument 'tune' must be a tuner of weyl.reg or a "
      .. "function (epoch, levels, run), got 'auto'",
      { method = "mlp", tune = "auto" })
  end)

  it("say what cannot be tuned, and what moved batches are", function()
    assert.error_matches(function()
      run { method = "mlp", tune = reg.autotune { at = 2 } }
    end, "experiment: tune needs a regularizer with strengths, as reg.mixed "
      .. "makes; there is none")
    assert.error_matches(function()
      run { method = "rpp", tune = reg.autotune { at = 2 } }
    end, "as reg.mixed makes; there is a weyl.pathways")
    assert.error_matches(function()
      run { method = "mlp", augment = function(x) return x end }
    end, "experiment: augment must give tensors x and y with as many "
      .. "samples, got a tensor f32 %[20, 7%] and nil")
  end)
end)
