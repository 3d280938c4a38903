-- runs/database.lua: one SQLite file: values in statements, transactions, and
-- what went wrong in words that help.
--
-- Statements have a ? for each value and never a value pasted in. Floats have
-- 17 digits: SQLite reads them back to the last bit between 1e-280 and 1e280.
-- NaN, which SQL does not know, is NULL.
--
-- Invariants: a transaction that ends with an error leaves nothing behind;
-- writers wait for each other for up to TIMEOUT; the file is in WAL mode, so
-- that readers wait for nobody and a killed process loses only what it had
-- not committed. Errors of SQLite are raised as a problem, { kind, message }.

local lfs = require "lfs"

local TIMEOUT = 10000 -- milliseconds
local CHUNK = 400 -- rows per INSERT

local environment -- of luasql; one is enough for all connections

-- ---- what can go wrong ----

---@class weyl.runs.problem
---@field kind "corrupt"|"full"|"disk"|"locked"|"readonly"|"foreign"|"newer"|
---  "missing"|"other"
---@field message string
local Problem = { __name = "weyl.runs.problem" }

function Problem:__tostring() return self.message end

local KINDS = { -- parts of SQLite's messages
  { "not a database", "corrupt" }, { "malformed", "corrupt" },
  { "is full", "full" }, { "disk I/O error", "disk" },
  { "is locked", "locked" }, { "busy", "locked" },
  { "readonly", "readonly" }, { "read-only", "readonly" },
  { "unable to open", "readonly" } }

-- What to do about it. FILE and FOLDER are words of a shell. A log (-wal) that
-- was left behind would be read into the next database: it must go along.
local ADVICE = {
  corrupt = "move it away (mkdir FOLDER/bad; mv FILE* FOLDER/bad), then `weyl "
    .. "runs --rebuild --runs FOLDER` makes a new one from the folders of the "
    .. "runs",
  full = "make room on its disk",
  disk = "see whether its disk is full or broken, or a limit on the size of "
    .. "files is in force (ulimit -f)",
  locked = "another process holds it; find it with `fuser FILE`",
  readonly = "let it be written, or name another folder with the option "
    .. "output or the variable WEYL_RUNS",
  foreign = "move it away, or name another folder with the option output or "
    .. "the variable WEYL_RUNS",
  missing = "install it (apt install lua-sql-sqlite3)",
  newer = "update weyl, or name another folder with the option output or the "
    .. "variable WEYL_RUNS",
}

local database = {}

-- A path as a word of a shell.
local function word(path)
  if path:find "^[%w/._-]+$" then return path end
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

---@param kind string
---@param path string
---@param message string
---@return weyl.runs.problem
function database.problem(kind, path, message)
  local advice, words = ADVICE[kind], { FILE = word(path),
    FOLDER = word(path:match "^(.*)/" or ".") }
  advice = advice and "; " .. advice:gsub("%u+", words) or ""
  return setmetatable({ kind = kind, message = ("'%s': %s%s"):format(path,
    message, advice) }, Problem)
end

---Whether an error is a problem of a database.
---@param value any
---@return boolean
function database.is_problem(value) return getmetatable(value) == Problem end

local function raise(path, message)
  local text = tostring(message):gsub("^LuaSQL: ", "")
  for _, entry in ipairs(KINDS) do
    if text:find(entry[1], 1, true) then
      error(database.problem(entry[2], path, text), 0)
    end
  end
  error(database.problem("other", path, text), 0)
end

-- ---- values ----

local function number(v)
  if math.type(v) == "integer" then return ("%d"):format(v) end
  if v ~= v then return "NULL" end
  if v == math.huge then return "9e999" end
  if v == -math.huge then return "-9e999" end
  return ("%.17g"):format(v)
end

-- A value as SQL text. A NUL would end the statement.
local function quote(v)
  local kind = type(v)
  if v == nil then return "NULL" end
  if kind == "number" then return number(v) end
  if kind == "boolean" then return v and "1" or "0" end
  if v:find "\0" then
    return "CAST(X'" .. v:gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end) .. "' AS TEXT)"
  end
  return "'" .. v:gsub("'", "''") .. "'"
end

-- The statement with its values in place of the question marks.
local function bind(sql, ...)
  local values, i = table.pack(...), 0
  local text = sql:gsub("%?", function()
    i = i + 1
    return quote(values[i])
  end)
  assert(i == values.n, "as many values as question marks")
  return text
end

-- ---- a connection ----

---@class weyl.runs.database
---@field path string
local Database = {}
Database.__index = Database

---Executes a statement without rows; how many rows it changed.
---@param sql string
---@param ... any for its question marks
---@return integer
function Database:run(sql, ...)
  local result, message = self.connection:execute(bind(sql, ...))
  if not result then raise(self.path, message) end
  if type(result) ~= "number" then result:close() end
  return result
end

---The rows of a query, by name of column.
---@param sql string
---@param ... any for its question marks
---@return table<string, any>[]
function Database:rows(sql, ...)
  local cursor, message = self.connection:execute(bind(sql, ...))
  if not cursor then raise(self.path, message) end
  local rows = {}
  while true do
    local row, why = cursor:fetch({}, "a")
    if why then raise(self.path, why) end
    if not row then return rows end
    rows[#rows + 1] = row
  end
end

---The first column of the first row of a query.
---@param sql string
---@param ... any
---@return any
function Database:value(sql, ...)
  local _, value = next(self:rows(sql, ...)[1] or {})
  return value
end

---Inserts rows, in place of those with the same key.
---@param into string "table (column, ...)"
---@param rows any[][]
---@param width integer values per row
function Database:insert(into, rows, width)
  for first = 1, #rows, CHUNK do
    local texts = {}
    for i = first, math.min(first + CHUNK - 1, #rows) do
      local values = {}
      for k = 1, width do values[k] = quote(rows[i][k]) end
      texts[#texts + 1] = "(" .. table.concat(values, ",") .. ")"
    end
    local _, message = self.connection:execute("INSERT OR REPLACE INTO "
      .. into .. " VALUES " .. table.concat(texts, ","))
    if message then raise(self.path, message) end
  end
end

---Calls f within a transaction that no other writer can enter: all of what it
---does is kept, or nothing when it raises an error.
---@generic T
---@param f fun(): T
---@return T
function Database:transaction(f)
  self.connection:execute "ROLLBACK" -- of one that Ctrl-C left open
  self:run "BEGIN IMMEDIATE"
  local ok, result = pcall(function()
    local value = f()
    self:run "COMMIT"
    return value
  end)
  if ok then return result end
  self.connection:execute "ROLLBACK"
  error(result, 0)
end

---Closes the file.
function Database:close()
  if self.connection then self.connection:close() end
  self.connection = nil
end

-- ---- opening ----

-- File systems whose files several machines see: shared memory, which WAL
-- needs, is not shared there.
local REMOTE = { "nfs", "cifs", "smb", "lustre", "gpfs", "beegfs", "ceph",
  "sshfs", "9p", "afs", "glusterfs" }

-- The type of the file system that a folder is on, "" when it is not known.
local function file_system(folder)
  local file = io.open "/proc/self/mounts"
  if not file then return "" end
  local at, longest, kind = folder, -1, ""
  if at:sub(1, 1) ~= "/" then at = lfs.currentdir() .. "/" .. at end
  for line in file:lines() do
    local place, found = line:match "^%S+ (%S+) (%S+)"
    local prefix = place == "/" and "/" or place .. "/"
    if (at .. "/"):sub(1, #prefix) == prefix and #prefix > longest then
      longest, kind = #prefix, found
    end
  end
  file:close()
  return kind
end

---Whether a folder is on a file system that several machines share.
---@param folder string
---@return boolean
function database.is_remote(folder)
  local kind = file_system(folder)
  for _, name in ipairs(REMOTE) do
    if kind:find(name, 1, true) then return true end
  end
  return false
end

---Makes the file one of the WAL mode, where that works. The change needs the
---file for itself and does not wait for it as transactions do.
function Database:use_log()
  if database.is_remote(self.path:match "^(.*)/") then return end
  for _ = 1, 20 do
    if self:value "PRAGMA journal_mode" == "wal" then return end
    local ok, problem = pcall(self.run, self, "PRAGMA journal_mode = WAL")
    if ok then return end
    if problem.kind ~= "locked" then error(problem, 0) end
    self:transaction(function() end) -- waits for the one who has it
  end
end

-- Paths that SQLite or the binding would read as something else.
local function plain(path)
  return path:sub(1, 1) == "/" and path or "./" .. path
end

local function connect(path, name)
  local found, luasql = pcall(require, "luasql.sqlite3")
  if not found then
    error(database.problem("missing", path, "cannot be opened without "
      .. "lua-sql-sqlite3"), 0)
  end
  environment = environment or luasql.sqlite3()
  local connection, message = environment:connect(name, TIMEOUT)
  if not connection then raise(path, message) end
  return setmetatable({ path = path, connection = connection }, Database)
end

---Opens a file to write, making it when it is not there.
---@param path string
---@return weyl.runs.database
function database.open(path)
  return connect(path, plain(path))
end

---Opens a file that is there, to read. One in a folder that cannot be written
---is read as it is: nobody can be writing it.
---@param path string
---@return weyl.runs.database
function database.read(path)
  local db = connect(path, plain(path))
  local ok, problem = pcall(db.rows, db, "PRAGMA user_version")
  if ok or problem.kind ~= "readonly" then return db end
  db:close()
  local escaped = plain(path):gsub("[%%?#]", function(c)
    return ("%%%02x"):format(c:byte())
  end)
  return connect(path, "file:" .. escaped .. "?immutable=1")
end

return database
