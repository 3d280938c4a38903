-- action_spec.lua: many elements acting at once, and drawing them fast.

local action = require "weyl.symmetry.action"
local draw = require "weyl.symmetry.draw"
local weyl = require "weyl"

local group, rep = weyl.group, weyl.rep
local V = rep.V

local function largest(x) return x:abs():max():item() end

describe("rows moved by elements of their own", function()
  local cases = {
    { group.O(3), 5 * rep.scalar + 5 * V },
    { group.SO(3), V ^ 2 + V + V ^ 3 },
    { group.SL(3), V:dual() * V + 2 * V:dual() + V ^ 2 },
    { group.O(2):embed(3, { 1, 3 }), 2 * V ^ 2 * V:dual() },
    { group.S(4), V ^ 2 },
    { group.SO(3), rep.irrep(2) * V + rep.det + V:dual() * rep.irrep(1) },
  }
  for _, c in ipairs(cases) do
    local g, r = table.unpack(c)
    it(("agree with rho of each: %s under %s"):format(r, g), function()
      weyl.seed(3)
      local elements = g:sample { n = 6, seed = 1 }
      local x = weyl.normal({ 6, r:size(g) }, 0, 1, "f64"):eval()
      local y = action.rows(r, g, elements, x)
      for i = 1, 6 do
        local expected = r:rho(elements[i]):matmul(x[i])
        assert.is_true(largest(y[i] - expected)
          < 1e-13 * (1 + largest(expected)))
      end
    end)
  end

  it("must be features of the representation", function()
    local g = group.O(3)
    assert.error_matches(function()
      action.rows(2 * V, g, g:sample { n = 2 }, weyl.ones { 2, 7 })
    end, "a row of 7 entries is no feature of 2%*V over dimension 3, which "
      .. "has 6")
  end)

  it("keep the dtype of what is moved", function()
    local g = group.O(3)
    local y = action.rows(V, g, g:sample { n = 2 }, weyl.ones { 2, 3 })
    assert.equal("f32", y.dtype)
    assert.same({ 2, 3 }, y.shape)
  end)
end)

describe("elements drawn for a step", function()
  local plane = group.O(2):embed(3, { 1, 3 })
  local turns = group.SO(2):embed(3, { 1, 3 })

  it("have a closed form for rotations, with or without reflections",
    function()
      for _, g in ipairs { group.O(3), group.SO(3), group.O(2), plane,
        turns, group.SO(4), group.O(5) } do
        assert.is_true(draw.is_closed(g))
      end
      for _, g in ipairs { group.SL(3), group.S(3), group.scaling(3) } do
        assert.is_false(draw.is_closed(g))
      end
    end)

  it("are orthogonal, of determinant 1 or both signs, and keep other axes",
    function()
      for dtype, tolerance in next, { f32 = 3e-6, f64 = 1e-14 } do
        for _, c in ipairs { { group.O(3), true }, { group.SO(3), false },
          { plane, true }, { turns, false }, { group.SO(4), false },
          { group.O(5), true } } do
          weyl.seed(2)
          local g, d = draw.elements(c[1], 200, dtype, "draw"):eval(), c[1].d
          assert.equal(dtype, g.dtype)
          assert.is_true(largest(g:matmul(g:transpose())
            - weyl.eye(d, d, dtype)) < tolerance)
          local det = g:det()
          assert.is_true(largest(det:abs() - 1) < tolerance)
          assert.equal(c[2], det:min():item() < 0)
        end
        local g = draw.elements(plane, 50, dtype, "draw")
        assert.equal(0, largest(g:take(weyl.tensor({ 2 }, "i64"), 2)
          - weyl.tensor({ { { 0, 1, 0 } } }, dtype)))
      end
    end)

  -- Uniform elements: the mean of tr(g)^r is the number of invariants of V^r.
  -- Five standard errors of the mean of n draws.
  local N = 40000
  local function holds(values, expected)
    local mean = values:mean():item()
    local spread = math.sqrt(values:var():item() / N)
    assert.near(expected, mean, 5 * spread + 1e-9)
  end

  it("are uniform: powers of the trace count invariants", function()
    local dims = {
      { group.O(3), { 0, 1, 0, 3 } }, { group.SO(3), { 0, 1, 1, 3 } },
      { plane, { 1, 2, 4, 10 } }, { turns, { 1, 3, 7, 19 } },
      { group.O(2), { 0, 1, 0, 3 } }, { group.SO(4), { 0, 1, 0, 4 } },
      { group.O(4), { 0, 1, 0, 3 } }, { group.O(5), { 0, 1, 0, 3 } } }
    for _, c in ipairs(dims) do
      weyl.seed(7)
      local g = draw.elements(c[1], N, "f64", "draw")
      local d = c[1].d
      local trace = (g * weyl.eye(d, d, "f64")):sum({ 2, 3 }):eval()
      for r, dim in ipairs(c[2]) do
        assert.equal(dim, c[1]:dim(V ^ r))
        holds(trace ^ r, dim)
      end
    end
  end)

  it("are uniform: entries have mean 0 and variance 1 / d", function()
    for _, c in ipairs { group.O(3), group.SO(3), group.SO(4) } do
      weyl.seed(8)
      local g = draw.elements(c, N, "f64", "draw"):eval()
      for i = 1, c.d do
        for j = 1, c.d do
          local entry = g:slice(2, i, i):slice(3, j, j):reshape(N):eval()
          holds(entry, 0)
          holds(entry:square():eval(), 1 / c.d)
        end
      end
    end
  end)

  it("of other groups are those that the group samples", function()
    for _, g in ipairs { group.S(3), group.O(1, 3), group.D(4) } do
      weyl.seed(4)
      local expected = g:sample { n = 5, stream = "draw" }
      weyl.seed(4)
      assert.same(expected:totable(),
        draw.elements(g, 5, "f64", "draw"):totable())
    end
  end)

  it("of a walk are exponentials of random combinations", function()
    for _, g in ipairs { group.SL(3), group.scaling(3), group.union {
      group.SO(3), group.scaling(3) }, group.SE(3) } do
      weyl.seed(6)
      local z = weyl.normal({ 20, #g.lie }, 0, 1, "f64", "draw"):eval()
      weyl.seed(6)
      local drawn = draw.elements(g, 20, "f64", "draw")
      for i = 1, 20 do
        local a = weyl.zeros({ g.d, g.d }, "f64")
        for k = 1, #g.lie do
          a = a + z[i][k] * g.scale[k] * weyl.tensor(g.lie[k], "f64")
        end
        local e = a:expm()
        assert.is_true(largest(drawn[i] - e) < 1e-12 * largest(e))
      end
      assert.equal("f32", draw.elements(g, 2, "f32", "draw").dtype)
    end
  end)

  it("depend on the stream alone", function()
    local function drawn(stream)
      weyl.seed(5)
      weyl.normal({ 7 }):eval()
      return draw.elements(group.O(3), 3, "f32", stream):totable()
    end
    assert.same(drawn "a", drawn "a")
    assert.are_not.same(drawn "a", drawn "b")
  end)
end)
