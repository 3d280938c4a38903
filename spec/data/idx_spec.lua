-- idx_spec.lua: IDX files, plain and packed: what is read, written, refused.

local helper = require "spec.helper"
local weyl = require "weyl"
local zlib = require "zlib"

local data = weyl.data

local folder
setup(function() folder = helper.folder() end)
teardown(function() helper.remove(folder) end)

local function file(text)
  helper.write(folder .. "/a.idx", text)
  return folder .. "/a.idx"
end

local function pack(text) return (zlib.deflate(9, 31)(text, "finish")) end

-- A file by hand.
local function idx(code, shape, body)
  local out = { "\0\0" .. string.char(code, #shape) }
  for i, n in ipairs(shape) do out[i + 1] = string.pack(">I4", n) end
  return table.concat(out) .. body
end

local function refuses(what, text)
  local ok, why = pcall(data.load_idx, file(text))
  assert.is_false(ok)
  assert.equal("data.load_idx: 'F/a.idx': " .. what,
    (tostring(why):gsub("^[^:]*:%d+: ", ""):gsub(folder, "F")))
end

describe("data.load_idx", function()
  it("reads every type, plain and packed", function()
    for _, case in ipairs { { 8, "\0\1\200\255", { 0, 1, 200, 255 }, "i64" },
      { 9, "\0\1\200\255", { 0, 1, -56, -1 }, "i64" },
      { 0xB, string.pack(">i2i2i2i2", 1, -2, 300, -300),
        { 1, -2, 300, -300 }, "i64" },
      { 0xC, string.pack(">i4i4i4i4", 1, -2, 70000, 0),
        { 1, -2, 70000, 0 }, "i64" },
      { 0xD, string.pack(">ffff", 1, -2, 0.5, 0), { 1, -2, 0.5, 0 }, "f32" },
      { 0xE, string.pack(">dddd", 1, -2, 0.1, 0), { 1, -2, 0.1, 0 }, "f64" } }
    do
      local text = idx(case[1], { 2, 2 }, case[2])
      for _, bytes in ipairs { text, pack(text) } do
        local t = data.load_idx(file(bytes))
        assert.equal(case[4], t.dtype)
        assert.same({ 2, 2 }, t.shape)
        assert.same(case[3], t:flatten():totable())
      end
    end
    assert.same({ 0, 3 }, data.load_idx(file(idx(8, { 0, 3 }, ""))).shape)
    assert.equal(7, data.load_idx(file(idx(8, {}, "\7"))):item())
  end)

  it("refuses what does not fit", function()
    refuses("this is no IDX file", "")
    refuses("this is no IDX file", "\0\1\8\1")
    refuses("entries of type 0x0a are not read", idx(0xA, {}, "x"))
    refuses("13 dimensions are more than 12", "\0\0\8\13")
    refuses("the file ends within the header", "\0\0\8\2\0\0\0\1")
    refuses("shape [2] takes 2 bytes, the file has 1", idx(8, { 2 }, "x"))
    refuses("shape [2] takes 2 bytes, the file has 3", idx(8, { 2 }, "xxx"))
    refuses("shape [2] takes 2 bytes, the file has 1", pack(idx(8, { 2 }, "x")))
    refuses("shape [2] takes 2 bytes, the file has more",
      pack(idx(8, { 2 }, "xxx")))
    refuses("shape [4294967295, 4294967295] takes too many bytes",
      idx(14, { 0xFFFFFFFF, 0xFFFFFFFF }, ""))
    refuses("the gzip data are cut short",
      pack(idx(8, { 2 }, "xx")):sub(1, -3))
  end)

  it("does not unpack what was not announced", function()
    local bomb = pack(idx(8, { 2 }, ("\0"):rep(1 << 24)))
    collectgarbage()
    local before = weyl.memory().live
    refuses("shape [2] takes 2 bytes, the file has more", bomb)
    collectgarbage()
    assert.is_true(weyl.memory().live - before < 1 << 20)
  end)
end)

describe("data.save_idx", function()
  it("is read back, as narrow as can be", function()
    for _, case in ipairs { { { 0, 255 }, "i64", 8 }, { { -1, 5 }, "i64", 9 },
      { { -1, 200 }, "i64", 0xB }, { { 40000, 0 }, "i64", 0xC },
      { { 0.5, 2 }, "f32", 0xD }, { { 0.1, 2 }, "f64", 0xE } } do
      for _, name in ipairs { "/b.idx", "/b.idx.gz" } do
        data.save_idx(folder .. name, weyl.tensor(case[1], case[2]))
        local t = data.load_idx(folder .. name)
        assert.same({ case[2], case[1] }, { t.dtype, t:totable() })
      end
      assert.equal(case[3], helper.read(folder .. "/b.idx"):byte(3))
    end
    data.save_idx(folder .. "/b.idx", weyl.tensor { true, false })
    assert.same({ 1, 0 }, data.load_idx(folder .. "/b.idx"):totable())
  end)

  it("explains wrong arguments", function()
    assert.error_matches(function()
      data.save_idx(folder .. "/b.idx", weyl.tensor({ 1 << 40 }, "i64"))
    end, "data.save_idx: IDX has integers of 32 bits at most, "
      .. "not 1099511627776")
    assert.error_matches(function() data.save_idx("a", 1) end,
      "data.save_idx: argument 'x' must be a real tensor, got 1")
  end)
end)
