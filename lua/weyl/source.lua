-- source.lua: the documentation that stands in Lua sources, for help and for
-- the reference.
--
-- A file's first block of comment lines is its own documentation. Lines that
-- begin with "---" just above a function are that function's: plain text,
-- @param and @return, as the Lua language server reads them.

local source = {}

---@class weyl.source.item
---@field name string qualified as in the source: "levels:penalty"
---@field args string parameter names, separated by ", "
---@field doc string plain text
---@field tags string[] annotations in order, without "---@"
---@field line integer where the function begins, 0 when it is none
---@field public boolean no `local function`

---@class weyl.source.file
---@field doc string the file's own comment
---@field items weyl.source.item[] in the order of the file

local FORMS = { -- with the function's name and parameters as captures
  "^%s*(local)%s+function%s+([%w_]+)%s*(%b())",
  "^%s*()function%s+([%w_.:]+)%s*(%b())",
  "^%s*(local)%s+([%w_]+)%s*=%s*function%s*(%b())",
  "^%s*()([%w_.]+)%s*=%s*function%s*(%b())",
}

-- The function that line n begins, as an item without documentation.
local function function_at(lines, n)
  local text, last = lines[n], n
  if not text or not text:find "function" then return nil end
  while text:find "%(" and not text:find "%b()" and lines[last + 1] do
    last = last + 1
    text = text .. " " .. lines[last]
  end
  for _, form in ipairs(FORMS) do
    local scope, name, args = text:match(form)
    if name then
      args = args:sub(2, -2):gsub("%s+", " "):match "^%s*(.-)%s*$"
      return { name = name, args = args, line = n, public = scope ~= "local" }
    end
  end
  return nil
end

-- Splits a block of "---" lines into plain text and annotations; an indented
-- line after an annotation continues it.
local function read_block(block)
  local text, tags = {}, {}
  for _, line in ipairs(block) do
    local tag = line:match "^@(.*)"
    if tag then
      tags[#tags + 1] = tag
    elseif #tags > 0 and line:match "^%s%s" then
      tags[#tags] = tags[#tags] .. " " .. line:match "^%s*(.*)"
    else
      text[#text + 1] = line:match "^%s?(.*)"
    end
  end
  return table.concat(text, "\n"), tags
end

local function add_item(items, lines, n, block)
  local item = function_at(lines, n)
  if not item then
    if #block == 0 then return end
    item = { name = "", args = "", line = 0, public = true }
  end
  item.doc, item.tags = read_block(block)
  items[#items + 1] = item
end

-- The first block of "--" lines.
local function header(lines)
  local text = {}
  for _, line in ipairs(lines) do
    if #text == 0 and line:match "^#!" then goto continue end
    local comment = line:match "^%-%-+%s?(.*)"
    if not comment or comment:match "^@" then break end
    text[#text + 1] = comment
    ::continue::
  end
  return table.concat(text, "\n")
end

local files = {} ---@type table<string, weyl.source.file|false>

---What a Lua file says about itself; nil when it cannot be read.
---@param path string
---@return weyl.source.file?
function source.file(path)
  if files[path] ~= nil then return files[path] or nil end
  local handle = io.open(path)
  files[path] = false
  if not handle then return nil end
  local lines, items, block = {}, {}, {}
  for line in handle:lines() do lines[#lines + 1] = line end
  handle:close()
  for n, line in ipairs(lines) do
    local doc = line:match "^%s*%-%-%-(.*)"
    if doc and not doc:match "^%-" then
      block[#block + 1] = doc
    else
      add_item(items, lines, n, block)
      block = {}
    end
  end
  files[path] = { doc = header(lines), items = items }
  return files[path]
end

---The file and item of a function written in Lua.
---@param f function
---@return weyl.source.item?
function source.of(f)
  local info = debug.getinfo(f, "S")
  local file = info.source:match "^@(.*)"
  local parsed = file and source.file(file)
  for _, item in ipairs(parsed and parsed.items or {}) do
    if item.line == info.linedefined then return item end
  end
  return nil
end

---The file of a module.
---@param name string as given to require
---@return weyl.source.file?
function source.module(name)
  local path = package.searchpath(name, package.path)
  return path and source.file(path) or nil
end

return source
