-- nn/bilinear.lua: the cheap equivariant bilinear map of EMLP (Finzi et al.,
-- arXiv:2104.09459, section 5), from features to the same features.
--
-- The input x has m_r copies of V^r, r = 0, 1, ..., lowest rank first. A
-- matrix B(x) is made whose block from rank a to rank b consists, for every
-- pair (o, i) of copies, of a linear combination
--
--   B(x)[o, i] = sum_k w[o, i, k] X_k
--
-- of n_r = min(m_r, d^r) copies X_k of rank r = a + b, drawn from x with
-- replacement once and for all; the first b indices of X_k belong to the
-- output. Blocks whose rank x does not have, and rank 0, are zero. The value
-- is B(x) x. Equivariant for orthogonal groups as it stands; else a tensor of
-- rank r only maps scalars to rank r, and just those blocks are kept.
--
-- Everything is computed on columns, [features, batch]: slices by rank are
-- then contiguous, and work on small indices runs over the batch. A block is
-- contracted in the cheap order, over the side with fewer copies last:
--
--   m_b <= m_a   z = w x, one product for all blocks with that input,
--                y[o, beta] = sum_{k, alpha} X_k[beta, alpha] z[o, k, alpha]
--   m_b > m_a    t[i, k, beta] = sum_alpha X_k[beta, alpha] x[i, alpha],
--                y = w t, one product for all blocks with that output
--
-- so scalar inputs meet the weights first, scalar outputs the invariants.

local core = require "weyl.core"
local module = require "weyl.nn.module"

---@class weyl.nn.bilinear
---@field first weyl.param[] weights that act first, by input rank
---@field last weyl.param[] weights that act last, by output rank
---@field chosen weyl.tensor i64, rows of x that the X_k are
local Bilinear = { name = "weyl.nn.bilinear" }

-- One entry per rank: m copies of `size` numbers from row `at`, n of them
-- chosen; the rows of the chosen ones begin at `pick`.
local function lay_out(mult, d)
  local ranks, at, pick = {}, 1, 1
  for i, m in ipairs(mult) do
    local size = math.tointeger(d ^ (i - 1))
    local n = i > 1 and math.min(m, size) or 0
    ranks[i] = { m = m, n = n, size = size, at = at, pick = pick }
    at, pick = at + m * size, pick + n * size
  end
  return ranks
end

-- Rows of the chosen copies, drawn with replacement, rank by rank.
local function choose(ranks, stream)
  local rows = {}
  for _, r in ipairs(ranks) do
    local copies = r.n > 0
      and core.integers({ r.n }, 1, r.m, stream):totable() or {}
    for _, copy in ipairs(copies) do
      for j = 0, r.size - 1 do
        rows[#rows + 1] = r.at + (copy - 1) * r.size + j
      end
    end
  end
  return core.tensor(rows, "i64")
end

-- Blocks grouped by the product they share: first[j] and last[j] are
-- { rank = shared rank index, blocks = { { index of the other rank, index of
-- the chosen one, weights' rows or columns } } }.
local function plan(ranks, orthogonal)
  local first, last = {}, {}
  local function group(list, by, i)
    if not by[i] then
      by[i] = { rank = i, blocks = {}, count = 0 }
      list[#list + 1] = by[i]
    end
    return by[i]
  end
  local by_input, by_output = {}, {}
  for b = 1, #ranks do
    for a = 1, orthogonal and #ranks or 1 do
      local r = a + b - 1
      local n = ranks[r] and ranks[r].n or 0
      local mb, ma = ranks[b].m, ranks[a].m
      if n * mb * ma > 0 then
        local inputs = mb <= ma
        local g = inputs and group(first, by_input, a)
          or group(last, by_output, b)
        local width = n * (inputs and mb or ma)
        g.blocks[#g.blocks + 1] = { other = inputs and b or a, tensor = r,
          at = g.count + 1, width = width }
        g.count = g.count + width
      end
    end
  end
  return first, last
end

-- Copies of rank r as [m, size, batch], without a copy.
local function copies(h, r, batch)
  return h:slice(1, r.at, r.at + r.m * r.size - 1)
    :reshape(r.m, r.size, batch)
end

-- The X_k of rank r as [1, n, beta, alpha, batch].
local function tensors(chosen, r, beta, alpha, batch)
  return chosen:slice(1, r.pick, r.pick + r.n * r.size - 1)
    :reshape(1, r.n, beta, alpha, batch)
end

-- Weights first: adds to y[b] what the blocks with input rank a give.
function Bilinear:weights_first(g, w, h, chosen, y)
  local a, batch = self.ranks[g.rank], h.shape[2]
  local z = core.matmul(w,
    copies(h, a, batch):reshape(a.m, a.size * batch))
  for _, block in ipairs(g.blocks) do
    local b, r = self.ranks[block.other], self.ranks[block.tensor]
    local zb = z:slice(1, block.at, block.at + block.width - 1)
      :reshape(b.m, r.n, 1, a.size, batch)
    local x = tensors(chosen, r, b.size, a.size, batch)
    y[block.other] = y[block.other] + (x * zb):sum({ 2, 4 })
  end
end

-- Weights last: adds to y[b] what the blocks with output rank b give.
function Bilinear:weights_last(g, w, h, chosen, y)
  local b, batch, list = self.ranks[g.rank], h.shape[2], {}
  for i, block in ipairs(g.blocks) do
    local a, r = self.ranks[block.other], self.ranks[block.tensor]
    local x = tensors(chosen, r, b.size, a.size, batch)
    local t = x * copies(h, a, batch):reshape(a.m, 1, 1, a.size, batch)
    list[i] = t:sum(4):reshape(block.width, b.size * batch)
  end
  local t = #list > 1 and core.concat(list) or list[1]
  y[g.rank] = y[g.rank] + core.matmul(w, t):reshape(b.m, b.size, batch)
end

---@param h weyl.tensor [features, batch]
---@return weyl.tensor y [features, batch]
function Bilinear:columns(h)
  local y = {}
  for i = 1, #self.ranks do y[i] = 0 end
  local chosen = h:take(self.chosen)
  for i, g in ipairs(self.plan_first) do
    self:weights_first(g, self.first[i], h, chosen, y)
  end
  for i, g in ipairs(self.plan_last) do
    self:weights_last(g, self.last[i], h, chosen, y)
  end
  return self:join(y, h)
end

-- The results of all ranks below each other; a rank without blocks is zero.
function Bilinear:join(y, h)
  local batch = h.shape[2]
  for i, r in ipairs(self.ranks) do
    local rows = r.m * r.size
    y[i] = y[i] == 0 and core.zeros({ rows, batch }, h.dtype)
      or y[i]:reshape(rows, batch)
  end
  return core.concat(y)
end

---@param x weyl.tensor [batch, features]
---@return weyl.tensor y [batch, features]
function Bilinear:forward(x)
  return self:columns(x:transpose()):transpose()
end

local bilinear = {}

---Weights are normal with variance 1.
---@param mult integer[] mult[r + 1] copies of V^r
---@param d integer dimension of V
---@param orthogonal boolean whether the group is orthogonal
---@param dtype string
---@param stream string random stream of weights and choices
---@return weyl.nn.bilinear
function bilinear.new(mult, d, orthogonal, dtype, stream)
  local ranks = lay_out(mult, d)
  local first, last = plan(ranks, orthogonal)
  local own = { first = {}, last = {}, chosen = choose(ranks, stream) }
  for i, g in ipairs(first) do
    own.first[i] = core.param(core.normal({ g.count, ranks[g.rank].m }, 0, 1,
      dtype, stream))
  end
  for i, g in ipairs(last) do
    own.last[i] = core.param(core.normal({ ranks[g.rank].m, g.count }, 0, 1,
      dtype, stream))
  end
  return module.new(Bilinear, own, { ranks = ranks, plan_first = first,
    plan_last = last })
end

return bilinear
