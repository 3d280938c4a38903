-- data/inertia.lua: the inertia data of Kim et al., "Regularizing towards
-- soft equivariance under mixed symmetries", arXiv:2306.00356.
--
-- Inputs x are 5 numbers and 5 vectors of R^3, all standard normal; masses
-- are m_i = softplus(x_i). The target is the moment of inertia
--
--   J = sum_i m_i (|r_i|^2 I - r_i r_i^T),   row-major [9],
--
-- equivariant under O(3), with the symmetry broken by a strength `noise` c:
-- axis 1, 2 or 3 scales column `axis` of J by 1 + c, which leaves exactly the
-- O(2) about that axis; axis "none" scales column 1 by 1 - c and column 2 by
-- 1 + c, which leaves no O(2) exact. c = -1 deletes a column, 0 breaks
-- nothing.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"
local rep = require "weyl.rep"

local MASSES = 5
local inertia = {}

---@param masses weyl.tensor [n, k]
---@param positions weyl.tensor [n, k, 3]
---@return weyl.tensor j [n, 3, 3]
function inertia.moment(masses, positions)
  local n, k = table.unpack(positions.shape)
  local m = masses:reshape(n, k, 1)
  local square = (m * positions:square()):sum({ 2, 3 }, true)
  local weighted = (m * positions):transpose() -- [n, 3, k]
  return square * core.eye(3, 3, positions.dtype)
    - weighted:matmul(positions)
end

-- The factors of the three columns of J, [3] or one row per sample [n, 1, 3].
local function column_factors(axis, c)
  local one = 0 * c + 1
  local f = { one, one, one }
  if axis == "none" then
    f[1], f[2] = 1 - c, 1 + c
  else
    f[axis] = 1 + c
  end
  return core.stack(f, -1)
end

---The target: raw inputs [n, 20] and strength c (a number, or a tensor [n, 1]
---with one per sample) to [n, 9].
---@param x weyl.tensor
---@param axis integer|"none"
---@param c number|weyl.tensor
---@return weyl.tensor
function inertia.target(x, axis, c)
  local n = x.shape[1]
  local masses = x:slice(2, 1, MASSES):softplus()
  local positions = x:slice(2, MASSES + 1, -1):reshape(n, MASSES, 3)
  if type(c) == "number" then c = core.full({}, c, x.dtype) end
  return (inertia.moment(masses, positions) * column_factors(axis, c))
    :reshape(n, 9)
end

-- Strengths of n samples [n, 1]: one for all, or drawn from several with
-- given shares, and then spread normally.
local function strengths(o, n)
  local list = type(o.noise) == "number" and { o.noise } or o.noise
  local c, above = core.full({ n, 1 }, list[1]), 0
  if #list > 1 then
    local u = core.uniform({ n, 1 }, 0, 1, "f32", "data")
    for i = 2, #list do
      above = above + o.shares[i - 1]
      c = core.where(u:ge(above), list[i], c)
    end
  end
  if o.spread == 0 then return c end
  return c + core.normal({ n, 1 }, 0, o.spread, "f32", "data")
end

-- Measured inputs: masses times exp(s N), positions plus s N.
local function measured(x, s)
  if s == 0 then return x end
  local n = x.shape[1]
  local noise = core.normal(x.shape, 0, s, "f32", "data")
  local masses = x:slice(2, 1, MASSES):softplus()
    * noise:slice(2, 1, MASSES):exp()
  -- the raw number whose softplus is the measured mass
  local raw = masses + (-(-masses):expm1()):log()
  local positions = x:slice(2, MASSES + 1, -1)
    + noise:slice(2, MASSES + 1, -1)
  return core.concat({ raw, positions }, 2):reshape(n, 4 * MASSES)
end

local function draw(o, n, changed)
  local x = core.normal({ n, 4 * MASSES }, 0, 1, "f32", "data")
  if changed and (o.ood_shift ~= 0 or o.ood_flip) then
    local sign = o.ood_flip and -1 or 1
    x = core.concat({ x:slice(2, 1, MASSES),
      sign * x:slice(2, MASSES + 1, -1) + o.ood_shift }, 2)
  end
  local y = inertia.target(x, o.axis, strengths(o, n))
  return core.eval(measured(x, o.input_noise)), core.eval(y)
end

local function check_mixture(o)
  if type(o.noise) == "number" then return end
  check.arg(type(o.noise) == "table" and #o.noise > 0, "data.inertia",
    "noise", "a number or a list of numbers", o.noise)
  check.arg(type(o.shares) == "table" and #o.shares == #o.noise,
    "data.inertia", "shares", "a list with one share per noise", o.shares)
end

-- The strength of the exact function: the mean over samples.
local function mean_strength(o)
  if type(o.noise) == "number" then return o.noise end
  local sum, total = 0, 0
  for i, c in ipairs(o.noise) do
    sum, total = sum + c * o.shares[i], total + o.shares[i]
  end
  return sum / total
end

local function read(opts)
  local o = options.read("data.inertia", opts, {
    { "axis", { 1, 2, 3, "none" }, default = 3 },
    { "noise", "any", default = 0.3 },
    { "shares", "table" },
    { "spread", "weight", default = 0 },
    { "input_noise", "weight", default = 0 },
    { "train", "count", default = 1000 },
    { "validation", "count", default = 1000 },
    { "test", "count", default = 1000 },
    { "ood", "count", default = 1000 },
    { "ood_shift", "number", default = 0 },
    { "ood_flip", "boolean", default = false },
    { "seed", "integer", default = 3025 } })
  check_mixture(o)
  return o
end

---Options: axis 1, 2, 3 (z, unless given) or "none"; noise, the strength
---(0.3), or a list of strengths with `shares`; spread, its standard deviation
---over samples (0); input_noise, of measured inputs (0); train, validation,
---test, ood, samples (1000 each); ood_shift added to the positions of the ood
---part (0), ood_flip reverses them; seed (3025).
---@param opts table?
---@return weyl.data.set
function inertia.set(opts)
  local o = read(opts)
  local before = core.streams()
  core.seed(o.seed)
  local x, y = draw(o, o.train + o.validation + o.test, false)
  local ox, oy = draw(o, o.ood, true)
  core.streams(before)
  local from = 0
  local function part(count)
    from = from + count
    return { x = core.eval(x:slice(1, from - count + 1, from)),
      y = core.eval(y:slice(1, from - count + 1, from)) }
  end
  local c = mean_strength(o)
  return { name = "inertia", axis = o.axis, noise = o.noise,
    train = part(o.train), validation = part(o.validation),
    test = part(o.test), ood = { x = ox, y = oy },
    rep_in = MASSES * rep.scalar + MASSES * rep.V, rep_out = rep.V ^ 2,
    truth = function(inputs) return inertia.target(inputs, o.axis, c) end }
end

return inertia
