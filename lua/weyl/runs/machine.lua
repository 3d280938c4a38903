-- runs/machine.lua: where a run ran: what its bits may depend on, and what
-- helps to find the place again.

local core = require "weyl.core"
local lfs = require "lfs"
local process = require "weyl.runs.process"
local results = require "weyl.results"

local machine = {}

local function first_line(path)
  return (results.text(path) or ""):match "^([^\n]+)"
end

local function cpu()
  local info = results.text "/proc/cpuinfo" or ""
  return info:match "model name%s*:%s*([^\n]+)"
end

local git -- of this process: asked for once; false where there is none

-- The commit that the working folder is at, with "-dirty" behind it when
-- files differ from it; nil outside a repository and without git.
local function commit()
  if git == nil then
    local pipe = io.popen("git describe --always --dirty --abbrev=40 "
      .. "--exclude='*' 2>/dev/null </dev/null")
    git = pipe and pipe:read "l" or false
    if pipe then pipe:close() end
  end
  return git or nil
end

local function command()
  local words, first, out = rawget(_G, "arg"), 0, {}
  if type(words) ~= "table" then return nil end
  while words[first - 1] do first = first - 1 end
  for i = first, #words do out[#out + 1] = tostring(words[i]) end
  return #out > 0 and out or nil
end

---What core.environment() has, and: lua, cpu, system, host, folder, command
---(a list of words), git, slurm_job. What is not known is nil.
---@return table<string, any>
function machine.environment()
  local out = core.environment()
  out.lua, out.cpu = _VERSION, cpu()
  out.system, out.host = first_line "/proc/sys/kernel/osrelease",
    process.host()
  out.folder, out.command = lfs.currentdir(), command()
  out.git, out.slurm_job = commit(), os.getenv "SLURM_JOB_ID"
  return out
end

return machine
