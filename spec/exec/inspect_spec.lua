-- inspect_spec.lua: the NaN trap, the profile, threads.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local nan, inf = 0 / 0, math.huge

-- The line that called this function.
local function line() return debug.getinfo(2, "l").currentline end
local file = debug.getinfo(1, "S").short_src

describe("weyl.check_finite", function()
  before_each(function() weyl.check_finite(true) end)
  after_each(function() weyl.check_finite(false) end)

  local function said(op, element, kind, built)
    return ("check_finite: %s made a value that is not finite (element %d of "
      .. "%s), built at %s:%d"):format(op, element, kind, file, built)
  end

  it("names the operation, the element and the line that built it", function()
    local x = weyl.tensor { 1, 0, 4 }
    local y, built = 1 / x, line()
    local z = y + 1
    fails(said("div", 2, "f32 [3]", built), function() return z:eval() end)
  end)

  it("finds the first one in a chain", function()
    local x = weyl.tensor({ { 2, 3 }, { 1, -1 } }, "f64") - 1
    local y, built = x:log(), line()
    local z = (y * 0):sum()
    fails(said("log", 3, "f64 [2, 2]", built),
      function() return z:item() end)
  end)

  it("sees through products, reductions and library kernels", function()
    local big = weyl.full({ 2, 2 }, 1e30)
    local y, built = big:matmul(big), line()
    fails(said("matmul", 1, "f32 [2, 2]", built),
      function() return y:eval() end)
    y, built = (big * 1e8):sum(), line()
    fails(said("sum", 1, "f32 [1, 1]", built),
      function() return y:eval() end)
    y, built = (big * 2e8):cumsum(1), line()
    fails(said("cumsum", 3, "f32 [2, 2]", built),
      function() return y:eval() end)
  end)

  it("counts elements of complex numbers", function()
    local x = weyl.complex(weyl.ones({ 3 }), weyl.tensor { 1, 0, 1 })
    local y, built = x / weyl.complex(weyl.ones({ 3 }) - 1,
      weyl.tensor { 1, 1, 0 }), line() - 1
    fails(said("div", 3, "c64 [3]", built), function() return y:eval() end)
  end)

  it("names the line of the function whose gradient fails", function()
    local built
    local f = weyl.grad(function(x)
      built = line() + 1
      return x:sqrt():sum()
    end)
    local ok, why = pcall(f, weyl.zeros { 2 })
    assert.is_false(ok)
    assert.matches("made a value that is not finite", why)
    assert.is_number(built)
  end)

  it("changes no value of what is finite", function()
    weyl.seed(1)
    local x = weyl.normal { 40, 30 }
    local function work()
      return ((x * 2 + 1):tanh() * x:sum(1)):softmax(2):sum(1):totable()
    end
    local checked = work()
    weyl.check_finite(false)
    assert.same(work(), checked)
  end)

  it("lets given values pass until something is computed", function()
    local x = weyl.tensor { nan, inf }
    assert.is_true(x:isnan()[1]:item())
    assert.is_false(pcall(function() return (x + 1):eval() end))
  end)

  it("is asked and switched", function()
    assert.is_true(weyl.check_finite())
    assert.is_false(weyl.check_finite(false))
    assert.is_false(weyl.check_finite())
    assert.same({ inf }, (weyl.tensor({ 1 }) / 0):totable())
  end)
end)

describe("profile", function()
  it("has a row per kernel with calls, flops and bytes", function()
    local x = weyl.ones({ 30, 20 }):eval()
    local rows = core.profile(function()
      for k = 1, 3 do (x:transpose():matmul(x) + k):eval() end
    end)
    local found = {}
    for _, row in ipairs(rows) do
      found[row.kernel] = row
      assert.is_true(row.seconds >= 0)
    end
    assert.equal(3, found.matmul.calls)
    assert.equal(3 * 2 * 20 * 30 * 20, found.matmul.flops)
    assert.equal(3 * 4 * (20 * 20 + 2 * 600), found.matmul.bytes)
    assert.equal(3, found.add.calls)
    assert.equal(2, #rows)
  end)

  it("is empty when nothing was computed", function()
    assert.same({}, core.profile(function() return weyl.ones { 2 } + 1 end))
  end)

  it("passes errors on", function()
    local ok, why = pcall(core.profile, function() error("inside", 0) end)
    assert.same({ false, "inside" }, { ok, why })
    assert.same({}, core.profile(function() end))
    fails("profile: argument 'f' must be a function, got 3",
      function() core.profile(3) end)
  end)

  it("prints a table", function()
    local printed, original = {}, print
    rawset(_G, "print", function(...) printed[#printed + 1] = ... end)
    finally(function() rawset(_G, "print", original) end)
    local x = weyl.ones({ 5, 5 }):eval()
    local rows = weyl.profile(function() x:matmul(x):eval() end)
    rawset(_G, "print", original)
    assert.equal(1, #rows)
    assert.matches("^kernel +calls +ms +%% +GFLOP/s +GB/s$", printed[1])
    assert.matches("^matmul +1 ", printed[2])
  end)
end)

describe("weyl.threads", function()
  local before = weyl.threads()
  after_each(function() weyl.threads(before) end)

  it("is asked and set", function()
    assert.equal(1, weyl.threads(1))
    assert.equal(1, weyl.threads())
    assert.equal(2, weyl.threads(2))
    assert.equal(2, weyl.threads())
  end)

  it("changes no bit of what is computed element by element", function()
    local function work(n)
      weyl.threads(n)
      weyl.seed(5)
      local x = weyl.normal { 300, 1001 }
      return ((x * 2 - 1):tanh() * x:transpose():transpose() + x[1]):eval()
    end
    local one, two = work(1), work(2)
    assert.is_true(one:eq(two):all():item())
  end)

  it("changes sums by rounding at most", function()
    local function work(n)
      weyl.threads(n)
      weyl.seed(6)
      local x = weyl.normal({ 700, 901 }, 0, 1, "f64")
      return { x:sum(), x:sum(1), x:sum(2), x:matmul(x:transpose()) }
    end
    local one = weyl.eval(work(1))
    local two = weyl.eval(work(2))
    for k = 1, #one do
      -- terms of size 1 whose sum is of size sqrt(n): n eps of it, generously
      local worst = (one[k] - two[k]):abs():max():item()
      assert.is_true(worst <= 700 * 901 * 2 ^ -52)
    end
  end)

  it("gives the same bits each time", function()
    weyl.threads(2)
    local function work()
      weyl.seed(7)
      local x = weyl.normal { 500, 800 }
      return (x * x):sum():item(), x:matmul(x:transpose()):sum():item()
    end
    local a, b = work()
    for _ = 1, 5 do assert.same({ a, b }, { work() }) end
  end)

  it("says what is wrong", function()
    for _, bad in ipairs { 0, 65, 1.5, "2" } do
      local text = type(bad) == "string" and "'2'" or tostring(bad)
      fails("threads: argument 'n' must be an integer from 1 to 64, got "
        .. text, function() weyl.threads(bad) end)
    end
  end)
end)
