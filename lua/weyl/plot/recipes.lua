-- plot/recipes.lua: the recipes of the folder plots/: finding them and
-- checking what they are given.
--
-- A recipe's file returns
--   { about = one line, what = what it draws, for messages,
--     test = function(r) whether r is that,
--     draw = function(r, opts) -> figure,
--     specs = options beyond file and title, if any,
--     of_runs = function(list, opts) -> r, if it draws runs,
--     of_sweep = true, if it draws what came of a sweep,
--     one = whether only one of them,
--     levels = whether runs must have levels }
-- where of_runs makes what draw takes of results, each like those that an
-- experiment's run() returns. A recipe makes panels; file and title are seen
-- to here.

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local lfs = require "lfs"
local nearest = require "weyl.nearest"
local options = require "weyl.options"

local recipes = {}

local FUNC = "plot.recipe"

-- The folder with the recipes: beside lua/ in the sources, beside the other
-- files of the room when installed.
local function folder()
  local room = debug.getinfo(1, "S").source:match "^@(.*)plot/recipes%.lua$"
  for _, path in ipairs { "../../plots", "plots" } do
    path = (room or "") .. path
    if lfs.attributes(path .. "/levels.lua") then return path end
  end
  check.fail "plot.recipe: the folder plots is missing"
end

---The names of all recipes, in order.
---@return string[]
function recipes.names()
  local names = {}
  for file in lfs.dir(folder()) do
    names[#names + 1] = file:match "^(.+)%.lua$"
  end
  table.sort(names)
  return names
end

---@class weyl.plot.recipe
---@field name string
---@field about string
---@field what string
---@field test fun(r: any): boolean
---@field draw fun(r: table, opts: table): weyl.plot.figure
---@field specs weyl.options.spec[]?
---@field one boolean?
---@field levels boolean?
---@field of_sweep boolean?
---@field of_runs? fun(list: table[], opts: table): table

---The file of a recipe, whether it is there or not.
---@param name string
---@return string
function recipes.path(name) return ("%s/%s.lua"):format(folder(), name) end

---@param name string
---@return weyl.plot.recipe
function recipes.named(name)
  local file = recipes.path(tostring(name))
  if type(name) ~= "string" or not lfs.attributes(file) then
    check.fail("%s: there is no recipe %s in the folder plots%s", FUNC,
      check.describe(name), nearest.hint(tostring(name), recipes.names()))
  end
  local recipe = assert(loadfile(file))()
  recipe.name = name
  return recipe
end

local COMMON = { { "file", "string" }, { "title", "string" } }

-- Options of a recipe, checked.
local function read(recipe, opts)
  local specs = table.move(recipe.specs or {}, 1, #(recipe.specs or {}), 1, {})
  return options.read(FUNC .. " " .. recipe.name, opts,
    table.move(COMMON, 1, #COMMON, #specs + 1, specs))
end

---The figure of a recipe.
---@param recipe weyl.plot.recipe
---@param r table
---@param opts table?
---@return weyl.plot.figure
function recipes.draw(recipe, r, opts)
  check.arg(type(r) == "table" and recipe.test(r), FUNC .. " " .. recipe.name,
    "results", recipe.what, r)
  local o = read(recipe, opts)
  local figure = recipe.draw(r, o)
  figure.title = o.title or figure.title
  if o.file then figure:save(o.file) end
  return figure
end

-- Fails for runs that a recipe cannot draw.
local function check_runs(recipe, list)
  local name = recipe.name
  if not recipe.of_runs then
    check.fail("the recipe '%s' draws no runs, but %s", name, recipe.what)
  end
  check.arg(#list > 0, FUNC .. " " .. name, "runs", "at least one run", list)
  if recipe.one and #list > 1 then
    check.fail("the recipe '%s' draws one run, got %d; 'compare' draws several",
      name, #list)
  end
  for _, r in ipairs(list) do
    if not r.seeds[1] then
      check.fail("run %d, '%s', has recorded nothing that could be drawn", r.id,
        r.name)
    elseif recipe.levels and not gather.has_levels(r) then
      check.fail("run %d, '%s', has no levels: it has not ended, or no "
        .. "candidate groups", r.id, r.name)
    end
  end
end

---The figure of a recipe for runs.
---@param recipe weyl.plot.recipe
---@param list weyl.experiment.results[] as plot/load.lua makes them
---@param opts table?
---@return weyl.plot.figure
function recipes.draw_runs(recipe, list, opts)
  check_runs(recipe, list)
  return recipes.draw(recipe, recipe.of_runs(list, read(recipe, opts)), opts)
end

return recipes
