-- store_spec.lua: the database of runs: what goes in comes out, to the bit.

local weyl = require "weyl"
local database = require "weyl.runs.database"
local helper = require "spec.helper"
local schema = require "weyl.runs.schema"
local sha256 = require "weyl.runs.sha256"

local NAN, INF = 0 / 0, math.huge

describe("a store of runs", function()
  local folder, store

  before_each(function()
    folder = helper.folder()
    store = weyl.runs.open(folder)
  end)

  after_each(function()
    store:close()
    helper.remove(folder)
  end)

  local function begin(opts)
    local o = { name = "r", path = folder .. "/r-1", seeds = { 1, 2 } }
    for name, value in next, opts or {} do o[name] = value or nil end
    return store:begin(o)
  end

  it("makes nothing before a run begins", function()
    assert.same({}, store:list())
    assert.is_nil(store:get(1))
    assert.same({}, store:metrics(1))
    assert.is_false(store:exists())
    assert.same({ true }, { store:check() })
  end)

  it("returns what a run was begun with", function()
    local parameters = { lr = 0.1, list = { 1, 2 }, data = { axis = 3 } }
    local record = begin { parameters = parameters,
      environment = { threads = 2 },
      script = { path = "s.lua", text = "print 'it''s'\n" } }
    record:finish "done"
    local run = store:get(1)
    assert.same(parameters, run.parameters)
    assert.same({ threads = 2 }, run.environment)
    assert.same({ 1, 2 }, run.seeds)
    assert.same({ path = "s.lua", text = "print 'it''s'\n",
      hash = sha256 "print 'it''s'\n" }, run.script)
    assert.same({ "r", folder .. "/r-1", "done" },
      { run.name, run.path, run.status })
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", run.started)
    assert.is_true(run.seconds >= 0)
  end)

  it("keeps numbers to the last bit, NaN and the infinities", function()
    local values = { 0.1, 1 / 3, -2 ^ -900, 1e-280, 5e279, 2 ^ 53 + 2, NAN,
      INF, -INF, 0, 17, 123456789.123456789, 4.9406564584124654e-200 }
    weyl.seed(3)
    for i = 1, 200 do
      values[#values + 1] = weyl.normal({}, 0, 10.0 ^ (i - 100), "f64"):item()
    end
    local record, row = begin(), {}
    for i, v in ipairs(values) do row[("v%03d"):format(i)] = v end
    record:metrics(1, 1, row)
    record:finish "done"
    local got = store:metrics(1)[1]
    for i, v in ipairs(values) do
      local back = got[("v%03d"):format(i)]
      if v ~= v then
        assert.is_true(back ~= back)
      else
        assert.equal(v, back)
      end
    end
  end)

  it("keeps any text", function()
    local all = {}
    for i = 0, 255 do all[#all + 1] = string.char(i) end
    for _, name in ipairs { "it's", "x'; DROP TABLE runs; --", 'a"b', "a?b",
      "%s", "\0", table.concat(all), "", "é∑" } do
      local record = begin { path = false, name = name,
        script = { path = name, text = name } }
      record:metrics(1, 1, { [name] = 2 })
      record:levels(1, { { group = name, error = 3 } })
      record:artifact(name, name)
      record:finish("failed", name)
      local run = store:get(record.id)
      assert.same({ name, name, name, name },
        { run.name, run.message, run.script.path, run.script.text })
      assert.same({ { seed = 1, step = 1, [name] = 2 } },
        store:metrics(run.id))
      assert.equal(name, store:levels(run.id)[1].group)
      assert.equal(name, store:artifacts(run.id)[1].kind)
    end
    assert.equal(9, #store:list())
  end)

  it("orders metrics by seed and step, and selects by name", function()
    local record = begin()
    record:metrics(2, 1, { train = 4, lr = 0.1, seed = 2, epoch = 1 })
    record:metrics(1, 2, { train = 3, lr = 0.2 })
    record:metrics(1, 1, { train = 2, lr = 0.3, best = 5 })
    record:finish "done"
    assert.same({ { seed = 1, step = 1, train = 2, lr = 0.3, best = 5 },
      { seed = 1, step = 2, train = 3, lr = 0.2 },
      { seed = 2, step = 1, train = 4, lr = 0.1 } }, store:metrics(1))
    assert.same({ { seed = 1, step = 1, train = 2 },
      { seed = 1, step = 2, train = 3 }, { seed = 2, step = 1, train = 4 } },
      store:metrics(1, { "train" }))
    assert.same({}, store:metrics(1, { "nothing" }))
    assert.same({}, store:metrics(1, {}))
  end)

  it("keeps results, levels and artifacts", function()
    local record = begin()
    record:results(1, { epoch = 7, test = 0.5, seed = 1, model = {} })
    record:levels(1, { { group = "B", error = 0.2 },
      { group = "A", error = 0.1, strength = 2 } })
    record:artifact("figure", folder .. "/r-1/a.png")
    record:artifact("table", "/elsewhere/t.csv")
    record:finish "done"
    assert.same({ { seed = 1, epoch = 7, test = 0.5 } }, store:results(1))
    assert.same({ { seed = 1, place = 1, group = "B", error = 0.2 },
      { seed = 1, place = 2, group = "A", error = 0.1, strength = 2 } },
      store:levels(1))
    assert.same({ { kind = "figure", path = folder .. "/r-1/a.png" },
      { kind = "table", path = "/elsewhere/t.csv" } }, store:artifacts(1))
  end)

  it("finds runs by id, folder and name, of which the latest", function()
    for i = 1, 3 do
      begin { name = i < 3 and "a" or "b",
        path = ("%s/x-%d"):format(folder, i) }:finish "done"
    end
    assert.equal(2, store:get(2).id)
    assert.equal(2, store:get("2").id)
    assert.equal(2, store:get("a").id)
    assert.equal(1, store:get("x-1").id)
    assert.equal(1, store:get(folder .. "/x-1/").id)
    assert.is_nil(store:get(4))
    assert.is_nil(store:get "c")
  end)

  it("lists runs by name, by status, the last", function()
    begin { name = "a", path = false }:finish "done"
    begin { name = "b", path = false }:finish("failed", "why")
    begin { name = "a", path = false }:finish "done"
    local function ids(filter)
      local out = {}
      for i, run in ipairs(store:list(filter)) do out[i] = run.id end
      return out
    end
    assert.same({ 1, 2, 3 }, ids())
    assert.same({ 1, 3 }, ids { name = "a" })
    assert.same({ 2 }, ids { status = "failed" })
    assert.same({ 2, 3 }, ids { last = 2 })
    assert.same({ 3 }, ids { name = "a", last = 1 })
    assert.equal("why", store:get(2).message)
    assert.error_matches(function() store:list { nam = "a" } end,
      "store:list: there is no option 'nam' (did you mean 'name'?)", 1, true)
  end)

  it("can be moved as a whole", function()
    begin():finish "done"
    store:close()
    local other = folder .. ".moved"
    assert(os.rename(folder, other))
    local moved = weyl.runs.open(other .. "/")
    assert.equal(other .. "/r-1", moved:get(1).path)
    moved:close()
    assert(os.rename(other, folder))
  end)

  it("goes on with a run that is begun again in its folder", function()
    local record = begin { script = { path = "a.lua", text = "1" } }
    record:metrics(1, 1, { train = 1 })
    record:metrics(1, 2, { train = 2 })
    record:finish("interrupted", "interrupted!")
    assert.equal("interrupted", store:get(1).status)
    record = begin { script = { path = "b.lua" } }
    assert.equal(1, record.id)
    assert.equal("running", store:get(1).status)
    assert.is_nil(store:get(1).message)
    record:metrics(1, 2, { train = 5 })
    record:finish "done"
    assert.same({ { seed = 1, step = 1, train = 1 },
      { seed = 1, step = 2, train = 5 } }, store:metrics(1))
    assert.same({ path = "b.lua", text = "1", hash = sha256 "1" },
      store:get(1).script)
  end)

  it("takes back what a seed recorded after its checkpoint", function()
    local record = begin()
    for step = 1, 3 do
      record:metrics(1, step, { train = step })
      record:metrics(2, step, { train = step })
    end
    for seed = 1, 2 do
      record:results(seed, { epoch = 3, train = 3 })
      record:levels(seed, { { group = "G", error = 1 } })
    end
    record:finish "interrupted"
    record = begin()
    record:rewind(2, 2)
    record:metrics(2, 3, { validation = 5 })
    record:finish "done"
    assert.same({ { seed = 1, step = 1, train = 1 },
      { seed = 1, step = 2, train = 2 }, { seed = 1, step = 3, train = 3 },
      { seed = 2, step = 1, train = 1 }, { seed = 2, step = 2, train = 2 },
      { seed = 2, step = 3, validation = 5 } }, store:metrics(1))
    assert.same({ { seed = 1, epoch = 3, train = 3 } }, store:results(1))
    assert.equal(1, #store:levels(1))
  end)

  it("knows a run whose process was killed", function()
    local out = helper.weyl(("-e %s"):format(helper.quote(([[
      local weyl = require "weyl"
      local r = weyl.runs.open "%s":begin { name = "k", path = "%s/k-1" }
      r:metrics(1, 1, { train = 1 })
      r:flush()
      r:metrics(1, 2, { train = 2 })
      print(weyl.runs.open "%s":get(1).status)
      io.stdout:flush()
      os.execute("kill -9 $PPID")]]):format(folder, folder, folder))))
    assert.equal("running\n", out)
    local run = store:get(1)
    assert.same({ "interrupted", "its process has ended" },
      { run.status, run.message })
    assert.same({ { seed = 1, step = 1, train = 1 } }, store:metrics(1))
    assert.same({ true }, { store:check() })
  end)

  it("ends a record with the block that it is made in", function()
    pcall(function()
      local record <close> = begin()
      record:metrics(1, 1, { train = 1 })
      error "boo"
    end)
    assert.same({ "failed", true }, { store:get(1).status,
      store:get(1).message:find "boo$" ~= nil })
    do
      local record <close> = begin { path = folder .. "/r-2" }
      record:metrics(1, 1, { train = 1 })
    end
    assert.equal("done", store:get(2).status)
    pcall(function()
      local record <close> = begin { path = folder .. "/r-3" }
      record:metrics(1, 1, { train = 1 })
      error "interrupted!"
    end)
    assert.equal("interrupted", store:get(3).status)
  end)

  it("writes a thousand rows a second time without growing", function()
    local record = begin()
    for _ = 1, 2 do
      for step = 1, 500 do record:metrics(1, step, { a = step, b = -step }) end
    end
    record:finish "done"
    assert.equal(500, #store:metrics(1))
  end)

  it("says what is wrong with arguments, at the user's line", function()
    local function fails(message, f)
      assert.matches("store_spec.lua:%d+: " .. message,
        tostring(select(2, pcall(f))))
    end
    fails("store:begin: option 'name' is missing", function()
      store:begin {}
    end)
    fails("store:begin: there is no option 'nme' %(did you mean 'name'%?%)",
      function() store:begin { nme = "x" } end)
    fails("store:get: argument 'which' must be an id, a folder or a name, "
      .. "got nil", function() store:get() end)
    local record = begin()
    fails("record:metrics: argument 'seed' must be an integer, got 'x'",
      function() record:metrics("x", 1, {}) end)
    fails("record:metrics: argument 'step' must be an integer, got 1.5",
      function() record:metrics(1, 1.5, {}) end)
    fails("record:metrics: argument 'row' must be a table of numbers, got 3",
      function() record:metrics(1, 1, 3) end)
    fails("runs.open: argument 'folder' must be a folder, got ''",
      function() weyl.runs.open "" end)
    record:finish "done"
  end)
end)

describe("the schema", function()
  local folder, path

  before_each(function()
    folder = helper.folder()
    path = folder .. "/weyl.db"
  end)

  after_each(function()
    schema.steps[2] = nil
    helper.remove(folder)
  end)

  it("takes older files through the steps that they lack", function()
    local store = weyl.runs.open(folder)
    local record = store:begin { name = "old", path = folder .. "/old-1" }
    record:metrics(1, 1, { train = 2 })
    record:finish "done"
    store:close()
    schema.steps[2] = { "ALTER TABLE runs ADD COLUMN note TEXT",
      "UPDATE runs SET note = 'from step 2'" }
    local function notes()
      local db = database.open(path)
      assert.equal(2, schema.version(db))
      local rows = db:rows "SELECT id, note FROM runs ORDER BY id"
      db:close()
      return rows
    end
    assert.equal(2, store:metrics(1)[1].train) -- by readers
    assert.same({ { id = 1, note = "from step 2" } }, notes())
    store:begin { name = "new", path = folder .. "/new-1" }:finish "done"
    store:close()
    assert.same({ { id = 1, note = "from step 2" }, { id = 2 } }, notes())
    schema.steps[3] = { "UPDATE runs SET note = 'from step 3'" }
    store:begin { name = "last" }:finish "done" -- by writers
    store:close()
    schema.steps[3] = nil
    assert.error_matches(function() store:list() end, "made by a newer weyl "
      .. "(format 3, this one knows up to 2); update weyl", 1, true)
  end)

  it("takes all steps or none", function()
    local store = weyl.runs.open(folder)
    store:begin { name = "old" }:finish "done"
    store:close()
    schema.steps[2] = { "ALTER TABLE runs ADD COLUMN note TEXT", "nonsense" }
    local db = database.open(path)
    local ok, problem = pcall(schema.prepare, db)
    assert.is_false(ok)
    assert.matches("nonsense", tostring(problem))
    assert.equal(1, schema.version(db))
    assert.same({}, db:rows("SELECT * FROM pragma_table_info('runs') "
      .. "WHERE name = ?", "note"))
    db:close()
  end)

  it("is in WAL mode, where processes share memory", function()
    weyl.runs.open(folder):begin { name = "x" }:finish "done"
    local db = database.open(path)
    assert.equal("wal", db:value "PRAGMA journal_mode")
    db:close()
  end)
end)

describe("sha256", function()
  it("has the values of the standard", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b78"
      .. "52b855", sha256 "")
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2"
      .. "0015ad", sha256 "abc")
    assert.equal("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419"
      .. "db06c1",
      sha256 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
  end)

  it("is what sha256sum says, at every length around a block", function()
    for _, n in ipairs { 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 1000 } do
      local text = ("x"):rep(n)
      assert.equal((helper.shell("sha256sum", text)):sub(1, 64), sha256(text))
    end
  end)
end)
