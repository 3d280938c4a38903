-- data/formats.lua: what is in a file of data, and files of one format as
-- another.
--
-- The format is told by the first bytes, never by the name. Text tables are
-- gone through in chunks; of other formats one array at a time is in memory.

local check = require "weyl.check"
local csv = require "weyl.data.csv"
local csv_write = require "weyl.data.csv_write"
local files = require "weyl.data.files"
local frame = require "weyl.data.frame"
local hdf5 = require "weyl.data.hdf5"
local idx = require "weyl.data.idx"
local load = require "weyl.data.load"
local safetensors = require "weyl.data.safetensors"
local source = require "weyl.data.source"

local FUNC = "data"
local ROWS = 1 << 16 -- of a text table that are looked at together

local formats = {}

-- ---- which format ----

local names = { npy = "NumPy array", npz = "NumPy archive", idx = "IDX array",
  hdf5 = "HDF5 file", safetensors = "safetensors", csv = "text table" }

---The format of a file: "npy", "npz", "idx", "hdf5", "safetensors" or "csv".
---@param path string
---@return string
function formats.of(path)
  local input <close> = source.open(FUNC, path)
  local head = input:read(16) or ""
  if head:find "^\x93NUMPY" then return "npy" end
  if head:find "^PK[\3\5][\4\6]" then return "npz" end
  if head:find "^\x89HDF\r\n\x1a\n" then return "hdf5" end
  if head:find "^%z%z[\8\9\x0B-\x0E]" then return "idx" end
  if head:find "^........{" and head:find "%z" then return "safetensors" end
  files.check(not head:find "%z", input:at(), "this is in no format that is "
    .. "read: .npy, .npz, IDX, HDF5, safetensors or a text table")
  return "csv"
end

---Its name for a reader.
---@param format string
---@return string
function formats.name(format) return names[format] end

-- ---- arrays ----

local readers = {
  npy = function(path) return { x = load.npy(path, FUNC) } end,
  npz = function(path) return load.npz(path, nil, FUNC) end,
  idx = function(path) return { x = idx.read(FUNC, path) } end,
  safetensors = function(path) return (safetensors.read(path)) end,
}

-- Arrays of an HDF5 file, with what else is in it.
local function read_hdf5(path)
  local opened, at = hdf5.open(FUNC, path)
  local file <close> = opened
  local arrays, others = {}, {}
  for _, e in ipairs(hdf5.list(file, at)) do
    local t, why
    if e.dtype then t, why = file:read(e.name) end
    if t then arrays[e.name] = t
    else others[#others + 1] = why or e.name .. " holds no numbers" end
  end
  return arrays, others
end

---The arrays of a file that is no text table, by name.
---@param path string
---@param format string
---@return table<string, weyl.tensor>
---@return string[] others what is not read, and why
function formats.arrays(path, format)
  if format == "hdf5" then return read_hdf5(path) end
  return readers[format](path), {}
end

---Names in order.
---@param t table<string, any>
---@return string[]
function formats.sorted(t)
  local out = {}
  for name in next, t do out[#out + 1] = name end
  table.sort(out)
  return out
end

-- Least, largest, mean and count of NaN of real numbers.
local function statistics(t)
  if t.size == 0 or t.dtype:sub(1, 1) == "c" then return {} end
  if t.dtype == "bool" then t = t:to "i64" end
  local nan = t.dtype == "i64" and 0
    or t:isnan():to "i64":sum():item()
  local v = t
  if nan > 0 then
    v = t:flatten():masked_select(t:flatten():isnan():logical_not()):eval()
    if v.size == 0 then return { missing = nan } end
  end
  return { missing = nan, least = v:min():item(), largest = v:max():item(),
    mean = v:to "f64":mean():item() }
end

local function describe_arrays(path, format)
  local arrays, others = formats.arrays(path, format)
  local out = { arrays = {}, others = others }
  for i, name in ipairs(formats.sorted(arrays)) do
    local t = arrays[name]
    local e = statistics(t)
    e.name, e.dtype, e.shape = name, t.dtype, t.shape
    out.arrays[i] = e
    out.first = out.first or t
  end
  return out
end

-- ---- text tables ----

-- Takes a chunk's column into what is known of it.
local function gather(e, c, rows)
  if c.kind == "category" then
    e.words = c.levels
    e.missing = e.missing + c.values:eq(0):to "i64":sum():item()
    return
  end
  local s = statistics(c.values)
  e.missing = e.missing + s.missing
  if not s.least then return end
  local n = rows - s.missing
  e.least = math.min(e.least or s.least, s.least)
  e.largest = math.max(e.largest or s.largest, s.largest)
  e.sum, e.n = (e.sum or 0) + s.mean * n, (e.n or 0) + n
  e.mean = e.sum / e.n
end

local function describe_table(path, given)
  local out = { rows = 0, columns = {} }
  given.path, given.rows = path, ROWS
  for t in csv.read(given) do
    out.first = out.first or t
    out.rows = out.rows + t.rows
    for i, c in ipairs(t.columns) do
      out.columns[i] = out.columns[i] or { name = c.name, kind = c.kind,
        missing = 0 }
      gather(out.columns[i], c, t.rows)
    end
  end
  for _, e in ipairs(out.columns) do e.sum, e.n = nil, nil end
  return out
end

---What is in a file: its format and size in bytes; of a text table rows and
---columns, else arrays; and `first`, the first array or rows.
---@param path string
---@param opts table? options of data.csv
---@return table
function formats.describe(path, opts)
  local format = formats.of(path)
  local out = format == "csv" and describe_table(path, opts or {})
    or describe_arrays(path, format)
  local file, size = files.open(FUNC, path)
  file:close()
  out.path, out.format, out.bytes = path, format, size
  return out
end

-- ---- conversion ----

-- The format that a name asks for.
local function format_for(path)
  local plain = path:gsub("%.gz$", "")
  if plain:find "%.csv$" then return "csv", "," end
  if plain:find "%.tsv$" then return "csv", "\t" end
  for _, format in ipairs { "npy", "npz", "idx", "safetensors" } do
    if plain:find("%." .. format .. "$") then return format end
  end
  check.fail("%s: '%s' must end in .npy, .npz, .csv, .tsv, .idx, .idx.gz or "
    .. ".safetensors", FUNC, path)
end

-- A frame as arrays: all numbers as x, categories as codes by their name.
local function frame_arrays(t)
  local out, left_out = { x = #t.x.shape > 0 and t.x.shape[2] > 0 and t.x
    or nil }, {}
  for _, c in ipairs(t.columns) do
    if c.kind == "category" then
      out[c.name] = c.values
    elseif c.kind == "text" then
      left_out[#left_out + 1] = ("column '%s' is text"):format(c.name)
    end
  end
  return out, left_out
end

-- The one array that is meant.
local function one(arrays, name, path)
  local known = formats.sorted(arrays)
  if name == nil and #known == 1 then name = known[1] end
  if arrays[name] then return arrays[name] end
  check.fail("%s: '%s' has %d arrays: %s; --array says which", FUNC, path,
    #known, table.concat(known, ", ", 1, math.min(#known, 10)))
end

local writers = {
  npy = function(to, arrays, name, from)
    load.save_npy(to, one(arrays, name, from))
  end,
  npz = function(to, arrays) load.save_npz(to, arrays) end,
  idx = function(to, arrays, name, from)
    idx.write(FUNC, to, one(arrays, name, from))
  end,
  safetensors = function(to, arrays) safetensors.write(to, arrays) end,
}

---Writes what is in a file in the format that another's name asks for.
---@param from string
---@param to string
---@param opts { array: string?, csv: table? }
---@return string[] left_out what could not be written, and why
function formats.convert(from, to, opts)
  local format, delimiter = format_for(to)
  local input = formats.of(from)
  if input == "csv" then
    local t = csv.read(from, opts.csv)
    if format == "csv" then
      csv_write(to, t, { delimiter = delimiter })
      return {}
    end
    local arrays, left_out = frame_arrays(t)
    writers[format](to, arrays, opts.array, from)
    return left_out
  end
  local arrays, left_out = formats.arrays(from, input)
  if opts.array then
    arrays = { [opts.array] = one(arrays, opts.array, from) }
  end
  if format == "csv" then
    csv_write(to, one(arrays, opts.array, from), { delimiter = delimiter })
  else
    writers[format](to, arrays, opts.array, from)
  end
  return left_out
end

---Whether a value is a frame.
formats.is_frame = frame.is

return formats
