-- loader_spec.lua: data.loader: every row once a pass, splits, scalings,
-- going on within a pass, data on disk.

local checkpoint = require "weyl.experiment.checkpoint"
local helper = require "spec.helper"
local weyl = require "weyl"

local data, says = weyl.data, helper.says

local folder
setup(function() folder = helper.folder() end)
teardown(function() helper.remove(folder) end)

local N = 103

-- Rows that say their number.
local function rows(n)
  local i = weyl.arange(n or N):to "f32"
  return { x = weyl.stack({ i, i * 2 }, 2):eval(),
    y = (i * 3):reshape(n or N, 1):eval() }
end

local function gather(iterator)
  local list, sizes = {}, {}
  for x, y in iterator do
    sizes[#sizes + 1] = #x
    for i, row in ipairs(x:totable()) do
      assert.equal(row[1] * 3, y[i]:item())
      assert.equal(row[1] * 2, row[2])
      list[#list + 1] = row[1] // 1
    end
  end
  return list, sizes
end

local function sorted(list)
  local out = table.move(list, 1, #list, 1, {})
  table.sort(out)
  return out
end

local function range(n)
  local out = {}
  for i = 1, n do out[i] = i * 1.0 end
  return out
end

describe("batches of a loader", function()
  it("have every row once, in a new order each pass", function()
    weyl.seed(4)
    local l = data.loader { data = rows(), batch = 10 }
    local first, sizes = gather(l:batches())
    assert.same(range(N), sorted(first))
    assert.same({ 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 3 }, sizes)
    local second = gather(l:batches())
    assert.same(range(N), sorted(second))
    assert.are_not.same(first, second)
    weyl.seed(4)
    assert.same(first, (gather(data.loader { data = rows(), batch = 7 }
      :batches())))
  end)

  it("come in order without shuffle, and whole with drop_last", function()
    local list, sizes = gather(data.loader { data = rows(), batch = 25,
      shuffle = false, drop_last = true }:batches())
    assert.same(range(100), list)
    assert.same({ 25, 25, 25, 25 }, sizes)
  end)

  it("leave other streams as they were", function()
    weyl.seed(4)
    local l = data.loader { data = rows(), batch = 10, stream = "other",
      split = { train = 0.5, test = 0.5 } }
    gather(l:batches())
    local after = weyl.normal({ 2 }):totable()
    weyl.seed(4)
    assert.same(weyl.normal({ 2 }):totable(), after)
  end)
end)

describe("a split", function()
  it("has its shares, the same in every run", function()
    local split = { train = 0.7, validation = 0.2, test = 0.1 }
    weyl.seed(1)
    local a = data.loader { data = rows(), batch = 50, split = split }:set()
    weyl.seed(2)
    local b = data.loader { data = rows(), batch = 9, split = split }:set()
    local all = {}
    for name, n in pairs { train = 72, validation = 21, test = 10 } do
      assert.equal(n, #a[name].x)
      assert.same(a[name].x:totable(), b[name].x:totable())
      for _, row in ipairs(a[name].x:totable()) do all[#all + 1] = row[1] end
    end
    assert.same(range(N), sorted(all))
    local c = data.loader { data = rows(), batch = 9, split = split,
      seed = 2 }:set()
    assert.are_not.same(a.test.x:totable(), c.test.x:totable())
  end)

  it("gives every class its share when it is stratified", function()
    local y = {}
    for i = 1, 200 do y[i] = i <= 20 and 7 or i <= 60 and -1 or 3 end
    local codes = weyl.tensor(y, "i64")
    local hot = codes:reshape(200, 1):eq(weyl.tensor({ -1, 3, 7 }, "i64"))
      :to "f32"
    for _, target in ipairs { codes, hot } do
      local set = data.loader { data = { x = weyl.ones { 200, 1 },
        y = target }, batch = 10, stratify = true,
        split = { train = 0.5, validation = 0.25, test = 0.25 } }:set()
      for name, want in pairs { train = { 20, 70, 10 },
        validation = { 10, 35, 5 }, test = { 10, 35, 5 } } do
        local part = set[name].y
        if part.rank == 1 then
          part = part:reshape(#part, 1):eq(weyl.tensor({ -1, 3, 7 }, "i64"))
        end
        assert.same(want, part:to "i64":sum(1):totable())
      end
    end
  end)
end)

describe("a scaling", function()
  local function set()
    weyl.seed(9)
    return { x = (weyl.normal({ 500, 3 }) * 4 + 10):eval(),
      y = weyl.uniform({ 500, 1 }, -5, 20):eval() }
  end

  local function near(want, got)
    assert.is_true((want - got):abs():max():item() < 1e-4)
  end

  it("is fitted on the training rows and undone", function()
    local raw = set()
    local l = data.loader { data = { x = raw.x, y = raw.y }, batch = 500,
      split = { train = 0.6, validation = 0.4 }, shuffle = false,
      normalise = { x = "standard", y = "range" } }
    local parts = l:set()
    near(weyl.zeros { 3 }, parts.train.x:mean(1))
    near(weyl.ones { 3 }, parts.train.x:square():mean(1))
    near(weyl.zeros { 1 }, parts.train.y:min(1))
    near(weyl.ones { 1 }, parts.train.y:max(1))
    assert.is_true(parts.validation.x:mean(1):abs():max():item() > 1e-3)
    near(raw.x, l.scales.x:invert(l.scales.x:apply(raw.x)))
    near(raw.y, l.scales.y:invert(l.scales.y:apply(raw.y)))
    local again = data.scale(l.scales.x:state())
    assert.same(l.scales.x:apply(raw.x):totable(),
      again:apply(raw.x):totable())
    local new = data.loader { data = { x = raw.x, y = raw.y }, batch = 500,
      normalise = { x = again }, shuffle = false }
    assert.same(l.scales.x:apply(raw.x):totable(),
      (new:batches()()):totable())
  end)

  it("of kind rms has one unit for all entries", function()
    local raw = set()
    local l = data.loader { data = { x = raw.x, y = raw.y }, batch = 9,
      normalise = { x = "rms" } }
    local x = l:set().train.x
    assert.is_true(math.abs(x:square():mean():item() - 1) < 1e-5)
    near(raw.x / raw.x[{ 1, 1 }], x / x[{ 1, 1 }])
  end)

  it("leaves constant columns and refuses NaN", function()
    local part = { x = weyl.ones { 5, 2 }, y = weyl.ones { 5, 1 } }
    local l = data.loader { data = part, batch = 5, normalise = "standard" }
    assert.same({ 0, 0 }, l:set().train.x[1]:totable())
    part.x = weyl.tensor { { 1 }, { 0 / 0 }, { 2 }, { 3 }, { 4 } }
    says("loader: x has NaN or Inf entries; the method complete() of a frame "
      .. "leaves such rows out", function()
      data.loader { data = part, batch = 5, normalise = "standard" }
    end)
  end)
end)

-- ---- on disk ----

local function on_disk(n)
  local part = rows(n)
  data.save_npy(folder .. "/x.npy", part.x)
  data.save_npy(folder .. "/y.npy", part.y)
  return { x = folder .. "/x.npy", y = folder .. "/y.npy" }
end

local function as_table(n)
  local part = rows(n)
  data.save_csv(folder .. "/t.csv", weyl.concat({ part.x, part.y }, 2),
    { names = { "a", "b", "y" } })
  return { csv = folder .. "/t.csv", y = "y" }
end

describe("data on disk", function()
  it("give every row once, across windows", function()
    for _, make in ipairs { on_disk, as_table } do
      weyl.seed(4)
      local l = data.loader { data = make(N), batch = 10, window = 16 }
      local first, sizes = gather(l:batches())
      assert.same(range(N), sorted(first))
      assert.same({ 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 3 }, sizes)
      assert.are_not.same(range(N), first)
      assert.are_not.same(first, (gather(l:batches())))
      local l2 = data.loader { data = make(N), batch = 10, window = 16,
        shuffle = false }
      assert.same(range(N), (gather(l2:batches())))
    end
  end)

  it("are split alike however they are read", function()
    local split = { train = 0.6, validation = 0.2, test = 0.2 }
    local seen
    for _, make in ipairs { on_disk, as_table } do
      local l = data.loader { data = make(1000), batch = 10, window = 64,
        split = split }
      local got, all = {}, {}
      for _, name in ipairs { "train", "validation", "test" } do
        got[name] = sorted((gather(l:batches(name))))
        table.move(got[name], 1, #got[name], #all + 1, all)
      end
      assert.same(range(1000), sorted(all))
      assert.is_true(math.abs(#got.train - 600) < 60)
      assert.is_true(math.abs(#got.test - 200) < 50)
      seen = seen or got
      assert.same(seen, got)
    end
  end)

  it("are scaled as in memory", function()
    local a = data.loader { data = rows(1000), batch = 10,
      normalise = "standard" }
    local b = data.loader { data = on_disk(1000), batch = 10, window = 64,
      normalise = "standard" }
    for _, name in ipairs { "x", "y" } do
      for _, field in ipairs { "shift", "unit" } do
        local u, v = a.scales[name][field], b.scales[name][field]
        assert.is_true(((u - v):abs() / u):max():item() < 1e-12)
      end
    end
  end)

  it("are read by rows from IDX and HDF5 files too", function()
    local x = weyl.arange(60):reshape { 20, 3 }
    data.save_idx(folder .. "/x.idx", x)
    data.save_idx(folder .. "/y.idx", weyl.arange(20))
    local sum = 0
    for a, b in data.loader { data = { x = folder .. "/x.idx",
      y = folder .. "/y.idx" }, batch = 3, window = 7 }:batches() do
      assert.same((b * 3 - 2):totable(), a:slice(2, 1, 1):reshape(#a)
        :totable())
      sum = sum + b:sum():item()
    end
    assert.equal(210, sum)
    if not require "weyl.core".hdf5() then return end
    local h5 = "spec/data/golden/x.h5:"
    local l = data.loader { data = { x = h5 .. "chunks",
      y = h5 .. "group/deep" }, batch = 1, window = 1 }
    local n = 0
    for a, b in l:batches() do
      assert.same(a:totable(), b:totable())
      n = n + 1
    end
    assert.equal(2, n)
  end)
end)

describe("the state of a loader", function()
  -- What a loader gives from a moment on, in another program with that state.
  local function continues(make, stop)
    local o = { data = make(N), batch = 10, window = 16 }
    weyl.seed(11)
    local l = data.loader(o)
    gather(l:batches())
    local next_batch = l:batches()
    for _ = 1, stop do next_batch() end
    local state = l:state()
    local want = gather(next_batch)
    table.move(gather(l:batches()), 1, N, #want + 1, want)
    weyl.seed(11)
    local other = data.loader(o)
    other:load(state)
    local got = gather(other:batches())
    table.move(gather(other:batches()), 1, N, #got + 1, got)
    assert.same(want, got)
  end

  it("goes on within a pass, bit by bit", function()
    for _, make in ipairs { rows, on_disk, as_table } do
      for _, stop in ipairs { 0, 1, 5, 11 } do continues(make, stop) end
    end
  end)

  it("goes on after a pass", function()
    weyl.seed(11)
    local l = data.loader { data = rows(), batch = 10 }
    gather(l:batches())
    local state, want = l:state(), gather(l:batches())
    weyl.seed(11)
    l = data.loader { data = rows(), batch = 10 }
    l:load(state)
    assert.same(want, (gather(l:batches())))
    assert.equal(2, l.pass)
  end)

  it("is refused where it does not belong", function()
    weyl.seed(1)
    local l = data.loader { data = rows(), batch = 10, normalise = "rms" }
    local state = l:state()
    weyl.seed(2)
    says("loader:load: the state is of seed 1; the streams began at 2",
      function() l:load(state) end)
    weyl.seed(1)
    says("loader: x is scaled in another way than in the state: the data, the "
      .. "split or the option normalise are not the same", function()
      data.loader { data = rows(50), batch = 10, normalise = "rms" }
        :load(state)
    end)
    says("loader:load: argument 'state' must be what state() gave, got a "
      .. "table", function() l:load { 1 } end)
  end)
end)

describe("data.loader", function()
  it("takes sets and gives sets to experiments", function()
    local set = data.inertia { train = 40, validation = 20, test = 20,
      ood = 0 }
    local l = data.loader { data = set, batch = 10, normalise = "rms" }
    local scaled = l:set()
    assert.equal("inertia", scaled.name)
    assert.equal(set.rep_in, scaled.rep_in)
    local r = weyl.experiment { data = scaled, method = "mlp", epochs = 2,
      batch = 10, quiet = true, output = false }:run()
    assert.is_true(r.seeds[1].test > 0)
    assert.equal("weyl.data.loader: batches of 10, train 40, validation 20, "
      .. "test 20", tostring(l))
  end)

  it("has its scalings kept in checkpoints", function()
    local set = data.loader { data = rows(), batch = 10,
      normalise = { x = "standard" } }:set()
    local r = weyl.experiment { data = set, method = "mlp", epochs = 2,
      batch = 50, quiet = true, output = folder .. "/runs" }:run()
    local kept = checkpoint.read(r.path .. "/checkpoints/seed-1/2.safetensors")
    set:load(kept.data)
    assert.same({ 52, 104 }, data.scale(kept.data.x).shift:totable())
    assert.error_matches(function()
      data.loader { data = rows(50), batch = 10,
        normalise = { x = "standard" } }:set():load(kept.data)
    end, "loader: x is scaled in another way than in the state")
  end)

  it("explains wrong arguments", function()
    local part = rows()
    says("data.loader: argument 'data' must be a part { x =, y = } of tensors "
      .. "of the same length, a set, { x = path, y = path } or { csv = path, "
      .. "y = names }, got a table", function()
      data.loader { data = { x = part.x, y = part.y:slice(1, 1, 5) },
        batch = 1 }
    end)
    says("data.loader: option 'batch' is missing",
      function() data.loader { data = part } end)
    says("data.loader: the shares of split add up to 1.1, more than 1",
      function() data.loader { data = part, batch = 1,
        split = { train = 1, test = 0.1 } } end)
    says("data.loader: split: there is no option 'validate' (did you mean "
      .. "'validation'?)", function() data.loader { data = part, batch = 1,
        split = { train = 0.5, validate = 0.5 } } end)
    says("data.loader: normalise: x must be false or 'standard' or 'range' or "
      .. "'rms', got 'std'", function() data.loader { data = part, batch = 1,
        normalise = "std" } end)
    says("data.loader: argument 'stratify' must be used where y is integers "
      .. "[n] or one column per class, got a tensor f32 [103, 1]",
      function() data.loader { data = part, batch = 1, stratify = true,
        split = { train = 0.5 } } end)
    says("data.loader: a set is split already", function()
      data.loader { data = { train = part }, batch = 1,
        split = { train = 0.5 } }
    end)
    says("loader:batches: argument 'part' must be the name of a part there "
      .. "is, got 'test'", function()
      data.loader { data = part, batch = 1 }:batches "test"
    end)
    says("data.loader: stratify needs data in memory", function()
      data.loader { data = on_disk(5), batch = 1, stratify = true }
    end)
    says("loader:set: the data are on disk, not in memory", function()
      data.loader { data = on_disk(5), batch = 1 }:set()
    end)
    says("data.loader: 'x.mat' is no array that can be read by rows: .npy, "
      .. ".idx, or FILE.h5:SET", function()
      data.loader { data = { x = "x.mat", y = "y.mat" }, batch = 1 }
    end)
    data.save_npy(folder .. "/y.npy", part.y:slice(1, 1, 5))
    on_disk(5)
    data.save_npy(folder .. "/x.npy", part.x)
    says("data.loader: 'F/x.npy' has 103 rows, 'F/y.npy' 5", function()
      data.loader { data = { x = folder .. "/x.npy",
        y = folder .. "/y.npy" }, batch = 1 }
    end)
    helper.write(folder .. "/w.csv", "y,w\n" .. ("1,a\n"):rep(1200) .. "1,b\n")
    says("data.loader: 'F/w.csv': a category of x has words that the first "
      .. "rows lack; give all of its words in types", function()
      gather(data.loader { data = { csv = folder .. "/w.csv", y = "y" },
        batch = 1000, window = 600, normalise = "rms" }:batches())
    end)
  end)
end)
