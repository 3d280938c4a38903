-- experiment/progress.lua: what a run says while it works, on standard error.
--
-- On a terminal one line is rewritten a few times a second; elsewhere a plain
-- line appears at every tenth of the run. Times are for the reader alone: no
-- number of a run depends on them.

local core = require "weyl.core"

local PERIOD = 0.2 -- seconds between rewritings

---@class weyl.progress
local Progress = {}
Progress.__index = Progress

-- 75 -> "1:15", 3700 -> "1:01:40"
local function clock_text(seconds)
  local s = math.floor(seconds + 0.5)
  if s < 3600 then return ("%d:%02d"):format(s // 60, s % 60) end
  return ("%d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60)
end

local function number_text(v)
  return v and ("%.3g"):format(v) or "-"
end

function Progress:line(epoch, row)
  local passed = core.clock() - self.started
  local rate = epoch / math.max(passed, 1e-9)
  return ("%s  %d/%d  train %s  val %s  best %s  %.3g/s  ETA %s"):format(
    self.label, epoch, self.epochs, number_text(row.train),
    number_text(row.validation), number_text(row.best), rate,
    clock_text((self.epochs - epoch) / rate))
end

local function columns()
  return tonumber(os.getenv "COLUMNS") or 80
end

---Reports an epoch.
---@param epoch integer
---@param row { train: number?, validation: number?, best: number? } the
---  latest errors known
function Progress:update(epoch, row)
  if self.quiet then return end
  if self.terminal then
    local now = core.clock()
    if now < self.next and epoch < self.epochs then return end
    self.next = now + PERIOD
    io.stderr:write("\r", self:line(epoch, row):sub(1, columns() - 1),
      "\27[K"):flush()
  elseif epoch * 10 // self.epochs > self.tenth then
    self.tenth = epoch * 10 // self.epochs
    io.stderr:write(self:line(epoch, row), "\n"):flush()
  end
end

---Ends the line.
function Progress:close()
  if self.terminal and not self.quiet then io.stderr:write "\n" end
end

local progress = {}

---@param label string
---@param epochs integer
---@param quiet boolean
---@return weyl.progress
function progress.new(label, epochs, quiet)
  local now = core.clock()
  return setmetatable({ label = label, epochs = epochs, quiet = quiet,
    started = now, next = now, tenth = 0, terminal = core.terminal() },
    Progress)
end

return progress
