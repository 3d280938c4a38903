-- harmonics_spec.lua: harmonic polynomials and the matrices that act on them,
-- held to closed forms, the addition theorem and finite differences.

local fails = require "spec.tensor.fails"
local harmonics = require "weyl.rep.harmonics"
local weyl = require "weyl"
local solid, spherical = harmonics.solid_harmonics,
  harmonics.spherical_harmonics
local circular, psi_matrix = harmonics.circular_harmonics, harmonics.psi_matrix

local EPS = 2 ^ -52

local function largest(x) return x:abs():max():item() end

local function f64(t) return weyl.tensor(t, "f64") end

local function eye(n) return weyl.eye(n):to "f64" end

-- n unit vectors [n, 3], the poles and an equatorial point among them.
local function directions(n)
  weyl.seed(3)
  local x = weyl.normal({ n - 3, 3 }, 0, 1, "f64")
  local unit = x / x:norm(2, true)
  return weyl.concat { unit, f64 { { 0, 0, 1 }, { 0, 0, -1 }, { 0, -1, 0 } } }
end

-- An element of O(d) with the determinant asked for.
local function element(seed, sign, d)
  weyl.seed(seed)
  local g = weyl.orthogonal(d or 3, d or 3, "f64")
  local flip = f64(d == 2 and { { -1, 0 }, { 0, 1 } }
    or { { -1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } })
  return g:det():item() * sign > 0 and g or g:matmul(flip)
end

-- A matrix with A^T = -A, by the rotation vector.
local function turn(x, y, z)
  return f64 { { 0, -z, y }, { z, 0, -x }, { -y, x, 0 } }
end

local function derivative(f, d, a)
  local _, tangent = weyl.jvp(f, eye(d), a)
  return tangent
end

-- Central difference of f(exp(t a)) at t = 0 with Richardson's step: the
-- error is h^4 / 30 times the fifth derivative, 1e-12 l^5 for degree l.
local function difference(f, a)
  local function slope(h)
    return (f((a * h):expm()) - f((a * -h):expm())) / (2 * h)
  end
  return (slope(1e-3) * 4 - slope(2e-3)) / 3
end

describe("solid harmonics", function()
  it("are the polynomials of the books", function()
    weyl.seed(1)
    local points = weyl.normal({ 6, 3 }, 0, 1, "f64")
    local x, y, z = points:split(1, 2)
    local r2 = points:square():sum(2, true)
    local pi = math.pi
    local books = {
      [0] = { x * 0 + math.sqrt(1 / (4 * pi)) },
      { y * math.sqrt(3 / (4 * pi)), z * math.sqrt(3 / (4 * pi)),
        x * math.sqrt(3 / (4 * pi)) },
      { x * y * math.sqrt(15 / (4 * pi)), y * z * math.sqrt(15 / (4 * pi)),
        (z * z * 3 - r2) * math.sqrt(5 / (16 * pi)),
        x * z * math.sqrt(15 / (4 * pi)),
        (x * x - y * y) * math.sqrt(15 / (16 * pi)) },
      { y * (x * x * 3 - y * y) * math.sqrt(35 / (32 * pi)),
        x * y * z * math.sqrt(105 / (4 * pi)),
        y * (z * z * 5 - r2) * math.sqrt(21 / (32 * pi)),
        z * (z * z * 5 - r2 * 3) * math.sqrt(7 / (16 * pi)),
        x * (z * z * 5 - r2) * math.sqrt(21 / (32 * pi)),
        z * (x * x - y * y) * math.sqrt(105 / (16 * pi)),
        x * (x * x - y * y * 3) * math.sqrt(35 / (32 * pi)) },
    }
    for l = 0, 3 do
      local Y = solid(l, points)
      assert.same({ 6, 2 * l + 1 }, Y.shape)
      assert.is_true(largest(Y - weyl.concat(books[l], 2)) < 1e-13, l)
    end
  end)

  -- With what follows this fixes every entry: the addition theorem fixes Y up
  -- to an orthogonal matrix, the turning about z leaves a sign and an angle
  -- for every |m|, and the values on the meridian y = 0 fix those. Where
  -- the cosine is 1 up to rounding, P_l is off by its slope l(l + 1) / 2.
  it("keep the addition theorem up to degree 20", function()
    local x = directions(9)
    local cosine = x:matmul(x:transpose())
    local before, now = weyl.ones({ 9, 9 }, "f64"), cosine
    for l = 1, 20 do
      local Y = solid(l, x)
      local expected = now * ((2 * l + 1) / (4 * math.pi))
      assert.is_true(largest(Y:matmul(Y:transpose()) - expected)
        < EPS * (l + 1) ^ 3 / 2, l)
      before, now = now, (cosine * now * (2 * l + 1) - before * l) / (l + 1)
    end
  end)

  it("turn about z by m times the angle", function()
    local x, angle = directions(5), 0.7
    local c, s = math.cos(angle), math.sin(angle)
    local turned = x:matmul(f64 { { c, s, 0 }, { -s, c, 0 }, { 0, 0, 1 } })
    for _, l in ipairs { 1, 4, 20 } do
      local Y, Z = solid(l, x), solid(l, turned)
      for m = 0, l do
        local re, im = Y:slice(2, l + 1 + m, l + 1 + m),
          Y:slice(2, l + 1 - m, l + 1 - m)
        local cm, sm = math.cos(m * angle), math.sin(m * angle)
        assert.is_true(largest(Z:slice(2, l + 1 + m, l + 1 + m)
          - (re * cm - im * sm)) < 1e-13)
        assert.is_true(largest(Z:slice(2, l + 1 - m, l + 1 - m)
          - (re * sm + im * cm)) < 1e-13)
      end
    end
  end)

  it("have no sine part and positive cosines near the north pole", function()
    for l = 1, 20 do
      local Y = solid(l, { math.sin(0.01), 0, math.cos(0.01) })
      assert.equal(0, largest(Y:slice(1, 1, l)))
      assert.is_true(Y:slice(1, l + 1, -1):min():item() > 0)
    end
  end)

  it("are valid on the axis and at 0", function()
    for l = 1, 20 do
      local Y = solid(l, { { 0, 0, 2 }, { 0, 0, -2 }, { 0, 0, 0 } },
        { normalisation = "norm" }):totable()
      for m = -l, l do
        local expected = m == 0 and 2.0 ^ l or 0
        assert.near(expected, Y[1][l + 1 + m], 1e-13 * 2 ^ l)
        assert.near((-1) ^ l * expected, Y[2][l + 1 + m], 1e-13 * 2 ^ l)
        assert.equal(0, Y[3][l + 1 + m])
      end
    end
  end)

  it("are harmonic and homogeneous", function()
    local x = directions(6)
    for _, l in ipairs { 2, 5, 9 } do
      local function Y(p) return solid(l, p) end
      local laplacian, sizes = 0, 0
      for i = 1, 3 do
        local e = eye(3):slice(1, i, i):broadcast_to(6, 3)
        local _, second = weyl.jvp(function(p)
          return (select(2, weyl.jvp(Y, p, e)))
        end, x, e)
        laplacian, sizes = laplacian + second, sizes + second:abs()
      end
      assert.is_true(largest(laplacian) < 64 * EPS * largest(sizes), l)
      local scaled = Y(x * 0.5) * 2 ^ l
      assert.is_true(largest(scaled - Y(x)) < 1e-14, l)
    end
  end)

  -- By a rule whose nodes are the eigenvalues of the Jacobi matrix.
  it("are orthonormal on the sphere", function()
    local n, L = 10, 6
    local jacobi = {}
    for i = 1, n do
      jacobi[i] = {}
      for j = 1, n do
        local k = math.min(i, j)
        jacobi[i][j] = math.abs(i - j) == 1
          and k / math.sqrt(4 * k * k - 1) or 0
      end
    end
    local t, vectors = f64(jacobi):eigh()
    t = t:totable()
    local points, weights = {}, {}
    for i, w in ipairs(vectors:slice(1, 1, 1):flatten():totable()) do
      for k = 1, 2 * n do
        local phi, s = math.pi * k / n, math.sqrt(1 - t[i] ^ 2)
        points[#points + 1] = { s * math.cos(phi), s * math.sin(phi), t[i] }
        weights[#weights + 1] = { 2 * w * w * math.pi / n }
      end
    end
    local all = {}
    for l = 0, L do all[l + 1] = solid(l, points) end
    local Y = weyl.concat(all, 2)
    local gram = Y:transpose():matmul(Y * f64(weights))
    assert.is_true(largest(gram - eye((L + 1) ^ 2)) < 1e-13)
  end)

  it("come in three normalisations", function()
    local x = directions(5) * 1.5
    for _, l in ipairs { 0, 1, 7 } do
      local Y = solid(l, x)
      local component = solid(l, x, { normalisation = "component" })
      local norm = solid(l, x, { normalisation = "norm" })
      assert.is_true(largest(component - Y * math.sqrt(4 * math.pi)) < 1e-13)
      assert.is_true(largest(norm:norm(2) / 1.5 ^ l - 1) < 1e-14)
      assert.is_true(largest(component - norm * math.sqrt(2 * l + 1)) < 1e-13)
    end
  end)

  it("have derivatives, also at the pole and at 0", function()
    local x = f64 { { 0.3, -0.5, 0.8 }, { 0, 0, 1 }, { 0, 0, 0 } }
    weyl.seed(4)
    local t = weyl.normal({ 3, 3 }, 0, 1, "f64")
    for _, l in ipairs { 0, 1, 2, 5 } do
      local function Y(p) return solid(l, p) end
      local _, tangent = weyl.jvp(Y, x, t)
      local h = 1e-3
      local function slope(s) return (Y(x + t * s) - Y(x - t * s)) / (2 * s) end
      local numeric = (slope(h) * 4 - slope(2 * h)) / 3
      assert.is_true(largest(tangent - numeric) < 1e-9, l)
      local ct = weyl.normal({ 3, 2 * l + 1 }, 0, 1, "f64")
      local _, pulled = weyl.vjp(Y, x, ct)
      assert.near((ct * tangent):sum():item(), (pulled * t):sum():item(),
        1e-13)
    end
  end)

  it("keep shape and dtype", function()
    local Y = solid(3, weyl.normal { 2, 4, 3 })
    assert.same({ 2, 4, 7 }, Y.shape)
    assert.equal("f32", Y.dtype)
    assert.same({ 2, 4, 1 }, solid(0, weyl.normal { 2, 4, 3 }).shape)
    local x = directions(8)
    for _, l in ipairs { 4, 20 } do
      local error = solid(l, x:to "f32"):to "f64"
        - solid(l, x:to "f32":to "f64")
      assert.is_true(largest(error) < 4 * l * 2 ^ -23, l)
    end
  end)

  it("reject what they cannot read", function()
    fails("rep.solid_harmonics: argument 'l' must be an integer >= 0, got -1",
      function() solid(-1, { 0, 0, 1 }) end)
    fails("rep.solid_harmonics: argument 'x' must be an f32 or f64 tensor "
      .. "[..., 3], got a tensor f64 [2]",
      function() solid(1, { 0, 0 }) end)
    fails("rep.spherical_harmonics: argument 'x' must be an f32 or f64 tensor "
      .. "[..., 3], got a tensor i64 [3]",
      function() spherical(1, weyl.arange(3)) end)
    fails("rep.solid_harmonics: normalisation must be 'integral' or "
      .. "'component' "
      .. "or 'norm', got 'norn' (did you mean 'norm'?)", function()
        solid(1, { 0, 0, 1 }, { normalisation = "norn" })
      end)
    fails("rep.spherical_harmonics: there is no option 'normalization' (did "
      .. "you mean 'normalisation'?)", function()
        spherical(1, { 0, 0, 1 }, { normalization = "norm" })
      end)
  end)
end)

describe("spherical harmonics", function()
  it("depend on the direction alone, whatever the length", function()
    local x = directions(6)
    for _, l in ipairs { 0, 1, 8 } do
      local Y = solid(l, x)
      for _, length in ipairs { 1, 3.7, 1e-200, 1e200 } do
        local error = spherical(l, x * length) - Y
        assert.is_true(largest(error) < 1e-13, l)
      end
    end
  end)

  it("are their mean at 0, without a slope", function()
    local zero = f64 { 0, 0, 0 }
    local scalar = spherical(0, zero, { normalisation = "norm" })
    assert.near(1, scalar:item(), EPS)
    for l = 1, 3 do
      local function Y(p) return spherical(l, p) end
      local value, tangent = weyl.jvp(Y, zero, f64 { 1, 2, 3 })
      assert.equal(0, largest(value))
      assert.equal(0, largest(tangent))
    end
  end)

  it("have derivatives across the ray only", function()
    local x = f64 { { 0.3, -0.5, 0.8 }, { 0, 0, 2 } }
    local t = f64 { { 0.1, 0.2, -0.1 }, { 0.05, 0.1, 0.3 } }
    local function Y(p) return spherical(4, p) end
    local _, along = weyl.jvp(Y, x, x)
    assert.is_true(largest(along) < 1e-14)
    local _, tangent = weyl.jvp(Y, x, t)
    local function slope(s) return (Y(x + t * s) - Y(x - t * s)) / (2 * s) end
    local numeric = (slope(1e-3) * 4 - slope(2e-3)) / 3
    assert.is_true(largest(tangent - numeric) < 1e-9)
  end)
end)

describe("the matrix of degree l", function()
  it("moves the harmonics up to degree 12", function()
    local x = directions(8)
    for _, sign in ipairs { 1, -1 } do
      local g = element(5, sign)
      local moved = x:matmul(g:transpose())
      for l = 0, 12 do
        local D = harmonics.wigner(l, g)
        local error = solid(l, moved)
          - solid(l, x):matmul(D:transpose())
        assert.is_true(largest(error) < 1e-13, l)
        local gram = D:matmul(D:transpose())
        assert.is_true(largest(gram - eye(2 * l + 1)) < 1e-13, l)
      end
    end
  end)

  it("is a representation", function()
    local g, h = element(6, 1), element(7, -1)
    for l = 0, 12 do
      for _, parity in ipairs { "natural", 1, -1 } do
        local function D(a) return harmonics.wigner(l, a, parity) end
        assert.is_true(largest(D(g:matmul(h)) - D(g):matmul(D(h))) < 1e-13, l)
        assert.is_true(largest(D(eye(3)) - eye(2 * l + 1)) < 1e-14, l)
      end
    end
  end)

  it("is the vector representation for l = 1", function()
    local g = element(8, -1)
    local order = weyl.tensor({ 2, 3, 1 }, "i64")
    assert.is_true(largest(harmonics.wigner(1, g)
      - g:take(order, 1):take(order, 2)) < 1e-15)
  end)

  it("has the character of its degree", function()
    local angle = 1.1
    local g = (turn(2 / 7, 3 / 7, 6 / 7) * angle):expm()
    for l = 0, 12 do
      assert.near(math.sin((l + 0.5) * angle) / math.sin(angle / 2),
        harmonics.wigner(l, g):trace():item(), 1e-13)
    end
  end)

  it("has the parity asked for", function()
    local inversion, g = eye(3) * -1, element(9, 1)
    for l = 0, 3 do
      local one = eye(2 * l + 1)
      for _, p in ipairs { 1, -1 } do
        local D = harmonics.wigner(l, inversion, p)
        assert.is_true(largest(D - one * p) < 1e-14)
        assert.is_true(largest(harmonics.wigner(l, g, p)
          - harmonics.wigner(l, g)) < 1e-14)
      end
      local natural = harmonics.wigner(l, inversion, "natural")
      assert.is_true(largest(natural - one * (-1) ^ l) < 1e-14)
    end
  end)

  it("has the derivative of differences, antisymmetric", function()
    local A = turn(0.3, -0.8, 0.5)
    for _, l in ipairs { 0, 1, 2, 5, 12 } do
      local function D(g) return harmonics.wigner(l, g, -1) end
      local a = derivative(D, 3, A)
      assert.is_true(largest(a - difference(D, A)) < 1e-12 * (2 + l) ^ 5, l)
      assert.is_true(largest(a + a:transpose()) < 1e-13, l)
    end
  end)

  it("keeps brackets", function()
    local A, B = turn(0.3, -0.8, 0.5), turn(-1, 0.2, 0.7)
    local function bracket(a, b) return a:matmul(b) - b:matmul(a) end
    for l = 0, 12 do
      local function D(g) return harmonics.wigner(l, g) end
      local a, b = derivative(D, 3, A), derivative(D, 3, B)
      local ab = derivative(D, 3, bracket(A, B))
      assert.is_true(largest(ab - bracket(a, b)) < 1e-14 * (1 + l) ^ 2, l)
    end
  end)

  -- The sum of the squares of the three generators is -l(l + 1).
  it("has the Casimir number of its degree", function()
    for _, l in ipairs { 1, 4, 12 } do
      local sum = 0
      for _, A in ipairs { turn(1, 0, 0), turn(0, 1, 0), turn(0, 0, 1) } do
        local a = derivative(function(g) return harmonics.wigner(l, g) end,
          3, A)
        sum = sum + a:matmul(a)
      end
      local error = sum + eye(2 * l + 1) * (l * (l + 1))
      assert.is_true(largest(error) < 1e-14 * (1 + l) ^ 2, l)
    end
  end)

  it("pulls cotangents back by the adjoint of its derivative", function()
    local g, t = element(10, -1), turn(1, 2, 3) + eye(3)
    local function D(a) return harmonics.wigner(4, a, 1) end
    weyl.seed(11)
    local ct = weyl.normal({ 9, 9 }, 0, 1, "f64")
    local _, pulled = weyl.vjp(D, g, ct)
    local _, tangent = weyl.jvp(D, g, t)
    assert.near((ct * tangent):sum():item(), (pulled * t):sum():item(), 1e-12)
    local function slope(h) return (D(g + t * h) - D(g - t * h)) / (2 * h) end
    local numeric = (slope(1e-3) * 4 - slope(2e-3)) / 3
    assert.is_true(largest(tangent - numeric) < 1e-9)
  end)

  it("takes batches and f32", function()
    local list = { element(12, 1), element(13, -1) }
    local g = weyl.stack(list)
    for _, parity in ipairs { 1, -1 } do
      local D = harmonics.wigner(3, g, parity)
      assert.same({ 2, 7, 7 }, D.shape)
      for i = 1, 2 do
        assert.is_true(largest(D[i]
          - harmonics.wigner(3, list[i], parity)) < 1e-14)
      end
      local single = harmonics.wigner(3, g:to "f32", parity)
      assert.equal("f32", single.dtype)
      assert.is_true(largest(single:to "f64" - D) < 4e-6)
    end
    assert.same({ 2, 1, 1 }, harmonics.wigner(0, g, -1).shape)
    assert.equal(-1, harmonics.wigner(0, g, -1)[2]:round():item())
  end)

  it("rejects what is no matrix and no parity", function()
    fails("rep.wigner: argument 'g' must be an f32 or f64 tensor "
      .. "[..., 3, 3], got a tensor f64 [2, 2]",
      function() harmonics.wigner(1, { { 1, 0 }, { 0, 1 } }) end)
    fails("rep.wigner: argument 'l' must be an integer >= 0, got 0.5",
      function() harmonics.wigner(0.5, eye(3)) end)
    fails("rep.wigner: argument 'parity' must be 1, -1 or 'natural', "
      .. "got 'odd'", function() harmonics.wigner(1, eye(3), "odd") end)
  end)
end)

describe("circular harmonics", function()
  it("are cosine and sine of k times the angle", function()
    for k = 1, 30 do
      local angle, r = 0.1 + k / 3, 1.1
      local h = circular(k,
        { r * math.cos(angle), r * math.sin(angle) }):totable()
      assert.near(r ^ k * math.cos(k * angle), h[1], 1e-14 * k * r ^ k)
      assert.near(r ^ k * math.sin(k * angle), h[2], 1e-14 * k * r ^ k)
    end
    assert.same({ { 1.0 }, { 1.0 } },
      circular(0, { { 1, 2 }, { 0, 0 } }):totable())
  end)

  it("are moved by the matrix of degree k", function()
    weyl.seed(14)
    local z = weyl.normal({ 5, 2 }, 0, 1, "f64")
    z = z / z:norm(2, true)
    local h = element(15, -1, 2)
    for _, sign in ipairs { 1, -1 } do
      local g = element(16, sign, 2)
      for k = 0, 12 do
        local function psi(a) return psi_matrix(k, a) end
        local error = circular(k, z:matmul(g:transpose()))
          - circular(k, z):matmul(psi(g):transpose())
        assert.is_true(largest(error) < 1e-13, k)
        assert.is_true(largest(psi(g:matmul(h)) - psi(g):matmul(psi(h)))
          < 1e-13, k)
      end
    end
  end)

  it("turn k times as fast", function()
    local J = f64 { { 0, -1 }, { 1, 0 } }
    for k = 1, 6 do
      local function psi(a) return psi_matrix(k, a) end
      assert.is_true(largest(derivative(psi, 2, J) - J * k) < 1e-14)
      assert.is_true(largest(difference(psi, J) - J * k) < 1e-12 * (2 + k) ^ 5)
    end
    local _, none = weyl.jvp(function(a) return psi_matrix(0, a) end,
      eye(2), J)
    assert.same({ { 0.0 } }, none:totable())
  end)

  it("take batches", function()
    local g = weyl.stack { element(17, 1, 2), element(18, -1, 2) }
    local psi = psi_matrix(3, g)
    assert.same({ 2, 2, 2 }, psi.shape)
    assert.is_true(largest(psi[2]
      - psi_matrix(3, g[2])) < 1e-15)
    assert.same({ 2, 1, 1 }, psi_matrix(0, g).shape)
  end)

  it("reject what they cannot read", function()
    fails("rep.circular_harmonics: argument 'k' must be an integer >= 0, "
      .. "got -1",
      function() circular(-1, { 0, 1 }) end)
    fails("rep.circular_harmonics: argument 'x' must be an f32 or f64 tensor "
      .. "[..., 2], got nil", function() circular(1) end)
    fails("rep.psi_matrix: argument 'g' must be an f32 or f64 tensor "
      .. "[..., 2, 2], got a tensor f64 [3, 3]",
      function() psi_matrix(1, eye(3)) end)
    fails("rep.psi_matrix: argument 'k' must be an integer >= 0, got 'a'",
      function() psi_matrix("a", eye(2)) end)
  end)
end)
