-- repl_spec.lua: the prompt, fed from a pipe, and what it shows.

local helper = require "spec.helper"
local repl = require "weyl.repl"

-- What the prompt prints for these lines, without the banner.
local function session(lines)
  local out, err, status = helper.weyl("-i", lines)
  return out:gsub("^[^\n]*\n", ""), err, status
end

describe("the prompt", function()
  it("greets in one line and ends well", function()
    local out, err, status = helper.weyl("-i", "")
    assert.matches("^weyl [^\n]*\n$", out)
    assert.equal("", err)
    assert.equal(0, status)
  end)

  it("shows expressions, unless they end in ';'", function()
    assert.equal("2\n", (session "1 + 1"))
    assert.equal('1\ttrue\n', (session "1, true"))
    assert.equal("", (session "1 + 1;"))
    assert.equal("", (session "1 + 1 ; "))
    assert.equal("", (session "nil;"))
    assert.equal("nil\n", (session "nil"))
  end)

  it("reads chunks of many lines", function()
    assert.equal("1\n2\n", (session "for i = 1, 2 do\nprint(i)\nend"))
    assert.equal("7\n", (session "(3 +\n4)"))
    assert.equal("hi\n", (session "print [[hi]]"))
  end)

  it("keeps what lines assign", function()
    assert.equal("4\n", (session "x = 3\nx + 1"))
    assert.equal("9\n", (session "function f(a) return a * a end\nf(3)"))
  end)

  it("goes on after errors", function()
    local out, err = session "error 'boo'\nx = 1 +* 2\nnope\n'still here'"
    assert.equal("still here\n", out)
    assert.matches("^error: boo\n", err)
    assert.matches("unexpected symbol near '%*'", err)
    assert.matches("undefined global 'nope'", err)
  end)

  it("points at the error in expressions and statements", function()
    local function message(line)
      return (select(2, session(line)))
    end
    assert.equal("error: unexpected symbol near '*'\n", message "1 +* 2")
    assert.equal("error: unexpected symbol near '*'\n", message "y = 1 +* 2")
    assert.equal("error: unexpected symbol near '*'\n",
      message "weyl.pi +* 2")
    assert.equal("error: '=' or 'in' expected near 'do'\n", message "for i do")
    assert.equal("error: line 2: unexpected symbol near '*'\n",
      message "x = {\n*")
  end)

  it("has weyl and help at hand", function()
    assert.equal("f32 [2]\n  1  2\n", (session "weyl.tensor {1, 2}"))
    assert.matches("^weyl%.exp%(x%)\n", (session "help(weyl.exp)"))
  end)

  it("follows a script with -i", function()
    local folder = helper.folder()
    helper.write(folder .. "/s.lua", "rawset(_G, 'made', 5)")
    local out = helper.weyl("-i " .. folder .. "/s.lua", "made")
    helper.remove(folder)
    assert.matches("\n5\n$", out)
  end)
end)

describe("what the prompt shows", function()
  it("is Lua for tables, in sorted order", function()
    assert.equal("{}", repl.text {})
    assert.equal("{ 1, 2, a = true, b = \"x\" }",
      repl.text { 1, 2, b = "x", a = true })
    assert.equal("{ [\"a b\"] = { { {...} } } }",
      repl.text { ["a b"] = { { { 1 } } } })
  end)

  it("is cut and broken into lines when long", function()
    local many = {}
    for i = 1, 25 do many[i] = i end
    assert.matches(", 20, %.%.%. 5 more }$", repl.text(many))
    local text = repl.text { a = ("x"):rep(50), b = ("y"):rep(50) }
    assert.matches('^{\n  a = "x+",\n  b = "y+"\n}$', text)
  end)

  it("is the string itself at the top", function()
    assert.equal("a\nb", repl.text "a\nb")
  end)

  it("is the signature of documented functions", function()
    assert.equal("function: weyl.exp(x)", repl.text(require("weyl").exp))
    assert.equal("function: builtin", repl.text(print))
  end)
end)

describe("completion", function()
  it("inserts what all names share, and lists them", function()
    rawset(_G, "weyl", require "weyl")
    assert.same({ "oid" }, { repl.complete "x = weyl.sigm" })
    local more, list = repl.complete "weyl.exp"
    assert.equal("", more)
    assert.matches("exp.*expm.*expm1", list)
    rawset(_G, "weyl", nil)
  end)

  it("knows the methods of tensors", function()
    rawset(_G, "a_tensor", require("weyl").ones { 2 })
    assert.equal("le", (repl.complete "a_tensor:totab"))
    rawset(_G, "a_tensor", nil)
  end)

  it("knows globals, and is silent about the unknown", function()
    assert.equal("int", (repl.complete "x = pr"))
    assert.is_nil(repl.complete "no_such_thing.x")
    assert.is_nil(repl.complete "1 + ")
  end)
end)
