-- recipes_spec.lua: the recipes of plots/: what they draw, from which numbers,
-- and what they refuse.

local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"

local plot = weyl.plot

-- What an experiment's run() returns, as far as figures need it.
local function sample(factor)
  local function history(f)
    local rows = {}
    for e = 1, 20 do
      rows[e] = { epoch = e, train = f / e, validation = 2 * f / e,
        regularizer_1 = 1 / e, strength_1 = 0, regularizer_2 = 2 / e,
        strength_2 = e < 10 and 100 or 12.5 }
    end
    return rows
  end
  local function level(strength, err, exact)
    return { strength = strength, error = err * (factor or 1), residual = err,
      true_error = exact, level = strength > 0 and 1 / strength or nil }
  end
  return { name = "it's a test", groups = { "O(3)", 'O(2) "xy"' },
    tuned_at = { 5, 10 }, seeds = {
      { seed = 1, history = history(1), test = 0.5, levels = {
        level(0, 0.3, 0.31), level(100, 0.01, 0) } },
      { seed = 2, history = history(3), test = 1.5, levels = {
        level(0, 0.2, 0.31), level(50, 0.03, 0) } } } }
end

describe("the recipe", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  -- Draws as SVG; the picture's text, the blocks of data and the script.
  local function draw(name, r, opts)
    local o = { file = folder .. "/a.svg" }
    for key, value in next, opts or {} do o[key] = value end
    local figure = plot.recipe(name)(r, o)
    assert.equal(o.file, figure.file)
    assert.is_true(#figure:text() > 0)
    local blocks = {}
    for block in (helper.read(folder .. "/a.dat") .. "\n\n"):gmatch
      "(.-)\n\n+" do
      blocks[#blocks + 1] = block:gsub("%.0 ", " "):gsub("%.0\n", "\n")
        :gsub("%.0$", "")
    end
    return helper.read(folder .. "/a.svg"):gsub("&#39;", "'")
      :gsub("&quot;", '"'), blocks, helper.read(folder .. "/a.gp")
  end

  local function shows(text, list)
    for _, shown in ipairs(list) do
      assert.is_truthy(text:find(shown, 1, true), shown)
    end
  end

  local function refuses(name, what, r)
    fails(("plot.recipe %s: argument 'results' must be %s, got %s"):format(name,
      what, next(r) == nil and "an empty table" or "a table"),
      function() plot.recipe(name)(r) end)
  end

  local RESULTS = "what experiment:run() returns"

  it("levels has strengths, and errors beside the exact ones", function()
    local text, data = draw("levels", sample())
    shows(text, { "it's a test", "O(3)", 'O(2) "xy"', "discovered strength",
      "equivariance error, 0 to 1", "model", "exact function" })
    assert.matches("^NaN 1 [^\n]*\n75 2 [^\n]* 50 100 0$", data[1])
    assert.matches("^0.25 [^\n]* 0.2 0.3 0\n0.02 ", data[3])
    assert.matches("^0.31 ", data[4])
    local none = sample()
    for _, seed in ipairs(none.seeds) do seed.levels = nil end
    refuses("levels", RESULTS .. ", with levels", none)
    for _, seed in ipairs(none.seeds) do seed.levels = { { strength = 0 } } end
    fails("plot.recipe levels: no group of the run has a strength or an error",
      function() plot.recipe "levels" (none) end)
  end)

  it("history has a line for every seed, marks where strengths were set",
    function()
      local text, data, script = draw("history", sample())
      shows(text, { "it's a test", "train", "validation", "epoch",
        "regularizer R_j", "strengths set", 'O(2) "xy"',
        "mean squared error (unit of y, squared)" })
      assert.matches("^5 [%d.e-]+\n5 [%d.]+$", data[1])
      assert.matches("^10 ", data[2])
      assert.matches("^1 1\n2 0.5\n", data[3])
      assert.matches("^1 3\n2 1.5\n", data[4]) -- the other seed
      assert.equal(1, select(2, script:gsub("title 'strengths set'", "")))
      local r = sample()
      r.groups = {}
      draw("history", r)
      for _, seed in ipairs(r.seeds) do seed.history = {} end
      fails("plot.recipe history: the run has no record of an error, "
        .. "regularizer or strength", function() plot.recipe "history" (r) end)
      refuses("history", RESULTS, {})
    end)

  it("compare has medians with bands, and errors in the end", function()
    local text, data, script = draw("compare", { sample(), sample() })
    shows(text, { "it's a test (1)", "it's a test (2)", "test, best parameters",
      "validation", "epoch" })
    assert.matches("^1 2 1 3\n2 1 0.5 1.5\n", data[1])
    assert.matches("\n1 2 [^\n]* 0.5 1.5 %d+$", data[#data - 1])
    assert.matches("lc rgb variable", script)
    refuses("compare", "a list of " .. RESULTS, {})
    refuses("compare", "a list of " .. RESULTS, { sample(), 3 })
    fails("plot.recipe compare: none of the runs has an error above 0",
      function()
        plot.recipe "compare" { { name = "a", groups = {}, seeds = { {} } } }
      end)
  end)

  it("box shows quartiles and every seed, on an axis with logarithms",
    function()
      local text, data = draw("box", { label = "it's an error", panels = {
        { title = "axis 3", boxes = {
          { name = "MLP", values = { 4, 1, 3, 2, 5 } },
          { name = "PER", values = { 0.1, 0, 0 / 0, -1, 1 / 0 } },
          { name = "none", values = {} } } },
        { boxes = { { name = "MLP", values = { 7 } } } } } },
        { title = "the title" })
      shows(text, { "it's an error", "axis 3", "MLP", "PER", "none",
        "the title", "least median" })
      assert.matches("^0.1 [%d.]+\n0.1 ", data[1])
      assert.equal("1 1 2 3 4 5", data[2])
      assert.equal("4 0.85\n1 0.925\n3 1\n2 1.075\n5 1.15", data[3])
      assert.equal("2 0.1 0.1 0.1 0.1 0.1", data[4]) -- what is above 0 alone
      assert.equal("0.1 2", data[5])
      local what = "a table { panels = { { boxes = { { name =, values = } } "
        .. "} } }"
      for _, panels in ipairs { {}, { { boxes = {} } }, { { boxes = { {
        name = "a" } } } }, { { boxes = { { name = "a", values = { "1" } } } } }
      } do
        refuses("box", what, { panels = panels })
      end
      fails("plot.recipe box: no value of a box is above 0", function()
        plot.recipe "box" { panels = { { boxes = { { name = "a",
          values = { 0 } } } } } }
      end)
    end)

  it("equivariance is a matrix of groups by seeds, runs or layers", function()
    local text, data = draw("equivariance", { sample() })
    shows(text, { "candidate group", "seed", "O(3)", ">0.3<" })
    assert.matches("^1 1 0.3 [^\n]*\n2 1 0.2 ", data[1])
    text, data = draw("equivariance", { sample(), sample(2) })
    shows(text, { "it's a test (2)", "run" })
    assert.matches("^1 1 0.25 [^\n]*\n2 1 0.5 ", data[1])
    text = draw("equivariance", { rows = { "a" }, columns = { "b" },
      values = { { 0.25 } }, xlabel = "group of y", label = "defect" })
    shows(text, { "group of y", "defect" })
    weyl.seed(1)
    local V = weyl.rep.V
    local model = weyl.nn.emlp { rep_in = V, rep_out = V, channels = 4,
      depth = 2, group = weyl.group.O(3), soft = true }
    local by_layer = weyl.symmetry.lie_derivative_by_layer(model,
      weyl.group.O(3), { x = weyl.normal { 10, 3 } })
    text = draw("equivariance", { by_layer })
    shows(text, { "layer", "O(3)", "relative Lie derivative of the layer" })
    refuses("equivariance", "a table { rows =, columns =, values = }, or a "
      .. "list of what symmetry.lie_derivative_by_layer or experiment:run() "
      .. "returns", { 3 })
  end)

  it("spectrum has singular values of matrices, other values in order",
    function()
      local text, data, script = draw("spectrum", {
        { name = "it's w", values = weyl.tensor { { 3, 0 }, { 0, -2 } } } })
      shows(text, { "it's w", "singular value", "number in order" })
      assert.equal("1 3\n2 2", data[1])
      assert.matches("set logscale y", script)
      text, data = draw("spectrum", { { name = "a", values = { 1, -3, 2 } } })
      shows(text, { "eigenvalue" })
      assert.equal("1 2\n2 1\n3 -3", data[1])
      refuses("spectrum", "a list of { name =, values = }", { { name = "a" } })
    end)

  it("sensitivity has the setting in which runs differ along its axis",
    function()
      local function run(parameters, test)
        return { name = "a", groups = {}, parameters = parameters,
          seeds = { { test = test }, { test = test + 1 } } }
      end
      local list = { run({ tune = { power = 2 }, method = "per" }, 1),
        run({ tune = { power = 3 }, method = "per" }, 2),
        run({ tune = { power = 2 }, method = "rpp", name = "b" }, 5),
        run({ tune = { power = 3 }, method = "rpp" }, 6) }
      local text, data = draw("sensitivity", list)
      shows(text, { "tune.power", "method per", "method rpp",
        "test: mean squared error" })
      assert.equal("2 1.5 1 2\n3 2.5 2 3", data[1])
      assert.equal("2 5.5 5 6\n3 6.5 6 7", data[2])
      local function wrong(message, opts, runs)
        fails("plot.recipe sensitivity: " .. message,
          function() plot.recipe "sensitivity" (runs or list, opts) end)
      end
      wrong("the runs have no parameter 'tune.powr' (did you mean "
        .. "'tune.power'?)", { x = "tune.powr" })
      wrong("argument 'method' must be a number in every run, got 'per'",
        { x = "method" })
      wrong("the runs differ in no number; say which by the option x", nil,
        { list[1] })
      wrong("the runs differ in lr, power; say which by the option x", nil,
        { run({ lr = 1, power = 1 }, 1), run({ lr = 2, power = 2 }, 1) })
      wrong("metric must be 'train' or 'validation' or 'test' or 'ood', got "
        .. "'tset' (did you mean 'test'?)", { metric = "tset" })
    end)

  it("bands go through medians, from least to largest", function()
    local text, data, script = draw("bands", { panels = { { xlabel = "samples",
      ylabel = "error's size", logx = true, logy = true, reference = 0.5,
      reference_name = "plain", curves = {
        { name = "A", x = { 100, 30, 300 }, y = { { 3, 1, 2, 0, 0 / 0 }, 9,
          { -1 } } }, { name = "none", x = {}, y = {} } } },
      { xlabel = "power", curves = {
        { name = "A", x = { 2, 3 }, y = { { -1, 1 }, { 0 } } },
        { name = "B", x = { 2 }, y = { 5 } } } } } }, { title = "a title" })
    shows(text, { "samples", "error's size", "plain", "power", "A", "B",
      "a title" })
    assert.equal("30 9 9 9\n100 2 1 3", data[2])
    assert.equal("2 0 -1 1\n3 0 0 0", data[3])
    assert.matches("set xtics %('30' 30, '100' 100%)", script)
    -- one curve's look is the same in both panels
    assert.equal(3, select(2, script:gsub("pt 7 ps 0.9 dt 1 lc rgb '#0072b2'",
      "")))
    local function turned(x)
      local y = {}
      for i in ipairs(x) do y[i] = i end
      return select(3, draw("bands", { panels = { { curves = {
        { name = "A", x = x, y = y } } } } })):find("rotate by 90", 1, true)
    end
    assert.is_truthy(turned { 1000, 1100, 40000 }) -- they would meet
    assert.is_falsy(turned { 1000, 2500, 4000 })
  end)

  it("bands refuse other tables", function()
    local what = "a table { panels = { { curves = { { name =, x =, y = } } } "
      .. "} } with as many y as x"
    for _, curve in ipairs { { x = { 1 }, y = { 1 }, name = 3 },
      { name = "a", x = { 1 }, y = {} }, { name = "a", x = { "1" },
        y = { 1 } }, { name = "a", x = { 1 }, y = { { "1" } } } } do
      refuses("bands", what, { panels = { { curves = { curve } } } })
    end
    refuses("bands", what, { panels = { { curves = {} } } })
    refuses("bands", what, { panels = { 3 } })
  end)

  it("truth has the levels of all variants beside the exact errors",
    function()
      local one, two = sample(1), sample(2)
      one.label, two.label = "it's one", "a rather long name of the other"
      local text, data = draw("truth", { one, two }, { title = "levels" })
      shows(text, { "it's one", "a rather long name of the other", "O(3)",
        "exact function", "residual per direction", "strength", "levels",
        "level d_j" })
      assert.equal("0.8 0.25 0.2 0.3\n1.8 0.5 0.4 0.6", data[1]) -- O(3)
      assert.equal("1.2 0.02 0.01 0.03\n2.2 0.04 0.02 0.06", data[2])
      assert.matches("^%S+ 0.31 %S+\n%S+ 0.31 %S+\n%S+ 0 %S+\n%S+ 0 ", data[3])
      assert.equal(7, #data)
      for _, seed in ipairs(one.seeds) do
        for _, level in ipairs(seed.levels) do
          level.level, level.true_error = nil, nil
        end
      end
      text, data = draw("truth", { one })
      assert.is_nil(text:find("exact function", 1, true))
      assert.is_nil(text:find("level d_j", 1, true))
      assert.equal(5, #data)
      refuses("truth", "a list of results with groups and levels", {})
      refuses("truth", "a list of results with groups and levels", { two, 3 })
    end)

  local function tracks(width)
    local function points(...)
      local out = {}
      for i, x in ipairs { ... } do
        out[i] = table.move({ x, x / 2, x / 10 }, 1, width, 1, {})
      end
      return out
    end
    local function one(title)
      return { title = title, observed = points(0, 1), future = points(2, 3),
        predictions = { { name = "it's PER", points = points(2, 4) },
          { name = "MLP", points = points(5) } } }
    end
    return { dt = 0.5, unit = "'m'", samples = { one "one", one() } }
  end

  it("trajectories join observed points, the future and predictions",
    function()
      local text, data = draw("trajectories", tracks(3), { title = "a title" })
      shows(text, { "observed", "true future", "it's PER", "MLP", "one",
        "sample 2", "height ('m')", "time (s)", "x ('m')", "a title" })
      assert.equal("0 0\n1 0.5", data[1])
      assert.equal("1 0.5\n2 1\n3 1.5", data[3])
      assert.equal("-0.5 0\n0 0.1", data[17]) -- the heights of the first
      assert.equal("0 0.1\n0.5 0.2\n1 0.3", data[18])
      text = draw("trajectories", tracks(2))
      assert.is_nil(text:find("height (", 1, true))
    end)

  it("trajectories refuse other tables", function()
    local what = "a table { samples = { { observed =, future =, predictions = "
      .. "{ { name =, points = } } } } } with points of 2 or 3 numbers"
    local r = tracks(3)
    r.samples[2].future[1] = { 1, 2 }
    refuses("trajectories", what, r)
    refuses("trajectories", what, { samples = {} })
    refuses("trajectories", what, tracks(1))
    r = tracks(2)
    r.samples[1].predictions[1].name = nil
    refuses("trajectories", what, r)
  end)

  it("has a name and options that are checked", function()
    fails("plot.recipe: there is no recipe 'level' in the folder plots (did "
      .. "you mean 'levels'?)", function() plot.recipe "level" end)
    fails("plot.recipe: there is no recipe 3 in the folder plots", function()
      plot.recipe(3)
    end)
    fails("plot.recipe levels: there is no option 'titel' (did you mean "
      .. "'title'?)", function()
        plot.recipe "levels" (sample(), { titel = "a" })
      end)
  end)
end)
