-- sweep/space.lua: what a parameter may be, and parameters from numbers in
-- [0, 1).
--
-- A dimension is a list of values, or a range: its values are those of a
-- monotone function of [0, 1]. The names of a space are sorted: the order in
-- which its table was written is nowhere to be seen.

local check = require "weyl.check"

local space = {}

---@class weyl.sweep.range
---@field kind "uniform"|"log"|"integer"
---@field low number
---@field high number
---@field points integer? of a grid
local meta = { __name = "weyl.sweep.range" }

function meta.__tostring(r)
  return ("%s(%s, %s)"):format(r.kind, r.low, r.high)
end

local function finite(x)
  return type(x) == "number" and x - x == 0
end

---A range, checked.
---@param kind "uniform"|"log"|"integer"
---@param low number
---@param high number
---@param points? integer
---@return weyl.sweep.range
function space.range(kind, low, high, points)
  local func = "sweep." .. kind
  local whole = kind == "integer"
  check.arg(whole and check.whole(low) or not whole and finite(low), func,
    "low", whole and "an integer" or "a finite number", low)
  check.arg(whole and check.whole(high) or not whole and finite(high), func,
    "high", whole and "an integer" or "a finite number", high)
  check.arg(low < high, func, "high", "above low = " .. low, high)
  check.arg(kind ~= "log" or low > 0, func, "low", "> 0", low)
  check.arg(points == nil or check.whole(points, 2), func, "points",
    "an integer >= 2", points)
  if whole then low, high = math.tointeger(low), math.tointeger(high) end
  return setmetatable({ kind = kind, low = low, high = high,
    points = points and math.tointeger(points) }, meta)
end

-- ---- dimensions ----

local function is_range(d) return getmetatable(d) == meta end

-- A value that JSON and a table can hold.
local function is_plain(v)
  return type(v) == "string" or type(v) == "boolean" or finite(v)
end

local function check_list(name, list)
  check.arg(type(list) == "table" and not getmetatable(list) and #list > 0,
    "sweep", "space." .. name,
    "a list of values, or sweep.log, sweep.uniform or sweep.integer", list)
  for i, v in ipairs(list) do
    check.arg(is_plain(v), "sweep", ("space.%s[%d]"):format(name, i),
      "a finite number, a string or a boolean", v)
  end
end

---The names of a space, sorted; all its dimensions are checked.
---@param given table<string, any[]|weyl.sweep.range>
---@return string[]
function space.names(given)
  local names = {}
  for name in next, given do
    check.arg(type(name) == "string", "sweep", "space",
      "a table from names to what they may be", given)
    names[#names + 1] = name
  end
  table.sort(names)
  check.arg(#names > 0, "sweep", "space", "at least one parameter", given)
  for _, name in ipairs(names) do
    if not is_range(given[name]) then check_list(name, given[name]) end
  end
  return names
end

-- The value of a range that is the share t of [0, 1] from its low end.
local function at(range, t)
  if range.kind == "integer" then
    return math.floor(range.low + t * (range.high - range.low) + 0.5)
  end
  if t == 1 then return range.high end
  if range.kind == "log" then
    return range.low * (range.high / range.low) ^ t
  end
  return range.low + t * (range.high - range.low)
end

---The value of a dimension for u in [0, 1): all values of a list, and all
---integers of a range, have the same share.
---@param d any[]|weyl.sweep.range
---@param u number
---@return number|string|boolean
function space.value(d, u)
  if not is_range(d) then return d[math.floor(u * #d) + 1] end
  if d.kind == "integer" then
    return d.low + math.floor(u * (d.high - d.low + 1))
  end
  return at(d, u)
end

---The values of a dimension in a grid: those of a list; of a range as many
---points as it says, evenly spaced, both ends included.
---@param name string for messages
---@param d any[]|weyl.sweep.range
---@return any[]
function space.values(name, d)
  if not is_range(d) then return d end
  local points = d.points or d.kind == "integer" and d.high - d.low + 1
  check.arg(points, "sweep", "space." .. name, ("a list, or a range that says "
    .. "how many points a grid has, such as sweep.%s(%s, %s, 5)"):format(
    d.kind, d.low, d.high), d)
  local out, last = {}, nil
  for i = 1, points do
    local v = at(d, (i - 1) / (points - 1))
    if v ~= last then out[#out + 1] = v end -- integers may meet
    last = v
  end
  return out
end

return space
