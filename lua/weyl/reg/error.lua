-- reg/error.lua: how far a function is from equivariance, by sampling.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local rep = require "weyl.rep"
local sample = require "weyl.group.sample"

local raw = core.symmetry

local METHODS = { haar = true, walk = true }

local function read_options(opts)
  local func = "equivariance_error"
  local o = check.options(func, opts, { samples = 16, transforms = 16,
    seed = 0, method = "walk", dtype = "f32", rep_in = check.none,
    rep_out = check.none })
  for _, name in ipairs { "samples", "transforms" } do
    check.arg(check.whole(o[name], 1), func, name, "an integer >= 1", o[name])
  end
  check.arg(check.whole(o.seed), func, "seed", "an integer", o.seed)
  check.arg(METHODS[o.method], func, "method", "'walk' or 'haar'", o.method)
  for _, name in ipairs { "rep_in", "rep_out" } do
    check.arg(rep.is_rep(o[name]) or check.whole(o[name], 0), func, name,
      "a representation", o[name])
    o[name] = rep.lift(o[name])
  end
  return o
end

-- Rows x [n, in] acted upon by every g: [#g * n, size]; f64.
local function orbit(x, r, elements)
  local list = {}
  for i = 1, #elements do
    list[i] = x:matmul(r:rho(elements[i]):transpose())
  end
  return core.concat(list)
end

-- Mean over rows of |a - b| / (|a| + |b|), 0 where both vanish.
local function relative(a, b)
  local distance = (a - b):norm(2)
  local scale = a:norm(2) + b:norm(2)
  local none = scale:eq(0)
  return core.where(none, 0, distance / core.where(none, 1, scale)):mean()
end

-- f(x) [n, size] in f64.
local function value_of(f, x, size)
  local y = f(x)
  check.arg(core.is_tensor(y) and y.rank == 2 and y.shape[1] == x.shape[1]
    and y.shape[2] == size, "equivariance_error", "result of f",
    ("a tensor [%d, %d]"):format(x.shape[1], size), y)
  return y:to "f64"
end

---See reg.equivariance_error.
---@param f function
---@param group weyl.group
---@param opts table
---@return number
local function equivariance_error(f, group, opts)
  local meta = getmetatable(f)
  check.arg(type(f) == "function" or type(meta) == "table" and meta.__call,
    "equivariance_error", "f", "a function or a model", f)
  check.arg(class.is_group(group), "equivariance_error", "group", "a group",
    group)
  local o = read_options(opts)
  local x = raw.normal(raw.stream(o.seed, "equivariance inputs"), o.samples,
    o.rep_in:size(group))
  local g = sample.draw(group, raw.stream(o.seed, "equivariance elements"),
    o.transforms, o.method)
  local size = o.rep_out:size(group)
  local moved = value_of(f, orbit(x, o.rep_in, g):to(o.dtype), size)
  local plain = value_of(f, x:to(o.dtype), size)
  return relative(moved, orbit(plain, o.rep_out, g)):item()
end

return equivariance_error
