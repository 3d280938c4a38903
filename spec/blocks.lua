-- blocks.lua: the fenced blocks of documents, and running what is in them.

local helper = require "spec.helper"

local blocks = {}

---The blocks of a Markdown file, or of the comments of a Lua file, where "-- "
---stands before every line.
---@param path string
---@return { kind: string, text: string, line: integer }[]
function blocks.of(path)
  local out, open, n = {}, nil, 0
  for line in io.lines(path) do
    n = n + 1
    line = path:find "%.lua$" and (line:match "^%-%- ?(.*)" or "") or line
    local fence = line:match "^```(.*)"
    if fence and open then
      out[#out + 1] = { kind = open.kind, line = open.line,
        text = table.concat(open, "\n") .. "\n" }
      open = nil
    elseif fence then
      open = { kind = fence, line = n }
    elseif open then
      open[#open + 1] = line
    end
  end
  return out
end

---Runs a command of the shell in a folder, with weyl among its commands; fails
---unless it ends well.
---@param folder string
---@param command string
---@return string output
function blocks.run(folder, command)
  local program = helper.shell("realpath " .. helper.program):gsub("\n", "")
  local out, err, status = helper.shell(("cd %s && PATH=%s:$PATH && { %s; }")
    :format(folder, program:match "^(.*)/", command))
  assert(status == 0, err .. out)
  return out
end

---Fails unless every target of `make` in a block exists.
---@param text string
function blocks.check_targets(text)
  local makefile = helper.read "Makefile"
  for target in text:gmatch "make (%l+)" do
    assert(makefile:find("\n" .. target .. ":", 1, true), target)
  end
end

return blocks
