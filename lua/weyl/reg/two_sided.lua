-- reg/two_sided.lua: separate weights on both parts of a layer's weights.
--
-- Berndt and Stuehmer, arXiv:2601.05028: with P the projector onto the maps
-- equivariant under one group, W = P W + (W - P W), and what is added to the
-- loss is
--
--   equivariant / 2 |P W|^2 + residual / 2 |W - P W|^2,
--
-- biases alike, summed over layers. Both together are one quadratic form per
-- layer, residual 1 + (equivariant - residual) P. (The paper writes norms;
-- here they are squared and halved as in reg.mixed.)

local check = require "weyl.check"
local is_group = require "weyl.group.class".is_group
local levels = require "weyl.reg.levels"
local options = require "weyl.options"

-- The strengths of `watch` are those of a levels object and stay 0.
local function groups_of(group, watch)
  local groups = { group }
  for _, g in ipairs(watch or {}) do
    if g ~= group then groups[#groups + 1] = g end
  end
  return groups
end

---See reg.two_sided.
---@param model table
---@param group weyl.group
---@param opts table?
---@return weyl.levels
return function(model, group, opts)
  local func = "reg.two_sided"
  check.arg(is_group(group), func, "group", "a group", group)
  local o = options.read(func, opts, {
    { "equivariant", "weight", default = 0 },
    { "residual", "weight", default = 1 },
    { "bias", "boolean", default = true }, { "watch", "table" } })
  local groups = groups_of(group, o.watch)
  local strengths = {}
  for j = 1, #groups do strengths[j] = j == 1 and o.residual or 0 end
  return levels(model, groups, { strengths = strengths, bias = o.bias },
    { equivariant = o.equivariant })
end
