-- group_sample_spec.lua: uniform elements: moments against the projectors of
-- the bases, against closed forms, and frequencies in finite groups. Bounds
-- are four or more standard deviations of the mean.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group
local V = weyl.rep.V

local function largest(x) return x:abs():max():item() end

-- Whether the mean of x over its first dimension is `expected`, to five
-- standard deviations of each entry.
local function mean_is(x, expected)
  local n = x.shape[1]
  local spread = x:var(1):sqrt() / math.sqrt(n)
  local off = (x:mean(1) - expected):abs()
  return not (off - 5 * spread):max():gt(1e-12):item()
end

local uniform = { group.trivial(2), group.SO(3), group.O(3), group.O(2),
  group.reflection(3), group.parity(), group.U(1), group.U(2), group.SU(2),
  group.SU(3), group.USp(1), group.USp(2), group.C(5), group.D(4),
  group.S(4), group.Alt(4), group.Alt(2), group.Z(5), group.cube(),
  group.ZkxZnxZn(2, 2), group.O(2):embed(3, { 3, 1 }),
  group.SU(2):embed(5, { 5, 1, 2, 4 }), group.D(3):embed(3, { 1, 3 }),
  group.direct { group.SO(2), group.S(3) },
  group.kron { group.SO(2), group.C(3) },
  group.wreath(group.O(2), group.Z(3)), group.wreath(group.C(3), group.S(2)),
  group.new { discrete = group.D(6).discrete }, group.icosahedral(),
  group.tetrahedral(true), group.B(3), group.B(1),
  group.union { group.reflection(2, 1), group.C(4) } }

describe("uniform elements", function()
  for _, g in ipairs(uniform) do
    -- The mean of rho(g) over the group is the projector onto invariants.
    it("of " .. g.name .. " have the projector as their mean", function()
      local n = 1500
      local h = g:sample { n = n, seed = 11, method = "haar" }
      assert.same({ n, g.d, g.d }, h.shape)
      assert.is_true(mean_is(h, g:basis(V):matrix()))
      local square = weyl.einsum("nij,nkl->nikjl", { h, h })
        :reshape(n, g.d * g.d, g.d * g.d)
      assert.is_true(mean_is(square, g:basis(V ^ 2):matrix()))
      for i = 1, 4 do assert.is_true(g:contains(h[i])) end
    end)
  end

  it("of conjugates have the conjugate mean", function()
    local m = weyl.tensor({ { 1, 2, 0 }, { 0, 1, 1 }, { 0, 0, 1 } }, "f64")
    for _, g in ipairs { group.O(2):embed(3, { 1, 2 }), group.S(3) } do
      local c = g:conjugate(m)
      local h = c:sample { n = 1500, seed = 2, method = "haar" }
      local p = m:matmul(g:basis(V):matrix()):matmul(m:inv())
      assert.is_true(mean_is(h, p))
      assert.is_true(c:contains(h[1]))
    end
  end)

  -- E |tr|^2k = k! in U(n) for k <= n; the same in SU(n) for k < n, and
  -- E tr^n = 1 there, 0 in U(n) (P. Diaconis and M. Shahshahani, "On the
  -- eigenvalues of random matrices", J. Appl. Probab. 31A, 1994). In USp(m)
  -- E tr^2k = (2k - 1)!! for k <= m; SU(2) has the Catalan numbers.
  it("have traces with the known moments", function()
    local function traces(g)
      local h = g:sample { n = 6000, seed = 3 }
      local n = g.d // 2
      local left = h:slice(3, 1, n)
      return left:slice(2, 1, n):trace(), left:slice(2, n + 1, 2 * n):trace()
    end
    local re, im = traces(group.U(3))
    local size = re:square() + im:square()
    assert.is_true(mean_is(size, 1))
    assert.is_true(mean_is(size ^ 2, 2))
    assert.is_true(mean_is(size ^ 3, 6))
    assert.is_true(mean_is(re ^ 3 - 3 * re * im ^ 2, 0))
    re, im = traces(group.SU(3))
    size = re:square() + im:square()
    assert.is_true(mean_is(size, 1))
    assert.is_true(mean_is(size ^ 2, 2))
    assert.is_true(mean_is(re ^ 3 - 3 * re * im ^ 2, 1))
    re, im = traces(group.SU(2))
    assert.is_true(largest(im) < 1e-14)
    for k, catalan in ipairs { 1, 2, 5 } do
      assert.is_true(mean_is(re ^ (2 * k), catalan))
    end
    re, im = traces(group.USp(2))
    assert.is_true(largest(im) < 1e-14)
    assert.is_true(mean_is(re ^ 2, 1))
    assert.is_true(mean_is(re ^ 4, 3))
  end)

  it("come equally often in finite groups", function()
    for _, g in ipairs { group.B(3), group.D(5), group.Alt(4), group.S(4),
      group.Z(7), group.cube(), group.C(6),
      group.D(3):conjugate { { 1, 1 }, { 0, 1 } },
      group.new { discrete = group.D(4).discrete } } do
      local e, n = g:elements(), 3000
      local k, size = e.shape[1], g.d * g.d
      local h = g:sample { n = n, seed = 8 }:reshape(n, 1, size)
      local far = (h - e:reshape(1, k, size)):abs():max(3)
      assert.is_true(largest(far:min(2)) < 1e-12)
      local counts = far:lt(1e-9):sum(1):to "f64"
      local chi = ((counts - n / k):square() * (k / n)):sum():item()
      -- of k - 1 degrees of freedom: mean k - 1, variance 2 (k - 1)
      assert.is_true(chi < k - 1 + 6 * math.sqrt(2 * k), g.name)
    end
  end)

  it("are there for permutations of any number of things", function()
    for _, g in ipairs { group.S(60), group.Alt(60), group.Z(60) } do
      local h = g:sample { n = 20, seed = 1, method = "haar" }
      assert.equal(0, largest(h:sum(2) - 1))
      assert.equal(0, largest(h:sum(3) - 1))
      for i = 1, 20 do assert.is_true(g:contains(h[i])) end
    end
  end)

  it("are the default where they are known", function()
    for _, g in ipairs { group.S(4), group.SU(2), group.cube(),
      group.O(3) } do
      local a = g:sample { n = 4, seed = 1 }
      assert.equal(0, largest(a - g:sample { n = 4, seed = 1,
        method = "haar" }))
    end
    local g = group.lorentz()
    local a = g:sample { n = 4, seed = 1 }
    assert.equal(0, largest(a - g:sample { n = 4, seed = 1,
      method = "walk" }))
  end)

  it("are not known for every group", function()
    local c, s = math.cos(1), math.sin(1)
    for _, g in ipairs { group.SL(2), group.SE(2), group.lorentz(),
      group.new { lie = group.SO(3).lie, name = "so(3)" },
      group.direct { group.SO(2), group.SL(2) },
      group.kron { group.scaling(2), group.C(3) },
      group.SL(2):embed(3, { 1, 2 }), group.Sp(1):conjugate { { 1, 1 },
        { 0, 1 } }, group.new { discrete = { { { c, -s }, { s, c } } },
        check = false } } do
      fails("sample: no uniform (Haar) sampler is known for " .. g.name
        .. "; use method = 'walk'",
        function() g:sample { method = "haar" } end)
    end
  end)

  it("serve the equivariance error", function()
    local function square(x) return x:square() end
    local SU2 = group.SU(2)
    local function err(f)
      return (weyl.symmetry.equivariance_error(f, SU2, { rep_in = V,
        rep_out = V, method = "haar", seed = 1 }))
    end
    assert.is_true(err(square) > 0.1)
    assert.is_true(err(function(x) return x end) < 1e-6)
  end)
end)
