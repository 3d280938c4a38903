-- spaces_spec.lua: representations beside tensors of V.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, rep = weyl.group, weyl.rep
local V = rep.V
local SO2, O2, SO3, O3 = group.SO(2), group.O(2), group.SO(3), group.O(3)

local function largest(x) return x.size == 0 and 0 or x:abs():max():item() end

-- The rotations of a cube, on space.
local octahedral = group.new { name = "octahedral", discrete = {
  { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 } },
  { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } } } }

local corners = {}
for i = 0, 7 do
  corners[i + 1] = { 2 * (i >> 2 & 1) - 1, 2 * (i >> 1 & 1) - 1,
    2 * (i & 1) - 1 }
end

-- Whether the elements of a basis commute with sampled elements of g.
local function equivariant(g, from, to)
  local W = g:basis(from, to):elements()
  local elements = g:sample { n = 4, seed = 2, method = "walk" }
  for i = 1, 4 do
    local h = elements[i]
    local off = to:rho(h):matmul(W) - W:matmul(from:rho(h))
    assert.is_true(largest(off) < 1e-11, tostring(from))
  end
  return W.shape[1]
end

describe("a representation by a function", function()
  it("is like the one it imitates", function()
    local square = rep.new { name = "square",
      rho = function(g) return g:kron(g) end }
    for _, g in ipairs { SO3, O3, group.SL(2), group.S(4), group.SE(2) } do
      assert.equal(g:dim(V ^ 2, V ^ 2), g:dim(square, square), g.name)
      assert.equal(g:dim(V ^ 3), g:dim(square * V), g.name)
      assert.equal(g:dim(V ^ 2, V), g:dim(square, V), g.name)
      assert.equal(g.d ^ 2, square:size(g))
    end
    assert.equal("2*square + square*V:dual()",
      tostring(2 * square + square * V:dual()))
  end)

  it("has the derivative that was given, or finds it", function()
    local a = weyl.tensor({ { 0.2, -0.4 }, { 0.5, 0.1 } }, "f64")
    local square = rep.new { rho = function(g) return g:kron(g) end }
    assert.is_true(largest(square:drho(a) - (V ^ 2):drho(a)) < 1e-15)
    local given = rep.new { rho = function(g) return g:kron(g) end,
      drho = function(m) return (V ^ 2):drho(m) end }
    assert.equal(0, largest(given:drho(a) - (V ^ 2):drho(a)))
  end)

  it("must be one of the group", function()
    local wrong = rep.new { name = "wrong",
      rho = function(g) return g:square() end }
    fails("wrong: rho is not a representation of SO(2): rho(g h) is not "
      .. "rho(g) rho(h) (relative difference 2.5e-01)",
      function() SO2:dim(wrong) end)
    local slow = rep.new { name = "slow", rho = function(g) return g end,
      drho = function(a) return 2 * a end }
    fails("slow: rho is not a representation of SO(2): rho(exp a) is not "
      .. "exp(drho(a)) (relative difference 3.0e-01)",
      function() SO2:dim(slow) end)
    fails("irrep(2): rho is not a representation of SL(3): rho(g h) is not "
      .. "rho(g) rho(h) (relative difference 1.4e-01)",
      function() group.SL(3):dim(rep.irrep(2)) end)
    -- eight reflections, the last mapped to a quarter turn
    local eight = {}
    for k = 1, 8 do
      eight[k] = {}
      for i = 1, 8 do
        eight[k][i] = {}
        for j = 1, 8 do
          eight[k][i][j] = i ~= j and 0 or i == k and -1 or 1
        end
      end
    end
    local late = rep.new { name = "late", rho = function(g)
      local last = g[8][8]:item() < 0
      return weyl.tensor(last and { { 0, -1 }, { 1, 0 } }
        or { { 1, 0 }, { 0, 1 } }, "f64")
    end }
    fails("late: rho is not a representation of eight: rho(g h) is not rho(g) "
      .. "rho(h) (relative difference 1.0e+00)",
      function() group.new { discrete = eight, name = "eight" }:dim(late) end)
    local tall = rep.new { name = "tall",
      rho = function(g) return g:slice(2, 1, 1) end }
    fails("tall: argument 'rho(1)' must be a square matrix, got a tensor f64 "
      .. "[2, 1]", function() SO2:dim(tall) end)
  end)

  it("rejects what it cannot use", function()
    fails("rep.new: argument 'rho' must be a function, got nil",
      function() rep.new {} end)
    fails("rep.new: argument 'drho' must be a function, got 3",
      function() rep.new { rho = print, drho = 3 } end)
    fails("rep.new: there is no option 'rh' (did you mean 'rho'?)",
      function() rep.new { rh = print } end)
  end)
end)

describe("irreducible representations", function()
  it("of the plane turn k times as fast", function()
    for m = 0, 3 do
      for n = 0, 3 do
        local expected = m ~= n and 0 or m == 0 and 1 or 2
        assert.equal(expected, SO2:dim(rep.psi(m), rep.psi(n)))
        if m > 0 and n > 0 then
          assert.equal(m == n and 1 or 0, O2:dim(rep.psi(m), rep.psi(n)))
        end
      end
    end
    assert.equal(2, equivariant(SO2, rep.psi(2), V ^ 2))
    assert.equal(8, equivariant(SO2, V ^ 4, rep.psi(2)))
    assert.equal(1, O2:dim(rep.psi(1), V))
  end)

  it("of space come in V^n as often as paths lead there", function()
    -- V^3 = 1 (0) + 3 (1) + 2 (2) + 1 (3)
    for l, times in ipairs { 3, 2, 1, 0 } do
      assert.equal(times, equivariant(SO3, V ^ 3, rep.irrep(l)))
    end
    assert.equal(1, SO3:dim(V ^ 3, rep.irrep(0)))
  end)

  it("of O(3) have a parity", function()
    assert.equal(1, O3:dim(V, rep.irrep(1)))
    assert.equal(0, O3:dim(V, rep.irrep(1, 1)))
    assert.equal(1, O3:dim(V:alt(2), rep.irrep(1, 1)))
    assert.equal(1, O3:dim(V ^ 3, rep.irrep(0, -1)))
    assert.equal(O3:dim(V ^ 3, rep.det), O3:dim(V ^ 3, rep.irrep(0, -1)))
  end)

  it("couple by Clebsch and Gordan's coefficients", function()
    for _, l in ipairs { { 1, 1, 2 }, { 1, 2, 3 }, { 2, 2, 2 }, { 1, 2, 2 } }
    do
      local a, b, c = table.unpack(l)
      local W = SO3:basis(rep.irrep(a) * rep.irrep(b), rep.irrep(c))
        :elements()
      assert.equal(1, W.shape[1])
      local C = rep.coupling(a, b, c):reshape(2 * c + 1, -1)
      C = C / C:norm()
      local off = math.min(largest(W[1] - C), largest(W[1] + C))
      assert.is_true(off < 1e-13, table.concat(l, " "))
    end
  end)

  it("are found in the harmonics", function()
    weyl.seed(4)
    local x, g = weyl.normal({ 5, 3 }, 0, 1, "f64"), O3:sample { seed = 3 }
    for l = 0, 4 do
      local moved = rep.spherical_harmonics(l, x:matmul(g:transpose()))
      local turned = rep.spherical_harmonics(l, x)
        :matmul(rep.irrep(l):rho(g):transpose())
      assert.is_true(largest(moved - turned) < 1e-13)
    end
  end)

  it("belong to their dimension", function()
    fails("psi(2) is a representation of groups on R^2; this one acts on R^3",
      function() SO3:dim(rep.psi(2)) end)
    fails("irrep(2) is a representation of groups on R^3; this one acts on "
      .. "R^2", function() SO2:dim(rep.irrep(2)) end)
    fails("rep.psi: argument 'k' must be an integer >= 0, got -1",
      function() rep.psi(-1) end)
    fails("rep.irrep: argument 'l' must be an integer >= 0, got 0.5",
      function() rep.irrep(0.5) end)
    fails("rep.irrep: argument 'parity' must be 1 or -1, got 2",
      function() rep.irrep(1, 2) end)
  end)
end)

describe("parts of tensor powers", function()
  it("have their sizes", function()
    assert.equal(6, V:sym(2):size(3))
    assert.equal(10, V:sym(3):size(3))
    assert.equal(3, V:alt(2):size(3))
    assert.equal(5, V:traceless(2):size(3))
    assert.equal(6, (V + 1):alt(2):size(3))
  end)

  it("make up the power together", function()
    for _, g in ipairs { O3, group.SL(2), group.SE(2), group.S(4) } do
      assert.equal(g:dim(V ^ 2), g:dim(V:sym(2)) + g:dim(V:alt(2)), g.name)
      equivariant(g, V ^ 2, V:sym(2))
      equivariant(g, V:dual() * V, V:alt(2))
    end
    assert.equal(0, SO3:dim(V:traceless(2)))
    assert.equal(1, SO3:dim(V:traceless(3), rep.irrep(3)))
    assert.equal(1, O3:dim(V:traceless(3), rep.irrep(3)))
  end)

  it("of the top degree are the determinant", function()
    assert.equal(1, O3:dim(V:alt(3), rep.det))
    assert.equal(1, group.GL(3):dim(V:alt(3), rep.det))
    assert.equal(1, SO3:dim(V:alt(2), V))
    assert.equal(1, O3:dim(V:alt(2), V * rep.det))
    assert.equal(0, O3:dim(V:alt(2), V))
  end)

  it("print as they are made", function()
    assert.equal("2*V:sym(2) + (V + V^0):alt(2)",
      tostring(V:sym(2) + V:sym(2) + (V + 1):alt(2)))
    assert.is_true(V:sym(2) == V:sym(2))
    assert.is_false(V:sym(2) == V:alt(2))
    fails("rep:sym: argument 'n' must be an integer >= 1, got 0",
      function() V:sym(0) end)
  end)
end)

describe("points that are permuted", function()
  local eight = rep.permutation(corners, "corners")

  it("carry a representation", function()
    assert.equal(1, octahedral:dim(eight))
    assert.equal(4, octahedral:dim(eight, eight)) -- distances of corners
    assert.equal(1, equivariant(octahedral, eight, V))
    assert.equal("orbits", octahedral:basis(eight, V):gap().routes[1])
    assert.equal("corners", tostring(eight))
  end)

  it("must be permuted", function()
    fails("corners: the group does not permute the points",
      function() group.C(3):embed(3, { 1, 2 }):dim(eight) end)
    fails("corners: the group moves the points along curves",
      function() SO3:dim(eight) end)
    fails("rep.permutation: argument 'points' must be a list of points "
      .. "[k, d], got 3", function() rep.permutation(3) end)
  end)
end)

describe("a representation read through a homomorphism", function()
  local function lifted(g) -- a rotation of the plane as one of space
    return weyl.concat({ weyl.concat({ g, weyl.zeros({ 2, 1 }, "f64") }, 2),
      weyl.tensor({ { 0, 0, 1 } }, "f64") }, 1)
  end

  it("is the restriction to a subgroup", function()
    local inner = group.SO(2):embed(3, { 1, 2 })
    for r = 1, 3 do
      local space = (V ^ r):restrict(lifted)
      assert.equal(inner:dim(V ^ r), SO2:dim(space))
      assert.equal(3 ^ r, space:size(2))
    end
    assert.equal(1, SO2:dim(rep.irrep(2):restrict(lifted)))
  end)

  it("rejects what is no function", function()
    fails("rep:restrict: argument 'phi' must be a function, got 1",
      function() V:restrict(1) end)
  end)
end)

describe("parts of V", function()
  it("are representations when the group keeps them apart", function()
    local g = group.union { SO3:embed(5, { 1, 2, 3 }),
      group.S(2):embed(5, { 4, 5 }) }
    local first, second = rep.axes(1, 3), rep.axes(4, 5)
    assert.equal(1, g:dim(first, first))
    assert.equal(2, g:dim(second, second))
    assert.equal(0, g:dim(first, second))
    assert.equal(2, g:dim(first * second, first * second))
    local routes = g:basis(first * second, first * second):gap().routes
    assert.equal("product", routes[#routes])
    assert.equal(2, equivariant(g, first * second, first * second))
  end)

  it("are none when it does not", function()
    fails("axes(1, 2): rho is not a representation of SO(3): rho(g h) is not "
      .. "rho(g) rho(h) (relative difference 2.1e-01)",
      function() SO3:dim(rep.axes(1, 2)) end)
    fails("axes(1, 4): the group acts on R^3",
      function() SO3:dim(rep.axes(1, 4)) end)
    fails("rep.axes: argument 'last' must be an integer >= 2, got 1",
      function() rep.axes(2, 1) end)
  end)
end)

describe("representations of factors", function()
  it("are read on their axes", function()
    local both = group.direct { SO3, group.S(5) }
    local r = rep.irrep(2):on(1, 3) * V:on(4, 8)
    assert.equal("irrep(2):on(1, 3)*V:on(4, 8)", tostring(r))
    assert.equal(25, r:size(both))
    assert.equal(2, both:dim(r, r))
    fails("rep:on: argument 'last' must be an integer >= 3, got 1",
      function() V:on(3, 1) end)
  end)
end)

describe("an account", function()
  it("says what a representation contains", function()
    assert.equal(table.concat({
      "copies  of          size  entries",
      "     2  V^0            1  1..2",
      "     3  V              3  3..11",
      "     1  irrep(2)*V    15  12..26",
      "26 entries in all, d = 3" }, "\n"),
      (2 + 3 * V + rep.irrep(2) * V):account(3))
  end)

  it("counts invariants and self-maps under a group", function()
    assert.equal(table.concat({
      "copies  of          size  entries  invariants  maps to itself",
      "     2  V^0            1  1..2              1               1",
      "     3  V              3  3..11             0               1",
      "     1  irrep(2)*V    15  12..26            0               3",
      "26 entries in all, d = 3" }, "\n"),
      (2 + 3 * V + rep.irrep(2) * V):account(O3))
  end)

  it("may have nothing to say", function()
    assert.equal(0, V:alt(4):size(3))
    assert.equal(0, O3:dim(V:alt(4)))
    assert.equal(1, O3:dim(V + V:alt(4), V))
    assert.same({ 3, 3 }, (V + V:alt(4)):rho(O3:sample()).shape)
  end)
end)

describe("products of features", function()
  it("are features of the product", function()
    local rx, ry = 2 * V + 1, V ^ 2 + 2 * V + 2
    local g = SO3:sample { seed = 8 }
    weyl.seed(3)
    local x = weyl.normal({ 4, rx:size(3) }, 0, 1, "f64")
    local y = weyl.normal({ 4, ry:size(3) }, 0, 1, "f64")
    local function product(u, v)
      return rep.multiply { x = u, y = v, rep_x = rx, rep_y = ry, d = SO3 }
    end
    local moved = product(x:matmul(rx:rho(g):transpose()),
      y:matmul(ry:rho(g):transpose()))
    local turned = product(x, y):matmul((rx * ry):rho(g):transpose())
    assert.is_true(largest(moved - turned) < 1e-13)
  end)

  it("give the invariants that linear maps do not", function()
    local x = weyl.tensor({ { 3, 4, 12 } }, "f64")
    local W = SO3:basis(V ^ 2, 1):elements()[1]
    local s = rep.multiply { x = x, y = x, rep_x = V, rep_y = V, d = 3 }
    assert.near(169 / math.sqrt(3), s:matmul(W:transpose()):item(), 1e-12)
  end)

  it("need features of their representations", function()
    fails("rep.multiply: argument 'y' must be a batch of 1 rows, as x, got a "
      .. "tensor f32 [2, 3]", function()
        rep.multiply { x = weyl.ones { 1, 3 }, y = weyl.ones { 2, 3 },
          rep_x = V, rep_y = V, d = 3 }
      end)
    fails("rep.multiply: argument 'y' must be a tensor [batch, 3], got a "
      .. "tensor f32 [2, 2]", function()
        rep.multiply { x = weyl.ones { 2, 3 }, y = weyl.ones { 2, 2 },
          rep_x = V, rep_y = V, d = 3 }
      end)
  end)
end)
