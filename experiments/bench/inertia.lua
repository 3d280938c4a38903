-- inertia.lua: the training step of the inertia study (Kim et al., ICML 2023)
-- against the machine's own matrix product, on one thread.
--
--   (c) 500 examples, 128 channels, f32, four candidate groups of which three
--       are penalised: floating-point operations of linear and bilinear
--       layers per second of a whole step, as a share of a square sgemm; and
--       what the penalties add to the step.
--
-- A layer with w multiply-adds per example costs 2 w forward and 4 w backward
-- (2 w where no gradient of the input is needed: the first layer).

local weyl = require "weyl"
local dir = arg[0]:match "^(.*)[/\\]" or "."
package.cpath = dir .. "/../../build/bench/?.so;" .. package.cpath
local yardstick = require "yardstick"
local group, nn, reg = weyl.group, weyl.nn, weyl.reg

weyl.threads(1)
local BATCH = 500

local data = weyl.data.inertia { axis = 3, noise = -1 }
local groups = { group.O(3), group.O(2):embed(3, { 1, 2 }),
  group.O(2):embed(3, { 2, 3 }), group.O(2):embed(3, { 1, 3 }) }
local model = nn.emlp { rep_in = data.rep_in, rep_out = data.rep_out,
  channels = 128, depth = 3, group = groups[1], soft = true }
local levels = reg.mixed(model, groups, { strengths = { 0, 100, 100, 100 } })
local optimizer = weyl.optim.adam { lr = 1e-3 }
local x = weyl.normal({ BATCH, 20 }):eval()
local y = weyl.normal({ BATCH, 9 }):eval()

local plain = weyl.value_and_grad(function(m)
  return ((m(x) - y) ^ 2):mean()
end)
local penalised = weyl.value_and_grad(function(m)
  return ((m(x) - y) ^ 2):mean() + levels:penalty()
end)

local function step(gradient)
  local _, grads = gradient(model)
  optimizer:step(model, grads)
end

-- Multiply-adds per example of the bilinear map as it is contracted: every
-- block of rank b from rank a with n copies X of rank a + b costs n copies of
-- the side with fewer features times 3^(a + b), and its weights times 3 to
-- the rank they meet.
local function bilinear_work(mult)
  local work = 0
  for b = 0, #mult - 1 do
    for a = 0, #mult - 1 - b do
      local r = a + b
      if r > 0 then
        local n = math.min(mult[r + 1], math.tointeger(3 ^ r))
        local mb, ma = mult[b + 1], mult[a + 1]
        local few, met = math.min(ma, mb), mb <= ma and a or b
        work = work + n * few * 3 ^ r + n * ma * mb * 3 ^ met
      end
    end
  end
  return work
end

local work, first = 0, true
for _, layer in ipairs(model:layers()) do
  local size = layer.weight.size
  work = work + size * (first and 4 or 6)
  first = false
end
work = work + 3 * 6 * bilinear_work { 54 + 26, 18, 6, 2 }
local flops = work * BATCH

local function seconds(gradient, n)
  local start = yardstick.now()
  for _ = 1, n do step(gradient) end
  return (yardstick.now() - start) / n
end

local bare, full, rate = math.huge, math.huge, 0
seconds(plain, 3)
seconds(penalised, 3)
for _ = 1, 100 do
  bare = math.min(bare, seconds(plain, 1))
  full = math.min(full, seconds(penalised, 1))
  rate = math.max(rate, yardstick.sgemm(512))
end

print(("step %.2f ms, without penalties %.2f ms; %.0f Mflop; sgemm %.1f "
  .. "GFLOP/s"):format(full * 1e3, bare * 1e3, flops * 1e-6, rate * 1e-9))
print(("%-58s %8.2f %-3s (at least 0.40)"):format(
  "(c) rate of the penalised step / sgemm", flops / full / rate, ""))
print(("%-58s %8.3f %-3s (at most 0.050)"):format(
  "(c) what the penalties add to the step", full / bare - 1, ""))
