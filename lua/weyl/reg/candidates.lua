-- reg/candidates.lua: the penalties of several candidate groups on one weight,
-- summed into one quadratic form.

local check = require "weyl.check"
local form = require "weyl.form"
local strengths_of = require "weyl.reg.strengths"
local rep = require "weyl.rep"

---@class weyl.candidates
---@field groups weyl.group[]
---@field strengths number[] read only; see set_strengths
---@field form weyl.form
local Candidates = {}

local meta = { __index = Candidates, __name = "weyl.candidates" }

function meta.__tostring(c)
  local list = {}
  for j, g in ipairs(c.groups) do
    list[j] = ("%g |W - P W|^2 / 2 of %s"):format(c.strengths[j], g)
  end
  return "weyl.candidates: " .. table.concat(list, " + ")
end

---sum_j strength_j / 2 |W - P_j W|^2, with a gradient that costs nothing
---more.
---@param W weyl.tensor [out, in], [out] for invariant vectors
---@return weyl.tensor scalar
function Candidates:penalty(W) return self.form:half(W) end

---sum_j strength_j (W - P_j W), the gradient of the penalty, linear in W.
---@param W weyl.tensor
---@return weyl.tensor like W
function Candidates:apply(W) return self.form:apply(W) end

---Sets the strengths.
---@param strengths number[] one per group, >= 0
function Candidates:set_strengths(strengths)
  local sum, weights, copy = strengths_of("candidates:set_strengths",
    strengths, #self.groups)
  self.form:set(sum, weights)
  self.strengths = copy
end

---See reg.candidates.
---@param groups weyl.group[]
---@param opts table
---@return weyl.candidates
return function(groups, opts)
  local func = "reg.candidates"
  local is_group = require "weyl.group.class".is_group
  local o = check.options(func, opts, { rep_in = 1, rep_out = check.none,
    strengths = check.none })
  check.arg(type(groups) == "table" and #groups > 0, func, "groups",
    "a table of groups", groups)
  for j, g in ipairs(groups) do
    check.arg(is_group(g), func, ("groups[%d]"):format(j), "a group", g)
    if g.d ~= groups[1].d then
      check.fail("%s: group %d acts on dimension %d, group 1 on %d", func, j,
        g.d, groups[1].d)
    end
  end
  for _, name in ipairs { "rep_in", "rep_out" } do
    check.arg(rep.is_rep(o[name]) or check.whole(o[name], 0), func, name,
      "a representation", o[name])
  end
  local ones = {}
  for j = 1, #groups do ones[j] = 1.0 end
  local sum, weights, copy = strengths_of(func, o.strengths or ones, #groups)
  local self = setmetatable({ groups = table.move(groups, 1, #groups, 1, {}),
    form = form.new { groups = groups, rep_in = rep.lift(o.rep_in),
      rep_out = rep.lift(o.rep_out), identity = sum, weights = weights },
    strengths = copy }, meta)
  return self
end
