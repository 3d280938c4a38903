-- repl/load.lua: Lua as it is typed at the prompt: an expression, or else
-- statements.
--
-- A chunk that ends too early has a message that ends in "<eof>", whichever of
-- the two it begins.

-- Whether the text may be the beginning of an expression, by the message that
-- it got as one: it failed neither at its first word nor behind its end.
local function is_expression(text, message)
  local near = message:match "near '(.*)'$"
  local start = text:match "^%s*(.*)"
  local first = near and start:sub(1, #near) == near
  return not first and not message:find "<eof> expected"
end

---The function of a chunk, or the message of its syntax error.
---@param text string
---@return function? f
---@return string? message
return function(text)
  local f, as_expression = load("return " .. text, "=stdin", "t")
  if f then return f end
  local message
  f, message = load(text, "=stdin", "t")
  if f or message:find "<eof>$" then return f, message end
  return nil, is_expression(text, as_expression) and as_expression or message
end
