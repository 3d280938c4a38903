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
