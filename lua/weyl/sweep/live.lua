-- sweep/live.lua: how far a sweep has come, on standard error.
--
-- On a terminal a few lines are rewritten: a summary, the trials that run,
-- and the best so far. Elsewhere every trial that ends is a line of its own.
-- Times are for the reader alone.

local core = require "weyl.core"
local search = require "weyl.sweep.search"
local status = require "weyl.status"
local tables = require "weyl.tables"

local PERIOD = 0.2 -- seconds between rewritings
local BEST = 5 -- finished trials in view

---@class weyl.sweep.live
---@field o weyl.sweep.options
---@field rows weyl.sweep.row[] of this rung, by place in the list of jobs
---@field total integer
---@field before integer trials that were finished at the start
---@field done integer
---@field failed integer
local Live = {}
Live.__index = Live

local function environment(name, default)
  return math.tointeger(tonumber(os.getenv(name))) or default
end

-- ---- what is said ----

function Live:summary()
  local o, n = self.o, self.done + self.failed - self.before
  local left = (self.total - self.before - n) / n
    * (core.clock() - self.started)
  local rung = o.rungs and ("  %d epochs"):format(self.epochs) or ""
  return ("%s%s  %d/%d done  %d failed  %d running  ETA %s"):format(o.name,
    rung, self.done, self.total, self.failed, self:running(),
    status.clock(left))
end

function Live:running()
  local count = 0
  for _, row in ipairs(self.rows) do
    if row.state == "running" then count = count + 1 end
  end
  return count
end

-- The rows in view: those that run, then the best, as long as there is room.
function Live:view(room)
  local list, best = {}, {}
  for _, row in ipairs(self.rows) do
    if row.state == "running" then list[#list + 1] = row end
    if row.objective then best[#best + 1] = row end
  end
  table.sort(best, search.order(self.o.best))
  table.move(best, 1, math.min(BEST, #best), #list + 1, list)
  return table.move(list, 1, math.max(0, math.min(room, #list)), 1, {})
end

local function show(v)
  if v == nil then return "" end
  return type(v) == "number" and tables.number(v) or tostring(v)
end

function Live:cells(row)
  local cells = { tostring(row.trial) }
  for _, name in ipairs(self.o.names) do
    cells[#cells + 1] = show(row.parameters[name])
  end
  cells[#cells + 1] = show(row.objective)
  local seconds = row.state == "running" and core.clock() - row.started
    or row.seconds
  cells[#cells + 1] = row.state
  cells[#cells + 1] = seconds and status.clock(seconds) or ""
  return cells
end

function Live:block()
  local head = table.move(self.o.names, 1, #self.o.names, 2, { "trial" })
  table.move({ "objective", "state", "time" }, 1, 3, #head + 1, head)
  local lines = { head }
  for _, row in ipairs(self:view(environment("LINES", 24) - 3)) do
    lines[#lines + 1] = self:cells(row)
  end
  return self:summary() .. "\n" .. tables.columns(lines)
end

-- ---- drawing ----

-- Over the lines that are there: up, then clear to the end of the screen.
function Live:erase()
  if self.height > 0 then
    io.stderr:write(("\27[%dA\r\27[J"):format(self.height))
  end
  self.height = 0
end

function Live:draw()
  local now, width = core.clock(), environment("COLUMNS", 80) - 1
  if now < self.next then return end
  self.next = now + PERIOD
  self:erase()
  for line in self:block():gmatch "[^\n]+" do
    io.stderr:write(line:sub(1, width), "\n")
    self.height = self.height + 1
  end
  io.stderr:flush()
end

function Live:say(row)
  if self.terminal or row.state == "running" then return end
  local what = row.state == "failed" and (": " .. row.message:match "[^\n]*")
    or ", objective " .. show(row.objective)
  io.stderr:write(("%s: trial %d %s%s (%d/%d)\n"):format(self.o.name,
    row.trial, row.state, what, self.done + self.failed, self.total)):flush()
end

-- ---- a rung ----

-- A trial began or ended.
function Live:update(state, index)
  local row = self.rows[index]
  if state == "begun" then
    row.state, row.started = "running", core.clock()
    return
  end
  self[state] = self[state] + 1
  row.seconds = row.started and core.clock() - row.started
  local outcome = self.outcome(index)
  if not outcome then return end
  self.o.fill(row, outcome)
  self:say(row)
end

function Live:tell(state, index)
  if state then self:update(state, index) end
  if self.terminal and not self.o.quiet then self:draw() end
end

function Live:close()
  if self.o.quiet or not self.terminal then return end
  self:erase()
  io.stderr:write(self:summary(), "\n"):flush()
end

local live = {}

---What shows one rung of a sweep.
---@param o weyl.sweep.options
---@param rows weyl.sweep.row[] copies, filled as outcomes come
---@param outcome fun(index: integer): weyl.parallel.outcome?
---@return fun(total: integer, before: integer): weyl.parallel.watcher
function live.watch(o, rows, outcome)
  return function(total, before)
    local failed = 0
    for _, row in ipairs(rows) do
      if row.state == "failed" then failed = failed + 1 end
    end
    local now = core.clock()
    local self = setmetatable({ o = o, rows = rows, outcome = outcome,
      total = total, before = before, done = before - failed,
      failed = failed, epochs = rows[1].epochs, started = now, next = now,
      height = 0, terminal = core.terminal() }, Live)
    if o.quiet then self.say = function() end end
    return { tell = function(...) self:tell(...) end,
      close = function() self:close() end }
  end
end

return live
