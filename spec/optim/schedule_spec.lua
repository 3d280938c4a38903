-- schedule_spec.lua: learning rates over a run.

local schedule = require("weyl").schedule

describe("a schedule", function()
  it("of half a cosine begins at 1 and falls towards 0", function()
    local rate = schedule.cosine()
    assert.equal(1, rate(0, 100))
    assert.near(0.5, rate(50, 100), 1e-15)
    assert.near((1 + math.cos(math.pi * 0.99)) / 2, rate(99, 100), 1e-15)
    assert.near(0.1 + 0.9 / 2, schedule.cosine({ floor = 0.1 })(50, 100),
      1e-15)
  end)

  it("of steps multiplies every few epochs", function()
    local rate = schedule.step { every = 10, factor = 0.5 }
    assert.same({ 1, 1, 0.5, 0.25 },
      { rate(0, 40), rate(9, 40), rate(10, 40), rate(29, 40) })
  end)

  it("warms up and then follows another", function()
    local rate = schedule.warmup { epochs = 4, after = schedule.cosine() }
    assert.same({ 0.25, 0.5, 0.75, 1 },
      { rate(0, 8), rate(1, 8), rate(2, 8), rate(3, 8) })
    assert.equal(1, rate(4, 8))
    assert.near(0.5, rate(6, 8), 1e-15)
  end)

  it("has a name or is a function", function()
    assert.equal(1, schedule.named "constant" (3, 9))
    local f = function() return 7 end
    assert.equal(f, schedule.named(f))
    assert.error_matches(function() schedule.named "cosin" end,
      "must be 'constant' or 'cosine', got 'cosin' %(did you mean 'cosine'%?%)")
  end)

  it("explains wrong options", function()
    assert.error_matches(function() schedule.step {} end,
      "schedule.step: option 'every' is missing")
    assert.error_matches(function() schedule.warmup { epochs = 0 } end,
      "epochs must be an integer >= 1, got 0")
  end)
end)

describe("a plateau", function()
  local function run_of(errors, every)
    local run = { history = {} }
    for i, v in ipairs(errors) do
      run.history[i] = { epoch = i * (every or 1), validation = v, train = 0 }
    end
    return run
  end

  it("lowers the rate when the error stays for `patience` epochs", function()
    local rate = schedule.plateau { patience = 2, factor = 0.5 }
    local errors, seen = { 5, 4, 4, 4, 4, 3, 3, 3, 3, 3 }, {}
    local run = { history = {} }
    for e = 0, #errors do
      seen[e + 1] = rate(e, 20, run)
      run.history[e + 1] = { epoch = e + 1, validation = errors[e + 1] }
    end
    -- lowered after epochs 4 (best at 2), 8 (best at 6), 10
    assert.same({ 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125 }, seen)
  end)

  it("counts epochs, not records", function()
    local rate = schedule.plateau { patience = 20, factor = 0.5 }
    assert.equal(1, rate(20, 99, run_of({ 1, 1 }, 10)))
    assert.equal(0.5, rate(30, 99, run_of({ 1, 1, 1 }, 10)))
  end)

  it("asks for a share of improvement, and has a floor", function()
    local errors = { 1, 0.99, 0.985, 0.98 }
    assert.equal(1, schedule.plateau { patience = 1 }(4, 9, run_of(errors)))
    local rate = schedule.plateau { patience = 1, threshold = 0.05,
      factor = 0.1, floor = 0.02 }
    assert.equal(0.02, rate(4, 9, run_of(errors)))
  end)

  it("uses the training error without validation data", function()
    local run = { history = { { epoch = 1, train = 2 },
      { epoch = 2, train = 1 }, { epoch = 3, train = 1 } } }
    assert.equal(0.5,
      schedule.plateau { patience = 1, factor = 0.5 }(3, 9, run))
  end)

  it("follows from the history alone: each run by itself, and again",
    function()
      local rate = schedule.plateau { patience = 1, factor = 0.5 }
      local a, b = run_of { 1, 1, 1 }, run_of { 3, 2, 1 }
      assert.same({ 0.25, 1, 0.25 },
        { rate(3, 9, a), rate(3, 9, b), rate(3, 9, a) })
      a.history = { { epoch = 1, validation = 1 } } -- begun anew
      assert.equal(1, rate(1, 9, a))
    end)

  it("may come after a warm-up", function()
    local rate = schedule.warmup { epochs = 2,
      after = schedule.plateau { patience = 1, factor = 0.5 } }
    assert.equal(0.5, rate(2, 9, run_of { 1, 1 }))
  end)

  it("needs a run", function()
    assert.error_matches(function()
      schedule.plateau { patience = 1 }(1, 2)
    end, "schedule.plateau: argument 'run' must be a run with its history, "
      .. "got nil")
    assert.error_matches(function() schedule.plateau {} end,
      "schedule.plateau: option 'patience' is missing")
  end)
end)
