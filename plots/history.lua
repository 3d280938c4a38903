-- history.lua: how a run went, against the epoch.
--
-- Three panels on log scales: errors on training, validation and test data;
-- the regularizer R_j of each group; its strength. The epoch in which the
-- strengths were set is marked. Every seed is a line, colours tell the
-- quantities.
--
--   weyl.plot.recipe "history" (results, { file = "history.svg" })

local weyl = require "weyl"

local plot = weyl.plot

local PARTS = { "train", "validation", "test" }
local COLOURS = { "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee",
  "#aa3377", "#bbbbbb" }

-- Columns of the data file: epoch, errors, then R_j and strength by group.
local function block(history, groups)
  local rows = {}
  for i, row in ipairs(history) do
    local out = { row.epoch }
    for _, name in ipairs(PARTS) do out[#out + 1] = row[name] or 0 / 0 end
    for j = 1, groups do
      out[#out + 1] = row["regularizer_" .. j] or 0 / 0
      out[#out + 1] = row["strength_" .. j] or 0 / 0
    end
    rows[i] = out
  end
  return plot.block(rows)
end

-- Curves of one quantity, one per seed; the first carries the title.
local function curves(list, seeds, column, colour, title)
  for i = 1, seeds do
    list[#list + 1] = ("data index %d using 1:($%d > 0 ? $%d : NaN) with "
      .. "lines lw 1.5 lc rgb '%s' %s"):format(i - 1, column, column, colour,
      i == 1 and "title " .. plot.quote(title) or "notitle")
  end
end

local function panel(label, list)
  return ("set ylabel %s\nplot %s\n"):format(plot.quote(label),
    table.concat(list, ", \\\n     "))
end

local function colour(i) return COLOURS[(i - 1) % #COLOURS + 1] end

local function error_panel(results)
  local list = {}
  for i, name in ipairs(PARTS) do
    local first = results.seeds[1].history[1]
    if first and first[name] then
      curves(list, #results.seeds, i + 1, colour(i), name)
    end
  end
  return panel("mean squared error", list)
end

local function group_panel(results, offset, label)
  local list = {}
  for j, name in ipairs(results.groups) do
    curves(list, #results.seeds, #PARTS + 2 * j + offset, colour(j), name)
  end
  return panel(label, list)
end

local function mark(epoch)
  if not epoch then return "" end
  return ("set arrow 1 from first %d, graph 0 to first %d, graph 1 nohead "
    .. "dt 2 lc rgb '#555555'\nset label 1 'strengths set' at first %d, graph "
    .. "0.94 offset 0.5, 0\n"):format(epoch, epoch, epoch)
end

---@param results weyl.experiment.results
---@param opts { file: string?, title: string? }?
---@return string? file
return function(results, opts)
  opts = opts or {}
  local panels, data = { error_panel(results) }, {}
  if #results.groups > 0 then
    panels[2] = group_panel(results, 0, "regularizer R_j")
    panels[3] = group_panel(results, 1, "strength")
  end
  for i, seed in ipairs(results.seeds) do
    data[i] = block(seed.history, #results.groups)
  end
  local head = ("set multiplot layout %d, 1 title %s\nset grid\n"
    .. "set logscale y\nset format y '%%.0e'\nset xlabel 'epoch'\n"
    .. "set key outside right\nset lmargin 12\nset rmargin 32\n%s"):format(
    #panels, plot.quote(opts.title or results.name), mark(results.tuned_at))
  return plot.figure { file = opts.file, width = 900,
    height = 280 * #panels, data = table.concat(data, "\n\n"),
    script = head .. table.concat(panels) .. "unset multiplot\n" }
end
