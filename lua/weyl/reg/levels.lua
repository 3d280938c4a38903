-- reg/levels.lua: penalties of several groups on one model, and the levels of
-- approximate symmetry that training leaves.
--
-- For a layer with weight W [out, in] and bias b [out] and for group j with
-- the projector P_j onto its equivariant maps, the defect is W - P_j W. The
-- penalty is sum_j strength_j R_j, summed over layers, where by default
-- R_j = 1/2 |W - P_j W|^2 + 1/2 |b - P_j b|^2 (Kim et al., ICML 2023). All
-- groups are one quadratic form per layer then (weyl.form). For orthogonal
-- groups R_j is a quarter of the mean of |rho(g) W - W rho(g)|^2 over the
-- group, biases alike: no sampling is needed.

local check = require "weyl.check"
local core = require "weyl.core"
local equivariance_error = require "weyl.symmetry.error"
local form = require "weyl.form"
local rep = require "weyl.rep"
local strengths_of = require "weyl.reg.strengths"

---@class weyl.levels
---@field groups weyl.group[]
---@field strengths number[] read only; see set_strengths
---@field measure string what is penalised: "mse", "logmse", "csd"
---@field published boolean
---@field apply string how penalties act: by "gradient" or "proximal"
---@field decay number[]? weight decay by layer, when a tuner sets it
---@field model table
local Levels = {}

local meta = { __index = Levels, __name = "weyl.levels" }

-- ---- what is measured on the defect D of one tensor W ----

local TINY = 1e-30 -- keeps logarithm and root away from 0, also in f32

local function squares(x) return x:square():sum() end

-- 1 - cos(W, P W) from |D|^2 / |W|^2 = r, which is 1 - cos^2, without
-- cancellation near 0; 0 for W = 0.
local function cosine_distance(W, D)
  local r = squares(D) / squares(W):clamp(TINY)
  return r / (1 + (1 - r):clamp(TINY):sqrt())
end

local measures = {
  mse = function(_, D) return 0.5 * squares(D) end,
  logmse = function(_, D) return (squares(D) + TINY):log() end,
  csd = cosine_distance,
}

-- ---- the tensors of a model and their forms ----

---@class weyl.levels.part
---@field tensor weyl.param
---@field acting fun(): weyl.tensor what acts: the parameter itself, or what
---  its layer makes of it (a projection, a sum of pathways)
---@field total weyl.form all groups with their strengths
---@field defect weyl.form[] 1 - P_j, by group
---@field layer integer
---@field strengths number[] of its layer, by group

-- Weights of the projectors in 1 - P_j; all 0 for j = 0.
local function complement(count, j)
  local weights = {}
  for k = 1, count do weights[k] = k == j and -1 or 0 end
  return weights
end

-- The forms of maps from rep_in to rep_out, shared among equal layers.
local function forms_between(self, rep_in, rep_out)
  local key = rep_in:key() .. " -> " .. rep_out:key()
  local known = self.forms[key]
  if known then return known end
  local count, defect = #self.groups, {}
  local function make(identity, j)
    return form.new { groups = self.groups, rep_in = rep_in,
      rep_out = rep_out, identity = identity, weights = complement(count, j) }
  end
  for j = 1, count do defect[j] = make(1, j) end
  local new = { defect = defect, total = function() return make(0, 0) end }
  self.forms[key] = new
  return new
end

local function check_layer(i, layer, d)
  local func = "reg.mixed"
  check.arg(type(layer) == "table" and core.is_param(layer.weight), func,
    ("model, layer %d"):format(i), "a table with a parameter 'weight'", layer)
  for _, name in ipairs { "rep_in", "rep_out" } do
    check.arg(rep.is_rep(layer[name]), func,
      ("model, layer %d, %s"):format(i, name), "a representation",
      layer[name])
  end
  local rows, cols = layer.rep_out:size(d), layer.rep_in:size(d)
  local shape = layer.weight.shape
  if shape[1] ~= rows or shape[2] ~= cols then
    check.fail("%s: layer %d has a weight of shape [%s]; its representations "
      .. "%s -> %s over dimension %d need [%d, %d]", func, i,
      table.concat(shape, ", "), layer.rep_in, layer.rep_out, d, rows, cols)
  end
end

-- A function for the nth value of layer:map(), where a layer has it.
local function acting(layer, tensor, nth)
  if not layer.map then return function() return tensor end end
  return function() return (select(nth, layer:map())) end
end

local function add_layers(self, list, bias)
  for i, layer in ipairs(list) do
    check_layer(i, layer, self.groups[1].d)
    local function add(tensor, rep_in, nth)
      local forms = forms_between(self, rep_in, layer.rep_out)
      self.parts[#self.parts + 1] = { tensor = tensor, layer = i,
        total = forms.total(), defect = forms.defect,
        acting = acting(layer, tensor, nth) }
    end
    add(layer.weight, layer.rep_in, 1)
    if bias and layer.bias then add(layer.bias, rep.scalar, 2) end
  end
end

-- ---- penalties ----

-- The penalties that are not quadratic, group by group.
local function separate_penalty(self)
  local measure = measures[self.measure]
  local sum
  for j, strength in ipairs(self.strengths) do
    for _, part in ipairs(strength ~= 0 and self.parts or {}) do
      local W = part.acting()
      local p = strength * measure(W, part.defect[j]:apply(W))
      sum = sum and sum + p or p
    end
  end
  return sum or core.zeros({}, self.parts[1].tensor.dtype)
end

---What is added to the loss: sum_j strength_j R_j over all layers, as a graph
---over the model's parameters. Groups of strength 0 cost nothing.
---@return weyl.tensor scalar
function Levels:penalty()
  if self.measure ~= "mse" then return separate_penalty(self) end
  local sum
  for _, part in ipairs(self.parts) do
    local p = part.total:half(part.acting())
    sum = sum and sum + p or p
  end
  return sum
end

function meta.__tostring(levels)
  local list = {}
  for j, g in ipairs(levels.groups) do
    list[j] = ("%s: %g"):format(g, levels.strengths[j])
  end
  return "weyl.levels: strengths " .. table.concat(list, ", ")
end

-- ---- strengths ----

-- Sets those of one tensor, and its decay.
local function set_part(self, part, func, strengths, decay)
  local sum, weights, copy = strengths_of(func, strengths, #self.groups)
  weights[1] = weights[1] + self.equivariant
  part.total:set(sum + decay, weights)
  part.strengths, part.decay = copy, decay
end

---Sets the strengths, the same in all layers.
---@param strengths number[] one per group, >= 0
function Levels:set_strengths(strengths)
  for _, part in ipairs(self.parts) do
    set_part(self, part, "levels:set_strengths", strengths, 0)
  end
  self.strengths, self.decay = self.parts[1].strengths, nil
end

-- Fails unless there are strengths and a decay for every layer.
local function check_by_layer(self, strengths, decay)
  local func, layers = "levels:set_layers", self.parts[#self.parts].layer
  for _, pair in ipairs { { "strengths", strengths }, { "decay", decay } } do
    local name, list = table.unpack(pair)
    check.arg(type(list) == "table" and #list == layers, func, name,
      ("a table of %d entries, one per layer"):format(layers), list)
  end
  for l = 1, layers do
    strengths_of(func, strengths[l], #self.groups)
    check.arg(type(decay[l]) == "number" and decay[l] >= 0
      and decay[l] < math.huge, func, ("decay[%d]"):format(l),
      "a finite number >= 0", decay[l])
  end
end

---Sets the strengths of every layer by itself, and its weight decay: then
---decay / 2 (|W|^2 + |b|^2) of every layer joins the penalty, in place of the
---decay of an experiment. The field `strengths` becomes the mean over layers.
---@param strengths number[][] by layer, one per group, >= 0
---@param decay number[] by layer, >= 0
function Levels:set_layers(strengths, decay)
  check_by_layer(self, strengths, decay)
  local means = {}
  for j = 1, #self.groups do
    means[j] = 0
    for _, own in ipairs(strengths) do means[j] = means[j] + own[j] end
    means[j] = means[j] / #strengths
  end
  for _, part in ipairs(self.parts) do
    set_part(self, part, "levels:set_layers", strengths[part.layer],
      decay[part.layer])
  end
  self.strengths, self.decay = means, table.move(decay, 1, #decay, 1, {})
end

local function copy_of(list) return table.move(list, 1, #list, 1, {}) end

---The strengths as they are, for load: plain lists, as checkpoints keep them.
---@return table
function Levels:state()
  local out = { strengths = copy_of(self.strengths) }
  if not self.decay then return out end
  out.layers, out.decay = {}, copy_of(self.decay)
  for _, part in ipairs(self.parts) do
    out.layers[part.layer] = copy_of(part.strengths)
  end
  return out
end

---Goes back to what state() gave.
---@param state table
function Levels:load(state)
  if state.decay then return self:set_layers(state.layers, state.decay) end
  self:set_strengths(state.strengths)
end

-- ---- proximal steps ----

-- One tensor after the proximal maps of its penalties at rates eta, one group
-- after the other: w - c M_j w with c = eta s_j / (1 + eta s_j), entry by entry
-- where rates are. With one rate that is the proximal map itself.
local function shrunk(part, eta, backwards)
  local w, count = part.tensor:value(), #part.strengths
  local first, last, step = 1, count, 1
  if backwards then first, last, step = count, 1, -1 end
  for j = first, last, step do
    local s = part.strengths[j]
    if s > 0 then
      w = w - (1 - 1 / (1 + eta * s)) * part.defect[j]:apply(w)
    end
  end
  return part.decay > 0 and w * (1 / (1 + eta * part.decay)) or w
end

-- Rates by parameter, in the order of the optimizer's last step. One that a
-- model has in several places is stepped at the first.
local function rates_of(model, optimizer)
  local rates, by_param, at = optimizer:rates(), {}, 0
  for _, leaf in ipairs(core.tree.leaves(model)) do
    if core.is_param(leaf) then
      at = at + 1
      by_param[leaf] = by_param[leaf] or rates[at] or optimizer.lr
    end
  end
  return by_param
end

---With apply = "proximal", called after every step of the optimizer in place
---of the penalty's gradient: the proximal maps of strength_j R_j at the rate
---of the step just taken, group by group, in turn from either end. Where a
---strength is large, weights then lie on the equivariant maps, and not in the
---noise of a gradient that is normalised by its own size (as AdamW decouples
---weight decay: Loshchilov and Hutter, arXiv:1711.05101; proximal maps:
---Parikh and Boyd, Foundations and Trends in Optimization 1, 2014).
---@param model table whose parameters the optimizer stepped
---@param optimizer weyl.optimizer
function Levels:after_step(model, optimizer)
  local rates, fresh = rates_of(model, optimizer), {}
  local backwards = optimizer.steps % 2 == 0
  for i, part in ipairs(self.parts) do
    fresh[i] = shrunk(part, rates[part.tensor] or optimizer.lr, backwards)
  end
  core.eval(fresh)
  for i, part in ipairs(self.parts) do part.tensor:set(fresh[i]) end
end

-- ---- levels ----

-- sum over tensors of measure(W, W - P_j W), per group, computed in f64. Of
-- the first layer nothing is counted when skip_first is set.
local function totals(self, measure, skip_first)
  local sums = {}
  for j = 1, #self.groups do
    local sum = core.zeros({}, "f64")
    for _, part in ipairs(self.parts) do
      if not (skip_first and part.layer == 1) then
        local W = part.acting():to "f64"
        sum = sum + measure(W, part.defect[j]:apply(W))
      end
    end
    sums[j] = sum
  end
  core.eval(sums)
  for j, sum in ipairs(sums) do sums[j] = sum:item() end
  return sums
end

---R_j of every group: 1/2 |W - P_j W|^2 summed over all layers (or what the
---option measure chose). The published program leaves the first layer out of
---this sum, though not out of the penalty; so does published = true.
---@return number[]
function Levels:regularizers()
  return totals(self, measures[self.measure], self.published)
end

---1 - cos(W, P_j W) summed over all weights and biases, by group.
---@return number[]
function Levels:cosines() return totals(self, cosine_distance) end

---How far a function is from equivariance under group j, by sampling: see
---symmetry.equivariance_error. The model's representations are used unless
---others are given.
---@param f? fun(x: weyl.tensor): weyl.tensor the model unless given
---@param j integer
---@param opts? { rep_in: weyl.rep|integer?, rep_out: weyl.rep|integer?,
---  samples: integer?, transforms: integer?, seed: integer?, x: weyl.tensor?,
---  method: string?, dtype: weyl.dtype? }
---@return number
---@return table intervals
function Levels:equivariance_error(f, j, opts)
  check.arg(self.groups[j] ~= nil, "levels:equivariance_error", "j",
    ("an integer from 1 to %d"):format(#self.groups), j)
  local o = {}
  for name, value in next, opts or {} do o[name] = value end
  o.rep_in = o.rep_in or self.model.rep_in
  o.rep_out = o.rep_out or self.model.rep_out
  return equivariance_error(f or self.model, self.groups[j], o)
end

-- ---- making one ----

local DEFAULT = 100 -- strength of the published runs on the inertia data

-- One strength for all groups but the first, unless all are given.
local function read_strengths(o, count)
  if o.strengths then return o.strengths end
  check.arg(type(o.strength) == "number", "reg.mixed", "strength", "a number",
    o.strength)
  local list = {}
  for j = 1, count do list[j] = j == 1 and 0 or o.strength end
  return list
end

local function check_groups(groups)
  check.arg(type(groups) == "table" and #groups > 0, "reg.mixed", "groups",
    "a table of groups", groups)
  local is_group = require "weyl.group.class".is_group
  for j, g in ipairs(groups) do
    check.arg(is_group(g), "reg.mixed", ("groups[%d]"):format(j), "a group",
      g)
    if g.d ~= groups[1].d then
      check.fail("reg.mixed: group %d acts on dimension %d, group 1 on %d", j,
        g.d, groups[1].d)
    end
  end
end

local function layers_of(model)
  local list = model
  if type(model) == "table" and model.layers then list = model:layers() end
  check.arg(type(list) == "table" and #list > 0, "reg.mixed", "model",
    "a model with layers() or a list of layers", model)
  return list
end

-- Proximal maps are known for quadratic penalties on the weights themselves.
local function check_proximal(self)
  if self.measure ~= "mse" then
    check.fail("reg.mixed: apply = 'proximal' needs measure = 'mse', got '%s'",
      self.measure)
  end
  for _, part in ipairs(self.parts) do
    if not rawequal(part.acting(), part.tensor) then
      check.fail("reg.mixed: apply = 'proximal' needs layers whose weights "
        .. "act themselves; those of layer %d are made from others",
        part.layer)
    end
  end
end

---See reg.mixed.
---@param model table
---@param groups weyl.group[]
---@param opts? table
---@param more? { equivariant: number } weight of 1/2 |P_1 W|^2, which counts
---  as no level: see two_sided.lua
---@return weyl.levels
local function mixed(model, groups, opts, more)
  local o = check.options("reg.mixed", opts, { strength = DEFAULT,
    strengths = check.none, bias = true, measure = "mse",
    published = false, apply = "gradient" })
  check.arg(measures[o.measure], "reg.mixed", "measure",
    "'mse', 'logmse' or 'csd'", o.measure)
  check.arg(o.apply == "gradient" or o.apply == "proximal", "reg.mixed",
    "apply", "'gradient' or 'proximal'", o.apply)
  check_groups(groups)
  local self = setmetatable({ model = model, measure = o.measure,
    published = o.published, equivariant = more and more.equivariant or 0,
    apply = o.apply,
    groups = table.move(groups, 1, #groups, 1, {}),
    parts = {}, forms = {} }, meta)
  add_layers(self, layers_of(model), o.bias)
  if o.apply == "proximal" then check_proximal(self) end
  self:set_strengths(read_strengths(o, #groups))
  return self
end

return mixed
