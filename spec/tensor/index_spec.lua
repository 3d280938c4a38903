-- index_spec.lua: reading and writing at positions, sorting; positions are
-- 1-based and count from the end when negative.

local fails = require "spec.tensor.fails"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local nan, inf = 0 / 0, math.huge

local function integers(values) return weyl.tensor(values, "i64") end

-- The position a user's index means in a dimension of size n.
local function real_position(i, n) return i < 0 and i + n + 1 or i end

-- index with entry `at` in place of dimension dim.
local function with(index, dim, at)
  local copy = table.move(index, 1, #index, 1, {})
  copy[dim] = at
  return copy
end

local dtypes = { "f32", "f64", "c64", "c128", "i64" }

describe("gather", function()
  it("reads where the index points, in every dtype #busy", function()
    weyl.seed(1)
    for _, dtype in ipairs(dtypes) do
      local x = weyl.integers({ 3, 4, 2 }, -99, 99):to(dtype):eval()
      local slow = reference.of(x)
      for dim, shape in ipairs { { 5, 4, 2 }, { 3, 2, 2 }, { 3, 4, 3 } } do
        local n = x.shape[dim]
        local index = weyl.integers(shape, 1, n):eval()
        index = weyl.where(weyl.bernoulli(shape, 0.5), index, index - (n + 1))
        local where = reference.of(index)
        reference.check(reference.build(shape, function(i)
          local at = real_position(reference.at(where, i), n)
          return reference.at(slow, with(i, dim, at))
        end), x:gather(dim, index), 0, dtype)
      end
    end
  end)

  it("reads booleans and views", function()
    local mask = weyl.tensor { true, false }
    assert.same({ false, true, false },
      mask:gather(1, integers { 2, 1, -1 }):totable())
    local x = integers { { 1, 2, 3 }, { 4, 5, 6 } }
    assert.same({ { 3, 4 }, { 1, 5 } }, x:transpose():flip(1)
      :gather(1, integers { { 1, -1 }, { 3, 2 } }):totable())
  end)

  it("says what is wrong", function()
    local x = weyl.ones(3, 2)
    fails("gather: entry 2 of index is 4, but dimension 1 of x [3, 2] has "
      .. "positions 1 to 3", function()
      x:gather(1, integers { { 1, 4 } }):eval()
    end)
    fails("gather: entry 1 of index is 0, but dimension 1 of x [3, 2] has "
      .. "positions 1 to 3", function()
      x:gather(1, integers { { 0, 1 } }):eval()
    end)
    fails("gather: entry 1 of index is -4, but dimension 1 of x [3, 2] has "
      .. "positions 1 to 3", function()
      x:gather(1, integers { { -4, 1 } }):eval()
    end)
    fails("gather: index must be i64, got f32 (convert with :to'i64')",
      function() x:gather(1, weyl.ones(3, 2)) end)
  end)
end)

describe("take", function()
  it("reads slices along a dimension", function()
    weyl.seed(2)
    for _, dtype in ipairs(dtypes) do
      local x = weyl.integers({ 3, 4, 2 }, -99, 99):to(dtype):eval()
      local slow = reference.of(x)
      local list = { -1, 2, 1, 2, 3, -3 }
      for dim = 1, 3 do
        if dim == 3 then list = { 1, -1, 2, -2, 1, 1 } end
        local shape = with(x.shape, dim, 2)
        table.insert(shape, dim + 1, 3)
        local y = x:take(integers(list):reshape(2, 3), dim)
        reference.check(reference.build(shape, function(i)
          local k = (i[dim] - 1) * 3 + i[dim + 1]
          local at = with(i, dim, real_position(list[k], x.shape[dim]))
          table.remove(at, dim + 1)
          return reference.at(slow, at)
        end), y, 0, dtype)
      end
    end
  end)

  it("takes one position and none", function()
    local x = integers { { 1, 2 }, { 3, 4 } }
    assert.same({ 3, 4 }, x:take(2):totable())
    assert.same({ 2, 4 }, x:take(-1, 2):totable())
    assert.same({ 0, 2 }, x:take(weyl.zeros({ 0 }, "i64")).shape)
    fails("take: entry 2 of index is 3, but dimension 1 of x [2, 2] has "
      .. "positions 1 to 2", function() x:take(integers { 1, 3 }):eval() end)
    fails("take: index must be i64, got f32 (convert with :to'i64')",
      function() weyl.ones({ 2 }):take(weyl.ones { 1 }) end)
  end)
end)

describe("scatter_add", function()
  it("adds, also twice in one place", function()
    weyl.seed(3)
    for _, dtype in ipairs(dtypes) do
      local x = weyl.integers({ 3, 4 }, -9, 9):to(dtype):eval()
      for dim, shape in ipairs { { 6, 4 }, { 3, 9 } } do
        local index = weyl.integers(shape, 1, x.shape[dim]):eval()
        local src = weyl.integers(shape, -9, 9):to(dtype):eval()
        local expected, where = reference.of(x), reference.of(index)
        local from = reference.of(src)
        reference.build(shape, function(i)
          local at = with(i, dim, reference.at(where, i))
          local k = reference.position(expected.shape, at)
          expected[k] = expected[k] + reference.at(from, i)
        end)
        reference.check(expected, x:scatter_add(dim, index, src), 0, dtype)
      end
    end
  end)

  it("is the adjoint of gather", function()
    weyl.seed(4)
    local index = weyl.integers({ 5, 2 }, 1, 3)
    local x = weyl.normal({ 3, 2 }, 0, 1, "f64")
    local y = weyl.normal({ 5, 2 }, 0, 1, "f64")
    local zero = weyl.zeros({ 3, 2 }, "f64")
    assert.near((x:gather(1, index) * y):sum():item(),
      (x * zero:scatter_add(1, index, y)):sum():item(), 1e-13)
  end)

  it("takes a narrower source and says what is wrong", function()
    local x, index = weyl.zeros({ 3 }, "f64"), integers { 1, 3, 1 }
    assert.same({ 2, 0, 1 },
      x:scatter_add(1, index, weyl.ones { 3 }):totable())
    fails("scatter_add: src must have shape [3], got []",
      function() x:scatter_add(1, index, 0.1) end)
    fails("scatter_add: entry 1 of index is 4, but dimension 1 of x [3] has "
      .. "positions 1 to 3", function()
      x:scatter_add(1, integers { 4 }, weyl.ones { 1 }):eval()
    end)
  end)
end)

describe("masked_select", function()
  it("gives what the mask lets through", function()
    local x = integers { { 1, 2 }, { 3, 4 } }
    assert.same({ 2, 3 }, x:masked_select(weyl.tensor { { false, true },
      { true, false } }):totable())
    assert.same({ 2, 4 },
      x:masked_select(weyl.tensor { false, true }):totable())
    assert.same({}, x:masked_select(x:gt(9)):totable())
    assert.same({ 3, 2, 4 },
      x:transpose():masked_select(x:transpose():gt(1)):totable())
  end)

  it("says what is wrong", function()
    local x = weyl.ones(2, 3)
    fails("masked_select: mask must be bool, got f32 (compare it with a "
      .. "number first)", function() x:masked_select(x) end)
    fails("masked_select: shapes [2, 3] of x and [2] of mask do not broadcast",
      function() x:masked_select(weyl.tensor { true, false }) end)
  end)
end)

-- Positions that sort a list stably, NaN last whatever the direction.
local function stable_order(list, descending)
  local order = {}
  for i = 1, #list do order[i] = i end
  table.sort(order, function(i, j)
    local a, b = list[i], list[j]
    if a ~= a or b ~= b then
      if a ~= a and b ~= b then return i < j end
      return b ~= b
    end
    if a == b then return i < j end
    if descending then return a > b end
    return a < b
  end)
  return order
end

describe("sort and argsort #busy", function()
  it("are stable and put NaN last, along any dimension", function()
    weyl.seed(5)
    for _, dtype in ipairs { "f32", "f64", "i64" } do
      local x = weyl.integers({ 3, 40, 2 }, 1, 9):to(dtype):eval()
      if dtype ~= "i64" then
        x = weyl.where(x:eq(5), nan, weyl.where(x:eq(7), inf,
          weyl.where(x:eq(2), -inf, x))):eval()
      end
      for dim = 1, 3 do
        for _, descending in ipairs { false, true } do
          local values, places = x:sort(dim, descending)
          local order = reference.of(x:argsort(dim, descending))
          local slow, got = reference.of(x), reference.of(values)
          assert.same(reference.of(places), order)
          reference.reduce(function() end, slow, { dim })
          local others = with(x.shape, dim, 1)
          reference.build(others, function(i)
            local line = {}
            for k = 1, x.shape[dim] do
              line[k] = reference.at(slow, with(i, dim, k))
            end
            for k, place in ipairs(stable_order(line, descending)) do
              local at = with(i, dim, k)
              assert.equal(place, reference.at(order, at))
              assert.is_true(reference.near(reference.at(got, at),
                line[place], 0))
            end
          end)
        end
      end
    end
  end)

  it("sort long lines, and lines that are sorted already", function()
    local n = 5000
    local up = weyl.arange(n)
    assert.same(up:totable(), (up:sort()):totable())
    assert.same(up:flip():totable(), up:argsort(1, true):totable())
    weyl.seed(6)
    local p = weyl.permutation(n):eval()
    assert.same(up:totable(), (p:sort()):totable())
    assert.same(up:totable(), p:take(p:argsort()):totable())
  end)

  it("sort along the last dimension unless told", function()
    local x = integers { { 3, 1, 2 }, { 9, 8, 7 } }
    assert.same({ { 1, 2, 3 }, { 7, 8, 9 } }, (x:sort()):totable())
    assert.same({ 0, 3 }, (weyl.zeros({ 0, 3 }):sort(1)).shape)
    fails("sort: x must have at least 1 dimension, got none",
      function() weyl.tensor(1):sort() end)
    fails("argsort: x must be f32, f64 or i64, got c64 (take :real(), "
      .. ":imag() or :abs())", function() weyl.ones({ 2 }, "c64"):argsort() end)
  end)
end)

describe("topk", function()
  it("gives the largest in order, first come first", function()
    local x = weyl.tensor { { 4, 9, 9, 1 }, { nan, 2, 3, 3 } }
    local values, places = x:topk(3)
    reference.check({ shape = { 2, 3 }, 9.0, 9.0, 4.0, 3.0, 3.0, 2.0 }, values)
    assert.same({ { 2, 3, 1 }, { 3, 4, 2 } }, places:totable())
    values, places = x:topk(1, 1)
    assert.same({ { 4, 9, 9, 3 } }, values:totable())
    assert.same({ { 1, 1, 1, 2 } }, places:totable())
    assert.same({ 2, 0 }, (x:topk(0)).shape)
    fails("topk: k must be in 0..4, the size of dimension 2, got 5",
      function() x:topk(5) end)
    fails("topk: k must be in 0..4, the size of dimension 2, got -1",
      function() x:topk(-1) end)
  end)
end)
