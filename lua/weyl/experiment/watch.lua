-- experiment/watch.lua: candidate groups that are measured and not penalised,
-- for models of any method: what a report of levels needs.
--
-- A model whose layers have representations is measured layer by layer like a
-- regularized one, with strength 0 throughout. Of others only the function is
-- measured, by sampling: they have no regularizers and no strengths.

local core = require "weyl.core"
local equivariance_error = require "weyl.symmetry.error"
local reg = require "weyl.reg"
local rep = require "weyl.rep"

---@class weyl.watch
---@field groups weyl.group[]
---@field strengths number[] none
local Watch = {}
Watch.__index = Watch
Watch.__name = "weyl.watch"

---Layers are unknown: no number for any group.
---@return number[]
function Watch:regularizers() return self.strengths end

---@return number[]
function Watch:cosines() return self.strengths end

---See levels:equivariance_error.
---@param f? function
---@param j integer
---@param opts? table
---@return number
---@return table intervals
function Watch:equivariance_error(f, j, opts)
  local o = { rep_in = self.rep_in, rep_out = self.rep_out }
  for name, value in next, opts or {} do o[name] = value end
  return equivariance_error(f or self.model, self.groups[j], o)
end

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

local watch = {}

---@param model table
---@param groups weyl.group[]?
---@param set weyl.data.set whose representations serve a model without any
---@return table? levels nil where nothing can be measured
function watch.new(model, groups, set)
  if not groups or #groups == 0 then return nil end
  local r_in = model.rep_in or set.rep_in
  local r_out = model.rep_out or set.rep_out
  if not (r_in and r_out) then return nil end
  if has_typed_layers(model) then
    return reg.mixed(model, groups, { strength = 0 })
  end
  return setmetatable({ model = model, groups = groups, strengths = {},
    rep_in = r_in, rep_out = r_out }, Watch)
end

return watch
