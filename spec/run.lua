-- run.lua: runs the specs under each given interpreter and sums up.
--
--   weyl spec/run.lua "build/weyl" "valgrind -q build/weyl" ...
--
-- Environment: SPECS, files or folders instead of all; VERBOSE, every test.
-- The cache of bases on disk is off: specs test the solvers.
-- An interpreter that dies in the middle counts as one more failure. The last
-- line is "N passed, N failed"; the exit status says whether any failed.

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

-- The launcher is a Lua script: run by the interpreter itself, the one it
-- would choose does not matter.
local BUSTED = output_of "command -v busted"
local SPECS = os.getenv "SPECS" or ""
local VERBOSE = os.getenv "VERBOSE"

-- Whether a line of TAP is to be shown: failures and what is said of them.
local function shown(line)
  return VERBOSE or line:match "^not ok" or not
    (line:match "^ok %d" or line:match "^1%.%.")
end

---@return integer passed
---@return integer failed
local function run(interpreter)
  local passed, failed, complete = 0, 0, false
  print(("specs under %s:"):format(interpreter:match "[^/ ]*$"))
  local pipe = assert(io.popen(("WEYL_CACHE= %s %s --ignore-lua -o TAP %s 2>&1")
    :format(interpreter, BUSTED, SPECS)))
  for line in pipe:lines() do
    if shown(line) then print(line) end
    if line:match "^ok %d+ %- # SKIP" then goto continue end
    if line:match "^ok %d" then passed = passed + 1 end
    if line:match "^not ok %d" then failed = failed + 1 end
    if line:match "^1%.%.%d" then complete = true end
    io.stdout:flush()
    ::continue::
  end
  local good, how, code = pipe:close()
  if not complete or (not good and failed == 0) then
    failed = failed + 1
    print(("%s ended with %s %d"):format(interpreter, how, code))
  end
  print(("%d passed, %d failed"):format(passed, failed))
  return passed, failed
end

if BUSTED == "" then error "busted is not installed: make deps" end
local passed, failed = 0, 0
for _, interpreter in ipairs(arg) do
  local p, f = run(interpreter)
  passed, failed = passed + p, failed + f
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and passed > 0, true)
