-- runs/rebuild.lua: reads runs into the database from the files in their
-- folders: after a database was lost, or could not be written for a while.
--
-- It adds what is missing and replaces what differs; runs whose process still
-- writes are left alone.

local checkpoint = require "weyl.experiment.checkpoint"
local lfs = require "lfs"
local results = require "weyl.results"
local resume = require "weyl.experiment.resume"

-- A file of the run as a table; empty when there is none.
local function read(path, name)
  local ok, value = pcall(results.parse,
    results.text(path .. "/" .. name) or "")
  return ok and type(value) == "table" and value or {}
end

local WORDS = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

-- The rows of metrics.csv, which holds numbers alone.
local function metrics(path)
  local text = results.text(path .. "/metrics.csv") or ""
  local head, body = text:match "^([^\n]*)\n(.*)$"
  local names, rows = {}, {}
  for name in (head or ""):gmatch "[^,]+" do names[#names + 1] = name end
  for line in (body or ""):gmatch "[^\n]+" do
    local row, k = {}, 0
    for cell in (line .. ","):gmatch "([^,]*)," do
      k = k + 1
      row[names[k] or k] = tonumber(cell) or WORDS[cell]
    end
    rows[#rows + 1] = row
  end
  return rows
end

local function script_of(settings)
  local script = settings.script
  if type(script) ~= "table" or type(script.path) ~= "string" then return end
  return { path = script.path } -- its text may have changed since
end

-- Whether the run ended, and how.
local function ending(came)
  for _, seed in ipairs(came.seeds or {}) do
    if seed.failure then
      local stopped = seed.failure:find "interrupted!$"
      return stopped and "interrupted" or "failed", seed.failure
    end
  end
  if came.seeds then return "done" end
  return "interrupted", "it has no results.json"
end

-- The files of a run, but for what else its script has made.
local function add_files(record, path, seeds)
  for _, name in ipairs { "settings.json", "metrics.csv", "results.json",
    "environment.json" } do
    record:artifact(name:match "^%l+", name)
  end
  for _, seed in ipairs(seeds) do
    local best = checkpoint.best(("%s/checkpoints/seed-%s"):format(path, seed))
    if best then record:artifact("parameters", best) end
  end
end

-- Whether the run in the folder is now in the database. Fails when a process
-- is at work on it.
local function add(store, path)
  local _ <close> = resume.lock(path)
  local settings = read(path, "settings.json")
  local environment = read(path, "environment.json")
  local came = read(path, "results.json")
  local seeds = type(settings.seeds) == "table" and settings.seeds
    or { settings.seeds }
  local record = store:begin { name = settings.name, path = path,
    seeds = seeds, parameters = settings, environment = environment,
    script = script_of(settings), started = environment.started,
    seconds = environment.seconds }
  for _, row in ipairs(metrics(path)) do
    if row.seed and row.epoch then record:metrics(row.seed, row.epoch, row) end
  end
  for _, seed in ipairs(came.seeds or {}) do
    if not seed.failure then record:results(seed.seed, seed) end
    record:levels(seed.seed, seed.levels or {})
  end
  add_files(record, path, seeds)
  record:finish(ending(came))
  return not record.problem
end

---Reads every run of the store's folder into its database.
---@param store weyl.runs.store
---@return integer count of the runs read
return function(store)
  local names, count = {}, 0
  if lfs.attributes(store.folder, "mode") ~= "directory" then return 0 end
  for name in lfs.dir(store.folder) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = store.folder .. "/" .. name
    if type(read(path, "settings.json").name) == "string" then
      local ok, added = pcall(add, store, path)
      if not ok then io.stderr:write("weyl runs: left out: ", added, "\n") end
      count = count + (ok and added and 1 or 0)
    end
  end
  return count
end
