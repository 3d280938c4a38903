-- load_spec.lua: .npy, .npz and text files: what is read, what is refused and
-- how it is said.

local helper = require "spec.helper"
local weyl = require "weyl"
local zip = require "weyl.data.zip"
local zlib = require "zlib"

local PYTHON = "/usr/bin/python3" -- Debian's, which may have NumPy

local data, says = weyl.data, helper.says

local folder
setup(function() folder = helper.folder() end)
teardown(function() helper.remove(folder) end)

local function file(name, text)
  local path = folder .. "/" .. name
  helper.write(path, text)
  return path
end

-- A .npy file by hand.
local function npy(header, body, version)
  return "\x93NUMPY" .. string.char(version or 1) .. "\0"
    .. string.pack((version or 1) > 1 and "<s4" or "<s2", header) .. body
end

local function dict(descr, fortran, shape)
  return ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }  \n"):format(
    descr, fortran and "True" or "False", shape)
end

describe("data.load_npy", function()
  local function load(bytes) return data.load_npy(file("a.npy", bytes)) end

  local function refuses(what, bytes)
    says("data.load_npy: 'F/a.npy': " .. what, function() load(bytes) end)
  end

  it("reads all shapes, orders and versions", function()
    local two = string.pack("<dddddd", 1, 2, 3, 4, 5, 6)
    assert.same({ { 1, 2, 3 }, { 4, 5, 6 } },
      load(npy(dict("<f8", false, "(2, 3)"), two)):totable())
    assert.same({ { 1, 3, 5 }, { 2, 4, 6 } },
      load(npy(dict("<f8", true, "(2, 3)"), two)):totable())
    assert.same({ { 1, 2 } }, load(npy(dict(">i2", true, "(1, 2,)"),
      string.pack(">i2i2", 1, 2), 2)):totable())
    assert.equal(7, load(npy(dict("<f4", false, "()"),
      string.pack("<f", 7), 3)):item())
    assert.same({ true }, load(npy(dict("|b1", true, "(1,)"), "\1"))
      :totable())
    assert.same({ 0, 2 }, load(npy(dict("<f4", false, "(0, 2)"), "")).shape)
    assert.same({ 200 }, load(npy("{ 'shape':(1,) , 'fortran_order' :False,"
      .. "'descr':'|u1'}", "\200")):totable())
  end)

  it("reads three dimensions column by column", function()
    local body, want = {}, {}
    for i = 1, 24 do body[i] = string.pack("<i4", i) end
    local t = load(npy(dict("<i4", true, "(2, 3, 4)"), table.concat(body)))
    for i = 1, 2 do
      want[i] = {}
      for j = 1, 3 do
        want[i][j] = {}
        for k = 1, 4 do want[i][j][k] = i + 2 * (j - 1) + 6 * (k - 1) end
      end
    end
    assert.same(want, t:totable())
  end)

  it("refuses what is no .npy file or is cut short", function()
    refuses("this is no .npy file", "abc")
    refuses("the file ends within the header", "\x93NUMPY\1\0\1")
    refuses("the file ends within the header", "\x93NUMPY\2\0\1\0\0")
    refuses("the file ends within the header", "\x93NUMPY\1\0\9\0{}")
    refuses("version 4.0 of .npy is not known", "\x93NUMPY\4\0\9\0{}")
    refuses("version 1.1 of .npy is not known", "\x93NUMPY\1\1\9\0{}")
    local whole = npy(dict("<f8", false, "(2,)"), ("x"):rep(16))
    refuses("shape [2] of '<f8' takes 16 bytes, the file has 15",
      whole:sub(1, -2))
    refuses("shape [2] of '<f8' takes 16 bytes, the file has 17",
      whole .. "x")
    refuses("shape [3037000500, 3037000500] of '<f8' takes too many bytes, "
      .. "the file has 0", npy(dict("<f8", false,
        "(3037000500, 3037000500)"), ""))
  end)

  it("refuses headers that it does not understand", function()
    refuses("the header is no dictionary", npy("[]", ""))
    refuses("the header is not understood at 'os.system(1)}'",
      npy("{os.system(1)}", ""))
    refuses("the header is not understood at ''name': 1}'",
      npy("{'name': 1}", ""))
    refuses("the header is not understood at ''descr': '<f8'}'",
      npy("{'descr': '<f8', 'descr': '<f8'}", ""))
    refuses("the header is not understood at ' 3}'",
      npy("{'descr': '<f8' 3}", ""))
    refuses("the header is not understood at '1, }  \n'",
      npy("{'descr': '<f8', 'fortran_order': 1, }  \n", ""))
    for _, shape in ipairs { "(3)", "(-1,)", "(1 2)", "(1.5,)", "(,)",
      "(99999999999999999999,)", "[3]" } do
      refuses(("the header is not understood at '%s, }  \n'"):format(shape),
        npy(dict("<f8", false, shape), ""))
    end
    refuses("the header's descr is no simple type: '[('a', '<f8')]}'",
      npy("{'descr': [('a', '<f8')]}", ""))
    refuses("the header has no shape",
      npy("{'descr': '<f8', 'fortran_order': True}", ""))
    refuses("the header has text after its end", npy("{} x", ""))
  end)

  it("refuses types that it does not know", function()
    refuses("an array of Python objects would have to be executed: not read",
      npy(dict("|O", false, "(1,)"), "x"))
    refuses("entries of type '<f16' are not read",
      npy(dict("<f16", false, "(1,)"), ("x"):rep(16)))
    refuses("entries of type '<U4' are not read",
      npy(dict("<U4", false, "(1,)"), "xx"))
    refuses("entries of type '|f4' are not read",
      npy(dict("|f4", false, "(1,)"), "xxxx"))
    refuses("entry 1 is neither 0 nor 1", npy(dict("|b1", false, "(1,)"), "x"))
    refuses("entry 1 is more than 2^63 - 1",
      npy(dict("<u8", false, "(1,)"), ("\255"):rep(8)))
    refuses("13 dimensions are more than 12",
      npy(dict("|u1", false, "(" .. ("1, "):rep(12) .. "1)"), "x"))
  end)

  it("refuses a header that is too long to be one", function()
    refuses("a header of 1048577 bytes", "\x93NUMPY\2\0"
      .. string.pack("<I4", (1 << 20) + 1))
  end)

  it("says when a file is not there", function()
    says("data.load_npy: cannot open F/no.npy: No such file or directory",
      function() data.load_npy(folder .. "/no.npy") end)
    says("data.load_npy: argument 'path' must be a file's name, got 1",
      function() data.load_npy(1) end)
    says("data.load_npy: cannot read 'F': Is a directory",
      function() data.load_npy(folder) end)
  end)
end)

describe("data.save_npy and data.save_npz", function()
  local arrays = { a = weyl.tensor({ { 1.5, -2 }, { 3, 4 } }, "f64"),
    b = weyl.tensor({ 1, 2, 3 }, "i64"), c = weyl.tensor(true),
    d = weyl.tensor { 0.1, 0.2 } }

  it("are read back", function()
    local path = folder .. "/back.npy"
    for _, t in next, arrays do
      data.save_npy(path, t)
      local got = data.load_npy(path)
      assert.same({ t.dtype, t.shape, t:totable() },
        { got.dtype, got.shape, got:totable() })
    end
    data.save_npz(folder .. "/back.npz", arrays)
    local back = data.load_npz(folder .. "/back.npz")
    for name, t in next, arrays do
      assert.same(t:totable(), back[name]:totable())
    end
    local only = data.load_npz(folder .. "/back.npz", { "b" })
    assert.equal("b", (next(only)))
    assert.is_nil(next(only, "b"))
  end)

  it("deflate when asked to", function()
    local path = folder .. "/packed.npz"
    local x = weyl.arange(300000):reshape { 3, 100000 }:eval()
    data.save_npz(path, { x = x, e = weyl.zeros { 0, 2 } },
      { compress = true })
    assert.is_true(#helper.read(path) < 1000000) -- of 2400000
    local back = data.load_npz(path)
    assert.is_true(back.x:eq(x):all():item())
    assert.same({ 0, 2 }, back.e.shape)
  end)

  it("write numbers in 64 bits where 32 are too few", function()
    for _, limit in ipairs { 0, 100, 250 } do
      local path = folder .. "/wide.npz"
      zip.limit = limit
      local ok, why = pcall(data.save_npz, path, arrays, { compress = true })
      zip.limit = 0xFFFFFFFF
      assert(ok, why)
      local back = data.load_npz(path)
      for name, t in next, arrays do
        assert.same(t:totable(), back[name]:totable())
      end
    end
  end)

  it("begin entries at multiples of 64 bytes", function()
    local path = folder .. "/back.npy"
    data.save_npy(path, arrays.a)
    local f = assert(io.open(path, "rb"))
    assert.equal(32, f:seek "end" % 64) -- 4 entries of 8 bytes
    f:close()
  end)

  it("explain wrong arguments", function()
    says("data.save_npy: argument 'x' must be a tensor, got nil",
      function() data.save_npy("a", nil) end)
    says("data.save_npy: argument 'path' must be a file's name, got nil",
      function() data.save_npy(nil, arrays.a) end)
    says("data.save_npz: argument 'path' must be a file's name, got nil",
      function() data.save_npz(nil, arrays) end)
    says("data.save_npz: argument 'arrays' must be a table of tensors by "
      .. "name, got a table", function() data.save_npz("a", { 1 }) end)
    says("data.save_npz: argument 'arrays' must be a table of tensors by "
      .. "name, got nil", function() data.save_npz("a", nil) end)
    assert.error_matches(function() data.save_npy(folder .. "/no/a", arrays.a)
    end, "cannot write '.*/no/a': ")
  end)

  it("agree with NumPy #numpy", function()
    if not os.execute(PYTHON .. " -c 'import numpy' 2>/dev/null") then
      pending "NumPy is not installed"
      return
    end
    data.save_npz(folder .. "/w.npz", arrays)
    data.save_npz(folder .. "/p.npz", arrays, { compress = true })
    zip.limit = 200
    data.save_npz(folder .. "/z.npz", arrays)
    zip.limit = 0xFFFFFFFF
    data.save_npy(folder .. "/w.npy", weyl.complex(arrays.a, arrays.a))
    local script = file("n.py", [==[
import numpy, sys
f = sys.argv[1]
for name in "wpz":
  w = numpy.load(f + "/" + name + ".npz")
  assert w["a"].tolist() == [[1.5, -2], [3, 4]]
  assert w["b"].tolist() == [1, 2, 3] and w["b"].dtype == "int64"
  assert w["c"].tolist() is True and w["d"].dtype == "float32"
assert numpy.load(f + "/w.npy").tolist() == [[1.5+1.5j, -2-2j], [3+3j, 4+4j]]
x = numpy.arange(24).reshape(2, 3, 4)
numpy.savez_compressed(f + "/n.npz", c=x, f=numpy.asfortranarray(x),
  b=x.astype(">f4"), u=x.astype("u1"), h=x.astype(">f2"), i=x.astype(">i2"),
  z=x.astype(">c16"), t=x > 5)
numpy.savez(f + "/s.npz", c=x, f=numpy.asfortranarray(x.astype("f4")))
]==])
    assert(os.execute(("%s %s %s"):format(PYTHON, script, folder)))
    local n, x = data.load_npz(folder .. "/n.npz"),
      (weyl.arange(24) - 1):reshape(2, 3, 4):totable()
    for _, name in ipairs { "c", "f", "b", "u", "h", "i" } do
      assert.same(x, n[name]:totable())
    end
    assert.equal("c128", n.z.dtype)
    assert.same(x, n.z:real():totable())
    assert.same({ false, true }, n.t[{ 1, 2, { 2, 3 } }]:totable())
    for _, t in next, data.load_npz(folder .. "/s.npz") do
      assert.same(x, t:totable())
    end
  end)
end)

-- An archive of one entry by hand; o changes what it says.
local function archive(o)
  local text = o.text or npy(dict("<f8", false, "(2,)"),
    string.pack("<dd", 1, 2))
  local name = o.name or "a.npy"
  local packed = o.packed or o.method == 8
    and zlib.deflate(9, -15)(text, "finish") or text
  local what = string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, o.flags or 0,
    o.method or 0, 0, 33, o.crc or zlib.crc32()(text), #packed,
    o.size or #text, #name, 0)
  local head = "PK\3\4" .. what .. (o.local_name or name) .. packed
  local index = "PK\1\2\20\0" .. what .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0,
    o.offset or 0) .. name
  local n = (o.twice or o.second) and 2 or 1
  index = index .. (o.second and index:gsub("a%.npy", o.second)
    or index:rep(n - 1))
  return head .. index .. (o.extra or "") .. "PK\5\6"
    .. string.pack("<I2I2I2I2I4I4I2", 0, o.disk or 0, n, n,
      #index + #(o.extra or ""), o.start or #head, #(o.comment or ""))
    .. (o.comment or "")
end

describe("data.load_npz", function()
  local function load(bytes) return data.load_npz(file("a.npz", bytes)) end

  local function refuses(what, o)
    says("data.load_npz: 'F/a.npz'" .. what,
      function() load(type(o) == "table" and archive(o) or o) end)
  end

  it("reads stored and deflated entries", function()
    assert.same({ 1, 2 }, load(archive {}).a:totable())
    assert.same({ 1, 2 }, load(archive { method = 8 }).a:totable())
    assert.same({ 1, 2 }, load(archive { comment = "hello" }).a:totable())
    local long = {}
    for i = 1, 40000 do long[i] = string.pack("<I8", i * i * 7919 % 65537) end
    local text = npy(dict("<i8", false, "(40000,)"), table.concat(long))
    local t = load(archive { method = 8, text = text }).a
    assert.equal(40000, #t)
    assert.equal(40000 * 40000 * 7919 % 65537, t[40000]:item())
  end)

  it("checks checksums and sizes", function()
    local entry = ", entry 'a.npy': "
    refuses(entry .. "the checksum is wrong", { crc = 1 })
    refuses(entry .. "the checksum is wrong", { crc = 1, method = 8 })
    refuses(entry .. "it has 85 bytes, not 86", { size = 86, text =
      ("x"):rep(85) })
    local x = ("x"):rep(85)
    refuses(entry .. "it inflates to 85 bytes, not 86",
      { method = 8, size = 86, text = x })
    refuses(entry .. "it inflates to more than 84 bytes",
      { method = 8, size = 84, text = x })
    refuses(entry .. "the deflated data are damaged",
      { method = 8, packed = ("\255"):rep(20), text = x })
    local packed = zlib.deflate(9, -15)(x, "finish")
    refuses(entry .. "the deflated data are cut short",
      { method = 8, packed = packed:sub(1, -2), text = x })
    refuses(entry .. "there are bytes after the deflated data",
      { method = 8, packed = packed .. "x", text = x })
    refuses(entry .. "the deflated data are cut short",
      { method = 8, packed = "", text = "" })
    refuses(entry .. "5 bytes cannot inflate to 1000000",
      { method = 8, packed = "12345", size = 1000000 })
  end)

  it("checks the archive", function()
    refuses(": this is no ZIP archive, or its end is missing", "abc")
    refuses(": this is no ZIP archive, or its end is missing",
      archive({}):sub(1, -2))
    refuses(": archives of several parts are not read", { disk = 1 })
    refuses(": the archive's 64-bit end record is missing",
      { start = 0xFFFFFFFF })
    refuses(": the archive's directory has no room for 2 entries",
      (archive({}):gsub("\1\0\1\0(.%z%z%z....%z%z)$", "\2\0\2\0%1")))
    refuses(": the archive's directory is not where it should be",
      { start = 1 })
    refuses(": two entries are named 'a.npy'", { twice = true })
    refuses(": the archive's directory has 3 bytes too many",
      { extra = "abc" })
    local cut = archive {}
    refuses(": the archive's directory is damaged at its byte 1",
      (cut:gsub("PK\1\2", "PK\1\1")))
    refuses(", entry 'a.npy': the entry is not where the directory says",
      { second = "b.npy" }) -- they share their bytes
    refuses(", entry 'a.npy': encrypted entries are not read", { flags = 1 })
    refuses(", entry 'a.npy': compression method 12 is not known",
      { method = 12 })
    refuses(", entry 'a.npy': the entry is not where the directory says",
      { offset = 3 })
    refuses(", entry 'a.npy': the entry is not where the directory says",
      { offset = 100000 })
    refuses(", entry 'a.npy': the entry has another name than in the "
      .. "directory", { local_name = "b.npy" })
    refuses(", entry 'a.npy': the entry reaches past its end",
      (archive({}):gsub("PK\3\4(" .. ("."):rep(22) .. ")..", "PK\3\4%1\255\0",
        1)))
  end)

  it("names arrays", function()
    refuses(": entry 'a.txt' is no array", { name = "a.txt" })
    refuses(", entry 'a.npy': this is no .npy file", { text = "hello" })
    local path = file("a.npz", archive {})
    says("data.load_npz: 'F/a.npz': there is no array 'b'",
      function() data.load_npz(path, { "b" }) end)
    says("data.load_npz: argument 'names' must be a list of names, got 'b'",
      function() data.load_npz(path, "b") end)
  end)

  it("says when zlib is missing", function()
    local path = file("a.npz", archive {})
    package.loaded.zlib, package.preload.zlib = nil, function() error "no" end
    local ok, why = pcall(data.load_npz, path)
    package.loaded.zlib, package.preload.zlib = zlib, nil
    assert.is_false(ok)
    assert.matches("data.load_npz: needs the Lua module 'zlib' "
      .. "%(Debian: lua%-zlib%)", why)
  end)
end)

describe("data.load_table", function()
  local function load(text) return data.load_table(file("t.csv", text)) end

  it("reads tabs, commas and blanks, with and without a header", function()
    local want = { { 1, -2.5 }, { 3e2, 0.5 } }
    for _, text in ipairs { "1\t-2.5\n3e2\t.5\n", "1,-2.5\r\n+300., 0.5\r\n",
      "\xEF\xBB\xBF  1   -2.5\n\n# note\n300 5e-1" } do
      local t, names = load(text)
      assert.same(want, t:totable())
      assert.equal("f64", t.dtype)
      assert.is_nil(names)
    end
    local t, names = load "x, y\n1,2\n"
    assert.same({ { 1, 2 } }, t:totable())
    assert.same({ "x", "y" }, names)
  end)

  it("says where something is wrong", function()
    local function refuses(what, text)
      says("data.load_table: 'F/t.csv': " .. what, function() load(text) end)
    end
    refuses("line 3 has 1 fields, not 2", "1,2\n\n3\n")
    refuses("line 2, field 2: 'b' is no finite number", "1,2\n3,b\n")
    refuses("line 1, field 2: '' is no finite number", "1,\n")
    for _, bad in ipairs { "nan", "inf", "0x10", "1e999", "1.2.3", "--1",
      "1e", "1_0" } do
      refuses(("line 2, field 1: '%s' is no finite number"):format(bad),
        "1\n" .. bad .. "\n")
    end
    refuses("there are no rows of numbers", "")
    refuses("there are no rows of numbers", "x,y\n")
  end)
end)

describe("data.path", function()
  it("is under WEYL_DATA", function()
    local getenv, value = os.getenv, nil
    os.getenv = function() return value end -- luacheck: ignore 122
    local ok, why = pcall(data.path, "a/b.npz")
    value = "/tmp/d"
    local path = data.path "a/b.npz"
    os.getenv = getenv -- luacheck: ignore 122
    assert.is_false(ok)
    assert.matches("data.path: set WEYL_DATA to the folder that holds "
      .. "'a/b.npz'", why)
    assert.equal("/tmp/d/a/b.npz", path)
    says("data.path: argument 'name' must be a string, got nil",
      function() data.path(nil) end)
  end)
end)
