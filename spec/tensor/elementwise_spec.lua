-- elementwise_spec.lua: values of the elementwise functions, in all dtypes
-- they take: against Lua's own arithmetic, and at special values.

local fails = require "spec.tensor.fails"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local nan, inf = 0 / 0, math.huge
local complex = reference.complex
local eps = { f32 = 2 ^ -23, f64 = 2 ^ -52, c64 = 2 ^ -23, c128 = 2 ^ -52 }

-- Vector routines of the C library promise 4 units in the last place, and
-- what is made of several of them adds up: 16 eps of the result.
local ULPS = 16

local function of(values)
  values.shape = { #values }
  return values
end

-- ---- one operand ----

-- erf by its series, and its complement's continued fraction from 2.5 on.
local function erf(x)
  if x ~= x then return x end
  local a = math.abs(x)
  if a > 6 then return x / a end
  if a < 2.5 then
    local term, sum = x, x
    for n = 1, 100 do
      term = -term * x * x / n
      sum = sum + term / (2 * n + 1)
    end
    return 2 / math.pi ^ 0.5 * sum
  end
  local f = 0.0
  for k = 60, 1, -1 do f = k / 2 / (a + f) end
  local tail = math.exp(-a * a) / math.pi ^ 0.5 / (a + f)
  return (1 - tail) * (x / a)
end

-- log(1 + x), by the trick of Kahan.
local function log1p(x)
  local u = 1 + x
  if u == 1 then return x end
  return math.log(u) * x / (u - 1)
end

local function sinh(x)
  if math.abs(x) > 0.5 then return (math.exp(x) - math.exp(-x)) / 2 end
  local term, sum = x, x
  for n = 1, 12 do
    term = term * x * x / (2 * n * (2 * n + 1))
    sum = sum + term
  end
  return sum
end

-- e^x - 1 = 2 sinh(x / 2) e^(x / 2)
local function expm1(x) return 2 * sinh(x / 2) * math.exp(x / 2) end
local function cosh(x) return (math.exp(x) + math.exp(-x)) / 2 end
local function tanh(x)
  return math.abs(x) > 20 and x / math.abs(x) or sinh(x) / cosh(x)
end
local function sigmoid(x)
  if x < 0 then return math.exp(x) / (1 + math.exp(x)) end
  return 1 / (1 + math.exp(-x))
end
local function even(x) -- nearest integer, halves to even
  local low = math.floor(x) + 0.0
  local rest = x - low
  if rest == 0.5 then return low % 2 == 0 and low or low + 1 end
  return rest < 0.5 and low or low + 1
end

local function real_line()
  local values = {}
  for i = -60, 60 do values[#values + 1] = i / 8 end
  for _, x in ipairs { 1e-3, -1e-3, 1e-7, 0.3, -0.7, 12.25, -15.5 } do
    values[#values + 1] = x
  end
  return values
end

local function between(low, high)
  local values = {}
  for _, x in ipairs(real_line()) do
    if x >= low and x <= high then values[#values + 1] = x end
  end
  return values
end

-- name, the same in Lua, where it is defined
local unary = {
  { "neg", function(x) return -x end },
  { "abs", math.abs },
  { "sign", function(x) return x > 0 and 1.0 or x < 0 and -1.0 or 0.0 end },
  { "sqrt", function(x) return x ^ 0.5 end, 0, inf },
  { "rsqrt", function(x) return x ^ -0.5 end, 0.1, inf },
  { "square", function(x) return x * x end },
  { "reciprocal", function(x) return 1 / x end, 0.1, inf },
  { "exp", math.exp },
  { "expm1", expm1 },
  { "log", math.log, 0.1, inf },
  { "log1p", log1p, -0.9, inf },
  { "sin", math.sin },
  { "cos", math.cos },
  { "tan", math.tan },
  { "asin", math.asin, -1, 1 },
  { "acos", math.acos, -1, 1 },
  { "atan", math.atan },
  { "sinh", sinh },
  { "cosh", cosh },
  { "tanh", tanh },
  { "sigmoid", sigmoid },
  { "silu", function(x) return x * sigmoid(x) end },
  { "relu", function(x) return x > 0 and x or 0.0 end },
  { "gelu", function(x) return x * (1 + erf(x / 2 ^ 0.5)) / 2 end },
  { "softplus", function(x)
    return math.max(x, 0) + log1p(math.exp(-math.abs(x)))
  end },
  { "erf", erf },
  { "floor", function(x) return math.floor(x) + 0.0 end },
  { "ceil", function(x) return math.ceil(x) + 0.0 end },
  { "round", even },
}

describe("functions of one real number #busy", function()
  for _, entry in ipairs(unary) do
    local name, f, low, high = table.unpack(entry)
    it(name .. " has the right values", function()
      for _, dtype in ipairs { "f32", "f64" } do
        local x = weyl.tensor(between(low or -inf, high or inf), dtype)
        reference.check(reference.map(f, reference.of(x)), weyl[name](x),
          ULPS * eps[dtype], dtype)
      end
    end)
  end
end)

describe("small results", function()
  it("keep their digits", function()
    local x = weyl.tensor({ 1e-9, -3e-12 }, "f64")
    for _, name in ipairs { "expm1", "log1p", "sin", "tan", "asin", "atan",
      "sinh", "tanh" } do
      local y = weyl[name](x):totable()
      assert.near(1, y[1] / 1e-9, 1e-8, name)
      assert.near(1, y[2] / -3e-12, 1e-8, name)
    end
    local tail = weyl.tensor({ -30, -700 }, "f64")
    for _, name in ipairs { "sigmoid", "softplus" } do
      local y = weyl[name](tail):totable()
      assert.near(1, y[1] / math.exp(-30), 1e-11, name)
      assert.near(1, y[2] / math.exp(-700), 1e-11, name)
    end
    assert.near(1, weyl.tensor({ -5 }, "f64"):gelu():item()
      / (-5 * 2.866515718791939e-7), 1e-9)
  end)
end)

-- Results for nan, inf, -inf, 0, -0 in that order; nil: not looked at.
local special = {
  neg = { nan, -inf, inf, -0.0, 0.0 }, abs = { nan, inf, inf, 0.0, 0.0 },
  sign = { nan, 1.0, -1.0, 0.0 }, sqrt = { nan, inf, nan, 0.0, -0.0 },
  rsqrt = { nan, 0.0, nan, inf }, square = { nan, inf, inf, 0.0, 0.0 },
  reciprocal = { nan, 0.0, -0.0, inf, -inf },
  exp = { nan, inf, 0.0, 1.0, 1.0 }, expm1 = { nan, inf, -1.0, 0.0 },
  log = { nan, inf, nan, -inf, -inf }, log1p = { nan, inf, nan, 0.0 },
  sin = { nan, nan, nan, 0.0 }, cos = { nan, nan, nan, 1.0, 1.0 },
  tan = { nan, nan, nan, 0.0 }, asin = { nan, nan, nan, 0.0 },
  acos = { nan, nan, nan, math.pi / 2, math.pi / 2 },
  atan = { nan, math.pi / 2, -math.pi / 2, 0.0 },
  sinh = { nan, inf, -inf, 0.0 }, cosh = { nan, inf, inf, 1.0, 1.0 },
  tanh = { nan, 1.0, -1.0, 0.0 }, sigmoid = { nan, 1.0, 0.0, 0.5, 0.5 },
  silu = { nan, inf, nil, 0.0 }, relu = { nan, inf, 0.0, 0.0 },
  gelu = { nan, inf, nil, 0.0 }, softplus = { nan, inf, 0.0, nil },
  erf = { nan, 1.0, -1.0, 0.0 }, floor = { nan, inf, -inf, 0.0 },
  ceil = { nan, inf, -inf, 0.0 }, round = { nan, inf, -inf, 0.0 },
}

describe("special values #busy", function()
  for name, expected in reference.sorted(special) do
    it("pass through " .. name, function()
      for _, dtype in ipairs { "f32", "f64" } do
        local y = weyl[name](weyl.tensor({ nan, inf, -inf, 0.0, -0.0 },
          dtype)):totable()
        for i = 1, 5 do
          local want = expected[i]
          assert.is_true(want == nil
            or reference.near(y[i], want, 2 * eps[dtype]), ("%s %s #%d: %s")
            :format(name, dtype, i, y[i]))
        end
      end
    end)
  end

  it("overflow and underflow as they should", function()
    for dtype, big in reference.sorted { f32 = 120, f64 = 800 } do
      local x = weyl.tensor({ big, -big }, dtype)
      assert.same({ inf, 0.0 }, x:exp():totable())
      assert.same({ inf, -1.0 }, x:expm1():totable())
      assert.same({ 1.0, 0.0 }, weyl.round(x:sigmoid()):totable())
      assert.same({ big + 0.0, 0.0 }, x:softplus():round():totable())
      assert.same({ 1.0, -1.0 }, x:tanh():totable())
      assert.same({ big + 0.0, 0.0 }, x:gelu():abs():totable())
    end
  end)

  it("keep the sign of zero", function()
    local minus = weyl.tensor({ -0.0 }, "f64")
    for _, name in ipairs { "sin", "tan", "asin", "atan", "sinh", "tanh",
      "floor", "ceil", "round", "sqrt", "erf", "expm1", "log1p" } do
      assert.equal(-inf, 1 / weyl[name](minus):item(), name)
    end
  end)
end)

describe("floor, ceil and round", function()
  it("leave integers that floats just hold", function()
    local x = { 2 ^ 52 + 1, -2 ^ 53, 4503599627370495.5, 0.49999999999999994,
      -0.5, 0.5, 1.5, 2.5, -2.5 }
    local t = weyl.tensor(x, "f64")
    assert.same({ 2 ^ 52 + 1, -2 ^ 53, 4503599627370495.0, 0.0, -1.0, 0.0,
      1.0, 2.0, -3.0 }, t:floor():totable())
    assert.same({ 2 ^ 52 + 1, -2 ^ 53, 4503599627370496.0, 0.0, 0.0, 0.0, 2.0,
      2.0, -2.0 }, t:round():totable())
  end)
end)

-- ---- two operands ----

local function lua_mod(x, y) return y == 0 and nan or x % y end

local binary = {
  { "add", function(x, y) return x + y end },
  { "sub", function(x, y) return x - y end },
  { "mul", function(x, y) return x * y end },
  { "div", function(x, y) return x / y end },
  { "mod", lua_mod },
  { "floor_divide", function(x, y) return x // y end },
  { "atan2", math.atan },
  { "minimum", math.min },
  { "maximum", math.max },
}

local comparisons = {
  eq = function(x, y) return x == y end, ne = function(x, y) return x ~= y end,
  lt = function(x, y) return x < y end, le = function(x, y) return x <= y end,
  gt = function(x, y) return x > y end, ge = function(x, y) return x >= y end,
}

local function plane(dtype)
  local values = { -3.5, -2, -1, -0.25, 0.25, 1, 2, 7.5 }
  local x = weyl.tensor(values, dtype)
  return x:unsqueeze(2), x
end

describe("functions of two real numbers #busy", function()
  for _, entry in ipairs(binary) do
    local name, f = table.unpack(entry)
    it(name .. " has the right values", function()
      for _, dtype in ipairs { "f32", "f64" } do
        local x, y = plane(dtype)
        reference.check(reference.map(f, reference.of(x), reference.of(y)),
          weyl[name](x, y), ULPS * eps[dtype], dtype)
      end
    end)
  end

  for name, f in reference.sorted(comparisons) do
    it(name .. " compares, and nothing but ne with NaN", function()
      for _, dtype in ipairs { "f32", "f64", "i64" } do
        local x = weyl.tensor({ -2, 1, 1, 3 }, dtype)
        local y = weyl.tensor({ 1, 1, -2, 3 }, dtype)
        reference.check(reference.map(f, reference.of(x), reference.of(y)),
          weyl[name](x, y))
      end
      local odd = weyl.tensor({ nan, nan, 1, inf, 0.0 }, "f64")
      local other = weyl.tensor({ nan, 1, nan, inf, -0.0 }, "f64")
      reference.check(reference.map(f, reference.of(odd),
        reference.of(other)), weyl[name](odd, other))
    end)
  end

  it("let NaN win in minimum and maximum", function()
    local x = weyl.tensor({ nan, 1, inf, -inf }, "f64")
    local y = weyl.tensor({ 1, nan, nan, 2 }, "f64")
    reference.check(of { nan, nan, nan, -inf }, x:minimum(y))
    reference.check(of { nan, nan, nan, 2.0 }, x:maximum(y))
    reference.check(of { nan, 1.0, 1.0, 0.0 }, x:clamp(0, 1))
  end)

  it("divide by zero as floats do, and modulo it", function()
    local x = weyl.tensor({ 1, -1, 0 }, "f64")
    reference.check(of { inf, -inf, nan }, x / 0)
    reference.check(of { nan, nan, nan }, x % 0)
    reference.check(of { 1.0, -1.0, 0.0 },
      weyl.tensor({ 1, -1, 0 }, "f64") % (weyl.tensor({ 2, -2, 3 }, "f64")))
  end)

  it("take angles of all quadrants and of the axes", function()
    for _, p in ipairs { { 0.0, 1 }, { 0.0, -1 }, { -0.0, -1 }, { 1, 0 },
      { -1, 0 }, { 0.0, 0.0 }, { inf, inf }, { -1, inf } } do
      assert.near(math.atan(p[1], p[2]),
        weyl.atan2(weyl.tensor(p[1], "f64"), p[2]):item(), 1e-15)
    end
  end)
end)

describe("pow", function()
  it("has the right values", function()
    for _, dtype in ipairs { "f32", "f64" } do
      local x = weyl.tensor({ 0.1, 0.5, 1, 2.5, 11 }, dtype):unsqueeze(2)
      local y = weyl.tensor({ -3, -1.5, 0, 0.3, 1, 2, 7.25 }, dtype)
      -- the error of log(x) is multiplied by y log(x)
      reference.check(reference.map(function(a, b) return a ^ b end,
        reference.of(x), reference.of(y)), x ^ y, ULPS * eps[dtype])
    end
  end)

  it("multiplies for small whole powers, whatever the sign", function()
    local x = weyl.tensor({ -2, -0.5, 0, 3 }, "f64")
    for n = -9, 9 do
      reference.check(reference.map(function(a) return a ^ n end,
        reference.of(x)), x ^ n, ULPS * eps.f64, "power " .. n)
    end
    reference.check(of { nan, nan, 0.0, 3 ^ 0.5 }, x ^ 0.5, 1e-15)
    reference.check(of { 0.25, 2 ^ 0.5, 1.0, 8.0 },
      2 ^ weyl.tensor({ -2, 0.5, 0, 3 }, "f64"), 1e-15)
  end)

  it("is exact on integers", function()
    local x = weyl.tensor({ -3, 0, 2, 10 }, "i64")
    assert.same({ -27, 0, 8, 1000 }, (x ^ 3):totable())
    assert.same({ 1, 1, 1, 1 }, (x ^ 0):totable())
    assert.same({ 4052555153018976267 },
      (weyl.tensor({ 3 }, "i64") ^ 39):totable())
  end)
end)

-- ---- integers and booleans ----

describe("integers", function()
  it("wrap around and divide as Lua's do", function()
    local x = weyl.tensor({ 7, -7, math.maxinteger, math.mininteger }, "i64")
    local y = weyl.tensor({ 3, -2, 5 }, "i64")
    local grid, rows = x:unsqueeze(2), reference.of(x:unsqueeze(2))
    for name, f in reference.sorted {
      add = function(a, b) return a + b end,
      sub = function(a, b) return a - b end,
      mul = function(a, b) return a * b end,
      mod = function(a, b) return a % b end,
      floor_divide = function(a, b) return a // b end,
      minimum = math.min, maximum = math.max,
    } do
      reference.check(reference.map(f, rows, reference.of(y)),
        weyl[name](grid, y), 0, name)
    end
    assert.same({ 7, 7, math.maxinteger, math.mininteger },
      x:abs():totable())
    assert.same({ -7, 7, -math.maxinteger, math.mininteger },
      (-x):totable())
    assert.same({ 1, -1, 1, -1 }, x:sign():totable())
    assert.same({ 49, 49, 1, 0 }, x:square():totable())
  end)

  it("divide by -1 and by 0 without a trap", function()
    local x = weyl.tensor({ math.mininteger, 5 }, "i64")
    assert.same({ math.mininteger, -5 }, (x // -1):totable())
    assert.same({ 0, 0 }, (x % -1):totable())
    assert.equal(2, #(x // 0):totable())
    assert.equal(2, #(x % 0):totable())
  end)
end)

describe("booleans", function()
  local x = weyl.tensor { { false }, { true } }
  local y = weyl.tensor { false, true }

  it("combine", function()
    assert.same({ { false, false }, { false, true } },
      weyl.logical_and(x, y):totable())
    assert.same({ { false, true }, { true, true } },
      weyl.logical_or(x, y):totable())
    assert.same({ { false, true }, { true, false } },
      weyl.logical_xor(x, y):totable())
    assert.same({ true, false }, y:logical_not():totable())
    assert.same({ { true, false }, { false, true } }, x:eq(y):totable())
    assert.same({ { false, true }, { false, false } }, x:lt(y):totable())
  end)

  it("are asked of floats", function()
    local z = weyl.tensor({ nan, inf, -inf, 1 }, "f32")
    assert.same({ true, false, false, false }, z:isnan():totable())
    assert.same({ false, true, true, false }, z:isinf():totable())
    assert.same({ false, false, false, true }, z:isfinite():totable())
    local c = weyl.complex(z, weyl.tensor { 1, nan, 0, 1 })
    assert.same({ true, true, false, false }, c:isnan():totable())
    assert.same({ false, true, true, false }, c:isinf():totable())
    assert.same({ true }, weyl.tensor({ 3 }, "i64"):isfinite():totable())
  end)

  it("choose", function()
    local a, b = weyl.tensor { 1, 2 }, weyl.tensor { { 3 }, { nan } }
    reference.check({ shape = { 2, 2 }, 3.0, 2.0, nan, 2.0 },
      weyl.where(y, a, b))
    reference.check({ shape = { 2, 2 }, 3.0, 3.0, 1.0, 2.0 },
      weyl.where(x, a, b:broadcast_to(2, 2)))
    fails("where: condition must be bool, got f32 (compare it with a number "
      .. "first)", function() weyl.where(a, a, b) end)
  end)

  it("say what is wrong", function()
    fails("logical_and: f32 and bool do not mix (convert one with :to)",
      function() weyl.ones({ 2 }):logical_and(y) end)
    fails("logical_or: x must be bool, got f32 (compare it with a number "
      .. "first)", function() weyl.ones({ 2 }):logical_or(weyl.ones(2)) end)
    fails("logical_not: x must be bool, got i64 (compare it with a number "
      .. "first)", function() weyl.ones({ 2 }, "i64"):logical_not() end)
  end)
end)

-- ---- complex numbers ----

-- Points away from branch cuts, all quadrants.
local function points(dtype)
  local re = weyl.tensor({ 0.3, -1.2, -0.4, 2, 0, 1.5 }, dtype)
  local im = weyl.tensor({ 1.1, 0.7, -0.9, -0.2, 1, 0 }, dtype)
  return weyl.complex(re, im)
end

local function log(z)
  return complex(math.log(reference.abs(z)), math.atan(z.im, z.re))
end
local function power(z, w) return reference.exp(w * log(z)) end
local i_unit = complex(0, 1)
local function csinh(z)
  return (reference.exp(z) - reference.exp(-z)) * complex(0.5)
end
local function ccosh(z)
  return (reference.exp(z) + reference.exp(-z)) * complex(0.5)
end

local complex_unary = {
  neg = function(z) return -z end, abs = reference.abs,
  sqrt = function(z) return power(z, complex(0.5)) end,
  rsqrt = function(z) return power(z, complex(-0.5)) end,
  square = function(z) return z * z end,
  reciprocal = function(z) return complex(1) / z end,
  exp = reference.exp, log = log, sinh = csinh, cosh = ccosh,
  sin = function(z) return csinh(i_unit * z) / i_unit end,
  cos = function(z) return ccosh(i_unit * z) end,
  tan = function(z)
    return csinh(i_unit * z) / i_unit / ccosh(i_unit * z)
  end,
  tanh = function(z) return csinh(z) / ccosh(z) end,
  conj = reference.conj, real = function(z) return z.re end,
  imag = function(z) return z.im end,
  angle = function(z) return math.atan(z.im, z.re) end,
}

describe("functions of complex numbers #busy", function()
  for name, f in reference.sorted(complex_unary) do
    it(name .. " has the right values", function()
      for dtype, single in reference.sorted { f32 = "c64", f64 = "c128" } do
        local z = points(dtype)
        assert.equal(single, z.dtype)
        reference.check(reference.map(f, reference.of(z)), weyl[name](z),
          ULPS * eps[dtype], dtype)
      end
    end)
  end

  it("add, subtract, multiply, divide and raise", function()
    for _, dtype in ipairs { "f32", "f64" } do
      local z, w = points(dtype):unsqueeze(2), points(dtype)
      local a, b = reference.of(z), reference.of(w)
      local tolerance = ULPS * eps[dtype]
      reference.check(reference.map(function(x, y) return x + y end, a, b),
        z + w, tolerance)
      reference.check(reference.map(function(x, y) return x - y end, a, b),
        z - w, tolerance)
      reference.check(reference.map(function(x, y) return x * y end, a, b),
        z * w, tolerance)
      reference.check(reference.map(function(x, y) return x / y end, a, b),
        z / w, tolerance)
      reference.check(reference.map(power, a, b), z ^ w, 4 * tolerance)
      reference.check(reference.map(function(x) return x * x * x end, b),
        w ^ 3, tolerance)
      reference.check(reference.map(function(x) return x * complex(2) end, b),
        w * 2, tolerance)
    end
  end)

  it("take the principal branch at the cut", function()
    local z = weyl.complex(weyl.tensor({ -4, -4 }, "f64"),
      weyl.tensor({ 0.0, -0.0 }, "f64"))
    reference.check(of { complex(0, 2), complex(0, -2) }, z:sqrt(), 1e-15)
    reference.check(of { complex(math.log(4), math.pi),
      complex(math.log(4), -math.pi) }, z:log(), 1e-15)
  end)

  it("do not overflow where the result does not", function()
    local big = weyl.complex(weyl.tensor({ 3e200 }, "f64"),
      weyl.tensor({ 4e200 }, "f64"))
    assert.near(1, big:abs():item() / 5e200, 1e-15)
    reference.check(of { complex(1, 0) }, big / big, 1e-15)
    reference.check(of { complex(0.6, -0.8) }, big:reciprocal() * 5e200,
      1e-15)
    local small = big * 1e-250 * 1e-250
    assert.near(1, small:abs():item() / 5e-300, 1e-14)
  end)

  it("are equal or not, but have no order", function()
    local z = points "f64"
    assert.same({ true, true, true, true, true, true }, z:eq(z):totable())
    assert.is_true(z:ne(z:conj())[1]:item())
    fails("lt: x must be f32, f64, i64 or bool, got c128 (take :real(), "
      .. ":imag() or :abs())", function() z:lt(z) end)
    fails("floor: x must be f32 or f64, got c128 (take :real(), :imag() or "
      .. ":abs())", function() z:floor() end)
    fails("max: x must be f32, f64 or i64, got c128 (take :real(), :imag() "
      .. "or :abs())", function() z:max() end)
  end)

  it("are made of two reals", function()
    fails("complex: f32 and i64 do not mix (convert one with :to)",
      function() weyl.complex(weyl.ones { 2 }, weyl.ones({ 2 }, "i64")) end)
  end)
end)

-- ---- shapes ----

describe("broadcasting", function()
  it("follows NumPy", function()
    for _, pair in ipairs {
      { { 3 }, { 2, 3 } }, { { 2, 1 }, { 1, 3 } }, { {}, { 2, 2 } },
      { { 4, 1, 2 }, { 3, 1 } }, { { 1 }, { 0 } }, { { 2, 1, 3 }, { 0, 1 } },
      { { 1, 1, 1, 1 }, { 2 } },
    } do
      local x = weyl.normal(pair[1], 0, 1, "f64")
      local y = weyl.normal(pair[2], 0, 1, "f64")
      reference.check(reference.map(function(a, b) return a - b end,
        reference.of(x), reference.of(y)), x - y)
    end
  end)

  it("says which dimension does not fit", function()
    fails("add: shapes [2, 3] and [2, 4] do not broadcast: dimension 2 is 3 "
      .. "against 4", function() return weyl.ones(2, 3) + weyl.ones(2, 4) end)
    fails("mul: shapes [5, 1, 3] and [4, 1, 3] do not broadcast: dimension 1 "
      .. "is 5 against 4", function()
      return weyl.ones(5, 1, 3) * weyl.ones(4, 1, 3)
    end)
    fails("sub: shapes [2] and [0] do not broadcast: dimension 1 is 2 "
      .. "against 0", function() return weyl.ones(2) - weyl.ones(0) end)
  end)
end)

describe("empty tensors and rank 0", function()
  it("go through every function of one number", function()
    for _, entry in ipairs(unary) do
      local f = weyl[entry[1]]
      for _, shape in ipairs { { 0 }, { 2, 0, 3 } } do
        assert.same(shape, f(weyl.zeros(shape)):eval().shape, entry[1])
      end
      local x = weyl.tensor(0.5, "f64")
      assert.same({}, f(x).shape)
      reference.check({ shape = {}, entry[2](0.5) }, f(x), ULPS * eps.f64,
        entry[1])
    end
  end)

  it("go through functions of two", function()
    local none, row = weyl.zeros({ 0, 3 }), weyl.ones({ 3 })
    for _, entry in ipairs(binary) do
      local f = weyl[entry[1]]
      assert.same({ 0, 3 }, f(none, row):eval().shape)
      assert.same({ 0, 3 }, f(2, none):eval().shape)
      assert.same({}, f(weyl.tensor(3), weyl.tensor(2)):eval().shape)
    end
    assert.same({ { 0, 0, 0 }, { 0, 0, 0 } },
      weyl.ones({ 2, 0 }):matmul(weyl.ones { 0, 3 }):totable())
    assert.same({ 0, 2 }, none:matmul(weyl.ones { 3, 2 }):eval().shape)
    assert.same({ 0, 2, 2 }, weyl.zeros({ 0, 2, 3 })
      :matmul(weyl.zeros { 0, 3, 2 }):eval().shape)
  end)

  it("have derivatives", function()
    assert.same({ 0, 3 }, weyl.grad(function(x)
      return (x:exp() * 2):sum()
    end)(weyl.zeros { 0, 3 }).shape)
    assert.same({ { 0, 0 }, { 0, 0 } }, weyl.grad(function(x)
      return x[{ {}, { 2, 1 } }]:exp():sum()
    end)(weyl.ones { 2, 2 }):totable())
  end)
end)
