-- inertia.lua: which symmetries does the inertia data have, and how strongly?
--
-- The study of Kim et al., "Regularizing towards soft equivariance under
-- mixed symmetries", arXiv:2306.00356: a network whose weights are free is
-- pulled towards O(3) and towards the three O(2) about the axes at once; after
-- a quarter of the run the strength of each pull is set by how much it cost.
-- With `--noise -1 --axis 3` only the O(2) about axis 3 is left in the data.
--
--   weyl experiments/per/inertia.lua --preset full
--
-- Printed: per group the discovered strength, the regularizer R_j, and the
-- sampled equivariance error of the network beside that of the exact function.
-- Figures levels.png and history.png go into the run's folder.

local weyl = require "weyl"
local argparse = require "argparse"

local group, nn, reg = weyl.group, weyl.nn, weyl.reg

-- Epochs, and the epoch in which strengths are set. `full` is the paper's. In
-- the short run a quarter would be too early: while the network first learns
-- to use the data, the regularizers of all groups rise together.
local PRESETS = {
  quick = { seeds = 1, epochs = 3000, at = 1200, every = 10 },
  full = { seeds = 5, epochs = 8000, at = 2000, every = 10 },
}

local function read_arguments()
  local parser = argparse("inertia.lua",
    "Discover the symmetries of the inertia data.")
  parser:option "--preset":choices { "quick", "full" }:default "quick"
  parser:option("--axis", "1, 2, 3 or none: which columns are scaled")
    :choices { "1", "2", "3", "none" }:default "3"
  parser:option("--noise", "strength of the breaking; -1 deletes a column")
    :convert(tonumber):default "-1"
  parser:option("--seeds", "how many, instead of the preset's")
    :convert(math.tointeger)
  parser:option("--epochs", "instead of the preset's; the strengths are set "
    .. "after a quarter"):convert(math.tointeger)
  parser:option("--channels"):convert(math.tointeger):default "128"
  parser:option("--output", "folder of the run folders"):default "runs"
  return parser:parse()
end

-- O(3) first, the largest group, whose own strength is 0: its subgroups
-- together generate it.
local function candidates()
  return { group.O(3), group.O(2):embed(3, { 1, 2 }),
    group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }
end

local function train(args)
  local preset, groups = PRESETS[args.preset], candidates()
  local epochs = args.epochs or preset.epochs
  local data = weyl.data.inertia { axis = math.tointeger(args.axis)
    or args.axis, noise = args.noise }
  return weyl.experiment {
    name = "inertia", data = data, output = args.output,
    seeds = args.seeds or preset.seeds,
    model = function()
      return nn.emlp { rep_in = data.rep_in, rep_out = data.rep_out,
        channels = args.channels, group = groups[1], soft = true }
    end,
    regularizer = function(model)
      return reg.mixed(model, groups, { strengths = { 0, 100, 100, 100 } })
    end,
    tune = reg.autotune { power = 2,
      at = args.epochs and epochs // 4 or preset.at },
    optimizer = "adam", lr = 1e-3, schedule = "cosine", weight_decay = 2e-4,
    residual_decay = 1, epochs = epochs, batch = 500, every = preset.every,
    record_test = true,
  }:run()
end

-- Mean of a field of group j over the seeds.
local function mean(results, j, key)
  local sum = 0
  for _, seed in ipairs(results.seeds) do sum = sum + seed.levels[j][key] end
  return sum / #results.seeds
end

local function print_levels(results)
  print(("%-24s %10s %12s %14s %14s"):format("candidate group", "strength",
    "R_j", "model's error", "true error"))
  for j, name in ipairs(results.groups) do
    print(("%-24s %10.3g %12.3e %14.3f %14.3f"):format(name,
      mean(results, j, "strength"), mean(results, j, "regularizer"),
      mean(results, j, "error"), mean(results, j, "true_error")))
  end
end

local function print_errors(results)
  for _, name in ipairs { "train", "validation", "test", "ood" } do
    local s = results.summary[name]
    print(("%-10s error %.4g +- %.2g"):format(name, s.mean, s.std))
  end
end

local function draw(results, args)
  local title = ("inertia data, axis %s, strength %g"):format(args.axis,
    args.noise)
  for _, name in ipairs { "levels", "history" } do
    local figure = weyl.plot.recipe(name)(results, { title = title,
      file = ("%s/%s.png"):format(results.path, name) })
    print("figure " .. figure.file)
  end
end

local args = read_arguments()
local results = train(args)
print_levels(results)
print_errors(results)
draw(results, args)
