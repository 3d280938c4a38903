-- data/npy.lua: NumPy's .npy format, versions 1 to 3.
--
-- The header is a Python dictionary; it is parsed by its own small grammar
-- and never executed. It must say exactly as many bytes as there are. Floats
-- keep their width, integers become i64; arrays of objects (pickles) and of
-- records are refused.

local core = require "weyl.core"
local files = require "weyl.data.files"

local npy = {}

local MAGIC = "\x93NUMPY"
local RANK = 12 -- the most dimensions of a tensor

-- Types that can be read, and the bytes of an entry.
local sizes = { f4 = 4, f8 = 8, c8 = 8, c16 = 16, i1 = 1, i2 = 2, i4 = 4,
  i8 = 8, u1 = 1, u2 = 2, u4 = 4, u8 = 8, b1 = 1 }

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

-- The header and where the entries begin.
local function split(at, bytes)
  files.check(bytes:sub(1, 6) == MAGIC, at, "this is no .npy file")
  files.check(#bytes >= 10, at, "the file ends within the header")
  local version = bytes:byte(7)
  files.check(version >= 1 and version <= 3 and bytes:byte(8) == 0, at,
    "version %d.%d of .npy is not known", version, bytes:byte(8))
  local wide = version > 1
  files.check(not wide or #bytes >= 12, at, "the file ends within the header")
  local length, first = string.unpack(wide and "<I4" or "<I2", bytes, 9)
  files.check(#bytes >= first - 1 + length, at,
    "the file ends within the header")
  return parse_header(at, bytes:sub(first, first + length - 1)),
    first + length
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

-- How many bytes entries of this shape take; nil when more than an integer.
local function total(shape, size)
  for _, n in ipairs(shape) do
    if n == 0 then return 0 end
  end
  for _, n in ipairs(shape) do
    if n > math.maxinteger // size then return nil end
    size = size * n
  end
  return size
end

---The array that these bytes hold.
---@param bytes string a whole .npy file
---@param at { func: string, place: string } for messages
---@return weyl.tensor
function npy.parse(bytes, at)
  local header, first = split(at, bytes)
  local shape = header.shape
  files.check(#shape <= RANK, at, "%d dimensions are more than %d", #shape,
    RANK)
  local size = element(at, header.descr)
  local want, have = total(shape, size), #bytes - first + 1
  files.check(want == have, at,
    "shape [%s] of '%s' takes %s bytes, the file has %d",
    table.concat(shape, ", "), header.descr, want or "too many", have)
  local columns = header.fortran_order and #shape > 1
  local ok, t = pcall(core.from_bytes, bytes, header.descr,
    columns and reversed(shape) or shape, first)
  files.check(ok, at, "%s", ok or tostring(t):match "from_bytes: (.*)$" or t)
  if not columns then return t end
  local order = {}
  for i = 1, #shape do order[i] = #shape + 1 - i end
  return core.eval(t:permute(order))
end

---The bytes of a .npy file, version 1, row-major and little-endian.
---@param t weyl.tensor
---@return string
function npy.format(t)
  local bytes, kind = core.to_bytes(t)
  local shape = table.concat(t.shape, ", ")
  if t.rank == 1 then shape = shape .. "," end
  local header = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }")
    :format(kind, shape)
  -- entries begin at a multiple of 64 bytes
  local blanks = -(#header + 11) % 64
  header = header .. (" "):rep(blanks) .. "\n"
  return MAGIC .. "\1\0" .. string.pack("<s2", header) .. bytes
end

return npy
