-- ops_spec.lua: every function of the table of operations, by its samples:
-- results that are finite, derivatives against central differences in f64, vjp
-- against jvp, second derivatives in three ways, values and derivatives in
-- single precision.

local core = require "weyl.core"
local samples = require "spec.autodiff.samples"
local weyl = require "weyl"

-- Step of the differences. The stencil's error is h^4 times a fifth
-- derivative, some 1e-16 * 1e4; rounding adds 2 eps |f| / h, some 1e-11.
local STEP = 1e-4
local DIFFERENCE = 1e-8 -- tolerance, relative to the largest entry, + 1
local EXACT = 1e-11     -- of identities: 1e5 eps for matrices near singular
local SINGLE = 1e-4     -- of f32 against f64: 1e3 eps

-- Functions that need no sample, by the reason why.
local unsampled = {
  ["makes a constant"] = "zeros ones arange linspace eye",
  ["gives booleans"] = "logical_not isnan isinf isfinite eq ne lt le gt ge "
    .. "logical_and logical_or logical_xor any all",
  ["gives integers"] = "argmax argmin argsort",
  ["draws at random"] = "uniform normal integers permutation bernoulli "
    .. "orthogonal",
  ["is constant for derivatives by intent"] = "stop_gradient",
}

-- x + h t for the floating-point leaves of args.
local function moved(args, t, h)
  local i = 0
  return samples.replace(args, function(x)
    i = i + 1
    return x + t[i] * h
  end)
end

-- Derivative along t of f, a function from arguments to a list of tensors,
-- by the five-point stencil (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h.
local function difference(f, args, t)
  local at = {}
  for _, k in ipairs { -2, -1, 1, 2 } do at[k] = f(moved(args, t, k * STEP)) end
  local out = {}
  for i = 1, #at[1] do
    out[i] = ((at[1][i] - at[-1][i]) * 8 - (at[2][i] - at[-2][i]))
      / (12 * STEP)
  end
  return out
end

local function assert_close(got, expected, tolerance, what)
  assert.equal(#expected, #got, what)
  local distance, size = samples.distance(got, expected)
  if not (distance <= tolerance * (1 + size)) then
    error(("%s: off by %.3g where entries are up to %.3g"):format(what,
      distance, size), 2)
  end
end

local function likes(list)
  local out = {}
  for i, x in ipairs(list) do out[i] = samples.like(x) end
  return out
end

-- What the checks of one sample share: f as a function of its arguments,
-- directions t and u in x, a cotangent ct in y.
local function prepare(sample)
  local case = { args = samples.arguments(sample) }
  case.f = function(args) return samples.call(sample, args) end
  local x = samples.floats(case.args)
  case.t, case.u = likes(x), likes(x)
  case.y = case.f(case.args)
  case.ct = likes(case.y)
  weyl.eval(case)
  return case
end

-- Cotangents in x of the cotangents ct of f.
local function pull(f, args, ct)
  local _, g = weyl.vjp(f, args, ct)
  return samples.floats(g)
end

-- Re <ct, f>, whose gradient is that pull.
local function loss(case)
  return function(args) return samples.inner(case.ct, case.f(args)) end
end

local function check_first(case)
  local _, dy = weyl.jvp(case.f, case.args, case.t)
  assert_close(dy, difference(case.f, case.args, case.t), DIFFERENCE, "jvp")
  local gx = pull(case.f, case.args, case.ct)
  local forward = samples.inner(case.ct, dy)
  local backward = samples.inner(gx, case.t)
  assert_close({ backward }, { forward }, EXACT, "<g, J t> = <J' g, t>")
end

-- The Hessian of <ct, f> along t in three ways and by differences.
local function check_second(case)
  local gradient = function(args)
    return samples.floats(weyl.grad(loss(case))(args))
  end
  local expected = difference(function(args)
    return pull(case.f, args, case.ct)
  end, case.args, case.t)
  local _, forward = weyl.jvp(gradient, case.args, case.t)
  assert_close(forward, expected, DIFFERENCE, "forward over reverse")
  local reverse = weyl.grad(function(args)
    return samples.inner(case.t, gradient(args))
  end)(case.args)
  assert_close(samples.floats(reverse), forward, EXACT, "reverse over reverse")
  local mixed = weyl.grad(function(args)
    local _, dy = weyl.jvp(case.f, args, case.t)
    return samples.inner(case.ct, dy)
  end)(case.args)
  assert_close(samples.floats(mixed), forward, EXACT, "reverse over forward")
end

local function check_single(sample, case)
  local narrow = samples.convert(case.args, "f32")
  local wide = samples.convert(narrow, "f64")
  local y, z = case.f(narrow), case.f(wide)
  assert_close(y, z, SINGLE, "value")
  if sample.name == "to" or sample.name == "full" then return end
  local ct = samples.convert(case.ct, "f32")
  assert_close(pull(case.f, narrow, ct),
    pull(case.f, wide, samples.convert(ct, "f64")), SINGLE, "vjp")
end

describe("the table of operations", function()
  it("has a line of documentation for every function", function()
    for _, f in ipairs(core.functions()) do
      assert.matches("^%S.*%.$", f.doc, 1, f.name)
    end
  end)

  it("has samples for every function that can be differentiated", function()
    local reason = {}
    for why, names in pairs(unsampled) do
      for name in names:gmatch "%S+" do reason[name] = why end
    end
    for _, f in ipairs(core.functions()) do
      assert.equal(f.sample == "", reason[f.name] ~= nil, f.name)
    end
  end)
end)

describe("every sample", function()
  it("gives finite results", function()
    for _, sample in ipairs(samples.all()) do
      for _, y in ipairs(samples.call(sample, samples.arguments(sample))) do
        assert.is_true(y:isfinite():all():item(), sample.name)
      end
    end
  end)
end)

for _, sample in ipairs(samples.all()) do
  describe(("%s(%s)"):format(sample.name, sample.text), function()
    it("has right first derivatives #busy", function()
      check_first(prepare(sample))
    end)
    it("has right second derivatives #busy", function()
      check_second(prepare(sample))
    end)
    it("agrees in single precision #busy", function()
      check_single(sample, prepare(sample))
    end)
  end)
end
