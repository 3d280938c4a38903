-- ranks.lua: running scripts on several ranks of this machine, from specs.

local dist = require "weyl.dist"
local helper = require "spec.helper"

local ranks = {}

local function missing()
  if helper.shell "command -v mpirun" == "" then
    return "mpirun is not installed"
  end
  if not dist.available() then return "weyl was built without MPI" end
end

---Why nothing can run on ranks; nil when it can.
---@type string?
ranks.missing = missing()

-- Open MPI asks twice before it starts more ranks than cores, as root.
local FLAGS = helper.shell "mpirun --version":find "Open MPI"
  and "--allow-run-as-root --oversubscribe" or ""

---Runs the program on n ranks. A run that hangs is stopped after a minute,
---with status 124.
---@param n integer
---@param args string
---@return string output
---@return string errors
---@return integer status
function ranks.run(n, args)
  return helper.shell(("timeout -k 5 60 mpirun %s -n %d %s %s"):format(FLAGS,
    n, helper.program, args))
end

---The lines of an output, sorted: ranks print in any order.
---@param text string
---@return string[]
function ranks.lines(text)
  local out = {}
  for line in text:gmatch "[^\n]+" do out[#out + 1] = line end
  table.sort(out)
  return out
end

return ranks
