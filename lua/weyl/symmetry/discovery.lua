-- symmetry/discovery.lua: what symmetry.discover found: levels, generators,
-- how many of them count, and which groups they belong to.
--
-- How many count. A level is the defect of a unit generator relative to
-- rms |f|; levels at the floor of rounding are equal to it. Among the ratios
-- of each level to the one before it, and of the number 1 to the last, the
-- largest marks the gap: generators before it count. A largest ratio under 5
-- is no gap, and none counts.

local algebra = require "weyl.symmetry.algebra"
local check = require "weyl.check"
local common = require "weyl.symmetry.common"
local core = require "weyl.core"
local tables = require "weyl.tables"

local GAP = 5 -- least ratio of levels that is a gap
local ROUNDINGS = 8 -- of f and its derivatives in each entry of the system
local SHOWN = 12 -- most levels printed beyond those found

---@class weyl.symmetry.discovery
---@field levels weyl.tensor f64 [k], ascending: defects relative to rms |f|
---@field generators weyl.tensor f64 [k, d, d] in that order, of Frobenius
---  norm 1; in the free form [k, in, in] (affine: [k, in, in + 1], the last
---  column being the shift), of norm 1 together with generators_out
---@field generators_out weyl.tensor? f64 [k, out, out], of the free form
---@field samples integer
---@field floor number levels up to this are rounding
---@field constant boolean whether f has equal values and derivative 0 at all
---  inputs, which says nothing about other inputs
---@field trivial table<string, integer> what was taken out: idle, the number
---  of generators; in the free form also the directions that no input
---  reaches (unreached), that f ignores (ignored) and in which f has no value
---  (silent)
local Discovery = {}
local meta = { __index = Discovery, __name = "weyl.symmetry.discovery" }

-- The ratios of levels, the last that of 1.
local function ratios(levels, floor)
  local out = {}
  for i, level in ipairs(levels) do
    local next_one = levels[i + 1] or 1.0
    out[i] = math.max(next_one, floor) / math.max(level, floor)
  end
  return out
end

---How many generators count as symmetries: those before the largest gap in
---the levels (a ratio of at least 5; the level 1 stands behind the last), or
---those whose level is at most tol.
---@param tol? number
---@return integer
---@return number ratio of the first level beyond them to their last; that of
---  the largest gap when none counts
function Discovery:found(tol)
  check.arg(tol == nil or type(tol) == "number" and tol >= 0,
    "discovery:found", "tol", "a number >= 0", tol)
  local levels = self.levels:totable()
  local list, count = ratios(levels, self.floor), 0
  if tol then
    for _, level in ipairs(levels) do
      if level <= tol then count = count + 1 end
    end
    return count, list[math.max(count, 1)]
  end
  local best = 1
  for i, ratio in ipairs(list) do
    if ratio > list[best] then best = i end
  end
  return list[best] >= GAP and best or 0, list[best]
end

-- k, or as many as were found; at least `low`.
local function count_of(self, k, func, low)
  check.arg(k == nil or check.whole(k, low) and k <= #self.levels, func, "k",
    ("an integer from %d to %d"):format(low, #self.levels), k)
  return k or (self:found())
end

-- The first k generators as square matrices, on inputs and on outputs.
local function parts(self, k)
  local list = {}
  for _, a in ipairs { self.generators, self.generators_out } do
    a = a:slice(1, 1, k)
    list[#list + 1] = self.affine and a:pad { 0, 0, 0, 1, 0, 0 } or a
  end
  return list
end

---How far the first k generators are from spanning a Lie algebra: root mean
---square over pairs of the part of their bracket outside the span; 0 when
---brackets stay inside, at most sqrt(2).
---@param k? integer as many as found() unless given
---@return number
function Discovery:closure(k)
  k = count_of(self, k, "discovery:closure", 0)
  return k < 2 and 0.0 or algebra.closure(parts(self, k))
end

-- The first k generators as orthonormal rows, both parts side by side.
local function rows_of(self, k)
  local own = self.generators:slice(1, 1, k):reshape(k, -1)
  local out = self.generators_out
  if not out then return own end
  return core.concat({ own, out:slice(1, 1, k):reshape(k, -1) }, 2)
end

---The span of the first k generators in a basis that reads well: orthonormal,
---its weight on as few entries as a rotation of the basis can bring it; entries
---below 1e-12 of the largest are exactly 0. Levels that are equal do not tell
---their generators apart; this basis is for looking.
---@param k? integer as many as found() unless given
---@return weyl.tensor generators f64 [k, d, d]
---@return weyl.tensor? generators_out of the free form
function Discovery:sparse(k)
  k = count_of(self, k, "discovery:sparse", 1)
  if k == 0 then
    check.fail "discovery:sparse: no generator was found; give k"
  end
  local a, b = self.generators, self.generators_out
  local rows, cut = algebra.sparse(rows_of(self, k)), a.shape[2] * a.shape[3]
  return rows:slice(2, 1, cut):reshape(k, a.shape[2], a.shape[3]),
    b and rows:slice(2, cut + 1, -1):reshape(k, b.shape[2], b.shape[3])
end

-- A group's generators in the coordinates of the system.
local function target(self, group)
  local func = "discovery:angles"
  if self.affine then
    check.fail("%s: groups have no shifts to compare an affine form with",
      func)
  end
  local d = self.generators.shape[2]
  local reps = self.generators_out and self.rep_in and self.rep_out
    and { self.rep_in, self.rep_out } or nil
  local size = reps and self.rep_in:size(group) or group.d
  if size ~= d or self.generators_out and not reps then
    check.fail("%s: %s acts on dimension %d, the generators on %d%s", func,
      group, size, d, self.generators_out and not reps
      and "; give discover rep_in and rep_out" or "")
  end
  return algebra.rows(group, reps)
end

-- Orthonormal rows of all unknowns that were not trivial.
local function space_of(self)
  if not self.basis then return self.space end
  local flat = self.basis:reshape(#self.basis, -1)
  return self.space:matmul(flat)
end

---The principal angles between the span of the first k generators and the Lie
---algebra of a group, in radians, ascending; as many as the smaller of the two
---has dimensions. What of the group's generators moves neither the inputs nor
---the values of f is left out.
---@param group weyl.group with Lie generators
---@param k? integer as many as found() unless given
---@return number[]
function Discovery:angles(group, k)
  common.check_group("discovery:angles", group, true)
  k = count_of(self, k, "discovery:angles", 1)
  if k == 0 then
    check.fail "discovery:angles: no generator was found; give k"
  end
  local rows, space = target(self, group), space_of(self)
  if not self.within then
    rows = rows:matmul(space:transpose()):matmul(space)
  end
  return algebra.angles(rows_of(self, k), algebra.orthonormal(rows))
end

-- ---- printing ----

local CONSTANT = "\nf is constant on these inputs; what is found says nothing "
  .. "about others"

-- What was taken out, for the reader; "" when nothing was.
local function remarks(r)
  local out = {}
  local function add(count, form)
    if count and count > 0 then out[#out + 1] = form:format(count) end
  end
  add(r.trivial.unreached, "no input reaches %d directions")
  add(r.trivial.ignored, "f ignores %d directions")
  add(r.trivial.silent, "f has no value in %d directions")
  local idle, text = r.trivial.idle, r.constant and CONSTANT or ""
  if idle == 0 then return text end
  return ("%s\n%d trivial generators left out%s%s"):format(text, idle,
    #out > 0 and ": " or "", table.concat(out, ", "))
end

local function where(r)
  if r.within then return "the algebra of " .. tostring(r.within) end
  local d, e = r.generators.shape[2], r.generators_out
  if e then
    return ("%s(%d) + %s(%d)"):format(r.affine and "aff" or "gl", d,
      r.affine and "aff" or "gl", e.shape[2])
  end
  return ("gl(%d)"):format(d)
end

function meta.__tostring(r)
  local found, gap = r:found()
  local levels = r.levels:totable()
  local list = ratios(levels, r.floor)
  local rows = { { "generator", "level", "next / level", "" } }
  local last = math.min(#levels, found + SHOWN)
  for i = 1, last do
    rows[i + 1] = { tostring(i), levels[i] <= r.floor and "rounding"
      or tables.number(levels[i]), tables.number(list[i]),
      i == found and "gap" or "" }
  end
  local more = last < #levels
    and ("\n... %d more"):format(#levels - last) or ""
  return ("symmetries in %s: %d found of %d generators, %d inputs\n"
    .. "largest ratio of levels %s, closure defect %s\n%s%s%s"):format(
    where(r), found, #levels, r.samples, tables.number(gap),
    tables.number(r:closure()), tables.columns(rows), more, remarks(r))
end

local discovery = {}

---A result from its fields.
---@param r table
---@param dtype weyl.dtype in which f was computed
---@return weyl.symmetry.discovery
function discovery.new(r, dtype)
  core.eval(r.levels, r.generators, r.generators_out or {}, r.space)
  local largest = r.levels:max():item()
  r.floor = ROUNDINGS * (dtype == "f32" and 2.0 ^ -23 or 2.0 ^ -52)
    * r.unknowns * math.max(1.0, largest)
  return setmetatable(r, meta)
end

return discovery
