-- nn_spec.lua: layers and models: shapes, counts, symmetry, gradients.

local weyl = require "weyl"
local bilinear = require "weyl.nn.bilinear"

local group, nn, rep = weyl.group, weyl.nn, weyl.rep
local V = rep.V

local function largest(t) return t:abs():max():item() end

-- The networks of the inertia study, arXiv:2306.00356.
local function inertia_net(opts)
  opts.rep_in, opts.rep_out = 5 * rep.scalar + 5 * V, V ^ 2
  opts.group = opts.group or group.O(3)
  return nn.emlp(opts)
end

describe("nn.features", function()
  it("spends channels by EMLP's rule", function()
    local expected = {
      { 512, 3, "122*V^0 + 40*V + 12*V^2 + 3*V^3 + V^4" },
      { 384, 3, "102*V^0 + 34*V + 11*V^2 + 3*V^3" },
      { 128, 3, "38*V^0 + 12*V + 3*V^2 + V^3" },
      { 384, 2, "64*V^0 + 32*V + 16*V^2 + 8*V^3 + 4*V^4 + 2*V^5" },
      { 384, 4, "112*V^0 + 28*V + 6*V^2 + V^3" },
      { 384, 5, "134*V^0 + 25*V + 5*V^2" },
    }
    for _, e in ipairs(expected) do
      local r = nn.features(e[1], e[2])
      assert.equal(e[3], tostring(r))
      assert.equal(e[1], r:size(e[2]))
    end
  end)

  it("overshoots by the published rule", function()
    local sizes = { [128] = 216, [384] = 432, [89] = 108, [90] = 108,
      [269] = 324, [45] = 54 }
    for channels, size in next, sizes do
      assert.equal(size, nn.features(channels, 3, "published"):size(3))
    end
    assert.equal("54*V^0 + 18*V + 6*V^2 + 2*V^3",
      tostring(nn.features(128, 3, "published")))
  end)
end)

describe("parameter counts of the inertia study", function()
  it("soft network, 128 channels: 164,959", function()
    local m = inertia_net { soft = true }
    assert.equal(164959, nn.count(m))
    for _, block in ipairs(m.blocks) do
      assert.equal(17416, nn.count(block.bilinear))
    end
    local shapes = { { 242, 20 }, { 242, 216 }, { 242, 216 }, { 9, 216 } }
    for i, layer in ipairs(m:layers()) do
      assert.same(shapes[i], layer.weight.shape)
      assert.same({ shapes[i][1] }, layer.bias.shape)
      assert.equal(shapes[i][2], layer.rep_in:size(3))
      assert.equal(shapes[i][1], layer.rep_out:size(3))
    end
  end)

  it("exact network, 128 channels: 58,137 with the path beside gates",
    function()
      local m = inertia_net { residual = true }
      assert.equal(58137, nn.count(m))
      assert.equal(5472, nn.count(m.blocks[1].bilinear))
    end)

  it("89 channels: 48,893", function()
    assert.equal(48893, nn.count(inertia_net { soft = true, channels = 89 }))
  end)

  it("motion network, 384 channels: 705,510", function()
    local m = nn.emlp { rep_in = 6 * V, rep_out = 6 * V, soft = true,
      group = group.O(3), channels = 384 }
    assert.equal(705510, nn.count(m))
    assert.equal(89360, nn.count(m.blocks[2].bilinear))
  end)

  it("perceptron, 128 channels: 36,873", function()
    assert.equal(36873, nn.count(nn.mlp { rep_in = 5 * rep.scalar + 5 * V,
      rep_out = V ^ 2 }))
  end)
end)

-- |f(g x) - g f(x)| relative to |f(x)|, over a few elements.
local function group_error(m, g, dtype)
  local worst = 0
  for i = 1, 4 do
    local h = g:sample { seed = i }
    local x = weyl.normal({ 5, m.rep_in:size(3) }, 0, 1, dtype)
    local y = m(x)
    local moved = m(x:matmul(m.rep_in:rho(h):to(dtype):transpose()))
    local expected = y:matmul(m.rep_out:rho(h):to(dtype):transpose())
    worst = math.max(worst, largest(moved - expected) / largest(y))
  end
  return worst
end

describe("nn.emlp", function()
  it("exact: equivariant to rounding, in both precisions", function()
    for _, g in ipairs { group.O(3), group.SO(3),
      group.O(2):embed(3, { 1, 2 }) } do
      weyl.seed(1)
      local m = inertia_net { group = g, dtype = "f64", channels = 60 }
      assert.is_true(group_error(m, g, "f64") < 1e-12)
      local m32 = inertia_net { group = g, channels = 60 }
      assert.is_true(group_error(m32, g, "f32") < 1e-5)
    end
  end)

  it("soft: free, hence not equivariant; less so nearer to the group",
    function()
      local g = group.O(3)
      local function error_of(init)
        weyl.seed(2)
        return group_error(inertia_net { soft = true, dtype = "f64",
          channels = 60, init = init }, g, "f64")
      end
      local free, half, near = error_of "free", error_of "half",
        error_of "near"
      assert.is_true(free > half and half > near and near < 0.05)
    end)

  it("has the same values from the same seed only", function()
    local x = weyl.normal({ 3, 20 })
    local function value(seed)
      weyl.seed(seed)
      return inertia_net({ soft = true })(x):totable()
    end
    assert.same(value(5), value(5))
    assert.are_not.same(value(5), value(6))
  end)

  it("has gradients that match central differences", function()
    weyl.seed(3)
    local m = inertia_net { soft = true, channels = 12, depth = 2,
      dtype = "f64" }
    local x = weyl.normal({ 4, 20 }, 0, 1, "f64")
    local y = weyl.normal({ 4, 9 }, 0, 1, "f64")
    local function loss(model) return (model(x) - y):square():mean() end
    local _, grads = weyl.value_and_grad(loss)(m)
    local leaves = {}
    for _, leaf in ipairs(weyl.tree.leaves(m)) do
      if weyl.is_param(leaf) then leaves[#leaves + 1] = leaf end
    end
    for i, g in ipairs(weyl.tree.leaves(grads)) do
      local p = leaves[i]
      local v = weyl.normal(p.shape, 0, 1, "f64"):eval()
      local value, h = p:value(), 1e-5
      local function at(s)
        p:set(value + s * v)
        return loss(m):item()
      end
      local slope = (at(h) - at(-h)) / (2 * h)
      p:set(value)
      assert.near(slope, (g * v):sum():item(), 1e-6 * (1 + math.abs(slope)))
    end
  end)

  it("prints what it is", function()
    assert.equal("weyl.nn.emlp: 5*V^0 + 5*V -> 3 times 54*V^0 + 18*V + 6*V^2 "
      .. "+ 2*V^3 -> V^2, shaped for O(3), 164959 parameters",
      tostring(inertia_net { soft = true }))
    assert.equal("weyl.nn.mlp: 3 -> 5 -> 2, 32 parameters", tostring(
      nn.mlp { inputs = 3, outputs = 2, channels = 5, depth = 1 }))
    assert.equal("weyl.nn.linear: 3 -> 2, 8 parameters",
      tostring(nn.linear { inputs = 3, outputs = 2 }))
  end)

  it("lists w_g in residual_norm, nil without", function()
    local m = inertia_net { soft = true }
    assert.near(3 * 216 * 1e-6, m:residual_norm():item(), 1e-9)
    assert.is_nil(inertia_net({}):residual_norm())
  end)

  it("an exact SO(3) x scaling network can only be constant", function()
    local g = group.union { group.SO(3), group.scaling(3) }
    weyl.seed(4)
    local m = nn.emlp { rep_in = 3 * V, rep_out = rep.scalar, group = g,
      channels = 30 }
    local y = m(weyl.normal { 6, 9 })
    assert.near(0, y:var():item(), 1e-10)
  end)

  it("explains wrong options", function()
    assert.error_matches(function() nn.emlp { rep_in = 1, rep_out = 1 } end,
      "nn.emlp: option 'group' is missing")
    assert.error_matches(function()
      nn.emlp { rep_in = V, rep_out = V, group = group.O(3), chanels = 3 }
    end, "no option 'chanels' %(did you mean 'channels'%?%)")
    assert.error_matches(function()
      nn.emlp { rep_in = V, rep_out = V, group = 3 }
    end, "'group' must be a group, got 3")
    assert.error_matches(function()
      nn.emlp { rep_in = V, rep_out = V, group = group.O(3), bilinear = 2,
        soft = true }
    end, "nn.emlp: argument 'bilinear' must be a group, got 2")
    assert.error_matches(function()
      nn.emlp { rep_in = V, rep_out = V, group = group.O(3),
        bilinear = group.SO(3) }
    end, "nn.emlp: exact layers have the bilinear maps of their own group: "
      .. "option 'bilinear' needs soft = true or a pathway")
  end)

  it("has the bilinear maps of another group beside soft layers", function()
    local function count(opts)
      opts.rep_in, opts.rep_out = 3 * V, weyl.rep.scalar
      opts.group = opts.group or group.GL(3)
      opts.channels, opts.soft = 30, true
      local _, planned = nn.plan("emlp", opts)
      assert.equal(planned, nn.count(nn.emlp(opts)))
      return planned
    end
    local own, other = count {}, count { bilinear = group.SO(3) }
    assert.is_true(other > own)
    assert.equal(other, count { group = group.SO(3) })
  end)
end)

describe("the bilinear map", function()
  -- Entry by entry from the definition in bilinear.lua: the rows of weights
  -- that act first are (o, k), the columns of those that act last (i, k).
  local function naive(b, ranks, x)
    local y = {}
    for i, r in ipairs(ranks) do y[i] = weyl.zeros({ r.m, r.size }, "f64") end
    local function block(ob, oa, r, weight)
      local n = ranks[r].n
      for o = 1, ranks[ob].m do
        local sum = 0
        for i = 1, ranks[oa].m do
          for k = 1, n do
            local copy = b.chosen[r][k]:item()
            local t = x[r][copy]:reshape(ranks[ob].size, ranks[oa].size)
            sum = sum + weight(o, i, k) * t:matmul(x[oa][i])
          end
        end
        local index = weyl.full({ 1, ranks[ob].size }, o, "i64")
        y[ob] = weyl.scatter_add(y[ob], 1, index, sum:reshape(1, -1))
      end
    end
    for g, plan in ipairs(b.plan_first) do
      for _, p in ipairs(plan.blocks) do
        block(p.other, plan.rank, p.tensor, function(o, i, k)
          local row = p.at + (o - 1) * ranks[p.tensor].n + k - 1
          return b.first[g][{ row, i }]
        end)
      end
    end
    for g, plan in ipairs(b.plan_last) do
      local at = 0
      for _, p in ipairs(plan.blocks) do
        local from = at
        at = at + p.width
        block(plan.rank, p.other, p.tensor, function(o, i, k)
          return b.last[g][{ o, from + (i - 1) * ranks[p.tensor].n + k }]
        end)
      end
    end
    return y
  end

  local plane = weyl.group.O(2)

  it("is the sum of its definition", function()
    for _, mult in ipairs { { 3, 2, 1 }, { 1, 3, 2 }, { 2, 0, 2 } } do
      weyl.seed(7)
      local b = bilinear.new(mult, { group = plane, orthogonal = true,
        copies = "distinct", dtype = "f64", stream = "init" })
      local x = {}
      for i, m in ipairs(mult) do
        x[i] = weyl.normal({ m, 2 ^ (i - 1) // 1 | 0 }, 0, 1, "f64"):eval()
      end
      local columns = {}
      for i, part in ipairs(x) do
        columns[i] = part:reshape(part.shape[1], part.shape[2], 1)
      end
      local y, expected = b:parts(columns), naive(b, b.ranks, x)
      for i, e in ipairs(expected) do
        local got = y[i] and y[i]:reshape(e.shape) or weyl.zeros_like(e)
        if e.size > 0 then
          assert.is_true(largest(got - e) < 1e-12, "rank " .. i - 1)
        end
      end
    end
  end)

  -- 12 copies of rank 1, 2 of them chosen; 3 of rank 2, all of them.
  it("is made of distinct copies, unless as published", function()
    local function chosen(copies, seed)
      weyl.seed(seed)
      return bilinear.new({ 3, 12, 3 }, { group = plane, orthogonal = true,
        copies = copies, dtype = "f32", stream = "init" }).chosen
    end
    local seen, twice = {}, 0
    for seed = 1, 50 do
      local c, drawn = chosen("distinct", seed), chosen("published", seed)
      assert.same({ 0 }, c[1].shape)
      assert.same({ 2 }, c[2].shape)
      local pair = c[2]:totable()
      assert.are_not.equal(pair[1], pair[2])
      seen[pair[1]], seen[pair[2]] = true, true
      local all = c[3]:totable()
      table.sort(all)
      assert.same({ 1, 2, 3 }, all)
      local d = drawn[3]:totable()
      if d[1] == d[2] or d[2] == d[3] or d[1] == d[3] then twice = twice + 1 end
    end
    assert.equal(12, #seen)
    assert.is_true(twice > 25) -- 7 of 9 draws
  end)

  it("keeps only scalar inputs for groups that are not orthogonal",
    function()
      local b = bilinear.new({ 4, 3, 2 }, { group = weyl.group.O(3),
        orthogonal = false, copies = "distinct", dtype = "f32",
        stream = "init" })
      assert.equal(1, #b.first)
      assert.equal(0, #b.last)
      assert.same({ 3 * 3 + 2 * 2, 4 }, b.first[1].shape)
    end)
end)

describe("nn.linear and nn.mlp", function()
  it("start orthogonal, with biases in [0, 1) / sqrt(out)", function()
    weyl.seed(1)
    local l = nn.linear { inputs = 8, outputs = 5, dtype = "f64" }
    local product = l.weight:matmul(l.weight:transpose())
    assert.is_true(largest(product - weyl.eye(5, 5, "f64")) < 1e-12)
    assert.is_true(l.bias:min():item() >= 0)
    assert.is_true(l.bias:max():item() < 1 / math.sqrt(5))
    local x = weyl.normal({ 3, 8 }, 0, 1, "f64")
    assert.same({ 3, 5 }, l(x).shape)
    assert.is_true(largest(l(x) - l:columns(x:transpose()):transpose())
      < 1e-12)
  end)

  it("takes sizes or representations", function()
    assert.same({ 2, 4 }, nn.mlp { inputs = 3, outputs = 4 }(
      weyl.ones { 2, 3 }).shape)
    assert.same({ 2, 9 }, nn.mlp { rep_in = V, rep_out = V ^ 2,
      channels = 7, depth = 1 }(weyl.ones { 2, 3 }).shape)
    assert.error_matches(function() nn.mlp { outputs = 3 } end,
      "'inputs' must be a number of entries or a representation, got nil")
  end)

  it("say what a model takes", function()
    local m = nn.mlp { inputs = 3, outputs = 4, channels = 5 }
    assert.error_matches(function() m(weyl.ones { 2, 4 }) end,
      "nn.mlp: argument 'x' must be a tensor %[batch, 3%], "
      .. "got a tensor f32 %[2, 4%]")
    local e = nn.emlp { rep_in = V, rep_out = V, channels = 8,
      group = weyl.group.O(3) }
    assert.error_matches(function() e(weyl.ones { 3 }) end,
      "nn.emlp: argument 'x' must be a tensor %[batch, 3%]")
    assert.error_matches(function() e() end, "%[batch, 3%], got nil")
    assert.error_matches(function()
      nn.mlp { inputs = 3, outputs = 4, dtype = "i64" }
    end, "dtype must be 'f32' or 'f64', got 'i64'")
  end)
end)

describe("a saved model", function()
  local helper = require "spec.helper"
  local safetensors = require "weyl.data.safetensors"
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  it("is loaded again, by the paths of its parameters", function()
    local path = folder .. "/m.safetensors"
    local a = weyl.nn.mlp { inputs = 3, outputs = 2, channels = 4, depth = 2 }
    local b = weyl.nn.mlp { inputs = 3, outputs = 2, channels = 4, depth = 2 }
    local x = weyl.normal { 5, 3 }
    assert.are_not.same(a(x):totable(), b(x):totable())
    weyl.nn.save(a, path, { by = "spec" })
    assert.same({ by = "spec" }, weyl.nn.load(b, path))
    assert.same(a(x):totable(), b(x):totable())
    local count = 0
    for _, t in pairs((safetensors.read(path))) do count = count + t.size end
    assert.equal(weyl.nn.count(a), count)
  end)

  it("has a name for each parameter, in the order of trees", function()
    local parameters = require "weyl.nn.parameters"
    local function p() return weyl.param(weyl.ones { 1 }) end
    local shared = p()
    local model = { b = { p(), p(), [10] = p() }, a = shared, [3] = shared,
      c = { x = { y = p() }, rate = 1, t = weyl.ones { 1 } } }
    local names, leaves = {}, {}
    for i, n in ipairs(parameters.of(model)) do
      names[i], leaves[i] = n.name, n.param
    end
    assert.same({ "3", "b.1", "b.2", "b.10", "c.x.y" }, names)
    local want = {}
    for _, leaf in ipairs(weyl.tree.leaves(model)) do
      if weyl.is_param(leaf) and leaf ~= want[1] then
        want[#want + 1] = leaf
      end
    end
    for i, leaf in ipairs(want) do assert.is_true(rawequal(leaf, leaves[i])) end
    assert.equal(#want, #leaves)
  end)

  it("must be the same model", function()
    local path = folder .. "/m.safetensors"
    weyl.nn.save(weyl.nn.linear { inputs = 3, outputs = 2 }, path)
    local function fails(message, model)
      assert.error_matches(function() weyl.nn.load(model, path) end, message,
        1, true)
    end
    fails("nn.load: '" .. path .. "' is of another model: 'weight' is f32 "
      .. "[2, 3] there and f32 [2, 4] here",
      weyl.nn.linear { inputs = 4, outputs = 2 })
    fails("the model here has no 'bias'", { weight =
      weyl.param(weyl.zeros { 2, 3 }) })
    local twice = { a = { weyl.param(weyl.ones { 1 }) },
      ["a.1"] = weyl.param(weyl.ones { 1 }) }
    assert.error_matches(function() weyl.nn.save(twice, path) end,
      "the model has two parameters called 'a.1'")
  end)
end)
