-- reduce_spec.lua: reductions over every set of dimensions against a slow
-- Lua reference, and at the edges: empty, rank 0, NaN, infinities, overflow.

local fails = require "spec.tensor.fails"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local nan, inf = 0 / 0, math.huge
local complex = reference.complex

-- Sums of n terms of size 1 in any order: n eps, n <= 120 here.
local tolerance = { f32 = 120 * 2 ^ -23, f64 = 120 * 2 ^ -52 }

local function fold(f, start)
  return function(list)
    local value = start
    for _, x in ipairs(list) do value = f(value, x) end
    return value
  end
end

local sum = fold(function(a, b) return a + b end, 0.0)

local function mean(list) return sum(list) / #list end

local function variance(list)
  local m, total = mean(list), 0.0
  for _, x in ipairs(list) do
    total = total + reference.abs(x - m) ^ 2
  end
  return total / #list
end

local function norm(p)
  return function(list)
    local total = 0.0
    for _, x in ipairs(list) do total = total + reference.abs(x) ^ p end
    return total ^ (1 / p)
  end
end

local function logsumexp(list)
  local total = 0.0
  for _, x in ipairs(list) do total = total + math.exp(x) end
  return math.log(total)
end

local real = {
  sum = sum, mean = mean, var = variance,
  prod = fold(function(a, b) return a * b end, 1.0),
  max = fold(math.max, -inf), min = fold(math.min, inf),
  norm = norm(2), logsumexp = logsumexp,
}

-- All sets of dimensions 1..rank.
local function subsets(rank)
  local list = {}
  for mask = 0, (1 << rank) - 1 do
    local set = {}
    for d = 1, rank do
      if mask >> (d - 1) & 1 == 1 then set[#set + 1] = d end
    end
    list[#list + 1] = set
  end
  return list
end

describe("reductions over every set of dimensions #busy", function()
  for name, f in reference.sorted(real) do
    it("compute " .. name, function()
      for _, dtype in ipairs { "f32", "f64" } do
        weyl.seed(1)
        local x = weyl.normal({ 2, 3, 4, 5 }, 0, 1, dtype):eval()
        local slow = reference.of(x)
        for _, dims in ipairs(subsets(4)) do
          local what = ("%s {%s}"):format(dtype, table.concat(dims, ", "))
          local keep = #dims % 2 == 0
          reference.check(reference.reduce(f, slow, dims, keep),
            weyl[name](x, dims, keep), tolerance[dtype], what)
        end
        reference.check(reference.reduce(f, slow), weyl[name](x),
          tolerance[dtype])
      end
    end)
  end

  it("take dimensions counted from the end, and one alone", function()
    local x = weyl.normal({ 2, 3, 4 }, 0, 1, "f64"):eval()
    local expected = x:sum({ 1, 3 }):totable()
    assert.same(expected, x:sum({ 3, 1 }):totable())
    assert.same(expected, x:sum({ -3, -1 }):totable())
    assert.same(x:sum({ 3 }):totable(), x:sum(-1):totable())
    assert.same({ 2, 1, 4 }, x:sum(2, true).shape)
    assert.same({ 1, 1, 1 }, x:max(nil, true).shape)
  end)

  it("fold nothing when the list is empty", function()
    local x = weyl.normal({ 2, 3 }, 0, 1, "f64"):eval()
    for _, name in ipairs { "sum", "mean", "prod", "max", "min" } do
      assert.same(x:totable(), weyl[name](x, {}):totable(), name)
    end
  end)

  it("compute sums and products of complex numbers", function()
    weyl.seed(2)
    local z = weyl.complex(weyl.normal({ 3, 4 }, 0, 1, "f64"),
      weyl.normal({ 3, 4 }, 0, 1, "f64")):eval()
    local slow = reference.of(z)
    for _, dims in ipairs(subsets(2)) do
      for _, name in ipairs { "sum", "prod", "norm" } do
        local start = { sum = complex(0), prod = complex(1) }
        local f = name == "norm" and norm(2) or fold(function(a, b)
          if name == "sum" then return a + b end
          return a * b
        end, start[name])
        reference.check(reference.reduce(f, slow, dims), weyl[name](z, dims),
          tolerance.f64, name)
      end
    end
    local m = reference.reduce(function(list)
      return fold(function(a, b) return a + b end, complex(0))(list)
        / complex(#list)
    end, slow, { 2 })
    reference.check(m, z:mean(2), tolerance.f64)
    local v = weyl.var(z, 2)
    assert.equal("f64", v.dtype)
    for i = 1, 3 do
      local total = 0.0
      for j = 1, 4 do
        total = total + reference.abs(slow[4 * (i - 1) + j] - m[i]) ^ 2 / 4
      end
      assert.near(total, v[i]:item(), 1e-14)
    end
  end)

  it("compute on integers exactly", function()
    local x = weyl.tensor({ { 5, -3, 2 }, { math.maxinteger, 1, 7 } }, "i64")
    assert.same({ 4, math.mininteger + 7 }, x:sum(2):totable())
    assert.same({ -30, math.maxinteger * 7 }, x:prod(2):totable())
    assert.same({ math.maxinteger, 1, 7 }, x:max(1):totable())
    assert.same({ -3, 1 }, x:min(2):totable())
  end)

  it("compute on booleans", function()
    local x = weyl.tensor { { true, false }, { true, true } }
    assert.same({ 1, 2 }, x:sum(2):totable())
    assert.same({ true, true }, x:any(1):totable())
    assert.same({ false, true }, x:all(2):totable())
    assert.is_true(x:any():item())
    assert.is_false(x:all():item())
    assert.same({ true, false },
      weyl.tensor({ { 0, 2 }, { 0, 0 } }, "i64"):any(2):totable())
    assert.same({ true, true },
      weyl.tensor({ { nan, 2 }, { 0, -1 } }):any(2):totable())
  end)
end)

describe("var", function()
  it("divides by n less the correction", function()
    local x = weyl.tensor({ 1, 2, 4, 9 }, "f64")
    assert.near(9.5, x:var():item(), 1e-14)
    assert.near(38 / 3, x:var(nil, false, 1):item(), 1e-14)
    assert.is_true(weyl.tensor({ 3 }, "f64"):var(1, false, 1):isnan():item())
  end)

  it("keeps its digits beside a large mean", function()
    local x = weyl.tensor({ 1, 2, 4, 9 }, "f64") + 2 ^ 40
    assert.near(9.5, x:var():item(), 1e-10)
  end)
end)

describe("norm", function()
  local x = weyl.tensor({ { 3, -4 }, { 0, 0 } }, "f64")

  it("takes any p > 0", function()
    reference.check({ shape = { 2 }, 7.0, 0.0 }, x:norm(2, false, 1))
    reference.check({ shape = { 2 }, 4.0, 0.0 }, x:norm(2, false, inf))
    reference.check({ shape = { 2 }, 91 ^ (1 / 3), 0.0 },
      x:norm(2, false, 3), 1e-15)
    reference.check({ shape = { 2 }, (3 ^ 0.5 + 2) ^ 2, 0.0 },
      x:norm(2, false, 0.5), 1e-14)
    fails("norm: p must be positive, got 0",
      function() x:norm(1, false, 0) end)
  end)
end)

describe("logsumexp, softmax and log_softmax", function()
  it("are as they are defined", function()
    weyl.seed(3)
    local x = weyl.normal({ 3, 5 }, 0, 2, "f64"):eval()
    for dim = 1, 2 do
      local mass = weyl.exp(x):sum(dim, true)
      reference.check(reference.of(weyl.exp(x) / mass), x:softmax(dim), 1e-15)
      reference.check(reference.of(x - mass:log()), x:log_softmax(dim),
        1e-14)
    end
    reference.check(reference.of(x:softmax(2)), x:softmax())
  end)

  it("do not overflow", function()
    local x = weyl.tensor({ { 1000, 1001 }, { -1000, -inf }, { inf, 0 } },
      "f64")
    local y = x:logsumexp(2):totable()
    assert.near(1001 + math.log(1 + math.exp(-1)), y[1], 1e-12)
    assert.equal(-1000, y[2])
    assert.equal(inf, y[3])
    assert.near(1 / (1 + math.exp(-1)), x:softmax()[1][2]:item(), 1e-15)
    assert.same({ 1.0, 0.0 }, x:softmax()[2]:totable())
    assert.same({ 0.0, -inf }, x:log_softmax()[2]:totable())
  end)

  it("give a row without mass zeros", function()
    local x = weyl.tensor({ -inf, -inf }, "f64")
    assert.same({ 0.0, 0.0 }, x:softmax():totable())
    assert.same({ -inf, -inf }, x:log_softmax():totable())
    assert.equal(-inf, x:logsumexp():item())
  end)
end)

describe("argmax and argmin", function()
  it("give the first of equals, from 1", function()
    local x = weyl.tensor { { 2, 9, 9 }, { 4, 1, 1 } }
    assert.same({ 2, 1 }, x:argmax(2):totable())
    assert.same({ 1, 2 }, x:argmin(2):totable())
    assert.same({ { 2 }, { 1 } }, x:argmax(2, true):totable())
    assert.same({ 2, 1, 1 }, x:argmax(1):totable())
    assert.equal(2, x:argmax():item())
    assert.equal(5, x:argmin():item())
    assert.same({ 1, 1 }, x:argmin(nil, true).shape)
    assert.equal("i64", x:argmax().dtype)
    assert.same({ 3, 1 },
      weyl.tensor({ { 1, 2, 3 }, { 3, 2, 1 } }, "i64"):argmax(2):totable())
  end)

  it("let NaN win, as max and min do", function()
    local x = weyl.tensor { 3, nan, 5, nan }
    assert.equal(2, x:argmax():item())
    assert.equal(2, x:argmin():item())
    assert.is_true(x:max():isnan():item())
    assert.is_true(x:min():isnan():item())
  end)

  it("read through views", function()
    weyl.seed(4)
    local x = weyl.normal({ 4, 7 }, 0, 1, "f64"):eval()
    local y = x:transpose():flip(1)
    local copy = weyl.tensor(y:totable(), "f64")
    assert.same(copy:argmax(1):totable(), y:argmax(1):totable())
    assert.same(copy:argmin(2):totable(), y:argmin(2):totable())
  end)
end)

describe("cumsum", function()
  it("runs along one dimension", function()
    local x = weyl.tensor({ { 1, 2, 3 }, { 4, 5, 6 } }, "f64")
    assert.same({ { 1, 2, 3 }, { 5, 7, 9 } }, x:cumsum():totable())
    assert.same({ { 1, 3, 6 }, { 4, 9, 15 } }, x:cumsum(2):totable())
    assert.same({ 1, 1, 2 },
      weyl.tensor({ true, false, true }):cumsum():totable())
    local z = weyl.complex(x, -x)[1]:cumsum()
    reference.check({ shape = { 3 }, complex(1, -1), complex(3, -3),
      complex(6, -6) }, z)
    fails("cumsum: x must have at least 1 dimension, got none",
      function() weyl.tensor(1):cumsum() end)
  end)
end)

describe("reductions of nothing", function()
  local x = weyl.zeros({ 0, 3 }, "f64")

  it("give the neutral element", function()
    assert.same({ 0.0, 0.0, 0.0 }, x:sum(1):totable())
    assert.same({ 1.0, 1.0, 1.0 }, x:prod(1):totable())
    assert.equal(-inf, x:logsumexp():item())
    assert.equal(0, x:norm():item())
    assert.is_true(x:to("bool"):all():item())
    assert.is_false(x:to("bool"):any():item())
    assert.is_true(x:mean():isnan():item())
    assert.is_true(x:var():isnan():item())
    assert.same({ 0, 3 }, x:softmax(1).shape)
    assert.same({ 0, 3 }, x:cumsum(1):eval().shape)
  end)

  it("fail where there is none", function()
    fails("max: dimension 1 is empty", function() x:max() end)
    fails("min: dimension 1 is empty", function() x:min(1) end)
    fails("argmax: dimension 1 is empty", function() x:argmax() end)
    fails("argmin: dimension 1 is empty", function() x:argmin(1) end)
    assert.same({ 0 }, x:max(2).shape)
    assert.same({ 0 }, x:argmax(2):eval().shape)
  end)
end)

describe("reductions of rank 0", function()
  it("leave the one element", function()
    local x = weyl.tensor(-2.5, "f64")
    assert.equal(-2.5, x:sum():item())
    assert.equal(-2.5, x:max():item())
    assert.equal(2.5, x:norm():item())
    assert.equal(0, x:var():item())
    assert.equal(1, x:argmax():item())
  end)
end)

describe("reductions in f32", function()
  it("lose no more digits than a sum in pieces", function()
    -- 2^24 + 1 is no f32: a plain running sum of ones would stop there.
    local n = 1 << 25
    assert.equal(n, weyl.ones({ n }):sum():item())
  end)
end)

describe("wrong dimensions", function()
  local x = weyl.ones(2, 3)

  it("are named", function()
    fails("sum: argument 'dims' is dimension 3, but the tensor has rank 2",
      function() x:sum(3) end)
    fails("mean: argument 'dims' is dimension 0, but the tensor has rank 2",
      function() x:mean(0) end)
    fails("max: argument 'dims' is dimension -3, but the tensor has rank 2",
      function() x:max { 1, -3 } end)
    fails("sum: argument 'dims' must be dimensions named once each, got table",
      function() x:sum { 2, -1 } end)
    fails("sum: argument 'dims' must be a dimension (an integer), got 1.5",
      function() x:sum(1.5) end)
    fails("softmax: argument 'dim' is dimension 4, but the tensor has rank 2",
      function() x:softmax(4) end)
    fails("sum: too many arguments; it takes (x:T, dims:dims?, keep:bool?)",
      function() x:sum(1, true, 3) end)
  end)

  it("and wrong dtypes", function()
    fails("mean: x must be f32, f64, c64 or c128, got i64 (convert with "
      .. ":to'f32')", function() x:to("i64"):mean() end)
    fails("max: x must be f32, f64 or i64, got bool (convert with :to'f32')",
      function() x:to("bool"):max() end)
    fails("logsumexp: x must be f32 or f64, got c64",
      function() x:to("c64"):logsumexp() end)
  end)
end)
