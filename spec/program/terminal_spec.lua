-- terminal_spec.lua: the prompt at a real terminal, which tmux is.

local terminal = require "spec.terminal"

-- A test with a terminal, which takes its options.
local function at(what, opts, test)
  it(what, function()
    if not terminal.possible then return pending "tmux is missing" end
    local t <close> = terminal(opts)
    test(t)
  end)
end

-- What the screen shows after a line that is typed and entered.
local function answer(t, line)
  local screen = t:enter(line)
  local start = select(2, screen:find("\n> " .. line .. "\n", 1, true))
  local rest = start and screen:sub(start + 1) or screen
  return (rest:gsub("\n?>$", ""))
end

describe("at a terminal the prompt", function()
  at("greets, shows values, and leaves at Ctrl-D", {}, function(t)
    assert.matches("^weyl %S+ %b()  help%(%) explains, Ctrl%-D leaves\n>$",
      t:screen())
    assert.equal("2", answer(t, "1 + 1"))
    assert.equal("", answer(t, "4;"))
    assert.equal("error: boo", answer(t, "error 'boo'"))
    t:press "C-d"
    t:wait "\nstatus 0$"
  end)

  at("reads on while a chunk is incomplete", {}, function(t)
    t:enter "x = 1 +"
    assert.matches("\n>>$", t:screen())
    t:enter "2"
    assert.equal("3", answer(t, "x"))
  end)

  at("drops a line, or a chunk, at Ctrl-C", {}, function(t)
    t:type "x = 7"
    t:wait "x = 7"
    t:press "C-c"
    t:wait "x = 7\n>$"
    t:enter "for i = 1, 2 do"
    t:press "C-c"
    t:wait "do\n>>\n>$"
    assert.matches("undefined global 'x'", answer(t, "x"))
  end)

  at("completes at Tab, and lists when there are several", {}, function(t)
    t:type "weyl.sigm"
    t:press "Tab"
    t:wait "> weyl.sigmoid$"
    t:press "C-u"
    t:type "weyl.logi"
    t:press("Tab", "Tab")
    t:wait "logical_and +logical_not.*\n> weyl.logical_$"
  end)

  at("takes what is pasted as it is, tabs and all", {}, function(t)
    t:paste "for i = 1, 2 do\n\tprint(i, 'w')\nend\n"
    t:wait "\n1%s+w\n2%s+w\n>$"
  end)

  at("keeps within a narrow window", { columns = 40 }, function(t)
    t:enter "weyl.ones {1, 20}"
    t:enter "{ 123456789, 123456789, 123456789, 123456789 }"
    local screen = t:enter "?weyl.nn.mlp"
    for line in screen:match("weyl.ones.*"):gmatch "[^\n]+" do
      if line:find "^>" then line = "" end
      assert.is_true(utf8.len(line) <= 40, line)
    end
  end)
end)

describe("a session", function()
  at("that is stopped goes on where it was", { command = "bash --norc -i",
    env = "PS1='sh# '" }, function(t)
      t:wait "sh#$"
      t:type(require("spec.helper").program)
      t:press "Enter"
      t:wait "\n>$"
      t:type "20 +"
      t:wait "20 %+$"
      t:press "C-z"
      t:wait "Stopped.*sh#$"
      t:type "fg"
      t:press "Enter"
      t:wait "\n> 20 %+$"
      assert.matches("\n23\n>$", t:enter " 3")
      t:press "C-d"
      t:wait "sh#$"
    end)

  at("follows the size of the window", {}, function(t)
    t:type "x = 1"
    t:wait "x = 1$"
    t:resize(60, 20)
    t:press "Enter"
    t:wait "> x = 1\n>$"
    assert.matches("columns 1 to 20", answer(t, "weyl.ones {1, 30}"))
  end)
end)

describe("the history", function()
  local twice = { command = "sh -c 'WEYL; WEYL'" }
  at("is kept in the state directory, for the next session", twice,
    function(t)
      t:wait "\n>$"
      t:enter "first = 1"
      t:enter "for i = 1, 2 do"
      t:enter "print(i)"
      t:enter "end"
      assert.matches("first", t:history())
      t:press "C-d"
      t:wait "leaves\n.*leaves\n>$"
      t:press "Up"
      t:wait "\n> for i = 1, 2 do\nprint%(i%)\nend$"
      t:press("Up", "Up", "Enter")
      t:wait "\n> first = 1\n>$"
      assert.equal("1", answer(t, "first"))
    end)

  at("is searched backwards at Ctrl-R", {}, function(t)
    t:enter "apples = 1"
    t:enter "pears = 2"
    t:press "C-r"
    t:type "app"
    t:wait "> apples = 1"
    t:press("Escape", "Enter")
    t:wait "apples = 1\n.*apples = 1.*\n>$"
  end)
end)

describe("Ctrl-C", function()
  local busy = "io.write 'busy' io.flush() "

  -- Runs a line that never ends, and stops it.
  local function stops(t, line)
    t:type(line)
    t:press "Enter"
    t:wait "\nbusy$"
    t:press "C-c"
    t:wait "error: interrupted!"
    t:wait "\n>$"
  end

  at("stops Lua, and what was defined stays", {}, function(t)
    t:enter "x = 5"
    stops(t, busy .. "while true do end")
    assert.equal("5", answer(t, "x"))
  end)

  at("stops coroutines", {}, function(t)
    stops(t, "coroutine.wrap(function() " .. busy .. "while true do end end)()")
    assert.equal("1", answer(t, "coroutine.wrap(function() return 1 end)()"))
  end)

  at("stops the engine within one evaluation", {}, function(t)
    t:enter "x = weyl.normal({3000, 3000}, 'f64')"
    t:enter "y = x for i = 1, 300 do y = y:matmul(x):tanh() end"
    stops(t, busy .. "y:eval()")
    assert.equal("3000", answer(t, "x.shape[1]"))
    assert.equal("f32 []  3", answer(t, "weyl.ones {3}:sum()"))
  end)

  at("stops the computation of a basis", {}, function(t)
    t:enter "G, V = weyl.group.SO(3), weyl.rep.V"
    stops(t, busy .. "while true do G:basis(V^3, V^4) G = "
      .. "weyl.group.SO(3):embed(4, {1, 2, 3}) end")
  end)

  at("the second time stops what caught it the first", {}, function(t)
    t:type("while true do pcall(function() " .. busy
      .. "while true do end end) end")
    t:press "Enter"
    t:wait "\nbusy$"
    t:press "C-c"
    t:wait "%^Cbusy$"
    t:press "C-c"
    t:wait "error: interrupted!"
  end)

  at("ends a script", { command = "WEYL -e 'print(1) while true do end'" },
    function(t)
      t:wait "^1$"
      t:press "C-c"
      t:wait "interrupted!.*status 1"
    end)
end)

describe("colours", function()
  at("are shown at a terminal", {}, function(t)
    t:enter "error 'boo'"
    assert.matches("\27%[31merror: boo", t:screen(true))
  end)

  at("are not, with NO_COLOR", { env = "NO_COLOR=1" }, function(t)
    t:enter "error 'boo'"
    assert.is_nil(t:screen(true):find("\27", 1, true))
  end)

  at("are not, on a dumb terminal", { env = "TERM=dumb" }, function(t)
    t:enter "error 'boo'"
    assert.is_nil(t:screen(true):find("\27", 1, true))
  end)
end)
