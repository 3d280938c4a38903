-- recipes_spec.lua: the figures of studies: what they draw, from which
-- numbers, and what they refuse.

local helper = require "spec.helper"
local weyl = require "weyl"

local plot = weyl.plot

describe("the recipe", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  -- Draws as SVG; the picture's text, the data and the script.
  local function draw(name, r, title)
    plot.recipe(name)(r, { file = folder .. "/a.svg", title = title })
    plot.recipe(name)(r, { file = folder .. "/b.png" })
    assert.equal("\137PNG", helper.read(folder .. "/b.png"):sub(1, 4))
    return helper.read(folder .. "/a.svg"):gsub("&#39;", "'"),
      helper.read(folder .. "/a.dat"), helper.read(folder .. "/a.gp")
  end

  local function blocks(data)
    local list = {}
    for block in (data .. "\n\n"):gmatch "(.-)\n\n+" do
      list[#list + 1] = block
    end
    return list
  end

  local function fails(name, r, pattern)
    assert.error_matches(function() plot.recipe(name)(r) end,
      "plot.recipe " .. name .. ": argument 'results' must be " .. pattern)
  end

  it("box shows quartiles and every seed", function()
    local text, data = draw("box", { label = "it's an error", panels = {
      { title = "axis 3", boxes = {
        { name = "MLP", values = { 4, 1, 3, 2, 5 } },
        { name = "PER", values = { 0.1, 0, 0 / 0, -1, 1 / 0 } },
        { name = "none", values = {} } } },
      { boxes = { { name = "MLP", values = { 7 } } } } } }, "the title")
    for _, shown in ipairs { "it's an error", "axis 3", "MLP", "PER", "none",
      "the title" } do
      assert.matches(shown, text)
    end
    local list = blocks(data)
    assert.equal("1 1 2 3 4 5", list[1])
    assert.equal(5, select(2, (list[2] .. "\n"):gsub("[^\n]+\n", "")))
    assert.matches("^4 0.85\n1 0.925\n3 1\n2 1.075\n5 1.15$", list[2])
    assert.equal("2 0.1 0.1 0.1 0.1 0.1", list[3]) -- what is above 0 alone
    assert.equal("0.1 2", list[4])
    assert.equal("3 NaN NaN NaN NaN NaN", list[5])
    assert.equal("1 7 7 7 7 7", list[7])
  end)

  it("box refuses other tables", function()
    local what = "a table { panels = { { boxes = .*"
    fails("box", {}, what .. "got an empty table")
    fails("box", { panels = {} }, what)
    fails("box", { panels = { { boxes = {} } } }, what)
    fails("box", { panels = { { boxes = { { name = "a" } } } } }, what)
    fails("box", { panels = { { boxes = { { name = "a", values = { "1" } } }
      } } }, what)
  end)

  it("bands go through medians, from least to largest", function()
    local text, data, script = draw("bands", { panels = { { xlabel = "samples",
      ylabel = "error's size", logx = true, logy = true, reference = 0.5,
      reference_name = "plain", curves = {
        { name = "A", x = { 100, 30, 300 }, y = { { 3, 1, 2, 0, 0 / 0 }, 9,
          { -1 } } }, { name = "none", x = {}, y = {} } } },
      { xlabel = "power", curves = {
        { name = "A", x = { 2, 3 }, y = { { -1, 1 }, { 0 } } },
        { name = "B", x = { 2 }, y = { 5 } } } } } }, "a title")
    for _, shown in ipairs { "samples", "error's size", "plain", "power", "A",
      "B", "a title" } do
      assert.matches(shown, text)
    end
    local list = blocks(data)
    assert.equal("30 9 9 9\n100 2 1 3", list[1])
    assert.equal("2 0 -1 1\n3 0 0 0", (list[2]:gsub("%.0", "")))
    assert.matches("set xtics norotate %('30' 30, '100' 100%)", script)
    -- one curve's style is the same in both panels
    assert.equal(2, select(2, script:gsub("pt 7 ps 0.9 lc rgb '#4477aa'", "")))
  end)

  it("bands turn settings that would meet", function()
    local function script(x)
      local y = {}
      for i in ipairs(x) do y[i] = i end
      return (select(3, draw("bands", { panels = { { curves = {
        { name = "A", x = x, y = y } } } } })))
    end
    assert.matches("rotate by 40", script { 500, 1000, 4000 })
    assert.matches("norotate %(", script { 1000, 2500, 4000 })
    assert.not_matches("set xtics [^\n]*%(", script { 1, 2, 3, 4, 5, 6, 7, 8,
      9, 10 })
  end)

  it("bands refuse other tables", function()
    local what = "a table { panels = { { curves = .*"
    for _, curve in ipairs { { x = { 1 }, y = { 1 } },
      { name = "a", x = { 1 }, y = {} }, { name = "a", x = { "1" },
        y = { 1 } }, { name = "a", x = { 1 }, y = { { "1" } } } } do
      fails("bands", { panels = { { curves = { curve } } } }, what)
    end
    fails("bands", { panels = { { curves = {} } } }, what)
    fails("bands", { panels = { 3 } }, what)
  end)

  local function variant(label, factor)
    local function level(strength, err, exact)
      return { strength = strength, error = err * factor, residual = err,
        true_error = exact, level = strength > 0 and 1 / strength or nil }
    end
    return { label = label, groups = { "O(3)", "O(2)" }, seeds = {
      { levels = { level(0, 0.3, 0.31), level(100, 0.01, 0) } },
      { failure = "none" },
      { levels = { level(0, 0.2, 0.31), level(50, 0.03, 0) } } } }
  end

  it("truth has the levels of all variants beside the exact errors",
    function()
      local text, data, script = draw("truth", { variant("it's one", 1),
        variant("a rather long name of two", 2) }, "levels")
      for _, shown in ipairs { "it's one", "a rather long name of two",
        "O%(3%)", "exact function", "residual per direction", "strength",
        "levels" } do
        assert.matches(shown, text)
      end
      local list = blocks(data)
      assert.equal("0.8 0.25 0.2 0.3\n1.8 0.5 0.4 0.6", list[1]) -- O(3)
      assert.equal("1.2 0.02 0.01 0.03\n2.2 0.04 0.02 0.06", list[2])
      assert.equal("0.8 0.31 0.31 0.31\n1.8 0.31 0.31 0.31\n1.2 0 0 0\n"
        .. "2.2 0 0 0", (list[3]:gsub("%.0 ", " "):gsub("%.0\n", "\n")
        :gsub("%.0$", "")))
      -- then levels of one group, residuals of two, strengths of one
      assert.equal(7, #list)
      assert.matches("rotate by %-20", script)
    end)

  it("truth does without evidence levels and truths", function()
    local v = variant("a", 1)
    for _, seed in ipairs(v.seeds) do
      for _, level in ipairs(seed.levels or {}) do
        level.level, level.true_error = nil, nil
      end
    end
    local text, data = draw("truth", { v })
    assert.is_nil(text:find("exact function", 1, true))
    assert.is_nil(text:find("level d_j", 1, true))
    assert.equal(5, #blocks(data))
  end)

  it("truth refuses other tables", function()
    local what = "a list of results with groups and levels"
    fails("truth", {}, what)
    fails("truth", { { groups = { "a" }, seeds = {} } }, what)
    fails("truth", { variant("a", 1), 3 }, what)
  end)

  local function tracks(width)
    local function points(...)
      local out = {}
      for i, x in ipairs { ... } do
        out[i] = table.move({ x, x / 2, x / 10 }, 1, width, 1, {})
      end
      return out
    end
    local function sample(title)
      return { title = title, observed = points(0, 1), future = points(2, 3),
        predictions = { { name = "it's PER", points = points(2, 4) },
          { name = "MLP", points = points(5) } } }
    end
    return { dt = 0.5, unit = "'m'", samples = { sample "one", sample() } }
  end

  it("trajectories join observed points, the future and predictions",
    function()
      local text, data = draw("trajectories", tracks(3), "a title")
      for _, shown in ipairs { "observed", "true future", "it's PER", "MLP",
        "one", "sample 2", "height %('m'%)", "time %(s%)", "x %('m'%)",
        "a title" } do
        assert.matches(shown, text)
      end
      local list = blocks((data:gsub("%.0 ", " "):gsub("%.0\n", "\n")))
      assert.equal(8, #list)
      assert.equal("-0.5 0 0 0\n0 1 0.5 0.1", list[1])
      assert.equal("0 1 0.5 0.1\n0.5 2 1 0.2\n1 3 1.5 0.3", list[2])
      assert.equal("0 1 0.5 0.1\n0.5 2 1 0.2\n1 4 2 0.4", list[3])
      assert.equal("0 1 0.5 0.1\n0.5 5 2.5 0.5", list[4])
    end)

  it("trajectories on the plane have no height", function()
    local text = draw("trajectories", tracks(2))
    assert.is_nil(text:find("height (", 1, true))
    assert.is_nil(text:find("time (", 1, true))
  end)

  it("trajectories refuse other tables", function()
    local what = "a table { samples = { { observed =, .*"
    local r = tracks(3)
    r.samples[2].future[1] = { 1, 2 }
    fails("trajectories", r, what)
    fails("trajectories", { samples = {} }, what)
    fails("trajectories", tracks(1), what)
    r = tracks(2)
    r.samples[1].predictions[1].name = nil
    fails("trajectories", r, what)
  end)

  it("history marks every epoch in which strengths were set", function()
    local history = {}
    for e = 1, 9 do
      history[e] = { epoch = e, train = 1 / e, regularizer_1 = e,
        strength_1 = e }
    end
    local _, _, script = draw("history", { name = "a", groups = { "g" },
      tuned_at = { 2, 5 }, seeds = { { history = history } } })
    assert.matches("arrow 1 from first 2,", script)
    assert.matches("arrow 2 from first 5,", script)
  end)
end)

describe("axes with logarithms", function()
  it("are numbered between powers of ten when they have few", function()
    local function digits(low, high)
      local out = {}
      for digit in plot.log_axis("y", low, high):gmatch "(%d+) %* 10.0" do
        if out[#out] ~= digit then out[#out + 1] = digit end
      end
      return table.concat(out, " ")
    end
    assert.equal("2 3 4 5 6 8", digits(1, 4))
    assert.equal("2 5", digits(0.02, 0.25))
    assert.equal("3", digits(1e-3, 0.5))
    assert.equal("", digits(1e-3, 10))
    assert.matches("^set logscale x\nset format x '%%g'\nset xrange "
      .. "%[0.5:20%]\n", plot.log_axis("x", 0.5, 20))
  end)

  it("have nine colours, then again", function()
    local seen = {}
    for i = 1, 9 do
      assert.is_nil(seen[plot.colour(i)])
      seen[plot.colour(i)] = true
    end
    assert.equal(plot.colour(1), plot.colour(10))
  end)
end)
