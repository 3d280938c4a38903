-- runs_spec.lua: the verbs that read runs, and those that begin with nothing.

local weyl = require "weyl"
local helper = require "spec.helper"
local results = require "weyl.results"
local quote = helper.quote

local folder, program

-- Runs the program in the folder.
local function verb(words)
  return helper.shell(("cd %s && %s %s"):format(quote(folder), program, words))
end

local function begin(name, path, parameters)
  return weyl.runs.open(folder .. "/runs"):begin { name = name,
    path = folder .. "/runs/" .. path, seeds = { 1, 2 },
    parameters = parameters, environment = { threads = 2,
      command = { "weyl", "a.lua" } },
    script = { path = "a.lua", text = "print(1)\n" },
    started = "2026-03-01T10:20:30Z", seconds = 75 }
end

-- Three runs: two of "a" that ended, one of "b" that failed in its first seed.
local function fill()
  for i = 1, 2 do
    local record = begin("a", "a-" .. i, { lr = 0.1 * i, data = { axis = 3 } })
    for seed = 1, 2 do
      for step = 1, 3 do
        record:metrics(seed, step, { train = 1 / step, validation = seed + i })
      end
      record:results(seed, { epoch = 3, train = 0.25, test = seed * i })
      record:levels(seed, { { group = "SO(2)", strength = seed,
        error = 0.5 }, { group = "C(4)", strength = 10, error = 0.25 } })
    end
    record:artifact("figure", "levels.png")
    record:finish "done"
  end
  local record = begin("b", "b-1", { lr = 0.1 })
  record:metrics(1, 1, { train = 4, validation = 5 })
  record:metrics(1, 2, { train = 3, validation = 4 })
  record:metrics(1, 3, { train = 2, validation = 6 })
  record:finish("failed", "a.lua:3: no more")
end

setup(function()
  folder = helper.folder()
  program = helper.shell("realpath " .. helper.program):sub(1, -2)
  fill()
end)

teardown(function() helper.remove(folder) end)

describe("weyl runs", function()
  it("lists runs with their errors", function()
    local out, err, status = verb "runs"
    assert.same({ "", 0 }, { err, status })
    local path = folder .. "/runs/"
    assert.equal(([[
id  name  seeds  status     started (UTC)  took            error    folder
1   a         2    done  2026-03-01 10:20  1:15  test 1.50 +- 0.50  runs/a-1
2   a         2    done  2026-03-01 10:20  1:15      test 3.0 +- 1.0  runs/a-2
]]):gsub(" +", " "), (out:gsub(path, "runs/"):match "^(.-\n.-\n.-\n)"
      :gsub(" +", " ")))
    assert.matches("\n3 +b +2 +failed .* validation 4 +runs/b%-1\n$", out)
  end)

  it("selects", function()
    local function ids(words)
      local out = {}
      for line in (verb("runs " .. words)):gmatch "[^\n]+" do
        out[#out + 1] = line:match "^%d+"
      end
      return table.concat(out, " ")
    end
    assert.equal("1 2", ids "--name a")
    assert.equal("3", ids "--status failed")
    assert.equal("2 3", ids "--last 2")
    local _, err, status = verb "runs --last 0"
    assert.matches("^weyl runs: .*must be an integer >= 1", err)
    assert.equal(2, status)
    _, err, status = verb "runs --status good"
    assert.matches("must be one of 'running', 'done', 'failed', 'interrupted'",
      err)
    assert.equal(2, status)
  end)

  it("gives JSON, an empty list too", function()
    local list = results.parse((verb "runs --json"))
    assert.equal(3, #list)
    assert.same({ lr = 0.2, data = { axis = 3 } }, list[2].parameters)
    assert.equal("[]\n", (verb "runs --name nobody --json"))
  end)

  it("says where it looked when there are none", function()
    local out, err, status = verb "runs --runs nowhere"
    assert.same({ "", "weyl runs: no runs in 'nowhere/weyl.db'; `weyl new` "
      .. "writes an experiment to start from\n", 0 }, { out, err, status })
    assert.equal("", (helper.shell("ls " .. folder .. " | grep nowhere")))
  end)

  it("takes the folder from the environment", function()
    local out = helper.shell(("cd / && WEYL_RUNS=%s/runs %s runs"):format(
      quote(folder), program))
    assert.matches("\n3 +b ", out)
  end)

  it("checks the database when asked", function()
    local _, err, status = verb "runs --check"
    assert.same({ "", 0 }, { err, status })
  end)
end)

describe("weyl show", function()
  it("shows all that is known of a run", function()
    local out, err, status = verb "show 1"
    assert.same({ "", 0 }, { err, status })
    assert.equal(([[
run 1: a, done
  folder   runs/a-1
  started  2026-03-01 10:20 UTC, took 1:15
  seeds    1, 2
  command  weyl a.lua
  script   a.lua, sha256 %s

parameters
  data.axis          3
  lr                 0.1

environment
  threads            2

results, with the parameters of the best epoch
seed  epoch  train          test
1         3   0.25             1
2         3   0.25             2
mean      -   0.25  1.50 +- 0.50

levels of approximation, by candidate group
group      strength  error
SO(2)  1.50 +- 0.50    0.5
C(4)             10   0.25

files
  figure             runs/a-1/levels.png (not there)
]]):format(weyl.runs.open(folder .. "/runs"):get(1).script.hash:sub(1, 16)),
      (out:gsub(folder .. "/", "")))
  end)

  it("shows the best epoch of a seed that did not end", function()
    local out = verb "show b"
    assert.matches("^run 3: b, failed %(a.lua:3: no more%)\n", out)
    assert.matches("results, of seeds that have not ended the best epoch so "
      .. "far\nseed  epoch  train  validation\n"
      .. "1         2      3           4\n", out)
  end)

  it("prints the script", function()
    assert.equal("print(1)\n", (verb "show 1 --script"))
    weyl.runs.open(folder .. "/typed"):begin { name = "x" }:finish "done"
    local _, err, status = verb "show x --script --runs typed"
    assert.same({ "weyl show: the script of run 1 was not recorded\n", 1 },
      { err, status })
  end)

  it("gives JSON", function()
    local run = results.parse((verb "show 1 --json"))
    assert.same({ lr = 0.1, data = { axis = 3 } }, run.parameters)
    assert.same({ { seed = 1, epoch = 3, test = 1, train = 0.25 },
      { seed = 2, epoch = 3, test = 2, train = 0.25 } }, run.results)
    assert.equal("C(4)", run.levels[2].group)
  end)

  it("takes an id, a folder, or a name", function()
    assert.matches("^run 1:", (verb "show runs/a-1"))
    assert.matches("^run 1:", (verb "show runs/a-1/"))
    assert.matches("^run 1:", (verb("show " .. folder .. "/runs/a-1")))
    assert.matches("^run 1:", (helper.shell(("cd / && %s show %s/runs/a-1")
      :format(program, folder))))
    assert.matches("^run 1:", (verb "show a-1"))
    assert.matches("^run 2:", (verb "show a"))
    local out, err, status = verb "show 77"
    assert.same({ "", "weyl show: there is no run '77' in 'runs/weyl.db'; "
      .. "`weyl runs` lists runs\n", 1 }, { out, err, status })
    err = select(2, verb "show runs/a-3")
    assert.matches("there is no run 'runs/a%-3' in 'runs/weyl.db'", err)
  end)
end)

describe("weyl compare", function()
  it("prints what differs and a table over seeds", function()
    local out, err, status = verb "compare 1 2"
    assert.same({ "", 0 }, { err, status })
    assert.equal([[
differs  1 a  2 a
lr       0.1  0.2

mean and spread over seeds
run  seeds  train            test    took
1 a      2   0.25 *  1.50 +- 0.50 *  1:15
2 a      2   0.25 ~    3.0 +- 1.0    1:15
*: the least; ~: at most one standard deviation from it
]], out)
  end)

  it("says when nothing differs, and names what only one run has", function()
    assert.matches("^nothing differs in parameters, script and environment\n",
      (verb "compare 1 1"))
    local out = verb "compare 1 b"
    assert.matches("\ndata.axis +3 +%-\n", out)
    assert.matches("\nstatus +done +failed\n", out)
    assert.is_nil(out:find "\nlr ")
  end)

  it("gives JSON", function()
    local told = results.parse((verb "compare 1 2 --json"))
    assert.same({ { what = "lr", values = { "0.1", "0.2" } } },
      told.differences)
    assert.equal(3, told.runs[2].results.test.mean)
  end)

  it("needs two runs", function()
    local _, err, status = verb "compare 1"
    assert.matches("^weyl compare: argument 'run' requires at least 2", err)
    assert.equal(2, status)
    _, err, status = verb "compare 1 nobody"
    assert.matches("^weyl compare: there is no run 'nobody'", err)
    assert.equal(1, status)
  end)
end)

describe("weyl new", function()
  it("writes an experiment that runs and finds the symmetry #slow", function()
    local out, err, status = verb "new spring"
    assert.same({ "wrote spring.lua; run it with: weyl run spring.lua\n", "",
      0 }, { out, err, status })
    local text = helper.read(folder .. "/spring.lua")
    assert.matches("^%-%- spring.lua: ", text)
    assert.matches("\n%-%-   weyl show spring\n", text)
    assert.is_nil(text:gsub("weyl%.experiment", ""):find "experiment")
    -- quick: the symmetry shows early
    helper.write(folder .. "/spring.lua", (text:gsub("epochs = 200",
      "epochs = 100, quiet = true"):gsub("seeds = 2", "seeds = 1")))
    out, err, status = verb "run --runs new spring.lua"
    assert.same({ "", 0 }, { err, status })
    assert.matches("\nO%(2%) on axes 1,2 of 3 ", out)
    local store = weyl.runs.open(folder .. "/new")
    local levels = store:levels(1)
    for _, j in ipairs { 1, 3, 4 } do
      assert.is_true(levels[2].error < 0.1 * levels[j].error)
    end
    store:close()
  end)

  it("never writes over a file", function()
    helper.write(folder .. "/mine.lua", "-- mine")
    local _, err, status = verb "new mine.lua"
    assert.same({ "weyl new: 'mine.lua' is there already; give another name\n",
      1 }, { err, status })
    assert.equal("-- mine", helper.read(folder .. "/mine.lua"))
    _, err, status = verb "new 'a b'"
    assert.same({ "weyl new: 'a b': a name is made of letters, digits and . "
      .. "_ -\n", 1 }, { err, status })
    _, err, status = verb "new /proc/x.lua"
    assert.matches("^weyl: cannot write '/proc/x.lua': ", err)
    assert.equal(1, status)
  end)
end)

describe("weyl doctor", function()
  it("finds what is there", function()
    local out, err, status = verb "doctor"
    assert.same({ "", 0 }, { err, status })
    assert.matches("\n  Lua +Lua 5.4, in the program weyl\n", out)
    assert.matches("\n  luasql.sqlite3 +%d+%.%d", out)
    assert.matches("\n  database +'runs/weyl.db', 3 runs, sound\n", out)
    assert.matches("\nall that weyl needs is there\n$", out)
  end)

  it("gives JSON", function()
    local states = {}
    for _, check in ipairs(results.parse((verb "doctor --json"))) do
      states[check.name] = check.state
      assert.equal("string", type(check.text))
    end
    assert.equal("good", states.database)
    assert.equal("note", states.cache) -- specs have none
  end)

  it("says what to do about what is missing", function()
    local out, _, status = helper.shell(("cd %s && PATH=/nowhere %s doctor")
      :format(quote(folder), program))
    assert.equal(0, status)
    assert.matches("\n%- gnuplot +not there, wanted for figures\n +%-> apt "
      .. "install gnuplot%-nox\n", out)
    assert.matches("\n%- git +not there, wanted for the commit recorded with "
      .. "runs\n +%-> apt install git\n", out)
    out, _, status = verb [[-l lfs -l zlib -e 'package.cpath = ""
      os.exit(require("weyl.cli").main { "doctor" }, true)']]
    assert.equal(1, status)
    assert.matches("\n! luasql.sqlite3 +not there, needed for the database of "
      .. "runs\n +%-> apt install lua%-sql%-sqlite3\n", out)
    assert.matches("\n! database +'runs/weyl.db': cannot be opened without "
      .. "lua%-sql%-sqlite3\n +%-> install it %(apt install "
      .. "lua%-sql%-sqlite3%)\n", out)
    assert.matches("\n2 things that weyl needs are wrong, marked !\n$", out)
  end)

  it("looks at the database", function()
    helper.shell(("mkdir %s/bad"):format(folder))
    helper.write(folder .. "/bad/weyl.db", ("x"):rep(1000))
    local out, _, status = verb "doctor --runs bad"
    assert.equal(1, status)
    assert.matches("\n! database +'bad/weyl.db': file is not a database\n +%->"
      .. " move it away %(mkdir bad/bad; mv bad/weyl.db%* bad/bad%), then "
      .. "`weyl runs %-%-rebuild %-%-runs bad` makes a new one", out)
    out = verb "doctor --runs later"
    assert.matches("\n  database +'later/weyl.db' is made by the first run\n",
      out)
    assert.equal("", (helper.shell("ls -d " .. folder .. "/later")))
  end)
end)

describe("verbs without lua-argparse", function()
  it("say what to install", function()
    local _, err, status = helper.weyl [[-e 'package.loaded.argparse = nil
      package.preload.argparse = function() error "no" end
      os.exit(require("weyl.cli").main { "runs" }, true)']]
    assert.same({ "weyl: verbs need lua-argparse, which is not there (apt "
      .. "install lua-argparse)\n", 1 }, { err, status })
  end)
end)
