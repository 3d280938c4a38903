-- repl/colour.lua: the few colours of the prompt.
--
-- Off unless the prompt turns them on: its output must be a terminal that is
-- not dumb, and the environment must not have NO_COLOR (no-color.org).

local colour = { on = false }

local CODES = { error = "31", prompt = "1;34", more = "2;34", dim = "2" }

---Turns colours on where they are wanted.
---@param terminal boolean whether the output is one
function colour.open(terminal)
  local no = os.getenv "NO_COLOR"
  colour.on = terminal and (no == nil or no == "")
    and os.getenv "TERM" ~= "dumb"
end

---Text in the colour for a use: "error", "prompt", "more" or "dim".
---@param use string
---@param text string
---@return string
function colour.paint(use, text)
  if not colour.on or text == "" then return text end
  return ("\27[%sm%s\27[0m"):format(CODES[use], text)
end

---The same for the line editor, which does not count what is between \1.
---@param use string
---@param text string
---@return string
function colour.prompt(use, text)
  if not colour.on then return text end
  return ("\1\27[%sm\1%s\1\27[0m\1"):format(CODES[use], text)
end

return colour
