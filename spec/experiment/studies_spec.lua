-- studies_spec.lua: every script of experiments/per runs from its data to its
-- tables and figures. Epochs are two and networks tiny: numbers mean nothing.

local helper = require "spec.helper"
local weyl = require "weyl"

local TINY = " --epochs 2 --parameters 2500 --workers 1"

-- Runs a script; the files of its report that are not there or empty fail.
local function study(command, report, files, more)
  local folder = helper.folder()
  local _, errors, status = helper.weyl(("experiments/per/%s%s --output %s")
    :format(command, more or TINY, folder))
  assert.equal(0, status, errors)
  for _, name in ipairs(files) do
    local path = ("%s/%s/%s"):format(folder, report, name)
    assert.is_true(#helper.read(path) > 0, name)
  end
  helper.remove(folder)
end

-- Four clips of three joints that move, and a split of them.
local function write_mocap(folder)
  assert(os.execute("mkdir " .. folder .. "/cmu_run"))
  weyl.seed(1)
  local clips, split = {}, {}
  for i = 0, 3 do
    clips[("clip%02d"):format(i)] =
      weyl.normal({ 60, 3, 3 }, 0, 0.1, "f64"):cumsum(1)
  end
  for i, part in ipairs { "train", "validation", "test" } do
    split[part .. "_clip"] = weyl.full({ 6 }, i - 1, "i64")
    split[part .. "_start"] = weyl.tensor({ 2, 5, 8, 11, 14, 17 }, "i64")
  end
  weyl.data.save_npz(folder .. "/cmu_run/cmu_run.npz", clips)
  weyl.data.save_npz(folder .. "/cmu_run/cmu_run_split.npz", split)
end

local SCENES = { "biwi_eth", "biwi_hotel", "crowds_zara01", "crowds_zara02",
  "crowds_zara03", "students001", "students003", "uni_examples" }

-- Twelve people who walk on their circles past each camera.
local function write_pedestrians(folder)
  assert(os.execute("mkdir " .. folder .. "/eth_ucy"))
  for s, name in ipairs(SCENES) do
    local rows = {}
    for person = 1, 12 do
      for t = 0, 39 do
        local a = 0.03 * person * t + s
        rows[#rows + 1] = ("%d\t%d\t%.3f\t%.3f"):format(10 * t, person,
          person * math.cos(a) + 0.1 * t, person * math.sin(a))
      end
    end
    helper.write(("%s/eth_ucy/%s.txt"):format(folder, name),
      table.concat(rows, "\n") .. "\n")
  end
end

-- A folder of data that `write` fills, for a script.
local function with_data(write, f)
  local folder = helper.folder()
  write(folder)
  f(" --data " .. folder)
  helper.remove(folder)
end

describe("the study #slow", function()
  it("synthetic.lua", function()
    study("synthetic.lua --variants axis3", "synthetic-quick/report", {
      "inertia-test.csv", "inertia-errors.svg", "inertia-agreement.csv",
      "inertia-levels-evidence-axis3.csv", "inertia-levels-per.svg",
      "inertia-history-per.svg" })
    study("synthetic.lua --task cosine --variants so3",
      "synthetic-quick/report", { "cosine-test.csv", "cosine-errors.svg" })
    study("synthetic.lua --task radial --variants scale --methods evidence",
      "synthetic-quick/report", { "radial-levels-evidence-scale.csv" })
    study("synthetic.lua --task distance --variants ball --methods held",
      "synthetic-quick/report", { "distance-levels-held-ball.csv" })
    study("synthetic.lua --task graded --variants 0.3",
      "synthetic-quick/report", { "graded-agreement.csv" })
  end)

  it("sensitivity.lua", function()
    study("sensitivity.lua", "sensitivity-quick/report",
      { "sensitivity.csv", "sensitivity.svg" })
  end)

  it("samples.lua", function()
    study("samples.lua", "samples-quick/report",
      { "samples.csv", "samples.svg" })
  end)

  it("misspecified.lua", function()
    study("misspecified.lua", "misspecified-quick/report",
      { "levels-evidence.svg" })
  end)

  it("tracks.lua", function()
    study("tracks.lua --surfaces plane", "tracks-quick/report",
      { "errors.csv", "levels-per-plane.csv", "levels-per.svg" })
  end)

  it("mocap.lua", function()
    with_data(write_mocap, function(data)
      study("mocap.lua --train 6" .. data, "mocap-quick/report",
        { "errors.csv", "errors.svg", "levels.svg" })
    end)
  end)

  it("pedestrians.lua", function()
    with_data(write_pedestrians, function(data)
      study("pedestrians.lua" .. data, "pedestrians-quick/report",
        { "errors.csv" })
    end)
  end)

  it("inertia.lua", function()
    study("inertia.lua", "inertia-1", { "levels.png", "results.json" },
      " --epochs 4 --channels 8")
  end)
end)
