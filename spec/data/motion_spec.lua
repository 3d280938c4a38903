-- motion_spec.lua: generated tracks: the exact law, its symmetries, windows,
-- normalisations; parts moved by a group.

local helper = require "spec.helper"
local motion = require "weyl.data.motion"
local weyl = require "weyl"

local data, group, rep = weyl.data, weyl.group, weyl.rep
local says = helper.says
local EPSILON = 2 ^ -24 -- rounding of f32

local function far(a, b) return (a - b):abs():max():item() end

local function small(o)
  o.train, o.validation, o.test, o.ood = 60, 20, 20, 30
  return data.tracks(o)
end

-- Equivariance errors of the truth at inputs of the data, by candidate.
local function errors(set)
  local out = {}
  for i, g in ipairs(set.candidates) do
    out[i] = weyl.symmetry.equivariance_error(set.truth, g, {
      rep_in = set.rep_in, rep_out = set.rep_out, x = set.test.x,
      dtype = "f64" })
  end
  return out
end

local variants = {
  { surface = "plane" }, { surface = "fixed" }, { surface = "random" },
  { surface = "fixed", heights = "flat", direction = 30 },
  { surface = "free" }, { surface = "free", gravity = 3 },
  { surface = "random", gravity = 1, scale = { 1, 2, 0.5 } },
}
for _, name in ipairs(motion.names) do
  variants[#variants + 1] = { normalisation = name }
  variants[#variants + 1] = { normalisation = name, published_leak = true }
end

describe("data.tracks", function()
  -- A displacement d of rounding error r turns with an error r / |d| in the
  -- angle, so each later displacement is off by k r (of ground) or, by the
  -- recurrence, k (k + 1) / 2 r and more for its cosine: sums of 21 to 150 r,
  -- r at most 2 EPSILON max |x|.
  it("has outputs that are the law of its inputs, to rounding", function()
    for _, o in ipairs(variants) do
      local set = small(o)
      for _, name in ipairs { "train", "validation", "test", "ood" } do
        local part = set[name]
        assert.equal("f32", part.x.dtype)
        local size = math.max(part.x:abs():max():item(),
          part.y:abs():max():item())
        assert.is_true(far(set.truth(part.x), part.y) < 300 * EPSILON * size)
      end
      assert.same({ 60, 18 }, set.train.x.shape)
      assert.same({ 30, 18 }, set.ood.y.shape)
    end
  end)

  it("knows which candidate its law has exactly", function()
    for _, o in ipairs(variants) do
      local set = small(o)
      for i, e in ipairs(errors(set)) do
        if i == set.matching then assert.is_true(e < 1e-12) end
        if not set.matching or i < set.matching then
          -- recurrences in space are linear: their error shows off the data
          if o.surface ~= "free" or o.gravity then
            assert.is_true(e > 1e-4)
          end
        end
      end
    end
    local function matching(o) return small(o).matching end
    assert.equal(2, matching { surface = "plane" })
    assert.equal(2, matching { surface = "random" })
    assert.is_nil(matching { surface = "fixed" })
    assert.equal(2, matching { surface = "fixed", slope = 0, min_climb = 0 })
    assert.equal(1, matching { surface = "free" })
    assert.equal(2, matching { surface = "free", gravity = 1 })
    assert.equal(3, matching { surface = "free", scale = { 2, 1, 1 } })
    assert.equal(4, matching { surface = "free", scale = { 1, 2, 1 } })
    assert.is_nil(matching { normalisation = "scale_aware" })
    assert.equal(2, matching { normalisation = "scale_aware",
      scale = { 1.23, 1.34, 1 } })
  end)

  it("without a surface is exactly O(3) also off the data", function()
    local set = small { surface = "free" }
    for i, g in ipairs(set.candidates) do
      assert.is_true(weyl.symmetry.equivariance_error(set.truth, g, {
        rep_in = set.rep_in, rep_out = set.rep_out, dtype = "f64" })
        < 1e-12, i)
    end
    set = small { surface = "free", scale = { 1, 1, 2 } }
    assert.is_true(weyl.symmetry.equivariance_error(set.truth,
      set.candidates[1], { rep_in = set.rep_in, rep_out = set.rep_out })
      > 0.01)
  end)

  -- A vehicle by hand: 5 m/s on a circle of radius 10 m, slope 0.1 along x.
  it("continues a circle on a slope", function()
    local x, y = {}, {}
    for k = 0, 11 do
      local a = 0.1 * k
      local p = { 10 * math.sin(a), 10 - 10 * math.cos(a), math.sin(a) }
      for _, v in ipairs(p) do table.insert(k < 6 and x or y, v) end
    end
    x, y = weyl.tensor({ x }, "f64"), weyl.tensor({ y }, "f64")
    for _, surface in ipairs { "fixed", "random", "free" } do
      local truth = small { surface = surface, normalisation = "none" }.truth
      assert.is_true(far(truth(x), y) < 1e-11)
    end
    local still = small({}).truth(weyl.ones { 1, 18 })
    assert.is_true(far(still, 1) < 1e-6)
  end)

  it("keeps what climbs and stays near, by its options", function()
    local p = weyl.zeros({ 4, 12, 3 }, "f64"):totable()
    p[1][6] = { 4.9, -4.9, 0.06 }
    p[2][6] = { 4.9, -4.9, -0.04 }
    p[3][6] = { 5.1, 0, 1 }
    p[4][6] = { 0, -5.1, 1 }
    p = weyl.tensor(p, "f64")
    assert.same({ true, false, false, false },
      motion.kept(p, { min_climb = 0.05, max_travel = 5 }):totable())
    assert.same({ true, true, true, false },
      motion.kept(p * weyl.tensor({ 0.97, 1, 1 }, "f64"),
        { min_climb = 0, max_travel = 5 }):totable())
    local x = small({ normalisation = "none" }).train.x:reshape(60, 6, 3)
    local d = (x:slice(2, 6, 6) - x:slice(2, 1, 1)):abs():reshape(60, 3)
    assert.is_true(d:slice(2, 3, 3):min():item() > 0.05 - 1e-5)
    assert.is_true(d:slice(2, 1, 2):max():item() < 5 + 1e-5)
  end)

  it("is limited to a sector, but for the ood part", function()
    local set = small { sector = 40, surface = "plane", turn = 0,
      normalisation = "none" }
    local function forward(part)
      local x = part.x:reshape(#part.x, 6, 3)
      local d = (x:slice(2, 6, 6) - x:slice(2, 1, 1)):reshape(#part.x, 3)
      return (d:slice(2, 1, 1) / d:norm(2, true)):min():item()
    end
    assert.is_true(forward(set.train) > math.cos(math.pi / 9) - 1e-3)
    assert.is_true(forward(set.ood) < -0.5)
  end)

  it("adds noise by axis to what is measured", function()
    local o = { train = 3000, min_climb = 0, max_travel = 100,
      normalisation = "none" }
    o.noise = { 0.1, 0, 0.3 }
    local noisy = data.tracks(o)
    o.noise = 0
    local d = (noisy.train.x - data.tracks(o).train.x):reshape(3000, 6, 3)
    -- the mean of 6 points is gone: 5/6 of the variance is left; 15000
    -- degrees of freedom make a standard deviation known to 0.6 %
    local s = d:square():mean { 1, 2 }
    s = (s * 6 / 5):sqrt():totable()
    assert.near(0.1, s[1], 0.003)
    assert.near(0, s[2], 1e-6)
    assert.near(0.3, s[3], 0.009)
  end)

  it("hides heights where it is told to", function()
    local set = small { surface = "fixed", heights = "flat" }
    local x = set.train.x:reshape(60, 6, 3):slice(3, 3, 3)
    assert.is_true(x:abs():max():item() < 1e-6)
    local y = set.train.y:reshape(60, 6, 3):slice(3, 3, 3)
    assert.is_true(y:abs():max():item() > 0.01)
  end)

  it("is the same whatever was drawn before, and leaves no trace", function()
    weyl.seed(1)
    local first = small({}).train.x:totable()
    weyl.seed(9)
    local state = weyl.streams()
    assert.same(first, small({}).train.x:totable())
    assert.same(state, weyl.streams())
    pcall(small, { surface = "plane", min_climb = 1 })
    assert.same(state, weyl.streams())
    assert.are_not.same(first, small({ seed = 4 }).train.x:totable())
  end)

  it("says what it is", function()
    assert.equal("surface random, slope 0.1, symm_aware", small({}).variant)
    assert.equal("surface plane, gravity 2, noise 0.5 0.5 0.5, none with leak",
      small({ surface = "plane", gravity = 2, noise = 0.5,
        normalisation = "none", published_leak = true }).variant)
    assert.equal("surface fixed, slope 0.1, heights flat, symm_aware",
      small({ surface = "fixed", heights = "flat" }).variant)
  end)

  it("explains wrong options", function()
    says("data.tracks: hardly a track climbs more than 1 m and travels less "
      .. "than 5 m: change min_climb, max_travel, slope or speed",
      function() small { surface = "plane", min_climb = 1 } end)
    for _, surface in ipairs { "random", "free" } do
      says("data.tracks: heights = 'flat' hides what surface = '" .. surface
        .. "' needs",
        function() data.tracks { heights = "flat", surface = surface } end)
    end
    says("data.tracks: argument 'noise' must be a number >= 0 or three of "
      .. "them, got a table", function() data.tracks { noise = { 1, 2 } } end)
    says("data.tracks: argument 'speed' must be { lowest, highest } in m/s, "
      .. "got a table", function() data.tracks { speed = { 2, 1 } } end)
    says("data.tracks: argument 'scale' must be three numbers > 0, got a "
      .. "table", function() data.tracks { scale = { 1, 1, 0 } } end)
    says("data.tracks: argument 'sector' must be at most 360 degrees, got 400",
      function() data.tracks { sector = 400 } end)
    assert.error_matches(function() data.tracks { normalisation = "x" } end,
      "normalisation must be 'none' or 'scale_aware' or .*, got 'x'")
    says("truth: argument 'x' must be a floating-point tensor [n, 18], got "
      .. "a tensor f32 [2, 3]",
      function() small({}).truth(weyl.ones { 2, 3 }) end)
  end)
end)

describe("normalisations", function()
  -- Points whose means over 6 and over 12 differ: x = k, y = 2 k, z = 3 k.
  local points = {}
  for k = 1, 12 do points[k] = { k, 2 * k, 3 * k } end
  points = weyl.tensor({ points }, "f64")

  -- mean, std, share of the centre kept off, bias: by hand, axis by axis.
  local by_hand = {
    none = { { 0, 1, 1, 0 }, { 0, 1, 1, 0 }, { 0, 1, 1, 0 } },
    scale_aware = { { 0, 1.23, 1, 0 }, { 0, 1.34, 1, 0 }, { 0, 0.05, 1, 0 } },
    symm_aware = { { 0, 1.05, 1, 0 }, { 0, 1.05, 1, 0 }, { 0, 1.05, 1, 0 } },
    symm_scale_aware = { { 0, 1.31, 1, 0 }, { 0, 1.31, 1, 0 },
      { -0.23, 1.31, 0.993, 0 } },
    symm_scale_aware2 = { { 0, 3.02, 1, 0 }, { 0, 3.02, 1, 0 },
      { 5.77, 3.02, 0.993, -6 } },
    inc_scale_aware = { { 0, 1.23, 1, 0 }, { 0, 2.04, 1, 0 },
      { 0, 0.05, 1, 0 } },
  }

  it("are those published, centred by the 6 inputs unless told", function()
    for _, name in ipairs(motion.names) do
      for _, leak in ipairs { false, true } do
        local part = motion.part(points, { normalisation = name,
          published_leak = leak })
        local x, y = part.x:totable()[1], part.y:totable()[1]
        for k = 1, 12 do
          for axis, h in ipairs(by_hand[name]) do
            local centre = axis * (leak and 6.5 or 3.5)
            local want = (axis * k - (centre * h[3] + h[4]) - h[1]) / h[2]
            local got = k <= 6 and x[3 * (k - 1) + axis]
              or y[3 * (k - 7) + axis]
            assert.near(want, got, EPSILON * math.max(1, math.abs(want)))
          end
        end
      end
    end
  end)

  it("measure displacements in metres", function()
    local ade = small({ normalisation = "scale_aware" }).ade
    local y = weyl.zeros { 2, 18 }
    local p = { {}, {} }
    for i = 1, 18 do p[1][i], p[2][i] = 1, 0 end
    assert.near(math.sqrt(1.23 ^ 2 + 1.34 ^ 2 + 0.05 ^ 2) / 2,
      ade(weyl.tensor(p), y), 1e-12)
    assert.equal(0, ade(y, y))
    says("ade: argument 'prediction' must be a tensor [2, 18], got a tensor "
      .. "f32 [2, 3]", function() ade(weyl.ones { 2, 3 }, y) end)
    says("ade: argument 'y' must be a tensor [n, k * 3], got a tensor f32 "
      .. "[2, 4]", function() ade(y, weyl.ones { 2, 4 }) end)
  end)
end)

describe("data.act", function()
  local g = group.O(2):embed(3, { 1, 2 })

  it("moves inputs and outputs by the same element of each row", function()
    local set = small { surface = "random" }
    local o = { rep_in = set.rep_in, rep_out = set.rep_out }
    local moved = data.act(set.test, g, o)
    assert.is_true(far(set.truth(moved.x), moved.y)
      < 300 * EPSILON * set.test.y:abs():max():item())
    assert.is_true(far(moved.x, set.test.x) > 0.1)
    local function lengths(t) return t:reshape(120, 3):norm(2) end
    assert.is_true(far(lengths(moved.x), lengths(set.test.x)) < 1e-5)
    assert.same(moved.y:totable(), data.act(set.test, g, o).y:totable())
    o.seed = 1
    assert.are_not.same(moved.y:totable(),
      data.act(set.test, g, o).y:totable())
    assert.equal("f32", moved.x.dtype)
  end)

  it("does one row at a time where matrices are large", function()
    local n = 400
    local part = { x = weyl.ones { 3, 3 * n }, y = weyl.ones { 3, 1 } }
    local moved = data.act(part, group.O(3), { rep_in = n * rep.V,
      rep_out = rep.scalar })
    assert.is_true(far(moved.x:norm(2), math.sqrt(3 * n)) < 1e-4)
    assert.same(part.y:totable(), moved.y:totable())
  end)

  it("explains wrong arguments", function()
    local part = { x = weyl.ones { 2, 3 }, y = weyl.ones { 2, 1 } }
    local o = { rep_in = rep.V, rep_out = rep.scalar }
    says("data.act: argument 'group' must be a group, got 3",
      function() data.act(part, 3, o) end)
    says("data.act: argument 'part' must be a table with tensors x and y, "
      .. "got 1", function() data.act(1, g, o) end)
    says("data.act: option 'rep_out' is missing",
      function() data.act(part, g, { rep_in = rep.V }) end)
    says("data.act: argument 'rep_in' must be a representation, got 'V'",
      function() data.act(part, g, { rep_in = "V", rep_out = 1 }) end)
    says("data.act: argument 'x' must be a floating-point tensor [n, 6], got "
      .. "a tensor f32 [2, 3]",
      function() data.act(part, g, { rep_in = 2 * rep.V, rep_out = 1 }) end)
    says("data.act: argument 'y' must be as long as x, 2, got a tensor f32 "
      .. "[1, 1]", function()
      data.act({ x = part.x, y = weyl.ones { 1, 1 } }, g, o)
    end)
  end)
end)
