-- method/object.lua: what a method is, and what all of them read from their
-- options and from the data.

local check = require "weyl.check"
local is_group = require "weyl.group.class".is_group
local keys = require "weyl.keys"
local options = require "weyl.options"
local rep = require "weyl.rep"

---@class weyl.method.made
---@field model table
---@field regularizer table? with penalty(model, x, y)
---@field augment (fun(x: weyl.tensor, y: weyl.tensor): weyl.tensor,
---  weyl.tensor)?

---@class weyl.method
---@field name string
---@field options table as given
---@field make fun(self: weyl.method, data: weyl.data.set,
---  seed: integer): weyl.method.made
local Method = {}

local meta = { __index = Method, __name = "weyl.method" }

local object = {}

---Whether x is a method.
---@param x any
---@return boolean
function object.is(x) return getmetatable(x) == meta end

-- Options as text, in the order of their names; objects by what they print as.
local function described(given)
  local out = {}
  for i, name in ipairs(keys.of(given)) do
    local value = given[name]
    local kind = type(value)
    out[i] = name .. " = " .. (kind == "table" and #value > 0
      and not getmetatable(value) and "{" .. #value .. "}"
      or getmetatable(value) and getmetatable(value).__tostring
      and tostring(value) or check.describe(value))
  end
  return out
end

function meta.__tostring(m)
  local list = described(m.options)
  return "weyl.method: " .. m.name
    .. (#list > 0 and " { " .. table.concat(list, ", ") .. " }" or "")
end

---The tuner of strengths for a run of so many epochs, nil without one.
---@param epochs integer
---@return table?
function Method:tuner(epochs)
  return self.tune and self.tune(epochs) or nil
end

local EVERY = { { "groups", "table" }, { "channels", "count" },
  { "parameters", "count" }, { "depth", "count" },
  { "dtype", { "f32", "f64" } } }

---@param name string
---@param opts table? as given by the user
---@param specs weyl.options.spec[] beside those of every method
---@param make fun(o: table, data: weyl.data.set): weyl.method.made
---@param tune? fun(o: table, epochs: integer): table?
---@return weyl.method
function object.new(name, opts, specs, make, tune)
  local func = "method." .. name
  local o = options.read(func, opts, object.with(EVERY, specs))
  o.func = func
  if o.channels and o.parameters then
    check.fail("%s: channels and parameters both set the width; give one",
      func)
  end
  local given = {}
  for key, value in next, opts or {} do given[key] = value end
  return setmetatable({ name = name, options = given,
    make = function(_, data) return make(o, data) end,
    tune = tune and function(epochs) return tune(o, epochs) end }, meta)
end

---The options among `names` as a new table.
---@param o table
---@param names string[]
---@return table
function object.pick(o, names)
  local out = {}
  for _, name in ipairs(names) do out[name] = o[name] end
  return out
end

---Specs of options beside those shared by several methods.
---@param shared weyl.options.spec[]
---@param own weyl.options.spec[]
---@return weyl.options.spec[]
function object.with(shared, own)
  return table.move(own, 1, #own, #shared + 1,
    table.move(shared, 1, #shared, 1, {}))
end

---The representations of the data.
---@param o table
---@param data table
---@return weyl.rep rep_in
---@return weyl.rep rep_out
function object.reps(o, data)
  for _, name in ipairs { "rep_in", "rep_out" } do
    check.arg(rep.is_rep(data[name]) or check.whole(data[name], 0), o.func,
      "data." .. name, "a representation", data[name])
  end
  return rep.lift(data.rep_in), rep.lift(data.rep_out)
end

---The candidate groups: an option, or those of the data.
---@param o table
---@param data table
---@return weyl.group[]
function object.groups(o, data)
  local groups = o.groups or data.candidates
  check.arg(type(groups) == "table" and #groups > 0, o.func, "groups",
    "a list of groups, as the data have no candidates", o.groups)
  for j, g in ipairs(groups) do
    check.arg(is_group(g), o.func, ("groups[%d]"):format(j), "a group", g)
  end
  return groups
end

---The group that an option names: a group, the number of a candidate, or the
---candidate `default`.
---@param o table
---@param name string
---@param data table
---@param default integer?
---@return weyl.group?
function object.group(o, name, data, default)
  local g = o[name]
  if is_group(g) then return g end
  if g == nil then g = default end
  if g == nil then return nil end
  local groups = object.groups(o, data)
  check.arg(check.whole(g, 1) and groups[g] ~= nil, o.func, name,
    ("a group or an integer from 1 to %d"):format(#groups), g)
  return groups[g]
end

return object
