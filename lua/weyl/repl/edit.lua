-- repl/edit.lua: %edit, the user's editor on a new command or a function.
--
-- A new command begins as the last one that was edited, and runs when the
-- editor has ended. A function that was typed is shown as it was typed; one
-- that comes from a file is shown in its file.

local load_typed = require "weyl.repl.load"

local last = "" -- what was edited last

local function quote(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read "a"
  file:close()
  return content
end

-- The environment's word for a name; an empty one is none.
local function setting(name)
  local value = os.getenv(name)
  return value and value:find "%S" and value or nil
end

-- Lets the user edit a file, from a line on.
local function open(path, line)
  local editor = setting "VISUAL" or setting "EDITOR" or "vi"
  local at = line and ("+%d "):format(line) or ""
  local ok, how, code = os.execute(("%s %s%s"):format(editor, at,
    quote(path)))
  if ok then return end
  error(("%%edit: the editor '%s' ended with %s %d (set VISUAL or EDITOR to "
    .. "choose another)"):format(editor, how == "exit" and "status" or how,
    code), 0)
end

-- What the user makes of a text; nil when it is left as it was.
local function edited(content)
  local base = os.tmpname()
  local path = base .. ".lua"
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
  local ok, message = pcall(open, path)
  local now = ok and read(path)
  os.remove(base)
  os.remove(path)
  if not ok then error(message, 0) end
  return now ~= content and now or nil
end

-- The chunk in which a function was typed, the last that defines its name.
local function typed(name, log)
  local short = name:match "[%w_]+$"
  for i = #log, 1, -1 do
    local chunk = log[i]
    if not chunk:find "^%s*%%" and (chunk:find("function%s+[%w_.:]-" .. short
        .. "%s*%(") or chunk:find("%f[%w_]" .. short .. "%s*=%s*function"))
    then
      return chunk
    end
  end
  error(("%%edit: what was typed for '%s' is not known any more"):format(
    name), 0)
end

-- The function that a name like "f" or "weyl.nn.linear" stands for.
local function named(name)
  local get = load_typed(name)
  local ok, f = pcall(get or error)
  if ok and type(f) == "function" then return f end
  error(("%%edit: '%s' is no function%s"):format(name,
    ok and " but a " .. type(f) or ""), 0)
end

-- Runs what was edited.
local function run(content, magic)
  if not content then print "nothing was changed: nothing runs" return end
  last = content
  local f, message = load_typed(content)
  if not f then error(message, 0) end
  magic.note(content)
  return f()
end

---Opens the editor; what it leaves runs.
---@param name string of a function, "" for a new command
---@param magic table
---@return any ... what ran returns
return function(name, magic)
  if name == "" then return run(edited(last), magic) end
  local info = debug.getinfo(named(name), "S")
  local path = info.source:match "^@(.*)"
  if path then
    open(path, info.linedefined)
    print(("%s: changes hold from the next start of weyl on"):format(path))
  elseif info.what == "C" then
    error(("%%edit: '%s' is written in C"):format(name), 0)
  else
    return run(edited(typed(name, magic.log()) .. "\n"), magic)
  end
end
