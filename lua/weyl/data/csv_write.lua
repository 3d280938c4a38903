-- data/csv_write.lua: tensors and frames as text tables.
--
-- Numbers are as short as they can be and are read back to the last bit; nan,
-- inf and -inf are words. A missing word is an empty field.

local check = require "weyl.check"
local core = require "weyl.core"
local frame = require "weyl.data.frame"
local options = require "weyl.options"

local FUNC = "data.save_csv"
local BLOCK = 1 << 14 -- rows that are made into text at once

-- A word as a field; between blanks nothing would be no field.
local function cell(word, delimiter)
  if not word then return delimiter == " " and '""' or "" end
  if word == "" or word:find('[",\n\r\t |;#]')
      or word:find(delimiter, 1, true) then
    return '"' .. word:gsub('"', '""') .. '"'
  end
  return word
end

local function header(names, delimiter)
  local out = {}
  for i, name in ipairs(names) do out[i] = cell(name, delimiter) end
  return table.concat(out, delimiter) .. "\n"
end

-- Adds a matrix, block by block.
local function add_matrix(out, x, delimiter)
  for first = 1, #x, BLOCK do
    out[#out + 1] = core.csv_text(x, delimiter, first,
      math.min(first + BLOCK - 1, #x))
  end
end

-- Rows first..last of a column as fields.
local function fields(column, first, last, delimiter)
  local out = {}
  if column.kind == "number" then
    local rows = column.values:slice(1, first, last)
    local text = core.csv_text(rows:reshape(last - first + 1, 1), ",", 1,
      last - first + 1)
    for field in text:gmatch "[^\n]+" do out[#out + 1] = field end
  elseif column.kind == "category" then
    local codes = column.values:slice(1, first, last):totable()
    for i, code in ipairs(codes) do
      out[i] = cell(column.levels[code], delimiter)
    end
  else
    for i = first, last do
      out[i - first + 1] = cell(column.values[i], delimiter)
    end
  end
  return out
end

-- A line without anything would be no row.
local function line(row, delimiter)
  local text = table.concat(row, delimiter)
  return text == "" and '""\n' or text .. "\n"
end

local function add_frame(out, t, delimiter)
  for first = 1, t.rows, BLOCK do
    local last, columns = math.min(first + BLOCK - 1, t.rows), {}
    for j, column in ipairs(t.columns) do
      columns[j] = fields(column, first, last, delimiter)
    end
    local lines = {}
    for i = 1, last - first + 1 do
      local row = {}
      for j, column in ipairs(columns) do row[j] = column[i] end
      lines[i] = line(row, delimiter)
    end
    out[#out + 1] = table.concat(lines)
  end
end

local function is_matrix(x)
  return core.is_tensor(x) and (x.rank == 1 or x.rank == 2)
    and x.dtype:sub(1, 1) ~= "c"
end

local function check_names(names, width)
  for i, name in ipairs(names or {}) do
    check.arg(type(name) == "string" and name ~= "", FUNC,
      ("names[%d]"):format(i), "a string", name)
  end
  if names and #names ~= width then
    check.fail("%s: there are %d columns, and %d names for them", FUNC, width,
      #names)
  end
end

---@param path string
---@param x weyl.tensor|weyl.data.frame
---@param opts table?
return function(path, x, opts)
  check.arg(type(path) == "string", FUNC, "path", "a file's name", path)
  local o = options.read(FUNC, opts, { { "names", "table" },
    { "delimiter", { ",", "\t", ";", "|", " " }, default = "," } })
  check.arg(is_matrix(x) or frame.is(x), FUNC, "x",
    "a real tensor [rows] or [rows, columns], or a frame", x)
  local out = {}
  if frame.is(x) then
    check_names(o.names, #x.columns)
    out[1] = header(o.names or x.names, o.delimiter)
    add_frame(out, x, o.delimiter)
  else
    if x.rank == 1 then x = x:reshape(#x, 1) end
    check_names(o.names, x.shape[2])
    if o.names then out[1] = header(o.names, o.delimiter) end
    add_matrix(out, x:eval(), o.delimiter)
  end
  core.write_file(path, out)
end
