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
-- Soft: W and b are free, and regularizers pull them towards symmetries. With
-- a pathway (nn/pathway.lua) an exact layer has a second one beside it, free
-- or held to a smaller group: residual pathway priors.
--
-- The bilinear maps are those of the group, in a network whose layers are not
-- exact also those of another one (bilinear = ...): where the group is not
-- orthogonal its own have no path from vectors to scalars.
--
-- The gates stand before the features, so that all scalars are neighbours:
-- rows [gates, V^0, V, V^2, ...] of l.

local check = require "weyl.check"
local core = require "weyl.core"
local bilinear = require "weyl.nn.bilinear"
local features = require "weyl.nn.features"
local is_group = require "weyl.group.class".is_group
local linear = require "weyl.nn.linear"
local match = require "weyl.nn.match"
local module = require "weyl.nn.module"
local options = require "weyl.options"
local pathway = require "weyl.nn.pathway"
local rep = require "weyl.rep"

local SHORTCUT = 0.1 -- scale of the bilinear map beside its input
local RESIDUAL = 1e-3 -- of w_g at the start

---@class weyl.nn.block
---@field linear weyl.nn.linear
---@field bilinear weyl.nn.bilinear
---@field w_g weyl.param? [features]
local Block = { name = "weyl.nn.block" }

-- The rows of l as parts by rank, [m, d^r, batch] each.
function Block:split(l)
  local parts, batch, at = {}, l.shape[2], 1
  for i, size in ipairs(self.sizes) do
    local rows = self.mult[i] * size
    parts[i] = l:slice(1, at, at + rows - 1):reshape(-1, size, batch)
    at = at + rows
  end
  return parts
end

-- The part of rank i - 1 of h', [rows, batch]: p times the sigmoid of its
-- gates, and the path beside it with the weights of these rows.
function Block:activate(p, gates, i, at)
  local out = p * gates
  local rows = p.shape[1] * self.sizes[i]
  if self.w_g then
    local w = self.w_g:slice(1, at, at + rows - 1)
    out = out + w:reshape(-1, self.sizes[i], 1) * p:silu()
  end
  return out:reshape(rows, -1), at + rows
end

-- p = l + 0.1 bilinear(l), by parts.
function Block:mix(l)
  local y = self.bilinear:parts(l)
  local p = {}
  for i, part in ipairs(l) do p[i] = y[i] and part + SHORTCUT * y[i] or part end
  return p
end

-- h' [features, batch] from the parts of p.
function Block:gate(p)
  local gates, out, at, row = p[1]:sigmoid(), {}, 1, 1
  local function next_gates(m)
    row = row + m
    return gates:slice(1, row - m, row - 1)
  end
  for i = 2, #p do out[i] = { p[i], next_gates(self.mult[i]) } end
  out[1] = { p[1]:slice(1, row, -1), gates:slice(1, row, -1) }
  for i, pair in ipairs(out) do
    out[i], at = self:activate(pair[1], pair[2], i, at)
  end
  return core.concat(out)
end

---A linear map, a bilinear one beside it, and gates.
---@param h weyl.tensor [in, batch]
---@return weyl.tensor h [features, batch]
function Block:columns(h)
  return self:gate(self:mix(self:split(self.linear:columns(h))))
end

-- The three steps of a block on samples in rows, as stages.
function Block:stages(name, rep_in, rep_out)
  local gated = self.linear.rep_out
  local function mix(l)
    local p = self:mix(self:split(l:transpose()))
    for i, part in ipairs(p) do
      p[i] = part:reshape(self.mult[i] * self.sizes[i], -1)
    end
    return core.concat(p):transpose()
  end
  return {
    { name = name .. " linear", rep_in = rep_in, rep_out = gated,
      forward = function(h) return self.linear:forward(h) end },
    { name = name .. " bilinear", rep_in = gated, rep_out = gated,
      forward = mix },
    { name = name .. " gates", rep_in = gated, rep_out = rep_out,
      forward = function(p)
        return self:gate(self:split(p:transpose())):transpose()
      end },
  }
end

-- Copies of each rank in l: the gates of all tensors are scalars more.
local function with_gates(mult)
  local gated = table.move(mult, 1, #mult, 1, {})
  for i = 2, #mult do gated[1] = gated[1] + mult[i] end
  return gated
end

local function new_block(o, rep_in)
  local gated, sizes = with_gates(o.mult), {}
  for i = 1, #gated do sizes[i] = math.tointeger(o.group.d ^ (i - 1)) end
  local own = {
    linear = o.affine(rep_in, features.rep(gated)),
    bilinear = bilinear.new(gated, o),
  }
  if o.residual then
    own.w_g = core.param(core.full({ o.features:size(o.group.d) }, RESIDUAL,
      o.dtype))
  end
  return module.new(Block, own, { mult = gated, sizes = sizes })
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

---The blocks in order, and a last linear map.
---@param x weyl.tensor [batch, in]
---@return weyl.tensor y [batch, out]
function Emlp:forward(x)
  module.check_input(self, x, self.inputs)
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

---The model as a chain: the three steps of every block, and the last layer.
---Each stage maps rows to rows.
---@return { name: string, forward: function, rep_in: weyl.rep,
---  rep_out: weyl.rep }[]
function Emlp:stages()
  local list, from = {}, self.rep_in
  for i, block in ipairs(self.blocks) do
    local steps = block:stages(("block %d"):format(i), from, self.features)
    table.move(steps, 1, #steps, #list + 1, list)
    from = self.features
  end
  list[#list + 1] = { name = "last linear", rep_in = from,
    rep_out = self.rep_out,
    forward = function(h) return self.last:forward(h) end }
  local first = list[1].forward
  list[1].forward = function(x)
    module.check_input(self, x, self.inputs)
    return first(x)
  end
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

function Emlp:describe()
  return ("%s -> %d times %s -> %s, %s %s%s"):format(self.rep_in,
    #self.blocks, self.features, self.rep_out,
    self.soft and "shaped for" or "exactly", self.group,
    self.pathway and (" beside %s"):format(is_group(self.pathway)
      and self.pathway or "free weights") or "")
end

-- Starts of the free weights: a share of the projection and a share of the
-- weights as drawn.
local STARTS = { free = { 0, 1 }, half = { 0.5, 0.5 }, near = { 1, 1e-3 } }

-- Starts a soft layer nearer to the equivariant maps.
local function start(layer, project, shares)
  local w, b = project(layer.weight, layer.bias)
  layer.weight:set(shares[1] * w + shares[2] * layer.weight)
  layer.bias:set(shares[1] * b + shares[2] * layer.bias)
end

-- A function that makes the affine layer between two representations.
local function affine_maker(o)
  local function projector(g, rep_in, rep_out)
    return g:basis(rep_in, rep_out):projector()
  end
  return function(rep_in, rep_out)
    local own = { bias = true, dtype = o.dtype, stream = o.stream,
      inputs = rep_in:size(o.group.d), outputs = rep_out:size(o.group.d),
      rep_in = rep_in, rep_out = rep_out }
    if not o.soft then
      own.project = projector(o.group, rep_in, rep_out)
      if not o.pathway then return linear.new(own) end
      own.project_basic = is_group(o.pathway)
        and projector(o.pathway, rep_in, rep_out) or nil
      return pathway.new(own)
    end
    local layer = linear.new(own)
    if o.init ~= "free" then
      start(layer, projector(o.init_group or o.group, rep_in, rep_out),
        STARTS[o.init])
    end
    return layer
  end
end

local emlp = {}

-- Fails unless the options fit together.
local function check_options(o)
  check.arg(is_group(o.group), "nn.emlp", "group", "a group", o.group)
  for _, name in ipairs { "init_group", "bilinear", "pathway" } do
    local g = o[name]
    if g ~= nil and not (name == "pathway" and type(g) == "boolean") then
      check.arg(is_group(g), "nn.emlp", name, name == "pathway"
        and "true or a group" or "a group", g)
      if g.d ~= o.group.d then
        check.fail("nn.emlp: %s acts on dimension %d, group on %d", name, g.d,
          o.group.d)
      end
    end
  end
  if o.soft and o.pathway then
    check.fail "nn.emlp: soft = true has no pathway: its weights are free"
  end
  if o.bilinear and not (o.soft or o.pathway) then
    check.fail("nn.emlp: exact layers have the bilinear maps of their own "
      .. "group: option 'bilinear' needs soft = true or a pathway")
  end
end

-- The options with everything that follows from them but the width.
local function read(opts)
  local o = options.read("nn.emlp", opts, {
    { "rep_in", "any", required = true },
    { "rep_out", "any", required = true },
    { "group", "any", required = true },
    { "soft", "boolean", default = false },
    { "pathway", "any", default = false },
    { "channels", "count" },
    { "parameters", "count" },
    { "allocation", { "exact", "published" } },
    { "bilinear", "any" },
    { "copies", { "distinct", "published" }, default = "distinct" },
    { "max_rank", "whole" },
    { "depth", "count", default = 3 },
    { "residual", "boolean" },
    { "init", { "free", "half", "near" }, default = "free" },
    { "init_group", "any" },
    { "dtype", { "f32", "f64" }, default = "f32" },
    { "stream", "string", default = "init" } })
  check_options(o)
  local free = o.soft or o.pathway ~= false
  o.rep_in, o.rep_out = rep.lift(o.rep_in), rep.lift(o.rep_out)
  if o.residual == nil then o.residual = free end
  o.orthogonal = (o.bilinear or o.group):is_orthogonal()
  -- the published rule goes in steps too coarse to meet a number
  o.allocation = o.allocation
    or (free and not o.parameters and "published" or "exact")
  return o
end

-- Number of trained numbers for a width, nothing drawn.
local function count(o, channels)
  local d = o.group.d
  local mult = features.allocate(channels, d, o.allocation, o.max_rank)
  local gated = with_gates(mult)
  local function size(list)
    local sum = 0
    for i, m in ipairs(list) do sum = sum + m * d ^ (i - 1) end
    return math.tointeger(sum)
  end
  local affine, from, wide = 0, o.rep_in:size(d), size(gated)
  for _ = 1, o.depth do
    affine, from = affine + wide * (from + 1), size(mult)
  end
  affine = affine + o.rep_out:size(d) * (from + 1)
  return (o.pathway and 2 or 1) * affine
    + o.depth * bilinear.count(gated, d, o.orthogonal)
    + (o.residual and o.depth * from or 0)
end

-- The width: given, or the one with nearly as many parameters as asked for.
local function width(o)
  return match.width { func = "nn.emlp", channels = o.channels,
    parameters = o.parameters, count = function(channels)
      return count(o, channels)
    end }
end

---@param opts table
---@return weyl.nn.emlp
function emlp.new(opts)
  local o = read(opts)
  o.mult = features.allocate(width(o), o.group.d, o.allocation, o.max_rank)
  o.features = features.rep(o.mult)
  o.affine = affine_maker(o)
  local blocks, from = {}, o.rep_in
  for i = 1, o.depth do
    blocks[i] = new_block(o, from)
    from = o.features
  end
  return module.new(Emlp, { blocks = blocks, last = o.affine(from, o.rep_out) },
    { rep_in = o.rep_in, rep_out = o.rep_out, features = o.features,
      group = o.group, soft = o.soft, pathway = o.pathway,
      inputs = o.rep_in:size(o.group.d) })
end

---The width and the number of parameters that `new` would have.
---@param opts table
---@return integer channels
---@return integer parameters
function emlp.plan(opts)
  local o = read(opts)
  local channels = width(o)
  return channels, count(o, channels)
end

return emlp
