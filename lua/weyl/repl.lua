-- repl.lua: what the prompt shows, and how it completes names.
--
-- The prompt itself is engine/binding/repl.c. Tables are shown with their
-- content, three levels deep and a few entries wide, keys in sorted order.

local repl = {}

local ENTRIES = 20 -- of one table
local DEPTH = 3
local WIDTH = 78

-- ---- showing values ----

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
  if width <= WIDTH then return "{ " .. table.concat(parts, ", ") .. " }" end
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
    return ("%q"):format(value)
  end
  if has_tostring(value) then return tostring(value) end
  if type(value) == "table" then return table_text(value, depth) end
  if type(value) == "function" then return function_text(value) end
  return tostring(value)
end

---What the prompt prints for a value.
---@param value any
---@return string
function repl.text(value)
  return text_of(value, DEPTH)
end

---Prints the values of an expression.
---@param ... any
function repl.show(...)
  local parts, lines = {}, false
  for i = 1, select("#", ...) do
    parts[i] = repl.text((select(i, ...)))
    lines = lines or parts[i]:find "\n" ~= nil
  end
  print(table.concat(parts, lines and "\n" or "\t"))
end

-- ---- completing names ----

-- Adds the string keys of t, and of what its metatable offers, to names.
local function add_names(names, t)
  local meta = getmetatable(t)
  if type(t) == "table" then
    for key in next, t do
      if type(key) == "string" then names[key] = true end
    end
    for _, room in ipairs(rawget(t, "rooms") or {}) do names[room] = true end
  end
  if type(meta) ~= "table" then return end
  local parent = rawget(meta, "methods") or rawget(meta, "__index")
  if type(parent) == "table" and not rawequal(parent, t) then
    add_names(names, parent)
  end
end

-- The value of "a.b.c" among the globals; only fields that are there.
local function value_of(path)
  local value = _G
  for name in path:gmatch "[^.]+" do
    if value == nil then return nil end
    local ok, v = pcall(function(at) return at[name] end, value)
    if not ok then return nil end
    value = v
  end
  return value
end

local function common_prefix(list)
  local first, last = list[1], list[#list] -- the list is sorted
  local n = 0
  while n < #first and first:byte(n + 1) == last:byte(n + 1) do n = n + 1 end
  return first:sub(1, n)
end

local function columns(list)
  local width = 0
  for _, name in ipairs(list) do width = math.max(width, #name + 2) end
  local per_line, out = math.max(80 // width, 1), {}
  for i, name in ipairs(list) do
    local ends = i % per_line == 0 or i == #list
    out[i] = ends and name .. "\n" or name .. (" "):rep(width - #name)
  end
  return (table.concat(out):gsub("\n$", ""))
end

---Completes the name at the end of a line.
---@param line string what stands before the cursor
---@return string? more what all completions share beyond what is typed
---@return string? list the completions in columns, when there are several
function repl.complete(line)
  local path, start = line:match "([%a_][%w_.]*)[.:]([%w_]*)$"
  if not path then path, start = "", line:match "([%a_][%w_]*)$" end
  local owner = start and value_of(path)
  if owner == nil then return nil end
  local names, list = {}, {}
  add_names(names, owner)
  for name in pairs(names) do -- sorted below
    if name:sub(1, #start) == start and name:match "^[%a_][%w_]*$" then
      list[#list + 1] = name
    end
  end
  if #list == 0 then return nil end
  table.sort(list)
  local more = common_prefix(list):sub(#start + 1)
  return more, #list > 1 and columns(list) or nil
end

---Gives the prompt its names: `weyl` and `help`.
function repl.open()
  local weyl = require "weyl"
  rawset(_G, "weyl", weyl)
  rawset(_G, "help", weyl.help)
end

return repl
