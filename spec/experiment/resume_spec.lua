-- resume_spec.lua: runs that were killed end as those that were not; what is
-- said when one cannot go on.

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

local NO_RESULT = { ["."] = true, [".."] = true, kills = true,
  ["environment.json"] = true }

-- All files of a folder but those with times, by path.
local function files(folder)
  local out = {}
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if NO_RESULT[name] then goto continue end
    if lfs.attributes(path, "mode") == "directory" then
      for inner, text in pairs(files(path)) do
        out[name .. "/" .. inner] = text
      end
    else
      out[name] = helper.read(path):gsub(folder, "")
    end
    ::continue::
  end
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
      -- the settings differ in the folder alone
      text = text:gsub(whole, "")
      assert.is_true(text == got[name]:gsub(killed, ""), name .. " differs")
      got[name] = nil
    end
    assert.is_nil(next(got)) -- no temporary file is left either
    assert.is_true(count > 60)
    helper.remove(whole)
    helper.remove(killed)
  end)
end)
