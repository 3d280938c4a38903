-- group_spec.lua: making groups and drawing their elements.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group
local V = weyl.rep.V

local function largest(x) return x:abs():max():item() end

-- Largest deviation of g^T g from the identity.
local function skewness(g)
  return largest(g:transpose():matmul(g) - weyl.eye(g.shape[2], nil, "f64"))
end

describe("a group", function()
  it("is its generators, not its name", function()
    local a = group.O(2):embed(3, { 1, 2 })
    local b = group.O(2):embed(3, { 2, 3 })
    local again = group.new { lie = a.lie, discrete = a.discrete,
      name = "another name" }
    assert.is_true(a == again)
    assert.is_false(a == b)
    assert.is_false(group.SO(3) == group.O(3))
    b.name = a.name
    assert.is_false(a == b)
  end)

  it("gives three embeddings three bases, whatever their names", function()
    local seen = {}
    for i, axes in ipairs { { 1, 2 }, { 2, 3 }, { 1, 3 } } do
      local g = group.O(2):embed(3, axes)
      g.name = "O(2)"
      seen[i] = g:basis(V, V):matrix()
    end
    assert.is_true(largest(seen[1] - seen[2]) > 0.4)
    assert.is_true(largest(seen[1] - seen[3]) > 0.4)
    assert.is_true(largest(seen[2] - seen[3]) > 0.4)
  end)

  it("may mix -0 and 0", function()
    local a = group.new { discrete = { { { -0.0, 1 }, { 1, 0 } } } }
    local b = group.new { discrete = { { { 0, 1 }, { 1, -0.0 } } } }
    assert.is_true(a == b)
  end)

  it("knows whether it is orthogonal", function()
    for _, g in ipairs { group.SO(3), group.O(4), group.C(5), group.S(4),
      group.reflection(3), group.trivial(2), group.cube(),
      group.O(2):embed(3, { 1, 3 }) } do
      assert.is_true(g:is_orthogonal(), g.name)
    end
    for _, g in ipairs { group.SL(2), group.scaling(3), group.lorentz(),
      group.SE(2), group.Sp(1), group.translations(2) } do
      assert.is_false(g:is_orthogonal(), g.name)
    end
  end)

  it("says the dimension of V", function()
    assert.equal(4, group.lorentz().d)
    assert.equal(4, group.SE(3).d)
    assert.equal(6, group.Sp(3).d)
  end)

  it("is made from matrices", function()
    local g = group.new { name = "quarter turns",
      discrete = { { { 0, -1 }, { 1, 0 } } } }
    assert.equal("quarter turns", tostring(g))
    assert.equal(2, g:dim(V ^ 2))
    local h = group.new { lie = { weyl.tensor { { 0, -1 }, { 1, 0 } } } }
    assert.equal(group.SO(2):dim(V ^ 4), h:dim(V ^ 4))
    assert.equal(81, group.new { d = 3 }:dim(V ^ 4))
  end)

  it("does not depend on the length of Lie generators", function()
    for _, c in ipairs { 1e-6, 1e6 } do
      local g = group.new { lie = { { { 0, -c }, { c, 0 } } } }
      assert.equal(6, g:dim(V ^ 4))
    end
  end)

  it("may be the union of several", function()
    local g = group.union { group.O(2):embed(3, { 1, 2 }),
      group.O(2):embed(3, { 2, 3 }) }
    for r = 0, 4 do
      assert.equal(group.O(3):dim(V ^ r), g:dim(V ^ r))
    end
    local similar = group.union { group.scaling(2), group.SO(2) }
    assert.equal(2, similar:dim(V, V))
    assert.equal(0, similar:dim(V ^ 2))
  end)

  it("rejects what generates none", function()
    fails("group.new: lie[1] must be a square matrix, got 2 rows, 1 numbers "
      .. "in the first",
      function() group.new { lie = { { { 1 }, { 2 } } } } end)
    fails("group.new: discrete[2] must be a square matrix 2 x 2, got 1 rows, "
      .. "1 numbers in the first", function()
        group.new { discrete = { { { 1, 0 }, { 0, 1 } }, { { 1 } } } }
      end)
    fails("group.new: lie[1] must be a square matrix, got 3",
      function() group.new { lie = { 3 } } end)
    fails("group: discrete[1] is singular; an element of a group has an "
      .. "inverse",
      function() group.new { discrete = { { { 1, 1 }, { 1, 1 } } } } end)
    fails("group.new: entry [1, 2] of lie[1] is inf; it must be finite",
      function() group.new { lie = { { { 0, math.huge }, { 0, 0 } } } } end)
    fails("group.new: there are no generators; give the dimension d",
      function() group.new {} end)
    fails("group.new: there is no option 'lei' (did you mean 'lie'?)",
      function() group.new { lei = {} } end)
    fails("group.SO: argument 'n' must be an integer >= 1, got 0",
      function() group.SO(0) end)
    fails("group:embed: argument 'axes' must be distinct integers from 1 to "
      .. "3, got 1", function() group.SO(2):embed(3, { 1, 1 }) end)
    fails("group:embed: argument 'axes' must be a table of 2 axes, got a "
      .. "table", function() group.SO(2):embed(3, { 1 }) end)
    fails("group.union: group 2 acts on dimension 2, group 1 on 3",
      function() group.union { group.SO(3), group.SO(2) } end)
  end)
end)

describe("a random element", function()
  it("is a matrix, or several", function()
    assert.same({ 3, 3 }, group.SO(3):sample().shape)
    assert.same({ 5, 3, 3 }, group.SO(3):sample { n = 5 }.shape)
    assert.equal("f64", group.SO(3):sample().dtype)
  end)

  it("lies in the group", function()
    for _, method in ipairs { "haar", "walk" } do
      local g = group.SO(3):sample { n = 50, seed = 1, method = method }
      assert.is_true(skewness(g) < 1e-13)
      assert.is_true(largest(g:det() - 1) < 1e-13)
      local h = group.O(4):sample { n = 50, seed = 1, method = method }
      assert.is_true(skewness(h) < 1e-13)
      local det = h:det()
      assert.is_true(largest(det:abs() - 1) < 1e-13)
      assert.is_true(math.abs(det:sum():item()) < 40)
    end
    local b = group.lorentz():sample { n = 20, seed = 2 }
    local metric = weyl.diag(weyl.tensor({ -1, 1, 1, 1 }, "f64"))
    assert.is_true(largest(b:transpose():matmul(metric):matmul(b) - metric)
      < 1e-11)
    local p = group.S(4):sample { n = 20, seed = 3 }
    assert.is_true(largest(p:square() - p) == 0)
    assert.is_true(largest(p:sum(2) - 1) == 0)
  end)

  it("leaves the other axes alone", function()
    for _, method in ipairs { "haar", "walk" } do
      local g = group.O(2):embed(4, { 4, 2 })
        :sample { n = 9, seed = 1, method = method }
      assert.is_true(largest(g:transpose():matmul(g)
        - weyl.eye(4, 4, "f64")) < 1e-14)
      for _, k in ipairs { 1, 3 } do
        local row = g:slice(2, k, k) - weyl.eye(4, 4, "f64"):slice(1, k, k)
        assert.equal(0, largest(row))
      end
    end
  end)

  -- The mean of rho(g) over the group is the projector onto invariants.
  it("is uniform by Haar's measure", function()
    for _, g in ipairs { group.SO(3), group.O(2), group.O(1), group.SO(2),
      group.O(2):embed(3, { 1, 3 }), group.reflection(2) } do
      local r, mean = V + V ^ 2, 0
      local elements = g:sample { n = 2000, seed = 5, method = "haar" }
      for i = 1, 2000 do mean = mean + r:rho(elements[i]) / 2000 end
      local p = g:basis(r):matrix()
      assert.is_true(largest(mean - p) < 0.06, g.name)
    end
  end)

  it("is the same for the same seed, and only then", function()
    local g = group.O(3)
    local a, b = g:sample { seed = 7 }, g:sample { seed = 7 }
    assert.equal(0, largest(a - b))
    assert.is_true(largest(a - g:sample { seed = 8 }) > 1e-3)
    weyl.seed(4)
    local first, second = g:sample(), g:sample()
    assert.is_true(largest(first - second) > 1e-3)
    weyl.seed(4)
    assert.equal(0, largest(first - g:sample()))
    assert.is_true(largest(first - g:sample "another stream") > 1e-3)
  end)

  it("asks for a method that is known", function()
    fails("sample: no uniform (Haar) sampler is known for SL(2); use "
      .. "method = 'walk'",
      function() group.SL(2):sample { method = "haar" } end)
    fails("group:sample: argument 'method' must be 'haar' or 'walk', got "
      .. "'har'", function() group.SO(2):sample { method = "har" } end)
    fails("group:sample: argument 'n' must be an integer >= 1, got 0",
      function() group.SO(2):sample { n = 0 } end)
  end)
end)
