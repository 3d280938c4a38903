-- transforms_spec.lua: grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp
-- and stop_gradient: trees, parameters, nesting, looking at values inside, and
-- every message.

local fails = require "spec.tensor.fails"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local function vector(...) return weyl.tensor({ ... }, "f64") end
local function number(x) return weyl.tensor(x, "f64") end

-- Formulas of a few operations on numbers of size 1.
local EXACT = 1e-14
local function near(expected, t, tolerance)
  reference.check(reference.of(expected), t, tolerance or EXACT)
end

describe("grad and value_and_grad", function()
  it("differentiate by a tensor", function()
    local x = vector(1, 2, 3)
    near(x * 2, weyl.grad(function(v) return (v * v):sum() end)(x))
    local value, g = weyl.value_and_grad(function(v)
      return v:sin():sum()
    end)(x)
    near(x:sin():sum(), value)
    near(x:cos(), g)
  end)

  it("differentiate by the first argument only", function()
    local x, y = vector(1, 2), vector(3, 4)
    near(y, weyl.grad(function(a, b) return (a * b):sum() end)(x, y))
  end)

  it("pass on what else the function returns", function()
    local x = vector(1, 2)
    local f = function(v, name) return v:sum(), v * 2, name, nil end
    local n = select("#", weyl.value_and_grad(f)(x, "aux"))
    assert.equal(5, n)
    local value, g, double, name = weyl.value_and_grad(f)(x, "aux")
    assert.equal(3, value:item())
    near(vector(1, 1), g)
    near(x * 2, double)
    assert.equal("aux", name)
    g, double, name = weyl.grad(f)(x, "aux")
    near(vector(1, 1), g)
    near(x * 2, double)
    assert.equal("aux", name)
  end)

  it("return everything computed", function()
    local p = weyl.param(vector(1, 2))
    local value, g, aux = weyl.value_and_grad(function(m)
      return (m.w * m.w):sum(), { positive = m.w:gt(0), { m.w + 1 } }
    end) { w = p }
    for _, t in ipairs { value, g.w, aux.positive, aux[1][1] } do
      assert.equal("evaluated: nothing to compute\n", weyl.graph(t))
    end
    p:set(p * 0) -- nothing that was returned is stale
    assert.same({ 2, 3 }, aux[1][1]:totable())
  end)

  it("follow trees", function()
    local x, y, k = vector(1, 2), number(3), weyl.tensor({ 5 }, "i64")
    local tree = { y, a = { b = x, name = "text", n = 7 }, k = k }
    local seen
    local g = weyl.grad(function(t)
      seen = t
      return (t.a.b * t.a.b * t[1]):sum() * t.a.n + t.k:sum():to "f64"
    end)(tree)
    near(x * x * 0 + x * 2 * 3 * 7, g.a.b)
    near(number(35), g[1])
    assert.same({ nil, nil, nil }, { g.k, g.a.name, g.a.n })
    assert.equal("text", seen.a.name)
    assert.equal("i64", seen.k.dtype)
    assert.equal(x, tree.a.b)
  end)

  it("keep the places of arrays with gaps", function()
    local p, q = weyl.param(vector(1)), weyl.param(vector(2))
    local layers = { { w = p }, print, "relu", { w = q } }
    local g = weyl.grad(function(m)
      return (m[1].w * m[4].w):sum()
    end)(layers)
    near(vector(2), g[1].w)
    near(vector(1), g[4].w)
    assert.is_nil(g[2])
    local leaves = weyl.tree.leaves(g)
    assert.equal(2, #leaves)
    near(vector(1), leaves[2])
  end)

  it("keep the metatable of what the function sees", function()
    local class = {}
    class.__index = class
    function class:loss() return (self.x * self.x):sum() end
    local g = weyl.grad(function(m) return m:loss() end)(
      setmetatable({ x = vector(3) }, class))
    near(vector(6), g.x)
    assert.is_nil(getmetatable(g))
  end)

  it("differentiate a model by its parameters alone", function()
    local w, b = weyl.param(vector(1, 2)), weyl.param(vector(3))
    local model = { w = w, data = vector(5, 6), layers = { { b = b } } }
    local g = weyl.grad(function(m)
      assert.equal(w, m.w)
      return (m.w * m.data):sum() * m.layers[1].b:sum()
    end)(model)
    near(vector(15, 18), g.w)
    near(vector(17), g.layers[1].b)
    assert.is_nil(g.data)
  end)

  it("give a parameter that stands twice the whole gradient twice", function()
    local w = weyl.param(vector(1, 2))
    local g = weyl.grad(function(m)
      return (m[1] * m.tied):sum()
    end) { w, tied = w }
    near(vector(2, 4), g[1])
    near(vector(2, 4), g.tied)
  end)

  it("give zeros where nothing depends", function()
    local g = weyl.grad(function(t) return t[1]:sum() end) {
      vector(1), vector(2, 3) }
    near(vector(0, 0), g[2])
  end)

  it("take f32 and complex", function()
    local x = weyl.tensor { 1, 2 }
    assert.equal("f32", weyl.grad(function(v) return v:sum() end)(x).dtype)
    local z = weyl.complex(vector(1, 2), vector(3, 4))
    -- of |z|^2: 2 z, the direction of steepest ascent
    near(z * 2, weyl.grad(function(v)
      return (v * v:conj()):real():sum()
    end)(z))
    -- of Re z^2 = x^2 - y^2: 2x - 2iy = conj(2 z)
    near(z:conj() * 2, weyl.grad(function(v) return (v * v):real():sum() end)
      (z))
  end)
end)

describe("vjp and jvp", function()
  local x, v = vector(1, 2), vector(5, 7)

  it("pull back and push forward", function()
    local y, g = weyl.vjp(function(t) return t * t end, x, v)
    near(x * x, y)
    near(x * v * 2, g)
    local z, d = weyl.jvp(function(t) return t * t end, x, v)
    near(x * x, z)
    near(x * v * 2, d)
  end)

  it("follow trees on both sides", function()
    local f = function(t) return { s = t.a + t[1], { t.a * t[1] }, n = 3 } end
    local y, g = weyl.vjp(f, { x, a = v }, { s = v, { x } })
    near(x * v, y[1][1])
    assert.equal(3, y.n)
    near(v + x * v, g[1])
    near(v + x * x, g.a)
    local z, d = weyl.jvp(f, { x, a = v }, { v, a = x })
    near(x + v, z.s)
    near(v + x, d.s)
    near(v * v + x * x, d[1][1])
    assert.is_nil(d.n)
  end)

  it("go through parameters", function()
    local p = weyl.param(x)
    local _, d = weyl.jvp(function(m) return m.w * m.w end, { w = p },
      { w = v })
    near(x * v * 2, d)
    local _, g = weyl.vjp(function(m) return m.w * m.w end, { w = p }, v)
    near(x * v * 2, g.w)
  end)

  it("leave integers out", function()
    local y, d = weyl.jvp(function(t) return { t:sort() } end, v:flip(), x)
    assert.equal("i64", y[2].dtype)
    assert.is_nil(d[2])
    near(x:flip(), d[1])
  end)
end)

describe("jacobian, hessian and hvp", function()
  -- f(x) = (x1 x2, x2 x3, x1^3, sin x3)
  local function f(t)
    return weyl.stack { t[1] * t[2], t[2] * t[3], t[1] ^ 3, t[3]:sin() }
  end
  local x = vector(2, 3, 0.5)

  it("give all derivatives, by rows or by columns", function()
    local expected = weyl.tensor({ { 3, 2, 0 }, { 0, 0.5, 3 }, { 12, 0, 0 },
      { 0, 0, math.cos(0.5) } }, "f64")
    near(expected, weyl.jacobian(f)(x))
    near(expected:slice(1, 1, 2), weyl.jacobian(function(t)
      return f(t):slice(1, 1, 2)
    end)(x))
  end)

  it("keep both shapes", function()
    local m = weyl.normal({ 2, 3 }, 0, 1, "f64")
    local j = weyl.jacobian(function(t) return t:transpose():exp() end)(m)
    assert.same({ 3, 2, 2, 3 }, j.shape)
    near(m[2][3]:exp(), j[{ 3, 2, 2, 3 }])
    near(number(0), j[{ 3, 2, 2, 2 }])
    assert.same({ 2, 3 }, weyl.jacobian(function(t) return t:sum() end)(m)
      .shape)
    assert.same({ 4, 0 }, weyl.jacobian(function(t)
      return t:sum() * vector(1, 2, 3, 4)
    end)(weyl.zeros({ 0 }, "f64")).shape)
  end)

  it("give second derivatives", function()
    -- of x1^2 x2 + x2 sin x3
    local function g(t) return t[1] ^ 2 * t[2] + t[2] * t[3]:sin() end
    local h = weyl.tensor({ { 6, 4, 0 }, { 4, 0, math.cos(0.5) },
      { 0, math.cos(0.5), -3 * math.sin(0.5) } }, "f64")
    near(h, weyl.hessian(g)(x))
    local v = vector(1, -2, 0.25)
    near(h:matmul(v), weyl.hvp(g)(x, v))
    near(h:matmul(v), weyl.hvp(function(t)
      return g(t.x)
    end)({ x = weyl.param(x) }, { x = v }).x)
  end)

  it("nest", function()
    local h = weyl.jacobian(weyl.jacobian(function(t)
      return (t ^ 3):sum()
    end))(x)
    near((x * 6):diag(), h)
  end)
end)

describe("nesting", function()
  it("reaches depth 4 in reverse", function()
    local f = function(x) return x ^ 5 end
    local expected = { 5 * 2 ^ 4, 20 * 2 ^ 3, 60 * 2 ^ 2, 120 * 2 }
    for depth = 1, 4 do
      f = weyl.grad(f)
      near(number(expected[depth]), f(number(2)), 1e-13)
    end
  end)

  it("reaches depth 4 forward, and mixed", function()
    local function forward(f)
      return function(x) return (select(2, weyl.jvp(f, x, number(1)))) end
    end
    local exp_of = function(x) return (x * 2):exp() * x:sin() end
    -- the n-th derivative is 5^(n/2) e^2x sin(x + n atan(1/2))
    for word = 0, 15 do
      local f = exp_of
      for depth = 1, 4 do
        f = (word >> (depth - 1) & 1 == 0 and weyl.grad or forward)(f)
        local want = 5 ^ (depth / 2) * math.exp(2 * 0.3)
          * math.sin(0.3 + depth * math.atan(0.5))
        near(number(want), f(number(0.3)), 1e-12)
      end
    end
  end)

  it("does not confuse perturbations", function()
    -- d/dx (x d/dy (x + y)) = 1, not 2
    local one = number(1)
    near(one, weyl.grad(function(x)
      return x * weyl.grad(function(y) return x + y end)(one)
    end)(one))
    local _, d = weyl.jvp(function(x)
      local _, inner = weyl.jvp(function(y) return x + y end, one, one)
      return x * inner
    end, one, one)
    near(one, d)
    local _, mixed = weyl.jvp(function(x)
      return x * weyl.grad(function(y) return x * y end)(one)
    end, number(3), one)
    near(number(6), mixed)
  end)

  it("differentiates inner derivatives by outer variables", function()
    -- d/dx of d/dy (x y^2) at y = x is d/dx (2 x x) = 4 x
    local x = number(3)
    near(number(12), weyl.grad(function(a)
      return weyl.grad(function(y) return a * y * y end)(a)
    end)(x))
  end)

  it("keeps parameters of different levels apart", function()
    local p, q = weyl.param(number(2)), weyl.param(number(5))
    -- d/dp of (d/dq p^2 q^3)^1 = 2 p 3 q^2
    near(number(2 * 2 * 3 * 25), weyl.grad(function(outer)
      return weyl.grad(function(inner)
        return outer ^ 2 * inner ^ 3
      end)(q)
    end)(p))
    -- the same parameter at both levels: d2/dp2 p^3 = 6 p
    near(number(12), weyl.grad(function(outer)
      return weyl.grad(function(inner) return inner ^ 3 end)(outer)
    end)(p))
  end)

  it("trains through a gradient step", function()
    -- x' = x - r 2 x; d/dr (x')^2 = 2 x' (-2 x)
    local x = vector(1.5)
    near(number(2 * (1.5 - 0.1 * 3) * -3), weyl.grad(function(rate)
      local g = weyl.grad(function(v) return (v * v):sum() end)(x)
      return ((x - g * rate) ^ 2):sum()
    end)(number(0.1)))
  end)

  it("penalises a gradient", function()
    -- |d/dx sin(w x)|^2 = w^2 cos^2(w x), by w
    local w, x = 1.3, 0.7
    local want = 2 * w * math.cos(w * x) ^ 2
      - 2 * w ^ 2 * math.cos(w * x) * math.sin(w * x) * x
    near(number(want), weyl.grad(function(p)
      local g = weyl.grad(function(v) return (v * p):sin() end)(number(x))
      return g * g
    end)(number(w)))
  end)
end)

describe("looking at values inside", function()
  it("does not lose the path", function()
    local x = vector(1, 2, 3)
    local g = weyl.grad(function(v)
      local y = v * v
      y:eval()
      local z = y:exp()
      assert.near(math.exp(1), z[1]:item(), 1e-14)
      local _ = tostring(z)
      return (z * y):sum()
    end)(x)
    near((x * x):exp() * x * 2 * (x * x + 1), g, 1e-13)
  end)

  it("lets control flow depend on values", function()
    local function f(x)
      local y = x
      while y:item() < 100 do y = y * x end
      return y
    end
    near(number(7 * 2 ^ 6), weyl.grad(f)(number(2)))
    near(number(5 * 3 ^ 4), weyl.grad(f)(number(3)))
  end)

  it("works at every level of nesting", function()
    local f = function(x)
      local y = x ^ 4
      y:eval()
      return y * 1
    end
    local g = weyl.grad(function(x)
      local inner = weyl.grad(f)(x)
      assert.near(32, inner:item(), 1e-12)
      return inner
    end)
    near(number(48), g(number(2)))
  end)

  it("holds no memory afterwards", function()
    local x = weyl.ones({ 1000 })
    local function work()
      weyl.grad(function(v)
        local y = v
        for _ = 1, 50 do y = (y * 1.01):eval() end
        return y:sum()
      end)(x)
      collectgarbage()
      collectgarbage()
      return weyl.memory().buffers
    end
    work()
    local before = work()
    for _ = 1, 5 do work() end
    assert.equal(before, work())
  end)

  it("holds nothing for a value that escaped but the value", function()
    local x, escaped = weyl.ones({ 1 << 18 }):eval(), nil
    collectgarbage()
    local before = weyl.memory().buffers
    weyl.grad(function(v)
      escaped = (v * 2):eval():sum():eval()
      return v:sum()
    end)(x)
    collectgarbage()
    collectgarbage()
    assert.equal(1 << 19, escaped:item())
    assert.is_true(weyl.memory().buffers - before < 1 << 18)
  end)

  it("leaves values that escape usable", function()
    local escaped
    weyl.grad(function(v)
      escaped = v * 2
      return v:sum()
    end)(vector(1, 2))
    assert.same({ 2, 4 }, escaped:totable())
    -- but nothing flows through them any more
    near(vector(0, 0), weyl.grad(function(v)
      return escaped:sum() + v:sum() * 0
    end)(vector(1, 2)))
  end)
end)

describe("stop_gradient", function()
  it("holds a value constant at every level", function()
    local x = number(3)
    near(number(3), weyl.grad(function(v)
      return v * v:stop_gradient()
    end)(x))
    near(number(0), weyl.grad(weyl.grad(function(v)
      return v * v:stop_gradient()
    end))(x) * 0 + weyl.grad(function(v)
      return weyl.grad(function(u) return u * v:stop_gradient() end)(v)
    end)(x))
    local y, d = weyl.jvp(function(v)
      return v:stop_gradient() * 2
    end, x, number(1))
    near(number(6), y)
    near(number(0), d)
  end)
end)

describe("the state of parameters", function()
  local message = "a parameter cannot be changed inside the function that is "
    .. "being differentiated by it"
  local w

  before_each(function() w = weyl.param(vector(1, 2)) end)

  -- Nothing traces the parameter any more, and no transform is active.
  local function check_restored()
    w:set(vector(3, 4))
    assert.same({ 3, 4 }, w:totable())
    assert.same({ 6, 8 }, (w * 2):totable())
    local y = w * 2
    y:eval()
    assert.equal("evaluated: nothing to compute\n", weyl.graph(y))
    near(vector(6, 8), weyl.grad(function(m) return (m * m):sum() end)(w))
  end

  it("may not change inside", function()
    fails(message, function()
      weyl.grad(function(m)
        m:set(m * 2)
        return m:sum()
      end)(w)
    end)
    assert.same({ 1, 2 }, w:totable())
    check_restored()
  end)

  it("is restored after an error inside", function()
    local ok, why = pcall(weyl.grad(function() error("inside", 0) end), w)
    assert.same({ false, "inside" }, { ok, why })
    check_restored()
    local object = {}
    ok, why = pcall(weyl.vjp, function() error(object) end, w, w)
    assert.is_false(ok)
    assert.equal(object, why)
    check_restored()
    assert.is_false(pcall(weyl.jvp, function(m)
      return weyl.grad(function() return m:inv() end)(m)
    end, w, w))
    check_restored()
  end)

  it("is restored after a wrong result", function()
    assert.is_false(pcall(weyl.grad(function(m) return m end), w))
    check_restored()
    assert.is_false(pcall(weyl.grad(function() end), w))
    check_restored()
    assert.is_false(pcall(weyl.vjp, function(m) return m end, w, vector(1)))
    check_restored()
    assert.is_false(pcall(weyl.jvp, function() return 3 end, w, w))
    check_restored()
  end)

  it("is restored after an error while computing", function()
    local singular = weyl.zeros({ 2, 2 }, "f64")
    assert.is_false(pcall(weyl.grad(function(m)
      return singular:solve(m):sum()
    end), w))
    check_restored()
  end)

  it("is restored in a coroutine that is left alone", function()
    local co = coroutine.wrap(function()
      return weyl.grad(function(m) return m:sum() end)(w)
    end)
    near(vector(1, 1), co())
    check_restored()
  end)

  it("survives a model that grows inside", function()
    local model = { w = w }
    local g = weyl.grad(function(m)
      m.a = weyl.param(vector(9))
      m.cache = m.w * 2
      return (m.w * 3):sum()
    end)(model)
    near(vector(3, 3), g.w)
    assert.is_nil(g.a)
    check_restored()
  end)
end)

describe("messages of transforms", function()
  local x = vector(1, 2, 3)
  local function sum(v) return v:sum() end

  it("say what is wrong with the function", function()
    fails("grad: argument 'f' must be a function, got 3",
      function() weyl.grad(3) end)
    fails("value_and_grad: argument 'f' must be a function, got nil",
      function() weyl.value_and_grad(nil) end)
    fails("vjp: argument 'f' must be a function, got table",
      function() weyl.vjp({}, x, x) end)
    fails("jacobian: argument 'f' must be a function, got number",
      function() weyl.jacobian(3) end)
    fails("hessian: argument 'f' must be a function, got number",
      function() weyl.hessian(3) end)
    fails("hvp: argument 'f' must be a function, got number",
      function() weyl.hvp(3) end)
  end)

  it("say what is wrong with its argument", function()
    local expected = "argument 'first argument of the function' must be a "
      .. "floating-point tensor, a parameter or a table with some, got "
    fails("grad: argument 'first argument' must be given, got nothing",
      function() weyl.grad(sum)() end)
    fails("grad: " .. expected .. "3", function() weyl.grad(sum)(3) end)
    fails("grad: " .. expected .. "table", function() weyl.grad(sum) {} end)
    fails("value_and_grad: " .. expected .. "a tensor i64 [3]",
      function() weyl.value_and_grad(sum)(weyl.arange(3)) end)
    fails("jacobian: argument 'x' must be a tensor of dtype f32 or f64, got "
      .. "table", function() weyl.jacobian(sum) { x } end)
  end)

  it("say what is wrong with its result", function()
    fails("grad: argument 'result of the function' must be a real tensor of "
      .. "one element, got a tensor f64 [3]",
      function() weyl.grad(function(v) return v end)(x) end)
    fails("grad: argument 'result of the function' must be a real tensor of "
      .. "one element, got nothing",
      function() weyl.grad(function() end)(x) end)
    fails("grad: argument 'result of the function' must be a real tensor of "
      .. "one element, got a tensor c128 []",
      function() weyl.grad(function(v) return v:sum():to "c128" end)(x) end)
    fails("jvp: argument 'result of f' must be a tensor or a tree of them, "
      .. "got 3", function() weyl.jvp(function() return 3 end, x, x) end)
    fails("jacobian: the result of f must be a tensor of dtype f32 or f64, "
      .. "got number",
      function() weyl.jacobian(function() return 3 end)(x) end)
  end)

  it("say what is wrong with tangents and cotangents", function()
    local id = function(v) return v * 1 end
    fails("vjp: argument 'ct', tensor 1 must be f64 [3], got f32 [3]",
      function() weyl.vjp(id, x, weyl.ones { 3 }) end)
    fails("vjp: argument 'ct', tensor 1 must be f64 [3], got f64 [2]",
      function() weyl.vjp(id, x, vector(1, 2)) end)
    fails("vjp: argument 'ct' must have 1 tensors, got 0",
      function() weyl.vjp(id, x) end)
    fails("jvp: argument 't' must have 1 tensors, got 2",
      function() weyl.jvp(id, x, { x, x }) end)
  end)

  it("find a tree that contains itself", function()
    local loop = { x }
    loop.again = loop
    fails("tree: tables are nested deeper than 60 levels; does one contain "
      .. "itself?", function()
      weyl.grad(function(t) return t[1]:sum() end)(loop)
    end)
    fails("tree: tables are nested deeper than 60 levels; does one contain "
      .. "itself?", function() weyl.eval(loop) end)
  end)
end)
