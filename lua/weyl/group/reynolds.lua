-- group/reynolds.lua: the projection onto equivariant maps by averaging over
-- the group, a road to the projector that solves nothing.
--
-- The Reynolds operator W -> mean of rho_out(g) W rho_in(g)^-1 is the
-- projector of basis(...) for groups of orthogonal matrices, and a projector
-- onto the same maps for all compact ones. A finite group is summed over. For
-- a compact one the mean over k uniform elements leaves equivariant maps
-- alone and shortens all others by about 1 / sqrt(k), so repeating it with
-- new elements converges geometrically, to rounding.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local rep = require "weyl.rep"

local ELEMENTS = 16  -- per round
local ROUNDS = 100   -- at most
local SETTLED = 1e-15 -- change of a round, relative

-- The mean over elements [k, d, d] of rho_out(g) W rho_in(g)^-1.
local function mean_over(elements, W, rep_in, rep_out)
  local sum, n = 0, elements.shape[1]
  for i = 1, n do
    local g = elements[i]
    sum = sum + rep_out:rho(g):matmul(W):matmul(rep_in:rho(g:inv()))
  end
  return (sum / n):eval()
end

local function length(x) return x:norm():item() end

-- Rounds of uniform elements until nothing moves.
local function repeated(g, W, rep_in, rep_out, seed)
  local scale = length(W)
  for round = 1, ROUNDS do
    local elements = g:sample { n = ELEMENTS, method = "haar",
      seed = seed + round }
    local next_W = mean_over(elements, W, rep_in, rep_out)
    local change = length(next_W - W)
    W = next_W
    if change <= SETTLED * scale then return W, round end
  end
  check.fail("group:reynolds: did not settle in %d rounds of %d elements",
    ROUNDS, ELEMENTS)
end

---@class weyl.group
local Group = class.methods

---The projection of a map onto the equivariant ones by averaging over the
---group, for finite groups and those with a uniform sampler. Slower than
---basis():projector(), and independent of it: under groups of orthogonal
---matrices they agree to rounding.
---@param W weyl.tensor [out, in]
---@param rep_in weyl.rep|integer
---@param rep_out weyl.rep|integer
---@param seed? integer of the elements drawn; 0
---@return weyl.tensor f64 [out, in]
---@return integer rounds of averaging, 1 for finite groups
function Group:reynolds(W, rep_in, rep_out, seed)
  local func = "group:reynolds"
  for name, r in next, { rep_in = rep_in, rep_out = rep_out } do -- any order
    check.arg(rep.is_rep(r) or check.whole(r, 0), func, name,
      "a representation", r)
  end
  rep_in, rep_out = rep.lift(rep_in), rep.lift(rep_out)
  local rows, cols = rep_out:size(self), rep_in:size(self)
  check.arg(core.is_tensor(W) and W.rank == 2 and W.shape[1] == rows
    and W.shape[2] == cols, func, "W",
    ("a tensor [%d, %d]"):format(rows, cols), W)
  check.arg(seed == nil or check.whole(seed), func, "seed", "an integer",
    seed)
  W = W:to "f64"
  if self:is_finite() then
    return mean_over(self:elements(), W, rep_in, rep_out), 1
  end
  return repeated(self, W, rep_in, rep_out, seed or 0)
end

return Group
