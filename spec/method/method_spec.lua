-- method_spec.lua: what methods make, what they are called, what they refuse.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local group, method, nn, reg, rep = weyl.group, weyl.method, weyl.nn,
  weyl.reg, weyl.rep
local V = rep.V
local O3 = group.O(3)
local planes = { O3, group.O(2):embed(3, { 1, 2 }),
  group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }

-- x = a number and two vectors, y = a vector; about the third axis.
local function data_set(more)
  weyl.seed(21)
  local function truth(x)
    local u, v = x:slice(2, 2, 4), x:slice(2, 5, 7)
    return (x:slice(2, 1, 1) * u + v) * weyl.tensor { 1, 1, 0 }
  end
  local function part(n)
    local x = weyl.normal({ n, 7 }):eval()
    return { x = x, y = truth(x):eval() }
  end
  local set = { name = "small", train = part(20), validation = part(20),
    truth = truth, rep_in = 1 + 2 * V, rep_out = V, candidates = planes,
    matching = 2 }
  for key, value in next, more or {} do set[key] = value end
  return set
end

local function made(name, opts, data)
  weyl.seed(1)
  return method[name](opts):make(data or data_set(), 1)
end

local function largest(x) return x:abs():max():item() end

describe("a method", function()
  it("makes what its name says", function()
    local function kinds(name, opts)
      local m = made(name, opts)
      return { getmetatable(m.model).__name, m.regularizer
        and getmetatable(m.regularizer).__name or "none",
        m.augment and "moves" or "stays" }
    end
    local small = { channels = 8 }
    assert.same({ "weyl.nn.mlp", "none", "stays" }, kinds("mlp", small))
    assert.same({ "weyl.nn.mlp", "none", "moves" },
      kinds("augmentation", small))
    assert.same({ "weyl.nn.emlp", "none", "stays" }, kinds("emlp", small))
    assert.same({ "weyl.nn.emlp", "weyl.pathways", "stays" },
      kinds("rpp", small))
    assert.same({ "weyl.nn.emlp", "weyl.pathways", "stays" },
      kinds("mixed_rpp", small))
    assert.same({ "weyl.nn.emlp", "weyl.levels", "stays" },
      kinds("per", small))
    assert.same({ "weyl.nn.emlp", "weyl.levels", "stays" },
      kinds("two_sided", small))
    assert.same({ "weyl.nn.mlp", "weyl.orbit", "stays" },
      kinds("remul", small))
  end)

  it("makes the network that nn makes from the same options", function()
    local set = data_set()
    local function same(name, opts, expected)
      local model = made(name, opts, set).model
      weyl.seed(1)
      expected = expected()
      assert.equal(tostring(expected), tostring(model))
      local x = set.train.x
      assert.equal(0, largest(model(x) - expected(x)))
    end
    local net = { rep_in = set.rep_in, rep_out = set.rep_out, group = O3,
      channels = 9, depth = 2 }
    local function with(more)
      local o = {}
      for key, value in next, net do o[key] = value end
      for key, value in next, more do o[key] = value end
      return function() return nn.emlp(o) end
    end
    same("mlp", { channels = 9, depth = 2 }, function()
      return nn.mlp { rep_in = set.rep_in, rep_out = set.rep_out,
        channels = 9, depth = 2 }
    end)
    local o = { channels = 9, depth = 2 }
    same("emlp", o, with {})
    same("rpp", o, with { pathway = true })
    same("mixed_rpp", o, with { pathway = planes[2] })
    same("per", o, with { soft = true })
    same("two_sided", o, with { soft = true })
    same("emlp", { channels = 9, depth = 2, group = 3 },
      with { group = planes[3] })
    same("per", { channels = 9, depth = 2, init = "near", init_group = 2,
      residual = false, allocation = "exact" }, with { soft = true,
      init = "near", init_group = planes[2], residual = false,
      allocation = "exact" })
    net.channels = nil
    same("rpp", { depth = 2, parameters = 2000 },
      with { pathway = true, parameters = 2000 })
  end)

  it("takes the groups of the data unless given others", function()
    assert.same(planes, made("per", { channels = 8 }).regularizer.groups)
    local own = { group.SO(3), planes[2] }
    local per = made("per", { channels = 8, groups = own })
    assert.same(own, per.regularizer.groups)
    assert.equal(own[1], per.model.group)
    local both = made("two_sided", { channels = 8, group = 2 }).regularizer
    assert.same({ planes[2], planes[1], planes[3], planes[4] }, both.groups)
  end)

  it("hands its options to the penalty", function()
    local per = made("per", { channels = 8, strengths = { 0, 1, 2, 3 },
      measure = "csd", bias = false, published = true }).regularizer
    assert.same({ 0, 1, 2, 3 }, per.strengths)
    assert.equal("csd", per.measure)
    assert.is_true(per.published)
    assert.equal(4, #per.parts) -- weights only
    assert.same({ 0, 7, 7, 7 },
      made("per", { channels = 8, strength = 7 }).regularizer.strengths)
    local rpp = made("rpp", { channels = 8, basic = 3, equiv = 0.5 })
      .regularizer
    assert.same({ 3, 0.5 }, { rpp.basic, rpp.equiv })
    local orbit = made("remul", { channels = 8, alpha = 2, beta = 3,
      samples = 4, group = 2, weights = "gradnorm" }).regularizer
    assert.same({ 2, 3, 4 }, { orbit.alpha, orbit.beta, orbit.samples })
    assert.equal(planes[2], orbit.group)
    assert.is_not_nil(orbit.last)
    local both = made("two_sided", { channels = 8, equivariant = 0.25,
      residual_weight = 4 }).regularizer
    assert.same({ 4, 0, 0, 0 }, both.strengths)
    assert.equal(0.25, both.equivariant)
  end)

  it("knows the subgroup of mixed priors from the data, or is told",
    function()
      local function path(opts, more)
        return made("mixed_rpp", opts, data_set(more)).model.pathway
      end
      local o = { channels = 8 }
      assert.equal(planes[2], path(o))
      assert.equal(planes[4], path(o, { matching = 4 }))
      assert.equal(planes[2], path(o, { matching = 1 }))
      assert.equal(planes[3], path { channels = 8, subgroup = 3 })
      local other = group.SO(2):embed(3, { 1, 2 })
      assert.equal(other, path { channels = 8, subgroup = other })
    end)

  it("moves samples by the group, input and label alike", function()
    local set = data_set()
    local augment = made("augmentation", { channels = 8, group = 2 }, set)
      .augment
    local x, y = set.train.x, set.train.y
    local gx, gy = augment(x, y)
    -- the law holds for moved samples, under the group that it keeps
    assert.is_true(largest(set.truth(gx) - gy) < 1e-5)
    assert.is_true(largest(gx - x) > 0.5)
    assert.is_true(largest(gx:slice(2, 4, 4) - x:slice(2, 4, 4)) < 1e-6)
    local again = augment(x, y)
    assert.is_true(largest(again - gx) > 0.5) -- fresh elements
    -- and breaks under the one it does not keep
    gx, gy = made("augmentation", { channels = 8 }, set).augment(x, y)
    assert.is_true(largest(set.truth(gx) - gy) > 0.5)
  end)

  it("tunes at a quarter of the run, as told, or not", function()
    local tuner = method.per({}):tuner(400)
    assert.same({ 100, 2, 50 }, { tuner.at, tuner.power, tuner.window })
    assert.equal(5, method.per({ power = 5 }):tuner(400).power)
    local own = reg.autotune { at = 3 }
    assert.equal(own, method.per({ tune = own }):tuner(400))
    local f = function() end
    assert.equal(f, method.per({ tune = f }):tuner(400))
    assert.is_nil(method.per({ tune = false }):tuner(400))
    assert.is_nil(method.mlp({}):tuner(400))
    assert.equal(1, method.per({}):tuner(2).at)
  end)

  it("meets a number of parameters", function()
    for _, c in ipairs { { "mlp", 0.03 }, { "emlp", 0.05 },
      { "rpp", 0.05 }, { "per", 0.05 }, { "remul", 0.03 } } do
      local count = nn.count(made(c[1], { parameters = 20000 }).model)
      assert.is_true(math.abs(count / 20000 - 1) < c[2], c[1])
    end
  end)

  it("has a name and prints its options in order", function()
    assert.equal("per", method.per({}).name)
    assert.equal("weyl.method: mlp", tostring(method.mlp()))
    assert.equal("weyl.method: per { depth = 2, groups = {4}, init = 'half' }",
      tostring(method.per { init = "half", depth = 2, groups = planes }))
    assert.equal("weyl.method: emlp { group = O(3) }",
      tostring(method.emlp { group = O3 }))
  end)

  it("is found by its name", function()
    assert.same({ "mlp", "augmentation", "emlp", "rpp", "mixed_rpp", "per",
      "two_sided", "remul" }, method.names())
    for _, name in ipairs(method.names()) do
      assert.equal(name, method.named(name).name)
    end
    local own = method.mlp {}
    assert.equal(own, method.named(own))
  end)
end)

describe("what methods refuse", function()
  it("names", function()
    fails("method.named: there is no method 'pre' (did you mean 'per'?)",
      function() method.named "pre" end)
    fails("method.named: argument 'method' must be a method or the name of "
      .. "one, got a table", function() method.named { 1 } end)
    assert.error_matches(function() return method.mixedrpp end,
      "weyl.method has no 'mixedrpp' %(did you mean 'mixed_rpp'%?%)")
  end)

  it("options", function()
    fails("method.per: there is no option 'strenght' (did you mean "
      .. "'strength'?)", function() method.per { strenght = 1 } end)
    fails("method.mlp: there is no option 'group' (did you mean 'groups'?)",
      function() method.mlp { group = O3 } end)
    fails("method.emlp: channels and parameters both set the width; give "
      .. "one", function() method.emlp { channels = 3, parameters = 4 } end)
    fails("method.per: argument 'tune' must be a tuner, a function or false, "
      .. "got 'once'", function() method.per { tune = "once" } end)
  end)

  it("groups that are none", function()
    local set = data_set { candidates = false }
    set.candidates = nil
    fails("method.emlp: argument 'groups' must be a list of groups, as the "
      .. "data have no candidates, got nil",
      function() method.emlp({}):make(set, 1) end)
    fails("method.per: argument 'groups[2]' must be a group, got 3",
      function() method.per({ groups = { O3, 3 } }):make(data_set(), 1) end)
    fails("method.emlp: argument 'group' must be a group or an integer from "
      .. "1 to 4, got 5",
      function() method.emlp({ group = 5 }):make(data_set(), 1) end)
  end)

  it("data without representations", function()
    local set = data_set()
    set.rep_in = nil
    fails("method.augmentation: argument 'data.rep_in' must be a "
      .. "representation, got nil",
      function() method.augmentation({}):make(set, 1) end)
    fails("method.per: argument 'data.rep_in' must be a representation, got "
      .. "nil", function() method.per({}):make(set, 1) end)
    assert.equal("weyl.nn.mlp: 7 -> 4 -> 3, 47 parameters",
      tostring(method.mlp({ channels = 4, depth = 1 }):make(set, 1).model))
  end)
end)

describe("exactness", function()
  -- Sampled error of a method's network, in [0, 1].
  local function off(model, g, dtype)
    return (weyl.symmetry.equivariance_error(model, g, { dtype = dtype }))
  end

  local bound = { f32 = 1e-6, f64 = 1e-12 }

  it("of exact networks, and of mixed ones under the subgroup", function()
    for dtype, most in next, bound do
      local o = { channels = 30, dtype = dtype }
      for _, g in ipairs(planes) do
        assert.is_true(off(made("emlp", o).model, g, dtype) < most)
      end
      o.residual = false
      assert.is_true(off(made("mixed_rpp", o).model, planes[2], dtype) < most)
      assert.is_true(off(made("mixed_rpp", o).model, planes[3], dtype) > most)
    end
  end)

  it("of a soft network once projected, without the paths beside gates",
    function()
      for dtype, most in next, bound do
        local m = made("per", { channels = 30, dtype = dtype })
        local model = m.model
        assert.is_true(off(model, O3, dtype) > 0.1)
        for _, l in ipairs(model:layers()) do
          local P = O3:basis(l.rep_in, l.rep_out):projector()
          local W, b = P(l.weight, l.bias)
          weyl.eval(W, b)
          l.weight:set(W)
          l.bias:set(b)
        end
        assert.is_true(off(model, O3, dtype) > most) -- w_g is still there
        for _, block in ipairs(model.blocks) do
          block.w_g:set(weyl.zeros_like(block.w_g))
        end
        for _, g in ipairs(planes) do
          assert.is_true(off(model, g, dtype) < most)
        end
        for _, r in ipairs(m.regularizer:regularizers()) do
          assert.is_true(r < most ^ 2 * 100)
        end
      end
    end)
end)

describe("a protocol", function()
  local function protocol(opts)
    opts.data = opts.data or data_set()
    return method.protocol(opts)
  end

  it("that is fair gives all methods as many parameters", function()
    local set = weyl.data.inertia { train = 4, validation = 4, test = 4,
      ood = 4 }
    set.candidates, set.matching = planes, 2
    for _, name in ipairs(method.names()) do
      local o = protocol { method = name, task = "inertia", data = set }
      local count = nn.count(o.method:make(set, 1).model)
      assert.is_true(math.abs(count / 164959 - 1) < 0.005, name)
      assert.equal("best", o.select)
      assert.same({ 1600, 100, 1e-3, 5 },
        { o.epochs, o.batch, o.lr, o.seeds })
    end
  end)

  it("that is published has the published widths", function()
    local counts = { mlp = 36873, emlp = 57753, rpp = 79510,
      mixed_rpp = 79510, per = 164959 }
    local set = weyl.data.inertia { train = 4, validation = 4, test = 4,
      ood = 4 }
    set.candidates, set.matching = planes, 2
    for name, count in next, counts do
      local o = protocol { method = name, task = "inertia", data = set,
        kind = "published" }
      assert.equal(count, nn.count(o.method:make(set, 1).model))
      assert.equal(name == "per" and "published" or "best", o.select)
      assert.same({ 8000, 500 }, { o.epochs, o.batch })
      assert.equal(name ~= "mlp" and "published" or nil,
        o.method.options.copies)
    end
  end)

  it("holds each task's settings", function()
    local motion = protocol { method = "per", task = "motion" }
    local o = motion.method.options
    assert.same({ 500, 128, 2e-4, 0 }, { motion.epochs, motion.batch,
      motion.lr, motion.weight_decay })
    assert.same({ 384, 0.3, "half", 100, 5 }, { o.channels, o.strength,
      o.init, o.tune.at, o.tune.power })
    local cosine = protocol { method = "per", task = "cosine",
      kind = "published" }
    o = cosine.method.options
    assert.same({ 2000, 200, 2e-5, 0.01, 500 }, { cosine.epochs,
      cosine.batch, cosine.weight_decay, o.strength, o.tune.at })
    local rpp = protocol { method = "rpp", task = "cosine",
      kind = "published" }
    assert.same({ 45, 0 }, { rpp.method.options.channels, rpp.weight_decay })
    local far = protocol { method = "per", task = "distance",
      kind = "published" }
    o = far.method.options
    assert.same({ { 0, 10, 200 }, 2500, 1, 2e-4 }, { o.strengths, o.tune.at,
      o.max_rank, far.lr })
    assert.is_nil(protocol({ method = "remul", task = "distance" }).method
      .options.max_rank)
  end)

  it("that is fair has proximal steps for inertia, if not told otherwise",
    function()
      local function settings(opts)
        opts.task = opts.task or "inertia"
        local o = protocol(opts).method.options
        return { o.apply or "none", o.strength or "none" }
      end
      assert.same({ "proximal", 100 }, settings { method = "per" })
      assert.same({ "none", 100 }, settings { method = "per",
        kind = "published" })
      assert.same({ "gradient", 100 }, settings { method = "per",
        options = { apply = "gradient" } })
      assert.same({ "proximal", 7 }, settings { method = "per",
        options = { strength = 7 } })
      assert.same({ "none", "none" }, settings { method = "two_sided" })
      assert.same({ "proximal", 1 }, settings { method = "per",
        task = "cosine" })
      local far = protocol { method = "per", task = "distance" }
      assert.same({ 1000, 100, 1e-3 }, { far.epochs, far.batch, far.lr })
      assert.same({ "proximal", 1 }, settings { method = "per",
        task = "distance" })
      assert.is_nil(far.method.options.strengths)
      assert.same({ "none", 0.01 }, settings { method = "per",
        task = "cosine", kind = "published" })
      local model = protocol { method = "per", task = "inertia",
        options = { channels = 8, depth = 1 } }.method
      local levels = model:make(data_set(), 1).regularizer
      assert.equal("proximal", levels.apply)
      assert.same({ 0, 100, 100, 100 }, levels.strengths)
    end)

  -- SO(3) x scaling is not orthogonal: its bilinear maps cannot make scalars
  -- of vectors.
  it("that is fair has bilinear maps of an orthogonal candidate", function()
    local set = weyl.data.cosine { train = 4, validation = 4, test = 4,
      ood = 4 }
    local function count(opts)
      opts.task, opts.data = "cosine", set
      local o = protocol(opts)
      return nn.count(o.method:make(set, 1).model), o.method.options.bilinear
    end
    local free = { per = 2, two_sided = 2, rpp = 2, mixed_rpp = 2 }
    local most = count { method = "per" }
    for _, name in ipairs(method.names()) do
      local n, bilinear = count { method = name }
      assert.equal(free[name], bilinear, name)
      assert.is_true(math.abs(n / most - 1) < 0.005, name)
    end
    local n, bilinear = count { method = "per", kind = "published" }
    assert.is_nil(bilinear)
    assert.is_true(n < most)
    assert.is_nil(protocol({ method = "per", task = "inertia" }).method
      .options.bilinear)
  end)

  it("keeps its proportions in a shorter run, and takes other options",
    function()
      local o = protocol { method = "per", task = "inertia", epochs = 80,
        options = { init = "near", parameters = 4000, tune = false } }
      assert.equal(80, o.epochs)
      assert.is_nil(o.method:tuner(80))
      assert.same({ "near", 4000 }, { o.method.options.init,
        o.method.options.parameters })
      local tuned = protocol { method = "per", task = "inertia", epochs = 80 }
      assert.equal(20, tuned.method:tuner(80).at)
    end)

  it("explains wrong options", function()
    fails("method.protocol: task must be 'inertia' or 'cosine' or 'motion' "
      .. "or 'distance', got 'inertial' (did you mean 'inertia'?)",
      function() protocol { method = "per", task = "inertial" } end)
    local function csd(opts)
      opts.measure = "csd"
      return protocol { method = "per", task = "inertia", options = opts }
    end
    fails("method.protocol: measure = 'csd' has no proximal steps, which the "
      .. "fair protocol of 'inertia' takes; give apply = 'gradient' beside it",
      function() csd {} end)
    local own = csd({ apply = "gradient", channels = 8, depth = 1 }).method
    assert.equal("csd", own:make(data_set(), 1).regularizer.measure)
    local set = data_set()
    set.candidates = nil
    fails("method.protocol: argument 'groups' must be a list of groups, as "
      .. "the data have no candidates, got nil",
      function() protocol { method = "mlp", task = "inertia", data = set } end)
    fails("method.protocol: option 'method' is missing",
      function() protocol { task = "inertia" } end)
  end)
end)
