-- csv.lua: a table of a million rows and ten columns, read by data.csv and,
-- where /usr/bin/python3 has NumPy, by numpy.loadtxt, in turns.
--
-- Numbers are random, with as many digits as it takes to read them back: the
-- hardest there are. The floor is what it takes to read the bytes and to find
-- the lines in them.

local core = require "weyl.core"
local weyl = require "weyl"

local ROWS, COLUMNS, ROUNDS = 1000000, 10, 3

local folder = os.tmpname()
os.remove(folder)
assert(os.execute(("mkdir '%s'"):format(folder)))
local path = folder .. "/table.csv"

local function write()
  weyl.seed(1)
  local file = assert(io.open(path, "w"))
  local part = ROWS // 20
  for _ = 1, 20 do
    local x = weyl.normal({ part, COLUMNS }, 0, 10, "f64")
    file:write(core.csv_text(x, ",", 1, part))
  end
  local bytes = file:seek()
  file:close()
  return bytes
end

local function seconds(f)
  collectgarbage()
  local start = core.clock()
  f()
  return core.clock() - start
end

local function ours()
  local t = weyl.data.csv(path)
  assert(t.rows == ROWS and #t.names == COLUMNS)
end

local function chunks()
  local rows = 0
  for t in weyl.data.csv { path = path, rows = 10000 } do
    rows = rows + t.rows
  end
  assert(rows == ROWS)
end

local function bytes_alone()
  local file = assert(io.open(path, "rb"))
  while file:read(1 << 18) do end
  file:close()
end

local function lines_alone()
  local n = 0
  for _ in io.lines(path) do n = n + 1 end
  assert(n == ROWS)
end

local SCRIPT = [[
import sys, time, numpy
start = time.perf_counter()
x = numpy.loadtxt(sys.argv[1], delimiter=",")
end = time.perf_counter()
assert x.shape == (%d, %d)
print(end - start)
]]

-- Seconds that NumPy says it took; nil where there is none.
local function numpy()
  local script = folder .. "/load.py"
  local file = assert(io.open(script, "w"))
  file:write(SCRIPT:format(ROWS, COLUMNS))
  file:close()
  local pipe = assert(io.popen(("/usr/bin/python3 '%s' '%s' 2>/dev/null")
    :format(script, path)))
  local text = pipe:read "l"
  pipe:close()
  return tonumber(text)
end

local size = write()
local best = { ours = math.huge, chunks = math.huge, bytes = math.huge,
  lines = math.huge, numpy = math.huge }
for _ = 1, ROUNDS do
  best.ours = math.min(best.ours, seconds(ours))
  best.chunks = math.min(best.chunks, seconds(chunks))
  best.bytes = math.min(best.bytes, seconds(bytes_alone))
  best.lines = math.min(best.lines, seconds(lines_alone))
  best.numpy = math.min(best.numpy, numpy() or math.huge)
end
os.execute(("rm -r '%s'"):format(folder))

print(("%d rows, %d columns, %.0f MB: data.csv %.3f s (%.0f MB/s), in chunks "
  .. "of 10000 rows %.3f s"):format(ROWS, COLUMNS, size * 1e-6, best.ours,
  size * 1e-6 / best.ours, best.chunks))
print(("the floor: reading the bytes %.3f s, lines by io.lines %.3f s"):format(
  best.bytes, best.lines))
if best.numpy == math.huge then
  print "NumPy is not installed (Debian: python3-numpy): nothing to compare"
else
  print(("numpy.loadtxt %.3f s"):format(best.numpy))
  print(("%-58s %8.1f     (%s)"):format("(e) numpy.loadtxt / data.csv",
    best.numpy / best.ours, "at least 5.0"))
end
