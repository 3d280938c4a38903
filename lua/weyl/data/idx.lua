-- data/idx.lua: the IDX format of handwritten digits and its kin, gzip too.
--
-- Two zero bytes, a byte for the type of the entries, one for the number of
-- dimensions, the sizes as big-endian integers of four bytes, the entries,
-- big-endian. The file must have exactly as many bytes as that says; an
-- unpacked stream is not read any further. Integers become i64.

local bytes_of = require "weyl.data.bytes_of"
local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local source = require "weyl.data.source"

local idx = {}

local PIECE = 1 << 18
local RANK = 12 -- the most dimensions of a tensor

-- By the byte for the type: the kind and the bytes of an entry.
local kinds = { [0x08] = { ">u1", 1 }, [0x09] = { ">i1", 1 },
  [0x0B] = { ">i2", 2 }, [0x0C] = { ">i4", 4 }, [0x0D] = { ">f4", 4 },
  [0x0E] = { ">f8", 8 } }

-- ---- reading ----

-- A function that gives the next n bytes of a source, fewer at its end.
local function reader(input)
  local have = ""
  return function(n)
    local list, size = { have }, #have
    while size < n do
      local piece = input:read(math.min(n - size, PIECE))
      if not piece then break end
      list[#list + 1], size = piece, size + #piece
    end
    local all = table.concat(list)
    have = all:sub(n + 1)
    return all:sub(1, n)
  end
end

---@class weyl.data.idx.header
---@field kind string as core.from_bytes knows it
---@field shape integer[]
---@field entry integer bytes of one
---@field bytes integer of all entries
---@field length integer of the header

-- The header, by a function that reads on.
local function read_header(at, read)
  local magic = read(4)
  files.check(#magic == 4 and magic:sub(1, 2) == "\0\0", at,
    "this is no IDX file")
  local kind, rank = kinds[magic:byte(3)], magic:byte(4)
  files.check(kind, at, "entries of type 0x%02x are not read", magic:byte(3))
  files.check(rank <= RANK, at, "%d dimensions are more than %d", rank, RANK)
  local sizes = read(4 * rank)
  files.check(#sizes == 4 * rank, at, "the file ends within the header")
  local shape = {}
  for i = 1, rank do shape[i] = string.unpack(">I4", sizes, 4 * i - 3) end
  local bytes = bytes_of(shape, kind[2])
  files.check(bytes, at, "shape [%s] takes too many bytes",
    table.concat(shape, ", "))
  return { kind = kind[1], shape = shape, entry = kind[2], bytes = bytes,
    length = 4 + 4 * rank }
end

local function check_size(at, h, have, more)
  files.check(have == h.bytes and not more, at,
    "shape [%s] takes %d bytes, the file has %s", table.concat(h.shape, ", "),
    h.bytes, more and "more" or have)
end

---@param func string
---@param path string
---@return weyl.data.idx.header
function idx.header(func, path)
  local input <close> = source.open(func, path)
  return read_header(input:at(), reader(input))
end

---@param func string
---@param path string
---@return weyl.tensor
function idx.read(func, path)
  local input <close> = source.open(func, path)
  local at, read = input:at(), reader(input)
  local h = read_header(at, read)
  if not input.packed then
    check_size(at, h, input:size() - h.length)
    input.file:seek("set", h.length)
    return core.read_bytes(input.file, h.kind, h.shape)
  end
  local body = read(h.bytes)
  check_size(at, h, #body, read(1) ~= "")
  return core.from_bytes(body, h.kind, h.shape)
end

-- ---- writing ----

-- The narrowest kind that holds all entries: its byte and name.
local function kind_of(func, t)
  if t.dtype == "f32" then return 0x0D, ">f4" end
  if t.dtype == "f64" then return 0x0E, ">f8" end
  local low, high = 0, 0
  if t.size > 0 then low, high = t:min():item(), t:max():item() end
  for _, k in ipairs { { 0x08, 0, 255 }, { 0x09, -128, 127 },
    { 0x0B, -32768, 32767 }, { 0x0C, -2147483648, 2147483647 } } do
    if k[2] <= low and high <= k[3] then return k[1], kinds[k[1]][1] end
  end
  check.fail("%s: IDX has integers of 32 bits at most, not %d", func,
    low < -2147483648 and low or high)
end

---Writes a tensor; integers and truth values as narrow as they can be.
---@param func string
---@param path string packed when it ends in .gz
---@param t weyl.tensor
function idx.write(func, path, t)
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  check.arg(core.is_tensor(t) and t.dtype:sub(1, 1) ~= "c", func, "x",
    "a real tensor", t)
  if t.dtype == "bool" then t = t:to "i64" end
  local code, kind = kind_of(func, t)
  local out = { string.pack(">I2BB", 0, code, t.rank) }
  for i, n in ipairs(t.shape) do
    check.arg(n < 1 << 32, func, "x", "of sizes below 2^32", t)
    out[1 + i] = string.pack(">I4", n)
  end
  out[#out + 1] = (core.to_bytes(t, kind))
  if path:find "%.gz$" then
    local deflate = files.zlib(func).deflate(9, 31)
    out = { (deflate(table.concat(out), "finish")) }
  end
  core.write_file(path, out)
end

return idx
