-- rep_spec.lua: expressions over V and the matrices they stand for.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, rep = weyl.group, weyl.rep
local V, scalar = rep.V, rep.scalar

-- "mult x rank/duals" of every run.
local function runs(r)
  local out = {}
  for i, run in ipairs(r:runs()) do
    out[i] = ("%dx%d/%d"):format(run.mult, run.rank, run.duals)
  end
  return table.concat(out, " ")
end

local function largest(x) return x:abs():max():item() end

describe("a representation", function()
  it("keeps the order of its summands", function()
    assert.equal("5x0/0 5x1/0", runs(5 * scalar + 5 * V))
    assert.equal("1x2/0 3x0/0 1x1/0", runs(V ^ 2 + 3 + V))
    assert.equal("2x1/0 1x2/0 1x1/0", runs(V + V + V ^ 2 + V))
  end)

  it("expands products from left to right", function()
    assert.equal("1x2/0 2x1/0", runs(V * (V + 2)))
    assert.equal("6x3/0", runs((2 * V) * (3 * V ^ 2)))
    assert.equal("1x2/0 2x1/0 1x0/0", runs((V + 1) ^ 2))
    assert.equal("1x0/0", runs(V ^ 0))
  end)

  it("may be mixed tensors", function()
    assert.equal(V ^ 2 * V:dual(), rep.T(2, 1))
    assert.equal(V ^ 3, rep.T(3))
    assert.equal(scalar, rep.T(0, 0))
    fails("rep.T: argument 'q' must be an integer >= 0, got -1",
      function() rep.T(1, -1) end)
  end)

  it("knows which factors are dual", function()
    assert.equal("1x2/1", runs(V:dual() * V))
    assert.equal("1x2/2", runs(V * V:dual()))
    assert.equal("3x1/0 1x2/1", runs(3 * V + V:dual() * V))
    assert.equal("3x1/1 1x2/2", runs((3 * V + V:dual() * V):dual()))
  end)

  it("takes integers in sums as scalars and elsewhere as multiples", function()
    assert.equal("3x0/0 2x1/0", runs(3 + 2 * V))
    assert.equal("4x1/0", runs(V * 4))
    assert.equal("", runs(0 * V))
  end)

  it("prints as an expression that gives it again", function()
    for _, r in ipairs { 5 * scalar + 5 * V, 3 * V + V ^ 2 + V:dual() * V,
      V * V:dual() ^ 2, 0 * V, V ^ 0, V:dual() } do
      local text = tostring(r)
      assert.equal(r, load("local V = ...; return " .. text)(V))
    end
    assert.equal("5*V^0 + 5*V + V^2", tostring(5 + 5 * V + V ^ 2))
  end)

  it("compares by its runs", function()
    assert.is_true(V + V == 2 * V)
    assert.is_false(V + 1 == 1 + V)
    assert.is_false(V == V:dual())
  end)

  it("has a size once V has a dimension", function()
    local r = 54 * scalar + 18 * V + 6 * V ^ 2 + 2 * V ^ 3
    assert.equal(216, r:size(3))
    assert.equal(216, r:size(group.O(3)))
    assert.equal(80, r:count())
    assert.equal(0, (0 * V):size(3))
  end)

  it("rejects what is none", function()
    fails("rep +: argument 'rep' must be a representation or a number of "
      .. "scalars, got 'x'", function() local _ = V + "x" end)
    fails("rep *: argument 'rep' must be a representation or a number of "
      .. "scalars, got -1", function() local _ = -1 * V end)
    fails("rep ^: argument 'power' must be an integer >= 0, got 1.5",
      function() local _ = V ^ 1.5 end)
    fails("rep ^: (V)^31 has products of 31 factors, the most is 30",
      function() local _ = V ^ 31 end)
    fails("rep *: more than 2^53 copies",
      function() local _ = (1 << 32) * ((1 << 32) * V) end)
    fails("rep: more than 2^53 copies", function()
      local _ = (1 << 53) * V + (1 << 53) * V
    end)
    fails("rep:size: V^20 has more than 2^53 entries for d = 7",
      function() local _ = (V ^ 20):size(7) end)
    fails("rep *: a product has 40 factors, the most is 30",
      function() local _ = V ^ 20 * V ^ 20 end)
    fails("rep:size: argument 'd' must be a group or the dimension of V, an "
      .. "integer >= 1, got 0", function() local _ = V:size(0) end)
  end)
end)

describe("rho and drho", function()
  local r = 2 + V + V:dual() * V + V ^ 2 * V:dual()
  local A = weyl.tensor({ { 0.3, -0.2 }, { 0.5, 0.1 } }, "f64")
  local B = weyl.tensor({ { -0.1, 0.4 }, { 0.2, 0.7 } }, "f64")

  it("of V are the matrix itself, of scalars 1 and 0", function()
    assert.equal(0, largest(V:rho(A) - A))
    assert.equal(0, largest(V:drho(A) - A))
    assert.equal(0, largest((2 * scalar):rho(A) - weyl.eye(2, 2, "f64")))
    assert.equal(0, largest((2 * scalar):drho(A)))
  end)

  it("of products are Kronecker products and sums", function()
    local eye = weyl.eye(2, 2, "f64")
    local dual = A:inv():transpose()
    assert.is_true(largest((V ^ 2):rho(A) - A:kron(A)) < 1e-15)
    assert.is_true(largest((V:dual() * V):rho(A) - dual:kron(A)) < 1e-14)
    assert.is_true(largest((V * V:dual()):drho(A)
      - (A:kron(eye) - eye:kron(A:transpose()))) < 1e-15)
  end)

  it("keep products", function()
    local g, h = A:expm(), B:expm()
    local d = r:rho(g:matmul(h)) - r:rho(g):matmul(r:rho(h))
    assert.is_true(largest(d) < 1e-13)
  end)

  it("go through the exponential", function()
    local d = r:rho(A:expm()) - r:drho(A):expm()
    assert.is_true(largest(d) < 1e-13)
  end)

  it("take nested tables", function()
    assert.equal(0, largest(V:rho { { 1, 2 }, { 3, 5 } }
      - weyl.tensor({ { 1, 2 }, { 3, 5 } }, "f64")))
  end)

  it("need an inverse only for duals", function()
    local singular = weyl.tensor({ { 1, 1 }, { 1, 1 } }, "f64")
    assert.equal(0, largest(V:rho(singular) - singular))
    fails("inv: x is singular: pivot 2 is 0",
      function() local _ = V:dual():rho(singular) end)
  end)

  it("reject matrices that are not square", function()
    fails("rep:rho: argument 'matrix' must be a square matrix, got a table",
      function() local _ = V:rho { { 1, 2 } } end)
    fails("rep:drho: argument 'matrix' must be a square matrix, got 3",
      function() local _ = V:drho(3) end)
  end)
end)
