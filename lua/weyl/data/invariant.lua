-- data/invariant.lua: the two sets of invariant functions that Finzi, Welling
-- and Wilson, "A practical method for constructing equivariant multilayer
-- perceptrons", arXiv:2104.09459, train on, as their code has them.
--
-- O(5): two vectors of R^5, standard normal, to
--   sin |x_1| - |x_2|^3 / 2 + x_1 . x_2 / (|x_1| |x_2|).
--
-- Particles: four vectors p_1 .. p_4 of space-time with independent normal
-- entries of standard deviation 1/4, to
--   4 L^{mu nu} K_{mu nu},
--   L = p_1 p_3^T - (p_1 . p_3 - p_1 . p_1) g,
--   K = p_2 p_4^T - (p_2 . p_4 - p_2 . p_2) g,
-- with the metric g of signature + - - -: electron and muon, where each mass
-- squared is that of the incoming momentum. (The matrix element of textbooks
-- has L and K symmetrised; theirs are not.)
--
-- Both have statistics of the training part, with which the published
-- networks standardise: every vector is divided by the rms of its entries,
-- which keeps the symmetry, and targets are shifted and scaled.

local check = require "weyl.check"
local core = require "weyl.core"
local group = require "weyl.group"
local rep = require "weyl.rep"
local set = require "weyl.data.set"

local invariant = {}

-- The k-th vector of x [n, vectors * d]: [n, d].
local function vector(x, k, d) return x:slice(2, (k - 1) * d + 1, k * d) end

---The law of the O(5) data.
---@param x weyl.tensor [n, 10]
---@return weyl.tensor y [n, 1]
function invariant.o5_target(x)
  local a, b = vector(x, 1, 5), vector(x, 2, 5)
  local r, s = a:square():sum(2, true):sqrt(), b:square():sum(2, true):sqrt()
  return r:sin() - 0.5 * (s * s * s) + (a * b):sum(2, true) / (r * s)
end

---The law of the particle data: the contraction written out in products of
---momenta, because g^{mu nu} g_{mu nu} = 4.
---@param x weyl.tensor [n, 16]
---@return weyl.tensor y [n, 1]
function invariant.particle_target(x)
  local metric = core.tensor({ 1, -1, -1, -1 }, x.dtype)
  local function dot(i, j)
    return (vector(x, i, 4) * vector(x, j, 4) * metric):sum(2, true)
  end
  local a, b = dot(1, 3) - dot(1, 1), dot(2, 4) - dot(2, 2)
  return 4 * (dot(1, 2) * dot(3, 4) - a * dot(2, 4) - b * dot(1, 3)
    + 4 * a * b)
end

-- ---- standardising ----

-- Of a part: x [in], rms of the entries of each vector; y, mean and standard
-- deviation of the target.
local function statistics(part, law)
  local n = part.x.shape[1]
  local v = part.x:reshape(n, law.vectors, law.d)
  local rms = v:square():mean({ 1, 3 }):sqrt():reshape(law.vectors, 1)
  local mean = part.y:mean()
  local x = (rms * core.ones({ 1, law.d }, rms.dtype)):flatten()
  return { x = x:eval(), y_mean = mean:item(),
    y_std = (part.y - mean):square():mean():sqrt():item() }
end

local function standardised(func, s, parts)
  if s.y_std == 0 then
    check.fail("%s: standardize needs training examples whose targets differ",
      func)
  end
  for _, name in ipairs { "train", "validation", "test", "ood" } do
    local part = parts[name]
    parts[name] = part and core.eval { x = part.x / s.x,
      y = (part.y - s.y_mean) / s.y_std }
  end
  local law = parts.truth
  function parts.truth(x)
    return (law(x * s.x:to(x.dtype)) - s.y_mean) / s.y_std
  end
end

local function new(opts, law, known)
  local o = set.read(law.func, opts, {
    { "standardize", "boolean", default = false },
  }, { seed = 2021, d = law.d })
  function law.sample(x) return { x = x, y = known.truth(x) } end
  local out = set.new(law, o, known)
  out.statistics = statistics(out.train, law)
  if o.standardize then standardised(law.func, out.statistics, out) end
  out.variant = o.standardize and "standardized" or "raw"
  out.rep_in, out.rep_out = law.vectors * rep.V, rep.scalar
  out.matching = 1
  return out
end

---See data.o5.
---@param opts table?
---@return weyl.data.set
function invariant.o5(opts)
  return new(opts, { func = "data.o5", d = 5, scalars = 0, vectors = 2 },
    { name = "o5", truth = invariant.o5_target,
      candidates = { group.O(5), group.SO(5) } })
end

---See data.particle.
---@param opts table?
---@return weyl.data.set
function invariant.particle(opts)
  return new(opts, { func = "data.particle", d = 4, scalars = 0, vectors = 4,
    spread = 0.25 }, { name = "particle",
      truth = invariant.particle_target, candidates = {
        group.lorentz_full(), group.lorentz_special(), group.lorentz() } })
end

return invariant
