-- runs/events.lua: event files of TensorBoard.
--
-- A file is a sequence of records: the length of the data (8 bytes, little-
-- endian), its masked CRC-32C (4), the data, their masked CRC-32C. The data
-- are messages of protocol buffers:
--
--   Event   { double wall_time = 1; int64 step = 2; string file_version = 3;
--             Summary summary = 5; }
--   Summary { repeated Value value = 1; }
--   Value   { string tag = 1; float simple_value = 2; }
--
-- Values are of 32 bits there: the database and CSV have every digit.

local events = {}

-- ---- CRC-32C (Castagnoli), reflected ----

local crcs = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do c = c >> 1 ~ (c & 1) * 0x82f63b78 end
  crcs[i] = c
end

---@param data string
---@return integer
function events.crc32c(data)
  local c = 0xffffffff
  for i = 1, #data do
    c = crcs[(c ~ data:byte(i)) & 0xff] ~ c >> 8
  end
  return c ~ 0xffffffff
end

-- As TFRecord stores it: a checksum of data that hold checksums is weak.
local function masked(data)
  local c = events.crc32c(data)
  return (c >> 15 | c << 17) + 0xa282ead8 & 0xffffffff
end

---@param data string
---@return string
function events.record(data)
  local length = ("<I8"):pack(#data)
  return length .. ("<I4"):pack(masked(length)) .. data
    .. ("<I4"):pack(masked(data))
end

-- ---- protocol buffers ----

local VARINT, DOUBLE, BYTES, FLOAT = 0, 1, 2, 5 -- wire types

local function varint(n)
  local out = {}
  repeat
    local low = n & 0x7f
    n = n >> 7
    out[#out + 1] = string.char(n ~= 0 and low | 0x80 or low)
  until n == 0
  return table.concat(out)
end

local function field(number, wire, value)
  if wire == BYTES then value = varint(#value) .. value end
  return varint(number << 3 | wire) .. value
end

local function event(time, rest)
  return events.record(field(1, DOUBLE, ("<d"):pack(time)) .. rest)
end

---A float of 32 bits: what is too large for one is infinite.
---@param v number
---@return string
local function float(v)
  if v == v and math.abs(v) > 3.4028234663852886e38 then
    v = v > 0 and math.huge or -math.huge
  end
  return ("<f"):pack(v)
end

---The text of an event file.
---@param rows table<string, number>[] with step
---@param time number seconds since 1970 that all events bear: when the run
---  began, the only time that is recorded
---@param names string[] the tags, in order
---@return string
function events.file(rows, time, names)
  local out = { event(time, field(3, BYTES, "brain.Event:2")) }
  for _, row in ipairs(rows) do
    local values = {}
    for _, name in ipairs(names) do
      if row[name] then
        values[#values + 1] = field(1, BYTES, field(1, BYTES, name)
          .. field(2, FLOAT, float(row[name])))
      end
    end
    out[#out + 1] = event(time, field(2, VARINT, varint(row.step))
      .. field(5, BYTES, table.concat(values)))
  end
  return table.concat(out)
end

return events
