-- pathway_spec.lua: networks with a second path beside exact layers, widths
-- from numbers of parameters, starts towards a group.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local group, nn, reg, rep = weyl.group, weyl.nn, weyl.reg, weyl.rep
local V = rep.V
local O3, O_xy = group.O(3), group.O(2):embed(3, { 1, 2 })

local function largest(x) return x:abs():max():item() end
local function squares(x) return x:square():sum() end

local function net(opts)
  local o = { rep_in = 2 + 2 * V, rep_out = V ^ 2, group = O3, channels = 12,
    depth = 2, dtype = "f64" }
  for key, value in next, opts do o[key] = value end
  weyl.seed(1)
  return nn.emlp(o)
end

local function projector(g, l)
  return g:basis(l.rep_in, l.rep_out):projector()
end

describe("a network with a pathway", function()
  it("acts by P w + w_basic, biases alike", function()
    for _, c in ipairs { { true }, { O_xy } } do
      for _, l in ipairs(net({ pathway = c[1] }):layers()) do
        l.basic_weight:set(weyl.normal(l.weight.shape, 0, 1, "f64"))
        l.basic_bias:set(weyl.normal(l.bias.shape, 0, 1, "f64"))
        local W, b = l:map()
        local w, a = projector(O3, l)(l.weight, l.bias)
        local v, e = l.basic_weight, l.basic_bias
        if c[1] ~= true then v, e = projector(c[1], l)(v, e) end
        assert.is_true(largest(W - (w + v)) < 1e-14)
        assert.is_true(largest(b - (a + e)) < 1e-14)
        local x = weyl.normal({ 3, W.shape[2] }, 0, 1, "f64")
        assert.is_true(largest(l(x) - (x:matmul(W:transpose()) + b)) < 1e-12)
        assert.is_true(largest(l(x) - l:columns(x:transpose()):transpose())
          < 1e-12)
      end
    end
  end)

  it("starts with a second path of 1e-3 of the first", function()
    for _, l in ipairs(net({ pathway = true }):layers()) do
      assert.is_true(largest(l.basic_weight - 1e-3 * l.weight) < 1e-18)
      assert.is_true(largest(l.basic_bias - 1e-3 * l.bias) < 1e-18)
    end
  end)

  it("keeps the smaller group exactly when mixed", function()
    local m = net { pathway = O_xy, residual = false }
    for _, l in ipairs(m:layers()) do
      l.basic_weight:set(weyl.normal(l.weight.shape, 0, 0.3, "f64"))
    end
    local function off(g)
      return weyl.symmetry.equivariance_error(m, g, { dtype = "f64" })
    end
    assert.is_true(off(O_xy) < 1e-12)
    assert.is_true(off(O3) > 1e-2)
  end)

  it("has gradients in both paths that match central differences",
    function()
      local m = net { pathway = O_xy }
      local x = weyl.normal({ 4, 8 }, 0, 1, "f64"):eval()
      local decay = reg.pathways(m, { basic = 0.3, equiv = 0.2 })
      local function loss(model)
        return squares(model(x)) + decay:penalty()
      end
      local _, grads = weyl.value_and_grad(loss)(m)
      local layer, g = m.blocks[1].linear, grads.blocks[1].linear
      for _, name in ipairs { "weight", "bias", "basic_weight",
        "basic_bias" } do
        local p, h = layer[name], 1e-5
        local v = weyl.normal(p.shape, 0, 1, "f64"):eval()
        local at = p:value()
        p:set(at + h * v)
        local up = loss(m):item()
        p:set(at - h * v)
        local slope = (up - loss(m):item()) / (2 * h)
        p:set(at)
        assert.near(slope, (g[name] * v):sum():item(),
          1e-6 * (1 + math.abs(slope)))
      end
    end)

  it("prints its groups", function()
    assert.matches("exactly O%(3%) beside free weights, %d+ parameters",
      tostring(net { pathway = true }))
    assert.matches("exactly O%(3%) beside O%(2%) on axes 1,2 of 3, ",
      tostring(net { pathway = O_xy }))
  end)

  it("has levels of what acts", function()
    local m = net { pathway = true }
    local sum = 0
    for _, l in ipairs(m:layers()) do
      local W, b = l:map()
      local P, p = projector(O_xy, l)(W, b)
      sum = sum + 0.5 * (squares(W - P) + squares(b - p)):item()
    end
    local levels = reg.mixed(m, { O3, O_xy })
    assert.near(sum, levels:regularizers()[2], 1e-13)
    assert.near(100 * sum, levels:penalty():item(), 1e-11)
    local exact = reg.mixed(net {}, { O3, O_xy })
    for _, r in ipairs(exact:regularizers()) do assert.is_true(r < 1e-26) end
  end)

  it("explains wrong options", function()
    fails("nn.emlp: argument 'pathway' must be true or a group, got 3",
      function() net { pathway = 3 } end)
    fails("nn.emlp: pathway acts on dimension 2, group on 3",
      function() net { pathway = group.O(2) } end)
    fails("nn.emlp: soft = true has no pathway: its weights are free",
      function() net { pathway = true, soft = true } end)
    fails("nn.emlp: argument 'init_group' must be a group, got 'xy'",
      function() net { soft = true, init = "half", init_group = "xy" } end)
    fails("reg.pathways: argument 'model' must be nn.emlp { pathway = ... }, "
      .. "got a weyl.nn.emlp", function() reg.pathways(net {}) end)
    fails("reg.pathways: basic must be a number >= 0, got -1",
      function() reg.pathways(net { pathway = true }, { basic = -1 }) end)
  end)
end)

-- For a map W the cheapest split P w + w_basic costs
-- (e b / (e + b)) |P W|^2 + b |W - P W|^2.
describe("the decays of pathways", function()
  local E, B = 0.3, 2

  it("are a projection penalty beside an unequal decay", function()
    local m = net { pathway = true }
    local layers, target = m:layers(), {}
    for i, l in ipairs(layers) do
      target[i] = { weyl.normal(l.weight.shape, 0, 1, "f64"):eval(),
        weyl.normal(l.bias.shape, 0, 1, "f64"):eval() }
    end
    -- descend over w, with w_basic whatever is missing: quadratic, of
    -- curvature 2 e off the equivariant maps and 2 (e + b) on them
    local decay = reg.pathways(m, { basic = B, equiv = E })
    local function cost()
      for i, l in ipairs(layers) do
        local w, b = projector(O3, l)(l.weight, l.bias)
        l.basic_weight:set(target[i][1] - w)
        l.basic_bias:set(target[i][2] - b)
      end
      return decay:penalty():item()
    end
    for _, curvature in ipairs { 2 * (E + B), 2 * E } do
      cost()
      local steps = {}
      for i, l in ipairs(layers) do
        local v, c = projector(O3, l)(l.basic_weight, l.basic_bias)
        steps[i] = { 2 * (E * l.weight - B * v), 2 * (E * l.bias - B * c) }
        weyl.eval(steps[i])
      end
      for i, l in ipairs(layers) do
        l.weight:set(l.weight - steps[i][1] / curvature)
        l.bias:set(l.bias - steps[i][2] / curvature)
      end
    end
    local expected = 0
    for i, l in ipairs(layers) do
      local W, b = table.unpack(target[i])
      local P, p = projector(O3, l)(W, b)
      expected = expected + E * B / (E + B) * (squares(P) + squares(p)):item()
        + B * (squares(W - P) + squares(b - p)):item()
    end
    assert.near(expected, cost(), 1e-10 * expected)
    -- the same as weights on both parts
    local list = {}
    for i, l in ipairs(layers) do
      list[i] = { rep_in = l.rep_in, rep_out = l.rep_out,
        weight = weyl.param(target[i][1]), bias = weyl.param(target[i][2]) }
    end
    local both = reg.two_sided(list, O3, { residual = 2 * B,
      equivariant = 2 * E * B / (E + B) })
    assert.near(expected, both:penalty():item(), 1e-10 * expected)
  end)

  it("are 1 and 1e-5 unless given", function()
    assert.equal("weyl.pathways: 1 |w_basic|^2 + 1e-05 |w|^2",
      tostring(reg.pathways(net { pathway = true })))
  end)
end)

describe("starts of soft weights", function()
  it("may go towards a smaller group", function()
    local half = net { soft = true, init = "half", init_group = O_xy }
    local free = net { soft = true }
    for i, l in ipairs(half:layers()) do
      local f = free:layers()[i]
      local W, b = projector(O_xy, f)(f.weight, f.bias)
      assert.is_true(largest(l.weight - (W + f.weight) / 2) < 1e-14)
      assert.is_true(largest(l.bias - (b + f.bias) / 2) < 1e-14)
    end
  end)
end)

describe("the largest rank of hidden tensors", function()
  it("may be bounded, whatever the channels", function()
    assert.equal("32*V^0 + 10*V + 2*V^2",
      tostring(net({ channels = 80, max_rank = 2 }).features))
    local flat = net { channels = 80, max_rank = 1 }
    assert.equal(80, flat.features:size(3))
    assert.equal("41*V^0 + 13*V", tostring(flat.features))
    assert.equal("80*V^0", tostring(net({ channels = 80, max_rank = 0 })
      .features))
    local _, count = nn.plan("emlp", { rep_in = 2 + 2 * V, rep_out = V ^ 2,
      group = O3, channels = 80, depth = 2, max_rank = 1 })
    assert.equal(count, nn.count(flat))
    fails("nn.emlp: max_rank must be an integer >= 0, got -1",
      function() net { max_rank = -1 } end)
  end)
end)

describe("the width of a network", function()
  local base = { rep_in = 5 * rep.scalar + 5 * V, rep_out = V ^ 2 }

  local function with(opts)
    for key, value in next, base do opts[key] = value end
    return opts
  end

  local forms = {
    { "emlp", { group = O3 } }, { "emlp", { group = O3, residual = true } },
    { "emlp", { group = O3, soft = true } },
    { "emlp", { group = O3, soft = true, allocation = "published" } },
    { "emlp", { group = O3, pathway = true, depth = 1 } },
    { "emlp", { group = O_xy, pathway = group.SO(2):embed(3, { 1, 2 }) } },
    { "emlp", { group = group.scaling(3), soft = true, depth = 2 } },
    { "mlp", {} }, { "mlp", { depth = 1 } }, { "mlp", { depth = 5 } } }

  local function option(form, more)
    local o = with(more)
    for key, value in next, form[2] do o[key] = value end
    return o
  end

  it("is counted without drawing a weight", function()
    for _, form in ipairs(forms) do
      for _, channels in ipairs { 1, 7, 40, 128 } do
        local o = option(form, { channels = channels })
        weyl.seed(1)
        local before = weyl.streams()
        local c, count = nn.plan(form[1], o)
        assert.same(before, weyl.streams())
        assert.equal(channels, c)
        assert.equal(count, nn.count(nn[form[1]](o)))
      end
    end
  end)

  it("is the one whose number of parameters is nearest", function()
    for _, form in ipairs(forms) do
      for _, n in ipairs { 1, 500, 9001, 40000 } do
        local channels, count = nn.plan(form[1],
          option(form, { parameters = n }))
        local allocation = form[2].group
          and (form[2].allocation or "exact") or nil
        for c = 1, 2 * channels + 20 do
          local _, other = nn.plan(form[1],
            option(form, { channels = c, allocation = allocation }))
          assert.is_true(math.abs(count - n) <= math.abs(other - n))
        end
      end
    end
  end)

  it("meets the soft network of the inertia study within half a percent",
    function()
      local n = 164959
      for _, form in ipairs { { "emlp", { group = O3 } }, { "mlp", {} },
        { "emlp", { group = O3, pathway = true } } } do
        local o = option(form, { parameters = n })
        local _, count = nn.plan(form[1], o)
        assert.is_true(math.abs(count / n - 1) < 0.005)
      end
      assert.equal(164682, nn.count(nn.emlp(with { group = O3,
        parameters = n })))
    end)

  it("of the published pathway network is 79,510 parameters", function()
    assert.equal(79510, nn.count(nn.emlp(with { group = O3, pathway = true,
      channels = 89 })))
  end)

  it("is asked for in one way", function()
    local message = ": channels and parameters both set the width; give one"
    fails("nn.mlp" .. message,
      function() nn.mlp(with { channels = 3, parameters = 9 }) end)
    fails("nn.emlp" .. message, function()
      nn.emlp(with { group = O3, channels = 3, parameters = 9 })
    end)
    fails("nn.plan: network must be 'emlp' or 'mlp', got 'mpl' "
      .. "(did you mean 'mlp'?)",
      function() nn.plan("mpl", {}) end)
  end)
end)
