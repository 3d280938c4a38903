-- data/integrate.lua: solutions of dz/dt = f(z) at given times, and how far
-- two of them are apart.
--
-- Steps are fixed, so results are differentiable in z and in what f depends
-- on, and the same on every run. "rk4" is the classical method of order 4.
-- "symplectic" is the leapfrog (Stoermer and Verlet's method, order 2) and its
-- compositions by Suzuki, Physics Letters A 146, 1990: a method of order 2k
-- with steps s h, s h, (1 - 4 s) h, s h, s h, s = 1 / (4 - 4^(1/(2k+1))), is of
-- order 2k + 2; 1, 5 and 25 leapfrogs a step. It needs z = (q, p) with dq/dt a
-- function of p alone and dp/dt one of q alone, keeps the symplectic form, and
-- so the energy without drift.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"

local integrate = {}

-- ---- one step of h ----

local function rk4(f, h)
  return function(z)
    local a = f(z)
    local b = f(z + (h / 2) * a)
    local c = f(z + (h / 2) * b)
    local d = f(z + h * c)
    return z + (h / 6) * (a + 2 * b + 2 * c + d)
  end
end

-- The steps of leapfrogs, as shares of h, that make a method of an order.
local function composed(order)
  if order == 2 then return { 1.0 } end
  local inner = composed(order - 2)
  local s = 1 / (4 - 4 ^ (1 / (order - 1)))
  local out = {}
  for _, outer in ipairs { s, s, 1 - 4 * s, s, s } do
    for _, share in ipairs(inner) do out[#out + 1] = outer * share end
  end
  return out
end

-- Half a step of p, then steps of q and p in turn, half a step of p last: the
-- halves of neighbouring leapfrogs are one step.
local function symplectic(f, h, order)
  local shares = composed(order)
  return function(z)
    local d = z.shape[2] // 2
    local q, p = z:slice(2, 1, d), z:slice(2, d + 1, 2 * d)
    local function velocity()
      return f(core.concat({ q, p }, 2)):slice(2, 1, d)
    end
    local function force()
      return f(core.concat({ q, p }, 2)):slice(2, d + 1, 2 * d)
    end
    p = p + (h * shares[1] / 2) * force()
    for i, share in ipairs(shares) do
      q = q + (h * share) * velocity()
      p = p + (h * (share + (shares[i + 1] or 0)) / 2) * force()
    end
    return core.concat({ q, p }, 2)
  end
end

-- ---- solving ----

local function read_times(times)
  local list = core.is_tensor(times) and times.rank == 1 and times:totable()
    or times
  local ok = type(list) == "table" and #list > 0
  for i, t in ipairs(ok and list or {}) do
    ok = ok and type(t) == "number" and (i == 1 or t > list[i - 1])
  end
  check.arg(ok, "data.integrate", "times", "increasing numbers", times)
  return list
end

local function read(opts)
  local o = options.read("data.integrate", opts, {
    { "dynamics", "callable", required = true },
    { "z", "tensor", required = true },
    { "times", "any", required = true },
    { "substeps", "count", default = 10 },
    { "method", { "rk4", "symplectic" }, default = "rk4" },
    { "order", { 2, 4, 6 }, default = 4 } })
  o.times = read_times(o.times)
  check.arg(o.z.rank == 2 and (o.z.dtype == "f32" or o.z.dtype == "f64"),
    "data.integrate", "z", "states [n, d], f32 or f64", o.z)
  if o.method == "symplectic" then
    check.arg(o.z.shape[2] % 2 == 0, "data.integrate", "z",
      "positions and as many momenta [n, 2 k]", o.z)
  elseif o.order ~= 4 then
    check.fail("data.integrate: method 'rk4' has order 4, not %d", o.order)
  end
  return o
end

-- f, whose result is held to the shape of z.
local function checked(f)
  return function(z)
    local dz = f(z)
    local ok = core.is_tensor(dz) and dz.rank == 2
      and dz.shape[1] == z.shape[1] and dz.shape[2] == z.shape[2]
    check.arg(ok, "data.integrate", "result of dynamics",
      "a tensor " .. check.shape(z), dz)
    return dz
  end
end

---See data.integrate.
---@param opts table
---@return weyl.tensor [n, times, d]
function integrate.solve(opts)
  local o = read(opts)
  local f, z, out = checked(o.dynamics), o.z, { o.z }
  for i = 2, #o.times do
    local h = (o.times[i] - o.times[i - 1]) / o.substeps
    local step = o.method == "rk4" and rk4(f, h)
      or symplectic(f, h, math.tointeger(o.order))
    for _ = 1, o.substeps do z = core.eval(step(z)) end
    out[i] = z
  end
  return core.eval(core.stack(out, 2))
end

---See data.hamiltonian.
---@param H function
---@return fun(z: weyl.tensor): weyl.tensor
function integrate.hamiltonian(H)
  options.read("data.hamiltonian", { H = H },
    { { "H", "callable", required = true } })
  local gradient = core.grad(function(z) return H(z):sum() end)
  return function(z)
    local g = gradient(z)
    local d = z.shape[2] // 2
    return core.concat({ g:slice(2, d + 1, 2 * d), -g:slice(2, 1, d) }, 2)
  end
end

-- ---- comparing ----

local FLOOR = 1e-7

---See data.rollout_error.
---@param a weyl.tensor [n, times, d]
---@param b weyl.tensor
---@return number
function integrate.rollout_error(a, b)
  for i = 1, 2 do
    local t = select(i, a, b)
    check.arg(core.is_tensor(t) and t.rank == 3, "data.rollout_error",
      i == 1 and "a" or "b", "states [n, times, d]", t)
  end
  check.arg(check.shape(a) == check.shape(b), "data.rollout_error", "b",
    "a tensor " .. check.shape(a), b)
  a, b = a:to "f64", b:to "f64"
  local function rms(t) return t:square():mean(3):sqrt() end
  local sum = rms(a) + rms(b)
  local none = sum:eq(0)
  local e = core.where(none, 0, rms(a - b) / core.where(none, 1, sum))
  return e:maximum(FLOOR):log():mean():exp():item()
end

return integrate
