-- profile.lua: where the time of a computation goes.

local core = require "weyl.core"

local LINE = "%-32s %8s %10s %6s %9s %9s"

local function row_text(row, total)
  local rate = row.seconds > 0 and row.seconds or math.huge
  return LINE:format(row.kernel:sub(1, 32), row.calls,
    ("%.3f"):format(row.seconds * 1e3),
    ("%.1f"):format(100 * row.seconds / total),
    ("%.2f"):format(row.flops / rate * 1e-9),
    ("%.2f"):format(row.bytes / rate * 1e-9))
end

---@class weyl.profile.row
---@field kernel string
---@field calls integer
---@field seconds number
---@field flops number
---@field bytes number

---Calls f and prints, for every kernel that ran, the number of calls, the
---time, GFLOP/s and GB/s, slowest first. Returns the rows it printed.
---@param f fun()
---@return weyl.profile.row[]
local function profile(f)
  local rows, total = core.profile(f), 0
  for _, row in ipairs(rows) do total = total + row.seconds end
  table.sort(rows, function(a, b)
    if a.seconds ~= b.seconds then return a.seconds > b.seconds end
    return a.kernel < b.kernel
  end)
  print(LINE:format("kernel", "calls", "ms", "%", "GFLOP/s", "GB/s"))
  for _, row in ipairs(rows) do
    print(row_text(row, math.max(total, 1e-300)))
  end
  return rows
end

return profile
