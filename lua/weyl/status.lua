-- status.lua: one line on standard error that says how far work has come.
--
-- On a terminal it is rewritten a few times a second; elsewhere a plain line
-- appears at every tenth of the work. Times are for the reader alone: no
-- number of a run depends on them.

local core = require "weyl.core"

local PERIOD = 0.2 -- seconds between rewritings

---@class weyl.status
---@field started number on core.clock()
local Status = {}
Status.__index = Status

local function columns()
  return tonumber(os.getenv "COLUMNS") or 80
end

---Shows how far the work is.
---@param share number of the work that is done, 1 for all of it
---@param line fun(): string makes the text, called only when it is shown
function Status:show(share, line)
  if self.quiet then return end
  if self.terminal then
    local now = core.clock()
    if now < self.next and share < 1 then return end
    self.next = now + PERIOD
    io.stderr:write("\r", line():sub(1, columns() - 1), "\27[K"):flush()
  elseif share * 10 // 1 > self.tenth then
    self.tenth = share * 10 // 1
    io.stderr:write(line(), "\n"):flush()
  end
end

---Ends the line.
function Status:close()
  if self.terminal and not self.quiet then io.stderr:write "\n" end
end

local status = {}

---@param quiet boolean
---@return weyl.status
function status.new(quiet)
  local now = core.clock()
  return setmetatable({ quiet = quiet, started = now, next = now, tenth = 0,
    terminal = core.terminal() }, Status)
end

---75 -> "1:15", 3700 -> "1:01:40"
---@param seconds number
---@return string
function status.clock(seconds)
  if not (seconds < 1e9) then return "-" end
  local s = math.floor(seconds + 0.5)
  if s < 3600 then return ("%d:%02d"):format(s // 60, s % 60) end
  return ("%d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60)
end

return status
