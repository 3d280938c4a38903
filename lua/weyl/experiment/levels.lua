-- experiment/levels.lua: the approximation levels that a run discovered, per
-- candidate group, beside those of the exact function; and over seeds.
--
-- A level is told in several ways that can be held against each other: the
-- strength the tuner left, the regularizer R_j, the residual (its root per
-- free direction), the level and the number of directions an evidence tuner
-- reports, the sampled equivariance error, and the Lie derivative, which is
-- the error to first order. The last two exist for the exact function too.

local check = require "weyl.check"
local core = require "weyl.core"
local equivariance_error = require "weyl.symmetry.error"
local lie = require "weyl.symmetry.lie"
local rep = require "weyl.rep"
local stats = require "weyl.stats"
local tables = require "weyl.tables"

local ROWS = 64 -- of a part of the data that give error_inputs
local TRUTH_SAMPLES = 1024 -- so many that equal levels are told to be equal

local levels = {}

---@class weyl.level
---@field group string
---@field strength number? l_j after tuning; nil, as the next three are, where
---  layers have no representations
---@field regularizer number? R_j, summed over layers
---@field residual number? rms deviation of the weights and biases from
---  symmetry per free direction: sqrt(sum |W - P_j W|^2 / directions), where
---  the directions are those off the equivariant maps; over all layers
---@field cosine number? sum over layers of 1 - cos(W, P_j W), biases too
---@field error number sampled equivariance error of the model, in [0, 1]
---@field true_error number? the same of the exact function
---@field lie number? relative Lie derivative of the model: rms over Lie
---  generators of Frobenius norm 1; nil for a group without them, or where
---  the function has no derivative
---@field true_lie number? the same of the exact function
---@field level number? d_j of an evidence tuner, in the unit of the weights
---@field relative number? d_j divided by the rms of the weights
---@field directions number? how many directions d_j rests on

-- ---- inputs ----

local PARTS = { "train", "validation", "test", "ood" }

---Fails unless data.error_inputs is what the reports can use: nil, a tensor
---of inputs, or the name of a part, whose first inputs are taken.
---@param data table
function levels.check_inputs(data)
  local given = data.error_inputs
  if given == nil or core.is_tensor(given) then return end
  local known = false
  for _, name in ipairs(PARTS) do known = known or given == name end
  check.arg(known and type(data[given]) == "table", "experiment",
    "data.error_inputs", "a tensor [n, in] or the name of a part of the data",
    given)
end

-- Rows for measuring errors; nil for standard normal ones.
local function inputs_of(data)
  local given = data.error_inputs
  if type(given) ~= "string" then return given end
  local x = data[given].x
  return #x > ROWS and x:slice(1, 1, ROWS) or x
end

-- ---- one function, one group ----

-- rms over generators; nil when there are none or f has no derivative there.
local function first_order(f, group, opts)
  if #group.lie == 0 then return nil end
  local ok, r = pcall(lie.measure, f, group, opts)
  if not ok then
    -- only Ctrl-C ends a report: a training run hangs on it
    if tostring(r):find "interrupted!$" then error(r, 0) end
    return nil
  end
  local sum = 0
  for _, size in ipairs(r.lie) do sum = sum + size.relative ^ 2 end
  return math.sqrt(sum / #r.lie)
end

local function measured(f, group, opts)
  return (equivariance_error(f, group, opts)), first_order(f, group, opts)
end

-- ---- residuals ----

local function layers_of(model)
  return model.layers and model:layers() or model
end

---Number of directions off the equivariant maps of each group, over the
---tensors that are penalised.
---@param of weyl.levels
---@return integer[]
local function directions(of)
  local counts, list = {}, layers_of(of.model)
  for j, g in ipairs(of.groups) do
    counts[j] = 0
    for _, part in ipairs(of.parts) do
      local layer = list[part.layer]
      local from = rawequal(part.tensor, layer.weight) and layer.rep_in
        or rep.scalar
      counts[j] = counts[j] + part.tensor.size - g:dim(from, layer.rep_out)
    end
  end
  return counts
end

---The residual of each group: root of the mean over free directions of the
---squared deviation W - P_j W; 0 where there are no such directions.
---@param of weyl.levels
---@return number[]
function levels.residuals(of)
  local sums, out = {}, {}
  for j in ipairs(of.groups) do
    local sum = core.zeros({}, "f64")
    for _, part in ipairs(of.parts) do
      local W = part.tensor:to "f64"
      sum = sum + part.defect[j]:apply(W):square():sum()
    end
    sums[j] = sum
  end
  core.eval(sums)
  for j, n in ipairs(directions(of)) do
    out[j] = n > 0 and math.sqrt(sums[j]:item() / n) or 0.0
  end
  return out
end

-- ---- the report of a run ----

local TUNED = { "level", "relative", "directions" }

-- What the regularizer and the tuner say of each group.
local function add_penalties(out, of, tune)
  local r, c, d = of:regularizers(), of:cosines(), levels.residuals(of)
  for j, level in ipairs(out) do
    level.strength, level.regularizer = of.strengths[j], r[j]
    level.cosine, level.residual = c[j], d[j]
  end
  if not (tune and tune.report) then return end
  for j, told in ipairs(tune:report() or {}) do
    for _, name in ipairs(TUNED) do
      if out[j] then out[j][name] = told[name] end
    end
  end
end

---The level of each candidate group in a trained model.
---@param run { model: table, levels: weyl.levels?, groups: weyl.group[]?,
---  tune: table? } with its selected parameters; groups are those of levels
---@param names string[] of the groups
---@param data table the set: truth, rep_in, rep_out, error_inputs if any
---@return weyl.level[]
function levels.report(run, names, data)
  local of, out, truth = run.levels, {}, data.truth
  local groups, model = of and of.groups or run.groups, run.model
  local opts = { x = inputs_of(data), rep_in = model.rep_in or data.rep_in,
    rep_out = model.rep_out or data.rep_out }
  local exact = { x = opts.x, rep_in = opts.rep_in, rep_out = opts.rep_out,
    samples = TRUTH_SAMPLES }
  local function predict(x) return model(x) end
  for j, name in ipairs(names) do
    local level = { group = name }
    level.error, level.lie = measured(predict, groups[j], opts)
    if truth then
      level.true_error, level.true_lie = measured(truth, groups[j], exact)
    end
    out[j] = level
  end
  if of then
    add_penalties(out, of, run.tune)
  end
  return out
end

-- ---- over seeds ----

local FIELDS = { "strength", "regularizer", "residual", "cosine", "level",
  "relative", "directions", "error", "true_error", "lie", "true_lie" }

local function is_number(v) return type(v) == "number" and v == v end

---Mean and spread over seeds of every field of every group.
---@param seeds { levels: weyl.level[]? }[]
---@param names string[]
---@return table<string, weyl.stats.spread|string>[]
function levels.spreads(seeds, names)
  local out = {}
  for j, name in ipairs(names) do
    out[j] = { group = name }
    for _, field in ipairs(FIELDS) do
      local values = {}
      for _, seed in ipairs(seeds) do
        local level = seed.levels and seed.levels[j]
        values[#values + 1] = level and level[field]
      end
      out[j][field] = stats.spread(values)
    end
  end
  return out
end

-- Fields that are ranked, the sign that makes more of it less symmetry, and
-- what is true of the law. Those of weights compare only groups that were
-- penalised.
local RANKED = { { "strength", -1, "true_error", true },
  { "residual", 1, "true_error", true }, { "level", 1, "true_error", true },
  { "error", 1, "true_error" }, { "lie", 1, "true_lie" } }

-- stats.agreement of one field with the truth in one run.
local function rank(list, field, sign, exact, penalised)
  local truth, values = {}, {}
  for _, level in ipairs(list) do
    local counts = not penalised or (level.strength or 0) ~= 0
    if counts and is_number(level[field]) and is_number(level[exact]) then
      truth[#truth + 1] = level[exact]
      values[#values + 1] = sign * level[field]
    end
  end
  return #truth > 1 and stats.agreement(truth, values) or nil
end

---How far each field orders the groups as their true errors do, Lie
---derivatives as the true ones: mean and spread over seeds of stats.agreement,
---by field; strengths count in reverse, so 1 is full agreement everywhere.
---Strength, residual and level are compared among the groups with a strength.
---A field that fewer than two groups have has no entry.
---@param seeds { levels: weyl.level[]? }[]
---@return table<string, weyl.stats.spread>
function levels.ranks(seeds)
  local out = {}
  for _, entry in ipairs(RANKED) do
    local values = {}
    for _, seed in ipairs(seeds) do
      values[#values + 1] = seed.levels
        and rank(seed.levels, table.unpack(entry))
    end
    out[entry[1]] = stats.spread(values)
  end
  return out
end

local HEADINGS = { true_error = "true error", lie = "Lie derivative",
  true_lie = "true", level = "level d_j", relative = "of the weights" }
local SHOWN = { "strength", "residual", "level", "relative", "directions",
  "error", "true_error", "lie", "true_lie" }

-- "strength 1, error 0.9 +- 0.1"; nil without ranks.
local function rank_text(ranks)
  local out = {}
  for _, entry in ipairs(RANKED) do
    local s = ranks and ranks[entry[1]]
    out[#out + 1] = s and ("%s %s"):format(entry[1],
      tables.spread(s.mean, s.std))
  end
  return #out > 0 and table.concat(out, ", ") or nil
end

---The levels that an experiment discovered, by candidate group, as a table
---with mean and spread over seeds, beside the true ones; its title says how
---far the order of the groups agrees with that of the true errors, 1 being
---full agreement.
---@param results weyl.experiment.results
---@return weyl.table
function levels.table(results)
  local rows, columns = results.summary.levels or {}, { "group" }
  for _, field in ipairs(SHOWN) do
    local there = false
    for _, row in ipairs(rows) do there = there or row[field] ~= nil end
    if there then
      columns[#columns + 1] = { field, label = HEADINGS[field] or field }
    end
  end
  local ranks = rank_text(results.summary.rank)
  return tables.new { columns = columns, rows = rows, title = results.name
    .. (ranks and "; agreement with the order of the true errors: " .. ranks
      or "") }
end

return levels
