-- experiment_spec.lua: what an experiment leaves in the database of runs is
-- what it leaves in its files, and what it returns.

local weyl = require "weyl"
local core = require "weyl.core"
local helper = require "spec.helper"
local results = require "weyl.results"
local quote = helper.quote

local nn, reg, rep, group = weyl.nn, weyl.reg, weyl.rep, weyl.group

describe("an experiment", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local function experiment(opts)
    weyl.seed(5)
    local function part(n)
      local x = weyl.normal({ n, 2 }):eval()
      return { x = x, y = (x * x:square():sum(2, true)):eval() }
    end
    local o = { name = "radial", epochs = 6, every = 2, batch = 20, seeds = 2,
      data = { name = "radial", train = part(40), validation = part(20),
        test = part(20), rep_in = rep.V, rep_out = rep.V },
      model = function()
        return nn.emlp { rep_in = rep.V, rep_out = rep.V, group = group.O(2),
          soft = true, channels = 4, depth = 1 }
      end,
      regularizer = function(model)
        return reg.mixed(model, { group.O(2), group.C(4) },
          { strengths = { 0.1, 0.2 } })
      end, output = folder .. "/runs", quiet = true }
    for name, value in next, opts or {} do o[name] = value end
    return weyl.experiment(o)
  end

  it("is recorded as it runs, number for number", function()
    local seen = {}
    local r = experiment { on_record = function(_, row)
      seen[#seen + 1] = row
    end }:run()
    local store = weyl.runs.open(folder .. "/runs")
    local run = store:get "radial"
    assert.same({ "done", folder .. "/runs/radial-1-2", { 1, 2 } },
      { run.status, run.path, run.seeds })
    local rows = store:metrics(run.id)
    assert.equal(#seen, #rows)
    for i, row in ipairs(rows) do
      local want = table.move(seen, i, i, 1, {})[1]
      for name, value in next, want do
        if name ~= "epoch" then assert.equal(value, row[name]) end
      end
      assert.equal(want.epoch, row.step)
    end
    for i, seed in ipairs(store:results(run.id)) do
      for _, name in ipairs { "train", "validation", "test", "epoch",
        "parameters" } do
        assert.equal(r.seeds[i][name], seed[name])
      end
    end
    local levels = store:levels(run.id)
    assert.equal(4, #levels)
    for i, level in ipairs(levels) do
      local want = r.seeds[(i + 1) // 2].levels[(i + 1) % 2 + 1]
      for name, value in next, want do assert.equal(value, level[name]) end
    end
    local kinds = {}
    for _, artifact in ipairs(store:artifacts(run.id)) do
      assert.truthy(results.text(artifact.path))
      kinds[#kinds + 1] = artifact.kind
    end
    assert.same({ "environment", "metrics", "parameters", "parameters",
      "results", "settings" }, kinds)
    store:close()
  end)

  it("records its options, its machine and its script", function()
    helper.write(folder .. "/s.lua", [[
      local weyl = require "weyl"
      local x = weyl.ones { 4, 1 }
      weyl.experiment { name = "s", data = { train = { x = x, y = x } },
        epochs = 2, lr = 0.25, quiet = true, model = function()
          return weyl.nn.linear { inputs = 1, outputs = 1 }
        end }:run()]])
    local program = helper.shell("realpath " .. helper.program):sub(1, -2)
    local _, err, status = helper.shell(("cd %s && WEYL_RUNS=elsewhere %s "
      .. "s.lua one 'two 2'"):format(quote(folder), program))
    assert.same({ "", 0 }, { err, status })
    local run = weyl.runs.open(folder .. "/elsewhere"):get(1)
    assert.equal(0.25, run.parameters.lr)
    assert.equal("s.lua", run.script.path)
    assert.equal(helper.read(folder .. "/s.lua"), run.script.text)
    assert.equal(helper.shell("sha256sum " .. quote(folder .. "/s.lua"))
      :sub(1, 64), run.script.hash)
    local is, was = core.environment(), run.environment
    for _, name in ipairs { "version", "instructions", "blas_core" } do
      assert.equal(is[name], was[name])
    end
    assert.same({ program, "s.lua", "one", "two 2" }, was.command)
    assert.equal(folder, was.folder)
    assert.equal((helper.shell "hostname"):sub(1, -2), was.host)
    assert.equal("string", type(was.system))
  end)

  it("records the commit of its folder, and whether files differ", function()
    local function git_of(change)
      return (helper.shell(([[cd %s && rm -rf g && mkdir g && cd g &&
        git init -q . && echo 1 >a && git add a && git -c user.name=a \
        -c user.email=a@b commit -q -m a && %s &&
        %s -e 'print(require("weyl.runs.machine").environment().git)' &&
        git rev-parse HEAD]]):format(quote(folder), change,
        (helper.shell("realpath " .. helper.program):sub(1, -2)))))
    end
    local told, commit = git_of("true"):match "(.-)\n(.-)\n"
    assert.equal(commit, told)
    told, commit = git_of("echo 2 >a"):match "(.-)\n(.-)\n"
    assert.equal(commit .. "-dirty", told)
  end)

  it("that fails or is interrupted says so", function()
    for message, status in pairs { ["boo!"] = "failed",
      ["interrupted!"] = "interrupted" } do
      local name = status
      assert.has_error(function()
        experiment { name = name, on_record = function(_, row)
          if row.epoch == 4 then error(message, 0) end
        end }:run()
      end)
      local store = weyl.runs.open(folder .. "/runs")
      local run = store:get(name)
      assert.same({ status, message }, { run.status, run.message })
      assert.equal(2, #store:metrics(run.id))
      store:close()
    end
    assert.has_error(function()
      experiment { name = "model", model = function() error("no model", 0) end
        }:run()
    end)
    local run = weyl.runs.open(folder .. "/runs"):get "model"
    assert.same({ "failed", "no model" }, { run.status, run.message })
  end)

  it("that ends its script is recorded without the traceback", function()
    helper.write(folder .. "/s.lua", [[
      local weyl = require "weyl"
      local x = weyl.ones { 4, 1 }
      weyl.experiment { name = "s", data = { train = { x = x, y = x } },
        epochs = 2, quiet = true, output = arg[1], model = function()
          return weyl.nn.linear { inputs = 1, outputs = 1 }
        end, on_record = function() error "no\nmore" end }:run()]])
    local _, err, status = helper.weyl(("%s/s.lua %s/runs"):format(folder,
      folder))
    assert.equal(1, status)
    assert.matches("s.lua:6: no\nmore\nstack traceback:\n", err)
    local run = weyl.runs.open(folder .. "/runs"):get(1)
    assert.equal("failed", run.status)
    assert.matches("s.lua:6: no\nmore$", run.message)
    assert.matches("^run 1: s, failed %(.*s.lua:6: no more%)\n",
      (helper.weyl("show 1 --runs " .. folder .. "/runs")))
  end)

  it("without output is not recorded", function()
    experiment { output = false }:run()
    assert.equal("", (helper.shell("ls " .. folder)))
  end)

  it("goes on under its id, with all its rows", function()
    local want = experiment { name = "whole", seeds = 1 }:run()
    local function stopped(opts)
      return experiment { name = "r", seeds = 1, checkpoint = { every = 2 },
        on_record = opts }
    end
    pcall(function()
      stopped(function(_, row)
        if row.epoch == 6 then error("interrupted!", 0) end
      end):run()
    end)
    local store = weyl.runs.open(folder .. "/runs")
    assert.equal("interrupted", store:get(2).status)
    store:close()
    stopped(function() end):run { resume = folder .. "/runs/r-1",
      force = true }
    local run = store:get "r"
    assert.same({ 2, "done" }, { run.id, run.status })
    local rows = store:metrics(2)
    assert.equal(3, #rows)
    for i, row in ipairs(rows) do
      assert.equal(want.seeds[1].history[i].train, row.train)
    end
    store:close()
  end)

  it("that `weyl run` ran goes on with `weyl resume` and its id", function()
    helper.write(folder .. "/s.lua", [[
      local weyl = require "weyl"
      local x = weyl.ones { 4, 1 }
      return weyl.experiment { name = "s", quiet = true, epochs = 4, every = 1,
        data = { train = { x = x, y = 2 * x } }, checkpoint = { every = 1 },
        model = function()
          return weyl.nn.linear { inputs = 1, outputs = 1 }
        end, on_record = function(_, row)
          if row.epoch == 3 and not io.open "go" then os.exit(3) end
        end }]])
    local program = helper.shell("realpath " .. helper.program):sub(1, -2)
    local function verb(words)
      return helper.shell(("cd %s && %s %s"):format(quote(folder), program,
        words))
    end
    local _, _, status = verb "run --runs mine s.lua"
    assert.equal(3, status)
    assert.matches("\n1 +s +1 +interrupted ", (verb "runs --runs mine"))
    helper.write(folder .. "/go", "")
    local _, err, again = verb "resume mine/s-1"
    assert.same({ "", 0 }, { err, again })
    assert.matches("\n1 +s +1 +done ", (verb "runs --runs mine"))
    local store = weyl.runs.open(folder .. "/mine")
    assert.equal(4, #store:metrics(1))
    store:close()
  end)

  it("keeps figures that are added later", function()
    experiment { seeds = 1, epochs = 1 }:run()
    local store = weyl.runs.open(folder .. "/runs")
    store:artifact(1, "figure", folder .. "/runs/radial-1/levels.png")
    assert.same({ kind = "figure",
      path = folder .. "/runs/radial-1/levels.png" }, store:artifacts(1)[2])
    assert.error_matches(function() store:artifact(2, "figure", "x") end,
      "store:artifact: argument 'id' must be that of a run, got 2", 1, true)
    store:close()
  end)
end)
