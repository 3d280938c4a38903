-- plot/grids.lua: panels of matrices as colours: plot.heatmap and plot.images.
--
-- The first row stands at the top. As text a cell is one character, darker for
-- larger values.

local check = require "weyl.check"
local core = require "weyl.core"
local style = require "weyl.plot.style"
local values = require "weyl.plot.values"

-- ---- what both share ----

local SHADES = " .:-=+*#%@" -- from the least value to the largest

-- The character of a value between low, which has the lightest, and high.
local function shade(v, low, high)
  if v ~= v then return "?" end
  local share = high ~= low and (v - low) / (high - low) or 0
  local i = math.floor(math.max(0, math.min(share, 1)) * (#SHADES - 1) + 0.5)
  return SHADES:sub(i + 1, i + 1)
end

-- Least and largest of the finite entries.
local function range_of(matrix, log)
  local range = style.range()
  for _, row in ipairs(matrix) do
    for _, v in ipairs(row) do style.grow(range, v, log) end
  end
  return range[1], range[2]
end

local PALETTE = [[
set palette defined %s
set cbrange [%.10g:%.10g]
]]

-- ---- heat maps ----

local HEATMAP = {
  { "values", "any", required = true }, { "rows", "table" },
  { "columns", "table" }, { "xlabel", "string" }, { "ylabel", "string" },
  { "label", "string" }, { "log", "boolean", default = false },
  { "range", "table" }, { "numbers", "boolean" },
}

local LETTER = 7.2 -- points of a letter, about
local NUMBERED = 144 -- most cells whose numbers are written into them
local SIDE = 460 -- of the longer side, unless numbers need more

-- Ends of the colours: about 0 when there are values on both sides.
local function ends(func, o, matrix)
  local low, high = range_of(matrix, o.log)
  if low > high then values.nothing(func, o.log) end
  local diverging = not o.log and low < 0 and high > 0
  if diverging then
    high = math.max(-low, high)
    low = -high
  elseif low == high then
    low, high = style.room({ low, high }, o.log)
  elseif not o.log and low > 0 then
    low = 0
  elseif not o.log and high < 0 then
    high = 0
  end
  local fixed = values.range(func, "range", o.range)
  if fixed then low, high = fixed[1], fixed[2] end
  if o.log and low <= 0 then
    check.fail("%s: a range with logarithms must be above 0, got %g", func,
      low)
  end
  return low, high, diverging
end

-- A number in a cell: two digits, and as few letters as they need.
local function short(v)
  if v ~= v then return "-" end
  if v % 1 == 0 and math.abs(v) < 10000 then return ("%d"):format(v) end
  local text = math.abs(v) >= 10 and math.abs(v) < 10000
    and ("%.0f"):format(v) or ("%.2g"):format(v)
  return (text:gsub("e([+-])0*(%d)", function(sign, digit)
    return "e" .. (sign == "-" and sign or "") .. digit
  end))
end

-- Rows column, row, value, number as text, character, whether it is dark.
local function cells_of(o, matrix, low, high, diverging)
  local rows = {}
  local function place(v)
    return o.log and math.log(math.max(v, 1e-300)) or v
  end
  local l, h = place(low), place(high)
  for i, row in ipairs(matrix) do
    for j, v in ipairs(row) do
      local there = style.fits(v, o.log)
      local share = there and (place(v) - l) / (h - l) or 0
      local dark = diverging and math.abs(share - 0.5) > 0.4 or not diverging
        and share > 0.55
      rows[#rows + 1] = { j, i, there and v or 0 / 0, short(v),
        shade(place(v), l, h), dark }
    end
  end
  return rows
end

local CELLS = "boxxyerror fs solid 1 noborder lc palette"

local function cell_items(rows, matrix, numbers)
  local big = #matrix * #matrix[1] > 2 * NUMBERED and #matrix > 1
    and #matrix[1] > 1
  local items = { { rows = rows, using = big and "1:2:3"
    or "1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3",
    with = big and "image" or CELLS,
    text = { using = numbers and "1:2:4" or "1:2:5", with = "labels" } } }
  for ink, paper in ipairs { false, true } do
    items[ink + 1] = { rows = {}, using = "1:2:4", text = false,
      with = ("labels font ',9' tc rgb '%s'"):format(paper and "white"
        or "black") }
  end
  for _, row in ipairs(numbers and rows or {}) do
    table.insert(items[row[6] and 3 or 2].rows, row)
  end
  for _, row in ipairs(rows) do row[6] = nil end
  return items
end

local function longest(names)
  local most = 0
  for _, name in ipairs(names or {}) do
    most = math.max(most, utf8.len(name) or #name)
  end
  return most
end

-- The numbers of all of n cells, or of the first and about five more.
local function numbers_along(n)
  local list, step = { 1 }, n > 12 and math.ceil(style.step(n)) or 1
  for i = math.max(2, step), n, step do list[#list + 1] = i end
  return list
end

-- An axis along n cells, named or numbered.
local function cell_axis(names, n, label, down)
  local low, high = 0.5, n + 0.5
  if down then low, high = high, low end
  return { names = names, low = low, high = high, label = label,
    text = down and { n + 1, 0 } or nil,
    ticks = not names and numbers_along(n) or nil }
end

-- Width and height in points: cells are square as far as numbers allow.
local function size_of(o, matrix, numbers)
  local rows, columns = #matrix, #matrix[1]
  local cell = math.min(numbers and 52 or 34, SIDE / math.max(rows, columns))
  cell = math.max(cell, numbers and 46 or 0, (o.rows or o.columns) and 17 or 0,
    70 / math.max(rows, columns))
  local names = longest(o.columns)
  local foot = names > 5 and 75 + LETTER * names or 75
  local along = math.max(o.label and #o.label or 0, o.ylabel and #o.ylabel or 0)
  return math.ceil(math.max(columns * cell + 170 + LETTER * longest(o.rows),
    300)),
    math.ceil(math.max(rows * cell * (numbers and 0.7 or 1), LETTER * along)
      + foot + 25)
end

-- What text says above: what the values are and, without numbers, the shades.
local function caption(o, low, high, numbers)
  if numbers then return o.label end
  return ("%sblank is %.3g, %s is %.3g"):format(o.label and o.label .. ": "
    or "", low, SHADES:sub(-1), high)
end

local function heatmap(func, o)
  local matrix = values.matrix(func, "values", o.values)
  if o.rows then values.names(func, "rows", o.rows, #matrix) end
  if o.columns then values.names(func, "columns", o.columns, #matrix[1]) end
  local low, high, diverging = ends(func, o, matrix)
  local numbers = o.numbers
  if numbers == nil then numbers = #matrix * #matrix[1] <= NUMBERED end
  local width, height = size_of(o, matrix, numbers)
  return { items = cell_items(cells_of(o, matrix, low, high, diverging),
    matrix, numbers), x = cell_axis(o.columns, #matrix[1], o.xlabel),
    y = cell_axis(o.rows, #matrix, o.ylabel, true),
    more = PALETTE:format(style.PALETTES[diverging and "diverging" or "heat"],
      low, high) .. "unset grid\nset border 0\nset format cb '%g'\n"
      .. "set style fill solid 1 noborder\n"
      .. (o.log and "set logscale cb\n" or "")
      .. (o.label and "set cblabel " .. require("weyl.plot.gnuplot").quote(
        o.label) .. "\n" or ""),
    width = width, height = height, lines = 2 + #matrix,
    caption = caption(o, low, high, numbers) }
end

-- ---- images ----

local IMAGES = {
  { "images", "any", required = true }, { "names", "table" },
  { "columns", "count" }, { "range", "table" },
}

-- Images as a list of tensors, [height, width] or [height, width, 3].
local function list_of(func, given)
  local list = {}
  if core.is_tensor(given) then
    local shape = given.shape
    check.arg((#shape == 3 or #shape == 4 and shape[4] == 3) and given.size > 0,
      func, "images", "a tensor [count, height, width] or [count, height, "
      .. "width, 3], or a list of images", given)
    local table_of = given:totable()
    for i = 1, shape[1] do list[i] = table_of[i] end
    return list, #shape == 4
  end
  check.arg(type(given) == "table" and #given > 0, func, "images",
    "a tensor or a list of images", given)
  for i, image in ipairs(given) do
    list[i] = values.matrix(func, ("images[%d]"):format(i), image)
  end
  return list, false
end

-- Pixels of an image whose upper left corner is left of and above (x, y).
local function pixels(image, x, y, colour)
  local rows = {}
  for i, row in ipairs(image) do
    for j, v in ipairs(row) do
      rows[#rows + 1] = colour and { x + j - 1, y + i - 1, v[1], v[2], v[3] }
        or { x + j - 1, y + i - 1, v }
    end
  end
  return rows
end

-- The greatest height and width of an image.
local function extent(list)
  local h, w = 0, 0
  for _, image in ipairs(list) do
    h, w = math.max(h, #image), math.max(w, #image[1])
  end
  return h, w
end

-- Ends of the grey values, or of all three colours.
local function grey_range(func, list, colour, given)
  local range = style.range()
  for _, image in ipairs(list) do
    for _, row in ipairs(image) do
      for _, v in ipairs(row) do
        for _, c in ipairs(colour and v or { v }) do style.grow(range, c) end
      end
    end
  end
  if range[1] > range[2] then values.nothing(func) end
  if given then return given[1], given[2] end
  if colour then return 0, range[2] > 1 and 255 or 1 end
  if range[1] == range[2] then return style.room(range) end
  return range[1], range[2]
end

local PIXEL = "($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5)"

local function image_item(rows, colour, low, high)
  for _, row in ipairs(rows) do
    row[#row + 1] = shade(colour and (row[3] + row[4] + row[5]) / 3 or row[3],
      high, low) -- white paper is light
  end
  if colour then
    local scale = ("(($%%d - %.10g) * %.10g)"):format(low, 255 / (high - low))
    local using = {}
    for k = 3, 5 do using[k - 2] = scale:format(k) end
    return { rows = rows, using = "1:2:" .. table.concat(using, ":"),
      with = "rgbimage", text = { using = "1:2:6", with = "labels" } }
  end
  return { rows = rows, using = "1:2:" .. PIXEL .. ":3", with = CELLS,
    text = { using = "1:2:4", with = "labels" } }
end

local function name_item(names, columns, h, w, gap)
  local rows = {}
  for i, name in ipairs(names) do
    local c, r = (i - 1) % columns, (i - 1) // columns
    rows[i] = { c * (w + gap) + (w + 1) / 2, r * (h + 2 * gap) + 0.5, name }
  end
  return { rows = rows, using = "1:2:3",
    with = "labels font ',9' offset 0, 0.6",
    text = { using = "1:2:3", with = "labels" } }
end

local function images(func, o)
  local list, colour = list_of(func, o.images)
  if o.names then values.names(func, "names", o.names, #list) end
  local low, high = grey_range(func, list, colour,
    values.range(func, "range", o.range))
  local columns = o.columns or math.ceil(math.sqrt(#list))
  local h, w = extent(list)
  local gap, items = math.max(1, 0.12 * math.max(h, w)), {}
  for i, image in ipairs(list) do
    local c, r = (i - 1) % columns, (i - 1) // columns
    items[i] = image_item(pixels(image, 1 + c * (w + gap),
      1 + r * (h + 2 * gap), colour), colour, low, high)
  end
  if o.names then
    items[#items + 1] = name_item(o.names, columns, h, w, gap)
  end
  local rows = math.ceil(#list / columns)
  local across = columns * (w + gap)
  local down = rows * (h + 2 * gap)
  local point = math.max(1, math.min(8, 640 / math.max(across, down)))
  return { items = items, bare = true, ratio = down / across,
    x = { low = 0.5 - gap / 2, high = 0.5 - gap / 2 + across },
    y = { low = 0.5 - 1.5 * gap + down, high = 0.5 - 1.5 * gap },
    more = PALETTE:format(style.PALETTES.grey, low, high)
      .. "unset colorbox\n", width = math.ceil(across * point) + 20,
    height = math.ceil(down * point) + 20, lines = math.ceil(down) }
end

return {
  heatmap = { specs = HEATMAP, panel = heatmap },
  images = { specs = IMAGES, panel = images },
}
