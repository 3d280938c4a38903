-- create_spec.lua: making tensors, element types and how they mix.

local fails = require "spec.tensor.fails"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local dtypes = { "f32", "f64", "c64", "c128", "i64", "bool" }
local nan, inf = 0 / 0, math.huge

local function same(expected, t)
  assert.same(expected, t:totable())
end

describe("zeros, ones and full", function()
  it("take a shape as a table or as integers, and any dtype", function()
    for _, dtype in ipairs(dtypes) do
      local t = weyl.zeros({ 2, 3 }, dtype)
      assert.same({ 2, 3 }, t.shape)
      assert.equal(dtype, t.dtype)
    end
    assert.same({ 2, 3 }, weyl.ones(2, 3).shape)
    assert.equal("i64", weyl.ones(2, 3, "i64").dtype)
    assert.same({}, weyl.zeros({}).shape)
    same({ { 1, 1 } }, weyl.ones({ 1, 2 }, "i64"))
    same({ true, true }, weyl.ones({ 2 }, "bool"))
    same({ { 1.0, 0.0 } }, weyl.ones({ 1 }, "c128"))
  end)

  it("default to f32", function()
    assert.equal("f32", weyl.zeros({ 1 }).dtype)
    assert.equal("f32", weyl.full({ 1 }, 2).dtype)
  end)

  it("round a number once, to the dtype asked for", function()
    same({ 0.1, 0.1 }, weyl.full({ 2 }, 0.1, "f64"))
    same({ 7 }, weyl.full({ 1 }, 7, "i64"))
    same({ true }, weyl.full({ 1 }, true))
    local x = weyl.zeros({ 2 }, "f64")
    same({ 0.1, 0.1 }, weyl.full_like(x, 0.1))
    local big = weyl.zeros({ 1 }, "i64")
    same({ (1 << 60) + 1 }, weyl.full_like(big, (1 << 60) + 1))
  end)

  it("have variants like another tensor", function()
    for _, dtype in ipairs(dtypes) do
      local x = weyl.zeros({ 2, 3 }, dtype)
      for _, t in ipairs { x:zeros_like(), x:ones_like() } do
        assert.equal(dtype, t.dtype)
        assert.same({ 2, 3 }, t.shape)
      end
    end
    same({ 1, 1 }, weyl.zeros({ 2 }, "i64"):ones_like())
  end)

  it("fill empty shapes", function()
    for _, shape in ipairs { { 0 }, { 2, 0 }, { 0, 3, 1 } } do
      local t = weyl.ones(shape)
      assert.equal(0, t.size)
      assert.same(shape, (t + 1):eval().shape)
    end
  end)
end)

describe("arange", function()
  it("counts like Lua's for, both ends included", function()
    same({ 1, 2, 3 }, weyl.arange(3))
    same({ 2, 4, 6 }, weyl.arange(2, 7, 2))
    same({ 3, 2, 1 }, weyl.arange(3, 1, -1))
    same({}, weyl.arange(5, 1))
    same({}, weyl.arange(0))
    assert.equal("i64", weyl.arange(3).dtype)
    assert.equal("f32", weyl.arange(1, 2, 0.5).dtype)
    assert.equal("f64", weyl.arange(3, "f64").dtype)
  end)

  it("reaches the end in spite of rounding", function()
    local t = weyl.arange(0, 1, 0.1, "f64")
    assert.equal(11, #t)
    for i = 1, 11 do assert.equal((i - 1) * 0.1, t[i]:item()) end
    assert.equal(4, #weyl.arange(0, 0.3, 0.1))
  end)

  it("says what is wrong", function()
    fails("arange: first, last and step must be finite and step not 0, got "
      .. "1, 2 and 0", function() weyl.arange(1, 2, 0) end)
    fails("arange: first, last and step must be finite and step not 0, got "
      .. "1, inf and 1", function() weyl.arange(1, inf) end)
    fails("arange: 1e+300 numbers are too many",
      function() weyl.arange(0, 1e300) end)
    fails("arange: argument 'first' must be a number, got 'a'",
      function() weyl.arange "a" end)
  end)
end)

describe("linspace", function()
  it("has both ends exactly", function()
    local t = weyl.linspace(0.1, 0.7, 7, "f64")
    assert.equal(0.1, t[1]:item())
    assert.equal(0.7, t[7]:item())
    for i = 1, 7 do assert.near(0.1 * i, t[i]:item(), 1e-15) end
    same({ 5.0 }, weyl.linspace(5, 9, 1, "f64"))
    same({}, weyl.linspace(0, 1, 0))
    same({ 3.0, 2.0, 1.0 }, weyl.linspace(3, 1, 3))
  end)

  it("says what is wrong", function()
    fails("linspace: count must be at least 0, got -1",
      function() weyl.linspace(0, 1, -1) end)
  end)
end)

describe("eye", function()
  it("is a matrix with ones on its diagonal", function()
    for _, dtype in ipairs(dtypes) do
      local t = weyl.eye(2, 3, dtype)
      assert.equal(dtype, t.dtype)
      same({ { 1, 0, 0 }, { 0, 1, 0 } }, t:to "i64")
    end
  end)
end)

describe("tensor", function()
  it("takes numbers, booleans and nested tables", function()
    same(2.5, weyl.tensor(2.5))
    same(true, weyl.tensor(true))
    same({ { 1.0, 2.0 }, { 3.0, 4.0 } }, weyl.tensor { { 1, 2 }, { 3, 4 } })
    assert.equal("f32", weyl.tensor({ 1 }).dtype)
    assert.equal("bool", weyl.tensor({ true }).dtype)
    same({ 0.1 }, weyl.tensor({ 0.1 }, "f64"))
    same({ math.mininteger, math.maxinteger },
      weyl.tensor({ math.mininteger, math.maxinteger }, "i64"))
    same({ 3 }, weyl.tensor({ 3.0 }, "i64"))
    same({ { 2.0, 0.0 } }, weyl.tensor({ 2 }, "c64"))
    assert.same({ 0 }, weyl.tensor({}).shape)
    assert.same({ 2, 0 }, weyl.tensor({ {}, {} }).shape)
  end)

  it("converts tensors", function()
    local x = weyl.tensor { 1.5 }
    assert.equal("f64", weyl.tensor(x, "f64").dtype)
    same({ 1.5 }, weyl.tensor(x))
  end)

  it("holds 12 dimensions and no more", function()
    local value = 1
    for _ = 1, 12 do value = { value } end
    assert.equal(12, weyl.tensor(value).rank)
    fails("tensor: tables are nested deeper than 12 levels",
      function() weyl.tensor { value } end)
  end)

  it("says what is wrong", function()
    fails("tensor: uneven nesting: dimension 2 has 2 entries in one place and "
      .. "1 in another", function() weyl.tensor { { 1, 2 }, { 3 } } end)
    fails("tensor: uneven nesting: dimension 2 has 1 entries in one place and "
      .. "number in another", function() weyl.tensor { { 1 }, 2 } end)
    fails("tensor: a table where a number was expected, at depth 1: the "
      .. "nesting is uneven", function() weyl.tensor { 1, { 2 } } end)
    fails("tensor: an element must be a number, got string (a)",
      function() weyl.tensor { 1, "a" } end)
    fails("tensor: an element must be an integer, got number (1.5)",
      function() weyl.tensor({ 1.5 }, "i64") end)
    fails("tensor: an element must be a boolean, got number (1)",
      function() weyl.tensor({ 1 }, "bool") end)
    fails("tensor: an element must be a number, got boolean (true)",
      function() weyl.tensor({ true }, "f32") end)
    fails("tensor: argument 'value' must be a number, a boolean or a table "
      .. "of them, got 'x'", function() weyl.tensor "x" end)
    fails("tensor: argument 'value' must be a number, a boolean or a table "
      .. "of them, got nil", function() weyl.tensor() end)
    fails("tensor: argument 'dtype' must be 'f32', 'f64', 'c64', 'c128', "
      .. "'i64' or 'bool', got 'f16'", function() weyl.tensor(1, "f16") end)
  end)
end)

describe("a shape", function()
  it("says what is wrong with it", function()
    fails("zeros: shape [2, -1] has a negative dimension 2",
      function() weyl.zeros(2, -1) end)
    fails("zeros: shape [4294967296, 4294967296] has too many elements",
      function() weyl.zeros(1 << 32, 1 << 32) end)
    fails("zeros: argument 'shape' must be integers or one table of them, "
      .. "got 'a'", function() weyl.zeros "a" end)
    fails("zeros: argument 'shape' must be integers or one table of them, "
      .. "got 1.5", function() weyl.zeros(1.5) end)
    fails("zeros: argument 'shape' must be given, got nothing",
      function() weyl.zeros() end)
    fails("zeros: argument 'dtype' must be a dtype ('f32', 'f64', 'c64', "
      .. "'c128', 'i64' or 'bool'), got 'foo'",
      function() weyl.zeros(2, "foo") end)
    fails("ones: shape has at most 12 dimensions, got 13",
      function() weyl.ones { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } end)
  end)
end)

describe("conversion", function()
  -- A few values of each dtype and what they are in each other one.
  local x = { f64 = { 0.0, 1.0, -2.75, 3e9 } }

  it("keeps what the new dtype can hold", function()
    local t = weyl.tensor(x.f64, "f64")
    same({ 0, 1, -2, 3000000000 }, t:to "i64")
    same({ false, true, true, true }, t:to "bool")
    same({ 0.0, 1.0, -2.75, 3e9 }, t:to "f32")
    reference.check({ shape = { 4 }, reference.complex(0),
      reference.complex(1), reference.complex(-2.75),
      reference.complex(3e9) }, t:to "c128")
    same({ 0.0, 1.0 }, weyl.tensor({ false, true }):to "f64")
    same({ 0, 1 }, weyl.tensor({ false, true }):to "i64")
    same({ -5.0 }, weyl.tensor({ -5 }, "i64"):to "f32")
    same({ false, true }, weyl.tensor({ 0, -5 }, "i64"):to "bool")
    same({ 16777216.0 }, weyl.tensor({ 16777217 }, "i64"):to "f32")
  end)

  it("goes to the nearest integer that exists", function()
    same({ 0, math.maxinteger, math.mininteger, math.maxinteger },
      weyl.tensor({ nan, inf, -inf, 1e300 }, "f64"):to "i64")
    same({ 0, math.maxinteger, math.mininteger },
      weyl.tensor({ nan, inf, -inf }, "f32"):to "i64")
  end)

  it("takes the real part of complex numbers", function()
    local z = weyl.complex(weyl.tensor { 1, 2 }, weyl.tensor { 3, 4 })
    same({ 1.0, 2.0 }, z:to "f32")
    assert.equal("c128", z:to("c128").dtype)
    same({ { 1.0, 3.0 }, { 2.0, 4.0 } }, z:to "c128")
  end)
end)

describe("promotion", function()
  local wider = {
    f32 = { f32 = "f32", f64 = "f64", c64 = "c64", c128 = "c128" },
    f64 = { f64 = "f64", c64 = "c128", c128 = "c128" },
    c64 = { c64 = "c64", c128 = "c128" },
    c128 = { c128 = "c128" },
    i64 = { i64 = "i64" }, bool = {},
  }

  it("gives the wider of two floating-point dtypes", function()
    for _, a in ipairs(dtypes) do
      for _, b in ipairs(dtypes) do
        local x, y = weyl.ones({ 2 }, a), weyl.ones({ 2 }, b)
        local expected = wider[a][b] or wider[b][a]
        if expected then
          assert.equal(expected, (x + y).dtype, a .. " + " .. b)
          assert.equal(expected, weyl.concat({ x, y }).dtype)
          assert.equal(expected,
            weyl.where(weyl.ones({ 2 }, "bool"), x, y).dtype)
          reference.check({ shape = { 2 }, 2, 2 }, (x + y):real():to "i64")
        else
          assert.is_false(pcall(function() return x + y end))
        end
      end
    end
  end)

  it("does not mix integers or booleans with others", function()
    local f, i, b = weyl.ones { 2 }, weyl.ones({ 2 }, "i64"),
      weyl.ones({ 2 }, "bool")
    fails("add: f32 and i64 do not mix (convert one with :to)",
      function() return f + i end)
    fails("mul: i64 and bool do not mix (convert one with :to)",
      function() return i * b end)
    fails("where: i64 and f32 do not mix (convert one with :to)",
      function() return weyl.where(b, i, f) end)
    fails("concat: f32 and i64 (input 2) do not mix (convert one with :to)",
      function() return weyl.concat { f, i } end)
    fails("div: x must be f32, f64, c64 or c128, got i64 (convert with "
      .. ":to'f32')", function() return i / i end)
    fails("exp: x must be f32, f64, c64 or c128, got i64 (convert with "
      .. ":to'f32')", function() return i:exp() end)
  end)

  it("gives numbers the dtype of the tensor beside them", function()
    local double, i = weyl.zeros({ 1 }, "f64"), weyl.ones({ 1 }, "i64")
    same({ 0.1 }, double + 0.1)
    same({ 0.1 }, 0.1 + double)
    same({ 0.1 }, double:maximum(0.1))
    same({ 0.1 }, double:clamp(0.1))
    same({ 0.1, 0.0 }, double:pad({ 1, 0 }, 0.1))
    local mask = weyl.tensor { true }
    same({ 0.1 }, weyl.where(mask, 0.1, double))
    same({ 0.1 }, weyl.where(mask:logical_not(), double, 0.1))
    same({ 9 }, weyl.where(mask, 9, i))
    same({ 3 }, i + 2)
    same({ math.maxinteger }, i * math.maxinteger)
    fails("the number 1.5 is no integer and the tensor is i64 (convert it "
      .. "with :to'f32')", function() return i + 1.5 end)
  end)
end)
