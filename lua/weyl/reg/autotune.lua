-- reg/autotune.lua: the rule that sets the strengths once during training.
--
-- Kim et al., "Regularizing towards soft equivariance under mixed
-- symmetries", ICML 2023. Before epoch `at` the regularizers R_j are watched;
-- at its end each strength is divided by (m_j / m)^power, where m_j is the
-- level seen for group j and m the smallest among groups with a strength. So
-- the group best kept keeps its strength, others lose theirs by as much as
-- training pulls them away.
--
-- What level is seen. Of the last `window` epochs up to `at`, the vector of
-- all R_j of one epoch: the first, until one comes in which ANY entry is
-- lower; that one then replaces the whole vector. (The authors' program
-- measures 100 epochs and passes over the first 50 of them, which is a window
-- of 50; with its full logging on it would pass over the run's first 50.)

local check = require "weyl.check"

---@class weyl.autotune
---@field at integer
---@field power number
---@field window integer
---@field level number[]? what was seen so far
local Autotune = {}

local meta = { __index = Autotune, __name = "weyl.autotune" }

---Whether the regularizers are needed at the end of an epoch.
---@param epoch integer from 1
---@return boolean
function Autotune:wants(epoch)
  return epoch > self.at - self.window and epoch <= self.at
end

---Takes note of the regularizers of one epoch.
---@param r number[] R_j by group
function Autotune:record(r)
  local lower = not self.level
  for j, value in ipairs(r) do
    lower = lower or value < self.level[j]
  end
  if lower then self.level = table.move(r, 1, #r, 1, {}) end
end

---The strengths after the rule. Groups without a strength stay without one
---and have no say in the smallest level; nothing changes when no level was
---recorded.
---@param strengths number[]
---@return number[]
function Autotune:apply(strengths)
  local least, out = math.huge, {}
  for j, strength in ipairs(strengths) do
    if strength ~= 0 and self.level then
      least = math.min(least, self.level[j])
    end
  end
  for j, strength in ipairs(strengths) do
    local level = self.level and strength ~= 0 and self.level[j] or least
    out[j] = level > least and strength / (level / least) ^ self.power
      or strength
  end
  return out
end

---To be called at the end of every epoch: records, and at epoch `at` sets the
---strengths of the levels.
---@param epoch integer from 1
---@param levels weyl.levels
---@return boolean changed
function Autotune:update(epoch, levels)
  if self:wants(epoch) then self:record(levels:regularizers()) end
  if epoch ~= self.at or not self.level then return false end
  levels:set_strengths(self:apply(levels.strengths))
  return true
end

---The state as a table of plain values, for checkpoints.
---@return table
function Autotune:state()
  return { level = self.level
    and table.move(self.level, 1, #self.level, 1, {}) }
end

---Goes back to a state.
---@param state table
function Autotune:load(state)
  self.level = state.level
    and table.move(state.level, 1, #state.level, 1, {})
end

---See reg.autotune.
---@param opts table
---@return weyl.autotune
local function autotune(opts)
  local o = check.options("reg.autotune", opts, { at = check.none, power = 2,
    window = 50 })
  check.arg(check.whole(o.at, 1), "reg.autotune", "at",
    "an epoch, an integer >= 1", o.at)
  check.arg(type(o.power) == "number" and o.power >= 0, "reg.autotune",
    "power", "a number >= 0", o.power)
  check.arg(check.whole(o.window, 1), "reg.autotune", "window",
    "an integer >= 1", o.window)
  return setmetatable(o, meta)
end

return autotune
