-- data/text.lua: tables of numbers in text files, separated by tabs, commas
-- or blanks.
--
-- Every row has as many fields as the first, every field is one finite decimal
-- number. A first row that holds no number at all is the header. Empty lines
-- and lines that begin with # are left out.

local files = require "weyl.data.files"

local text = {}

local function split(line, separator)
  local out = {}
  if separator == " " then
    for field in line:gmatch "%S+" do out[#out + 1] = field end
  else
    for field in (line .. separator):gmatch("(.-)" .. separator) do
      out[#out + 1] = field:match "^%s*(.-)%s*$"
    end
  end
  return out
end

-- A decimal number; neither hexadecimal ones nor nan nor inf are.
local function number(field)
  if not field:find "^[+-]?%.?%d[%d.]*[eE]?[+-]?%d*$" then return nil end
  local v = tonumber((field:gsub("^%+", "")))
  return v and v - v == 0 and v + 0.0 or nil
end

local function is_header(fields)
  for _, field in ipairs(fields) do
    if number(field) then return false end
  end
  return true
end

local function read_row(at, t, fields, line)
  files.check(#fields == t.width, at, "line %d has %d fields, not %d", line,
    #fields, t.width)
  for i, field in ipairs(fields) do
    local v = number(field)
    files.check(v, at, "line %d, field %d: '%s' is no finite number", line, i,
      field)
    t.columns[i][#t.lines + 1] = v
  end
  t.lines[#t.lines + 1] = line
end

---@class weyl.data.text.table
---@field names string[]? of the header
---@field columns number[][]
---@field lines integer[] the line of each row
---@field width integer

---Reads a table of numbers.
---@param source string the file's text
---@param at { func: string, place: string } for messages
---@return weyl.data.text.table
function text.parse(source, at)
  local t = { columns = {}, lines = {} }
  local line, separator = 0, nil
  for raw in (source:gsub("^\xEF\xBB\xBF", "") .. "\n"):gmatch "(.-)\r?\n" do
    line = line + 1
    if raw:find "%S" and not raw:find "^%s*#" then
      separator = separator or raw:match "[\t,]" or " "
      local fields = split(raw, separator)
      if not t.width then
        t.width = #fields
        for i = 1, t.width do t.columns[i] = {} end
        if is_header(fields) then
          t.names, fields = fields, nil
        end
      end
      if fields then read_row(at, t, fields, line) end
    end
  end
  files.check(#t.lines > 0, at, "there are no rows of numbers")
  return t
end

return text
