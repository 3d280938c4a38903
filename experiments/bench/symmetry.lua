-- symmetry.lua: how long equivariant bases take, on one thread and without
-- the cache on disk.
--
--   (a) every row of the tables of known dimensions (spec/symmetry/tables.lua)
--       as seconds, and the whole as a multiple of one dense decomposition of
--       the 729 x 729 constraints of rank 6 in three dimensions, which is
--       what a solver without structure does for a single entry;
--   (b) S(6), 100 V^0 + 100 V + 20 V^2 to itself: its 84,000 maps counted, and
--       the projector applied to a weight [1420, 1420], against one product
--       of two such matrices;
--   (c) a basis read from disk against the same solved.

local root = (arg[0]:match "^(.*)[/\\]" or ".") .. "/../../"
package.path = root .. "?.lua;" .. package.path
package.cpath = root .. "build/bench/?.so;" .. package.cpath
local yardstick = require "yardstick"
local tables = require "spec.symmetry.tables"
local weyl = require "weyl"
local core = require "weyl.core"
local V = weyl.rep.V

weyl.threads(1)

local function seconds(f)
  local start = yardstick.now()
  f()
  return yardstick.now() - start
end

local function line(what, value, unit, bound)
  print(("%-52s %9.4g %-3s %s"):format(what, value, unit, bound or ""))
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

-- ---- (a) the tables ----

local function solve_tensors(g, ranks)
  for r = 0, ranks do g:dim(V ^ r) end
end

local function solve_mixed(g, ranks)
  for r = 0, ranks do
    for q = 0, r do g:dim(V ^ (r - q) * V:dual() ^ q) end
  end
end

local total = 0
for _, list in ipairs { { tables.tensors, solve_tensors, " " },
  { tables.mixed, solve_mixed, "," } } do
  for _, case in ipairs(list[1]) do
    local g, ranks = tables.value(case[1]), count(case[2], list[3])
    core.symmetry.trim()
    local t = seconds(function() list[2](g, ranks) end)
    line(("(a) %s to rank %d"):format(case[1], ranks), t, "s")
    total = total + t
  end
end

local dense = weyl.normal({ 729, 729 }, 0, 1, "f64")
dense = (dense + dense:transpose()):eval()
local one = seconds(function() weyl.eval { dense:eigh() } end)
line("(a) all of it", total, "s", "(within seconds)")
line("(a) all of it / one dense decomposition of 729", total / one, "")

-- ---- (b) a large map ----

local S6 = weyl.group.S(6)
local wide = 100 * V ^ 0 + 100 * V + 20 * V ^ 2
core.symmetry.trim()
line("(b) S(6): 84,000 maps counted", seconds(function()
  assert(S6:dim(wide, wide) == 84000)
end), "s", "(well under 1)")
local project = S6:basis(wide, wide):projector()
local W = weyl.normal({ 1420, 1420 }, 0, 1, "f64"):eval()
project(W):eval()
local apply, product = math.huge, math.huge
for _ = 1, 5 do
  apply = math.min(apply, seconds(function() project(W):eval() end))
  product = math.min(product, seconds(function() W:matmul(W):eval() end))
end
line("(b) its projector applied once", apply, "s", "(well under 1)")
line("(b) the same / one product [1420, 1420]", apply / product, "")

-- ---- (c) the cache on disk ----

local again = [[WEYL_CACHE='%s' '%s' -e '
local weyl = require "weyl"
weyl.threads(1)
local clock, V = require("weyl.core").clock, weyl.rep.V
local t = clock()
weyl.group.SO(3):dim(V ^ 8)
print(clock() - t)']]
local folder = os.tmpname()
os.remove(folder)
local times = {}
for i = 1, 2 do
  local pipe = assert(io.popen(again:format(folder, arg[-1])))
  times[i] = assert(tonumber(pipe:read "a"), "no time")
  pipe:close()
end
os.execute(("rm -r '%s'"):format(folder))
line("(c) SO(3) at rank 8 read from disk / solved", times[2] / times[1], "")
