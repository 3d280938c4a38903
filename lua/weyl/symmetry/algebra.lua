-- symmetry/algebra.lua: subspaces of matrices: orthonormal bases, principal
-- angles, and how nearly a subspace is a Lie algebra.
--
-- Matrices are rows here: a list of k generators flattened to f64 [k, m]. The
-- inner product is Frobenius's.

local check = require "weyl.check"
local common = require "weyl.symmetry.common"
local core = require "weyl.core"

local EPS = 2.0 ^ -52
local algebra = {}

---The number of singular values that are not zero to rounding.
---@param s weyl.tensor f64 [k], descending
---@param size integer the larger side of the matrix
---@param tolerance? number relative to the largest; size times 2^-52
---@return integer
function algebra.rank(s, size, tolerance)
  local values = s:totable()
  local least = (tolerance or size * EPS) * (values[1] or 0)
  local rank = 0
  for _, v in ipairs(values) do
    if v > least then rank = rank + 1 end
  end
  return rank
end

---An orthonormal basis of the span of rows; [rank, m].
---@param rows weyl.tensor f64 [k, m]
---@param tolerance? number
---@return weyl.tensor
function algebra.orthonormal(rows, tolerance)
  local _, s, vh = core.svd(rows)
  core.eval(s, vh)
  local size = math.max(rows.shape[1], rows.shape[2])
  return vh:slice(1, 1, algebra.rank(s, size, tolerance))
end

---Rows with their signs set: of each the first entry of at least 0.9 times
---the largest modulus is positive.
---@param rows weyl.tensor f64 [k, m]
---@return weyl.tensor sign f64 [k, 1]
function algebra.sign(rows)
  local size = rows:abs()
  local first = size:ge(0.9 * size:max(2, true)):to "f64":argmax(2, true)
  return core.where(rows:gather(2, first):lt(0), -1.0, 1.0):to "f64"
end

---The principal angles between the spans of orthonormal rows, ascending, in
---radians: as many as the smaller has dimensions. Small angles come from
---their sines, the others from their cosines, so that all are accurate to
---rounding (Bjoerck and Golub, Math. Comp. 27, 1973, 579-594).
---@param p weyl.tensor f64 [k, m]
---@param q weyl.tensor f64 [l, m]
---@return number[]
function algebra.angles(p, q)
  if #p < #q then p, q = q, p end
  local overlap = q:matmul(p:transpose())
  local _, cosines = core.svd(overlap)
  local _, sines = core.svd(q - overlap:matmul(p))
  core.eval(cosines, sines)
  local c, s, out = cosines:totable(), sines:totable(), {}
  for i = 1, #q do
    local sine, cosine = s[#q + 1 - i], math.min(c[i], 1.0)
    out[i] = (sine < cosine and math.asin(sine) or math.acos(cosine)) + 0.0
  end
  return out
end

-- All brackets of k matrices [k, d, d], flattened: [k * k, d * d].
local function brackets(a)
  local k, d = a.shape[1], a.shape[2]
  local ab = a:reshape(k, 1, d, d):matmul(a:reshape(1, k, d, d))
  return (ab - ab:transpose(1, 2)):reshape(k * k, d * d)
end

---How far the span of orthonormal generators is from a Lie algebra: root mean
---square, over pairs of them, of the part of their bracket outside the span.
---It does not depend on the basis; 0 for an algebra, at most sqrt(2).
---@param parts weyl.tensor[] f64 [k, d, d] each: the generators, or their
---  parts where they act on several spaces
---@return number
function algebra.closure(parts)
  local k, rows, all = parts[1].shape[1], {}, {}
  if k < 2 then return 0.0 end
  for i, a in ipairs(parts) do
    rows[i], all[i] = a:reshape(k, -1), brackets(a)
  end
  local basis, c = core.concat(rows, 2), core.concat(all, 2)
  local outside = c - c:matmul(basis:transpose()):matmul(basis)
  return math.sqrt((outside:square():sum() / (k * (k - 1))):item())
end

-- ---- a basis that reads well ----

local SWEEPS, STILL = 200, 1e-12 -- rotations in a sweep under this angle end
local NOTHING = 1e-12 -- entries under this, relative to the largest, are 0

-- Turns two rows in their plane so that the sum of fourth powers of their
-- entries is largest; the angle (Neuhaus and Wrigley's quartimax, 1954).
local function turn(a, b)
  local num, den = 0.0, 0.0
  for i, x in ipairs(a) do
    local u, w = x * x - b[i] * b[i], 2 * x * b[i]
    num, den = num + 2 * u * w, den + u * u - w * w
  end
  local angle = math.atan(num, den) / 4
  local c, s = math.cos(angle), math.sin(angle)
  for i, x in ipairs(a) do
    a[i], b[i] = c * x + s * b[i], c * b[i] - s * x
  end
  return math.abs(angle)
end

-- Position of the first entry of at least 0.9 times the largest modulus.
local function leading(row)
  local largest = 0
  for _, x in ipairs(row) do largest = math.max(largest, math.abs(x)) end
  for i, x in ipairs(row) do
    if math.abs(x) >= 0.9 * largest then return i end
  end
end

---The orthonormal basis of the same span that has its weight on few entries,
---in the order of its leading entries, which are positive. Entries below
---1e-12 of the largest are exactly 0.
---@param rows weyl.tensor f64 [k, m], orthonormal
---@return weyl.tensor f64 [k, m]
function algebra.sparse(rows)
  local list = rows:totable()
  for _ = 1, SWEEPS do
    local most = 0
    for i = 1, #list do
      for j = i + 1, #list do most = math.max(most, turn(list[i], list[j])) end
    end
    if most < STILL then break end
  end
  local at = {}
  for i, row in ipairs(list) do at[row] = { leading(row), i } end
  table.sort(list, function(a, b)
    local p, q = at[a], at[b]
    return p[1] < q[1] or p[1] == q[1] and p[2] < q[2]
  end)
  local out = core.tensor(list, "f64")
  out = algebra.sign(out) * out
  local size = out:abs()
  return core.where(size:lt(NOTHING * size:max()), 0.0, out)
end

---The Lie generators of a group as rows, each through drho of the
---representations, side by side; [k, m].
---@param group weyl.group
---@param reps weyl.rep[]? those of V alone unless given
---@return weyl.tensor
function algebra.rows(group, reps)
  local list = {}
  for i, a in ipairs(group.lie) do
    local parts, unit = {}, common.unit(a)
    for j, r in ipairs(reps or {}) do
      parts[j] = r:drho(unit):reshape(-1)
    end
    list[i] = reps and core.concat(parts) or unit:reshape(-1)
  end
  return core.stack(list)
end

-- Whether a table is one matrix, and no list of them.
local function is_matrix(value)
  local row = type(value) == "table" and value[1]
  return type(row) == "table" and type(row[1]) == "number"
end

-- Generators [k, d, d] from a tensor of them, a matrix, or a list of either.
local function read(value, d)
  local ok, t = true, value
  if is_matrix(value) then value = { value } end
  if not core.is_tensor(value) then
    ok = type(value) == "table" and #value > 0
    local list = {}
    for i, m in ipairs(ok and value or {}) do
      if type(m) == "table" or core.is_tensor(m) then
        list[i] = core.tensor(m, "f64")
      end
      ok = ok and list[i] and list[i].rank == 2
    end
    t = ok and core.stack(list)
  elseif t.rank == 2 then
    t = t:unsqueeze(1)
  end
  check.arg(ok and t.rank == 3 and t.shape[2] == d and t.shape[3] == d,
    "symmetry.angles", "generators",
    ("matrices [%d, %d], a list or a tensor [k, %d, %d]"):format(d, d, d, d),
    value)
  return t:to "f64":reshape(#t, d * d)
end

---See symmetry.angles.
---@param generators any
---@param group weyl.group
---@return number[]
function algebra.between(generators, group)
  common.check_group("symmetry.angles", group, true)
  return algebra.angles(algebra.orthonormal(read(generators, group.d)),
    algebra.orthonormal(algebra.rows(group)))
end

return algebra
