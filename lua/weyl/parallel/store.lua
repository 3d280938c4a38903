-- parallel/store.lua: the results of a study's jobs, one file each.
--
-- A job's key is a hash of its canonical text, the JSON with sorted keys, and
-- of the version. <folder>/<key>.json has the job, and its result; a job that
-- failed leaves <key>.failed.json with its message instead. Both appear whole,
-- by being renamed. Only these files say what is done: a study that was
-- stopped goes on from them, and whoever runs it again with more jobs gets
-- the old results from them.

local check = require "weyl.check"
local results = require "weyl.results"

local store = {}

---@class weyl.parallel.job
---@field index integer
---@field text string the job as JSON
---@field key string

---A 64-bit hash of a text: FNV-1a, with the bits mixed at the end as in
---MurmurHash3, since the last bytes alone would reach only some of them.
---@param text string
---@return integer
function store.hash(text)
  local h = 0xcbf29ce484222325
  for i = 1, #text do h = (h ~ text:byte(i)) * 0x100000001b3 end
  h = (h ~ (h >> 33)) * 0xff51afd7ed558ccd
  h = (h ~ (h >> 33)) * 0xc4ceb9fe1a85ec53
  return h ~ (h >> 33)
end

---@param jobs table[]
---@param version string
---@return weyl.parallel.job[]
function store.jobs(jobs, version)
  local list = {}
  for i, job in ipairs(jobs) do
    check.arg(type(job) == "table" and not getmetatable(job), "parallel.map",
      ("jobs[%d]"):format(i), "a plain table", job)
    local text = results.json(job)
    list[i] = { index = i, text = text,
      key = ("%016x"):format(store.hash(version .. "\n" .. text)) }
  end
  return list
end

---One hash for all jobs, in order.
---@param list weyl.parallel.job[]
---@return string
function store.digest(list)
  local keys = {}
  for i, job in ipairs(list) do keys[i] = job.key end
  return ("%016x"):format(store.hash(table.concat(keys, " ")))
end

-- What a file holds for a job; nil without one. What another job with the same
-- hash left, or a damaged file, is an error: it is nobody's to overwrite.
local function read(path, job)
  local text = results.text(path)
  if not text then return nil end
  local ok, record = pcall(results.parse, text)
  if not ok or type(record) ~= "table" or type(record.job) ~= "table"
      or results.json(record.job) ~= job.text then
    check.fail("parallel.map: '%s' does not belong to job %d; remove the file "
      .. "to have the job done again", path, job.index)
  end
  return record
end

---@param folder string
---@param job weyl.parallel.job
---@return table? result nil when it is not done
function store.result(folder, job)
  local record = read(("%s/%s.json"):format(folder, job.key), job)
  return record and record.result
end

---@param folder string
---@param job weyl.parallel.job
---@return { message: string, traceback: string }? failure
function store.failure(folder, job)
  local record = read(("%s/%s.failed.json"):format(folder, job.key), job)
  return record and record.failure
end

---What came of a job; nil when it is not done.
---@param folder string
---@param job weyl.parallel.job
---@return { result: table?, failure: table? }?
function store.outcome(folder, job)
  local result = store.result(folder, job)
  if result then return { result = result } end
  local failure = store.failure(folder, job)
  return failure and { failure = failure }
end

---Forgets that a job failed.
---@param folder string
---@param job weyl.parallel.job
function store.forget(folder, job)
  os.remove(("%s/%s.failed.json"):format(folder, job.key))
end

---Writes what came of a job: `record` with its result or failure. The files
---are prepared in `place`, which belongs to one run of the study.
---@param folder string
---@param place string a folder on the same file system
---@param job weyl.parallel.job
---@param record { result: table?, failure: table? }
function store.write(folder, place, job, record)
  record.job = results.parse(job.text)
  local good = ("%s/%s.json"):format(folder, job.key)
  local bad = ("%s/%s.failed.json"):format(folder, job.key)
  local prepared = ("%s/%s.json"):format(place, job.key)
  results.write(prepared, results.json(record))
  local ok, message = os.rename(prepared, record.result and good or bad)
  if not ok then check.fail("cannot write '%s': %s", good, message) end
  if record.result then os.remove(bad) end
end

return store
