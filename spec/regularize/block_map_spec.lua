-- block_map_spec.lua: the fused operation of penalties and projectors against
-- a reference that builds the whole matrix, and its derivatives.

local fails = require "spec.tensor.fails"
local form = require "weyl.form"
local weyl = require "weyl"
local group = weyl.group
local V, scalar = weyl.rep.V, weyl.rep.scalar

local raw = require "weyl.core".symmetry

local groups = { group.O(3), group.O(2):embed(3, { 1, 2 }),
  group.SO(2):embed(3, { 2, 3 }), group.SE(2), group.C(3):embed(3, { 1, 3 }) }

local function make(identity, weights, from, to)
  return form.new { groups = groups, identity = identity, weights = weights,
    rep_in = from, rep_out = to }
end

local function largest(x) return x:abs():max():item() end

-- S over flattened maps, by way of all basis elements.
local function reference(identity, weights, from, to)
  local n = from:size(3) * to:size(3)
  local S = identity * weyl.eye(n, n, "f64")
  for j, w in ipairs(weights) do
    S = S + w * groups[j]:basis(from, to):matrix()
  end
  return S
end

-- Forms worth a look: { identity, weights }.
local forms = {
  { 0, { 1, 0, 0, 0, 0 } },
  { 1, { 0, -1, 0, 0, 0 } },
  { 6, { -1, -2, -3, 0, 0 } },
  { 0.5, { 0.1, -0.2, 0.3, -0.4, 0.5 } },
  { 2, { 0, 0, 0, 0, 0 } },
  { 0, { 0, 0, 0, 0, 0 } },
}

local maps = {
  { V, V },
  { 2 + 2 * V + V ^ 2, 3 * V + 1 + 2 * V ^ 2 },
  { V + 1 + V, V ^ 2 + V:dual() + 2 },
  { scalar, 2 + V + V ^ 3 },
  { V, 0 * V },
}

describe("block_map", function()
  for i, coefficients in ipairs(forms) do
    it("agrees with the whole matrix, form " .. i, function()
      local identity, weights = table.unpack(coefficients)
      weyl.seed(i)
      for _, pair in ipairs(maps) do
        local from, to = table.unpack(pair)
        local S = reference(identity, weights, from, to)
        local f = make(identity, weights, from, to)
        local W = weyl.normal({ to:size(3), from:size(3) }, 0, 1, "f64")
        local expected = S:matmul(W:reshape(-1)):reshape(W.shape)
        assert.is_true(W.size == 0
          or largest(f:apply(W) - expected) < 1e-12)
        local half = 0.5 * (W * expected):sum()
        assert.near(half:item(), f:half(W):item(), 1e-11)
        local narrow = f:apply(W:to "f32")
        assert.equal("f32", narrow.dtype)
        assert.is_true(W.size == 0 or largest(narrow - expected) < 1e-5)
      end
    end)
  end

  it("takes biases as maps from a scalar", function()
    local to = 2 + V + V ^ 2
    local f = make(0, { 0, 1, 0, 0, 0 }, scalar, to)
    weyl.seed(1)
    local b = weyl.normal({ 14 }, 0, 1, "f64")
    local expected = groups[2]:basis(to):matrix():matmul(b)
    assert.is_true(largest(f:apply(b) - expected) < 1e-14)
    assert.is_true(largest(f:apply(b:reshape(14, 1)):reshape(14) - expected)
      < 1e-14)
  end)

  it("does not read what is not there", function()
    local f = make(1, { 0, -1, 0, 0, 0 }, V, V)
    local short = f.pattern:slice(1, 1, -2)
    local W = weyl.normal({ 3, 3 }, 0, 1, "f64")
    fails("block_map: the pattern does not fit W's representations and the "
      .. "values", function()
        raw.block_map(W, f.layout, f.values.f64, short):eval()
      end)
    fails("block_map: the pattern does not fit W's representations and the "
      .. "values", function()
        raw.block_map(W, f.layout, f.values.f64:slice(1, 1, 9),
          f.pattern):eval()
      end)
  end)

  it("rejects shapes and dtypes", function()
    local f = make(1, { 0, -1, 0, 0, 0 }, V, V ^ 2)
    fails("block_map: W has shape [3, 3]; the output representation needs "
      .. "dimension 1 to be 9, not 3",
      function() f:apply(weyl.zeros(3, 3)) end)
    fails("block_map: W has shape [9]; the input representation needs "
      .. "dimension 2 to be 3, not 1", function() f:apply(weyl.zeros(9)) end)
    fails("block_map: x is f32 but y is f64", function()
      raw.block_map(weyl.zeros(9, 3), f.layout, f.values.f64, f.pattern)
    end)
    fails("block_map: W must have rank 1 or 2, got shape [9, 3, 1]",
      function() f:apply(weyl.zeros(9, 3, 1)) end)
  end)
end)

describe("the derivative", function()
  local from, to = 1 + V, 2 + V + V ^ 2
  local f = make(6, { -1, -2, -3, 0, 0 }, from, to)
  local function random(seed)
    weyl.seed(seed)
    return weyl.normal({ 14, 4 }, 0, 1, "f64")
  end

  it("of the form is S W", function()
    local W = random(1)
    local value, g = weyl.value_and_grad(function(x)
      return f:half(x)
    end)(W)
    assert.near(f:half(W):item(), value:item(), 1e-12)
    assert.is_true(largest(g - f:apply(W)) < 1e-13)
  end)

  it("of the form meets central differences", function()
    local W, D, h = random(2), random(3), 1e-5
    local function along(x) return f:half(x):exp():log() end
    local g = weyl.grad(along)(W)
    local difference = (along(W + h * D):item() - along(W - h * D):item())
      / (2 * h)
    assert.near(difference, (g * D):sum():item(), 1e-6)
  end)

  it("of the map is the map, forwards and backwards", function()
    local W, D = random(4), random(5)
    local apply = function(x) return f:apply(x) end
    local _, tangent = weyl.jvp(apply, W, D)
    local _, cotangent = weyl.vjp(apply, W, D)
    assert.is_true(largest(tangent - f:apply(D)) < 1e-13)
    assert.is_true(largest(cotangent - f:apply(D)) < 1e-13)
  end)

  it("of the form goes forwards", function()
    local W, D = random(6), random(7)
    local _, tangent = weyl.jvp(function(x) return f:half(x) end, W, D)
    assert.near((f:apply(W) * D):sum():item(), tangent:item(), 1e-11)
  end)

  it("can be differentiated again", function()
    local W, D = random(8), random(9)
    local gradient = weyl.grad(function(x) return f:half(x) end)
    local _, forward = weyl.jvp(gradient, W, D)
    local reverse = weyl.grad(function(x)
      return (weyl.grad(function(y) return f:half(y) end)(x) * D):sum()
    end)(W)
    assert.is_true(largest(forward - f:apply(D)) < 1e-12)
    assert.is_true(largest(reverse - f:apply(D)) < 1e-12)
  end)

  it("shares one application of S with the value", function()
    local p = weyl.param(random(10))
    local step = weyl.value_and_grad(function() return f:half(p) end)
    step { p }
    local calls = 0
    local core = require "weyl.core"
    for _, row in ipairs(core.profile(function() step { p } end)) do
      if row.kernel == "block_map" then calls = row.calls end
    end
    assert.equal(1, calls)
  end)
end)
