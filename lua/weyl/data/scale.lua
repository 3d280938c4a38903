-- data/scale.lua: scalings that are fitted to data, applied, and undone.
--
-- A scaling is t -> (t - shift) / unit, by entry of a row or by one number for
-- all of them. It is fitted piece by piece, in f64; a column that is constant
-- keeps its unit.

local check = require "weyl.check"
local core = require "weyl.core"

local scale = {}

---@class weyl.data.scale
---@field kind string "standard", "range" or "rms"
---@field shift weyl.tensor f64, of the shape of a row, or []
---@field unit weyl.tensor f64, likewise
local Scale = {}
Scale.__index = Scale
Scale.__name = "weyl.data.scale"

---(t - shift) / unit, column by column.
---@param t weyl.tensor [rows, ...]
---@return weyl.tensor
function Scale:apply(t)
  return (t - self.shift:to(t.dtype)) / self.unit:to(t.dtype)
end

---What apply was given, to rounding.
---@param t weyl.tensor [rows, ...]
---@return weyl.tensor
function Scale:invert(t)
  return t * self.unit:to(t.dtype) + self.shift:to(t.dtype)
end

---What data.scale takes: plain values and tensors.
---@return table
function Scale:state()
  return { kind = self.kind, shift = self.shift, unit = self.unit }
end

---Whether a value is a scaling.
---@param value any
---@return boolean
function scale.is(value) return getmetatable(value) == Scale end

local function same(a, b)
  return core.is_tensor(b) and check.shape(a) == check.shape(b)
    and a:eq(b):all():item()
end

---Whether a scaling, or none, is the one that a state is of.
---@param s weyl.data.scale?
---@param state table?
---@return boolean
function scale.equal(s, state)
  if not (s and state) then return s == state end
  return s.kind == state.kind and same(s.shift, state.shift)
    and same(s.unit, state.unit)
end

---A scaling from the state of another.
---@param state table
---@return weyl.data.scale
function scale.load(state)
  check.arg(type(state) == "table" and core.is_tensor(state.shift)
    and core.is_tensor(state.unit), "data.scale", "state",
    "what state() of a scaling gave", state)
  return setmetatable({ kind = state.kind, shift = state.shift,
    unit = state.unit }, Scale)
end

-- ---- fitting ----

-- Each kind has what a piece gives, how two of these are merged, and shift
-- and unit at the end.
local kinds = {}

-- Mean 0 and mean square deviation 1; merged as Chan et al. 1979 do.
kinds.standard = {
  gather = function(t)
    local mean = t:mean(1)
    return { n = #t, mean = mean, sum = (t - mean):square():sum(1) }
  end,
  merge = function(a, b)
    local n = a.n + b.n
    local d = b.mean - a.mean
    return { n = n, mean = a.mean + d * (b.n / n),
      sum = a.sum + b.sum + d:square() * (a.n * b.n / n) }
  end,
  finish = function(a) return a.mean, (a.sum / a.n):sqrt() end,
}

-- From 0 to 1.
kinds.range = {
  gather = function(t) return { low = t:min(1), high = t:max(1) } end,
  merge = function(a, b)
    return { low = a.low:minimum(b.low), high = a.high:maximum(b.high) }
  end,
  finish = function(a) return a.low, a.high - a.low end,
}

-- One unit for all entries and no shift: nothing but the size is taken out,
-- so that symmetries stay.
kinds.rms = {
  gather = function(t) return { n = t.size, sum = t:square():sum() } end,
  merge = function(a, b) return { n = a.n + b.n, sum = a.sum + b.sum } end,
  finish = function(a)
    return core.zeros({}, "f64"), (a.sum / a.n):sqrt()
  end,
}

---Names of the kinds.
scale.names = { "standard", "range", "rms" }

---@class weyl.data.scale.fit
---@field kind string
---@field what string "x" or "y", for messages
---@field found table?

---A fit that takes pieces by scale.add.
---@param kind string
---@param what string
---@return weyl.data.scale.fit
function scale.fit(kind, what) return { kind = kind, what = what } end

---@param fit weyl.data.scale.fit
---@param t weyl.tensor [rows, ...]
function scale.add(fit, t)
  if #t == 0 then return end
  local kind = kinds[fit.kind]
  local found = kind.gather(t:to "f64")
  fit.found = core.eval(fit.found and kind.merge(fit.found, found) or found)
end

---The scaling that fits the pieces.
---@param fit weyl.data.scale.fit
---@return weyl.data.scale
function scale.finish(fit)
  if not fit.found then check.fail "loader: there are no rows to train on" end
  local shift, unit = kinds[fit.kind].finish(fit.found)
  core.eval(shift, unit)
  if not (shift:isfinite():all():item() and unit:isfinite():all():item()) then
    check.fail("loader: %s has NaN or Inf entries; the method complete() of a "
      .. "frame leaves such rows out", fit.what)
  end
  unit = core.eval(unit:eq(0):where(1, unit))
  return setmetatable({ kind = fit.kind, shift = shift, unit = unit }, Scale)
end

return scale
