-- laws_spec.lua: the laws of the synthetic sets against sums written out, and
-- their moments.

local weyl = require "weyl"
local cosine = require "weyl.data.cosine"
local distance = require "weyl.data.distance"
local inertia = require "weyl.data.inertia"
local invariant = require "weyl.data.invariant"
local radius = require "weyl.data.radius"

local data = weyl.data

-- ---- the laws, one example at a time, in plain numbers ----

local function norm(v)
  local sum = 0
  for _, e in ipairs(v) do sum = sum + e * e end
  return math.sqrt(sum)
end

local function dot(a, b)
  local sum = 0
  for i, e in ipairs(a) do sum = sum + e * b[i] end
  return sum
end

local function l1(v)
  local sum = 0
  for _, e in ipairs(v) do sum = sum + math.abs(e) end
  return sum
end

local function minus(a, b)
  local out = {}
  for i, e in ipairs(a) do out[i] = e - b[i] end
  return out
end

-- The vectors of a row, of d entries each, of which the first `keep` count.
local function vectors(row, d, keep)
  local out = {}
  for i = 0, #row // d - 1 do
    out[i + 1] = table.move(row, i * d + 1, i * d + (keep or d), 1, {})
  end
  return out
end

local function mean_cosine(v)
  local sum = 0
  for _, p in ipairs { { 1, 2 }, { 2, 3 }, { 3, 1 } } do
    sum = sum + dot(v[p[1]], v[p[2]]) / norm(v[p[1]]) / norm(v[p[2]])
  end
  return sum / 3
end

local function cosine_law(row, variant, e)
  local v = vectors(row, 3)
  local r = (norm(v[1]) + norm(v[2]) + norm(v[3])) / 3
  local f = l1(v[1]) / (l1(v[2]) + l1(v[3]))
  local less = { ["so3-scale"] = 0, so3 = r, scale = f, none = r - f }
  return mean_cosine(v) - e * less[variant]
end

local function radius_law(row, variant, e)
  local v = vectors(row, 3)
  local total, all, y = norm(v[1]) + norm(v[2]) + norm(v[3]), 0, 1
  for _, entry in ipairs(row) do all = all + entry end
  for i = 1, 3 do
    local less = { ["so3-scale"] = 0, so3 = norm(v[i]),
      scale = (v[1][i] + v[2][i] + v[3][i]) / all }
    y = y * (norm(v[i]) / total - e * less[variant])
  end
  return y
end

local function distance_law(row, variant, e)
  local p = vectors(row, 4, 3)
  local q = vectors(row, 4, 2)
  local function sides(list, f)
    return f(minus(list[1], list[2])), f(minus(list[2], list[3])),
      f(minus(list[3], list[1]))
  end
  local a, b, c = sides(p, norm)
  local l, m, n = sides(p, l1)
  local s, t, u = sides(q, l1)
  local squares = dot(p[1], p[1]) + dot(p[2], p[2]) + dot(p[3], p[3])
  local errors = { se3 = 0, distance = 0, ball = norm(p[1]),
    l1distance = math.abs(p[1][1] - p[2][1]), r3 = squares,
    t3 = l + m + 3 * n, r3t3soft = squares + l + m + 3 * n,
    rxy2 = dot(q[1], q[1]) + dot(q[2], q[2]) + 3 * dot(q[3], q[3]),
    txy2 = s + t + 3 * u }
  return (a + b + c) / 3 - e * errors[variant]
end

local function o5_law(row)
  local v = vectors(row, 5)
  local r, s = norm(v[1]), norm(v[2])
  return math.sin(r) - s ^ 3 / 2 + dot(v[1], v[2]) / (r * s)
end

-- 4 L^{mu nu} K_{mu nu} entry by entry.
local function particle_law(row)
  local p, g = vectors(row, 4), { 1, -1, -1, -1 }
  local function inner(a, b)
    local sum = 0
    for i = 1, 4 do sum = sum + g[i] * a[i] * b[i] end
    return sum
  end
  local sum = 0
  local a = inner(p[1], p[3]) - inner(p[1], p[1])
  local b = inner(p[2], p[4]) - inner(p[2], p[2])
  for i = 1, 4 do
    for j = 1, 4 do
      local metric = i == j and g[i] or 0
      sum = sum + (p[1][i] * p[3][j] - a * metric)
        * (g[i] * p[2][i] * g[j] * p[4][j] - b * metric)
    end
  end
  return 4 * sum
end

-- Holds a law on tensors to one in plain numbers, for `width` inputs.
local function assert_law(width, target, plain)
  weyl.seed(3)
  local x = weyl.normal({ 6, width }, 0, 1, "f64")
  local y = target(x)
  assert.same({ 6, 1 }, y.shape)
  for i, row in ipairs(x:totable()) do
    local expected = plain(row)
    -- sums of a few dozen products
    assert.near(expected, y[i]:item(), 1e-13 * (1 + math.abs(expected)))
  end
  assert.equal("f32", target(x:to "f32").dtype)
end

describe("the laws", function()
  it("of cosines", function()
    for _, v in ipairs { "so3-scale", "so3", "scale", "none" } do
      assert_law(9, function(x) return cosine.target(x, v, 0.7) end,
        function(row) return cosine_law(row, v, 0.7) end)
    end
  end)

  -- rms s of the entries, v_i / s and s by hand; s (v_i / s) is v_i again.
  it("of cosines in radial coordinates", function()
    local x = weyl.normal({ 4, 9 }, 0, 2, "f64")
    local got = cosine.radial(x):totable()
    for i, row in ipairs(x:totable()) do
      local s = norm(row) / 3
      for k, entry in ipairs(row) do
        local at = (k - 1) // 3 * 4 + (k - 1) % 3 + 1
        assert.near(entry / s, got[i][at], 1e-14)
      end
      for k = 4, 12, 4 do assert.near(s, got[i][k], 1e-14) end
    end
    assert.is_true((cosine.plain(cosine.radial(x)) - x):abs():max():item()
      < 1e-14)
    local a = data.cosine { variant = "none", ood = 0 }
    local b = data.cosine { variant = "none", ood = 0, coordinates = "radial" }
    assert.same(a.test.y:totable(), b.test.y:totable())
    assert.equal("validation", b.error_inputs)
    assert.equal("train", data.cosine { coordinates = "radial",
      validation = 0 }.error_inputs)
  end)

  it("of radii", function()
    for _, v in ipairs { "so3-scale", "so3", "scale" } do
      assert_law(9, function(x) return radius.target(x, v, 0.7) end,
        function(row) return radius_law(row, v, 0.7) end)
    end
  end)

  it("of distances", function()
    for _, v in ipairs { "se3", "distance", "ball", "l1distance", "r3", "t3",
      "r3t3soft", "rxy2", "txy2" } do
      assert_law(12, function(x) return distance.target(x, v, -0.5) end,
        function(row) return distance_law(row, v, -0.5) end)
    end
  end)

  it("of the invariant sets", function()
    assert_law(10, invariant.o5_target, o5_law)
    assert_law(16, invariant.particle_target, particle_law)
  end)
end)

-- ---- moments ----

-- Holds the mean of values [n] to what was found elsewhere from `count`
-- samples and printed to within `digits`; nil when it is exact.
local function assert_mean(expected, values, count, digits)
  local n = #values
  local deviation = values:to "f64":var():sqrt():item()
  local own = deviation / math.sqrt(n)
  local theirs = count and deviation / math.sqrt(count) or 0
  assert.near(expected, values:to "f64":mean():item(),
    4 * math.sqrt(own ^ 2 + theirs ^ 2) + (digits or 0))
end

-- Squared distances from the mean, averaged over the outputs: [n].
local function squares(y)
  y = y:to "f64"
  return (y - y:mean(1, true)):square():mean(2)
end

describe("the moments", function()
  local N = 4e5 -- samples behind the values printed

  it("of inertia #slow", function()
    local cases = { { 3, 0, 11.01 }, { 3, 0.3, 13.54 }, { 3, -1, 7.35 },
      { "none", -0.3, 11.68 }, { "none", -1, 18.39 } }
    for _, c in ipairs(cases) do
      local set = data.inertia { axis = c[1], noise = c[2], train = 50000,
        validation = 0, test = 0, ood = 0 }
      assert_mean(c[3], squares(set.train.y), N, 0.005)
    end
    local set = data.inertia { noise = 0, train = 50000, ood = 0 }
    local mass = set.train.x:slice(2, 1, 5):softplus():mean(2)
    assert_mean(0.806, mass, N, 5e-4)
    assert_mean(0.920, set.train.x:slice(2, 1, 5):softplus():square()
      :mean(2), N, 5e-4)
    for _, i in ipairs { 1, 5, 9 } do
      assert_mean(8.06, set.train.y:slice(2, i, i):flatten(), N, 5e-3)
    end
  end)

  it("of cosines", function()
    local cases = { so3 = 0.262, scale = 0.222, none = 0.383 }
    for variant, expected in next, cases do
      local set = data.cosine { variant = variant, train = 50000, ood = 0 }
      assert_mean(expected, squares(set.train.y), N, 5e-4)
    end
    local set = data.cosine { train = 50000, ood = 0 }
    -- cosines of independent directions have variance 1/3, and no covariance
    assert_mean(1 / 9, squares(set.train.y))
    assert_mean(0, set.train.y:flatten())
  end)

  it("of radii, distances and the invariant sets", function()
    local function part(name, opts)
      opts.train, opts.ood = 20000, 0
      return data[name](opts).train
    end
    local p = part("distance", { variant = "se3" })
    -- a difference of points has entries of variance 2: mean length
    -- 2 sqrt(2) sqrt(2 / pi)
    assert_mean(4 / math.sqrt(math.pi), p.y:flatten())
    assert.equal(1, p.x:slice(2, 4, 4):min():item())
    assert.equal(1, p.x:slice(2, 12, 12):max():item())
    p = part("particle", {})
    assert_mean(1 / 16, p.x:square():mean(2))
    -- of E p_1 . p_1 = (1 - 3) / 16 alone: 4 * 4 * (2 / 16)^2
    assert_mean(0.25, p.y:flatten())
    p = part("o5", {})
    -- E |x|^3 = 2^(3/2) Gamma(4) / Gamma(5/2), E sin |x| by Simpson's rule
    local density, sum, h = 3 * math.sqrt(math.pi / 2), 0, 0.01
    for i = 0, 1200 do
      local r = i * h
      local w = (i == 0 or i == 1200) and 1 or i % 2 == 1 and 4 or 2
      sum = sum + w * h / 3 * math.sin(r) * r ^ 4 * math.exp(-r * r / 2)
    end
    assert_mean(sum / density - 2 ^ 1.5 * 6 / (0.75 * math.sqrt(math.pi)) / 2,
      p.y:flatten())
    p = part("radius", {})
    assert.is_true(p.y:min():item() >= 0)
    assert.is_true(p.y:max():item() <= 1 / 27 + 1e-7)
  end)
end)

-- The law with strengths that differ from example to example.
describe("random strengths", function()
  it("of inertia are those of the mixture", function()
    local set = data.inertia { noise = { 0.3, 0.6 }, shares = { 0.6, 0.4 },
      spread = 0.1, train = 20000, ood = 0 }
    local plain = inertia.target(set.train.x, 3, 0)
    local c = (set.train.y:slice(2, 9, 9) / plain:slice(2, 9, 9)):flatten() - 1
    assert_mean(0.42, c)
    assert_mean(0.01 + 0.24 * 0.09, (c - 0.42):square())
    assert.equal("axis 3, noise 0.3/0.6, spread 0.1", set.variant)
    local mean = set.truth(set.train.x):slice(2, 9, 9) / plain:slice(2, 9, 9)
    assert.near(0, (mean - 1.42):abs():max():item(), 1e-5)
  end)

  it("of distances are uniform", function()
    local o = { noise = -0.5, random = true, train = 20000, ood = 0 }
    local set = data.distance(o)
    local x = set.train.x:to "f64"
    local size = x:slice(2, 1, 3):square():sum(2, true):sqrt()
    local plain = distance.target(x, "se3", 0)
    local c = ((set.train.y:to "f64" - plain) / size):flatten() * 2
    assert_mean(1 / 2, c)
    assert_mean(1 / 3, c:square())
    -- f32 targets, lengths from 0.02 on
    assert.is_true(c:min():item() > -1e-4 and c:max():item() < 1 + 1e-4)
    local mean = (set.truth(x) - plain) / size
    assert.near(0, (mean - 0.25):abs():max():item(), 1e-10)
    assert.equal("ball, noise -0.5 at random", set.variant)
  end)
end)
