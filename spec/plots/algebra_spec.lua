-- algebra_spec.lua: the figure of a discovered algebra.

local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"

local plot, symmetry = weyl.plot, weyl.symmetry
local V = weyl.rep.V

local function discovered(f)
  weyl.seed(1)
  return symmetry.discover(f, { rep_in = V, rep_out = 1,
    x = weyl.normal({ 30, 3 }, 0, 1, "f64") })
end

describe("the recipe of algebras", function()
  local draw = plot.recipe "algebra"

  it("draws levels, the gap and the matrices found", function()
    local folder = helper.folder()
    local r = discovered(function(x) return x:square():sum(2, true):sin() end)
    draw(r, { file = folder .. "/a.svg", title = "it's so(3)" })
    local text = helper.read(folder .. "/a.svg"):gsub("&#39;", "'")
    assert.matches("it's so%(3%)", text)
    assert.matches("gap: a factor of", text)
    for k = 1, 3 do assert.matches("basis matrix " .. k, text) end
    assert.not_matches("basis matrix 4", text)
    -- the mark, nine levels, then three matrices of nine entries and their
    -- numbers, black and white
    local data = helper.read(folder .. "/a.dat")
    local blocks = {}
    for block in (data .. "\n\n"):gmatch "(.-)\n\n+" do
      blocks[#blocks + 1] = select(2, (block .. "\n"):gsub("[^\n]+\n", ""))
    end
    assert.same({ 2, 3, 6, 9, 7, 2, 9, 7, 2, 9, 7, 2 }, blocks)
    assert.matches("\n2 1 0%.707106781186547%d* ", data)
    helper.remove(folder)
  end)

  it("says when there is no gap", function()
    local folder = helper.folder()
    local r = discovered(function(x)
      return (x * weyl.tensor({ 1, 2, 3.5 }, "f64")):sin():sum(2, true)
    end)
    assert.equal(0, (r:found()))
    draw(r, { file = folder .. "/a.svg" })
    local text = helper.read(folder .. "/a.svg")
    assert.matches("no gap", text)
    assert.not_matches("basis matrix", text)
    helper.remove(folder)
  end)

  it("takes what discover returns", function()
    fails("plot.recipe algebra: argument 'results' must be what "
      .. "symmetry.discover returns, got an empty table",
      function() draw {} end)
  end)
end)
