-- coupling_spec.lua: Clebsch-Gordan coefficients, 3j symbols and the coupling
-- of real harmonics, held to closed forms, to the relations that define them
-- and to the matrices of harmonics.lua.

local coupling = require "weyl.rep.coupling"
local fails = require "spec.tensor.fails"
local harmonics = require "weyl.rep.harmonics"
local weyl = require "weyl"
local solid = harmonics.solid_harmonics

local cg, three_j = coupling.clebsch_gordan, coupling.wigner_3j

local function largest(x) return x:abs():max():item() end

local function eye(n) return weyl.eye(n):to "f64" end

-- All couplings of l1 and l2 below each other: an orthogonal matrix.
local function all_of(l1, l2)
  local rows = {}
  for l3 = math.abs(l1 - l2), l1 + l2 do
    rows[#rows + 1] = coupling.coupling(l1, l2, l3):reshape(2 * l3 + 1, -1)
  end
  return weyl.concat(rows)
end

local function rotation(seed, sign)
  weyl.seed(seed)
  local g = weyl.orthogonal(3, 3, "f64")
  return g:det():item() * (sign or 1) > 0 and g or g * -1
end

describe("a Clebsch-Gordan coefficient", function()
  it("is that of the tables", function()
    local half = 1 / 2
    for _, row in ipairs {
      { half, half, half, half, 1, 1, 1 },
      { half, half, half, -half, 1, 0, 1 / 2 },
      { half, half, half, -half, 0, 0, 1 / 2 },
      { half, -half, half, half, 0, 0, -1 / 2 },
      { 1, 1, half, -half, 3 / 2, half, 1 / 3 },
      { 1, 1, half, -half, half, half, 2 / 3 },
      { 1, 0, half, half, half, half, -1 / 3 },
      { 1, 1, 1, -1, 2, 0, 1 / 6 },
      { 1, 0, 1, 0, 2, 0, 2 / 3 },
      { 1, 0, 1, 0, 1, 0, 0 },
      { 1, 0, 1, 0, 0, 0, -1 / 3 },
      { 1, -1, 1, 1, 1, 0, -1 / 2 },
      { 3 / 2, half, 1, 0, 5 / 2, half, 3 / 5 },
      { 3 / 2, half, 1, 0, 3 / 2, half, 1 / 15 },
      { 3 / 2, half, 1, 0, half, half, -1 / 3 },
      { 2, 1, 1, 0, 2, 1, 1 / 6 },
      { 2, 0, 2, 0, 4, 0, 18 / 35 },
      { 2, 0, 2, 0, 2, 0, -2 / 7 },
      { 2, 2, 3 / 2, -3 / 2, half, half, 2 / 5 },
    } do
      local value = cg(table.unpack(row, 1, 6))
      assert.near(row[7], value * math.abs(value), 4e-16)
    end
  end)

  it("is zero where nothing couples", function()
    assert.equal(0, cg(1, 1, 1, 0, 2, 0))
    assert.equal(0, cg(1, 0, 1, 0, 3, 0))
    assert.equal(0, cg(2, 0, 1, 0, 0, 0))
    assert.equal(0, cg(1, 0, 1, 0, 1 / 2, 1 / 2))
    assert.equal(0, cg(1, 0, 1 / 2, 1 / 2, 1, 1))
  end)

  it("keeps closed forms, also past 64 bits", function()
    for _, j in ipairs { 1 / 2, 1, 7, 31, 31.5, 32, 100, 201.5, 450 } do
      for _, below in ipairs { 0, 1, j // 2, 2 * j // 1 } do
        local m = j - below
        local sign = below % 2 == 0 and 1 or -1
        assert.near(1, cg(j, m, j, -m, 0, 0) * sign * math.sqrt(2 * j + 1),
          2e-14)
        assert.near(m, cg(j, m, 1, 0, j, m) * math.sqrt(j * (j + 1)),
          1e-14 * j)
        local k = math.min(below, 20)
        assert.near(1, cg(j, j, k, k, j + k, j + k), 1e-14)
      end
    end
  end)

  it("gives orthogonal matrices", function()
    for _, pair in ipairs { { 1, 1 }, { 5 / 2, 2 }, { 3, 7 / 2 }, { 6, 4 } } do
      local j1, j2, rows = pair[1], pair[2], {}
      for j3 = math.abs(j1 - j2), j1 + j2 do
        for m3 = -j3, j3 do
          local row = {}
          for m1 = -j1, j1 do
            for m2 = -j2, j2 do
              row[#row + 1] = cg(j1, m1, j2, m2, j3, m3)
            end
          end
          rows[#rows + 1] = row
        end
      end
      local C = weyl.tensor(rows, "f64")
      assert.is_true(largest(C:matmul(C:transpose())
        - eye(#rows)) < 1e-15 * #rows)
    end
  end)

  -- J- on both sides of <j1 m1 j2 m2 | j3 m3>, which with the sign at the top
  -- defines the coefficients.
  it("keeps the ladder relation", function()
    local function down(j, m) return math.sqrt((j + m) * (j - m + 1)) end
    local function at(j1, m1, j2, m2, j3, m3)
      if math.abs(m1) > j1 or math.abs(m2) > j2 then return 0 end
      return cg(j1, m1, j2, m2, j3, m3)
    end
    for _, j in ipairs { { 2, 3 / 2, 5 / 2 }, { 20, 21, 21 }, { 21, 21, 22 },
      { 30.5, 40, 22.5 }, { 150, 90, 111 } } do
      local j1, j2, j3 = table.unpack(j)
      for m1 = 1 - j1, j1, 7 do
        local m2 = math.max(-j2, -m1 + 1 - j3)
        local m3 = m1 + m2
        if math.abs(m2) <= j2 and m3 <= j3 and m3 > -j3 then
          local left = down(j3, m3) * at(j1, m1 - 1, j2, m2, j3, m3 - 1)
          local right = down(j1, m1) * at(j1, m1, j2, m2, j3, m3)
            + down(j2, m2 + 1) * at(j1, m1 - 1, j2, m2 + 1, j3, m3)
          assert.near(left, right, 1e-14 * (j1 + j2 + j3))
        end
      end
      for m1 = math.max(-j1, j3 - j2), math.min(j1, j3 + j2) do
        local sign = (j1 - m1) % 2 == 0 and 1 or -1
        assert.is_true(sign * cg(j1, m1, j2, j3 - m1, j3, j3) > 0)
      end
    end
  end)

  it("rejects what is no angular momentum", function()
    fails("rep.clebsch_gordan: argument 'j1' must be 0, 1/2, 1, 3/2 ..."
      .. ", got -1", function() cg(-1, 0, 1, 0, 1, 0) end)
    fails("rep.clebsch_gordan: argument 'j3' must be 0, 1/2, 1, 3/2 ..."
      .. ", got 0.3", function() cg(1, 0, 1, 0, 0.3, 0) end)
    fails("rep.clebsch_gordan: argument 'm2' must be one of -1.5, -0.5 "
      .. "... 1.5, got 0", function() cg(1, 0, 1.5, 0, 1, 0) end)
    fails("rep.clebsch_gordan: argument 'm1' must be one of -1, 0 ... 1"
      .. ", got 2", function() cg(1, 2, 1, 0, 1, 0) end)
    fails("rep.clebsch_gordan: the angular momenta sum to 1500, the most "
      .. "is 1000", function() cg(500, 0, 500, 0, 500, 0) end)
  end)
end)

describe("a 3j symbol", function()
  it("has the symmetry of its columns", function()
    for _, c in ipairs { { 2, 3, 4, 1, -2, 1 }, { 3 / 2, 2, 5 / 2, 1 / 2, 1,
      -3 / 2 }, { 1, 1, 1, 1, 0, -1 }, { 30, 31, 32, 4, 5, -9 } } do
      local a, b, d, p, q, r = table.unpack(c)
      local value = three_j(a, b, d, p, q, r)
      local sign = (a + b + d) % 2 == 0 and 1 or -1
      assert.is_true(math.abs(value) > 1e-3)
      assert.near(value, three_j(b, d, a, q, r, p), 1e-15)
      assert.near(value, sign * three_j(b, a, d, q, p, r), 1e-15)
      assert.near(value, sign * three_j(a, b, d, -p, -q, -r), 1e-15)
    end
  end)

  it("is that of the tables", function()
    assert.near(-math.sqrt(1 / 3), three_j(1, 1, 0, 0, 0, 0), 2e-16)
    assert.near(math.sqrt(2 / 15), three_j(1, 1, 2, 0, 0, 0), 2e-16)
    assert.near(math.sqrt(1 / 6), three_j(1, 1, 1, 1, -1, 0), 2e-16)
    assert.near(-math.sqrt(2 / 35), three_j(2, 2, 2, 0, 0, 0), 2e-16)
    assert.equal(0, three_j(1, 1, 1, 1, 0, 0))
    assert.equal(0, three_j(1, 1, 3, 0, 0, 0))
  end)

  it("rejects what is no angular momentum", function()
    fails("rep.wigner_3j: argument 'm3' must be one of -2, -1 ... 2, got "
      .. "0.5", function() three_j(1, 1, 2, 0, 0, 0.5) end)
    fails("rep.wigner_3j: argument 'j2' must be 0, 1/2, 1, 3/2 ..., got "
      .. "'1'", function() three_j(1, "1", 2, 0, 0, 0) end)
    fails("rep.wigner_3j: the angular momenta sum to 1200, the most is "
      .. "1000", function() three_j(400, 400, 400, 0, 0, 0) end)
  end)
end)

describe("the coupling of real harmonics", function()
  local TRIANGLES = { { 0, 0, 0 }, { 1, 1, 0 }, { 1, 1, 1 }, { 1, 1, 2 },
    { 2, 1, 2 }, { 1, 2, 2 }, { 2, 3, 4 }, { 3, 3, 3 }, { 4, 3, 7 },
    { 5, 6, 4 }, { 8, 4, 12 }, { 12, 12, 1 } }

  it("is equivariant", function()
    for _, sign in ipairs { 1, -1 } do
      local g = rotation(1, sign)
      for _, l in ipairs(TRIANGLES) do
        local C, D = coupling.coupling(table.unpack(l)), {}
        for i = 1, 2 do D[i] = harmonics.wigner(l[i], g) end
        D[3] = harmonics.wigner(l[3], g, (l[1] + l[2]) % 2 == 0 and 1 or -1)
        local left = weyl.einsum("cab,ax,by->cxy", { C, D[1], D[2] })
        local right = weyl.einsum("cd,dxy->cxy", { D[3], C })
        assert.is_true(largest(left - right) < 1e-14,
          table.concat(l, " "))
      end
    end
  end)

  it("is invariant under the generators", function()
    local A = weyl.tensor({ { 0, -1, 2 }, { 1, 0, 3 }, { -2, -3, 0 } }, "f64")
    local function generator(l)
      local _, a = weyl.jvp(function(g) return harmonics.wigner(l, g) end,
        eye(3), A)
      return a
    end
    for _, l in ipairs(TRIANGLES) do
      local C = coupling.coupling(table.unpack(l))
      local moved = weyl.einsum("cab,ax->cxb", { C, generator(l[1]) })
        + weyl.einsum("cab,by->cay", { C, generator(l[2]) })
        - weyl.einsum("cd,dxy->cxy", { generator(l[3]), C })
      assert.is_true(largest(moved) < 1e-13 * (1 + l[3]), table.concat(l, " "))
    end
  end)

  it("is orthonormal, and complete over all degrees", function()
    for _, l in ipairs { { 0, 3 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 4, 6 },
      { 8, 8 } } do
      local Q = all_of(l[1], l[2])
      local n = (2 * l[1] + 1) * (2 * l[2] + 1)
      assert.same({ n, n }, Q.shape)
      assert.is_true(largest(Q:matmul(Q:transpose()) - eye(n)) < 1e-14)
    end
  end)

  it("decomposes a product of two matrices", function()
    local g, l1, l2 = rotation(2), 2, 3
    local Q = all_of(l1, l2)
    local product = Q:matmul(weyl.kron(harmonics.wigner(l1, g),
      harmonics.wigner(l2, g))):matmul(Q:transpose())
    local first = 1
    for l3 = 1, 5 do
      local last = first + 2 * l3
      local rows = product:slice(1, first, last)
      local block = rows:slice(2, first, last)
      assert.is_true(largest(block - harmonics.wigner(l3, g)) < 1e-14)
      assert.near(0, (rows:square():sum() - block:square():sum()):item(),
        1e-13)
      first = last + 1
    end
  end)

  -- An independent road to the matrices: from degree l - 1 to l.
  it("builds every matrix from that of degree 1", function()
    for _, sign in ipairs { 1, -1 } do
      local g = rotation(3, sign)
      local vector = harmonics.wigner(1, g)
      local D = vector
      for l = 2, 12 do
        local C = coupling.coupling(l - 1, 1, l):reshape(2 * l + 1, -1)
        D = C:matmul(weyl.kron(D, vector)):matmul(C:transpose())
        assert.is_true(largest(D - harmonics.wigner(l, g)) < 1e-13, l)
      end
    end
  end)

  -- Y_i Y_j = sum_l3 N C[:, i, j] . Y_l3 with N = sqrt((2 l1 + 1)(2 l2 + 1) /
  -- (4 pi (2 l3 + 1))) |<l1 0 l2 0 | l3 0>|.
  it("is Gaunt's in products of harmonics", function()
    weyl.seed(4)
    local x = weyl.normal({ 7, 3 }, 0, 1, "f64")
    x = x / x:norm(2, true)
    for _, l in ipairs { { 1, 1 }, { 2, 3 }, { 4, 4 }, { 6, 5 } } do
      local l1, l2, sum = l[1], l[2], 0
      local a, b = solid(l1, x), solid(l2, x)
      local product = weyl.einsum("ni,nj->nij", { a, b })
      for l3 = math.abs(l1 - l2), l1 + l2 do
        local C, Y = coupling.coupling(l1, l2, l3), solid(l3, x)
        local N = math.sqrt((2 * l1 + 1) * (2 * l2 + 1)
          / (4 * math.pi * (2 * l3 + 1))) * math.abs(cg(l1, 0, l2, 0, l3, 0))
        sum = sum + weyl.einsum("mij,nm->nij", { C, Y }) * N
        local coupled = weyl.einsum("mij,nij->nm", { C, product })
        assert.is_true(largest(coupled - Y * N) < 1e-14)
      end
      assert.is_true(largest(sum - product) < 1e-14)
    end
  end)

  it("is the scalar product and the cross product of vectors", function()
    weyl.seed(5)
    local a, b = weyl.normal({ 3 }, 0, 1, "f64"), weyl.normal({ 3 }, 0, 1,
      "f64")
    local order = weyl.tensor({ 2, 3, 1 }, "i64") -- y, z, x
    local function couple(l3)
      return weyl.einsum("mij,i,j->m", { coupling.coupling(1, 1, l3),
        a:take(order), b:take(order) })
    end
    assert.near(a:dot(b):item() / math.sqrt(3), couple(0):item(), 4e-15)
    local u, v = a:totable(), b:totable()
    local cross = { u[3] * v[1] - u[1] * v[3], u[1] * v[2] - u[2] * v[1],
      u[2] * v[3] - u[3] * v[2] }
    for i, w in ipairs(couple(1):totable()) do
      assert.near(cross[i] / math.sqrt(2), w, 4e-15)
    end
  end)

  it("keeps its entries when the degrees change places", function()
    local function invariant(a, b, c)
      return coupling.coupling(a, b, c) / math.sqrt(2 * c + 1)
    end
    for _, l in ipairs(TRIANGLES) do
      local a, b, c = table.unpack(l)
      local sign = (a + b + c) % 2 == 0 and 1 or -1
      local I = invariant(a, b, c) -- indices c, a, b
      assert.is_true(largest(I:permute(2, 3, 1) - invariant(b, c, a)) < 1e-15)
      assert.is_true(largest(I:permute(1, 3, 2) * sign
        - invariant(b, a, c)) < 1e-15)
    end
  end)

  it("couples degree 0 as multiplication", function()
    for l = 0, 4 do
      assert.is_true(largest(coupling.coupling(0, l, l):reshape(2 * l + 1, -1)
        - eye(2 * l + 1)) < 1e-15)
      assert.is_true(largest(coupling.coupling(l, 0, l):reshape(2 * l + 1, -1)
        - eye(2 * l + 1)) < 1e-15)
    end
  end)

  it("reaches degrees whose sums pass 64 bits", function()
    local C = coupling.coupling(22, 21, 20):reshape(41, -1)
    assert.is_true(largest(C:matmul(C:transpose()) - eye(41)) < 1e-14)
  end)

  it("rejects what does not couple", function()
    fails("rep.coupling: 1 and 2 couple to degrees 1 to 3, not to 4",
      function() coupling.coupling(1, 2, 4) end)
    fails("rep.coupling: 3 and 1 couple to degrees 2 to 4, not to 1",
      function() coupling.coupling(3, 1, 1) end)
    fails("rep.coupling: argument 'l2' must be an integer >= 0, got 0.5",
      function() coupling.coupling(1, 0.5, 1) end)
    fails("rep.coupling: the angular momenta sum to 1200, the most is 1000",
      function() coupling.coupling(400, 400, 400) end)
  end)
end)
