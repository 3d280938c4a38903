-- lie_derivative_spec.lua: equivariance to first order, of functions and of
-- the layers of models.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, nn, symmetry = weyl.group, weyl.nn, weyl.symmetry
local V, scalar = weyl.rep.V, weyl.rep.scalar

local O3, lorentz = group.O(3), group.lorentz(4)

local function largest(x) return x:abs():max():item() end

local function normal(...) return weyl.normal({ ... }, 0, 1, "f64") end

local function mlp(rep_in, rep_out, d, dtype)
  return nn.mlp { rep_in = rep_in, rep_out = rep_out, d = d, channels = 12,
    depth = 2, dtype = dtype or "f64" }
end

local function emlp(soft, dtype)
  return nn.emlp { rep_in = 2 * scalar + 2 * V, rep_out = V ^ 2 + V,
    group = O3, soft = soft, channels = 24, depth = 2,
    dtype = dtype or "f64" }
end

-- g = exp(t A) for the unit generator A.
local function element(a, t)
  a = weyl.tensor(a, "f64")
  return (a / a:norm() * t):expm()
end

local function act(r, g, x) return x:matmul(r:rho(g):transpose()) end

describe("the Lie derivative", function()
  before_each(function() weyl.seed(1) end)

  -- Central differences of g^-1 f(g x) with Richardson's extrapolation: for
  -- t = 2e-3 truncated at t^4, some 1e-11, and rounded at 1e-16 / t.
  it("is what finite differences give", function()
    local cases = {
      { O3, 1 + 2 * V, V ^ 2 + V, 3 },
      { lorentz, V + V:dual(), V * V:dual() + 2, 4 },
      { group.SL(2), 2 * V, V:dual() + V ^ 2, 2 } }
    for _, case in ipairs(cases) do
      local g, rep_in, rep_out, d = table.unpack(case)
      local f = mlp(rep_in, rep_out, d)
      local x = normal(7, rep_in:size(d))
      local r = symmetry.lie_derivative(f, g, { x = x, fields = true,
        rep_in = rep_in, rep_out = rep_out })
      for i, a in ipairs(g.lie) do
        local function back(t)
          return act(rep_out, element(a, -t), f(act(rep_in, element(a, t), x)))
        end
        local t = 2e-3
        local difference = (8 * (back(t) - back(-t)) - back(2 * t)
          + back(-2 * t)) / (12 * t)
        assert.is_true(largest(difference - r.fields.lie[i]) < 1e-10)
        assert.near(r.lie[i].absolute,
          math.sqrt(difference:square():sum():item() / 7), 1e-10)
      end
    end
  end)

  -- |f(gx) - g f(x)| = t |L_A f(x)| (1 + O(t)) for g = exp(tA): halving t
  -- halves what the sampled error differs by.
  it("is what the sampled error of an element near 1 tends to", function()
    local f = mlp(1 + 2 * V, V ^ 2, 3)
    local x = normal(20, 7)
    local r = symmetry.lie_derivative(f, O3, { x = x, rep_in = 1 + 2 * V,
      rep_out = V ^ 2 })
    for i, a in ipairs(O3.lie) do
      local function excess(t)
        local near = group.new { discrete = { element(a, t) },
          check = false }
        local jump = symmetry.lie_derivative(f, near, { x = x,
          rep_in = 1 + 2 * V, rep_out = V ^ 2 }).discrete[1]
        return jump.relative / t / r.lie[i].relative - 1
      end
      local one, half = excess(1e-3), excess(5e-4)
      assert.is_true(math.abs(one) < 1e-2)
      assert.is_true(math.abs(half - one / 2) < 1e-6)
    end
  end)

  it("is 0 for an exact model, also at discrete elements", function()
    local r = symmetry.lie_derivative(emlp(false), O3)
    assert.equal(3, #r.lie)
    assert.equal(1, #r.discrete)
    for _, list in ipairs { r.lie, r.discrete } do
      for _, size in ipairs(list) do
        assert.is_true(size.relative < 1e-14)
      end
    end
  end)

  it("does not depend on the scale of generators", function()
    local big = group.new { lie = { { { 0, -7 }, { 7, 0 } } } }
    local f = mlp(V, V, 2)
    local a = symmetry.lie_derivative(f, big)
    local b = symmetry.lie_derivative(f, group.SO(2))
    assert.near(a.lie[1].absolute, b.lie[1].absolute, 1e-14)
  end)

  it("scales with f where f(x) = A x breaks by a known amount", function()
    -- f(x) = diag(1, -1) x: L f(x) = (D J - J D) x, of norm sqrt(2) |x|
    local D = weyl.tensor({ { 1, 0 }, { 0, -1 } }, "f64")
    local r = symmetry.lie_derivative(function(x) return x:matmul(D) end,
      group.SO(2), { rep_in = V, rep_out = V })
    assert.near(math.sqrt(2), r.lie[1].relative, 1e-14)
    assert.near(r.scale * math.sqrt(2), r.lie[1].absolute, 1e-13)
  end)

  it("computes f32 models in f64 unless asked", function()
    local model = emlp(true, "f32")
    local a = symmetry.lie_derivative(model, O3)
    local b = symmetry.lie_derivative(model, O3, { dtype = "f32" })
    assert.not_equal(a.lie[1].relative, b.lie[1].relative)
    assert.near(a.lie[1].relative, b.lie[1].relative, 1e-5)
  end)

  it("shows itself as a table", function()
    local D = weyl.tensor({ { 1, 0 }, { 0, -1 } }, "f64")
    local r = symmetry.lie_derivative(function(x) return x:matmul(D) end,
      group.O(2), { rep_in = V, rep_out = V, x = weyl.ones(4, 2) })
    assert.equal("Lie derivative under O(2), 4 inputs, rms |f| = 1.41\n"
      .. "generator                absolute  relative\n"
      .. "lie 1         e21 - e12         2      1.41\n"
      .. "discrete 1  diag(-1, 1)         0         0", tostring(r))
  end)

  it("says what is wrong", function()
    local f = mlp(V, V, 3)
    fails("lie_derivative: argument 'group' must be a group, got nil",
      function() symmetry.lie_derivative(f) end)
    fails("lie_derivative: argument 'f' must be a function or a model, got 3",
      function() symmetry.lie_derivative(3, O3) end)
    fails("lie_derivative: argument 'rep_out' must be a representation, got "
      .. "nil",
      function() symmetry.lie_derivative(weyl.exp, O3, { rep_in = V }) end)
    fails("lie_derivative: there is no option 'sample' (did you mean "
      .. "'samples'?)",
      function() symmetry.lie_derivative(f, O3, { sample = 3 }) end)
    fails("lie_derivative: argument 'x' must be a floating-point tensor "
      .. "[n, 3], got a tensor f32 [2, 4]",
      function() symmetry.lie_derivative(f, O3, { x = weyl.ones(2, 4) }) end)
  end)
end)

describe("the Lie derivative refuses", function()
  local x = weyl.tensor({ { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }, "f64")
  local o = { x = x, rep_in = V, rep_out = V }

  local function measure(f, input)
    return symmetry.lie_derivative(f, O3, { x = input or x, rep_in = V,
      rep_out = V })
  end

  it("functions that hide x from differentiation", function()
    local text = "lie_derivative: the result of f does not depend on x "
      .. "through differentiable tensor operations; a derivative of 0 says "
      .. "nothing"
    local function opaque(h) return weyl.tensor(h:totable(), "f64") end
    fails(text, function() measure(opaque) end)
    fails(text, function() measure(function(h) return h:gt(4):to "f64" end) end)
    -- finite groups do without derivatives
    local r = symmetry.lie_derivative(opaque, group.S(3), o)
    for _, size in ipairs(r.discrete) do assert.equal(0, size.relative) end
    -- part of f is enough: D f A x - A f(x) = A x - 2 A x, |A| = 1 with A
    -- along e21 - e12; and so are values that do not change
    r = measure(function(h) return opaque(h) + h end)
    assert.near(math.sqrt((5 + 41 + 113) / 6), r.lie[1].absolute, 1e-14)
    assert.equal(0, measure(function(h) return opaque(0 * h) end).scale)
    r = measure(function(h) return opaque(0 * h + 1) end)
    assert.near(1, r.lie[1].absolute, 1e-15) -- A (1, 1, 1), |A| = 1
  end)

  it("numbers that are not finite", function()
    fails("lie_derivative: argument 'x' must be finite, got NaN or Inf in row "
      .. "2", function() measure(weyl.exp, weyl.where(x:eq(6), 0 / 0, x)) end)
    fails("lie_derivative: argument 'result of f' must be finite, got NaN or "
      .. "Inf in row 3",
      function() measure(function(h) return (8.5 - h):log() end) end)
    fails("lie_derivative: argument 'result of f at hx' must be finite, got "
      .. "NaN or Inf in row 1", function() measure(weyl.log) end)
    fails("lie_derivative: argument 'derivative of f' must be finite, got NaN "
      .. "or Inf in row 2",
      function() measure(function(h) return (h - 4):abs():sqrt() end) end)
  end)

  -- A model of one stage more than the function given.
  local function chain(f)
    return { rep_in = V, rep_out = V, stages = function()
      return {
        { name = "double", rep_out = V,
          forward = function(h) return 2 * h end },
        { name = "second", forward = f } }
    end }
  end

  it("the same in a stage of a model", function()
    local function layers(f, input)
      return symmetry.lie_derivative_by_layer(chain(f), O3,
        { x = input or x })
    end
    assert.near(0, layers(function(h) return 3 * h end).total, 1e-15)
    local name = "lie_derivative_by_layer: "
    fails(name .. "the result of 'second' does not depend on x through "
      .. "differentiable tensor operations; a derivative of 0 says nothing",
      function()
        layers(function(h) return weyl.tensor(h:totable(), "f64") end)
      end)
    fails(name .. "argument 'x' must be finite, got NaN or Inf in row 2",
      function() layers(weyl.exp, weyl.where(x:eq(6), 0 / 0, x)) end)
    fails(name .. "argument 'result of 'second'' must be finite, got NaN or "
      .. "Inf in row 3",
      function() layers(function(h) return (17 - h):log() end) end)
    fails(name .. "argument 'derivative of 'second'' must be finite, got NaN "
      .. "or Inf in row 2",
      function() layers(function(h) return (h - 8):abs():sqrt() end) end)
  end)

  it("models of another dimension, by their names", function()
    for name, model in next, { emlp = nn.emlp { rep_in = 2 * V, rep_out = V,
      group = O3, channels = 12, depth = 1 }, mlp = mlp(2 * V, V, 3) } do
      local text = ("nn.%s: argument 'x' must be a tensor [batch, 6], got a "
        .. "tensor f64 [64, 8]"):format(name)
      fails(text, function() symmetry.lie_derivative(model, lorentz) end)
      fails(text, function()
        symmetry.lie_derivative_by_layer(model, lorentz,
          { reps = name == "mlp" and { 12, 12 } or nil })
      end)
    end
  end)
end)

describe("the stages of a model", function()
  before_each(function() weyl.seed(2) end)

  it("are the model", function()
    for _, model in ipairs { emlp(true), emlp(false), mlp(8, 4, 3) } do
      local x = normal(5, 8)
      local h = x
      for _, stage in ipairs(model:stages()) do h = stage.forward(h) end
      assert.is_true(largest(h - model(x)) < 1e-13)
    end
  end)
end)

describe("the Lie derivative by layer", function()
  before_each(function() weyl.seed(3) end)

  -- Sums of some ten terms of order 1: 1e-13 is rounding.
  local function adds_up(model, g, o)
    o.fields = true
    local reps = o.reps
    o.reps = nil
    local whole = symmetry.lie_derivative(model, g, o)
    o.reps = reps
    local r = symmetry.lie_derivative_by_layer(model, g, o)
    for j = 1, #g.lie do
      local sum = 0
      for _, stage in ipairs(r.stages) do sum = sum + stage.fields[j] end
      assert.is_true(largest(sum - whole.fields.lie[j]) < 1e-13)
      assert.near(whole.lie[j].relative, r.lie[j], 1e-13)
    end
    return r
  end

  it("adds up to that of the model", function()
    local r = adds_up(emlp(true), O3, { samples = 10 })
    assert.equal(7, #r.stages)
    assert.is_true(r.total > 0.1)
  end)

  it("adds up whatever the hidden representations are", function()
    local model = mlp(2 * V, V ^ 2, 3)
    for _, reps in ipairs { { 4 * V, 4 * V }, { 3 + 3 * V, 3 * scalar
      + V ^ 2 }, { 12, 12 } } do
      adds_up(model, O3, { samples = 10, reps = reps })
    end
  end)

  it("finds the one layer that breaks the symmetry", function()
    local model = emlp(true)
    -- project all layers but the second, drop the path beside the gates
    for i, layer in ipairs(model:layers()) do
      if i ~= 2 then
        local W, b = O3:basis(layer.rep_in, layer.rep_out):projector()(
          layer.weight, layer.bias)
        weyl.eval(W, b)
        layer.weight:set(W)
        layer.bias:set(b)
      end
    end
    for _, block in ipairs(model.blocks) do
      block.w_g:set(weyl.zeros_like(block.w_g:value()))
    end
    local r = adds_up(model, O3, { samples = 10 })
    for _, stage in ipairs(r.stages) do
      local broken = stage.name == "block 2 linear"
      assert.equal(broken, stage.relative > 1e-2)
      assert.equal(broken, stage.contribution > 1e-3)
      assert.equal(not broken, stage.relative < 1e-14)
    end
  end)

  it("shows itself as a table", function()
    local text = tostring(symmetry.lie_derivative_by_layer(emlp(true), O3,
      { samples = 4 }))
    assert.matches("^Lie derivative by layer under O%(3%), 4 inputs\n", text)
    assert.matches("\nblock 1 bilinear +[%d.e-]+ +[%d.e-]+\n", text)
    assert.matches("\nwhole +[%d.]+$", text)
    local lines = {}
    for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
    for i = 3, #lines do assert.equal(#lines[2], #lines[i]) end
  end)

  it("asks for the representations it needs", function()
    local model = mlp(2 * V, V ^ 2, 3)
    fails("lie_derivative_by_layer: weyl.nn.mlp has no representation after "
      .. "'layer 1'; give the option reps, a list of 2",
      function() symmetry.lie_derivative_by_layer(model, O3) end)
    fails("lie_derivative_by_layer: argument 'reps' must be a list of 2 "
      .. "representations, got a table", function()
      symmetry.lie_derivative_by_layer(model, O3, { reps = { 4 * V } })
    end)
    fails("lie_derivative_by_layer: argument 'reps[2]' must be a "
      .. "representation, got 'V'", function()
      symmetry.lie_derivative_by_layer(model, O3, { reps = { 4 * V, "V" } })
    end)
    fails("lie_derivative_by_layer: the result of 'layer 2' has shape "
      .. "[64, 12], its representation V^2 has size 9", function()
      symmetry.lie_derivative_by_layer(model, O3, { reps = { 12, V ^ 2 } })
    end)
    fails("lie_derivative_by_layer: argument 'model' must be a model with "
      .. "stages(), got a function", function()
      symmetry.lie_derivative_by_layer(weyl.exp, O3, { rep_in = V,
        rep_out = V })
    end)
    fails("lie_derivative_by_layer: S(3) has no Lie generators", function()
      symmetry.lie_derivative_by_layer(model, group.S(3))
    end)
  end)
end)
