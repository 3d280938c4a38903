-- verb_spec.lua: `weyl plot`, on runs that are recorded without training.

local helper = require "spec.helper"
local results = require "weyl.results"
local weyl = require "weyl"

local folder, program

-- Runs the program in the folder.
local function verb(words)
  return helper.shell(("cd %s && %s plot %s"):format(helper.quote(folder),
    program, words))
end

local function begin(name, parameters)
  return weyl.runs.open(folder .. "/runs"):begin { name = name,
    path = folder .. "/runs/" .. name, seeds = { 1, 2 },
    parameters = parameters }
end

local function fill(name, power)
  local record = begin(name, { tune = { at = 2, power = power } })
  for seed = 1, 2 do
    for step = 1, 3 do
      record:metrics(seed, step, { train = 1 / step, validation = seed * step,
        regularizer_1 = 1, regularizer_2 = step, strength_1 = 0,
        strength_2 = power * step })
    end
    record:results(seed, { epoch = 3, train = 0.25, test = seed * power })
    record:levels(seed, { { group = "SO(2)", strength = seed, error = 0.5 },
      { group = "it's `C(4)`", strength = 10, error = 0.25 } })
  end
  record:finish "done"
end

setup(function()
  folder = helper.folder()
  program = helper.shell("realpath " .. helper.program):sub(1, -2)
  fill("a", 2)
  fill("b", 3)
  begin("empty", {}):finish("failed", "no data")
  local record = begin("plain", {})
  record:metrics(1, 1, { train = 1 })
  record:finish "done"
end)

teardown(function() helper.remove(folder) end)

describe("weyl plot", function()
  it("lists what it draws", function()
    local out, err, status = verb ""
    assert.same({ "", 0 }, { err, status })
    for _, name in ipairs { "levels", "history", "compare", "box",
      "equivariance", "spectrum", "sensitivity" } do
      assert.matches("\n" .. name .. "  +%l", "\n" .. out)
    end
    assert.not_matches("algebra", out)
    local list = results.parse((verb "--json"))
    assert.equal("box", list[1].recipe)
  end)

  it("draws a run into its folder and lists the figure there", function()
    local out, err, status = verb "levels a"
    assert.same({ "figure runs/a/levels.png\n", "", 0 }, { out, err, status })
    for _, ending in ipairs { "png", "gp", "dat" } do
      assert.is_truthy(io.open(folder .. "/runs/a/levels." .. ending))
    end
    local shown = helper.shell(("cd %s && %s show a"):format(folder, program))
    assert.matches("figure +runs/a/levels.png\n", shown)
    assert.equal("runs/a/history.svg", results.parse((verb(
      "history 1 --format svg --json"))).file)
    assert.matches("strengths set", helper.read(folder
      .. "/runs/a/history.svg"))
  end)

  it("draws several runs into the folder of runs", function()
    for _, case in ipairs { "compare a b", "box 1 2", "equivariance a b",
      "sensitivity runs/a runs/b", "truth a b" } do
      local name = case:match "%a+"
      assert.equal(("figure runs/%s-1-2.png\n"):format(name), (verb(case)))
    end
    assert.matches("tune.power", helper.read(folder
      .. "/runs/sensitivity-1-2.gp"))
  end)

  it("draws where it is told, with a title", function()
    local out = verb "box a b --metric train --title 'it''s' -o sub/x.svg"
    assert.equal("figure sub/x.svg\n", out)
    local text = helper.read(folder .. "/sub/x.svg")
    assert.matches("train: mean squared error", text)
    assert.matches(">its<", text)
  end)

  it("prints text", function()
    local out, err, status = verb "levels a --format text"
    assert.same({ "", 0 }, { err, status })
    assert.matches("SO%(2%) |[^\n]*1.5\n", out)
    assert.matches("it's `C%(4%)` |[^\n]*10\n", out)
  end)

  it("draws the weights of a run from its best parameters", function()
    results.folder(folder .. "/runs/a/checkpoints/seed-1")
    require("weyl.data.safetensors").write(folder
      .. "/runs/a/checkpoints/seed-1/best.safetensors",
      { w = weyl.tensor { { 3, 0 }, { 0, 2 } }, b = weyl.ones { 2 } }, {})
    assert.equal("figure runs/a/spectrum.png\n", (verb "spectrum a"))
    assert.equal("1 3\n2 2\n", helper.read(folder
      .. "/runs/a/spectrum.dat"))
  end)

  it("draws a sweep into its folder", function()
    weyl.sweep { name = "rate", output = folder .. "/runs",
      space = { lr = { 0.01, 0.1, 1 }, wide = { true, false } },
      trial = function(p)
        return p.lr == 1 and p.wide and 0 / 0 or p.lr + (p.wide and 1 or 0)
      end }:run { workers = 0, quiet = true }
    assert.same({ "figure runs/rate/sweep.svg\n", "", 0 },
      { verb "sweep rate --format svg" })
    local text = helper.read(folder .. "/runs/rate/sweep.svg")
    for _, word in ipairs { "rate", "lr", "wide", "best trial", "true" } do
      assert.matches(">" .. word .. "<", text)
    end
    assert.equal("figure runs/rate/sweep.png\n", (verb "sweep runs/rate/"))
  end)

  it("says what is wrong", function()
    local function wrong(words, status, message)
      local out, err, got = verb(words)
      assert.equal("", out)
      assert.equal("weyl plot: " .. message .. "\n", err)
      assert.equal(status, got)
    end
    wrong("level a", 2, "there is no recipe 'level' for runs or sweeps (did "
      .. "you mean 'levels'?); there are box, compare, equivariance, history, "
      .. "levels, sensitivity, spectrum, sweep, truth")
    wrong("levels", 2, "which run? `weyl runs` lists them")
    wrong("levels a --x lr", 2, "the recipe 'levels' has no option --x")
    wrong("sweep", 2, "which sweep? give its name or its folder")
    wrong("sweep a b", 1, "the recipe 'sweep' draws one sweep, got 2")
    wrong("sweep nope", 1, "there is no sweep 'nope': neither it nor "
      .. "'runs/nope' is the folder of one")
    wrong("levels 99", 1, "there is no run '99' in 'runs/weyl.db'; `weyl runs` "
      .. "lists runs")
    wrong("levels a b", 1, "the recipe 'levels' draws one run, got 2; "
      .. "'compare' draws several")
    wrong("levels plain", 1, "run 4, 'plain', has no levels: it has not ended, "
      .. "or no candidate groups")
    wrong("history empty", 1, "run 3, 'empty', has recorded nothing that could "
      .. "be drawn")
    wrong("spectrum b", 1, "spectrum: run 'b' has no checkpoint with a matrix "
      .. "of weights in 'runs/b/checkpoints'")
    wrong("sensitivity a b --x lr", 1, "sensitivity: the runs have no "
      .. "parameter 'lr'")
    wrong("box a --metric tset", 1, "box: metric must be 'train' or "
      .. "'validation' or 'test' or 'ood', got 'tset' (did you mean 'test'?)")
    wrong("levels a -o a.gif", 1, "the file must end in .png, .svg or .pdf, "
      .. "got 'a.gif'")
    local _, err, status = verb "levels a -o a.svg --format svg"
    assert.matches("^weyl plot: option '%-%-format' can not be used together "
      .. "with option '%-o'\nUsage", err)
    assert.equal(2, status)
  end)

  it("says what to install without gnuplot", function()
    local _, err, status = helper.shell(("cd %s && PATH=%s %s plot levels a")
      :format(folder, folder, program))
    assert.equal("weyl plot: there is no program 'gnuplot', which draws the "
      .. "figures; on Debian it is in the package gnuplot-nox\n", err)
    assert.equal(1, status)
  end)
end)
