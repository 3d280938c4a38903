-- plan_spec.lua: what the executor does with a graph: fusion, products of
-- transposed matrices, the memory plan, and the cache of plans.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"
local weyl = require "weyl"

-- The plan's numbers and its steps as lists of words.
local function plan(t)
  local text = weyl.graph(t)
  local p = { steps = {} }
  p.nodes, p.count, p.inputs, p.outputs, p.temporaries, p.bytes = text:match(
    "^(%d+) nodes, (%d+) steps, (%d+) inputs, (%d+) outputs, (%d+) "
    .. "temporaries in (%d+) bytes\n")
  for line in text:gmatch "\n *%d+ ([^\n]+)" do
    p.steps[#p.steps + 1] = line
  end
  assert.equal(tonumber(p.count), #p.steps)
  return p
end

-- The operations of the steps of a plan, without operands.
local function operations(t)
  local list = {}
  for i, step in ipairs(plan(t).steps) do list[i] = step:match "= (%S+)" end
  return list
end

local function matrix(...) return weyl.normal({ ... }):eval() end

describe("weyl.graph", function()
  it("shows steps with dtype, shape and operands", function()
    local x = matrix(2, 3)
    assert.equal("4 nodes, 1 steps, 2 inputs, 1 outputs, 0 temporaries in 0 "
      .. "bytes\n  1 out1 f32 [2, 1] = add+sum in1 in2\n",
      weyl.graph((x + 1):sum(2, true)))
    assert.equal("evaluated: nothing to compute\n", weyl.graph(x))
    fails("graph: argument 't' must be a tensor, got 'x'",
      function() weyl.graph "x" end)
  end)
end)

describe("fusion", function()
  it("makes one step of an elementwise chain", function()
    local x = matrix(4, 5)
    assert.same({ "mul+add+tanh+mul" }, operations((x * 2 + 1):tanh() * x))
  end)

  it("takes a reduction at the end into the step", function()
    local x = matrix(4, 5)
    assert.equal(1, #operations((x * x):sum()))
    assert.equal(1, #operations((x - 1):exp():max(1)))
    assert.equal(1, #operations(x:gt(0):all(2)))
  end)

  it("reads through views without a copy", function()
    local x = matrix(4, 5)
    local y = x:transpose():flip(1):slice(2, 1, 3) + x[1]:unsqueeze(2)
    assert.same({ "add" }, operations(y))
    assert.equal(1, #operations((x + x:slice(1, 1, 1)):sum(2)))
  end)

  it("computes what two steps need once", function()
    local x = matrix(4, 5)
    local shared = x:exp()
    local steps = operations(shared:sum(1):unsqueeze(1) + shared)
    local exps = 0
    for _, step in ipairs(steps) do
      for _ in step:gmatch "exp" do exps = exps + 1 end
    end
    assert.equal(1, exps)
  end)

  it("leaves out what nobody asked for", function()
    local x = matrix(4, 5)
    local both = weyl.svd(x)
    assert.equal("svd", operations(both)[1])
    local _ = x:matmul(x:transpose()) -- dead
    assert.same({ "neg" }, operations(-x))
  end)
end)

describe("a product", function()
  local x, w = matrix(8, 5), matrix(7, 5)

  it("reads transposed matrices in place", function()
    assert.same({ "out1 f32 [8, 7] = matmul in1 in2'" },
      plan(x:matmul(w:transpose())).steps)
    assert.same({ "out1 f32 [5, 5] = matmul in1' in1" },
      plan(x:transpose():matmul(x)).steps)
    assert.same({ "matmul" }, operations(x:transpose():matmul(
      matrix(7, 8):transpose())))
    assert.same({ "matmul" }, operations(x:slice(1, 2, 5):matmul(
      w:slice(1, 1, 3):transpose())))
  end)

  it("reads batches of transposed matrices in place", function()
    local batch = matrix(4, 8, 5)
    assert.same({ "matmul" }, operations(batch:transpose():matmul(batch)))
    assert.same({ "out1 f32 [32, 7] = matmul in1 in2'" },
      plan(batch:matmul(w:transpose())).steps)
  end)

  it("has gradients that read in place", function()
    local gradients = weyl.param(w)
    local loss = function(p)
      return (x:matmul(p:transpose()) * matrix(8, 7)):sum()
    end
    local seen
    weyl.grad(function(v) -- an inner gradient is not computed
      local g = weyl.grad(loss)(v)
      seen = plan(g)
      return g:sum()
    end)(gradients)
    local products = 0
    for _, step in ipairs(seen.steps) do
      assert.not_matches("copy", step)
      if step:match "matmul" then products = products + 1 end
    end
    assert.equal(1, products)
  end)

  it("copies what it cannot read", function()
    assert.same({ "copy", "matmul" },
      operations(x:flip(2):matmul(w:transpose())))
  end)
end)

describe("the memory plan", function()
  local function chain(n)
    local x = matrix(16, 16)
    local y = x
    for _ = 1, n do y = (y * 0.5 + 1):tanh():matmul(x) end
    return plan(y)
  end

  it("does not grow with the length of a chain", function()
    local short, long = chain(4), chain(400)
    assert.equal("7", short.temporaries)
    assert.equal("799", long.temporaries)
    assert.equal(short.bytes, long.bytes)
  end)

  it("holds no more than what is alive at once", function()
    local size, x = 64 * 64 * 4, matrix(64, 64)
    local list = {}
    for k = 1, 10 do list[k] = (x * k):matmul(x) end
    local p = plan(weyl.stack(list))
    assert.is_true(tonumber(p.bytes) >= 11 * size)
    assert.is_true(tonumber(p.bytes) <= 11 * (size + 256))
  end)
end)

describe("the cache of plans", function()
  local function during(f)
    local before = core.plans()
    f()
    local after = core.plans()
    return after.hits - before.hits, after.misses - before.misses
  end

  local function step(n, scale, extra)
    local x = weyl.ones { n, 3 }
    local y = (x * scale + 1):tanh():sum(1)
    if extra then y = y + 1 end
    return y:eval()
  end

  before_each(function() core.trim() end)

  it("serves graphs of one structure", function()
    local hits, misses = during(function()
      for _ = 1, 10 do step(4, 2) end
    end)
    assert.same({ 9, 1 }, { hits, misses })
  end)

  it("does not look at the values of scalars", function()
    local hits, misses = during(function()
      for k = 1, 10 do
        local y = step(4, k)
        assert.near(4 * (math.exp(2 * (k + 1)) - 1)
          / (math.exp(2 * (k + 1)) + 1), y[1]:item(), 1e-5)
      end
    end)
    -- reading y[1] is a plan of its own, made once
    assert.same({ 18, 2 }, { hits, misses })
  end)

  it("looks at shapes, dtypes, operations and attributes", function()
    local x = weyl.ones({ 4, 4 }):eval()
    local y = weyl.ones({ 4, 4 }, "f64"):eval()
    local _, misses = during(function()
      step(4, 2)
      step(5, 2)
      step(4, 2, true)
      weyl.eval(x:sin())
      weyl.eval(x:cos())
      weyl.eval(y:cos())
      weyl.eval(x:sum(1))
      weyl.eval(x:sum(2))
      weyl.eval(x:slice(1, 1, 2) + 0)
      weyl.eval(x:slice(1, 2, 3) + 0)
      weyl.eval(x + x)
      weyl.eval(x + x:sin():eval())
    end)
    assert.equal(12, misses) -- of 13: x:sin() comes twice
  end)

  it("looks at what is to be kept", function()
    local x = weyl.ones({ 4 }):eval()
    local function graph()
      local a = x + 1
      return a, a * 2
    end
    local _, misses = during(function()
      local _, last = graph()
      weyl.eval(last)
      local a, b = graph()
      weyl.eval(a, b)
      assert.same({ { 2, 2, 2, 2 }, { 4, 4, 4, 4 } },
        { a:totable(), b:totable() })
    end)
    assert.equal(2, misses)
  end)

  it("holds a bounded number", function()
    for n = 1, 400 do step(n, 1) end
    assert.is_true(core.plans().plans <= 256)
    local hits = during(function() step(400, 1) end)
    assert.equal(1, hits)
  end)

  it("is emptied on request", function()
    step(4, 1)
    core.trim()
    assert.same({ 0, 0 }, { core.plans().plans, core.plans().arena })
    assert.same({ 8 * 0.5 }, ((weyl.ones { 1 } + 7) * 0.5):totable())
  end)

  it("serves a training loop", function()
    local p = weyl.param(weyl.normal { 3, 2 })
    local x = matrix(5, 2)
    local f = weyl.value_and_grad(function(w)
      return x:matmul(w:transpose()):tanh():square():mean()
    end)
    local function train()
      local _, g = f(p)
      p:set(p - g * 0.1)
    end
    train()
    train()
    local hits, misses = during(function()
      for _ = 1, 20 do train() end
    end)
    assert.same({ 40, 0 }, { hits, misses })
  end)
end)

describe("a computed node", function()
  it("is not computed again", function()
    local x = matrix(4, 4)
    local y = x:exp()
    weyl.eval(y)
    assert.same({ "neg" }, operations(-y))
  end)

  it("is kept when it is needed a second time", function()
    local x = matrix(4, 4)
    local y = x:matmul(x)
    local rows = core.profile(function()
      for k = 1, 10 do weyl.eval(y * k) end
    end)
    for _, row in ipairs(rows) do
      if row.kernel == "matmul" then assert.is_true(row.calls <= 2) end
    end
  end)
end)
