-- plot/compose.lua: panels side by side and below each other, under a title
-- and over one legend, as a gnuplot script with its data.
--
-- A panel lists what is drawn in it and says what its axes show. The legend
-- stands in a strip of its own at the bottom of the figure, so that it covers
-- no data, and has every title once: a title has the same look in all panels.
-- The same panels are composed for a picture, measured in points of 1/96 inch,
-- or for a page of text, measured in characters.

local gnuplot = require "weyl.plot.gnuplot"
local style = require "weyl.plot.style"

---@class weyl.plot.item
---@field rows number[][] at least one of them is shown
---@field using string columns of rows
---@field with string? how, none for text alone; {colour}, {point} and {dash}
---  stand for the look, in text {stroke} and {letter}
---@field title string? what the legend calls it and whose look it shares
---@field number integer? whose look it has without a title, 1 unless given
---@field colour string? in place of the look's
---@field sample string? the `with` of the legend, that of the item unless
---  given; "" for none
---@field text weyl.plot.text|false|nil how in text, false for not at all

---@class weyl.plot.text
---@field using string
---@field with string
---@field sample string? that of the legend
---@field rows any[][]? in place of the item's

---@class weyl.plot.axis
---@field label string?
---@field low number? the ends; first the lower, but for names of rows
---@field high number?
---@field text number[]? the ends in text, where rows must meet lines
---@field log boolean?
---@field names string[]? at 1, 2, ...
---@field step number? between the numbers along it
---@field ticks number[]? where it is numbered, in place of round numbers

---@class weyl.plot.panel
---@field items weyl.plot.item[]
---@field x weyl.plot.axis
---@field y weyl.plot.axis
---@field z weyl.plot.axis? makes it three-dimensional
---@field title string?
---@field more string? commands
---@field ratio number? height over width of the plotted area
---@field bare boolean? without axes
---@field wide boolean? a row of its own
---@field width integer what it takes in a picture
---@field height integer
---@field lines integer what the plotted area takes in text, in lines
---@field caption string? what text says above it, in place of the label of y

-- Sizes of what stands around the panels, in points and in characters.
local PICTURE = { title = 34, row = 20, around = 14, sample = 56, letter = 7.2,
  text = false }
local TEXT = { title = 1, row = 1, around = 1, sample = 8, letter = 1,
  text = true }

local MARGIN = 11 -- characters left of an axis with numbers, in all panels
local TURNED = 6.6 -- points that a letter of a turned text takes

local function length(text) return utf8.len(text) or #text end

-- ---- looks and the legend ----

-- Looks by title and the legend's entries, in order of appearance. Titles
-- with colours of their own take none of the others, but letters.
local function looks_of(panels)
  local looks, legend, count, letters = {}, {}, 0, 0
  local function look_of(item)
    if not item.colour then count = count + 1 end
    letters = letters + 1
    local look = style.look(item.colour and item.number or count)
    look.letter = letters
    return look
  end
  for _, panel in ipairs(panels) do
    for _, item in ipairs(panel.items) do
      local title = item.title
      if title then looks[title] = looks[title] or look_of(item) end
      if title and item.sample ~= "" and not legend[title] then
        legend[#legend + 1], legend[title] = item, true
      end
    end
  end
  looks.letters = letters > style.STROKES
  return looks, legend
end

-- A `with` clause in the look of an item.
local function dressed(with, item, looks)
  local look = item.title and looks[item.title]
    or style.look(item.number or 1)
  return (with:gsub("{(%a+)}", function(name)
    if name == "stroke" then
      return looks.letters and "points pt " .. look.letter
        or "lines lt " .. look.letter
    end
    return name == "colour" and item.colour or tostring(look[name])
  end))
end

-- Entries of the legend in a row, and how many rows.
local function legend_shape(legend, width, unit)
  local longest = 0
  for _, item in ipairs(legend) do
    longest = math.max(longest, length(item.title))
  end
  local one = unit.letter * longest + unit.sample
  local columns = math.max(1, math.min(#legend, width // one))
  return math.floor(columns), math.ceil(#legend / columns), one
end

local LEGEND = [[

# the legend
reset
%sset origin 0, 0
set size 1, %.6f
set lmargin 0
set rmargin 0
set tmargin 0
set bmargin 0
unset border
unset tics
set style fill solid 0.7 noborder
set xrange [0:1]
set yrange [0:1]
set key inside center center horizontal Left reverse samplen 2 maxcols %d
plot %s
]]

-- How the legend shows an item.
local function sample_of(item, text)
  local how = text and item.text
  return how and (how.sample or how.with) or item.sample or item.with
end

local function legend_script(legend, looks, columns, share, text)
  local parts = {}
  for i, item in ipairs(legend) do
    parts[i] = ("NaN with %s title %s"):format(dressed(sample_of(item, text),
      item, looks), gnuplot.quote(item.title))
  end
  return LEGEND:format(gnuplot.PRELUDE, share, columns,
    table.concat(parts, ", \\\n     "))
end

-- ---- axes ----

-- Letters along the axis of a panel that takes so much of the page.
local function letters_of(width, text)
  return width / (text and TEXT or PICTURE).letter - MARGIN - 3
end

-- Texts along an axis in place of gnuplot's own, and where.
local function tics_of(axis)
  local texts, at = {}, {}
  for i, v in ipairs(axis.ticks or axis.names or {}) do
    texts[i] = axis.ticks and ("%g"):format(v) or v
    at[i] = axis.ticks and v or i
  end
  return texts, at
end

-- The letters of the longest text along x when texts would meet on an axis of
-- so many letters, and are turned; 0 when they are not.
local function turned(axis, letters)
  local texts, at = tics_of(axis)
  local meet, longest = false, 0
  local function place(v) return axis.log and math.log(v) or v end
  local whole = math.abs(place(axis.high) - place(axis.low))
  for i, text in ipairs(texts) do
    local before = texts[i - 1]
    local share = before and math.abs(place(at[i]) - place(at[i - 1])) / whole
    meet = meet or before and share * letters
      < (length(text) + length(before)) / 2 + 1
    longest = math.max(longest, length(text))
  end
  return meet and longest or 0
end

local function tics_script(name, axis, letters)
  local tics, texts, at = {}, tics_of(axis)
  for i, text in ipairs(texts) do
    tics[i] = ("%s %.17g"):format(gnuplot.tic(text), at[i])
  end
  return ("set %stics (%s) scale 0 %s\n"):format(name,
    table.concat(tics, ", "), name == "x" and turned(axis, letters) > 0
    and "rotate by 90 right" or "norotate")
end

local function axis_script(name, axis, text, letters)
  local low, high = axis.low, axis.high
  if text and axis.text then low, high = table.unpack(axis.text) end
  local out = {}
  if axis.label and not (text and name ~= "x") then
    out[1] = ("set %slabel %s\n"):format(name, gnuplot.quote(axis.label))
  end
  if axis.log then
    out[#out + 1] = style.log_axis(name, low, high)
  else
    out[#out + 1] = ("set format %s '%%g'\nset %srange [%.10g:%.10g]\n"):format(
      name, name, low, high)
  end
  if axis.names or axis.ticks then
    out[#out + 1] = tics_script(name, axis, letters)
  end
  if axis.step then
    out[#out + 1] = ("set %stics %.10g\n"):format(name, axis.step)
  end
  return table.concat(out)
end

-- ---- panels ----

-- Where the rows of an item are in the data, which are put there when they
-- are not yet.
local function index_of(rows, data)
  if not data[rows] then
    data[#data + 1] = gnuplot.block(rows)
    data[rows] = #data - 1
  end
  return data[rows]
end

local function plot_script(panel, page)
  local parts, text = {}, page.text
  for _, item in ipairs(panel.items) do
    local how = not text and item.with and item
      or text and item.text ~= false and (item.text or item)
    if #item.rows > 0 and how then
      parts[#parts + 1] = ("data index %d using %s with %s notitle"):format(
        index_of(how.rows or item.rows, page.data), how.using,
        dressed(how.with, item, page.looks))
    end
  end
  if #parts == 0 then parts[1] = "NaN notitle" end
  return (panel.z and "splot " or "plot ")
    .. table.concat(parts, ", \\\n     ") .. "\n"
end

local BARE = "unset border\nunset tics\nunset grid\n"

-- What text says above a panel: a label cannot be turned there.
local function caption(panel)
  local label = panel.caption or not panel.y.names and panel.y.label or nil
  if panel.z then
    label = ("right: %s, back: %s, up: %s"):format(panel.x.label or "x",
      panel.y.label or "y", panel.z.label or "z")
  end
  return panel.title and label and panel.title .. ": " .. label
    or panel.title or label
end

-- Lines below the plotted area of a panel in text.
local function below(panel)
  return panel.bare and 0 or panel.x.label and 2 or 1
end

-- Lines that a panel takes in text, the last of them empty.
local function lines_of(panel)
  return panel.z and panel.lines
    or panel.lines + below(panel) + (caption(panel) and 1 or 0) + 1
end

-- The margins of a panel: areas below each other begin at one place, and in
-- text they take the lines they should.
local function margins(panel, place, page)
  local out = {}
  if not (panel.y.names or panel.ratio or panel.z or panel.bare) then
    out[1] = ("set lmargin %d\n"):format(MARGIN)
  end
  if page.text and not panel.z then
    -- gnuplot cuts to whole lines: a quarter more keeps it from one less
    local bottom = place.bottom + below(panel) + 0.25
    local top = place.bottom + place.height - (caption(panel) and 3 or 2) + 0.25
    out[#out + 1] = ("set bmargin at screen %.6f\nset tmargin at screen %.6f\n")
      :format(bottom / (page.height - 1), top / (page.height - 1))
  end
  return table.concat(out)
end

-- A panel in its place on a page with `looks`, `data`, `width`, `height` and
-- `text`.
local function panel_script(panel, place, page)
  local text = page.text
  local out = { ("\nreset\n%s%sset origin %.6f, %.6f\nset size %s%.6f, %.6f\n")
    :format(gnuplot.PRELUDE, style.PANEL, place.left,
      place.bottom / page.height, panel.ratio and not text
      and ("ratio %.6f "):format(panel.ratio) or "", place.width,
      place.height / page.height) }
  local title = text and caption(panel) or not text and panel.title
  out[2] = title and "set title " .. gnuplot.quote(title) .. "\n" or ""
  out[#out + 1] = margins(panel, place, page)
  out[#out + 1] = axis_script("x", panel.x, text,
    letters_of(place.width * page.width, text))
  out[#out + 1] = axis_script("y", panel.y, text)
  if panel.z then out[#out + 1] = axis_script("z", panel.z, text) end
  if panel.bare then out[#out + 1] = BARE end
  out[#out + 1] = panel.more
  if text then out[#out + 1] = "unset grid\n" end
  if text and panel.z then out[#out + 1] = "unset xlabel\n" end
  out[#out + 1] = plot_script(panel, page)
  return table.concat(out)
end

-- ---- the page ----

-- Columns and rows of the panels, and the sizes of those: the largest of
-- their panels. A wide panel is a row.
local function grid_of(panels, columns)
  local grid = { widths = {}, heights = {}, lines = {}, cells = {}, width = 0 }
  local c, r = 0, 0
  for i, panel in ipairs(panels) do
    c = c % columns + 1
    if panel.wide then c = columns end
    if r == 0 or c == 1 or panel.wide then r = r + 1 end
    if panel.wide then
      grid.width = math.max(grid.width, panel.width)
    else
      grid.widths[c] = math.max(grid.widths[c] or 0, panel.width)
    end
    grid.heights[r] = math.max(grid.heights[r] or 0, panel.height)
    grid.lines[r] = math.max(grid.lines[r] or 0, lines_of(panel))
    grid.cells[i] = { column = c, row = r }
  end
  return grid
end

local function sum(list, n)
  local s = 0
  for i = 1, n or #list do s = s + list[i] end
  return s
end

-- Places of the panels: left and width as shares of the page, bottom and
-- height in its unit.
local function places_of(panels, grid, heights, foot)
  local places, w, h = {}, sum(grid.widths), sum(heights)
  for i, cell in ipairs(grid.cells) do
    places[i] = { left = sum(grid.widths, cell.column - 1) / w,
      width = grid.widths[cell.column] and grid.widths[cell.column] / w or 1,
      bottom = foot + h - sum(heights, cell.row),
      height = heights[cell.row] }
    if panels[i].wide then places[i].left, places[i].width = 0, 1 end
  end
  return places
end

-- Rows in a picture grow by what texts along x take when they are turned.
local function grow(grid, panels, width)
  local all, more = sum(grid.widths), {}
  for i, cell in ipairs(grid.cells) do
    local share = panels[i].wide and 1 or grid.widths[cell.column] / all
    more[cell.row] = math.max(more[cell.row] or 0, TURNED
      * turned(panels[i].x, letters_of(share * width)))
  end
  for r, height in ipairs(grid.heights) do
    grid.heights[r] = math.ceil(height + more[r])
  end
end

-- Heights of the rows, and of the page with `around` points or lines for title
-- and legend, which may be given.
local function heights_of(grid, around, given, text)
  local heights = text and grid.lines or grid.heights
  if not given then return heights, math.ceil(around + sum(heights)) end
  local share, out = math.max(given - around, 1) / sum(heights), {}
  for r, height in ipairs(heights) do
    out[r] = text and math.max(6, height * share // 1) or height * share
  end
  return out, given
end

---@class weyl.plot.page
---@field panels weyl.plot.panel[]
---@field title string?
---@field columns integer panels side by side
---@field width integer? of a picture, what the panels need unless given
---@field height integer?

-- The width of a page: as given, or what panels, legend and title need.
local function width_of(page, text, grid, legend)
  local width = text and text.columns or page.width
    or math.max(grid.width, sum(grid.widths))
  if text or page.width then return width end
  local _, _, least = legend_shape(legend, width, PICTURE)
  return math.ceil(math.max(width, #legend > 0 and least or 0,
    page.title and 9 * length(page.title) or 0))
end

---The script and the data of a page, and its size: as a picture in points, or
---as text in characters when `text` has columns and, if it should not follow
---from what the panels need, rows.
---@param page weyl.plot.page
---@param text { columns: integer, rows: integer? }?
---@return string script
---@return string data
---@return integer width
---@return integer height
local function compose(page, text)
  local unit, panels = text and TEXT or PICTURE, page.panels
  local grid = grid_of(panels, text and text.columns < 60 * page.columns and 1
    or page.columns)
  local looks, legend = looks_of(panels)
  local width = width_of(page, text, grid, legend)
  if not text then grow(grid, panels, width) end
  local across, down = legend_shape(legend, width, unit)
  local foot = #legend > 0 and down * unit.row + unit.around or 0
  local heights, height = heights_of(grid, foot + (page.title and unit.title
    or 0), text and text.rows or not text and page.height or nil, text)
  local places = places_of(panels, grid, heights, foot)
  local sheet = { looks = looks, data = {}, height = height, width = width,
    text = unit.text }
  local script = { "set multiplot" .. (page.title and " title "
    .. gnuplot.quote(page.title) .. " font ',14'" or "") .. "\n" }
  for i, panel in ipairs(panels) do
    script[i + 1] = panel_script(panel, places[i], sheet)
  end
  if #legend > 0 then
    script[#script + 1] = legend_script(legend, looks, across, foot / height,
      unit.text)
  end
  script[#script + 1] = "unset multiplot\n"
  return table.concat(script), table.concat(sheet.data, "\n\n"), width, height
end

return compose
