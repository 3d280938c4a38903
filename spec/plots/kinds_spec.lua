-- kinds_spec.lua: the kinds of figures: what they draw from which numbers, and
-- what they refuse.

local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"

local plot = weyl.plot

describe("the kind", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  -- What a figure writes: the blocks of its data, its script, its text.
  local function written(figure)
    figure:save(folder .. "/a.svg")
    figure:save(folder .. "/b.png")
    local list = {}
    for block in (helper.read(folder .. "/a.dat") .. "\n\n"):gmatch
      "(.-)\n\n+" do
      list[#list + 1] = block:gsub("%.0 ", " "):gsub("%.0\n", "\n")
        :gsub("%.0$", ""):gsub("0%.6399999+%d* ", "0.64 ")
    end
    return list, helper.read(folder .. "/a.gp"),
      (helper.read(folder .. "/a.svg"):gsub("&#39;", "'"))
  end

  it("lines has bands, gaps, logarithms and marks", function()
    local data, script, text = written(plot.lines { logy = true,
      series = { { x = { 1, 2, 3, 4 }, y = { 1, 10, -1, 0 / 0 },
        low = { 0.5, 5, 1, 1 }, high = { 2, 20, 1, 1 }, title = "it's" } },
      marks = { { at = 2, title = "here" } }, xlabel = "time (s)" })
    assert.equal("1 1 0.5 2\n2 10 5 20\n3 NaN 1 1\n4 NaN 1 1", data[2])
    assert.matches("using 1:3:4 with filledcurves", script)
    assert.matches("set logscale y", script)
    for _, shown in ipairs { "it's", "here", "time %(s%)" } do
      assert.matches(shown, text)
    end
    assert.matches("^2 ", data[1])
  end)

  it("scatter has whiskers", function()
    local data, script = written(plot.scatter { series = { { y = { 1, 2 },
      low = { 0, 1 }, high = { 3, 4 }, colour = "#123456" } } })
    assert.equal("1 1 0 3\n2 2 1 4", data[1])
    assert.matches("yerrorbars [^\n]*lc rgb '#123456'", script)
  end)

  it("scatter turns names that would meet, and grows by their letters",
    function()
      local function drawn(names)
        local _, script = written(plot.scatter { series = { { y = { 1, 2 } } },
          xnames = names })
        return script:find("rotate by 90", 1, true) ~= nil,
          tonumber(script:match "set terminal %S+[^\n]-size %d+, *(%d+)")
      end
      local turned, height = drawn { "a", "b" }
      assert.is_false(turned)
      local long = ("x"):rep(50)
      local turned_long, higher = drawn { long, long }
      assert.is_true(turned_long)
      assert.is_true(higher - height >= 50 * 5, higher - height)
      assert.is_false((drawn { ("x"):rep(18), ("y"):rep(18) }))
    end)

  it("lines explains series that cannot be drawn", function()
    local function refuses(text, series)
      fails("plot.lines: " .. text, function()
        plot.lines { series = series, logy = true }
      end)
    end
    refuses("argument 'series[1]' must be a table { y = ... }, got 3", { 3 })
    refuses("argument 'series[1].y' must be a list of numbers or a tensor, "
      .. "got 3", { { y = 3 } })
    refuses("series[1] has 1 numbers in x and 2 in y", { { y = { 1, 2 },
      x = { 1 } } })
    refuses("nothing can be shown: no value is finite and above 0, as an axis "
      .. "with logarithms needs", { { y = { -1, 0 / 0 } } })
    refuses("series[1]: there is no option 'titel' (did you mean 'title'?)",
      { { y = { 1 }, titel = "a" } })
    refuses("series[1]: there is no option '1' (options: colour, high, low, "
      .. "style, title, x, y)", { { { 1 } } })
    fails("plot.lines: the range of an axis with logarithms must be above 0, "
      .. "got 0", function()
        plot.lines { series = { { y = { 1 } } }, logy = true,
          yrange = { 0, 1 } }
      end)
    fails("plot.lines: argument 'xrange' must be two numbers, the lower first, "
      .. "got a table", function()
        plot.lines { series = { { y = { 1 } } }, xrange = { 2, 1 } }
      end)
    fails("plot.lines: argument 'marks[1]' must be a table { at = ... }, got 2",
      function() plot.lines { series = { { y = { 1 } } }, marks = { 2 } } end)
  end)

  it("bars begins at 0, or below the least value", function()
    local data, script = written(plot.bars { names = { "a", "50% b" },
      series = { { y = { 1, 2 }, low = { 0.5, 1 }, high = { 2, 3 } } },
      numbers = true })
    -- value, middle, base, edges, whisker, colour
    assert.equal("1 1 0 0.64 1.36 0.5 2 0\n2 2 0 1.64 2.36 1 3 0", data[1])
    assert.equal('2 1 "1"\n3 2 "2"', data[2])
    assert.matches("'50%%%% b' 2", script)
    data = written(plot.bars { names = { "a", "b" }, logx = true,
      series = { { y = { 3, 0 } } }, colours = { "#000001", "#0000ff" } })
    assert.equal("3 1 1 0.64 1.36 3 3 1", data[1]:match "[^\n]+")
    assert.matches("\nNaN 2 1 ", data[1])
    assert.matches(" 255$", data[1])
  end)

  it("bars explains what it refuses", function()
    local function refuses(text, opts)
      fails("plot.bars: " .. text, function() plot.bars(opts) end)
    end
    refuses("argument 'names' must be a list of names, got an empty table",
      { names = {}, series = { { y = {} } } })
    refuses("series[1] has 1 numbers in y and there are 2 names",
      { names = { "a", "b" }, series = { { y = { 1 } } } })
    refuses("nothing can be shown: no value is finite",
      { names = { "a" }, series = { { y = { 0 / 0 } } } })
    refuses("argument 'colours' must be a list of 1 colours \"#rrggbb\", got "
      .. "a table", { names = { "a" }, series = { { y = { 1 } } },
      colours = { "red" } })
  end)

  it("box has quartiles, median, ends and all values", function()
    local data, _, text = written(plot.box { xlabel = "error (m)", boxes = {
      { name = "it's", values = weyl.tensor { 4, 1, 3, 2, 5 } },
      { name = "none", values = {} }, { name = "one", values = { 7 } } } })
    assert.equal("1 1 2 3 4 5", data[1])
    assert.equal("4 0.85\n1 0.925\n3 1\n2 1.075\n5 1.15", data[2])
    assert.equal("3 7 7 7 7 7", data[3])
    assert.matches("none", text)
    fails("plot.box: nothing can be shown: no value is finite",
      function() plot.box { boxes = { { name = "a", values = {} } } } end)
    fails("plot.box: boxes[1]: option 'name' is missing",
      function() plot.box { boxes = { { values = { 1 } } } } end)
  end)

  it("histogram counts every value once, in bins that all share", function()
    local values = { 0, 0, 1, 2, 3, 4, 0 / 0 }
    local data = written(plot.histogram { bins = 4, series = {
      { values = values }, { values = { 1.5 } } } })
    assert.equal("0.5 2 0 1\n1.5 1 1 2\n2.5 1 2 3\n3.5 2 3 4", data[1])
    assert.equal("0.5 0 0 1\n1.5 1 1 2\n2.5 0 2 3\n3.5 0 3 4", data[2])
    data = written(plot.histogram { bins = 2, density = true, series = {
      { values = { 0, 1, 1, 4 } } } })
    assert.equal("1 0.375 0 2\n3 0.125 2 4", data[1])
    -- without bins, and where all values are one
    written(plot.histogram { series = { { values = weyl.normal { 200 } } } })
    written(plot.histogram { series = { { values = { 2, 2, 2 } } } })
    fails("plot.histogram: nothing can be shown: no value is finite",
      function() plot.histogram { series = { { values = { 0 / 0 } } } } end)
  end)

  it("heatmap has the first row at the top, colours about 0", function()
    local data, script, text = written(plot.heatmap { rows = { "a", "b" },
      values = { { -1, 0.123, 2 }, { 0, 1, 0 / 0 } }, label = "weight" })
    assert.matches("set yrange %[2.5:0.5%]", script)
    assert.matches("set cbrange %[%-2:2%]", script)
    assert.matches('^1 1 %-1 "%-1" "[^"]"\n2 1 0.123 "0.12" ', data[1])
    assert.matches('3 2 NaN "%-" "%?"$', data[1])
    for _, shown in ipairs { "weight", ">a<", ">0.12<" } do
      assert.matches(shown, text)
    end
    data, script = written(plot.heatmap { values = { { 0.5, 1000 } },
      log = true })
    assert.equal(3, #data)
    assert.matches("set logscale cb", script)
    assert.matches("set cbrange %[0.5:1000%]", script)
    data, script = written(plot.heatmap { values = weyl.ones { 20, 30 } })
    assert.equal(1, #data)
    assert.matches("with image", script)
    assert.matches("set xtics %('1' 1, '10' 10, '20' 20, '30' 30%)", script)
  end)

  it("heatmap explains what it refuses", function()
    fails("plot.heatmap: argument 'values' must be rows of equally many "
      .. "numbers or a tensor [rows, columns], got a table", function()
        plot.heatmap { values = { { 1, 2 }, { 3 } } }
      end)
    fails("plot.heatmap: argument 'rows' must be a list of 1 names, got a "
      .. "table", function()
        plot.heatmap { values = { { 1 } }, rows = { "a", "b" } }
      end)
    fails("plot.heatmap: nothing can be shown: no value is finite and above "
      .. "0, as an axis with logarithms needs", function()
        plot.heatmap { values = { { -1 } }, log = true }
      end)
  end)

  it("images has all on one scale, in greys or in colours", function()
    local data, script, text = written(plot.images { names = { "it's", "b" },
      images = { { { 0, 1 }, { 2, 3 } }, { { 4 } } }, columns = 2 })
    assert.equal('1 1 0 "@"\n2 1 1 "#"\n1 2 2 "+"\n2 2 3 ":"', data[1])
    assert.equal('4 1 4 " "', data[2])
    assert.matches("set cbrange %[0:4%]", script)
    assert.matches("it's", text)
    data, script = written(plot.images { images = weyl.ones { 3, 2, 2, 3 } })
    assert.equal(3, #data)
    assert.matches("with rgbimage", script)
    fails("plot.images: argument 'images' must be a tensor [count, height, "
      .. "width] or [count, height, width, 3], or a list of images, got a "
      .. "tensor f32 [2, 2]", function()
        plot.images { images = weyl.ones { 2, 2 } }
      end)
  end)

  it("field has arrows no longer than the way to the next point", function()
    local data = written(plot.field { x = { { 0, 0 }, { 1, 0 }, { 0, 1 },
      { 1, 1 } }, v = { { 4, 0 }, { 0, 2 }, { 0, 0 }, { -1, 1 } } })
    assert.equal("0 0 0.5 0\n1 0 0 0.25\n0 1 0 0\n1 1 -0.125 0.125", data[1])
    data = written(plot.field { x = { { 0, 0 } }, v = { { 2, 0 } }, scale = 3 })
    assert.equal("0 0 6 0", data[1])
    fails("plot.field: there are 1 points in x and 2 arrows in v", function()
      plot.field { x = { { 0, 0 } }, v = { { 1, 0 }, { 1, 1 } } }
    end)
  end)

  it("trajectories has one scale on all axes and dots where tracks begin",
    function()
      local data, script = written(plot.trajectories { tracks = {
        { points = { { 0, 0 }, { 4, 1 } }, title = "a" },
        { points = { { 1, 2 }, { 3, 1 } } } }, xlabel = "x (m)" })
      assert.equal("0 0\n4 1", data[1])
      assert.equal("0 0", data[2])
      assert.matches("size ratio 1%.", script)
      assert.matches("set xrange %[%-0.24:4.24%]", script)
      assert.matches("set yrange %[%-1.24:3.24%]", script)
      data, script = written(plot.trajectories { tracks = {
        { points = weyl.tensor { { 0, 0, 1 }, { 4, 1, 2 } } } },
        zlabel = "z (m)" })
      assert.equal("0 0 1\n4 1 2", data[1])
      assert.matches("\nsplot ", script)
      fails("plot.trajectories: argument 'tracks[2].points' must be points of "
        .. "2 numbers, got a table", function()
          plot.trajectories { tracks = { { points = { { 0, 0 } } },
            { points = { { 0, 0, 0 } } } } }
        end)
      fails("plot.trajectories: argument 'tracks[1].points' must be points of "
        .. "2 or 3 numbers, got a table", function()
          plot.trajectories { tracks = { { points = { { 0 } } } } }
        end)
    end)

  it("panels stands in rows of as many columns as it is told", function()
    local one = plot.lines { series = { { y = { 1, 2 }, title = "a" } },
      title = "first" }
    local other = plot.bars { names = { "n" }, series = { { y = { 1 } } } }
    local _, script, text = written(plot.panels { one, other, columns = 1,
      title = "both" })
    assert.equal(2, select(2, script:gsub("set origin 0.000000, 0%.[^\n]*\n"
      .. "set size 1.0", "")))
    assert.matches("first", text)
    assert.matches("both", text)
    assert.equal("#0072b2", plot.colour(1))
    assert.equal(plot.colour(1), plot.colour(9))
  end)
end)

describe("axes with logarithms", function()
  local style = require "weyl.plot.style"

  it("are numbered between powers of ten when they have few", function()
    local function digits(low, high)
      local out = {}
      for digit in style.log_axis("y", low, high):gmatch "(%d+) %* 10.0" do
        if out[#out] ~= digit then out[#out + 1] = digit end
      end
      return table.concat(out, " ")
    end
    assert.equal("2 3 4 5 6 8", digits(1, 4))
    assert.equal("2 5", digits(0.02, 0.25))
    assert.equal("3", digits(1e-3, 0.5))
    assert.equal("", digits(1e-3, 10))
    assert.matches("^set logscale x\nset format x '%%g'\nset xrange "
      .. "%[0.5:20%]\n", style.log_axis("x", 0.5, 20))
    assert.matches("set ytics 1e2\n", style.log_axis("y", 1e-12, 1))
  end)

  it("have a round distance of numbers without", function()
    assert.same({ 0.5, 2, 20 }, { style.step(2), style.step(7.3),
      style.step(100) })
  end)
end)
