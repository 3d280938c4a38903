-- cli/show.lua: `weyl show RUN`: all that is known of a run.

local cli = require "weyl.cli"
local common = require "weyl.cli.common"
local lfs = require "lfs"
local summary = require "weyl.runs.summary"
local tables = require "weyl.tables"

-- What stands at the head already, or is told better elsewhere.
local NOT_SHOWN = { name = true, seeds = true, ["script.path"] = true,
  ["script.arguments"] = true, ["script.checksum"] = true, output = true,
  quiet = true, started = true, seconds = true, script = true,
  command = true }

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
  for _, entry in ipairs(common.flat(t)) do
    if not NOT_SHOWN[entry[1]] then
      rows[#rows + 1] = ("  %-18s %s"):format(entry[1],
        common.text(entry[2]))
    end
  end
  if #rows > 0 then put("\n%s\n%s", title, table.concat(rows, "\n")) end
end

local function print_results(seeds)
  if #seeds == 0 then return end
  local rows, columns, partial = {}, { "seed" }, false
  local spreads = summary.spreads(seeds)
  for _, name in ipairs(summary.NAMES) do
    if spreads[name] then columns[#columns + 1] = name end
  end
  for i, seed in ipairs(seeds) do
    rows[i] = { seed = tostring(seed.seed) }
    for _, name in ipairs(summary.NAMES) do rows[i][name] = seed[name] end
    for _, name in ipairs { "epoch", "parameters" } do
      rows[i][name] = math.tointeger(seed[name]) or seed[name]
    end
    partial = partial or seed.partial
  end
  if #seeds > 1 then
    spreads.seed, spreads.epoch, spreads.parameters = "mean", nil, nil
    rows[#rows + 1] = spreads
  end
  put("\n%s", tables.new { title = partial
    and "results, of seeds that have not ended the best epoch so far"
    or "results, with the parameters of the best epoch", columns = columns,
    rows = rows })
end

local function print_levels(store, run)
  local rows, columns = summary.levels(store, run.id), { "group" }
  for _, field in ipairs(summary.FIELDS) do
    for _, row in ipairs(rows) do
      if row[field[1]] then
        columns[#columns + 1] = { field[1], label = field[2] or field[1] }
        break
      end
    end
  end
  if #rows == 0 then return end
  put("\n%s", tables.new { title = "levels of approximation, by candidate "
    .. "group", columns = columns, rows = rows })
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
  print_results(summary.seeds(store, found))
  print_levels(store, found)
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
