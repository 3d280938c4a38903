-- data_spec.lua: the inertia data, splits and batches.

local weyl = require "weyl"
local inertia = require "weyl.data.inertia"

local data = weyl.data

-- Five masses whose moment of inertia is known, as raw inputs [1, 20].
local function fixture()
  local m = weyl.tensor({ { 1, 2, 3, 4, 5 } }, "f64")
  local r = weyl.tensor({ { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 },
    { 1, 1, 0 }, { 0, 1, 1 } } }, "f64")
  return weyl.concat({ m:expm1():log(), r:reshape(1, 15) }, 2), m, r
end

local function assert_matrix(expected, t)
  local got = t:reshape(3, 3):totable()
  for i = 1, 3 do
    for j = 1, 3 do assert.near(expected[i][j], got[i][j], 1e-12) end
  end
end

describe("the moment of inertia", function()
  local x, m, r = fixture()

  it("of five masses", function()
    assert_matrix({ { 19, -4, 0 }, { -4, 13, -5 }, { 0, -5, 16 } },
      data.moment_of_inertia(m, r))
  end)

  it("with a column scaled", function()
    assert_matrix({ { 19, -4, 0 }, { -4, 13, -6.5 }, { 0, -5, 20.8 } },
      inertia.target(x, 3, 0.3))
    assert_matrix({ { 19, -4, 0 }, { -4, 13, 0 }, { 0, -5, 0 } },
      inertia.target(x, 3, -1))
    assert_matrix({ { 24.7, -2.8, 0 }, { -5.2, 9.1, -5 }, { 0, -3.5, 16 } },
      inertia.target(x, "none", -0.3))
  end)
end)

describe("data.inertia", function()
  it("has the moments of its law", function()
    local cases = { { 3, 0, 11.01 }, { 3, 0.3, 13.54 }, { 3, -1, 7.35 },
      { "none", -0.3, 11.68 }, { "none", -1, 18.39 } }
    for _, c in ipairs(cases) do
      local set = data.inertia { axis = c[1], noise = c[2], train = 100000 }
      assert.near(c[3], set.train.y:var(1):mean():item(), 0.02 * c[3])
    end
    local mass = data.inertia({ train = 100000 }).train.x:slice(2, 1, 5)
      :softplus()
    assert.near(0.806, mass:mean():item(), 0.005)
    assert.near(0.920, mass:square():mean():item(), 0.01)
  end)

  it("has four parts, f32, and knows its exact function", function()
    local set = data.inertia { noise = -1, train = 30, validation = 20,
      test = 10, ood = 5 }
    for name, n in next, { train = 30, validation = 20, test = 10, ood = 5 } do
      assert.same({ n, 20 }, set[name].x.shape)
      assert.same({ n, 9 }, set[name].y.shape)
      assert.equal("f32", set[name].y.dtype)
      assert.same(set[name].y:totable(), set.truth(set[name].x):totable())
    end
    assert.equal("5*V^0 + 5*V", tostring(set.rep_in))
    assert.equal("V^2", tostring(set.rep_out))
  end)

  it("is the same whatever was drawn before, and leaves no trace", function()
    weyl.seed(1)
    local first = data.inertia({ train = 5 }).train.x:totable()
    weyl.seed(9)
    weyl.normal({ 3 }, 0, 1, "f32", "data")
    local state = weyl.streams()
    assert.same(first, data.inertia({ train = 5 }).train.x:totable())
    assert.same(state, weyl.streams())
    assert.are_not.same(first,
      data.inertia({ train = 5, seed = 1 }).train.x:totable())
  end)

  it("keeps the symmetry about its axis and no other", function()
    local group, rep = weyl.group, weyl.rep
    local x = weyl.normal({ 8, 20 }, 0, 1, "f64")
    local function broken(axis, axes)
      local set = data.inertia { axis = axis, noise = -1 }
      local h = group.SO(2):embed(3, axes):sample { seed = 3 }
      local rin, rout = set.rep_in:rho(h), (rep.V ^ 2):rho(h)
      local a = set.truth(x:matmul(rin:transpose()))
      local b = set.truth(x):matmul(rout:transpose())
      return (a - b):abs():max():item()
    end
    local about = { { 2, 3 }, { 1, 3 }, { 1, 2 } }
    for axis = 1, 3 do
      for other = 1, 3 do
        local e = broken(axis, about[other])
        assert.equal(axis == other, e < 1e-12)
      end
      assert.is_true(broken("none", about[axis]) > 0.1)
    end
  end)

  it("varies strengths and measures inputs", function()
    local mixed = data.inertia { noise = { 0.3, 0.6 }, shares = { 0.6, 0.4 },
      train = 20000 }
    local plain = data.inertia { noise = 0, train = 20000 }
    local ratio = mixed.train.y:slice(2, 9):mean():item()
      / plain.train.y:slice(2, 9):mean():item()
    assert.near(1 + 0.6 * 0.3 + 0.4 * 0.6, ratio, 0.02)
    local spread = data.inertia { noise = 0, spread = 0.1, train = 20000 }
    local factor = spread.train.y:slice(2, 9) / plain.train.y:slice(2, 9)
    assert.near(0.1, math.sqrt(factor:var():item()), 0.01)
    local noisy = data.inertia { input_noise = 0.05, train = 20000 }
    local clean = data.inertia { train = 20000 }
    assert.same(clean.train.y:totable(), noisy.train.y:totable())
    local d = noisy.train.x:slice(2, 6, -1) - clean.train.x:slice(2, 6, -1)
    assert.near(0.05, math.sqrt(d:var():item()), 0.001)
    local lm = (noisy.train.x:slice(2, 1, 5):softplus()
      / clean.train.x:slice(2, 1, 5):softplus()):log()
    assert.near(0.05, math.sqrt(lm:var():item()), 0.001)
  end)

  it("changes the positions of the ood part", function()
    local plain = data.inertia {}
    local moved = data.inertia { ood_shift = 2, ood_flip = true }
    assert.same(plain.train.x:totable(), moved.train.x:totable())
    local e = 2 - plain.ood.x:slice(2, 6, -1) - moved.ood.x:slice(2, 6, -1)
    assert.near(0, e:abs():max():item(), 1e-6)
  end)

  it("explains wrong options", function()
    assert.error_matches(function() data.inertia { axis = 4 } end,
      "axis must be 1 or 2 or 3 or 'none', got 4")
    assert.error_matches(function() data.inertia { nois = 1 } end,
      "no option 'nois' %(did you mean 'noise'%?%)")
    assert.error_matches(function() data.inertia { noise = { 1, 2 } } end,
      "'shares' must be a list with one share per noise, got nil")
  end)
end)

describe("data.split and data.batches", function()
  local part = { x = weyl.arange(10):to "f32":reshape(10, 1),
    y = weyl.arange(10):to "f32" }

  local function all(list)
    local out = {}
    for _, p in ipairs(list) do
      for _, v in ipairs(p.y:totable()) do out[#out + 1] = v end
      assert.same(p.y:totable(), p.x:flatten():totable())
    end
    return out
  end

  it("split into disjoint shuffled parts", function()
    weyl.seed(2)
    local set = data.split(part, { train = 0.5, validation = 0.3 })
    assert.same({ 5, 3, 2 }, { #set.train.y, #set.validation.y, #set.test.y })
    local values = all { set.train, set.validation, set.test }
    assert.are_not.same(part.y:totable(), values)
    table.sort(values)
    assert.same(part.y:totable(), values)
    assert.error_matches(function()
      data.split(part, { train = 0.8, validation = 0.3 })
    end, "add up to more than 1")
  end)

  it("give every sample once in a new order, from their stream", function()
    local function pass()
      local list = {}
      for x, y in data.batches(part, { size = 4 }) do
        list[#list + 1] = { x = x, y = y }
      end
      assert.same({ 4, 4, 2 }, { #list[1].y, #list[2].y, #list[3].y })
      return all(list)
    end
    weyl.seed(5)
    local first, second = pass(), pass()
    assert.are_not.same(first, second)
    weyl.seed(5)
    assert.same(first, pass())
    table.sort(second)
    assert.same(part.y:totable(), second)
  end)

  it("one batch of everything is not shuffled", function()
    for x in data.batches(part, { size = 10 }) do
      assert.same(part.x:totable(), x:totable())
    end
    assert.error_matches(function() data.batches(part, {}) end,
      "data.batches: option 'size' is missing")
    assert.error_matches(function() data.batches({}, { size = 1 }) end,
      "'part' must be a table with tensors x and y")
  end)
end)
