-- reg/scripted.lua: strengths that a script sets: by a function of the epoch
-- and the run's state, or by a schedule that scales them all.
--
-- Like every tuner these have update(epoch, levels, run), called at the end of
-- an epoch, state() and load(state); begin(levels, run) is called once before
-- the first epoch.

local check = require "weyl.check"
local options = require "weyl.options"
local schedule = require "weyl.schedule"

local scripted = {}

-- ---- a function ----

---@class weyl.scripted
---@field f function
local Scripted = {}
Scripted.__index = Scripted
Scripted.__name = "weyl.scripted"

---Calls the function; strengths that it returns are set.
---@param epoch integer from 1
---@param levels weyl.levels
---@param run table? the state of the run
---@return boolean changed whether strengths were returned
function Scripted:update(epoch, levels, run)
  local strengths = self.f(epoch, levels, run)
  if strengths == nil then return false end
  check.arg(type(strengths) == "table", "tune", "result",
    "a table of strengths, one per group, or nil", strengths)
  levels:set_strengths(strengths)
  return true
end

---A function has no state that could be saved.
---@return table
function Scripted.state() return {} end

---Nothing to go back to.
function Scripted.load() end

---A tuner from a function (epoch, levels, run) that sets strengths or returns
---them.
---@param f fun(epoch: integer, levels: weyl.levels, run: table?): number[]?
---@return weyl.scripted
function scripted.of(f) return setmetatable({ f = f }, Scripted) end

-- ---- a schedule ----

---@class weyl.strength_schedule
---@field rate weyl.rate
---@field base number[]? the strengths that are scaled
local Schedule = {}
Schedule.__index = Schedule
Schedule.__name = "weyl.strength_schedule"

-- Strengths of epoch e, from 0, of n.
local function set(self, e, levels, run)
  local factor, list = self.rate(e, run.o.epochs, run), {}
  check.arg(type(factor) == "number" and factor >= 0, "reg.schedule", "rate",
    "a function that gives numbers >= 0", factor)
  for j, s in ipairs(self.base) do list[j] = factor * s end
  levels:set_strengths(list)
end

---Before the first epoch: what the strengths are now is what will be scaled.
---@param levels weyl.levels
---@param run table
function Schedule:begin(levels, run)
  local s = levels.strengths
  self.base = self.base or table.move(s, 1, #s, 1, {})
  set(self, 0, levels, run)
end

---At the end of an epoch: the strengths of the next; after the last epoch they
---stay.
---@param epoch integer from 1
---@param levels weyl.levels
---@param run table
---@return boolean changed
function Schedule:update(epoch, levels, run)
  if epoch >= run.o.epochs then return false end
  set(self, epoch, levels, run)
  return true
end

---What load takes up again.
---@return table
function Schedule:state()
  return { base = self.base and table.move(self.base, 1, #self.base, 1, {}) }
end

---Goes back to what state() gave.
---@param state table
function Schedule:load(state)
  self.base = state.base and table.move(state.base, 1, #state.base, 1, {})
end

---See reg.schedule.
---@param opts table?
---@return weyl.strength_schedule
function scripted.schedule(opts)
  local o = options.read("reg.schedule", opts,
    { { "rate", "any", default = "cosine" } })
  return setmetatable({ rate = schedule.named(o.rate) }, Schedule)
end

return scripted
