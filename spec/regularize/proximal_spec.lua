-- proximal_spec.lua: penalties that act by proximal steps, against the formula
-- written out with whole projectors; and the rates of optimizers.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, nn, reg, optim = weyl.group, weyl.nn, weyl.reg, weyl.optim
local V = weyl.rep.V

local xy = group.O(2):embed(3, { 1, 2 })
local yz = group.O(2):embed(3, { 2, 3 })
local groups = { group.O(3), xy, yz }

local function largest(x) return x:abs():max():item() end

-- A list of one layer, f64.
local function layer_of(seed)
  weyl.seed(seed or 1)
  return { rep_in = 2 * V + V ^ 2, rep_out = V + V ^ 2,
    weight = weyl.param(weyl.normal({ 12, 15 }, 0, 1, "f64")),
    bias = weyl.param(weyl.normal({ 12 }, 0, 1, "f64")) }
end

-- (1 - P) w with the projector of group g as a matrix; b is a weight [out, 1].
local function off(g, layer, w, bias)
  local from = bias and weyl.rep.scalar or layer.rep_in
  local p = g:basis(from, layer.rep_out):matrix()
  local flat = w:reshape(-1)
  return (flat - p:matmul(flat)):reshape(w.shape)
end

local function levels_of(layer, strengths, opts)
  opts = opts or {}
  opts.strengths, opts.apply = strengths, "proximal"
  return reg.mixed({ layer }, groups, opts)
end

-- One step of plain gradient descent with zero gradients, so that the
-- proximal maps alone move the weights.
local function stand_still(layer, levels, lr, steps)
  local o = optim.sgd { lr = lr }
  local zero = { bias = weyl.zeros({ 12 }, "f64"),
    weight = weyl.zeros({ 12, 15 }, "f64") }
  local model = { bias = layer.bias, weight = layer.weight }
  for _ = 1, steps or 1 do
    o:step(model, zero)
    levels:after_step(model, o)
  end
end

describe("a proximal step", function()
  it("is w - c (1 - P) w with c = eta s / (1 + eta s)", function()
    local layer = layer_of()
    local w, b = layer.weight:value(), layer.bias:value()
    stand_still(layer, levels_of(layer, { 0, 5, 0 }), 0.1)
    local c = 0.5 / 1.5
    assert.is_true(largest(layer.weight:value()
      - (w - c * off(xy, layer, w))) < 1e-12)
    assert.is_true(largest(layer.bias:value()
      - (b - c * off(xy, layer, b, true))) < 1e-12)
  end)

  it("takes the groups in turn from either end", function()
    local layer = layer_of()
    local w = layer.weight:value()
    stand_still(layer, levels_of(layer, { 0, 5, 2 }), 0.1, 2)
    local function map(v, g, s)
      return v - s * 0.1 / (1 + s * 0.1) * off(g, layer, v)
    end
    w = map(map(w, xy, 5), yz, 2) -- the first step, odd
    w = map(map(w, yz, 2), xy, 5)
    assert.is_true(largest(layer.weight:value() - w) < 1e-12)
  end)

  it("of strength 0 leaves every bit", function()
    local layer = layer_of()
    local w = layer.weight:value():totable()
    stand_still(layer, levels_of(layer, { 0, 0, 0 }), 0.1)
    assert.same(w, layer.weight:value():totable())
  end)

  it("of a huge strength lands on the equivariant maps", function()
    local layer = layer_of()
    stand_still(layer, levels_of(layer, { 0, 1e30, 0 }), 0.1)
    assert.is_true(largest(off(xy, layer, layer.weight:value())) < 1e-12)
    assert.is_true(largest(layer.weight:value()) > 0.1)
  end)

  it("has strengths and decay of its own in every layer", function()
    local first, second = layer_of(1), layer_of(2)
    local levels = reg.mixed({ first, second }, groups,
      { strengths = { 0, 1, 1 }, apply = "proximal" })
    levels:set_layers({ { 0, 0, 0 }, { 0, 5, 0 } }, { 3, 0 })
    assert.same({ 0, 2.5, 0 }, levels.strengths)
    assert.same({ 3, 0 }, levels.decay)
    local a, b = first.weight:value(), second.weight:value()
    local model = { first.bias, first.weight, second.bias, second.weight }
    local o = optim.sgd { lr = 0.1 }
    o:step(model, { weyl.zeros({ 12 }, "f64"), weyl.zeros({ 12, 15 }, "f64"),
      weyl.zeros({ 12 }, "f64"), weyl.zeros({ 12, 15 }, "f64") })
    levels:after_step(model, o)
    assert.is_true(largest(first.weight:value() - a / 1.3) < 1e-12)
    assert.is_true(largest(second.weight:value()
      - (b - 1 / 3 * off(xy, second, b))) < 1e-12)
    levels:set_strengths { 0, 1, 1 }
    assert.is_nil(levels.decay)
  end)

  it("takes the place of the gradient in an experiment", function()
    local data = weyl.data.inertia { train = 50, validation = 50, test = 0,
      ood = 0 }
    local function train(apply)
      return weyl.experiment { data = data, output = false, quiet = true,
        method = weyl.method.per { channels = 12, depth = 1, tune = false,
          apply = apply, strengths = { 0, 1e4, 1e4, 1e4 } },
        epochs = 20, batch = 50 }:run().seeds[1]
    end
    local proximal, gradient = train "proximal", train "gradient"
    assert.is_true(proximal.train < 1e3) -- a number
    -- Adam's steps of 1e-3 cannot undo the start's asymmetry in 20; the map can
    assert.is_true(proximal.levels[2].residual
      < 1e-2 * gradient.levels[2].residual)
  end)

  it("is refused where it is not known", function()
    local layer = layer_of()
    fails("reg.mixed: apply = 'proximal' needs measure = 'mse', got 'csd'",
      function() levels_of(layer, { 0, 1, 1 }, { measure = "csd" }) end)
    fails("reg.mixed: argument 'apply' must be 'gradient' or 'proximal', "
      .. "got 'both'", function()
        reg.mixed({ layer }, groups, { apply = "both" })
      end)
    local model = nn.emlp { rep_in = V, rep_out = V, channels = 8, depth = 1,
      group = group.O(3) }
    fails("reg.mixed: apply = 'proximal' needs layers whose weights act "
      .. "themselves; those of layer 1 are made from others", function()
        reg.mixed(model, groups, { apply = "proximal" })
      end)
  end)
end)

describe("the rates of an optimizer", function()
  local p = weyl.param(weyl.ones({ 2, 3 }, "f64"))

  it("are none before the first step", function()
    assert.same({}, optim.adam {}:rates())
  end)

  it("are lr / (1 - momentum) by gradient descent", function()
    local o = optim.sgd { lr = 0.1, momentum = 0.75 }
    o:step({ p }, { weyl.ones({ 2, 3 }, "f64") })
    assert.is_true(math.abs(o:rates()[1] - 0.4) < 1e-15)
  end)

  it("are lr / (rms of the gradients + epsilon) in Adam", function()
    local o = optim.adam { lr = 0.1 }
    for k = 1, 3 do
      o:step({ p }, { weyl.full({ 2, 3 }, 2.0 * k, "f64") })
    end
    local v = o:state().v[1]:mean():item() / (1 - 0.999 ^ 3)
    local expected = 0.1 / (math.sqrt(v) + 1e-8)
    assert.is_true(math.abs(o:rates()[1] / expected - 1) < 1e-12)
  end)
end)
