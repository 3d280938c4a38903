-- stats_spec.lua: means, quantiles, ranks, rank correlations, their ties.

local weyl = require "weyl"

local stats = weyl.stats

describe("stats.spread", function()
  it("has mean, population deviation and ends", function()
    assert.same({ mean = 5.0, std = 2.0, low = 2, high = 9, count = 8 },
      stats.spread { 2, 4, 4, 4, 5, 5, 7, 9 })
    assert.same({ mean = 3.0, std = 0.0, low = 3, high = 3, count = 1 },
      stats.spread { 3 })
    assert.same({ mean = 0.1, std = 0.0, low = 0.1, high = 0.1, count = 6 },
      stats.spread { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 }) -- 6 x 0.1 / 6 is not 0.1
    assert.is_nil(stats.spread {})
    local s = stats.spread { 1, 0 / 0, 2 }
    for _, name in ipairs { "mean", "std", "low", "high" } do
      assert.is_true(s[name] ~= s[name])
    end
  end)
end)

describe("stats.quantile", function()
  it("is linear between neighbours in order", function()
    local v = { 4, 1, 3, 2 }
    assert.same({ 1, 1.75, 2.5, 3.25, 4 }, { stats.quantile(v, 0),
      stats.quantile(v, 0.25), stats.quantile(v, 0.5),
      stats.quantile(v, 0.75), stats.quantile(v, 1) })
    assert.same({ 4, 1, 3, 2 }, v)
    assert.equal(7, stats.quantile({ 7 }, 0.3))
    assert.equal(1 / 0, stats.quantile({ 1 / 0, 1 / 0 }, 0.5))
  end)
end)

-- Every order of 1 .. n.
local function orders(n)
  if n == 0 then return { {} } end
  local out = {}
  for _, shorter in ipairs(orders(n - 1)) do
    for at = 1, n do
      local list = table.move(shorter, 1, n - 1, 1, {})
      table.insert(list, at, n)
      out[#out + 1] = list
    end
  end
  return out
end

describe("stats.spearman", function()
  it("is 1 - 6 sum d^2 / (n (n^2 - 1)) without ties", function()
    local a, sum = { 10, 20, 30, 40, 50 }, 0
    for _, b in ipairs(orders(5)) do
      local d2 = 0
      for i = 1, 5 do d2 = d2 + (i - b[i]) ^ 2 end
      local r = stats.spearman(a, b)
      assert.near(1 - 6 * d2 / 120, r, 1e-14)
      sum = sum + r
    end
    assert.near(0, sum, 1e-12)
  end)

  it("gives ties the average of their places", function()
    assert.same({ 2, 4, 2, 2 }, stats.ranks { 1, 7, 1, 1 })
    assert.same({ 3.5, 1, 3.5, 2 }, stats.ranks { 5, -1 / 0, 5, 0 })
    -- ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5)
    assert.near(4.5 / math.sqrt(22.5), stats.spearman({ 0, 1, 1, 2 },
      { 1, 2, 3, 4 }), 1e-14)
    local none = stats.spearman({ 1, 1, 1 }, { 1, 2, 3 })
    assert.is_true(none ~= none)
  end)

  it("explains wrong arguments", function()
    assert.error_matches(function() stats.spearman({ 1 }, { 1, 2 }) end,
      "1 numbers in a and 2 in b")
    assert.error_matches(function() stats.ranks { 1, 0 / 0 } end,
      "'values' has a NaN at 2, which has no rank")
    assert.error_matches(function() stats.ranks { "a" } end,
      "'values' must be a list of numbers")
    assert.error_matches(function() stats.quantile({}, 0.5) end,
      "'values' must be at least one number, got an empty table")
    assert.error_matches(function() stats.quantile({ 1 }, 2) end,
      "'p' must be a number in %[0, 1%], got 2")
    assert.error_matches(function() stats.agreement({ 1 }, { 1 }, -1) end,
      "'tolerance' must be a number >= 0, got %-1")
  end)
end)

describe("stats.agreement", function()
  it("is Spearman's where no truths tie", function()
    for _, b in ipairs(orders(4)) do
      assert.near(stats.spearman({ 1, 2, 3, 4 }, b),
        stats.agreement({ 1, 2, 3, 4 }, b), 1e-14)
    end
  end)

  it("lets ties of the truth come in any order", function()
    -- one broken axis: O(3), the group that is left, and two that tie
    local truth = { 0.376, 0, 0.268, 0.269 }
    local good = 0
    for _, b in ipairs(orders(4)) do
      local r = stats.agreement(truth, b)
      local kept = b[2] == 1 and b[1] == 4
      assert.equal(kept, math.abs(r - 1) < 1e-12)
      good = good + (kept and 1 or 0)
      -- the two that tie may be exchanged
      assert.equal(r, stats.agreement(truth, { b[1], b[2], b[4], b[3] }))
    end
    assert.equal(2, good)
    assert.near(-1, stats.agreement(truth, { 1, 9, 4, 3 }), 1e-12)
  end)

  it("is Spearman's over the largest that any order can have", function()
    for _, truth in ipairs { { 0, 1, 1, 2 }, { 0, 0, 1, 1 }, { 0, 2, 2, 2 },
      { 0, 0, 1, 2 } } do
      local most = -1
      for _, b in ipairs(orders(4)) do
        most = math.max(most, stats.spearman(truth, b))
      end
      for _, b in ipairs(orders(4)) do
        assert.near(stats.spearman(truth, b) / most,
          stats.agreement(truth, b), 1e-14)
      end
    end
  end)

  it("is 1 when all truths tie, 0 when no value tells them apart", function()
    assert.equal(1, stats.agreement({ 1e-8, 3e-7, 0 }, { 3, 1, 2 }))
    assert.equal(1, stats.agreement({}, {}))
    assert.equal(0, stats.agreement({ 0, 1 }, { 5, 5 }))
    assert.equal(0, stats.agreement({ 0, 0, 1 }, { 1, 3, 2 }))
    -- ranks of the truth -1, 1/2, 1/2, of the values -1/2, -1/2, 1
    assert.near(0.5, stats.agreement({ 0, 1, 1 }, { 1, 1, 2 }), 1e-14)
    -- a tolerance of 0 leaves only equal truths as ties
    assert.near(-1, stats.agreement({ 1e-8, 2e-8 }, { 2, 1 }, 0), 1e-14)
  end)
end)
