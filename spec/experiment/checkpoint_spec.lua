-- checkpoint_spec.lua: which checkpoints are kept, and what is said when a run
-- cannot go on.

local core = require "weyl.core"
local helper = require "spec.helper"
local lfs = require "lfs"
local results = require "weyl.results"
local safetensors = require "weyl.data.safetensors"
local weyl = require "weyl"

local folder, said
local stderr = io.stderr

before_each(function()
  folder, said = helper.folder(), ""
  io.stderr = setmetatable({}, { __index = { -- luacheck: ignore
    write = function(self, ...)
      said = said .. table.concat { ... }
      return self
    end,
    flush = function(self) return self end } })
end)
after_each(function()
  core.fail_file(0)
  io.stderr = stderr -- luacheck: ignore
  helper.remove(folder)
end)

weyl.seed(3)
local x = core.normal { 20, 2 }:eval()
local part = { x = x, y = (x * 2):eval() }

local function experiment(opts)
  local o = { name = "e", data = { train = part, validation = part },
    model = function() return weyl.nn.linear { inputs = 2, outputs = 2 } end,
    epochs = 10, batch = 8, every = 1, output = folder, quiet = true }
  for name, value in pairs(opts or {}) do o[name] = value end
  return weyl.experiment(o)
end

-- Runs into epoch 7, where an error stops it; its folder.
local function stopped(opts)
  local o = { on_record = function(_, row)
    if row.epoch == 7 then error("stop", 0) end
  end }
  for name, value in pairs(opts or {}) do o[name] = value end
  local e = experiment(o)
  assert.error_matches(function() e:run() end, "^stop$")
  said = ""
  return e.results.path
end

-- One that goes on with the above.
local function again(opts, how)
  local o = { on_record = function() end }
  for name, value in pairs(opts or {}) do o[name] = value end
  return experiment(o):run(how or { resume = folder .. "/e-1" })
end

local function names(path)
  local list = {}
  for name in lfs.dir(path) do
    if name:find "[^.]" then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function damage(path, at, text)
  local bytes = helper.read(path)
  at = at < 0 and #bytes + 1 + at or at
  helper.write(path, bytes:sub(1, at - 1) .. text .. bytes:sub(at + #text))
end

describe("checkpoints", function()
  it("are the last ones and the best parameters", function()
    local r = experiment { epochs = 25, checkpoint = { every = 4, keep = 3 } }
      :run()
    local place = folder .. "/e-1/checkpoints/seed-1"
    assert.same({ "20.safetensors", "24.safetensors", "25.safetensors",
      "best.safetensors" }, names(place))
    local best, texts = safetensors.read(place .. "/best.safetensors")
    local seed = r.seeds[1]
    assert.same({ epoch = tostring(seed.epoch),
      error = results.number(seed.validation) }, texts)
    assert.same(seed.model.weight:totable(), best.weight:totable())
    assert.same(seed.model.bias:totable(), best.bias:totable())
  end)

  it("come ten times in a run, two are kept", function()
    experiment { epochs = 40 }:run()
    assert.same({ "36.safetensors", "40.safetensors", "best.safetensors" },
      names(folder .. "/e-1/checkpoints/seed-1"))
  end)

  it("are left out when asked", function()
    local path = stopped { checkpoint = false }
    assert.is_nil(lfs.attributes(path .. "/checkpoints", "mode"))
    local r = again { checkpoint = false }
    assert.equal(10, #r.seeds[1].history) -- from the beginning
    assert.same(experiment():run().seeds[1].history, r.seeds[1].history)
  end)

  it("that find a full disk do not end the run", function()
    local want = experiment { name = "f" }:run()
    local count = 0
    local got = experiment { on_record = function(_, row)
      if row.epoch > 3 and row.epoch < 7 then core.fail_file(2) end
      count = count + 1
    end }:run()
    assert.equal(10, count)
    assert.same(want.seeds[1].history, got.seeds[1].history)
    assert.equal(("weyl: no checkpoint of epoch 4: cannot write '%s/e-1/"
      .. "checkpoints/seed-1/best.safetensors': No space left on device; the "
      .. "run goes on\n"):format(folder), said) -- once
    assert.same({ "10.safetensors", "9.safetensors", "best.safetensors" },
      names(folder .. "/e-1/checkpoints/seed-1"))
  end)

  it("need options and an optimizer that they understand", function()
    local function fails(message, opts)
      assert.error_matches(function() experiment(opts):run() end, message, 1,
        true)
    end
    fails("argument 'checkpoint' must be { every = epochs, keep = how many } "
      .. "or false, got 3", { checkpoint = 3 })
    fails("experiment: checkpoint: there is no option 'evry' (did you mean "
      .. "'every'?)", { checkpoint = { evry = 3 } })
    fails("keep must be an integer >= 1, got 0", { checkpoint = { keep = 0 } })
    fails("argument 'optimizer' must be an object with state() and "
      .. "load(state), for checkpoints (or give checkpoint = false), got a "
      .. "table", { optimizer = function()
        return { step = function() end }
      end })
    fails("argument 'tune' must be reg.autotune { ... }, got a table",
      { tune = { update = print, state = print } })
    fails("argument 'resume' must be a run's folder, true or false, got 1",
      { resume = 1 })
    fails("results.json: cannot write a function", { on_record = function(run)
      run.notes.f = print
    end })
  end)
end)

describe("resuming", function()
  it("goes on in the same folder and ends the same", function()
    local want = experiment { name = "f" }:run().seeds[1]
    local path = stopped()
    local seen = {}
    local r = again { on_record = function(_, row)
      seen[#seen + 1] = row.epoch
    end }
    assert.equal(path, r.path)
    assert.same({ 7, 8, 9, 10 }, seen)
    for _, name in ipairs { "history", "train", "validation", "epoch" } do
      assert.same(want[name], r.seeds[1][name])
    end
    assert.same(want.model.weight:totable(), r.seeds[1].model.weight:totable())
    assert.matches('"resumed": 1', helper.read(path .. "/environment.json"))
    assert.equal("", said)
  end)

  it("of a finished run gives its results", function()
    local first = experiment():run()
    local count = 0
    local second = again({ on_record = function() count = count + 1 end })
    assert.equal(0, count)
    assert.same(first.summary, second.summary)
    assert.same(first.seeds[1].history, second.seeds[1].history)
  end)

  it("takes the last run when it is left to weyl", function()
    experiment():run()
    local path = stopped()
    assert.equal(folder .. "/e-1.2", path)
    assert.equal(path, again({}, { resume = true }).path)
    assert.equal(path, again({ resume = true }, {}).path)
    assert.equal(folder .. "/e-1.3", again({ resume = true },
      { resume = false }).path)
    assert.equal("", said)
    assert.equal(folder .. "/e-1.4", again({ resume = true, lr = 0.5 }, {})
      .path)
    assert.matches("weyl: not resuming '.*/e%-1%.3': lr was 0.001 and is "
      .. "0.5\n", said)
    assert.equal(folder .. "/new-1", again({ resume = true, name = "new" },
      {}).path)
  end)

  it("goes over a damaged checkpoint to the one before", function()
    local want = experiment { name = "f" }:run().seeds[1].history
    for _, how in ipairs {
      { -9, "x", "the checksum is wrong" },
      { 200, "~", "" }, -- in the header
      { 1, ("x"):rep(8), "a header of %d+ bytes; this is no .safetensors" },
    } do
      local path = stopped()
      damage(path .. "/checkpoints/seed-1/6.safetensors", how[1], how[2])
      local r = again({}, { resume = path })
      assert.same(want, r.seeds[1].history)
      assert.matches("^weyl: a damaged checkpoint, '.*/6.safetensors': "
        .. how[3] .. ".*; trying that of epoch 5\n$", said)
    end
    local path = stopped()
    for _, e in ipairs { 5, 6 } do
      helper.write(("%s/checkpoints/seed-1/%d.safetensors"):format(path, e),
        "")
    end
    assert.same(want, again({}, { resume = path }).seeds[1].history)
    assert.matches("'.*/5.safetensors': the file ends within the length of "
      .. "the header; seed 1 begins anew\n$", said)
  end)

  it("refuses files that are no checkpoints of weyl", function()
    local path = stopped()
    local place = path .. "/checkpoints/seed-1/"
    safetensors.write(place .. "6.safetensors", { a = core.ones { 1 } })
    again()
    assert.matches("'.*': this is no checkpoint of weyl %d", said)
  end)

  it("removes what a killed process left", function()
    local path = stopped()
    local place = path .. "/checkpoints/seed-1"
    helper.write(place .. "/6.safetensors.123.tmp", "half")
    helper.write(path .. "/metrics.csv.123.tmp", "half")
    helper.write(place .. "/4.safetensors", "should have been removed")
    again { checkpoint = { every = 7 } }
    assert.same({ "10.safetensors", "7.safetensors", "best.safetensors" },
      names(place))
    assert.same({ "checkpoints", "environment.json", "metrics.csv",
      "results.json", "settings.json" }, names(path))
    again() -- of a finished run
    assert.same({ "10.safetensors", "7.safetensors", "best.safetensors" },
      names(place))
  end)

  it("waits for no other process", function()
    local path = stopped()
    local script = folder .. "/s.lua"
    helper.write(script, [[
      require("weyl.experiment.resume").lock(arg[1])
      print(pcall(require("weyl.experiment.resume").lock, arg[1]))
      os.execute(arg[-1] .. " " .. arg[0] .. " " .. arg[1])]])
    local out = helper.shell(("%s %s %s 2>&1"):format(helper.program, script,
      path))
    assert.matches("^true\t.*experiment: another process is working on '.*'; "
      .. "wait for it, or end it", out)
    again()
    assert.is_nil(lfs.attributes(path .. "/lock"))
  end)

  it("refuses the checkpoint of another model", function()
    local path = stopped()
    local before = helper.read(path .. "/results.json")
    local function fails(message, opts)
      assert.error_matches(function() again(opts) end, message, 1, true)
      assert.equal(before, helper.read(path .. "/results.json"))
    end
    fails("experiment: the checkpoint '" .. path .. "/checkpoints/seed-1/"
      .. "6.safetensors' is of another model: 'bias' is f32 [2] there and "
      .. "f64 [2] here; resume with the model that it was made with, or run "
      .. "without resume to begin a new run", { model = function()
        return weyl.nn.linear { inputs = 2, outputs = 2, dtype = "f64" }
      end })
    fails("the model here has no 'bias'", { model = function()
      return setmetatable({ weight = weyl.param(core.ones { 2, 2 }) },
        { __call = function(self, t) return t:matmul(self.weight) end })
    end })
    fails("'extra' is nothing there and f32 [1] here", { model = function()
      local m = weyl.nn.linear { inputs = 2, outputs = 2 }
      m.extra = weyl.param(core.ones { 1 })
      return m
    end })
    fails("two parameters called 'a.1'", { model = function()
      return { a = { weyl.param(core.ones { 1 }) },
        ["a.1"] = weyl.param(core.ones { 1 }) }
    end })
  end)

  it("refuses other settings and another script, unless forced", function()
    local path = stopped()
    local function fails(message, opts, how)
      how = how or { resume = path .. "/" }
      assert.error_matches(function() again(opts, how) end, "experiment: '"
        .. path .. "' cannot be resumed: " .. message .. ". To go on all the "
        .. "same use force = true (weyl resume --force), to begin a new run "
        .. "leave resume out", 1, true)
    end
    fails("epochs was 10 and is 20", { epochs = 20 })
    fails("patience was not given and is 3", { patience = 3 })
    fails("name was \"e\" and is \"other\"", { name = "other" })
    local r = again({ epochs = 20 }, { resume = path, force = true })
    assert.equal(20, #r.seeds[1].history)
    again { epochs = 20 } -- the settings are those of the forced run now
    local settings = path .. "/settings.json"
    helper.write(settings, (helper.read(settings):gsub(
      '"checksum": "%x+"', '"checksum": "0"')))
    fails("the script '" .. arg[0] .. "' has changed", { epochs = 20 })
    again({ epochs = 20 }, { resume = path, force = true })
    again { epochs = 20 }
  end)

  it("needs a run", function()
    assert.error_matches(function()
      again({}, { resume = folder .. "/none" })
    end, "experiment: nothing to resume in '.*/none': no settings.json of a "
      .. "run is there; give a run's folder, such as runs/inertia%-1")
    assert.error_matches(function() again({}, { resum = true }) end,
      "experiment:run: there is no option 'resum'")
  end)

  it("says when the machine is another one", function()
    local path = stopped()
    local file = path .. "/environment.json"
    helper.write(file, (helper.read(file):gsub('"threads": %d+',
      '"threads": 77')))
    again()
    assert.matches("^weyl: '.*/e%-1' was begun with threads 77, now it is %d+:"
      .. " the last bits may differ\n$", said)
  end)
end)

describe("weyl resume", function()
  local DRIVER = [[
    local p = require "argparse" "weyl resume"
    local verb = require "weyl.cli.resume"
    verb.configure(p)
    os.exit(verb.run(p:parse(arg)), true)]]
  local SCRIPT = [[
    local weyl = require "weyl"
    local folder, stop = ...
    local x = weyl.ones { 4, 1 }
    for _, name in ipairs { "a", "b" } do
      weyl.experiment { name = name, epochs = 4, output = folder .. "/o k",
        quiet = true, data = { train = { x = x, y = x } },
        model = function() return weyl.nn.linear { inputs = 1,
          outputs = 1 } end,
        on_record = function(_, row)
          local file = io.open(folder .. "/go")
          if name .. row.epoch == stop and not file then os.exit(3) end
          print(name, row.epoch)
        end }:run()
    end]]

  local function resume(args)
    return helper.weyl(("%s/driver.lua %s"):format(folder, args))
  end

  before_each(function()
    helper.write(folder .. "/driver.lua", DRIVER)
    helper.write(folder .. "/it's.lua", SCRIPT)
  end)

  it("runs the script again, from where it was started", function()
    local program = helper.shell("realpath " .. helper.program):sub(1, -2)
    local out, err, status = helper.shell(("cd '%s' && %s \"it's.lua\" . b3")
      :format(folder, program))
    assert.same({ 3, "" }, { status, err })
    assert.equal("a\t1\na\t2\na\t3\na\t4\nb\t1\nb\t2\n", out)
    helper.write(folder .. "/go", "")
    out, err, status = resume(("'%s/o k/b-1'"):format(folder))
    assert.same({ "b\t3\nb\t4\n", "", 0 }, { out, err, status })
    assert.same({ "a-1", "b-1", "weyl.db" }, names(folder .. "/o k"))
  end)

  it("says what is in its way", function()
    helper.weyl(("%s %s b3"):format(helper.quote(folder .. "/it's.lua"),
      folder))
    local run = ("'%s/o k/b-1'"):format(folder)
    local function fails(message, args)
      local _, err, status = resume(args)
      assert.matches(message, err, 1, true)
      assert.is_true(status ~= 0)
    end
    fails("weyl resume: there is no run '/none': give its folder, such as "
      .. "runs/inertia-1, its id or its name", "/none")
    fails("does not say which script made it", folder)
    helper.write(folder .. "/it's.lua", SCRIPT .. " -- changed")
    fails("it's.lua' has changed. To go on all the same use force = true "
      .. "(weyl resume --force)", run)
    helper.write(folder .. "/go", "")
    local out, _, status = resume("--force " .. run)
    assert.same({ 0, "b\t3\nb\t4\n" }, { status, out:match "b.*" and
      out:sub(-8) })
    helper.write(folder .. "/it's.lua", "-- nothing")
    fails("ended without taking up", run)
    os.remove(folder .. "/it's.lua")
    fails("it's.lua' is gone; put it back, then resume", run)
  end)
end)
