-- cli/plot.lua: `weyl plot RECIPE RUN...`: figures of runs and of sweeps.
--
-- A figure of one run goes into its folder and is listed among its files, one
-- of several into the folder of runs, one of a sweep into that of the sweep.

local check = require "weyl.check"
local cli = require "weyl.cli"
local common = require "weyl.cli.common"
local load = require "weyl.plot.load"
local nearest = require "weyl.nearest"
local recipes = require "weyl.plot.recipes"
local sweeps = require "weyl.sweep.results"

local WHO, USAGE = "weyl plot", 2
local FORMATS = { "png", "svg", "pdf", "text" }
local OPTIONS = { "metric", "x" } -- of some recipes

-- The recipes that draw runs or sweeps.
local function drawers()
  local list = {}
  for _, name in ipairs(recipes.names()) do
    local recipe = recipes.named(name)
    if recipe.of_runs or recipe.of_sweep then list[#list + 1] = recipe end
  end
  return list
end

local function print_list(json)
  local rows = {}
  for i, recipe in ipairs(drawers()) do
    rows[i] = { recipe = recipe.name, about = recipe.about }
    if not json then print(("%-14s%s"):format(recipe.name, recipe.about)) end
  end
  if json then common.print_json(rows) end
  return 0
end

local function wrong(format, ...)
  cli.fail(WHO, format, ...)
  return nil, USAGE
end

-- The recipe that was named; nil and the exit status when it cannot be meant.
local function recipe_of(args)
  local names = {}
  for i, recipe in ipairs(drawers()) do
    names[i] = recipe.name
    if recipe.name == args.recipe then return recipe end
  end
  return wrong("there is no recipe '%s' for runs or sweeps%s; there are %s",
    args.recipe, nearest.hint(args.recipe, names), table.concat(names, ", "))
end

-- Options of the recipe that were given; nil and the exit status when it has
-- no such.
local function options_of(args, recipe)
  local opts, known = { title = args.title }, {}
  for _, spec in ipairs(recipe.specs or {}) do known[spec[1]] = true end
  for _, name in ipairs(OPTIONS) do
    if args[name] and not known[name] then
      return wrong("the recipe '%s' has no option --%s", recipe.name, name)
    end
    opts[name] = args[name]
  end
  return opts
end

local function file_of(args, recipe, list, store)
  local ending = args.format or "png"
  if #list == 1 and list[1].path then
    return ("%s/%s.%s"):format(list[1].path, recipe.name, ending)
  end
  local ids = {}
  for i, r in ipairs(list) do ids[i] = tostring(r.id) end
  return ("%s/%s-%s.%s"):format(store.folder, recipe.name,
    table.concat(ids, "-"), ending)
end

-- Prints the figure, or saves it and says where. Returns the file.
local function put(args, figure, default)
  if args.format == "text" then
    figure:show()
    return nil
  end
  local file = figure:save(args.output or default)
  if args.json then
    common.print_json { file = file }
  else
    print("figure " .. file)
  end
  return file
end

-- Draws runs, all of one store.
local function draw_runs(args, recipe, opts, list, store)
  local file = put(args, recipes.draw_runs(recipe, list, opts),
    file_of(args, recipe, list, store))
  if file and #list == 1 and not args.output then
    store:artifact(list[1].id, "figure", file)
  end
end

local function draw_sweep(args, recipe, opts)
  if #args.run > 1 then
    check.fail("the recipe '%s' draws one sweep, got %d", recipe.name,
      #args.run)
  end
  local r = sweeps.find(args.run[1], common.open(args).folder)
  put(args, recipes.draw(recipe, r, opts),
    file_of(args, recipe, { { path = r.path } }))
end

-- Calls f; its error is said. Returns the exit status.
local function try(f, ...)
  local ok, message = pcall(f, ...)
  return ok and 0 or cli.fail(WHO, "%s", (tostring(message):gsub("^plot: ", "")
    :gsub("^plot%.recipe ", "")))
end

local function run(args)
  if not args.recipe then return print_list(args.json) end
  local recipe, status = recipe_of(args)
  if not recipe then return status end
  local opts, wrong_status = options_of(args, recipe)
  if not opts then return wrong_status end
  if not args.run[1] then
    return select(2, wrong(recipe.of_sweep and "which sweep? give its name or "
      .. "its folder" or "which run? `weyl runs` lists them"))
  end
  if recipe.of_sweep then return try(draw_sweep, args, recipe, opts) end
  local list, store = {}, common.open(args)
  for i, word in ipairs(args.run) do
    local found, place = common.find("plot", args, word)
    if not found then return place end
    list[i], store = load.results(place, found), i == 1 and place or store
  end
  return try(draw_runs, args, recipe, opts, list, store)
end

return {
  about = "draw figures of runs and sweeps; without a recipe, list what can "
    .. "be drawn",
  example = "weyl plot levels 3\nweyl plot compare 3 4 5 --output both.svg\n"
    .. "weyl plot history inertia --format text\nweyl plot sweep rate",
  configure = function(p)
    p:argument("recipe", "levels, history, compare, ..."):args "?"
    p:argument("run", "ids, folders or names of runs; of a sweep its folder or "
      .. "name"):args "*"
    p:mutex(
      p:option("-o --output", "file, ending in .png, .svg or .pdf; in the "
        .. "run's folder unless given"):argname "<file>",
      p:option("--format", "png, svg, pdf, or text, which is printed; png "
        .. "unless given"):choices(FORMATS))
    p:option("--title", "above the figure, in place of the run's name")
      :argname "<text>"
    p:option("--metric", "whose error, of box and sensitivity: train, "
      .. "validation, test or ood; test unless given"):argname "<part>"
    p:option("--x", "the parameter along the axis, of sensitivity")
      :argname "<name>"
    common.configure(p)
  end,
  run = run,
}
