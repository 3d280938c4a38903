-- nn/bilinear.lua: the cheap equivariant bilinear map of EMLP (Finzi et al.,
-- arXiv:2104.09459, section 5), from features to the same features.
--
-- The input x has m_r copies of V^r, r = 0, 1, ..., lowest rank first. A
-- matrix B(x) is made whose block from rank a to rank b consists, for every
-- pair (o, i) of copies, of a linear combination
--
--   B(x)[o, i] = sum_k w[o, i, k] X_k
--
-- of n_r = min(m_r, d^r) copies X_k of rank r = a + b, drawn from x once and
-- for all; the first b indices of X_k belong to the output. EMLP draws with
-- replacement: then the few copies of the highest rank are often one copy
-- several times, and what a network can learn depends on its seed. Distinct
-- ones are the default. Blocks whose rank x does not have, and rank 0, are
-- zero. The value is B(x) x. Equivariant for orthogonal groups as it stands;
-- else a tensor of rank r only maps scalars to rank r, and just those blocks
-- are kept.
--
-- Features come as a list of parts, part r + 1 the copies of V^r as
-- [m_r, d^r, batch], so that work on small indices runs over the batch. A
-- block is contracted in the cheap order, over the side with fewer copies
-- last:
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
---@field chosen weyl.tensor[] i64 [n_r], which copies the X_k are, by rank
local Bilinear = { name = "weyl.nn.bilinear" }

-- One entry per rank: m copies of `size` numbers, n of them chosen.
local function lay_out(mult, d)
  local ranks = {}
  for i, m in ipairs(mult) do
    local size = math.tointeger(d ^ (i - 1))
    ranks[i] = { m = m, n = i > 1 and math.min(m, size) or 0, size = size }
  end
  return ranks
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

-- The X_k as [1, n, beta, alpha, batch].
local function tensors(chosen, beta, alpha)
  local n, _, batch = table.unpack(chosen.shape)
  return chosen:reshape(1, n, beta, alpha, batch)
end

local function add(y, i, term) y[i] = y[i] and y[i] + term or term end

-- Weights first: adds to y what the blocks with input rank a give.
function Bilinear:weights_first(g, w, x, chosen, y)
  local a, xa = self.ranks[g.rank], x[g.rank]
  local batch = xa.shape[3]
  local z = core.matmul(w, xa:reshape(a.m, a.size * batch))
  for _, block in ipairs(g.blocks) do
    local b, n = self.ranks[block.other], self.ranks[block.tensor].n
    local zb = z:slice(1, block.at, block.at + block.width - 1)
      :reshape(b.m, n, 1, a.size, batch)
    local t = tensors(chosen[block.tensor], b.size, a.size)
    add(y, block.other, (t * zb):sum { 2, 4 })
  end
end

-- Weights last: adds to y what the blocks with output rank b give.
function Bilinear:weights_last(g, w, x, chosen, y)
  local b, list, batch = self.ranks[g.rank], {}, x[1].shape[3]
  for i, block in ipairs(g.blocks) do
    local a = self.ranks[block.other]
    local xa = x[block.other]:reshape(a.m, 1, 1, a.size, batch)
    local t = tensors(chosen[block.tensor], b.size, a.size) * xa
    list[i] = t:sum(4):reshape(block.width, b.size * batch)
  end
  local t = #list > 1 and core.concat(list) or list[1]
  add(y, g.rank, core.matmul(w, t):reshape(b.m, b.size, batch))
end

---The map on features that are split by rank.
---@param x weyl.tensor[] parts [m_r, d^r, batch]
---@return weyl.tensor[] y parts; an entry is nil where the map is zero
function Bilinear:parts(x)
  local y, chosen = {}, {}
  for i, index in ipairs(self.chosen) do
    if #index > 0 then chosen[i] = x[i]:take(index) end
  end
  for i, g in ipairs(self.plan_first) do
    self:weights_first(g, self.first[i], x, chosen, y)
  end
  for i, g in ipairs(self.plan_last) do
    self:weights_last(g, self.last[i], x, chosen, y)
  end
  return y
end

local bilinear = {}

---Number of weights that `new` would draw, without drawing them.
---@param mult integer[]
---@param d integer
---@param orthogonal boolean
---@return integer
function bilinear.count(mult, d, orthogonal)
  local ranks, count = lay_out(mult, d), 0
  for _, list in ipairs { plan(ranks, orthogonal) } do
    for _, g in ipairs(list) do count = count + g.count * ranks[g.rank].m end
  end
  return count
end

-- Which n of m copies, [n].
local function choose(n, m, copies, stream)
  if copies == "published" then
    return core.integers({ n }, 1, math.max(m, 1), stream):eval()
  end
  return core.permutation(m, stream):slice(1, 1, n):eval()
end

---Weights are normal with variance 1.
---@param mult integer[] mult[r + 1] copies of V^r
---@param o { group: weyl.group, orthogonal: boolean, copies: string,
---  dtype: string, stream: string } orthogonal: whether all blocks are kept;
---  copies "distinct" or "published", with replacement; stream of weights and
---  choices
---@return weyl.nn.bilinear
function bilinear.new(mult, o)
  local ranks = lay_out(mult, o.group.d)
  local first, last = plan(ranks, o.orthogonal)
  local own = { first = {}, last = {}, chosen = {} }
  local dtype, stream = o.dtype, o.stream
  for i, r in ipairs(ranks) do
    own.chosen[i] = choose(r.n, r.m, o.copies, stream)
  end
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
