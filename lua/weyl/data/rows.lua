-- data/rows.lua: arrays and tables on disk, read in chunks of rows.
--
-- A source gives chunks { x, y } one after the other; arrays (.npy, plain IDX,
-- data sets of HDF5 files) in any order, text tables in the file's. A chunk
-- and nothing else of the file is in memory.

local check = require "weyl.check"
local core = require "weyl.core"
local csv = require "weyl.data.csv"
local files = require "weyl.data.files"
local hdf5 = require "weyl.data.hdf5"
local idx = require "weyl.data.idx"
local npy = require "weyl.data.npy"

local FUNC = "data.loader"

local rows = {}

---@class weyl.data.rows
---@field chunks integer? how many there are; nil when it is not known
---@field chunk fun(i: integer): table? the i-th, { x =, y =, first = row };
---  nil behind the last; in turn unless chunks is known
---@field restart fun() before the first chunk is asked for again

-- ---- arrays ----

-- Reads rows of equal entries that lie one after the other in a file.
local function of_file(file, kind, shape, start, entry)
  local width = entry
  for i = 2, #shape do width = width * shape[i] end
  return { n = shape[1], read = function(first, last)
    local part = table.move(shape, 2, #shape, 2, { last - first + 1 })
    file:seek("set", start + (first - 1) * width)
    return core.read_bytes(file, kind, part)
  end }
end

local function open_npy(path)
  local file, size, at = files.open(FUNC, path)
  local h = npy.header(file, size, at)
  files.check(#h.shape > 0 and not h.columns, at, "its rows do not lie one "
    .. "after the other; data.load_npy reads it whole")
  return of_file(file, h.kind, h.shape, h.length, h.entry)
end

local function open_idx(path)
  local h = idx.header(FUNC, path)
  local file, size, at = files.open(FUNC, path)
  files.check(size == h.length + h.bytes, at, "a packed file cannot be read "
    .. "by rows; data.load_idx reads it whole")
  files.check(#h.shape > 0, at, "it has no rows")
  return of_file(file, h.kind, h.shape, h.length, h.entry)
end

local function open_hdf5(path, name)
  local file, at = hdf5.open(FUNC, path)
  for _, e in ipairs(hdf5.list(file, at)) do
    if e.name == name:gsub("^/", "") then
      files.check(e.dtype and #e.shape > 0, at, "data set '%s' has no rows of "
        .. "numbers", name)
      return { n = e.shape[1], read = function(first, last)
        local t, why = file:read(name, first, last - first + 1)
        files.check(t, at, "%s", why)
        return t
      end }
    end
  end
  files.check(false, at, "there is no data set '%s'", name)
end

-- An array by its path; "file.h5:set" is a set of an HDF5 file.
local function open_array(path)
  local file, name = path:match "^(.+%.h5):(.+)$"
  if not file then file, name = path:match "^(.+%.hdf5):(.+)$" end
  if file then return open_hdf5(file, name) end
  if path:find "%.npy$" then return open_npy(path) end
  if path:find "idx%d*%f[%W]" then return open_idx(path) end
  check.fail("%s: '%s' is no array that can be read by rows: .npy, .idx, or "
    .. "FILE.h5:SET", FUNC, path)
end

local function of_arrays(given, size)
  local x, y = open_array(given.x), open_array(given.y)
  if x.n ~= y.n or x.n == 0 then
    check.fail("%s: '%s' has %d rows, '%s' %d", FUNC, given.x, x.n, given.y,
      y.n)
  end
  return { chunks = (x.n + size - 1) // size, restart = function() end,
    chunk = function(i)
      local first, last = (i - 1) * size + 1, math.min(i * size, x.n)
      if first > last then return nil end
      return { x = x.read(first, last), y = y.read(first, last),
        first = first }
    end }
end

-- ---- text tables ----

local function csv_options(given, size)
  local o = {}
  for name, value in next, given do o[name] = value end
  o.path, o.rows = given.csv, size
  o.csv, o.x, o.y = nil, nil, nil
  return o
end

-- All chunks are as wide as the first, or a category found new words.
local function check_width(given, part, widths)
  for _, name in ipairs { "x", "y" } do
    local n = part[name].shape[2]
    widths[name] = widths[name] or n
    if n ~= widths[name] then
      check.fail("%s: '%s': a category of %s has words that the first rows "
        .. "lack; give all of its words in types", FUNC, given.csv, name)
    end
  end
end

local function of_csv(given, size)
  local o = csv_options(given, size)
  local next_chunk, row, widths = nil, 1, {}
  return { restart = function() next_chunk, row = csv.read(o), 1 end,
    chunk = function()
      local t = next_chunk()
      if not t then return nil end
      local part = t:part { x = given.x, y = given.y }
      check_width(given, part, widths)
      part.first, row = row, row + t.rows
      return part
    end }
end

---A source of chunks.
---@param given table { x = path, y = path }, or { csv = path, y = names } with
---  options of data.csv
---@param size integer rows of a chunk
---@return weyl.data.rows
function rows.open(given, size)
  if given.csv ~= nil then return of_csv(given, size) end
  return of_arrays(given, size)
end

return rows
