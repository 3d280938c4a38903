-- dimensions_spec.lua: how many invariant tensors each group has, against the
-- values printed in the documentation of EMLP (Finzi et al., 2021) and closed
-- forms.

local weyl = require "weyl"
local group = weyl.group
local V = weyl.rep.V

-- Invariants of V^0, V^1, V^2, ...
local function row(g, max)
  local out = {}
  for r = 0, max do out[r + 1] = g:dim(V ^ r) end
  return table.concat(out, " ")
end

local function plane(g) return g:embed(3, { 1, 2 }) end

-- { group, its row }; the length of the row says how far it goes.
local tensors = {
  { group.trivial(2), "1 2 4 8 16" },
  { group.SO(2), "1 0 2 0 6 0 20 0 70" },
  { group.SO(3), "1 0 1 1 3 6 15 36 91" },
  { group.SO(4), "1 0 1 0 4 0 25" },
  { group.SO(5), "1 0 1 0 3 1 15" },
  { group.SO(6), "1 0 1 0 3 0" },
  { group.SO(7), "1 0 1 0 3" },
  { group.SO(8), "1 0 1 0 3" },
  { group.O(2), "1 0 1 0 3 0 10 0" },
  { group.O(3), "1 0 1 0 3 0 15" },
  { group.O(4), "1 0 1 0 3 0" },
  { group.O(5), "1 0 1 0 3" },
  { group.O(6), "1 0 1 0 3" },
  { group.O(2):embed(3, { 1, 2 }), "1 1 2 4 10 26 71" },
  { group.O(2):embed(3, { 2, 3 }), "1 1 2 4 10 26 71" },
  { group.O(2):embed(3, { 1, 3 }), "1 1 2 4 10 26 71" },
  { group.SO(2):embed(3, { 2, 3 }), "1 1 3 7 19 51 141" },
  { plane(group.D(2)), "1 1 3 7 21 61 183" },
  { plane(group.D(3)), "1 1 2 5 14 41 122" },
  { plane(group.D(4)), "1 1 2 4 11 31 92" },
  { plane(group.D(6)), "1 1 2 4 10 26 72" },
  { group.reflection(3), "1 2 5 14 41 122 365" },
  { group.C(2), "1 0 4 0 16 0 64 0" },
  { group.C(3), "1 0 2 2 6 10 22 42" },
  { group.C(4), "1 0 2 0 8 0 32 0" },
  { group.C(6), "1 0 2 0 6 0 22 0" },
  { group.C(8), "1 0 2 0 6 0 20 0 72" },
  { group.D(2), "1 0 2 0 8 0 32 0" },
  { group.D(3), "1 0 1 1 3 5 11 21" },
  { group.D(4), "1 0 1 0 4 0 16 0" },
  { group.D(6), "1 0 1 0 3 0 11 0" },
  { group.D(8), "1 0 1 0 3 0 10 0" },
  { group.Z(3), "1 1 3 9 27 81 243" },
  { group.Z(6), "1 1 6 36 216" },
  { group.S(2), "1 1 2 4 8 16 32 64" },
  { group.S(3), "1 1 2 5 14 41 122" },
  { group.S(4), "1 1 2 5 15 51" },
  { group.S(5), "1 1 2 5 15 52" },
  { group.S(6), "1 1 2 5 15 52" },
  { group.Alt(4), "1 1 2 6 22 86" },
  { group.Alt(5), "1 1 2 5 16 63" },
  { group.cube(), "1 1 3 12 60" },
  { group.SO(3):embed(4, { 1, 2, 3 }), "1 1 2 5 14 42" },
}

-- Rows of T(p, q) for p + q = 0, 1, 2, ...: (p, 0), (p - 1, 1), ..., (0, q)
local function mixed_row(g, max)
  local out = {}
  for r = 0, max do
    local part = {}
    for q = 0, r do part[q + 1] = g:dim(V ^ (r - q) * V:dual() ^ q) end
    out[r + 1] = table.concat(part, " ")
  end
  return table.concat(out, ", ")
end

local mixed = {
  { group.SL(2), "1, 0 0, 1 1 1, 0 0 0 0, 2 2 2 2 2" },
  { group.SL(3), "1, 0 0, 0 1 0, 1 0 0 1, 0 0 2 0 0, 0 3 0 0 3 0, "
    .. "5 0 0 6 0 0 5" },
  { group.SL(4), "1, 0 0, 0 1 0, 0 0 0 0, 1 0 2 0 1" },
  { group.GL(2), "1, 0 0, 0 1 0, 0 0 0 0, 0 0 2 0 0, 0 0 0 0 0 0, "
    .. "0 0 0 5 0 0 0" },
  { group.GL(3), "1, 0 0, 0 1 0, 0 0 0 0, 0 0 2 0 0, 0 0 0 0 0 0, "
    .. "0 0 0 6 0 0 0" },
  { group.Sp(1), "1, 0 0, 1 1 1, 0 0 0 0, 2 2 2 2 2" },
  { group.Sp(2), "1, 0 0, 1 1 1, 0 0 0 0, 3 3 3 3 3" },
  { group.Sp(3), "1, 0 0, 1 1 1, 0 0 0 0, 3 3 3 3 3" },
  { group.lorentz(), "1, 0 0, 1 1 1, 0 0 0 0, 4 4 4 4 4" },
  { group.lorentz_special(), "1, 0 0, 1 1 1, 0 0 0 0, 4 4 4 4 4" },
  { group.lorentz_full(), "1, 0 0, 1 1 1, 0 0 0 0, 3 3 3 3 3" },
  { group.lorentz(2), "1, 0 0, 2 2 2, 0 0 0 0, 6 6 6 6 6" },
  { group.lorentz_full(2), "1, 0 0, 1 1 1, 0 0 0 0, 3 3 3 3 3" },
  { group.scaling(3), "1, 0 0, 0 9 0, 0 0 0 0, 0 0 81 0 0" },
  { group.scaling(2), "1, 0 0, 0 4 0, 0 0 0 0, 0 0 16 0 0" },
  { group.union { group.SO(3), group.scaling(3) },
    "1, 0 0, 0 1 0, 0 0 0 0, 0 0 3 0 0" },
  { plane(group.SL(2)), "1, 1 1, 2 2 2, 4 4 4 4, 9 9 9 9 9" },
  { plane(group.GL(2)), "1, 1 1, 1 2 1, 1 3 3 1, 1 4 7 4 1, "
    .. "1 5 13 13 5 1" },
  { group.SE(3), "1, 0 1, 1 1 1, 1 1 2 1, 4 4 4 4 4, 6 7 7 9 7 10" },
  { group.translations(3), "1, 3 1, 9 4 4, 27 15 13 10" },
}

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

describe("the number of invariant tensors", function()
  for _, case in ipairs(tensors) do
    local g, expected = table.unpack(case)
    local rank = count(expected, " ")
    local mark = g.d ^ rank > 700 and " #slow" or ""
    it("of " .. g.name .. mark, function()
      assert.equal(expected, row(g, rank))
    end)
  end

  for _, case in ipairs(mixed) do
    local g, expected = table.unpack(case)
    it("with duals of " .. g.name, function()
      assert.equal(expected, mixed_row(g, count(expected, ",")))
    end)
  end

  it("of SO(2) is the central binomial coefficient #slow", function()
    local binomial = 1
    for r = 2, 12, 2 do
      binomial = binomial * 4 * (r - 1) // r
      assert.equal(binomial, group.SO(2):dim(V ^ r))
    end
  end)

  it("tells C(8) from SO(2) at rank 8 #slow", function()
    assert.equal(72, group.C(8):dim(V ^ 8))
    assert.equal(70, group.SO(2):dim(V ^ 8))
  end)
end)

describe("the number of equivariant maps", function()
  it("is that of EMLP's documentation", function()
    local S6 = group.S(6)
    assert.equal(36, group.Z(6):dim(V ^ 2, V))
    assert.equal(15, S6:dim(V ^ 2, V ^ 2))
    assert.equal(7, S6:dim(V + V ^ 2, V))
    local wide = 100 * V ^ 0 + 100 * V + 20 * V ^ 2
    assert.equal(84000, S6:dim(wide, wide))
    assert.equal(1, group.SO(3):dim(V ^ 2, V))
    assert.equal(3, group.lorentz_full():dim(V, V ^ 2 * V:dual()))
    assert.equal(185, group.S(5):dim(10 * V + 5 * V ^ 2, 3 + V ^ 2))
  end)

  -- Layers of the network for the inertia data with 128 channels: weights
  -- and biases of the input layer, a hidden layer, the output layer.
  local S = weyl.rep.scalar
  local hidden = 54 * S + 18 * V + 6 * V ^ 2 + 2 * V ^ 3
  local gated = 26 * S + hidden
  local cases = {
    { group.O(3), "550 5832 72 86 1" },
    { group.SO(3), "590 6460 102 88 1" },
    { group.O(2):embed(3, { 1, 2 }), "1390 12912 292 118 2" },
    { group.O(2):embed(3, { 1, 3 }), "1390 12912 292 118 2" },
    { group.SO(2):embed(3, { 2, 3 }), "1720 17344 504 130 3" },
    { group.trivial(3), "4840 52272 1944 242 9" },
  }
  for _, case in ipairs(cases) do
    local g, expected = table.unpack(case)
    it("in the layers of a network, " .. g.name, function()
      local dims = { g:dim(5 * S + 5 * V, gated), g:dim(hidden, gated),
        g:dim(hidden, V ^ 2), g:dim(gated), g:dim(V ^ 2) }
      assert.equal(expected, table.concat(dims, " "))
    end)
  end

  it("of a motion network #slow", function()
    local wide = 108 * S + 36 * V + 12 * V ^ 2 + 4 * V ^ 3
    local out = 52 * S + wide
    assert.equal(23328, group.O(3):dim(wide, out))
    assert.equal(51648, group.O(2):embed(3, { 1, 2 }):dim(wide, out))
    assert.equal(209088, wide:size(3) * out:size(3))
  end)
end)
