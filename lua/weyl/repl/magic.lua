-- repl/magic.lua: the commands of the prompt that begin with %, and ?x.
--
-- A command is found by its name, checked, and turned into the function that
-- the prompt then runs, so that Ctrl-C stops it like anything else. Commands
-- that take Lua read on while it is incomplete.

local colour = require "weyl.repl.colour"
local core = require "weyl.core"
local keys = require "weyl.keys"
local load_typed = require "weyl.repl.load"
local nearest = require "weyl.nearest"

local magic = {}

local REPEATS, SECONDS = 5, 0.1 -- of %timeit: how often, at least how long

---@class weyl.repl.magic
---@field [1] string name
---@field [2] string what it takes
---@field [3] string one line about it
---@field compile fun(rest: string, done: function): function|string

-- ---- what was typed ----

local KEPT = 1000
local log = {} ---@type string[] the chunks of the session

---Remembers a line, or the chunk that it completes.
---@param chunk string
function magic.note(chunk)
  local last = log[#log]
  local longer = last and chunk:sub(1, #last + 1) == last .. "\n"
  log[longer and #log or #log + 1] = chunk
  if #log > KEPT then table.remove(log, 1) end
end

---The chunks of the session, oldest first.
---@return string[]
function magic.log() return log end

-- ---- running Lua ----

-- Values that a statement assigned to globals: "a, b = ..." has two.
local function assigned(code)
  local values = {}
  for name in (code:match "^%s*([%a_][%w_,%s]*)=[^=]" or ""):gmatch "[%w_]+" do
    values[#values + 1] = rawget(_G, name)
  end
  return values
end

-- Calls f and computes the tensors it returns and assigned.
local function compute(f, code)
  local values = table.pack(f())
  for _, list in ipairs { values, assigned(code) } do
    for _, value in next, list do
      if core.is_tensor(value) then core.eval(value) end
    end
  end
  return values
end

---A time with three digits and its unit.
---@param s number seconds
---@return string
function magic.seconds(s)
  if s >= 100 then return require("weyl.status").clock(s) end
  local unit, scale = "s", 1
  if s < 1e-6 then unit, scale = "ns", 1e9
  elseif s < 1e-3 then unit, scale = "us", 1e6
  elseif s < 1 then unit, scale = "ms", 1e3 end
  return ("%.3g %s"):format(s * scale, unit)
end

-- Rows of texts as lines of columns, all to the left.
local function columns(rows)
  local width, lines = {}, {}
  for _, row in ipairs(rows) do
    for k, cell in ipairs(row) do
      width[k] = math.max(width[k] or 0, #cell)
    end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for k, cell in ipairs(row) do
      cells[k] = cell .. (" "):rep(width[k] - #cell)
    end
    lines[i] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

-- A command that takes Lua and calls run(f, code, done) with it.
local function with_code(name, run)
  return function(code, done)
    if code == "" then
      return ("%%%s needs something to run: %%%s weyl.ones{3}:sum()"):format(
        name, name)
    end
    local f, message = load_typed(code)
    return f and function() return run(f, code, done) end or message
  end
end

local function time(f, code, done)
  local start = core.clock()
  local values = compute(f, code)
  local passed = core.clock() - start
  if values.n > 0 then
    done(code:find ";%s*$" ~= nil, table.unpack(values, 1, values.n))
  end
  print(colour.paint("dim", magic.seconds(passed)))
end

-- Seconds of n calls.
local function calls(f, n)
  local start = core.clock()
  for _ = 1, n do
    local value = f()
    if core.is_tensor(value) then core.eval(value) end
  end
  return core.clock() - start
end

local function timeit(f)
  local n = 1
  calls(f, 1) -- plans are made and memory is touched
  while calls(f, n) < SECONDS do n = n * 2 end
  local least, sum = math.huge, 0
  for _ = 1, REPEATS do
    local each = calls(f, n) / n
    least, sum = math.min(least, each), sum + each
  end
  print(("%s, the best of %d x %d; mean %s"):format(magic.seconds(least),
    REPEATS, n, magic.seconds(sum / REPEATS)))
end

local function profile(f, code)
  require "weyl.profile"(function() compute(f, code) end)
end

-- ---- what there is ----

local known = {} ---@type table<string, boolean> globals that are not the user's

---Takes all globals there are as those of Lua and weyl.
function magic.open()
  for name in next, _G do known[name] = true end
end

-- Names of the user's globals, sorted. Libraries that put themselves among
-- the globals when they are loaded (lfs does) are not the user's.
local function users()
  return keys.of(_G, function(name, value)
    return type(name) == "string" and not known[name] and name ~= "_"
      and value ~= package.loaded[name]
  end)
end

---Bytes with a unit.
---@param n integer
---@return string
function magic.bytes(n)
  local unit = 0
  local units = { "KiB", "MiB", "GiB", "TiB" }
  while n >= 1024 and unit < #units do n, unit = n / 1024, unit + 1 end
  return unit == 0 and n .. " B" or ("%.3g %s"):format(n, units[unit])
end

local SIZES = { f32 = 4, f64 = 8, c64 = 8, c128 = 16, i64 = 8, bool = 1 }

local function tensor_bytes(t) return t.size * SIZES[t.dtype] end

-- What a value is, and the bytes of its tensors.
local function describe(value)
  if core.is_tensor(value) then
    return ("%s%s [%s]"):format(core.is_param(value) and "param " or "",
      value.dtype, table.concat(value.shape, ", ")), tensor_bytes(value)
  end
  local bytes, meta = 0, getmetatable(value)
  if type(value) == "table" then
    local ok, leaves = pcall(core.tree.leaves, value) -- not of cycles
    for _, t in ipairs(ok and leaves or {}) do
      bytes = bytes + tensor_bytes(t)
    end
  end
  local name = type(meta) == "table" and meta.__name
  return type(name) == "string" and name or type(value), bytes
end

local function who()
  local rows = {}
  for i, name in ipairs(users()) do
    local kind, bytes = describe(rawget(_G, name))
    rows[i] = { name, kind, bytes > 0 and magic.bytes(bytes) or "" }
  end
  if #rows == 0 then print "no variables yet" return end
  print(columns(rows))
end

local function memory()
  local m = require("weyl").memory()
  local rows = { { "live", magic.bytes(m.live) },
    { "peak", magic.bytes(m.peak) },
    { "tensors", magic.bytes(m.buffers) },
    { "cap", m.cap > 0 and magic.bytes(m.cap) or "none" },
    { "Lua", magic.bytes(collectgarbage "count" * 1024 // 1) } }
  print(columns(rows))
end

-- ---- help ----

---Prints help about what a text names: a value, or a function by its name.
---@param topic string "x", "weyl.exp", "sum", "t:sum"
function magic.explain(topic)
  local help = require "weyl.help"
  if topic == "" then return help() end
  local f = load("return " .. topic:gsub(":", "."), "=help", "t", setmetatable(
    {}, { __index = function(_, name) return rawget(_G, name) end }))
  local ok, value = pcall(f or error)
  if not ok or value == nil then value = topic end
  help(value)
end

local commands ---@type weyl.repl.magic[]

local function list()
  local rows = {}
  for i, c in ipairs(commands) do
    rows[i] = { ("%%%s %s"):format(c[1], c[2]), c[3] }
  end
  print(columns(rows))
end

-- A command that takes nothing.
local function plain(name, run)
  return function(rest)
    if rest == "" then return run end
    return ("%%%s takes nothing, got '%s'"):format(name, rest)
  end
end

commands = {
  { "time", "CODE", "runs it and prints how long that took",
    compile = with_code("time", time) },
  { "timeit", "CODE", "runs it many times and prints the time of one",
    compile = with_code("timeit", timeit) },
  { "profile", "CODE", "runs it and prints the time of every kernel",
    compile = with_code("profile", profile) },
  { "who", "", "lists your variables", compile = plain("who", who) },
  { "memory", "", "prints what memory is in use",
    compile = plain("memory", memory) },
  { "edit", "[NAME]", "opens an editor, for a function or a new command",
    compile = function(rest)
      return function()
        return require("weyl.repl.edit")(rest, magic)
      end
    end },
  { "help", "", "lists these; help() explains weyl",
    compile = plain("help", list) },
}

---Names of the commands.
---@return string[]
function magic.names()
  local names = {}
  for i, c in ipairs(commands) do names[i] = c[1] end
  return names
end

---The function that a line which begins with % stands for, or a message.
---@param line string
---@param done fun(quiet: boolean, ...) takes values to be shown
---@return function|string
function magic.compile(line, done)
  local name, rest = line:match "^%s*%%%s*([%w_]*)%s*(.-)%s*$"
  if name == "" and rest == "" then return list end
  for _, c in ipairs(commands) do
    if c[1] == name then return c.compile(rest, done) end
  end
  return ("there is no command '%%%s'%s; %% lists them"):format(name,
    nearest.hint(name, magic.names()))
end

return magic
