-- nn/match.lua: the width of a network from the number of its parameters.
--
-- Numbers of parameters come from formulas: no weight is drawn, no random
-- stream moves. They need not grow with the width (another rank of tensors
-- may set in), so every width is tried up to where the weights of one hidden
-- layer alone are far more than asked for.

local check = require "weyl.check"

local DEFAULT = 128
local FAR = 4 -- times as many parameters: no wider network comes nearer

local match = {}

-- The width with the number nearest to n; of two as near, the smaller one.
local function nearest(n, count)
  local best, off, channels = 1, math.huge, 1
  repeat
    local c = count(channels)
    if math.abs(c - n) < off then best, off = channels, math.abs(c - n) end
    channels = channels + 1
  until c > FAR * n and c > n + off
  return best
end

---@param o { func: string, channels: integer?, parameters: integer?,
---  count: fun(channels: integer): integer }
---@return integer channels 128 unless one of the two is given
function match.width(o)
  if o.channels and o.parameters then
    check.fail("%s: channels and parameters both set the width; give one",
      o.func)
  end
  if not o.parameters then return o.channels or DEFAULT end
  return nearest(o.parameters, o.count)
end

return match
