-- tables_spec.lua: tables of results: numbers, marks, text, Markdown, CSV.

local helper = require "spec.helper"
local weyl = require "weyl"

local tables = weyl.tables

describe("tables.number", function()
  it("has three digits", function()
    local shown = {}
    for i, x in ipairs { 0, 0.0, 12, 0.12345, 1234.5, 5.0e-4, -2.0e-7, 1e5,
      1 / 0, -1 / 0, 0 / 0 } do
      shown[i] = tables.number(x)
    end
    assert.same({ "0", "0", "12", "0.123", "1.23e+03", "5.00e-04",
      "-2.00e-07", "1.00e+05", "inf", "-inf", "nan" }, shown)
  end)
end)

describe("tables.spread", function()
  it("has two digits of the spread and as many decimals of the mean",
    function()
      assert.equal("0.157 +- 0.012", tables.spread(0.15678, 0.01234))
      assert.equal("12.3 +- 4.6", tables.spread(12.345, 4.56))
      assert.equal("0.0 +- 1.5", tables.spread(0, 1.5))
      assert.equal("123 +- 46", tables.spread(123.4, 45.6))
      assert.equal("0.16 ± 0.99", tables.spread(0.157, 0.99, "±"))
    end)

  it("shares a power of ten, and shows the mean alone without a spread",
    function()
      assert.equal("(1.57 +- 0.12)e-05", tables.spread(1.57e-5, 1.2e-6))
      assert.equal("(-1.00 +- 0.50)e+04", tables.spread(-1e4, 5e3))
      assert.equal("(0.1 +- 3.0)e-06", tables.spread(1e-7, 3e-6))
      assert.equal("0.157", tables.spread(0.157, 0))
      assert.equal("nan", tables.spread(0 / 0, 0 / 0))
      assert.equal("0.376000 +- 1e-09", tables.spread(0.376, 1e-9))
    end)
end)

local function sample()
  return tables.new { title = "test error", columns = { "method",
    { "a", label = "axis|3", best = "least" }, { "n" } }, rows = {
      { method = "MLP", a = { mean = 0.5, std = 0.05, count = 5 }, n = 10 },
      { method = "per_1", a = { mean = 0.1, std = 0.01, count = 5 }, n = 7 },
      { method = "é", a = { mean = 0.13, std = 0.04, count = 5 } },
      { method = "none" } } }
end

describe("a table", function()
  it("is aligned text", function()
    assert.equal(table.concat({
      "test error",
      "method          axis|3     n",
      "MLP     0.500 +- 0.050    10",
      "per_1   0.100 +- 0.010 *   7",
      "é       0.130 +- 0.040 ~   -",
      "none                 -     -",
      "*: the least; ~: at most one standard deviation from it\n" }, "\n"),
      sample():text())
    assert.equal(sample():text(), tostring(sample()) .. "\n")
  end)

  it("is Markdown", function()
    assert.equal(table.concat({
      "test error\n",
      "| method | axis\\|3 | n |",
      "|:---|---:|---:|",
      "| MLP | 0.500 ± 0.050 | 10 |",
      "| per\\_1 | **0.100 ± 0.010** | 7 |",
      "| é | *0.130 ± 0.040* | - |",
      "| none | - | - |\n",
      "**bold**: the least; *italics*: at most one standard deviation from "
        .. "it\n" }, "\n"), sample():markdown())
  end)

  it("is CSV with all digits", function()
    assert.equal("method,a,a_std,a_count,n\nMLP,0.5,0.05,5,10\n"
      .. "per_1,0.1,0.01,5,7\né,0.13,0.04,5,\nnone,,,,\n", sample():csv())
    local third = tables.new { columns = { "x" }, rows = { { x = 1 / 3 } } }
    assert.equal("x\n0.33333333333333331\n", third:csv())
    assert.equal("x\n0.333\n", third:text())
  end)

  it("knows which rows are first and which are near", function()
    assert.same({ "behind", "first", "within" }, sample():standing "a")
    local t = tables.new { columns = { { "v", best = "largest" } },
      rows = { { v = 1 }, { v = 3 }, { v = { mean = 2, std = 1.5 } }, {},
        { v = 3.0 } } }
    assert.same({ "behind", "first", "within", nil, "within" },
      t:standing "v")
    assert.same({}, tables.new { columns = { { "v", best = "least" } },
      rows = { {} } }:standing "v")
  end)

  it("is written as three files", function()
    local folder = helper.folder()
    sample():write(folder .. "/sub/t")
    for ending, text in pairs { txt = sample():text(),
      md = sample():markdown(), csv = sample():csv() } do
      assert.equal(text, helper.read(folder .. "/sub/t." .. ending))
    end
    helper.remove(folder)
  end)

  it("explains wrong arguments", function()
    local function fails(opts, pattern)
      assert.error_matches(function() tables.new(opts) end, pattern)
    end
    fails({ rows = {} }, "option 'columns' is missing")
    fails({ columns = {}, rows = {} }, "'columns' must be at least one")
    fails({ columns = { 3 }, rows = {} },
      "'columns%[1%]' must be a name or { name, label =, best = }, got 3")
    fails({ columns = { { "a", best = "lowest" } }, rows = {} },
      "best must be 'least' or 'largest', got 'lowest'")
    fails({ columns = { "a" }, rows = { 3 } },
      "'rows%[1%]' must be a table, got 3")
    fails({ columns = { "a" }, rows = { { a = {} } } },
      "'rows%[1%].a' must be a text, a number or { mean =, std = }, got an "
      .. "empty table")
    assert.error_matches(function() sample():standing "method" end,
      "'name' must be a column with best .* got 'method'")
    assert.error_matches(function() sample():write(3) end,
      "'base' must be a path, got 3")
  end)
end)
