-- experiment/train.lua: one training run with one seed.
--
-- All randomness comes from the streams of the seed: "init" for the model,
-- "batches" for the order of samples. The loss of a step is
--
--   L = error(model(x), y) + penalty(model, x, y)
--       + weight_decay sum_l (|W_l|^2 + |b_l|^2) / 2
--       + residual_decay sum |w_g|^2
--
-- (Kim et al., arXiv:2306.00356), where the penalty of reg.mixed is
-- sum_j l_j R_j; a regularizer with error_weight() scales the error. Moved
-- batches (augment) use streams of their own. A run that is stopped by an
-- error or by Ctrl-C keeps what it has recorded. Between epochs all that it
-- has can be written down and taken up again; see checkpoint.lua.

local check = require "weyl.check"
local checkpoint = require "weyl.experiment.checkpoint"
local core = require "weyl.core"
local data = require "weyl.data"
local dist = require "weyl.dist"
local optim = require "weyl.optim"
local parameters = require "weyl.nn.parameters"
local progress = require "weyl.experiment.progress"
local schedule = require "weyl.schedule"
local watch = require "weyl.experiment.watch"

local CHUNK = 4096 -- samples per evaluation

---@class weyl.run one seed's state and results
---@field seed integer
---@field model table
---@field levels table? the regularizer
---@field groups weyl.group[]? that are reported
---@field watched weyl.levels? what measures them on the layers; see watch.lua
---@field augment function?
---@field parameters weyl.named_parameter[] of the model
---@field history table<string, number>[] one row per recorded epoch
---@field notes table plain values and tensors that functions of a script
---  want to keep in checkpoints
---@field recorder weyl.runs.record? of the run in the database
---@field resumed table? the state of a checkpoint to go on from
---@field best { epoch: integer, error: number, values: weyl.tensor[] }?
---@field failure string? why it ended early
local Run = {}
Run.__index = Run

---Mean squared error over samples and outputs. Shapes must be equal: [n, 1]
---against [n] would broadcast to [n, n] and train towards the mean.
---@param prediction weyl.tensor
---@param y weyl.tensor
---@return weyl.tensor scalar
local function mean_square(prediction, y)
  local got = core.is_tensor(prediction) and check.shape(prediction)
  if got ~= check.shape(y) then
    check.fail("experiment: the model gives %s where y is %s",
      got or check.describe(prediction), check.shape(y))
  end
  return (prediction - y):square():mean()
end

-- sum_l (|W_l|^2 + |b_l|^2) / 2 over the affine layers, or over all
-- parameters of a model that does not list layers.
local function norm(model)
  local list = {}
  if model.layers then
    for _, layer in ipairs(model:layers()) do
      list[#list + 1] = layer.weight
      list[#list + 1] = layer.bias
      list[#list + 1] = layer.basic_weight -- of a pathway
      list[#list + 1] = layer.basic_bias
    end
  else
    for _, leaf in ipairs(core.tree.leaves(model)) do
      if core.is_param(leaf) then list[#list + 1] = leaf end
    end
  end
  local sum = 0
  for _, w in ipairs(list) do sum = sum + w:square():sum() end
  return 0.5 * sum
end

-- The function that a step differentiates: total loss, then the error alone.
local function loss_function(o, levels)
  return function(model, x, y)
    local err = o.loss(model(x), y)
    local total = err
    if levels and levels.error_weight then
      total = levels:error_weight() * err
    end
    if levels and levels.apply ~= "proximal" then
      total = total + levels:penalty(model, x, y)
    end
    if o.weight_decay > 0 and not (levels and levels.decay) then
      total = total + o.weight_decay * norm(model)
    end
    local residual = o.residual_decay > 0 and model.residual_norm
      and model:residual_norm()
    if residual then total = total + o.residual_decay * residual end
    return total, err
  end
end

---The error on a part of the data, without gradients.
---@param part weyl.data.part
---@return number
function Run:error(part)
  local n, sum = #part.x, 0
  for first = 1, n, CHUNK do
    local last = math.min(first + CHUNK - 1, n)
    local x, y = part.x, part.y
    if last - first + 1 < n then
      x, y = x:slice(1, first, last), y:slice(1, first, last)
    end
    sum = sum + self.o.loss(self.model(x), y):item() * (last - first + 1)
  end
  return sum / n
end

-- A batch after the function that moves it.
function Run:augmented(x, y)
  local gx, gy = self.augment(x, y)
  local ok = core.is_tensor(gx) and core.is_tensor(gy) and gx.rank > 0
    and gy.rank > 0 and #gx == #gy
  if not ok then
    check.fail("experiment: augment must give tensors x and y with as many "
      .. "samples, got %s and %s", check.describe(gx), check.describe(gy))
  end
  return gx, gy
end

-- One pass over the training data; mean total loss and mean error.
function Run:epoch(e)
  local o, total, err, n = self.o, 0, 0, 0
  self.optimizer.lr = o.lr * self.rate(e - 1, o.epochs, self)
  for x, y in data.batches(o.data.train, { size = o.batch }) do
    if self.augment then x, y = self:augmented(x, y) end
    if self.prepare then self.levels:before_step(self.model, x, y) end
    local l, grads, plain = self.step(self.model, x, y)
    self.optimizer:step(self.model, grads)
    if self.proximal then self.levels:after_step(self.model, self.optimizer) end
    total = total + l:item() * #x
    err = err + plain:item() * #x
    n = n + #x
  end
  return total / n, err / n
end

-- Keeps the parameters when they are the best so far.
function Run:select(e, validation)
  if e <= self.o.select_after then return end
  if not self.best or validation < self.best.error then
    self.best = { epoch = e, error = validation,
      values = parameters.values(self.parameters) }
  end
end

-- A row of the history. Without validation data the training error selects.
function Run:record(e, loss, train)
  local part = self.o.data.validation
  local validation = part and self:error(part) or nil
  self:select(e, validation or train)
  local row = { seed = self.seed, epoch = e, lr = self.optimizer.lr,
    loss = loss, train = train, validation = validation,
    test = self.o.record_test and self:error(self.o.data.test) or nil,
    best = self.best and self.best.error }
  if self.watched then
    for j, r in ipairs(self.watched:regularizers()) do
      row["regularizer_" .. j] = r
      row["strength_" .. j] = self.watched.strengths[j]
    end
  end
  self.history[#self.history + 1] = row
  return row
end

function Run:out_of_patience(e)
  local patience, best = self.o.patience, self.best
  return patience and best and e - best.epoch >= patience
end

-- A loss that is not a number: in the data already, or only later?
local function fail_not_a_number(o, e)
  for _, name in ipairs { "x", "y" } do
    local t = o.data.train[name]
    if not t:isfinite():all():item() then
      check.fail("experiment: data.train.%s has NaN or Inf entries, so the "
        .. "loss is not a number in epoch %d", name, e)
    end
  end
  check.fail("experiment: the loss is not a number in epoch %d; "
    .. "weyl.check_finite(true) finds where it begins", e)
end

-- Before the first epoch, or that after a checkpoint; how many are done.
function Run:begin()
  local o, state = self.o, self.resumed
  if o.tune and o.tune.begin then o.tune:begin(self.levels, self) end
  if state then checkpoint.apply(self, state) end
  if o.data_parallel then dist.broadcast(self.model) end
  return state and state.epoch or 0
end

-- A checkpoint after epoch e, where one is due. A full disk does not end the
-- run: the last checkpoint stays, and there may be room for the next. It is
-- said once.
function Run:keep(e)
  local last = e == self.o.epochs or self:out_of_patience(e)
  if not self.place or not last and e % self.place.every ~= 0 then return end
  local ok, message = pcall(checkpoint.write, self, e, self.place)
  local cause = not ok and tostring(message):match "cannot write '.*$"
  if not ok and not cause then error(message, 0) end
  local said = self.no_room
  self.no_room = not ok
  if ok or said then return end
  io.stderr:write(("weyl: no checkpoint of epoch %d: %s; the run goes on\n")
    :format(e, cause)):flush()
end

function Run:loop(report)
  local o, row = self.o, {}
  local e = self:begin()
  report:begin(e)
  while e < o.epochs and not self:out_of_patience(e) do
    e = e + 1
    local loss, train = self:epoch(e)
    if loss ~= loss then fail_not_a_number(o, e) end
    if o.tune then o.tune:update(e, self.levels, self) end
    if e % o.every == 0 or e == o.epochs then
      row = self:record(e, loss, train)
      if self.recorder then self.recorder:metrics(self.seed, e, row) end
      if o.on_record then o.on_record(self, row) end
    end
    self:keep(e)
    report:update(e, { train = train, validation = row.validation,
      best = row.best })
  end
end

---Trains; afterwards the model has the selected parameters. Raises nothing:
---a failure is in self.failure.
function Run:train()
  local label = ("%s seed %d"):format(self.o.name, self.seed)
  local report = progress.new(label, self.o.epochs, self.o.quiet)
  local ok, message = xpcall(self.loop, function(m)
    return tostring(m)
  end, self, report)
  report:close()
  if not ok then self.failure = message end
  if self.best then parameters.set(self.parameters, self.best.values) end
end

local train = { mean_square = mean_square }

-- What a method, or the options, make for a seed.
local function make(o, seed)
  if o.method then return o.method:make(o.data, seed) end
  local model, levels = o.model, o.regularizer
  if type(model) == "function" then model = check.call(model, seed) end
  if type(levels) == "function" then levels = check.call(levels, model) end
  check.arg(levels == nil or type(levels) == "table" and levels.penalty,
    "experiment", "regularizer",
    "reg.mixed(...) or a function that returns one", levels)
  return { model = model, regularizer = levels }
end

local function make_optimizer(o)
  if type(o.optimizer) == "string" then
    return optim.named(o.optimizer, { lr = o.lr })
  end
  return check.call(o.optimizer, o.lr)
end

-- Tuning sets strengths: not every method has any.
local function check_strengths(o, levels)
  if not o.tune or levels and levels.set_strengths then return end
  check.fail("experiment: tune needs a regularizer with strengths, as "
    .. "reg.mixed makes; there is %s", levels and check.describe(levels)
    or "none")
end

-- What a checkpoint needs to know of an optimizer.
local function check_optimizer(optimizer)
  check.arg(optimizer.state and optimizer.load, "experiment", "optimizer",
    "an object with state() and load(state), for checkpoints (or give "
    .. "checkpoint = false)", optimizer)
end

---@param o table the experiment's options
---@param seed integer
---@param place { folder: string, every: integer, keep: integer }? of
---  checkpoints, none without it
---@return weyl.run
function train.new(o, seed, place)
  core.seed(seed)
  if o.tune then o.tune:load(o.untuned) end
  local made = make(o, seed)
  local levels = made.regularizer
  check_strengths(o, levels)
  local groups, watched = watch.new(o, made.model, levels)
  local step = core.value_and_grad(loss_function(o, levels))
  if o.data_parallel then step = dist.data_parallel(step) end
  local run = setmetatable({ o = o, seed = seed, model = made.model,
    levels = levels, groups = groups, watched = watched,
    augment = o.augment or made.augment, optimizer = make_optimizer(o),
    prepare = levels and levels.before_step ~= nil,
    proximal = levels and levels.apply == "proximal",
    rate = schedule.named(o.schedule), history = {}, notes = {},
    parameters = parameters.of(made.model), place = place, step = step }, Run)
  if place then check_optimizer(run.optimizer) end
  return run
end

return train
