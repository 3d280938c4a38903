-- kill.lua: runs that are killed again and again, against one that is not.
--
--   weyl experiments/bench/kill.lua [RUNS]
--
-- Each of 50 runs (two seeds, strengths tuned on the way) is ended by SIGKILL
-- up to three times: at a random moment of the time that a whole run takes, or
-- at a random step of writing a file (an open, a write, a sync, a rename). It
-- goes on from its folder each time until it is done. Then every file of it
-- but the one with times must have the bytes of the uninterrupted run's, and a
-- database of runs must pass its own check. The random numbers are a stream's.

local core = require "weyl.core"
local lfs = require "lfs"
local results = require "weyl.results"
local weyl = require "weyl"

local NEVER = 1 << 40 -- a step that no run comes to

-- ---- the run: in a process of its own ----

local function one_run(output)
  local group, V = weyl.group, weyl.rep.V
  weyl.seed(7)
  local function part(n)
    local x = weyl.normal { n, 2 }:eval()
    return { x = x, y = (x * x:square():sum(2, true)):eval() }
  end
  weyl.experiment { name = "killed", output = output, quiet = true,
    data = { name = "radial", train = part(200), validation = part(100),
      rep_in = V, rep_out = V },
    model = function()
      return weyl.nn.emlp { rep_in = V, rep_out = V, group = group.O(2),
        soft = true, channels = 6, depth = 1 }
    end,
    regularizer = function(m)
      return weyl.reg.mixed(m, { group.O(2), group.SO(2), group.C(4) },
        { strengths = { 0, 0.1, 0.1 } })
    end,
    tune = weyl.reg.evidence { every = 10, examples = 10, probes = 2 },
    epochs = 40, batch = 50, seeds = 2, every = 2,
    checkpoint = { every = 2, keep = 2 } }:run()
end

if arg[1] == "run" then
  local step = math.tointeger(os.getenv "KILL_AT")
  core.fail_file(step or NEVER, true)
  one_run(arg[2])
  return results.write(arg[2] .. "/steps",
    tostring(NEVER - core.fail_file(0)))
end

-- ---- processes ----

local COUNT = math.tointeger(arg[1] or 50)
local KILLED = 137

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local folder = os.tmpname()
os.remove(folder)
results.folder(folder)

-- Runs the script above; its exit status and how long it took.
local function process(before)
  local started = core.clock()
  local _, how, code = os.execute(("%s %s %s run %s 2>>%s/errors"):format(
    before, quote(arg[-1]), quote(arg[0]), quote(folder), quote(folder)))
  return how == "signal" and 128 + code or code, core.clock() - started
end

local function uniform(low, high)
  return weyl.uniform({}, low, high, "f64", "kill"):item()
end

-- A process that is killed at a random moment or step; `whole` is what a run
-- has of them.
local function killed_process(path, whole, counts)
  local resume = ("env WEYL_RESUME=%s"):format(quote(path or ""))
  if uniform(0, 1) < 0.5 then
    local status = process(("%s timeout -s KILL %.4f"):format(resume,
      uniform(0, whole.seconds)))
    if status == KILLED then counts.moment = counts.moment + 1 end
    return status
  end
  local status = process(("%s KILL_AT=%d"):format(resume,
    uniform(1, whole.steps) // 1))
  if status == KILLED then counts.step = counts.step + 1 end
  return status
end

-- ---- folders ----

local function name_of(i)
  return folder .. "/killed-1-2" .. (i > 1 and "." .. i or "")
end

-- Bytes of all files below a folder by path, but for those of no result.
local function files(path, prefix, out)
  out = out or {}
  for name in lfs.dir(path) do
    local inner = path .. "/" .. name
    if name == "environment.json" or name:find "^%.+$" then
      goto continue
    end
    if lfs.attributes(inner, "mode") == "directory" then
      files(inner, prefix .. name .. "/", out)
    else
      out[prefix .. name] = results.text(inner)
    end
    ::continue::
  end
  return out
end

-- How many files there are, and the first that is not the same.
local function compare(a, b)
  local names, differs = {}, nil
  for name in next, a do names[#names + 1] = name end
  for name in next, b do
    if not a[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if a[name] ~= b[name] then differs = differs or name end
  end
  return #names, differs
end

-- ---- the comparison ----

-- The folder of run i, when there is something to resume. A process that was
-- killed before that has left a folder of no run.
local function begun(i, counts)
  local path = name_of(i)
  if results.text(path .. "/settings.json") then return path end
  if lfs.attributes(path) then
    os.execute("rm -r " .. quote(path))
    counts.early = counts.early + 1
  end
end

-- Kills and resumes run i until it is done.
local function suffer(i, whole, counts)
  for _ = 1, math.tointeger(uniform(1, 4) // 1) do
    if killed_process(begun(i, counts), whole, counts) == 0 then return end
  end
  local path = begun(i, counts) or ""
  if process("env WEYL_RESUME=" .. quote(path)) ~= 0 then
    error(("run %d failed: %s"):format(i, results.text(folder .. "/errors")))
  end
end

-- What the database of runs says of itself.
local function check_database()
  local path = folder .. "/weyl.db"
  if not lfs.attributes(path) then return "not there" end
  local found, driver = pcall(require, "luasql.sqlite3")
  if not found then return "not checked: luasql.sqlite3 is not installed" end
  local environment = driver.sqlite3()
  local database = environment:connect(path)
  local cursor = database:execute "PRAGMA integrity_check"
  local said = cursor:fetch()
  cursor:close()
  database:close()
  environment:close()
  return said
end

weyl.seed(2024)
local status, seconds = process ""
if status ~= 0 then
  error("the run failed: " .. results.text(folder .. "/errors"))
end
local whole = { seconds = seconds,
  steps = tonumber(results.text(folder .. "/steps")) }
local want = files(name_of(1), "")
local counts = { moment = 0, step = 0, early = 0, same = 0 }
local total
for i = 2, COUNT + 1 do
  suffer(i, whole, counts)
  local differs
  total, differs = compare(want, files(name_of(i), ""))
  if differs then
    print(("run %d: %s differs; see %s"):format(i, differs, name_of(i)))
  else
    counts.same = counts.same + 1
  end
end

local database = check_database()
print(("killed runs: %d; a whole one takes %.2f s and writes in %d steps")
  :format(COUNT, seconds, whole.steps))
print(("  kills: %d, of these %d at a random moment, %d while a file was "
  .. "written; %d before the run had begun"):format(
  counts.moment + counts.step, counts.moment, counts.step, counts.early))
print(("  identical to the uninterrupted run in all %d files: %d of %d")
  :format(total, counts.same, COUNT))
print("  database of runs: " .. database)
local good = counts.same == COUNT and (database == "ok"
  or database:find "^no" ~= nil)
if good then os.execute("rm -r " .. quote(folder)) end
os.exit(good, true)
