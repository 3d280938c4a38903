-- cli/sweep.lua: weyl sweep FILE: does the trials of a sweep.
--
-- FILE is a Lua script that returns weyl.sweep { ... }. Exit status: 0 when
-- no trial failed, 1 when some did, were not done, or Ctrl-C ended it.

local check = require "weyl.check"
local cli = require "weyl.cli"
local core = require "weyl.core"
local dist = require "weyl.dist"
local results = require "weyl.results"
local runs = require "weyl.runs"
local script = require "weyl.cli.script"
local slurm = require "weyl.sweep.slurm"
local sweep = require "weyl.sweep"
local study = require "weyl.parallel.study"
local tables = require "weyl.tables"
local worker = require "weyl.parallel.worker"

local WHO = "weyl sweep"

-- The sweep that a file returns; nil and what is wrong.
local function load_sweep(path)
  local chunk, message = script(path)
  if not chunk then return nil, message end
  local good, value = pcall(chunk)
  if not good then return nil, tostring(value) end
  if sweep.is_sweep(value) then return value end
  return nil, ("'%s' must return weyl.sweep { ... }, got %s"):format(path,
    check.describe(value))
end

local function whole(text)
  local n = math.tointeger(tonumber(text))
  return n and n >= 0 and n or nil, "must be an integer >= 0"
end

local function configure(p)
  p:argument("file", "a Lua script that returns weyl.sweep { ... }")
  p:option("-w --workers", "how many processes; one per core unless given, "
    .. "0 for this one alone"):argname "<n>":convert(whole)
  p:flag("--retry", "do the trials that failed again")
  p:flag("--look", "do nothing, show what is known")
  p:flag("-q --quiet", "say nothing while trials run")
  p:option("--runs", "the folder of sweeps that name none, in place of "
    .. "WEYL_RUNS and runs"):argname "<folder>"
  p:flag("--json", "print all results as JSON")
  p:flag("--slurm", "submit what is not done as a Slurm array")
  p:flag("--dry-run", "with --slurm: write the batch script, submit nothing")
  p:option("--partition", "of the Slurm array")
  p:option("--time", "of a Slurm task, such as 2:00:00")
  p:option("--account", "that Slurm charges")
  p:option("--cpus", "of a Slurm task, 1 unless given"):convert(whole)
  p:option("--task", "what a Slurm task does"):convert(whole):hidden(true)
  p:option("--rung", "of the task"):convert(whole):hidden(true)
end

-- ---- Slurm ----

local function submit(s, args)
  local arrays = slurm.run(s, { file = args.file, cpus = args.cpus or 1,
    partition = args.partition, time = args.time, account = args.account,
    retry = args.retry, dry = args.dry_run })
  for _, a in ipairs(arrays) do
    print(("%s: %d tasks, %s"):format(a.path, a.tasks,
      a.id and "job " .. a.id or "not submitted"))
  end
  if #arrays == 0 then print "all trials are done" end
  return 0
end

local function do_task(s, args)
  core.threads(math.max(1, args.cpus or 1))
  local row = s:task(args.task, { rung = args.rung, retry = args.retry })
  if not row then
    print "this rung has fewer trials: others failed before"
    return 0
  end
  print(("trial %d %s%s"):format(row.trial, row.state, row.message
    and ": " .. row.message or ", objective " .. tables.number(row.objective)))
  return row.state == "done" and 0 or 1
end

-- ---- what is printed ----

local function print_failures(r)
  local shown = 0
  for _, row in ipairs(r.trials) do
    if row.state == "failed" then
      shown = shown + 1
      if shown > 5 then break end
      print(("trial %d failed: %s"):format(row.trial, row.message))
    end
  end
  if r.failed > 5 then
    print(("and %d more; see %s/results.csv"):format(r.failed - 5, r.path))
  end
  if r.failed > 0 then print "--retry does failed trials again" end
end

local function print_results(r, args)
  if args.json then
    io.write(results.json(r:plain()))
    return
  end
  print(r)
  print_failures(r)
  if r.waiting > 0 then
    print(("%d trials are not done; the same command goes on with them%s")
      :format(r.waiting, args.look and "" or (" (what processes said is "
      .. "in %s/trials/log)"):format(r.path)))
  end
  if not args.look then print(("all in %s/results.csv"):format(r.path)) end
end

-- Says once when the file is another one than before: what its trials were
-- then is kept.
local function note_change(s, args)
  if study.is_worker() or dist.rank() > 0 then return end
  local place = s.options.path .. "/script"
  local now = core.checksum { results.text(args.file) }
  local was = results.text(place)
  if was == now then return end
  if was then
    io.stderr:write(("weyl sweep: '%s' has changed; the trials that are done "
      .. "stay as they are (another version = '...' does all anew)\n"):format(
      args.file))
  end
  results.write(place, now)
end

local function run_all(s, args)
  if not args.look then note_change(s, args) end
  local r = s:run { workers = args.workers, retry = args.retry,
    quiet = args.quiet, look = args.look }
  dist.finish()
  if dist.rank() > 0 then return 0 end
  print_results(r, args)
  return r.failed + r.waiting == 0 and 0 or 1
end

local function run(args)
  if args.runs then runs.folder = args.runs end
  local s, message = load_sweep(args.file)
  if not s then return cli.fail(WHO, "%s", message) end
  local act = args.slurm and submit or args.task and do_task or run_all
  local ok, status = pcall(act, s, args)
  if ok then return status end
  if worker.interrupted(status) then
    return cli.fail(WHO, "interrupted; what was finished is kept, the same "
      .. "command goes on")
  end
  return cli.fail(WHO, "%s", status)
end

return { about = "do the trials of a sweep", configure = configure, run = run,
  example = "weyl sweep rate.lua --workers 4" }
