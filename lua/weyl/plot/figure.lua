-- plot/figure.lua: a figure: what plot's functions return. It is drawn when it
-- is saved, shown, or turned into text.
--
-- The picture's kind follows from the name of the file: .png, .svg or .pdf.
-- Beside a picture a.png lie a.gp, the script, and a.dat, the data, from which
-- `gnuplot a.gp` draws it again.

local check = require "weyl.check"
local compose = require "weyl.plot.compose"
local gnuplot = require "weyl.plot.gnuplot"
local results = require "weyl.results"

---@class weyl.plot.figure
---@field title string?
---@field panels weyl.plot.panel[]? none of a figure from a script
---@field columns integer panels side by side
---@field width integer? of the picture, in points of 1/96 inch
---@field height integer?
---@field script string? of a figure from a script
---@field data string?
---@field file string? where it was saved last
local Figure = {}
local meta = { __index = Figure, __name = "weyl.plot.figure" }

function meta.__tostring(f)
  local n = f.panels and #f.panels
  return ("weyl.plot.figure%s%s%s"):format(n
    and (": %d panel%s"):format(n, n == 1 and "" or "s") or "",
    f.title and (" '%s'"):format(f.title) or "",
    f.file and ", saved as " .. f.file or "")
end

local TERMINALS = {
  png = "pngcairo noenhanced size %d,%d font 'sans,11'",
  svg = "svg noenhanced size %d,%d font 'sans,11' background 'white'",
  pdf = "pdfcairo noenhanced size %d/96.,%d/96. font 'sans,11'", -- inches
}

-- Folder (with its slash), name without ending, ending.
local function split_path(path)
  local folder, name = path:match "^(.*/)([^/]*)$"
  if not folder then folder, name = "", path end
  local base, ending = name:match "^(.+)%.(%w+)$"
  return folder, base or name, ending and ending:lower() or ""
end

-- Script, data and size, as a picture or as text.
local function render(f, text)
  if f.panels then return compose(f, text) end
  return f.script, f.data, text and text.columns or f.width or 720,
    text and text.rows or not text and f.height or text and 24 or 480
end

---Draws the figure into a file and returns its name; script and data come to
---lie beside it under the same name. Folders are made when they are missing.
---@param file string ending in .png, .svg or .pdf
---@return string file
function Figure:save(file)
  check.arg(type(file) == "string", "figure:save", "file", "a file's name",
    file)
  local folder, base, ending = split_path(file)
  if not TERMINALS[ending] then
    check.fail("plot: the file must end in .png, .svg or .pdf, got '%s'", file)
  end
  local script, data, width, height = render(self)
  results.write(folder .. base .. ".dat", data)
  results.write(folder .. base .. ".gp", ("%sset terminal %s\nset output %s\n"
    .. "data = %s\n%s"):format(gnuplot.PRELUDE,
    TERMINALS[ending]:format(width, height),
    gnuplot.quote(base .. "." .. ending), gnuplot.quote(base .. ".dat"),
    script))
  local said = gnuplot.run(folder .. base .. ".gp")
  if said:find "%S" then io.stderr:write("plot: gnuplot says: ", said) end
  self.file = file
  return file
end

---The figure as text.
---@param columns? integer width in characters, that of the terminal, or 79,
---  unless given
---@param rows? integer height in lines, what the panels need unless given
---@return string
function Figure:text(columns, rows)
  columns = columns or (tonumber(os.getenv "COLUMNS") or 80) - 1
  check.arg(check.whole(columns, 20), "figure:text", "columns",
    "an integer >= 20", columns)
  check.arg(rows == nil or check.whole(rows, 5), "figure:text", "rows",
    "an integer >= 5", rows)
  local script, data, width, height = render(self,
    { columns = math.tointeger(columns), rows = rows })
  return (gnuplot.output(("dumb noenhanced size %d, %d"):format(width, height),
    script, data):gsub(" +\n", "\n"):gsub("^[\f\n]+", "")
    :gsub("%s*$", "\n", 1))
end

---The figure as sixel graphics, which some terminals show between the lines of
---text; nil when gnuplot was built without them.
---@param width? integer in points, at most: the figure is made smaller to fit
---@return string?
function Figure:sixel(width)
  check.arg(width == nil or check.whole(width, 100), "figure:sixel", "width",
    "an integer >= 100", width)
  if not gnuplot.has "sixelgd" then return nil end
  local script, data, w, h = render(self)
  if width and w > width then w, h = width, h * width // w end
  return gnuplot.output(("sixelgd noenhanced truecolor size %d, %d"):format(w,
    h), script, data)
end

---The figure as a picture in SVG.
---@return string
function Figure:svg()
  local script, data, width, height = render(self)
  return gnuplot.output(TERMINALS.svg:format(width, height), script, data)
end

---Prints the figure as text.
function Figure:show() io.write(self:text()) end

---@param fields table
---@return weyl.plot.figure
return function(fields) return setmetatable(fields, meta) end
