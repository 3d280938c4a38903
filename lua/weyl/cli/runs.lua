-- cli/runs.lua: `weyl runs`: the runs of a folder.

local cli = require "weyl.cli"
local common = require "weyl.cli.common"
local rebuild = require "weyl.runs.rebuild"
local summary = require "weyl.runs.summary"
local tables = require "weyl.tables"

-- The error that a run is known by: of the best part of the data it has.
local function error_of(store, run)
  local spreads = summary.spreads(summary.seeds(store, run))
  for _, name in ipairs { "test", "validation", "train" } do
    local s = spreads[name]
    if s then return name .. " " .. tables.spread(s.mean, s.std) end
  end
  return "-"
end

local function print_list(store, list)
  local rows = { { "id", "name", "seeds", "status", "started (UTC)", "took",
    "error", "folder" } }
  for i, run in ipairs(list) do
    rows[i + 1] = { tostring(run.id), run.name, tostring(#run.seeds),
      run.status, common.time(run.started), common.clock(run.seconds),
      error_of(store, run), run.path or "-" }
  end
  io.write(tables.columns(rows), "\n")
end

local function run_rebuild(store)
  local count = rebuild(store)
  io.stderr:write(("weyl runs: read %d run%s into '%s'\n"):format(count,
    count == 1 and "" or "s", store.path))
end

local function run(args)
  local store = common.open(args)
  if args.rebuild then run_rebuild(store) end
  if args.check then
    local ok, message = store:check()
    if not ok then return cli.fail("weyl runs", "%s", message) end
  end
  local list = store:list { name = args.name, status = args.status,
    last = args.last }
  if args.json then
    common.print_json(list)
  elseif #list > 0 then
    print_list(store, list)
  else
    io.stderr:write(("weyl runs: no runs in '%s'; `weyl new` writes an "
      .. "experiment to start from\n"):format(store.path))
  end
  return 0
end

local function count(text)
  local n = math.tointeger(tonumber(text))
  return n and n > 0 and n or nil, "must be an integer >= 1"
end

return {
  about = "list the runs of a folder",
  example = "weyl runs --last 10\nweyl runs --name inertia --status failed",
  configure = function(p)
    p:option("--name", "only runs of this name"):argname "<name>"
    p:option("--status", "only running, done, failed or interrupted ones")
      :choices { "running", "done", "failed", "interrupted" }
      :argname "<status>"
    p:option("--last", "only so many, the latest"):argname "<n>":convert(count)
    p:flag("--check", "first see whether the database is sound")
    p:flag("--rebuild", "first read runs into the database from their folders")
    common.configure(p)
  end,
  run = run,
}
