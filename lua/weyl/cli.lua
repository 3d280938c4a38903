-- cli.lua: the verbs of the command line: `weyl show 3`.
--
-- A verb is a file, weyl/cli/<verb>.lua, that is loaded when it is asked for
-- and returns
--
--   { about = "one line", example = "weyl show 3",
--     configure = function(p) ... end, -- p: a parser of argparse
--     run = function(args) ... return exit_status end }
--
-- Exit status: 0 good, 1 failed, 2 wrong usage. What a program may read goes
-- to standard output, all else to standard error. This file is loaded by
-- every command, so it loads nothing that takes time.

local nearest = require "weyl.nearest"

---@class weyl.verb
---@field about string one line
---@field example string a command
---@field configure fun(p: table)?
---@field prepare (fun(words: string[]): string[])? before words are parsed
---@field run fun(args: table): integer?

---@class weyl.cli
local cli = {}

---The verbs, in the order in which help lists them.
cli.verbs = { "run", "resume", "runs", "show", "compare", "plot", "report",
  "export", "sweep", "data", "new", "doctor", "help", "version" }

local FAILED, USAGE = 1, 2

local function is_verb(word)
  for _, verb in ipairs(cli.verbs) do
    if verb == word then return true end
  end
  return false
end

local function is_file(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

---Says on standard error what went wrong.
---@param who string "weyl", "weyl show"
---@param format string
---@param ... any
---@return integer status 1
function cli.fail(who, format, ...)
  io.stdout:flush()
  io.stderr:write(who, ": ", format:format(...), "\n")
  return FAILED
end

---The file of a verb.
---@param verb string
---@return weyl.verb? entry nil where this installation does not have it
function cli.load(verb)
  local name = "weyl.cli." .. verb
  if not package.searchpath(name, package.path) then return nil end
  return require(name)
end

---The parser of a verb.
---@param verb string
---@param entry weyl.verb
---@param on_help? fun() is called at -h
---@return table
function cli.parser(verb, entry, on_help)
  local argparse = require "argparse"
  local p = argparse("weyl " .. verb, entry.about:gsub("^%l", string.upper)
    .. ".", "Example:\n   " .. entry.example:gsub("\n", "\n   "))
  p:add_help(false):usage_max_width(78):help_max_width(78)
    :help_description_margin(26)
  if entry.configure then entry.configure(p) end
  p:flag("-h --help", "show this"):action(on_help or function() end)
  return p
end

-- The arguments of a verb, or nil and the exit status.
local function parse(verb, entry, words)
  local wants_help = false
  local p = cli.parser(verb, entry, function()
    wants_help = true
    error "help" -- what is missing behind it does not matter
  end)
  if entry.prepare then words = entry.prepare(words) end
  local ok, good, args = pcall(p.pparse, p, words)
  if wants_help then
    io.stdout:write(p:get_help(), "\n")
    return nil, 0
  end
  if not ok then error(good, 0) end
  if good then return args end
  cli.fail("weyl " .. verb, "%s\n%s", args, p:get_usage())
  return nil, USAGE
end

---Does what a command line asks for.
---@param words string[] the verb and what follows it
---@return integer? status nil when the first word is a file and no verb
function cli.main(words)
  local verb = words[1]
  if not is_verb(verb) then
    if is_file(verb) then return nil end
    cli.fail("weyl", "there is no verb and no file '%s'%s; `weyl help` lists "
      .. "the verbs", verb, nearest.hint(verb, cli.verbs))
    return USAGE
  end
  local entry = cli.load(verb)
  if not entry then
    return cli.fail("weyl", "the verb '%s' is not there: this installation "
      .. "has no weyl/cli/%s.lua", verb, verb)
  end
  require "weyl" -- tells errors of the user from those of the library
  if not pcall(require, "argparse") then
    return cli.fail("weyl", "verbs need lua-argparse, which is not there (apt "
      .. "install lua-argparse)")
  end
  local args, status = parse(verb, entry, table.move(words, 2, #words, 1, {}))
  if not args then return status end
  status = entry.run(args) or 0
  local ok, message = io.stdout:flush()
  if ok then return status end
  return cli.fail("weyl " .. verb, "cannot write the output: %s", message)
end

return cli
