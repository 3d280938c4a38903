-- repl.lua: what the prompt does with a line beside running it.
--
-- The prompt itself is engine/binding/repl.c, which calls the functions here:
-- `compile` with what was typed, `done` with the values of a command, `fail`
-- with the message of one, `complete` at the Tab key.

local colour = require "weyl.repl.colour"
local core = require "weyl.core"
local page = require "weyl.width"
local text = require "weyl.repl.text"

local repl = { prompt = "> ", more = ">> " }

---What the prompt prints for a value.
---@param value any
---@return string
repl.text = text

-- ---- values ----

-- Figures show themselves; others are text.
local function is_figure(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__name == "weyl.plot.figure"
end

---Prints the values of an expression.
---@param ... any
function repl.show(...)
  if is_figure(...) then
    io.write(require("weyl.repl.inline").render(...))
    return
  end
  local parts, lines = {}, false
  for i = 1, select("#", ...) do
    parts[i] = text((select(i, ...)))
    lines = lines or parts[i]:find "\n" ~= nil
  end
  print(table.concat(parts, lines and "\n" or "\t"))
end

---Takes the values of a command: the first becomes `_` unless it is nil.
---@param quiet boolean whether they are not to be shown
---@param ... any
function repl.done(quiet, ...)
  if (...) ~= nil then rawset(_G, "_", (...)) end
  if not quiet then repl.show(...) end
end

-- ---- errors ----

-- Where a message points into what was typed: a line of it, when there are
-- several, and else nothing. Other lines are of functions typed before.
local function place(message, chunk)
  local line, rest = message:match "^stdin:(%d+): (.*)"
  local _, newlines = chunk:gsub("\n", "")
  if not line or tonumber(line) > newlines + 1 then return message end
  return newlines > 0 and ("line %s: %s"):format(line, rest) or rest
end

---Shows the message of a command that failed.
---@param message any
---@param chunk string what was typed
function repl.fail(message, chunk)
  message = place(tostring(message), chunk)
  local head, trace = message:match "^(.-)(\nstack traceback:.*)$"
  io.stderr:write(colour.paint("error", "error: " .. (head or message)),
    colour.paint("dim", trace or ""), "\n")
end

-- ---- compiling ----

-- Text keeps within the window when it is narrower than a page.
local function fit()
  page.now = math.max(20, math.min(80, core.window() or 80))
end

---The function that a chunk stands for, or a message. Beside Lua there are
---"?x", "x?" and what begins with %. A chunk that is incomplete, for which the
---message ends in "<eof>", comes again with one line more.
---@param chunk string
---@return function|string
function repl.compile(chunk)
  local magic = require "weyl.repl.magic"
  magic.note(chunk)
  if repl.terminal then fit() end
  if chunk:find "^%s*%%" then return magic.compile(chunk, repl.done) end
  local topic = chunk:match "^%s*%?%s*(.-)%s*$"
    or chunk:match "^%s*([%w_.:]+)%s*%?%s*$"
  if topic then return function() return magic.explain(topic) end end
  local f, message = require "weyl.repl.load"(chunk)
  return f or message
end

-- ---- the session ----

---Completes what stands before the cursor.
---@param line string
---@param before? string lines of the same chunk before it
---@return string? more what all completions share beyond what is typed
---@return string? list the completions in columns, when there are several
function repl.complete(line, before)
  return require "weyl.repl.complete"(line, before)
end

---Begins a session: gives the prompt its names, `weyl` and `help`, and its
---colours.
---@param terminal? boolean whether it is typed in at one
function repl.open(terminal)
  local weyl = require "weyl"
  rawset(_G, "weyl", weyl)
  rawset(_G, "help", weyl.help)
  colour.open(terminal == true)
  repl.prompt = colour.prompt("prompt", ">") .. " "
  repl.more = colour.prompt("more", ">>") .. " "
  repl.terminal = terminal
  require("weyl.repl.magic").open()
end

return repl
