-- pedestrians.lua: people on foot: the next 12 positions, 4.8 s, from 8, on
-- the scenes of the ETH and UCY sets; each scene is tested on by a network
-- trained on the others.
--
--   weyl experiments/per/pedestrians.lua --data FOLDER --preset fair
--
-- Candidates are O(2) of the ground, SO(2) and the reflections of both axes:
-- walls and streets of a scene may break them. People are told apart, scenes
-- and neighbours are not shown to the networks. Files: FOLDER/eth_ucy/*.txt.
--
-- Tables: average and final displacement errors (ADE, FDE) in metres; levels.
-- Figures: predictions of three people, the same for all methods; levels.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local study = require "study"
local weyl = require "weyl"

local tables = weyl.tables
local EPOCHS = { quick = 30, paper = 500, fair = 60 }
local STRIDE = { quick = 20, paper = 1, fair = 8 } -- between windows
local SIZE = 30000 -- trained numbers of every method, but in `paper`
local SETTINGS = { lr = 2e-3, batch = 32 } -- as in tracks.lua
local OBSERVED, STEP = 8, 0.4 -- positions, seconds between two
local SHOWN = 3 -- people in the figure

-- Scenes and the files that hold them; all other files are trained on.
local SCENES = {
  { key = "zara1", label = "zara 1", file = "crowds_zara01" },
  { key = "eth", label = "eth", file = "biwi_eth" },
  { key = "hotel", label = "hotel", file = "biwi_hotel" },
  { key = "zara2", label = "zara 2", file = "crowds_zara02" },
}
local FILES = { "biwi_eth", "biwi_hotel", "crowds_zara01", "crowds_zara02",
  "crowds_zara03", "students001", "students003", "uni_examples" }

-- Options of data.pedestrians for each scene, each one table, so that jobs can
-- be told apart.
local function set_data(scenes, folder, stride)
  local files = {}
  for i, name in ipairs(FILES) do
    files[i] = ("%s/%s.txt"):format(folder, name)
  end
  for _, s in ipairs(scenes) do
    s.data = { files = files, test = s.file, stride = stride,
      observed = OBSERVED }
  end
end

local function read_arguments()
  local p = study.parser("pedestrians", "Predict where people walk.")
  p:option("--data", "folder of eth_ucy, the variable WEYL_DATA if missing")
  p:option("--methods", "of " .. study.keys(study.METHODS))
    :default "mlp,emlp,per,evidence"
  p:option("--scenes", "of " .. study.keys(SCENES))
  local args = p:parse()
  local quick = args.preset == "quick"
  args.epochs = args.epochs or EPOCHS[args.preset]
  args.methods = study.chosen(study.METHODS, args.methods)
  args.scenes = study.chosen(SCENES, args.scenes or quick and "zara1" or nil)
  set_data(args.scenes, args.data and args.data .. "/eth_ucy"
    or weyl.data.path "eth_ucy", STRIDE[args.preset])
  return args
end

-- Rows of the test part that are shown: those of the people who turn most,
-- a straight walk being easy; at least a tenth of the part lies between two.
local function rows_shown(data)
  local p = data.test.x:reshape(#data.test.x, OBSERVED, 2)
  local q = data.test.y:reshape(#data.test.y, data.test.y.shape[2] // 2, 2)
  local now = p:slice(2, -1, -1)
  local went = now - p:slice(2, 1, 1)
  local go = q:slice(2, -1, -1) - now
  local turn = (went:slice(3, 1, 1) * go:slice(3, 2, 2)
    - went:slice(3, 2, 2) * go:slice(3, 1, 1)):abs():reshape(#p):totable()
  local order, rows = {}, {}
  for i in ipairs(turn) do order[i] = i end
  table.sort(order, function(a, b)
    if turn[a] ~= turn[b] then return turn[a] > turn[b] end
    return a < b
  end)
  for _, i in ipairs(order) do
    local apart = #rows < SHOWN
    for _, k in ipairs(rows) do
      apart = apart and math.abs(i - k) >= #turn / 10
    end
    if apart then rows[#rows + 1] = i end
  end
  return rows
end

local function list_jobs(args, shown)
  local jobs, paper = {}, args.preset == "paper"
  for seed = 1, study.seeds(args) do
    for _, s in ipairs(args.scenes) do
      for _, m in ipairs(args.methods) do
        jobs[#jobs + 1] = { set = "pedestrians", task = "motion",
          method = m.key, data = s.data, epochs = args.epochs, seed = seed,
          kind = study.PRESETS[args.preset].kind, measure = "test",
          options = not paper and { parameters = SIZE } or nil,
          settings = not paper and SETTINGS or nil,
          predict = shown[s.key] }
      end
    end
  end
  return jobs
end

local function write_errors(args, jobs, results, base)
  local columns, shown = {}, { "method", "parameters" }
  for _, s in ipairs(args.scenes) do
    for _, field in ipairs { "ade", "fde" } do
      local name = s.key .. "-" .. field
      columns[#columns + 1] = { name, field = field,
        match = { data = s.data } }
      shown[#shown + 1] = { name, label = s.label .. ", " .. field:upper(),
        best = "least" }
    end
  end
  study.write(tables.new { columns = shown,
    rows = study.rows(args.methods, columns, jobs, results),
    title = ("pedestrians: displacement errors in metres, %d epochs, %d seeds")
      :format(args.epochs, study.seeds(args)) }, base .. "/errors")
end

local function report_levels(args, jobs, results, base)
  for _, s in ipairs(args.scenes) do
    local found = {}
    for i, m in ipairs(args.methods) do
      found[i] = study.as_experiment(m.label, s.label, study.select(jobs,
        results, { method = m.key, data = s.data }))
      if m.name ~= "emlp" then -- exact: all levels are 0
        study.write(weyl.experiment.table(found[i]),
          ("%s/levels-%s-%s"):format(base, s.key, m.key))
      end
    end
    study.draw("truth", found, { title = s.label,
      file = ("%s/levels-%s.svg"):format(base, s.key) })
  end
end

-- A row of coordinates as points.
local function points_of(row)
  local out = {}
  for i = 1, #row, 2 do out[#out + 1] = { row[i], row[i + 1] } end
  return out
end

local function draw_tracks(args, jobs, results, shown, base)
  for _, s in ipairs(args.scenes) do
    local test, samples = weyl.data.pedestrians(s.data).test, {}
    for k, row in ipairs(shown[s.key]) do
      local sample = { title = ("sample %d"):format(row), predictions = {},
        observed = points_of(test.x:slice(1, row, row):totable()[1]),
        future = points_of(test.y:slice(1, row, row):totable()[1]) }
      for i, m in ipairs(args.methods) do
        local first = study.select(jobs, results,
          { method = m.key, data = s.data })[1]
        sample.predictions[i] = { name = m.label,
          points = points_of(first.predictions[k]) }
      end
      samples[k] = sample
    end
    study.draw("trajectories", { dt = STEP, samples = samples },
      { title = s.label, file = ("%s/tracks-%s.svg"):format(base, s.key) })
  end
end

local args = read_arguments()
local shown = {}
for _, s in ipairs(args.scenes) do
  shown[s.key] = rows_shown(weyl.data.pedestrians(s.data))
end
local jobs = list_jobs(args, shown)
local results = study.map(jobs, args, "pedestrians")
local base = study.folder(args, "pedestrians")
write_errors(args, jobs, results, base)
report_levels(args, jobs, results, base)
draw_tracks(args, jobs, results, shown, base)
