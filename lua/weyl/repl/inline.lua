-- repl/inline.lua: figures between the lines of the prompt.
--
-- A terminal that says it knows sixel graphics (4 among its primary device
-- attributes, DA1 of DEC's VT200 and later) gets a picture, every other one
-- text that fits its window.

local core = require "weyl.core"

local inline = {}

local PATIENCE = 0.3 -- seconds in which a terminal has to answer
local QUESTION = "\27[c"

local sixel ---@type boolean? what the terminal said, once it was asked

---Whether an answer to DA1 has sixel graphics among its attributes.
---@param answer string? "\27[?62;4;22c"
---@return boolean
function inline.has_sixel(answer)
  local list = answer and answer:match "\27%[%?([%d;]+)c"
  return list ~= nil and (";" .. list .. ";"):find(";4;", 1, true) ~= nil
end

local function knows_sixel()
  if sixel == nil then
    sixel = inline.has_sixel(core.ask(QUESTION, "c", PATIENCE))
  end
  return sixel
end

---What shows a figure: a picture for the terminal, or text.
---@param figure table with methods text(columns, rows) and sixel(width)
---@return string
function inline.render(figure)
  local columns, _, width = core.window()
  local picture = columns and knows_sixel()
    and figure:sixel(width and width >= 200 and width or nil)
  return picture and picture .. "\n"
    or figure:text(math.max(20, (columns or 80) - 1))
end

return inline
