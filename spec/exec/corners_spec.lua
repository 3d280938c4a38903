-- corners_spec.lua: shapes without elements, shapes beyond 64 bits, rows
-- longer than any block, readings of parameters that changed, and memory that
-- runs out while a function is traced.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local MB = 1024 * 1024

describe("a reduction without elements", function()
  it("has the shape that is left and neutral entries", function()
    local x = weyl.zeros { 3, 0 }
    assert.same({ 0 }, x:sum(1):eval().shape)
    assert.same({ 0, 0, 0 }, x:sum(2):totable())
    assert.equal(0, x:sum():item())
    assert.same({ { 1, 1 }, { 1, 1 } },
      weyl.zeros { 2, 0, 2 }:prod(2):totable())
    assert.same({ 0, 2 }, weyl.ones { 0, 3, 2 }:max(2):eval().shape)
    assert.is_true(weyl.ones { 0, 2 }:gt(0):all():item())
  end)

  it("may have other dimensions of any size", function()
    local huge = 1 << 40
    local x = weyl.zeros { 0, huge, huge } + 1
    assert.same({ 0, huge, huge }, x:eval().shape)
    assert.equal(0, x:permute(3, 1, 2):sum():item())
  end)
end)

describe("a shape of more bytes than 64 bits count", function()
  it("is refused", function()
    fails("broadcast_to: shape [4611686018427387904] has too many elements",
      function() return weyl.zeros { 1 }:broadcast_to(1 << 62) end)
  end)
end)

describe("a slice of one entry", function()
  it("may have a step of any size", function()
    local x = weyl.arange(12):reshape(3, 4) * 1
    local y = x:slice(1, 2, 3, math.maxinteger):slice(2, 4, 1, -(1 << 61))
    assert.same({ { 8 } }, (y + 0):totable())
  end)
end)

describe("a reduction that keeps long rows", function()
  -- Whole numbers, so that every order of the sums gives the same.
  local function source(shape, dtype)
    local n = 1
    for _, d in ipairs(shape) do n = n * d end
    return (weyl.arange(n) * 7 % 23 - 11):to(dtype):reshape(shape):eval()
  end

  -- Rows to fold are made the last dimension first, and copied.
  local function check(x, name, what)
    local rows = x:permute(2, 1):eval()
    local same = weyl[name](x, { 1 }):eq(weyl[name](rows, { 2 })):all()
    assert.is_true(same:item(), what)
  end

  it("agrees with folding short ones", function()
    for _, dtype in ipairs { "f32", "f64", "i64", "c64" } do
      for _, shape in ipairs { { 3, 1025 }, { 300, 2049 }, { 1, 5000 } } do
        local x = source(shape, dtype)
        local what = ("%s [%d, %d]"):format(dtype, shape[1], shape[2])
        check(x, "sum", what)
        check(x:flip { 2 }, "sum", what .. " backwards")
        check(x:slice(2, 2, shape[2] - 1), "sum", what .. " cut")
        if dtype ~= "c64" then check(x, "max", what) end
      end
    end
  end)

  it("folds middle dimensions", function()
    local x = source({ 5, 200, 1100 }, "f32")
    local all = x:sum { 2 }:eval()
    for a = 1, 5 do
      local own = x[a]:permute(2, 1):eval():sum(2)
      assert.is_true(all[a]:eq(own):all():item())
    end
  end)

  it("takes little memory", function()
    local x = weyl.ones { 2, 1000000 }:eval()
    core.trim()
    weyl.memory(weyl.memory().live + 16 * MB)
    local ok, y = pcall(function() return x:sum(1):eval() end)
    weyl.memory(0)
    assert.is_true(ok, y)
    assert.equal(2000000, y:sum():item())
  end)

  it("works after truth values were folded in many pieces", function()
    assert.is_false(weyl.zeros { 65 * 65536 + 1 }:gt(0):any():item())
  end)
end)

describe("a copy of a parameter's reading", function()
  local stale = "this graph was built before a parameter changed; build it "
    .. "again from the new value"

  it("never shows the value of later", function()
    local p = weyl.param(weyl.ones { 2 })
    for _, t in ipairs { weyl.tensor(p), p:to "f32" } do
      p:set(p * 2)
      fails(stale, function() return t:totable() end)
    end
  end)
end)

describe("memory that runs out in a transform", function()
  it("never loses a path of the derivative", function()
    local grad = weyl.grad(function(x)
      local y = (x * x):eval()
      local z = (y * x):eval()
      return (z * y):sum()
    end)
    local x, n, hit = weyl.tensor { 1, 2 }, 0, true
    while hit do
      n = n + 1
      core.fail_at(n, false)
      local ok, g = pcall(grad, x)
      hit = core.fault_hit()
      core.fail_at(0, false)
      if ok then assert.same({ 5, 80 }, g:totable(), "allocation " .. n) end
    end
  end)
end)

describe("a table that lies about its length", function()
  it("is refused", function()
    local liar = setmetatable({}, { __len = function() return -1 end })
    local x = weyl.ones { 2, 2 }
    fails("sum: argument 'dims' must be a table of at most 24 integers, got "
      .. "table", function() return x:sum(liar) end)
    fails("index: argument 'range' must be {first, last, step}, got table",
      function() return x[{ liar }] end)
  end)
end)

describe("a metamethod", function()
  it("may free the operand of the call it serves", function()
    local x = weyl.ones { 2 }
    local ranges = setmetatable({}, {
      __len = function() return 1 end,
      __index = function() x:free() return 1 end })
    fails("index: argument 'tensor' must be a tensor, got a freed tensor",
      function() return x[ranges] end)
    x = weyl.ones { 2 }
    fails("sum: argument 'x' was freed meanwhile",
      function() return x:sum(ranges) end)
  end)
end)
