-- data/load.lua: arrays and tables from files and to them: .npy, .npz and
-- text.
--
-- Formats are parsed from whole strings (npy.lua, zip.lua, text.lua); this
-- file gives them names a user knows and places for their messages.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local npy = require "weyl.data.npy"
local options = require "weyl.options"
local text = require "weyl.data.text"
local zip = require "weyl.data.zip"

local load = {}

local function place(path) return ("'%s'"):format(path) end

---@param path string
---@param func? string
---@return weyl.tensor
function load.npy(path, func)
  local opened, size, at = files.open(func or "data.load_npy", path)
  local file <close> = opened
  return npy.read(file, size, at)
end

-- The names of arrays that are wanted, as keys; nil for all.
local function wanted(func, names)
  if names == nil then return nil end
  check.arg(type(names) == "table", func, "names", "a list of names", names)
  local set = {}
  for _, name in ipairs(names) do set[name] = true end
  return set
end

local function read_entry(archive, e, at)
  local here = { func = at.func,
    place = ("%s, entry '%s'"):format(at.place, e.name) }
  local unpacked = zip.read(archive, e, here)
  if unpacked then return npy.parse(unpacked, here) end
  return npy.read(archive.file, e.size, here)
end

---@param path string
---@param names? string[]
---@param func? string
---@return table<string, weyl.tensor>
function load.npz(path, names, func)
  func = func or "data.load_npz"
  local only = wanted(func, names)
  local opened, size, at = files.open(func, path)
  local file <close> = opened
  local archive, out = zip.open(file, size, at), {}
  for _, e in ipairs(archive.entries) do
    local name = e.name:match "^(.+)%.npy$"
    files.check(name, at, "entry '%s' is no array", e.name)
    if not only or only[name] then
      out[name] = read_entry(archive, e, at)
    end
  end
  for _, name in ipairs(names or {}) do
    files.check(out[name], at, "there is no array '%s'", name)
  end
  return out
end

---@param path string
---@param func? string
---@return weyl.data.text.table
function load.columns(path, func)
  func = func or "data.load_table"
  return text.parse(files.read(func, path),
    { func = func, place = place(path) })
end

---@param path string
---@return weyl.tensor f64 [rows, columns]
---@return string[]? names
function load.table(path)
  local t = load.columns(path)
  return core.eval(core.tensor(t.columns, "f64"):transpose()),
    t.names
end

---@param path string
---@param t weyl.tensor
function load.save_npy(path, t)
  check.arg(type(path) == "string", "data.save_npy", "path", "a file's name",
    path)
  check.arg(core.is_tensor(t), "data.save_npy", "x", "a tensor", t)
  core.write_file(path, npy.format(t))
end

---@param path string
---@param arrays table<string, weyl.tensor>
---@param opts { compress: boolean? }?
function load.save_npz(path, arrays, opts)
  local func = "data.save_npz"
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  check.arg(type(arrays) == "table", func, "arrays",
    "a table of tensors by name", arrays)
  local o = options.read(func, opts, {
    { "compress", "boolean", default = false } })
  local names, list = {}, {}
  for name, t in next, arrays do
    check.arg(type(name) == "string" and name ~= "" and core.is_tensor(t),
      func, "arrays", "a table of tensors by name", arrays)
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    list[i] = { name = name .. ".npy", pieces = npy.format(arrays[name]) }
  end
  core.write_file(path, zip.format(list, o.compress, func))
end

return load
