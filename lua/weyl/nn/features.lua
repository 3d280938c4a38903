-- nn/features.lua: how a number of channels is spent on tensors of V^0, V,
-- V^2, ... in the hidden layers of equivariant networks.

local rep = require "weyl.rep"

local features = {}

---The largest rank r <= most with (r + 1) d^r <= channels: all ranks up to r
---can then have equal shares.
---@param channels integer
---@param d integer
---@param most integer
---@return integer
local function budget(channels, d, most)
  local r = 0
  while r < most and (r + 2) * d ^ (r + 1) <= channels do r = r + 1 end
  return r
end

---Copies of each rank, equal shares of the channels for each: rank r gets
---d^(top - r) copies at a time, and what is left is spent again.
---
---"exact" lowers the top rank to what the rest affords, so that the size is
---`channels` (EMLP's rule, Finzi et al., arXiv:2104.09459). "published"
---keeps the first top rank and so overshoots, as the code of the paper on
---mixed symmetries does (arXiv:2306.00356): 128 becomes 216 for d = 3.
---@param channels integer
---@param d integer dimension of V
---@param rule "exact"|"published"
---@param most? integer the largest rank
---@return integer[] mult mult[r + 1] copies of rank r
function features.allocate(channels, d, rule, most)
  local mult, left = {}, channels
  most = most or math.maxinteger
  local top = budget(left, d, most)
  for r = 0, top do mult[r + 1] = 0 end
  while left > 0 do
    for r = 0, top do
      mult[r + 1] = mult[r + 1] + math.tointeger(d ^ (top - r))
    end
    left = left - (top + 1) * math.tointeger(d ^ top)
    if rule == "exact" then top = budget(left, d, most) end
  end
  return mult
end

---The representation with mult[r + 1] copies of V^r.
---@param mult integer[]
---@return weyl.rep
function features.rep(mult)
  local sum = rep.lift(0)
  for i, m in ipairs(mult) do sum = sum + m * rep.V ^ (i - 1) end
  return sum
end

return features
