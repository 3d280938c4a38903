-- integrate_spec.lua: the integrator against closed solutions, its order, what
-- the symplectic methods keep, derivatives, and how trajectories compare.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local data = weyl.data

-- The oscillator of frequency 1: from (q, p) to (p, -q).
local function oscillator(z)
  return weyl.concat({ z:slice(2, 2, 2), -z:slice(2, 1, 1) }, 2)
end

local START = { { 1, 0.5 }, { -0.3, 2 } }

-- Its exact solution at t.
local function exact(t)
  local z = weyl.tensor(START, "f64")
  local q, p = z:slice(2, 1, 1), z:slice(2, 2, 2)
  local c, s = math.cos(t), math.sin(t)
  return weyl.concat({ c * q + s * p, c * p - s * q }, 2)
end

local function solve(opts)
  opts.dynamics = opts.dynamics or oscillator
  opts.z = opts.z or weyl.tensor(START, "f64")
  return data.integrate(opts)
end

-- Largest error at t = 3 with so many steps.
local function error_with(method, order, substeps)
  local z = solve { times = { 0, 3 }, method = method, order = order,
    substeps = substeps }
  return (z:slice(2, 2, 2):reshape(2, 2) - exact(3)):abs():max():item()
end

describe("data.integrate", function()
  it("has the order it says", function()
    for _, case in ipairs { { "rk4", 4, 40 }, { "symplectic", 2, 100 },
      { "symplectic", 4, 10 }, { "symplectic", 6, 4 } } do
      local method, order, n = table.unpack(case)
      local coarse = error_with(method, order, n)
      local fine = error_with(method, order, 2 * n)
      -- the next term of the error is O(h) smaller for "rk4", O(h^2) else
      assert.near(order, math.log(coarse / fine, 2), 0.1)
      assert.is_true(fine > 1e-14 and fine < 1e-3)
    end
  end)

  it("gives states at times that need not be even", function()
    local times = { 1, 1.5, 3, 3.01 }
    for _, list in ipairs { times, weyl.tensor(times, "f64") } do
      local z = solve { times = list, substeps = 50 }
      assert.same({ 2, 4, 2 }, z.shape)
      for i, t in ipairs(times) do
        local e = z:slice(2, i, i):reshape(2, 2) - exact(t - 1)
        assert.is_true(e:abs():max():item() < 1e-7)
      end
    end
    assert.same(START, solve({ times = { 7 } }):reshape(2, 2):totable())
  end)

  -- a pendulum, H = p^2 / 2 - cos q, far from small swings
  local function swing(z)
    return weyl.concat({ z:slice(2, 2, 2), -z:slice(2, 1, 1):sin() }, 2)
  end

  local function energy(z)
    return z:slice(-1, 2, 2):square() / 2 - z:slice(-1, 1, 1):cos()
  end

  it("keeps the energy without drift where it is symplectic", function()
    local times = {}
    for i = 0, 200 do times[i + 1] = 0.5 * i end
    local function worst(z, first, last)
      local e = energy(z) - energy(z:slice(2, 1, 1))
      return e:slice(2, first, last):abs():max():item()
    end
    local z0 = weyl.tensor({ { 0, 1.9 } }, "f64")
    for _, order in ipairs { 2, 4, 6 } do
      local z = solve { dynamics = swing, z = z0, times = times,
        substeps = 4, method = "symplectic", order = order }
      local early, late = worst(z, 1, 100), worst(z, 101, 201)
      assert.is_true(late < 1.2 * early + 1e-13)
    end
    local z = solve { dynamics = swing, z = z0, times = times, substeps = 4 }
    assert.is_true(worst(z, 101, 201) > 1.5 * worst(z, 1, 100))
  end)

  it("keeps the symplectic form and turns back in time", function()
    for _, order in ipairs { 2, 4, 6 } do
      local function flow(z)
        return solve({ dynamics = swing, z = z, times = { 0, 2 },
          substeps = 3, method = "symplectic", order = order })
          :slice(2, 2, 2):reshape(1, 2)
      end
      local z = weyl.tensor({ { 0.4, 1.2 } }, "f64")
      local J = weyl.jacobian(flow)(z):reshape(2, 2)
      assert.near(1, J:det():item(), 1e-13)
      local back = weyl.tensor({ { 1, -1 } }, "f64")
      assert.is_true((flow(flow(z) * back) * back - z):abs():max():item()
        < 1e-13)
    end
  end)

  it("can be differentiated by what the motion depends on", function()
    for _, method in ipairs { "rk4", "symplectic" } do
      local function loss(k)
        local H = function(z)
          return z:slice(2, 2, 2):square() / 2 - k * z:slice(2, 1, 1):cos()
        end
        return solve({ dynamics = data.hamiltonian(H), times = { 0, 0.5, 1 },
          substeps = 3, method = method }):square():sum()
      end
      local k, h = weyl.tensor(1.3, "f64"), 1e-4
      local difference = (loss(k + h) - loss(k - h)):item() / (2 * h)
      -- error of the difference: h^2 and rounding / h
      assert.near(difference, weyl.grad(loss)(k):item(), 1e-6)
    end
  end)

  it("moves by the gradient of an energy", function()
    local z = weyl.tensor({ { 0.4, 1.2 }, { -1, 0.3 } }, "f64")
    local e = data.hamiltonian(energy)(z) - swing(z)
    assert.is_true(e:abs():max():item() < 1e-15)
  end)

  it("explains mistakes", function()
    local z = weyl.tensor(START, "f64")
    local function given(opts)
      return function() data.integrate(opts) end
    end
    fails("data.integrate: option 'dynamics' is missing",
      function() data.integrate { z = z, times = { 0 } } end)
    assert.error_matches(given { dynamics = 3, z = z, times = { 0 } },
      "data.integrate: dynamics must be a function, got 3")
    assert.error_matches(given { dynamics = oscillator, times = { 0 } },
      "data.integrate: option 'z' is missing")
    assert.error_matches(given { dynamics = oscillator, z = z[1],
      times = { 0 } }, "argument 'z' must be states %[n, d%], f32 or f64, "
      .. "got a tensor f64 %[2%]")
    for _, times in ipairs { {}, { 1, 1 }, { 0, "a" }, "now" } do
      assert.error_matches(given { dynamics = oscillator, z = z,
        times = times }, "argument 'times' must be increasing numbers, got ")
    end
    assert.error_matches(given { dynamics = oscillator, z = z:slice(2, 1, 1),
      times = { 0, 1 }, method = "symplectic" },
      "argument 'z' must be positions and as many momenta %[n, 2 k%], got a "
      .. "tensor f64 %[2, 1%]")
    assert.error_matches(given { dynamics = oscillator, z = z,
      times = { 0, 1 }, order = 6 },
      "data.integrate: method 'rk4' has order 4, not 6")
    assert.error_matches(given { dynamics = oscillator, z = z,
      times = { 0, 1 }, method = "euler" },
      "method must be 'rk4' or 'symplectic', got 'euler'")
    assert.error_matches(given { dynamics = oscillator, z = z,
      times = { 0, 1 }, method = "symplectic", order = 3 },
      "order must be 2 or 4 or 6, got 3")
    assert.error_matches(given { dynamics = function() return z[1] end, z = z,
      times = { 0, 1 } }, "argument 'result of dynamics' must be a tensor "
      .. "%[2, 2%], got a tensor f64 %[2%]")
    fails("data.hamiltonian: H must be a function, got 'H'",
      function() data.hamiltonian "H" end)
  end)
end)

describe("data.rollout_error", function()
  it("is a geometric mean over trajectories and times", function()
    local a = weyl.tensor({ { { 3, 4 }, { 1, 1 } }, { { 1, 0 }, { 0, 0 } } })
    local b = weyl.tensor({ { { 0, 0 }, { 3, 3 } }, { { 1, 0 }, { 0, 0 } } })
    -- 1, 2 / (1 + 3), and twice the floor
    assert.near((0.5 * 1e-14) ^ (1 / 4), data.rollout_error(a, b), 1e-15)
    assert.near(1e-7, data.rollout_error(a, a), 1e-20)
    assert.equal(data.rollout_error(a, b), data.rollout_error(b, a))
  end)

  it("explains mistakes", function()
    local a = weyl.ones(2, 3, 4)
    fails("data.rollout_error: argument 'a' must be states [n, times, d], "
      .. "got 3", function() data.rollout_error(3, a) end)
    fails("data.rollout_error: argument 'b' must be states [n, times, d], "
      .. "got a tensor f32 [3, 4]",
      function() data.rollout_error(a, a[1]) end)
    fails("data.rollout_error: argument 'b' must be a tensor [2, 3, 4], got "
      .. "a tensor f32 [1, 3, 4]",
      function() data.rollout_error(a, a:slice(1, 1, 1)) end)
  end)
end)
