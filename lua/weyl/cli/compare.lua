-- cli/compare.lua: `weyl compare RUN RUN ...`: what differs between runs, and
-- what each came to.

local common = require "weyl.cli.common"
local keys = require "weyl.keys"
local summary = require "weyl.runs.summary"
local tables = require "weyl.tables"

-- What differs between any two runs and explains nothing.
local NOT_COMPARED = { ["environment.started"] = true,
  ["environment.seconds"] = true, ["environment.command"] = true,
  ["environment.name"] = true, ["environment.script"] = true,
  ["environment.resumed"] = true, ["parameters.output"] = true,
  ["parameters.script.checksum"] = true }

-- "3 inertia": how a run is headed.
local function title(run) return ("%d %s"):format(run.id, run.name) end

-- All that may differ, by name.
local function values_of(run)
  local out = {}
  local all = common.flat { parameters = run.parameters,
    environment = run.environment, seeds = run.seeds, status = run.status,
    script = run.script and { sha256 = run.script.hash } or nil }
  for _, entry in ipairs(all) do
    if not NOT_COMPARED[entry[1]] then
      out[entry[1]:gsub("^parameters%.", "")] = entry[2]
    end
  end
  return out
end

-- { { what =, values = { one per run, nil where it is not } }, ... }
local function differences(found)
  local all, out = {}, {}
  for i, item in ipairs(found) do all[i] = values_of(item.run) end
  for _, name in ipairs(keys.union(all)) do
    local same, values = true, {}
    for i in ipairs(found) do
      values[i] = common.text(all[i][name])
      same = same and values[i] == values[1]
    end
    if not same then out[#out + 1] = { what = name, values = values } end
  end
  return out
end

local function shorten(text)
  return #text <= 24 and text or text:sub(1, 21) .. "..."
end

local function print_differences(found, list)
  if #list == 0 then
    io.write "nothing differs in parameters, script and environment\n"
    return
  end
  local rows = { { "differs" } }
  for i, item in ipairs(found) do rows[1][i + 1] = title(item.run) end
  for _, entry in ipairs(list) do
    local row = { entry.what }
    for i, text in ipairs(entry.values) do row[i + 1] = shorten(text) end
    rows[#rows + 1] = row
  end
  io.write(tables.columns(rows), "\n")
end

local ERRORS = { "train", "validation", "test", "ood" }

local function print_results(found)
  local rows, columns = {}, { "run", "seeds" }
  for i, item in ipairs(found) do
    rows[i] = { run = title(item.run), seeds = item.count,
      took = common.clock(item.run.seconds) }
    for _, name in ipairs(ERRORS) do rows[i][name] = item.spreads[name] end
  end
  for _, name in ipairs(ERRORS) do
    local there = false
    for _, row in ipairs(rows) do there = there or row[name] ~= nil end
    if there then columns[#columns + 1] = { name, best = "least" } end
  end
  columns[#columns + 1] = "took"
  io.write("\n", tables.new { title = "mean and spread over seeds",
    columns = columns, rows = rows }:text())
end

local function print_json(found, list)
  local out = { differences = {}, runs = {} }
  for i, entry in ipairs(list) do
    out.differences[i] = { what = entry.what, values = entry.values }
  end
  for i, item in ipairs(found) do
    out.runs[i] = { id = item.run.id, name = item.run.name,
      path = item.run.path, seeds = item.run.seeds, results = item.spreads }
  end
  common.print_json(out)
end

local function run(args)
  local found = {}
  for i, word in ipairs(args.run) do
    local one, store = common.find("compare", args, word)
    if not one then return store end
    local seeds = summary.seeds(store, one)
    found[i] = { run = one, count = #seeds, spreads = summary.spreads(seeds) }
  end
  local list = differences(found)
  if args.json then
    print_json(found, list)
    return 0
  end
  print_differences(found, list)
  print_results(found)
  return 0
end

return {
  about = "show what differs between runs, and what each came to",
  example = "weyl compare 3 4\nweyl compare inertia cosine --json",
  configure = function(p)
    common.run_argument(p, "2+")
    common.configure(p)
  end,
  run = run,
}
