-- nn/emlp.lua: the equivariant multilayer perceptron, exact and soft.
--
-- Architecture: Finzi et al., arXiv:2104.09459; the soft form: Kim et al.,
-- "Regularizing towards soft equivariance under mixed symmetries",
-- arXiv:2306.00356. A block is
--
--   l = W h + b                       affine, features and gates
--   p = l + 0.1 bilinear(l)           with a shortcut
--   h' = p sigmoid(gate) + w_g silu(p)
--
-- where every tensor has a scalar gate, scalars gate themselves, and the path
-- with w_g (one weight per channel, 1e-3 at the start) breaks the symmetry by
-- as much as training asks for. After the blocks comes one affine layer.
--
-- The shapes of all W come from representations. Exact (soft = false): W and
-- b are projected onto the equivariant maps of the group whenever they act.
-- Soft: W and b are free, and regularizers pull them towards symmetries.
--
-- The gates stand before the features, so that all scalars are neighbours:
-- rows [gates, V^0, V, V^2, ...] of l.

local check = require "weyl.check"
local core = require "weyl.core"
local bilinear = require "weyl.nn.bilinear"
local features = require "weyl.nn.features"
local linear = require "weyl.nn.linear"
local module = require "weyl.nn.module"
local options = require "weyl.options"
local rep = require "weyl.rep"

local SHORTCUT = 0.1 -- scale of the bilinear map beside its input
local RESIDUAL = 1e-3 -- of w_g at the start

---@class weyl.nn.block
---@field linear weyl.nn.linear
---@field bilinear weyl.nn.bilinear
---@field w_g weyl.param? [features]
---@field gate_of weyl.tensor i64 [features], the scalar that gates each row
local Block = { name = "weyl.nn.block" }

---@param h weyl.tensor [in, batch]
---@return weyl.tensor h [features, batch]
function Block:columns(h)
  local l = self.linear:columns(h)
  local p = l + SHORTCUT * self.bilinear:columns(l)
  local kept = p:slice(1, self.gates + 1, -1)
  local gates = p:slice(1, 1, self.scalars):sigmoid():take(self.gate_of)
  local out = kept * gates
  if self.w_g then
    out = out + self.w_g:reshape(-1, 1) * kept:silu()
  end
  return out
end

-- Row of the gate of every feature: scalars gate themselves, tensor number t
-- is gated by row t.
local function gate_rows(mult, d, gates)
  local rows, tensor = {}, 0
  for i, m in ipairs(mult) do
    for copy = 1, m do
      if i > 1 then tensor = tensor + 1 end
      for _ = 1, math.tointeger(d ^ (i - 1)) do
        rows[#rows + 1] = i == 1 and gates + copy or tensor
      end
    end
  end
  return core.tensor(rows, "i64")
end

local function new_block(o, rep_in)
  local d, mult = o.group.d, o.mult
  local gates = 0
  for i = 2, #mult do gates = gates + mult[i] end
  local gated = table.move(mult, 1, #mult, 1, {})
  gated[1] = gated[1] + gates
  local own = {
    linear = o.affine(rep_in, features.rep(gated)),
    bilinear = bilinear.new(gated, d, o.orthogonal, o.dtype, o.stream),
    gate_of = gate_rows(mult, d, gates),
  }
  if o.residual then
    own.w_g = core.param(core.full({ o.features:size(d) }, RESIDUAL, o.dtype))
  end
  return module.new(Block, own, { gates = gates, scalars = gated[1] })
end

---@class weyl.nn.emlp
---@field blocks weyl.nn.block[]
---@field last weyl.nn.linear
---@field rep_in weyl.rep
---@field rep_out weyl.rep
---@field features weyl.rep hidden features, without gates
---@field group weyl.group
---@field soft boolean
local Emlp = { name = "weyl.nn.emlp" }

---@param x weyl.tensor [batch, in]
---@return weyl.tensor y [batch, out]
function Emlp:forward(x)
  local h = x:transpose()
  for _, block in ipairs(self.blocks) do h = block:columns(h) end
  return self.last:forward(h:transpose())
end

---The affine layers in order: what regularizers act on.
---@return weyl.nn.linear[]
function Emlp:layers()
  local list = {}
  for i, block in ipairs(self.blocks) do list[i] = block.linear end
  list[#list + 1] = self.last
  return list
end

---The paths beside the gates: sum over blocks of |w_g|^2; nil without them.
---@return weyl.tensor? scalar
function Emlp:residual_norm()
  local sum
  for _, block in ipairs(self.blocks) do
    if block.w_g then
      local s = block.w_g:square():sum()
      sum = sum and sum + s or s
    end
  end
  return sum
end

-- Starts of the free weights: a share of the projection and a share of the
-- weights as drawn.
local STARTS = { free = { 0, 1 }, half = { 0.5, 0.5 }, near = { 1, 1e-3 } }

-- A function that makes the affine layer between two representations.
local function affine_maker(o)
  return function(rep_in, rep_out)
    local project
    if not o.soft or o.init ~= "free" then
      project = o.group:basis(rep_in, rep_out):projector()
    end
    local layer = linear.new { bias = true, dtype = o.dtype,
      stream = o.stream, inputs = rep_in:size(o.group.d),
      outputs = rep_out:size(o.group.d), rep_in = rep_in, rep_out = rep_out,
      project = not o.soft and project or nil }
    if o.soft and o.init ~= "free" then
      local p, f = table.unpack(STARTS[o.init])
      local w, b = project(layer.weight, layer.bias)
      layer.weight:set(p * w + f * layer.weight)
      layer.bias:set(p * b + f * layer.bias)
    end
    return layer
  end
end

local emlp = {}

---@param opts table
---@return weyl.nn.emlp
function emlp.new(opts)
  local o = options.read("nn.emlp", opts, {
    { "rep_in", "any", required = true }, { "rep_out", "any",
      required = true },
    { "group", "any", required = true },
    { "soft", "boolean", default = false },
    { "channels", "count", default = 128 },
    { "allocation", { "exact", "published" } },
    { "depth", "count", default = 3 },
    { "residual", "boolean" },
    { "init", { "free", "half", "near" }, default = "free" },
    { "dtype", { "f32", "f64" }, default = "f32" },
    { "stream", "string", default = "init" } })
  check.arg(type(o.group) == "table" and o.group.d, "nn.emlp", "group",
    "a group", o.group)
  o.rep_in, o.rep_out = rep.lift(o.rep_in), rep.lift(o.rep_out)
  if o.residual == nil then o.residual = o.soft end
  o.orthogonal = o.group:is_orthogonal()
  o.mult = features.allocate(o.channels, o.group.d,
    o.allocation or (o.soft and "published" or "exact"))
  o.features = features.rep(o.mult)
  o.affine = affine_maker(o)
  local blocks, from = {}, o.rep_in
  for i = 1, o.depth do
    blocks[i] = new_block(o, from)
    from = o.features
  end
  return module.new(Emlp, { blocks = blocks, last = o.affine(from, o.rep_out) },
    { rep_in = o.rep_in, rep_out = o.rep_out, features = o.features,
      group = o.group, soft = o.soft })
end

return emlp
