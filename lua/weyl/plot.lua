-- plot.lua: figures through gnuplot.
--
--   plot.lines { series = { { x = e, y = loss, title = "train" } },
--                xlabel = "epoch", logy = true, file = "loss.png" }
--   plot.panels { figure, another, columns = 2, file = "both.svg" }
--
-- Every function returns a figure: figure:save "a.png" draws it, also as .svg
-- or .pdf; figure:show() prints it as text, and the option `file` saves it at
-- once. A `title` of a series stands in the legend, below the panels, and has
-- the same colour and shape in all panels of a figure; `name` and `names`
-- stand along an axis. Numbers may come as lists or as tensors; NaN leaves a
-- gap, and so does what an axis with logarithms cannot show. All options are
-- checked.
--
-- Options of every kind: title; file, a name ending in .png, .svg or .pdf;
-- width and height in points of 1/96 inch, what the panels need unless given.
-- Labels of axes say what is shown and in which unit: "error (m)".

local bars = require "weyl.plot.bars"
local check = require "weyl.check"
local gnuplot = require "weyl.plot.gnuplot"
local grids = require "weyl.plot.grids"
local new = require "weyl.plot.figure"
local options = require "weyl.options"
local recipes = require "weyl.plot.recipes"
local space = require "weyl.plot.space"
local style = require "weyl.plot.style"
local xy = require "weyl.plot.xy"

---@class weyl.plot
local plot = {}

-- Options of every kind of figure.
local COMMON = { { "title", "string" }, { "file", "string" },
  { "width", "count" }, { "height", "count" } }

-- The options given to a kind of figure, checked with those of every kind.
local function read(func, opts, specs)
  local all = table.move(specs, 1, #specs, 1, {})
  return options.read(func, opts, table.move(COMMON, 1, #COMMON, #all + 1,
    all))
end

local function finish(o, fields)
  fields.title, fields.width, fields.height = o.title, o.width, o.height
  fields.columns = fields.columns or 1
  local figure = new(fields)
  if o.file then figure:save(o.file) end
  return figure
end

-- A figure of one panel.
local function single(func, kind, opts)
  local o = read(func, opts, kind.specs)
  return finish(o, { panels = { kind.panel(func, o) } })
end

---Curves, with bands where a series has low and high.
---Options: series, a list of { y =, x =, low =, high =, title =, style =,
---colour = }, where x is 1, 2, ... unless given, style is "lines", "points",
---"linespoints" or "steps", and colour "#rrggbb"; xlabel and ylabel; logx and
---logy, for logarithms; xrange and yrange, { low, high }; marks, dashed lines
---{ at =, axis = "x" or "y", title = }; title, file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.lines(opts) return single("plot.lines", xy.lines, opts) end

---Points, with whiskers where a series has low and high.
---Options are those of plot.lines; style is "points" unless given.
---@param opts table
---@return weyl.plot.figure
function plot.scatter(opts) return single("plot.scatter", xy.scatter, opts) end

---Lying bars by name, side by side where there are several series.
---Options: names, from the top; series, a list of { y =, low =, high =,
---title =, colour = } with a number for each name, low and high as whiskers;
---colours, one for each name in place of each series; xlabel of the values and
---ylabel of the names; logx; xrange; numbers, to write the values at the ends
---of the bars; title, file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.bars(opts) return single("plot.bars", bars.bars, opts) end

---Lying boxes by name: from the lower to the upper quartile, with the median,
---whiskers to the least and the largest value, and all values as points.
---Options: boxes, a list of { name =, values =, colour = } from the top; xlabel
---of the values and ylabel of the names; logx; xrange; title, file, width,
---height.
---@param opts table
---@return weyl.plot.figure
function plot.box(opts) return single("plot.box", bars.box, opts) end

---How often values fall into bins, the same for all series.
---Options: series, a list of { values =, title =, colour = }; bins, how many,
---by the rule of Freedman and Diaconis unless given; density, for areas of 1 in
---place of counts; xlabel with the unit of the values, ylabel; title, file,
---width, height.
---@param opts table
---@return weyl.plot.figure
function plot.histogram(opts)
  return single("plot.histogram", bars.histogram, opts)
end

---A matrix as colours, the first row at the top; about 0 when it has values on
---both sides, from 0 when it has not.
---Options: values, [rows, columns]; rows and columns, lists of names; xlabel,
---ylabel, and label of the colours; log, for logarithms; range, { low, high }
---of the colours; numbers, whether they are written into the cells: when there
---are at most 144 unless given; title, file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.heatmap(opts)
  return single("plot.heatmap", grids.heatmap, opts)
end

---Images side by side, all on one scale of greys or of colours.
---Options: images, a tensor [count, height, width] or, with red, green and
---blue, [count, height, width, 3], or a list of matrices; names, one for each;
---columns, how many side by side; range, the values of black and white: the
---least and the largest unless given, of colours 0 and 1, or 255 where there
---are values above 1; title, file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.images(opts) return single("plot.images", grids.images, opts) end

---Arrows at points of a plane.
---Options: x and v, [points, 2]: where arrows begin and what they stand for;
---scale, length of an arrow in units of x over that of its v, by which the
---longest reaches about to the next point unless given; xlabel, ylabel; title,
---file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.field(opts) return single("plot.field", space.field, opts) end

---Tracks through a plane or through space; a dot marks where each begins.
---Options: tracks, a list of { points =, title =, style =, colour = } with
---points [times, 2] or [times, 3] and style "lines", "points" or "linespoints";
---equal, whether all axes have one scale (true); xlabel, ylabel, zlabel; title,
---file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.trajectories(opts)
  return single("plot.trajectories", space.trajectories, opts)
end

-- ---- figures of figures ----

-- The panels of a figure; that of a figure with one has the figure's title.
local function panels_of(f)
  if #f.panels > 1 or not f.title then return f.panels end
  local panel = { title = f.title }
  for key, value in next, f.panels[1] do panel[key] = value end
  return { panel }
end

local PANELS = { { "columns", "count" } }

---Panels of other figures in one, under a title and over one legend.
---Options: the figures, in a list; columns, how many panels side by side, about
---as many as rows unless given; title, file, width, height.
---@param opts table
---@return weyl.plot.figure
function plot.panels(opts)
  local func, named, all = "plot.panels", {}, {}
  check.arg(type(opts) == "table" and #opts > 0, func, "options",
    "a list of figures with options", opts)
  for key, value in next, opts do
    if math.type(key) ~= "integer" then named[key] = value end
  end
  for i, f in ipairs(opts) do
    check.arg((getmetatable(f) or {}).__name == "weyl.plot.figure"
      and f.panels, func, ("[%d]"):format(i),
      "a figure with panels, not one of a script", f)
    for _, panel in ipairs(panels_of(f)) do all[#all + 1] = panel end
  end
  local o = read(func, named, PANELS)
  return finish(o, { panels = all,
    columns = math.min(o.columns or math.ceil(math.sqrt(#all)), #all) })
end

---A figure from a gnuplot script of one's own, which finds the name of the
---file with `data` in the variable data.
---Options: script; data, its text, see plot.block; title is not drawn; file,
---width (720), height (480).
---@param opts table
---@return weyl.plot.figure
function plot.figure(opts)
  local o = read("plot.figure", opts, {
    { "script", "string", required = true },
    { "data", "string", default = "" } })
  return finish(o, { script = o.script, data = o.data })
end

---Text as gnuplot's single-quoted string: nothing in it is expanded. Line
---breaks and other control characters become spaces.
---@param text string
---@return string
function plot.quote(text) return gnuplot.quote(text) end

---One block of a data file: rows of numbers and texts. Blocks are told apart by
---two empty lines.
---@param rows any[][]
---@return string
function plot.block(rows) return gnuplot.block(rows) end

---The i-th of eight colours that colour-blind readers tell apart; then again.
---@param i integer from 1
---@return string colour as "#rrggbb"
function plot.colour(i) return style.colour(i) end

-- ---- recipes ----

---A figure of the folder plots/, by name: a function of what it draws and of
---options. "levels" and "history" draw what an experiment's run() returns,
---"compare", "box", "equivariance" and "truth" lists of those; the head of each
---file says what else it draws. All take the options file and title.
---@param name string e.g. "levels"
---@return fun(r: table, opts: table?): weyl.plot.figure
function plot.recipe(name)
  local recipe = recipes.named(name)
  return function(r, opts) return recipes.draw(recipe, r, opts) end
end

return plot
