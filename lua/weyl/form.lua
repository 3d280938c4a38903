-- form.lua: quadratic forms on one layer's weights, as graph operations.
--
-- A form is S = c 1 + sum_j w_j P_j with the projectors P_j of several groups
-- onto the equivariant maps between two representations: a projector itself
-- (c = 0), or all penalties of a layer together (c = sum l_j, w_j = -l_j).
-- The matrices are assembled once, when the coefficients are set; applying
-- them is one operation of the graph whatever the number of groups.

local check = require "weyl.check"
local core = require "weyl.core"
local space = require "weyl.rep.space"

local raw = core.symmetry

---@class weyl.form
---@field layout userdata how W falls into blocks
---@field words weyl.form.word[] the types of its blocks
---@field pattern weyl.tensor
---@field values table<weyl.dtype, weyl.tensor>
local Form = {}

local meta = { __index = Form, __name = "weyl.form" }

-- Spaces, one list per group, on which every group acts by orthogonal
-- matrices: there a space and its dual are one.
local function orthogonal_kinds(groups)
  local all = {}
  for kind = 1, #groups[1] do
    all[kind - 1] = true
    for _, spaces in ipairs(groups) do
      while spaces do
        all[kind - 1] = all[kind - 1] and raw.is_orthogonal(spaces[kind])
        spaces = spaces.also
      end
    end
  end
  return all
end

---@class weyl.form.word a run of one copy, and:
---@field key string the same for equal words
---@field size integer entries of a block, D
---@field copies integer blocks of this type in W

-- The word of blocks from run s to run r, and its key.
local function block_word(r, s, orthogonal)
  local kinds, duals = {}, r.duals | (~s.duals & (1 << s.rank) - 1) << r.rank
  for f = 1, r.rank do kinds[f] = r.kinds and r.kinds[f] or 0 end
  for f = 1, s.rank do
    kinds[r.rank + f] = s.kinds and s.kinds[f] or 0
  end
  for f, kind in ipairs(kinds) do
    if orthogonal[kind] then duals = duals & ~(1 << f - 1) end
  end
  local key = table.concat(kinds, ",") .. "/" .. duals
  return key, { rank = #kinds, duals = duals, mult = 1, kinds = kinds,
    key = key, copies = 0 }
end

-- (entries, copies) of every run, given the dimension of each kind.
local function append_runs(attr, runs, dims)
  for _, r in ipairs(runs) do
    local size = 1
    for f = 1, r.rank do size = size * dims[r.kinds and r.kinds[f] or 0] end
    attr[#attr + 1] = size
    attr[#attr + 1] = r.mult
  end
end

-- The layout of W and the words of its blocks, in order of appearance.
local function lay_out(to, from, dims, orthogonal)
  local words, number, attr = {}, {}, { #to, #from }
  append_runs(attr, to, dims)
  append_runs(attr, from, dims)
  for _, r in ipairs(to) do
    for _, s in ipairs(from) do
      local key, word = block_word(r, s, orthogonal)
      if not number[key] then
        words[#words + 1] = word
        number[key] = #words
      end
      words[number[key]].copies = words[number[key]].copies
        + r.mult * s.mult
      attr[#attr + 1] = number[key] - 1
    end
  end
  if #attr > 65535 then
    check.fail("projector: %d runs of outputs and %d of inputs are too many; "
      .. "bring copies of one kind together, as in 8*V + 4*V^2", #to, #from)
  end
  for _, word in ipairs(words) do
    word.size = 1
    for _, kind in ipairs(word.kinds) do word.size = word.size * dims[kind] end
  end
  return raw.layout(attr), words
end

---@param W weyl.tensor [out, in], or biases [out]
---@return weyl.tensor values in W's dtype
function Form:values_for(W)
  local dtype = W.dtype
  if not self.values[dtype] then
    self.values[dtype] = self.values.f64:to(dtype):eval()
  end
  return self.values[dtype]
end

---S W.
---@param W weyl.tensor
---@return weyl.tensor like W
function Form:apply(W)
  return raw.block_map(W, self.layout, self:values_for(W), self.pattern)
end

---1/2 <W, S W>; value and gradient share one application of S.
---@param W weyl.tensor
---@return weyl.tensor scalar
function Form:half(W)
  return raw.penalty(W, self.layout, self:values_for(W), self.pattern)
end

---Sets S = identity 1 + sum_j weights[j] P_j.
---@param identity number
---@param weights number[]
function Form:set(identity, weights)
  local values, pattern = raw.form(self.groups, identity, weights, self.words)
  self.values, self.pattern = { f64 = values }, pattern
end

-- ---- the matrices of a form ----

---c 1 + sum_j w_j P_j on one block of each word, as matrices.
---@param identity number c
---@param weights number[] w_j, one per group
---@return weyl.tensor[] matrices f64 [D, D], by word
function Form:matrices(identity, weights)
  local out = {}
  for i, word in ipairs(self.words) do
    local values, pattern = raw.form(self.groups, identity, weights,
      { word })
    local columns = raw.layout { 1, 1, word.size, 1, 1, word.size, 0 }
    out[i] = core.eval(raw.block_map(core.eye(word.size, word.size, "f64"),
      columns, values, pattern))
  end
  return out
end

---A form on the same weights with given symmetric matrices.
---@param matrices weyl.tensor[] f64 [D, D], one per word
---@return weyl.form
function Form:with_matrices(matrices)
  local values, pattern, at = {}, { #matrices }, 0
  local body = 1 + 4 * #matrices -- where the components begin
  for i, m in ipairs(matrices) do
    local size = self.words[i].size
    table.move({ size, 1, body + (i - 1) * 2, at }, 1, 4, #pattern + 1,
      pattern)
    body = body + size
    values[#values + 1] = core.zeros({ size }, "f64")
    values[#values + 1] = m:reshape(size * size)
    at = at + size + size * size
  end
  for _, word in ipairs(self.words) do
    pattern[#pattern + 1], pattern[#pattern + 2] = word.size, 0
    for k = 0, word.size - 1 do pattern[#pattern + 1] = k end
  end
  return setmetatable({ layout = self.layout, words = self.words,
    groups = self.groups, pattern = core.tensor(pattern, "i64"),
    values = { f64 = core.concat(values):eval() } }, meta)
end

local form = {}

---@class weyl.form.options
---@field groups (weyl.group|weyl.group[])[] of one dimension; a list of groups
---  stands for the sum of their equivariant maps
---@field rep_in weyl.rep
---@field rep_out weyl.rep
---@field identity number c
---@field weights number[] w_j, one per group

---A form on maps from rep_in to rep_out.
---@param o weyl.form.options
---@return weyl.form
function form.new(o)
  local first, groups = o.groups[1], {}
  local d = (first.d and first or first[1]).d
  local spaces, lists = space.number({ o.rep_in, o.rep_out }, d)
  local dims = { [0] = d }
  for i, s in ipairs(spaces) do dims[i] = s.size(d) end
  for j, g in ipairs(o.groups) do
    groups[j] = space.bind_sum(g.d and { g } or g, spaces)
  end
  local layout, words = lay_out(lists[2], lists[1], dims,
    orthogonal_kinds(groups))
  local self = setmetatable({ layout = layout, words = words,
    groups = groups }, meta)
  self:set(o.identity, o.weights)
  return self
end

return form
