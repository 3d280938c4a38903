-- basis_spec.lua: bases and projectors of equivariant maps.

local tables = require "spec.symmetry.tables"
local weyl = require "weyl"
local group = weyl.group
local V, scalar = weyl.rep.V, weyl.rep.scalar

local O3 = group.O(3)
local Oxy = group.O(2):embed(3, { 1, 2 })
local Oyz = group.O(2):embed(3, { 2, 3 })
local Oxz = group.O(2):embed(3, { 1, 3 })

local function largest(x) return x:abs():max():item() end

local function squares(x) return x:square():sum():item() end

-- Largest deviation of rho_out(g) W from W rho_in(g) over maps W [k, out, in].
local function deviation(W, g, from, to)
  return largest(to:rho(g):matmul(W) - W:matmul(from:rho(g)))
end

describe("a basis", function()
  it("holds equivariant maps", function()
    local from, to = 2 + V + V ^ 2, V ^ 2 + 3 * V + 1
    for _, g in ipairs { O3, Oxz, group.SO(3), group.D(3):embed(3, { 1, 3 }),
      group.S(3), group.SL(3), group.SE(2), group.lorentz(3),
      group.union { group.SO(3), group.scaling(3) } } do
      local W = g:basis(from, to):elements()
      local elements = g:sample { n = 5, seed = 3, method = "walk" }
      for i = 1, 5 do
        local h = elements[i]
        local bound = 1e-11 * (to:rho(h):norm():item()
          + from:rho(h):norm():item())
        assert.is_true(deviation(W, h, from, to) < bound, g.name)
      end
    end
  end)

  it("holds maps of duals", function()
    local from, to = V:dual() + V * V:dual(), V ^ 2 * V:dual() + V
    local g = group.SL(2)
    local W = g:basis(from, to):elements()
    assert.equal(g:dim(from, to), W.shape[1])
    assert.is_true(W.shape[1] > 0)
    local h = g:sample { seed = 1 }
    assert.is_true(deviation(W, h, from, to) < 1e-11)
  end)

  it("is orthonormal", function()
    local b = Oxy:basis(2 + V, V ^ 2 + V ^ 3)
    local e = b:elements():reshape(b:dim(), -1)
    assert.is_true(largest(e:matmul(e:transpose())
      - weyl.eye(b:dim(), nil, "f64")) < 1e-13)
  end)

  it("has the known elements", function()
    local e = group.SO(3):basis(V ^ 2, V):elements()
    assert.same({ 1, 3, 9 }, e.shape)
    local levi = weyl.tensor({
      { 0, 0, 0, 0, 0, 1, 0, -1, 0 }, { 0, 0, -1, 0, 0, 0, 1, 0, 0 },
      { 0, 1, 0, -1, 0, 0, 0, 0, 0 } }, "f64") / math.sqrt(6)
    assert.is_true(largest(e[1] - levi) < 1e-14)
    local mean = group.Z(5):basis(V):elements()
    assert.is_true(largest(mean - 1 / math.sqrt(5)) < 1e-14)
    local trace = O3:basis(V ^ 2):elements():reshape(3, 3)
    assert.is_true(largest(trace - weyl.eye(3, 3, "f64") / math.sqrt(3))
      < 1e-14)
  end)

  it("says what it is", function()
    assert.equal("equivariant maps V -> V under O(3): dimension 1",
      tostring(O3:basis(V, V)))
    assert.equal("invariants of V^2 under O(3): dimension 1",
      tostring(O3:basis(V ^ 2)))
    assert.equal("equivariant maps V -> V^0 under SO(3): dimension 0\n"
      .. "SO(3) moves every linear map V -> V^0 but 0, so an equivariant\n"
      .. "linear layer is 0 there. Products of 2 inputs do better:\n"
      .. "V^2 -> V^0 has dimension 1. Multiply features first "
      .. "(rep.multiply;\nnn.emlp does so in every block), or use nonlinear "
      .. "invariants such as lengths.", tostring(group.SO(3):basis(V, 1)))
  end)

  it("says why there is nothing", function()
    assert.is_nil(O3:basis(V, V):why())
    assert.equal("invariants of V under O(3): dimension 0\n"
      .. "O(3) moves every vector of V but 0: a bias there must be 0.",
      tostring(O3:basis(V)))
    assert.equal("One of the representations has no entries.",
      O3:basis(0 * V, V):why())
    assert.matches("Products of up to 4 inputs give none either%.",
      group.scaling(3):basis(V, 1):why())
    assert.matches("%(2%*V%)%^2 %-> V%^2 has dimension 64%.",
      group.scaling(2):basis(2 * V, V ^ 2):why())
  end)

  it("does not say that what was not tried is not there", function()
    local why = group.SO(8):basis(V ^ 3, V ^ 2):why()
    assert.matches("Products of inputs were not tried: too large%.$", why)
  end)

  it("has random elements", function()
    local b = O3:basis(V + 1, V ^ 2 + V)
    local W = b:random { seed = 3 }
    assert.same({ 12, 4 }, W.shape)
    assert.is_true(largest(b:projector()(W) - W) < 1e-14)
    assert.equal(0, largest(W - b:random { seed = 3 }))
    assert.is_true(largest(W - b:random { seed = 4 }) > 1e-2)
    assert.same({ 9 }, O3:basis(V ^ 2):random().shape)
    local ok, message = pcall(b.random, b, { seed = "x" })
    assert.is_false(ok)
    assert.matches("basis:random: argument 'seed' must be an integer, got "
      .. "'x'", message)
  end)

  it("may be empty", function()
    local b = O3:basis(V, scalar)
    assert.equal(0, b:dim())
    assert.same({ 0, 1, 3 }, b:elements().shape)
    assert.equal(0, largest(b:matrix()))
    assert.equal(0, largest(b:projector()(weyl.ones(1, 3))))
  end)

  -- A rotation by a small angle beside one of another plane by any angle.
  it("sees small constraints by their singular values", function()
    for _, angle in ipairs { 1e-2, 1e-4, 3e-6 } do
      local c, s = math.cos(angle), math.sin(angle)
      local g = group.union { group.SO(2):embed(4, { 1, 2 }), group.new {
        discrete = { { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, c, -s },
          { 0, 0, s, c } } }, check = false } }
      assert.equal(0, g:dim(V))
      assert.near(2, math.log(g:basis(V):gap().dropped) / math.log(angle),
        0.02)
    end
  end)

  -- The same in 224 planes of many, turned so that all entries are tied: too
  -- large for singular values.
  it("that is not clearly separated is an error #slow", function()
    local d, t = 450, 1e-4
    local R = {}
    for i = 1, d do
      R[i] = {}
      for j = 1, d do R[i][j] = i == j and 1 or 0 end
    end
    for k = 1, d - 2, 2 do
      R[k][k], R[k + 1][k + 1] = math.cos(t), math.cos(t)
      R[k][k + 1], R[k + 1][k] = -math.sin(t), math.sin(t)
    end
    weyl.seed(1)
    local Q = weyl.orthogonal(d, d, "f64")
    local u = Q:slice(2, 1, 1)
    local g = group.new { check = false, discrete = {
      weyl.eye(d, d, "f64") - 2 * u:matmul(u:transpose()),
      Q:matmul(weyl.tensor(R, "f64")):matmul(Q:transpose()) } }
    local ok, message = pcall(g.dim, g, V)
    assert.is_false(ok)
    assert.matches("basis: the invariants of rank 1 are not clearly "
      .. "separated: the constraints have an eigenvalue of %d.%de%-0%d "
      .. "relative to their size; it must be below 1e%-12 or above 1e%-06",
      message)
  end)

  it("rejects what is no representation", function()
    local ok, message = pcall(O3.dim, O3, "V")
    assert.is_false(ok)
    assert.matches("group:dim: argument 'rep_in' must be a representation or "
      .. "a number of scalars, got 'V'", message)
    ok, message = pcall(O3.dim, V, V)
    assert.is_false(ok)
    assert.matches("group:dim: call it as g:dim%(%.%.%.%), with a colon",
      message)
  end)
end)

describe("the sum of bases", function()
  local from, to = V + 1, V ^ 2 + V
  local a, b = Oxy:basis(from, to), Oyz:basis(from, to)
  local sum = a:sum(b)

  it("has the dimension of a sum of spaces", function()
    local both = group.union { Oxy, Oyz }:dim(from, to)
    assert.equal(a:dim() + b:dim() - both, sum:dim())
    assert.equal(a:dim(), a:sum(a):dim())
    assert.equal(sum:dim(), b:sum(a):sum(O3:basis(from, to)):dim())
    assert.equal("equivariant maps V + V^0 -> V^2 + V under O(2) on axes "
      .. "1,2 of 3 + under O(2) on axes 2,3 of 3: dimension 16",
      tostring(sum))
  end)

  it("is orthonormal and contains both", function()
    local e = sum:elements():reshape(sum:dim(), -1)
    assert.is_true(largest(e:matmul(e:transpose())
      - weyl.eye(sum:dim(), nil, "f64")) < 1e-13)
    local P = sum:matrix()
    for _, part in ipairs { a, b } do
      assert.is_true(largest(P:matmul(part:matrix()) - part:matrix())
        < 1e-13)
    end
  end)

  it("has a projector by blocks", function()
    weyl.seed(7)
    local W = weyl.normal({ 12, 4 }, 0, 1, "f64")
    local flat = sum:matrix():matmul(W:reshape(-1))
    assert.is_true(largest(sum:projector()(W):reshape(-1) - flat) < 1e-13)
    assert.is_true(largest(sum:random { seed = 1 }
      - sum:projector()(sum:random { seed = 1 })) < 1e-13)
  end)

  it("needs maps between the same representations", function()
    local ok, message = pcall(a.sum, a, Oxy:basis(V, V))
    assert.is_false(ok)
    assert.matches("basis:sum: the other maps go V %-> V, these V %+ V%^0 "
      .. "%-> V%^2 %+ V", message)
    ok, message = pcall(a.sum, a, 3)
    assert.is_false(ok)
    assert.matches("basis:sum: argument 'other' must be a basis, got 3",
      message)
  end)
end)

describe("the meeting of bases", function()
  it("is equivariant under both groups", function()
    local a, b = Oxy:basis(V ^ 2, V ^ 2), Oyz:basis(V ^ 2, V ^ 2)
    assert.equal(O3:dim(V ^ 2, V ^ 2), a:intersect(b):dim())
    local ok, message = pcall(a.intersect, a, a:sum(b))
    assert.is_false(ok)
    assert.matches("basis:intersect: argument 'other' must be a basis under "
      .. "one group, as this one", message)
  end)
end)

describe("a projector", function()
  it("gives the exact fixtures of rank 2", function()
    local W = weyl.arange(9):reshape(3, 3):to "f64"
    for _, case in ipairs(tables.rank2) do
      local text, expected, residual = table.unpack(case)
      local p = tables.value(text):basis(V, V):projector()(W)
      assert.is_true(largest(p - weyl.tensor(expected, "f64")) < 1e-13)
      assert.near(residual, squares(W - p), 1e-11)
    end
  end)

  it("gives the fixtures of rank 4", function()
    local W = ((weyl.arange(81) - 1):to "f64" / 81):reshape(9, 9)
    assert.near(26.502058, squares(W), 5e-7)
    for _, case in ipairs(tables.rank4) do
      local text, residual, trace = table.unpack(case)
      local b = tables.value(text):basis(V ^ 2, V ^ 2)
      assert.near(residual, squares(W - b:projector()(W)), 5e-7)
      assert.near(trace, b:matrix():trace():item(), 1e-12)
    end
  end)

  it("is symmetric and idempotent", function()
    for _, g in ipairs { O3, Oyz, group.SL(2), group.SE(2), group.S(4) } do
      local p = g:basis(V ^ 2, V ^ 2):matrix()
      assert.is_true(largest(p:matmul(p) - p) < 1e-13, g.name)
      assert.is_true(largest(p - p:transpose()) < 1e-15, g.name)
      assert.near(g:dim(V ^ 2, V ^ 2), p:trace():item(), 1e-10)
    end
  end)

  it("of a group and of a subgroup fit", function()
    local P = O3:basis(V ^ 3):matrix()
    local S = group.SO(3):basis(V ^ 3):matrix()
    for r = 2, 4 do
      local p, q = O3:basis(V ^ r):matrix(), Oxy:basis(V ^ r):matrix()
      assert.is_true(largest(p:matmul(q) - p) < 1e-13)
    end
    assert.is_true(largest(P:matmul(S) - P) < 1e-14)
  end)

  -- The O(2)'s of three planes generate O(3): the eigenvalue 3 of the sum of
  -- their projectors is as often there as O(3) has invariants.
  it("of three planes meet in that of O(3)", function()
    local following = { 1, 1.5, 1, 1.75 }
    for r = 1, 4 do
      local sum = Oxy:basis(V ^ r):matrix() + Oyz:basis(V ^ r):matrix()
        + Oxz:basis(V ^ r):matrix()
      local w = sum:eigh():totable()
      local dim = O3:dim(V ^ r)
      for k = 1, dim do assert.near(3, w[#w + 1 - k], 1e-12) end
      assert.near(following[r], w[#w - dim], 1e-12)
    end
  end)

  it("of two planes commute for odd ranks only", function()
    local most = { 0, 0.25, 0, 0.234375 }
    for r = 1, 4 do
      local p, q = Oxy:basis(V ^ r):matrix(), Oyz:basis(V ^ r):matrix()
      assert.near(most[r], largest(p:matmul(q) - q:matmul(p)), 1e-3)
    end
  end)

  it("works by blocks as by matrix", function()
    local from, to = 2 + 3 * V + V ^ 2 + V, V + 2 * V ^ 2 + 1
    weyl.seed(1)
    for _, g in ipairs { Oxy, group.SO(3), group.S(3), group.SL(3) } do
      local b = g:basis(from, to)
      local W = weyl.normal({ to:size(g), from:size(g) }, 0, 1, "f64")
      local flat = b:matrix():matmul(W:reshape(-1))
      assert.is_true(largest(b:projector()(W):reshape(-1) - flat) < 1e-13)
    end
  end)

  it("takes biases along", function()
    local from, to = 1 + V, 2 + V ^ 2
    weyl.seed(2)
    local W, b = weyl.normal { 11, 4 }, weyl.normal { 11 }
    local _, pb = O3:basis(from, to):projector()(W, b)
    local expected = O3:basis(to):matrix():to "f32":matmul(b)
    assert.same({ 11 }, pb.shape)
    assert.is_true(largest(pb - expected) < 1e-6)
    assert.is_true(largest(O3:basis(to):projector()(b) - expected) < 1e-6)
  end)

  it("rejects weights of another shape", function()
    local ok, message = pcall(O3:basis(V, V ^ 2):projector(),
      weyl.zeros(9, 4))
    assert.is_false(ok)
    assert.matches("block_map: W has shape %[9, 4%]; the input "
      .. "representation needs dimension 2 to be 3, not 4", message)
  end)
end)
