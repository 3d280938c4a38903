-- sets_spec.lua: what all synthetic sets share: parts, seeds, changed inputs,
-- and the words that mistakes meet.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local data, group = weyl.data, weyl.group

-- Width of the inputs, scalars before the vectors, dimension of these.
local SETS = {
  inertia = { 20, 5, 3 }, cosine = { 9, 0, 3 }, radius = { 9, 0, 3 },
  distance = { 12, 0, 4 }, o5 = { 10, 0, 5 }, particle = { 16, 0, 4 },
  pendulum = { 12, 0, 3 },
}

local NAMES = { "inertia", "cosine", "radius", "distance", "o5", "particle",
  "pendulum" }

-- A small set; the pendulum moves for a short time.
local function small(name, opts)
  local o = { train = 6, validation = 3, test = 2, ood = 4 }
  if name == "pendulum" then o.time = 2 end
  for k, v in next, opts or {} do o[k] = v end
  return data[name](o)
end

local function vectors(name, x)
  local width, scalars, d = table.unpack(SETS[name])
  return x:slice(2, scalars + 1, width):reshape(#x, -1, d):to "f64"
end

describe("synthetic sets", function()
  it("have parts of the law, f32, with all that is known", function()
    for _, name in ipairs(NAMES) do
      local set = small(name)
      assert.equal(name, set.name)
      for part, n in next, { train = 6, validation = 3, test = 2, ood = 4 } do
        local p = set[part]
        assert.same({ n, SETS[name][1] }, p.x.shape)
        assert.equal("f32", p.x.dtype)
        assert.equal("f32", p.y.dtype)
        -- the same numbers by another graph: rounding of single precision
        local e = (set.truth(p.x) - p.y):abs():max():item()
        assert.is_true(e <= 1e-5 * (1 + p.y:abs():max():item()), name)
      end
      local g = set.candidates[1]
      assert.equal(SETS[name][1], weyl.rep.lift(set.rep_in):size(g))
      assert.equal("string", type(set.variant))
    end
  end)

  it("are the same whatever was drawn before, and leave no trace", function()
    for _, name in ipairs(NAMES) do
      weyl.seed(1)
      local first = small(name).train.y:totable()
      weyl.seed(9)
      weyl.normal({ 3 }, 0, 1, "f32", "data")
      local state = weyl.streams()
      assert.same(first, small(name).train.y:totable())
      assert.same(state, weyl.streams())
      assert.are_not.same(first, small(name, { seed = 1 }).train.y:totable())
    end
  end)

  it("leave the streams as they were when they fail", function()
    weyl.seed(4)
    local state = weyl.streams()
    weyl.check_finite(true)
    local ok = pcall(data.cosine, { ood_shift = math.huge })
    weyl.check_finite(false)
    assert.is_false(ok)
    assert.same(state, weyl.streams())
  end)

  it("leave out parts without examples", function()
    for _, name in ipairs(NAMES) do
      local set = small(name, { validation = 0, test = 0, ood = 0 })
      assert.is_nil(set.validation or set.test or set.ood)
      assert.equal(6, #set.train.x)
    end
  end)

  it("say what was drawn", function()
    local cases = {
      { "axis 2, noise -1", data.inertia, { axis = 2, noise = -1 } },
      { "axis none, noise 0.3, input noise 0.05", data.inertia,
        { axis = "none", input_noise = 0.05 } },
      { "so3, noise 1", data.cosine, { variant = "so3" } },
      { "scale, noise 0.5", data.radius, { variant = "scale", noise = 0.5 } },
      { "l1distance, noise -1", data.distance,
        { variant = "l1distance", noise = -1 } },
      { "raw", data.o5, {} },
      { "standardized", data.particle, { standardize = true } } }
    for _, case in ipairs(cases) do
      case[3].train, case[3].ood = 5, 0
      assert.equal(case[1], case[2](case[3]).variant)
    end
    assert.equal("wind 0.01, stiffness 1 and 2",
      small("pendulum", { wind = 0.01 }).variant)
  end)
end)

describe("the inputs of inertia", function()
  it("can be the masses themselves", function()
    local raw, set = small "inertia", small("inertia", { inputs = "masses" })
    assert.same(raw.train.x:slice(2, 1, 5):softplus():totable(),
      set.train.x:slice(2, 1, 5):totable())
    assert.same(raw.train.x:slice(2, 6, 20):totable(),
      set.train.x:slice(2, 6, 20):totable())
    assert.same(raw.train.y:totable(), set.train.y:totable())
    local e = (set.truth(set.train.x) - set.train.y):abs():max():item()
    assert.is_true(e < 1e-5)
    -- measured with noise, either way
    local o = { inputs = "masses", input_noise = 0.05 }
    local a = small("inertia", o).train.x
    o.inputs = "raw"
    local b = small("inertia", o).train.x:slice(2, 1, 5):softplus()
    assert.is_true((a:slice(2, 1, 5) / b - 1):abs():max():item() < 1e-5)
  end)
end)

describe("standardized sets", function()
  it("have unit scales, and errors that y_std brings back", function()
    for _, name in ipairs { "o5", "particle" } do
      local o = { train = 500 }
      local raw = small(name, o)
      o.standardize = true
      local set = small(name, o)
      local s = set.statistics
      assert.same(raw.statistics.x:totable(), s.x:totable())
      local v = vectors(name, set.train.x)
      local rms = v:square():mean({ 1, 3 }):sqrt()
      assert.near(0, (rms - 1):abs():max():item(), 1e-6)
      assert.near(0, set.train.y:mean():item(), 1e-5)
      assert.near(1, set.train.y:square():mean():item(), 1e-5)
      local back = set.ood.y * s.y_std + s.y_mean
      assert.near(0, (back - raw.ood.y):abs():max():item(),
        1e-5 * (1 + raw.ood.y:abs():max():item()))
    end
  end)
end)

describe("the ood part", function()
  it("is moved by elements of a group, each example by its own", function()
    local groups = { inertia = group.O(3), cosine = group.SO(3),
      radius = group.SO(3), o5 = group.O(5), pendulum = group.SO(3) }
    for _, name in ipairs(NAMES) do
      local g = groups[name]
      if g then
        local o = { chunk = name == "pendulum" and 10 or nil }
        local plain = small(name, o)
        o.ood_group = g
        local set = small(name, o)
        assert.same(plain.train.x:totable(), set.train.x:totable())
        local a, b = vectors(name, plain.ood.x), vectors(name, set.ood.x)
        local function gram(v) return v:matmul(v:transpose()) end
        if name ~= "pendulum" then -- which starts so, and then moves
          assert.near(0, (gram(a) - gram(b)):abs():max():item(), 1e-5)
        end
        assert.is_true((a - b):abs():max():item() > 0.1)
      end
    end
  end)

  it("keeps scalars, and what the group keeps", function()
    local plain = small "inertia"
    local set = small("inertia", { ood_group = group.O(3) })
    assert.same(plain.ood.x:slice(2, 1, 5):totable(),
      set.ood.x:slice(2, 1, 5):totable())
    -- elements differ between examples: of the same vector in all of them
    -- the images would else be the same
    local a, b = small "distance", small("distance",
      { ood_group = group.translations(3) })
    local shift = (vectors("distance", b.ood.x)
      - vectors("distance", a.ood.x))
    assert.near(0, (shift - shift:slice(2, 1, 1)):abs():max():item(), 1e-5)
    assert.is_true(shift:slice(2, 1, 1):var(1):max():item() > 0.01)
    assert.equal(0, shift:slice(3, 4, 4):abs():max():item())
    local p = small "particle".ood.y
    local q = small("particle", { ood_group = group.lorentz() }).ood.y
    assert.near(0, (p - q):abs():max():item(), 1e-4)
    p = small "cosine".ood
    q = small("cosine", { ood_group = group.scaling(3) }).ood
    local ratio = q.x / p.x
    assert.near(0, (ratio / ratio:slice(2, 1, 1) - 1):abs():max():item(), 1e-5)
    assert.is_true(ratio:slice(2, 1, 1):var():item() > 0.01)
    assert.near(0, (p.y - q.y):abs():max():item(), 1e-5)
  end)

  it("is reversed, shifted, or given a sign", function()
    for _, name in ipairs(NAMES) do
      if name ~= "pendulum" then
        local d = name == "distance" and 3 or SETS[name][3]
        local function coordinates(o)
          return vectors(name, small(name, o).ood.x):slice(3, 1, d)
        end
        local a = coordinates {}
        local function assert_is(expected, o)
          assert.near(0, (coordinates(o) - expected):abs():max():item(), 1e-6)
        end
        assert_is(2 - a, { ood_shift = 2, ood_flip = true })
        assert_is(a:abs(), { ood_sign = 1 })
        assert_is(-a:abs() + 1, { ood_sign = -1, ood_shift = 1 })
      end
    end
    local x = small("distance", { ood_sign = -1, ood_shift = 1 }).ood.x
    assert.equal(1, x:slice(2, 8, 8):min():item())
  end)
end)

describe("mistakes in a set's options", function()
  it("are named", function()
    fails("data.cosine: variant must be 'so3-scale' or 'so3' or 'scale' or "
      .. "'none', got 'so2' (did you mean 'so3'?)",
      function() data.cosine { variant = "so2" } end)
    fails("data.radius: variant must be 'so3-scale' or 'so3' or 'scale', got "
      .. "'none'", function() data.radius { variant = "none" } end)
    fails("data.distance: variant must be 'se3' or 'distance' or 'ball' or "
      .. "'l1distance' or 'r3' or 't3' or 'r3t3soft' or 'rxy2' or 'txy2', "
      .. "got 3", function() data.distance { variant = 3 } end)
    fails("data.distance: random must be true or false, got 1",
      function() data.distance { random = 1 } end)
    fails("data.o5: there is no option 'noise' (options: ood, ood_flip, "
      .. "ood_group, ood_shift, ood_sign, seed, standardize, test, train, "
      .. "validation)", function() data.o5 { noise = 1 } end)
    fails("data.particle: standardize must be true or false, got 'yes'",
      function() data.particle { standardize = "yes" } end)
    fails("data.particle: standardize needs training examples whose targets "
      .. "differ",
      function() data.particle { standardize = true, train = 1 } end)
    fails("data.inertia: inputs must be 'raw' or 'masses', got 'mass' (did "
      .. "you mean 'masses'?)",
      function() data.inertia { inputs = "mass" } end)
  end)

  it("of sizes and changes are named", function()
    fails("data.cosine: train must be an integer >= 1, got 0",
      function() data.cosine { train = 0 } end)
    fails("data.cosine: argument 'test' must be an integer >= 0, got -1",
      function() data.cosine { test = -1 } end)
    fails("data.cosine: ood must be an integer, got 0.5",
      function() data.cosine { ood = 0.5 } end)
    fails("data.cosine: ood_sign must be 1 or -1, got 0",
      function() data.cosine { ood_sign = 0 } end)
    fails("data.cosine: argument 'ood_group' must be a group, got 'SO(3)'",
      function() data.cosine { ood_group = "SO(3)" } end)
    fails("data.distance: ood_group must act on R^4, SO(3) acts on R^3",
      function() data.distance { ood_group = group.SO(3) } end)
  end)

  it("of mixtures are named", function()
    fails("data.inertia: argument 'noise' must be a number or a list of "
      .. "numbers, got 'high'", function() data.inertia { noise = "high" } end)
    fails("data.inertia: argument 'noise' must be a number or a list of "
      .. "numbers, got an empty table",
      function() data.inertia { noise = {} } end)
    fails("data.inertia: argument 'noise[2]' must be a number, got 'b'",
      function() data.inertia { noise = { 1, "b" }, shares = { 1, 0 } } end)
    fails("data.inertia: argument 'shares' must be a list with one share per "
      .. "noise, got a table",
      function() data.inertia { noise = { 1, 2 }, shares = { 1 } } end)
    fails("data.inertia: argument 'shares[1]' must be a number >= 0, got -1",
      function() data.inertia { noise = { 1, 2 }, shares = { -1, 2 } } end)
    fails("data.inertia: shares must add up to 1, they make 0.9",
      function() data.inertia { noise = { 1, 2 }, shares = { 0.5, 0.4 } } end)
  end)
end)
