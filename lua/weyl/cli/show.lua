-- cli/show.lua: `weyl show RUN`: all that is known of a run.

local cli = require "weyl.cli"
local common = require "weyl.cli.common"
local lfs = require "lfs"
local shown = require "weyl.runs.shown"
local summary = require "weyl.runs.summary"

local function put(format, ...) io.write(format:format(...), "\n") end

local function print_head(run)
  local why = run.message and " (" .. run.message:gsub("%s+", " ") .. ")"
  put("run %d: %s, %s%s", run.id, run.name, run.status, why or "")
  put("  folder   %s", run.path or "-")
  put("  started  %s UTC, took %s", common.time(run.started),
    common.clock(run.seconds))
  put("  seeds    %s", table.concat(run.seeds, ", "))
  local command = run.environment.command
  if command then put("  command  %s", table.concat(command, " ")) end
  local script = run.script
  if script then
    put("  script   %s%s", script.path, script.hash and ", sha256 "
      .. script.hash:sub(1, 16) or "")
  end
end

local function print_values(title, t)
  local rows = {}
  for i, row in ipairs(shown.values(t)) do
    rows[i] = ("  %-18s %s"):format(row[1], row[2])
  end
  if #rows > 0 then put("\n%s\n%s", title, table.concat(rows, "\n")) end
end

local function print_table(t)
  if t then put("\n%s", t) end
end

local function print_artifacts(list)
  local lines = {}
  for _, artifact in ipairs(list) do
    local there = lfs.attributes(artifact.path, "mode")
    lines[#lines + 1] = ("  %-18s %s%s"):format(artifact.kind, artifact.path,
      there and "" or " (not there)")
  end
  if #lines > 0 then put("\nfiles\n%s", table.concat(lines, "\n")) end
end

-- For programs: all but the metrics, which `weyl export` gives.
local function print_json(store, run)
  run.results, run.levels = store:results(run.id), store:levels(run.id)
  run.artifacts = store:artifacts(run.id)
  common.print_json(run)
end

local function run(args)
  local found, store = common.find("show", args, args.run)
  if not found then return store end
  if args.script then
    local text = found.script and found.script.text
    if not text then
      return cli.fail("weyl show", "the script of run %d was not recorded",
        found.id)
    end
    io.write(text)
    return 0
  end
  if args.json then
    print_json(store, found)
    return 0
  end
  print_head(found)
  print_values("parameters", found.parameters)
  print_values("environment", found.environment)
  print_table(shown.results(summary.seeds(store, found)))
  print_table(shown.levels(store, found.id))
  print_artifacts(store:artifacts(found.id))
  return 0
end

return {
  about = "show a run: parameters, environment, results, levels, files",
  example = "weyl show 3\nweyl show inertia --script > old.lua",
  configure = function(p)
    common.run_argument(p)
    p:flag("--script", "print the script that made it, and nothing else")
    common.configure(p)
  end,
  run = run,
}
