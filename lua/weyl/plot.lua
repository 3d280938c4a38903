-- plot.lua: figures through gnuplot.
--
--   plot.lines { series = { { x = e, y = loss, title = "train" } },
--                xlabel = "epoch", logy = true, file = "loss.png" }
--
-- The picture's kind follows from the name of the file: .png, .svg or .pdf;
-- without a file the figure is drawn in text on the terminal. Beside a
-- picture a.png lie a.gp, the script, and a.dat, the data, from which gnuplot
-- draws it again. Text of users reaches gnuplot only between single quotes,
-- where it expands nothing, and its messages are part of the error.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"
local results = require "weyl.results"

---@class weyl.plot
local plot = {}

-- ---- text for gnuplot and the shell ----

---Text as gnuplot's single-quoted string: nothing in it is expanded. Line
---breaks and other control characters become spaces.
---@param text string
---@return string
function plot.quote(text)
  return "'" .. tostring(text):gsub("%c", " "):gsub("'", "''") .. "'"
end

local function shell_quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A number or a text for a data file; gnuplot takes NaN for a gap.
local function cell(v)
  if type(v) ~= "number" then
    return '"' .. tostring(v):gsub('[%c"]', "'") .. '"'
  end
  if v ~= v or v == math.huge or v == -math.huge then return "NaN" end
  return results.number(v)
end

---One block of a data file: rows of numbers and texts.
---@param rows any[][]
---@return string
function plot.block(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for k, v in ipairs(row) do cells[k] = cell(v) end
    lines[i] = table.concat(cells, " ")
  end
  return table.concat(lines, "\n") .. "\n"
end

-- ---- running ----

local terminals = {
  png = "pngcairo noenhanced size %d,%d font 'sans,11'",
  svg = "svg noenhanced size %d,%d font 'sans,11' background 'white'",
  pdf = "pdfcairo noenhanced size %d/96.,%d/96. font 'sans,11'", -- inches
}

-- What must stand before every script, whatever the user's ~/.gnuplot says.
local PRELUDE = [[
set encoding utf8
set datafile missing 'NaN'
]]

-- Folder (with its slash), name without ending, ending.
local function split_path(path)
  local folder, name = path:match "^(.*/)([^/]*)$"
  if not folder then folder, name = "", path end
  local base, ending = name:match "^(.+)%.(%w+)$"
  return folder, base or name, ending and ending:lower() or ""
end

-- Runs a script in its folder; what gnuplot wrote, raised when it failed.
local function run(folder, name)
  local command = ("cd %s && gnuplot -d %s 2>&1"):format(
    shell_quote(folder == "" and "." or folder), shell_quote(name))
  local pipe = assert(io.popen(command, "r"))
  local output = pipe:read "a"
  local ok, _, status = pipe:close()
  if ok then return output end
  local hint = status == 127 and " (is gnuplot installed?)" or ""
  check.fail("plot: gnuplot failed on '%s%s'%s:\n%s", folder, name, hint,
    output)
end

-- Draws in text. The files live in the folder for temporary files.
local function draw_text(script, data)
  local base = os.tmpname()
  results.write(base .. ".dat", data)
  local columns = tonumber(os.getenv "COLUMNS") or 80
  results.write(base .. ".gp", PRELUDE
    .. ("set terminal dumb noenhanced size %d, 24\n"):format(columns - 1)
    .. "data = " .. plot.quote(base .. ".dat") .. "\n" .. script)
  local folder, name = split_path(base)
  local ok, output = pcall(run, folder, name .. ".gp")
  for _, ending in ipairs { "", ".dat", ".gp" } do os.remove(base .. ending) end
  if not ok then error(output, 0) end
  return output
end

---@class weyl.plot.figure
---@field script string gnuplot commands; the data file is in `data`
---@field data string
---@field file string? the picture
---@field width integer? of the picture in points of 1/96 inch, 720 unless
---  given
---@field height integer? 480 unless given

---Draws a figure: into a file, or as text that is printed when there is none.
---@param opts weyl.plot.figure
---@return string? file
function plot.figure(opts)
  local o = options.read("plot.figure", opts, {
    { "script", "string", required = true },
    { "data", "string", default = "" },
    { "file", "string" },
    { "width", "count", default = 720 },
    { "height", "count", default = 480 } })
  if not o.file then
    io.write(draw_text(o.script, o.data))
    return nil
  end
  local folder, base, ending = split_path(o.file)
  if not terminals[ending] then
    check.fail("plot: the file must end in .png, .svg or .pdf, got '%s'",
      o.file)
  end
  local terminal = terminals[ending]:format(o.width, o.height)
  if folder ~= "" then results.folder(folder) end
  results.write(folder .. base .. ".dat", o.data)
  results.write(folder .. base .. ".gp", PRELUDE .. "set terminal "
    .. terminal .. "\nset output " .. plot.quote(base .. "." .. ending)
    .. "\ndata = " .. plot.quote(base .. ".dat") .. "\n" .. o.script)
  run(folder, base .. ".gp")
  return o.file
end

-- ---- lines ----

local function numbers(v, what)
  local given = v
  if core.is_tensor(v) then v = v:flatten():totable() end
  local ok = type(v) == "table"
  for _, entry in ipairs(ok and v or {}) do
    ok = ok and type(entry) == "number"
  end
  check.arg(ok, "plot.lines", what, "a list of numbers or a tensor", given)
  return v
end

---@class weyl.plot.series
---@field y number[]|weyl.tensor
---@field x (number[]|weyl.tensor)? 1, 2, ... unless given
---@field title string?
---@field style "lines"|"points"|"linespoints"|"steps"?

local SERIES = {
  { "y", "any", required = true }, { "x", "any" }, { "title", "string" },
  { "style", { "lines", "points", "linespoints", "steps" },
    default = "lines" },
}

-- The points of a series; shown counts those that its axes can show.
local function series_rows(s, i, o)
  local y = numbers(s.y, ("series[%d].y"):format(i))
  local x = s.x and numbers(s.x, ("series[%d].x"):format(i))
  if x and #x ~= #y then
    check.fail("plot.lines: series[%d] has %d numbers in x and %d in y", i,
      #x, #y)
  end
  local function fits(v, log)
    return v == v and math.abs(v) < math.huge and (v > 0 or not log)
  end
  local rows, shown = {}, 0
  for k, v in ipairs(y) do
    local row = { x and x[k] or k, v }
    rows[k] = row
    if fits(row[1], o.logx) and fits(v, o.logy) then shown = shown + 1 end
  end
  return rows, shown
end

-- Series as checked options; on the whole there must be something to show.
local function read_series(o)
  check.arg(#o.series > 0, "plot.lines", "series",
    "a list of tables { y = ... }", o.series)
  local list, count = {}, 0
  for i, given in ipairs(o.series) do
    check.arg(type(given) == "table", "plot.lines",
      ("series[%d]"):format(i), "a table { y = ... }", given)
    local s = options.read("plot.lines", given, SERIES)
    local shown
    s.rows, shown = series_rows(s, i, o)
    list[i], count = s, count + shown
  end
  if count == 0 then
    check.fail("plot.lines: no point can be shown: none is finite%s",
      (o.logx or o.logy) and " and above 0 on the axes with logarithms" or "")
  end
  return list
end

---Curves over a common axis.
---@param opts { series: weyl.plot.series[], title: string?, xlabel: string?,
---  ylabel: string?, logx: boolean?, logy: boolean?, file: string?,
---  width: integer?, height: integer? }
---@return string? file
function plot.lines(opts)
  local o = options.read("plot.lines", opts, {
    { "series", "table", required = true }, { "title", "string" },
    { "xlabel", "string" }, { "ylabel", "string" }, { "file", "string" },
    { "logx", "boolean", default = false },
    { "logy", "boolean", default = false },
    { "width", "count" }, { "height", "count" } })
  local script, data, parts = { "set grid" }, {}, {}
  for _, name in ipairs { "title", "xlabel", "ylabel" } do
    if o[name] then
      script[#script + 1] = ("set %s %s"):format(name, plot.quote(o[name]))
    end
  end
  if o.logx then script[#script + 1] = "set logscale x" end
  if o.logy then script[#script + 1] = "set logscale y" end
  for i, s in ipairs(read_series(o)) do
    data[i] = plot.block(s.rows)
    parts[i] = ("data index %d using 1:2 with %s linewidth 2 %s"):format(
      i - 1, s.style, s.title and "title " .. plot.quote(s.title) or "notitle")
  end
  script[#script + 1] = "plot " .. table.concat(parts, ", \\\n     ")
  return plot.figure { script = table.concat(script, "\n") .. "\n",
    data = table.concat(data, "\n\n"), file = o.file, width = o.width,
    height = o.height }
end

-- ---- for recipes ----

-- Paul Tol's bright and muted colours, which colour-blind readers tell apart.
local COLOURS = { "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee",
  "#aa3377", "#777777", "#332288", "#999933" }

---The i-th of nine colours that colour-blind readers tell apart; then again.
---@param i integer from 1
---@return string colour as "#rrggbb"
function plot.colour(i) return COLOURS[(i - 1) % #COLOURS + 1] end

-- By the ratio of the ends of an axis, what stands between powers of ten.
local BETWEEN = { { 5, { 2, 3, 4, 5, 6, 8 } }, { 15, { 2, 5 } },
  { 1000, { 3 } }, { math.huge, {} } }

---Commands for an axis with logarithms, and for how it is numbered between
---powers of ten when it has few of them.
---@param axis string "x" or "y"
---@param low number > 0, the ends of the axis
---@param high number
---@return string
function plot.log_axis(axis, low, high)
  local out = { ("set logscale %s\nset format %s '%%g'\nset %srange [%.10g:"
    .. "%.10g]\nset %stics autofreq\n"):format(axis, axis, axis, low, high,
    axis) }
  local i = 1
  while high / low >= BETWEEN[i][1] do i = i + 1 end
  for _, digit in ipairs(BETWEEN[i][2]) do
    out[#out + 1] = ("set for [k = %d:%d] %stics add (sprintf('%%g', "
      .. "%d * 10.0**k) %d * 10.0**k)\n"):format(math.floor(math.log(low, 10)),
      math.ceil(math.log(high, 10)), axis, digit, digit)
  end
  return table.concat(out)
end

-- ---- recipes ----

-- What a recipe draws unless it says otherwise.
local EXPERIMENT = { what = "what experiment:run() returns",
  test = function(r) return r.seeds and r.seeds[1] and r.groups end }

---A figure of the folder plots/, by name: a function of results and of options
---file and title. "levels" and "history" draw what an experiment's run()
---returns, "truth" a list of those; "algebra" what symmetry.discover returns;
---"box", "bands" and "trajectories" draw tables of numbers, which the heads of
---their files describe.
---@param name string e.g. "levels"
---@return fun(r: table, opts: table?): string?
function plot.recipe(name)
  local room = debug.getinfo(1, "S").source:match "^@(.*)plot%.lua$" or ""
  local where = room .. "../../plots/?.lua;" .. room .. "plots/?.lua"
  local file = package.searchpath(name, where, "", "")
  if not file then
    check.fail("plot.recipe: there is no recipe '%s' in the folder plots",
      name)
  end
  local draw, accepts = assert(loadfile(file))()
  local func = "plot.recipe " .. name
  accepts = accepts or EXPERIMENT
  return function(r, opts)
    check.arg(type(r) == "table" and accepts.test(r), func, "results",
      accepts.what, r)
    local o = options.read(func, opts,
      { { "file", "string" }, { "title", "string" } })
    return draw(r, o)
  end
end

return plot
