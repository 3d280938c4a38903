-- results.lua: result files: JSON and CSV, written whole or not at all.
--
-- Rules: numbers have 17 significant digits, so that they are read back to
-- the last bit; keys are sorted; numbers that are not finite are the strings
-- "nan", "inf" and "-inf" in JSON and the same words in CSV. A file is
-- written under a temporary name, synced and renamed (core.write_file).

local check = require "weyl.check"
local core = require "weyl.core"
local decode = require "weyl.results.decode"
local lfs = require "lfs"

local results = {}

-- ---- text ----

---A number as text that is read back exactly.
---@param v number
---@return string
function results.number(v)
  if math.type(v) == "integer" then return tostring(v) end
  if v ~= v then return "nan" end
  if v == math.huge then return "inf" end
  if v == -math.huge then return "-inf" end
  local short = ("%.15g"):format(v)
  return tonumber(short) == v and short or ("%.17g"):format(v)
end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t" }

local function json_string(s)
  return '"' .. s:gsub('[%c"\\\127]', function(c)
    return escapes[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local encode

local function sorted_keys(t)
  local keys = {}
  for key in next, t do
    if type(key) ~= "string" then
      check.fail("results.json: a key must be a string, got %s",
        check.describe(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

-- A list has no other keys: they would be lost without a word.
local function check_list(t, n)
  for key in next, t do
    if math.type(key) ~= "integer" or key < 1 or key > n then
      check.fail("results.json: a list of %d entries cannot also have the "
        .. "key %s", n, check.describe(key))
    end
  end
end

local function encode_table(t, indent, exact)
  local inner, lines = indent .. "  ", {}
  if #t > 0 then
    for i, v in ipairs(t) do lines[i] = encode(v, inner, exact) end
    check_list(t, #lines)
    local flat = "[" .. table.concat(lines, ", ") .. "]"
    if #flat + #indent < 60 and not flat:find "\n" then return flat end
    return "[\n" .. inner .. table.concat(lines, ",\n" .. inner) .. "\n"
      .. indent .. "]"
  end
  for i, key in ipairs(sorted_keys(t)) do
    lines[i] = inner .. json_string(key) .. ": " .. encode(t[key], inner,
      exact)
  end
  if #lines == 0 then return "{}" end
  return "{\n" .. table.concat(lines, ",\n") .. "\n" .. indent .. "}"
end

function encode(v, indent, exact)
  local kind = type(v)
  if kind == "table" then return encode_table(v, indent, exact) end
  if kind == "string" then return json_string(v) end
  if kind == "boolean" then return tostring(v) end
  if kind ~= "number" then
    check.fail("results.json: cannot write %s", check.describe(v))
  end
  local text = results.number(v)
  if text:find "^-?[ni]" then return '"' .. text .. '"' end
  local whole = exact and math.type(v) == "float" and not text:find "[.e]"
  return whole and text .. ".0" or text
end

---A value as JSON: tables with entries 1..n as lists, others, the empty one
---too, as objects.
---@param value any
---@param exact boolean? whether 1.0 is read back as the float that it is
---@return string
function results.json(value, exact) return encode(value, "", exact) .. "\n" end

---The value that a JSON text stands for. The words "nan", "inf" and "-inf",
---which results.json writes for numbers, become numbers; null becomes nil. A
---text that is not JSON is an error.
---@param text string
---@return any
function results.parse(text)
  check.arg(type(text) == "string", "results.parse", "text", "a string", text)
  local value, message = decode(text)
  if message then check.fail("results.parse: not JSON: %s", message) end
  return value
end

local function csv_cell(v)
  if v == nil then return "" end
  if type(v) == "number" then return results.number(v) end
  local s = tostring(v)
  if s:find '[",\n\r]' then return '"' .. s:gsub('"', '""') .. '"' end
  return s
end

---Rows as CSV, under a line with the names of the columns; nil is empty.
---@param columns string[]
---@param rows table<string, any>[]
---@return string
function results.csv(columns, rows)
  local out = { table.concat(columns, ",") }
  for _, row in ipairs(rows) do
    local cells = {}
    for i, name in ipairs(columns) do cells[i] = csv_cell(row[name]) end
    out[#out + 1] = table.concat(cells, ",")
  end
  return table.concat(out, "\n") .. "\n"
end

-- ---- files ----

---The text of a file.
---@param path string
---@return string? text nil when there is no such file
function results.text(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

---Writes a file that appears whole or not at all, also when the machine
---stops: under a temporary name first, brought to the disk, then renamed. When
---that fails the old file stays. Its folder is made when it is missing.
---@param path string
---@param text string
function results.write(path, text)
  check.arg(type(text) == "string", "results.write", "text", "a string", text)
  local folder = path:match "^(.+)/"
  if folder then results.folder(folder) end
  core.write_file(path, { text })
end

---Removes the temporary files that a process left in a folder when it was
---killed while it wrote.
---@param folder string nobody else writes to it
function results.tidy(folder)
  if lfs.attributes(folder, "mode") ~= "directory" then return end
  for name in lfs.dir(folder) do
    if name:find "%.%d+%.tmp$" then os.remove(folder .. "/" .. name) end
  end
end

---Makes a folder and those above it.
---@param path string
function results.folder(path)
  local at = path:sub(1, 1) == "/" and "/" or ""
  for part in path:gmatch "[^/]+" do
    at = at .. part
    if not lfs.attributes(at, "mode") then
      local ok, message = lfs.mkdir(at)
      if not ok and not lfs.attributes(at, "mode") then
        check.fail("cannot make the folder '%s': %s", at, message)
      end
    end
    at = at .. "/"
  end
end

---Makes a folder that was not there: `path`, or path.2, path.3, ...
---@param path string
---@return string path of the new folder
function results.new_folder(path)
  results.folder(path:match "^(.*)/[^/]*$" or ".")
  local name, number = path, 1
  while true do
    local ok, message = lfs.mkdir(name)
    if ok then return name end
    if not lfs.attributes(name, "mode") then
      check.fail("cannot make the folder '%s': %s", name, message)
    end
    number = number + 1
    name = path .. "." .. number
  end
end

return results
