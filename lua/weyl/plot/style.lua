-- plot/style.lua: the one style of all figures: colours, shapes, and axes with
-- round numbers and room at their ends.

local style = {}

-- ---- colours and shapes ----

-- Okabe and Ito, "Color universal design", 2008: told apart by colour-blind
-- readers. The lightest, yellow, comes last.
local COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
  "#56b4e9", "#000000", "#f0e442" }
local POINTS = { 7, 5, 9, 11, 13, 6, 4, 8, 10 } -- gnuplot's shapes
local DASHES = 5 -- gnuplot's own

---The i-th of eight colours that colour-blind readers tell apart; then again.
---@param i integer from 1
---@return string colour as "#rrggbb"
function style.colour(i) return COLOURS[(i - 1) % #COLOURS + 1] end

---How many lines text can tell apart.
style.STROKES = 7

---@class weyl.plot.look how one series is told from others
---@field colour string "#rrggbb"
---@field point integer gnuplot's number of a shape
---@field dash integer gnuplot's number of a dash
---@field letter integer the number, of what text is drawn with

---The look of the i-th series: no two of the first 72 share colour and shape,
---and no two of the first 40 colour and dash.
---@param i integer from 1
---@return weyl.plot.look
function style.look(i)
  return { colour = style.colour(i), point = POINTS[(i - 1) % #POINTS + 1],
    dash = (i - 1) // #COLOURS % DASHES + 1, letter = i }
end

---Palettes from the least value to the largest.
style.PALETTES = {
  heat = "(0 '#f7fbff', 1 '#c6dbef', 2 '#6baed6', 3 '#2171b5', 4 '#08306b')",
  diverging = "(-2 '#0072b2', -1 '#8fc1de', 0 '#f7f7f7', 1 '#eeb088', "
    .. "2 '#d55e00')",
  grey = "(0 '#000000', 1 '#ffffff')",
}

---What every panel begins with.
style.PANEL = [[
set border 3 lc rgb '#444444'
set tics nomirror out scale 0.6
set grid lt 1 lw 1 lc rgb '#e3e3e3'
set style fill solid 0.7 noborder
set key off
set clip one
set clip two
]]

-- ---- axes ----

---A range that holds nothing yet.
---@return number[]
function style.range() return { math.huge, -math.huge } end

---Whether an axis can show a value.
---@param v number
---@param log boolean?
---@return boolean
function style.fits(v, log)
  return v == v and math.abs(v) < math.huge and (v > 0 or not log)
end

---Makes a range hold a value, when its axis can show it.
---@param range number[] changed
---@param v number?
---@param log boolean?
function style.grow(range, v, log)
  if v and style.fits(v, log) then
    range[1], range[2] = math.min(range[1], v), math.max(range[2], v)
  end
end

---A range with room at both ends, also when it holds one value or none.
---@param range number[]
---@param log boolean?
---@param share number? of the room in the range, 0.05 unless given
---@return number low
---@return number high
function style.room(range, log, share)
  local low, high = range[1], range[2]
  share = share or 0.05
  if low > high then low, high = 1, log and 10 or 2 end
  if log then
    local more = math.max((high / low) ^ share, 1.25)
    return low / more, high * more
  end
  if low == high then
    local around = low ~= 0 and math.abs(low) / 2 or 1
    return low - around, high + around
  end
  local more = share * (high - low)
  return low - more, high + more
end

-- By the ratio of the ends of an axis, what stands between powers of ten.
local BETWEEN = { { 5, { 2, 3, 4, 5, 6, 8 } }, { 15, { 2, 5 } },
  { 1000, { 3 } }, { math.huge, {} } }

local MOST = { x = 5, y = 8 } -- powers of ten that are numbered

---Commands for an axis with logarithms, and for how it is numbered: at some of
---the powers of ten when it has many, between them when it has few.
---@param axis string "x" or "y"
---@param low number > 0, the ends of the axis
---@param high number
---@return string
function style.log_axis(axis, low, high)
  local decades = math.log(high / low, 10)
  local out = { ("set logscale %s\nset format %s '%%g'\nset %srange [%.10g:"
    .. "%.10g]\nset %stics %s\n"):format(axis, axis, axis, low, high, axis,
    decades > MOST[axis] - 1
      and ("1e%d"):format(math.ceil(decades / MOST[axis])) or "autofreq") }
  local i = 1
  while high / low >= BETWEEN[i][1] do i = i + 1 end
  for _, digit in ipairs(BETWEEN[i][2]) do
    out[#out + 1] = ("set for [k = %d:%d] %stics add (sprintf('%%g', "
      .. "%d * 10.0**k) %d * 10.0**k)\n"):format(math.floor(math.log(low, 10)),
      math.ceil(math.log(high, 10)), axis, digit, digit)
  end
  return table.concat(out)
end

---A round distance of numbers along an axis, of which there are at most five.
---@param length number > 0
---@return number
function style.step(length)
  local power = 10.0 ^ math.floor(math.log(length / 5, 10))
  for _, digit in ipairs { 1, 2, 5 } do
    if digit * power * 5 >= length then return digit * power end
  end
  return 10 * power
end

return style
