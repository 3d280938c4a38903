-- group_algebra_spec.lua: Lie algebras of groups: dimensions, brackets, the
-- Killing form, exp and log, against closed forms.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group

local function largest(x) return x:abs():max():item() end

local function eye(n) return weyl.eye(n, n, "f64") end

-- Dimension of the algebra: { group, number }.
local dimensions = {
  { group.trivial(3), 0 }, { group.SO(1), 0 }, { group.SO(2), 1 },
  { group.SO(5), 10 }, { group.O(4), 6 }, { group.SO(2, 3), 10 },
  { group.O(1, 3), 6 }, { group.SO_plus(2, 2), 6 }, { group.lorentz(5), 10 },
  { group.lorentz(2), 1 }, { group.scaling(4), 1 }, { group.GL(3), 9 },
  { group.SL(4), 15 }, { group.Sp(1), 3 }, { group.Sp(3), 21 },
  { group.U(1), 1 }, { group.U(3), 9 }, { group.SU(1), 0 },
  { group.SU(2), 3 }, { group.SU(4), 15 }, { group.USp(1), 3 },
  { group.USp(2), 10 }, { group.translations(3), 3 }, { group.SE(2), 3 },
  { group.SE(3), 6 }, { group.E(3), 6 }, { group.affine(group.GL(2)), 6 },
  { group.S(5), 0 }, { group.cube(), 0 },
}

describe("the Lie algebra", function()
  for _, case in ipairs(dimensions) do
    local g, dim = table.unpack(case)
    it("has the known dimension: " .. g.name, function()
      assert.equal(dim, g:dim())
      assert.same({ dim, g.d, g.d }, g:algebra().shape)
    end)
  end

  it("has an orthonormal basis", function()
    for _, g in ipairs { group.GL(3), group.SU(3), group.SE(3), group.Sp(2),
      group.union { group.SO(4), group.O(4) } } do
      local a = g:algebra():reshape(g:dim(), g.d * g.d)
      assert.is_true(largest(a:matmul(a:transpose()) - eye(g:dim())) < 1e-14)
    end
  end)

  it("keeps familiar generators", function()
    local a = group.SO(3):algebra() * math.sqrt(2)
    assert.is_true(largest(a - weyl.tensor(group.SO(3).lie, "f64")) < 1e-15)
  end)

  it("is closed under brackets", function()
    local planes = group.union { group.O(2):embed(3, { 1, 2 }),
      group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }
    assert.equal(3, planes:dim())
    local two = group.union { group.SO(2):embed(3, { 1, 2 }),
      group.SO(2):embed(3, { 2, 3 }) }
    assert.equal(3, two:dim())
    local chain = group.union { group.SO(2):embed(5, { 1, 2 }),
      group.SO(2):embed(5, { 2, 3 }), group.SO(2):embed(5, { 3, 4 }),
      group.SO(2):embed(5, { 4, 5 }) }
    assert.equal(10, chain:dim())
    local shears = group.new { lie = { { { 0, 1 }, { 0, 0 } },
      { { 0, 0 }, { 1, 0 } } } }
    assert.equal(3, shears:dim())
  end)

  it("is closed under conjugation by discrete elements", function()
    local g = group.union { group.SO(2):embed(4, { 1, 2 }), group.Z(4) }
    assert.equal(6, g:dim())
    local h = group.union { group.SO(2):embed(4, { 1, 2 }),
      group.reflection(4, 3) }
    assert.equal(1, h:dim())
  end)

  it("does not depend on the length of generators", function()
    for _, c in ipairs { 1e-8, 1, 1e8 } do
      local g = group.new { lie = { { { 0, -c }, { c, 0 } },
        { { 0, 0 }, { 0, 0 } } } }
      assert.equal(1, g:dim())
    end
  end)

  it("is an error when generators are nearly dependent", function()
    fails("group:algebra: a singular value of 7.1e-10 is neither 0 nor "
      .. "clearly not; the generators are nearly dependent", function()
        local g = group.new { lie = { { { 0, -1 }, { 1, 0 } },
          { { 1e-9, -1 }, { 1, 1e-9 } } } }
        g:dim()
      end)
  end)
end)

describe("structure constants", function()
  local function bracket(a, b) return a:matmul(b) - b:matmul(a) end

  it("give the brackets of the basis", function()
    for _, g in ipairs { group.SL(2), group.SE(2), group.USp(1),
      group.lorentz() } do
      local a, c, k = g:algebra(), g:structure_constants(), g:dim()
      for i = 1, k do
        for j = 1, k do
          local sum = weyl.einsum("k,kab->ab", { c[i][j], a })
          assert.is_true(largest(bracket(a[i], a[j]) - sum) < 1e-14)
        end
      end
    end
  end)

  it("satisfy Jacobi's identity", function()
    for _, g in ipairs { group.SO(4), group.SU(3), group.Sp(2), group.SE(3),
      group.affine(group.GL(2)) } do
      local c = g:structure_constants()
      assert.is_true(largest(c + c:permute(2, 1, 3)) < 1e-14)
      local twice = weyl.einsum("ijl,lkm->ijkm", { c, c })
      local sum = twice + twice:permute(2, 3, 1, 4) + twice:permute(3, 1, 2, 4)
      assert.is_true(largest(sum) < 1e-14)
    end
  end)

  it("of so(3) are the cross product's", function()
    local c = group.SO(3):structure_constants() * math.sqrt(2)
    assert.is_true(math.abs(c[1][2][3]:abs():item() - 1) < 1e-15)
    assert.equal(6, c:abs():gt(1e-14):sum():item())
    assert.is_true(math.abs(c:norm():item() - math.sqrt(6)) < 1e-14)
  end)

  it("vanish for no algebra", function()
    assert.same({ 0, 0, 0 }, group.C(4):structure_constants().shape)
    assert.same({ 0, 0 }, group.C(4):killing().shape)
  end)
end)

describe("the Killing form", function()
  -- Multiples of the trace form: K(X, Y) = c trace(X Y), for a basis with
  -- trace(A^T B) = 1.
  it("has its closed forms", function()
    -- so(n): (n - 2) trace; su(n) as n x n: 2 n trace, half in real 2n x 2n
    for _, case in ipairs { { group.SO(3), -1 }, { group.SO(5), -3 },
      { group.SU(2), -2 }, { group.SU(3), -3 } } do
      local g, c = table.unpack(case)
      assert.is_true(largest(g:killing() - c * eye(g:dim())) < 1e-13, g.name)
    end
    local a = group.SL(3):algebra()
    local trace = weyl.einsum("iab,jba->ij", { a, a })
    assert.is_true(largest(group.SL(3):killing() - 6 * trace) < 1e-13)
  end)

  -- so(3) with [L_i, L_j] = +-L_k has K = -2 |.|^2; the basis is L / sqrt 2.
  it("of so(3) is -2 on the usual generators", function()
    local g = group.SO(3)
    local z = g:coordinates(weyl.tensor(g.lie, "f64"))
    local k = z:matmul(g:killing()):matmul(z:transpose())
    assert.is_true(largest(k + 2 * eye(3)) < 1e-14)
  end)

  it("is negative definite for compact semisimple groups alone", function()
    local function greatest(g) return g:killing():eigh():max():item() end
    for _, g in ipairs { group.SO(3), group.SO(4), group.SU(3),
      group.USp(2), group.O(5) } do
      assert.is_true(greatest(g) < -0.5, g.name)
      assert.is_true(g:is_semisimple(), g.name)
    end
    for _, g in ipairs { group.SO(2), group.U(2), group.SL(2), group.Sp(2),
      group.lorentz(), group.SE(3), group.GL(3) } do
      assert.is_true(greatest(g) > -1e-13, g.name)
    end
  end)

  it("tells semisimple algebras", function()
    for _, g in ipairs { group.SL(2), group.SL(3), group.Sp(2),
      group.lorentz(), group.SO_plus(2, 2) } do
      assert.is_true(g:is_semisimple(), g.name)
    end
    for _, g in ipairs { group.SO(2), group.U(2), group.GL(2), group.SE(3),
      group.scaling(3), group.S(4), group.translations(2) } do
      assert.is_false(g:is_semisimple(), g.name)
    end
  end)
end)

describe("exp and log", function()
  local z = weyl.tensor({ 0.3, -0.5, 0.7 }, "f64")

  it("of a plane is the rotation", function()
    local h = group.SO(2):exp { math.sqrt(2) * 0.4 }:totable()
    assert.is_true(math.abs(h[1][1] - math.cos(0.4)) < 1e-15)
    assert.is_true(math.abs(h[2][1] - math.sin(0.4)) < 1e-15)
  end)

  it("are inverse to each other", function()
    for _, g in ipairs { group.SO(4), group.SU(2), group.SL(3), group.SE(3),
      group.lorentz(), group.USp(1), group.affine(group.GL(2)) } do
      local all = weyl.normal({ 5, g:dim() }, 0, 0.4, "f64", "exp"):eval()
      local h = g:exp(all, "coefficients")
      assert.same({ 5, g.d, g.d }, h.shape)
      assert.is_true(largest(g:log(h) - all) < 1e-12, g.name)
      assert.is_true(largest(g:log(h[2]) - all[2]) < 1e-12, g.name)
      assert.is_true(g:contains(h[1]), g.name)
    end
  end)

  it("take matrices", function()
    local g = group.SO(4)
    local a = g:algebra():sum(1)
    assert.is_true(largest(g:exp(a) - g:exp(weyl.ones(6))) < 1e-15)
    local several = g:exp(weyl.stack { a, 2 * a })
    assert.is_true(largest(several[2] - g:exp(2 * weyl.ones(6))) < 1e-14)
    assert.is_true(largest(g:coordinates(a) - 1) < 1e-15)
  end)

  it("ask which it is where both are possible", function()
    local g = group.SO(3)
    local a = g:algebra():sum(1)
    fails("group:exp: a tensor [3, 3] may mean rows of coefficients or a "
      .. "matrix; say which: exp(z, 'coefficients') or exp(z, 'matrix')",
      function() g:exp(a) end)
    assert.is_true(largest(g:exp(a, "matrix") - g:exp { 1, 1, 1 }) < 1e-15)
    assert.is_true(largest(g:exp(eye(3), "coefficients")[1]
      - g:exp { 1, 0, 0 }) < 1e-15)
    fails("group:exp: argument 'as' must be 'coefficients' or 'matrix', got "
      .. "'matrices'", function() g:exp(a, "matrices") end)
  end)

  it("have derivatives", function()
    local g = group.SO(3)
    local function f(x) return g:exp(x)[1][2] end
    local slope = weyl.grad(f)(z)
    local e = 1e-5
    for i = 1, 3 do
      local step = weyl.arange(3):eq(i):to "f64" * e
      local rate = (f(z + step) - f(z - step)):item() / (2 * e)
      assert.is_true(math.abs(rate - slope[i]:item()) < 1e-9)
    end
  end)

  it("of the identity and its neighbours", function()
    local g = group.SO(3)
    assert.equal(0, largest(g:log(eye(3))))
    local near = g:exp(z * 1e-9)
    assert.is_true(largest(g:log(near) - z * 1e-9) < 1e-15)
  end)

  it("say what they cannot do", function()
    local g = group.SO(2)
    fails("group:log: h has no principal logarithm: its eigenvalue -1 lies "
      .. "on the closed negative real axis",
      function() g:log { { -1, 0 }, { 0, -1 } } end)
    fails("group:log: h[2] has no principal logarithm: its eigenvalue -1 lies "
      .. "on the closed negative real axis",
      function() g:log { { { 1, 0 }, { 0, 1 } }, { { -1, 0 }, { 0, -1 } } }
      end)
    fails("group:log: the principal logarithm does not lie in the algebra of "
      .. "SO(2): 1 of its length lies outside",
      function() g:log { { 2, 0 }, { 0, 2 } } end)
    fails("group:log: argument 'h' must be a matrix [2, 2] or several [n, 2, "
      .. "2], got a tensor f32 [3, 3]", function() g:log(weyl.eye(3)) end)
    fails("group:log: argument 'h' has entries that are not finite",
      function() g:log { { 0 / 0, 0 }, { 0, 1 } } end)
    fails("group:exp: argument 'z' must be coefficients [1] or [n, 1] or a "
      .. "matrix [2, 2], got a tensor f64 [2]",
      function() g:exp { 1, 2 } end)
    fails("group:exp: argument 'z' must be a tensor, got nil",
      function() g:exp() end)
    fails("group:exp: the matrix does not lie in the algebra of SO(2): 1 of "
      .. "its length lies outside", function() g:exp { { 1, 0 }, { 0, 1 } }
      end)
    fails("group:coordinates: the matrix does not lie in the algebra of "
      .. "SO(2): 0.71 of its length lies outside",
      function() g:coordinates { { 1, -1 }, { 1, 1 } } end)
  end)
end)

describe("an orbit's dimension", function()
  it("is that of the surface", function()
    assert.equal(2, group.SO(3):orbit_dim { 1, 2, 3 })
    assert.equal(0, group.SO(3):orbit_dim { 0, 0, 0 })
    assert.equal(1, group.SO(2):embed(3, { 1, 2 }):orbit_dim { 1, 2, 3 })
    assert.equal(0, group.SO(2):embed(3, { 1, 2 }):orbit_dim { 0, 0, 3 })
    assert.equal(3, group.SL(3):orbit_dim { 1, 0, 0 })
    assert.equal(5, group.SU(3):orbit_dim { 1, 0, 0, 0, 0, 0 })
    assert.equal(3, group.lorentz():orbit_dim { 1, 0, 0, 0 })
    assert.equal(3, group.lorentz():orbit_dim { 1, 1, 0, 0 })
    assert.equal(2, group.SE(2):orbit_dim { 5, 7, 1 })
    assert.equal(0, group.S(4):orbit_dim { 1, 2, 3, 4 })
  end)

  it("asks for a vector of V", function()
    fails("group:orbit_dim: argument 'v' must be a vector of 3 finite "
      .. "numbers, got a table",
      function() group.SO(3):orbit_dim { 1, 2 } end)
  end)
end)

describe("compactness", function()
  it("is that of the group's closure", function()
    local shear = { { 1, 2, 0 }, { 0, 1, 0 }, { 0, 0, 3 } }
    for _, g in ipairs { group.SO(3), group.U(2), group.S(4), group.C(5),
      group.SO(3):conjugate(shear), group.O(3):conjugate(shear),
      group.D(3):conjugate { { 1, 5 }, { 0, 1 } },
      group.direct { group.SO(2), group.C(3) }:conjugate { { 1, 1, 0, 0 },
        { 0, 1, 1, 0 }, { 0, 0, 1, 1 }, { 0, 0, 0, 1 } } } do
      assert.is_true(g:is_compact(), g.name)
    end
    for _, g in ipairs { group.SL(2), group.lorentz(), group.scaling(2),
      group.SE(3), group.translations(2), group.Sp(2), group.GL(2),
      group.new { discrete = { { { 2, 0 }, { 0, 0.5 } } }, check = false },
      group.new { discrete = { { { 1, 1 }, { 0, 1 } } }, check = false } } do
      assert.is_false(g:is_compact(), g.name)
    end
  end)
end)
