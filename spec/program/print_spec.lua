-- print_spec.lua: what tensors look like.

local weyl = require "weyl"

-- Lines without their common margin, as they stand in this file.
local function text(block)
  return (block:gsub("^\n", ""):gsub("\n%s*$", ""):gsub("\n      ", "\n")
    :gsub("^      ", ""))
end

local function shows(expected, t)
  assert.equal(text(expected), tostring(t))
end

describe("tostring of a tensor", function()
  it("names dtype and shape", function()
    shows("f32 []  1.5000", weyl.tensor(1.5))
    shows("i64 []  -3", weyl.tensor(-3, "i64"))
    shows("bool []  true", weyl.tensor(true))
    shows("f64 [0, 3] (empty)", weyl.zeros({ 0, 3 }, "f64"))
    shows("param f32 []  0", weyl.param(weyl.zeros {}))
  end)

  it("aligns columns", function()
    shows([[
      f32 [2, 3]
         1.0000  22.5000  -3.0000
        -0.1250   0.0000   4.0000
    ]], weyl.tensor { { 1, 22.5, -3 }, { -0.125, 0, 4 } })
    shows([[
      bool [2, 2]
         true  false
        false   true
    ]], weyl.eye(2):eq(1))
  end)

  it("shows whole numbers as such", function()
    shows("f32 [3]\n    1  -20    3", weyl.tensor { 1, -20, 3 })
    shows("i64 []  9007199254740993", weyl.tensor(9007199254740993, "i64"))
  end)

  it("takes a common power of ten out", function()
    shows("f64 [3] x 1e-8\n   0.1000   2.5000  -0.3000",
      weyl.tensor({ 1e-9, 2.5e-8, -3e-9 }, "f64"))
    shows("f32 [2] x 1e7\n  1.0000  2.0000", weyl.tensor { 1e7, 2e7 })
  end)

  it("gives each element an exponent when they are far apart", function()
    shows("f64 [3]\n  1.0000e-09  1.0000e+00  1.0000e+09",
      weyl.tensor({ 1e-9, 1, 1e9 }, "f64"))
  end)

  it("keeps four decimals when few elements are small", function()
    local values = {}
    for i = 1, 20 do values[i] = i / 8 end
    values[1] = 1e-5
    assert.matches("^f32 %[20%]\n  0.0000  0.2500", tostring(
      weyl.tensor(values)))
  end)

  it("shows what is not finite", function()
    shows("f32 [4]\n   nan   inf  -inf     1",
      weyl.tensor { 0 / 0, 1 / 0, -1 / 0, 1 })
  end)

  it("shows complex numbers", function()
    shows("c64 [2]\n   1.0000+0.5000i  -2.5000-3.0000i",
      weyl.complex(weyl.tensor { 1, -2.5 }, weyl.tensor { 0.5, -3 }))
    shows("c128 [1]\n  nan-infi", weyl.complex(
      weyl.tensor({ 0 / 0 }, "f64"), weyl.tensor({ -1 / 0 }, "f64")))
  end)

  it("names the matrices of higher ranks", function()
    shows([[
      i64 [2, 2, 2]
      [1, :, :]
        1  2
        3  4
      [2, :, :]
        5  6
        7  8
    ]], weyl.arange(8):reshape { 2, 2, 2 })
  end)

  it("keeps within 80 columns", function()
    local wide = weyl.arange(60):reshape({ 2, 30 }):to "f32" * 1000.5
    assert.matches("\ncolumns 1 to 6:\n", tostring(wide))
    assert.matches("\ncolumns 25 to 30:\n", tostring(wide))
    for _, t in ipairs { wide, wide[1], weyl.ones { 20, 45 } } do
      for line in tostring(t):gmatch "[^\n]+" do
        assert.is_true(#line <= 80)
      end
    end
  end)

  it("shows three entries of both ends above 1,000 elements", function()
    shows([[
      i64 [50, 60]
           1     2     3  ...    58    59    60
          61    62    63  ...   118   119   120
         121   122   123  ...   178   179   180
         ...   ...   ...  ...   ...   ...   ...
        2821  2822  2823  ...  2878  2879  2880
        2881  2882  2883  ...  2938  2939  2940
        2941  2942  2943  ...  2998  2999  3000
    ]], weyl.arange(3000):reshape { 50, 60 })
    assert.is_nil(tostring(weyl.arange(1000)):find("...", 1, true))
    local cube = tostring(weyl.zeros { 20, 10, 10 })
    assert.matches("%[3, :, :%].*\n%.%.%.\n%[18, :, :%]", cube)
  end)

  it("never turns a big tensor into Lua values", function()
    local big = weyl.ones({ 1000, 1000 })
    local before = collectgarbage "count"
    collectgarbage "stop"
    local shown = tostring(big)
    local used = collectgarbage "count" - before
    collectgarbage "restart"
    assert.matches("^f32 %[1000, 1000%]\n", shown)
    assert.is_true(used < 1000)
  end)
end)
