-- experiment/checkpoint.lua: all that a run has between two epochs, in a file
-- and back.
--
-- A run that goes on from a checkpoint ends as if it had never stopped, to the
-- last bit. So a file holds the parameters, the best ones, the optimizer's
-- moments, how far every random stream has come (with them the order of the
-- data), how a loader scaled them, the states of tuner and regularizer, the
-- history that schedules look at, and run.notes. Methods state() and
-- load(state) of those objects say what theirs is: tables of plain values and
-- tensors.
--
-- Files are <folder>/<epoch>.safetensors: tensors as such, all else as JSON in
-- the metadata, and a sum over both. Each one is complete; the last few are
-- kept, and best.safetensors, the best parameters by name.

local check = require "weyl.check"
local core = require "weyl.core"
local keys = require "weyl.keys"
local lfs = require "lfs"
local parameters = require "weyl.nn.parameters"
local results = require "weyl.results"
local safetensors = require "weyl.data.safetensors"

local FORMAT = "weyl checkpoint 1"
local TENSOR = "@tensor" -- stands for one in the plain part, with its name
local SETTABLE = { "weight_decay", "beta1", "beta2", "epsilon" }

local checkpoint = {}

-- ---- trees with tensors as plain trees beside tensors ----

local function split(value, path, tensors)
  if core.is_tensor(value) then
    if tensors[path] then
      check.fail("checkpoint: two tensors are called '%s'", path)
    end
    tensors[path] = value
    return { [TENSOR] = path }
  end
  if type(value) ~= "table" then return value end
  local out = {}
  for key, v in next, value do
    out[key] = split(v, path .. "." .. tostring(key), tensors)
  end
  return out
end

local function join(value, tensors)
  if type(value) ~= "table" then return value end
  if value[TENSOR] then return tensors[value[TENSOR]] end
  for key, v in next, value do value[key] = join(v, tensors) end
  return value
end

-- ---- the state of a run ----

local function state_of(object)
  return object and object.state and object:state() or nil
end

local function fields_of(optimizer)
  local out = {}
  for _, name in ipairs(SETTABLE) do out[name] = optimizer[name] end
  return out
end

-- Of a run after epoch e, as a tree by the names that tensors will have.
local function gather(run, e)
  local model = {}
  for _, p in ipairs(run.parameters) do model[p.name] = p.param end
  local best = run.best
  return { epoch = e, seed = run.seed, streams = core.streams(),
    model = model, history = run.history, notes = run.notes,
    best = best and { epoch = best.epoch, error = best.error,
      values = best.values },
    optimizer = run.optimizer:state(), fields = fields_of(run.optimizer),
    data = state_of(run.o.data), tune = state_of(run.o.tune),
    regularizer = state_of(run.levels) }
end

local function load_state(object, state)
  if state and object and object.load then object:load(state) end
end

---Puts a run into the state of a checkpoint, which fits it.
---@param run weyl.run
---@param state table
function checkpoint.apply(run, state)
  for _, p in ipairs(run.parameters) do p.param:set(state.model[p.name]) end
  run.optimizer:load(state.optimizer)
  for name, value in next, state.fields do run.optimizer[name] = value end
  load_state(run.o.data, state.data)
  load_state(run.o.tune, state.tune)
  load_state(run.levels, state.regularizer)
  run.history, run.best, run.notes = state.history, state.best, state.notes
  core.streams(state.streams) -- last: loading may have drawn
end

-- ---- files ----

local function sum_of(text, tensors)
  local pieces = { text }
  for _, name in ipairs(keys.of(tensors)) do
    pieces[#pieces + 1] = name
    pieces[#pieces + 1] = tensors[name]
  end
  return core.checksum(pieces)
end

-- Epochs of the checkpoints in a folder, the last one first.
local function epochs_in(folder)
  local list = {}
  if lfs.attributes(folder, "mode") ~= "directory" then return list end
  for name in lfs.dir(folder) do
    local digits = name:match "^(%d+)%.safetensors$"
    if digits then list[#list + 1] = math.tointeger(tonumber(digits)) end
  end
  table.sort(list, function(a, b) return a > b end)
  return list
end

local function path_of(folder, epoch)
  return ("%s/%d.safetensors"):format(folder, epoch)
end

-- Removes all but the last few.
local function prune(folder, keep)
  for i, epoch in ipairs(epochs_in(folder)) do
    if i > keep then os.remove(path_of(folder, epoch)) end
  end
end

local function best_of(folder) return folder .. "/best.safetensors" end

---The file with a run's best parameters.
---@param folder string of the checkpoints of a seed
---@return string? path nil when it is not there
function checkpoint.best(folder)
  return lfs.attributes(best_of(folder)) and best_of(folder) or nil
end

local function write_best(run, folder)
  parameters.save(run.parameters, run.best.values, best_of(folder),
    { epoch = tostring(run.best.epoch),
      error = results.number(run.best.error) })
end

---Writes the checkpoint of a run after epoch e, and removes those before the
---last few.
---@param run weyl.run
---@param e integer
---@param place { folder: string, keep: integer }
function checkpoint.write(run, e, place)
  local tensors, state = {}, {}
  for name, part in next, gather(run, e) do
    state[name] = split(part, name, tensors)
  end
  local text = results.json(state, true)
  -- the best first: a checkpoint that is there was the last to be written
  if run.best then write_best(run, place.folder) end
  safetensors.write(path_of(place.folder, e), tensors, { format = FORMAT,
    state = text, sum = sum_of(text, tensors) })
  prune(place.folder, place.keep)
end

---The state that a file holds.
---@param path string
---@return table? state nil when it holds none
---@return string? why then
function checkpoint.read(path)
  local ok, tensors, metadata = pcall(safetensors.read, path)
  if not ok then
    return nil, (tostring(tensors):gsub("^.*data%.load_safetensors: ", ""))
  end
  if metadata.format ~= FORMAT then
    return nil, ("'%s': this is no checkpoint of weyl %s"):format(path,
      core.environment().version)
  end
  if metadata.sum ~= sum_of(metadata.state or "", tensors) then
    return nil, ("'%s': the checksum is wrong"):format(path)
  end
  return join(results.parse(metadata.state), tensors)
end

-- Fails unless the checkpoint is of the run's model and seed.
local function check_fits(run, state, path)
  local why = parameters.difference(run.parameters, state.model)
  if state.seed ~= run.seed then
    why = ("it is of seed %d, not %d"):format(state.seed, run.seed)
  end
  if not why then return end
  check.fail("experiment: the checkpoint '%s' is of another model: %s; "
    .. "resume with the model that it was made with, or run without resume "
    .. "to begin a new run", path, why)
end

---The last checkpoint in a folder that can be read and is of this run's model.
---Those that are damaged are named on standard error and passed over; what a
---process that was killed would have removed is removed.
---@param run weyl.run
---@param place { folder: string, keep: integer }
---@return table? state nil when there is none: the seed begins anew
---@return string? path of the file it is from
function checkpoint.last(run, place)
  local epochs = epochs_in(place.folder)
  results.tidy(place.folder)
  for i, epoch in ipairs(epochs) do
    local path = path_of(place.folder, epoch)
    local state, why = checkpoint.read(path)
    if state then
      check_fits(run, state, path)
      prune(place.folder, math.max(place.keep, i))
      return state, path
    end
    io.stderr:write(("weyl: a damaged checkpoint, %s; %s\n"):format(why,
      epochs[i + 1] and ("trying that of epoch %d"):format(epochs[i + 1])
      or ("seed %d begins anew"):format(run.seed))):flush()
  end
end

return checkpoint
