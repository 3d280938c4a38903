-- repl/complete.lua: completion at the Tab key.
--
-- What is completed depends on where the cursor is: commands after %, files
-- in strings, fields and methods after "a.b." and "a:", options in a table
-- that a function is called with, and else globals and words of Lua. Nothing
-- is called to find out, but fields are read, which loads rooms.

local core = require "weyl.core"
local options = require "weyl.repl.options"
local page = require "weyl.width"

local WORDS = { "and", "break", "do", "else", "elseif", "end", "false", "for",
  "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat",
  "return", "then", "true", "until", "while" }

-- ---- where the cursor is ----

---@class weyl.repl.place
---@field string string? what is open of a string
---@field quote string? the quote that closes it
---@field call string? the function whose table of options is open
---@field comment boolean?

-- The end of a string that begins at i, and whether it is closed there.
local function string_end(text, i)
  local quote, at = text:sub(i, i), i + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == quote or c == "\n" then return at, true end
    at = at + (c == "\\" and 2 or 1)
  end
  return #text, false
end

-- The name that is called by the bracket at i: "f {", "f({", "a.b:c {".
local function called(text, i)
  local before = text:sub(1, i - 1):match "^(.-)%s*%(?%s*$"
  local name = before:match "[%a_][%w_.:]*$"
  return name ~= "return" and name or nil
end

-- Long strings and comments: where what begins at i ends, nil for the end.
local function skip_long(text, i)
  local level = text:match("^%[(=*)%[", i)
  if not level then return nil, false end
  local _, last = text:find("]" .. level .. "]", i, true)
  return last, true
end

-- Looks at what begins at i; returns where to go on, nil at an open end.
local function step(place, stack, text, i)
  local c = text:sub(i, i)
  if text:find("^%-%-", i) then
    local last, long = skip_long(text, i + 2)
    last = last or not long and text:find("\n", i, true)
    place.comment = not last
    return last and last + 1
  elseif c == '"' or c == "'" then
    local last, closed = string_end(text, i)
    if closed then return last + 1 end
    place.string, place.quote = text:sub(i + 1), c
    return nil
  elseif c == "[" and text:find("^%[=*%[", i) then
    local last = skip_long(text, i)
    place.comment = not last
    return last and last + 1
  elseif c == "{" or c == "(" or c == "[" then
    stack[#stack + 1] = c == "{" and called(text, i) or false
  elseif c == "}" or c == ")" or c == "]" then
    table.remove(stack)
  end
  return i + 1
end

---@return weyl.repl.place
local function look(text)
  local place, stack, i = {}, {}, 1
  while i and i <= #text do i = step(place, stack, text, i) end
  place.call = stack[#stack] or nil
  return place
end

-- ---- what there is ----

-- Adds the string keys of t, and of what its metatable offers, to names.
local function add_names(names, t, depth)
  local meta = getmetatable(t)
  if type(t) == "table" then
    for key in next, t do
      if type(key) == "string" then names[key] = true end
    end
    for _, room in ipairs(rawget(t, "rooms") or {}) do names[room] = true end
  end
  if type(meta) ~= "table" or depth == 0 then return end
  for _, key in ipairs { "methods", "__index" } do
    local parent = rawget(meta, key)
    if type(parent) == "table" and not rawequal(parent, t) then
      add_names(names, parent, depth - 1)
    end
  end
end

local function get(t, key)
  local ok, value = pcall(function() return t[key] end)
  return ok and value or nil
end

-- The value of "a.b[1].c:d" among the globals, nil when there is none.
local function value_of(path)
  local name, rest = path:match "^([%a_][%w_]*)(.*)$"
  local value = name and rawget(_G, name)
  while value ~= nil and rest ~= "" do
    local key, left = rest:match "^[.:]([%a_][%w_]*)(.*)$"
    if not key then
      key, left = rest:match "^%[(%d+)%](.*)$"
      key = math.tointeger(key)
    end
    if not key then return nil end
    value, rest = get(value, key), left
  end
  return value
end

local function is_callable(value)
  local meta = getmetatable(value)
  return type(value) == "function" or type(meta) == "table"
    and rawget(meta, "__call") ~= nil
end

-- ---- candidates: a list of names, and what follows a single one ----

local function fields(path, mark, start)
  local owner, names, list = value_of(path), {}, {}
  if owner == nil then return list end
  add_names(names, owner, 8)
  for name in next, names do -- sorted by the caller
    local known = name:sub(1, #start) == start
      and name:match "^[%a_][%w_]*$"
      and (start:find "^_" or not name:find "^_")
    if known and (mark == "." or is_callable(get(owner, name))) then
      list[#list + 1] = name
    end
  end
  return list
end

local function starting(list, start)
  local out = {}
  for _, name in ipairs(list) do
    if name:sub(1, #start) == start then out[#out + 1] = name end
  end
  return out
end

local function globals(start)
  local list = start == "" and {} or starting(WORDS, start)
  return table.move(fields("_G", ".", start), 1, 1e4, #list + 1, list)
end

-- Options of the function that is called, where a name of one may stand.
local function option_names(place, text, start)
  local f = place.call and text:find("[{,;]%s*[%w_]*$") and value_of(place.call)
  local meta = getmetatable(f)
  if type(f) == "table" and type(meta) == "table" then
    local new = rawget(f, "new")
    f = type(new) == "function" and new or meta.__call
  end
  return type(f) == "function" and starting(options(f), start) or {}
end

-- Files that a beginning of a path may mean; folders end in "/".
local function files(path)
  local ok, lfs = pcall(require, "lfs")
  local folder, start = path:match "^(.*/)([^/]*)$"
  if not folder then folder, start = "", path end
  local place = folder:gsub("^~/", (os.getenv "HOME" or "~") .. "/")
  if place == "" then place = "." end
  local list = {}
  if not ok or lfs.attributes(place, "mode") ~= "directory" then
    return list, start
  end
  for name in lfs.dir(place) do
    local hidden = name:sub(1, 1) == "." and start:sub(1, 1) ~= "."
    if name:sub(1, #start) == start and not hidden and name ~= "."
        and name ~= ".." and not name:find "%c" then
      local mode = lfs.attributes(place .. "/" .. name, "mode")
      list[#list + 1] = name .. (mode == "directory" and "/" or "")
    end
  end
  return list, start
end

---@return string[] list
---@return string start what is typed of them
---@return string? after what follows when only one is left
local function candidates(text, line)
  local magic = line:match "^%s*%%([%w_]*)$"
  if magic then
    return starting(require("weyl.repl.magic").names(), magic), magic, " "
  end
  local code = text:gsub("^%s*%%%w+", ""):gsub("^%s*%?", "")
  local place = look(code)
  if place.comment then return {}, "" end
  if place.string then
    local list, start = files(place.string)
    return list, start, place.quote
  end
  local path, mark, start = code:match "([%a_][%w_.%[%]:]*)([.:])([%w_]*)$"
  if path then return fields(path, mark, start), start end
  start = code:match "[%a_][%w_]*$" or ""
  local list = option_names(place, code, start)
  if #list > 0 then return list, start, " = " end
  if start == "" or code:find("[.:]" .. start .. "$") then return {}, "" end
  return globals(start), start
end

-- ---- what is inserted and listed ----

-- What all of a sorted list share, in whole characters.
local function common_prefix(list)
  local first, last, n = list[1], list[#list], 0
  while n < #first and first:byte(n + 1) == last:byte(n + 1) do n = n + 1 end
  while n > 0 and (first:byte(n + 1) or 0) & 0xC0 == 0x80 do n = n - 1 end
  return first:sub(1, n)
end

local function columns(list)
  local width = 0
  for _, name in ipairs(list) do
    width = math.max(width, (utf8.len(name) or #name) + 2)
  end
  local per_line = math.max((core.window() or page.now) // width, 1)
  local out = {}
  for i, name in ipairs(list) do
    local ends = i % per_line == 0 or i == #list
    out[i] = name .. (ends and "\n"
      or (" "):rep(width - (utf8.len(name) or #name)))
  end
  return (table.concat(out):gsub("\n$", ""))
end

---Completes the name at the end of a line.
---@param line string what stands before the cursor
---@param before? string lines of the same chunk before it
---@return string? more what all completions share beyond what is typed
---@return string? list the completions in columns, when there are several
return function(line, before)
  local text = (before and before ~= "" and before .. "\n" or "") .. line
  local list, start, after = candidates(text, line)
  if #list == 0 then return nil end
  table.sort(list)
  for i = #list, 2, -1 do
    if list[i] == list[i - 1] then table.remove(list, i) end
  end
  local more = common_prefix(list):sub(#start + 1)
  if #list > 1 then return more, columns(list) end
  return list[1]:sub(-1) == "/" and more or more .. (after or "")
end
