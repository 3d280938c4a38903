-- group/affine.lua: groups of affine maps x -> h x + t of R^n.
--
-- They act on V = R^(n+1), vectors whose last entry is 1, by the matrices
-- [[h, t], [0, 1]]. Invariants are those of all of V and its dual.

local class = require "weyl.group.class"
local core = require "weyl.core"
local matrix = require "weyl.group.matrix"
local member = require "weyl.group.member"

local affine = {}

-- Whether h is [[h', t], [0, 1]] with h' in the linear group.
local function is_affine(g, h, tol)
  local n = g.d
  local last = h[n + 1]
  local room = tol * math.max(h:norm():item(), 1)
  local one = core.arange(n + 1):eq(n + 1):to "f64"
  if (last - one):norm():item() > room then return false end
  return member.test(g, h:slice(1, 1, n):slice(2, 1, n):eval(), tol)
end

---All maps x -> h x + t with h in a linear group.
---@param g weyl.group
---@param name string
---@return weyl.group
function affine.of(g, name)
  local n = g.d
  local axes, scale = matrix.range(1, n), {}
  local lie, discrete = {}, {}
  for i, a in ipairs(g.lie) do
    lie[i], scale[i] = matrix.embedding(n + 1, axes, 0.0)(a), g.scale[i]
  end
  for i = 1, n do
    lie[#lie + 1] = matrix.entries(n + 1, { i, n + 1, 1.0 })
  end
  for i, h in ipairs(g.discrete) do
    discrete[i] = matrix.embedding(n + 1, axes, 1.0)(h)
  end
  return class.new { d = n + 1, name = name, lie = lie, discrete = discrete,
    scale = scale, known = {
      member = function(h, tol) return is_affine(g, h, tol) end } }
end

return affine
