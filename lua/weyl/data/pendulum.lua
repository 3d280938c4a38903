-- data/pendulum.lua: the double spring pendulum, with and without wind, of
-- arXiv:2104.09459 and arXiv:2112.01388 (residual pathway priors).
--
-- States are z = (x_1, x_2, p_1, p_2), positions and momenta in R^3, [n, 12];
-- masses, lengths at rest and gravity are 1:
--
--   H = |p_1|^2 / 2 + |p_2|^2 / 2 + k_1 (|x_1| - 1)^2 / 2
--     + k_2 (|x_2 - x_1| - 1)^2 / 2 + e_3 . (x_1 + x_2) + w . (x_1 + x_2),
--
-- with wind w = s (8, 5, 0). The published code leaves out the 1/2 of the
-- second spring, which makes it twice as stiff: k = (1, 2). Without wind H has
-- exactly the symmetry O(2) about axis 3.
--
-- Systems start at x_1 = (0, 0, -1.5) + 0.2 N, x_2 = (0, 0, -3) + 0.2 N,
-- p = 0.4 N and move for `time` seconds; of each trajectory one stretch of
-- `chunk` states `step` apart is kept, all stretches as likely. Trajectories
-- are computed in f64 by the symplectic method of order 4; over 30 s and 200
-- systems, states were off by at most 8e-6 (median of systems 1e-6) with 5
-- steps per 0.2 s, by 5e-7 with 10, and energies by 1.4e-6 and 9e-8.

local check = require "weyl.check"
local core = require "weyl.core"
local integrate = require "weyl.data.integrate"
local options = require "weyl.options"
local rep = require "weyl.rep"
local set = require "weyl.data.set"

local pendulum = {}

local WIND = { 8, 5, 0 }

-- The parts of states [n, 12]: four tensors [n, 3].
local function unpacked(z)
  return z:slice(2, 1, 3), z:slice(2, 4, 6), z:slice(2, 7, 9),
    z:slice(2, 10, 12)
end

-- Gravity and wind, the same on both bodies, as the gradient of H: [3].
local function field(o, dtype)
  return core.tensor({ o.wind * WIND[1], o.wind * WIND[2],
    o.wind * WIND[3] + 1 }, dtype)
end

---The energy.
---@param z weyl.tensor [n, 12]
---@param o { wind: number, stiffness: number[] }
---@return weyl.tensor [n, 1]
function pendulum.energy(z, o)
  local x1, x2, p1, p2 = unpacked(z)
  local function stretch(v) return v:square():sum(2, true):sqrt() - 1 end
  local kinetic = (p1:square() + p2:square()):sum(2, true) / 2
  local springs = (o.stiffness[1] / 2) * stretch(x1):square()
    + (o.stiffness[2] / 2) * stretch(x2 - x1):square()
  return kinetic + springs + ((x1 + x2) * field(o, z.dtype)):sum(2, true)
end

---dz/dt.
---@param z weyl.tensor [n, 12]
---@param o { wind: number, stiffness: number[] }
---@return weyl.tensor [n, 12]
function pendulum.dynamics(z, o)
  local x1, x2, p1, p2 = unpacked(z)
  -- the pull of a spring of length 1 at rest on the end v from its other end
  local function pull(v, k)
    return k * (1 / v:square():sum(2, true):sqrt() - 1) * v
  end
  local second = pull(x2 - x1, o.stiffness[2])
  local outer = field(o, z.dtype)
  return core.concat({ p1, p2,
    pull(x1, o.stiffness[1]) - second - outer, second - outer }, 2)
end

-- 0, step, 2 step, ...: count times.
local function times(count, step)
  local list = {}
  for i = 1, count do list[i] = (i - 1) * step end
  return list
end

-- Random states at the start [n, 12].
local function starts(n)
  local mean = core.tensor({ 0, 0, -1.5, 0, 0, -3, 0, 0, 0, 0, 0, 0 }, "f32")
  local spread = core.tensor({ 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.4, 0.4,
    0.4, 0.4, 0.4 }, "f32")
  return mean + spread * core.normal({ n, 12 }, 0, 1, "f32", "data")
end

-- Trajectories from states, in f64 whatever z is.
local function flow(o, z, at)
  return integrate.solve { dynamics = function(s)
      return pendulum.dynamics(s, o)
    end, z = z:to "f64", times = at, substeps = o.substeps,
    method = "symplectic" }
end

-- One stretch of each trajectory [n, count * chunk, 12]: [n, chunk, 12].
local function stretches(o, paths)
  local n, length = paths.shape[1], paths.shape[2]
  local count = length // o.chunk
  local pick = core.uniform({ n }, 0, count, "f64", "data"):floor():to "i64"
  local rows = (core.arange(n) - 1) * count + pick + 1
  return paths:reshape(n * count, o.chunk, 12):take(rows)
end

local function sample(o, z)
  local count = o.length // o.chunk * o.chunk
  local states = stretches(o, flow(o, z, times(count, o.step))):to "f32"
    :eval()
  local x = states:slice(2, 1, 1):reshape(-1, 12)
  return { x = x, y = pendulum.energy(x, o), states = states }
end

local function read(opts)
  local o = set.read("data.pendulum", opts, {
    { "wind", "number", default = 0 },
    { "stiffness", "table", default = { 1, 2 } },
    { "chunk", "count", default = 5 },
    { "step", "positive", default = 0.2 },
    { "time", "positive", default = 30 },
    { "substeps", "count", default = 5 },
  }, { seed = 2021, d = 3, count = 500, fixed = true })
  local k = o.stiffness
  check.arg(#k == 2 and type(k[1]) == "number" and type(k[2]) == "number",
    "data.pendulum", "stiffness", "a list of two numbers", k)
  -- a time that is a whole number of steps must not lose one by rounding
  o.length = math.floor(o.time / o.step + 1e-9)
  if o.length < o.chunk then
    check.fail("data.pendulum: %g s are %d steps of %g s, fewer than the "
      .. "%d states of a chunk", o.time, o.length, o.step, o.chunk)
  end
  return o
end

-- Functions of the system.
local function system(o)
  local function rollout(z, more)
    local r = options.read("rollout", more, { { "times", "any",
      default = times(o.length, o.step) } })
    return flow(o, z, r.times):to(z.dtype):eval()
  end
  return {
    truth = function(z) return pendulum.energy(z, o) end,
    dynamics = function(z) return pendulum.dynamics(z, o) end,
    rollout = rollout,
  }
end

---See data.pendulum.
---@param opts table?
---@return weyl.data.set
function pendulum.set(opts)
  local o = read(opts)
  local of = system(o)
  local law = { func = "data.pendulum", d = 3, scalars = 0, vectors = 4,
    inputs = starts, sample = function(z) return sample(o, z) end }
  local k = o.stiffness
  return set.new(law, o, { name = "pendulum", wind = o.wind,
    variant = ("wind %g, stiffness %g and %g"):format(o.wind, k[1], k[2]),
    truth = of.truth, dynamics = of.dynamics, rollout = of.rollout,
    times = times(o.chunk, o.step), rep_in = 4 * rep.V, rep_out = rep.scalar,
    candidates = set.planes(), matching = o.wind == 0 and 2 or nil })
end

return pendulum
