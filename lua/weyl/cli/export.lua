-- cli/export.lua: `weyl export RUN ...`: runs for other programs.

local cli = require "weyl.cli"
local common = require "weyl.cli.common"
local export = require "weyl.runs.export"
local results = require "weyl.results"

local FORMATS = { "csv", "json", "tensorboard" }

-- The format that a file's name asks for.
local function format_of(args)
  if args.format then return args.format end
  return (args.output or ""):match "%.json$" and "json" or "csv"
end

local function find_all(args)
  local found = {}
  for i, word in ipairs(args.run) do
    local run, store = common.find("export", args, word)
    if not run then return nil, store end
    found[i] = { run = run, store = store }
  end
  return found
end

local function write_events(args, found)
  local folder = args.output or "tensorboard"
  local paths = export.tensorboard(found, folder)
  if #paths == 0 then
    return cli.fail("weyl export", "there are no metrics to export")
  end
  for _, path in ipairs(paths) do io.write(path, "\n") end
  io.stderr:write(("weyl export: see them with `tensorboard --logdir %s`\n")
    :format(folder))
  return 0
end

local function run(args)
  local found, status = find_all(args)
  if not found then return status end
  local format = format_of(args)
  if format == "tensorboard" then return write_events(args, found) end
  local text = format == "json" and export.json(found)
    or export.csv(found, args.what or "metrics")
  if args.output then
    results.write(args.output, text)
  else
    io.write(text)
  end
  return 0
end

return {
  about = "write runs as CSV, JSON or TensorBoard event files",
  example = "weyl export 3 > metrics.csv\n"
    .. "weyl export 3 4 --what levels -o levels.csv\n"
    .. "weyl export 3 -f tensorboard -o logs",
  configure = function(p)
    common.run_argument(p, "+")
    p:option("-f --format", "csv, json (all that is known) or tensorboard; "
      .. "that of the output's name, else csv"):choices(FORMATS)
      :argname "<format>"
    p:option("-w --what", "what CSV holds: metrics, results or levels")
      :choices(export.kinds):argname "<what>"
    p:option("-o --output", "a file, in place of standard output; for "
      .. "tensorboard a folder, tensorboard unless given"):argname "<path>"
    p:option("--runs", "the folder of runs and their database, in place of "
      .. "WEYL_RUNS and runs"):argname "<folder>"
  end,
  run = run,
}
