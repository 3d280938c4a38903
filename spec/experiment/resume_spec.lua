-- resume_spec.lua: runs that were killed end as those that were not.

local helper = require "spec.helper"
local lfs = require "lfs"

local SCRIPT = "spec/experiment/resumed.lua"

-- Runs the script until it is not killed any more; how often it was.
local function until_done(folder, kills)
  helper.write(folder .. "/kills", kills)
  local killed = 0
  while true do
    local _, errors, status = helper.weyl(SCRIPT .. " " .. folder)
    if status == 0 then break end
    assert.equal("", (errors:gsub("Killed\n?", "")))
    assert.equal(137, status)
    killed = killed + 1
  end
  assert.equal("", helper.read(folder .. "/kills"))
  return killed
end

local NO_RESULTS = { ["."] = true, [".."] = true, kills = true,
  ["weyl.db"] = true, ["environment.json"] = true }

-- All files of a folder but those with times, by path. The folder's own name,
-- which settings hold, is cut out.
local function files(folder)
  local out = {}
  local function walk(path)
    for name in lfs.dir(folder .. path) do
      local inner = path .. "/" .. name
      if NO_RESULTS[name] then goto continue end
      if lfs.attributes(folder .. inner, "mode") == "directory" then
        walk(inner)
      else
        out[inner] = helper.read(folder .. inner):gsub(folder, "")
      end
      ::continue::
    end
  end
  walk ""
  return out
end

describe("killed runs", function()
  it("end bit for bit as those that were not #slow", function()
    local whole, killed = helper.folder(), helper.folder()
    assert.equal(0, until_done(whole, ""))
    -- between epochs, while a checkpoint is written, in a second seed, twice
    -- in one run
    assert.equal(17, until_done(killed, table.concat({
      "plain 1 1", "plain 2 5", "plain 2 6 3", "plain 3 10 5",
      "autotune 1 5", "autotune 1 6 4", "autotune 1 9",
      "evidence 1 4", "evidence 2 7", "function 1 5", "scheduled 1 3",
      "plateau 1 11", "augment 1 6 2", "patience 1 3", "gradnorm 1 4 9",
      "proximal 1 3", "proximal 1 5" }, "\n") .. "\n"))
    local want, got = files(whole), files(killed)
    local count = 0
    for name, text in pairs(want) do
      count = count + 1
      assert.is_true(text == got[name], name .. " differs")
      got[name] = nil
    end
    assert.is_nil(next(got)) -- no temporary file is left either
    assert.is_true(count > 60)
    helper.remove(whole)
    helper.remove(killed)
  end)
end)
