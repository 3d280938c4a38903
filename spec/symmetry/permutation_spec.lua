-- permutation_spec.lua: stabilizer chains against listing all products.

local permutation = require "weyl.group.permutation"

-- A small generator of numbers 0 .. n - 1, so that the cases never change.
local function lehmer(seed)
  local state = seed
  return function(n)
    state = state * 48271 % 2147483647
    return state % n
  end
end

local function shuffled(n, below)
  local p = permutation.identity(n)
  for i = n, 2, -1 do
    local j = below(i) + 1
    p[i], p[j] = p[j], p[i]
  end
  return p
end

-- All products of the generators by brute force, as a set of keys.
local function all_products(n, gens)
  local start = permutation.identity(n)
  local seen, list = { [permutation.key(start)] = true }, { start }
  for _, p in ipairs(list) do
    for _, g in ipairs(gens) do
      local q = permutation.product(g, p)
      if not seen[permutation.key(q)] then
        seen[permutation.key(q)] = true
        list[#list + 1] = q
      end
    end
  end
  return seen, list
end

-- Generators of groups that are not all of S(n): products of cycles within
-- blocks.
local function random_generators(n, below)
  local gens = {}
  for k = 1, 1 + below(3) do
    if below(2) == 0 then
      gens[k] = shuffled(n, below)
    else
      local block = shuffled(n // 2, below)
      local p = {}
      for i = 1, n // 2 do
        p[i], p[i + n // 2] = block[i], block[i] + n // 2
      end
      if n % 2 == 1 then p[n] = n end
      gens[k] = p
    end
  end
  return gens
end

describe("a stabilizer chain", function()
  it("holds the products of its generators and nothing else", function()
    local below, orders = lehmer(7), {}
    for _ = 1, 60 do
      local n = 4 + below(3)
      local gens = random_generators(n, below)
      local chain = permutation.chain(n, gens)
      local seen, list = all_products(n, gens)
      orders[#list] = true
      assert.equal(#list, permutation.order(chain))
      for _ = 1, 30 do
        local p = shuffled(n, below)
        assert.equal(seen[permutation.key(p)] or false,
          permutation.contains(chain, p))
      end
      local q = permutation.element(chain, function(k)
        return below(k) + 1
      end)
      assert.is_true(seen[permutation.key(q)])
    end
    local kinds = 0
    for _ in pairs(orders) do kinds = kinds + 1 end
    assert.is_true(kinds > 8)
  end)

  it("makes each element from one choice of carriers", function()
    local chain = permutation.chain(5, { { 2, 1, 3, 4, 5 },
      { 2, 3, 4, 5, 1 } })
    local seen, count = {}, 0
    local function choose(level, picks)
      if level > #chain then
        local i = 0
        local p = permutation.element(chain, function()
          i = i + 1
          return picks[i]
        end)
        local key = permutation.key(p)
        assert.is_nil(seen[key])
        seen[key], count = true, count + 1
        return
      end
      for k = 1, #chain[level].orbit do
        picks[level] = k
        choose(level + 1, picks)
      end
    end
    choose(1, {})
    assert.equal(120, count)
  end)
end)

describe("a permutation", function()
  it("is read from its matrix", function()
    local of = permutation.of_matrix
    assert.same({ 2, 3, 1 }, of { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } })
    assert.is_nil(of { { 1, 0 }, { 1, 0 } })
    assert.is_nil(of { { 1, 1 }, { 0, 0 } })
    assert.is_nil(of { { -1, 0 }, { 0, 1 } })
    assert.is_nil(of { { 1 - 1e-9, 0 }, { 0, 1 } })
    assert.same({ 1, 2 }, of({ { 1 - 1e-9, 0 }, { 1e-9, 1 } }, 1e-8))
    assert.is_nil(of({ { 0 / 0, 1 }, { 1, 0 } }, 1e-8))
  end)

  it("has an inverse and a key of its own", function()
    local p = { 3, 1, 2, 4 }
    assert.same({ 1, 2, 3, 4 },
      permutation.product(p, permutation.inverse(p)))
    assert.are_not.equal(permutation.key(p),
      permutation.key(permutation.inverse(p)))
    local long = permutation.identity(300)
    long[1], long[256] = 256, 1
    assert.are_not.equal(permutation.key(long),
      permutation.key(permutation.identity(300)))
  end)
end)
