-- transcripts.lua: sessions at the prompt that documents show.
--
-- They are blocks fenced as ```text whose first line begins with the prompt,
-- in Markdown as well as in comments of Lua files, where every line may have
-- "-- " before it. All the blocks of one file are one session, in order.

local helper = require "spec.helper"

local transcripts = {}

-- The lines of a fenced block without what stands before the fence.
local function strip(block, margin)
  local lines = {}
  for line in block:gmatch "([^\n]*)\n" do
    local inside = line:sub(1, #margin) == margin
    lines[#lines + 1] = (inside and line:sub(#margin + 1)
      or line:gsub("^%-%-$", "")) .. "\n"
  end
  return table.concat(lines)
end

---The session that a document shows: prompts, commands and output as they
---stand on the screen; nil when it shows none.
---@param path string
---@return string?
function transcripts.read(path)
  local blocks, text = {}, "\n" .. helper.read(path)
  for margin, block in text:gmatch "\n([%- ]*)```text\n(.-\n)[%- ]*```" do
    block = strip(block, margin)
    if block:find "^> " then blocks[#blocks + 1] = block end
  end
  return #blocks > 0 and table.concat(blocks) or nil
end

---The lines that are typed in a session.
---@param text string
---@return string[]
function transcripts.commands(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = line:match "^>>? (.*)" or line:match "^>>$" and "" or nil
  end
  return list
end

---Text in which times, which are never twice the same, are the same.
---@param text string
---@return string
function transcripts.timeless(text)
  return (text:gsub("%f[%w.][%d.]+ ([munh]?s)%f[%W]", "# s"))
end

return transcripts
