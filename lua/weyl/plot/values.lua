-- plot/values.lua: what users give to be drawn, as plain lists of numbers:
-- tensors and nested tables, checked, with messages that name the place.

local check = require "weyl.check"
local core = require "weyl.core"

local values = {}

-- Whether t is a list of numbers all through; of n when n is given.
local function is_list(t, n)
  if type(t) ~= "table" or n and #t ~= n then return false end
  for _, v in ipairs(t) do
    if type(v) ~= "number" then return false end
  end
  return true
end

---A list of numbers from a list or a tensor of any shape.
---@param func string
---@param what string the argument
---@param given any
---@return number[]
function values.list(func, what, given)
  local v = given
  if core.is_tensor(v) then v = v:flatten():totable() end
  check.arg(is_list(v), func, what, "a list of numbers or a tensor", given)
  return v
end

---A list of texts.
---@param func string
---@param what string
---@param given any
---@param n integer? how many
---@return string[]
function values.names(func, what, given, n)
  local ok = type(given) == "table" and (not n or #given == n)
  for _, v in ipairs(ok and given or {}) do ok = ok and type(v) == "string" end
  check.arg(ok, func, what, n and ("a list of %d names"):format(n)
    or "a list of names", given)
  return given
end

---Rows of equally many numbers, at least one, from a list of lists or a tensor
---[rows, columns].
---@param func string
---@param what string
---@param given any
---@param width integer? how many in a row
---@return number[][]
function values.matrix(func, what, given, width)
  local v = given
  if core.is_tensor(v) then
    v = #v.shape == 2 and v.shape[1] > 0 and v:totable() or nil
  end
  local ok = type(v) == "table" and type(v[1]) == "table" and #v[1] > 0
  for _, row in ipairs(ok and v or {}) do
    ok = ok and is_list(row, width or #v[1])
  end
  check.arg(ok, func, what, ("rows of %s numbers or a tensor [rows, %s]")
    :format(width or "equally many", width or "columns"), given)
  return v
end

---The entries of a list of tables, at least one.
---@param func string
---@param what string
---@param given any
---@param form string what an entry looks like, for messages
---@return table[]
function values.tables(func, what, given, form)
  check.arg(type(given) == "table" and #given > 0, func, what,
    "a list of tables " .. form, given)
  for i, entry in ipairs(given) do
    check.arg(type(entry) == "table", func, ("%s[%d]"):format(what, i),
      "a table " .. form, entry)
  end
  return given
end

---Two ends of an axis, when they are given.
---@param func string
---@param what string
---@param given any
---@return number[]?
function values.range(func, what, given)
  check.arg(given == nil or is_list(given, 2) and given[1] < given[2], func,
    what, "two numbers, the lower first", given)
  return given
end

---Fails because there is nothing that could be drawn.
---@param func string
---@param log boolean? whether an axis has logarithms
function values.nothing(func, log)
  check.fail("%s: nothing can be shown: no value is finite%s", func,
    log and " and above 0, as an axis with logarithms needs" or "")
end

return values
