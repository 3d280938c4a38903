-- discover_spec.lua: the Lie algebra of a function, exact and learned.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, nn, symmetry = weyl.group, weyl.nn, weyl.symmetry
local V = weyl.rep.V

local SO3, scaling3 = group.SO(3), group.scaling(3)
local plane = group.SO(2):embed(3, { 1, 2 })

local function normal(...) return weyl.normal({ ... }, 0, 1, "f64") end

local function largest(list)
  local most = 0
  for _, x in ipairs(list) do most = math.max(most, math.abs(x)) end
  return most
end

-- discover with the representations of the inertia data.
local function of_inertia(opts, more)
  local data = weyl.data.inertia(opts)
  local o = { x = normal(100, 20), rep_in = data.rep_in,
    rep_out = data.rep_out }
  for name, value in next, more or {} do o[name] = value end
  return symmetry.discover(data.truth, o)
end

-- Levels up to k are under 1e-8, the next is far above; the span of the
-- first k is the algebra of g, to 1e-8 radians.
local function exactly(r, k, g)
  local levels = r.levels:totable()
  assert.equal(k, (r:found()))
  assert.is_true(levels[k] < 1e-8)
  assert.is_true(k == #levels or levels[k + 1] > 1e-3)
  assert.is_true(r:closure() < 1e-8)
  if g then
    local angles = r:angles(g)
    assert.equal(k, #angles)
    assert.is_true(largest(angles) < 1e-8)
  end
end

describe("discover, of exact functions,", function()
  before_each(function() weyl.seed(1) end)

  it("finds so(3) within antisymmetric matrices", function()
    exactly(of_inertia({ noise = 0 }, { within = SO3 }), 3, SO3)
  end)

  -- J is homogeneous of degree 2 in the positions and lives in V^2: the
  -- identity of gl(3) scales both.
  it("finds so(3) and scaling within gl(3)", function()
    exactly(of_inertia { noise = 0 }, 4, group.union { SO3, scaling3 })
  end)

  it("finds what a broken axis leaves", function()
    local o = { noise = -1, axis = 3 }
    exactly(of_inertia(o, { within = SO3 }), 1, plane)
    exactly(of_inertia(o), 2, group.union { plane, scaling3 })
    o.axis = 1
    exactly(of_inertia(o, { within = SO3 }), 1,
      group.SO(2):embed(3, { 2, 3 }))
  end)

  it("finds that a law with two broken axes keeps scaling alone", function()
    exactly(of_inertia { noise = -0.5, axis = "none" }, 1, scaling3)
  end)

  local metric = weyl.tensor({ 1, -1, -1, -1 }, "f64")

  it("finds the Lorentz algebra, over V and over its dual", function()
    local function f(x)
      local p, q = x:slice(2, 1, 4), x:slice(2, 5, 8)
      return (p * q * metric):sum(2, true):sin()
        + (p * p * metric):sum(2, true)
    end
    for _, r in ipairs { 2 * V, 2 * V:dual() } do
      exactly(symmetry.discover(f, { x = normal(40, 8), rep_in = r,
        rep_out = 1 }), 6, group.lorentz(4))
    end
    -- an index lowered by the metric turns V into its dual
    exactly(symmetry.discover(function(x) return f(x):exp() * x:slice(2, 1, 4)
      * metric end, { x = 0.5 * normal(40, 8), rep_in = 2 * V,
      rep_out = V:dual() }), 6, group.lorentz(4))
    exactly(symmetry.discover(function(x) return x:slice(2, 1, 4) * metric
      end, { x = normal(40, 8), rep_in = 2 * V, rep_out = V:dual() }), 6,
      group.lorentz(4))
  end)

  it("finds all of gl(3) where V meets its dual", function()
    local r = symmetry.discover(function(x)
      return (x:slice(2, 1, 3) * x:slice(2, 4, 6)):sum(2, true)
    end, { x = normal(40, 6), rep_in = V + V:dual(), rep_out = 1 })
    exactly(r, 9, group.GL(3))
    assert.is_true(largest(r:angles(group.SL(3))) < 1e-8)
  end)

  it("finds scaling of the cosine similarity", function()
    local function cosine(x)
      local p, q = x:slice(2, 1, 3), x:slice(2, 4, 6)
      return (p * q):sum(2, true) / (p:norm(2, true) * q:norm(2, true))
    end
    local o = { x = normal(40, 6), rep_in = 2 * V, rep_out = 1 }
    exactly(symmetry.discover(cosine, o), 4, group.union { SO3, scaling3 })
    o.within = scaling3
    exactly(symmetry.discover(cosine, o), 1, scaling3)
  end)

  it("works over irreducible representations of rotations", function()
    local irrep = weyl.rep.irrep
    local r = symmetry.discover(function(x)
      return x * x:square():sum(2, true):sin()
    end, { x = normal(40, 3), rep_in = irrep(1), rep_out = irrep(1),
      within = SO3 })
    exactly(r, 3, SO3)
    -- the first entry of degree 1, y, is a factor: what is left turns about y
    r = symmetry.discover(function(x)
      return x:slice(2, 1, 5) * x:slice(2, 6, 6)
    end, { x = normal(40, 8), rep_in = irrep(2) + irrep(1),
      rep_out = irrep(2), within = SO3 })
    exactly(r, 1, group.SO(2):embed(3, { 1, 3 }))
  end)

  it("finds none where there is none", function()
    local W = normal(6, 3)
    local r = symmetry.discover(function(x) return x:sin():matmul(W) end,
      { x = normal(60, 6), rep_in = 2 * V, rep_out = V })
    assert.equal(0, (r:found()))
    assert.equal(0, r:closure())
    fails("discovery:angles: no generator was found; give k",
      function() r:angles(SO3) end)
    fails("discovery:sparse: no generator was found; give k",
      function() r:sparse() end)
  end)

  it("is accurate to rounding of f32 in f32", function()
    local r = of_inertia({ noise = 0 }, { dtype = "f32" })
    assert.equal(4, (r:found()))
    local levels = r.levels:totable()
    assert.is_true(levels[4] > 1e-12 and levels[4] < r.floor)
    assert.is_true(largest(r:angles(SO3)) < 1e-5)
    -- silent directions, where f has values of rounding alone
    local W = weyl.normal { 5, 9 }
    local f = weyl.data.inertia({ noise = 0 }).truth
    r = symmetry.discover(function(x)
      return f(x):slice(2, 1, 5):matmul(W):to "f32"
    end, { x = normal(200, 20), free = true, dtype = "f32" })
    assert.equal(9 - 4, r.trivial.silent) -- J12 and J21 are one
  end)
end)

describe("discover with free generators", function()
  before_each(function() weyl.seed(2) end)

  -- The block by which the first of five vectors is moved.
  local function first_vector(r, k)
    return r.generators:slice(1, 1, k):slice(2, 6, 8):slice(3, 6, 8)
  end

  -- J = tr(S) 1 - S with S = sum m r r^T is one to one in S, and S goes to
  -- g S g^T: J moves linearly under all of gl(3). It is symmetric: of 9
  -- output directions 3 are silent.
  it("finds gl(3) in the moments of inertia", function()
    local r = of_inertia({ noise = 0 }, { free = true })
    exactly(r, 9)
    assert.same({ idle = 27, ignored = 0, silent = 3, unreached = 0 },
      r.trivial)
    assert.is_true(largest(symmetry.angles(first_vector(r, 9), group.GL(3)))
      < 1e-8)
    assert.is_true(largest(r:angles(SO3)) < 1e-8)
    local masses = r.generators:slice(1, 1, 9):slice(2, 1, 5)
    assert.is_true(masses:abs():max():item() < 1e-8)
  end)

  -- Without column 3, J no longer sees S along diag(1, 1, -1): what is left
  -- is what keeps that matrix up to a factor, so(2, 1) and scaling.
  it("finds so(2, 1) behind a broken axis", function()
    local r = of_inertia({ noise = -1, axis = 3 }, { free = true })
    exactly(r, 4)
    local hidden = group.new { lie = {
      { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 0 } },
      { { 0, 0, 1 }, { 0, 0, 0 }, { 1, 0, 0 } },
      { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 } },
      { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } } }
    assert.is_true(largest(symmetry.angles(first_vector(r, 4), hidden))
      < 1e-8)
  end)

  it("leaves out what the data do not reach and f ignores", function()
    -- x4 = x1 + x2 always, f ignores x5, y3 = y1
    local x = normal(60, 5)
    x = weyl.concat({ x:slice(2, 1, 3), x:slice(2, 1, 1) + x:slice(2, 2, 2),
      x:slice(2, 5, 5) }, 2)
    local function f(h)
      local y = (h:slice(2, 1, 2):square()
        + h:slice(2, 3, 3) * h:slice(2, 4, 4)):sin()
      return weyl.concat({ y, y:slice(2, 1, 1) }, 2)
    end
    local r = symmetry.discover(f, { x = x, free = true })
    assert.equal(1, r.trivial.unreached)
    assert.equal(1, r.trivial.ignored)
    assert.equal(1, r.trivial.silent)
    -- A_in [5, 5] to [4, 4], A_out [3, 3] to [3, 2]
    assert.equal(25 + 9 - 16 - 6, r.trivial.idle)
    assert.equal(16 + 6, #r.levels)
    assert.matches("\n12 trivial generators left out: no input reaches 1 "
      .. "directions, f ignores 1 directions, f has no value in 1 directions$",
      tostring(r))
  end)

  it("leaves out generators that move nothing, also when tied", function()
    local x = normal(60, 3) * weyl.tensor({ 1, 1, 0 }, "f64")
    local r = symmetry.discover(function(h) return h:square():sum(2, true)
      end, { x = x, rep_in = V, rep_out = 1 })
    assert.same({ idle = 3 }, r.trivial) -- the third column
    assert.equal(6, #r.levels)
  end)

  it("finds shifts when affine", function()
    -- f(x) = |d|^2 with d = x1 - x2: the sum x1 + x2 is ignored; d turns, or
    -- is scaled and f with it
    local function f(x)
      local d = x:slice(2, 1, 2) - x:slice(2, 3, 4)
      return d:square():sum(2, true)
    end
    local x = normal(80, 4)
    local r = symmetry.discover(f, { x = x, free = true, affine = true })
    assert.equal(2, r.trivial.ignored)
    exactly(r, 2)
    -- (exp |d|^2, x1): d turns, x1 takes any of 4 linear maps and 2 shifts,
    -- and a shift of x1 is one of x2
    local g = symmetry.discover(function(h)
      return weyl.concat({ f(h):exp(), h:slice(2, 1, 2) }, 2)
    end, { x = 0.3 * x, free = true, affine = true })
    exactly(g, 7)
    local shifts = g.generators:slice(1, 1, 7):slice(3, 5, 5):squeeze(3)
    local _, s = weyl.svd(shifts)
    assert.is_true(s[2]:item() > 0.1 and s[3]:item() < 1e-8)
    assert.is_true((shifts:slice(2, 1, 2) - shifts:slice(2, 3, 4)):abs()
      :max():item() < 1e-8)
    fails("discovery:angles: groups have no shifts to compare an affine form "
      .. "with", function() g:angles(SO3) end)
  end)
end)

describe("discover's numbers", function()
  before_each(function() weyl.seed(3) end)

  local function model()
    return nn.mlp { rep_in = 2 * V, rep_out = V, channels = 10, depth = 2,
      dtype = "f64" }
  end

  -- The whole matrix at once: its columns are the Lie derivatives along the
  -- nine unit matrices.
  it("are the singular values of all Lie derivatives", function()
    local f, x, lie = model(), normal(2000, 6), {}
    for k = 0, 8 do
      local m = { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } }
      m[k // 3 + 1][k % 3 + 1] = 1
      lie[k + 1] = m
    end
    local fields = symmetry.lie_derivative(f, group.new { lie = lie },
      { x = x, fields = true }).fields.lie
    for k, field in ipairs(fields) do fields[k] = field:reshape(-1) end
    local _, s = weyl.svd(weyl.stack(fields, 2))
    s = (s / f(x):norm()):flip(1)
    local r = symmetry.discover(f, { x = x })
    assert.is_true((s - r.levels):abs():max():item() < 1e-14)
  end)

  it("are the defects of the generators", function()
    local f, x = model(), normal(50, 6)
    local r = symmetry.discover(f, { x = x })
    local lie, levels = r.generators:totable(), r.levels:totable()
    local sizes = symmetry.lie_derivative(f, group.new { lie = lie },
      { x = x }).lie
    for k, size in ipairs(sizes) do
      assert.near(levels[k], size.relative, 1e-13)
      assert.near(1, r.generators[k]:norm():item(), 1e-14)
    end
  end)

  it("are the defects of free generators", function()
    local f, x = model(), normal(60, 6)
    local r = symmetry.discover(f, { x = x, free = true })
    local y = f(x)
    for _, k in ipairs { 1, 7, 45 } do
      local _, dy = weyl.jvp(function(h) return f(h) end, x,
        x:matmul(r.generators[k]:transpose()))
      local defect = dy - y:matmul(r.generators_out[k]:transpose())
      assert.near(r.levels[k]:item(), (defect:norm() / y:norm()):item(),
        1e-13)
      assert.near(1, (r.generators[k]:square():sum()
        + r.generators_out[k]:square():sum()):item(), 1e-13)
    end
  end)

  it("are the same each time, with signs set", function()
    local f, x = model(), normal(50, 6)
    local a, b = symmetry.discover(f, { x = x }),
      symmetry.discover(f, { x = x })
    assert.equal(0, (a.generators - b.generators):abs():max():item())
    for k = 1, 9 do
      local flat = a.generators[k]:reshape(-1):totable()
      local most, first = largest(flat), nil
      for _, v in ipairs(flat) do
        if math.abs(v) >= 0.9 * most then first = first or v end
      end
      assert.is_true(first > 0)
    end
  end)

  it("count by tolerance when asked", function()
    local r = of_inertia { noise = 0.02, axis = 3 }
    assert.equal(2, (r:found(1e-8)))
    assert.equal(2, (r:found()))
    assert.equal(4, (r:found(0.1)))
    assert.equal(9, (r:found(100)))
    fails("discovery:found: argument 'tol' must be a number >= 0, got -1",
      function() r:found(-1) end)
  end)

  it("tell whether brackets stay inside", function()
    local r = of_inertia { noise = 0 }
    assert.is_true(r:closure(4) < 1e-12)
    assert.is_true(r:closure(5) > 0.1)
    assert.equal(0, r:closure(1))
    fails("discovery:closure: argument 'k' must be an integer from 0 to 9, "
      .. "got 10", function() r:closure(10) end)
  end)
end)

describe("subspaces of generators", function()
  local algebra = require "weyl.symmetry.algebra"

  -- so(2)'s J and another unit matrix, t apart.
  it("have principal angles accurate to rounding", function()
    local J = weyl.tensor({ { 0, -1 }, { 1, 0 } }, "f64") / math.sqrt(2)
    local D = weyl.tensor({ { 1, 0 }, { 0, -1 } }, "f64") / math.sqrt(2)
    for _, t in ipairs { 0, 1e-12, 1e-5, 0.3, math.pi / 4, 1.2,
      math.pi / 2 } do
      local a = symmetry.angles({ math.cos(t) * J + math.sin(t) * D },
        group.SO(2))
      assert.near(t, a[1], 4e-16)
      assert.equal(1, #a)
    end
  end)

  it("have no angle -0.0", function()
    for _, g in ipairs { SO3, group.GL(3), scaling3 } do
      for _, a in ipairs(symmetry.angles(group.GL(3).lie, g)) do
        assert.is_true(a > 0 or 1 / a > 0)
      end
    end
  end)

  it("are compared by their spans", function()
    local L = SO3.lie
    assert.is_true(largest(symmetry.angles({ L[1], L[3] }, SO3)) < 1e-15)
    assert.is_true(largest(symmetry.angles(weyl.tensor(L, "f64") * 3
      + 1e-20, SO3)) < 1e-15)
    local a = symmetry.angles({ L[1], { { 1, 0, 0 }, { 0, 1, 0 },
      { 0, 0, 1 } } }, SO3)
    assert.near(0, a[1], 1e-15)
    assert.near(math.pi / 2, a[2], 1e-15)
    assert.equal(1, #symmetry.angles(L[2], scaling3))
    local known = "symmetry.angles: argument 'generators' must be matrices "
      .. "[3, 3], a list or a tensor [k, 3, 3], got "
    fails(known .. "a tensor f32 [2, 2]",
      function() symmetry.angles(weyl.ones(2, 2), SO3) end)
    fails(known .. "a table",
      function() symmetry.angles({ 1, 2 }, SO3) end)
    fails("symmetry.angles: S(3) has no Lie generators",
      function() symmetry.angles(L, group.S(3)) end)
  end)

  -- [e12, e21] = e11 - e22 lies outside their span: its norm, sqrt(2).
  it("have a defect of closure with a known bound", function()
    local pair = weyl.tensor({ { { 0, 1 }, { 0, 0 } },
      { { 0, 0 }, { 1, 0 } } }, "f64")
    assert.near(math.sqrt(2), algebra.closure { pair }, 1e-15)
    local c, s = math.cos(0.7), math.sin(0.7)
    local turned = weyl.tensor({ { c, s }, { -s, c } }, "f64")
      :matmul(pair:reshape(2, 4)):reshape(2, 2, 2)
    assert.near(math.sqrt(2), algebra.closure { turned }, 1e-15)
  end)

  it("have a basis with few entries", function()
    weyl.seed(4)
    local r = of_inertia({ noise = 0 }, { within = SO3 })
    local h, got = math.sqrt(0.5), r:sparse():totable()
    for k, want in ipairs { { { 0, h, 0 }, { -h, 0, 0 }, { 0, 0, 0 } },
      { { 0, 0, h }, { 0, 0, 0 }, { -h, 0, 0 } },
      { { 0, 0, 0 }, { 0, 0, h }, { 0, -h, 0 } } } do
      for i = 1, 3 do
        for j = 1, 3 do assert.near(want[i][j], got[k][i][j], 1e-12) end
      end
    end
    local zero = 0
    for _, v in ipairs(r:sparse():reshape(-1):totable()) do
      zero = zero + (v == 0 and 1 / v > 0 and 1 or 0)
    end
    assert.equal(27 - 6, zero) -- exactly 0, none of them -0.0
    local a, b = of_inertia({ noise = 0 }, { free = true }):sparse()
    assert.same({ 9, 20, 20 }, a.shape)
    assert.same({ 9, 9, 9 }, b.shape)
  end)
end)

describe("discover", function()
  before_each(function() weyl.seed(5) end)

  it("shows itself as a table", function()
    local r = of_inertia({ noise = -1, axis = 3 }, { within = SO3 })
    local text = tostring(r)
    assert.matches("^symmetries in the algebra of SO%(3%): 1 found of 3 "
      .. "generators, 100 inputs\nlargest ratio of levels [%d.e+]+, closure "
      .. "defect 0\ngenerator +level +next / level\n1 +rounding +[%d.e+]+  gap"
      .. "\n2 ", text)
    for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 80) end
    text = tostring(of_inertia({ noise = 0 }, { free = true }))
    assert.matches("\n%.%.%. 433 more\n27 trivial generators left out: f has "
      .. "no value in 3 directions$", text)
    assert.matches("^symmetries in gl%(20%) %+ gl%(9%): 9 found of 454", text)
  end)

  it("says what is wrong", function()
    local x = normal(50, 6)
    local function with(f, o)
      return function() symmetry.discover(f, o) end
    end
    local both = { x = x, rep_in = 2 * V, rep_out = V }
    local function f(h) return h:slice(2, 1, 3) end
    local function plus(more)
      local o = {}
      for name, value in next, both do o[name] = value end
      for name, value in next, more do o[name] = value end
      return o
    end
    local function says(text, g, o)
      local ok, why = pcall(with(g, o))
      assert.is_false(ok)
      assert.equal(text, why:match "^.-:%d+: (.*)$")
    end
    says("symmetry.discover: argument 'f' must be a function or a model, got "
      .. "nil", nil, both)
    says("symmetry.discover: argument 'x' must be a floating-point tensor "
      .. "[n, in], got nil", f, { rep_in = V })
    says("symmetry.discover: argument 'rep_out' must be a representation, got "
      .. "nil", f, { x = x, rep_in = 2 * V })
    says("symmetry.discover: argument 'rep_in' must be a representation, got "
      .. "'V'", f, { x = x, free = true, rep_in = "V" })
    says("symmetry.discover: there is no option 'with' (did you mean "
      .. "'within'?)", f, plus { with = SO3 })
    says("symmetry.discover: 'within' and 'free' exclude each other", f,
      plus { within = SO3, free = true })
    says("symmetry.discover: shifts (affine = true) need free = true", f,
      plus { affine = true })
    says("symmetry.discover: S(3) has no Lie generators", f,
      plus { within = group.S(3) })
    says("symmetry.discover: there is no dimension of V for which 4*V has the "
      .. "6 entries of x and V the 3 of f", f, plus { rep_in = 4 * V })
    says("symmetry.discover: there is no dimension of V (4) for which 2*V has "
      .. "the 6 entries of x and V the 3 of f", f,
      plus { within = group.SO(4) })
    says("symmetry.discover: 2 inputs with 3 values each do not determine 9 "
      .. "unknowns; give at least 3", f, plus { x = normal(2, 6) })
    says("symmetry.discover: f has no finite values other than 0 at the "
      .. "inputs x", function(h) return 0 * f(h) end, both)
    says("symmetry.discover: argument 'result of f' must be a tensor [1, out]"
      .. ", got 3", function() return 3 end, both)
    says("symmetry.discover: no generator moves the inputs x or the values of "
      .. "f", function(h) return h:sum(2, true) + 1 end,
      { x = weyl.zeros(20, 6), rep_in = 2 * V, rep_out = 1 })
    local r = symmetry.discover(f, plus { free = true })
    fails("discovery:angles: SO(4) acts on dimension 8, the generators on 6",
      function() r:angles(group.SO(4)) end)
    r = symmetry.discover(f, { x = x, free = true })
    fails("discovery:angles: SO(3) acts on dimension 3, the generators on 6; "
      .. "give discover rep_in and rep_out", function() r:angles(SO3) end)
    fails("discovery:angles: argument 'k' must be an integer from 1 to 27, "
      .. "got 0", function() r:angles(SO3, 0) end)
  end)
end)

-- ---- networks ----

-- Trains on fresh samples; cosine schedule from 3e-3.
local function train(model, f, draw, steps)
  local adam = weyl.optim.adam { lr = 3e-3 }
  local step = weyl.value_and_grad(function(m, x, y)
    return (m(x) - y):square():mean()
  end)
  for i = 1, steps do
    adam.lr = 1.5e-3 * (1 + math.cos(math.pi * i / steps))
    local x = draw(256)
    local _, grads = step(model, x, f(x))
    adam:step(model, grads)
  end
  return model
end

describe("discover, of trained networks,", function()
  before_each(function() weyl.seed(1) end)

  it("finds the rotation that a broken axis leaves #slow", function()
    local data = weyl.data.inertia { axis = 3, noise = -1 }
    local function draw(n) return weyl.normal { n, 20 } end
    local model = train(nn.emlp { rep_in = data.rep_in,
      rep_out = data.rep_out, group = group.O(3), soft = true, channels = 48,
      depth = 2 }, data.truth, draw, 6000)
    local r = symmetry.discover(model, { x = draw(300), within = SO3 })
    local levels = r.levels:totable()
    assert.is_true(levels[2] > 5 * levels[1])
    assert.equal(1, (r:found()))
    assert.is_true(largest(r:angles(plane)) < math.rad(3))
    -- in all of gl(3), scaling is the second
    r = symmetry.discover(model, { x = draw(300) })
    assert.is_true(largest(r:angles(group.union { plane, scaling3 }, 2))
      < math.rad(3))
  end)

  it("finds the Lorentz algebra #slow", function()
    local metric = weyl.tensor { 1, -1, -1, -1 }
    local function product(p, q) return (p * q * metric):sum(2, true) end
    local function f(x)
      local p, q = x:slice(2, 1, 4), x:slice(2, 5, 8)
      return weyl.concat({ product(p, p), product(p, q), product(q, q) }, 2)
    end
    local function draw(n) return weyl.normal { n, 8 } end
    local model = train(nn.mlp { inputs = 8, outputs = 3, channels = 64,
      depth = 2 }, f, draw, 3000)
    local r = symmetry.discover(model, { x = draw(300), rep_in = 2 * V,
      rep_out = 3 })
    local levels = r.levels:totable()
    assert.equal(6, (r:found()))
    assert.is_true(levels[7] > 5 * levels[6])
    assert.is_true(largest(r:angles(group.lorentz(4))) < math.rad(3))
    assert.is_true(r:closure() < 0.05)
  end)

  it("finds rotations and scaling of the cosine similarity #slow", function()
    local function f(x)
      local p, q = x:slice(2, 1, 3), x:slice(2, 4, 6)
      return (p * q):sum(2, true) / (p:norm(2, true) * q:norm(2, true))
    end
    local function draw(n)
      local u = weyl.normal { n, 2, 3 }
      return (u / u:norm(3, true) * weyl.uniform({ n, 2, 1 }, 0.5, 1.5))
        :reshape(n, 6)
    end
    local model = train(nn.mlp { inputs = 6, outputs = 1, channels = 64,
      depth = 3, activation = weyl.gelu }, f, draw, 6000)
    local r = symmetry.discover(model, { x = draw(300), rep_in = 2 * V,
      rep_out = 1 })
    local levels = r.levels:totable()
    assert.equal(4, (r:found()))
    assert.is_true(levels[5] > 5 * levels[4])
    assert.is_true(largest(r:angles(group.union { SO3, scaling3 }))
      < math.rad(3))
  end)
end)
