-- cli/script.lua: loading a script that returns what a verb works on.

local results = require "weyl.results"

-- Undefined globals are errors in the script; a stock Lua lets them be.
local function make_strict(path)
  local ok, program = pcall(require, "weyl.program")
  if ok then program.strict("@" .. path) end
end

-- Lua leaves a script by `return f(x)` before f is called, so that an error in
-- f would have no line of it. With brackets around, `return (f(x))`, it stays.
-- Nil where the text does not end in a statement of that kind.
local function staying(path)
  local text = results.text(path) or ""
  local head, value = ("\n" .. text):match "^(.*\nreturn)(%f[%s{].*)$"
  if not head then return nil end
  return load(head:sub(2):gsub("^#", "--", 1) .. " (" .. value .. "\n)",
    "@" .. path, "t")
end

---The script as a function.
---@param path string
---@return function? chunk nil when it cannot be read
---@return string? why
return function(path)
  make_strict(path)
  local chunk, why = loadfile(path, "t")
  return chunk and (staying(path) or chunk), why
end
