-- oom.lua: every single allocation fails once.
--
-- Each scenario runs again and again while its n-th allocation is refused,
-- n = 1, 2, ... until it gets through. Each time the error must be a catchable
-- one that speaks of memory, and afterwards all that the scenario used must
-- have been given back.
--
-- Under `weyl` Lua's own allocations take part. Under a stock Lua only the
-- engine's are counted; there a second round refuses all later ones too (Lua
-- itself cannot call finalizers when it gets no memory at all, and what they
-- would have freed is lost).

local core = require "weyl.core"
local weyl = require "weyl"

local ENGINE_ONLY = package.preload["weyl.core"] == nil
-- Bytes that may stay: malloc rounds up one time and not another; Lua's own
-- heap grows a little with every new string.
local SLACK = ENGINE_ONLY and 64 or 64 << 10
local LIMIT = 20000 -- allocations of one scenario

local function mlp()
  local p = { weyl.param(weyl.normal { 4, 3 }), weyl.param(weyl.normal { 4 }) }
  local x = weyl.normal { 5, 3 }
  local f = weyl.value_and_grad(function(q)
    return (x:matmul(q[1]:transpose()) + q[2]):tanh():square():mean()
  end)
  local value = f(p)
  p[1]:set(p[1] * 0.5)
  return value:item()
end

local function curvature()
  local x = weyl.uniform({ 3 }, 0.5, 2, "f64")
  local g = weyl.grad(function(v)
    return weyl.grad(function(u) return u:exp():log1p():sum() end)(v):sum()
  end)
  return g(x):totable()
end

local rotations = weyl.group.SO(3)

local scenarios = {
  { "create", function()
    local t = weyl.tensor({ { 1, 2 }, { 3, 4 } }, "f64")
    return weyl.stack({ t, weyl.zeros({ 2, 2 }, "f64") }):totable()
  end },
  { "elementwise", function()
    local x = weyl.arange(100):to "f32"
    local y = (x * 2 + 1):sqrt() - x / 3
    return x:gt(10):where(x, y):sum():item()
  end },
  { "index", function()
    local x = weyl.arange(24):reshape { 4, 6 }
    local i = weyl.tensor({ 3, 1 }, "i64")
    return x:take(i)[{ 1, { 2, -1, 2 } }]:totable(), x:sort(2)
  end },
  { "random", function()
    weyl.seed(3)
    return weyl.normal({ 8 }, 0, 1, "f32", "oom"):totable(),
      weyl.permutation(9):totable(), weyl.orthogonal(3):totable()
  end },
  { "reduce", function()
    local x = weyl.normal { 6, 5 }
    return x:softmax(2):totable(), x:var(1):totable(), x:cumsum(1):totable()
  end },
  { "gradient", mlp },
  { "second derivative", curvature },
  { "derivatives along", function()
    local f = function(x) return { y = x:sin(), z = x:sum() } end
    local x = weyl.normal { 3 }
    weyl.jvp(f, x, weyl.ones { 3 })
    weyl.vjp(f, x, { y = weyl.ones { 3 }, z = weyl.ones {} })
  end },
  { "linear algebra", function()
    local a = weyl.normal({ 4, 4 }, 0, 1, "f64")
    local s = a:matmul(a:transpose()) + weyl.eye(4, 4, "f64")
    return s:inv():totable(), s:cholesky():totable(), s:det():item(),
      weyl.svd(a), weyl.eigh(s), weyl.qr(a), a:expm():totable(),
      s:logm():totable(), s:pinv():totable()
  end },
  { "einsum", function()
    local x = weyl.normal { 2, 3, 4 }
    return weyl.einsum("abc,abd->cd", { x, x }):totable()
  end },
  { "trees", function()
    local tree = { a = weyl.ones { 2 }, b = { weyl.zeros { 3 } } }
    local twice = weyl.tree.map(function(t) return t * 2 end, tree)
    return #weyl.tree.leaves(twice), weyl.eval(twice)
  end },
  { "print", function()
    return tostring(weyl.arange(2000):reshape { 2, 20, 50 }),
      weyl.graph(weyl.ones { 3 } + 1)
  end },
  { "optimizer", function()
    local p = { weyl.param(weyl.ones { 3 }), weyl.param(weyl.ones { 2 }) }
    local g = { weyl.ones { 3 }, weyl.ones { 2 } }
    local adam = weyl.optim.adam { lr = 0.1 }
    adam:step(p, g):step(p, g)
    return p[1]:value():totable(), adam:state(), adam:rates()
  end },
  { "files", function()
    local safetensors = require "weyl.data.safetensors"
    local path = os.tmpname()
    local ok, message = pcall(function()
      safetensors.write(path, { a = weyl.ones { 3 }, b = weyl.arange(2) },
        { k = "v" })
      return safetensors.read(path).a:totable()
    end)
    os.remove(path)
    if not ok then error(message, 0) end
  end },
  { "groups", function()
    core.symmetry.trim()
    local V, g = weyl.rep.V, weyl.group.O(2):embed(3, { 1, 2 })
    local basis = g:basis(V, V ^ 2)
    return basis:elements():totable(), (V ^ 2):rho(g:sample()),
      basis:projector()(weyl.ones { 9, 3 }):totable()
  end },
  { "bases", function()
    core.symmetry.trim()
    local group, rep, V = weyl.group, weyl.rep, weyl.rep.V
    local both = group.union { group.SO(2):embed(4, { 1, 2 }),
      group.S(2):embed(4, { 3, 4 }) }
    return group.S(3):dim(V ^ 3), both:dim(rep.axes(1, 2) * rep.axes(3, 4)),
      group.S(6):basis(V ^ 2, V ^ 2):projector()(weyl.ones { 36, 36 })
        :totable()
  end },
  { "large bases", function()
    core.symmetry.trim()
    return core.symmetry.dim({ rotations.raw }, { { mult = 1, rank = 0,
      duals = 0 } }, { { mult = 1, rank = 7, duals = 0 } })
  end },
  { "regularizer", function()
    core.symmetry.trim()
    local V = weyl.rep.V
    local groups = { weyl.group.O(3), weyl.group.O(2):embed(3, { 1, 2 }) }
    local model = weyl.nn.emlp { rep_in = V, rep_out = V, channels = 4,
      depth = 1, group = groups[1], soft = true }
    local levels = weyl.reg.mixed(model, groups, { strengths = { 0, 1 } })
    local f = weyl.value_and_grad(function() return levels:penalty() end)
    return f(model), levels:regularizers()
  end },
  { "errors", function()
    local x = weyl.ones { 2, 3 }
    for _, bad in ipairs { "x", {}, false } do pcall(weyl.matmul, x, bad) end
    pcall(function() return x + weyl.ones { 4 } end)
    return x[1]:totable()
  end },
}

-- Bytes in use once all garbage and all caches are gone. The same small call
-- always comes last, so that what the engine holds on to is the same too.
local function in_use()
  weyl.ones { 1 }
  collectgarbage()
  collectgarbage()
  core.trim()
  local m = core.memory()
  return m.live, m.buffers, m.pending
end

local function complain(name, n, what, ...)
  error(("%s, allocation %d: %s"):format(name, n, what:format(...)), 0)
end

-- What was lost stays lost, while malloc's rounding differs from run to run:
-- the least of a few measurements counts.
local function check_given_back(name, n, before, f)
  local live, buffers, pending = in_use()
  for _ = 1, 4 do
    if live - before[1] <= SLACK then break end
    f()
    live = math.min(live, (in_use()))
  end
  if buffers ~= before[2] or pending ~= before[3] then
    complain(name, n, "%d bytes of tensors and %d nodes stay",
      buffers - before[2], pending - before[3])
  end
  if live - before[1] > SLACK then
    complain(name, n, "%d bytes stay", live - before[1])
  end
end

-- Returns the number of allocations that were refused in turn.
local function sweep(name, f, persistent)
  f()
  f()
  local before = { in_use() }
  for n = 1, LIMIT do
    core.fail_at(n, persistent)
    local ok, why = pcall(f)
    if ok then why = nil end -- a result would count as in use
    local hit = core.fault_hit()
    core.fail_at(0)
    if not ok and not (hit and tostring(why):find "memory") then
      complain(name, n, "unexpected error: %s", tostring(why))
    end
    check_given_back(name, n, before, f)
    if not hit then return n - 1 end
  end
  complain(name, LIMIT, "still allocating")
end

for _, scenario in ipairs(scenarios) do
  local name, f = scenario[1], scenario[2]
  local report = ("%-20s %4d single"):format(name, sweep(name, f, false))
  if ENGINE_ONLY then
    report = ("%s, %4d persistent"):format(report, sweep(name, f, true))
  end
  print(report .. " refusals")
end
