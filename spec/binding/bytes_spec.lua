-- bytes_spec.lua: tensors from strings of bytes and back.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"

local from = core.from_bytes

-- Each kind with values at its ends, packed by string.pack's own formats.
local cases = {
  { "f4", "f", "f32", { 1.5, -2, 2 ^ -149, math.huge } },
  { "f8", "d", "f64", { 0.1, -1e300, 5e-324, -math.huge } },
  { "i1", "i1", "i64", { -128, 127, -1, 0 } },
  { "i2", "i2", "i64", { -32768, 32767, -1, 258 } },
  { "i4", "i4", "i64", { -2 ^ 31 | 0, 2 ^ 31 - 1 | 0, -1, 0x01020304 } },
  { "i8", "i8", "i64", { math.mininteger, math.maxinteger, -1, 7 } },
  { "u1", "I1", "i64", { 0, 255, 128, 1 } },
  { "u2", "I2", "i64", { 0, 65535, 32768, 258 } },
  { "u4", "I4", "i64", { 0, 2 ^ 32 - 1 | 0, 2 ^ 31 | 0, 0x01020304 } },
  { "u8", "I8", "i64", { 0, math.maxinteger, 1, 2 } },
}

local function pack(order, format, values)
  local out = {}
  for i, v in ipairs(values) do out[i] = string.pack(order .. format, v) end
  return table.concat(out)
end

describe("from_bytes", function()
  it("reads every kind in both byte orders", function()
    for _, case in ipairs(cases) do
      local kind, format, dtype, values = table.unpack(case)
      for _, order in ipairs { "<", ">" } do
        local t = from(pack(order, format, values), order .. kind, { 4 })
        assert.equal(dtype, t.dtype)
        assert.same(values, t:totable())
      end
    end
  end)

  it("reads complex numbers and booleans", function()
    for _, order in ipairs { "<", ">" } do
      assert.same({ { 1, -2 } },
        from(string.pack(order .. "ff", 1, -2), order .. "c8", { 1 })
          :totable())
      assert.same({ { 1, -2 } },
        from(string.pack(order .. "dd", 1, -2), order .. "c16", { 1 })
          :totable())
    end
    assert.same({ true, false }, from("\1\0", "|b1", { 2 }):totable())
  end)

  it("takes a shape and the first byte, and leaves the rest", function()
    local bytes = "ab" .. pack("<", "i2", { 1, 2, 3, 4 }) .. "c"
    assert.same({ { 1, 2 }, { 3, 4 } },
      from(bytes, "<i2", { 2, 2 }, 3):totable())
    assert.same({ 0, 5 }, from("", "<f8", { 0, 5 }).shape)
    assert.equal(3, from(pack("<", "d", { 3 }), "<f8", {}):item())
  end)

  it("refuses what it cannot read", function()
    local kind = "from_bytes: argument 'kind' must be a byte order and a "
      .. "type such as '<f4', got "
    fails("from_bytes: argument 'bytes' must be a string, got 1",
      function() from(1, "<f4", {}) end)
    for _, bad in ipairs { "f4", "|f4", "<f3", "<", "", "=f8", "<f44" } do
      fails(kind .. "'" .. bad .. "'", function() from("", bad, {}) end)
    end
    fails(kind .. "1", function() from("", 1, {}) end)
    local shape = "from_bytes: argument 'shape' must be a table of at most "
      .. "12 sizes >= 0, got "
    fails(shape .. "nil", function() from("", "<f4", nil) end)
    fails(shape .. "table", function() from("", "<f4", { -1 }) end)
    fails(shape .. "table", function() from("", "<f4", { "a" }) end)
    fails(shape .. "table", function()
      from("", "<f4", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })
    end)
    fails("from_bytes: argument 'first' must be the number of a byte of the "
      .. "string, got 3", function() from("a", "|u1", {}, 3) end)
  end)

  it("never reads past the end", function()
    fails("from_bytes: the shape takes more than the 7 bytes there are",
      function() from("1234567", "<f4", { 2 }) end)
    fails("from_bytes: the shape takes more than the 7 bytes there are",
      function() from("12345678", "<f4", { 2 }, 2) end)
    fails("from_bytes: the shape takes more than the 8 bytes there are",
      function() from("12345678", "<c16", { 1 }) end)
    fails("from_bytes: the shape takes more than the 8 bytes there are",
      function() from("12345678", "|u1", { 1 << 32, 1 << 32 }) end)
  end)

  it("refuses entries that do not fit", function()
    fails("from_bytes: entry 2 is more than 2^63 - 1", function()
      from(pack("<", "I8", { 1, math.mininteger }), "<u8", { 2 })
    end)
    fails("from_bytes: entry 3 is neither 0 nor 1",
      function() from("\0\1\2", "|b1", { 3 }) end)
  end)
end)

describe("to_bytes", function()
  it("is the inverse, little-endian", function()
    for _, dtype in ipairs { "f32", "f64", "c64", "c128", "i64", "bool" } do
      local t = dtype == "bool" and core.tensor { { true }, { false } }
        or core.tensor({ { 1 }, { -2 } }, dtype)
      local bytes, kind = core.to_bytes(t)
      assert.same(t:totable(), from(bytes, kind, { 2, 1 }):totable())
    end
    assert.equal(string.pack("<ff", 1, 3),
      (core.to_bytes(core.tensor { 1, 3 })))
    local x = core.tensor { { 1, 2 }, { 3, 4 } }
    assert.equal(string.pack("<ffff", 1, 3, 2, 4),
      (core.to_bytes(x:transpose())))
    fails("to_bytes: argument 'x' must be a tensor, got table",
      function() core.to_bytes {} end)
  end)

  it("takes another kind of the same dtype", function()
    for kind, v in pairs { ["<i1"] = { -128, 127 }, [">u1"] = { 0, 255 },
      ["<i2"] = { -32768, 32767 }, [">u2"] = { 0, 65535 },
      [">i4"] = { -2147483648, 2147483647 }, ["<u4"] = { 0, 4294967295 },
      [">i8"] = { math.mininteger, math.maxinteger },
      ["<u8"] = { 0, math.maxinteger } } do
      local t = core.tensor(v, "i64")
      assert.same(v, from(core.to_bytes(t, kind), kind, { 2 }):totable())
      for i, step in ipairs { -1, 1 } do
        if kind:sub(2) ~= "i8" and (kind ~= "<u8" or i == 1) then
          fails(("to_bytes: entry %d does not fit in %s"):format(i, kind),
            function() core.to_bytes(t + (i == 1 and core.tensor({ step, 0 },
              "i64") or core.tensor({ 0, step }, "i64")), kind) end)
        end
      end
    end
    assert.equal(string.pack(">d", 1),
      (core.to_bytes(core.tensor(1, "f64"), ">f8")))
    fails("to_bytes: argument 'kind' must be one of the tensor's dtype, "
      .. "got '<f4'", function() core.to_bytes(core.zeros({ 1 }, "i64"),
      "<f4") end)
  end)
end)

describe("floats of two bytes", function()
  it("are read to the last bit, subnormal ones too", function()
    local function half(bits)
      return from(string.pack("<I2", bits), "<f2", { 1 }):item()
    end
    assert.equal(1, half(0x3c00))
    assert.equal(-2, half(0xc000))
    assert.equal(65504, half(0x7bff))
    assert.equal(2 ^ -14, half(0x0400))
    assert.equal(1023 * 2 ^ -24, half(0x03ff))
    assert.equal(2 ^ -24, half(0x0001))
    assert.equal(math.huge, half(0x7c00))
    assert.equal("-0.0", tostring(half(0x8000)))
    local nan = half(0x7e00)
    assert.is_true(nan ~= nan)
    assert.same({ 1.5, -0.0078125 }, from("\x3f\xc0\xbc\x00", ">t2", { 2 })
      :totable())
  end)

  it("have the value that their digits say, for every half", function()
    local bytes, want = {}, {}
    for bits = 0, 0x7bff do
      local e, m = bits >> 10, bits & 1023
      bytes[#bytes + 1] = string.pack("<I2", bits)
      want[#want + 1] = e == 0 and m * 2.0 ^ -24
        or (1 + m / 1024) * 2.0 ^ (e - 15)
    end
    local got = from(table.concat(bytes), "<f2", { #want })
    assert.is_true(got:eq(core.tensor(want)):all():item())
  end)
end)

describe("read_bytes", function()
  it("reads on from where a file stands, in several blocks", function()
    local file = assert(io.tmpfile())
    local x = core.arange(30000)
    file:write("head", (core.to_bytes(x)), "\1\0\1")
    file:seek("set", 4)
    assert.is_true(core.read_bytes(file, "<i8", { 300, 100 })
      :eq(x:reshape { 300, 100 }):all():item())
    assert.same({ true, false, true }, core.read_bytes(file, "|b1", { 3 })
      :totable())
    fails("read_bytes: the file ends too early",
      function() core.read_bytes(file, "<f4", { 1 }) end)
    file:seek("set", 0)
    fails("read_bytes: entry 1 is neither 0 nor 1",
      function() core.read_bytes(file, "|b1", { 1 }) end)
    fails("read_bytes: argument 'kind' must be a byte order and a type such "
      .. "as '<f4', got 'f4'",
      function() core.read_bytes(file, "f4", { 1 }) end)
    fails("read_bytes: argument 'shape' must be of less than 2^63 bytes, got "
      .. "table",
      function() core.read_bytes(file, "<f4", { 1 << 40, 1 << 40 }) end)
    file:close()
    fails("read_bytes: argument 'file' must be an open file, got userdata",
      function() core.read_bytes(file, "<f4", { 1 }) end)
  end)
end)
