-- pendulum_spec.lua: the double spring pendulum.

local fails = require "spec.tensor.fails"
local pendulum = require "weyl.data.pendulum"
local weyl = require "weyl"

local data = weyl.data

-- The published energy of one state, in plain numbers: k_2 without its 1/2.
local function published(z, wind)
  local function length(a, b, c) return math.sqrt(a * a + b * b + c * c) end
  local h = 0
  for i = 7, 12 do h = h + z[i] ^ 2 / 2 end
  h = h + (length(z[1], z[2], z[3]) - 1) ^ 2 / 2
  h = h + (length(z[1] - z[4], z[2] - z[5], z[3] - z[6]) - 1) ^ 2
  h = h + z[3] + z[6]
  return h + wind * (8 * (z[1] + z[4]) + 5 * (z[2] + z[5]))
end

local function states(n)
  weyl.seed(2)
  return weyl.normal({ n, 12 }, 0, 1, "f64")
end

local function small(opts)
  local o = { train = 20, validation = 0, test = 0, ood = 0, time = 3 }
  for k, v in next, opts or {} do o[k] = v end
  return data.pendulum(o)
end

-- Largest size.
local function size(t) return t:abs():max():item() end

describe("data.pendulum", function()
  it("has the published energy, and moves by it", function()
    local z = states(5)
    for _, wind in ipairs { 0, 0.01, -0.3 } do
      local set = small { wind = wind, train = 1 }
      local h = set.truth(z):flatten():totable()
      for i, row in ipairs(z:totable()) do
        assert.near(published(row, wind), h[i], 1e-13 * (1 + math.abs(h[i])))
      end
      local e = set.dynamics(z) - data.hamiltonian(set.truth)(z)
      assert.is_true(size(e) < 1e-13)
    end
    local soft = small { stiffness = { 1, 1 }, train = 1 }
    local difference = small({ train = 1 }).truth(z) - soft.truth(z)
    local stretch = (z:slice(2, 4, 6) - z:slice(2, 1, 3)):square()
      :sum(2, true):sqrt() - 1
    assert.is_true(size(difference - stretch:square() / 2) < 1e-13)
  end)

  it("starts where the published systems do", function()
    -- one stretch alone: all begin at the start
    local x = small({ train = 4000, time = 1 }).train.x:to "f64"
    local mean, spread = x:mean(1):totable(), x:var(1):sqrt():totable()
    local hang = { 0, 0, -1.5, 0, 0, -3, 0, 0, 0, 0, 0, 0 }
    for i = 1, 12 do
      local s = i <= 6 and 0.2 or 0.4
      assert.near(hang[i], mean[i], 4 * s / math.sqrt(4000))
      assert.near(s, spread[i], 4 * s / math.sqrt(2 * 4000))
    end
  end)

  it("keeps one stretch of each trajectory, all as likely", function()
    local starts = small({ train = 900, time = 1 }).train.x
    local set = small { train = 900 } -- three stretches
    local first = (set.train.x - starts):abs():max(2):eq(0):to "f64":sum()
      :item()
    assert.near(300, first, 4 * math.sqrt(900 * 2 / 9))
    assert.same({ 900, 5, 12 }, set.train.states.shape)
    assert.same(set.train.x:totable(),
      set.train.states:slice(2, 1, 1):reshape(900, 12):totable())
    -- each is 0, 5 or 10 steps from its start
    local paths = set.rollout(starts:slice(1, 1, 50))
    local x = set.train.x:slice(1, 1, 50):reshape(50, 1, 12)
    local gap = (paths - x):abs():max(3):take(weyl.tensor({ 1, 6, 11 }, "i64"),
      2):min(2)
    assert.is_true(size(gap) < 1e-5)
  end)

  it("has stretches that are its motion and keep the energy", function()
    for _, wind in ipairs { 0, 0.01 } do
      local set = small { wind = wind }
      local s = set.train.states
      assert.near(0.8, set.times[5], 1e-15)
      local again = set.rollout(set.train.x, { times = set.times })
      assert.equal("f32", again.dtype)
      -- states of single precision, moved for a second
      assert.is_true(size(again - s) < 1e-5)
      local h = set.truth(s:reshape(100, 12):to "f64"):reshape(20, 5)
      assert.is_true(size(h - h:slice(2, 1, 1)) < 1e-5)
    end
  end)

  -- Without a second integrator: halving the step shows the error.
  it("states the error of its trajectories #slow", function()
    local z = small({ train = 50, time = 1 }).train.x:to "f64"
    local function paths(n)
      return small({ train = 1, time = 30, substeps = n }).rollout(z)
    end
    local exact, five, ten = paths(20), paths(5), paths(10)
    assert.same({ 50, 150, 12 }, five.shape)
    assert.is_true(size(five - exact) < 1e-5)
    assert.is_true(size(ten - exact) < 1e-6)
    local h = pendulum.energy(five:reshape(-1, 12),
      { wind = 0, stiffness = { 1, 2 } }):reshape(50, 150)
    assert.is_true(size(h - h:slice(2, 1, 1)) < 2e-6)
    assert.near(1e-7, data.rollout_error(ten, exact), 1e-8)
  end)

  it("explains mistakes", function()
    fails("data.pendulum: argument 'stiffness' must be a list of two numbers, "
      .. "got a table", function() data.pendulum { stiffness = { 1 } } end)
    fails("data.pendulum: 0.6 s are 3 steps of 0.2 s, fewer than the 5 states "
      .. "of a chunk", function() data.pendulum { time = 0.6 } end)
    fails("data.pendulum: there is no option 'ood_shift' (options: chunk, "
      .. "ood, ood_group, seed, step, stiffness, substeps, test, time, train, "
      .. "validation, wind)", function() data.pendulum { ood_shift = 1 } end)
    local set = small { train = 1 }
    fails("data.integrate: argument 'times' must be increasing numbers, got "
      .. "3", function() set.rollout(set.train.x, { times = 3 }) end)
  end)
end)
