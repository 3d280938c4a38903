-- cli/run.lua: `weyl run FILE`: runs a script, and the experiment it returns.

local cli = require "weyl.cli"
local experiment = require "weyl.experiment"
local script = require "weyl.cli.script"
local shown = require "weyl.runs.shown"

-- `arg` as the script would see it under `weyl FILE ...`; what stands before
-- it has negative indices, so that the command can be repeated.
local function set_arg(file, words)
  local all, own = rawget(_G, "arg") or {}, { [0] = file }
  table.move(words, 1, #words, 1, own)
  local first, last = 0, #all - #words - 1
  while all[first - 1] do first = first - 1 end
  for i = first, last do own[i - last - 1] = all[i] end
  rawset(_G, "arg", own)
end

-- Prints what an experiment came to.
local function print_results(r)
  print(shown.results(r.seeds))
  if #r.groups > 0 then print("\n" .. tostring(experiment.table(r))) end
end

-- Options behind the script's name are the script's own.
local function prepare(words)
  local at = 1
  while words[at] and words[at]:find "^%-" and words[at] ~= "--" do
    at = at + (words[at] == "--runs" and 2 or 1)
  end
  if words[at] and words[at] ~= "--" then table.insert(words, at, "--") end
  return words
end

---Runs a script, and the experiment that it returns, whose results are printed.
---@param args { file: string, arguments: string[], runs: string? }
---@return integer status
local function run(args)
  local chunk, message = script(args.file)
  if not chunk then return cli.fail("weyl run", "%s", message) end
  if args.runs then require("weyl.runs").folder = args.runs end
  set_arg(args.file, args.arguments)
  local value = chunk(table.unpack(args.arguments))
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__name == "weyl.experiment"
      and not value.results then
    print_results(value:run())
  end
  return 0
end

return {
  about = "run a script, and the experiment that it returns",
  example = "weyl run inertia.lua\nweyl run --runs /scratch/runs inertia.lua",
  configure = function(p)
    p:option("--runs", "the folder of runs and their database, in place of "
      .. "WEYL_RUNS and runs"):argname "<folder>"
    p:argument("file", "a Lua script")
    p:argument("arguments", "of the script"):args "*"
  end,
  prepare = prepare,
  run = run,
}
