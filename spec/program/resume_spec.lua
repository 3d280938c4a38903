-- resume_spec.lua: `weyl resume`: a run that was killed goes on from the
-- folder that it was started in, in the process that is asked.

local helper = require "spec.helper"
local lfs = require "lfs"
local quote = helper.quote

-- Ends its process where the argument says, writes which one it is.
local SCRIPT = [[
local weyl = require "weyl"
local stop = tonumber((...))
local x = weyl.ones { 4, 1 }
local stat = io.open "/proc/self/stat"
local own = io.open("process", "w")
own:write(stat:read "n", " ", arg[0], " ", arg[1], "\n")
own:close()
return weyl.experiment { name = "e", epochs = 8, every = 1, quiet = true,
  data = { train = { x = x, y = 2 * x } }, checkpoint = { every = 2 },
  model = function() return weyl.nn.linear { inputs = 1, outputs = 1 } end,
  on_record = function(_, row)
    if row.epoch == stop and not io.open "go" then
      os.execute "kill -9 $PPID"
    end
  end }
]]

describe("weyl resume", function()
  local folder, program

  before_each(function()
    folder = helper.folder()
    program = helper.shell("realpath " .. helper.program):sub(1, -2)
    assert(lfs.mkdir(folder .. "/place"))
    helper.write(folder .. "/place/e.lua", SCRIPT)
  end)

  after_each(function() helper.remove(folder) end)

  local function shell(inside, words, before)
    return helper.shell(("cd %s && %s %s %s"):format(quote(folder .. inside),
      before or "", program, words))
  end

  local function history(path)
    return helper.read(folder .. path .. "/metrics.csv")
  end

  -- A run that was killed in epoch 5, and the history of one that was not.
  local function killed()
    assert.equal(0, select(3, shell("/place", "run e.lua 99")))
    local want = history "/place/runs/e-1"
    helper.remove(folder .. "/place/runs")
    assert.equal(137, select(3, shell("/place", "run e.lua 5")))
    helper.write(folder .. "/place/go", "")
    return want
  end

  it("goes on from anywhere, to the same bits", function()
    local want = killed()
    local out, err, status = shell("", "resume place/runs/e-1")
    assert.same({ "", 0 }, { err, status })
    assert.matches("^results, with the parameters of the best epoch\n", out)
    assert.equal(want, history "/place/runs/e-1")
    assert.equal("done", (shell("/place", "runs"):match "%s(done)%s"))
    assert.is_nil(lfs.attributes(folder .. "/runs"))
  end)

  it("knows a run by id and name, here or where it is told", function()
    for _, words in ipairs { "resume 1", "resume e", "resume runs/e-1/" } do
      killed()
      assert.same({ "", 0 }, { select(2, shell("/place", words)) })
      helper.remove(folder .. "/place/runs")
      os.remove(folder .. "/place/go")
    end
    killed()
    assert.same({ "", 0 }, { select(2, shell("", "resume 1",
      "WEYL_RUNS=place/runs")) })
  end)

  it("is the process that trains, with the script's arguments", function()
    killed()
    local out = helper.shell(("cd %s && sh -c 'echo $$; exec %s resume "
      .. "place/runs/e-1'"):format(quote(folder), program))
    assert.equal(out:match "^%d+" .. " e.lua 5\n",
      helper.read(folder .. "/place/process"))
    out = shell("/place", "show 1")
    assert.matches("command  %S*weyl run e.lua 5\n", out)
  end)

  it("refuses another script unless forced", function()
    killed()
    local text = SCRIPT:gsub("epochs = 8", "epochs = 7")
    helper.write(folder .. "/place/e.lua", text)
    local _, err, status = shell("", "resume place/runs/e-1")
    assert.equal(1, status)
    assert.matches("cannot be resumed: epochs was 8 and is 7. To go on all the "
      .. "same use force = true %(weyl resume %-%-force%)", err)
    _, err, status = shell("", "resume place/runs/e-1 --force")
    assert.same({ "", 0 }, { err, status })
    assert.equal(8, select(2, history("/place/runs/e-1"):gsub("\n", "")))
    helper.write(folder .. "/place/e.lua", "")
    _, err, status = shell("/place", "resume runs/e-1")
    assert.same({ "weyl resume: 'e.lua' ended without taking up 'runs/e-1': it "
      .. "runs no experiment of that name and those seeds any more\n", 1 },
      { err, status })
  end)

  it("says what is missing", function()
    killed()
    local function fails(words, message)
      local _, err, status = shell("/place", words)
      assert.same({ "weyl resume: " .. message .. "\n", 1 }, { err, status })
    end
    fails("resume none", "there is no run 'none': give its folder, such as "
      .. "runs/inertia-1, its id or its name (weyl runs lists them)")
    fails("resume runs", "'runs' does not say which script made it; run that "
      .. "with the experiment's option resume = 'runs'")
    os.remove(folder .. "/place/e.lua")
    local path = helper.shell("realpath " .. quote(folder)):sub(1, -2)
    fails("resume runs/e-1", ("the script '%s/place/e.lua' is gone; put it "
      .. "back, then resume"):format(path))
  end)
end)
