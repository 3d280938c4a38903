-- form_spec.lua: forms taken apart into the matrices of their blocks, and put
-- together from others.

local form = require "weyl.form"
local linear = require "spec.regularize.linear"
local weyl = require "weyl"

local group = weyl.group
local V, scalar = weyl.rep.V, weyl.rep.scalar

local groups = { group.O(3), linear.plane(1, 2), group.SO(2):embed(3, { 2, 3 }),
  group.SE(2) }

local function make(from, to)
  return form.new { groups = groups, identity = 0, weights = { 0, 0, 0, 0 },
    rep_in = from, rep_out = to }
end

-- c 1 + sum_j w_j P_j over all of W, by way of basis elements.
local function whole(c, weights, from, to)
  local n = from:size(3) * to:size(3)
  local S = c * weyl.eye(n, n, "f64")
  for j, w in ipairs(weights) do
    S = S + w * groups[j]:basis(from, to):matrix()
  end
  return S:eval()
end

local maps = {
  { V, V }, { 2 + 2 * V + V ^ 2, 3 * V + 1 + 2 * V ^ 2 },
  { V + 1 + V, V ^ 2 + V:dual() + 2 }, { scalar, 2 + V + V ^ 3 },
}
local C, W = 3, { 0.5, -1, -0.25, 0.125 }

local function random(from, to)
  weyl.seed(3)
  return weyl.normal({ to:size(3), from:size(3) }, 0, 1, "f64"):eval()
end

local function assert_close(a, b, most)
  assert.is_true((a - b):abs():max():item() < most)
end

describe("the words of a form", function()
  it("count every entry once", function()
    for _, pair in ipairs(maps) do
      local sum = 0
      for _, word in ipairs(make(pair[1], pair[2]).words) do
        sum = sum + word.size * word.copies
      end
      assert.equal(pair[1]:size(3) * pair[2]:size(3), sum)
    end
  end)
end)

describe("the matrices of a form", function()
  it("are those of single blocks", function()
    for _, pair in ipairs { { V, V }, { V ^ 2, V }, { scalar, V ^ 3 } } do
      local got = make(pair[1], pair[2]):matrices(C, W)
      assert.equal(1, #got)
      assert_close(whole(C, W, pair[1], pair[2]), got[1], 1e-12)
    end
  end)

  it("have together the trace of the whole", function()
    for _, pair in ipairs(maps) do
      local f, sum = make(pair[1], pair[2]), 0
      for i, m in ipairs(f:matrices(C, W)) do
        assert_close(m, m:transpose(), 1e-13)
        sum = sum + f.words[i].copies * weyl.trace(m):item()
      end
      assert.near(weyl.trace(whole(C, W, pair[1], pair[2])):item(), sum, 1e-10)
    end
  end)

  it("leave the form as it is", function()
    local f, w = make(V, V), random(V, V)
    f:matrices(C, W)
    assert.equal(0, f:apply(w):abs():max():item())
  end)
end)

describe("a form with given matrices", function()
  it("does what the form does that they are from", function()
    for _, pair in ipairs(maps) do
      local from, to = table.unpack(pair)
      local f, w = make(from, to), random(from, to)
      local g = f:with_matrices(f:matrices(C, W))
      local want = whole(C, W, from, to):matmul(w:reshape(-1))
        :reshape(w.shape)
      assert_close(want, g:apply(w), 1e-12)
      assert.near(0.5 * (w * want):sum():item(), g:half(w):item(), 1e-10)
      local narrow = g:apply(w:to "f32")
      assert.equal("f32", narrow.dtype)
      assert_close(want, narrow, 1e-4)
    end
  end)

  -- S = C 1 + sum W_j P_j has eigenvalues above 3 - 1.25, so an inverse.
  it("inverts a form when they are its inverses", function()
    for _, pair in ipairs(maps) do
      local from, to = table.unpack(pair)
      local f, w, inverse = make(from, to), random(from, to), {}
      for i, m in ipairs(f:matrices(C, W)) do
        inverse[i] = linear.solve(m, weyl.eye(#m, #m, "f64"))
      end
      local g = f:with_matrices(inverse)
      local want = linear.solve(whole(C, W, from, to), w:reshape(-1, 1))
      assert_close(want:reshape(w.shape), g:apply(w), 1e-12)
      f:set(C, W)
      assert_close(w, f:apply(g:apply(w)), 1e-12)
      assert_close(w, g:apply(f:apply(w)), 1e-12)
    end
  end)

  it("takes biases, and matrices of every word its own", function()
    local to = 2 + V + V ^ 2
    local f = make(scalar, to)
    local list = {}
    for i, word in ipairs(f.words) do
      list[i] = i * weyl.eye(word.size, word.size, "f64")
    end
    weyl.seed(1)
    local b = weyl.normal({ 14 }, 0, 1, "f64"):eval()
    local scale = {}
    for i, n in ipairs { 2, 3, 9 } do
      for _ = 1, n do scale[#scale + 1] = i end
    end
    assert_close(b * weyl.tensor(scale, "f64"),
      f:with_matrices(list):apply(b), 1e-14)
  end)
end)
