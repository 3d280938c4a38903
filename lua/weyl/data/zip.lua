-- data/zip.lua: ZIP archives, as far as .npz files need them.
--
-- Entries are stored or deflated. What the archive says of an entry, its
-- place, its sizes and its checksum, must hold exactly; little more memory is
-- taken than the archive announces, and it cannot announce more than deflate
-- can give. Encrypted, multi-part and 64-bit (over 4 GB) archives are refused.

local files = require "weyl.data.files"

local zip = {}

local END, CENTRAL, LOCAL = "PK\5\6", "PK\1\2", "PK\3\4"
local END_SIZE, CENTRAL_SIZE, LOCAL_SIZE = 22, 46, 30
local COMMENT = 0xFFFF -- the longest
local EXPANDS = 1032 -- the most bytes that deflate makes of one
local PIECE = 1 << 14 -- bytes given to inflate at once

-- ---- the directory ----

-- Where the end record begins: the last place that fits with the file's end.
local function find_end(bytes)
  local last = #bytes - END_SIZE + 1
  for p = last, math.max(1, last - COMMENT), -1 do
    if bytes:sub(p, p + 3) == END
        and string.unpack("<I2", bytes, p + 20) == last - p then
      return p
    end
  end
end

---@class weyl.data.zip.entry
---@field name string
---@field flags integer
---@field method integer 0 stored, 8 deflated
---@field crc integer
---@field packed integer bytes in the archive
---@field size integer bytes of the entry
---@field offset integer of its local header
---@field next integer where the next record begins

local function read_entry(at, bytes, p, finish)
  files.check(p + CENTRAL_SIZE <= finish and bytes:sub(p, p + 3) == CENTRAL,
    at, "the archive's directory is damaged at byte %d", p)
  local flags, method, _, _, crc, packed, size, name, extra, comment =
    string.unpack("<I2I2I2I2I4I4I4I2I2I2", bytes, p + 8)
  local offset = string.unpack("<I4", bytes, p + 42)
  local stop = p + CENTRAL_SIZE + name + extra + comment
  files.check(stop <= finish, at,
    "the archive's directory is damaged at byte %d", p)
  return { flags = flags, method = method, crc = crc, packed = packed,
    size = size, offset = offset, next = stop,
    name = bytes:sub(p + CENTRAL_SIZE, p + CENTRAL_SIZE + name - 1) }
end

---The entries of an archive, in its order; entries.start is where their
---directory begins.
---@param bytes string the whole archive
---@param at { func: string, place: string } for messages
---@return weyl.data.zip.entry[]
function zip.entries(bytes, at)
  local finish = find_end(bytes)
  files.check(finish, at, "this is no ZIP archive, or its end is missing")
  local disk, first, here, count, size, start =
    string.unpack("<I2I2I2I2I4I4", bytes, finish + 4)
  files.check(disk == 0 and first == 0 and here == count, at,
    "archives of several parts are not read")
  files.check(count < 0xFFFF and start < 0xFFFFFFFF, at,
    "64-bit archives are not read")
  files.check(start + size + 1 == finish, at,
    "the archive's directory is not where it should be")
  local list, seen, p = { start = start + 1 }, {}, start + 1
  for i = 1, count do
    local e = read_entry(at, bytes, p, finish)
    files.check(not seen[e.name], at, "two entries are named '%s'", e.name)
    seen[e.name], list[i], p = true, e, e.next
  end
  files.check(p == finish, at, "the archive's directory has %d bytes too many",
    finish - p)
  return list
end

-- ---- entries ----

-- The bytes of an entry as they lie in the archive.
local function packed_bytes(at, bytes, e, directory)
  local p = e.offset + 1
  files.check(p + LOCAL_SIZE <= directory and bytes:sub(p, p + 3) == LOCAL,
    at, "the entry is not where the directory says")
  local name, extra = string.unpack("<I2I2", bytes, p + 26)
  local from = p + LOCAL_SIZE + name + extra
  files.check(from + e.packed <= directory, at,
    "the entry reaches past its end")
  files.check(bytes:sub(p + LOCAL_SIZE, p + LOCAL_SIZE + name - 1) == e.name,
    at, "the entry has another name than in the directory")
  return bytes:sub(from, from + e.packed - 1)
end

-- Inflates raw deflate data to exactly `size` bytes.
local function inflate(at, zlib, packed, size)
  local stream, out, have, done = zlib.inflate(-15), {}, 0, false
  for p = 1, #packed, PIECE do
    files.check(not done, at, "there are bytes after the deflated data")
    local ok, piece, finished, used = pcall(stream, packed:sub(p,
      p + PIECE - 1))
    files.check(ok, at, "the deflated data are damaged")
    out[#out + 1], have, done = piece, have + #piece, finished
    files.check(have <= size, at, "it inflates to more than %d bytes", size)
    files.check(not done or used == #packed, at,
      "there are bytes after the deflated data")
  end
  files.check(done, at, "the deflated data are cut short")
  files.check(have == size, at, "it inflates to %d bytes, not %d", have, size)
  return table.concat(out)
end

---The contents of an entry, checked.
---@param bytes string the whole archive
---@param entries weyl.data.zip.entry[] of this archive
---@param e weyl.data.zip.entry
---@param at { func: string, place: string } for messages
---@return string
function zip.read(bytes, entries, e, at)
  local zlib = files.zlib(at.func)
  files.check(e.flags & 1 == 0, at, "encrypted entries are not read")
  files.check(e.method == 0 or e.method == 8, at,
    "compression method %d is not known", e.method)
  local text = packed_bytes(at, bytes, e, entries.start)
  if e.method == 0 then
    files.check(#text == e.size, at, "it has %d bytes, not %d", #text, e.size)
  else
    files.check(e.size <= EXPANDS * (e.packed + 1), at,
      "%d bytes cannot inflate to %d", e.packed, e.size)
    text = inflate(at, zlib, text, e.size)
  end
  files.check(zlib.crc32()(text) == e.crc, at, "the checksum is wrong")
  return text
end

-- ---- writing ----

local DATE = 0x0021 -- 1 January 1980: archives depend on what they hold alone

---An archive of stored entries.
---@param list { name: string, text: string }[]
---@param func string for messages
---@return string
function zip.format(list, func)
  local zlib = files.zlib(func)
  local out, directory, offset = {}, {}, 0
  for i, e in ipairs(list) do
    local what = string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, 0, 0, 0, DATE,
      zlib.crc32()(e.text), #e.text, #e.text, #e.name, 0)
    out[i] = LOCAL .. what .. e.name .. e.text
    directory[i] = CENTRAL .. string.pack("<I2", 20) .. what
      .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0, offset) .. e.name
    offset = offset + #out[i]
  end
  local index = table.concat(directory)
  files.check(offset + #index < 0xFFFFFFFF and #list < 0xFFFF,
    { func = func, place = "the arrays" }, "an archive of over 4 GB")
  return table.concat(out) .. index .. END .. string.pack("<I2I2I2I2I4I4I2",
    0, 0, #list, #list, #index, offset, 0)
end

return zip
