-- data/csv.lua: text tables, whole or in chunks of rows.
--
-- The engine splits lines and reads numbers (engine/files); this file finds
-- out how a table is written, from its beginning, and gives columns names and
-- kinds. Both are fixed before the first row is read: what does not fit later
-- is an error with its line, so that chunks and the whole file always agree.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local frame = require "weyl.data.frame"
local options = require "weyl.options"
local source = require "weyl.data.source"

local FUNC = "data.csv"
local PIECE = 1 << 18 -- bytes read at once
local SAMPLE = 1000 -- rows that are looked at first
local DELIMITERS = { ",", "\t", ";", "|", " " }
local MISSING = { "NA", "N/A", "n/a", "na", "null", "NULL", "None", "?" }

local csv = {}

local SPECS = {
  { "path", "string", required = true },
  { "rows", "count" },
  { "delimiter", DELIMITERS },
  { "header", "boolean" },
  { "names", "table" },
  { "columns", "table" },
  { "types", "table", default = {} },
  { "missing", "table", default = MISSING },
  { "quote", "any", default = '"' },
  { "comment", "any", default = "#" },
  { "dtype", { "f64", "f32" }, default = "f64" },
}

-- A character, or false for none.
local function check_mark(o, name)
  local v = o[name]
  check.arg(v == false or type(v) == "string" and #v == 1 and v ~= "\n"
    and v ~= "\r", FUNC, name, "a character or false", v)
  o[name] = v or nil
end

local function check_strings(list, name, what)
  for i, v in ipairs(list) do
    check.arg(type(v) == "string", FUNC, ("%s[%d]"):format(name, i), what, v)
  end
end

local function read_options(path, opts)
  if type(path) == "table" and opts == nil then
    opts = path
  else
    local given = { path = path }
    for name, value in next, opts or {} do given[name] = value end
    opts = given
  end
  local o = options.read(FUNC, opts, SPECS)
  check_mark(o, "quote")
  check_mark(o, "comment")
  check_strings(o.missing, "missing", "a string")
  check_strings(o.names or {}, "names", "a string")
  check.arg(#o.missing <= 100, FUNC, "missing", "at most 100 words",
    o.missing)
  return o
end

-- ---- how the table is written ----

local function new_parser(o, delimiter, missing)
  return core.csv { delimiter = delimiter, quote = o.quote,
    comment = o.comment, missing = missing }
end

-- The first rows as lists of strings, false for an empty field.
local function strings(parser)
  local words, out = {}, {}
  if parser:width() == 0 then return out end
  parser:words(1, words)
  for i, row in ipairs(parser:codes():totable()) do
    for j, code in ipairs(row) do row[j] = words[code] or false end
    out[i] = row
  end
  return out
end

-- The rows in the head of a text; nil and a message when it has none.
local function split(o, delimiter, head, ended)
  local parser <close> = new_parser(o, delimiter, {})
  parser:feed(head)
  if ended then parser:feed() end
  local rows, message = parser:parse(SAMPLE)
  if not rows and parser:width() == 0 then return nil, message end
  return strings(parser), message
end

-- The rows by the first delimiter that cuts all of them alike into two fields
-- or more; else by the first that cuts the first row; else by commas. Rows
-- after one that is wrong do not matter here: it will be met again.
local function find_delimiter(o, head, ended)
  if o.delimiter then return split(o, o.delimiter, head, ended), o.delimiter end
  local second, by
  for _, delimiter in ipairs(DELIMITERS) do
    local rows, message = split(o, delimiter, head, ended)
    if rows and rows[1] and #rows[1] > 1 then
      if not message then return rows, delimiter end
      if not second then second, by = rows, delimiter end
    end
  end
  return second or split(o, ",", head, ended), by or ","
end

-- A beginning of the text that has some whole rows, and whether it is all.
local function read_head(input, o)
  local head, ended, want = "", false, 2
  while not ended do
    local piece = input:read(PIECE)
    head, ended = head .. (piece or ""), piece == nil
    local lines = select(2, head:gsub("[\r\n]+", ""))
    if lines > want then
      local rows = find_delimiter(o, head, ended)
      if rows and #rows > 1 then break end
      want = 2 * lines
    end
  end
  return head, ended
end

local function is_missing(field, o)
  if not field then return true end
  for _, word in ipairs(o.missing) do
    if field == word then return true end
  end
  return false
end

-- Whether a column has numbers, and nothing else, below the first row.
local function numbers_below(rows, i, o)
  local some = false
  for r = 2, #rows do
    if not is_missing(rows[r][i], o) then
      if not core.csv_number(rows[r][i]) then return false end
      some = true
    end
  end
  return some
end

-- A first row names columns when it has words and no number, or a word where
-- all below are numbers.
local function is_header(rows, o)
  local words, numbers = false, false
  for i, field in ipairs(rows[1]) do
    if not is_missing(field, o) then
      if core.csv_number(field) then
        numbers = true
      elseif numbers_below(rows, i, o) then
        return true
      else
        words = true
      end
    end
  end
  return words and not numbers
end

-- ---- columns ----

local function column_names(at, o, rows)
  local header = o.header
  if header == nil then header = is_header(rows, o) end
  local width, names, seen = #rows[1], {}, {}
  files.check(not o.names or #o.names == width, at,
    "there are %d columns, and %d names for them", width, #(o.names or {}))
  for i = 1, width do
    local name = o.names and o.names[i] or header and rows[1][i] or "c" .. i
    files.check(not seen[name], at, "two columns are named '%s' (option "
      .. "names gives others)", name)
    names[i], seen[name] = name, i
  end
  return names, seen, header and 1 or 0
end

-- The number of the column that a name or a number means.
local function position(at, key, names, places)
  local i = places[key] or math.tointeger(key)
  files.check(i and names[i], at, "there is no column %s (they are %s)",
    check.describe(key), table.concat(names, ", ", 1, math.min(#names, 10)))
  return i
end

-- What the rows of the sample say a column holds.
local function guess(rows, first, i, o)
  for r = first, #rows do
    local field = rows[r][i]
    if not is_missing(field, o) and not core.csv_number(field) then
      return "category"
    end
  end
  return "number"
end

local KINDS = { number = true, category = true, text = true, skip = true }

local function check_type(kind, key)
  local list = type(kind) == "table" and #kind > 0
  for _, word in ipairs(list and kind or {}) do
    list = list and type(word) == "string"
  end
  check.arg(KINDS[kind] or list, FUNC, ("types[%s]"):format(
    check.describe(key)), "'number', 'category', 'text', 'skip' or a list of "
    .. "words", kind)
end

-- Kinds by option, by selection, or by what the sample has.
local function column_kinds(at, o, rows, names, places, skip)
  local kinds, keys = {}, {}
  for key in next, o.types do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    check_type(o.types[key], key)
    kinds[position(at, key, names, places)] = o.types[key]
  end
  local wanted = {}
  for _, key in ipairs(o.columns or {}) do
    wanted[position(at, key, names, places)] = true
  end
  for i = 1, #names do
    if o.columns and not wanted[i] then kinds[i] = "skip" end
    kinds[i] = kinds[i] or guess(rows, 1 + skip, i, o)
  end
  return kinds
end

local RAW = { number = "number", skip = "skip" }

-- What frames are made from, and the parser that fills them.
local function plan(at, o, head, ended)
  local rows, delimiter = find_delimiter(o, head, ended)
  local skip, names, places
  if rows and rows[1] then
    names, places, skip = column_names(at, o, rows)
  end
  local parser = new_parser(o, delimiter, o.missing)
  if not names then return { parser = parser, columns = {} } end
  local kinds = column_kinds(at, o, rows, names, places, skip)
  local columns, raw = {}, {}
  for i, kind in ipairs(kinds) do
    raw[i] = RAW[kind] or "word"
    if kind ~= "skip" then
      columns[#columns + 1] = { name = names[i], kind = kind }
    end
  end
  assert(parser:columns(raw, skip))
  return { parser = parser, columns = columns, names = names,
    delimiter = delimiter, dtype = o.dtype }
end

-- ---- reading ----

-- The reader's message, with the column's name and what may help.
local function refuse(at, p, message)
  message = message:gsub("^(line %d+, column )(%d+)", function(before, i)
    local name = p.names and p.names[tonumber(i)]
    return before .. i .. (name and (" (%s)"):format(name) or "")
  end)
  files.check(false, at, "%s", message)
end

-- Parses on until there are `most` rows or the end; how many there are.
local function fill(input, at, p, most)
  local rows
  repeat
    local message
    rows, message = p.parser:parse(most)
    if not rows then refuse(at, p, message) end
    if rows == most or p.ended then break end
    p.ended = not input:feed(p.parser, PIECE)
  until false
  return rows
end

-- Opens a table: its source, place for messages and plan.
local function open(o)
  local input = source.open(FUNC, o.path)
  local at = { func = FUNC, place = ("'%s'"):format(o.path) }
  local head, ended = read_head(input, o)
  local p = plan(at, o, head, ended)
  p.parser:feed(head)
  if ended then p.parser:feed() end
  p.ended = ended
  return input, at, p
end

local function whole(o)
  local input, at, p = open(o)
  local rows = fill(input, at, p, math.maxinteger)
  files.check(rows > 0, at, "there are no rows")
  local t = frame.take(p, rows, at)
  p.parser:close()
  input:close()
  return t
end

local function chunks(o)
  local input, at, p = open(o)
  local done, some = false, false
  local function close()
    done = true
    p.parser:close()
    input:close()
  end
  local function next_chunk()
    if done then return nil end
    local rows = fill(input, at, p, o.rows)
    files.check(rows > 0 or some, at, "there are no rows")
    some = true
    if rows == 0 then return close() end
    local t = frame.take(p, rows, at)
    p.parser:drop()
    return t
  end
  return next_chunk, nil, nil, setmetatable({}, { __close = close })
end

---@param path string|table
---@param opts table?
---@return weyl.data.frame|function
function csv.read(path, opts)
  local o = read_options(path, opts)
  if o.rows then return chunks(o) end
  return whole(o)
end

return csv
