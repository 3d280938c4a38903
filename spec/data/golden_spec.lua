-- golden_spec.lua: files that NumPy and h5py wrote are read, and what is
-- written is, to the byte, what NumPy was seen to read; where NumPy is
-- installed it reads them again. golden/golden.py made and checks them.

local core = require "weyl.core"
local helper = require "spec.helper"
local weyl = require "weyl"
local zip = require "weyl.data.zip"

local PYTHON = "/usr/bin/python3"
local GOLDEN = "spec/data/golden/"

local data, says = weyl.data, helper.says
local x = (weyl.arange(24) - 1):reshape(2, 3, 4):eval()

local function same(want, got)
  assert.same(want:totable(), got:totable())
end

describe("arrays of NumPy", function()
  it("are read from archives, stored and deflated", function()
    for _, name in ipairs { "stored.npz", "deflated.npz" } do
      local a = data.load_npz(GOLDEN .. name)
      for key, dtype in pairs { f4 = "f32", f8 = "f64", f2 = "f32",
        i2 = "i64", u1 = "i64" } do
        assert.equal(dtype, a[key].dtype)
        same(x, a[key])
      end
      same(x:gt(11), a.b1)
      same(x, a.c16:real())
      same(weyl.ones_like(x), a.c16:imag())
      assert.equal(7, a.zero:item())
    end
    same(x, data.load_npy(GOLDEN .. "fortran.npy"))
    same(x, data.load_idx(GOLDEN .. "x.idx.gz"))
  end)

  it("are written to the byte", function()
    local folder = helper.folder()
    local arrays = { x = x:to "f32", s = weyl.tensor(0.1, "f64"),
      i = weyl.tensor({ -1, 2 ^ 53 // 1 | 1 }, "i64"),
      c = weyl.complex(weyl.tensor({ 1 }, "f64"), weyl.tensor({ 2 }, "f64")),
      b = weyl.tensor { true, false } }
    data.save_npz(folder .. "/ours.npz", arrays)
    data.save_npz(folder .. "/ours-deflated.npz", arrays, { compress = true })
    zip.limit = 150
    data.save_npz(folder .. "/ours-wide.npz", arrays)
    zip.limit = 0xFFFFFFFF
    data.save_npy(folder .. "/ours.npy", arrays.x)
    for _, name in ipairs { "ours.npz", "ours-wide.npz", "ours.npy" } do
      assert.equal(helper.read(GOLDEN .. name),
        helper.read(folder .. "/" .. name))
    end
    local _, why, status = helper.shell(("%s %sgolden.py check %s"):format(
      PYTHON, GOLDEN, folder))
    helper.remove(folder)
    if status ~= 0 and why:find "No module named" or status == 127 then
      pending "NumPy is not installed: compared with golden files only"
    else
      assert.equal("", why)
    end
  end)
end)

describe("data.load_hdf5", function()
  local path = GOLDEN .. "x.h5"

  local function library()
    local version = core.hdf5()
    if not version then pending "the HDF5 library is not installed" end
    return version
  end

  it("reads data sets by path", function()
    if not library() then return end
    same(x:to "f32", data.load_hdf5(path, "x"))
    same(x, data.load_hdf5(path, "/group/deep"))
    same(x:gt(11):to "i64", data.load_hdf5(path, "alias/truth"))
    same(x, data.load_hdf5(path, "chunks"))
    assert.equal("f32", data.load_hdf5(path, "half").dtype)
    assert.equal(2.5, data.load_hdf5(path, "scalar"):item())
    local two = data.load_hdf5(path, { "x", "group/deep" })
    same(x, two["group/deep"])
    assert.is_nil(two.half)
  end)

  it("lists them, and reads rows", function()
    if not library() then return end
    local file = core.hdf5(path)
    local names = {}
    for i, e in ipairs(file:list()) do
      names[i] = ("%s %s %s"):format(e.name, e.dtype, #e.shape)
    end
    assert.same({ "chunks i64 3", "group/deep i64 3", "group/truth i64 3",
      "half f32 3", "huge f64 1", "large i64 1", "scalar f64 0", "text nil 0",
      "x f32 3" }, names)
    same(x:slice(1, 2, 2), file:read("chunks", 2, 1))
    file:close()
    assert.error_matches(function() file:list() end, "it is closed")
  end)

  it("says what is wrong", function()
    says("data.load_hdf5: cannot open no.h5: No such file or directory",
      function() data.load_hdf5 "no.h5" end)
    says("data.load_hdf5: argument 'names' must be a name or a list of "
      .. "names, got 1", function() data.load_hdf5(path, 1) end)
    if not library() then return end
    local function refuses(what, name, file)
      says(("data.load_hdf5: '%s': %s"):format(file or path, what),
        function() data.load_hdf5(file or path, name) end)
    end
    refuses("there is no data set 'y'", "y")
    refuses("there is no data set 'group'", { "group" })
    refuses("data set 'text' holds no numbers that are read", "text")
    refuses("data set 'large': entry 2 is not less than 2^63 - 1", "large")
    refuses("data set 'huge' announces 8796093022208 bytes, 0 are stored",
      "huge")
    refuses("this is no HDF5 file, or it is damaged", "x",
      GOLDEN .. "golden.py")
  end)

  it("says that the library is missing", function()
    local _, err, status = helper.shell(("WEYL_HDF5=/no/such.so %s -e "
      .. "\"require('weyl').data.load_hdf5 '%s'\""):format(helper.program,
      path))
    assert.equal(1, status)
    assert.matches("data.load_hdf5: the HDF5 library is not installed "
      .. "%(Debian: libhdf5%-103%-1%); WEYL_HDF5 may name its file", err)
  end)
end)
