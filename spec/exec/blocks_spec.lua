-- blocks_spec.lua: the fused kernels work in blocks of elements, read through
-- strides and fold whole rows or columns: sizes around the boundaries of
-- blocks and vectors, every kind of reading, every set of folded dimensions.
-- Elements are small whole numbers: all results are exact in every dtype.

local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local SIZES = { 1, 2, 15, 16, 17, 255, 256, 257, 1023, 1024, 1025, 4097 }
local DTYPES = { "f32", "f64", "c128", "i64" }

-- The k-th element of what is read, from 1.
local function value(k) return k * 7 % 23 - 11 end

local function source(n, dtype)
  return ((weyl.arange(n) * 7) % 23 - 11):to(dtype):eval()
end

local function real_part(v) return type(v) == "table" and v[1] or v end

-- Holds a vector against f(k).
local function check(t, n, f, what)
  assert.same({ n }, t.shape)
  for k, v in ipairs(t:totable()) do
    if real_part(v) ~= f(k) then
      error(("%s, n = %d: element %d is %s instead of %s"):format(what, n, k,
        real_part(v), f(k)), 2)
    end
  end
end

-- Ways to read n elements from `s` of 3 n + 2; at(k): which is the k-th.
local readings = {
  { "in place", function(s, n) return s:slice(1, 1, n) end,
    function(k) return k end },
  { "from an offset", function(s, n) return s:slice(1, 3, n + 2) end,
    function(k) return k + 2 end },
  { "every third", function(s, n) return s:slice(1, 2, 3 * n - 1, 3) end,
    function(k) return 3 * k - 1 end },
  { "backwards", function(s, n) return s:slice(1, 1, n):flip() end,
    function(k, n) return n + 1 - k end },
  { "backwards by two", function(s, n)
    return s:slice(1, 2 * n, 2, -2)
  end, function(k, n) return 2 * (n + 1 - k) end },
  { "repeated", function(s, n) return s[5]:broadcast_to(n) end,
    function() return 5 end },
}

describe("elementwise kernels #busy", function()
  for _, dtype in ipairs(DTYPES) do
    it("read and compute " .. dtype .. " at all sizes", function()
      for _, n in ipairs(SIZES) do
        local s = source(3 * n + 2, dtype)
        for i, a in ipairs(readings) do
          local b = readings[i % #readings + 1]
          local y = a[2](s, n) * 3 - b[2](s, n) + 1
          check(y, n, function(k)
            return value(a[3](k, n)) * 3 - value(b[3](k, n)) + 1
          end, a[1] .. " with " .. b[1])
        end
      end
    end)
  end

  it("read and compute booleans at all sizes", function()
    for _, n in ipairs(SIZES) do
      local s = source(3 * n + 2, "f32")
      local y = (s:slice(1, 1, n):gt(0))
        :logical_xor(s:slice(1, 2 * n, 2, -2):gt(3)):to "i64"
      check(y, n, function(k)
        local p, q = value(k) > 0, value(2 * (n + 1 - k)) > 3
        return p ~= q and 1 or 0
      end, "xor")
      local chosen = weyl.where(s:slice(1, 3, n + 2):lt(0),
        s:slice(1, 1, n), s:slice(1, 2, 3 * n - 1, 3) * 2)
      check(chosen, n, function(k)
        return value(k + 2) < 0 and value(k) or 2 * value(3 * k - 1)
      end, "where")
    end
  end)

  it("convert between dtypes in one pass", function()
    for _, n in ipairs(SIZES) do
      local s = source(n, "f32")
      local y = (s:to "f64" + source(n, "f64")):to("i64") * 2
      check(y:to "f32" + s, n, function(k) return 5 * value(k) end, "chain")
      local z = weyl.complex(s, s * 2):to "c128"
      check(z:real() + z:imag(), n, function(k) return 3 * value(k) end,
        "complex")
    end
  end)
end)

-- Shapes with n in each place, and a matrix whose rows are long.
local function shapes(n)
  return { { n }, { n, 3 }, { 3, n }, { 2, n, 3 } }
end

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

-- Sums of 2 x + 1 over dims, from the numbers themselves.
local function slow_sums(shape, at, dims)
  local x = reference.build(shape, function(index)
    return 2 * value(at(index)) + 1
  end)
  return reference.reduce(function(list)
    local sum = 0
    for _, v in ipairs(list) do sum = sum + v end
    return sum
  end, x, dims)
end

local function compare(slow, t, what)
  local flat = t:flatten():totable()
  assert.equal(#slow, #flat, what)
  for k, v in ipairs(flat) do
    if real_part(v) ~= slow[k] then
      error(("%s: element %d is %s instead of %s"):format(what, k,
        real_part(v), slow[k]), 2)
    end
  end
end

local function check_sums(n, dtypes)
  for _, shape in ipairs(shapes(n)) do
    local text = "[" .. table.concat(shape, ", ") .. "]"
    for _, dims in ipairs(subsets(#shape)) do
      local plain = slow_sums(shape, function(index)
        return reference.position(shape, index)
      end, dims)
      local turned = slow_sums(shape, function(index)
        local back, own = {}, {}
        for d = 1, #shape do
          back[d], own[d] = shape[#shape + 1 - d], index[#shape + 1 - d]
        end
        return reference.position(back, own)
      end, dims)
      for _, dtype in ipairs(dtypes) do
        local s = source(reference.count(shape), dtype)
        local back, order = {}, {}
        for d = 1, #shape do
          back[d], order[d] = shape[#shape + 1 - d], #shape + 1 - d
        end
        local what = ("%s %s over {%s}"):format(dtype, text,
          table.concat(dims, ", "))
        compare(plain, (s:reshape(shape) * 2 + 1):sum(dims), what)
        compare(turned, (s:reshape(back):permute(order) * 2 + 1):sum(dims),
          what .. ", permuted")
      end
    end
  end
end

describe("reductions #busy", function()
  it("fold every set of dimensions at small sizes", function()
    for _, n in ipairs { 1, 2, 15, 16, 17, 63, 64, 65 } do
      check_sums(n, DTYPES)
    end
  end)

  it("fold every set of dimensions at block boundaries #slow", function()
    for _, n in ipairs { 255, 256, 257, 1023, 1024, 1025, 4097 } do
      check_sums(n, { "f32", "i64" })
    end
  end)

  it("add up partial sums of long rows and columns", function()
    -- 23 numbers in a row make 0
    local function expected(n)
      local sum = n
      for k = n // 23 * 23 + 1, n do sum = sum + 2 * value(k) end
      return sum
    end
    for _, n in ipairs { 65535, 65536, 65537, 131072, 200001 } do
      for _, dtype in ipairs { "f32", "f64", "c64", "i64" } do
        local y = source(n, dtype) * 2 + 1
        assert.equal(expected(n), (y:sum():item()), dtype)
        assert.equal(expected(n), (y:flip():sum():item()), dtype)
        local sums = y:unsqueeze(2):broadcast_to(n, 3):sum(1)
        for j = 1, 3 do assert.equal(expected(n), (sums[j]:item()), dtype) end
      end
    end
  end)

  it("find the largest and smallest wherever it lies", function()
    for _, n in ipairs(SIZES) do
      for _, at in ipairs { 1, n // 2 + 1, n } do
        local x = weyl.arange(n):eq(at):to "f32"
        assert.equal(1, (x * 2 - 1):max():item())
        assert.equal(n == 1 and 1 or -1, (x * 2 - 1):min():item())
        assert.equal(at, x:argmax():item())
        assert.is_true(x:gt(0.5):any():item())
        assert.equal(n == 1, x:gt(0.5):all():item())
        local columns = x:unsqueeze(2):broadcast_to(n, 3)
        assert.same({ 1, 1, 1 }, columns:max(1):totable())
        assert.same({ at, at, at }, columns:argmax(1):totable())
      end
    end
  end)

  it("multiply up", function()
    for _, n in ipairs(SIZES) do
      local x = (weyl.arange(n) % 2 * 2 - 1):to "f64" -- 1, -1, 1 ...
      assert.equal(n // 2 % 2 == 0 and 1 or -1, x:prod():item())
    end
  end)
end)

describe("many operands", function()
  it("are split over kernels where one cannot hold them", function()
    local list, total = {}, 0
    for k = 1, 150 do
      list[k] = source(k + 20, "f64"):slice(1, k, k + 16)
      total = total + value(k)
    end
    local sum = list[1]
    for k = 2, 150 do sum = sum + list[k] end
    assert.equal(total, sum[1]:item())
  end)
end)
