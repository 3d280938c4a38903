-- scripted_spec.lua: strengths set by functions and by schedules.

local fails = require "spec.tensor.fails"
local scripted = require "weyl.reg.scripted"
local weyl = require "weyl"

local reg, schedule = weyl.reg, weyl.schedule

local function fake_levels(strengths)
  return { strengths = strengths,
    set_strengths = function(self, s) self.strengths = s end }
end

local function fake_run(epochs) return { o = { epochs = epochs },
  history = {} } end

-- Strengths in every epoch of a run of n.
local function through(tuner, levels, n)
  local run, seen = fake_run(n), {}
  tuner:begin(levels, run)
  for e = 1, n do
    seen[e] = levels.strengths
    tuner:update(e, levels, run)
  end
  return seen
end

describe("a schedule of strengths", function()
  it("decays all of them by half a cosine unless told otherwise", function()
    local seen = through(reg.schedule(), fake_levels { 0, 100, 40 }, 4)
    for e = 1, 4 do
      local factor = (1 + math.cos(math.pi * (e - 1) / 4)) / 2
      for j, s in ipairs { 0, 100, 40 } do
        assert.near(factor * s, seen[e][j], 1e-12)
      end
    end
  end)

  it("warms up from the first epoch on", function()
    local seen = through(reg.schedule { rate = schedule.warmup {
      epochs = 4 } }, fake_levels { 0, 8 }, 6)
    assert.same({ { 0, 2 }, { 0, 4 }, { 0, 6 }, { 0, 8 }, { 0, 8 },
      { 0, 8 } }, seen)
  end)

  it("leaves the strengths of the last epoch", function()
    local levels = fake_levels { 1 }
    through(reg.schedule(), levels, 2)
    assert.near(0.5, levels.strengths[1], 1e-15)
  end)

  it("goes on from a saved state", function()
    local tuner, levels, run = reg.schedule(), fake_levels { 16 },
      fake_run(8)
    tuner:begin(levels, run)
    for e = 1, 3 do tuner:update(e, levels, run) end
    local state = tuner:state()
    local other, again = reg.schedule(), fake_levels(levels.strengths)
    other:load(state)
    tuner:update(4, levels, run)
    other:update(4, again, run)
    assert.same(levels.strengths, again.strengths)
    other:load(reg.schedule():state())
    assert.is_nil(other.base)
  end)

  it("explains wrong rates", function()
    fails("schedule.named: schedule must be 'constant' or 'cosine', got "
      .. "'cosin' (did you mean 'cosine'?)",
      function() reg.schedule { rate = "cosin" } end)
    fails("reg.schedule: argument 'rate' must be a function that gives "
      .. "numbers >= 0, got -1", function()
        reg.schedule { rate = function() return -1 end }
          :begin(fake_levels { 1 }, fake_run(3))
      end)
  end)
end)

describe("a function as a tuner", function()
  it("sees epoch, levels and run, and gives strengths or none", function()
    local levels, run, seen = fake_levels { 0, 1 }, fake_run(3), {}
    local tuner = scripted.of(function(e, l, r)
      seen[e] = l == levels and r == run
      if e == 2 then return { 0, 5 } end
    end)
    assert.is_false(tuner:update(1, levels, run))
    assert.same({ 0, 1 }, levels.strengths)
    assert.is_true(tuner:update(2, levels, run))
    assert.same({ 0, 5 }, levels.strengths)
    assert.same({ true, true }, seen)
    assert.same({}, tuner:state())
    tuner:load {}
  end)

  it("must give strengths or nil", function()
    fails("tune: argument 'result' must be a table of strengths, one per "
      .. "group, or nil, got 3", function()
        scripted.of(function() return 3 end):update(1, fake_levels {}, {})
      end)
  end)
end)
