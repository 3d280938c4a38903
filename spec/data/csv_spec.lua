-- csv_spec.lua: data.csv: what it finds out about a table, chunks, frames, and
-- what it says when something is wrong.

local helper = require "spec.helper"
local weyl = require "weyl"
local zlib = require "zlib"

local data, says = weyl.data, helper.says

local folder
setup(function() folder = helper.folder() end)
teardown(function() helper.remove(folder) end)

local function file(text, name)
  local path = folder .. "/" .. (name or "t.csv")
  helper.write(path, text)
  return path
end

local function refuses(what, text, opts)
  says("data.csv: 'F/t.csv': " .. what, function()
    data.csv(file(text), opts)
  end)
end

local FLOWERS = table.concat({ "sepal,petal,species,note",
  '5.1,0.2,setosa,"said ""hi"""', "NA,1.4,virginica,", "6.1,nan,setosa,b",
  "7,8,virginica,c" }, "\n")

describe("data.csv", function()
  it("finds names, kinds and missing values", function()
    local t = data.csv(file(FLOWERS), { types = { note = "text" } })
    assert.equal(4, t.rows)
    assert.same({ "sepal", "petal", "species", "note" }, t.names)
    assert.same({ 5.1, 6.1, 7 },
      t.columns.sepal.values:take(weyl.tensor({ 1, 3, 4 }, "i64")):totable())
    assert.same({ 4, 2 }, t.x.shape)
    assert.equal("f64", t.x.dtype)
    assert.same({ { false, false }, { true, false }, { false, true },
      { false, false } }, t.x:isnan():totable())
    assert.same({ "setosa", "virginica" }, t.columns[3].levels)
    assert.same({ 1, 2, 1, 2 }, t.columns[3].values:totable())
    assert.same({ 'said "hi"', false, "b", "c" }, t.columns.note.values)
    assert.same({ sepal = 1, petal = 1, species = 0, note = 1 }, t:missing())
    assert.equal("4 rows, 4 columns\n  sepal: number, 1 missing\n"
      .. "  petal: number, 1 missing\n"
      .. "  species: category of 2: setosa, virginica\n"
      .. "  note: text, 1 missing", tostring(t))
  end)

  it("finds the delimiter", function()
    for _, text in ipairs { "1,2\n3,4\n", "1\t2\n3\t4", "1;2\r\n3;4\r\n",
      "1|2\n3|4", "1 2\n3   4\n", " 1\t\t2\n3 4\n" } do
      local t = data.csv(file(text))
      assert.same({ { 1, 2 }, { 3, 4 } }, t.x:totable())
      assert.same({ "c1", "c2" }, t.names)
    end
    assert.same({ "a,b", "c" }, data.csv(file "'a,b'\tc\n1\t2\n",
      { quote = "'" }).names)
    assert.same({ { 1 }, { 2 } }, data.csv(file "1\n2\n").x:totable())
    assert.same({ 2, 1 }, data.csv(file "x\n1\n2\n").x.shape)
  end)

  it("finds whether the first row has names", function()
    for text, names in pairs { ["a,b\n1,2\n"] = { "a", "b" },
      ["a,b\nc,d\n"] = { "a", "b" }, ["1,2\n3,4\n"] = { "c1", "c2" },
      ["method,100,std\nours,1,2\n"] = { "method", "100", "std" },
      ["a,1\nb,2\n"] = { "c1", "c2" }, [",x\n1,2\n"] = { "c1", "x" },
      ["NA,1\nb,2\n"] = { "c1", "c2" } } do
      assert.same(names, data.csv(file(text)).names)
    end
  end)

  it("obeys options", function()
    local path = file "1,2\n3,-\n"
    local t = data.csv { path = path, names = { "a", "b" },
      missing = { "-" }, dtype = "f32" }
    assert.equal("f32", t.x.dtype)
    assert.same({ a = 0, b = 1 }, t:missing())
    t = data.csv(path, { columns = { 1 } })
    assert.same({ "c1" }, t.names)
    t = data.csv(path, { types = { c2 = "category", [1] = "skip" } })
    assert.same({ "2", "-" }, t.columns.c2.levels)
    assert.same({ 2, 0 }, t.x.shape)
    t = data.csv(file "a,b\nc,d\n", { header = false })
    assert.equal(2, t.rows)
    t = data.csv(file "1,2\n3,4\n", { header = true })
    assert.same({ "1", "2" }, t.names)
    t = data.csv(file "#a,b\n1,2\n", { comment = false })
    assert.same({ "#a", "b" }, t.names)
    t = data.csv(file "c\nlow\nhigh\n", { types = { c = { "high", "low" } } })
    assert.same({ 2, 1 }, t.columns.c.values:totable())
  end)

  it("reads gzip, several members too", function()
    local function pack(text)
      return zlib.deflate(9, 31)(text, "finish")
    end
    local lines = {}
    for i = 1, 50000 do lines[i] = i .. "," .. i * i end
    local text = table.concat(lines, "\n")
    local t = data.csv(file(pack(text:sub(1, 200001))
      .. pack(text:sub(200002)), "t.csv.gz"))
    assert.equal(50000, t.rows)
    assert.equal(50000 * 50001 // 2, t.x:sum(1)[1]:item())
    refuses("the gzip data are cut short", pack(text):sub(1, -3))
    refuses("the gzip data are damaged",
      "\x1f\x8b" .. ("x"):rep(100))
  end)

  it("gives chunks that share their words", function()
    local sizes, codes, levels = {}, {}, nil
    for t in data.csv { path = file(FLOWERS), rows = 3 } do
      sizes[#sizes + 1] = t.rows
      levels = t.columns.species.levels
      table.move(t.columns.species.values:totable(), 1, t.rows, #codes + 1,
        codes)
    end
    assert.same({ 3, 1 }, sizes)
    assert.same({ 1, 2, 1, 2 }, codes)
    assert.same({ "setosa", "virginica" }, levels)
    local next_chunk = data.csv { path = file(FLOWERS), rows = 1 }
    assert.equal(5.1, next_chunk().x[{ 1, 1 }]:item())
  end)

  it("reads chunks of a large file in little memory", function()
    local lines = {}
    for i = 1, 2000 do lines[i] = ("%d,%g,w%d\n"):format(i, i / 7, i % 5) end
    local text, path = table.concat(lines), folder .. "/large.csv"
    local out = assert(io.open(path, "wb"))
    for _ = 1, 1500 do out:write(text) end
    out:close()
    local rows, most = 0, 0
    local mode = collectgarbage "incremental" -- busted chooses another
    collectgarbage()
    local before = weyl.memory().live
    for t in data.csv { path = path, rows = 5000 } do
      rows = rows + t.rows
      most = math.max(most, weyl.memory().live)
    end
    collectgarbage(mode)
    assert.equal(3000000, rows)
    assert.is_true(most - before < 30 << 20, most - before) -- of 72 MB
  end)

  it("says where something is wrong", function()
    refuses("line 3, column 2 (b): 'x' is no number",
      "a,b\n1,2\n3,x\n", { types = { b = "number" } })
    local long = ("1,2\n"):rep(1000)
    refuses("line 1001, column 1 (c1): 'y' is no number", long .. "y,2\n")
    refuses("line 2 has 3 fields, not 2", "1,2\n3,4,5\n")
    refuses("line 1: a quote is not closed", '"a,b\n1,2\n')
    refuses("there are no rows", "")
    refuses("there are no rows", "# nothing\n\n")
    refuses("there are no rows", "a,b\n")
    refuses("two columns are named 'a' (option names gives others)",
      "a,a\n1,2\n")
    refuses("there are 2 columns, and 1 names for them", "1,2\n",
      { names = { "a" } })
    refuses("there is no column 'z' (they are a, b)", "a,b\n1,2\n",
      { columns = { "z" } })
    refuses("column 'a': 'y' is not among the words given",
      "a,b\nx,1\ny,2\n", { types = { a = { "x" } } })
  end)

  it("explains wrong arguments", function()
    local path = file "1,2\n"
    says("data.csv: option 'path' is missing", function() data.csv() end)
    says("data.csv: path must be a string, got 1", function()
      data.csv(1)
    end)
    says("data.csv: cannot open F/no.csv: No such file or directory",
      function() data.csv(folder .. "/no.csv") end)
    says("data.csv: cannot read 'F': Is a directory",
      function() data.csv(folder) end)
    says("data.csv: there is no option 'delimeter' (did you mean "
      .. "'delimiter'?)",
      function() data.csv(path, { delimeter = "," }) end)
    says("data.csv: argument 'quote' must be a character or false, got 'ab'",
      function() data.csv(path, { quote = "ab" }) end)
    says("data.csv: argument 'missing[1]' must be a string, got 1",
      function() data.csv(path, { missing = { 1 } }) end)
    says("data.csv: argument 'types['c1']' must be 'number', 'category', "
      .. "'text', 'skip' or a list of words, got 'numbr'",
      function() data.csv(path, { types = { c1 = "numbr" } }) end)
  end)
end)

describe("a frame", function()
  local t
  before_each(function()
    t = data.csv(file(FLOWERS), { types = { note = "text" } })
  end)

  it("drops the rows that lack something", function()
    local c = t:complete()
    assert.equal(2, c.rows)
    assert.same({ { 5.1, 0.2 }, { 7, 8 } }, c.x:totable())
    assert.same({ 'said "hi"', "c" }, c.columns.note.values)
    assert.same({ 1, 2 }, c.columns.species.values:totable())
  end)

  it("makes a part for training", function()
    local p = t:complete():part { y = "species", dtype = "f64" }
    assert.same({ { 5.1, 0.2 }, { 7, 8 } }, p.x:totable())
    assert.same({ { 1, 0 }, { 0, 1 } }, p.y:totable())
    p = t:part { x = { "petal", "species" }, y = "sepal" }
    assert.same({ 4, 3 }, p.x.shape)
    assert.same({ "f32", { 4, 1 } }, { p.y.dtype, p.y.shape })
  end)

  it("explains wrong arguments", function()
    says("part: option 'y' is missing", function() t:part {} end)
    says("part: there is no column 'specie' (did you mean 'species'?)",
      function() t:part { y = "specie" } end)
    says("part: column 'note' holds text, not numbers",
      function() t:part { y = "note" } end)
    says("part: argument 'y' must be a name or a list of names, got 1",
      function() t:part { y = 1 } end)
    says("part: there is no column left for x", function()
      data.csv(file "a\n1\n"):part { y = "a" }
    end)
  end)
end)

describe("data.save_csv", function()
  it("writes what is read back to the last bit", function()
    local path = folder .. "/out.csv"
    weyl.seed(3)
    local x = weyl.normal({ 20000, 3 }, 0, 1e10, "f64"):eval()
    data.save_csv(path, x)
    assert.is_true(data.csv(path).x:eq(x):all():item())
    data.save_csv(path, x:to "f32", { names = { "a", "b,c", "#" },
      delimiter = ";" })
    local t = data.csv(path, { dtype = "f32" })
    assert.same({ "a", "b,c", "#" }, t.names)
    assert.is_true(t.x:eq(x:to "f32"):all():item())
    data.save_csv(path, weyl.tensor({ 1, 1 << 60 }, "i64"))
    assert.equal("1\n1152921504606846976\n", helper.read(path))
  end)

  it("writes frames", function()
    local path = folder .. "/out.tsv"
    local t = data.csv(file(FLOWERS), { types = { note = "text" } })
    for _, delimiter in ipairs { ",", "\t", ";", " ", "|" } do
      data.save_csv(path, t, { delimiter = delimiter })
      local u = data.csv(path, { types = { note = "text" },
        delimiter = delimiter })
      assert.equal(tostring(t), tostring(u))
      assert.same(t.columns.note.values, u.columns.note.values)
      assert.same(t.columns.species.values:totable(),
        u.columns.species.values:totable())
    end
    t = data.csv(file "w\na\n\"\"\n\"b \"\n")
    data.save_csv(path, t)
    assert.equal('w\na\n""\n"b "\n', helper.read(path))
  end)

  it("explains wrong arguments", function()
    says("data.save_csv: argument 'x' must be a real tensor [rows] or [rows, "
      .. "columns], or a frame, got 1", function() data.save_csv("a", 1) end)
    says("data.save_csv: there are 2 columns, and 1 names for them", function()
      data.save_csv("a", weyl.ones { 2, 2 }, { names = { "a" } })
    end)
    says("data.save_csv: argument 'path' must be a file's name, got nil",
      function() data.save_csv() end)
    says("data.save_csv: argument 'names[1]' must be a string, got 1",
      function() data.save_csv("a", weyl.ones { 2 }, { names = { 1 } }) end)
  end)
end)
