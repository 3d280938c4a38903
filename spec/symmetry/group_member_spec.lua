-- group_member_spec.lua: whether a matrix is an element of a group.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group

local function eye(n) return weyl.eye(n, n, "f64") end

-- The same generators as a user's group, of which nothing else is known.
local function bare(g)
  return group.new { d = g.d, discrete = g.discrete, lie = g.lie,
    check = false }
end

local shear = { { 1, 2, 0 }, { 0, 1, 0 }, { 0, 0, 3 } }

-- All families, and what is made of them.
local known = { group.trivial(3), group.SO(1), group.SO(2), group.SO(4),
  group.O(1), group.O(3), group.SO(2, 2), group.SO(1, 2), group.O(2, 1),
  group.O(1, 3), group.SO_plus(2, 3), group.lorentz(), group.lorentz(2),
  group.lorentz_special(), group.lorentz_full(), group.reflection(3, 2),
  group.parity(), group.time_reversal(), group.C(5), group.D(4), group.S(5),
  group.Alt(5), group.Z(6), group.cube(), group.ZkxZnxZn(4, 3),
  group.tetrahedral(), group.icosahedral(true), group.B(3),
  group.scaling(3), group.GL(3), group.SL(3), group.Sp(2), group.U(2),
  group.SU(3), group.USp(2), group.translations(2), group.SE(3), group.E(2),
  group.affine(group.SL(2)), group.O(2):embed(4, { 4, 2 }),
  group.D(3):embed(3, { 1, 3 }), group.direct { group.SO(3), group.S(4) },
  group.kron { group.SO(3), group.D(3) }, group.SO(3):conjugate(shear),
  group.cube():conjugate(weyl.eye(6) + weyl.ones(6, 6)) }

describe("contains", function()
  for _, g in ipairs(known) do
    it("holds for elements and not for near misses of " .. g.name, function()
      local h = g:sample { n = 6, seed = 4, method = "walk" }
      assert.is_true(g:contains(eye(g.d)))
      for i = 1, 6 do
        local x = h[i]
        assert.is_true(g:contains(x))
        assert.is_true(g:contains(x:inv()))
        assert.is_true(g:contains(x:matmul(h[7 - i])))
        assert.is_true(g:contains(x:to "f32"))
      end
    end)
  end

  -- A general matrix near an element lies in none of these.
  it("notices a change of 1e-6 in any entry", function()
    for _, g in ipairs(known) do
      local h = g:sample { seed = 2 }
      local noise = weyl.normal({ g.d, g.d }, 0, 1e-6, "f64", "noise")
      local inside = g:contains(h + noise)
      -- these are open sets of matrices
      local open = g == group.GL(3)
      assert.equal(open, inside, g.name)
    end
  end)

  it("tells groups from their subgroups", function()
    local O3, SO3 = group.O(3), group.SO(3)
    assert.is_false(SO3:contains(-1 * eye(3)))
    assert.is_true(O3:contains(-1 * eye(3)))
    assert.is_true(group.SO(2, 2):contains(-1 * eye(4)))
    local both = weyl.diag(weyl.tensor({ -1, 1, 1, -1 }, "f64"))
    assert.is_true(group.SO(1, 3):contains(both))
    assert.is_false(group.lorentz():contains(both))
    assert.is_false(group.lorentz():contains(-1 * eye(4)))
    assert.is_false(group.SO_plus(2, 2):contains(
      weyl.diag(weyl.tensor({ -1, 1, 1, -1 }, "f64"))))
    assert.is_true(group.SO_plus(2, 2):contains(-1 * eye(4)))
    assert.is_true(group.U(2):contains(group.U(2):exp { 0, 0, 0.7, 0 }))
    assert.is_false(group.SU(2):contains(group.U(2):exp { 0, 0, 0.7, 0 }))
    assert.is_false(group.U(2):contains(group.SO(4):sample { seed = 1 }))
    assert.is_false(group.USp(2):contains(group.SU(4):sample { seed = 1 }))
    assert.is_true(group.SU(4):contains(group.USp(2):sample { seed = 1 }))
    assert.is_true(group.Sp(2):contains(group.U(2):sample { seed = 3 }))
    assert.is_false(group.GL(2):contains { { 0, 1 }, { 1, 0 } })
    assert.is_false(group.GL(2):contains { { 1, 1 }, { 1, 1 } })
    assert.is_false(group.scaling(2):contains { { -2, 0 }, { 0, -2 } })
    assert.is_true(group.scaling(2):contains { { 2, 0 }, { 0, 2 } })
    assert.is_false(group.SE(2):contains { { -1, 0, 5 }, { 0, 1, 2 },
      { 0, 0, 1 } })
    assert.is_true(group.E(2):contains { { -1, 0, 5 }, { 0, 1, 2 },
      { 0, 0, 1 } })
    assert.is_false(group.SE(2):contains { { 1, 0, 5 }, { 0, 1, 2 },
      { 0, 0, 2 } })
    assert.is_true(group.SE(2):contains { { 0, -1, 1e9 }, { 1, 0, 2 },
      { 0, 0, 1 } })
    assert.is_false(group.SE(2):contains { { 0, -1, 1e9 }, { 1, 0, 2 },
      { 0, 1e-6, 1 } })
  end)

  it("tells permutations", function()
    local swap = { { 0, 1, 0, 0 }, { 1, 0, 0, 0 }, { 0, 0, 1, 0 },
      { 0, 0, 0, 1 } }
    assert.is_true(group.S(4):contains(swap))
    assert.is_false(group.Alt(4):contains(swap))
    assert.is_false(group.Z(4):contains(swap))
    assert.is_false(bare(group.Alt(4)):contains(swap))
    assert.is_false(group.S(4):contains(weyl.ones(4, 4) / 4))
    assert.is_false(group.S(2):contains { { 1, 1 }, { 0, 0 } })
    local count = 0
    local all = group.S(4):elements()
    for i = 1, 24 do
      if group.Alt(4):contains(all[i]) then count = count + 1 end
    end
    assert.equal(12, count)
  end)

  it("tells polygons", function()
    local e = group.D(12):elements()
    local counts = { C4 = 0, D4 = 0, C6 = 0 }
    for i = 1, 24 do
      for name in pairs(counts) do
        local g = group[name:sub(1, 1)](tonumber(name:sub(2)))
        if g:contains(e[i]) then counts[name] = counts[name] + 1 end
      end
    end
    assert.same({ C4 = 4, D4 = 8, C6 = 6 }, counts)
  end)

  it("takes Kronecker products apart", function()
    local g = group.kron { group.SO(3), group.SO(3) }
    local a = group.SO(3):sample { n = 2, seed = 1 }
    assert.is_true(g:contains(a[1]:kron(a[2])))
    assert.is_false(g:contains(-1 * a[1]:kron(a[2])))
    assert.is_true(g:contains((-1 * a[1]):kron(-1 * a[2])))
    assert.is_false(g:contains(group.SO(9):sample { seed = 1 }))
    local h = group.kron { group.scaling(2), group.SO(2) }
    assert.is_true(h:contains(h:sample { seed = 1 }))
    assert.is_false(h:contains { { 1, 0, 0, 0 }, { 0, 1, 0, 0 },
      { 0, 0, 2, 0 }, { 0, 0, 0, 2 } })
  end)
end)

describe("components", function()
  it("are counted", function()
    local c, s = math.cos(1), math.sin(1)
    local turn = { { c, -s }, { s, c } }
    for _, case in ipairs { { group.SO(3), 1 }, { group.U(2), 1 },
      { group.O(3), 2 }, { group.E(2), 2 }, { group.SO(1, 3), 2 },
      { group.O(1, 3), 4 }, { group.O(2, 2), 4 }, { group.S(4), 24 },
      { group.direct { group.O(2), group.S(3) }, 12 },
      { group.new { lie = group.SO(2).lie, discrete = { turn } }, 1 } } do
      assert.equal(case[2], case[1]:components(), case[1].name)
    end
    local open = group.new { lie = group.scaling(2).lie,
      discrete = { turn }, check = false }
    local count, why = open:components(10)
    assert.is_nil(count)
    assert.equal("there are more than 10", why)
    assert.is_nil(group.S(5):components(100))
    fails("group:components: argument 'most' must be an integer >= 1, got 0",
      function() group.S(3):components(0) end)
  end)
end)

describe("contains of a group known by generators alone", function()
  for _, g in ipairs { group.SO(3), group.O(3), group.SL(2), group.SL(3),
    group.lorentz_full(), group.SE(2), group.U(2), group.SU(2),
    group.D(5), group.direct { group.SO(2), group.C(3) } } do
    it("finds the elements of " .. g.name, function()
      local h, same = g:sample { n = 5, seed = 6 }, bare(g)
      for i = 1, 5 do assert.is_true(same:contains(h[i])) end
    end)
  end

  it("refuses what moves an invariant", function()
    local SO3 = bare(group.SO(3))
    assert.is_false(SO3:contains(-1 * eye(3)))
    assert.is_false(SO3:contains(1.001 * eye(3)))
    assert.is_false(bare(group.SL(2)):contains(2 * eye(2)))
    assert.is_false(bare(group.lorentz()):contains(group.O(4)
      :sample { seed = 1 }))
    assert.is_false(bare(group.SO(3)):contains { { 1, 0, 0 }, { 0, 0, 0 },
      { 0, 0, 1 } })
    -- the rational winding by 1 and 2 of a torus
    local torus = group.direct { group.SO(2), group.SO(2) }
    local w = torus:subgroup { lie = { { 1, 2 } } }
    local at = math.sqrt(2)
    assert.is_false(w:contains(torus:exp { 3 * at, 5 * at }))
    assert.is_true(w:contains(torus:exp { 3 * at, 6 * at }))
  end)

  it("refuses what does not keep the algebra", function()
    local g = group.union { group.SO(3), group.scaling(3) }
    assert.is_false(g:contains { { 1, 1, 0 }, { 0, 1, 0 }, { 0, 0, 1 } })
    assert.is_true(g:contains(3 * group.SO(3):sample { seed = 1 }))
  end)

  it("may be undecided, and says so", function()
    local g = group.union { group.SO(3), group.scaling(3) }
    local is, why = g:contains(-2 * eye(3))
    assert.is_nil(is)
    assert.equal("not decided: it keeps all invariants of low rank, and a "
      .. "search of the group did not find it", why)
    local c, s = math.cos(1), math.sin(1)
    local open = group.new { discrete = { { { c, -s }, { s, c } } },
      check = false }
    is, why = open:contains { { c, s }, { -s, c } }
    assert.is_nil(is)
    assert.equal("not decided: there are more than 20000 elements", why)
    assert.is_false(open:contains { { 1, 0 }, { 0, -1 } })
  end)

  it("asks for a matrix of V", function()
    fails("group:contains: argument 'h' must be a matrix [3, 3], got a tensor "
      .. "f32 [2, 2]", function() group.SO(3):contains(weyl.eye(2)) end)
    fails("group:contains: argument 'h' must be a matrix [3, 3], got 'h'",
      function() group.SO(3):contains "h" end)
    fails("group:contains: argument 'tol' must be a number > 0, got 0",
      function() group.SO(3):contains(eye(3), 0) end)
  end)
end)
