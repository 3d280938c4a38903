-- averaging_spec.lua: the projector by averaging over the group against the
-- one by solving; bilinear maps.

local fails = require "spec.tensor.fails"
local tables = require "spec.symmetry.tables"
local weyl = require "weyl"
local group, rep = weyl.group, weyl.rep
local V = rep.V

local function largest(x) return x:abs():max():item() end

local function random_map(g, from, to, seed)
  weyl.seed(seed)
  return weyl.normal({ to:size(g), from:size(g) }, 0, 1, "f64"):eval()
end

-- Compares both projectors on one random map.
local function agree(g, from, to, bound)
  local W = random_map(g, from, to, 5)
  local mean, rounds = g:reynolds(W, from, to)
  local P = g:basis(from, to):projector()(W)
  assert.is_true(largest(mean - P) < bound, g.name)
  return rounds
end

describe("averaging over the group", function()
  it("is the projector of finite groups", function()
    local from, to = V ^ 2 + 1, V + V ^ 2
    for _, g in ipairs { group.C(5), group.D(4), group.S(4), group.Alt(4),
      group.Z(5), group.reflection(3, 2), group.parity(),
      group.C(3):embed(3, { 1, 3 }), group.trivial(3) } do
      assert.equal(1, agree(g, from, to, 1e-13))
    end
    agree(group.cube(), V, V, 1e-13)
  end)

  -- 16 uniform elements a round: what is not invariant shrinks by 4.
  it("is that of compact groups after some rounds", function()
    local from, to = V + 1, V ^ 2 + V
    for _, g in ipairs { group.SO(3), group.O(3), group.SO(2), group.O(2),
      group.O(2):embed(3, { 1, 2 }), group.SO(4), group.U(2), group.SU(2),
      group.SU(3) } do
      local rounds = agree(g, from, to, 1e-12)
      assert.is_true(rounds > 5 and rounds < 60, g.name)
    end
  end)

  it("is that of other representations", function()
    agree(group.SO(3), V ^ 2, rep.irrep(2) + rep.irrep(1), 1e-12)
    agree(group.O(3), V:sym(2), V:traceless(2) + rep.det, 1e-12)
    agree(group.SO(2), V ^ 4, rep.psi(2), 1e-12)
    agree(group.direct { group.SO(3), group.S(3) },
      rep.axes(1, 3) * rep.axes(4, 6), rep.axes(1, 3) * rep.axes(4, 6), 1e-12)
  end)

  it("asks for what it needs", function()
    local W = weyl.zeros { 3, 3 }
    fails("group:reynolds: argument 'W' must be a tensor [9, 3], got a "
      .. "tensor f32 [3, 3]",
      function() group.O(3):reynolds(W, V, V ^ 2) end)
    fails("group:reynolds: argument 'rep_in' must be a representation, got 'x'",
      function() group.O(3):reynolds(W, "x", V) end)
    assert.has_error(function() group.SL(3):reynolds(W, V, V) end)
  end)
end)

describe("bilinear maps", function()
  local SO4 = group.SO(4)
  local rx, ry, out = 3 * V + V ^ 2, V + 1, 1 + V ^ 2 + V

  it("are as many as is known", function()
    local b = SO4:bilinear(rx, ry, out)
    assert.equal(27, b:dim())
    assert.same({ 27, 21, 28, 5 }, b:elements().shape)
    assert.equal("equivariant bilinear maps (3*V + V^2) x (V + V^0) -> V^0 + "
      .. "V^2 + V under SO(4): dimension 27", tostring(b))
  end)

  it("are equivariant in the order of their arguments", function()
    for _, case in ipairs { { SO4, rx, ry, out },
      { group.S(3), V + 2, V ^ 2 + V, V },
      { group.SO(3), rep.irrep(1) + V, 2 * V, V + rep.irrep(2) } } do
      local g, a, b, c = table.unpack(case)
      local maps = g:bilinear(a, b, c)
      local B = maps:random { seed = 2 }
      weyl.seed(6)
      local x = weyl.normal({ 3, a:size(g) }, 0, 1, "f64")
      local y = weyl.normal({ 3, b:size(g) }, 0, 1, "f64")
      local h = g:sample { seed = 9 }
      local function move(r, t) return t:matmul(r:rho(h):transpose()) end
      local d = maps:apply(B, move(a, x), move(b, y))
        - move(c, maps:apply(B, x, y))
      assert.is_true(largest(d) < 1e-11)
    end
  end)

  it("are orthonormal", function()
    local e = SO4:bilinear(rx, ry, out):elements():reshape(27, -1)
    assert.is_true(largest(e:matmul(e:transpose())
      - weyl.eye(27, 27, "f64")) < 1e-13)
  end)

  it("of vectors in space are the cross product", function()
    local e = group.SO(3):bilinear(V, V, V):elements()
    local x = weyl.tensor({ { 1, 2, 3 } }, "f64")
    local y = weyl.tensor({ { -2, 1, 5 } }, "f64")
    local z = group.SO(3):bilinear(V, V, V):apply(e[1], x, y) * 6 ^ 0.5
    local cross = weyl.tensor({ { 7, -11, 5 } }, "f64")
    assert.is_true(math.min(largest(z - cross), largest(z + cross)) < 1e-12)
  end)

  it("ask for representations", function()
    fails("group:bilinear: argument 'rep_y' must be a representation, got -1",
      function() SO4:bilinear(V, -1, V) end)
    fails("bilinear:apply: argument 'B' must be a tensor [4, 4, 4], got 1",
      function() SO4:bilinear(V, V, V):apply(1, 2, 3) end)
  end)
end)

describe("the trace of averaging", function()
  it("is the dimension", function()
    local counted = 0
    for _, case in ipairs(tables.maps) do
      local g = tables.value(case[1])
      local from, to = tables.value(case[2]), tables.value(case[3])
      local n, trace = case[4], 0
      if n <= 216 and g:is_finite() and g:order() <= 6 then
        for i = 1, n do
          local W = weyl.arange(n):eq(i):to "f64"
            :reshape(to:size(g), from:size(g))
          trace = trace + (g:reynolds(W, from, to) * W):sum():item()
        end
        assert.near(case[5], trace, 1e-10)
        counted = counted + 1
      end
    end
    assert.equal(1, counted)
  end)
end)
