-- experiment_spec.lua: training, selection, tuning, files, messages.

local weyl = require "weyl"
local helper = require "spec.helper"
local results = require "weyl.results"

local group, nn, reg, rep = weyl.group, weyl.nn, weyl.reg, weyl.rep

-- y = 3 x1 - 2 x2 + 1 with noise.
local function line_data(n)
  weyl.seed(11)
  local function part(m)
    local x = weyl.normal({ m, 2 }):eval()
    local y = x:matmul(weyl.tensor { { 3 }, { -2 } }) + 1
      + weyl.normal({ m, 1 }, 0, 0.1)
    return { x = x, y = y:eval() }
  end
  return { name = "line", train = part(n), validation = part(n),
    test = part(n) }
end

local function line_model() return nn.linear { inputs = 2, outputs = 1 } end

local function experiment(opts)
  local o = { data = line_data(40), model = line_model, epochs = 60,
    batch = 10, lr = 0.05, output = false, quiet = true }
  for name, value in next, opts do o[name] = value end
  return weyl.experiment(o)
end

describe("an experiment", function()
  it("learns", function()
    local r = experiment({ epochs = 150 }):run()
    assert.is_true(r.summary.test.mean < 0.02)
    local w = r.seeds[1].model.weight:totable()
    assert.near(3, w[1][1], 0.1)
    assert.near(-2, w[1][2], 0.1)
  end)

  it("is reproduced to the last bit by its seed", function()
    local function run(seeds)
      local r = experiment({ seeds = seeds, epochs = 10 }):run()
      return { r.seeds[#r.seeds].test,
        r.seeds[#r.seeds].model.weight:totable() }
    end
    assert.same(run { 4 }, run { 4 })
    assert.same(run { 4 }, run { 7, 4 })
    assert.are_not.same(run { 4 }, run { 5 })
  end)

  it("selects the best validation error and restores its parameters",
    function()
      local r = experiment({ lr = 3, schedule = "constant", epochs = 30 })
        :run()
      local seed = r.seeds[1]
      local best, at = math.huge, nil
      for _, row in ipairs(seed.history) do
        if row.validation < best then best, at = row.validation, row.epoch end
      end
      assert.equal(at, seed.epoch)
      assert.equal(best, seed.validation)
    end)

  it("stops without improvement for `patience` epochs", function()
    local r = experiment({ lr = 10, schedule = "constant", patience = 5,
      epochs = 1000, every = 1 }):run()
    local seed = r.seeds[1]
    assert.equal(seed.epoch + 5, #seed.history)
  end)

  it("follows the schedule, per epoch", function()
    local r = experiment({ epochs = 4, every = 1 }):run()
    for i, row in ipairs(r.seeds[1].history) do
      assert.near(0.05 * (1 + math.cos(math.pi * (i - 1) / 4)) / 2, row.lr,
        1e-15)
    end
  end)

  it("adds decay to the loss and not to the error", function()
    local function first(decay)
      local r = experiment({ weight_decay = decay, epochs = 1, batch = 40 })
        :run()
      return r.seeds[1].history[1]
    end
    weyl.seed(1)
    local m = line_model()
    local norm = (m.weight:square():sum() + m.bias:square():sum()):item() / 2
    local plain, decayed = first(0), first(0.5)
    assert.equal(plain.train, decayed.train)
    assert.near(0.5 * norm, decayed.loss - plain.loss, 1e-5)
  end)

  it("takes any optimizer, loss and model", function()
    local seen = 0
    local r = experiment({ lr = 0.1, schedule = "constant",
      optimizer = function(lr)
        return weyl.optim.sgd { lr = lr, momentum = 0.5 }
      end,
      loss = function(y, target)
        seen = seen + 1
        return (y - target):abs():mean()
      end,
      model = function()
        local w = weyl.param(weyl.zeros { 2, 1 })
        return setmetatable({ w = w, b = weyl.param(weyl.zeros { 1 }) },
          { __call = function(self, x) return x:matmul(self.w) + self.b end })
      end }):run()
    assert.is_true(seen > 0)
    assert.is_true(r.seeds[1].test < 0.2)
  end)

  it("summarises seeds by mean and population deviation", function()
    local r = experiment({ seeds = 3, epochs = 3 }):run()
    local sum, square = 0, 0
    for _, s in ipairs(r.seeds) do sum = sum + s.test / 3 end
    for _, s in ipairs(r.seeds) do square = square + (s.test - sum) ^ 2 / 3 end
    assert.near(sum, r.summary.test.mean, 1e-12)
    assert.near(math.sqrt(square), r.summary.test.std, 1e-12)
  end)
end)

-- A small network on rotation-symmetric data: y = |x|^2 x + axis part.
local function levels_run(opts)
  local V = rep.V
  local function truth(x) return x * x:square():sum(2, true) end
  weyl.seed(5)
  local function part(n)
    local x = weyl.normal({ n, 2 }):eval()
    return { x = x, y = truth(x):eval() }
  end
  local o = {
    data = { name = "radial", train = part(50), validation = part(20),
      rep_in = V, rep_out = V, truth = truth },
    model = function()
      return nn.emlp { rep_in = V, rep_out = V, group = group.O(2),
        soft = true, channels = 8, depth = 1 }
    end,
    regularizer = function(model)
      return reg.mixed(model, { group.O(2), group.SO(2), group.C(4) },
        { strengths = { 0, 0.1, 0.1 } })
    end,
    tune = reg.autotune { at = 6, power = 2, window = 3 },
    epochs = 12, batch = 25, every = 1, output = false, quiet = true }
  for name, value in next, opts do o[name] = value end
  return weyl.experiment(o):run()
end

describe("levels", function()
  it("are tuned once, for every seed afresh", function()
    local r = levels_run { seeds = 2 }
    for _, seed in ipairs(r.seeds) do
      local h = seed.history
      assert.equal(0.1, h[5].strength_2)
      local low = { math.huge, math.huge, math.huge }
      for e = 4, 6 do
        for j = 1, 3 do
          low[j] = math.min(low[j], h[e]["regularizer_" .. j])
        end
      end
      local least = math.min(low[2], low[3])
      for j = 2, 3 do
        assert.near(0.1 * (least / low[j]) ^ 2, h[12]["strength_" .. j], 1e-9)
      end
      assert.equal(0, h[12].strength_1)
    end
    assert.equal(6, r.tuned_at)
  end)

  it("are reported per group beside the truth", function()
    local r = levels_run {}
    local levels = r.seeds[1].levels
    assert.same({ "O(2)", "SO(2)" }, { levels[1].group, levels[2].group })
    for _, l in ipairs(levels) do
      assert.is_true(l.error > 0 and l.error < 1)
      assert.is_true(l.true_error < 1e-5)
      assert.is_true(l.regularizer >= 0 and l.cosine >= 0)
    end
  end)

  it("select after twice the tuning epoch when asked", function()
    local r = levels_run { select = "published", epochs = 20 }
    assert.is_true(r.seeds[1].epoch > 12)
  end)
end)

describe("files", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  it("lie in a numbered folder by name and seeds, without a clock",
    function()
      local o = { output = folder, name = "line", epochs = 3 }
      assert.equal(folder .. "/line-1", experiment(o):run().path)
      assert.equal(folder .. "/line-1.2", experiment(o):run().path)
      for _, name in ipairs { "settings.json", "metrics.csv",
        "results.json" } do
        assert.equal(helper.read(folder .. "/line-1/" .. name),
          helper.read(folder .. "/line-1.2/" .. name))
      end
      assert.matches('"seconds"',
        helper.read(folder .. "/line-1/environment.json"))
      assert.equal(folder .. "/line-2-3",
        experiment({ output = folder, name = "line", epochs = 1,
          seeds = { 2, 3 } }):run().path)
    end)

  it("keep what was recorded when a run fails", function()
    local calls = 0
    local ok, message = pcall(function()
      experiment({ output = folder, every = 1, on_record = function()
        calls = calls + 1
        if calls == 4 then error("interrupted!", 0) end
      end }):run()
    end)
    assert.is_false(ok)
    assert.equal("interrupted!", message)
    local csv = helper.read(folder .. "/run-1/metrics.csv")
    assert.equal(5, select(2, csv:gsub("\n", "")))
    assert.matches('"failure": "interrupted!"',
      helper.read(folder .. "/run-1/results.json"))
  end)

  it("leave the results in the experiment when they cannot be written",
    function()
      local e = experiment({ output = folder, epochs = 2, every = 1,
        checkpoint = false, on_record = function()
          helper.remove(folder)
          helper.write(folder, "in the way")
        end })
      assert.error_matches(function() e:run() end, "cannot make the folder")
      assert.equal(2, #e.results.seeds[1].history)
      assert.matches("2 epochs", tostring(e))
    end)

  it("stop at a loss that is not a number", function()
    assert.error_matches(function()
      experiment({ loss = function(y) return (y * 0 - 1):log():mean() end })
        :run()
    end, "the loss is not a number in epoch 1")
  end)
end)

describe("results", function()
  it("writes numbers that are read back exactly", function()
    for _, v in ipairs { 0.1, 1 / 3, 1e300, -2.5e-310, 2 ^ 53 + 0.0, 7 } do
      assert.equal(v, tonumber(results.number(v)))
    end
    assert.equal("0.1", results.number(0.1))
    assert.equal("7", results.number(7))
    assert.same({ "nan", "inf", "-inf" }, { results.number(0 / 0),
      results.number(1 / 0), results.number(-1 / 0) })
  end)

  it("writes JSON with sorted keys and escapes", function()
    assert.equal('{\n  "a": [1, 2.5, "nan"],\n  "b": "q\\"\\n\\u0001",\n'
      .. '  "c": true\n}\n',
      results.json { c = true, b = 'q"\n\1', a = { 1, 2.5, 0 / 0 } })
    assert.error_matches(function() results.json { print } end,
      "cannot write a function")
    assert.error_matches(function() results.json { [1.5] = 1 } end,
      "a key must be a string, got 1.5")
  end)

  it("writes CSV with quotes where needed", function()
    assert.equal('a,b\n1,"x, ""y"""\n,nan\n', results.csv({ "a", "b" },
      { { a = 1, b = 'x, "y"' }, { b = 0 / 0 } }))
  end)

  it("replaces files whole", function()
    local folder = helper.folder()
    results.write(folder .. "/f", "one")
    results.write(folder .. "/f", "two")
    assert.equal("two", helper.read(folder .. "/f"))
    assert.is_nil(io.open(folder .. "/f.tmp"))
    results.write(folder .. "/new/folder/f", "x")
    assert.equal("x", helper.read(folder .. "/new/folder/f"))
    assert.error_matches(function() results.write(folder .. "/new", "x") end,
      "cannot write '.*/new'")
    assert.error_matches(function() results.write(folder .. "/f/g", "x") end,
      "cannot write '.*/f/g'")
    helper.remove(folder)
  end)
end)

describe("messages", function()
  local function fails(opts, pattern)
    assert.error_matches(function() experiment(opts) end, pattern)
  end

  it("of options", function()
    fails({ epoch = 3 }, "no option 'epoch' %(did you mean 'epochs'%?%)")
    fails({ epochs = 0 }, "epochs must be an integer >= 1, got 0")
    fails({ seeds = {} }, "'seeds' must be how many, or a list of integers")
    fails({ model = 3 }, "'model' must be a function of the seed, or a model")
    fails({ model = line_model(), seeds = 2 },
      "2 seeds need model to be a function of the seed")
    fails({ data = {} }, "'data' must be a set with train")
    fails({ select = "published" }, "select = 'published' needs a tune "
      .. "with an epoch at")
    fails({ tune = reg.autotune { at = 3 } }, "tune needs a regularizer")
    fails({ tune = reg.autotune { at = 300 }, regularizer = print },
      "tune.at is 300, after the last of 60 epochs")
    fails({ output = 3 }, "'output' must be a folder or false, got 3")
  end)

  it("of names and of objects, before anything runs", function()
    fails({ optimizer = "adan" }, "did you mean 'adam'")
    fails({ schedule = "cosin" }, "did you mean 'cosine'")
    fails({ regularizer = print, tune = {} },
      "'tune' must be reg.autotune .* got an empty table")
  end)

  it("of parts of the data", function()
    local function with(x, y, more)
      return { data = { train = { x = x, y = y }, validation = more } }
    end
    fails(with(weyl.zeros { 4, 2 }, weyl.zeros { 3, 1 }),
      "got x %[4, 2%] and y %[3, 1%]")
    fails(with(weyl.zeros { 0, 2 }, weyl.zeros { 0, 1 }), "at least one")
    fails(with(weyl.zeros { 4, 2 }, weyl.zeros { 4, 1 }, 3),
      "'data.validation' must be a table with tensors x and y, got 3")
  end)

  it("of a model or data that do not fit, in the run", function()
    local function run_fails(x, y, pattern, regularizer)
      assert.error_matches(function()
        experiment({ data = { train = { x = x, y = y } },
          regularizer = regularizer }):run()
      end, pattern)
    end
    local x = weyl.zeros { 4, 2 }
    run_fails(x, weyl.zeros { 4 }, "the model gives %[4, 1%] where y is %[4%]")
    run_fails(x * (0 / 0), weyl.zeros { 4, 1 },
      "data.train.x has NaN or Inf entries")
    run_fails(x, weyl.zeros { 4, 1 }, "'regularizer' must be reg.mixed",
      function() return 3 end)
  end)
end)
