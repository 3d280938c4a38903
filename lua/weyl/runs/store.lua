-- runs/store.lua: the runs of a folder, in its database weyl.db.
--
-- Paths are kept relative to the folder, so that it may be moved as a whole.
-- A run whose process has ended without a word reads as interrupted.

local check = require "weyl.check"
local database = require "weyl.runs.database"
local lfs = require "lfs"
local options = require "weyl.options"
local process = require "weyl.runs.process"
local record = require "weyl.runs.record"
local results = require "weyl.results"
local schema = require "weyl.runs.schema"
local sha256 = require "weyl.runs.sha256"

---@class weyl.runs.run
---@field id integer
---@field name string
---@field path string? its folder
---@field status "running"|"done"|"failed"|"interrupted"
---@field message string? why it failed
---@field started string UTC, ISO 8601
---@field seconds number
---@field seeds integer[]
---@field parameters table<string, any>
---@field environment table<string, any>
---@field script { path: string, hash: string, text: string }?

---@class weyl.runs.store
---@field folder string
---@field path string of the database
local Store = {}
Store.__index = Store
Store.__name = "weyl.runs.store"

function Store:__tostring()
  return ("weyl.runs.store: %s"):format(self.path)
end

-- ---- the file ----

-- Problems of the database become errors at the user's line.
local function told(f, ...)
  local ok, value = pcall(f, ...)
  if ok then return value end
  if not database.is_problem(value) then error(value, 0) end
  check.fail("runs: %s", value.message)
end

function Store:exists()
  return lfs.attributes(self.path, "mode") ~= nil
end

-- Which file the path means now: one that was moved away while it is open
-- would take what is written with it.
function Store:inode()
  local is = lfs.attributes(self.path)
  return is and ("%d %d"):format(is.dev, is.ino)
end

-- Makes the file of a connection one of this version; closes it on failure.
local function prepared(db)
  local ok, problem = pcall(schema.prepare, db)
  if ok then return db end
  db:close()
  error(problem, 0)
end

-- The connection for writing. Raises problems.
function Store:writer()
  if self.writing and self:inode() ~= self.opened then self:close() end
  if not self.writing then
    pcall(results.folder, self.folder) -- a failure shows in what follows
    self.writing = prepared(database.open(self.path))
    self.opened = self:inode()
  end
  return self.writing
end

-- The connection for reading; nil while there are no tables. Raises problems.
function Store:reader()
  if not self.reading then
    local db = database.read(self.path)
    local ok, version = pcall(schema.version, db)
    if ok and version == #schema.steps then
      self.reading = db
    elseif ok and version > 0 then
      self.reading = prepared(db) -- what is read may have come since
    else
      db:close()
      if not ok then error(version, 0) end
    end
  end
  return self.reading
end

-- The rows of a query; none while there is no database. Raises problems.
function Store:rows(sql, ...)
  local db = self:exists() and self:reader()
  return db and db:rows(sql, ...) or {}
end

-- The same with errors for users.
function Store:query(sql, ...)
  return told(self.rows, self, sql, ...)
end

---Closes the database. The store can be used again.
function Store:close()
  for _, name in ipairs { "writing", "reading" } do
    if self[name] then self[name]:close() end
    self[name] = nil
  end
end

-- ---- writing ----

-- How a run is begun.
local BEGIN = { { "name", "string", required = true },
  { "path", "string" }, { "seeds", "table", default = {} },
  { "parameters", "table", default = {} },
  { "environment", "table", default = {} }, { "script", "table" },
  { "started", "string" }, { "seconds", "number" } }

-- A path without the folder in front of it.
local function relative(path, folder)
  local prefix = folder .. "/"
  if path and path:sub(1, #prefix) == prefix then
    return path:sub(#prefix + 1)
  end
  return path
end

---Begins a run. Nothing that the record is told later raises an error because
---of the database: a run must not end because it cannot be recorded. The
---failure is said once on standard error, and writing is tried again. A run
---that is begun again in its folder goes on under its id.
---@param opts { name: string, path: string?, seeds: integer[]?,
---  parameters: table?, environment: table?,
---  script: { path: string, text: string? }?, started: string?,
---  seconds: number? } parameters and environment must be what JSON can hold;
---  started (UTC, ISO 8601) and seconds are those of a run of the past
---@return weyl.runs.record
function Store:begin(opts)
  local o = options.read("store:begin", opts, BEGIN)
  local script = o.script or {}
  local row = { name = o.name, path = relative(o.path, self.folder),
    started = o.started or os.date "!%Y-%m-%dT%H:%M:%SZ",
    seconds = o.seconds, seeds = results.json(o.seeds),
    parameters = results.json(o.parameters),
    environment = results.json(o.environment), script_path = script.path,
    script = script.text, script_hash = script.text and sha256(script.text),
    host = process.host(), process = process.own() }
  return record.new(self, row, o.path)
end

---Adds a file, a figure say, to a run that may have ended long ago.
---@param id integer
---@param kind string "figure", "table", ...
---@param path string
function Store:artifact(id, kind, path)
  local run = self:get(id)
  check.arg(run, "store:artifact", "id", "that of a run", id)
  told(function()
    self:writer():insert("artifacts (run, path, kind)",
      { { id, relative(path, run.path or self.folder), kind } }, 3)
  end)
end

-- ---- reading ----

-- Absolute paths and those of other folders stay as they are.
local function under(folder, path)
  if path == nil or path:sub(1, 1) == "/" then return path end
  return folder .. "/" .. path
end

-- A row of the table as users meet it.
local function run_of(self, row)
  local ended = row.status == "running"
    and process.has_ended(row.host, row.process)
  return { id = row.id, name = row.name, path = under(self.folder, row.path),
    status = ended and "interrupted" or row.status,
    message = row.message or ended and "its process has ended" or nil,
    started = row.started, seconds = row.seconds, host = row.host,
    seeds = results.parse(row.seeds),
    parameters = results.parse(row.parameters),
    environment = results.parse(row.environment),
    script = row.script_path and { path = row.script_path,
      hash = row.script_hash, text = row.script } or nil }
end

local FILTER = { { "name", "string" }, { "status", "string" },
  { "last", "count" } }

---The runs, in the order in which they began.
---@param filter? { name: string?, status: string?, last: integer? } last: at
---  most so many, the latest
---@return weyl.runs.run[]
function Store:list(filter)
  local o = options.read("store:list", filter, FILTER)
  local out = {}
  for _, row in ipairs(self:query [[SELECT id, name, path, status, message,
      started, seconds, host, process, seeds, parameters, environment,
      script_path, script_hash FROM runs ORDER BY id]]) do
    local run = run_of(self, row)
    if (not o.name or run.name == o.name)
        and (not o.status or run.status == o.status) then
      out[#out + 1] = run
    end
  end
  if o.last then return table.move(out, math.max(1, #out - o.last + 1), #out,
    1, {}) end
  return out
end

-- The text of the runs' folder without what does not change its meaning.
local function clean(path)
  return (path:gsub("/+$", ""):gsub("^%./", ""))
end

-- The rows that a word means: by id, by folder, by name.
function Store:find(word)
  local id = math.tointeger(tonumber(word))
  if id then return self:query("SELECT * FROM runs WHERE id = ?", id) end
  local path = clean(word)
  local rows = self:query("SELECT * FROM runs WHERE path = ? OR path = ?",
    path, relative(path, clean(self.folder)))
  if #rows > 0 then return rows end
  return self:query("SELECT * FROM runs WHERE name = ? ORDER BY id DESC "
    .. "LIMIT 1", word)
end

---A run by id, by folder, or by name, of which the latest; nil when there is
---none.
---@param which integer|string
---@return weyl.runs.run?
function Store:get(which)
  check.arg(type(which) == "string" or math.type(which) == "integer",
    "store:get", "which", "an id, a folder or a name", which)
  local row = self:find(which)[1]
  return row and run_of(self, row) or nil
end

-- Folds rows of name and value into one row per key, in their order.
local function fold(rows, keys, name)
  local out, last = {}, nil
  for _, row in ipairs(rows) do
    local same = last ~= nil
    for _, key in ipairs(keys) do same = same and last[key] == row[key] end
    if not same then
      last = {}
      for _, key in ipairs(keys) do last[key] = row[key] end
      out[#out + 1] = last
    end
    last[row[name]] = row.value == nil and 0 / 0 or row.value
  end
  return out
end

---The metrics of a run, one row { seed =, step =, <name> = value } per step,
---by seed and step.
---@param id integer
---@param names? string[] only these
---@return table<string, number>[]
function Store:metrics(id, names)
  local marks = names and " AND name IN (" .. ("?"):rep(#names, ",") .. ")"
    or ""
  return fold(self:query("SELECT seed, step, name, value FROM metrics WHERE "
    .. "run = ?" .. marks .. " ORDER BY seed, step, name", id,
    table.unpack(names or {})), { "seed", "step" }, "name")
end

---What the seeds of a run ended with: { seed =, epoch =, train =, ... }.
---@param id integer
---@return table<string, number>[]
function Store:results(id)
  return fold(self:query("SELECT seed, name, value FROM results WHERE "
    .. "run = ? ORDER BY seed, name", id), { "seed" }, "name")
end

---The levels that a run discovered, one row { seed =, group =, strength =,
---... } per seed and candidate group, with the fields of weyl.level.
---@param id integer
---@return table<string, any>[]
function Store:levels(id)
  return fold(self:query([[SELECT seed, place, "group", field, value
    FROM levels WHERE run = ? ORDER BY seed, place, field]], id),
    { "seed", "place", "group" }, "field")
end

---The files that a run made: { kind =, path = }.
---@param id integer
---@return { kind: string, path: string }[]
function Store:artifacts(id)
  local run = self:get(id)
  local rows = self:query("SELECT kind, path FROM artifacts WHERE run = ? "
    .. "ORDER BY kind, path", id)
  for _, row in ipairs(rows) do
    row.path = under(run.path or self.folder, row.path)
  end
  return rows
end

---Whether the file is sound, by SQLite's own check; else what is wrong.
---@return boolean
---@return string? message
function Store:check()
  local ok, rows = pcall(self.rows, self, "PRAGMA integrity_check")
  if not ok then return false, tostring(rows) end
  local first = rows[1] and rows[1].integrity_check or "ok"
  return first == "ok", first ~= "ok" and first or nil
end

local store = {}

---@param folder string
---@return weyl.runs.store
function store.new(folder)
  folder = folder == "/" and folder or (folder:gsub("(.)/+$", "%1"))
  return setmetatable({ folder = folder, path = folder .. "/weyl.db" }, Store)
end

return store
