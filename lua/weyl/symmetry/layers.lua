-- symmetry/layers.lua: where in a model equivariance is lost.
--
-- A model is a chain of stages f = f_S o ... o f_1 with h_i = f_i(h_{i-1}).
-- By the chain rule (Gruver et al., arXiv:2210.02984)
--
--   L_A f(x) = sum_i D f_{>i}(h_i) L_A f_i (h_{i-1}),
--
-- f_{>i} being the stages after i: every stage's own defect at the input it
-- really gets, pushed through the rest of the model. The terms add up to the
-- whole as vectors, not in norm: they may cancel.

local check = require "weyl.check"
local common = require "weyl.symmetry.common"
local core = require "weyl.core"
local lie = require "weyl.symmetry.lie"
local rep = require "weyl.rep"
local tables = require "weyl.tables"

local FUNC = "lie_derivative_by_layer"

-- ---- the result ----

---@class weyl.symmetry.stage
---@field name string
---@field relative number the stage alone: root mean square over generators of
---  rms |L_A f_i| / rms |f_i|
---@field contribution number its term at the output: root mean square over
---  generators of rms |term| / rms |f|
---@field lie { relative: number, contribution: number }[] the same by
---  generator
---@field fields weyl.tensor[]? with the option fields, the terms at the
---  output by generator, f64 [n, out]

---@class weyl.symmetry.by_layer
---@field group weyl.group
---@field samples integer
---@field stages weyl.symmetry.stage[]
---@field total number root mean square over generators of rms |L_A f| / rms |f|
---@field lie number[] rms |L_A f| / rms |f| by generator
---@field fields weyl.tensor[]? with the option fields, L_A f by generator
local meta = { __name = "weyl.symmetry.by_layer" }

function meta.__tostring(r)
  local rows = { { "stage", "own, relative", "at the output" } }
  for _, stage in ipairs(r.stages) do
    rows[#rows + 1] = { stage.name, tables.number(stage.relative),
      tables.number(stage.contribution) }
  end
  rows[#rows + 1] = { "whole", "", tables.number(r.total) }
  return ("Lie derivative by layer under %s, %d inputs\n%s"):format(r.group,
    r.samples, tables.columns(rows))
end

-- ---- stages ----

-- The representations between stages: opts.reps where given, else what the
-- stages say.
local function fill_reps(list, o, model)
  local name = (getmetatable(model) or {}).__name or "model"
  check.arg(o.reps == nil or type(o.reps) == "table"
    and #o.reps == #list - 1, FUNC, "reps",
    ("a list of %d representations"):format(#list - 1), o.reps)
  list[1].rep_in, list[#list].rep_out = o.rep_in, o.rep_out
  for i = 1, #list - 1 do
    local r = o.reps and o.reps[i] or list[i].rep_out
    if r == nil then
      check.fail("%s: %s has no representation after '%s'; give the option "
        .. "reps, a list of %d", FUNC, name, list[i].name, #list - 1)
    end
    check.arg(rep.is_rep(r) or check.whole(r, 0), FUNC,
      ("reps[%d]"):format(i), "a representation", r)
    list[i].rep_out, list[i + 1].rep_in = rep.lift(r), rep.lift(r)
  end
end

-- A copy of the model's stages with all representations known.
local function read_stages(model, o)
  check.arg(type(model) == "table" and model.stages, FUNC, "model",
    "a model with stages()", model)
  local list = {}
  for i, stage in ipairs(model:stages()) do
    list[i] = { name = stage.name, forward = stage.forward,
      rep_out = stage.rep_out }
  end
  fill_reps(list, o, model)
  return list
end

-- The inputs of all stages: h[i] is that of stage i, h[S + 1] the output.
local function run(list, x, group)
  local h = { x }
  for i, stage in ipairs(list) do
    local y, size = stage.forward(h[i]), stage.rep_out:size(group)
    if #y.shape ~= 2 or y.shape[2] ~= size then
      check.fail("%s: the result of '%s' has shape %s, its representation %s "
        .. "has size %d", FUNC, stage.name, check.shape(y), stage.rep_out,
        size)
    end
    h[i + 1] = y:eval()
    common.check_finite(FUNC, ("result of '%s'"):format(stage.name), y)
    common.check_moves(FUNC, ("'%s'"):format(stage.name), stage.forward, h[i],
      y)
  end
  return h
end

-- ---- the sum over stages ----

-- The defects L_A f_i of all stages at their inputs, f64 [n, size].
local function defects(list, h, a)
  local out = {}
  for i, stage in ipairs(list) do
    out[i] = lie.derivative(stage.forward, h[i], stage.rep_in:drho(a),
      stage.rep_out:drho(a)):eval()
    common.check_finite(FUNC, ("derivative of '%s'"):format(stage.name),
      out[i])
  end
  return out
end

-- A tangent after stage i pushed to the output, f64 [n, out].
local function push(list, h, i, tangent)
  for k = i + 1, #list do
    local _, t = core.jvp(list[k].forward, h[k], tangent:to(h[k].dtype))
    tangent = t
  end
  return tangent:to "f64"
end

local function mean_square(list, key)
  local sum = 0
  for _, entry in ipairs(list) do sum = sum + entry[key] ^ 2 end
  return math.sqrt(sum / #list)
end

-- Adds what generator A shows to the stages' results; the sum of their terms.
local function add_generator(list, h, a, scales, results)
  local own, sum = defects(list, h, a), nil
  for i, result in ipairs(results) do
    local term = push(list, h, i, own[i]):eval()
    result.lie[#result.lie + 1] = {
      relative = common.ratio(common.rms(own[i]):item(), scales[i + 1]),
      contribution = common.ratio(common.rms(term):item(), scales[#h]) }
    result.fields[#result.fields + 1] = term
    sum = sum and sum + term or term
  end
  return sum:eval()
end

local function summarise(r, fields)
  for _, stage in ipairs(r.stages) do
    stage.relative = mean_square(stage.lie, "relative")
    stage.contribution = mean_square(stage.lie, "contribution")
    if not fields then stage.fields = nil end
  end
  local sum = 0
  for _, size in ipairs(r.lie) do sum = sum + size ^ 2 end
  r.total = math.sqrt(sum / #r.lie)
  if not fields then r.fields = nil end
  return setmetatable(r, meta)
end

---See symmetry.lie_derivative_by_layer.
---@param model table
---@param group weyl.group
---@param opts table?
---@return weyl.symmetry.by_layer
local function by_layer(model, group, opts)
  common.check_group(FUNC, group, true)
  local o = lie.options(FUNC, opts, { reps = check.none })
  common.read_reps(FUNC, o, model)
  local list = read_stages(model, o)
  local x = common.inputs(FUNC, o, o.rep_in:size(group)):to(o.dtype)
  local h = run(list, x, group)
  local scales, results = {}, {}
  for i, y in ipairs(h) do scales[i] = common.rms(y:to "f64"):item() end
  for i, stage in ipairs(list) do
    results[i] = { name = stage.name, lie = {}, fields = {} }
  end
  local r = { group = group, samples = #x, stages = results, lie = {},
    fields = {} }
  for j, a in ipairs(group.lie) do
    local whole = add_generator(list, h, common.unit(a), scales, results)
    r.fields[j] = whole
    r.lie[j] = common.ratio(common.rms(whole):item(), scales[#h])
  end
  return summarise(r, o.fields)
end

return by_layer
