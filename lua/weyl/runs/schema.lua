-- runs/schema.lua: the tables of a database of runs, and how older ones become
-- those of today.
--
-- PRAGMA user_version counts the steps that a file has gone through; a step,
-- once released, never changes. PRAGMA application_id tells our files from
-- those of others. The steps of a file are taken within one transaction.

local database = require "weyl.runs.database"

local APPLICATION = 0x5745594c -- "WEYL"

local schema = {}

---Statements by version.
---@type string[][]
schema.steps = { {
  -- started: UTC, ISO 8601; seeds, parameters, environment: JSON; path:
  -- relative to the file's folder; process: see process.lua.
  [[CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    path TEXT UNIQUE,
    status TEXT NOT NULL
      CHECK (status IN ('running', 'done', 'failed', 'interrupted')),
    message TEXT,
    started TEXT NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,
    seeds TEXT NOT NULL,
    parameters TEXT NOT NULL,
    environment TEXT NOT NULL,
    script_path TEXT,
    script_hash TEXT,
    script TEXT,
    host TEXT,
    process TEXT)]],
  "CREATE INDEX runs_name ON runs (name, id)",
  -- One number of one step; NULL is NaN.
  [[CREATE TABLE metrics (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seed INTEGER NOT NULL,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (run, seed, step, name)) WITHOUT ROWID]],
  -- What a seed ended with: errors of the selected parameters, their epoch.
  [[CREATE TABLE results (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seed INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (run, seed, name)) WITHOUT ROWID]],
  -- What was discovered of a group; place: of the group among the candidates.
  [[CREATE TABLE levels (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seed INTEGER NOT NULL,
    place INTEGER NOT NULL,
    field TEXT NOT NULL,
    "group" TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (run, seed, place, field)) WITHOUT ROWID]],
  -- Files, relative to the run's folder.
  [[CREATE TABLE artifacts (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (run, path)) WITHOUT ROWID]],
} }

-- Version, owner and number of tables, at one moment: another process may be
-- making them. A savepoint may stand within a transaction.
local function look(db)
  db:run "SAVEPOINT look"
  local version = db:value "PRAGMA user_version"
  local owner = db:value "PRAGMA application_id"
  local tables = db:value "SELECT count(*) FROM sqlite_schema"
  db:run "RELEASE look"
  return version, owner, tables
end

---Fails unless a file is a database of runs that this version can read; how
---many steps it has gone through, 0 when it is empty.
---@param db weyl.runs.database
---@return integer version
function schema.version(db)
  local version, owner, tables = look(db)
  if owner == APPLICATION then
    if version <= #schema.steps then return version end
    error(database.problem("newer", db.path, ("made by a newer weyl (format "
      .. "%d, this one knows up to %d)"):format(version, #schema.steps)), 0)
  end
  if owner == 0 and version == 0 and tables == 0 then return 0 end
  error(database.problem("foreign", db.path,
    "a database of another program"), 0)
end

---Makes a file what this version writes.
---@param db weyl.runs.database
function schema.prepare(db)
  local version = schema.version(db) -- a foreign file stays untouched
  db:use_log()
  db:run "PRAGMA synchronous = NORMAL"
  db:run "PRAGMA foreign_keys = ON"
  if version == #schema.steps then return end
  db:transaction(function()
    for step = schema.version(db) + 1, #schema.steps do
      for _, statement in ipairs(schema.steps[step]) do db:run(statement) end
    end
    db:run(("PRAGMA application_id = %d"):format(APPLICATION))
    db:run(("PRAGMA user_version = %d"):format(#schema.steps))
  end)
end

return schema
