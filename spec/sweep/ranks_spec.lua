-- ranks_spec.lua: sweeps on the ranks of mpirun.

local helper = require "spec.helper"
local ranks = require "spec.dist.ranks"

-- A spec where ranks can run, else one that says why they cannot.
local function on_ranks(name, f)
  if ranks.missing then
    pending(("%s (%s)"):format(name, ranks.missing))
  else
    it(name, f)
  end
end

describe("a sweep on ranks", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local SWEEP = [[
    local weyl = require "weyl"
    return weyl.sweep { name = "s", output = "FOLDER", search = "halving",
      rungs = { 1, 2 }, trials = 7, space = { x = { 1, 2, 3, 4, 5 } },
      trial = function(p, context)
        local file = io.open("FOLDER/notes", "a")
        file:write(context.trial, "\n")
        file:close()
        BODY
        return p.x + weyl.uniform({}):item()
      end }]]

  local function write(body)
    helper.write(folder .. "/s.lua", (SWEEP:gsub("FOLDER", folder)
      :gsub("BODY", body)))
  end

  local function csv() return helper.read(folder .. "/s/results.csv") end

  local function verb(n, args)
    args = ("sweep %s/s.lua %s"):format(folder, args)
    if n then return ranks.run(n, args) end
    return helper.weyl(args)
  end

  local function notes()
    return select(2, helper.read(folder .. "/notes"):gsub("\n", ""))
  end

  for _, n in ipairs { 2, 4 } do
    on_ranks(("gives what processes give, on %d"):format(n), function()
      write ""
      assert.equal(0, select(3, verb(nil, "-q")))
      local alone = csv()
      os.execute(("rm -r %s/s %s/notes"):format(folder, folder))
      local out, err, status = verb(n, "-q")
      assert.equal(0, status, err)
      assert.matches("^s: 7 trials, 0 failed; best: trial %d\n", out)
      assert.equal(alone, csv())
      assert.equal(9, notes())
      verb(n, "-q")
      assert.equal(9, notes())
    end)
  end

  on_ranks("records failures, and goes on after the end of a rank #slow",
    function()
      write 'if context.trial == 3 then error("three", 0) end'
      local out, _, status = verb(2, "-q")
      assert.equal(1, status)
      assert.matches("\ntrial 3 failed: three\n", out)
      local whole = csv()
      os.execute(("rm -r %s/s %s/notes"):format(folder, folder))
      write [[if context.trial == 5 then os.exit(3) end
        if context.trial == 3 then error("three", 0) end]]
      status = select(3, verb(2, "-q"))
      assert.is_true(status ~= 0 and status ~= 124)
      assert.equal(5, notes())
      write 'if context.trial == 3 then error("three", 0) end'
      verb(3, "-q")
      assert.equal(whole, csv())
      assert.equal(5 + 3 + 2, notes())
    end)

  on_ranks("so is parallel.map, which gives all ranks the results",
    function()
      helper.write(folder .. "/m.lua", (([[
        local weyl = require "weyl"
        local jobs = { { i = 1 }, { i = 2 }, { i = 3 } }
        local rows = weyl.parallel.map(jobs, function(job)
          return { i = job.i, rank = weyl.dist.rank() }
        end, { name = "m", folder = "FOLDER", quiet = true })
        local text, ranks = "", 0
        for _, row in ipairs(rows) do
          text = text .. row.i
          if row.rank > 0 then ranks = ranks + 1 end
        end
        print(text, ranks)]]):gsub("FOLDER", folder)))
      local out, err, status = ranks.run(3, folder .. "/m.lua")
      assert.equal(0, status, err)
      assert.same({ "123\t3", "123\t3", "123\t3" }, ranks.lines(out))
    end)

  on_ranks("has no ranks left for a trial", function()
    write "weyl.dist.data_parallel(print)"
    assert.matches("dist.data_parallel: a job runs on one rank alone",
      (verb(2, "-q")))
  end)
end)
