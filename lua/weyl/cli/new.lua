-- cli/new.lua: `weyl new FILE`: an experiment to start from, which runs as it
-- is. It is weyl/templates/experiment.lua under the new name.

local cli = require "weyl.cli"
local results = require "weyl.results"

-- The template with its name, which stands between blanks, quotes and dots,
-- replaced; weyl.experiment stays.
local function text_for(name)
  local path = package.searchpath("weyl.templates.experiment", package.path)
  local text = path and results.text(path)
  return text and text:gsub('([ /"`])experiment([\n ."`-])', function(a, b)
    return a .. name .. b
  end)
end

local function run(args)
  local file = args.file:find "%.lua$" and args.file or args.file .. ".lua"
  local name = file:match "([^/]+)%.lua$"
  if not name or not name:find "^[%w_-][%w._-]*$" then
    return cli.fail("weyl new", "'%s': a name is made of letters, digits and "
      .. ". _ -", args.file)
  end
  if results.text(file) then
    return cli.fail("weyl new", "'%s' is there already; give another name",
      file)
  end
  local text = text_for(name)
  if not text then
    return cli.fail("weyl new", "this installation has no "
      .. "weyl/templates/experiment.lua")
  end
  results.write(file, text)
  io.write(("wrote %s; run it with: weyl run %s\n"):format(file, file))
  return 0
end

return {
  about = "write a commented experiment to start from",
  example = "weyl new spring.lua",
  configure = function(p)
    p:argument("file", "to write; it must not be there yet")
      :default "experiment.lua"
  end,
  run = run,
}
