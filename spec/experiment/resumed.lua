-- resumed.lua: a script for resume_spec.lua: experiments with state of every
-- kind, which end the process where the file `kills` says so.
--
--   weyl resumed.lua FOLDER
--
-- A line of FOLDER/kills is "name seed epoch", to be killed when that epoch is
-- recorded, or "name seed epoch step", at that step of writing the files after
-- it. It is removed before it happens, so that each happens once.

local core = require "weyl.core"
local weyl = require "weyl"
local results = require "weyl.results"

local group, nn, reg, rep = weyl.group, weyl.nn, weyl.reg, weyl.rep
local folder = ...

-- ---- kills ----

local function kill_now(run, row)
  local text = results.text(folder .. "/kills") or ""
  local name, seed, epoch, step, rest =
    text:match "^(%S+) (%d+) (%d+) ?(%d*)\n(.*)$"
  if name ~= run.o.name or tonumber(seed) ~= run.seed
      or tonumber(epoch) ~= row.epoch then
    return
  end
  results.write(folder .. "/kills", rest)
  if step == "" then os.execute "kill -9 $PPID" end
  core.fail_file(tonumber(step), true)
end

-- ---- data and models ----

local V = rep.V

local function part(n)
  local x = weyl.normal { n, 2 }:eval()
  local r = x:square():sum(2, true)
  return { x = x, y = (x * r + weyl.normal({ n, 2 }, 0, 0.1)):eval() }
end

weyl.seed(5)
local data = { name = "radial", train = part(40), validation = part(20),
  test = part(20), rep_in = V, rep_out = V }

local function model()
  return nn.emlp { rep_in = V, rep_out = V, group = group.O(2), soft = true,
    channels = 6, depth = 1 }
end

local function levels(m)
  return reg.mixed(m, { group.O(2), group.SO(2), group.C(4) },
    { strengths = { 0, 0.1, 0.1 } })
end

local function rotated(x, y)
  local a = weyl.uniform({}, 0, 6.28, "f32", "augment"):item()
  local r = weyl.tensor { { math.cos(a), math.sin(a) },
    { -math.sin(a), math.cos(a) } }
  return x:matmul(r), y:matmul(r)
end

-- Strengths that follow from what the function noted before.
local function noted(epoch, l, run)
  local n = run.notes
  n.sum = (n.sum or 0) + l:regularizers()[2]
  n.mean = weyl.tensor { n.sum / epoch }
  return { 0, 0.1 / (1 + n.mean:item()), 0.1 }
end

-- ---- experiments ----

local cases = {
  { name = "plain", regularizer = false, epochs = 10, seeds = 3,
    optimizer = function(lr)
      return weyl.optim.sgd { lr = lr, momentum = 0.9 }
    end },
  { name = "autotune", tune = reg.autotune { at = 6, window = 3 },
    epochs = 12, schedule = "constant" },
  { name = "evidence", seeds = 2, epochs = 8,
    tune = reg.evidence { every = 3, examples = 10, probes = 2,
      route = "cg" } },
  { name = "function", tune = noted },
  { name = "scheduled", tune = reg.schedule { rate = "cosine" } },
  { name = "plateau", lr = 0.3, epochs = 16,
    schedule = weyl.schedule.plateau { patience = 1, factor = 0.5 } },
  { name = "augment", augment = rotated },
  { name = "patience", lr = 0.5, schedule = "constant", patience = 2,
    epochs = 40 },
  { name = "gradnorm", method = weyl.method.remul { channels = 6, depth = 1,
    group = group.SO(2), weights = "gradnorm" }, epochs = 6 },
  { name = "proximal", epochs = 6, regularizer = function(m)
    return reg.mixed(m, { group.O(2), group.SO(2) }, { strength = 1,
      apply = "proximal" })
  end },
}

for _, case in ipairs(cases) do
  local o = { data = data, model = not case.method and model or nil,
    regularizer = not case.method and levels or nil, epochs = 8, batch = 16,
    lr = 0.02, every = 1, output = folder, quiet = true, resume = true,
    checkpoint = { every = 2 }, on_record = kill_now }
  for key, value in pairs(case) do o[key] = value or nil end
  weyl.experiment(o):run()
end
