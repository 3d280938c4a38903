-- levels_spec.lua: penalties of several groups on a model, and the levels
-- they report.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, reg = weyl.group, weyl.reg
local V, scalar = weyl.rep.V, weyl.rep.scalar

local O3 = group.O(3)
local planes = { O3, group.O(2):embed(3, { 1, 2 }),
  group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }

local function largest(x) return x:abs():max():item() end

local function squares(x) return x:square():sum():item() end

-- Two affine layers with tanh between.
local function model_of(dtype, seed)
  local rep_in, hidden, rep_out = 2 + 2 * V, 4 + 2 * V + V ^ 2, V ^ 2 + V
  weyl.seed(seed or 1)
  local function layer(from, to)
    return { rep_in = from, rep_out = to,
      weight = weyl.param(weyl.normal({ to:size(3), from:size(3) }, 0, 0.3,
        dtype)),
      bias = weyl.param(weyl.normal({ to:size(3) }, 0, 0.3, dtype)) }
  end
  local model = { rep_in = rep_in, rep_out = rep_out,
    first = layer(rep_in, hidden), second = layer(hidden, rep_out) }
  function model:layers() return { self.first, self.second } end
  return setmetatable(model, { __call = function(self, x)
    for i, l in ipairs(self:layers()) do
      x = x:matmul(l.weight:transpose()) + l.bias
      if i == 1 then x = x:tanh() end
    end
    return x
  end })
end

-- R_j by the definition, with whole projectors.
local function by_definition(model, g)
  local sum = 0
  for _, l in ipairs(model:layers()) do
    for _, pair in ipairs { { l.weight, l.rep_in }, { l.bias, scalar } } do
      local W = pair[1]:value():to "f64":reshape(-1)
      local P = g:basis(pair[2], l.rep_out):matrix()
      sum = sum + 0.5 * squares(W - P:matmul(W))
    end
  end
  return sum
end

-- Every weight and bias replaced by its projection.
local function project(model, g)
  for _, l in ipairs(model:layers()) do
    local W, b = g:basis(l.rep_in, l.rep_out):projector()(l.weight, l.bias)
    weyl.eval(W, b)
    l.weight:set(W)
    l.bias:set(b)
  end
end

describe("levels", function()
  it("measure half the squared defect", function()
    local model = model_of "f64"
    local levels = reg.mixed(model, planes)
    for j, r in ipairs(levels:regularizers()) do
      assert.near(by_definition(model, planes[j]), r, 1e-11)
    end
  end)

  it("leave biases out when told", function()
    local model = model_of "f64"
    local with = reg.mixed(model, planes):regularizers()
    local without = reg.mixed(model, planes, { bias = false }):regularizers()
    local biases = 0
    for _, l in ipairs(model:layers()) do
      local _, b = planes[2]:basis(l.rep_in, l.rep_out)
        :projector()(l.weight, l.bias)
      biases = biases + 0.5 * squares(l.bias - b)
    end
    assert.near(with[2] - biases, without[2], 1e-11)
  end)

  it("may drop the first layer from the sum as published", function()
    local model = model_of "f64"
    local all = reg.mixed(model, planes):regularizers()
    local published = reg.mixed(model, planes, { published = true })
    local second = reg.mixed({ model.second }, planes)
    assert.same(second:regularizers(), published:regularizers())
    assert.is_true(published:regularizers()[2] < all[2])
    assert.near(reg.mixed(model, planes):penalty():item(),
      published:penalty():item(), 1e-9)
  end)

  it("do not see a motion of the weights by the group", function()
    local model = model_of "f64"
    local levels = reg.mixed(model, planes)
    for j, g in ipairs(planes) do
      local before = levels:regularizers()[j]
      local h = g:sample { seed = j }
      for _, l in ipairs(model:layers()) do
        local to, from = l.rep_out:rho(h), l.rep_in:rho(h)
        l.weight:set(to:matmul(l.weight):matmul(from:transpose()))
        l.bias:set(to:matmul(l.bias))
      end
      assert.near(before, levels:regularizers()[j], 1e-11)
    end
  end)

  it("vanish on projected weights, for subgroups too", function()
    local model = model_of "f64"
    local levels = reg.mixed(model, planes)
    project(model, O3)
    for _, r in ipairs(levels:regularizers()) do
      assert.is_true(r < 1e-28)
    end
    for _, c in ipairs(levels:cosines()) do assert.is_true(c < 1e-28) end
    local value, g = weyl.value_and_grad(function()
      return levels:penalty()
    end)(model)
    assert.near(0, value:item(), 1e-11)
    for _, t in ipairs(weyl.tree.leaves(g)) do
      assert.is_true(largest(t) < 1e-12)
    end
  end)

  it("are cosine distances to the projection", function()
    local model = model_of "f64"
    local expected = 0
    for _, l in ipairs(model:layers()) do
      local W, b = O3:basis(l.rep_in, l.rep_out):projector()(l.weight, l.bias)
      expected = expected
        + 2 - (l.weight * W):sum():item()
          / math.sqrt(squares(l.weight) * squares(W))
        - (l.bias * b):sum():item() / math.sqrt(squares(l.bias) * squares(b))
    end
    local levels = reg.mixed(model, planes)
    assert.near(expected, levels:cosines()[1], 1e-12)
  end)

  -- Half of the mean of |rho(g) W - W rho(g)|^2 is |W - P W|^2.
  it("are a mean over the group", function()
    local SO3 = group.SO(3)
    weyl.seed(3)
    local W = weyl.normal({ 3, 3 }, 0, 1, "f64")
    local g = SO3:sample { n = 40000, seed = 2 }
    local defect = (g:matmul(W) - W:matmul(g)):square():sum({ 2, 3 }):mean()
    local P = SO3:basis(V, V):projector()(W)
    local exact = 2 * squares(W - P)
    assert.is_true(math.abs(defect:item() / exact - 1) < 0.01)
  end)
end)

describe("the penalty", function()
  it("is the sum over groups with their strengths", function()
    local model = model_of "f64"
    local levels = reg.mixed(model, planes, { strengths = { 0, 3, 5, 7 } })
    local r = levels:regularizers()
    assert.near(3 * r[2] + 5 * r[3] + 7 * r[4], levels:penalty():item(),
      1e-10)
    levels:set_strengths { 2, 0, 1, 0 }
    assert.near(2 * r[1] + r[3], levels:penalty():item(), 1e-10)
    levels:set_strengths { 0, 0, 0, 0 }
    assert.equal(0, levels:penalty():item())
  end)

  it("spares the first group and gives the others 100", function()
    local levels = reg.mixed(model_of "f32", planes)
    assert.same({ 0, 100, 100, 100 }, levels.strengths)
    assert.same({ 0, 7, 7, 7 },
      reg.mixed(model_of "f32", planes, { strength = 7 }).strengths)
  end)

  it("has the gradient sum of strength (W - P W)", function()
    local model = model_of "f64"
    local levels = reg.mixed(model, planes, { strengths = { 0, 3, 5, 7 } })
    local _, g = weyl.value_and_grad(function()
      return levels:penalty()
    end)(model)
    for name, l in next, { first = model.first, second = model.second } do
      local dW, db = 0, 0
      for j = 2, 4 do
        local W, b = planes[j]:basis(l.rep_in, l.rep_out)
          :projector()(l.weight, l.bias)
        dW = dW + levels.strengths[j] * (l.weight - W)
        db = db + levels.strengths[j] * (l.bias - b)
      end
      assert.is_true(largest(g[name].weight - dW) < 1e-10)
      assert.is_true(largest(g[name].bias - db) < 1e-10)
    end
  end)

  it("serves f32 models", function()
    local wide, narrow = model_of "f64", model_of "f32"
    for i, l in ipairs(narrow:layers()) do
      l.weight:set(wide:layers()[i].weight:to "f32")
      l.bias:set(wide:layers()[i].bias:to "f32")
    end
    local a = reg.mixed(wide, planes):penalty()
    local b = reg.mixed(narrow, planes):penalty()
    assert.equal("f32", b.dtype)
    assert.is_true(math.abs(b:item() / a:item() - 1) < 1e-5)
  end)

  it("serves groups that are not orthogonal", function()
    local model = model_of "f64"
    local list = { group.SL(3), group.O(3), group.scaling(3) }
    local levels = reg.mixed(model, list, { strengths = { 1, 2, 3 } })
    local sum = 0
    for j, g in ipairs(list) do sum = sum + j * by_definition(model, g) end
    assert.near(sum, levels:penalty():item(), 1e-9)
  end)

  for _, measure in ipairs { "logmse", "csd" } do
    it("may be another: " .. measure, function()
      local model = model_of "f64"
      local levels = reg.mixed(model, planes,
        { strengths = { 0, 1, 2, 0 }, measure = measure })
      local r = levels:regularizers()
      assert.near(r[2] + 2 * r[3], levels:penalty():item(), 1e-12)
      if measure == "csd" then assert.same(levels:cosines(), r) end
      local function value() return levels:penalty() end
      local _, g = weyl.value_and_grad(value)(model)
      local W, h = model.second.weight, 1e-6
      local D = weyl.normal(W.shape, 0, 1, "f64")
      local at = W:value()
      W:set(at + h * D)
      local up = value():item()
      W:set(at - h * D)
      local difference = (up - value():item()) / (2 * h)
      assert.near(difference, (g.second.weight * D):sum():item(), 1e-6)
    end)
  end

  it("is log |D|^2 for logmse", function()
    local model = model_of "f64"
    local W = model.second.weight
    local levels = reg.mixed({ model.second }, { O3 },
      { measure = "logmse", bias = false, strengths = { 1 } })
    local P = O3:basis(model.second.rep_in, model.second.rep_out)
      :projector()(W)
    assert.near(math.log(squares(W - P)), levels:penalty():item(), 1e-12)
  end)

  it("rejects what it cannot penalise", function()
    local model = model_of "f32"
    fails("reg.mixed: argument 'groups' must be a table of groups, got a "
      .. "weyl.group", function() reg.mixed(model, O3) end)
    fails("reg.mixed: group 2 acts on dimension 2, group 1 on 3",
      function() reg.mixed(model, { O3, group.O(2) }) end)
    fails("reg.mixed: argument 'measure' must be 'mse', 'logmse' or 'csd', "
      .. "got 'l2'", function() reg.mixed(model, planes, { measure = "l2" })
      end)
    fails("reg.mixed: there is no option 'strenghts' (did you mean "
      .. "'strengths'?)",
      function() reg.mixed(model, planes, { strenghts = {} }) end)
    fails("levels:set_strengths: argument 'strengths' must be a table of 4 "
      .. "numbers, got a table",
      function() reg.mixed(model, planes, { strengths = { 1 } }) end)
    fails("levels:set_strengths: argument 'strengths[2]' must be a finite "
      .. "number >= 0, got -1",
      function() reg.mixed(model, planes, { strength = -1 }) end)
    fails("reg.mixed: layer 1 has a weight of shape [2, 2]; its "
      .. "representations V -> V over dimension 3 need [3, 3]", function()
        reg.mixed({ { rep_in = V, rep_out = V,
          weight = weyl.param(weyl.zeros(2, 2)) } }, planes)
      end)
    fails("reg.mixed: argument 'model, layer 1' must be a table with a "
      .. "parameter 'weight', got an empty table",
      function() reg.mixed({ {} }, planes) end)
  end)
end)

describe("the sampled error of levels", function()
  local equivariance_error = weyl.symmetry.equivariance_error

  it("is 0 for a projected model, to rounding", function()
    local model = model_of "f64"
    local function linear(x)
      return x:matmul(model.first.weight:transpose()) + model.first.bias
    end
    project(model, O3)
    assert.is_true(equivariance_error(linear, O3, { dtype = "f64",
      rep_in = model.first.rep_in, rep_out = model.first.rep_out }) < 1e-12)
  end)

  it("is reported by levels, of the model or of any function", function()
    local model = model_of "f32"
    local levels = reg.mixed(model, planes)
    local own = levels:equivariance_error(nil, 2)
    assert.is_true(own > 0.1 and own <= 1)
    assert.equal(own, levels:equivariance_error(model, 2))
    assert.equal(own, equivariance_error(model, planes[2],
      { rep_in = model.rep_in, rep_out = model.rep_out }))
    local zero = levels:equivariance_error(function(x)
      return weyl.zeros(x.shape[1], 12)
    end, 2)
    assert.equal(0, zero)
  end)

  it("depends on the seed alone", function()
    local model = model_of "f32"
    local levels = reg.mixed(model, planes)
    local a = levels:equivariance_error(nil, 1)
    weyl.normal({ 5 }):eval()
    assert.equal(a, levels:equivariance_error(nil, 1))
    assert.not_equal(a, levels:equivariance_error(nil, 1, { seed = 1 }))
    assert.not_equal(a, levels:equivariance_error(nil, 1,
      { method = "haar" }))
  end)

  it("asks for representations", function()
    local model = model_of "f32"
    fails("equivariance_error: argument 'rep_in' must be a representation, "
      .. "got nil",
      function() reg.mixed(model:layers(), planes)
        :equivariance_error(function(x) return model(x) end, 1) end)
    fails("levels:equivariance_error: argument 'j' must be an integer from 1 "
      .. "to 4, got 5",
      function() reg.mixed(model, planes):equivariance_error(model, 5) end)
  end)
end)

describe("the state of levels", function()
  it("brings strengths back, by layer too", function()
    local O2, C4 = group.O(2), group.C(4)
    local model = weyl.nn.emlp { rep_in = V, rep_out = V, group = O2,
      soft = true, channels = 4, depth = 1 }
    local function make() return weyl.reg.mixed(model, { O2, C4 }) end
    local a, b = make(), make()
    local count = #model:layers()
    local strengths, decay = {}, {}
    for l = 1, count do strengths[l], decay[l] = { l / 3, 2 }, l / 7 end
    a:set_layers(strengths, decay)
    b:load(a:state())
    assert.same(a.strengths, b.strengths)
    assert.same(a.decay, b.decay)
    assert.equal(a:penalty():item(), b:penalty():item())
    a:set_strengths { 0.25, 3 }
    b:load(a:state())
    assert.is_nil(b.decay)
    assert.equal(a:penalty():item(), b:penalty():item())
  end)
end)
