-- helper.lua: running the program from specs, files, failures.
--
-- The program is $WEYL, or build/weyl. Everything written goes to a folder of
-- its own, which the caller removes.

local expect = require "luassert"

local helper = {}

---@type string
helper.program = os.getenv "WEYL" or "build/weyl"

---A word of a shell command.
---@param text string
---@return string
function helper.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

---A new empty folder.
---@return string
function helper.folder()
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir " .. helper.quote(name)))
  return name
end

---@param folder string
function helper.remove(folder)
  assert(folder:match "^/tmp/")
  os.execute("rm -rf " .. helper.quote(folder))
end

---@param path string
---@param text string
function helper.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

---@param path string
---@return string
function helper.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

---Whether f fails with exactly this text behind its place in the source; the
---folders made here are F in it.
---@param text string
---@param f function
function helper.says(text, f)
  local ok, why = pcall(f)
  expect.is_false(ok)
  why = tostring(why):gsub("^[^:]*:%d+: ", ""):gsub("/tmp/lua_%w+", "F")
  expect.equal(text, why)
end

---Runs a shell command.
---@param command string
---@param input? string standard input, empty unless given
---@return string output
---@return string errors
---@return integer status exit status, or 128 + the signal
function helper.shell(command, input)
  local folder = helper.folder()
  helper.write(folder .. "/in", input or "")
  local _, how, code = os.execute(("{ %s\n} <%s/in >%s/out 2>%s/err"):format(
    command, folder, folder, folder))
  local out, err = helper.read(folder .. "/out"), helper.read(folder .. "/err")
  helper.remove(folder)
  return out, err, how == "signal" and 128 + code or code
end

---Runs the program.
---@param args string as in a shell
---@param input? string
---@return string output
---@return string errors
---@return integer status
function helper.weyl(args, input)
  return helper.shell(helper.program .. " " .. args, input)
end

return helper
