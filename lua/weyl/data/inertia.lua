-- data/inertia.lua: the inertia data of Kim et al., "Regularizing towards
-- soft equivariance under mixed symmetries", arXiv:2306.00356.
--
-- Inputs x are 5 numbers and 5 vectors of R^3, all standard normal; masses
-- are m_i = softplus(x_i). The published code gives the model the masses
-- themselves, inputs = "masses". The target is the moment of inertia
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
local rep = require "weyl.rep"
local set = require "weyl.data.set"

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

-- The target with masses [n, 5], positions read from x.
local function broken(masses, x, axis, c)
  local n = x.shape[1]
  local positions = x:slice(2, MASSES + 1, -1):reshape(n, MASSES, 3)
  if type(c) == "number" then c = core.full({}, c, x.dtype) end
  return (inertia.moment(masses, positions) * column_factors(axis, c))
    :reshape(n, 9)
end

---The target: raw inputs [n, 20] and strength c (a number, or a tensor [n, 1]
---with one per sample) to [n, 9].
---@param x weyl.tensor
---@param axis integer|"none"
---@param c number|weyl.tensor
---@return weyl.tensor
function inertia.target(x, axis, c)
  return broken(x:slice(2, 1, MASSES):softplus(), x, axis, c)
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

-- What the model is given: masses times exp(s N), positions plus s N, masses
-- as such or as the raw numbers whose softplus they are.
local function measured(x, s, as_masses)
  if s == 0 and not as_masses then return x end
  local masses = x:slice(2, 1, MASSES):softplus()
  local positions = x:slice(2, MASSES + 1, -1)
  if s ~= 0 then
    local noise = core.normal(x.shape, 0, s, "f32", "data")
    masses = masses * noise:slice(2, 1, MASSES):exp()
    positions = positions + noise:slice(2, MASSES + 1, -1)
  end
  local first = as_masses and masses or masses + (-(-masses):expm1()):log()
  return core.concat({ first, positions }, 2)
end

-- The law of which a set is drawn.
local function law(o)
  return { func = "data.inertia", d = 3, scalars = MASSES, vectors = MASSES,
    sample = function(x)
      local y = inertia.target(x, o.axis, strengths(o, x.shape[1]))
      return { x = measured(x, o.input_noise, o.inputs == "masses"), y = y }
    end }
end

local function check_mixture(o)
  if type(o.noise) == "number" then return end
  check.arg(type(o.noise) == "table" and #o.noise > 0, "data.inertia",
    "noise", "a number or a list of numbers", o.noise)
  for i, c in ipairs(o.noise) do
    check.arg(type(c) == "number", "data.inertia", ("noise[%d]"):format(i),
      "a number", c)
  end
  local shares = type(o.shares) == "table" and o.shares or {}
  check.arg(#shares == #o.noise, "data.inertia", "shares",
    "a list with one share per noise", o.shares)
  local sum = 0
  for i, share in ipairs(shares) do
    check.arg(type(share) == "number" and share >= 0, "data.inertia",
      ("shares[%d]"):format(i), "a number >= 0", share)
    sum = sum + share
  end
  if math.abs(sum - 1) > 1e-9 then
    check.fail("data.inertia: shares must add up to 1, they make %g", sum)
  end
end

-- The strength of the exact function: the mean over samples.
local function mean_strength(o)
  if type(o.noise) == "number" then return o.noise end
  local sum = 0
  for i, c in ipairs(o.noise) do sum = sum + c * o.shares[i] end
  return sum
end

-- The candidate that keeps `axis`, by its place in set.planes().
local ABOUT = { 3, 4, 2 }

local function matching(o, c)
  return c == 0 and 1 or ABOUT[o.axis]
end

local function variant(o)
  local list = type(o.noise) == "number" and { o.noise } or o.noise
  local names = {}
  for i, c in ipairs(list) do names[i] = ("%g"):format(c) end
  local text = ("axis %s, noise %s"):format(o.axis, table.concat(names, "/"))
  for _, name in ipairs { "spread", "input_noise" } do
    if o[name] ~= 0 then
      text = ("%s, %s %g"):format(text, name:gsub("_", " "), o[name])
    end
  end
  return text
end

-- The exact function of what the model is given.
local function truth(o, c)
  if o.inputs == "raw" then
    return function(x) return inertia.target(x, o.axis, c) end
  end
  return function(x) return broken(x:slice(2, 1, MASSES), x, o.axis, c) end
end

---See data.inertia.
---@param opts table?
---@return weyl.data.set
function inertia.set(opts)
  local o = set.read("data.inertia", opts, {
    { "axis", { 1, 2, 3, "none" }, default = 3 },
    { "noise", "any", default = 0.3 },
    { "shares", "table" },
    { "spread", "weight", default = 0 },
    { "input_noise", "weight", default = 0 },
    { "inputs", { "raw", "masses" }, default = "raw" },
  }, { seed = 3025, d = 3 })
  check_mixture(o)
  local c = mean_strength(o)
  return set.new(law(o), o, { name = "inertia", variant = variant(o),
    axis = o.axis, noise = o.noise, truth = truth(o, c),
    rep_in = MASSES * rep.scalar + MASSES * rep.V, rep_out = rep.V ^ 2,
    candidates = set.planes(), matching = matching(o, c) })
end

return inertia
