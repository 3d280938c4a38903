-- shape_spec.lua: views, joins and cuts against an index-by-index reference,
-- in every dtype's size, and chains of them; what they say when misused.

local fails = require "spec.tensor.fails"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

-- Numbers that tell every element from the others.
local function numbered(shape, dtype)
  local n = reference.count(shape)
  return weyl.arange(n):reshape(shape):to(dtype or "f64"):eval()
end

-- Checks t against at(index) -> index into x, for an index of t.
local function check(x, t, shape, at)
  local slow = reference.of(x)
  reference.check(reference.build(shape, function(index)
    return slow[reference.position(slow.shape, at(index))]
  end), t)
end

describe("views", function()
  for _, dtype in ipairs { "f32", "f64", "c64", "c128", "i64" } do
    it("read the right elements of " .. dtype, function()
      local x = numbered({ 2, 3, 4 }, dtype)
      check(x, x:permute(3, 1, 2), { 4, 2, 3 },
        function(i) return { i[2], i[3], i[1] } end)
      check(x, x:permute { -1, 1, 2 }, { 4, 2, 3 },
        function(i) return { i[2], i[3], i[1] } end)
      check(x, x:transpose(), { 2, 4, 3 },
        function(i) return { i[1], i[3], i[2] } end)
      check(x, x:transpose(1, -1), { 4, 3, 2 },
        function(i) return { i[3], i[2], i[1] } end)
      check(x, x:flip(), { 2, 3, 4 },
        function(i) return { 3 - i[1], 4 - i[2], 5 - i[3] } end)
      check(x, x:flip { 2 }, { 2, 3, 4 },
        function(i) return { i[1], 4 - i[2], i[3] } end)
      check(x, x:unsqueeze(2):broadcast_to(5, 2, 2, 3, 4), { 5, 2, 2, 3, 4 },
        function(i) return { i[2], i[4], i[5] } end)
      check(x, x:slice(3, 2, 4, 2), { 2, 3, 2 },
        function(i) return { i[1], i[2], 2 * i[3] } end)
      check(x, x:slice(3, -1, 1, -3), { 2, 3, 2 },
        function(i) return { i[1], i[2], 7 - 3 * i[3] } end)
      check(x, x:slice(2, 2), { 2, 2, 4 },
        function(i) return { i[1], i[2] + 1, i[3] } end)
    end)
  end

  it("read the right elements of booleans", function()
    local x = weyl.tensor { { true, false, false }, { false, true, true } }
    assert.same({ { true, false }, { false, true }, { false, true } },
      x:transpose():totable())
    assert.same({ { false, false, true }, { true, true, false } },
      x:flip(2):totable())
  end)

  it("chain", function()
    local x = numbered { 4, 6, 5 }
    local y = x:slice(2, 6, 1, -2):permute(2, 3, 1):flip(2):slice(3, 2, 4, 2)
    check(x, y, { 3, 5, 2 }, function(i)
      return { 2 * i[3], 8 - 2 * i[1], 6 - i[2] }
    end)
    check(x, y:reshape(5, 6), { 5, 6 }, function(i)
      local k = (i[1] - 1) * 6 + i[2] - 1
      return { 2 * (k % 2 + 1), 8 - 2 * (k // 10 + 1),
        6 - (k // 2 % 5 + 1) }
    end)
  end)

  it("take diagonals", function()
    local x = numbered { 2, 3, 4 }
    check(x, x:diag(), { 2, 3 }, function(i) return { i[1], i[2], i[2] } end)
    check(x, x:transpose():diag(), { 2, 3 },
      function(i) return { i[1], i[2], i[2] } end)
    local v = numbered { 3 }
    assert.same({ { 1, 0, 0 }, { 0, 2, 0 }, { 0, 0, 3 } }, v:diag():totable())
    assert.equal(1 + 6, x[1]:slice(2, 1, 3):slice(1, 1, 2):trace():item())
  end)
end)

describe("reshape", function()
  it("keeps the order of elements", function()
    local x = numbered { 2, 3, 4 }
    for _, shape in ipairs { { 24 }, { 4, 6 }, { 2, 1, 12 }, { 3, 8, 1 },
      { 1, 24 } } do
      local y = x:permute(3, 2, 1):reshape(shape)
      assert.same(shape, y.shape)
      local flat = y:flatten():totable()
      for k = 1, 24 do
        local i, j, l = (k - 1) // 6, (k - 1) // 2 % 3, (k - 1) % 2
        assert.equal(l * 12 + j * 4 + i + 1, flat[k])
      end
    end
  end)

  it("finds one size by itself", function()
    assert.same({ 4, 6 }, numbered({ 2, 3, 4 }):reshape(4, -1).shape)
    assert.same({ 24 }, numbered({ 2, 3, 4 }):reshape(-1).shape)
    assert.same({}, numbered({ 1, 1 }):reshape({}).shape)
    assert.same({ 0, 7 }, weyl.zeros({ 0 }):reshape(-1, 7).shape)
  end)

  it("says what is wrong", function()
    local x = weyl.ones(2, 3)
    fails("reshape: 6 elements do not fill [4, -1]",
      function() x:reshape(4, -1) end)
    fails("reshape: 6 elements do not fill [-1, -1]",
      function() x:reshape(-1, -1) end)
    fails("reshape: x of shape [2, 3] has another number of elements than "
      .. "[4]", function() x:reshape(4) end)
    fails("reshape: argument 'shape' must be integers or one table of them, "
      .. "got boolean", function() x:reshape(true) end)
  end)
end)

describe("squeeze and unsqueeze", function()
  it("drop and insert dimensions of size 1", function()
    local x = weyl.ones(1, 2, 1, 3)
    assert.same({ 2, 3 }, x:squeeze().shape)
    assert.same({ 2, 1, 3 }, x:squeeze(1).shape)
    assert.same({ 2, 3 }, x:squeeze({ 1, -2 }).shape)
    assert.same({ 1, 1, 2, 1, 3 }, x:unsqueeze(1).shape)
    assert.same({ 1, 2, 1, 3, 1 }, x:unsqueeze(-1).shape)
    assert.same({ 1, 2, 1, 3, 1 }, x:unsqueeze(5).shape)
    fails("squeeze: dimension 2 has size 2, only size 1 can be dropped",
      function() x:squeeze(2) end)
    fails("unsqueeze: dim must be in 1..5 or -5..-1, got 6",
      function() x:unsqueeze(6) end)
    fails("unsqueeze: dim must be in 1..5 or -5..-1, got 0",
      function() x:unsqueeze(0) end)
  end)
end)

describe("slice", function()
  local x = numbered { 5 }

  it("is like Lua's for", function()
    assert.same({ 2, 3, 4 }, x:slice(1, 2, 4):totable())
    assert.same({ 5, 3, 1 }, x:slice(1, -1, 1, -2):totable())
    assert.same({ 4, 5 }, x:slice(1, -2):totable())
    assert.same({ 3, 2, 1 }, x:slice(1, 3, nil, -1):totable())
    assert.same({}, x:slice(1, 4, 3):totable())
    assert.same({}, x:slice(1, 6):totable())
    assert.same({}, x:slice(1, 2, 4, -1):totable())
    assert.same({ 2 }, x:slice(1, 2, 4, math.maxinteger):totable())
  end)

  it("is never cut short", function()
    fails("slice: 2..6 leaves 1..5 of dimension 1",
      function() x:slice(1, 2, 6) end)
    fails("slice: 0..2 leaves 1..5 of dimension 1",
      function() x:slice(1, 0, 2) end)
    fails("slice: 7..5 leaves 1..5 of dimension 1",
      function() x:slice(1, 7) end)
    fails("slice: step must not be 0", function() x:slice(1, 1, 2, 0) end)
    fails("slice: argument 'dim' is dimension 2, but the tensor has rank 1",
      function() x:slice(2, 1, 2) end)
    fails("slice: argument 'first' must be an integer, got 1.5",
      function() x:slice(1, 1.5) end)
  end)
end)

describe("permute and transpose", function()
  it("say what is wrong", function()
    local x = weyl.ones(2, 3)
    fails("permute: order must name each of the 2 dimensions once, got "
      .. "[1, 1]", function() x:permute(1, 1) end)
    fails("permute: order must name each of the 2 dimensions once, got [1]",
      function() x:permute(1) end)
    fails("transpose: give both dimensions or none",
      function() x:transpose(1) end)
    fails("transpose: x must have at least 2 dimensions, got shape [2]",
      function() x[1]:slice(1, 1, 2):transpose() end)
  end)
end)

describe("broadcast_to", function()
  it("says what is wrong", function()
    fails("broadcast_to: x of shape [2, 3] does not broadcast to [2, 4]",
      function() weyl.ones(2, 3):broadcast_to(2, 4) end)
    fails("broadcast_to: x of shape [2, 3] does not broadcast to [3]",
      function() weyl.ones(2, 3):broadcast_to(3) end)
  end)
end)

describe("pad", function()
  it("puts values around", function()
    local x = numbered { 2, 3 }
    local function expected(value)
      return reference.build({ 3, 6 }, function(i)
        local row, column = i[1] - 1, i[2] - 2
        if row < 1 or column < 1 or column > 3 then return value end
        return (row - 1) * 3 + column + 0.0
      end)
    end
    reference.check(expected(0.0), x:pad { 1, 0, 2, 1 })
    reference.check(expected(-math.huge), x:pad({ 1, 0, 2, 1 }, -math.huge))
    reference.check(expected(7.5),
      x:pad({ 1, 0, 2, 1 }, weyl.tensor(7.5, "f64")))
    assert.same({ { true, false } },
      weyl.tensor({ { true } }):pad({ 0, 0, 0, 1 }):totable())
    assert.same({ 9, 1, 2 }, numbered({ 2 }, "i64"):pad({ 1, 0 }, 9)
      :totable())
  end)

  it("says what is wrong", function()
    local x = weyl.ones(2, 2)
    fails("pad: widths must be 2 for each of the 2 dimensions, before and "
      .. "after, got 2", function() x:pad { 1, 1 } end)
    fails("pad: widths of dimension 1 must be at least 0, got -1 and 1",
      function() x:pad { -1, 1, 0, 0 } end)
    fails("pad: value must be a number or of shape [], got [2, 2]",
      function() x:pad({ 0, 0, 0, 0 }, x) end)
  end)
end)

describe("concat, stack and split", function()
  it("join and cut along any dimension", function()
    local x, y = numbered { 2, 3, 2 }, numbered { 2, 1, 2 } + 100
    local joined = weyl.concat({ x, y, x:flip(2) }, 2)
    local a, b = reference.of(x), reference.of(y)
    reference.check(reference.build({ 2, 7, 2 }, function(i)
      local j = i[2]
      if j <= 3 then return reference.at(a, i) end
      if j == 4 then return reference.at(b, { i[1], 1, i[3] }) end
      return reference.at(a, { i[1], 8 - j, i[3] })
    end), joined)
    local p, q, r = joined:split({ 3, 1, 3 }, 2)
    reference.check(a, p)
    reference.check(b, q)
    reference.check(a, r:flip(2))
  end)

  it("stack along a new dimension", function()
    local x, y = numbered { 2, 3 }, numbered { 2, 3 } + 10
    for dim = 1, 3 do
      local shape = { 2, 3 }
      table.insert(shape, dim, 2)
      local s = weyl.stack({ x, y }, dim)
      assert.same(shape, s.shape)
      local index = { {}, {}, {} }
      index[dim] = 2
      assert.same(y:totable(), s[index]:totable())
    end
    assert.same({ 2, 3, 2 }, weyl.stack({ x, y }, -1).shape)
  end)

  it("cut equal pieces", function()
    local pieces = { numbered({ 6 }):split(2) }
    assert.equal(3, #pieces)
    assert.same({ 5, 6 }, pieces[3]:totable())
    assert.equal(64, #{ numbered({ 64 }):split(1) })
    local none, all = numbered({ 3 }):split { 0, 3 }
    assert.same({ {}, { 1, 2, 3 } }, { none:totable(), all:totable() })
  end)

  it("take parameters and empty tensors", function()
    local p = weyl.param(weyl.ones { 2 })
    assert.same({ 1, 1, 1 },
      weyl.concat({ p, weyl.zeros { 0 }, weyl.ones { 1 } }):totable())
  end)

  it("say what is wrong", function()
    fails("concat: shapes [2] and [2, 2] (input 2) may differ in dimension 1 "
      .. "only", function() weyl.concat { weyl.ones(2), weyl.ones(2, 2) } end)
    fails("concat: argument 'xs' must be a table of 1 to 100000 tensors, got "
      .. "table", function() weyl.concat {} end)
    fails("concat: argument 'xs' must be a table of tensors, got 'x'",
      function() weyl.concat "x" end)
    fails("concat: argument 'xs', entry 2 must be a tensor, got number",
      function() weyl.concat { weyl.ones(1), 2 } end)
    fails("stack: input 2 has shape [3] but input 1 [2]",
      function() weyl.stack { weyl.ones(2), weyl.ones(3) } end)
    fails("split: sizes [2] do not cut 5 into 1 to 64 pieces",
      function() weyl.ones(5):split(2) end)
    fails("split: sizes [2, 2] do not cut 5 into 1 to 64 pieces",
      function() weyl.ones(5):split { 2, 2 } end)
  end)
end)

describe("tile and roll", function()
  it("repeat and shift", function()
    local x = numbered { 2, 3 }
    check(x, x:tile { 2, 3 }, { 4, 9 },
      function(i) return { (i[1] - 1) % 2 + 1, (i[2] - 1) % 3 + 1 } end)
    assert.same({ 0, 3 }, x:tile({ 0, 1 }).shape)
    for shift = -7, 7 do
      check(x, x:roll(shift), { 2, 3 },
        function(i) return { i[1], (i[2] - 1 - shift) % 3 + 1 } end)
      check(x, x:roll(shift, 1), { 2, 3 },
        function(i) return { (i[1] - 1 - shift) % 2 + 1, i[2] } end)
    end
    assert.same({}, weyl.zeros({ 0 }):roll(3):totable())
  end)

  it("say what is wrong", function()
    fails("tile: times must be 1 for each of the 2 dimensions, got 1",
      function() weyl.ones(2, 2):tile { 2 } end)
    fails("tile: times of dimension 2 must be at least 0, got -1",
      function() weyl.ones(2, 2):tile { 1, -1 } end)
  end)
end)

describe("tril and triu", function()
  it("keep one side of a diagonal", function()
    local x = numbered { 2, 3, 4 }
    local slow = reference.of(x)
    for offset = -4, 5 do
      reference.check(reference.build({ 2, 3, 4 }, function(i)
        return i[3] - i[2] <= offset and reference.at(slow, i) or 0.0
      end), x:tril(offset))
      reference.check(reference.build({ 2, 3, 4 }, function(i)
        return i[3] - i[2] >= offset and reference.at(slow, i) or 0.0
      end), x:triu(offset))
    end
    reference.check(reference.of(x:tril(0)), x:tril())
  end)
end)

describe("large ranks", function()
  it("work up to 12 dimensions", function()
    local shape, order = {}, {}
    for d = 1, 12 do shape[d], order[d] = d % 3 == 0 and 2 or 1, 13 - d end
    local x = numbered(shape)
    check(x, x:permute(order), { 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1 },
      function(i)
        local j = {}
        for d = 1, 12 do j[13 - d] = i[d] end
        return j
      end)
    assert.equal(136, x:sum():item())
    fails("reshape: a shape has at most 12 dimensions, got 13",
      function() x:unsqueeze(1) end)
  end)
end)
