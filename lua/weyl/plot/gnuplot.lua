-- plot/gnuplot.lua: text and numbers as gnuplot reads them, running it, and
-- what it says when it fails.
--
-- Text of users reaches gnuplot only between single quotes, where it expands
-- nothing, and every terminal is set to "noenhanced", so that no character of
-- it is markup. gnuplot runs without anybody's ~/.gnuplot.

local check = require "weyl.check"
local results = require "weyl.results"

local gnuplot = {}

-- ---- text and numbers ----

-- UTF-8 stays as it is; bytes that are none become question marks.
local function valid(text)
  local _, where = utf8.len(text)
  while where do
    text = text:sub(1, where - 1) .. "?" .. text:sub(where + 1)
    _, where = utf8.len(text, where)
  end
  return text
end

-- gnuplot 5.4 takes ''' at the beginning of a string for an empty one.
local APOSTROPHE = "\u{2019}"

---Text as gnuplot's single-quoted string: nothing in it is expanded. Line
---breaks and other control characters become spaces.
---@param text string
---@return string
function gnuplot.quote(text)
  text = valid(tostring(text)):gsub("%c", " "):gsub("^'", APOSTROPHE)
  return "'" .. text:gsub("'", "''") .. "'"
end

---The same for what stands at a tic, where gnuplot takes % for a format.
---@param text string
---@return string
function gnuplot.tic(text)
  return (gnuplot.quote(text):gsub("%%", "%%%%"))
end

-- A number or a text for a data file; gnuplot takes NaN for a gap.
local function cell(v)
  if type(v) ~= "number" then
    return '"' .. valid(tostring(v)):gsub('[%c"\\]', "'") .. '"'
  end
  if v ~= v or v == math.huge or v == -math.huge then return "NaN" end
  return results.number(v)
end

---One block of a data file: rows of numbers and texts.
---@param rows any[][]
---@return string
function gnuplot.block(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for k, v in ipairs(row) do cells[k] = cell(v) end
    lines[i] = table.concat(cells, " ")
  end
  return table.concat(lines, "\n") .. "\n"
end

---What stands at the beginning of every script and after every `reset`.
gnuplot.PRELUDE = "set encoding utf8\nset datafile missing 'NaN'\n"

-- ---- running ----

local function shell_quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The lines of the command that ends in line n, numbered: a command goes on
-- after a line with a backslash at its end.
local function command_at(script, n)
  local lines, first, out = {}, n, {}
  for line in (script .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  while first > 1 and (lines[first - 1] or ""):find "\\$" do
    first = first - 1
  end
  for i = first, n do
    out[#out + 1] = ("%5d | %s"):format(i, lines[i] or "")
  end
  return table.concat(out, "\n")
end

-- gnuplot's last message with the command it is about.
local function explain(output, script)
  local n, message = output:match '.*line (%d+): ([^\n]*)'
  if not n then return output end
  return ("line %s: %s\n%s"):format(n, message,
    command_at(script, math.tointeger(n)))
end

---Runs a script in its folder. When gnuplot fails, its message is raised with
---the lines of the script that it is about.
---@param path string of the script
---@return string output what it wrote, warnings too
function gnuplot.run(path)
  local folder, name = path:match "^(.*/)([^/]*)$"
  local pipe = assert(io.popen(("cd %s && gnuplot -d %s 2>&1"):format(
    shell_quote(folder or "."), shell_quote(name or path)), "r"))
  local output = pipe:read "a"
  local ok, _, status = pipe:close()
  if ok then return output end
  if status == 127 then
    check.fail("plot: there is no program 'gnuplot', which draws the "
      .. "figures; on Debian it is in the package gnuplot-nox")
  end
  check.fail("plot: gnuplot stopped in '%s' at %s", path,
    explain(output, results.text(path) or ""))
end

-- ---- without a file to keep ----

-- Removes what was written beside a temporary name.
local function remove(base)
  for _, ending in ipairs { "", ".dat", ".gp" } do os.remove(base .. ending) end
end

---What a terminal draws, as the text or the bytes that gnuplot writes.
---@param terminal string e.g. "dumb size 79, 24"
---@param script string
---@param data string
---@return string
function gnuplot.output(terminal, script, data)
  local base = os.tmpname()
  local ok, output = pcall(function()
    results.write(base .. ".dat", data)
    results.write(base .. ".gp", ("%sset terminal %s\ndata = %s\n%s"):format(
      gnuplot.PRELUDE, terminal, gnuplot.quote(base .. ".dat"), script))
    return gnuplot.run(base .. ".gp")
  end)
  remove(base)
  if not ok then error(output, 0) end
  return output
end

---Whether gnuplot was built with a terminal.
---@param name string e.g. "sixelgd"
---@return boolean
function gnuplot.has(name)
  return (pcall(gnuplot.output, name, "", ""))
end

return gnuplot
