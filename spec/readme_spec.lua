-- readme_spec.lua: what README.md shows is what happens.
--
-- Blocks are told apart by their fence: "lua" is a script and runs, "text"
-- that begins with the prompt is a session and is typed in, "sh" holds make
-- targets, which must exist, or commands of weyl, which are run in order in a
-- new folder. Output of sessions is compared to the letter, but for times.

local blocks = require "spec.blocks"
local helper = require "spec.helper"
local transcripts = require "spec.transcripts"

-- The commands and the output of a session.
local function split_session(text)
  local typed, shown = {}, {}
  for line in text:gmatch "([^\n]*)\n" do
    local command = line:match "^>>? (.*)"
    local list = command and typed or shown
    list[#list + 1] = command or line
  end
  return table.concat(typed, "\n") .. "\n", table.concat(shown, "\n") .. "\n"
end

local check = {}

-- Runs a command of the shell in a new folder.
local function in_folder(command, files)
  local folder = helper.folder()
  for name, text in next, files or {} do
    helper.write(folder .. "/" .. name, text)
  end
  blocks.run(folder, command)
  helper.remove(folder)
end

function check.lua(text)
  in_folder("weyl script.lua", { ["script.lua"] = text })
end

function check.text(text)
  if not text:match "^> " then return end
  local typed, shown = split_session(text)
  local out, err = helper.weyl("-i", typed)
  assert.equal("", err)
  assert.equal(transcripts.timeless(shown),
    transcripts.timeless(out:gsub("^[^\n]*\n", "")))
end

function check.sh(text)
  if text:match "^weyl " then return in_folder("set -e\n" .. text .. ":") end
  blocks.check_targets(text)
end

describe("README.md", function()
  for _, block in ipairs(blocks.of "README.md") do
    local slow = block.text:match "\nweyl run " and " #slow" or ""
    local name = ("holds at line %d (%s)%s"):format(block.line, block.kind,
      slow)
    it(name, function()
      assert.is_function(check[block.kind], "unknown kind of block")
      check[block.kind](block.text)
    end)
  end

  it("has a script, a session and the commands", function()
    local seen = {}
    for _, block in ipairs(blocks.of "README.md") do seen[block.kind] = true end
    assert.same({ lua = true, text = true, sh = true }, seen)
  end)

  it("points to files that exist", function()
    local text = helper.read("README.md"):gsub("\n```.-\n```", "")
      :gsub("<!%-%-.-%-%->", "")
    for path in text:gmatch "%]%(([^)#:]+)%)" do
      local file = io.open(path)
      assert.is_truthy(file, path)
      file:close()
    end
  end)
end)
