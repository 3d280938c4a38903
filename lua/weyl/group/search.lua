-- group/search.lua: looks for a matrix among the products of exponentials and
-- discrete elements of a group.
--
-- What it finds is certain, what it does not find is not: it is least squares
-- from several starting points.

local algebra = require "weyl.group.algebra"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"

local raw = core.symmetry

local search = {}

-- Steps of one descent, starting points of each search, and the products of
-- discrete generators that are tried as representatives of components.
local STEPS, STARTS, COMPONENTS = 60, 8, 64

-- exp of coefficients z [k], at most one radian or so long.
local function step_of(g, z, length)
  local size = z:norm():item()
  local most = math.min(1, 1 / math.max(size, 1e-300)) * length
  return (z * most):matmul(algebra.flat(g)):reshape(g.d, g.d):expm()
end

-- Gauss-Newton for min |x - h|^2 over x <- x exp(sum z A): the residual when
-- it does not fall any more. Each step is along the least-squares solution of
-- sum z_i (x A_i) = h - x, halved until the residual falls.
local function descend(g, x, h, room)
  local k, d = g:dim(), g.d
  local a, residual = g:algebra(), (x - h):norm():item()
  for _ = 1, STEPS do
    if residual <= room then break end
    local moves = x:matmul(a):reshape(k, d * d):transpose()
    local z = core.lstsq(moves, (h - x):flatten(), 1e-10):eval()
    local length, better = 1, false
    while length > 1e-3 and not better do
      local y = x:matmul(step_of(g, z, length)):eval()
      local r = (y - h):norm():item()
      better = r < residual * (1 - 1e-6)
      if better then x, residual = y, r end
      length = length / 2
    end
    if not better then break end
  end
  return residual
end

-- Whether h is found in the identity component: by its logarithm, or by
-- descents from the identity and from random elements of the component.
local function in_component(g, h, room)
  if algebra.try_log(g, h, room) then return true end
  local stream = raw.stream(0, "search of a group")
  for start = 1, STARTS do
    local x = core.eye(g.d, g.d, "f64")
    if start > 1 then
      local length = (1 + start / 2) / math.sqrt(g:dim())
      local z = raw.normal(stream, 1, g:dim())[1] * length
      x = z:matmul(algebra.flat(g)):reshape(g.d, g.d):expm():eval()
    end
    if descend(g, x, h, room) <= room then return true end
  end
  return false
end

---How many components the group has: products of discrete generators that do
---not differ by an element of the identity component; nil when there are more
---than COMPONENTS. What the search misses counts as one more.
---@param g weyl.group with Lie generators
---@return integer?
function search.components(g)
  local found = { core.eye(g.d, g.d, "f64") }
  local function is_new(h)
    local room = 1e-9 * math.max(h:norm():item(), 1)
    for _, c in ipairs(found) do
      if in_component(g, c:inv():matmul(h):eval(), room) then return false end
    end
    return true
  end
  local at = 1
  while at <= #found do
    for _, m in ipairs(g.discrete) do
      local h = found[at]:matmul(core.tensor(m, "f64")):eval()
      if is_new(h) then
        if #found == COMPONENTS then return nil end
        found[#found + 1] = h
      end
    end
    at = at + 1
  end
  return #found
end

-- Products of the discrete generators [n, d, d], the identity first.
local products = class.remembered(function(g)
  if #g.discrete == 0 then return core.eye(g.d, g.d, "f64"):unsqueeze(1) end
  local list = finite.products(g, COMPONENTS)
  return core.tensor(list, "f64"):reshape(#list, g.d, g.d):eval()
end)

---Whether h is found as c x, c a product of few discrete generators and x in
---the identity component.
---@param g weyl.group with Lie generators
---@param h weyl.tensor [d, d]
---@param tol number relative to the size of h
---@return boolean
function search.reaches(g, h, tol)
  local room = tol * math.max(h:norm():item(), 1)
  local all = products(g)
  for i = 1, all.shape[1] do
    local rest = all[i]:inv():matmul(h):eval()
    if in_component(g, rest, room) then return true end
  end
  return false
end

return search
