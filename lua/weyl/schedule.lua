-- schedule.lua: learning rates over a run.
--
-- A schedule is a function: rate(e, n, run) is the factor by which the base
-- learning rate is multiplied in epoch e of n, e from 0. One rate holds for a
-- whole epoch. run is the state of the run: run.history, the rows recorded so
-- far (epoch, train, validation, ...), run.best, run.model, run.levels.
-- Schedules keep no state that does not follow from these, so that a run that
-- is taken up again goes on as before.

local check = require "weyl.check"
local options = require "weyl.options"

---@class weyl.schedule
local schedule = {}

---@alias weyl.rate fun(epoch: number, epochs: integer, run: table?): number

---The same rate throughout.
---@return weyl.rate
function schedule.constant()
  return function() return 1 end
end

---From 1 to `floor` along half a cosine:
---floor + (1 - floor) (1 + cos(pi e / n)) / 2.
---@param opts { floor: number? }? floor 0 unless given
---@return weyl.rate
function schedule.cosine(opts)
  local o = options.read("schedule.cosine", opts,
    { { "floor", "share", default = 0 } })
  return function(e, n)
    return o.floor + (1 - o.floor) * (1 + math.cos(math.pi * e / n)) / 2
  end
end

---Multiplied by `factor` every `every` epochs.
---@param opts { every: integer, factor: number? } factor 0.1 unless given
---@return weyl.rate
function schedule.step(opts)
  local o = options.read("schedule.step", opts,
    { { "every", "count", required = true },
      { "factor", "positive", default = 0.1 } })
  return function(e) return o.factor ^ (e // o.every) end
end

---Rises in equal steps over the first `epochs` epochs, reaching 1 at their
---end; then another schedule runs over what is left.
---@param opts { epochs: integer, after: weyl.rate? } after: constant
---@return weyl.rate
function schedule.warmup(opts)
  local o = options.read("schedule.warmup", opts,
    { { "epochs", "count", required = true },
      { "after", "callable", default = schedule.constant() } })
  return function(e, n, run)
    if e < o.epochs then return (e + 1) / o.epochs end
    return o.after(e - o.epochs, math.max(n - o.epochs, 1), run)
  end
end

-- Takes one more row into account: best error, epochs without a better one,
-- how often the rate has been lowered.
local function watch_row(o, s, row)
  local error = row.validation or row.train
  if error < s.best * (1 - o.threshold) then
    s.best, s.since = error, row.epoch
  elseif row.epoch - s.since >= o.patience then
    s.since, s.lowered = row.epoch, s.lowered + 1
  end
end

---Multiplied by `factor` whenever the validation error (without validation
---data the training error) has not become better by the share `threshold`
---for `patience` epochs; never below `floor`. Errors are known at recorded
---epochs only (option `every` of an experiment).
---@param opts { patience: integer, factor: number?, threshold: number?,
---  floor: number? } factor 0.1, threshold 1e-4, floor 0
---@return weyl.rate
function schedule.plateau(opts)
  local o = options.read("schedule.plateau", opts,
    { { "patience", "count", required = true },
      { "factor", "share", default = 0.1 },
      { "threshold", "share", default = 1e-4 },
      { "floor", "share", default = 0 } })
  local known = setmetatable({}, { __mode = "k" }) -- by run, what was seen
  return function(_, _, run)
    check.arg(type(run) == "table" and type(run.history) == "table",
      "schedule.plateau", "run", "a run with its history", run)
    local s = known[run]
    if not s or s.rows > #run.history then
      s = { rows = 0, best = math.huge, since = 0, lowered = 0 }
      known[run] = s
    end
    for i = s.rows + 1, #run.history do watch_row(o, s, run.history[i]) end
    s.rows = #run.history
    return math.max(o.factor ^ s.lowered, o.floor)
  end
end

---A schedule from its name ("constant", "cosine") or a function itself.
---@param what string|weyl.rate
---@return weyl.rate
function schedule.named(what)
  if type(what) == "function" then return what end
  options.read("schedule.named", { schedule = what },
    { { "schedule", { "constant", "cosine" }, required = true } })
  return schedule[what]()
end

return schedule
