-- symmetry/lie.lua: how far a function is from equivariance to first order.
--
-- Along a Lie generator A, of Frobenius norm 1, the derivative at t = 0 of
-- rho_out(exp(-tA)) f(rho_in(exp(tA)) x) is the Lie derivative
--
--   L_A f(x) = D f(x) drho_in(A) x - drho_out(A) f(x),
--
-- 0 for all x exactly when f is equivariant under all exp(tA) (Gruver, Finzi,
-- Goldblum, Wilson, arXiv:2210.02984). One Jacobian-vector product
-- over all inputs gives it: no sampling of the group, no step size. A discrete
-- generator h has f(hx) - h f(x) instead.

local check = require "weyl.check"
local common = require "weyl.symmetry.common"
local core = require "weyl.core"
local tables = require "weyl.tables"

local FUNC = "lie_derivative"
local lie = {}

---L_A f at rows x, and f itself, both in f64.
---@param f function
---@param x weyl.tensor [n, in]
---@param a_in weyl.tensor f64 [in, in], drho_in(A)
---@param a_out weyl.tensor f64 [out, out]
---@return weyl.tensor derivative f64 [n, out]
---@return weyl.tensor value f64 [n, out]
function lie.derivative(f, x, a_in, a_out)
  local along = x:to "f64":matmul(a_in:transpose()):to(x.dtype)
  local y, dy = core.jvp(function(h) return f(h) end, x, along)
  y, dy = y:to "f64", dy:to "f64"
  return dy - y:matmul(a_out:transpose()), y
end

-- ---- the result ----

---@class weyl.symmetry.size
---@field label string what the generator looks like, may be ""
---@field absolute number rms over inputs of the norm of the defect
---@field relative number the same divided by rms |f|

---@class weyl.symmetry.lie_derivative
---@field group weyl.group
---@field samples integer
---@field scale number rms |f| over the inputs
---@field lie weyl.symmetry.size[] per Lie generator, of Frobenius norm 1
---@field discrete weyl.symmetry.size[] per discrete generator
---@field fields { lie: weyl.tensor[], discrete: weyl.tensor[] }? with the
---  option fields: L_A f and f(hx) - h f(x) by generator, f64 [n, out]
local meta = { __name = "weyl.symmetry.lie_derivative" }

function meta.__tostring(r)
  local rows = { { "generator", "", "absolute", "relative" } }
  for _, kind in ipairs { "lie", "discrete" } do
    for i, size in ipairs(r[kind]) do
      rows[#rows + 1] = { ("%s %d"):format(kind, i), size.label,
        tables.number(size.absolute), tables.number(size.relative) }
    end
  end
  return ("Lie derivative under %s, %d inputs, rms |f| = %s\n%s"):format(
    r.group, r.samples, tables.number(r.scale), tables.columns(rows))
end

local function sizes(list, generators, scale)
  local out = {}
  for i, field in ipairs(list) do out[i] = common.rms(field) end
  core.eval(out)
  for i, size in ipairs(out) do
    local absolute = size:item()
    out[i] = { label = common.label(generators[i]), absolute = absolute,
      relative = common.ratio(absolute, scale) }
  end
  return out
end

-- f(hx) - h f(x), f64 [n, out].
local function jump(f, x, h, o)
  local hx = x:to "f64":matmul(o.rep_in:rho(h):transpose()):to(x.dtype)
  local moved, plain = f(hx), f(x)
  common.check_finite(FUNC, "result of f at hx", moved)
  return moved:to "f64"
    - plain:to "f64":matmul(o.rep_out:rho(h):transpose())
end

---Options of both functions of Lie derivatives.
---@param func string
---@param opts table?
---@param more table further options and their defaults
---@return table
function lie.options(func, opts, more)
  local defaults = { rep_in = check.none, rep_out = check.none,
    x = check.none, samples = 64, seed = 0, dtype = "f64", fields = false }
  for name, value in next, more do defaults[name] = value end
  return check.options(func, opts, defaults)
end

---See symmetry.lie_derivative.
---@param f function
---@param group weyl.group
---@param opts table
---@return weyl.symmetry.lie_derivative
function lie.measure(f, group, opts)
  common.check_function(FUNC, f)
  common.check_group(FUNC, group)
  local o = lie.options(FUNC, opts, {})
  common.read_reps(FUNC, o, f)
  local x = common.inputs(FUNC, o, o.rep_in:size(group)):to(o.dtype)
  local y = f(x)
  common.check_result(FUNC, y, x, o.rep_out:size(group))
  common.check_finite(FUNC, "result of f", y)
  if #group.lie > 0 then common.check_moves(FUNC, "f", f, x, y) end
  local scale, fields = common.rms(y:to "f64"):item(),
    { lie = {}, discrete = {} }
  for i, a in ipairs(group.lie) do
    local unit = common.unit(a)
    fields.lie[i] = lie.derivative(f, x, o.rep_in:drho(unit),
      o.rep_out:drho(unit))
  end
  for i, h in ipairs(group.discrete) do
    fields.discrete[i] = jump(f, x, core.tensor(h, "f64"), o)
  end
  core.eval(fields)
  for _, field in ipairs(fields.lie) do
    common.check_finite(FUNC, "derivative of f", field)
  end
  return setmetatable({ group = group, samples = #x, scale = scale,
    lie = sizes(fields.lie, group.lie, scale),
    discrete = sizes(fields.discrete, group.discrete, scale),
    fields = o.fields and fields or nil }, meta)
end

return lie
