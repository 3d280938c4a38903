-- experiment/resume.lua: which run an experiment goes on with, if any.
--
-- A run is its folder. settings.json there says what it was made with: the
-- options, and the script by path, arguments and checksum. Only a run of the
-- same script with the same options may go on, unless that is forced.
--
-- What is asked for comes from run { resume = ... }, else from the option of
-- the experiment, else from `weyl resume`, else from the environment:
-- WEYL_RESUME is a folder or "auto", WEYL_RESUME_FORCE is not empty. A folder
-- that is not the experiment's own option is that of one experiment of a
-- script; the others of it go on with their own last runs.

local check = require "weyl.check"
local core = require "weyl.core"
local keys = require "weyl.keys"
local lfs = require "lfs"
local options = require "weyl.options"
local results = require "weyl.results"

local resume = {}

---What `weyl resume` goes on with.
---@type { path: string, force: boolean? }?
resume.asked = nil

-- Settings that no number of a run depends on, or none that can be compared.
local FREE = { script = true, checkpoint = true, output = true, quiet = true,
  on_record = true }

---@class weyl.resume
---@field path string? the folder of the run
---@field auto boolean? the last run that fits, if there is one
---@field force boolean? also where script or settings have changed
---@field elsewhere boolean? whether path may be another experiment's

-- ---- what is asked for ----

local function read_given(value)
  check.arg(type(value) == "string" or type(value) == "boolean", "experiment",
    "resume", "a run's folder, true or false", value)
  if type(value) == "string" then return { path = value } end
  return value and { auto = true } or {}
end

---@param o table the experiment's options
---@param opts table? of this run alone
---@return weyl.resume
function resume.wanted(o, opts)
  local own = options.read("experiment:run", opts,
    { { "resume", "any" }, { "force", "boolean", default = false } })
  local given = own.resume
  if given == nil then given = o.resume end
  if given ~= nil then
    local wanted = read_given(given)
    wanted.force = own.force
    return wanted
  end
  local asked = resume.asked or { path = os.getenv "WEYL_RESUME",
    force = (os.getenv "WEYL_RESUME_FORCE" or "") ~= "" }
  if not asked.path or asked.path == "" then return {} end
  return { path = asked.path ~= "auto" and asked.path or nil, auto = true,
    elsewhere = true, force = asked.force }
end

-- ---- the script ----

---What is running: path, arguments and a checksum of the text; nil at the
---prompt and for what has no file.
---@return { path: string, arguments: string[], checksum: string }?
function resume.script()
  local words = rawget(_G, "arg")
  if type(words) ~= "table" or words[-1] == nil
      or type(words[0]) ~= "string" then
    return nil
  end
  local text = results.text(words[0])
  return text and { path = words[0], checksum = core.checksum { text },
    arguments = table.move(words, 1, #words, 1, {}) }
end

-- ---- whether a run is of these settings ----

local function shown(value)
  if value == nil then return "not given" end
  local text = results.json(value):gsub("%s+", " "):gsub(" $", "")
  return #text <= 60 and text or "something else"
end

-- The first thing that is not as it was; nil when nothing is.
local function change(was, is)
  local function fixed(name) return not FREE[name] end
  for _, name in ipairs(keys.union({ was, is }, fixed)) do
    local old, new = shown(was[name]), shown(is[name])
    if was[name] == nil or is[name] == nil
        or results.json(was[name]) ~= results.json(is[name]) then
      return ("%s was %s and is %s"):format(name, old, new)
    end
  end
  local old, new = was.script or {}, is.script or {}
  if old.checksum ~= new.checksum then
    return ("the script '%s' has changed"):format(new.path or old.path)
  end
end

-- The settings of a run's folder; nil when it is none.
local function settings_of(path)
  local text = results.text(path .. "/settings.json")
  local ok, settings = pcall(results.parse, text or "")
  return ok and type(settings) == "table" and settings or nil
end

-- ---- folders ----

-- Folders <base>, <base>.2, ... that there are, the last one first.
local function folders(base)
  local parent, name = base:match "^(.*)/([^/]*)$"
  local list = {}
  if not parent or lfs.attributes(parent, "mode") ~= "directory" then
    return list
  end
  for entry in lfs.dir(parent) do
    local number = entry == name and 1
      or entry:sub(1, #name + 1) == name .. "."
      and math.tointeger(tonumber(entry:sub(#name + 2)))
    if number then
      list[#list + 1] = { path = parent .. "/" .. entry, number = number }
    end
  end
  table.sort(list, function(a, b) return a.number > b.number end)
  return list
end

local function is_same(a, b)
  local x, y = lfs.attributes(a), lfs.attributes(b)
  return x and y and x.ino == y.ino and x.dev == y.dev
end

local function is_among(path, list)
  for _, f in ipairs(list) do
    if is_same(path, f.path) then return true end
  end
end

-- The last folder that these settings made. A later one that is of others is
-- passed over, and that is said.
local function last_of(base, settings)
  for _, f in ipairs(folders(base)) do
    local was = settings_of(f.path)
    local why = was and change(was, settings)
    if was and not why then return f.path end
    if why then
      io.stderr:write(("weyl: not resuming '%s': %s\n"):format(f.path, why))
    end
  end
end

-- A folder that was named: it must fit.
local function named(wanted, settings)
  local path = (wanted.path:gsub("(.)/+$", "%1"))
  local was = settings_of(path)
  if not was then
    check.fail("experiment: nothing to resume in '%s': no settings.json of a "
      .. "run is there; give a run's folder, such as runs/inertia-1", path)
  end
  local why = change(was, settings)
  if why and not wanted.force then
    check.fail("experiment: '%s' cannot be resumed: %s. To go on all the same "
      .. "use force = true (weyl resume --force), to begin a new run leave "
      .. "resume out", path, why)
  end
  return path, why ~= nil
end

local Lock = {}
Lock.__index = Lock

function Lock:__close()
  os.remove(self.path)
  self.file:close()
end

-- What a lock says that another process holds; all else is a file system
-- without locks, which is no reason not to run.
local HELD = { ["Resource temporarily unavailable"] = true,
  ["Permission denied"] = true }

---Holds a run's folder against other processes; it ends with this one at the
---latest.
---@param path string
---@return { path: string, file: file* } lock to be closed
function resume.lock(path)
  local name = path .. "/lock"
  local file, message = io.open(name, "w")
  if not file then check.fail("experiment: cannot write %s", message) end
  local ok, why = lfs.lock(file, "w")
  if not ok and HELD[why] then
    file:close()
    check.fail("experiment: another process is working on '%s'; wait for it, "
      .. "or end it", path)
  end
  return setmetatable({ path = name, file = file }, Lock)
end

---The folder to go on in.
---@param wanted weyl.resume
---@param base string where a new run of the experiment would be
---@param settings table of the experiment as it is now
---@return string? path nil for a new run
---@return boolean? changed whether it was made with other settings
function resume.folder(wanted, base, settings)
  settings = results.parse(results.json(settings)) -- as it will be read
  local path = wanted.path
  if path and wanted.elsewhere and not is_among(path, folders(base)) then
    if not settings_of(path) then return named(wanted, settings) end
    path = nil
  end
  if path then return named(wanted, settings) end
  if wanted.auto then return last_of(base, settings) end
end

return resume
