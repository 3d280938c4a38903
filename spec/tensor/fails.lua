-- fails.lua: holds what an error says, to the letter, and where it says it
-- happened: at a line of the function that made the mistake.

---Calls f, which must raise an error with this text at one of its own lines.
---@param text string
---@param f function
return function(text, f)
  local ok, why = pcall(f)
  if ok then error("no error where one was expected: " .. text, 2) end
  local info = debug.getinfo(f, "S")
  local file, line, said = tostring(why):match "^(.-):(%d+): (.*)$"
  local at = tonumber(line)
  if said ~= text then
    error(("the message is\n  %s\ninstead of\n  %s"):format(said or why, text),
      2)
  end
  if file ~= info.short_src or at < info.linedefined
      or at > info.lastlinedefined then
    error(("the place is %s:%s instead of %s:%d"):format(file, line,
      info.short_src, info.linedefined), 2)
  end
end
