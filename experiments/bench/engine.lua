-- engine.lua: what the engine costs over plain C, on one thread.
--
-- Every line is a ratio or a cost measured within this run; the two sides of
-- a ratio take turns, so that a machine whose speed drifts slows both.
--   (a) a training step of a small network against the same step in C
--   (b) recording an operation from Lua; a small operation there and back
--   (d) ten fused elementwise operations against a copy of the same floats

local weyl = require "weyl"
local dir = arg[0]:match "^(.*)[/\\]" or "."
package.cpath = dir .. "/../../build/bench/?.so;" .. package.cpath
local yardstick = require "yardstick"

weyl.threads(1)

-- Seconds per call of f, over n calls.
local function per_call(n, f)
  local start = yardstick.now()
  for _ = 1, n do f() end
  return (yardstick.now() - start) / n
end

-- The best of `rounds` of each function, taken in turns.
local function best(rounds, ...)
  local results = {}
  for _ = 1, rounds do
    for i, f in ipairs { ... } do
      results[i] = math.min(results[i] or math.huge, f())
    end
  end
  return table.unpack(results)
end

local function report(what, value, unit, bound)
  print(("%-58s %8.2f %-3s (at most %.2f)"):format(what, value, unit, bound))
end

-- ---- (a) 16-64-64-1 tanh network, batch 64, Adam ----

local function layer(inputs, outputs)
  return {
    weight = weyl.param(weyl.normal({ outputs, inputs }, 0, inputs ^ -0.5)),
    bias = weyl.param(weyl.zeros(outputs)),
  }
end

local function linear(l, x)
  return x:matmul(l.weight:transpose()) + l.bias
end

local model = { layer(16, 64), layer(64, 64), layer(64, 1) }
local x = weyl.normal({ 64, 16 }):eval()
local y = weyl.normal({ 64, 1 }):eval()
local optimizer = weyl.optim.adam { lr = 1e-3 }

local gradient = weyl.value_and_grad(function(m)
  local h = linear(m[1], x):tanh()
  h = linear(m[2], h):tanh()
  return ((linear(m[3], h) - y) ^ 2):mean()
end)

local function step()
  local _, grads = gradient(model)
  optimizer:step(model, grads)
end

local STEPS = 500
local ours, c = best(20, function() return per_call(STEPS, step) end,
  function() return yardstick.mlp(STEPS) / STEPS end)
print(("network step: weyl %.1f us, C %.1f us"):format(ours * 1e6, c * 1e6))
report("(a) step of a 16-64-64-1 network / the same in C", ours / c, "", 1.6)

-- ---- (b) operations on 16 floats ----

local a, b = weyl.normal({ 16 }):eval(), weyl.normal({ 16 }):eval()
local COUNT = 100000
local record = best(10, function()
  return per_call(COUNT, function() return a + b end)
end) - best(10, function() return per_call(COUNT, function() return a end) end)
report("(b) recording one operation from Lua", record * 1e6, "us", 0.25)

local DEPTH = 40
local there_and_back = weyl.grad(function(v)
  local h = v
  for _ = 1, DEPTH / 2 do h = h * b + v end
  return h:sum()
end)
local both = best(10, function()
  return per_call(1000, function() there_and_back(a) end) / (DEPTH + 1)
end)
report("(b) one small operation, forward and backward", both * 1e6, "us", 1)

-- ---- (d) a chain of ten on 10^7 floats ----

local N = 10000000
local big = weyl.normal({ N }):eval()
local p, q = weyl.tensor(0.5), weyl.tensor(1.5)

local function chain(v)
  return ((((((((v * p + q) * v - p) * p) + v) * q) - v) * p) + q)
end

local function run_chain()
  local result
  local t = per_call(1, function() result = chain(big):eval() end)
  result:free()
  return t
end

local fused, copied = best(10, run_chain,
  function() return yardstick.copy(N) end)
print(("chain: weyl %.2f ms, copy %.2f ms"):format(fused * 1e3, copied * 1e3))
report("(d) ten fused operations / a copy", fused / copied, "", 1.5)
