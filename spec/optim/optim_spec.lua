-- optim_spec.lua: optimizers against their formulas, and their state.

local weyl = require "weyl"
local optim = weyl.optim

-- The same steps with Lua numbers; g(p) is the gradient.
local rules = {}

function rules.sgd(o, p, g, s)
  local d = g + (o.weight_decay or 0) * p
  if not o.momentum then return p - o.lr * d end
  s.m = o.momentum * (s.m or 0) + d
  return p - o.lr * (o.nesterov and d + o.momentum * s.m or s.m)
end

function rules.adam(o, p, g, s)
  s.t = (s.t or 0) + 1
  if not o.decoupled then g = g + (o.weight_decay or 0) * p end
  s.m = 0.9 * (s.m or 0) + (1 - 0.9) * g
  s.v = 0.999 * (s.v or 0) + (1 - 0.999) * g * g
  local m, v = s.m / (1 - 0.9 ^ s.t), s.v / (1 - 0.999 ^ s.t)
  local keep = o.decoupled and 1 - o.lr * o.weight_decay or 1
  return keep * p - o.lr * m / (math.sqrt(v) + 1e-8)
end

-- Steps on L = sum c p^2 / 2 from p = 1, 2, ..., 37 in f64.
local function trajectory(optimizer, steps)
  local n = 37
  local p = weyl.param(weyl.arange(n):to "f64")
  local c = (weyl.arange(n):to "f64" * 0.1):eval()
  for _ = 1, steps do
    optimizer:step({ p }, { p * c })
  end
  return p:value():totable()
end

local function expected(rule, o, steps)
  local out = {}
  for i = 1, 37 do
    local p, s = i, {}
    for _ = 1, steps do p = rules[rule](o, p, 0.1 * i * p, s) end
    out[i] = p
  end
  return out
end

local function assert_close(want, got)
  for i, w in ipairs(want) do
    assert.near(w, got[i], 1e-12 * (1 + math.abs(w)))
  end
end

describe("the formulas", function()
  local cases = {
    { "sgd", optim.sgd, { lr = 0.1 } },
    { "sgd", optim.sgd, { lr = 0.1, weight_decay = 0.3 } },
    { "sgd", optim.sgd, { lr = 0.05, momentum = 0.9 } },
    { "sgd", optim.sgd, { lr = 0.05, momentum = 0.9, nesterov = true,
      weight_decay = 0.01 } },
    { "adam", optim.adam, { lr = 0.1 } },
    { "adam", optim.adam, { lr = 0.1, weight_decay = 0.2 } },
    { "adam", optim.adamw, { lr = 0.1, weight_decay = 0.2 },
      { decoupled = true, lr = 0.1, weight_decay = 0.2 } },
  }
  for i, case in ipairs(cases) do
    it(("case %d, %s"):format(i, case[1]), function()
      assert_close(expected(case[1], case[4] or case[3], 7),
        trajectory(case[2](case[3]), 7))
    end)
  end

  it("treat complex numbers as pairs of real ones", function()
    local re, im = weyl.normal({ 9 }, 0, 1, "f64"):eval(),
      weyl.normal({ 9 }, 0, 1, "f64"):eval()
    local z = weyl.param(weyl.complex(re, im))
    local parts = { weyl.param(re), weyl.param(im) }
    local a, b = optim.adam { lr = 0.1 }, optim.adam { lr = 0.1 }
    for _ = 1, 3 do
      a:step(z, z * 2)
      b:step(parts, { parts[1] * 2, parts[2] * 2 })
    end
    assert.same(parts[1]:totable(), weyl.real(z):totable())
    assert.same(parts[2]:totable(), weyl.imag(z):totable())
  end)

  it("give the same bits with any number of threads", function()
    local before = weyl.threads()
    local function run(threads)
      weyl.threads(threads)
      weyl.seed(1)
      local p = weyl.param(weyl.normal { 100003 })
      local g = weyl.normal({ 100003 }):eval()
      local o = optim.adam { lr = 0.01 }
      for _ = 1, 3 do o:step(p, g) end
      return p:value():totable()
    end
    assert.same(run(1), run(2))
    weyl.threads(before)
  end)
end)

describe("an optimizer", function()
  it("walks models like gradients do", function()
    weyl.seed(1)
    local model = { b = { weyl.param(weyl.ones { 2 }) },
      a = weyl.param(weyl.ones { 3 }), other = "text" }
    local _, grads = weyl.value_and_grad(function(m)
      return (m.a * 2):sum() + (m.b[1] * 3):sum()
    end)(model)
    optim.sgd({ lr = 1 }):step(model, grads)
    assert.same({ -1, -1, -1 }, model.a:totable())
    assert.same({ -2, -2 }, model.b[1]:totable())
  end)

  it("steps a shared parameter once", function()
    local p = weyl.param(weyl.ones { 2 })
    local model = { p, p }
    local _, grads = weyl.value_and_grad(function(m)
      return (m[1] + m[2]):sum()
    end)(model)
    optim.sgd({ lr = 1 }):step(model, grads)
    assert.same({ -1, -1 }, p:totable())
  end)

  it("has readable and settable fields", function()
    local o = optim.adam { lr = 0.5 }
    assert.equal(0.5, o.lr)
    o.lr = 0.25
    assert.equal(0.25, o.lr)
    assert.equal(0.9, o.beta1)
    assert.equal("adam", o.rule)
    assert.equal(0, o.steps)
    assert.is_nil(o.nothing)
    assert.equal("weyl.optimizer: adam, lr 0.25, 0 steps", tostring(o))
  end)

  it("goes on from its state to the last bit", function()
    weyl.seed(3)
    local g = weyl.normal({ 50 }):eval()
    local p = weyl.param(weyl.zeros { 50 })
    local a = optim.adam { lr = 0.1 }
    for _ = 1, 3 do a:step(p, g) end
    local q, b = weyl.param(p:value()), optim.adam { lr = 0.1 }
    b:load(a:state())
    assert.equal(3, b.steps)
    for _ = 1, 3 do
      a:step(p, g)
      b:step(q, g)
    end
    assert.same(p:totable(), q:totable())
    a:load(a:state()) -- from itself
    assert.same({ steps = 0 }, optim.sgd({}):state())
  end)

  it("gives a state that later steps leave alone", function()
    local p, o = weyl.param(weyl.ones { 3 }), optim.sgd { momentum = 0.5 }
    o:step(p, weyl.ones { 3 })
    local s = o:state()
    o:step(p, weyl.ones { 3 })
    assert.same({ 1, 1, 1 }, s.m[1]:totable())
  end)

  it("changes nothing when a gradient does not fit", function()
    local model = { weyl.param(weyl.ones { 2 }), weyl.param(weyl.ones { 3 }) }
    local o = optim.sgd { lr = 1 }
    assert.error_matches(function()
      o:step(model, { weyl.ones { 2 }, weyl.ones { 4 } })
    end, "parameter 2 is f32 %[3%], its gradient is f32 %[4%]")
    assert.same({ 1, 1 }, model[1]:totable())
    assert.equal(0, o.steps)
  end)
end)

describe("the rates of an optimizer", function()
  local function model()
    weyl.seed(2)
    return { a = weyl.param(weyl.normal({ 5, 2 }, 0, 1, "f64")),
      b = weyl.param(weyl.normal { 7 }) }
  end

  local function step(o, m, size)
    return o:step(m, { a = (size * weyl.normal({ 5, 2 }, 0, 1, "f64")):eval(),
      b = (size * weyl.normal { 7 }):eval() })
  end

  it("are none before a step", function()
    assert.same({}, optim.sgd({ lr = 0.1 }):rates())
    assert.same({}, optim.adam({ lr = 0.1 }):rates())
  end)

  it("are lr / (1 - momentum) of sgd, as lr stands", function()
    local o, m = optim.sgd { lr = 0.1, momentum = 0.75 }, model()
    step(o, m, 1)
    assert.same({ 0.4, 0.4 }, o:rates())
    o.lr = 0.05
    assert.same({ 0.2, 0.2 }, o:rates())
    local plain = optim.sgd { lr = 0.1 }
    step(plain, m, 1)
    assert.same({ 0.1, 0.1 }, plain:rates())
  end)

  it("are lr / (rms of gradients + epsilon) of adam, entry by entry",
    function()
      for _, rule in ipairs { "adam", "adamw" } do
        local o, m = optim[rule] { lr = 0.1, epsilon = 0.01 }, model()
        for k = 1, 4 do
          step(o, m, k)
          local v, rates = o:state().v, o:rates()
          assert.equal(2, #rates)
          for i, tolerance in ipairs { 1e-12, 1e-6 } do
            local want = 0.1 / ((v[i] / (1 - 0.999 ^ k)):sqrt() + 0.01)
            assert.equal(want.dtype, rates[i].dtype)
            assert.same(want.shape, rates[i].shape)
            assert.is_true(((rates[i] - want):abs() / want):max():item()
              < tolerance)
          end
        end
      end
    end)

  it("are real for complex parameters, from both parts", function()
    local o, p = optim.adam { lr = 0.5 }, weyl.param(weyl.zeros({ 1 }, "c128"))
    o:step(p, weyl.complex(weyl.tensor({ 3 }, "f64"),
      weyl.tensor({ 4 }, "f64")):eval())
    assert.equal("f64", o:rates()[1].dtype)
    assert.near(0.5 / math.sqrt(12.5), o:rates()[1]:item(), 1e-9)
  end)

  -- With the same gradient in every step the moments are its own.
  it("are known where gradients stay the same", function()
    local o, p = optim.adam { lr = 0.5 }, weyl.param(weyl.zeros({ 4 }, "f64"))
    for _ = 1, 3 do
      o:step(p, weyl.tensor({ 3, -3, 3, 3 }, "f64"))
      assert.is_true((o:rates()[1] - 0.5 / 3):abs():max():item() < 1e-9)
    end
  end)

  it("go on from a state", function()
    local a, b, m = optim.adam { lr = 0.1 }, optim.adam { lr = 0.1 }, model()
    step(a, m, 1)
    step(a, m, 2)
    b:load(a:state())
    for i, rates in ipairs(a:rates()) do
      assert.same(rates:totable(), b:rates()[i]:totable())
    end
  end)

  -- sqrt of the mean over real and imaginary part
  it("of complex numbers are real, for both parts", function()
    local o, z = optim.adam { lr = 1 }, weyl.param(weyl.complex(
      weyl.zeros({ 2 }, "f64"), weyl.zeros({ 2 }, "f64")))
    o:step(z, weyl.complex(weyl.tensor({ 1, 3 }, "f64"),
      weyl.tensor({ 1, 5 }, "f64")))
    local rates = o:rates()[1]
    assert.equal("f64", rates.dtype)
    assert.near(1 / (1 + 1e-8), rates[1]:item(), 1e-12)
    assert.near(1 / (math.sqrt((9 + 25) / 2) + 1e-8), rates[2]:item(), 1e-12)
    local s = optim.sgd { lr = 0.25 }
    s:step(z, z * 0)
    assert.same({ 0.25 }, s:rates())
  end)

  it("of parameters without entries are empty", function()
    local o, p = optim.adam { lr = 1 }, weyl.param(weyl.zeros(0))
    o:step(p, weyl.zeros(0))
    assert.same({ 0 }, o:rates()[1].shape)
  end)
end)

-- 0 / (0 + epsilon) is 0, and nothing else moves such a parameter.
describe("a parameter whose gradient is always 0", function()
  local function after(o, steps)
    local m = { still = weyl.param(weyl.tensor({ 3, -2, 0 }, "f64")),
      other = weyl.param(weyl.ones { 2 }) }
    for _ = 1, steps do
      o:step(m, { still = weyl.zeros({ 3 }, "f64"), other = weyl.ones { 2 } })
    end
    assert.are_not.same({ 1, 1 }, m.other:totable())
    return m.still:totable()
  end

  it("stays where it is, to the bit", function()
    for _, o in ipairs { optim.adam {}, optim.adam { epsilon = 1e-300 },
      optim.adamw { weight_decay = 0 }, optim.sgd { momentum = 0.9 } } do
      assert.same({ 3, -2, 0 }, after(o, 50))
    end
  end)

  it("moves by the decay alone in adamw", function()
    local got = after(optim.adamw { lr = 0.1, weight_decay = 0.5 }, 2)
    assert.near(3 * 0.95 ^ 2, got[1], 1e-12)
    assert.near(-2 * 0.95 ^ 2, got[2], 1e-12)
    assert.equal(0, got[3])
  end)

  it("cannot become 0 / 0", function()
    for _, rule in ipairs { "adam", "adamw" } do
      assert.error_matches(function() optim[rule] { epsilon = 0 } end,
        "optim." .. rule .. ": epsilon must be a number > 0, got 0")
      local o = optim[rule] {}
      assert.error_matches(function() o.epsilon = 0 end,
        "optimizer: argument 'epsilon' must be a number > 0, got 0")
    end
  end)
end)

describe("messages", function()
  local p = weyl.param(weyl.ones { 2 })
  local function fails(f, pattern)
    assert.error_matches(f, pattern)
  end

  it("of options", function()
    fails(function() optim.adam { rl = 1 } end,
      "optim.adam: there is no option 'rl' %(did you mean 'lr'%?%)")
    fails(function() optim.adam { lr = -1 } end,
      "optim.adam: lr must be a number >= 0, got %-1")
    fails(function() optim.sgd { nesterov = true } end,
      "nesterov needs a momentum above 0")
    fails(function() optim.sgd { momentum = 1 } end,
      "momentum must be a number in %[0, 1%), got 1")
    fails(function() optim.named "adma" end,
      "got 'adma' %(did you mean 'adam'%?%)")
  end)

  it("of fields", function()
    local o = optim.adam {}
    fails(function() o.steps = 1 end, "field 'steps' cannot be set")
    fails(function() o.lr = "x" end, "argument 'lr' must be a number, got 'x'")
  end)

  it("of steps and states", function()
    local o = optim.adam {}
    fails(function() o.step(p, {}) end, "must be an optimizer")
    fails(function() o:step(p) end, "'grads' must be a tree of gradients")
    fails(function() o:step({}, {}) end,
      "'model' must be a parameter or a table with some")
    fails(function() o:step({ p }, {}) end,
      "'grads' must have 1 tensors, one per parameter of 'model', got 0")
    o:step(p, weyl.ones { 2 })
    fails(function()
      o:step({ p, p }, { weyl.ones { 2 }, weyl.ones { 2 } })
    end, "got 2 parameters, had 1 before")
    fails(function() o:load(3) end, "'state' must be what optimizer:state")
    fails(function() optim.sgd({}):load(o:state()) end,
      "the state has 1 first and 1 second moments; 'sgd' keeps 0")
    fails(function()
      weyl.value_and_grad(function(m)
        o:step(m, weyl.ones { 2 })
        return m:sum()
      end)(p)
    end, "cannot be changed inside the function")
  end)
end)
