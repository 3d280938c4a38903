-- group/permutation.lua: groups of permutations by stabilizer chains.
--
-- A permutation is a table p, entry j of a vector moving to place p[j]; p q
-- means q first. A chain is a list of levels: level i holds a base point, the
-- orbit of that point under those elements that fix the base points of the
-- levels before, and for every point of the orbit one element that carries
-- the base point there. The order is the product of the orbits' lengths, and
-- every element is in one way a product of one carrier from each level. The
-- chain is made by the incremental form of Schreier and Sims' algorithm
-- (D. E. Knuth, "Efficient representation of perm groups", Combinatorica 11,
-- 1991).

local permutation = {}

---@class weyl.chain.level
---@field point integer base point
---@field gens integer[][] generators of this level's group
---@field orbit integer[] points in the order in which they were found
---@field carrier table<integer, integer[]> carries the base point there
---@field back table<integer, integer[]> its inverse

---@class weyl.chain
---@field n integer number of points
---@field [integer] weyl.chain.level

---@param n integer
---@return integer[]
function permutation.identity(n)
  local p = {}
  for i = 1, n do p[i] = i end
  return p
end

---The product p q: q, then p.
---@param p integer[]
---@param q integer[]
---@return integer[]
function permutation.product(p, q)
  local r = {}
  for i = 1, #q do r[i] = p[q[i]] end
  return r
end

---@param p integer[]
---@return integer[]
function permutation.inverse(p)
  local r = {}
  for i = 1, #p do r[i] = 0 end
  for i, j in ipairs(p) do r[j] = i end
  return r
end

local identity, product, inverse =
  permutation.identity, permutation.product, permutation.inverse

---The permutation that a matrix is; nil when it is none. Entries must be
---within `tol` of 0 and 1.
---@param m weyl.matrix
---@param tol? number 0 unless given
---@return integer[]?
function permutation.of_matrix(m, tol)
  local p, seen = {}, {}
  tol = tol or 0
  for i, row in ipairs(m) do
    local ones = 0
    for j, x in ipairs(row) do
      if math.abs(x - 1) <= tol then
        ones = ones + 1
        if seen[j] then return nil end
        p[j], seen[j] = i, true
      elseif not (math.abs(x) <= tol) then
        return nil
      end
    end
    if ones ~= 1 then return nil end
  end
  return p
end

---A string that two permutations of as many points share only if equal.
---@param p integer[]
---@return string
function permutation.key(p)
  if #p <= 200 then return string.char(table.unpack(p)) end
  return table.concat(p, ",")
end

-- The first point that p moves, nil for the identity.
local function moved(p)
  for i, j in ipairs(p) do
    if i ~= j then return i end
  end
  return nil
end

-- What is left of p after taking out carriers from level `from` on; the
-- identity when p lies in that level's group.
local function sift(chain, p, from)
  for i = from, #chain do
    local level = chain[i]
    local back = level.back[p[level.point]]
    if not back then return p end
    p = product(back, p)
  end
  return p
end

local function new_level(n, point)
  local start = identity(n)
  return { point = point, gens = {}, orbit = { point },
    carrier = { [point] = start }, back = { [point] = start } }
end

local extend

-- Enters g u, u a carrier, into level i: a new point of the orbit, or an
-- element of the next level's group.
local function enter(chain, i, g, u)
  local level, p = chain[i], product(g, u)
  local image = p[level.point]
  if not level.carrier[image] then
    level.carrier[image], level.back[image] = p, inverse(p)
    level.orbit[#level.orbit + 1] = image
  else
    extend(chain, i + 1, product(level.back[image], p))
  end
end

-- Adds p, which fixes the base points before level i, to that level's group.
-- The orbit may grow while it is walked; what is new is met with all
-- generators, what was there before with p alone.
function extend(chain, i, p)
  if not moved(sift(chain, p, i)) then return end
  chain[i] = chain[i] or new_level(chain.n, moved(p))
  local level = chain[i]
  local old = #level.orbit
  level.gens[#level.gens + 1] = p
  local k = 1
  while k <= #level.orbit do
    local u = level.carrier[level.orbit[k]]
    for s = k <= old and #level.gens or 1, #level.gens do
      enter(chain, i, level.gens[s], u)
    end
    k = k + 1
  end
end

---The chain of the group that permutations of n points generate.
---@param n integer
---@param generators integer[][]
---@return weyl.chain
function permutation.chain(n, generators)
  local chain = { n = n }
  for _, p in ipairs(generators) do extend(chain, 1, p) end
  return chain
end

---Number of elements: an integer, or a float from 2^63 on.
---@param chain weyl.chain
---@return number
function permutation.order(chain)
  local order = 1
  for _, level in ipairs(chain) do
    local k = #level.orbit
    order = math.type(order) == "integer" and order <= math.maxinteger // k
      and order * k or order * 1.0 * k
  end
  return order
end

---Whether p lies in the chain's group.
---@param chain weyl.chain
---@param p integer[]
---@return boolean
function permutation.contains(chain, p)
  return moved(sift(chain, p, 1)) == nil
end

---The element whose carriers are the pick(k)-th of k at each level: uniform
---if pick is uniform and independent.
---@param chain weyl.chain
---@param pick fun(k: integer): integer from 1 to k
---@return integer[]
function permutation.element(chain, pick)
  local p = identity(chain.n)
  for _, level in ipairs(chain) do
    p = product(p, level.carrier[level.orbit[pick(#level.orbit)]])
  end
  return p
end

return permutation
