-- data/safetensors.lua: tensors by name in files that every framework reads.
--
-- A file is the length of its header, eight bytes, little-endian; the header,
-- a JSON object that gives each tensor's dtype, shape and place (data_offsets,
-- begin and end, counted from the end of the header), and texts under the key
-- __metadata__; then the entries, row-major and little-endian.
--
-- The reader believes nothing: the header has a greatest size and must lie in
-- the file, a name must not come twice, sizes must fit dtype and shape, and
-- the tensors must fill what follows the header without a gap or an overlap.
-- Nothing is executed, and nothing allocated before that is known.

local bytes_of = require "weyl.data.bytes_of"
local check = require "weyl.check"
local core = require "weyl.core"
local decode = require "weyl.results.decode"
local files = require "weyl.data.files"
local keys = require "weyl.keys"
local results = require "weyl.results"

local safetensors = {}

local LONGEST = 100000000 -- bytes of a header, as of the format's own reader
local RANK = 12 -- the most dimensions of a tensor

-- Bytes of an entry, and the kind that core.read_bytes knows it by. Integers
-- become i64, floats of two bytes f32.
local dtypes = {
  BOOL = { 1, "|b1" }, U8 = { 1, "|u1" }, I8 = { 1, "|i1" },
  U16 = { 2, "<u2" }, I16 = { 2, "<i2" }, F16 = { 2, "<f2" },
  BF16 = { 2, "<t2" }, U32 = { 4, "<u4" }, I32 = { 4, "<i4" },
  F32 = { 4, "<f4" }, U64 = { 8, "<u8" }, I64 = { 8, "<i8" },
  F64 = { 8, "<f8" }, C64 = { 8, "<c8" },
}

-- What is written, with the bytes of an entry.
local written = { bool = { "BOOL", 1 }, f32 = { "F32", 4 },
  f64 = { "F64", 8 }, i64 = { "I64", 8 }, c64 = { "C64", 8 } }

-- ---- reading ----

---@class weyl.safetensors.entry
---@field name string
---@field kind string
---@field shape integer[]
---@field first integer the byte it begins with, from 0
---@field last integer the byte behind it

local function is_size(n) return math.type(n) == "integer" and n >= 0 end

local function is_list(list, test)
  if type(list) ~= "table" then return false end
  local n = 0
  for _ in next, list do n = n + 1 end
  for i = 1, n do
    if not test(list[i]) then return false end
  end
  return true
end

local FIELDS = { dtype = true, shape = true, data_offsets = true }

-- One tensor of the header, checked by itself.
local function entry_of(at, name, t)
  local function need(ok, format, ...)
    files.check(ok, at, "tensor '%s' " .. format, name, ...)
  end
  need(type(t) == "table", "is no object")
  for field in next, t do
    need(FIELDS[field], "has a field '%s'", tostring(field))
  end
  local dtype = dtypes[t.dtype]
  need(dtype, "has the dtype %s, which is not read", check.describe(t.dtype))
  need(is_list(t.shape, is_size), "has no shape of integers >= 0")
  need(#t.shape <= RANK, "has %d dimensions, more than %d", #t.shape, RANK)
  local place = t.data_offsets
  need(is_list(place, is_size) and #place == 2 and place[1] <= place[2],
    "has no data_offsets, a begin and an end")
  local want, have = bytes_of(t.shape, dtype[1]), place[2] - place[1]
  need(want == have, "of shape [%s] takes %s bytes, its data_offsets have %d",
    table.concat(t.shape, ", "), want or "too many", have)
  return { name = name, kind = dtype[2], shape = t.shape, first = place[1],
    last = place[2] }
end

local function by_place(a, b)
  if a.first ~= b.first then return a.first < b.first end
  if a.last ~= b.last then return a.last < b.last end
  return a.name < b.name
end

-- The tensors in the order of their places, which fill `size` bytes.
local function entries_of(at, header, size)
  local list, last = {}, 0
  -- sorted: the first that is wrong is the same every time
  for i, name in ipairs(keys.of(header)) do
    list[i] = entry_of(at, name, header[name])
  end
  table.sort(list, by_place)
  for _, e in ipairs(list) do
    files.check(e.first == last, at, "tensor '%s' begins at byte %d, where "
      .. "the one before it ends at %d", e.name, e.first, last)
    last = e.last
  end
  files.check(last == size, at, "the tensors take %d bytes, the file has %d",
    last, size)
  return list
end

local function metadata_of(at, given)
  if given == nil then return {} end
  local ok = type(given) == "table"
  for key, value in next, ok and given or {} do
    ok = ok and type(key) == "string" and type(value) == "string"
  end
  files.check(ok, at, "__metadata__ is no object of texts")
  return given
end

-- The parsed header of an open file, and the bytes that follow it.
local function header_of(at, file)
  local size = file:seek "end"
  file:seek "set"
  files.check(size >= 8, at, "the file ends within the length of the header")
  local head, why = file:read(8)
  files.check(head, at, "%s", why)
  local n = string.unpack("<i8", head)
  files.check(n >= 2 and n <= LONGEST, at,
    "a header of %d bytes; this is no .safetensors file", n)
  files.check(n <= size - 8, at, "the file ends within the header")
  local text = file:read(n)
  files.check(text and text:sub(1, 1) == "{", at, "the header is no object")
  local header, message = decode(text, true)
  files.check(type(header) == "table", at, "the header is not JSON: %s",
    message)
  return header, size - 8 - n
end

---Reads the tensors of a .safetensors file by name, and its metadata.
---Nothing in the file is executed. F32, F64, I64, BOOL and C64 keep their
---type, other integers become i64, F16 and BF16 f32.
---@param path string
---@return table<string, weyl.tensor>
---@return table<string, string> metadata empty when there is none
function safetensors.read(path)
  local func = "data.load_safetensors"
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  local opened, why = io.open(path, "rb")
  if not opened then check.fail("%s: cannot open %s", func, why) end
  local file <close> = opened
  local at = { func = func, place = ("'%s'"):format(path) }
  files.check(file:seek "end", at, "this is no file to read from")
  local header, size = header_of(at, file)
  local metadata = metadata_of(at, header.__metadata__)
  header.__metadata__ = nil
  local tensors = {}
  for _, e in ipairs(entries_of(at, header, size)) do
    local ok, t = pcall(core.read_bytes, file, e.kind, e.shape)
    files.check(ok, at, "tensor '%s': %s", e.name,
      ok or tostring(t):match "read_bytes: (.*)$" or t)
    tensors[e.name] = t
  end
  return tensors, metadata
end

-- ---- writing ----

local function quoted(text) return results.json(text):sub(1, -2) end

-- Fails unless all is named by texts that JSON can hold.
local function check_texts(func, what, map, test, expected, plural)
  check.arg(type(map) == "table", func, what, "a table of " .. plural, map)
  local names = {}
  for name, value in next, map do
    check.arg(type(name) == "string" and utf8.len(name), func, what, expected
      .. " by names in UTF-8", name)
    check.arg(test(value), func, ("%s['%s']"):format(what, name), expected,
      value)
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function is_text(v) return type(v) == "string" and utf8.len(v) end

local function is_written(t)
  return core.is_tensor(t) and written[t.dtype] ~= nil
end

-- Wide entries first, so that all lie at multiples of their width; then by
-- name.
local function order_of(tensors, names)
  table.sort(names, function(a, b)
    local wide, narrow = written[tensors[a].dtype][2],
      written[tensors[b].dtype][2]
    if wide ~= narrow then return wide > narrow end
    return a < b
  end)
  return names
end

local function header_text(tensors, names, metadata, fields)
  local out, texts, first = {}, {}, 0
  for i, key in ipairs(fields) do
    texts[i] = quoted(key) .. ":" .. quoted(metadata[key])
  end
  if #texts > 0 then
    out[1] = '"__metadata__":{' .. table.concat(texts, ",") .. "}"
  end
  for _, name in ipairs(names) do
    local t = tensors[name]
    local dtype = written[t.dtype]
    local last = first + t.size * dtype[2]
    out[#out + 1] = ('%s:{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}')
      :format(quoted(name), dtype[1], table.concat(t.shape, ","), first, last)
    first = last
  end
  local text = "{" .. table.concat(out, ",") .. "}"
  return text .. (" "):rep(-#text % 8)
end

---Writes tensors by name, and texts by name, as a .safetensors file. It
---appears whole or not at all; entries go to the disk from where they are.
---@param path string
---@param tensors table<string, weyl.tensor> f32, f64, i64, bool or c64
---@param metadata? table<string, string>
function safetensors.write(path, tensors, metadata)
  local func = "data.save_safetensors"
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  local names = check_texts(func, "tensors", tensors, is_written,
    "a tensor of dtype f32, f64, i64, bool or c64", "tensors by name")
  check.arg(tensors.__metadata__ == nil, func, "tensors",
    "without the name '__metadata__'", tensors)
  local fields = check_texts(func, "metadata", metadata or {}, is_text,
    "a text in UTF-8", "texts by name")
  order_of(tensors, names)
  local header = header_text(tensors, names, metadata, fields)
  if #header > LONGEST then
    check.fail("%s: a header of %d bytes is longer than readers take", func,
      #header)
  end
  local pieces = { string.pack("<i8", #header), header }
  for _, name in ipairs(names) do pieces[#pieces + 1] = tensors[name] end
  core.write_file(path, pieces)
end

return safetensors
