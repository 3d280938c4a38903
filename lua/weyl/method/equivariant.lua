-- method/equivariant.lua: methods with exact layers: alone, and with a second
-- path beside them (residual pathway priors, free or held to a subgroup).

local nn = require "weyl.nn"
local object = require "weyl.method.object"
local reg = require "weyl.reg"

local equivariant = {}

local SPECS = { { "group", "any" },
  { "allocation", { "exact", "published" } },
  { "copies", { "distinct", "published" } },
  { "max_rank", "whole" }, { "residual", "boolean" } }

---Options of nn.emlp from those of a method and the data.
---@param o table
---@param data table
---@return table
function equivariant.network(o, data)
  local opts = object.pick(o, { "channels", "parameters", "depth",
    "allocation", "copies", "max_rank", "residual", "dtype" })
  opts.rep_in, opts.rep_out = object.reps(o, data)
  opts.group = object.group(o, "group", data, 1)
  opts.bilinear = object.group(o, "bilinear", data)
  return opts
end

---See method.emlp.
---@param opts table?
---@return weyl.method
function equivariant.emlp(opts)
  return object.new("emlp", opts, SPECS, function(o, data)
    return { model = nn.emlp(equivariant.network(o, data)) }
  end)
end

-- A network with pathways and its decays.
local function with_pathway(o, data, path)
  local net = equivariant.network(o, data)
  net.pathway = path
  local model = nn.emlp(net)
  return { model = model, regularizer = reg.pathways(model,
    { basic = o.basic, equiv = o.equiv }) }
end

local DECAYS = { { "basic", "weight", default = 1 },
  { "equiv", "weight", default = 1e-5 }, { "bilinear", "any" } }

---See method.rpp.
---@param opts table?
---@return weyl.method
function equivariant.rpp(opts)
  return object.new("rpp", opts, object.with(SPECS, DECAYS), function(o, data)
    return with_pathway(o, data, true)
  end)
end

-- The subgroup known to fit the data, or the second candidate.
local function known_subgroup(data)
  return data.matching and data.matching > 1 and data.matching or 2
end

---See method.mixed_rpp.
---@param opts table?
---@return weyl.method
function equivariant.mixed_rpp(opts)
  return object.new("mixed_rpp", opts, object.with(
    object.with(SPECS, DECAYS), { { "subgroup", "any" } }), function(o, data)
      return with_pathway(o, data,
        object.group(o, "subgroup", data, known_subgroup(data)))
    end)
end

return equivariant
