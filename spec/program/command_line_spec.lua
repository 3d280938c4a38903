-- command_line_spec.lua: `weyl` takes the command line of `lua`.

local helper = require "spec.helper"
local weyl = helper.weyl

describe("the command line", function()
  local folder

  setup(function() folder = helper.folder() end)
  teardown(function() helper.remove(folder) end)

  -- A script in the folder, ready for a shell.
  local function script(text)
    helper.write(folder .. "/script.lua", text)
    return helper.quote(folder .. "/script.lua")
  end

  it("runs a script with its arguments", function()
    local file = script "print(arg[0] == (...), select('#', ...), ...)"
    local out, err, status = weyl(file .. " a 'b c' -x")
    assert.equal("false\t3\ta\tb c\t-x\n", out)
    assert.equal("", err)
    assert.equal(0, status)
  end)

  it("counts arg from the script", function()
    local file = script "print(arg[-2], arg[-1], arg[1], #arg)"
    local out = weyl("-W " .. file .. " x")
    assert.equal(helper.program .. "\t-W\tx\t1\n", out)
  end)

  it("runs -e and -l in order", function()
    assert.equal("1\n2\n", (weyl "-e 'print(1)' -e 'print(2)'"))
    assert.equal("function\n", (weyl "-l lfs -e 'print(type(lfs.dir))'"))
    assert.equal("function\n", (weyl "-l fs=lfs -e 'print(type(fs.dir))'"))
    local file = script "print(n)"
    assert.equal("7\n", (weyl("-e n=7 " .. file)))
  end)

  it("runs standard input", function()
    assert.equal("5\n", (weyl("", "print(2 + 3)")))
    assert.equal("a\tb\n", (weyl("- a b", "print(...)")))
  end)

  it("shows the version, and options it does not know", function()
    local out, _, status = weyl "-v"
    assert.matches("^weyl %d+%.%d+%.%d+ %(Lua 5%.4", out)
    assert.equal(0, status)
    local _, err, bad = weyl "-q"
    assert.matches("unrecognized option '%-q'", err)
    assert.matches("usage: weyl %[options%] %[script %[args%]%]", err)
    assert.equal(1, bad)
    assert.matches("'%-e' needs an argument", (select(2, weyl "-e")))
    assert.matches("^usage:", (weyl "--help"))
  end)

  it("reports errors with a traceback and status 1", function()
    local file = script "local function f() error 'boo' end\nf()\n"
    local out, err, status = weyl(file)
    assert.equal("", out)
    assert.matches("^weyl: .*script%.lua:1: boo\nstack traceback:", err)
    assert.matches("script%.lua:2: in main chunk", err)
    assert.equal(1, status)
  end)

  it("reports errors that are no strings", function()
    local _, err = weyl "-e 'error {}'"
    assert.matches("%(error object is a table value%)", err)
    _, err = weyl [[-e 'error(setmetatable({}, {
      __tostring = function() return "mine" end }))']]
    assert.equal("weyl: mine\n", err)
  end)

  it("reports syntax errors and missing files", function()
    local _, err, status = weyl(script "x = = 1")
    assert.matches("script.lua:1: unexpected symbol near '='", err)
    assert.equal(1, status)
    _, err, status = weyl "no-such-file.lua"
    assert.matches("cannot open no%-such%-file.lua", err)
    assert.equal(1, status)
  end)

  it("keeps the exit status of os.exit", function()
    assert.equal(3, (select(3, weyl "-e 'os.exit(3, true)'")))
  end)

  it("honours LUA_INIT, and -E", function()
    local program = "LUA_INIT='print(1)' " .. helper.program
    assert.equal("1\n2\n", (helper.shell(program .. " -e 'print(2)'")))
    assert.equal("2\n", (helper.shell(program .. " -E -e 'print(2)'")))
  end)

  it("shows warnings with -W", function()
    local line = [[-e 'warn("a ", "b")']]
    assert.equal("", (select(2, weyl(line))))
    assert.equal("Lua warning: a b\n", (select(2, weyl("-W " .. line))))
  end)

  it("finds weyl from any directory", function()
    local program = helper.shell("realpath " .. helper.program):gsub("\n", "")
    local out, err = helper.shell("cd / && " .. program ..
      [[ -e 'print(type(require("weyl").tensor))']])
    assert.equal("", err)
    assert.equal("function\n", out)
  end)

  it("counts Lua's memory under the cap", function()
    local out = weyl [[-e '
      local weyl = require "weyl"
      local text = ("x"):rep(10000000)
      print(weyl.memory().live > #text)
      weyl.memory(weyl.memory().live + 1000000)
      print(pcall(string.rep, "y", 10000000))
      weyl.memory(0)
      print(#text)']]
    assert.equal("true\nfalse\tnot enough memory\n10000000\n", out)
  end)

  it("stops at the first Ctrl-C with an error", function()
    local file = script [[
      io.stdout:setvbuf "no"
      print(pcall(function()
        print "ready"
        while true do end
      end))]]
    local out, _, status = helper.shell(("%s %s & pid=$!; sleep 0.3; " ..
      "kill -INT $pid; wait $pid"):format(helper.program, file))
    assert.matches("^ready\nfalse\t.*interrupted!", out)
    assert.equal(0, status)
  end)
end)

describe("undefined globals", function()
  local function script(text)
    return weyl("-", text)
  end

  it("are errors when read by a script", function()
    local _, err, status = script "local t = 1\nprint(tt)"
    assert.matches("stdin:2: undefined global 'tt'", err)
    assert.equal(1, status)
  end)

  it("are errors when assigned by a script, in functions too", function()
    assert.matches("stdin:1: assignment to undefined global 'x'",
      (select(2, script "x = 1")))
    assert.matches("stdin:1: assignment to undefined global 'f'",
      (select(2, script "function f() end")))
    assert.matches("stdin:1: assignment to undefined global 'y'",
      (select(2, script "local function g() y = 1 end g()")))
  end)

  it("may be declared with rawset", function()
    assert.equal("2\n", (script "rawset(_G, 'z', 1) z = z + 1 print(z)"))
  end)

  it("are plain nil for libraries", function()
    assert.equal("nil\n", (script "print(load('return nothing_here')())"))
    assert.equal("nil\n", (script "print(rawget(_G, 'nothing_here'))"))
  end)

  it("may be assigned by -e, outside functions", function()
    assert.equal("1\n", (weyl "-e x=1 -e 'print(x)'"))
    assert.matches("assignment to undefined global 'y'",
      (select(2, weyl "-e 'local function f() y = 1 end f()'")))
  end)
end)
