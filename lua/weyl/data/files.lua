-- data/files.lua: files as whole strings, and errors that say where in a file
-- something is wrong.
--
-- Reading executes nothing that a file holds.

local check = require "weyl.check"

local files = {}

---The bytes of a file.
---@param func string the user's function, for messages
---@param path string
---@return string
function files.read(func, path)
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  local file, why = io.open(path, "rb")
  if not file then check.fail("%s: cannot open %s", func, why) end
  local text, message = file:read "a"
  file:close()
  if not text then
    check.fail("%s: cannot read '%s': %s", func, path, message)
  end
  return text
end

---Opens a file to read from; the caller closes it.
---@param func string the user's function, for messages
---@param path string
---@return file* file
---@return integer size in bytes
---@return { func: string, place: string } at for messages
function files.open(func, path)
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  local file, why = io.open(path, "rb")
  if not file then check.fail("%s: cannot open %s", func, why) end
  local some, size
  some, why = file:read(0) -- a folder can be opened, and no more
  if some or not why then size, why = file:seek "end" end
  if why then
    file:close()
    check.fail("%s: cannot read '%s': %s", func, path, why)
  end
  file:seek "set"
  return file, size, { func = func, place = ("'%s'"):format(path) }
end

---Fails unless ok, naming the place in the file.
---@param ok any
---@param at { func: string, place: string } place such as "'a.npy'"
---@param format string what is wrong
---@param ... any
function files.check(ok, at, format, ...)
  if ok then return end
  check.fail("%s: %s: " .. format, at.func, at.place, ...)
end

---The last part of a path, without its extension.
---@param path string
---@return string
function files.stem(path)
  local name = path:match "[^/]*$"
  return name:match "^(.+)%.[^.]*$" or name
end

---The module zlib.
---@param func string
---@return table
function files.zlib(func)
  local ok, zlib = pcall(require, "zlib")
  if not ok then
    check.fail("%s: needs the Lua module 'zlib' (Debian: lua-zlib)", func)
  end
  return zlib
end

return files
