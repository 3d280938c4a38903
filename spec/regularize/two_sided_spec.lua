-- two_sided_spec.lua: separate weights on the equivariant part and the rest.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local group, nn, reg, rep = weyl.group, weyl.nn, weyl.reg, weyl.rep
local V = rep.V
local O3, SL3 = group.O(3), group.SL(3)

local function squares(x) return x:square():sum():item() end

local function net()
  weyl.seed(1)
  return nn.emlp { rep_in = 2 + 2 * V, rep_out = V ^ 2, group = O3,
    soft = true, channels = 12, depth = 1, dtype = "f64" }
end

-- |P W|^2 / 2 and |W - P W|^2 / 2, biases as told.
local function parts(m, g, bias)
  local on, off = 0, 0
  for _, l in ipairs(m:layers()) do
    local P, p = g:basis(l.rep_in, l.rep_out):projector()(l.weight, l.bias)
    on, off = on + squares(P) / 2, off + squares(l.weight - P) / 2
    if bias then
      on, off = on + squares(p) / 2, off + squares(l.bias - p) / 2
    end
  end
  return on, off
end

describe("a two-sided penalty", function()
  it("weighs both parts", function()
    for _, g in ipairs { O3, SL3 } do
      for _, bias in ipairs { true, false } do
        local m = net()
        local on, off = parts(m, g, bias)
        for _, w in ipairs { { 2, 3 }, { 3, 2 }, { 0, 1 }, { 1, 0 } } do
          local p = reg.two_sided(m, g, { equivariant = w[1],
            residual = w[2], bias = bias })
          assert.near(w[1] * on + w[2] * off, p:penalty():item(), 1e-11)
          assert.near(off, p:regularizers()[1], 1e-11)
        end
      end
    end
  end)

  it("has the gradient residual (W - P W) + equivariant P W", function()
    local m = net()
    local p = reg.two_sided(m, O3, { equivariant = 2, residual = 5 })
    local _, grads = weyl.value_and_grad(function()
      return p:penalty()
    end)(m)
    local l = m.last
    local P = O3:basis(l.rep_in, l.rep_out):projector()(l.weight, l.bias)
    assert.is_true((grads.last.weight - (5 * (l.weight - P) + 2 * P)):abs()
      :max():item() < 1e-12)
  end)

  it("penalises the rest alone, with 1, unless told otherwise", function()
    local m = net()
    local _, off = parts(m, O3, true)
    assert.near(off, reg.two_sided(m, O3):penalty():item(), 1e-11)
  end)

  it("watches further groups without a penalty", function()
    local m = net()
    local p = reg.two_sided(m, O3, { watch = { O3, SL3 }, residual = 4 })
    local _, off = parts(m, SL3, true)
    assert.same({ O3, SL3 }, p.groups)
    assert.same({ 4, 0 }, p.strengths)
    assert.near(off, p:regularizers()[2], 1e-11)
    p:set_strengths { 1, 0 }
    assert.near(select(2, parts(m, O3, true)), p:penalty():item(), 1e-11)
  end)

  it("keeps the weight of the equivariant part when strengths change",
    function()
      local m = net()
      local on, off = parts(m, O3, true)
      local p = reg.two_sided(m, O3, { equivariant = 2 })
      p:set_strengths { 7 }
      assert.near(2 * on + 7 * off, p:penalty():item(), 1e-11)
    end)

  it("explains wrong options", function()
    fails("reg.two_sided: argument 'group' must be a group, got a table",
      function() reg.two_sided(net(), { O3 }) end)
    fails("reg.two_sided: residual must be a number >= 0, got -1",
      function() reg.two_sided(net(), O3, { residual = -1 }) end)
    fails("reg.two_sided: there is no option 'residue' (did you mean "
      .. "'residual'?)",
      function() reg.two_sided(net(), O3, { residue = 1 }) end)
  end)
end)
