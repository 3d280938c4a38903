-- runs/process.lua: which process writes a run, and whether it still lives.
--
-- A process that is killed cannot say so: its run would be "running" for ever.
-- A process is told by the boot of its machine, the name space of its number
-- (a container has one of its own), the number, and the moment it started;
-- numbers alone are used again.

local lfs = require "lfs"
local results = require "weyl.results"

local process = {}

local function line_of(path)
  return (results.text(path) or ""):match "^[^\n]*"
end

-- The number and the start, in ticks since boot, in a line of /proc/N/stat.
-- The name in between may have blanks and brackets.
local function parse(stat)
  local pid, rest = stat:match "^(%d+) %(.*%) %S (.*)$"
  local fields = {}
  for word in (rest or ""):gmatch "%S+" do fields[#fields + 1] = word end
  return pid, fields[19]
end

local function boot() return line_of "/proc/sys/kernel/random/boot_id" end

---The name of this machine, "" where it is not known.
---@return string
function process.host() return line_of "/proc/sys/kernel/hostname" end

local function space()
  return lfs.symlinkattributes("/proc/self/ns/pid", "target") or "-"
end

---This process: "<boot> <space> <number> <start>"; nil where it cannot be
---told.
---@return string?
function process.own()
  local pid, start = parse(line_of "/proc/self/stat")
  return start and ("%s %s %s %s"):format(boot(), space(), pid, start) or nil
end

---Whether a process of this machine has ended; false where that is not known.
---@param host string?
---@param own string? what process.own gave
---@return boolean
function process.has_ended(host, own)
  if not own or host ~= process.host() then return false end
  local its_boot, its_space, pid, start = own:match
    "^(%S+) (%S+) (%d+) (%d+)$"
  if not pid then return false end
  if its_boot ~= boot() then return true end
  if its_space ~= space() then return false end
  local _, now = parse(line_of("/proc/" .. pid .. "/stat"))
  return now ~= start
end

return process
