-- writers_spec.lua: many processes write to one database and lose nothing.

local weyl = require "weyl"
local helper = require "spec.helper"

-- Begins a run and records 2,500 steps of four numbers; argument: which.
-- Flushing often makes the writers meet.
local WRITER = [[
  local weyl = require "weyl"
  local k, folder = math.tointeger(tonumber(arg[1])), arg[2]
  local record = weyl.runs.open(folder):begin { name = "w" .. k,
    path = folder .. "/w-" .. k, seeds = { k } }
  for step = 1, 2500 do
    record:metrics(k, step, { a = k * step, b = step / 7, c = -step, d = k })
    if step % 50 == 0 then record:flush() end
  end
  record:finish "done"
]]

describe("eight processes", function()
  it("write 10,000 rows each to a new database #slow", function()
    local folder = helper.folder()
    helper.write(folder .. "/writer.lua", WRITER)
    local out, err = helper.shell(([[
      for k in 1 2 3 4 5 6 7 8; do
        %s %s/writer.lua $k %s/runs & pids="$pids $!"
      done
      for pid in $pids; do wait $pid || echo failed; done]]):format(
      helper.program, folder, folder), "")
    assert.same({ "", "" }, { out, err })
    local store = weyl.runs.open(folder .. "/runs")
    local list = store:list()
    assert.equal(8, #list)
    for _, run in ipairs(list) do
      local k = run.seeds[1]
      assert.same({ "w" .. k, "done" }, { run.name, run.status })
      local rows = store:metrics(run.id)
      assert.equal(2500, #rows)
      for step, row in ipairs(rows) do
        if row.step ~= step or row.a ~= k * step or row.b ~= step / 7
            or row.c ~= -step or row.d ~= k then
          error(("run %d is wrong at step %d"):format(run.id, step))
        end
      end
    end
    assert.same({ true }, { store:check() })
    store:close()
    helper.remove(folder)
  end)
end)
