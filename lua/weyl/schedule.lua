-- schedule.lua: learning rates over a run.
--
-- A schedule is a function: rate(e, n) is the factor by which the base
-- learning rate is multiplied in epoch e of n, e from 0. One rate holds for a
-- whole epoch.

local options = require "weyl.options"

---@class weyl.schedule
local schedule = {}

---@alias weyl.rate fun(epoch: number, epochs: integer): number

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
  return function(e, n)
    if e < o.epochs then return (e + 1) / o.epochs end
    return o.after(e - o.epochs, math.max(n - o.epochs, 1))
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
