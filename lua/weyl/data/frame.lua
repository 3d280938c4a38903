-- data/frame.lua: a table with named columns: numbers, categories, texts.
--
-- Columns of numbers lie side by side in x, [rows, numbers]; a missing number
-- is NaN. A category has codes from 1 on, with its words in levels, and 0 for
-- a missing one. Chunks of one file share levels: a word keeps its code.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local options = require "weyl.options"

local frame = {}

---@class weyl.data.column
---@field name string
---@field kind string "number", "category" or "text"
---@field values weyl.tensor|(string|false)[] numbers [rows], codes i64 [rows],
---  or a list of strings, false where it is missing
---@field levels string[]? of a category

---@class weyl.data.frame
---@field rows integer
---@field names string[]
---@field columns weyl.data.column[] in the file's order; by name as well
---@field x weyl.tensor all columns of numbers, [rows, numbers]
local Frame = {}
Frame.__index = Frame
Frame.__name = "weyl.data.frame"

---Whether a value is a frame.
---@param value any
---@return boolean
function frame.is(value) return getmetatable(value) == Frame end

-- ---- from a parser ----

-- Codes by the order of words given before; a new word is an error.
local function fixed(at, column, codes, words)
  local place = {}
  for k, word in ipairs(column.kind) do place[word] = k end
  local map = {}
  for k, word in ipairs(words) do
    files.check(place[word], at, "column '%s': '%s' is not among the words "
      .. "given", column.name, word)
    map[k + 1] = place[word]
  end
  map[1] = 0
  return core.tensor(map, "i64"):take(codes + 1)
end

local function texts(codes, words)
  local out = codes:totable()
  for i, code in ipairs(out) do out[i] = words[code] or false end
  return out
end

-- The j-th column of words of a parser, with these codes.
local function word_column(p, j, column, codes, at)
  local out = { name = column.name, kind = column.kind, values = codes }
  column.levels = column.levels or {}
  local words = column.levels
  if column.kind == "text" then words = {} end
  p.parser:words(j, words)
  if column.kind == "text" then
    out.values = texts(codes, words)
    p.parser:drop()
    p.parser:forget(j)
  elseif type(column.kind) == "table" then
    out.kind, out.levels = "category", column.kind
    out.values = fixed(at, column, codes, words)
  else
    out.levels = words
  end
  return out
end

local function new(rows, x, columns)
  local names = {}
  for i, column in ipairs(columns) do
    names[i], columns[column.name] = column.name, column
  end
  return setmetatable({ rows = rows, names = names, columns = columns,
    x = x }, Frame)
end

---The rows that a parser has, as a frame.
---@param p table a plan of csv.lua
---@param rows integer
---@param at { func: string, place: string } for messages
---@return weyl.data.frame
function frame.take(p, rows, at)
  local x, codes = p.parser:numbers(), p.parser:codes()
  if p.dtype == "f32" then x = core.eval(x:to "f32") end
  local columns, numbers, words = {}, 0, 0
  for i, column in ipairs(p.columns) do
    if column.kind == "number" then
      numbers = numbers + 1
      columns[i] = { name = column.name, kind = "number",
        values = x:slice(2, numbers, numbers):reshape(rows) }
    else
      words = words + 1
      columns[i] = word_column(p, words, column,
        codes:slice(2, words, words):reshape(rows), at)
    end
  end
  return new(rows, x, columns)
end

-- ---- what a table can do ----

---How many values are missing, by column.
---@return table<string, integer>
function Frame:missing()
  local out = {}
  for _, c in ipairs(self.columns) do
    local n = 0
    if c.kind == "number" then
      n = c.values:isnan():to "i64":sum():item()
    elseif c.kind == "category" then
      n = c.values:eq(0):to "i64":sum():item()
    else
      for _, v in ipairs(c.values) do n = n + (v and 0 or 1) end
    end
    out[c.name] = n
  end
  return out
end

-- The numbers of the rows that lack no number and no category, i64.
local function complete_rows(self)
  local whole = core.ones({ self.rows }, "bool")
  for _, c in ipairs(self.columns) do
    if c.kind ~= "text" then
      local lacks = c.kind == "number" and c.values:isnan() or c.values:eq(0)
      whole = whole:logical_and(lacks:logical_not())
    end
  end
  return core.arange(self.rows):masked_select(whole)
end

---The rows that lack no number and no category, as a new frame.
---@return weyl.data.frame
function Frame:complete()
  local keep = core.eval(complete_rows(self))
  local list, columns = keep:totable(), {}
  for i, c in ipairs(self.columns) do
    local values = {}
    if c.kind == "text" then
      for k, row in ipairs(list) do values[k] = c.values[row] end
    else
      values = core.eval(c.values:take(keep))
    end
    columns[i] = { name = c.name, kind = c.kind, levels = c.levels,
      values = values }
  end
  return new(#list, core.eval(self.x:take(keep)), columns)
end

-- A column as numbers, [rows, 1]; a category as one column per level, 1 where
-- a row has it.
local function numeric(c, dtype)
  if c.kind == "text" then
    check.fail("part: column '%s' holds text, not numbers", c.name)
  end
  local values = c.values:reshape(#c.values, 1)
  if c.kind == "category" then
    values = values:eq(core.arange(#c.levels))
  end
  return values:to(dtype)
end

local function column_list(self, given, name)
  if type(given) == "string" then given = { given } end
  check.arg(type(given) == "table" and #given > 0, "part", name,
    "a name or a list of names", given)
  local out = {}
  for i, key in ipairs(given) do
    out[i] = self.columns[key]
    if not out[i] then
      check.fail("part: there is no column %s%s", check.describe(key),
        require("weyl.nearest").hint(tostring(key), self.names))
    end
  end
  return out
end

-- All columns that are no text and not among the targets.
local function the_rest(self, targets)
  local out, taken = {}, {}
  for _, c in ipairs(targets) do taken[c.name] = true end
  for _, c in ipairs(self.columns) do
    if c.kind ~= "text" and not taken[c.name] then out[#out + 1] = c end
  end
  return out
end

local function side_by_side(columns, dtype)
  local list = {}
  for i, c in ipairs(columns) do list[i] = numeric(c, dtype) end
  return core.eval(core.concat(list, 2))
end

---Inputs and targets for training. A category becomes one column per level, 1
---where a row has it.
---Options: y, a name or a list of names of the targets; x, those of the inputs
---(all others but texts); dtype ("f32").
---@param opts { y: string|string[], x: string|string[]?, dtype: string? }
---@return weyl.data.part part x [rows, in], y [rows, out]
function Frame:part(opts)
  local o = options.read("part", opts, { { "x", "any" },
    { "y", "any", required = true },
    { "dtype", { "f32", "f64" }, default = "f32" } })
  local y = column_list(self, o.y, "y")
  local x = o.x and column_list(self, o.x, "x") or the_rest(self, y)
  if #x == 0 then check.fail "part: there is no column left for x" end
  return { x = side_by_side(x, o.dtype), y = side_by_side(y, o.dtype) }
end

local function summary(c, missing)
  local text = ("  %s: %s"):format(c.name, c.kind)
  if c.levels then
    text = ("%s of %d: %s%s"):format(text, #c.levels,
      table.concat(c.levels, ", ", 1, math.min(#c.levels, 4)),
      #c.levels > 4 and ", ..." or ""):gsub("%c", " ")
  end
  return missing > 0 and ("%s, %d missing"):format(text, missing) or text
end

function Frame:__tostring()
  local missing = self:missing()
  local out = { ("%d rows, %d columns"):format(self.rows, #self.columns) }
  for _, c in ipairs(self.columns) do
    out[#out + 1] = summary(c, missing[c.name])
  end
  return table.concat(out, "\n")
end

return frame
