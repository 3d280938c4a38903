-- proximal_spec.lua: penalties that act after the steps of an optimizer.

local fails = require "spec.tensor.fails"
local linear = require "spec.regularize.linear"
local weyl = require "weyl"

local nn, optim, reg = weyl.nn, weyl.optim, weyl.reg
local V, scalar = weyl.rep.V, weyl.rep.scalar
local planes = linear.planes

-- Two affine layers, f64, of no function.
local function model_of(seed)
  weyl.seed(seed or 1)
  local function layer(from, to)
    return { rep_in = from, rep_out = to,
      weight = weyl.param(weyl.normal({ to:size(3), from:size(3) }, 0, 1,
        "f64")),
      bias = weyl.param(weyl.normal({ to:size(3) }, 0, 1, "f64")) }
  end
  return { layer(1 + V, 2 + V), layer(2 + V, V ^ 2 + V) }
end

-- Weights of the model in the order of trees, with their representations.
local function tensors_of(model)
  local list = {}
  for l, layer in ipairs(model) do
    list[#list + 1] = { layer.bias, scalar, layer.rep_out, l }
    list[#list + 1] = { layer.weight, layer.rep_in, layer.rep_out, l }
  end
  return list
end

local function gradients(model)
  local out = {}
  for l, layer in ipairs(model) do
    out[l] = { weight = weyl.normal(layer.weight.shape, 0, 1, "f64"):eval(),
      bias = weyl.normal(layer.bias.shape, 0, 1, "f64"):eval() }
  end
  return out
end

local function proximal(model, strengths)
  return reg.mixed(model, planes, { strengths = strengths,
    apply = "proximal" })
end

-- One tensor w [n] after the maps argmin_u |u - w|^2 / 2 + eta s R_j(u), by
-- solving (1 + eta s M_j) u = w with whole matrices, in the order given; then
-- the same for the decay. With a rate for every entry, after the steps
-- u = w - c M_j w, c = eta s / (1 + eta s).
local function expected(entry, eta, strengths, order, decay)
  local w, from, to = table.unpack(entry)
  local n, many = w.size, weyl.is_tensor(eta)
  local eye, u = weyl.eye(n, n, "f64"), w:reshape(-1, 1)
  if many then eta = eta:reshape(-1, 1) end
  for _, j in ipairs(order) do
    local M, s = eye - planes[j]:basis(from, to):matrix(), eta * strengths[j]
    u = many and u - s / (1 + s) * M:matmul(u)
      or linear.solve((eye + s * M):eval(), u:eval())
  end
  return (u / (1 + eta * (decay or 0))):reshape(w.shape):eval()
end

-- Steps of an optimizer and after each what after_step should do.
local function check_steps(optimizer, strengths, steps, of_layers, decay)
  local model = model_of()
  local levels = proximal(model, strengths)
  if of_layers then levels:set_layers(of_layers, decay) end
  for step = 1, steps do
    optimizer:step(model, gradients(model))
    local rates, want, list = optimizer:rates(), {}, tensors_of(model)
    local order = step % 2 == 0 and { 4, 3, 2, 1 } or { 1, 2, 3, 4 }
    for i, entry in ipairs(list) do
      local l = entry[4]
      want[i] = expected(entry, rates[i] or optimizer.lr, of_layers
        and of_layers[l] or strengths, order, decay and decay[l])
    end
    levels:after_step(model, optimizer)
    for i, entry in ipairs(list) do
      assert.is_true((entry[1] - want[i]):abs():max():item() < 1e-12)
    end
  end
  return model
end

describe("a proximal step", function()
  it("takes the rate of a shared tensor where it is stepped", function()
    local layer = model_of()[1]
    local levels = proximal({ layer }, { 0, 4, 0, 0 })
    local shared = { layer.weight, layer.weight, layer.bias }
    local _, grads = weyl.value_and_grad(function(m)
      return 2 * m[1]:sum() + m[2]:sum() + 7 * m[3]:sum()
    end)(shared)
    local adam = optim.adam { lr = 0.01 }
    adam:step(shared, grads)
    local want = expected({ layer.weight:value(), layer.rep_in,
      layer.rep_out }, 0.01 / (3 + 1e-8), { 0, 4, 0, 0 }, { 2 })
    levels:after_step(shared, adam)
    assert.is_true((layer.weight - want):abs():max():item() < 1e-12)
  end)

  it("solves for one group", function()
    check_steps(optim.sgd { lr = 0.1 }, { 0, 7, 0, 0 }, 2)
  end)

  it("solves for several groups in turn, from either end", function()
    check_steps(optim.sgd { lr = 0.1 }, { 1, 7, 3, 20 }, 4)
  end)

  it("has the rates of the optimizer's step, in Adam entry by entry",
    function()
      check_steps(optim.sgd { lr = 0.05, momentum = 0.5 }, { 0, 7, 3, 20 }, 2)
      check_steps(optim.adam { lr = 0.05 }, { 0, 7, 3, 20 }, 3)
      check_steps(optim.adam { lr = 0.05 }, { 0, 1, 1, 1 }, 2,
        { { 0, 7, 3, 20 }, { 2, 0, 30, 1 } }, { 0.5, 4 })
    end)

  -- Entries whose gradients are small move far by Adam, and so does what
  -- pulls them back: at strength 1e9 nothing is left off the subspace.
  it("holds entries of every scale of gradient", function()
    local model = { model_of()[1] }
    local levels, adam = proximal(model, { 0, 1e9, 0, 0 }), optim.adam {}
    local scale = 10 ^ weyl.uniform(model[1].weight.shape, -6, 2, "f64")
    for _ = 1, 3 do
      adam:step(model, { { bias = weyl.normal({ 5 }, 0, 1, "f64"):eval(),
        weight = (scale * weyl.normal(scale.shape, 0, 1, "f64")):eval() } })
      levels:after_step(model, adam)
    end
    assert.is_true(levels:regularizers()[2] < 1e-8)
  end)

  it("has strengths and decays by layer", function()
    check_steps(optim.sgd { lr = 0.1 }, { 0, 1, 1, 1 }, 3,
      { { 0, 7, 3, 20 }, { 2, 0, 30, 1 } }, { 0.5, 4 })
  end)

  it("of strength 0 changes no bit", function()
    local model = model_of()
    local levels, o = proximal(model, { 0, 0, 0, 0 }), optim.sgd { lr = 0.1 }
    o:step(model, gradients(model))
    local before = {}
    for i, entry in ipairs(tensors_of(model)) do
      before[i] = entry[1]:totable()
    end
    levels:after_step(model, o)
    for i, entry in ipairs(tensors_of(model)) do
      assert.same(before[i], entry[1]:totable())
    end
  end)

  it("of great strength lands on the equivariant maps", function()
    local model = model_of()
    local levels, o = proximal(model, { 0, 1e16, 0, 0 }), optim.sgd { lr = 1 }
    o:step(model, gradients(model))
    local want = {}
    for i, entry in ipairs(tensors_of(model)) do
      local w, from, to = table.unpack(entry)
      want[i] = planes[2]:basis(from, to):matrix()
        :matmul(w:reshape(-1)):reshape(w.shape):eval()
    end
    levels:after_step(model, o)
    for i, entry in ipairs(tensors_of(model)) do
      assert.is_true((entry[1] - want[i]):abs():max():item() < 1e-12)
    end
    assert.is_true(levels:regularizers()[2] < 1e-24)
  end)

  -- u = w - eta s R'(u), the gradient at the end of the step
  it("is a step along the gradient where it ends", function()
    local model, eta, s = model_of(), 0.1, 5
    local levels, o = proximal(model, { 0, s, 0, 0 }), optim.sgd { lr = eta }
    o:step(model, gradients(model))
    local w = model[2].weight:value()
    levels:after_step(model, o)
    local _, g = weyl.value_and_grad(function()
      return levels:penalty()
    end)(model)
    local off = w - eta * g[2].weight - model[2].weight
    assert.is_true(off:abs():max():item() < 1e-12)
  end)

  it("leaves biases alone where they are not penalised", function()
    local model, o = model_of(), optim.sgd { lr = 0.1 }
    local levels = reg.mixed(model, planes, { bias = false,
      apply = "proximal" })
    o:step(model, gradients(model))
    local bias, weight = model[1].bias:totable(), model[1].weight:totable()
    levels:after_step(model, o)
    assert.same(bias, model[1].bias:totable())
    assert.are_not.same(weight, model[1].weight:totable())
  end)
end)

describe("strengths by layer", function()
  it("are those of the penalty too, with the decay", function()
    local model = model_of()
    local levels = reg.mixed(model, planes)
    local s, decay = { { 0, 1, 2, 3 }, { 4, 0, 5, 7 } }, { 0.5, 0.25 }
    levels:set_layers(s, decay)
    local want = 0
    for l, layer in ipairs(model) do
      local own = reg.mixed({ layer }, planes):regularizers()
      for j = 1, 4 do want = want + s[l][j] * own[j] end
      want = want + decay[l] / 2 * (layer.weight:square():sum()
        + layer.bias:square():sum()):item()
    end
    assert.near(want, levels:penalty():item(), 1e-10)
    assert.same({ 2, 0.5, 3.5, 5 }, levels.strengths)
    assert.same(decay, levels.decay)
    levels:set_strengths { 0, 1, 1, 1 }
    assert.is_nil(levels.decay)
    local r = levels:regularizers()
    assert.near(r[2] + r[3] + r[4], levels:penalty():item(), 1e-10)
  end)

  it("must fit, and change nothing where they do not", function()
    local levels = reg.mixed(model_of(), planes)
    local before = levels:penalty():item()
    fails("levels:set_layers: argument 'strengths' must be a table of 4 "
      .. "numbers, got a table", function()
        levels:set_layers({ { 0, 1, 1, 1 }, { 1 } }, { 0, 0 })
      end)
    fails("levels:set_layers: argument 'strengths[3]' must be a finite number "
      .. ">= 0, got -1", function()
        levels:set_layers({ { 0, 1, -1, 2 }, { 0, 0, 0, 0 } }, { 0, 0 })
      end)
    fails("levels:set_layers: argument 'strengths' must be a table of 2 "
      .. "entries, one per layer, got a table", function()
        levels:set_layers({ { 0, 1, 1, 2 } }, { 0, 0 })
      end)
    fails("levels:set_layers: argument 'decay' must be a table of 2 entries, "
      .. "one per layer, got 0.1", function()
        levels:set_layers({ { 0, 1, 1, 2 }, { 0, 0, 0, 0 } }, 0.1)
      end)
    fails("levels:set_layers: argument 'decay[2]' must be a finite number "
      .. ">= 0, got -2", function()
        levels:set_layers({ { 0, 1, 1, 2 }, { 0, 0, 0, 0 } }, { 0, -2 })
      end)
    assert.equal(before, levels:penalty():item())
  end)
end)

describe("an experiment with proximal steps", function()
  local function data_set()
    weyl.seed(4)
    local function part(n)
      local x = weyl.normal({ n, 7 }):eval()
      local y = x:slice(2, 1, 1) * x:slice(2, 2, 4) + x:slice(2, 5, 7)
      return { x = x, y = (y * weyl.tensor { 1, 1, 0 }):eval() }
    end
    return { name = "small", train = part(100), test = part(50),
      rep_in = 1 + 2 * V, rep_out = V, candidates = planes }
  end

  local function run(apply, strengths)
    return weyl.experiment({ data = data_set(), epochs = 60, batch = 50,
      lr = 0.01, every = 1, output = false, quiet = true,
      model = function()
        return nn.emlp { rep_in = 1 + 2 * V, rep_out = V, group = planes[1],
          soft = true, channels = 8, depth = 1, residual = false }
      end, regularizer = function(m)
        return reg.mixed(m, planes, { apply = apply, strengths = strengths })
      end }):run().seeds[1]
  end

  it("trains, without the penalty in the loss", function()
    local s, g = run("proximal", { 0, 5, 0, 0 }), run("gradient",
      { 0, 5, 0, 0 })
    for _, row in ipairs(s.history) do assert.equal(row.train, row.loss) end
    assert.is_true(g.history[1].loss > g.history[1].train)
    assert.is_true(s.history[60].train < s.history[1].train / 2)
    assert.not_equal(s.test, g.test)
  end)

  it("keeps weights of great strength on the equivariant maps", function()
    local s, g = run("proximal", { 0, 1e9, 0, 0 }), run("gradient",
      { 0, 1e9, 0, 0 })
    -- f32: a defect of eps |w| per entry
    assert.is_true(s.levels[2].residual < 1e-7)
    assert.is_true(s.levels[2].error < 1e-6)
    assert.is_true(g.levels[2].residual > 1e-5)
  end)

  it("of strength 0 is the one without penalties", function()
    assert.same(run("gradient", { 0, 0, 0, 0 }).history,
      run("proximal", { 0, 0, 0, 0 }).history)
  end)
end)

describe("messages of proximal steps", function()
  local function mixed(model, opts)
    opts.apply = opts.apply or "proximal"
    return reg.mixed(model, planes, opts)
  end

  it("of options", function()
    local model = model_of()
    fails("reg.mixed: argument 'apply' must be 'gradient' or 'proximal', got "
      .. "'prox'", function() mixed(model, { apply = "prox" }) end)
    for _, measure in ipairs { "logmse", "csd" } do
      fails(("reg.mixed: apply = 'proximal' needs measure = 'mse', got '%s'")
        :format(measure), function() mixed(model, { measure = measure }) end)
    end
  end)

  it("of layers whose weights are made from others", function()
    local text = "reg.mixed: apply = 'proximal' needs layers whose weights "
      .. "act themselves; those of layer 1 are made from others"
    for _, pathway in ipairs { false, true } do
      local model = nn.emlp { rep_in = V, rep_out = V, group = planes[2],
        channels = 6, depth = 1, pathway = pathway }
      fails(text, function() mixed(model, {}) end)
    end
  end)
end)
