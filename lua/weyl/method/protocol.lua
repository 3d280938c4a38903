-- method/protocol.lua: what experiments compare: the settings of published
-- runs, and the fair form of the same comparison.
--
-- Published: the final scripts of Kim et al. (arXiv:2306.00356). Widths named
-- equal there are not: 128 channels are 216 numbers for the soft network and
-- 128 for the exact one; selection begins at twice the epoch of tuning; the
-- first layer is left out of the levels that tune. Fair: every method has as
-- many trained numbers as the soft network, as nearly as widths allow, and
-- keeps the parameters of its best validation error over all epochs. Penalties
-- of the soft network act by proximal steps there, at strengths that validation
-- preferred (inertia, axis 3, noise -1; cosine similarity, SO(3); distances).
--
-- For all methods alike the fair form mends what made results depend on the
-- seed or kept networks from learning: bilinear maps are made of distinct
-- copies; where the largest group is not orthogonal, networks whose layers are
-- not exact have the bilinear maps of the first candidate that is; on inertia
-- the steps of the published runs are taken in fewer epochs, by batches of 100,
-- on distances a fifth of them at five times the rate.
--
-- What the scripts do not say is not made up: the decay of weights holds for
-- every method but residual pathway priors, which have decays of their own;
-- augmentation and remul, which were not compared there, have the plain
-- network's settings; two_sided the soft network's.

local check = require "weyl.check"
local nn = require "weyl.nn"
local object = require "weyl.method.object"
local options = require "weyl.options"

local protocol = {}

-- Per task: epochs, batch, rate, decay; of the soft network: strengths,
-- tuning, and what the fair comparison has in their place; widths by kind of
-- network.
local TASKS = {
  inertia = { epochs = 8000, batch = 500, lr = 1e-3, weight_decay = 2e-4,
    at = 1 / 4, power = 2, strength = 100, channels = 128, pathways = 89,
    fair = { epochs = 1600, batch = 100, apply = "proximal" } },
  cosine = { epochs = 2000, batch = 200, lr = 1e-3, weight_decay = 2e-5,
    at = 1 / 4, power = 2, strength = 0.01, channels = 128, pathways = 45,
    fair = { apply = "proximal", strength = 1 } },
  motion = { epochs = 500, batch = 128, lr = 2e-4, weight_decay = 0,
    at = 1 / 5, power = 5, strength = 0.3, channels = 384, pathways = 269,
    init = "half" },
  distance = { epochs = 10000, batch = 200, lr = 2e-4, weight_decay = 0,
    at = 1 / 4, power = 2, strengths = { 0, 10, 200 }, channels = 128,
    pathways = 89, max_rank = 1, fair = { epochs = 1000, batch = 100,
      lr = 1e-3, apply = "proximal", strength = 1 } },
}

protocol.tasks = { "inertia", "cosine", "motion", "distance" }

local PATHWAYS = { rpp = true, mixed_rpp = true }
local SOFT = { per = true, two_sided = true }
local PLAIN = { mlp = true, augmentation = true, remul = true }

local NAME = { func = "method.protocol" } -- in messages on the data

-- Whose bilinear maps networks have that are not exact, a candidate's number:
-- the first orthogonal one, where the largest group is not.
local function bilinear(data)
  for j, g in ipairs(object.groups(NAME, data)) do
    if g:is_orthogonal() then return j > 1 and j or nil end
  end
end

-- Trained numbers of the soft network of a task.
local function soft_size(task, data)
  local rep_in, rep_out = object.reps(NAME, data)
  local groups = object.groups(NAME, data)
  local _, count = nn.plan("emlp", { rep_in = rep_in, rep_out = rep_out,
    group = groups[1], bilinear = groups[bilinear(data)], soft = true,
    max_rank = task.max_rank, channels = task.channels })
  return count
end

-- Options of the method that hold in both protocols.
local function method_options(name, task, epochs)
  local o = { max_rank = not PLAIN[name] and task.max_rank or nil }
  if SOFT[name] then o.init = task.init end
  if name == "per" then
    o.strength, o.strengths = task.strength, task.strengths
    o.tune = require("weyl.reg").autotune { power = task.power,
      at = math.max(1, math.floor(epochs * task.at)) }
  end
  return o
end

local function published_options(own, name, task)
  own.channels = PATHWAYS[name] and task.pathways or task.channels
  own.published = name == "per" or nil
  own.copies = not PLAIN[name] and "published" or nil
end

local function fair_options(own, name, task, data)
  if SOFT[name] then own.channels = task.channels
  else own.parameters = soft_size(task, data) end
  if SOFT[name] or PATHWAYS[name] then own.bilinear = bilinear(data) end
  local fair = name == "per" and task.fair or {}
  own.apply = fair.apply
  if fair.strength then own.strength, own.strengths = fair.strength, nil end
end

-- Only quadratic penalties have proximal steps: others need their gradients.
local function check_measure(own, given, task)
  local measure = own.measure
  if own.apply ~= "proximal" or given.apply or not measure
    or measure == "mse" then
    return
  end
  check.fail("method.protocol: measure = '%s' has no proximal steps, which "
    .. "the fair protocol of '%s' takes; give apply = 'gradient' beside it",
    measure, task)
end

---See method.protocol.
---@param make table<string, function> the methods
---@param names string[]
---@param opts table
---@return table
function protocol.experiment(make, names, opts)
  local o = options.read("method.protocol", opts, {
    { "method", names, required = true },
    { "task", protocol.tasks, required = true },
    { "data", "table", required = true },
    { "kind", { "fair", "published" }, default = "fair" },
    { "epochs", "count" }, { "options", "table" } })
  local task, name = TASKS[o.task], o.method
  local published = o.kind == "published"
  local fair = not published and task.fair or {}
  local epochs = o.epochs or fair.epochs or task.epochs
  local own = method_options(name, task, epochs)
  if published then published_options(own, name, task)
  else fair_options(own, name, task, o.data) end
  local given = o.options or {}
  for key, value in next, given do own[key] = value end
  if given.parameters then own.channels = nil end
  if given.channels then own.parameters = nil end
  check_measure(own, given, o.task)
  return { data = o.data, method = make[name](own), epochs = epochs,
    batch = fair.batch or task.batch, lr = fair.lr or task.lr,
    schedule = "cosine", seeds = 5,
    weight_decay = PATHWAYS[name] and 0 or task.weight_decay,
    select = published and name == "per" and "published" or "best" }
end

return protocol
