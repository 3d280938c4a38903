-- 1-data.lua: # A data set of one's own
--
-- Measurements come as a table. Here we write one as an instrument would: with
-- a head that names the columns, and with gaps where the sky was cloudy.

local weyl = require "weyl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path
local henon = require "henon"

weyl.seed(1)
local measured = henon.part(400, 0)
local file = assert(io.open("measured.csv", "w"))
file:write "x,y,ax,ay,night\n"
for i = 1, 400 do
  local p, a = measured.x[i]:totable(), measured.y[i]:totable()
  local cloudy = i % 40 == 0
  file:write(("%.6f,%.6f,%s,%.6f,night %d\n"):format(p[1], p[2],
    cloudy and "" or ("%.6f"):format(a[1]), a[2], 1 + (i - 1) // 100))
end
file:close()

-- ## Reading it
--
-- `data.csv` reads text tables of any size: separators and types are found out,
-- gaps are counted, text becomes categories. Printing the frame shows what came
-- of it; what is wrong in a file is said with its line and column.

local frame = weyl.data.csv "measured.csv"
print(frame)

-- Rows without a gap, and of them the columns that we want:

local whole = frame:complete()
local part = whole:part { x = { "x", "y" }, y = { "ax", "ay" } }
assert(part.x.shape[1] == 390)

-- ## A set
--
-- A set is a table with the parts `train`, `validation` and `test`. For
-- symmetries it also says how its entries transform: one vector goes in, one
-- comes out, both of them `V`. Two positions would be `2 * V`, a mass and a
-- position `1 + V`.
--
-- Choose units in which numbers are about 1, the same for x and y. Scaling each
-- column by itself would break the very symmetries that we look for.

local V = weyl.rep.V
local set = weyl.data.split(part, { train = 0.7, validation = 0.15 })
set.name, set.rep_in, set.rep_out = "measured", V, V
for _, name in ipairs { "train", "validation", "test" } do
  print(("%-10s  %3d rows"):format(name, set[name].x.shape[1]))
end

-- NumPy files and HDF5 are read the same way, `help(weyl.data)` lists the
-- functions; `weyl data measured.csv` looks into a file from the shell.
