-- options.lua: tables of options whose values have kinds.
--
-- A function that takes one table of options describes them by a list of
-- specs. Names it does not know are rejected with the nearest known one,
-- values of the wrong kind with what was expected, at the user's line.

local check = require "weyl.check"
local core = require "weyl.core"
local nearest = require "weyl.nearest"

local options = {}

---@class weyl.options.spec
---@field [1] string name
---@field [2] string|string[] kind: one of those below, or the allowed strings
---@field default any value when it is not given
---@field required boolean?

local function is_type(name)
  return function(v) return type(v) == name end
end

-- Kinds: what messages call them, and the test.
local kinds = {
  any = { "anything", function() return true end },
  boolean = { "true or false", is_type "boolean" },
  callable = { "a function", function(v)
    local meta = getmetatable(v)
    return type(v) == "function"
      or type(meta) == "table" and meta.__call ~= nil
  end },
  count = { "an integer >= 1", function(v) return check.whole(v, 1) end },
  integer = { "an integer", function(v) return check.whole(v) end },
  number = { "a number", is_type "number" },
  positive = { "a number > 0",
    function(v) return type(v) == "number" and v > 0 end },
  share = { "a number in [0, 1)",
    function(v) return type(v) == "number" and v >= 0 and v < 1 end },
  string = { "a string", is_type "string" },
  table = { "a table", is_type "table" },
  tensor = { "a tensor", core.is_tensor },
  weight = { "a number >= 0",
    function(v) return type(v) == "number" and v >= 0 end },
  whole = { "an integer >= 0", function(v) return check.whole(v, 0) end },
}

local function one_of(func, spec, value)
  local names, shown = {}, {}
  for i, known in ipairs(spec[2]) do
    if value == known then return end
    names[i], shown[i] = tostring(known), check.describe(known)
  end
  check.fail("%s: %s must be %s, got %s%s", func, spec[1],
    table.concat(shown, " or "), check.describe(value),
    type(value) == "string" and nearest.hint(value, names) or "")
end

local function check_value(func, spec, value)
  if type(spec[2]) == "table" then return one_of(func, spec, value) end
  local name, test = table.unpack(kinds[spec[2]])
  if not test(value) then
    check.fail("%s: %s must be %s, got %s", func, spec[1], name,
      check.describe(value))
  end
end

---The options given, checked, with defaults filled in, as a new table.
---@param func string the function's name, for messages
---@param given table?
---@param specs weyl.options.spec[]
---@return table
function options.read(func, given, specs)
  local defaults = {}
  for _, spec in ipairs(specs) do
    local default = spec.default
    defaults[spec[1]] = default == nil and check.none or default
  end
  local out = check.options(func, given, defaults)
  for _, spec in ipairs(specs) do
    local value = (given or {})[spec[1]]
    if value ~= nil then
      check_value(func, spec, value)
    elseif spec.required then
      check.fail("%s: option '%s' is missing", func, spec[1])
    end
  end
  return out
end

return options
