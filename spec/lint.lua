-- lint.lua: the shape of every source file, as far as a program can see it.
--
-- Lines within 80 columns (but rows of tables in Markdown), no tabs or
-- trailing blanks (but in Makefile), a prologue with the file's name, at most
-- 650 lines, no marks of unfinished work.

local LIMIT = 650
local ROOTS = "engine lua plots experiments spec Makefile README.md"
local RESULTS = { png = true, svg = true, csv = true } -- written by programs
local SAMPLES = { "^spec/data/golden/", "^spec/fuzz/corpus/" } -- of formats
local MARKS = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X" }

local failures = 0

local function report(file, line, what)
  failures = failures + 1
  print(("%s:%d: %s"):format(file, line, what))
end

-- Number of characters: bytes that continue one do not count.
local function columns(line)
  return #line:gsub("[\128-\191]", "")
end

local function check_line(file, n, line)
  local table_row = file:match "%.md$" and line:find "^|"
  if columns(line) > 80 and not table_row then
    report(file, n, "more than 80 columns")
  end
  if line:find "%s$" then report(file, n, "trailing blanks") end
  if line:find "\t" and file ~= "Makefile" then report(file, n, "a tab") end
  for _, mark in ipairs(MARKS) do
    if line:find(mark, 1, true) then report(file, n, "a mark: " .. mark) end
  end
end

local function check_prologue(file, lines)
  local name = file:match "[^/]+$"
  local head = table.concat(lines, "\n", 1, math.min(8, #lines))
  local base = name:gsub("_spec%.lua$", "")
  if not (head:find(name, 1, true) or head:find(base, 1, true)) then
    report(file, 1, "no prologue with the file's name")
  end
end

local function check(file)
  local lines = {}
  for line in io.lines(file) do lines[#lines + 1] = line end
  for n, line in ipairs(lines) do check_line(file, n, line) end
  if file:match "%.[ch]$" or file:match "%.lua$" or file:match "%.def$" then
    check_prologue(file, lines)
    if #lines > LIMIT then report(file, LIMIT, "a long file") end
  end
end

local function is_sample(file)
  for _, pattern in ipairs(SAMPLES) do
    if file:find(pattern) then return true end
  end
  return false
end

local files = io.popen("find " .. ROOTS .. " -type f | sort")
for file in files:lines() do
  local kind = file:match "%.(%w+)$"
  if not RESULTS[kind] and not is_sample(file) then check(file) end
end
files:close()
print(("lint: %d complaints"):format(failures))
os.exit(failures == 0, true)
