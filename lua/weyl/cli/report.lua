-- cli/report.lua: `weyl report RUN`: a run or a sweep as one page of HTML.

local cli = require "weyl.cli"
local common = require "weyl.cli.common"
local report = require "weyl.report"
local results = require "weyl.results"
local sweeps = require "weyl.sweep.results"

local WHO = "weyl report"

-- The sweep that a word tells: none by a number, which is a run's id.
local function sweep_of(args)
  return not tonumber(args.run)
    and sweeps.look(args.run, common.open(args).folder) or nil
end

-- What the page is of: the function that makes it, the default file, and what
-- is to be done once it is there.
local function source_of(args)
  local sweep = sweep_of(args)
  if sweep then
    return function() return report.sweep(sweep) end,
      sweep.path .. "/report.html", function() end
  end
  local found, store = common.find("report", args, args.run,
    "run or sweep")
  if not found then return nil, store end
  local path = found.path or store.folder
  return function() return report.run(store, found) end,
    path .. "/report.html", function(file)
      store:artifact(found.id, "report", file)
    end
end

local function save(args, make, default, done)
  local page, file = make(), args.output or default
  results.write(file, page)
  if not args.output then done(file) end
  if args.json then return common.print_json { file = file } end
  print("report " .. file)
end

local function run(args)
  local make, default, done = source_of(args)
  if not make then return default end
  local ok, message = pcall(save, args, make, default, done)
  return ok and 0 or cli.fail(WHO, "%s", (tostring(message)
    :gsub("^plot: ", "")))
end

return {
  about = "write a run or a sweep as one page of HTML with its figures",
  example = "weyl report 3\nweyl report rate --output rate.html",
  configure = function(p)
    p:argument("run", "a run's id, folder or name (the last run of it), or a "
      .. "sweep's folder or name")
    p:option("-o --output", "the file, report.html in the folder of the run "
      .. "or the sweep unless given"):argname "<file>"
    common.configure(p)
  end,
  run = run,
}
