-- group_catalogue_spec.lua: the constructors: defining equations of their
-- generators, signatures, numbers of invariants, messages; what combines them.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group
local V = weyl.rep.V

local function largest(x) return x:abs():max():item() end

local function eye(n) return weyl.eye(n, n, "f64") end

-- Invariants of V^0, V^1, V^2, ...
local function row(g, max)
  local out = {}
  for r = 0, max do out[r + 1] = g:dim(V ^ r) end
  return table.concat(out, " ")
end

-- h^T F h = F for discrete generators, A^T F + F A = 0 for Lie generators.
local function keeps(g, f)
  f = weyl.tensor(f, "f64")
  for _, m in ipairs(g.discrete) do
    local h = weyl.tensor(m, "f64")
    if largest(h:transpose():matmul(f):matmul(h) - f) > 0 then return false end
  end
  for _, m in ipairs(g.lie) do
    local a = weyl.tensor(m, "f64")
    if largest(a:transpose():matmul(f) + f:matmul(a)) > 0 then return false end
  end
  return true
end

describe("isometries of a metric", function()
  it("keep p times -1, then q times 1", function()
    for _, s in ipairs { { 1, 1 }, { 1, 3 }, { 2, 2 }, { 3, 2 }, { 2, 1 } } do
      local p, q = s[1], s[2]
      local signs = {}
      for i = 1, p + q do signs[i] = i <= p and -1 or 1 end
      local metric = weyl.diag(weyl.tensor(signs, "f64"))
      for _, g in ipairs { group.SO(p, q), group.O(p, q),
        group.SO_plus(p, q) } do
        assert.is_true(keeps(g, metric))
        assert.equal((p + q) * (p + q - 1) // 2, #g.lie)
        assert.equal(#g.lie, g:dim())
      end
    end
  end)

  it("agree with those of space-time", function()
    assert.is_true(group.lorentz() == group.SO_plus(1, 3))
    assert.is_true(group.lorentz_special() == group.SO(1, 3))
    assert.is_true(group.lorentz_full() == group.O(1, 3))
    assert.equal("SO+(1,3)", group.lorentz().name)
    assert.equal("O(2,1)", group.O(2, 1).name)
    assert.equal("SO(1,1)", group.SO(1, 1).name)
  end)

  -- Signs of the determinants of the two blocks: a component for each.
  it("have one, two or four components", function()
    local function components(g, p)
      local seen, count = {}, 0
      local stack = { eye(g.d) }
      while #stack > 0 do
        local h = table.remove(stack)
        local function sign(first, last)
          return h:slice(1, first, last):slice(2, first, last):det():item() > 0
            and "+" or "-"
        end
        local key = sign(1, p) .. sign(p + 1, g.d)
        if not seen[key] then
          seen[key], count = true, count + 1
          for _, m in ipairs(g.discrete) do
            stack[#stack + 1] = h:matmul(weyl.tensor(m, "f64"))
          end
        end
      end
      return count
    end
    for _, s in ipairs { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 1 }, { 2, 2 },
      { 2, 3 }, { 3, 1 }, { 3, 3 } } do
      local p, q = s[1], s[2]
      assert.equal(1, components(group.SO_plus(p, q), p))
      assert.equal(2, components(group.SO(p, q), p))
      assert.equal(4, components(group.O(p, q), p))
      for _, m in ipairs(group.SO(p, q).discrete) do
        assert.equal(1, weyl.tensor(m, "f64"):det():item())
      end
    end
    assert.equal(4, components(group.lorentz_full(3), 1))
    assert.equal(2, components(group.lorentz_special(3), 1))
  end)

  it("have the invariants of their real forms", function()
    for _, s in ipairs { { 1, 2 }, { 2, 2 }, { 1, 3 } } do
      local p, q = s[1], s[2]
      assert.equal(row(group.SO(p + q), 4), row(group.SO_plus(p, q), 4))
      assert.equal(row(group.SO(p + q), 4), row(group.SO(p, q), 4))
      assert.equal(row(group.O(p + q), 4), row(group.O(p, q), 4))
    end
  end)
end)

describe("unitary groups", function()
  it("are real, commute with i and keep lengths", function()
    local i2 = { { 0, 0, -1, 0 }, { 0, 0, 0, -1 }, { 1, 0, 0, 0 },
      { 0, 1, 0, 0 } }
    for _, g in ipairs { group.U(2), group.SU(2), group.USp(1) } do
      assert.is_true(keeps(g, eye(4)))
      assert.is_true(keeps(g, i2))
      assert.is_true(g:is_orthogonal())
    end
    assert.is_true(group.SU(2):algebra():abs():sum():item()
      - group.USp(1):algebra():abs():sum():item() < 1e-14)
  end)

  -- V has commutant C for U(n) and SU(n), the quaternions for SU(2), USp(m).
  it("have the known commutants", function()
    assert.equal(2, group.U(2):dim(V, V))
    assert.equal(2, group.SU(3):dim(V, V))
    assert.equal(4, group.SU(2):dim(V, V))
    assert.equal(4, group.USp(1):dim(V, V))
    assert.equal(4, group.USp(2):dim(V, V))
    assert.equal(2, group.U(1):dim(V, V))
    -- real and imaginary part of the determinant of three vectors
    assert.equal(0, group.U(3):dim(V ^ 3))
    assert.equal(2, group.SU(3):dim(V ^ 3))
  end)

  it("of one dimension turn the plane", function()
    assert.equal(row(group.SO(2), 6), row(group.U(1), 6))
  end)
end)

describe("affine groups", function()
  -- Table 7.1 of the notes on EMLP: the same numbers as SE(3), where
  -- reflections do not matter.
  it("have the known invariants", function()
    local D = V:dual()
    for _, g in ipairs { group.SE(3), group.E(3) } do
      assert.equal(1, g:dim(D))
      assert.equal(0, g:dim(V))
      assert.equal(1, g:dim(V ^ 2))
      assert.equal(1, g:dim(D ^ 2))
    end
    assert.equal(1, group.SE(3):dim(V ^ 3))
    assert.equal(0, group.E(3):dim(V ^ 3))
    assert.is_true(group.affine(group.SO(3)) == group.SE(3))
    assert.is_true(group.affine(group.O(2)) == group.E(2))
    assert.equal("affine(GL(2))", group.affine(group.GL(2)).name)
  end)
end)

describe("discrete groups of the catalogue", function()
  it("have the known invariants", function()
    assert.equal("1 1 18 324", row(group.ZkxZnxZn(2, 3), 3))
    assert.equal("1 1 16", row(group.ZkxZnxZn(4, 2), 2))
    assert.equal("1 1 9 81", row(group.ZkxZnxZn(1, 3), 3))
    assert.equal("1 1 10 28", row(group.parity(), 3))
    assert.equal("1 3 10 36", row(group.time_reversal(), 3))
    assert.is_true(group.time_reversal() == group.reflection(4, 1))
  end)

  -- A solid's rotations keep no tensor that SO(3) does not keep up to rank
  -- 2, 3 or 5 (spherical harmonics of degree 3, 4, 6 are the first ones).
  it("approach the rotations of space", function()
    assert.equal("1 0 1 2 7", row(group.tetrahedral(), 4))
    assert.equal("1 0 1 1 4", row(group.octahedral(), 4))
    assert.equal("1 0 1 1 3 6 16", row(group.icosahedral(), 6))
    assert.equal("1 0 1 1 4", row(group.tetrahedral(true), 4))
    assert.equal("1 0 1 0 4", row(group.octahedral(true), 4))
    assert.equal("1 0 1 0 3 0 16", row(group.icosahedral(true), 6))
    assert.equal(row(group.octahedral(true), 4), row(group.B(3), 4))
    for _, m in ipairs(group.icosahedral().discrete) do
      assert.is_true(math.abs(weyl.tensor(m, "f64"):det():item() - 1)
        < 1e-15)
    end
  end)

  it("turn the grid and the orientation together", function()
    local g = group.ZkxZnxZn(4, 3)
    local shift, turn = weyl.tensor(g.discrete[1], "f64"),
      weyl.tensor(g.discrete[3], "f64")
    local other = weyl.tensor(g.discrete[2], "f64")
    local back = turn:transpose()
    assert.equal(0, largest(turn:matmul(shift):matmul(back) - other))
    local twice = turn:matmul(turn)
    assert.equal(0, largest(twice:matmul(twice) - eye(36)))
    assert.is_true(largest(twice - eye(36)) == 1)
  end)
end)

describe("a direct product", function()
  local g = group.direct { group.O(2), group.S(3), group.scaling(1) }

  it("acts on each factor's axes", function()
    assert.equal(6, g.d)
    assert.equal("direct(O(2), S(3), scaling(1))", g.name)
    assert.same({ 1, 2 }, { g.factors[1].first, g.factors[1].last })
    assert.same({ 3, 5 }, { g.factors[2].first, g.factors[2].last })
    assert.same({ 6, 6 }, { g.factors[3].first, g.factors[3].last })
    assert.is_true(g.factors[2].group == group.S(3))
    assert.equal(2, g:dim())
    assert.is_true(g == group.union { group.O(2):embed(6, { 1, 2 }),
      group.S(3):embed(6, { 3, 4, 5 }), group.scaling(1):embed(6, { 6 }) })
  end)

  -- Invariants of a sum of spaces: those of products of the factors'.
  it("has the invariants of its factors", function()
    local a, b = group.SO(3), group.S(3)
    local both = group.direct { a, b }
    assert.equal(a:dim(V) + b:dim(V), both:dim(V))
    assert.equal(a:dim(V ^ 2) + b:dim(V ^ 2) + 2 * a:dim(V) * b:dim(V),
      both:dim(V ^ 2))
  end)
end)

describe("a Kronecker product", function()
  it("has the products of its factors' invariants", function()
    local list = { group.SO(3), group.S(3), group.C(2) }
    for _, case in ipairs { { list[1], list[2] }, { list[2], list[3] } } do
      local g = group.kron(case)
      assert.equal(case[1].d * case[2].d, g.d)
      for r = 0, 3 do
        assert.equal(case[1]:dim(V ^ r) * case[2]:dim(V ^ r), g:dim(V ^ r))
      end
    end
    local three = group.kron { group.C(3), group.C(2), group.Z(2) }
    assert.equal(8, three.d)
    assert.equal("kron(C(3), C(2), Z(2))", three.name)
    assert.equal(12, three:order())
    assert.equal(4, group.kron { group.SO(3), group.SU(1) }:dim() + 1)
  end)
end)

describe("a wreath product", function()
  local g = group.wreath(group.O(2), group.Z(3))

  it("moves copies and exchanges them", function()
    assert.equal(6, g.d)
    assert.equal("wreath(O(2), Z(3))", g.name)
    assert.equal(3, g:dim())
    assert.equal(24, g:components())
    assert.equal(math.huge, g:order())
    assert.equal(2 ^ 3 * 6, group.wreath(group.C(2), group.S(3)):order())
    assert.equal(group.B(4):order(),
      group.wreath(group.O(1), group.S(4)):order())
    assert.equal(48, group.wreath(group.C(2), group.S(3)):elements().shape[1])
  end)

  -- Invariants of one copy, of pairs of the same, of pairs of different ones.
  it("has the known invariants", function()
    assert.equal(row(group.B(3), 4),
      row(group.wreath(group.O(1), group.S(3)), 4))
    local a = group.C(3)
    local w = group.wreath(a, group.S(2))
    assert.equal(a:dim(V), w:dim(V))
    assert.equal(a:dim(V ^ 2) + a:dim(V) ^ 2, w:dim(V ^ 2))
  end)

  it("knows its elements", function()
    local h = g:sample { n = 10, seed = 1 }
    for i = 1, 10 do
      assert.is_true(g:contains(h[i]))
      assert.is_true(g:contains(h[i]:matmul(h[11 - i])))
    end
    assert.is_false(g:contains(eye(6) + 1e-6))
    assert.is_false(g:contains(group.wreath(group.SO(2), group.S(3))
      .discrete[1]))
    assert.is_false(g:contains(2 * eye(6)))
    assert.is_false(g:contains(group.O(6):sample { seed = 1 }))
    fails("group.wreath: argument 'h' must be a group of permutations, got a "
      .. "weyl.group", function() group.wreath(group.O(2), group.C(3)) end)
    fails("group.wreath: argument 'g' must be a group, got 2",
      function() group.wreath(2, group.Z(3)) end)
  end)
end)

describe("a conjugate", function()
  local m = weyl.tensor({ { 2, 1, 0 }, { 0, 1, 0 }, { 1, 0, 1 } }, "f64")

  it("is M g M^-1", function()
    local g = group.O(3):conjugate(m)
    assert.equal("O(3) conjugated", g.name)
    assert.is_false(g:is_orthogonal())
    for i, a in ipairs(group.O(3).lie) do
      local moved = weyl.tensor(g.lie[i], "f64"):matmul(m)
        - m:matmul(weyl.tensor(a, "f64"))
      assert.is_true(largest(moved) < 1e-14)
    end
    local h = group.O(3):sample { seed = 1 }
    assert.is_true(g:contains(m:matmul(h):matmul(m:inv())))
    assert.is_false(g:contains(h))
    assert.equal(3, g:dim())
    assert.equal(1, g:dim(V ^ 2))
    fails("group:conjugate: M is singular",
      function() group.O(2):conjugate { { 1, 1 }, { 1, 1 } } end)
  end)
end)

describe("a subgroup", function()
  it("is given by generators of the group", function()
    local g = group.SO(3)
    local turns = g:subgroup { lie = { { 1, 0, 0 } }, name = "turns" }
    assert.equal("turns", turns.name)
    assert.equal(1, turns:dim())
    assert.equal(group.SO(2):embed(3, { 1, 2 }):dim(V ^ 3), turns:dim(V ^ 3))
    local same = g:subgroup { lie = { g:algebra()[1] } }
    assert.equal("a subgroup of SO(3)", same.name)
    assert.equal(1, same:dim())
    local flips = g:subgroup { discrete = { { { -1, 0, 0 }, { 0, -1, 0 },
      { 0, 0, 1 } } } }
    assert.equal(2, flips:order())
    assert.equal(6, group.S(4):subgroup { discrete =
      group.S(3):embed(4, { 1, 2, 3 }).discrete }:order())
  end)

  it("rejects what is not in the group", function()
    local g = group.SO(3)
    fails("group:subgroup: discrete[1] is not an element of SO(3)",
      function() g:subgroup { discrete = { weyl.eye(3) * -1 } } end)
    fails("group:subgroup: lie[1] does not lie in the algebra of "
      .. "SO(3): 1 of its length lies outside",
      function() g:subgroup { lie = { weyl.diag(weyl.ones(3)) } } end)
    fails("group:subgroup: argument 'lie[1]' must be 3 coefficients or a "
      .. "matrix [3, 3], got a table",
      function() g:subgroup { lie = { { 1, 2 } } } end)
    fails("group:subgroup: argument 'discrete[1]' must be a matrix [3, 3], "
      .. "got 1", function() g:subgroup { discrete = { 1 } } end)
    fails("group:subgroup: argument 'lie' must be a table, got 3",
      function() g:subgroup { lie = 3 } end)
    fails("group:subgroup: there is no option 'discreet' (did you mean "
      .. "'discrete'?)", function() g:subgroup { discreet = {} } end)
  end)
end)

describe("constructors", function()
  it("check their arguments", function()
    fails("group.SO: argument 'q' must be an integer >= 1, got 0",
      function() group.SO(3, 0) end)
    fails("group.SO_plus: argument 'p' must be an integer >= 1, got nil",
      function() group.SO_plus() end)
    fails("group.ZkxZnxZn: argument 'k' must be 1, 2 or 4, got 3",
      function() group.ZkxZnxZn(3, 3) end)
    fails("group.ZkxZnxZn: argument 'n' must be an integer >= 1, got 0.5",
      function() group.ZkxZnxZn(4, 0.5) end)
    fails("group.parity: argument 'n' must be an integer >= 2, got 1",
      function() group.parity(1) end)
    fails("group.reflection: argument 'axis' must be an integer from 1 to 2, "
      .. "got 3", function() group.reflection(2, 3) end)
    fails("group.octahedral: argument 'full' must be true or false, got 1",
      function() group.octahedral(1) end)
    fails("group.affine: argument 'g' must be a group, got 2",
      function() group.affine(2) end)
    fails("group.direct: argument 'list' must be a table of groups, got 2",
      function() group.direct { 2 } end)
    for _, name in ipairs { "kron", "direct", "union" } do
      fails("group." .. name .. ": argument 'list' must be a table of groups, "
        .. "got an empty table", function() group[name] {} end)
    end
    fails("group.union: argument 'list' must be a table of groups, got a "
      .. "table without any", function() group.union { g = group.S(2) } end)
    fails("group.union: argument 'list' must be a table of groups, got a "
      .. "weyl.group", function() group.union(group.SO(3)) end)
    fails("group.C: argument 'k' must be an integer >= 1, got 0",
      function() group.C(0) end)
    fails("group.D: argument 'k' must be an integer >= 1, got -2",
      function() group.D(-2) end)
    fails("group.Sp: argument 'm' must be an integer >= 1, got 0.5",
      function() group.Sp(0.5) end)
    fails("group.USp: argument 'm' must be an integer >= 1, got nil",
      function() group.USp() end)
    fails("group.new: argument 'check' must be true or false, got 1",
      function() group.new { d = 2, check = 1 } end)
    fails("group.new: argument 'close' must be an integer >= 1, got 0",
      function() group.new { d = 2, close = 0 } end)
  end)

  it("are all listed by help", function()
    local text = weyl.help.text(group)
    for name, f in pairs(group) do
      if type(f) == "function" then
        assert.is_truthy(text:find("\n  " .. name .. "(", 1, true), name)
        assert.is_nil(weyl.help.text(f):find "without documentation", name)
      end
    end
  end)
end)

describe("a group of a user", function()
  local c, s = math.cos(1), math.sin(1)
  local turn = { { c, -s }, { s, c } }

  -- What f writes to standard error.
  local function written(f)
    local out, real = {}, io.stderr
    rawset(io, "stderr", { write = function(_, ...)
      for _, x in ipairs { ... } do out[#out + 1] = tostring(x) end
    end })
    local ok, why = pcall(f)
    rawset(io, "stderr", real)
    assert(ok, why)
    return table.concat(out)
  end

  it("brings a warning when it does not close", function()
    local text = written(function()
      group.new { discrete = { turn }, name = "open", close = 100 }
    end)
    assert.matches("^warning: spec/symmetry/group_catalogue_spec.lua:%d+: "
      .. "group.new: the discrete elements of 'open' do not seem to make a "
      .. "finite group: there are more than 100 elements%. Equivariant maps "
      .. "are those of all their products; close = n sets how many elements "
      .. "are tried, check = false keeps this quiet%.\n$", text)
  end)

  it("is warned of once", function()
    local function make()
      group.new { discrete = { turn }, name = "once", close = 100 }
    end
    local text = written(function() for _ = 1, 3 do make() end end)
    assert.equal(1, select(2, text:gsub("warning", "")))
  end)

  it("is quiet when it closes, or when told", function()
    assert.equal("", written(function()
      group.new { discrete = { turn }, check = false }
      group.new { discrete = group.D(30).discrete }
      group.new { discrete = group.rubik().discrete }
      group.new { lie = group.SL(3).lie }
    end))
  end)

  it("closes modulo the Lie part", function()
    assert.equal("", written(function()
      group.new { lie = group.SO(2).lie, discrete = { turn } }
      group.new { lie = group.SO(2).lie, discrete = { turn,
        { { 1, 0 }, { 0, -1 } } } }
    end))
    local text = written(function()
      group.new { lie = group.scaling(2).lie, discrete = { turn } }
    end)
    assert.is_truthy(text:find("do not seem to make a finite group modulo "
      .. "the Lie part: there are more than 1000 elements", 1, true))
  end)
end)
