-- cli/common.lua: what the verbs about runs share: the folder, how a run is
-- told, and values as text.

local cli = require "weyl.cli"
local nearest = require "weyl.nearest"
local results = require "weyl.results"
local runs = require "weyl.runs"
local shown = require "weyl.runs.shown"
local status = require "weyl.status"

local common = {}

---The options that every verb about runs has.
---@param p table
function common.configure(p)
  p:option("--runs", "the folder of runs and their database, in place of "
    .. "WEYL_RUNS and runs"):argname "<folder>"
  p:flag("--json", "for programs to read")
end

---The argument that tells runs.
---@param p table
---@param count? string how many, as argparse has it
function common.run_argument(p, count)
  local what = "its id, folder or name (the last run of it)"
  if count then
    p:argument("run", what):args(count)
  else
    p:argument("run", what)
  end
end

---@param args table
---@return weyl.runs.store
function common.open(args) return runs.open(args.runs) end

-- The store and the word to look for in it: a folder elsewhere has its
-- database beside it.
local function place_of(store, word)
  local folder, name = word:gsub("/+$", ""):match "^(.+)/([^/]+)$"
  if folder and folder ~= store.folder then
    local other = runs.open(folder)
    if other:exists() then return other, name end
  end
  return store, word
end

local function no_run(verb, store, word, what)
  local names = {}
  for _, run in ipairs(store:list()) do names[#names + 1] = run.name end
  return cli.fail("weyl " .. verb, "there is no %s '%s' in '%s'%s; "
    .. "`weyl runs` lists runs", what, word, store.path,
    tonumber(word) and "" or nearest.hint(word, names))
end

---The run that a word tells, and the store that it is in; nil and the exit
---status when there is none, which is said.
---@param verb string
---@param args table
---@param word string
---@param what? string what the verb looks for, "run" unless given
---@return weyl.runs.run?
---@return weyl.runs.store|integer
function common.find(verb, args, word, what)
  local store, name = place_of(common.open(args), word)
  local run = store:get(name)
  if run then return run, store end
  return nil, no_run(verb, store, word, what or "run")
end

common.text, common.flat, common.time = shown.text, shown.flat, shown.time
common.clock = status.clock

---Prints a value as JSON; an empty list as one.
---@param value any
function common.print_json(value)
  local empty = type(value) == "table" and next(value) == nil
  io.write(empty and "[]\n" or results.json(value))
end

return common
