-- group/wreath.lua: copies of a space, each moved by an element of its own,
-- and exchanged as a group of permutations says.
--
-- V holds k copies of V_G one after the other. An element (g_1 .. g_k; p) of
-- the wreath product carries copy j to place p(j) and moves it by g_p(j).

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"
local limit = require "weyl.group.limit"
local matrix = require "weyl.group.matrix"
local member = require "weyl.group.member"
local sample = require "weyl.group.sample"

-- Block-diagonal matrices [n, k d, k d] of blocks [n, k, d, d].
local function diagonal(blocks)
  local n, k, d = blocks.shape[1], blocks.shape[2], blocks.shape[3]
  return core.einsum("nkij,kl->nkilj", { blocks, core.eye(k, k, "f64") })
    :reshape(n, k * d, k * d)
end

local function sampler(g, h)
  return function()
    local draw, order = sample.uniform(g), sample.uniform(h)
    if not draw or not order then return nil end
    local k, d = h.d, g.d
    local one = core.eye(d, d, "f64")
    return function(stream, n)
      local moves = diagonal(draw(stream, n * k):reshape(n, k, d, d))
      local places = core.einsum("nkl,ij->nkilj", { order(stream, n), one })
      return moves:matmul(places:reshape(n, k * d, k * d)):eval()
    end
  end
end

-- The matrix [k, k] of 1 where a block of x is not 0 up to tol; blocks are
-- [k, k, d, d].
local function places_of(blocks, tol)
  local sizes = blocks:square():sum({ 3, 4 }):sqrt()
  return sizes:gt(tol * math.max(sizes:max():item(), 1)):to "f64":eval()
end

local function membership(g, h)
  local k, d = h.d, g.d
  return function(x, tol)
    local blocks = x:reshape(k, d, k, d):permute(1, 3, 2, 4):eval()
    local places = places_of(blocks, tol)
    local p = member.permutation(places, 0)
    if not p then return false end
    local is = member.test(h, places, tol)
    if not is then return is end
    local groups, parts = {}, {}
    for j, i in ipairs(p) do groups[j], parts[j] = g, blocks[i][j]:eval() end
    return member.all(groups, parts, tol)
  end
end

local function order_of(g, h)
  return function(bound)
    local each, why = finite.order(g, bound)
    if not each then return nil, why end
    local order = finite.order(h, bound)
    for _ = 1, h.d do
      order = math.type(order) == "integer" and math.type(each) == "integer"
        and order <= math.maxinteger // each and order * each
        or order * 1.0 * each
    end
    return order
  end
end

---See group.wreath.
---@param g weyl.group
---@param h weyl.group of permutations
---@return weyl.group
return function(g, h)
  check.arg(class.is_group(g), "group.wreath", "g", "a group", g)
  check.arg(class.is_group(h) and finite.permutations(h), "group.wreath", "h",
    "a group of permutations", h)
  local k, d = h.d, g.d
  limit.generators("group.wreath", "the product", k * d,
    k * (#g.lie + #g.discrete) + #h.discrete)
  local all = { d = k * d, lie = {}, discrete = {}, scale = {},
    name = ("wreath(%s, %s)"):format(g, h), known = {
      sampler = sampler(g, h), member = membership(g, h),
      order = order_of(g, h) } }
  for i = 1, k do
    local axes = matrix.range((i - 1) * d + 1, i * d)
    local move = matrix.embedding(k * d, axes, 0.0)
    local element = matrix.embedding(k * d, axes, 1.0)
    for j, a in ipairs(g.lie) do
      all.lie[#all.lie + 1] = move(a)
      all.scale[#all.lie] = g.scale[j]
    end
    for _, m in ipairs(g.discrete) do
      all.discrete[#all.discrete + 1] = element(m)
    end
  end
  for _, p in ipairs(h.discrete) do
    all.discrete[#all.discrete + 1] =
      matrix.kron(p, matrix.signs(d, 1, 0, 1.0))
  end
  return class.new(all)
end
