-- magic_spec.lua: lines of the prompt that are no Lua: %time and the like, ?x.

local helper = require "spec.helper"
local magic = require "weyl.repl.magic"

-- What the prompt prints for these lines, without the banner.
local function session(lines, env)
  local out, err, status = helper.shell(("env %s %s -i"):format(env or "",
    helper.program), lines)
  return out:gsub("^[^\n]*\n", ""), err, status
end

describe("the last value", function()
  it("is _, whether it was shown or not", function()
    assert.equal("3\n9\n", (session "1 + 2\n_ * 3"))
    assert.equal("4\n", (session "4;\n_"))
  end)

  it("stays when there is no new one", function()
    assert.equal("3\nnil\n3\n", (session "3\nnil\nx = 5\n_"))
  end)
end)

describe("commands with %", function()
  it("%time shows values and how long they took", function()
    assert.matches("^6\n[%d.]+ [num]?s\n$", (session "%time 2 * 3"))
    assert.matches("^[%d.]+ [num]?s\n$", (session "%time 2 * 3;"))
    assert.matches("^[%d.]+ [num]?s\n7\n$", (session "%time x = 7\nx"))
  end)

  it("%time computes the tensors that are returned or assigned", function()
    local out = session "%profile s = weyl.ones({40, 40}):exp():sum()"
    assert.matches("exp", out)
    out = session("%time x = weyl.ones {3}:inv()\nprint 'not this'")
    assert.matches("not this", out)
  end)

  it("%timeit says the best and the mean time of a call", function()
    assert.matches("^[%d.]+ [num]?s, the best of 5 x %d+; mean [%d.]+ [num]?s",
      (session "%timeit weyl.ones {3}:sum()"))
  end)

  it("%profile lists kernels", function()
    assert.matches("^kernel.*\nmatmul",
      (session "%profile weyl.ones {9, 9}:matmul(weyl.ones {9, 9})"))
  end)

  it("read on while their Lua is incomplete", function()
    assert.matches("^5\n", (session "%time (2 +\n3)"))
    assert.matches("^5\n", (session "%time 2 +\n3"))
  end)

  it("%who lists what the user made, sorted, with sizes", function()
    assert.equal("no variables yet\n", (session "%who"))
    assert.equal("a  f32 [2, 3]      24 B\nb  number\n"
      .. "m  weyl.nn.linear  12 B\n",
      (session("b = 1\na = weyl.ones {2, 3}\nm = weyl.nn.linear { inputs = 2, "
      .. "outputs = 1 }\n%who")))
  end)

  it("%memory says what is in use", function()
    assert.matches("^live +%d.*\npeak +%d.*\ntensors +%d.*\ncap .*\nLua +%d",
      (session "%memory"))
  end)

  it("% and %help list all of them", function()
    local list = session "%"
    for _, name in ipairs(magic.names()) do
      assert.matches("\n?%%" .. name .. " ", list)
    end
    assert.equal(list, (session "%help"))
  end)

  it("that are wrong say what is right", function()
    local function fails(line)
      local out, err, status = session(line)
      assert.equal("", out)
      assert.equal(1, status)
      return err
    end
    assert.equal("error: there is no command '%tim' (did you mean 'time'?); "
      .. "% lists them\n", fails "%tim x")
    assert.equal("error: %time needs something to run: %time "
      .. "weyl.ones{3}:sum()\n", fails "%time")
    assert.equal("error: %who takes nothing, got 'x'\n", fails "%who x")
    assert.matches("^error: unexpected symbol near '%*'", fails "%time 1 +* 2")
    assert.matches("^error: undefined global 'y'", fails "%time y")
  end)
end)

describe("?x", function()
  it("is help(x), on either side, by value or by name", function()
    local help = session "help(weyl.exp)"
    assert.matches("^weyl%.exp%(x%)\n", help)
    assert.equal(help, (session "?weyl.exp"))
    assert.equal(help, (session " ? weyl.exp "))
    assert.equal(help, (session "weyl.exp?"))
    assert.equal(help, (session "?exp"))
    assert.equal(session "help()", (session "?"))
  end)

  it("knows methods and says when there is nothing", function()
    assert.matches("^weyl%.sum", (session "t = weyl.ones {2}\n?t:sum"))
    assert.equal("nothing is called 'nosuchthing'\n",
      (session "?nosuchthing"))
  end)
end)

describe("%edit", function()
  -- An editor that appends a line to the file and tells its arguments.
  local folder, editor
  setup(function()
    folder = helper.folder()
    editor = "EDITOR=" .. folder .. "/editor VISUAL="
    helper.write(folder .. "/editor", ([[#!/bin/sh
for f; do :; done
cp "$f" %s/before
test -n "$LINE" && echo "$LINE" >>"$f"
exit ${STATUS:-0}
]]):format(folder))
    helper.shell("chmod +x " .. folder .. "/editor")
  end)
  teardown(function() helper.remove(folder) end)

  it("runs a new command, and edits it again", function()
    assert.equal("42\n42\n",
      (session("%edit\n%edit", editor .. " LINE='print(42)'"):gsub(
        "42\n42\n42\n", "42\n42\n")))
    assert.equal("print(42)\n", helper.read(folder .. "/before"))
  end)

  it("shows a value that is returned", function()
    assert.equal("7\n", (session("%edit", editor .. " LINE='return 7'")))
  end)

  it("shows a function as it was typed, and takes the new one", function()
    assert.equal("2\n", (session("function f()\nreturn 1\nend\n%edit f\nf()",
      editor .. " LINE='function f() return 2 end'")))
    assert.equal("function f()\nreturn 1\nend\n",
      helper.read(folder .. "/before"))
  end)

  it("runs nothing that was left as it was", function()
    assert.equal("nothing was changed: nothing runs\n",
      (session("%edit", editor)))
  end)

  it("says what it cannot edit, and that the editor failed", function()
    local function fails(line, env)
      local _, err = session(line, editor .. (env or ""))
      return err
    end
    assert.equal("error: %edit: 'nope' is no function\n", fails "%edit nope")
    assert.equal("error: %edit: 'x' is no function but a number\n",
      fails "x = 1\n%edit x")
    assert.equal("error: %edit: 'print' is written in C\n",
      fails "%edit print")
    assert.matches("editor '.*' ended with status 3 %(set VISUAL or EDITOR",
      fails("%edit", " STATUS=3"))
  end)
end)

describe("times and sizes", function()
  it("have three digits and a unit", function()
    assert.equal("1.23 us", magic.seconds(1.234e-6))
    assert.equal("500 ns", magic.seconds(5e-7))
    assert.equal("12.3 ms", magic.seconds(0.01234))
    assert.equal("2 s", magic.seconds(2))
    assert.equal("100 B", magic.bytes(100))
    assert.equal("1.5 KiB", magic.bytes(1536))
    assert.equal("2 GiB", magic.bytes(2 ^ 31))
  end)
end)
