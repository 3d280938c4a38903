-- repl/options.lua: which options a function takes, by its documentation.
--
-- Three forms are known: a parameter `opts` of type { name: type, ... }, one
-- whose class has @field lines, and prose that begins with "Options:", whose
-- items are separated by semicolons and begin with a name, or with several.

local source = require "weyl.source"

-- Words that begin an item of prose without being an option.
local PLAIN = { a = true, an = true, ["and"] = true, as = true,
  ["false"] = true, ["in"] = true, of = true, ["or"] = true, the = true,
  ["true"] = true, see = true, unless = true }

local function add(names, name)
  if name and not PLAIN[name] then names[name] = true end
end

-- Text without what stands in brackets of any kind, or between quotes.
local function without_asides(text)
  return (text:gsub("%b()", ""):gsub("%b{}", ""):gsub('"[^"]*"', "")
    :gsub("%s+", " "))
end

-- Names of { a: type, b: type? }; a type may have braces of its own.
local function from_type(names, kind)
  local inner = kind:match "%b{}"
  if not inner then return end
  local flat = inner:sub(2, -2):gsub("%b{}", ""):gsub("%b()", "")
  for name in (", " .. flat):gmatch "[,;]%s*([%a_][%w_]*)%??%s*:" do
    add(names, name)
  end
end

-- "a, b and c, what they are" has three, "data, a set" one.
local function from_item(names, item)
  local skip = item:find "^%s*or,"
  for part in item:gmatch "[^,]+" do
    part = part:match "^%s*(.-)%s*$"
    local first, second = part:match "^([%a_][%w_]*) and ([%a_][%w_]*)"
    local alone = part:match "^[%a_][%w_]*$"
    local last = part:match "^and ([%a_][%w_]*)$"
    if first then
      add(names, first)
      add(names, second)
    elseif alone or last then
      add(names, alone or last)
    elseif not skip then
      break
    end
  end
  if not skip then add(names, item:match "^%s*([%a_][%w_]*)") end
end

local function from_prose(names, doc)
  local list = without_asides(doc):match "Options: (.*)"
  if not list then return end
  list = list:match "^(.-)%. %u" or list:gsub("%.%s*$", "")
  for item in list:gmatch "[^;]+" do from_item(names, item) end
end

-- Fields of a class that the file, or one of the rooms, describes.
local function from_class(names, class, file)
  local files = { file }
  for _, room in ipairs(require("weyl").rooms) do
    files[#files + 1] = source.module("weyl." .. room)
  end
  for _, candidate in ipairs(files) do
    for _, item in ipairs(candidate.items) do
      if item.tags[1] and item.tags[1]:match "^class (%S+)" == class then
        for _, tag in ipairs(item.tags) do
          add(names, tag:match "^field ([%a_][%w_]*)")
        end
        return
      end
    end
  end
end

---The names of the options that a function documents, sorted.
---@param f function
---@return string[]
return function(f)
  local info, names, list = debug.getinfo(f, "S"), {}, {}
  local item = info.what == "Lua" and source.of(f)
  if not item then return list end
  for _, tag in ipairs(item.tags) do
    local name, kind = tag:match "^param%s+([%w_]+)%??%s+(.*)"
    if name == "opts" or name == "options" or name == "o" then
      from_type(names, kind)
      local class = kind:match "^weyl%.[%w_.]+"
      local file = source.file(info.source:sub(2))
      if class then from_class(names, class, file) end
    end
  end
  from_prose(names, item.doc)
  for name in next, names do list[#list + 1] = name end
  table.sort(list)
  return list
end
