-- group_finite_spec.lua: finite groups: orders, elements, orbits, against
-- closed forms and slow references.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group
local V = weyl.rep.V

local function largest(x) return x:abs():max():item() end

local function eye(n) return weyl.eye(n, n, "f64") end

-- The same generators as a user's group, of which nothing else is known.
local function bare(g)
  return group.new { d = g.d, discrete = g.discrete, lie = g.lie }
end

local orders = {
  { group.trivial(3), 1 }, { group.reflection(3, 2), 2 },
  { group.parity(), 2 }, { group.time_reversal(), 2 }, { group.O(1), 2 },
  { group.C(1), 1 }, { group.C(2), 2 }, { group.C(7), 7 }, { group.C(12), 12 },
  { group.D(1), 2 }, { group.D(2), 4 }, { group.D(5), 10 },
  { group.D(8), 16 }, { group.S(1), 1 }, { group.S(2), 2 },
  { group.S(5), 120 }, { group.S(7), 5040 }, { group.Alt(1), 1 },
  { group.Alt(2), 1 }, { group.Alt(3), 3 }, { group.Alt(6), 360 },
  { group.Z(1), 1 }, { group.Z(9), 9 }, { group.cube(), 24 },
  { group.ZkxZnxZn(1, 4), 16 }, { group.ZkxZnxZn(2, 3), 18 },
  { group.ZkxZnxZn(4, 3), 36 }, { group.ZkxZnxZn(4, 4), 64 },
  { group.tetrahedral(), 12 }, { group.tetrahedral(true), 24 },
  { group.octahedral(), 24 }, { group.octahedral(true), 48 },
  { group.icosahedral(), 60 }, { group.icosahedral(true), 120 },
  { group.B(1), 2 }, { group.B(2), 8 }, { group.B(4), 384 },
  { group.D(3):embed(4, { 4, 2 }), 6 },
  { group.direct { group.C(5), group.S(4) }, 120 },
  { group.kron { group.C(3), group.S(3) }, 18 },
  { group.D(6):conjugate { { 2, 1 }, { 0, 1 } }, 12 },
}

describe("the order", function()
  for _, case in ipairs(orders) do
    local g, order = table.unpack(case)
    it("of " .. g.name, function()
      assert.equal(order, g:order())
      assert.equal("integer", math.type(g:order()))
      assert.equal(order, bare(g):order())
      assert.equal(order, g:elements().shape[1])
      assert.is_true(g:is_finite())
    end)
  end

  it("is known far beyond what can be listed", function()
    assert.equal(2432902008176640000, group.S(20):order())
    assert.equal(2 ^ 10 * 3628800, group.B(10):order())
    assert.equal(1216451004088320000, group.Alt(20):order())
    assert.equal(2432902008176640000, bare(group.S(20)):order())
    assert.is_true(math.abs(bare(group.S(25)):order()
      / group.S(25):order() - 1) < 1e-14)
    assert.is_true(math.abs(group.S(30):order() / 2.6525285981219103e32 - 1)
      < 1e-14)
    assert.equal(120 ^ 3, group.direct { group.S(5), group.S(5),
      group.S(5) }:order())
  end)

  -- 8! 3^7 12! 2^10, the positions that turns reach.
  it("of Rubik's cube", function()
    assert.equal(43252003274489856000.0, group.rubik():order())
  end)

  it("is infinite with Lie generators", function()
    for _, g in ipairs { group.SO(3), group.lorentz_full(), group.SE(2),
      group.direct { group.SO(2), group.S(3) } } do
      assert.equal(math.huge, g:order())
      assert.is_false(g:is_finite())
    end
    assert.equal(1, group.SO(1):order())
    assert.equal(2, group.new { lie = { { { 0, 0 }, { 0, 0 } } },
      discrete = { { { -1, 0 }, { 0, 1 } } } }:order())
  end)

  it("of two irrational reflections is not found", function()
    local c, s = math.cos(1), math.sin(1)
    local g = group.new { discrete = { { { c, s }, { s, -c } },
      { { -1, 0 }, { 0, 1 } } }, check = false }
    fails("group:order: the elements of a group on R^2 cannot be counted: "
      .. "there are more than 300 elements", function() g:order(300) end)
    local is, why = g:is_finite(300)
    assert.is_nil(is)
    assert.equal("there are more than 300 elements", why)
  end)

  it("says why there is none", function()
    local function open(h)
      return group.new { discrete = { h }, check = false }
    end
    local big = open { { 2, 0 }, { 0, 1 } }
    assert.is_false(big:is_finite())
    fails("group:elements: a group on R^2 cannot be listed: discrete[1] has "
      .. "determinant 2", function() big:elements() end)
    fails("group:elements: a group on R^2 cannot be listed: products "
      .. "grow beyond a million times the generators",
      function() open { { 2, 0 }, { 0, 0.5 } }:elements() end)
    fails("group:order: the elements of a group on R^2 cannot be counted: two "
      .. "elements differ by only 2e-08, so the generators have too few "
      .. "digits (were the matrices given in f32? f64 has the digits)",
      function()
        open { { 0.5, -0.8660254 }, { 0.8660254, 0.5 } }:order()
      end)
    fails("group:elements: S(8) cannot be listed: there are more than 20000 "
      .. "elements", function() group.S(8):elements() end)
    fails("group:elements: SO(2) cannot be listed: it has Lie generators",
      function() group.SO(2):elements() end)
    fails("group:elements: argument 'bound' must be an integer >= 1, got 0",
      function() group.S(3):elements(0) end)
  end)
end)

describe("the elements", function()
  -- All pairs of elements, which is slow: distinct, closed under products.
  it("are a group, each listed once", function()
    for _, g in ipairs { group.D(4), group.Alt(4), group.cube(),
      group.D(3):conjugate { { 1, 2 }, { 0, 1 } },
      group.ZkxZnxZn(2, 2) } do
      local e = g:elements()
      local n, d = e.shape[1], g.d
      assert.equal(0, largest(e[1] - eye(d)))
      local products = e:reshape(n, 1, d, d):matmul(e:reshape(1, n, d, d))
      local far = (products:reshape(n * n, 1, d, d) - e:reshape(1, n, d, d))
        :abs():max({ 3, 4 })
      assert.is_true(largest(far:min(2)) < 1e-13, g.name)
      local apart = (e:reshape(n, 1, d, d) - e:reshape(1, n, d, d)):abs()
        :max({ 3, 4 }) + 9 * eye(n)
      assert.is_true(apart:min():item() > 0.5, g.name)
    end
  end)

  it("come breadth first, in the order of the generators", function()
    local e = group.C(5):elements()
    for i = 0, 4 do
      assert.is_true(math.abs(e[i + 1][1][1]:item()
        - math.cos(2 * math.pi * i / 5)) < 1e-15)
    end
    local s = group.S(4)
    local first = s:elements():slice(1, 2, 4)
    assert.equal(0, largest(first - weyl.tensor(s.discrete, "f64")))
    local bound = s:elements(24)
    assert.equal(24, bound.shape[1])
    assert.has_error(function() s:elements(23) end)
  end)

  it("are counted by Burnside's lemma", function()
    for _, g in ipairs { group.cube(), group.Alt(5), group.ZkxZnxZn(4, 3),
      group.D(5), group.S(5), group.C(6), group.tetrahedral(true),
      group.icosahedral(), group.octahedral(), group.B(3) } do
      local traces = g:elements():trace()
      for r = 0, 3 do
        local mean = (traces ^ r):mean():item()
        assert.is_true(math.abs(mean - g:dim(V ^ r)) < 1e-12, g.name)
      end
    end
  end)
end)

describe("Rubik's cube", function()
  local g = group.rubik()

  it("has quarter turns of order 4 that move 20 stickers", function()
    assert.equal(6, #g.discrete)
    for _, m in ipairs(g.discrete) do
      local h = weyl.tensor(m, "f64")
      local twice = h:matmul(h)
      assert.is_true(largest(twice - eye(48)) == 1)
      assert.equal(0, largest(twice:matmul(twice) - eye(48)))
      assert.equal(28, h:trace():item())
    end
  end)

  -- Corners and edges never mix; of pairs there are for corners: the same
  -- sticker, two ways round the same corner, another corner; for edges: the
  -- same, the other sticker, another edge; corner-edge and edge-corner.
  it("has two orbits of stickers and nine of pairs", function()
    local function orbits(moves, n)
      local seen, count = {}, 0
      for start = 1, n do
        if not seen[start] then
          count = count + 1
          local stack = { start }
          seen[start] = true
          while #stack > 0 do
            local at = table.remove(stack)
            for _, move in ipairs(moves) do
              local to = move(at)
              if not seen[to] then
                seen[to] = true
                stack[#stack + 1] = to
              end
            end
          end
        end
      end
      return count
    end
    local one, two = {}, {}
    for k, m in ipairs(g.discrete) do
      local to = weyl.tensor(m, "f64"):argmax(1):totable()
      one[k] = function(i) return to[i] end
      two[k] = function(i)
        return (to[(i - 1) // 48 + 1] - 1) * 48 + to[(i - 1) % 48 + 1]
      end
    end
    assert.equal(2, orbits(one, 48))
    assert.equal(9, orbits(two, 48 * 48))
    assert.equal(2, g:dim(V))
    assert.equal(9, g:dim(V ^ 2))
  end)

  it("agrees with its fixed points on the average", function()
    local traces = g:sample { n = 4000, seed = 3 }:trace()
    -- variance of the trace is 9 - 2^2; of its square less than 500
    assert.is_true(math.abs(traces:mean():item() - 2)
      < 4 * math.sqrt(5 / 4000))
    local second = traces:square()
    assert.is_true(math.abs(second:mean():item() - 9)
      < 4 * second:var():sqrt():item() / math.sqrt(4000))
  end)

  it("knows which positions can be reached", function()
    for _, m in ipairs(g:sample { n = 3, seed = 5 }:totable()) do
      assert.is_true(g:contains(m))
    end
    -- exchanging two stickers of one corner twists nothing physical
    local swap = eye(48):totable()
    swap[1], swap[2] = swap[2], swap[1]
    assert.is_false(g:contains(swap))
  end)
end)

describe("an orbit", function()
  it("of a finite group lists the distinct images", function()
    assert.same({ 24, 4 }, group.S(4):orbit({ 1, 2, 3, 4 }).shape)
    assert.same({ 6, 4 }, group.S(4):orbit({ 1, 1, 0, 0 }).shape)
    assert.same({ 1, 4 }, group.S(4):orbit({ 7, 7, 7, 7 }).shape)
    assert.same({ 1, 2 }, group.D(5):orbit({ 0, 0 }).shape)
    assert.same({ 5, 2 }, group.D(5):orbit({ 0, 1e-6 }).shape)
    assert.same({ 10, 2 }, group.D(5):orbit({ 1e6, 2 }).shape)
    assert.same({ 24, 48 }, group.rubik():orbit(
      weyl.arange(48):eq(1):to "f64").shape)
  end)

  -- Orbit and stabilizer: |G v| |G_v| = |G|.
  it("has the order of the group over that of the stabilizer", function()
    for _, g in ipairs { group.cube(), group.D(6), group.Alt(5) } do
      local v = weyl.arange(g.d):eq(2):to "f64"
      local moved = (g:elements():matmul(v) - v):abs():max(2)
      local fixing = moved:lt(1e-9):sum():item()
      assert.equal(g:order(), fixing * g:orbit(v).shape[1])
    end
  end)

  it("of a vertex is a solid", function()
    local g = (1 + math.sqrt(5)) / 2
    local o = group.icosahedral():orbit { 0, 1, g }
    assert.same({ 12, 3 }, o.shape)
    local sizes = o:abs():sort(2)
    local expected = weyl.tensor({ 0, 1, g }, "f64")
    assert.is_true(largest(sizes - expected) < 1e-14)
    assert.same({ 20, 3 }, group.icosahedral():orbit({ 1, 1, 1 }).shape)
    assert.same({ 4, 3 }, group.tetrahedral():orbit({ 1, 1, 1 }).shape)
    assert.same({ 4, 3 }, group.tetrahedral(true):orbit({ 1, 1, 1 }).shape)
    assert.same({ 8, 3 }, group.octahedral():orbit({ 1, 1, 1 }).shape)
    assert.same({ 6, 3 }, group.octahedral():orbit({ 0, 0, 1 }).shape)
    assert.same({ 16, 4 }, group.B(4):orbit({ 1, 1, 1, 1 }).shape)
  end)

  it("begins with the vector", function()
    local o = group.D(3):orbit({ 1, 2 })
    assert.equal(0, largest(o[1] - weyl.tensor({ 1, 2 }, "f64")))
    assert.is_true(largest(o:norm(2) - math.sqrt(5)) < 1e-14)
  end)

  it("of a Lie group is drawn", function()
    local o = group.SO(3):orbit({ 0, 3, 4 }, { n = 20, seed = 1 })
    assert.same({ 20, 3 }, o.shape)
    assert.is_true(largest(o:norm(2) - 5) < 1e-13)
    local again = group.SO(3):orbit({ 0, 3, 4 }, { n = 20, seed = 1 })
    assert.equal(0, largest(o - again))
    fails("group:orbit: the orbit under SO(3) has dimension 2; give n, the "
      .. "number of points to draw",
      function() group.SO(3):orbit { 0, 3, 4 } end)
  end)

  it("has a bound", function()
    fails("group:orbit: the orbit under S(5) cannot be listed: there are more "
      .. "than 100 elements",
      function() group.S(5):orbit({ 1, 2, 3, 4, 5 }, { bound = 100 }) end)
  end)
end)
