-- safetensors_spec.lua: the format to the byte, and files that lie.

local core = require "weyl.core"
local helper = require "spec.helper"
local safetensors = require "weyl.data.safetensors"

local folder, path
before_each(function()
  folder = helper.folder()
  path = folder .. "/t.safetensors"
end)
after_each(function() helper.remove(folder) end)

-- The bytes of a file with this header.
local function file(header, entries)
  return string.pack("<I8", #header) .. header .. (entries or "")
end

local function read(bytes)
  helper.write(path, bytes)
  return safetensors.read(path)
end

local function fails(message, bytes)
  local ok, got = pcall(read, bytes)
  assert.is_false(ok)
  local said = got:match "data%.load_safetensors: '.-/t.safetensors': (.*)$"
  assert.equal(message, said or got)
end

describe("safetensors", function()
  it("are written as the format says, to the byte", function()
    safetensors.write(path, { b = core.tensor { { 1, 2 } },
      a = core.tensor { -1.5 }, ["long"] = core.tensor({ 258 }, "i64"),
      t = core.tensor { true, false, true } }, { format = "pt", by = "x\n" })
    local header = '{"__metadata__":{"by":"x\\n","format":"pt"},'
      .. '"long":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},'
      .. '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},'
      .. '"b":{"dtype":"F32","shape":[1,2],"data_offsets":[12,20]},'
      .. '"t":{"dtype":"BOOL","shape":[3],"data_offsets":[20,23]}}'
    header = header .. (" "):rep(-#header % 8)
    assert.equal(file(header, "\2\1\0\0\0\0\0\0" .. "\0\0\xc0\xbf"
      .. "\0\0\x80\x3f\0\0\0\x40" .. "\1\0\1"), helper.read(path))
  end)

  it("come back as they were, with their texts", function()
    local tensors = { x = core.normal { 300, 200 }, i = core.arange(5),
      d = core.tensor({ 0.1, -0.0, math.huge }, "f64"), empty =
      core.zeros({ 3, 0 }, "f64"), one = core.tensor(3),
      ["a name: \"\u{e9}\""] = core.tensor { true, false },
      c = core.tensor({ 1 }, "c64") }
    local texts = { a = "nan", [""] = "", ["\""] = "\\\n\u{20ac}" }
    safetensors.write(path, tensors, texts)
    local got, said = safetensors.read(path)
    assert.same(texts, said)
    for name, t in pairs(tensors) do
      assert.equal(t.dtype, got[name].dtype)
      assert.same(t.shape, got[name].shape)
      assert.equal((core.to_bytes(t)), (core.to_bytes(got[name])))
      tensors[name], got[name] = nil, nil
    end
    assert.is_nil(next(got))
    safetensors.write(path, {})
    assert.same({ {}, {} }, { safetensors.read(path) })
  end)

  it("of other types are widened", function()
    local kinds = { { "U8", "I1", 200 }, { "I8", "i1", -3 },
      { "U16", "I2", 40000 }, { "I16", "i2", -300 }, { "U32", "I4", 3 << 30 },
      { "I32", "i4", -70000 }, { "U64", "I8", 1 << 40 } }
    for _, k in ipairs(kinds) do
      local bytes = string.pack("<" .. k[2], k[3])
      local got = read(file(('{"a":{"dtype":"%s","shape":[],'
        .. '"data_offsets":[0,%d]}}'):format(k[1], #bytes), bytes)).a
      assert.same({ "i64", k[3] }, { got.dtype, got:item() })
    end
    for kind, bytes in pairs { F16 = "\0\x3e", BF16 = "\xc0\x3f" } do
      local got = read(file(('{"a":{"dtype":"%s","shape":[1],'
        .. '"data_offsets":[0,2]}}'):format(kind), bytes)).a
      assert.same({ "f32", 1.5 }, { got.dtype, got:item() })
    end
  end)

  it("lie anywhere and in any order behind the header", function()
    local t = read(file('{ "b": {"shape":[1],"data_offsets":[4,8],'
      .. '"dtype":"F32"},\n "e":{"dtype":"I64","shape":[0],'
      .. '"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[1],'
      .. '"data_offsets":[0,4]}}   ', string.pack("<ff", 1, 2)))
    assert.same({ 1, 2, 0 }, { t.a:item(), t.b:item(), #t.e })
  end)
end)

describe("a safetensors file", function()
  local function one(fields, entries)
    return file('{"a":{' .. fields .. "}}", entries or ("\0"):rep(8))
  end

  it("that ends too early is refused", function()
    fails("the file ends within the length of the header", "abc")
    fails("the file ends within the header", string.pack("<I8", 90) .. "{}")
    fails("the tensors take 8 bytes, the file has 7", one(
      '"dtype":"F64","shape":[1],"data_offsets":[0,8]', ("\0"):rep(7)))
    fails("the tensors take 8 bytes, the file has 9", one(
      '"dtype":"F64","shape":[1],"data_offsets":[0,8]', ("\0"):rep(9)))
    local good = one('"dtype":"F64","shape":[1],"data_offsets":[0,8]')
    assert.equal(0, read(good).a:item())
    for n = 0, #good - 1 do
      helper.write(path, good:sub(1, n))
      assert.is_false((pcall(safetensors.read, path)))
    end
  end)

  it("with a wrong header is refused", function()
    fails("a header of 9223372036854775807 bytes; this is no .safetensors file",
      string.pack("<i8", math.maxinteger) .. "{}")
    fails("a header of -1 bytes; this is no .safetensors file",
      string.pack("<i8", -1) .. "{}")
    fails("a header of 100000001 bytes; this is no .safetensors file",
      string.pack("<i8", 100000001) .. "{}")
    fails("the header is no object", file " {}")
    fails("the header is no object", file "[]")
    fails("the header is not JSON: a key expected at byte 2", file "{1:2}")
    fails("the header is not JSON: something behind the value at byte 3",
      file "{}x")
    fails("the header is not JSON: the key 'a' again at byte 8",
      file '{"a":1,"a":1}')
    fails("the header is not JSON: null, which has no place here at byte 6",
      file '{"a":null}')
    fails("the header is not JSON: null, which has no place here at byte 18",
      file '{"a":{"shape":[2,null]}}')
    fails("__metadata__ is no object of texts", file '{"__metadata__":1}')
    fails("__metadata__ is no object of texts",
      file '{"__metadata__":{"a":1}}')
    fails("__metadata__ is no object of texts", file '{"__metadata__":["a"]}')
    assert.same({ a = "inf" }, select(2,
      read(file '{"__metadata__":{"a":"inf"}}')))
  end)

  it("with a wrong tensor is refused", function()
    local place = '"data_offsets":[0,8]'
    fails("tensor 'a' is no object", file '{"a":1}')
    fails("tensor 'a' has the dtype 'F8_E4M3', which is not read",
      one('"dtype":"F8_E4M3","shape":[8],' .. place))
    fails("tensor 'a' has the dtype nil, which is not read",
      one('"shape":[8],' .. place))
    fails("tensor 'a' has a field 'more'",
      one('"dtype":"F64","shape":[1],"more":1,' .. place))
    for _, shape in ipairs { "[-1]", "[1.0]", '["1"]', "1", '{"a":1}' } do
      fails("tensor 'a' has no shape of integers >= 0",
        one('"dtype":"F64","shape":' .. shape .. "," .. place))
    end
    fails("tensor 'a' has 13 dimensions, more than 12",
      one('"dtype":"U8","shape":[8,1,1,1,1,1,1,1,1,1,1,1,1],' .. place))
    for _, bad in ipairs { "[0]", "[0,8,8]", "[8,0]", "[-8,0]", "[0,8.0]",
      "8" } do
      fails("tensor 'a' has no data_offsets, a begin and an end",
        one('"dtype":"F64","shape":[1],"data_offsets":' .. bad))
    end
    fails("tensor 'a' of shape [2] takes 16 bytes, its data_offsets have 8",
      one('"dtype":"F64","shape":[2],' .. place))
    fails("tensor 'a' of shape [4294967296, 4294967296] takes too many bytes, "
      .. "its data_offsets have 0", one('"dtype":"F64","shape":[4294967296,'
      .. '4294967296],"data_offsets":[0,0]', ""))
    fails("tensor 'a': entry 2 is neither 0 nor 1", one('"dtype":"BOOL",'
      .. '"shape":[8],' .. place, "\1\2\0\0\0\0\0\0"))
    fails("tensor 'a': entry 1 is more than 2^63 - 1", one('"dtype":"U64",'
      .. '"shape":[1],' .. place, ("\xff"):rep(8)))
  end)

  it("with gaps or overlaps is refused", function()
    local function two(a, b)
      return file(('{"a":{"dtype":"F32","shape":[1],"data_offsets":%s},'
        .. '"b":{"dtype":"F32","shape":[1],"data_offsets":%s}}'):format(a, b),
        ("\0"):rep(12))
    end
    fails("tensor 'a' begins at byte 4, where the one before it ends at 0",
      two("[4,8]", "[8,12]"))
    fails("tensor 'b' begins at byte 8, where the one before it ends at 4",
      two("[0,4]", "[8,12]"))
    fails("tensor 'b' begins at byte 0, where the one before it ends at 4",
      two("[0,4]", "[0,4]"))
    fails("tensor 'b' begins at byte 2, where the one before it ends at 4",
      two("[0,4]", "[2,6]"))
    fails("tensor 'b' begins at byte 4611686018427387904, where the one "
      .. "before it ends at 4",
      two("[0,4]", "[4611686018427387904,4611686018427387908]"))
  end)

  it("that is none is refused with path and cause", function()
    local function says(message, f, ...)
      local ok, got = pcall(f, ...)
      assert.is_false(ok)
      assert.matches(message, got)
    end
    says("data.load_safetensors: cannot open /none: No such file",
      safetensors.read, "/none")
    says("data.load_safetensors: '.*': Is a directory", safetensors.read,
      folder)
    says("data.load_safetensors: argument 'path' must be a file's name, got 1",
      safetensors.read, 1)
    local kind = "a tensor of dtype f32, f64, i64, bool or c64"
    says("data.save_safetensors: argument 'tensors' must be a table of tensors "
      .. "by name, got 1",
      safetensors.write, path, 1)
    says("data.save_safetensors: argument 'tensors%['a'%]' must be " .. kind
      .. ", got a tensor c128 %[1%]", safetensors.write, path,
      { a = core.tensor({ 1 }, "c128") })
    says("data.save_safetensors: argument 'tensors' must be " .. kind .. " by "
      .. "names in UTF%-8, got 1", safetensors.write, path, { core.ones {} })
    says("data.save_safetensors: argument 'metadata%['a'%]' must be a text in "
      .. "UTF%-8, got 1", safetensors.write, path, {}, { a = 1 })
    says("data.save_safetensors: argument 'tensors' must be without the name "
      .. "'__metadata__'", safetensors.write, path,
      { __metadata__ = core.ones {} })
    says("cannot write '/none/a': No such file", safetensors.write, "/none/a",
      {})
  end)
end)
