-- experiment/progress.lua: what a run says while it works; see weyl.status.

local core = require "weyl.core"
local status = require "weyl.status"

---@class weyl.progress
local Progress = {}
Progress.__index = Progress

local function number_text(v)
  return v and ("%.3g"):format(v) or "-"
end

function Progress:line(epoch, row)
  local passed = core.clock() - self.status.started
  local rate = (epoch - self.from) / math.max(passed, 1e-9)
  return ("%s  %d/%d  train %s  val %s  best %s  %.3g/s  ETA %s"):format(
    self.label, epoch, self.epochs, number_text(row.train),
    number_text(row.validation), number_text(row.best), rate,
    status.clock((self.epochs - epoch) / rate))
end

---Says after how many epochs the work begins, 0 unless a run is resumed.
---@param epoch integer
function Progress:begin(epoch) self.from = epoch end

---Reports an epoch.
---@param epoch integer
---@param row { train: number?, validation: number?, best: number? } the
---  latest errors known
function Progress:update(epoch, row)
  self.status:show(epoch / self.epochs, function()
    return self:line(epoch, row)
  end)
end

---Ends the line.
function Progress:close() self.status:close() end

local progress = {}

---@param label string
---@param epochs integer
---@param quiet boolean
---@return weyl.progress
function progress.new(label, epochs, quiet)
  return setmetatable({ label = label, epochs = epochs, from = 0,
    status = status.new(quiet) }, Progress)
end

return progress
