-- experiment/watch.lua: which groups a run reports, and what measures them on
-- the layers of its model.
--
-- A regularizer that has levels reports its own groups. Else they are those
-- asked for, or the candidates of the data; a model whose layers all have
-- representations is then measured like a regularized one, with strength 0
-- throughout. Of other models only the function is measured, by sampling.

local core = require "weyl.core"
local reg = require "weyl.reg"
local rep = require "weyl.rep"

-- Whether every layer of a model says what it maps.
local function has_typed_layers(model)
  if not (type(model) == "table" and model.layers) then return false end
  for _, layer in ipairs(model:layers()) do
    if not (rep.is_rep(layer.rep_in) and rep.is_rep(layer.rep_out)
      and core.is_param(layer.weight)) then
      return false
    end
  end
  return true
end

-- Whether the function can be moved at its input and its output.
local function is_typed(model, set)
  local own = type(model) == "table" and model or {}
  return (own.rep_in or set.rep_in) and (own.rep_out or set.rep_out)
end

local watch = {}

---@param o table the experiment's options
---@param model table
---@param regularizer table?
---@return weyl.group[]? groups nil where nothing can be measured
---@return weyl.levels? levels nil where only the function can be
function watch.new(o, model, regularizer)
  local own = regularizer and regularizer.groups and regularizer.regularizers
  if own and not o.groups then return regularizer.groups, regularizer end
  local groups = o.groups or o.data.candidates
  if not groups or #groups == 0 or not is_typed(model, o.data) then
    return nil
  end
  if not has_typed_layers(model) then return groups end
  local levels = reg.mixed(model, groups, { strength = 0 })
  return groups, levels
end

return watch
