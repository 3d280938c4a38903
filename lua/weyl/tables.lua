-- tables.lua: tables of results, as aligned text, as Markdown, as HTML and as
-- CSV.
--
--   local t = weyl.tables.new { title = "test error",
--     columns = { "method", { "axis3", label = "axis 3", best = "least" } },
--     rows = { { method = "MLP", axis3 = weyl.stats.spread(errors) } } }
--   print(t)
--   t:write "runs/inertia"        -- runs/inertia.txt, .md and .csv
--
-- A cell is a text, a number, a spread { mean =, std = }, or nil for none.
-- Text, Markdown and HTML round for the eye; CSV has every digit.

local check = require "weyl.check"
local options = require "weyl.options"
local results = require "weyl.results"

---@class weyl.tables
local tables = {}

-- ---- numbers ----

---A number with three digits, for tables.
---@param x number
---@return string
function tables.number(x)
  if x == 0 then return "0" end
  local size = math.abs(x)
  if math.type(x) == "integer" and size < 1e6 then return tostring(x) end
  local form = (size < 1e-3 or size >= 1e4) and size < math.huge and "%.2e"
    or "%.3g"
  return x ~= x and "nan" or form:format(x)
end

-- Decimals that show two digits of s, and of a mean no more than six.
local function decimals(mean, s)
  local two = 1 - math.floor(math.log(s, 10))
  local six = 5 - math.floor(math.log(math.max(math.abs(mean), s), 10))
  return math.max(0, math.min(two, six, 12))
end

---"0.157 +- 0.012": a mean and its spread, which has two digits; very small
---or large ones share a power of ten: "(1.57 +- 0.12)e-05".
---@param mean number
---@param std number 0 shows the mean alone
---@param sign? string between them, "+-" unless given
---@return string
function tables.spread(mean, std, sign)
  if not (std > 0 and std < math.huge and math.abs(mean) < math.huge) then
    return tables.number(mean)
  end
  local size, power = math.max(math.abs(mean), std), ""
  if size < 1e-3 or size >= 1e4 then
    local e = math.floor(math.log(size, 10))
    mean, std, power = mean / 10.0 ^ e, std / 10.0 ^ e, ("e%+03d"):format(e)
  end
  local d = decimals(mean, std)
  local form = ("%%.%df"):format(d)
  local spread = std < 0.5 * 10.0 ^ -d and "%.0e" or form
  local text = (form .. " %s " .. spread):format(mean, sign or "+-", std)
  return power == "" and text or ("(%s)%s"):format(text, power)
end

-- ---- aligned columns ----

local function width_of(text) return utf8.len(text) or #text end

---Rows of texts as lines of aligned columns: the first to the left, the
---others to the right, with two spaces between.
---@param rows string[][] all of one length
---@return string
function tables.columns(rows)
  local width, lines = {}, {}
  for _, row in ipairs(rows) do
    for k, text in ipairs(row) do
      width[k] = math.max(width[k] or 0, width_of(text))
    end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for k, text in ipairs(row) do
      local fill = (" "):rep(width[k] - width_of(text))
      cells[k] = k == 1 and text .. fill or fill .. text
    end
    lines[i] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

-- ---- tables ----

---@class weyl.tables.column
---@field [1] string the field of the rows
---@field label string? the heading, the field's name unless given
---@field best "least"|"largest"|nil which of its means is marked

---@class weyl.table
---@field title string?
---@field columns weyl.tables.column[]
---@field rows table<string, any>[]
local Table = {}
local meta = { __index = Table, __name = "weyl.table" }

local function check_cell(i, key, v)
  local kind = type(v)
  local ok = v == nil or kind == "string" or kind == "number"
    or kind == "boolean" or kind == "table" and type(v.mean) == "number"
      and type(v.std) == "number"
  check.arg(ok, "tables.new", ("rows[%d].%s"):format(i, key),
    "a text, a number or { mean =, std = }", v)
end

local function read_column(i, given)
  if type(given) == "string" then given = { given } end
  local what = ("columns[%d]"):format(i)
  check.arg(type(given) == "table" and type(given[1]) == "string",
    "tables.new", what, "a name or { name, label =, best = }", given)
  local named = { name = given[1] }
  for key, value in next, given do
    if key ~= 1 then named[key] = value end
  end
  local o = options.read("tables.new", named, { { "name", "string" },
    { "label", "string", default = given[1] },
    { "best", { "least", "largest" } } })
  return { o.name, label = o.label, best = o.best }
end

---A table; printing it shows aligned text. A column is the name of a field of
---the rows, or { name, label =, best = "least" or "largest" }, which marks the
---best mean with * and with ~ those at most one standard deviation from it,
---the larger of the two. A cell is a text, a number, what stats.spread gives,
---or nil.
---@param opts { columns: (string|weyl.tables.column)[],
---  rows: table<string, any>[], title: string? }
---@return weyl.table
function tables.new(opts)
  local o = options.read("tables.new", opts, { { "title", "string" },
    { "columns", "table", required = true },
    { "rows", "table", required = true } })
  local columns = {}
  for i, given in ipairs(o.columns) do columns[i] = read_column(i, given) end
  check.arg(#columns > 0, "tables.new", "columns", "at least one", o.columns)
  for i, row in ipairs(o.rows) do
    check.arg(type(row) == "table", "tables.new", ("rows[%d]"):format(i),
      "a table", row)
    for _, column in ipairs(columns) do
      check_cell(i, column[1], row[column[1]])
    end
  end
  return setmetatable({ title = o.title, columns = columns, rows = o.rows },
    meta)
end

-- Mean and deviation of a cell; nil when it is not a number.
local function value_of(cell)
  if type(cell) == "table" then return cell.mean, cell.std end
  if type(cell) == "number" then return cell, 0 end
end

-- Row of the best mean of a column.
local function first_of(rows, column)
  local sign, at, most = column.best == "least" and -1 or 1, nil, -math.huge
  for i, row in ipairs(rows) do
    local mean = value_of(row[column[1]])
    if mean and sign * mean > most then at, most = i, sign * mean end
  end
  return at
end

---How the rows stand in a column that marks its best: by row "first",
---"within" one standard deviation of the first (the larger of the two
---deviations), "behind", or nil where there is no number.
---@param name string of the column's field
---@return table<integer, "first"|"within"|"behind">
function Table:standing(name)
  local column
  for _, c in ipairs(self.columns) do column = c[1] == name and c or column end
  check.arg(column and column.best, "table:standing", "name",
    "a column with best = 'least' or 'largest'", name)
  local first, out = first_of(self.rows, column), {}
  local best, spread = value_of(first and self.rows[first][name])
  for i, row in ipairs(self.rows) do
    local mean, std = value_of(row[name])
    if mean then
      local near = best and math.abs(mean - best) <= math.max(std, spread)
      out[i] = i == first and "first" or near and "within" or "behind"
    end
  end
  return out
end

local function cell_text(v, sign)
  if v == nil then return "-" end
  if type(v) == "table" then return tables.spread(v.mean, v.std, sign) end
  return type(v) == "number" and tables.number(v) or tostring(v)
end

-- How a kind of table writes its cells.
---@class weyl.tables.style
---@field sign string between mean and spread
---@field text fun(s: string): string
---@field mark fun(s: string, standing: string?): string for columns that mark
---  their best, headings too

-- Headings and cells as texts.
local function texts(t, style)
  local out = { {} }
  for i = 1, #t.rows do out[i + 1] = {} end
  for k, column in ipairs(t.columns) do
    local standing = column.best and t:standing(column[1])
    local function put(i, text)
      text = style.text(text)
      out[i + 1][k] = standing and style.mark(text, standing[i]) or text
    end
    put(0, column.label)
    for i, row in ipairs(t.rows) do
      put(i, cell_text(row[column[1]], style.sign))
    end
  end
  return out
end

local MARKS = { first = " *", within = " ~" }

local TEXT = { sign = "+-", text = function(s)
  return (s:gsub("%c", " "))
end, mark = function(s, standing) return s .. (MARKS[standing] or "  ") end }

local MARKDOWN = { sign = "±", text = function(s)
  return (s:gsub("[\\|*_`<]", "\\%0"):gsub("%c", " "))
end, mark = function(s, standing)
  if standing == "first" then return "**" .. s .. "**" end
  return standing == "within" and "*" .. s .. "*" or s
end }

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;" }

---Text as HTML shows it, between tags or in double quotes.
---@param s string
---@return string
function tables.escape(s)
  return (s:gsub('[&<>"]', ENTITIES):gsub("%c", " "))
end

local HTML = { sign = "±", text = tables.escape, mark = function(s, standing)
  if standing == "first" then return "<b>" .. s .. "</b>" end
  return standing == "within" and "<i>" .. s .. "</i>" or s
end }

-- What the marks say, when there are any.
local function legend(t, first, within)
  for _, column in ipairs(t.columns) do
    if column.best then
      return ("%s: the %s; %s: at most one standard deviation from it")
        :format(first, column.best, within)
    end
  end
end

---Aligned text.
---@return string
function Table:text()
  local rows = texts(self, TEXT)
  local out = { tables.columns(rows), legend(self, "*", "~") }
  if self.title then table.insert(out, 1, self.title) end
  return table.concat(out, "\n") .. "\n"
end

function meta.__tostring(t) return (t:text():gsub("\n$", "")) end

---A Markdown table: the best are bold, those near them in italics.
---@return string
function Table:markdown()
  local lines = {}
  for i, row in ipairs(texts(self, MARKDOWN)) do
    lines[#lines + 1] = "| " .. table.concat(row, " | ") .. " |"
    if i == 1 then
      lines[2] = "|:---|" .. ("---:|"):rep(#row - 1)
    end
  end
  local note = legend(self, "**bold**", "*italics*")
  return (self.title and MARKDOWN.text(self.title) .. "\n\n" or "")
    .. table.concat(lines, "\n") .. "\n"
    .. (note and "\n" .. note .. "\n" or "")
end

---An HTML table with the title as its caption: the best are bold, those near
---them in italics.
---@return string
function Table:html()
  local lines = { "<table>" }
  if self.title then
    lines[2] = "<caption>" .. HTML.text(self.title) .. "</caption>"
  end
  for i, row in ipairs(texts(self, HTML)) do
    local tag = i == 1 and "th" or "td"
    lines[#lines + 1] = ("<tr><%s>%s</%s></tr>"):format(tag,
      table.concat(row, ("</%s><%s>"):format(tag, tag)), tag)
  end
  lines[#lines + 1] = "</table>"
  local note = legend(self, "bold", "italics")
  if note then lines[#lines + 1] = "<p>" .. note .. "</p>" end
  return table.concat(lines, "\n") .. "\n"
end

---CSV with all digits: a column with spreads has its mean under its own name,
---and name_std and name_count beside it.
---@return string
function Table:csv()
  local names, rows, spread = {}, {}, {}
  for i = 1, #self.rows do rows[i] = {} end
  for _, column in ipairs(self.columns) do
    local name = column[1]
    for i, row in ipairs(self.rows) do
      local v = row[name]
      if type(v) == "table" then
        spread[name] = true
        rows[i][name], rows[i][name .. "_std"] = v.mean, v.std
        rows[i][name .. "_count"] = v.count
      else
        rows[i][name] = v
      end
    end
    names[#names + 1] = name
    if spread[name] then
      table.move({ name .. "_std", name .. "_count" }, 1, 2, #names + 1,
        names)
    end
  end
  return results.csv(names, rows)
end

---Writes base.txt, base.md and base.csv.
---@param base string a path without an ending
function Table:write(base)
  check.arg(type(base) == "string", "table:write", "base", "a path", base)
  results.write(base .. ".txt", self:text())
  results.write(base .. ".md", self:markdown())
  results.write(base .. ".csv", self:csv())
end

return tables
