-- orbit_spec.lua: penalties on a function, sampled along orbits.

local draw = require "weyl.symmetry.draw"
local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local group, nn, reg, rep = weyl.group, weyl.nn, weyl.reg, weyl.rep
local V = rep.V
local O3 = group.O(3)

local function net()
  weyl.seed(1)
  return nn.mlp { rep_in = 1 + 2 * V, rep_out = V, channels = 6, depth = 2,
    dtype = "f64" }
end

local function batch(n)
  weyl.seed(2)
  return weyl.normal({ n, 7 }, 0, 1, "f64"):eval(),
    weyl.normal({ n, 3 }, 0, 1, "f64"):eval()
end

describe("an orbit penalty", function()
  it("is beta times the error on moved samples, every row by its element",
    function()
      local m, x, y = net(), batch(5)
      local p = reg.orbit(m, O3, { beta = 3, samples = 2 })
      weyl.seed(9)
      local value = p:penalty(m, x, y):item()
      weyl.seed(9)
      local g = draw.elements(O3, 10, "f64", "orbit"):eval()
      local sum = 0
      for i = 1, 10 do
        local row = (i - 1) % 5 + 1
        local gx = m.rep_in:rho(g[i]):matmul(x[row]):reshape(1, -1)
        local gy = m.rep_out:rho(g[i]):matmul(y[row])
        sum = sum + (m(gx)[1] - gy):square():sum():item()
      end
      assert.near(3 * sum / 30, value, 1e-12)
    end)

  it("vanishes where labels follow an equivariant function", function()
    local x = batch(20)
    local function truth(z)
      return z:slice(2, 1, 1) * z:slice(2, 2, 4) + z:slice(2, 5, 7)
    end
    local model = setmetatable({}, { __call = function(_, z)
      return truth(z)
    end })
    local p = reg.orbit(model, O3, { rep_in = 1 + 2 * V, rep_out = V })
    assert.is_true(p:penalty(model, x, truth(x)):item() < 1e-28)
    local shifted = p:penalty(model, x, truth(x) + 1):item()
    assert.is_true(shifted > 0.1) -- labels are moved, not predictions
  end)

  it("has gradients that match central differences", function()
    local m, x, y = net(), batch(5)
    local p = reg.orbit(m, group.SL(3), { rep_in = m.rep_in,
      rep_out = m.rep_out })
    local function loss(model)
      weyl.seed(4)
      return p:penalty(model, x, y)
    end
    local _, grads = weyl.value_and_grad(loss)(m)
    local w, h = m[2].weight, 1e-5
    local v, at = weyl.normal(w.shape, 0, 1, "f64"):eval(), w:value()
    w:set(at + h * v)
    local up = loss(m):item()
    w:set(at - h * v)
    local slope = (up - loss(m):item()) / (2 * h)
    assert.near(slope, (grads[2].weight * v):sum():item(),
      1e-6 * (1 + math.abs(slope)))
  end)

  it("has fresh elements in every step and the same from a seed", function()
    local m, x, y = net(), batch(5)
    local p = reg.orbit(m, O3)
    local function two()
      weyl.seed(3)
      return { p:penalty(m, x, y):item(), p:penalty(m, x, y):item() }
    end
    local a = two()
    assert.not_equal(a[1], a[2])
    assert.same(a, two())
  end)

  it("takes another loss", function()
    local m, x, y = net(), batch(5)
    local p = reg.orbit(m, O3, { loss = function(z) return z:sum() * 0 + 7 end,
      beta = 2 })
    assert.equal(14, p:penalty(m, x, y):item())
  end)

  it("prints what it is, weights the error by alpha", function()
    local p = reg.orbit(net(), O3, { alpha = 0.5, beta = 2 })
    assert.equal("weyl.orbit: 0.5 error + 2 l(f(g x), g y), g in O(3)",
      tostring(p))
    assert.equal(0.5, p:error_weight())
  end)

  it("explains wrong options", function()
    fails("reg.orbit: argument 'group' must be a group, got 'O(3)'",
      function() reg.orbit(net(), "O(3)") end)
    fails("reg.orbit: argument 'model' must be a model, got nil",
      function() reg.orbit(nil, O3) end)
    fails("reg.orbit: argument 'rep_in' must be a representation, of the "
      .. "model or an option, got nil",
      function() reg.orbit(nn.mlp { inputs = 3, outputs = 3 }, O3) end)
    fails("reg.orbit: weights must be 'constant' or 'gradnorm', got 'norm'",
      function() reg.orbit(net(), O3, { weights = "norm" }) end)
    fails("reg.orbit: argument 'model' must be a model with layers(), for "
      .. "weights = 'gradnorm', got a table", function()
        reg.orbit({ w = 1 }, O3, { weights = "gradnorm", rep_in = V,
          rep_out = V })
      end)
  end)
end)

describe("weights by GradNorm", function()
  -- Sizes of both terms' gradients on the last weights, with one set of g.
  local function sizes(p, m, x, y)
    local function norm(loss)
      local _, g = weyl.value_and_grad(loss)(m)
      return g[#m].weight:square():sum():sqrt():item()
    end
    weyl.seed(6)
    local gx, gy = p:moved(x, y)
    weyl.eval(gx, gy)
    return p.alpha * norm(function(f) return p.loss(f(x), y) end),
      p.beta * norm(function(f) return p.loss(f(gx), gy) end)
  end

  local function settle(power, first)
    local m, x, y = net(), batch(40)
    x = 3 * x
    local p = reg.orbit(m, O3, { weights = "gradnorm", rate = 0.2,
      power = power, alpha = 1, beta = 3 })
    p.first = first
    for _ = 1, 100 do
      weyl.seed(6)
      p:before_step(m, x, y)
    end
    return p, sizes(p, m, x, y)
  end

  it("make both terms pull alike, and keep their sum", function()
    local p, a, b = settle(0)
    assert.near(4, p.alpha + p.beta, 1e-12)
    assert.near(1, a / b, 1e-3)
  end)

  it("pull harder where a term has fallen less", function()
    local _, a, b = settle(1, { 1, 1e6 })
    assert.is_true(a > 100 * b)
  end)

  it("stay when constant", function()
    local m, x, y = net(), batch(4)
    local p = reg.orbit(m, O3)
    p:before_step(m, x, y)
    assert.same({ 1, 1 }, { p.alpha, p.beta })
  end)

  it("never see other parameters than the last weights", function()
    local m, x, y = net(), batch(4)
    local p = reg.orbit(m, O3, { weights = "gradnorm" })
    local before = m[1].weight:value():totable()
    p:before_step(m, x, y)
    assert.same(before, m[1].weight:totable())
    assert.is_true(weyl.is_param(p.last) and p.last == m[3].weight)
  end)
end)
