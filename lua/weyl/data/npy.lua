-- data/npy.lua: NumPy's .npy format, versions 1 to 3.
--
-- The header is a Python dictionary; it is parsed by its own small grammar
-- and never executed. It must say exactly as many bytes as there are, and is
-- believed before any of them is read. Floats keep their width, those of two
-- bytes become f32, integers i64; arrays of objects (pickles), of records and
-- of texts are refused.

local bytes_of = require "weyl.data.bytes_of"
local core = require "weyl.core"
local files = require "weyl.data.files"

local npy = {}

local MAGIC = "\x93NUMPY"
local RANK = 12 -- the most dimensions of a tensor
local LONGEST = 1 << 20 -- bytes of a header

-- Types that can be read, and the bytes of an entry.
local sizes = { f2 = 2, f4 = 4, f8 = 8, c8 = 8, c16 = 16, i1 = 1, i2 = 2,
  i4 = 4, i8 = 8, u1 = 1, u2 = 2, u4 = 4, u8 = 8, b1 = 1 }

-- Types that are written.
local stored = { f32 = "<f4", f64 = "<f8", c64 = "<c8", c128 = "<c16",
  i64 = "<i8", bool = "|b1" }

-- ---- the header ----

-- Values of the dictionary by the way they begin: each takes the text after
-- the colon and gives the value and what follows it, or nil.
local function quoted(s)
  local value, rest = s:match "^'([^'\\]*)'(.*)$"
  return value, rest
end

local function truth(s)
  local word, rest = s:match "^(%a+)(.*)$"
  if word == "True" then return true, rest end
  if word == "False" then return false, rest end
end

-- "()", "(3,)", "(3, 4)" or "(3, 4,)".
local function sizes_of(s)
  local inner, rest = s:match "^%(([%d, ]*)%)(.*)$"
  if not inner then return nil end
  local shape = {}
  local left = inner:gsub("^ +", "")
  while left ~= "" do
    local digits, after = left:match "^(%d+) *(.*)$"
    local n = digits and #digits < 19 and math.tointeger(tonumber(digits))
    if not n then return nil end
    shape[#shape + 1] = n
    if after == "" then break end
    left = after:match "^, *(.*)$"
    if not left then return nil end
  end
  if #shape == 1 and not inner:find "," then return nil end -- "(3)"
  return shape, rest
end

local keys = { descr = quoted, fortran_order = truth, shape = sizes_of }

local function parse_header(at, text)
  local found, left = {}, text:match "^%s*{%s*(.*)$"
  files.check(left, at, "the header is no dictionary")
  while not left:find "^}" do
    local key, after = left:match "^'([%a_]+)'%s*:%s*(.*)$"
    files.check(key and keys[key] and found[key] == nil, at,
      "the header is not understood at '%s'", left:sub(1, 40))
    local value, rest = keys[key](after)
    files.check(value ~= nil, at, key == "descr"
      and "the header's descr is no simple type: '%s'"
      or "the header is not understood at '%s'", after:sub(1, 40))
    found[key] = value
    left = rest:match "^%s*,%s*(.*)$" or rest:match "^%s*(}.*)$"
    files.check(left, at, "the header is not understood at '%s'",
      rest:sub(1, 40))
  end
  files.check(left:find "^}%s*$", at, "the header has text after its end")
  for _, key in ipairs { "descr", "fortran_order", "shape" } do
    files.check(found[key] ~= nil, at, "the header has no %s", key)
  end
  return found
end

-- The parsed header and its length, by a function that reads on by n bytes.
local function read_header(at, read)
  local start = read(10) or ""
  files.check(start:sub(1, 6) == MAGIC, at, "this is no .npy file")
  files.check(#start == 10, at, "the file ends within the header")
  local version, minor = start:byte(7, 8)
  files.check(version >= 1 and version <= 3 and minor == 0, at,
    "version %d.%d of .npy is not known", version, minor)
  if version > 1 then start = start .. (read(2) or "") end
  files.check(version == 1 or #start == 12, at,
    "the file ends within the header")
  local length = string.unpack(version > 1 and "<I4" or "<I2", start, 9)
  files.check(length <= LONGEST, at, "a header of %d bytes", length)
  local text = read(length) or ""
  files.check(#text == length, at, "the file ends within the header")
  return parse_header(at, text), #start + length
end

-- ---- arrays ----

local function element(at, descr)
  files.check(not descr:find "O", at,
    "an array of Python objects would have to be executed: not read")
  local order, kind = descr:match "^([<>|=])(.*)$"
  local known = order and sizes[kind]
    and (order == "<" or order == ">" or sizes[kind] == 1 and order == "|")
  files.check(known, at, "entries of type '%s' are not read", descr)
  return sizes[kind]
end

local function reversed(list)
  local out = {}
  for i, v in ipairs(list) do out[#list + 1 - i] = v end
  return out
end

---@class weyl.data.npy.header
---@field kind string as core.from_bytes knows it
---@field shape integer[]
---@field columns boolean whether the first index runs fastest
---@field entry integer bytes of an entry
---@field length integer bytes of the header

-- The header of an array of `size` bytes, all of it checked.
local function checked_header(at, read, size)
  local header, length = read_header(at, read)
  local shape = header.shape
  files.check(#shape <= RANK, at, "%d dimensions are more than %d", #shape,
    RANK)
  local entry = element(at, header.descr)
  local want, have = bytes_of(shape, entry), size - length
  files.check(want == have, at,
    "shape [%s] of '%s' takes %s bytes, the file has %d",
    table.concat(shape, ", "), header.descr, want or "too many", have)
  return { kind = header.descr, shape = shape, entry = entry,
    columns = header.fortran_order and #shape > 1, length = length }
end

-- The array whose entries make(kind, shape) reads in the file's order.
local function finish(at, header, make)
  local shape = header.columns and reversed(header.shape) or header.shape
  local ok, t = pcall(make, header.kind, shape)
  files.check(ok, at, "%s", ok or tostring(t):match "_bytes: (.*)$" or t)
  if not header.columns then return t end
  local order = {}
  for i = 1, #shape do order[i] = #shape + 1 - i end
  return core.eval(t:permute(order))
end

---The array that these bytes hold.
---@param bytes string a whole .npy file
---@param at { func: string, place: string } for messages
---@return weyl.tensor
function npy.parse(bytes, at)
  local p = 1
  local header = checked_header(at, function(n)
    p = p + n
    return bytes:sub(p - n, p - 1)
  end, #bytes)
  return finish(at, header, function(kind, shape)
    return core.from_bytes(bytes, kind, shape, header.length + 1)
  end)
end

---The header of an array in an open file, which then stands behind it.
---@param file file* at the array's first byte
---@param size integer bytes of the array with its header
---@param at { func: string, place: string } for messages
---@return weyl.data.npy.header
function npy.header(file, size, at)
  return checked_header(at, function(n) return file:read(n) end, size)
end

---The array in an open file, of which nothing else is kept.
---@param file file* at the array's first byte
---@param size integer bytes of the array with its header
---@param at { func: string, place: string } for messages
---@return weyl.tensor
function npy.read(file, size, at)
  local header = npy.header(file, size, at)
  return finish(at, header, function(kind, shape)
    return core.read_bytes(file, kind, shape)
  end)
end

---The pieces of a .npy file, version 1, row-major and little-endian, for
---core.write_file.
---@param t weyl.tensor
---@return (string|weyl.tensor)[]
function npy.format(t)
  local shape = table.concat(t.shape, ", ")
  if t.rank == 1 then shape = shape .. "," end
  local header = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }")
    :format(stored[t.dtype], shape)
  -- entries begin at a multiple of 64 bytes
  local blanks = -(#header + 11) % 64
  header = header .. (" "):rep(blanks) .. "\n"
  return { MAGIC .. "\1\0" .. string.pack("<s2", header), t }
end

return npy
