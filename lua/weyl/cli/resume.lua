-- cli/resume.lua: `weyl resume RUN`: runs the script of a run again, which goes
-- on where it was stopped.
--
-- The script and its arguments are read from the run's settings.json, the
-- folder it was started in from environment.json; experiment/resume.lua is told
-- what to go on with.

local lfs = require "lfs"
local results = require "weyl.results"
local resume = require "weyl.experiment.resume"
local run = require "weyl.cli.run"

local function fail(format, ...)
  io.stderr:write("weyl resume: ", format:format(...), "\n")
  return 1
end

local function is_folder(path)
  return lfs.attributes(path, "mode") == "directory"
end

-- A file of the run as a table; empty when there is none.
local function read(path, name)
  local ok, value = pcall(results.parse,
    results.text(path .. "/" .. name) or "")
  return ok and type(value) == "table" and value or {}
end

-- A path that stays right in another folder. A bare name is left alone.
local function absolute(path, folder)
  if path:sub(1, 1) == "/" then return path end
  return folder .. "/" .. path
end

-- The folder that RUN means: itself, or that of a run in the database.
local function folder_of(word)
  if is_folder(word) then return word end
  local found, runs = pcall(require, "weyl.runs")
  local ok, record = pcall(function()
    return found and runs.open():get(math.tointeger(tonumber(word)) or word)
  end)
  return ok and record and record.path or nil
end

-- Makes `arg` what it is under `weyl run SCRIPT ARGUMENTS...`.
local function set_arg(script, words)
  local all, own = rawget(_G, "arg"), { [0] = "run", script }
  table.move(words, 1, #words, 2, own)
  local i = -1
  while all[i] do own[i], i = all[i], i - 1 end
  rawset(_G, "arg", own)
end

-- Runs the script in this process, so that what ends this one ends the run,
-- in the folder that the run was started in.
local function run_script(folder, path, script, force)
  local words = script.arguments or {}
  set_arg(script.path, words)
  assert(lfs.chdir(folder))
  resume.asked = { path = path, force = force }
  return run.run { file = script.path, arguments = words,
    runs = path:match "^(.*)/" }
end

local function resume_run(args)
  local path = folder_of(args.run)
  if not path then
    return fail("there is no run '%s': give its folder, such as "
      .. "runs/inertia-1, its id or its name (weyl runs lists them)", args.run)
  end
  path = absolute((path:gsub("(.)/+$", "%1")), lfs.currentdir())
  local script = read(path, "settings.json").script
  if type(script) ~= "table" or type(script.path) ~= "string" then
    return fail("'%s' does not say which script made it; run that with the "
      .. "experiment's option resume = '%s'", args.run, args.run)
  end
  local before = read(path, "environment.json")
  local folder = before.folder or "."
  if not is_folder(folder) then folder = "." end
  local file = absolute(script.path, folder)
  if not results.text(file) then
    return fail("the script '%s' is gone; put it back, then resume", file)
  end
  local status = run_script(folder, path, script, args.force)
  local after = read(path, "environment.json")
  if status == 0 and after.resumed == before.resumed then
    return fail("'%s' ended without taking up '%s': it runs no experiment of "
      .. "that name and those seeds any more", script.path, args.run)
  end
  return status
end

return {
  about = "go on with a run that was stopped; it ends with the same bits",
  example = "weyl resume runs/inertia-1",
  configure = function(p)
    p:argument("run", "its folder, id or name")
    p:flag("--force", "also when the script or its settings have changed")
  end,
  run = resume_run,
}
