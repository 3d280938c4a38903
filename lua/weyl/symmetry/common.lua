-- symmetry/common.lua: what the measures of symmetry share: their arguments,
-- their inputs, and how matrices are named.
--
-- Everywhere f maps rows to rows, [n, in] -> [n, out], and each row of the
-- result depends on the same row of the input alone.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local rep = require "weyl.rep"

local raw = core.symmetry
local common = {}

-- ---- arguments ----

---Fails unless f can be called.
---@param func string
---@param f any
function common.check_function(func, f)
  local meta = getmetatable(f)
  check.arg(type(f) == "function" or type(meta) == "table" and meta.__call,
    func, "f", "a function or a model", f)
end

---Fails unless g is a group, with Lie generators when `lie` is set.
---@param func string
---@param g any
---@param lie? boolean
function common.check_group(func, g, lie)
  check.arg(class.is_group(g), func, "group", "a group", g)
  if lie and #g.lie == 0 then
    check.fail("%s: %s has no Lie generators", func, g)
  end
end

---Replaces o.rep_in and o.rep_out by representations; those of a model are
---taken where none are given.
---@param func string
---@param o table
---@param f any
function common.read_reps(func, o, f)
  for _, name in ipairs { "rep_in", "rep_out" } do
    local r = o[name]
    if r == nil and type(f) == "table" then r = f[name] end
    check.arg(rep.is_rep(r) or check.whole(r, 0), func, name,
      "a representation", r)
    o[name] = rep.lift(r)
  end
end

---Fails unless x is a batch of `width` real numbers each; any width when nil.
---@param func string
---@param x any
---@param width integer?
function common.check_inputs(func, x, width)
  check.arg(core.is_tensor(x) and x.rank == 2 and #x > 0
    and (x.dtype == "f32" or x.dtype == "f64")
    and x.shape[2] == (width or x.shape[2]), func, "x",
    ("a floating-point tensor [n, %s]"):format(width or "in"), x)
  common.check_finite(func, "x", x)
end

---The inputs: o.x, or o.samples rows of standard normal entries that depend
---on o.seed alone; [n, size] in f64.
---@param func string
---@param o table
---@param size integer
---@return weyl.tensor
function common.inputs(func, o, size)
  if o.x == nil then
    check.arg(check.whole(o.samples, 1), func, "samples", "an integer >= 1",
      o.samples)
    check.arg(check.whole(o.seed), func, "seed", "an integer", o.seed)
    return raw.normal(raw.stream(o.seed, "equivariance inputs"), o.samples,
      size)
  end
  common.check_inputs(func, o.x, size)
  return o.x:to "f64"
end

---Fails unless y is what f must give for x: [n, size].
---@param func string
---@param y any
---@param x weyl.tensor
---@param size integer?
function common.check_result(func, y, x, size)
  check.arg(core.is_tensor(y) and y.rank == 2 and y.shape[1] == x.shape[1]
    and y.shape[2] == (size or y.shape[2]), func, "result of f",
    ("a tensor [%d, %s]"):format(x.shape[1], size or "out"), y)
end

---Fails unless all entries of y are finite.
---@param func string
---@param name string what y is, e.g. "result of f"
---@param y weyl.tensor [n, ...]
---@param before? integer number of rows of the data before these
function common.check_finite(func, name, y, before)
  y = y:to "f64"
  local bad = y:isnan():logical_or(y:isinf())
  if not bad:any():item() then return end
  local row = bad:reshape(#y, -1):any(2):to "f64":argmax():item()
  check.fail("%s: argument '%s' must be finite, got NaN or Inf in row %d",
    func, name, row + (before or 0))
end

-- ---- functions without derivatives ----
--
-- Where f leaves tensor operations, or is a step function, its derivative is
-- 0 and would make f invariant under everything.

---Whether the derivative of f along a random direction is exactly 0 at every
---row of x.
---@param f function
---@param x weyl.tensor [n, in]
---@return boolean
function common.is_still(f, x)
  local along = raw.normal(raw.stream(0, "random directions"), #x, x.shape[2])
  local _, dy = core.jvp(function(h) return f(h) end, x, along:to(x.dtype))
  return dy:eq(0):all():item()
end

---Whether rows of y differ from a row.
---@param y weyl.tensor [n, out]
---@param row weyl.tensor [1, out]
---@return boolean
function common.varies(y, row) return y:ne(row):any():item() end

---Fails because f has values that change and no derivative.
---@param func string
---@param name string e.g. "f"
function common.fail_still(func, name)
  check.fail("%s: the result of %s does not depend on x through "
    .. "differentiable tensor operations; a derivative of 0 says nothing",
    func, name)
end

---Fails when the rows of y = f(x) differ although f has derivative 0.
---@param func string
---@param name string what f is called
---@param f function
---@param x weyl.tensor [n, in]
---@param y weyl.tensor [n, out]
function common.check_moves(func, name, f, x, y)
  if common.varies(y, y:slice(1, 1, 1)) and common.is_still(f, x) then
    common.fail_still(func, name)
  end
end

-- ---- numbers ----

---Root of the mean over rows of their squared norms.
---@param y weyl.tensor [n, out]
---@return weyl.tensor scalar
function common.rms(y) return (y:square():sum() / #y):sqrt() end

---a / b; 0 when both are 0.
---@param a number
---@param b number
---@return number
function common.ratio(a, b) return a == 0 and 0.0 or a / b end

---A matrix divided by its Frobenius norm, as f64; one of zeros as it is.
---@param m weyl.matrix
---@return weyl.tensor [d, d]
function common.unit(m)
  local a = core.tensor(m, "f64")
  local norm = a:norm():item()
  return norm > 0 and a / norm or a
end

-- ---- text ----

local SHORT = 2 -- most entries off the diagonal that a label spells out

local function signed(text, x, first)
  local sign = x < 0 and (first and "-" or " - ") or (first and "" or " + ")
  return sign .. text
end

-- Nonzero entries, positive ones first; nil when they differ in modulus.
local function pattern(m)
  local list, negative, size = {}, {}, nil
  for i, row in ipairs(m) do
    for j, x in ipairs(row) do
      if x ~= 0 then
        size = size or math.abs(x)
        if math.abs(x) ~= size then return nil end
        local to = x > 0 and list or negative
        to[#to + 1] = { i, j, x }
      end
    end
  end
  return table.move(negative, 1, #negative, #list + 1, list)
end

---A short name of a sparse matrix, up to a positive factor: "e21 - e12",
---"identity", "diag(-1, 1, 1)"; "" for others.
---@param m weyl.matrix
---@return string
function common.label(m)
  local list, out, diagonal = pattern(m), {}, {}
  if not list or #list == 0 or #m > 9 then return "" end
  local trace, whole = 0, true
  for k, e in ipairs(list) do
    trace, whole = trace + e[3], whole and e[1] == e[2]
    diagonal[e[1]] = e[3] < 0 and "-1" or "1"
    out[k] = signed(("e%d%d"):format(e[1], e[2]), e[3], k == 1)
  end
  if whole and #list == #m then
    return trace == #m * list[1][3] and trace > 0 and "identity"
      or ("diag(%s)"):format(table.concat(diagonal, ", "))
  end
  return #list <= SHORT and table.concat(out) or ""
end

return common
