-- data/set.lua: what the synthetic data sets share: their options, and drawing
-- the parts train, validation, test and ood of a law.
--
-- All numbers come from the stream "data" under the set's own seed; the
-- program's streams stand afterwards where they stood before. Inputs are some
-- scalars, then vectors: [n, scalars + vectors * d]. The ood part is drawn
-- last, its vectors changed in this order: sign, reversal, shift, group
-- elements; its targets are those of the law at the changed inputs.

local check = require "weyl.check"
local core = require "weyl.core"
local group = require "weyl.group"
local options = require "weyl.options"

local set = {}

---What a set is drawn from.
---@class weyl.data.law
---@field func string the maker, for messages: "data.inertia"
---@field d integer dimension of the vectors
---@field scalars integer
---@field vectors integer
---@field affine boolean? whether the last entry of each vector is 1
---@field spread number? standard deviation of the inputs, 1 unless given
---@field special boolean? whether normal vectors are none of its inputs, as
---  with `affine`: levels are then measured at those of a part
---@field inputs (fun(n: integer): weyl.tensor)? draws them where they are not
---  independent and normal with mean 0
---@field sample fun(x: weyl.tensor): table<string, weyl.tensor> from inputs to
---  the fields of a part, x and y among them, one row per example each

local SIZES = { "train", "validation", "test", "ood" }

-- Specs of the options that all sets have.
local function shared(seed, count)
  return {
    { "train", "count", default = count },
    { "validation", "integer", default = count },
    { "test", "integer", default = count },
    { "ood", "integer", default = count },
    { "ood_group", "any" },
    { "seed", "integer", default = seed } }
end

-- Specs of the options that sets of vectors around the origin have.
local CHANGES = {
  { "ood_shift", "number", default = 0 },
  { "ood_flip", "boolean", default = false },
  { "ood_sign", { 1, -1 } } }

local function append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

local function check_group(func, g, d)
  check.arg(g == nil or group.is_group(g), func, "ood_group", "a group", g)
  if g and g.d ~= d then
    check.fail("%s: ood_group must act on R^%d, %s acts on R^%d", func, d, g,
      g.d)
  end
end

---The options given to a maker of sets, checked, with defaults.
---@param func string
---@param given table?
---@param specs weyl.options.spec[] of the set alone
---@param law { seed: integer, d: integer, count: integer?, fixed: boolean? }
---  the default seed; the dimension that ood_group must have; examples of each
---  part, 1000; with `fixed` there are no options ood_shift, ood_flip and
---  ood_sign
---@return table
function set.read(func, given, specs, law)
  local all = append({}, specs)
  append(all, shared(law.seed, law.count or 1000))
  if not law.fixed then append(all, CHANGES) end
  local o = options.read(func, given, all)
  for _, name in ipairs(SIZES) do
    check.arg(o[name] >= 0, func, name, "an integer >= 0", o[name])
  end
  check_group(func, o.ood_group, law.d)
  return o
end

-- ---- inputs ----

local function changed(law, o, x)
  if o.ood_sign == nil and not o.ood_flip and (o.ood_shift or 0) == 0 then
    return x
  end
  local v = x:slice(2, law.scalars + 1, -1)
  if o.ood_sign then v = o.ood_sign * v:abs() end
  v = (o.ood_flip and -1 or 1) * v + o.ood_shift
  if law.scalars == 0 then return v end
  return core.concat({ x:slice(2, 1, law.scalars), v }, 2)
end

-- Vectors of d - 1 numbers get a last entry, 1.
local function homogeneous(law, x)
  local n = x.shape[1]
  local points = x:reshape(n, law.vectors, law.d - 1)
  local one = core.ones({ n, law.vectors, 1 }, x.dtype)
  return core.concat({ points, one }, 3):reshape(n, law.vectors * law.d)
end

-- Every example moved by an element of its own.
local function moved(law, g, x)
  local n = x.shape[1]
  local elements = g:sample { n = n, stream = "data" }
  local v = x:slice(2, law.scalars + 1, -1):reshape(n, law.vectors, law.d)
  v = v:to "f64":matmul(elements:transpose()):to(x.dtype)
    :reshape(n, law.vectors * law.d)
  if law.scalars == 0 then return v end
  return core.concat({ x:slice(2, 1, law.scalars), v }, 2)
end

local function inputs(law, o, n, ood)
  local free = law.affine and law.d - 1 or law.d
  local x = law.inputs and law.inputs(n)
    or core.normal({ n, law.scalars + law.vectors * free }, 0,
      law.spread or 1, "f32", "data")
  if ood then x = changed(law, o, x) end
  if law.affine then x = homogeneous(law, x) end
  if ood and o.ood_group then x = moved(law, o.ood_group, x) end
  return x
end

-- ---- parts ----

-- What f returns when the streams begin at a seed, which leaves no trace.
local function with_seed(seed, f)
  local before = core.streams()
  core.seed(seed)
  local ok, result = pcall(f)
  core.streams(before)
  if not ok then error(result, 0) end
  return result
end

local function rows(fields, first, last)
  local part = {}
  for name, t in next, fields do part[name] = t:slice(1, first, last) end
  return core.eval(part)
end

-- Rows of several parts, one after the other; empty parts are left out.
local function cut(parts, fields, o)
  local from = 0
  for _, name in ipairs { "train", "validation", "test" } do
    if o[name] > 0 then
      parts[name] = rows(fields, from + 1, from + o[name])
    end
    from = from + o[name]
  end
end

---The parts of a set: train and those of validation, test and ood whose number
---of examples is not 0.
---@param law weyl.data.law
---@param o table what set.read gave
---@return table<string, weyl.data.part>
function set.parts(law, o)
  return with_seed(o.seed, function()
    local parts = {}
    cut(parts, core.eval(law.sample(
      inputs(law, o, o.train + o.validation + o.test, false))), o)
    if o.ood > 0 then
      parts.ood = core.eval(law.sample(inputs(law, o, o.ood, true)))
    end
    return parts
  end)
end

---A set: its parts and what else is known of it.
---@param law weyl.data.law
---@param o table what set.read gave
---@param known table name, variant, truth, rep_in, rep_out, candidates,
---  matching
---@return weyl.data.set
function set.new(law, o, known)
  for name, part in next, set.parts(law, o) do known[name] = part end
  if law.affine or law.special then
    known.error_inputs = known.validation and "validation" or "train"
  end
  return known
end

-- ---- candidates ----

---O(3) and the O(2) of the axes (1, 2), (2, 3) and (1, 3).
---@return weyl.group[]
function set.planes()
  local list = { group.O(3) }
  for i, axes in ipairs { { 1, 2 }, { 2, 3 }, { 1, 3 } } do
    list[i + 1] = group.O(2):embed(3, axes)
  end
  return list
end

---Rotations and scalings of R^3 together, rotations, scalings.
---@return weyl.group[]
function set.similarities()
  local turns, scales = group.SO(3), group.scaling(3)
  return { group.union { turns, scales }, turns, scales }
end

return set
