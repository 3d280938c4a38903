-- reg/strengths.lua: the strengths of several penalties as coefficients of one
-- quadratic form, sum_j s_j (1 - P_j) = (sum_j s_j) 1 - sum_j s_j P_j.

local check = require "weyl.check"

---@param func string the function's name, for messages
---@param strengths number[] >= 0
---@param count integer how many there must be
---@return number sum the coefficient of 1
---@return number[] weights those of the projectors
---@return number[] copy
return function(func, strengths, count)
  check.arg(type(strengths) == "table" and #strengths == count, func,
    "strengths", ("a table of %d numbers"):format(count), strengths)
  local sum, weights, copy = 0, {}, {}
  for j, s in ipairs(strengths) do
    check.arg(type(s) == "number" and s >= 0 and s < math.huge, func,
      ("strengths[%d]"):format(j), "a finite number >= 0", s)
    sum, weights[j], copy[j] = sum + s, -s, s
  end
  return sum, weights, copy
end
