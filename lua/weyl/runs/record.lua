-- runs/record.lua: a run that is being written down.
--
-- Recording must never end a training run, and must cost next to nothing: what
-- comes in is kept in memory and written in one transaction, at most every
-- PERIOD seconds. When the database cannot be written, that is said once, all
-- is kept, and tried again, at last when the run ends. A process that is
-- killed loses what came in since the last transaction.

local check = require "weyl.check"
local core = require "weyl.core"
local database = require "weyl.runs.database"
local keys = require "weyl.keys"

local PERIOD = 0.5 -- seconds between transactions
local MOST = 5000 -- rows that make one due at once
local PAUSE = 5 -- seconds before a database that failed is tried again; each
-- time twice as long, for an attempt may wait for a lock, up to
local LONGEST = 300

---@class weyl.runs.record
---@field id integer? nil while the database has not taken it
---@field name string
---@field path string? folder of the run
local Record = {}
Record.__index = Record
Record.__name = "weyl.runs.record"

-- Tables, and the values of a row after the run's id.
local TABLES = {
  { "metrics", '"metrics" (run, seed, step, name, value)', 5 },
  { "results", '"results" (run, seed, name, value)', 4 },
  { "levels", '"levels" (run, seed, place, field, "group", value)', 6 },
  { "artifacts", '"artifacts" (run, path, kind)', 3 },
}

-- ---- failures ----

-- Problems of the database end here; other errors, Ctrl-C above all, go on.
local function guarded(f)
  local ok, problem = pcall(f)
  if ok then return true end
  if not database.is_problem(problem) then error(problem, 0) end
  return false, problem
end

-- The next attempt opens what is there then.
function Record:failed(problem)
  self.pause = math.min(self.pause and 2 * self.pause or PAUSE, LONGEST)
  self.next = core.clock() + self.pause
  self.store:close()
  if self.problem then return end
  self.problem = problem
  io.stderr:write(("weyl: '%s' is not being recorded: %s. The run goes on%s\n")
    :format(self.path or self.name, problem.message, self.path
    and " and writes its files" or "")):flush()
end

-- ---- writing ----

local function insert_run(db, row)
  db:run([[INSERT INTO runs (name, path, status, started, seeds, parameters,
    environment, script_path, script_hash, script, host, process)
    VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)]], row.name, row.path,
    row.started, row.seeds, row.parameters, row.environment, row.script_path,
    row.script_hash, row.script, row.host, row.process)
  return db:value "SELECT last_insert_rowid()"
end

-- A run that goes on in its folder keeps its id and what it has recorded.
---@return integer? id
---@return number? seconds it took before
local function continue_run(db, row)
  local old = row.path and db:rows(
    "SELECT id, seconds FROM runs WHERE path = ?", row.path)[1]
  if not old then return nil end
  db:run([[UPDATE runs SET status = 'running', message = NULL,
    environment = ?, parameters = ?, script_path = ?,
    script_hash = coalesce(?, script_hash), script = coalesce(?, script),
    host = ?, process = ? WHERE id = ?]], row.environment, row.parameters,
    row.script_path, row.script_hash, row.script, row.host, row.process,
    old.id)
  return old.id, old.seconds
end

-- Whether the file, which another may have taken the place of, has the run.
function Record:is_in(db)
  return self.id and db:value("SELECT id FROM runs WHERE id = ? AND name = ? "
    .. "AND started = ?", self.id, self.row.name, self.row.started) ~= nil
end

-- All that waits, within a transaction.
function Record:write_pending(db)
  if self.db ~= db and not self:is_in(db) then
    self.id, self.before = continue_run(db, self.row)
    self.id = self.id or insert_run(db, self.row)
  end
  for seed, step in next, self.rewound do -- the order does not matter
    db:run("DELETE FROM metrics WHERE run = ? AND seed = ? AND step > ?",
      self.id, seed, step)
    for _, name in ipairs { "results", "levels" } do
      db:run(("DELETE FROM %s WHERE run = ? AND seed = ?"):format(name),
        self.id, seed)
    end
  end
  for _, entry in ipairs(TABLES) do
    local rows = self.pending[entry[1]]
    for _, row in ipairs(rows) do row[1] = self.id end
    db:insert(entry[2], rows, entry[3])
  end
  db:run("UPDATE runs SET status = ?, message = ?, seconds = ? WHERE id = ?",
    self.status, self.message, self.row.seconds
    or (self.before or 0) + core.clock() - self.started, self.id)
end

function Record:clear()
  self.count, self.pending, self.rewound = 0, {}, {}
  for _, entry in ipairs(TABLES) do self.pending[entry[1]] = {} end
end

---Writes what waits to the database; whether all is there.
---@return boolean
function Record:flush()
  local ok, problem = guarded(function()
    local db = self.store:writer()
    db:transaction(function() self:write_pending(db) end)
    self.db = db -- it has the run
  end)
  if not ok then
    self:failed(problem)
    return false
  end
  if self.problem then
    io.stderr:write(("weyl: '%s' is being recorded again\n"):format(
      self.path or self.name)):flush()
  end
  self:clear()
  self.problem, self.pause, self.next = nil, nil, core.clock() + PERIOD
  return true
end

function Record:add(to, ...)
  local list = self.pending[to]
  list[#list + 1] = { false, ... } -- the id is known when it is written
  self.count = self.count + 1
end

function Record:flush_when_due()
  local due = self.count >= MOST and not self.problem
  if due or core.clock() >= self.next then self:flush() end
end

-- ---- what is recorded ----

local function numbers_of(func, row)
  check.arg(type(row) == "table", func, "row", "a table of numbers", row)
  return keys.of(row, function(name, value)
    return type(name) == "string" and type(value) == "number"
      and name ~= "seed" and name ~= "epoch" and name ~= "step"
  end)
end

local function check_seed(func, seed)
  check.arg(math.type(seed) == "integer", func, "seed", "an integer", seed)
end

---Takes back what was recorded of a seed that goes on from an earlier step.
---@param seed integer
---@param step integer the last that stays
function Record:rewind(seed, step)
  check_seed("record:rewind", seed)
  self.rewound[seed] = step
end

---Numbers of one step: those fields of `row` that are numbers, but for seed,
---epoch and step.
---@param seed integer
---@param step integer
---@param row table<string, number>
function Record:metrics(seed, step, row)
  check_seed("record:metrics", seed)
  check.arg(check.whole(step), "record:metrics", "step", "an integer", step)
  for _, name in ipairs(numbers_of("record:metrics", row)) do
    self:add("metrics", seed, step, name, row[name])
  end
  self:flush_when_due()
end

---What a seed ended with: fields of `row` that are numbers. An epoch is the
---one whose parameters were selected.
---@param seed integer
---@param row table<string, any>
function Record:results(seed, row)
  check_seed("record:results", seed)
  for _, name in ipairs(numbers_of("record:results", row)) do
    self:add("results", seed, name, row[name])
  end
  if row.epoch then self:add("results", seed, "epoch", row.epoch) end
  self:flush_when_due()
end

---The levels that a seed discovered, by candidate group.
---@param seed integer
---@param list weyl.level[]
function Record:levels(seed, list)
  check_seed("record:levels", seed)
  for place, level in ipairs(list) do
    for _, field in ipairs(numbers_of("record:levels", level)) do
      self:add("levels", seed, place, field, tostring(level.group),
        level[field])
    end
  end
  self:flush_when_due()
end

---A file that the run made.
---@param kind string "figure", "checkpoint", ...
---@param path string
function Record:artifact(kind, path)
  local inside = self.path and self.path .. "/"
  if inside and path:sub(1, #inside) == inside then
    path = path:sub(#inside + 1)
  end
  self:add("artifacts", path, kind)
  self:flush_when_due()
end

---Ends the record: what still waits is written.
---@param status "done"|"failed"|"interrupted"
---@param message? string why
function Record:finish(status, message)
  if self.status ~= "running" then return end
  self.status, self.message = status, message
  local rows = self.count
  if self:flush() then return end
  io.stderr:write(("weyl: '%s' ended without its last %d rows in the "
    .. "database%s\n"):format(self.path or self.name, rows, self.path
    and "; `weyl runs --rebuild` takes them from its files" or "")):flush()
end

-- A record in a variable that is to be closed ends with its block. The program
-- adds a traceback to errors.
function Record:__close(problem)
  if problem == nil then return self:finish "done" end
  local text = tostring(problem):gsub("\nstack traceback:.*$", "")
  self:finish(text:find "interrupted!$" and "interrupted" or "failed", text)
end

local record = {}

---@param store weyl.runs.store
---@param row table of the table runs
---@param path string? the folder of the run
---@return weyl.runs.record
function record.new(store, row, path)
  local self = setmetatable({ store = store, row = row, name = row.name,
    path = path, status = "running", started = core.clock(), next = 0 },
    Record)
  self:clear()
  self:flush()
  return self
end

return record
