-- sweep.lua: what more processes give, on this machine.
--
--   a sweep of 16 short trials by 1 and by 2 workers: time of the second as a
--   share of the first, start of the processes included;
--   data-parallel training by 1 and by 2 ranks of mpirun: time of a step on
--   the same batch.
--
-- Every figure is the least of some runs in turns: what else the machine does
-- only adds. The ideal beside it is what perfect sharing would give.

local clock = require "weyl.core".clock
local dist = require "weyl.dist"
local program = arg[-1] or "build/weyl"

local RUNS = 3

local TRIALS = [[
local weyl = require "weyl"
local folder, workers = arg[1], tonumber(arg[2])
local part = weyl.data.cosine()
weyl.sweep { name = "bench", output = folder, search = "random", trials = 16,
  space = { lr = weyl.sweep.log(1e-4, 1e-2), channels = { 32, 64 } },
  trial = function(p, context)
    return weyl.experiment { name = context.name, output = false,
      quiet = true, data = part, seeds = { context.seed }, lr = p.lr,
      epochs = 40, batch = 100, model = function()
        return weyl.nn.mlp { rep_in = part.rep_in, rep_out = part.rep_out,
          channels = p.channels }
      end }:run().summary.validation.mean
  end }:run { workers = workers, quiet = true }
]]

local STEPS = [[
local weyl = require "weyl"
local dist = weyl.dist
local clock = require "weyl.core".clock
local model = weyl.nn.mlp { inputs = 32, outputs = 8, channels = 256 }
local x, y = weyl.normal { 2048, 32 }, weyl.normal { 2048, 8 }
weyl.eval(x, y)
weyl.threads(1)
local step = dist.data_parallel(weyl.value_and_grad(function(m, a, b)
  return ((m(a) - b) ^ 2):mean()
end))
local adam, least = weyl.optim.adam { lr = 1e-3 }, math.huge
for _ = 1, 60 do
  dist.barrier()
  local start = clock()
  local _, grads = step(model, x, y)
  adam:step(model, grads)
  dist.barrier()
  least = math.min(least, clock() - start)
end
if dist.rank() == 0 then print(least) end
]]

local function write(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function row(name, value, ideal, bound)
  print(("%-50s %6.2f     (ideal %.2f%s)"):format(name, value, ideal,
    bound and ", " .. bound or ""))
end

-- Seconds of a sweep from nothing.
local function sweep_time(script, workers)
  local folder = os.tmpname()
  os.remove(folder)
  local start = clock()
  assert(os.execute(("%s %s %s %d"):format(program, script, folder, workers)))
  local seconds = clock() - start
  os.execute("rm -r " .. folder)
  return seconds
end

local function bench_sweep()
  local script, least = write(TRIALS), { math.huge, math.huge }
  for _ = 1, RUNS do
    for workers = 1, 2 do
      least[workers] = math.min(least[workers], sweep_time(script, workers))
    end
  end
  os.remove(script)
  print(("16 trials: %.2f s by 1 worker, %.2f s by 2"):format(least[1],
    least[2]))
  row("sweep: time by 2 workers / by 1", least[2] / least[1], 0.5,
    "at most 0.60")
end

-- Open MPI asks twice before it starts more ranks than cores, as root.
local function flags()
  local pipe = assert(io.popen "mpirun --version")
  local open = pipe:read "a":find "Open MPI"
  pipe:close()
  return open and "--allow-run-as-root --oversubscribe" or ""
end

local function step_time(script, ranks)
  local pipe = assert(io.popen(("mpirun %s -n %d %s %s"):format(flags(),
    ranks, program, script)))
  local seconds = pipe:read "n"
  assert(pipe:close(), "mpirun failed")
  return seconds
end

local function bench_ranks()
  if not (dist.available() and os.execute "command -v mpirun >/dev/null") then
    print "no mpirun, or weyl was built without MPI: nothing runs on ranks"
    return
  end
  local script, least = write(STEPS), { math.huge, math.huge }
  for _ = 1, RUNS do
    for ranks = 1, 2 do
      least[ranks] = math.min(least[ranks], step_time(script, ranks))
    end
  end
  os.remove(script)
  print(("a step on 2048 rows: %.2f ms by 1 rank, %.2f ms by 2"):format(
    least[1] * 1e3, least[2] * 1e3))
  row("data-parallel step: time by 2 ranks / by 1", least[2] / least[1], 0.5)
end

bench_sweep()
bench_ranks()
