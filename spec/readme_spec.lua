-- readme_spec.lua: what README.md shows is what happens.
--
-- Blocks are told apart by their fence: "lua" is a script and runs, "text"
-- that begins with the prompt is a session and is typed in, "sh" holds make
-- targets, which must exist. Output is compared to the letter, but for times.

local helper = require "spec.helper"
local transcripts = require "spec.transcripts"

---@type { kind: string, text: string, line: integer }[]
local blocks = {}
do
  local kind, text, start, n = nil, nil, nil, 0
  for line in io.lines "README.md" do
    n = n + 1
    local fence = line:match "^```(.*)"
    if fence and kind then
      blocks[#blocks + 1] = { kind = kind, line = start,
        text = table.concat(text, "\n") .. "\n" }
      kind = nil
    elseif fence then
      kind, text, start = fence, {}, n
    elseif kind then
      text[#text + 1] = line
    end
  end
end

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

function check.lua(text)
  local folder = helper.folder()
  local program = helper.shell("realpath " .. helper.program):gsub("\n", "")
  helper.write(folder .. "/script.lua", text)
  local _, err, status = helper.shell(("cd %s && %s script.lua"):format(
    folder, program))
  helper.remove(folder)
  assert.equal(0, status, err)
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
  local makefile = helper.read "Makefile"
  for target in text:gmatch "make (%l+)" do
    assert.matches("\n" .. target .. ":", makefile)
  end
end

describe("README.md", function()
  for _, block in ipairs(blocks) do
    it(("holds at line %d (%s)"):format(block.line, block.kind), function()
      assert.is_function(check[block.kind], "unknown kind of block")
      check[block.kind](block.text)
    end)
  end

  it("has a script, a session and the commands", function()
    local seen = {}
    for _, block in ipairs(blocks) do seen[block.kind] = true end
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
