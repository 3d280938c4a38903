-- repl/text.lua: what the prompt shows for a value.
--
-- Tables are shown with their content, three levels deep and a few entries
-- wide, keys in sorted order; what has a __tostring says itself how it looks.

local page = require "weyl.width"

local ENTRIES = 20 -- of one table
local DEPTH = 3

local function by_key(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return ta < tb end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

-- The keys in sorted order; those of the array part come first anyway.
local function sorted_keys(t)
  local keys = {}
  for key in next, t do keys[#keys + 1] = key end
  table.sort(keys, by_key)
  return keys
end

local function has_tostring(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__tostring ~= nil
end

local text_of -- of any value

local function entry(t, key, position, depth)
  local value = text_of(t[key], depth)
  if key == position then return value end
  local plain = type(key) == "string" and key:match "^[%a_][%w_]*$"
  return (plain or ("[" .. text_of(key, 0) .. "]")) .. " = " .. value
end

-- One line when it fits, else one line per entry.
local function table_text(t, depth)
  local keys = sorted_keys(t)
  if #keys == 0 then return "{}" end
  if depth == 0 then return "{...}" end
  local parts, width = {}, 4
  for i, key in ipairs(keys) do
    if i > ENTRIES then
      parts[i] = ("... %d more"):format(#keys - ENTRIES)
      break
    end
    parts[i] = entry(t, key, i, depth - 1)
    width = width + #parts[i] + 2
    if parts[i]:find "\n" then width = math.huge end
  end
  if width <= page.now - 2 then
    return "{ " .. table.concat(parts, ", ") .. " }"
  end
  for i, part in ipairs(parts) do parts[i] = part:gsub("\n", "\n  ") end
  return "{\n  " .. table.concat(parts, ",\n  ") .. "\n}"
end

local function function_text(f)
  local name = require("weyl.help").name(f)
  if name then return "function: " .. name end
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "function: builtin" end
  return ("function: %s:%d"):format(info.short_src, info.linedefined)
end

function text_of(value, depth)
  if depth < DEPTH and type(value) == "string" then
    return (("%q"):format(value):gsub("\\\n", "\\n"))
  end
  if has_tostring(value) then return tostring(value) end
  if type(value) == "table" then return table_text(value, depth) end
  if type(value) == "function" then return function_text(value) end
  return tostring(value)
end

---What the prompt prints for a value.
---@param value any
---@return string
local function text(value)
  return text_of(value, DEPTH)
end

return text
