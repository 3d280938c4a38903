-- check.lua: errors about what a user wrote: raised at the user's line, with
-- the operation, the argument, what was expected and what was given.

local core = require "weyl.core"
local nearest = require "weyl.nearest"

-- Lines of files in this folder are never blamed.
core.own(debug.getinfo(1, "S").source:match "^(.*)check%.lua$" or "@weyl")

local check = {}

---Raises an error at the nearest line of user code.
---@param format string
---@param ... any
function check.fail(format, ...)
  error(core.caller() .. format:format(...), 0)
end

local function returned(...)
  core.within()
  return ...
end

---Calls a function that a user gave. Where it ends in `return f(x)` Lua leaves
---it before f is called; an error in f then has the line where it begins,
---unless other code of the user's is active.
---@param f function
---@param ... any
---@return any ...
function check.call(f, ...)
  if type(f) == "function" then
    local info = debug.getinfo(f, "S")
    core.within(("%s:%d: "):format(info.short_src, info.linedefined))
  end
  return returned(f(...))
end

---What a value is, for messages: "a table", "'abc'", "2.5".
---@param value any
---@return string
function check.describe(value)
  if type(value) == "string" then return ("'%s'"):format(value) end
  if type(value) == "number" or type(value) == "boolean" or value == nil then
    return tostring(value)
  end
  if core.is_tensor(value) then
    return ("a tensor %s %s"):format(value.dtype, check.shape(value))
  end
  local meta = getmetatable(value)
  if type(value) == "table" and meta == nil and next(value) == nil then
    return "an empty table"
  end
  local name = type(meta) == "table" and meta.__name
  return "a " .. (type(name) == "string" and name or type(value))
end

---A tensor's shape, for messages: "[2, 3]".
---@param x weyl.tensor
---@return string
function check.shape(x)
  return "[" .. table.concat(x.shape, ", ") .. "]"
end

---Fails unless ok.
---@param ok any
---@param func string the operation
---@param arg string the argument
---@param expected string e.g. "an integer >= 1"
---@param value any what was given
function check.arg(ok, func, arg, expected, value)
  if ok then return end
  check.fail("%s: argument '%s' must be %s, got %s", func, arg, expected,
    check.describe(value))
end

---Whether x is a whole number of at least `low`; 2.0 is one.
---@param x any
---@param low? integer
---@return boolean
function check.whole(x, low)
  return math.type(x) ~= nil and math.tointeger(x) ~= nil
    and (low == nil or x >= low)
end

---A table of options with defaults filled in. An option that is not among
---the defaults is an error that offers the nearest name, or all names when
---none is near; `check.none` as a default stands for "none".
---@param func string
---@param given table?
---@param defaults table<string, any>
---@return table
function check.options(func, given, defaults)
  check.arg(given == nil or type(given) == "table", func, "options",
    "a table", given)
  local options, known = {}, {}
  for name, value in next, defaults do
    known[#known + 1] = name
    if value ~= check.none then options[name] = value end
  end
  local unknown = {}
  for name, value in next, given or {} do
    if defaults[name] == nil then unknown[#unknown + 1] = tostring(name) end
    options[name] = value
  end
  table.sort(unknown) -- the message must not depend on the table's order
  if #unknown > 0 then
    table.sort(known)
    local hint = nearest.hint(unknown[1], known)
    check.fail("%s: there is no option '%s'%s", func, unknown[1], hint ~= ""
      and hint or (" (options: %s)"):format(table.concat(known, ", ")))
  end
  return options
end

---Stands for the default of an option that has none.
check.none = setmetatable({}, { __name = "none" })

return check
