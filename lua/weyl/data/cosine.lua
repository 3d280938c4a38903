-- data/cosine.lua: the cosine similarity data of Kim et al.,
-- arXiv:2306.00356.
--
-- Inputs are 3 vectors of R^3, standard normal. With c the mean cosine of the
-- three pairs, r the mean length, and f the L1 norm of the first vector over
-- the sum of those of the others, the target is
--
--   "so3-scale"  c              exact under rotations and scalings
--   "so3"        c - e r        under rotations
--   "scale"      c - e f        under scalings
--   "none"       c - e r + e f  under neither
--
-- where e is the option `noise`.
--
-- Under scalings x -> t x no linear map from vectors to numbers is equivariant
-- but 0: layers that keep them exactly can have no output but a constant, and
-- weights cannot tell a law that keeps them from one that does not. In radial
-- coordinates each vector is (x_i / s, s), s the rms of all entries of x:
-- scalings act on the last entry alone, rotations on the others, and a law
-- keeps scalings when no weight reads s.

local core = require "weyl.core"
local group = require "weyl.group"
local rep = require "weyl.rep"
local set = require "weyl.data.set"

local cosine = {}

-- Place among set.similarities() of the largest exact one.
local EXACT = { ["so3-scale"] = 1, so3 = 2, scale = 3 }

-- ---- coordinates ----

---Radial coordinates.
---@param x weyl.tensor [n, 9]
---@return weyl.tensor [n, 12]
function cosine.radial(x)
  local n = x.shape[1]
  local s = x:square():mean(2):sqrt():reshape(n, 1, 1)
  return core.concat({ x:reshape(n, 3, 3) / s,
    core.concat({ s, s, s }, 2) }, 3):reshape(n, 12)
end

---The vectors that have these coordinates.
---@param v weyl.tensor [n, 12]
---@return weyl.tensor x [n, 9]
function cosine.plain(v)
  local n = v.shape[1]
  local points = v:reshape(n, 3, 4)
  return (points:slice(3, 1, 3) * points:slice(3, 4, 4)):reshape(n, 9)
end

-- Rotations and scalings together, rotations, scalings, in radial coordinates.
local function candidates()
  local turns = group.SO(3):embed(4, { 1, 2, 3 })
  local scales = group.scaling(1):embed(4, { 4 })
  return { group.union { turns, scales }, turns, scales }
end

-- ---- the law ----

-- Mean cosine of the pairs (1, 2), (2, 3), (3, 1) of v [n, 3, 3]: [n].
local function similarity(v)
  local after = core.concat({ v:slice(2, 2, 3), v:slice(2, 1, 1) }, 2)
  local lengths = v:square():sum(3):sqrt()
  local others = after:square():sum(3):sqrt()
  return ((v * after):sum(3) / (lengths * others)):mean(2)
end

local function mean_length(v) return v:square():sum(3):sqrt():mean(2) end

local function fraction(v)
  local sizes = v:abs():sum(3)
  return sizes:slice(2, 1, 1):sum(2) / sizes:slice(2, 2, 3):sum(2)
end

---The law.
---@param x weyl.tensor [n, 9]
---@param variant string
---@param noise number
---@return weyl.tensor y [n, 1]
function cosine.target(x, variant, noise)
  local v = x:reshape(x.shape[1], 3, 3)
  local y = similarity(v)
  if variant == "so3" or variant == "none" then
    y = y - noise * mean_length(v)
  end
  if variant == "scale" then y = y - noise * fraction(v) end
  if variant == "none" then y = y + noise * fraction(v) end
  return y:reshape(x.shape[1], 1)
end

---See data.cosine.
---@param opts table?
---@return weyl.data.set
function cosine.set(opts)
  local o = set.read("data.cosine", opts, {
    { "variant", { "so3-scale", "so3", "scale", "none" },
      default = "so3-scale" },
    { "noise", "number", default = 1 },
    { "coordinates", { "plain", "radial" }, default = "plain" },
  }, { seed = 3012, d = 3 })
  local radial = o.coordinates == "radial"
  local function target(x) return cosine.target(x, o.variant, o.noise) end
  local law = { func = "data.cosine", d = 3, scalars = 0, vectors = 3,
    special = radial, sample = function(x)
      return { x = radial and cosine.radial(x) or x, y = target(x) }
    end }
  return set.new(law, o, { name = "cosine", noise = o.noise,
    variant = ("%s, noise %g%s"):format(o.variant, o.noise,
      radial and ", radial" or ""),
    truth = radial and function(v) return target(cosine.plain(v)) end
      or target,
    rep_in = 3 * rep.V, rep_out = rep.scalar,
    candidates = radial and candidates() or set.similarities(),
    matching = o.noise == 0 and 1 or EXACT[o.variant] })
end

return cosine
