-- dist_spec.lua: sums over ranks, training on ranks, and ranks that fail.

local helper = require "spec.helper"
local ranks = require "spec.dist.ranks"
local weyl = require "weyl"

local dist = weyl.dist

-- A spec where ranks can run, else one that says why they cannot.
local function on_ranks(name, f)
  if ranks.missing then
    pending(("%s (%s)"):format(name, ranks.missing))
  else
    it(name, f)
  end
end

describe("without mpirun", function()
  it("there is one rank, and sums are what they are of", function()
    assert.same({ 0, 1 }, { dist.rank(), dist.size() })
    local x = weyl.tensor { 1, 2 }
    local tree = dist.sum { a = x + 1, b = { weyl.tensor(3) }, c = "left" }
    assert.same({ 2, 3 }, tree.a:totable())
    assert.equal(3, tree.b[1]:item())
    assert.is_nil(tree.c)
    local p = weyl.param(x)
    assert.equal(p, dist.broadcast(p))
    assert.same({ 1, 2 }, p:totable())
    assert.equal("text\0", dist.share "text\0")
    dist.barrier()
    local f = weyl.value_and_grad(function(m) return m:sum() end)
    assert.equal(f, dist.data_parallel(f))
  end)

  it("sums keep every dtype and shape", function()
    local list = { weyl.tensor({ { 1, 2 } }, "f64"), weyl.tensor(3, "i64"),
      weyl.tensor({ 1 }, "c64"), weyl.tensor({ 2 }, "c128"),
      weyl.tensor { 4 }, weyl.zeros { 0, 3 } }
    for i, x in ipairs(dist.sum(list)) do
      assert.same({ list[i].dtype, list[i].shape }, { x.dtype, x.shape })
      assert.same(list[i]:totable(), x:totable())
    end
  end)

  it("explains wrong arguments", function()
    local function fails(pattern, f, ...)
      local args = table.pack(...)
      assert.error_matches(function()
        f(table.unpack(args, 1, args.n))
      end, pattern)
    end
    fails("dist.sum: argument 'tree' must be a tensor or a table of tensors, "
      .. "got 3", dist.sum, 3)
    fails("bool tensors have no sum over ranks", dist.sum, weyl.tensor(true))
    fails("dist.broadcast: argument 'model' must be a parameter or a table",
      dist.broadcast, weyl.tensor(3))
    fails("dist.share: argument 'text' must be a string on rank 0, got nil",
      dist.share)
    fails("dist.data_parallel: argument 'f' must be a function",
      dist.data_parallel, 3)
  end)

  it("says what srun did not do", function()
    local _, err = helper.shell("SLURM_STEP_NUM_TASKS=4 " .. helper.program
      .. [[ -e 'require("weyl").dist.rank()']])
    assert.matches("dist: srun started 4 tasks that do not know of each "
      .. "other; use srun %-%-mpi=pmix", err)
  end)

  it("says that weyl was built without MPI", function()
    local folder = helper.folder()
    local _, err = helper.shell(([[cp %s %s/weyl
      LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;;" LUA_CPATH=";;" \
        OMPI_COMM_WORLD_SIZE=4 \
        %s/weyl -e 'require("weyl").dist.size()']]):format(helper.program,
      folder, folder))
    helper.remove(folder)
    assert.matches("dist: 4 ranks were started, but weyl was built without "
      .. "MPI; install its headers", err)
  end)
end)

describe("ranks", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local function run(n, code)
    helper.write(folder .. "/s.lua", 'local weyl = require "weyl"\n'
      .. 'local dist = weyl.dist\nlocal rank, size = dist.rank(), dist.size()\n'
      .. code)
    return ranks.run(n, folder .. "/s.lua")
  end

  -- The lines that n ranks print, when all went well.
  local function lines(n, code)
    local out, err, status = run(n, code)
    assert.equal(0, status, err)
    return ranks.lines(out)
  end

  for _, n in ipairs { 2, 4 } do
    on_ranks(("sum in their order, on %d"):format(n), function()
      local exact, ordered = 0, 0
      for r = 0, n - 1 do exact = exact + (r + 1) ^ 2 end
      -- 1, 1e17 and -1e17 lose the one in any order but one
      local terms = { [2] = { 1, 1e17 }, [4] = { 1e17, -1e17, 1, 1 } }
      for _, x in ipairs(terms[n]) do ordered = ordered + x end
      local got = lines(n, ([[
        local x = weyl.tensor({ (rank + 1) ^ 2, ({ %s })[rank + 1] }, "f64")
        local s = dist.sum { x, weyl.tensor { rank + 1 }, weyl.tensor(rank,
          "i64"), weyl.complex(weyl.tensor { 1 }, weyl.tensor { rank }) }
        local a, b = table.unpack(s[1]:totable())
        local z = s[4]:totable()[1]
        print(("%%.17g %%.17g %%g %%d %%g %%g %%d"):format(a, b, s[2]:item(),
          s[3]:item(), z[1], z[2], weyl.threads()))]]):format(
        table.concat(terms[n], ", ")))
      local text = ("%.17g %.17g %g %d %g %g 1"):format(exact, ordered,
        n * (n + 1) / 2, n * (n - 1) // 2, n, n * (n - 1) / 2)
      for i = 1, n do assert.equal(text, got[i]) end
      assert.equal(n, #got)
    end)

    -- Rows 1 ... 7 or 3 (a rank of four then has none). Bound: a mean over b
    -- rows of 2 outputs, in another order, differs by at most
    -- 2 (2 b + n) 2^-24 times the mean size of its terms, and the terms
    -- themselves, of products over at most 16 features, by 2 * 16 * 2^-24 of
    -- theirs; sizes here are below 10.
    on_ranks(("share the rows of a batch, on %d"):format(n), function()
      local got = lines(n, [[
        local nn = weyl.nn
        local model = nn.mlp { inputs = 5, outputs = 2, channels = 16 }
        if rank > 0 then model[1].weight:set(model[1].weight * 3) end
        dist.broadcast(model)
        local f = weyl.value_and_grad(function(m, x, y)
          return ((m(x) - y) ^ 2):mean(), (m(x) - y):abs():mean()
        end)
        local shared, worst = dist.data_parallel(f), 0
        for _, b in ipairs { 7, 3 } do
          local x, y = weyl.normal { b, 5 }, weyl.normal { b, 2 }
          local l, g, e = f(model, x, y)
          local pl, pg, pe = shared(model, x, y)
          local a = weyl.tree.leaves { l, g, e }
          for i, t in ipairs(weyl.tree.leaves { pl, pg, pe }) do
            worst = math.max(worst, (a[i] - t):abs():max():item())
          end
        end
        local bound = 10 * (2 * (2 * 7 + size) + 32) * 2 ^ -24
        print(worst <= bound, #weyl.tree.leaves(model) > 0)]])
      for i = 1, n do assert.equal("true\ttrue", got[i]) end
      assert.equal(n, #got)
    end)
  end

  -- In f64 a step's rounding is about 2^-53 times the number of terms, a few
  -- hundred; ten epochs of four steps carry it on, far below 1e-10.
  local TRAIN = [[
    local part = { x = weyl.normal({ 70, 3 }, 0, 1, "f64"):eval() }
    part.y = part.x:square():sum(2, true):eval()
    local r = weyl.experiment { name = "t", data = { name = "d",
      train = part, validation = part }, model = function()
        return weyl.nn.mlp { inputs = 3, outputs = 1, channels = 8,
          dtype = "f64" }
      end, weight_decay = 1e-3, epochs = 10, batch = 20, lr = 1e-2,
      augment = function(x, y)
        return x + weyl.normal(x.shape, 0, 0.1, "f64"), y
      end, every = 1, data_parallel = true, output = "FOLDER",
      quiet = true }:run()
    local out = {}
    for i, row in ipairs(r.seeds[1].history) do
      out[i] = ("%.17g %.17g"):format(row.loss, row.validation)
    end
    print(table.concat(out, " "))]]

  on_ranks("train as one process on the joint batch #slow", function()
    local code = TRAIN:gsub("FOLDER", folder .. "/runs")
    local one = lines(1, code)[1]
    for _, n in ipairs { 2, 4 } do
      local got = lines(n, code)
      assert.equal(n, #got)
      for i = 2, n do assert.equal(got[1], got[i]) end -- to the last bit
      local next_number = got[1]:gmatch "%S+"
      for text in one:gmatch "%S+" do
        local a, b = tonumber(text), tonumber(next_number())
        assert.near(a, b, 1e-10 * math.abs(a))
      end
      assert.same(got, lines(n, code)) -- and again
    end
    -- one folder a run: rank 0 writes
    local folders = helper.shell("ls -d " .. folder .. "/runs/*/")
    assert.equal(5, select(2, folders:gsub("\n", "")))
  end)

  on_ranks("go on from checkpoints with the same bits #slow", function()
    local code = TRAIN:gsub("FOLDER", folder .. "/runs")
    local whole = lines(2, code)
    code = code:gsub("quiet = true", ([[quiet = true, resume = true,
      checkpoint = { every = 2 }, on_record = function(_, row)
        if row.epoch == 7 and not io.open "FOLDER/go" then error "stop" end
      end]]):gsub("FOLDER", folder))
    local out, err, status = run(2, code)
    assert.equal("", out)
    assert.is_true(status ~= 0 and status ~= 124)
    assert.matches(": stop\n", err)
    helper.write(folder .. "/go", "")
    assert.same(whole, lines(2, code))
    assert.matches('"resumed": 1', helper.read(folder
      .. "/runs/t-1.2/environment.json"))
  end)

  on_ranks("share texts and parameters of rank 0, and wait", function()
    assert.same({ "a\tb 1.0", "a\tb 1.0" }, lines(2, [[
      local p = weyl.param(weyl.tensor { rank + 1 })
      dist.broadcast { p }
      dist.barrier()
      print(dist.share(rank == 0 and "a\tb" or nil) .. " " .. p:item())]]))
  end)

  on_ranks("stop when one of them fails #slow", function()
    for _, wait in ipairs { "dist.sum(weyl.tensor(1))", "" } do
      local _, err, status = run(3, ([[
        if rank == 1 then error "no one" end
        %s]]):format(wait))
      assert.is_true(status ~= 0 and status ~= 124)
      assert.matches("s.lua:4: no one\n", err)
    end
  end)

  on_ranks("explain batches that cannot be shared", function()
    local _, err = run(2, [[
      local f = dist.data_parallel(function() end)
      for _, batch in ipairs { { 3 }, {}, { weyl.zeros { 2 },
        weyl.zeros { 3 } }, { weyl.zeros { 0, 2 } } } do
        local ok, message = pcall(f, {}, table.unpack(batch))
        io.stderr:write(message, "\n")
      end]])
    assert.matches("'batch 1' must be a tensor with rows, got 3", err)
    assert.matches("'batch' must be at least one tensor with rows, got nil",
      err)
    assert.matches("the parts of a batch have 2 and 3 rows", err)
    assert.matches("at least one tensor with rows, got a tensor f32 %[0, 2%]",
      err)
  end)
end)
