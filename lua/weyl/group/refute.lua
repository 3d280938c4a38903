-- group/refute.lua: certain signs that a matrix is not in a group.
--
-- An element moves no invariant tensor and maps the Lie algebra to itself.
-- What does both may still lie outside.

local algebra = require "weyl.group.algebra"
local class = require "weyl.group.class"
local rep = require "weyl.rep"

local refute = {}

-- Tensor products of at most three V's and V*'s, as far as their entries and
-- the time for their invariants stay small.
local MOST_ENTRIES = 1000

local function words(g)
  local V, out = rep.V, {}
  local dual = V:dual()
  local rows = g:is_orthogonal() and { { V }, { V ^ 2 }, { V ^ 3 } }
    or { { V, dual }, { V ^ 2, V * dual, dual ^ 2 },
      { V ^ 3, V ^ 2 * dual, V * dual ^ 2, dual ^ 3 } }
  for r, row in ipairs(rows) do
    if g.d ^ r <= MOST_ENTRIES then table.move(row, 1, #row, #out + 1, out) end
  end
  return out
end

---Whether h is singular or moves an invariant of one of these words.
---@param g weyl.group
---@param h weyl.tensor f64 [d, d]
---@param tol number relative to the size of rho(h)
---@return boolean
function refute.moves_invariant(g, h, tol)
  if not class.try(function() return h:inv():eval() end) then return true end
  for _, r in ipairs(words(g)) do
    -- invariants that are not clearly separated say nothing about h
    local e = class.try(function() return g:basis(r):elements() end)
    if e and e.shape[1] > 0 then
      local rho = r:rho(h)
      local off = (e:matmul(rho:transpose()) - e):norm():item()
      local size = math.max(rho:norm():item(), 1) * e:norm():item()
      if off > tol * size then return true end
    end
  end
  return false
end

---Whether h A h^-1 lies outside of the algebra for some A of it. Rounding
---grows with the condition of h.
---@param g weyl.group with Lie generators
---@param h weyl.tensor f64 [d, d], not singular
---@param tol number
---@return boolean
function refute.moves_algebra(g, h, tol)
  local d, k, basis = g.d, g:dim(), algebra.flat(g)
  local inverse = h:inv()
  local rows = h:matmul(g:algebra()):matmul(inverse):reshape(k, d * d)
  local off = rows - rows:matmul(basis:transpose()):matmul(basis)
  local condition = h:norm():item() * inverse:norm():item()
  return off:norm():item() > tol * condition * math.sqrt(k)
end

return refute
