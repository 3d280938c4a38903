-- verbs_spec.lua: the verbs of the command line, their help, wrong usage.

local cli = require "weyl.cli"
local helper = require "spec.helper"
local results = require "weyl.results"
local weyl = helper.weyl

describe("verbs", function()
  local folder

  setup(function() folder = helper.folder() end)
  teardown(function() helper.remove(folder) end)

  local function script(text)
    helper.write(folder .. "/script.lua", text)
    return helper.quote(folder .. "/script.lua")
  end

  -- Runs the program in the folder.
  local function there(args)
    local program = helper.shell("realpath " .. helper.program):gsub("\n", "")
    return helper.shell(("cd %s && %s %s"):format(helper.quote(folder),
      program, args))
  end

  it("explain themselves with an example", function()
    for _, verb in ipairs(cli.verbs) do
      local entry = cli.load(verb)
      if entry then
        local out, err, status = weyl(verb .. " --help")
        assert.equal("", err)
        assert.equal(0, status)
        assert.matches("^Usage: weyl " .. verb .. " ", out)
        assert.matches("Example:\n   weyl " .. verb, out)
        assert.truthy(entry.about:find "^%l" and not entry.about:find "%.$")
        assert.equal(out, (weyl("help " .. verb)))
        for line in out:gmatch "[^\n]*" do assert.is_true(#line <= 80) end
      end
    end
  end)

  it("are listed by help", function()
    local out, _, status = weyl "help"
    assert.equal(0, status)
    assert.matches("\n  run +run a script, and the experiment", out)
    assert.matches("\n  version +show the version", out)
    assert.matches("weyl help` lists the verbs", (weyl "--help"))
  end)

  it("are told from files by where a file is", function()
    helper.write(folder .. "/version", "print 'a script'")
    helper.write(folder .. "/other", "print 'another'")
    assert.matches("^weyl +%d", (there "version"))
    assert.equal("a script\n", (there "./version"))
    assert.equal("another\n", (there "other"))
  end)

  it("that do not exist are wrong usage", function()
    local out, err, status = weyl "shwo 3"
    assert.equal("", out)
    assert.equal("weyl: there is no verb and no file 'shwo' (did you mean "
      .. "'show'?); `weyl help` lists the verbs\n", err)
    assert.equal(2, status)
  end)

  it("say what is wrong with their arguments", function()
    local _, err, status = weyl "version --jsn"
    assert.equal("weyl version: unknown option '--jsn'\nDid you mean "
      .. "'--json'?\nUsage: weyl version [--json] [-h]\n", err)
    assert.equal(2, status)
    _, err, status = weyl "run"
    assert.matches("^weyl run: missing argument 'file'\nUsage: ", err)
    assert.equal(2, status)
    _, err, status = weyl "run --runs"
    assert.matches("^weyl run: option '%-%-runs' requires an argument", err)
    assert.equal(2, status)
    _, err, status = weyl "version 3"
    assert.matches("^weyl version: too many arguments\n", err)
    assert.equal(2, status)
  end)

  it("fail when their output cannot be written", function()
    local _, err, status = weyl "version >/dev/full"
    assert.equal("weyl version: cannot write the output: No space left on "
      .. "device\n", err)
    assert.equal(1, status)
  end)

  it("say so when their file is missing", function()
    local code = [[-e 'local cli = require "weyl.cli"
      cli.load = function() end
      os.exit(cli.main { "show", "3" })']]
    local _, err, status = weyl(code)
    assert.equal("weyl: the verb 'show' is not there: this installation has "
      .. "no weyl/cli/show.lua\n", err)
    assert.equal(1, status)
  end)

  it("tell versions, as JSON too", function()
    local out = weyl "version"
    assert.matches("\nLua +5%.4\n", out)
    local told = results.parse((weyl "version --json"))
    assert.matches("^%d+%.%d+%.%d+$", told.version)
    assert.equal("5.4", told.lua)
  end)

  it("explain names of the library", function()
    assert.matches("^weyl.exp%(x%)", (weyl "help exp"))
    local out, err, status = weyl "help epx"
    assert.equal("", out)
    assert.equal("weyl help: nothing is called 'epx' (did you mean 'exp'?); "
      .. "`weyl help` lists the verbs\n", err)
    assert.equal(1, status)
  end)

  describe("run", function()
    it("runs a script as `weyl script.lua` does", function()
      local file = script [[
        print(arg[0] == arg[-1], arg[-1], #arg, select("#", ...), ...)]]
      assert.equal("false\trun\t3\t3\t-h\t--runs\tx y\n",
        (weyl("run " .. file .. " -h --runs 'x y'")))
    end)

    it("reports errors of the script, undefined globals too", function()
      local _, err, status = weyl("run " .. script "local a = 1\nprint(aa)")
      assert.matches("^weyl: .*script.lua:2: undefined global 'aa'\n", err)
      assert.matches("script.lua:2: in main chunk\n$", err)
      assert.equal(1, status)
      _, err, status = weyl("run " .. script "x = = 1")
      assert.matches("^weyl run: .*unexpected symbol near '='", err)
      assert.equal(1, status)
      _, err, status = weyl "run no-such.lua"
      assert.matches("^weyl run: cannot open no%-such.lua", err)
      assert.equal(1, status)
    end)

    it("has the line of what a script returns in its errors", function()
      local function says(text, want)
        local file = script(text)
        local _, err, status = weyl("run " .. file)
        assert.matches(want, (err:gsub(folder:gsub("%p", "%%%0"), "F")))
        assert.equal(1, status)
      end
      says("local weyl = require 'weyl'\nreturn weyl.experiment {\n  data = 1 "
        .. "} -- an end", "^weyl: F/script.lua:2: experiment: ")
      says("local function f()\nreturn error('x', 2)\nend\nf()",
        "^weyl: F/script.lua:4: x")
      says("local weyl = require 'weyl'\nreturn weyl.experiment { data = "
        .. "weyl.data.o5(), output = false,\n  model = function()\n    return "
        .. "weyl.nn.emlp { rep = 1 }\n  end }",
        "^weyl: F/script.lua:3: nn.emlp: there is no option 'rep'")
      says("return 1, 2 +", "^weyl run: F/script.lua:1: unexpected symbol")
    end)

    it("leaves scripts that return otherwise as they are", function()
      for _, text in ipairs { "return 1, 2;", "return", "return { 1 } --[[\n]]",
        "#!/usr/bin/weyl\nprint 'a'", "print [[a\nreturn b]]" } do
        local out, err, status = weyl("run " .. script(text))
        assert.same({ "", 0 }, { err, status })
        assert.equal(text:find "print" and "a" or "", out:sub(1, 1))
      end
    end)

    it("runs the experiment that a script returns", function()
      local out, err, status = weyl("run " .. script [[
        local weyl = require "weyl"
        local x = weyl.ones { 4, 1 }
        return weyl.experiment { name = "tiny", data = { train = { x = x,
          y = 2 * x } }, epochs = 2, output = false, quiet = true,
          model = function()
            return weyl.nn.linear { inputs = 1, outputs = 1 }
          end }]])
      assert.equal("", err)
      assert.matches("^results, with the parameters of the best epoch\n"
        .. "seed  epoch  train  parameters\n1 +2   %S+ +2\n$", out)
      assert.equal(0, status)
    end)
  end)
end)
