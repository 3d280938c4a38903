-- plot/marks.lua: dashed lines across a panel, at values of one of its axes.

local check = require "weyl.check"
local options = require "weyl.options"
local style = require "weyl.plot.style"

local marks = {}

local MARK = { { "at", "number", required = true },
  { "axis", { "x", "y" }, default = "x" }, { "title", "string" } }

---The option of the kinds that have marks.
marks.spec = { "marks", "table", default = {} }

---The marks of a figure, checked; the ranges are made to hold them.
---@param func string
---@param given table[]
---@param x { range: number[], log: boolean? }
---@param y { range: number[], log: boolean? }
---@return table[]
function marks.read(func, given, x, y)
  local list = {}
  for i, mark in ipairs(given) do
    check.arg(type(mark) == "table", func, ("marks[%d]"):format(i),
      "a table { at = ... }", mark)
    list[i] = options.read(("%s: marks[%d]"):format(func, i), mark, MARK)
    local along = list[i].axis == "x" and x or y
    style.grow(along.range, list[i].at, along.log)
  end
  return list
end

---Items that draw marks from one end of a panel to the other.
---@param list table[] from marks.read
---@param x weyl.plot.axis
---@param y weyl.plot.axis
---@return weyl.plot.item[]
function marks.items(list, x, y)
  local out = {}
  for i, m in ipairs(list) do
    local rows = m.axis == "x" and { { m.at, y.low }, { m.at, y.high } }
      or { { x.low, m.at }, { x.high, m.at } }
    out[i] = { rows = rows, using = "1:2", colour = "#555555",
      with = "lines lw 1.5 dt 2 lc rgb '{colour}'", title = m.title,
      text = { using = "1:2:3:4", with = "vectors nohead",
        rows = { { rows[1][1], rows[1][2], rows[2][1] - rows[1][1],
          rows[2][2] - rows[1][2] } } } }
  end
  return out
end

return marks
