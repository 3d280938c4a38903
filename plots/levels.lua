-- levels.lua: the approximation levels that training discovered.
--
-- Left: the strength of each candidate group after tuning, log scale; a group
-- that is never penalised has strength 0 and no bar. Right: the sampled
-- equivariance error of the model per group beside that of the exact
-- function. Bars are means over seeds, whiskers the least and the largest.
--
--   weyl.plot.recipe "levels" (results, { file = "levels.png" })

local weyl = require "weyl"

local plot, stats = weyl.plot, weyl.stats

-- Mean, least and largest of field `key` of group j over the seeds.
local function over_seeds(results, j, key)
  local values = {}
  for _, seed in ipairs(results.seeds) do
    values[#values + 1] = seed.levels and seed.levels[j][key]
  end
  local s = stats.spread(values)
  if not s then return 0 / 0, 0 / 0, 0 / 0 end
  return s.mean, s.low, s.high
end

local function rows(results, key)
  local out = {}
  for j, name in ipairs(results.groups) do
    out[j] = { name, over_seeds(results, j, key) }
  end
  return plot.block(out)
end

-- The range of a log axis for the strengths: bars stand on a third of the
-- least positive one, and above the largest there is room for its number.
local function range_of(results)
  local least, most = math.huge, 0
  for j in ipairs(results.groups) do
    local _, low, high = over_seeds(results, j, "strength")
    if low > 0 then least = math.min(least, low) end
    if high > most then most = high end
  end
  if most == 0 then return 1e-3, 1 end
  return least / 3, most * 2
end

local SCRIPT = [[
set multiplot layout 1, 2 title %s
set style fill solid 0.7 border -1
set boxwidth 0.7
set grid ytics
set xtics rotate by -20 nomirror font ',9'
set bmargin 7
set rmargin 9
set xrange [-0.7:%g]
set xlabel 'candidate group'
set logscale y
set format y '%%g'
set for [k = -9:9] ytics add (sprintf('%%g', 3 * 10.0**k) 3 * 10.0**k)
set yrange [%g:%g]
set ylabel 'discovered strength'
plot data index 0 using 0:2:xtic(1) with boxes lc rgb '#4477aa' notitle, \
     data index 0 using 0:3:(0):($4 - $3) with vectors nohead lc black lw 2 \
       notitle, \
     data index 0 using 0:($2 > 0 ? $4 : NaN):(sprintf('%%.3g', $2)) \
       with labels offset 0, 1 notitle, \
     data index 0 using 0:($2 > 0 ? NaN : %g):('0') with labels offset 0, 1 \
       notitle
unset logscale y
set ytics autofreq
set yrange [0:*]
set format y '%%g'
set ylabel 'equivariance error, 0 to 1'
set boxwidth 0.36
set key above horizontal
plot data index 1 using 0:(0):xtic(1) with points ps 0 notitle, \
     data index 1 using ($0 - 0.2):2 with boxes lc rgb '#4477aa' \
       title 'model', \
     data index 1 using ($0 - 0.2):3:(0):($4 - $3) with vectors nohead \
       lc black lw 2 notitle, \
     data index 2 using ($0 + 0.2):2 with boxes lc rgb '#ccbb44' \
       title 'exact function'
unset multiplot
]]

---@param results weyl.experiment.results
---@param opts { file: string?, title: string? }?
---@return string? file
return function(results, opts)
  opts = opts or {}
  local low, high = range_of(results)
  return plot.figure { file = opts.file, width = 940, height = 440,
    script = SCRIPT:format(plot.quote(opts.title or results.name),
      #results.groups - 0.3, low, high, low),
    data = table.concat({ rows(results, "strength"), rows(results, "error"),
      rows(results, "true_error") }, "\n\n") }
end
