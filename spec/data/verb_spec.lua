-- verb_spec.lua: `weyl data`: what it says of every format, and what it makes
-- of one.

local helper = require "spec.helper"
local results = require "weyl.results"
local weyl = require "weyl"

local GOLDEN = "spec/data/golden/"

local folder
setup(function()
  folder = helper.folder()
  helper.write(folder .. "/verb.lua", [[
    require "weyl"
    local verb = require "weyl.cli.data"
    local p = require "argparse"("weyl data", verb.about)
    verb.configure(p)
    os.exit(verb.run(p:parse(arg)))]])
  helper.write(folder .. "/t.csv",
    'a,kind\n1,"x ""y"""\n?,z\n2.5,z\nnan,\n')
end)
teardown(function() helper.remove(folder) end)

local function verb(words)
  local out, err, status = helper.weyl(folder .. "/verb.lua " .. words)
  return (out:gsub(folder, "F")), (err:gsub(folder, "F")), status
end

describe("weyl data FILE", function()
  it("describes a text table", function()
    local out, err, status = verb(folder .. "/t.csv --head 2")
    assert.equal(0, status, err)
    assert.equal([[
F/t.csv: text table, 34 bytes, 4 rows, 2 columns
  column  kind      missing  values
  a       number    2        1 .. 2.5, mean 1.75
  kind    category  1        2: x "y", z
first rows:
  a    kind
  1    x "y"
  nan  z
]], out)
  end)

  it("describes arrays", function()
    local out = verb(GOLDEN .. "fortran.npy --head 0")
    assert.equal([[
spec/data/golden/fortran.npy: NumPy array, 224 bytes, 1 array
  array  dtype  shape      missing  values
  x      f32    [2, 3, 4]  0        0 .. 23, mean 11.5
]], out)
    out = verb(GOLDEN .. "stored.npz")
    assert.matches("NumPy archive, 2.74 KB, 8 arrays\n", out)
    assert.matches("\n  c16 +c128 +%[2, 3, 4%] +%- +%-\n", out)
    assert.matches("\nfirst rows of b1:\nbool %[2, 3, 4%]", out)
    assert.matches("IDX array, 71 bytes, 1 array\n",
      (verb(GOLDEN .. "x.idx.gz")))
    weyl.data.save_npz(folder .. "/nan.npz", {
      a = weyl.tensor { 0 / 0, 2 }, b = weyl.zeros { 0, 3 },
      c = weyl.tensor { 0 / 0 } })
    out = verb(folder .. "/nan.npz --head 0")
    assert.matches("\n  a +f32 +%[2%] +1 +2 .. 2, mean 2\n", out)
    assert.matches("\n  b +f32 +%[0, 3%] +%- +%-\n", out)
    assert.matches("\n  c +f32 +%[1%] +1 +%-\n", out)
  end)

  it("describes HDF5 files where the library is installed", function()
    if not require "weyl.core".hdf5() then
      pending "the HDF5 library is not installed"
      return
    end
    local out = verb(GOLDEN .. "x.h5")
    assert.matches("HDF5 file, 14.5 KB, 6 arrays\n", out)
    assert.matches("\n  not read: text holds no numbers\n", out)
  end)

  it("gives JSON", function()
    local info = results.parse((verb(folder .. "/t.csv --json")))
    assert.same({ "csv", 4, 34 }, { info.format, info.rows, info.bytes })
    assert.same({ { name = "a", kind = "number", missing = 2, least = 1,
      largest = 2.5, mean = 1.75 }, { name = "kind", kind = "category",
      missing = 1, words = { 'x "y"', "z" } } }, info.columns)
    info = results.parse((verb(GOLDEN .. "fortran.npy --json")))
    assert.same({ { name = "x", dtype = "f32", shape = { 2, 3, 4 },
      missing = 0, least = 0, largest = 23, mean = 11.5 } }, info.arrays)
  end)

  it("obeys options for text tables", function()
    helper.write(folder .. "/u.txt", "a|b\tc\nd|e\tf\n")
    local out = verb(folder .. "/u.txt --delimiter '|' --no-header --head 0")
    assert.matches("2 rows, 2 columns\n", out)
    assert.matches("\n  c1 +category +0 +2: a, d\n", out)
    out = verb(folder .. "/u.txt --delimiter tab --head 0")
    assert.matches("1 rows, 2 columns\n", out)
  end)

  it("says what is wrong", function()
    for words, why in pairs {
      [folder .. "/no.csv"] = "cannot open F/no.csv: No such file or directory",
      [folder] = "cannot read 'F': Is a directory",
      [helper.program] = ("'%s': this is in no format that is read: .npy, "
        .. ".npz, IDX, HDF5, safetensors or a text table")
        :format(helper.program),
      [folder .. "/t.csv --to F.xls"] = "'F.xls' must end in .npy, .npz, .csv, "
        .. ".tsv, .idx, .idx.gz or .safetensors",
      [GOLDEN .. "stored.npz --to " .. folder .. "/o.npy"] = "'" .. GOLDEN
        .. "stored.npz' has 8 arrays: b1, c16, f2, f4, f8, i2, u1, zero; "
        .. "--array says which",
      [GOLDEN .. "stored.npz --array u --to " .. folder .. "/o.npy"] = "'"
        .. GOLDEN .. "stored.npz' has 8 arrays: b1, c16, f2, f4, f8, i2, u1, "
        .. "zero; --array says which" } do
      local out, err, status = verb(words)
      assert.equal("weyl data: " .. why .. "\n", err)
      assert.equal("", out)
      assert.equal(1, status)
    end
  end)
end)

describe("weyl data FILE --to OUT", function()
  local function convert(from, to, more)
    local out, err, status = verb(("%s --to %s/%s %s"):format(from, folder, to,
      more or ""))
    assert.equal(0, status, err)
    assert.equal("wrote F/" .. to .. "\n", out)
    return folder .. "/" .. to
  end

  it("converts between formats", function()
    local x = (weyl.arange(24) - 1):reshape { 2, 3, 4 }
    local path = GOLDEN .. "x.idx.gz"
    for _, to in ipairs { "a.npy", "a.npz", "a.safetensors", "b.npy", "a.idx",
      "b.idx.gz", "c.npz" } do
      path = convert(path, to)
    end
    assert.same(x:totable(), weyl.data.load_npz(path).x:totable())
    path = convert(GOLDEN .. "stored.npz", "f8.npy", "--array f8")
    assert.equal("f64", weyl.data.load_npy(path).dtype)
  end)

  it("converts tables", function()
    local path = convert(folder .. "/t.csv", "t.npz")
    local arrays = weyl.data.load_npz(path)
    assert.same({ 1, 2, 2, 0 }, arrays.kind:totable())
    assert.same({ 4, 1 }, arrays.x.shape)
    path = convert(convert(folder .. "/t.csv", "t.tsv"), "u.csv")
    assert.equal('a,kind\n1,"x ""y"""\nnan,z\n2.5,z\nnan,\n',
      helper.read(path))
    weyl.data.save_npy(folder .. "/m.npy", weyl.tensor { { 1, 2 }, { 3, 4 } })
    path = convert(folder .. "/m.npy", "m.csv")
    assert.equal("1,2\n3,4\n", helper.read(path))
    assert.equal("f64", weyl.data.load_npy(convert(path, "n.npy")).dtype)
  end)

  it("says what it leaves out", function()
    if not require "weyl.core".hdf5() then return end
    local _, err, status = verb(GOLDEN .. "x.h5 --to " .. folder .. "/h.npz")
    assert.equal(0, status)
    assert.matches("weyl data: left out: text holds no numbers\n", err)
  end)
end)
