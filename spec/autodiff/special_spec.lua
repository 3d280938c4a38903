-- special_spec.lua: derivatives where a formula would divide by zero, at
-- kinks and ties, of equal eigenvalues; and compositions against closed forms.

local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local inf = math.huge

local function vector(...) return weyl.tensor({ ... }, "f64") end
local function gradient(f, x)
  return weyl.grad(function(v) return f(v):sum() end)(x)
end

local function near(expected, t, tolerance)
  expected.shape = { #expected }
  reference.check(expected, t, tolerance or 1e-14)
end

describe("derivatives at kinks", function()
  it("take the choice that is documented", function()
    local x = vector(-1, 0, 2)
    near({ 0.0, 0.0, 1.0 }, gradient(weyl.relu, x))
    near({ -1.0, 0.0, 1.0 }, gradient(weyl.abs, x))
    near({ 0.0, 0.5, 1.0 }, gradient(function(v)
      return v:clamp(0, 5)
    end, x))
    near({ 0.0, 0.0, 0.0 }, gradient(function(v)
      return v:floor() + v:sign() + v:round() + v:ceil()
    end, x))
  end)

  it("share ties", function()
    near({ 0.5, 0.0, 0.5 }, gradient(weyl.max, vector(3, 1, 3)))
    near({ 0.0, 1 / 3, 1 / 3, 1 / 3 },
      gradient(weyl.min, vector(9, 1, 1, 1)), 1e-15)
    local g = weyl.grad(function(t) return t[1]:maximum(t[2]):sum() end) {
      vector(1, 2, 5), vector(3, 2, 1) }
    near({ 0.0, 0.5, 1.0 }, g[1])
    near({ 1.0, 0.5, 0.0 }, g[2])
  end)

  it("are 0 for the norm of nothing", function()
    local zero = vector(0, 0, 0)
    for _, p in ipairs { 1, 2, 3, 0.5, inf } do
      near({ 0.0, 0.0, 0.0 }, gradient(function(v)
        return v:norm(1, false, p)
      end, zero))
    end
    local z = weyl.complex(zero, zero)
    reference.check({ shape = { 3 }, reference.complex(0),
      reference.complex(0), reference.complex(0) },
      gradient(weyl.abs, z))
    near({ 0.6, 0.8 }, gradient(weyl.norm, vector(3, 4)), 1e-15)
  end)
end)

describe("derivatives beside a singularity", function()
  it("do not leak out of the branch not taken", function()
    local x = vector(-1, 0, 4)
    near({ 0.0, 0.0, 0.25 }, gradient(function(v)
      return weyl.where(v:gt(0), v, 1):sqrt() * weyl.where(v:gt(0), 1, 0)
    end, x))
    near({ 1.0, 1.0, 0.25 }, gradient(function(v)
      return weyl.where(v:gt(0), weyl.where(v:gt(0), v, 1):sqrt(), v)
    end, x))
  end)

  it("of sums of exponentials stay finite", function()
    local x = vector(1000, 1001, -1000)
    local s = 1 / (1 + math.exp(-1))
    near({ 1 - s, s, 0.0 }, gradient(weyl.logsumexp, x), 1e-15)
    near({ 0.0, 0.0 }, gradient(function(v)
      return v:softmax() * vector(1, 2)
    end, vector(-inf, -inf)))
    near({ 1.0, 0.0 }, gradient(weyl.softplus, vector(800, -800)))
    near({ 0.0, 0.0 }, gradient(weyl.sigmoid, vector(800, -800)))
    near({ 0.0, 0.0 }, gradient(weyl.tanh, vector(800, -800)))
    near({ 1.0, 0.0 }, gradient(weyl.gelu, vector(800, -800)))
    near({ 1.0, 0.0 }, gradient(weyl.silu, vector(800, -800)))
  end)

  it("of products with zeros are products of the others", function()
    near({ 0.0, 0.0, 0.0 }, gradient(weyl.prod, vector(0, 0, 3)))
    near({ 6.0, 0.0, 0.0 }, gradient(weyl.prod, vector(0, 2, 3)))
    near({ 6.0, 3.0, 2.0 }, gradient(weyl.prod, vector(1, 2, 3)))
  end)

  it("of powers at 0 are what the power says", function()
    local x = vector(0, 2)
    near({ 0.0, 4.0 }, gradient(function(v) return v ^ 2 end, x))
    near({ 1.0, 1.0 }, gradient(function(v) return v ^ 1 end, x))
    near({ 0.0, 0.0 }, gradient(function(v) return v ^ 0 end, x))
    near({ 0.0, 10 * 2 ^ 9.0 }, gradient(function(v) return v ^ 10 end, x))
    near({ 12.0, 0.0 }, gradient(function(v) return v ^ 3 end,
      vector(-2, 0)))
  end)

  it("of equal eigenvalues are finite for what is invariant", function()
    local eye = weyl.eye(3, 3, "f64")
    local g = weyl.grad(function(m)
      return (weyl.eigh(m)):sum()
    end)(eye)
    reference.check(reference.of(eye), g, 1e-13)
    g = weyl.grad(function(m)
      local _, s = weyl.svd(m)
      return s:sum()
    end)(eye)
    reference.check(reference.of(eye), g, 1e-13)
  end)
end)

describe("compositions", function()
  -- Values and derivatives of closed forms; relative error of a few dozen
  -- operations on numbers of size 1.
  local EXACT = 1e-12

  it("of log det is the inverse transposed", function()
    weyl.seed(1)
    local a = weyl.normal({ 4, 4 }, 0, 1, "f64"):eval()
    local g = weyl.grad(function(m)
      local _, log = weyl.slogdet(m)
      return log
    end)(a)
    reference.check(reference.of(a:inv():transpose()), g, EXACT)
  end)

  it("of a trace of exponentials", function()
    weyl.seed(2)
    local a = weyl.normal({ 3, 3 }, 0, 0.5, "f64"):eval()
    local g = weyl.grad(function(m) return m:expm():trace() end)(a)
    reference.check(reference.of(a:transpose():expm()), g, EXACT)
  end)

  it("of least squares", function()
    weyl.seed(3)
    local x = weyl.normal({ 7, 3 }, 0, 1, "f64"):eval()
    local y, w = weyl.normal({ 7 }, 0, 1, "f64"), weyl.normal({ 3 }, 0, 1,
      "f64")
    local residual = x:matmul(w) - y
    local loss = function(v) return (x:matmul(v) - y):square():mean() end
    reference.check(reference.of(x:transpose():matmul(residual) * 2 / 7),
      weyl.grad(loss)(w), EXACT)
    reference.check(reference.of(x:transpose():matmul(x) * 2 / 7),
      weyl.hessian(loss)(w), EXACT)
  end)

  it("of a deep network agree forward and backward", function()
    weyl.seed(4)
    local layers = {}
    for k = 1, 6 do layers[k] = weyl.normal({ 8, 8 }, 0, 0.5, "f64") end
    local function net(x)
      for k = 1, 6 do
        x = x:matmul(layers[k]):gelu() + x:softmax() + x[{ {}, { 8, 1, -1 } }]
      end
      return x:cumsum(2):sort(2):norm(2)
    end
    local x = weyl.normal({ 5, 8 }, 0, 1, "f64")
    local t, c = weyl.normal({ 5, 8 }, 0, 1, "f64"), weyl.normal({ 5 }, 0, 1,
      "f64")
    local _, dy = weyl.jvp(net, x, t)
    local _, gx = weyl.vjp(net, x, c)
    local forward, backward = (dy * c):sum():item(), (gx * t):sum():item()
    assert.near(forward, backward, EXACT * (1 + math.abs(forward)))
  end)

  it("of a loop that a tensor runs through many times", function()
    -- logistic map, 30 steps: dx_n/dx_0 = prod r (1 - 2 x_k)
    local r, x0, steps = 3.2, 0.3, 30
    local function map(x)
      for _ = 1, steps do x = x * (1 - x) * r end
      return x
    end
    local x, product = x0, 1.0
    for _ = 1, steps do
      product = product * r * (1 - 2 * x)
      x = r * x * (1 - x)
    end
    local g = weyl.grad(map)(weyl.tensor(x0, "f64")):item()
    assert.near(product, g, 1e-10 * math.abs(product))
  end)
end)
