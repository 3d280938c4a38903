-- transcripts_spec.lua: the sessions that README and tutorial show are what a
-- terminal shows when their lines are typed in.

local helper = require "spec.helper"
local terminal = require "spec.terminal"
local transcripts = require "spec.transcripts"

-- Files of the repository that may show sessions; some, or all, show none.
local function documents()
  local list = {}
  local out = helper.shell "ls README.md experiments/tutorial/*"
  for path in out:gmatch "[^\n]+" do
    if path:find "%.md$" or path:find "%.lua$" then list[#list + 1] = path end
  end
  return list
end

-- What the terminal shows when a session is typed in, without the greeting.
local function play(session)
  local t <close> = terminal { rows = 50 }
  local screen
  for _, line in ipairs(transcripts.commands(session)) do
    screen = t:enter(line)
  end
  return screen:gsub("^[^\n]*\n", ""):gsub("\n>$", "\n")
end

describe("the session of", function()
  for _, path in ipairs(documents()) do
    local session = transcripts.read(path)
    if session then
      it(path .. " is what a terminal shows", function()
        if not terminal.possible then return pending "tmux is missing" end
        assert.equal(transcripts.timeless(session),
          transcripts.timeless((play(session))))
      end)
    end
  end
end)

describe("transcripts", function()
  local function read(text)
    local path = os.tmpname()
    helper.write(path, text)
    local session = transcripts.read(path)
    os.remove(path)
    return session
  end

  it("are the blocks of a file, whatever stands between them", function()
    assert.equal("> 1\n1\n> for i = 1, 1 do\n>> end\n", read [[
```text
> 1
1
```
```text
no session
```
```lua
> 2
```
```text
> for i = 1, 1 do
>> end
```
]])
    assert.is_nil(read "nothing\n")
  end)

  it("may stand in comments of Lua", function()
    assert.equal("> print ''\n\n", read "-- ```text\n-- > print ''\n--\n-- ```")
    assert.equal("> 1\n1\n", read "--[[\n```text\n> 1\n1\n```\n]]\n")
  end)

  it("have commands, and times that do not matter", function()
    assert.same({ "f {", "1 }" }, transcripts.commands "> f {\n>> 1 }\n2\n")
    assert.equal("# s, f32 [3]", transcripts.timeless "1.25 ms, f32 [3]")
  end)
end)
