-- inline_spec.lua: figures between the lines of the prompt.

local core = require "weyl.core"
local helper = require "spec.helper"
local terminal = require "spec.terminal"

describe("a figure at the prompt", function()
  local ask, window = core.ask, core.window

  -- A figure that says how it was drawn.
  local figure = {
    text = function(_, columns) return ("text %d\n"):format(columns) end,
    sixel = function(_, width) return ("sixel %s"):format(width) end,
  }

  -- What shows it at a terminal that answers so, and has this size.
  local function shown(answer, ...)
    local size = table.pack(...)
    core.ask = function() return answer end
    core.window = function() return table.unpack(size, 1, size.n) end
    package.loaded["weyl.repl.inline"] = nil
    return require("weyl.repl.inline").render(figure)
  end

  after_each(function()
    core.ask, core.window = ask, window
    package.loaded["weyl.repl.inline"] = nil
  end)

  it("is a picture where the terminal knows sixel graphics", function()
    assert.equal("sixel 900\n", shown("\27[?62;4;22c", 100, 40, 900, 700))
    assert.equal("sixel nil\n", shown("\27[?62;4c", 100, 40, 0, 0))
  end)

  it("is text elsewhere, as wide as the window", function()
    assert.equal("text 99\n", shown("\27[?62;22c", 100, 40, 900, 700))
    assert.equal("text 99\n", shown("\27[?64;14c", 100, 40, 900, 700))
    assert.equal("text 99\n", shown(nil, 100, 40, 0, 0))
    assert.equal("text 79\n", shown(nil))
  end)

  it("is text where gnuplot draws no sixel graphics", function()
    local sixel = figure.sixel
    figure.sixel = function() end
    assert.equal("text 99\n", shown("\27[?62;4c", 100, 40, 900, 700))
    figure.sixel = sixel
  end)

  it("shows itself, at a terminal and else", function()
    local make = "f = setmetatable({ text = function(_, n) return 'drawn ' "
      .. ".. n .. '\\n' end }, { __name = 'weyl.plot.figure' })"
    assert.matches("drawn 79\n$", (helper.weyl("-i", make .. "\nf")))
    if not terminal.possible then return pending "tmux is missing" end
    local t <close> = terminal { columns = 60 }
    t:enter(make)
    assert.matches("\ndrawn 59\n>$", t:enter "f")
  end)
end)

describe("the question to a terminal", function()
  it("is not asked where there is none", function()
    local out = helper.weyl("-", [[
      local core = require "weyl.core"
      print(core.ask("\27[c", "c", 0.1), core.window())]])
    assert.equal("nil\n", out)
  end)

  it("is answered, and the answer is not typed in", function()
    if not terminal.possible then return pending "tmux is missing" end
    local t <close> = terminal()
    local screen = t:enter
      [[require("weyl.core").ask("\27[c", "c", 9):gsub("%c", "^")]]
    assert.matches("\n%^%[%?[%d;]+c%s+1\n>$", screen)
    assert.matches("\n2\n>$", t:enter "1 + 1")
  end)
end)
