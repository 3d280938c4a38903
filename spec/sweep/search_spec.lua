-- search_spec.lua: spaces, the Sobol sequence, searches, promotion.

local search = require "weyl.sweep.search"
local sobol = require "weyl.sweep.sobol"
local weyl = require "weyl"

local sweep = weyl.sweep

local function nothing() return 0 end

local function new(o)
  o.name, o.trial = o.name or "s", o.trial or nothing
  return sweep(o)
end

local function parameters(o) return new(o).options.parameters end

describe("the Sobol sequence", function()
  it("begins as published", function()
    -- the first ten points in three dimensions, from the page of the
    -- direction numbers (web.maths.unsw.edu.au/~fkuo/sobol)
    local first = { { 0, 0, 0 }, { 0.5, 0.5, 0.5 }, { 0.75, 0.25, 0.25 },
      { 0.25, 0.75, 0.75 }, { 0.375, 0.375, 0.625 }, { 0.875, 0.875, 0.125 },
      { 0.625, 0.125, 0.875 }, { 0.125, 0.625, 0.375 },
      { 0.1875, 0.3125, 0.9375 }, { 0.6875, 0.8125, 0.4375 } }
    for i, expected in ipairs(first) do
      local x = sobol.point(i, 3)
      for d = 1, 3 do assert.equal(expected[d], x[d] / 2 ^ 32) end
    end
  end)

  it("has one point in every interval of length 2^-k, in all dimensions",
    function()
      for d = 1, sobol.dimensions do
        local seen = {}
        for i = 65, 128 do
          seen[sobol.point(i, sobol.dimensions)[d] >> 26] = true
        end
        for k = 0, 63 do assert.is_true(seen[k]) end
      end
    end)

  -- Sobol's property A: of 2^d points in d dimensions one lies in each of the
  -- 2^d halves of all axes. It holds if the first bits of the first d
  -- direction numbers are independent; Joe and Kuo's have it throughout.
  it("has property A in every dimension it offers", function()
    for d = 1, sobol.dimensions do
      local rows, rank = {}, 0
      for k = 1, d do -- the point whose Gray code is the k-th bit alone
        rows[k] = 0
        for j, x in ipairs(sobol.point(1 << k, d)) do
          rows[k] = rows[k] | (x >> 31) << (j - 1)
        end
      end
      for bit = 0, d - 1 do
        for r = rank + 1, d do
          if rows[r] >> bit & 1 == 1 then
            rank = rank + 1
            rows[rank], rows[r] = rows[r], rows[rank]
            for other = rank + 1, d do
              if rows[other] >> bit & 1 == 1 then
                rows[other] = rows[other] ~ rows[rank]
              end
            end
            break
          end
        end
      end
      assert.equal(d, rank)
    end
  end)
end)

describe("a search", function()
  it("goes through a grid, the last name fastest", function()
    local list = parameters { space = { b = { "x", true }, a = { 3, 1 },
      c = sweep.log(1, 100, 3) } }
    assert.equal(12, #list)
    local lines = {}
    for i, p in ipairs(list) do
      lines[i] = ("%s %s %.12g"):format(p.a, p.b, p.c)
    end
    assert.equal("3 x 1;3 x 10;3 x 100;3 true 1", table.concat(lines, ";", 1,
      4))
    assert.equal("1 true 100", lines[12])
  end)

  it("spaces the points of a grid evenly, with both ends", function()
    local function values(range)
      local out = {}
      for i, p in ipairs(parameters { space = { x = range } }) do
        out[i] = p.x
      end
      return out
    end
    assert.same({ -1, -0.5, 0, 0.5, 1 }, values(sweep.uniform(-1, 1, 5)))
    assert.same({ 2, 3, 4 }, values(sweep.integer(2, 4)))
    assert.same({ 1, 6, 10 }, values(sweep.integer(1, 10, 3)))
    assert.same({ 1, 2 }, values(sweep.integer(1, 2, 5)))
    local rates = values(sweep.log(1e-4, 1e-1, 7))
    assert.equal(7, #rates)
    assert.same({ 1e-4, 1e-1 }, { rates[1], rates[7] })
    for i = 2, 7 do assert.near(10 ^ 0.5, rates[i] / rates[i - 1], 1e-12) end
  end)

  for _, kind in ipairs { "random", "sobol" } do
    it("repeats itself and grows: " .. kind, function()
      local space = { lr = sweep.log(1e-4, 1e-2), n = sweep.integer(1, 4),
        w = { 8, 16, 32 }, u = sweep.uniform(-2, 2) }
      weyl.seed(5)
      local streams = weyl.streams()
      local few = parameters { space = space, search = kind, trials = 8 }
      assert.same(streams, weyl.streams())
      local many = parameters { space = space, search = kind, trials = 64 }
      for i = 1, 8 do assert.same(few[i], many[i]) end
      local other = parameters { space = space, search = kind, trials = 8,
        seed = 2 }
      assert.are_not.same(few, other)
      local below, widths, counts = 0, {}, {}
      for _, p in ipairs(many) do
        assert.is_true(p.lr >= 1e-4 and p.lr < 1e-2)
        assert.is_true(p.u >= -2 and p.u < 2)
        if p.lr < 1e-3 then below = below + 1 end
        widths[p.w] = (widths[p.w] or 0) + 1
        counts[p.n] = (counts[p.n] or 0) + 1
      end
      if kind == "sobol" then -- a net: shares are exact
        assert.equal(32, below)
        assert.same({ 16, 16, 16, 16 }, counts)
      else -- 64 flips of a coin: 5 standard deviations
        assert.near(32, below, 20)
      end
      for _, w in ipairs(space.w) do assert.is_true(widths[w] > 8) end
    end)
  end

  it("explains wrong options", function()
    local space = { a = { 1 } }
    local function fails(pattern, o)
      assert.error_matches(function() sweep(o) end, pattern)
    end
    fails("option 'name' is missing", {})
    fails("no option 'trails' %(did you mean 'trials'%?%)", { trails = 3 })
    fails("'name' must be made of letters.*got 'a b'",
      { name = "a b", space = space, trial = nothing })
    local function wrong(pattern, more)
      local o = { name = "s", space = space, trial = nothing }
      for key, value in next, more do o[key] = value end
      fails(pattern, o)
    end
    wrong("trial must be a function, got 3", { trial = 3 })
    wrong("search must be 'grid' or 'random' or .*got 'sobel' %(did you mean "
      .. "'sobol'", { search = "sobel" })
    wrong("'trials' must be left out: a grid has as many", { trials = 3 })
    wrong("search = 'random' needs option 'trials'", { search = "random" })
    wrong("search = 'halving' needs rungs", { search = "halving",
      trials = 3 })
    wrong("rungs are for search = 'halving'", { rungs = { 1 } })
    wrong("'rungs%[2%]' must be an integer above the one before, got 3",
      { search = "halving", trials = 3, rungs = { 3, 3 } })
    wrong("'rungs' must be a list of numbers", { search = "halving",
      trials = 3, rungs = {} })
    wrong("'reduction' must be an integer >= 2, got 1", { reduction = 1 })
    wrong("'space' must be at least one parameter", { space = {} })
    wrong("'space' must be a table from names", { space = { { 1 } } })
    wrong("'space.a' must be a list of values, or sweep.log",
      { space = { a = 3 } })
    wrong("'space.a%[2%]' must be a finite number.*got inf",
      { space = { a = { 1, 1 / 0 } } })
    wrong("'space.a' must be a list, or a range that says how many points a "
      .. "grid has, such as sweep.log%(1, 2, 5%)",
      { space = { a = sweep.log(1, 2) } })
    local many = {}
    for i = 1, 22 do many["p" .. i] = { 1 } end
    wrong("at most 21 parameters for search = 'sobol', got 22",
      { space = many, search = "sobol", trials = 2 })
  end)

  it("explains wrong ranges", function()
    local function fails(pattern, f, ...)
      local args = table.pack(...)
      assert.error_matches(function()
        f(table.unpack(args, 1, args.n))
      end, pattern)
    end
    fails("sweep.log: argument 'low' must be > 0, got %-1", sweep.log, -1, 1)
    fails("sweep.uniform: argument 'high' must be above low = 2, got 1",
      sweep.uniform, 2, 1)
    fails("sweep.uniform: argument 'low' must be a finite number, got '1'",
      sweep.uniform, "1", 1)
    fails("sweep.integer: argument 'high' must be an integer, got 2.5",
      sweep.integer, 1, 2.5)
    fails("sweep.log: argument 'points' must be an integer >= 2, got 1",
      sweep.log, 1, 2, 1)
  end)
end)

describe("promotion", function()
  local function rows(objectives)
    local out = {}
    for i = 1, 6 do out[i] = { trial = i, objective = objectives[i] } end
    return out
  end

  local function promoted(direction, list, n)
    local out = {}
    for i, row in ipairs(search.promote(direction, list, n)) do
      out[i] = row.trial
    end
    return out
  end

  it("takes the best, by trial, whatever the order of the rows", function()
    local list = rows { 3, 1, 0 / 0, 1, nil, 2 }
    assert.same({ 2, 4 }, promoted("least", list, 2))
    assert.same({ 2, 4, 6 }, promoted("least", list, 3))
    local turned = {}
    for i = 6, 1, -1 do turned[#turned + 1] = list[i] end
    -- the earlier of two equals
    assert.same({ 2 }, promoted("least", turned, 1))
    assert.same({ 1, 6 }, promoted("largest", turned, 2))
  end)

  it("never takes failures and what is not a number", function()
    assert.same({ 1, 2 }, promoted("least", rows { 5, -1 / 0, 0 / 0 }, 6))
    assert.same({}, promoted("least", rows {}, 6))
  end)

  it("makes rungs of a third each, of one trial at least", function()
    assert.same({ 7, 2, 1 }, search.sizes { rungs = { 1, 2, 3 },
      reduction = 3, parameters = { 1, 2, 3, 4, 5, 6, 7 } })
  end)
end)
