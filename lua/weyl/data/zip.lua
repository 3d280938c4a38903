-- data/zip.lua: ZIP archives, as far as .npz files need them.
--
-- Entries are stored or deflated, archives of over 4 GB included. What the
-- archive says of an entry, its place, its sizes and its checksum, must hold
-- exactly, and no two entries may share bytes; little more memory is taken
-- than the archive announces, and it cannot announce more than deflate can
-- give. Encrypted and multi-part archives are refused.

local core = require "weyl.core"
local files = require "weyl.data.files"

local zip = {}

local END, CENTRAL, LOCAL = "PK\5\6", "PK\1\2", "PK\3\4"
local END64, LOCATOR64 = "PK\6\6", "PK\6\7"
local END_SIZE, CENTRAL_SIZE, LOCAL_SIZE = 22, 46, 30
local END64_SIZE, LOCATOR64_SIZE = 56, 20
local COMMENT = 0xFFFF -- the longest
local EXPANDS = 1032 -- the most bytes that deflate makes of one
local PIECE = 1 << 16 -- bytes read at once
local ELEMENTS = 1 << 17 -- of a tensor that are packed at once
local WIDE = 0xFFFFFFFF -- stands for a number that is elsewhere, in 64 bits

---Numbers from here on are written in 64 bits; the specs lower it.
zip.limit = WIDE

---@class weyl.data.zip.entry
---@field name string
---@field flags integer
---@field method integer 0 stored, 8 deflated
---@field crc integer
---@field packed integer bytes in the archive
---@field size integer bytes of the entry
---@field offset integer of its local header, from 0
---@field limit integer where the next entry or the directory begins

---@class weyl.data.zip.archive
---@field file file* open
---@field entries weyl.data.zip.entry[] in the directory's order

-- `n` bytes from an offset, which are there.
local function bytes_at(file, offset, n)
  file:seek("set", offset)
  return n > 0 and file:read(n) or ""
end

-- ---- the directory ----

-- Where the end record begins, from 1 in `tail`: the last place that fits
-- with the file's end.
local function find_end(tail)
  local last = #tail - END_SIZE + 1
  for p = last, 1, -1 do
    if tail:sub(p, p + 3) == END
        and string.unpack("<I2", tail, p + 20) == last - p then
      return p
    end
  end
end

-- Count, size and start of the directory from the 64-bit end record that the
-- locator in front of offset `finish` points to; where that record begins.
local function read_end64(at, file, finish)
  local locator = finish - LOCATOR64_SIZE
  files.check(locator >= END64_SIZE, at,
    "the archive's 64-bit end record is missing")
  local magic, disk, offset, disks = string.unpack("<c4I4i8I4",
    bytes_at(file, locator, LOCATOR64_SIZE))
  files.check(magic == LOCATOR64 and offset >= 0
    and offset <= locator - END64_SIZE, at,
    "the archive's 64-bit end record is missing")
  local sign, length, _, here_disk, first, here, count, size, start =
    string.unpack("<c4i8I4I4I4i8i8i8i8", bytes_at(file, offset, END64_SIZE))
  files.check(sign == END64 and length == locator - offset - 12, at,
    "the archive's 64-bit end record is damaged")
  files.check(disk == 0 and disks == 1 and here_disk == 0 and first == 0
    and here == count, at, "archives of several parts are not read")
  return offset, count, size, start
end

-- The directory's bytes, the number of its entries and where it begins.
local function read_directory(at, file, total)
  local n = math.min(total, COMMENT + END_SIZE)
  local tail = bytes_at(file, total - n, n)
  local p = find_end(tail)
  files.check(p, at, "this is no ZIP archive, or its end is missing")
  local finish = total - n + p - 1
  local disk, first, here, count, size, start =
    string.unpack("<I2I2I2I2I4I4", tail, p + 4)
  files.check(disk == 0 and first == 0 and here == count, at,
    "archives of several parts are not read")
  if count == 0xFFFF or size == WIDE or start == WIDE then
    finish, count, size, start = read_end64(at, file, finish)
  end
  files.check(start >= 0 and size >= 0 and start <= finish
    and size == finish - start, at,
    "the archive's directory is not where it should be")
  files.check(count >= 0 and count <= size // CENTRAL_SIZE, at,
    "the archive's directory has no room for %d entries", count)
  return bytes_at(file, start, size), count, start
end

-- Numbers of an entry that are kept in 64 bits in its extra fields, in the
-- order of the fields that say so.
local function widen(at, e, extra)
  local p, wide = 1, ""
  while p + 3 <= #extra do
    local id, n = string.unpack("<I2I2", extra, p)
    if id == 1 then wide = extra:sub(p + 4, p + 3 + n) end
    p = p + 4 + n
  end
  p = 1
  for _, field in ipairs { "size", "packed", "offset" } do
    if e[field] == WIDE then
      files.check(#wide - p >= 7, at, "entry '%s' lacks its 64-bit %s",
        e.name, field)
      e[field], p = string.unpack("<i8", wide, p)
      files.check(e[field] >= 0, at, "entry '%s' has a wrong %s", e.name,
        field)
    end
  end
end

local function read_entry(at, bytes, p)
  local ok = p + CENTRAL_SIZE - 1 <= #bytes and bytes:sub(p, p + 3) == CENTRAL
  files.check(ok, at, "the archive's directory is damaged at its byte %d", p)
  local flags, method, _, _, crc, packed, size, name, extra, comment =
    string.unpack("<I2I2I2I2I4I4I4I2I2I2", bytes, p + 8)
  local offset = string.unpack("<I4", bytes, p + 42)
  local from = p + CENTRAL_SIZE
  local stop = from + name + extra + comment
  files.check(stop <= #bytes + 1, at,
    "the archive's directory is damaged at its byte %d", p)
  local e = { flags = flags, method = method, crc = crc, packed = packed,
    size = size, offset = offset, name = bytes:sub(from, from + name - 1) }
  widen(at, e, bytes:sub(from + name, from + name + extra - 1))
  return e, stop
end

-- Where each entry must have ended: no two share bytes.
local function set_limits(entries, start)
  local list = table.move(entries, 1, #entries, 1, {})
  table.sort(list, function(a, b)
    if a.offset ~= b.offset then return a.offset < b.offset end
    return a.name < b.name
  end)
  for i, e in ipairs(list) do
    e.limit = list[i + 1] and list[i + 1].offset or start
  end
end

---Reads the directory of an open archive.
---@param file file*
---@param size integer of the file
---@param at { func: string, place: string } for messages
---@return weyl.data.zip.archive
function zip.open(file, size, at)
  local bytes, count, start = read_directory(at, file, size)
  local list, seen, p = {}, {}, 1
  for i = 1, count do
    local e, next_p = read_entry(at, bytes, p)
    files.check(not seen[e.name], at, "two entries are named '%s'", e.name)
    seen[e.name], list[i], p = true, e, next_p
  end
  files.check(p == #bytes + 1, at,
    "the archive's directory has %d bytes too many", #bytes + 1 - p)
  set_limits(list, start)
  return { file = file, entries = list }
end

-- ---- entries ----

-- The offset of an entry's packed bytes, once all that is said of it is
-- checked.
local function locate(archive, e, at)
  files.check(e.flags & 1 == 0, at, "encrypted entries are not read")
  files.check(e.method == 0 or e.method == 8, at,
    "compression method %d is not known", e.method)
  local head = e.offset + LOCAL_SIZE <= e.limit
    and bytes_at(archive.file, e.offset, LOCAL_SIZE)
  files.check(head and head:sub(1, 4) == LOCAL, at,
    "the entry is not where the directory says")
  local name, extra = string.unpack("<I2I2", head, 27)
  local from = e.offset + LOCAL_SIZE + name + extra
  files.check(from <= e.limit and e.packed <= e.limit - from, at,
    "the entry reaches past its end")
  files.check(bytes_at(archive.file, e.offset + LOCAL_SIZE, name) == e.name,
    at, "the entry has another name than in the directory")
  if e.method == 0 then
    files.check(e.packed == e.size, at, "it has %d bytes, not %d", e.packed,
      e.size)
  else
    files.check(e.size // EXPANDS <= e.packed + 1, at,
      "%d bytes cannot inflate to %d", e.packed, e.size)
  end
  return from
end

-- Calls take(bytes) for the packed bytes of an entry, piece by piece.
local function each_piece(archive, e, from, at, take)
  archive.file:seek("set", from)
  local left = e.packed
  while left > 0 do
    local piece = archive.file:read(math.min(left, PIECE))
    files.check(piece, at, "the archive ends too early")
    left = left - #piece
    take(piece)
  end
end

-- Inflates raw deflate data to exactly e.size bytes.
local function inflate(archive, e, from, at)
  local stream = files.zlib(at.func).inflate(-15)
  local out, have, done, fed = {}, 0, false, 0
  each_piece(archive, e, from, at, function(piece)
    files.check(not done, at, "there are bytes after the deflated data")
    local ok, text, finished, used = pcall(stream, piece)
    files.check(ok, at, "the deflated data are damaged")
    fed = fed + #piece
    out[#out + 1], have, done = text, have + #text, finished
    files.check(have <= e.size, at, "it inflates to more than %d bytes",
      e.size)
    files.check(not done or used == fed, at,
      "there are bytes after the deflated data")
  end)
  files.check(done, at, "the deflated data are cut short")
  files.check(have == e.size, at, "it inflates to %d bytes, not %d", have,
    e.size)
  return table.concat(out)
end

---The contents of an entry, checked: as a string when it is deflated; when it
---is stored, nil, and the file stands at its first byte.
---@param archive weyl.data.zip.archive
---@param e weyl.data.zip.entry
---@param at { func: string, place: string } for messages
---@return string?
function zip.read(archive, e, at)
  local from = locate(archive, e, at)
  local crc, text = files.zlib(at.func).crc32(), nil
  local sum = crc ""
  if e.method == 8 then
    text = inflate(archive, e, from, at)
    sum = crc(text)
  else
    each_piece(archive, e, from, at, function(piece) sum = crc(piece) end)
    archive.file:seek("set", from)
  end
  files.check(sum == e.crc, at, "the checksum is wrong")
  return text
end

-- ---- writing ----

local DATE = 0x0021 -- 1 January 1980: archives depend on what they hold alone

-- Calls take(bytes) for all of a list of strings and tensors.
local function each_part(pieces, take)
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      take(piece)
    else
      local flat = piece:reshape(piece.size)
      for i = 1, piece.size, ELEMENTS do
        take((core.to_bytes(flat:slice(1, i,
          math.min(i + ELEMENTS - 1, piece.size)))))
      end
    end
  end
end

-- What is written of an entry's pieces, its size, packed size and checksum.
local function pack_pieces(zlib, pieces, compress)
  local crc, sum, size = zlib.crc32(), 0, 0
  local deflate = compress and zlib.deflate(6, -15)
  local out, packed = {}, 0
  local function add(text)
    if text ~= "" then out[#out + 1] = text end
    packed = packed + #text
  end
  each_part(pieces, function(bytes)
    sum, size = crc(bytes), size + #bytes
    if deflate then add((deflate(bytes))) end
  end)
  if not deflate then return pieces, size, size, sum end
  add((deflate("", "finish")))
  return out, size, packed, sum
end

-- A number where 32 bits are foreseen, added to `wide` when they are too few.
local function narrow(n, wide)
  if n < zip.limit then return n end
  wide[#wide + 1] = string.pack("<i8", n)
  return WIDE
end

-- The local header and the directory's record of an entry.
local function headers(e)
  local small, large = {}, {}
  local size, packed = narrow(e.size, large), narrow(e.packed, large)
  if #large > 0 then -- the local header has both or none
    size, packed = WIDE, WIDE
    large = { string.pack("<i8i8", e.size, e.packed) }
  end
  local offset = narrow(e.offset, small)
  local both, more = table.concat(large), table.concat(small)
  local function extra(text)
    return text == "" and "" or string.pack("<I2s2", 1, text)
  end
  local function what(length)
    return string.pack("<I2I2I2I2I2I4I4I4I2I2", both .. more == "" and 20
      or 45, 0, e.method, 0, DATE, e.crc, packed, size, #e.name, length)
  end
  local beside, behind = extra(both), extra(both .. more)
  return LOCAL .. what(#beside) .. e.name .. beside,
    CENTRAL .. string.pack("<I2", 45) .. what(#behind)
    .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0, offset) .. e.name .. behind
end

-- The records behind the directory, which begins at `start`.
local function finish(count, size, start)
  local out = ""
  if count >= 0xFFFF or size >= zip.limit or start >= zip.limit then
    out = END64 .. string.pack("<i8I2I2I4I4i8i8i8i8", END64_SIZE - 12, 45, 45,
      0, 0, count, count, size, start)
      .. LOCATOR64 .. string.pack("<I4i8I4", 0, start + size, 1)
    count, size, start = 0xFFFF, WIDE, WIDE
  end
  return out .. END .. string.pack("<I2I2I2I2I4I4I2", 0, 0, count, count,
    size, start, 0)
end

---An archive as a list of strings and tensors, for core.write_file.
---@param list { name: string, pieces: (string|weyl.tensor)[] }[]
---@param compress boolean whether entries are deflated
---@param func string for messages
---@return (string|weyl.tensor)[]
function zip.format(list, compress, func)
  local zlib = files.zlib(func)
  local out, directory, offset = {}, {}, 0
  for i, given in ipairs(list) do
    local pieces, size, packed, crc = pack_pieces(zlib, given.pieces, compress)
    local head
    head, directory[i] = headers { name = given.name, size = size,
      packed = packed, crc = crc, offset = offset,
      method = compress and 8 or 0 }
    out[#out + 1] = head
    table.move(pieces, 1, #pieces, #out + 1, out)
    offset = offset + #head + packed
  end
  local index = table.concat(directory)
  out[#out + 1] = index .. finish(#list, #index, offset)
  return out
end

return zip
