-- autotune_spec.lua: the rule that sets the strengths.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local reg = weyl.reg

-- Stands for reg.mixed: strengths, and regularizers that are given.
local function fake_levels(strengths, regularizers)
  return {
    strengths = strengths,
    set_strengths = function(self, s) self.strengths = s end,
    regularizers = function(self)
      self.asked = (self.asked or 0) + 1
      return self.r or regularizers
    end,
  }
end

describe("the rule", function()
  local function apply(power, strengths, level)
    local tuner = reg.autotune { at = 1, power = power }
    tuner:record(level)
    return tuner:apply(strengths)
  end

  it("divides by powers of the relative level", function()
    assert.same({ 0, 100, 25, 6.25 },
      apply(2, { 0, 100, 100, 100 }, { 9, 2, 4, 8 }))
    assert.same({ 0, 100, 3.125, 0.09765625 },
      apply(5, { 0, 100, 100, 100 }, { 9, 2, 4, 8 }))
  end)

  it("ignores groups without a strength", function()
    assert.same({ 0, 100, 25, 6.25 },
      apply(2, { 0, 100, 100, 100 }, { 1, 2, 4, 8 }))
    assert.same({ 3, 0, 0.75 }, apply(2, { 3, 0, 3 }, { 2, 1, 4 }))
  end)

  it("keeps strengths of equal levels, exact symmetries included", function()
    assert.same({ 7, 7 }, apply(2, { 7, 7 }, { 5, 5 }))
    assert.same({ 7, 7, 0 }, apply(2, { 7, 7, 7 }, { 0, 0, 1 }))
  end)

  it("changes nothing when nothing was seen", function()
    local tuner = reg.autotune { at = 1 }
    assert.same({ 0, 5 }, tuner:apply { 0, 5 })
    assert.same({ 0, 0 }, apply(2, { 0, 0 }, { 1, 2 }))
  end)

  it("never raises a strength", function()
    local out = apply(2, { 1, 10, 100 }, { 3, 1, 2 })
    assert.near(1 / 9, out[1], 1e-15)
    assert.same({ 10, 25 }, { out[2], out[3] })
  end)
end)

describe("the level seen", function()
  it("is taken within the window alone", function()
    local tuner = reg.autotune { at = 10, window = 3 }
    for epoch = 1, 12 do
      assert.equal(epoch >= 8 and epoch <= 10, tuner:wants(epoch))
    end
  end)

  it("is replaced as a whole when any entry is lower", function()
    local tuner = reg.autotune { at = 200 }
    tuner:record { 3, 4 }
    tuner:record { 5, 6 }
    assert.same({ 3, 4 }, tuner.level)
    tuner:record { 9, 3 }
    assert.same({ 9, 3 }, tuner.level)
    tuner:record { 8, 20 }
    assert.same({ 8, 20 }, tuner.level)
  end)

  it("is of 100 vectors that of the last 50", function()
    local tuner = reg.autotune { at = 100 }
    local levels = fake_levels({ 0, 100, 100, 100 }, nil)
    local changed
    for epoch = 1, 100 do
      local early = epoch <= 50
      levels.r = early and { 1, 1, 1, 1 } or { 9, 2, 4, 8 }
      changed = tuner:update(epoch, levels)
    end
    assert.is_true(changed)
    assert.same({ 0, 100, 25, 6.25 }, levels.strengths)
  end)
end)

describe("the tuner", function()
  it("acts once, at its epoch", function()
    local levels = fake_levels({ 0, 100, 100, 100 }, { 9, 2, 4, 8 })
    local tuner = reg.autotune { at = 60 }
    for epoch = 1, 80 do
      assert.equal(epoch == 60, tuner:update(epoch, levels))
      assert.same(epoch < 60 and { 0, 100, 100, 100 } or { 0, 100, 25, 6.25 },
        levels.strengths)
    end
    assert.equal(50, levels.asked)
  end)

  it("goes on from a saved state", function()
    local tuner = reg.autotune { at = 60 }
    tuner:record { 3, 5 }
    local again = reg.autotune { at = 60 }
    again:load(tuner:state())
    again:record { 4, 4 }
    assert.same({ 4, 4 }, again.level)
    assert.same({ 3, 5 }, tuner.level)
  end)

  it("rejects options that make no sense", function()
    fails("reg.autotune: argument 'at' must be an epoch, an integer >= 1, "
      .. "got nil", function() reg.autotune {} end)
    fails("reg.autotune: there is no option 'pow' (did you mean 'power'?)",
      function() reg.autotune { at = 5, pow = 2 } end)
    fails("reg.autotune: argument 'window' must be an integer >= 1, got 0",
      function() reg.autotune { at = 5, window = 0 } end)
  end)
end)
