-- dimensions_spec.lua: numbers of invariant tensors and of equivariant maps,
-- against the tables of known ones and closed forms, and the laws that every
-- basis must keep.

local tables = require "spec.symmetry.tables"
local weyl = require "weyl"
local group = weyl.group
local V, rep = weyl.rep.V, weyl.rep

local value = tables.value

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

-- Invariants of V^0, V^1, V^2, ...
local function row(g, max)
  local out = {}
  for r = 0, max do out[r + 1] = g:dim(V ^ r) end
  return table.concat(out, " ")
end

-- Rows of f(p, q) for p + q = 0, 1, 2, ...: (r, 0), (r - 1, 1), ..., (0, r)
local function mixed_row(f, max)
  local out = {}
  for r = 0, max do
    local part = {}
    for q = 0, r do part[q + 1] = f(r - q, q) end
    out[r + 1] = table.concat(part, " ")
  end
  return table.concat(out, ", ")
end

-- Expressions whose largest case takes long under checking tools.
local SLOW = { ["SO(4)"] = true, ["SO(5)"] = true, ["SO(7)"] = true,
  ["SO(6)"] = true, ["SO(8)"] = true, ["SO(3)"] = true, ["O(6)"] = true,
  ["S(7)"] = true, ["Sp(3)"] = true, ["SL(3)"] = true, ["GL(3)"] = true,
  ["SL(4)"] = true, ["SE(3)"] = true, ["O(5)"] = true,
  ["union {SO(3), scaling(3)}"] = true, ["SU(3)"] = true, ["SU(4)"] = true,
  ["S(6)"] = true, ["SL(2)"] = true, ["SU(2)"] = true }

local function mark(text) return SLOW[text] and " #slow" or "" end

describe("the number of invariant tensors", function()
  for _, case in ipairs(tables.tensors) do
    local text, expected = table.unpack(case)
    it("of " .. text .. mark(text), function()
      assert.equal(expected, row(value(text), count(expected, " ")))
    end)
  end

  for _, case in ipairs(tables.mixed) do
    local text, expected = table.unpack(case)
    it("with duals of " .. text .. mark(text), function()
      local g = value(text)
      assert.equal(expected, mixed_row(function(p, q)
        return g:dim(V ^ p * V:dual() ^ q)
      end, count(expected, ",")))
    end)
  end

  -- Complex invariants are counted twice among the real ones.
  for _, case in ipairs(tables.complex) do
    local text, expected = table.unpack(case)
    it("over the complex numbers of " .. text .. mark(text), function()
      local g = value(text)
      assert.equal(expected, mixed_row(function(p, q)
        local dim = g:dim(rep.complex(p, q))
        assert.equal(0, dim % 2)
        return dim // 2
      end, count(expected, ",")))
    end)
  end

  -- T(6, 0) and T(3, 3) of SU(3), as maps between real forms of T(3, 0): a
  -- real map is a complex linear and a conjugate linear one.
  it("over the complex numbers at rank 6 of SU(3) #slow", function()
    local T3 = rep.complex(3, 0)
    assert.equal(2 * (6 + 5), group.SU(3):dim(T3, T3))
  end)
end)

describe("closed forms give the number", function()
  it("of SO(2): central binomial coefficients", function()
    local binomial = 1
    for r = 2, 12, 2 do
      binomial = binomial * 4 * (r - 1) // r
      assert.equal(binomial, group.SO(2):dim(V ^ r))
    end
  end)

  it("of O(n), n >= r / 2: double factorials", function()
    local product = 1
    for r = 2, 6, 2 do
      product = product * (r - 1)
      for n = r // 2, 4 do
        assert.equal(product, group.O(n):dim(V ^ r), ("O(%d), %d"):format(n,
          r))
      end
    end
  end)

  -- Partitions of r things into at most n parts.
  it("of S(n): sums of Stirling numbers", function()
    local function stirling(r, j)
      if r == 0 then return j == 0 and 1 or 0 end
      if j == 0 then return 0 end
      return j * stirling(r - 1, j) + stirling(r - 1, j - 1)
    end
    for n = 1, 6 do
      for r = 0, 5 do
        local sum = 0
        for j = 0, n do sum = sum + stirling(r, j) end
        assert.equal(sum, group.S(n):dim(V ^ r), ("S(%d), %d"):format(n, r))
      end
    end
  end)

  -- Burnside: the mean of the fixed points' number to the power of r.
  it("of finite permutation groups: means of fixed points", function()
    for _, g in ipairs { group.cube(), group.Alt(5), group.Z(7),
      group.S(4) } do
      local fixed = weyl.einsum("nii->n", { g:elements() })
      for r = 1, 4 do
        assert.near(g:dim(V ^ r), (fixed ^ r):mean():item(), 1e-9, g.name)
      end
    end
  end)

  -- SO(3): the multiplicity of the scalar in (2 l + 1)'s, by their characters.
  it("of products of irreps of SO(3): triangles", function()
    for a = 0, 3 do
      for b = 0, 3 do
        for c = 0, 4 do
          local inside = c >= math.abs(a - b) and c <= a + b
          assert.equal(inside and 1 or 0, group.SO(3):dim(rep.irrep(a)
            * rep.irrep(b), rep.irrep(c)))
        end
      end
    end
  end)

  it("differently for C(8) and SO(2) from rank 8 on", function()
    for r = 0, 7 do
      assert.equal(group.SO(2):dim(V ^ r), group.C(8):dim(V ^ r))
    end
    assert.equal(72, group.C(8):dim(V ^ 8))
    assert.equal(70, group.SO(2):dim(V ^ 8))
  end)
end)

describe("the number of equivariant maps", function()
  for _, case in ipairs(tables.maps) do
    local text, from, to, size, dim = table.unpack(case)
    it(("%s -> %s under %s"):format(from, to, text), function()
      local g, rep_in, rep_out = value(text), value(from), value(to)
      assert.equal(size, rep_in:size(g) * rep_out:size(g))
      assert.equal(dim, g:dim(rep_in, rep_out))
    end)
  end

  for _, name in ipairs { "inertia", "exact", "motion" } do
    local network = tables.layers[name]
    for _, case in ipairs(network.counts) do
      local text, weights, biases = table.unpack(case)
      it(("in the layers for %s, %s"):format(name, text), function()
        local g, w, b = value(text), {}, {}
        for i, layer in ipairs(network) do
          local to = value(layer[2])
          w[i], b[i] = g:dim(value(layer[1]), to), g:dim(to)
        end
        assert.equal(weights, table.concat(w, " "))
        assert.equal(biases, table.concat(b, " "))
      end)
    end
  end
end)

-- ---- laws ----

local BOUND = 1e-10
local function largest(x) return x.size == 0 and 0 or x:abs():max():item() end

-- Orthonormal; annihilated by C; unchanged by sampled elements, as far as
-- their size lets one see.
local function check_laws(g, r)
  local e = g:basis(r):elements() -- [dim, n]
  local n = r:size(g)
  assert.is_true(largest(e:matmul(e:transpose())
    - weyl.eye(e.shape[1], nil, "f64")) < 1e-12)
  local P = e:transpose():matmul(e)
  assert.is_true(largest(P:matmul(P) - P) < 1e-12)
  for _, a in ipairs(g.lie) do
    assert.is_true(largest(r:drho(a):matmul(e:transpose())) < BOUND)
  end
  for _, h in ipairs(g.discrete) do
    assert.is_true(largest(r:rho(h):matmul(e:transpose())
      - e:transpose()) < BOUND)
  end
  local sampled = g:sample { n = 3, seed = 11, method = "walk" }
  for i = 1, 3 do
    local m = r:rho(sampled[i])
    assert.is_true(largest(m:matmul(e:transpose()) - e:transpose())
      < BOUND * math.max(1, largest(m) * n ^ 0.5))
  end
end

describe("a basis is orthonormal and invariant", function()
  for _, list in ipairs { tables.tensors, tables.mixed } do
    for _, case in ipairs(list) do
      local text = case[1]
      it("under " .. text .. mark(text), function()
        local g = value(text)
        local duals = list == tables.mixed
        for r = 1, 5 do
          if g.d ^ r > 400 then break end
          check_laws(g, V ^ r)
          if duals then check_laws(g, V ^ (r - 1) * V:dual()) end
        end
      end)
    end
  end
end)
