-- plots_spec.lua: figures: quoting, files, messages, recipes.

local weyl = require "weyl"
local helper = require "spec.helper"

local plot = weyl.plot

describe("plot.quote", function()
  it("gives gnuplot text it expands nothing in", function()
    assert.equal("'a''b'", plot.quote "a'b")
    assert.equal("'`rm x` $y \\n'", plot.quote "`rm x` $y \\n")
    assert.equal("'a b c'", plot.quote "a\nb\0c")
  end)
end)

describe("plot.lines", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local function magic(name, n) return helper.read(folder .. name):sub(1, n) end

  it("draws by the ending of the file, with script and data beside",
    function()
      local series = { { y = { 1, 4, 9 }, title = "squares" },
        { x = weyl.arange(3), y = weyl.tensor { 3, 2, 1 } } }
      for _, ending in ipairs { "png", "svg", "pdf" } do
        local file = ("%s/sub/a.%s"):format(folder, ending)
        assert.equal(file, plot.lines { series = series, file = file })
      end
      assert.equal("\137PNG", magic("/sub/a.png", 4))
      assert.matches("<svg", helper.read(folder .. "/sub/a.svg"))
      assert.equal("%PDF", magic("/sub/a.pdf", 4))
      assert.equal("1 1\n2 4\n3 9\n\n\n1 3\n2 2\n3 1\n",
        (helper.read(folder .. "/sub/a.dat"):gsub("%.0", "")))
      local before = helper.read(folder .. "/sub/a.png")
      helper.shell(("cd %s/sub && rm a.png && sed -i s/a.pdf/a.png/ a.gp && "
        .. "sed -i 's/^set terminal.*/set terminal pngcairo noenhanced size "
        .. "720,480 font \"sans,11\"/' a.gp && gnuplot a.gp"):format(folder))
      assert.equal(#before, #helper.read(folder .. "/sub/a.png"))
    end)

  it("runs nothing that text of users says", function()
    local evil = ("it's `touch %s/bad` \n system('touch %s/bad') @x %%s")
      :format(folder, folder)
    plot.lines { title = evil, xlabel = evil, ylabel = evil,
      series = { { y = { 1, 2 }, title = evil } }, file = folder .. "/a.svg" }
    assert.is_nil(io.open(folder .. "/bad"))
    assert.matches("it's", helper.read(folder .. "/a.svg"):gsub("&#39;", "'"))
  end)

  it("draws in text without a file", function()
    local out, errors = helper.shell(helper.program .. " -e " .. helper.quote(
      'require("weyl").plot.lines { series = { { y = { 1, 2, 3 }, '
      .. 'title = "up" } }, xlabel = "epoch" }'))
    assert.equal("", errors)
    assert.matches("up%*+", out)
    assert.matches("epoch", out)
  end)

  it("leaves gaps where values are not numbers", function()
    plot.lines { series = { { y = { 1, 0 / 0, 3, 1 / 0 } } },
      file = folder .. "/a.svg" }
    assert.matches("2 NaN\n", helper.read(folder .. "/a.dat"))
  end)

  it("shows what gnuplot says", function()
    assert.error_matches(function()
      plot.figure { script = "plot nonsense(x)\n", file = folder .. "/a.png" }
    end, "gnuplot failed on '.*/a.gp'.*undefined function: nonsense")
    assert.error_matches(function()
      plot.figure { script = "plot nonsense(x)\n" }
    end, "undefined function: nonsense")
  end)

  it("explains wrong arguments", function()
    assert.error_matches(function()
      plot.lines { series = { { y = { 1 } } }, file = "a.gif" }
    end, "must end in .png, .svg or .pdf, got 'a.gif'")
    assert.error_matches(function() plot.lines { series = { { y = 3 } } } end,
      "'series%[1%].y' must be a list of numbers or a tensor, got 3")
    assert.error_matches(function()
      plot.lines { series = { { y = { 1 }, style = "line" } } }
    end, "style must be .* got 'line' %(did you mean 'lines'%?%)")
    assert.error_matches(function() plot.recipe "level" end,
      "no recipe 'level'")
    assert.error_matches(function() plot.recipe "levels" {} end,
      "'results' must be what experiment:run%(%) returns, got an empty table")
  end)

  it("explains series that cannot be drawn", function()
    local function fails(series, pattern)
      assert.error_matches(function()
        plot.lines { series = series, logy = true }
      end, pattern)
    end
    fails({}, "'series' must be a list of tables")
    fails({ 3 }, "'series%[1%]' must be a table .* got 3")
    fails({ { y = { "a" } } }, "'series%[1%].y' must be a list of numbers")
    fails({ { y = { 1, 2 }, x = { 1 } } }, "has 1 numbers in x and 2 in y")
    fails({ { y = { 1 }, titel = "a" } }, "did you mean 'title'")
    fails({ { y = { -1, 0 / 0 } } }, "no point can be shown")
  end)
end)

describe("the recipes", function()
  local function sample()
    local history = {}
    for e = 1, 20 do
      history[e] = { epoch = e, train = 1 / e, validation = 2 / e,
        regularizer_1 = 1 / e, strength_1 = 0, regularizer_2 = 2 / e,
        strength_2 = e < 10 and 100 or 12.5 }
    end
    local function level(strength, err, exact)
      return { strength = strength, error = err, true_error = exact }
    end
    return { name = "it's a test", groups = { "O(3)", 'O(2) "xy"' },
      tuned_at = 10, seeds = {
        { history = history, levels = { level(0, 0.3, 0.31),
          level(100, 0.01, 0) } },
        { history = history, levels = { level(0, 0.28, 0.31),
          level(90, 0.02, 0) } } } }
  end

  it("draw levels and history", function()
    local folder = helper.folder()
    for _, name in ipairs { "levels", "history" } do
      local file = plot.recipe(name)(sample(),
        { file = ("%s/%s.svg"):format(folder, name) })
      local text = helper.read(file)
      assert.matches("it's a test", (text:gsub("&#39;", "'")))
      assert.matches("O%(3%)", text)
    end
    assert.matches("strengths set", helper.read(folder .. "/history.svg"))
    assert.matches('"O%(2%) \'xy\'" 0.015 0.01 0.02\n',
      helper.read(folder .. "/levels.dat"))
    helper.remove(folder)
  end)

  it("draw a run without groups", function()
    local folder = helper.folder()
    local r = sample()
    r.groups = {}
    plot.recipe "history" (r, { file = folder .. "/h.png" })
    helper.remove(folder)
  end)
end)
