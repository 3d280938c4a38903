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

-- The least time of one call of each function, in turns, in seconds.
local function least(calls)
  local best = {}
  for i, f in ipairs(calls) do
    f()
    f()
    best[i] = math.huge
  end
  for _ = 1, 60 do
    for i, f in ipairs(calls) do
      local start = yardstick.now()
      f()
      best[i] = math.min(best[i], yardstick.now() - start)
    end
  end
  return table.unpack(best)
end

local rate = 0
for _ = 1, 60 do rate = math.max(rate, yardstick.sgemm(512)) end

local _, gradients = plain(model)
weyl.eval(gradients)
local forward, bare, bare_step, full, proximal, moved = least {
  function() model(x):eval() end,
  function()
    local _, g = plain(model)
    weyl.eval(g)
  end,
  function() step(plain) end, function() step(penalised) end,
  function() levels:after_step(model, optimizer) end,
  function() optimizer:step(model, gradients) end,
}

-- One update of the evidence tuner, and the training that it interrupts.
local tuner = reg.evidence {}
local run = { o = { data = data, weight_decay = 0 }, model = model,
  error = function(_, part)
    return ((model(part.x) - part.y) ^ 2):mean():item()
  end }
tuner:begin(levels, run)
local start = yardstick.now()
tuner:update(tuner.every, levels, run)
local update = yardstick.now() - start
local between = tuner.every * (#data.train.x // BATCH) * (bare_step + proximal)

print(("step %.2f ms, without penalties %.2f ms; %.0f Mflop; sgemm %.1f "
  .. "GFLOP/s"):format(full * 1e3, bare_step * 1e3, flops * 1e-6,
  rate * 1e-9))
print(("%.0f steps a second with penalties in the gradient, %.0f with "
  .. "proximal steps"):format(1 / full, 1 / (bare_step + proximal)))
print(("shares of the step: forward %.2f, backward %.2f, optimizer %.2f, "
  .. "penalties %.2f"):format(forward / full, (bare - forward) / full,
  moved / full, (full - bare_step) / full))

local function row(name, value, form, bound)
  print(("%-58s %8s     (%s)"):format(name, form:format(value), bound))
end

row("(c) rate of the penalised step / sgemm", flops / full / rate, "%.2f",
  "at least 0.40")
row("(c) what the penalties add to the step", full / bare_step - 1, "%.3f",
  "at most 0.050")
row("(c) what proximal steps add to the step", proximal / bare_step, "%.3f",
  "at most 0.250")
row("(c) update by evidence / training it interrupts", update / between,
  "%.2f", "at most 1.00")
