-- trouble_spec.lua: databases that cannot be written or read: the run goes on,
-- what is wrong is said once, with a way forward, and nothing is lost.

local weyl = require "weyl"
local helper = require "spec.helper"
local lfs = require "lfs"
local quote = helper.quote

local TINY = [[
  local weyl = require "weyl"
  local x = weyl.ones { 4, 1 }
  weyl.experiment { name = "tiny", data = { train = { x = x, y = 2 * x } },
    epochs = 6, every = 1, quiet = true, checkpoint = false,
    output = arg[1], model = function()
      return weyl.nn.linear { inputs = 1, outputs = 1 }
    end }:run()
]]

describe("a database", function()
  local folder, runs, script, program

  before_each(function()
    folder = helper.folder()
    runs, script = folder .. "/runs", folder .. "/tiny.lua"
    helper.write(script, TINY)
    program = helper.shell("realpath " .. helper.program):sub(1, -2)
    assert(lfs.mkdir(runs))
  end)

  after_each(function()
    helper.shell("chmod -R u+w " .. quote(folder))
    helper.remove(folder)
  end)

  -- Runs the tiny experiment after some words of a shell; what it says.
  local function train(before)
    local out, err, status = helper.shell(("cd %s && %s %s tiny.lua runs")
      :format(quote(folder), before or "", program))
    assert.equal("", out)
    return err, status
  end

  local function verb(words)
    return helper.shell(("cd %s && %s %s"):format(quote(folder), program,
      words))
  end

  local function metrics_are_there(path)
    local _, lines = helper.read(runs .. "/" .. (path or "tiny-1")
      .. "/metrics.csv"):gsub("\n", "")
    assert.equal(7, lines)
  end

  -- What is said while training, and by a reader.
  local function is_refused(cause)
    local begun = ("weyl: 'runs/tiny-1' is not being recorded: 'runs/weyl.db':"
      .. " %s. The run goes on and writes its files\n"):format(cause)
    local ended = "weyl: 'runs/tiny%-1' ended without its last %d+ rows in the "
      .. "database; `weyl runs %-%-rebuild` takes them from its files\n"
    local err, status = train()
    assert.equal(0, status)
    assert.equal(begun, err:sub(1, #begun))
    assert.matches("^" .. ended .. "$", err:sub(#begun + 1))
    metrics_are_there()
    local out
    out, err, status = verb "runs"
    assert.same({ "", ("weyl: runs: 'runs/weyl.db': %s\n"):format(cause), 1 },
      { out, err, status })
  end

  local CORRUPT = "; move it away (mkdir runs/bad; mv runs/weyl.db* runs/bad),"
    .. " then `weyl runs --rebuild --runs runs` makes a new one from the "
    .. "folders of the runs"
  local ELSEWHERE = ", or name another folder with the option output or the "
    .. "variable WEYL_RUNS"

  it("that is a text is left alone", function()
    helper.write(runs .. "/weyl.db", ("no database\n"):rep(100))
    is_refused("file is not a database" .. CORRUPT)
    assert.equal(("no database\n"):rep(100), helper.read(runs .. "/weyl.db"))
  end)

  it("that lost its end is left alone", function()
    train()
    local text = helper.read(runs .. "/weyl.db")
    helper.shell("rm -r " .. quote(runs .. "/tiny-1"))
    helper.write(runs .. "/weyl.db", text:sub(1, 6000))
    is_refused("database disk image is malformed" .. CORRUPT)
  end)

  it("of another program is left alone", function()
    local db = require("weyl.runs.database").open(runs .. "/weyl.db")
    db:run "CREATE TABLE theirs (x)"
    db:close()
    local before = helper.read(runs .. "/weyl.db")
    is_refused("a database of another program; move it away" .. ELSEWHERE)
    assert.equal(before, helper.read(runs .. "/weyl.db"))
  end)

  it("of a newer weyl is left alone", function()
    train()
    helper.shell("rm -r " .. quote(runs .. "/tiny-1"))
    local db = require("weyl.runs.database").open(runs .. "/weyl.db")
    db:run "PRAGMA user_version = 99"
    db:close()
    is_refused("made by a newer weyl (format 99, this one knows up to 1); "
      .. "update weyl" .. ELSEWHERE)
  end)

  it("that is a folder is refused", function()
    assert(lfs.mkdir(runs .. "/weyl.db"))
    is_refused("unable to open database file; let it be written" .. ELSEWHERE)
  end)

  it("that finds no room is tried again", function()
    local err, status = train "ulimit -f 40;" -- blocks of 512 bytes
    assert.equal(0, status)
    assert.matches("^weyl: 'runs/tiny%-1' is not being recorded: "
      .. "'runs/weyl.db': disk I/O error; see whether its disk is full or "
      .. "broken, or a limit on the size of files is in force %(ulimit %-f%)."
      .. " The run goes on and writes its files\n", err)
    metrics_are_there()
    assert.equal("", (train())) -- nothing is broken
    assert.equal(1, #weyl.runs.open(runs):list { name = "tiny" })
  end)

  it("is made anew from the folders of the runs", function()
    helper.write(script, (TINY:gsub("checkpoint = false, ", "")))
    train()
    train()
    local old = weyl.runs.open(runs)
    local want = { old:get(1), old:metrics(1), old:results(1), old:levels(1),
      old:artifacts(1) }
    old:close()
    helper.write(runs .. "/weyl.db", "lost")
    assert(lfs.mkdir(runs .. "/bad"))
    assert(os.execute(("mv %s/weyl.db* %s/bad"):format(runs, runs)))
    local _, err, status = verb "runs --rebuild --runs runs"
    assert.same({ "weyl runs: read 2 runs into 'runs/weyl.db'\n", 0 },
      { err, status })
    local new = weyl.runs.open(runs)
    local got = { new:get(1), new:metrics(1), new:results(1), new:levels(1),
      new:artifacts(1) }
    -- what files do not tell, or tell differently
    for _, run in ipairs { want[1], got[1] } do
      run.seconds, run.environment, run.script = nil, nil, nil
    end
    assert.same(want, got)
    assert.equal(2, #new:list())
    verb "runs --rebuild" -- again: nothing changes
    assert.same(want[2], new:metrics(1))
    assert.equal(2, #new:list())
    new:close()
  end)

  it("that was moved away while a run goes on is made anew", function()
    local store = weyl.runs.open(runs)
    local record = store:begin { name = "r", path = runs .. "/r-1" }
    record:metrics(1, 1, { train = 1 })
    assert.is_true(record:flush())
    assert(os.execute(("rm %s/weyl.db*"):format(runs)))
    record:metrics(1, 2, { train = 2 })
    record:finish "done"
    store:close()
    assert.same({ { seed = 1, step = 2, train = 2 } },
      weyl.runs.open(runs):metrics(1))
  end)

  it("that could not be written takes all when it can", function()
    local store = weyl.runs.open(runs)
    local record = store:begin { name = "r" }
    local said, stderr = {}, io.stderr
    local function write(self, text)
      said[#said + 1] = text
      return self
    end
    io.stderr = { write = write, flush = function() end } -- luacheck: ignore
    assert(os.rename(runs, folder .. "/away"))
    helper.write(runs, "a file in place of the folder")
    record:metrics(1, 1, { train = 1 })
    local first, again = record:flush(), record:flush()
    os.remove(runs)
    assert(os.rename(folder .. "/away", runs))
    record:metrics(1, 2, { train = 2 })
    local last = record:flush()
    record:finish "done"
    io.stderr = stderr -- luacheck: ignore
    assert.same({ false, false, true }, { first, again, last })
    assert.equal(2, #said)
    assert.matches("^weyl: 'r' is not being recorded: .*weyl.db': unable to "
      .. "open database file", said[1])
    assert.equal("weyl: 'r' is being recorded again\n", said[2])
    assert.equal(1, #store:list()) -- and not a second run
    assert.same({ { seed = 1, step = 1, train = 1 },
      { seed = 1, step = 2, train = 2 } }, store:metrics(1))
    store:close()
  end)

  it("that another process holds is waited for", function()
    local store = weyl.runs.open(runs)
    store:begin { name = "r" }:finish "done"
    local db = require("weyl.runs.database").open(runs .. "/weyl.db")
    db:run "BEGIN IMMEDIATE"
    local pipe = io.popen(("cd %s && %s tiny.lua runs 2>&1"):format(
      quote(folder), program))
    os.execute "sleep 0.3"
    db:run "COMMIT"
    db:close()
    assert.equal("", pipe:read "a")
    assert.is_true((pipe:close()))
    assert.equal("done", store:get(2).status)
    assert.equal(6, #store:metrics(2))
  end)

  -- Root may write anywhere; nobody may not.
  local function as_user(command)
    local root = helper.shell "id -u" == "0\n"
    return (root and "setpriv --reuid=65534 --clear-groups " or "") .. command
  end

  it("in a folder that cannot be written is read", function()
    train()
    helper.shell(("chmod -R a+rX %s; chmod a-w %s %s/*"):format(folder, runs,
      runs))
    local out, err, status = helper.shell(("cd %s && %s"):format(
      quote(folder), as_user(program .. " runs")))
    if err:find "Permission denied" then
      return pending "the program cannot be run by others"
    end
    assert.same({ "", 0 }, { err, status })
    assert.matches("\n1 +tiny +1 +done ", out)
  end)

  it("in a folder that cannot be written does not end a run", function()
    helper.shell(("chmod a+rwX %s; chmod a-w %s"):format(folder, runs))
    local code = ([[
      local weyl = require "weyl"
      local record = weyl.runs.open "runs":begin { name = "r" }
      record:metrics(1, 1, { train = 1 })
      record:finish "done"]])
    local _, err, status = helper.shell(("cd %s && %s"):format(quote(folder),
      as_user(program .. " -e " .. quote(code))))
    if err:find "Permission denied" then
      return pending "the program cannot be run by others"
    end
    assert.equal(0, status)
    assert.equal("weyl: 'r' is not being recorded: 'runs/weyl.db': unable to "
      .. "open database file; let it be written" .. ELSEWHERE .. ". The run "
      .. "goes on\nweyl: 'r' ended without its last 1 rows in the database\n",
      err)
  end)

  it("survives writers that are killed at any moment #slow", function()
    helper.write(folder .. "/writer.lua", [[
      local weyl = require "weyl"
      local record = weyl.runs.open "runs":begin { name = "k",
        path = "runs/k-" .. arg[1] }
      print "begun"
      io.stdout:flush()
      for step = 1, math.maxinteger do
        record:metrics(1, step, { a = step, b = -step })
        record:flush()
      end]])
    for i = 1, 12 do
      helper.shell(("cd %s && { %s writer.lua %d & } && sleep 0.0%d; kill -9 "
        .. "$!; wait"):format(quote(folder), program, i, i % 10))
    end
    local store = weyl.runs.open(runs)
    assert.same({ true }, { store:check() })
    for _, run in ipairs(store:list()) do
      assert.equal("interrupted", run.status)
      for step, row in ipairs(store:metrics(run.id)) do
        assert.same({ seed = 1, step = step, a = step, b = -step }, row)
      end
    end
    assert.is_true(#store:list() > 0)
    store:close()
  end)
end)
