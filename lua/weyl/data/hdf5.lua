-- data/hdf5.lua: numbers from HDF5 files, by the library where it is there.
--
-- Files are only read. The library parses them: how it stands a damaged one
-- is its own affair.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"

local FUNC = "data.load_hdf5"

local hdf5 = {}

---An open file; raises when it, or the library, is not there.
---@param func string the user's function, for messages
---@param path string
---@return userdata file with list, read and close
---@return { func: string, place: string } at for messages
function hdf5.open(func, path)
  files.open(func, path):close() -- says what is wrong with the path
  local version, missing = core.hdf5()
  if not version then check.fail("%s: %s", func, missing) end
  local at = { func = func, place = ("'%s'"):format(path) }
  local file, why = core.hdf5(path)
  files.check(file, at, "%s", why)
  return file, at
end

---The data sets of an open file, by name.
---@param file userdata
---@param at { func: string, place: string } for messages
---@return { name: string, shape: integer[], dtype: string? }[]
function hdf5.list(file, at)
  local list, why = file:list()
  files.check(list, at, "%s", why)
  return list
end

local function read_set(file, at, name)
  local t, why = file:read(name)
  files.check(t, at, "%s", why)
  return t
end

---@param path string
---@param names string|string[]?
---@return weyl.tensor|table<string, weyl.tensor>
function hdf5.read(path, names)
  local kind = type(names)
  check.arg(kind == "nil" or kind == "string" or kind == "table", FUNC,
    "names", "a name or a list of names", names)
  local opened, at = hdf5.open(FUNC, path)
  local file <close> = opened
  if kind == "string" then return read_set(file, at, names) end
  local out = {}
  if kind == "table" then
    for i, name in ipairs(names) do
      check.arg(type(name) == "string", FUNC, ("names[%d]"):format(i),
        "a string", name)
      out[name] = read_set(file, at, name)
    end
    return out
  end
  for _, e in ipairs(hdf5.list(file, at)) do
    if e.dtype then out[e.name] = read_set(file, at, e.name) end
  end
  return out
end

return hdf5
