-- plots_spec.lua: figures: quoting, files, text, gnuplot's errors, options.

local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"

local plot = weyl.plot

describe("text for gnuplot", function()
  it("is quoted, so that nothing in it is expanded", function()
    assert.equal("'a''b'", plot.quote "a'b")
    assert.equal("'`rm x` $y \\n'", plot.quote "`rm x` $y \\n")
    assert.equal("'a b c'", plot.quote "a\nb\0c")
    assert.equal("'\u{2019}'' a'''", plot.quote "'' a'") -- see gnuplot.lua
    assert.equal("'\u{e9} ?(?'", plot.quote "\u{e9} \xc3(\xff")
  end)

  it("stands in data files with numbers to the last bit", function()
    assert.equal('0.1 NaN "it\'s \'a\'\'b"\nNaN 3 -7\n', plot.block {
      { 0.1, 0 / 0, 'it\'s "a"\nb' }, { 1 / 0, 3, -7 } })
  end)
end)

describe("a figure", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local function figure()
    return plot.lines { series = { { y = { 1, 4, 9 }, title = "squares" },
      { x = weyl.arange(3), y = weyl.tensor { 3, 2, 1 } } } }
  end

  it("is drawn by the ending of the file, with script and data beside",
    function()
      local magic = { png = "\137PNG", svg = "<?xml", pdf = "%PDF" }
      for ending, bytes in next, magic do
        local file = ("%s/it's a folder/%s.%s"):format(folder, ending, ending)
        local f = figure()
        assert.equal(file, f:save(file))
        assert.equal(file, f.file)
        local picture = helper.read(file)
        assert.equal(bytes, picture:sub(1, #bytes))
        local data = helper.read((file:gsub("%w+$", "dat")))
        assert.equal("1 1\n2 4\n3 9\n\n\n1 3\n2 2\n3 1\n",
          (data:gsub("%.0", "")))
        -- the script alone draws it again
        os.remove(file)
        helper.shell(("cd %s && gnuplot %s.gp"):format(
          helper.quote(folder .. "/it's a folder"), ending))
        if ending ~= "pdf" then -- which has the time in it
          assert.equal(picture, helper.read(file))
        end
      end
    end)

  it("runs nothing that text of users says", function()
    local evil = ("it's `touch %s/bad` \n system('touch %s/bad') @x %%s")
      :format(folder, folder)
    local f = plot.panels { title = evil, plot.lines { title = evil,
      xlabel = evil, ylabel = evil, series = { { y = { 1, 2 }, title = evil } },
      marks = { { at = 1, title = evil } } },
      plot.bars { names = { evil }, series = { { y = { 1 } } } },
      plot.heatmap { values = { { 1, 2 } }, rows = { evil }, label = evil } }
    f:save(folder .. "/a.svg")
    f:text(100)
    assert.is_nil(io.open(folder .. "/bad"))
    local text = helper.read(folder .. "/a.svg"):gsub("&#39;", "'")
    assert.matches("it's `touch", text)
  end)

  it("has its legend below all panels, each title once", function()
    plot.panels { figure(), figure(), file = folder .. "/a.svg" }
    local script = helper.read(folder .. "/a.gp")
    assert.equal(1, select(2, script:gsub(" title 'squares'", "")))
    local legend = script:match "# the legend(.*)"
    assert.matches("NaN with lines [^\n]* title 'squares'", legend)
    assert.equal(2, select(2, script:gsub("set key off", "")))
  end)

  it("says what it is", function()
    local f = plot.lines { series = { { y = { 1, 2 } } }, title = "it" }
    assert.equal("weyl.plot.figure: 1 panel 'it'", tostring(f))
    f:save(folder .. "/a.svg")
    assert.equal(("weyl.plot.figure: 1 panel 'it', saved as %s/a.svg"):format(
      folder), tostring(f))
    assert.equal("weyl.plot.figure: 2 panels", tostring(plot.panels { f, f }))
  end)

  it("is made smaller for a terminal with sixel graphics", function()
    local sixel = figure():sixel(200)
    if sixel then
      assert.matches("^\27P", sixel)
      assert.matches('"1;1;200;', sixel)
    end
  end)
end)

describe("a figure as text", function()
  it("has names, numbers, labels with units and a legend", function()
    local text = plot.lines { series = { { y = { 1, 2, 3 }, title = "up" } },
      xlabel = "time (s)", ylabel = "height (m)", title = "rise" }:text(60)
    for _, shown in ipairs { "rise", "height %(m%)", "time %(s%)",
      "%*%*%*%*%*up" } do
      assert.matches(shown, text)
    end
    for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 60) end
  end)

  it("tells its series apart as the legend says", function()
    local text = plot.lines { xlabel = "x", series = {
      { y = { 1, 1 }, title = "low" }, { y = { 2, 2 }, title = "high" },
    } }:text(60)
    assert.matches("##########.*%*%*%*%*%*%*%*%*%*%*.*%*low.*#high", text)
  end)

  it("gives every bar and box a line", function()
    local text = plot.bars { names = { "a", "b" }, numbers = true, series = {
      { y = { 1, 2 }, title = "one" }, { y = { 3, 0 }, title = "two" },
    } }:text(60)
    assert.matches("|%*+ 1\n *a? |#+ 3\n", text)
    assert.matches("|%*+ 2\n *b? | 0\n", text)
    text = plot.box { boxes = { { name = "few", values = { 1, 2, 3, 4, 9 } },
      { name = "one", values = { 5 } } } }:text(60)
    assert.matches("few |.*o%-+o=+|=+o%-+o", text)
    assert.matches("one |", text)
  end)

  it("writes the numbers of a small heat map and shades a large one",
    function()
      local text = plot.heatmap { values = { { 0.25, -1234 }, { 1e-7, 12.3 } },
        rows = { "a", "b" }, label = "error (m)" }:text(60)
      assert.matches("error %(m%)", text)
      assert.matches("a %+ +0.25 +%-1234", text)
      assert.matches("b %+ +1e%-7 +12\n", text)
      text = plot.heatmap { values = { { 0, 9 } }, numbers = false }:text(60)
      assert.matches("blank is 0, @ is 9", text)
    end)

  it("prints as wide as the terminal", function()
    local out, errors = helper.shell("COLUMNS=50 " .. helper.program .. " -e "
      .. helper.quote('require("weyl").plot.lines { series = { { y = { 1 } } '
      .. '} }:show()'))
    assert.equal("", errors)
    local longest = 0
    for line in out:gmatch "[^\n]+" do longest = math.max(longest, #line) end
    assert.is_true(longest > 40 and longest < 50)
  end)

  it("needs room", function()
    local f = plot.lines { series = { { y = { 1 } } } }
    fails("figure:text: argument 'columns' must be an integer >= 20, got 3",
      function() f:text(3) end)
    fails("figure:text: argument 'rows' must be an integer >= 5, got 1.5",
      function() f:text(50, 1.5) end)
    local count = select(2, f:text(50, 12):gsub("\n", ""))
    assert.is_true(count > 8 and count <= 12)
  end)
end)

describe("gnuplot's errors", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  it("are shown with the lines they are about", function()
    local f = plot.figure { script = "set xrange [0:1]\nplot x, \\\n"
      .. "     nonsense(x)\n" }
    local ok, message = pcall(f.save, f, folder .. "/a.png")
    assert.is_false(ok)
    assert.matches("plot: gnuplot stopped in '[^\n]*/a.gp' at line 8: "
      .. "undefined function: nonsense\n +7 | plot x, \\\n +8 |      "
      .. "nonsense%(x%)$", message)
    ok, message = pcall(f.text, f)
    assert.is_false(ok)
    assert.matches("undefined function: nonsense\n", message)
  end)

  it("say what to install when it is not there", function()
    helper.write(folder .. "/a.lua", 'require("weyl").plot.lines { series = { '
      .. '{ y = { 1 } } }, file = "' .. folder .. '/a.png" }\n')
    local _, errors, status = helper.shell(("w=$(realpath %s); PATH=%s $w "
      .. "%s/a.lua"):format(helper.program, folder, folder))
    assert.equal(1, status)
    assert.matches("a.lua:1: plot: there is no program 'gnuplot', which draws "
      .. "the figures; on Debian it is in the package gnuplot%-nox", errors)
  end)

  it("do not hide where a picture cannot be written", function()
    helper.write(folder .. "/file", "")
    assert.error_matches(function()
      plot.lines { series = { { y = { 1 } } }, file = folder .. "/file/a.png" }
    end, "file")
  end)
end)

describe("options of figures", function()
  it("are checked", function()
    fails("plot: the file must end in .png, .svg or .pdf, got 'a.gif'",
      function() plot.lines { series = { { y = { 1 } } }, file = "a.gif" } end)
    fails("plot.lines: argument 'series' must be a list of tables { y = ... }, "
      .. "got an empty table", function() plot.lines { series = {} } end)
    fails("plot.lines: there is no option 'serie' (did you mean 'series'?)",
      function() plot.lines { serie = {} } end)
    fails("plot.panels: argument 'options' must be a list of figures with "
      .. "options, got an empty table", function() plot.panels {} end)
    fails("plot.panels: argument '[1]' must be a figure with panels, not one "
      .. "of a script, got a weyl.plot.figure", function()
        plot.panels { plot.figure { script = "plot x" } }
      end)
  end)
end)
