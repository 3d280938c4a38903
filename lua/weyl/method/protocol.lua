-- method/protocol.lua: what experiments compare: the settings of published
-- runs, and the fair form of the same comparison.
--
-- Published: the final scripts of Kim et al. (arXiv:2306.00356). Widths named
-- equal there are not: 128 channels are 216 numbers for the soft network and
-- 128 for the exact one; selection begins at twice the epoch of tuning; the
-- first layer is left out of the levels that tune. Fair: every method has as
-- many trained numbers as the soft network, as nearly as widths allow, and
-- keeps the parameters of its best validation error over all epochs. Epochs,
-- batches and rates are the same in both. Penalties of the soft network act by
-- proximal steps in the fair form, at the strength that validation preferred
-- on one variant (inertia, axis 3, noise -1; 5, 20 and 100 were tried).
--
-- What the scripts do not say is not made up: the decay of weights holds for
-- every method but residual pathway priors, which have decays of their own;
-- augmentation and remul, which were not compared there, have the plain
-- network's settings; two_sided the soft network's.

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
    fair = { apply = "proximal", strength = 20 } },
  cosine = { epochs = 2000, batch = 200, lr = 1e-3, weight_decay = 2e-5,
    at = 1 / 4, power = 2, strength = 0.01, channels = 128, pathways = 45 },
  motion = { epochs = 500, batch = 128, lr = 2e-4, weight_decay = 0,
    at = 1 / 5, power = 5, strength = 0.3, channels = 384, pathways = 269,
    init = "half" },
  distance = { epochs = 10000, batch = 200, lr = 2e-4, weight_decay = 0,
    at = 1 / 4, power = 2, strengths = { 0, 10, 200 }, channels = 128,
    pathways = 89, max_rank = 1 },
}

protocol.tasks = { "inertia", "cosine", "motion", "distance" }

local PATHWAYS = { rpp = true, mixed_rpp = true }
local SOFT = { per = true, two_sided = true }
local PLAIN = { mlp = true, augmentation = true, remul = true }

-- Trained numbers of the soft network of a task.
local function soft_size(task, data)
  local o = { func = "method.protocol" }
  local rep_in, rep_out = object.reps(o, data)
  local _, count = nn.plan("emlp", { rep_in = rep_in, rep_out = rep_out,
    group = object.groups(o, data)[1], soft = true, max_rank = task.max_rank,
    channels = task.channels })
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
  local epochs = o.epochs or task.epochs
  local own, published = method_options(name, task, epochs),
    o.kind == "published"
  if published then
    own.channels = PATHWAYS[name] and task.pathways or task.channels
    own.published = name == "per" or nil
  elseif name == "per" or name == "two_sided" then
    own.channels = task.channels
  else
    own.parameters = soft_size(task, o.data)
  end
  for key, value in next, not published and name == "per" and task.fair or {}
  do
    own[key] = value
  end
  for key, value in next, o.options or {} do own[key] = value end
  if (o.options or {}).parameters then own.channels = nil end
  if (o.options or {}).channels then own.parameters = nil end
  return { data = o.data, method = make[name](own), epochs = epochs,
    batch = task.batch, lr = task.lr, schedule = "cosine", seeds = 5,
    weight_decay = PATHWAYS[name] and 0 or task.weight_decay,
    select = published and name == "per" and "published" or "best" }
end

return protocol
