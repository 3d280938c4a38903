-- data/radius.lua: the radius data of the code of Kim et al.,
-- arXiv:2306.00356, an earlier version of the cosine similarity data.
--
-- Inputs are 3 vectors x_i of R^3, standard normal. With the shares of length
-- n_i = |x_i| / sum_j |x_j| and the 3-vector q, the sum of the vectors over
-- the sum of all 9 entries, the target is
--
--   "so3-scale"  prod_i n_i              exact under rotations and scalings
--   "so3"        prod_i (n_i - e |x_i|)  under rotations
--   "scale"      prod_i (n_i - e q_i)    under scalings
--
-- where e is the option `noise`. The sum of all entries may be close to 0: the
-- targets of "scale" have no finite variance.

local rep = require "weyl.rep"
local set = require "weyl.data.set"

local radius = {}

-- Place among set.similarities() of the largest exact one.
local EXACT = { ["so3-scale"] = 1, so3 = 2, scale = 3 }

---The law.
---@param x weyl.tensor [n, 9]
---@param variant string
---@param noise number
---@return weyl.tensor y [n, 1]
function radius.target(x, variant, noise)
  local v = x:reshape(x.shape[1], 3, 3)
  local lengths = v:square():sum(3):sqrt()
  local y = lengths / lengths:sum(2, true)
  if variant == "so3" then y = y - noise * lengths end
  if variant == "scale" then
    y = y - noise * (v:sum(2) / v:sum({ 2, 3 }):reshape(-1, 1))
  end
  return y:prod(2):reshape(x.shape[1], 1)
end

---See data.radius.
---@param opts table?
---@return weyl.data.set
function radius.set(opts)
  local o = set.read("data.radius", opts, {
    { "variant", { "so3-scale", "so3", "scale" }, default = "so3-scale" },
    { "noise", "number", default = 1 },
  }, { seed = 3012, d = 3 })
  local function truth(x) return radius.target(x, o.variant, o.noise) end
  local law = { func = "data.radius", d = 3, scalars = 0, vectors = 3,
    sample = function(x) return { x = x, y = truth(x) } end }
  return set.new(law, o, { name = "radius", noise = o.noise,
    variant = ("%s, noise %g"):format(o.variant, o.noise), truth = truth,
    rep_in = 3 * rep.V, rep_out = rep.scalar,
    candidates = set.similarities(),
    matching = o.noise == 0 and 1 or EXACT[o.variant] })
end

return radius
