-- live_spec.lua: what is shown while trials run.

local core = require "weyl.core"
local live = require "weyl.sweep.live"

describe("the lines of a running sweep", function()
  local terminal, errors, said = core.terminal, io.stderr, nil

  before_each(function()
    said = {}
    rawset(io, "stderr", {
      write = function(self, ...)
        for _, text in ipairs { ... } do said[#said + 1] = text end
        return self
      end,
      flush = function() end })
  end)
  after_each(function()
    core.terminal = terminal
    rawset(io, "stderr", errors)
  end)

  local function all() return table.concat(said) end

  -- Three trials, of which the first failed before; 2 and 3 run, 3 is ready
  -- first.
  local function play(more)
    local o = { name = "s", names = { "lr" }, best = "least",
      fill = function(row, outcome)
        row.state = outcome.result and "done" or "failed"
        row.objective = outcome.result
        row.message = outcome.failure
      end }
    for key, value in next, more or {} do o[key] = value end
    local rows, outcomes = {}, {}
    for i = 1, 3 do
      rows[i] = { trial = i, parameters = { lr = i / 10 }, state = "waiting" }
    end
    rows[1].state = "failed"
    local watcher = live.watch(o, rows, function(i)
      return outcomes[i]
    end)(3, 1)
    watcher.tell("begun", 2)
    watcher.tell("begun", 3)
    outcomes[3] = { result = 0.25 }
    watcher.tell("done", 3)
    watcher.tell()
    outcomes[2] = { failure = "no\nmore" }
    watcher.tell("failed", 2)
    watcher.close()
    return all()
  end

  it("are one per trial elsewhere, none when quiet", function()
    core.terminal = function() return false end
    assert.equal("s: trial 3 done, objective 0.25 (2/3)\n"
      .. "s: trial 2 failed: no (3/3)\n", play())
    said = {}
    assert.equal("", play { quiet = true })
  end)

  it("are a block that is rewritten on a terminal", function()
    core.terminal = function() return true end
    local clock, now = core.clock, 0
    core.clock = function()
      now = now + 1
      return now
    end
    local ok, text = pcall(play)
    core.clock = clock
    assert.is_true(ok, text)
    assert.matches("^s  0/3 done  1 failed  1 running  ETA %-\n"
      .. "trial   lr  objective    state  time\n"
      .. "2      0.2             running  0:%d%d\n\27%[3A\r\27%[J", text)
    assert.matches("J?s  1/3 done  1 failed  1 running  ETA 0:%d%d\n"
      .. "trial   lr  objective    state  time\n"
      .. "2      0.2             running  0:%d%d\n"
      .. "3      0.3       0.25     done  0:%d%d\n\27%[4A\r\27%[J", text)
    assert.matches("Js  1/3 done  2 failed  0 running  ETA 0:00\n$", text)
    said = {}
    assert.equal("", play { quiet = true })
  end)

  it("name the epochs of a rung", function()
    core.terminal = function() return true end
    assert.matches("^s  9 epochs  ", (function()
      local rows = { { trial = 1, parameters = { lr = 1 }, epochs = 9,
        state = "waiting" } }
      local watcher = live.watch({ name = "s", names = { "lr" },
        best = "least", rungs = { 3, 9 } }, rows, function() end)(1, 0)
      watcher.tell("begun", 1)
      watcher.close()
      return all()
    end)())
  end)
end)
