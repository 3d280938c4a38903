-- file_spec.lua: files that appear whole or not at all.

local core = require "weyl.core"
local helper = require "spec.helper"
local lfs = require "lfs"
local results = require "weyl.results"

local folder
before_each(function() folder = helper.folder() end)
after_each(function()
  core.fail_file(0)
  helper.remove(folder)
end)

-- Names in the folder, sorted.
local function names()
  local list = {}
  for name in lfs.dir(folder) do
    if name:find "[^.]" then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function fails(message, f, ...)
  local ok, got = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(message, got)
end

describe("write_file", function()
  it("writes strings and tensors one after the other", function()
    local path = folder .. "/f"
    core.write_file(path, { "ab", core.tensor({ 1, 2 }, "i64"), "",
      core.zeros { 0 }, core.ones { 1 } + 1 })
    assert.equal("ab" .. string.pack("<i8i8f", 1, 2, 2), helper.read(path))
    core.write_file(path, {})
    assert.equal("", helper.read(path))
  end)

  it("writes more than one piece of a mebibyte", function()
    local x = core.arange(300000)
    core.write_file(folder .. "/f", { x, "end" })
    assert.equal(core.to_bytes(x) .. "end", helper.read(folder .. "/f"))
  end)

  it("leaves the old file and no other, whichever step fails", function()
    local path, steps = folder .. "/f", 0
    results.write(path, "old")
    while true do
      core.fail_file(steps + 1)
      local ok, message = pcall(results.write, path, "new")
      if not core.file_fault_hit() then break end
      steps = steps + 1
      assert.is_false(ok)
      assert.matches("cannot write '.*/f': No space left on device$", message)
      assert.same({ "f" }, names())
      -- the last step, the folder's sync, comes after the rename
      local text = helper.read(path)
      if text ~= "old" then assert.equal(5, steps) end
      results.write(path, "old")
    end
    assert.equal(5, steps) -- open, write, sync, rename, sync of the folder
    assert.equal("new", helper.read(path))
  end)

  it("leaves nothing when the disk holds a part only", function()
    local script = folder .. "/s.lua"
    helper.write(script, [[
      local weyl = require "weyl"
      local path = ...
      require("weyl.results").write(path .. "/f", "old")
      print(pcall(require("weyl.results").write, path .. "/f",
        ("x"):rep(1 << 22)))]])
    local out = helper.shell(("trap '' XFSZ; ulimit -f 2048; %s %s %s"):format(
      helper.program, script, folder))
    assert.matches("cannot write '.*/f': File too large", out)
    assert.same({ "f", "s.lua" }, names())
    assert.equal("old", helper.read(folder .. "/f"))
  end)

  it("leaves the old file when the process is killed", function()
    local script = folder .. "/s.lua"
    helper.write(script, [[
      local core = require "weyl.core"
      local path, n = ...
      core.fail_file(math.tointeger(n), true)
      core.write_file(path, { "new" })]])
    for step = 1, 5 do
      helper.write(folder .. "/f", "old")
      local _, _, status = helper.weyl(("%s %s/f %d"):format(script, folder,
        step))
      assert.equal(137, status)
      assert.equal(step < 5 and "old" or "new", helper.read(folder .. "/f"))
    end
  end)

  it("names path and cause", function()
    fails("cannot write '.*/none/f': No such file or directory",
      core.write_file, folder .. "/none/f", { "x" })
    fails("cannot write '.*': Is a directory", results.write, folder, "x")
    helper.write(folder .. "/f", "")
    fails("cannot write '.*/f/g': Not a directory", results.write,
      folder .. "/f/g", "x")
    fails("write_file: argument 'path' must be a file's name, got ''",
      results.write, "", "x")
    fails("write_file: argument 'path' must be a file's name, got 'a%z?.*'",
      core.write_file, "a\0b", {})
    fails("write_file: argument 'pieces' must be a tensor, got boolean",
      core.write_file, folder .. "/f", { true })
    fails("write_file: argument 'pieces' must be a list of strings and "
      .. "tensors, got nothing", core.write_file, folder .. "/f")
    fails("results.write: argument 'text' must be a string, got nil",
      results.write, folder .. "/f")
  end)
end)

describe("results.write", function()
  it("makes the folders of the path that are missing", function()
    results.write(folder .. "/a/b/f", "x")
    assert.equal("x", helper.read(folder .. "/a/b/f"))
  end)
end)

describe("a checksum", function()
  it("tells every change of a bit and of the cuts", function()
    local x = core.arange(40)
    local seen = { [core.checksum { x, "abc" }] = true }
    local function new(pieces)
      local sum = core.checksum(pieces)
      assert.matches("^%x+$", sum)
      assert.equal(16, #sum)
      assert.is_nil(seen[sum])
      seen[sum] = true
    end
    new { "abc", x }
    new { x, "ab", "c" }
    new { core.to_bytes(x) .. "abc" }
    for bit = 0, 63 do
      local y = core.concat { x:slice(1, 1, 39),
        core.tensor({ 39 ~ (1 << bit) }, "i64") }
      new { y, "abc" }
    end
    assert.equal(core.checksum { core.arange(40), "abc" },
      core.checksum { core.to_bytes(x), "abc" })
  end)
end)
