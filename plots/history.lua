-- history.lua: how a run went, against the epoch.
--
-- Three panels on log scales: errors on training, validation and test data;
-- the regularizer R_j of each group; its strength. The epoch in which the
-- strengths were set, or each of a few, is marked. Every seed is a line,
-- colours tell the quantities.
--
--   weyl.plot.recipe "history" (results, { file = "history.svg" })

local weyl = require "weyl"

local plot = weyl.plot

local PARTS = { "train", "validation", "test" }

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

-- Least and largest positive value that a key has in any history.
local function range_of(results, key)
  local low, high = math.huge, 0
  for _, seed in ipairs(results.seeds) do
    for _, row in ipairs(seed.history) do
      local v = row[key] or 0
      if v > 0 and v < math.huge then
        low, high = math.min(low, v), math.max(high, v)
      end
    end
  end
  return low, high
end

-- Curves of one quantity, one per seed; the first carries the title. What is
-- never above 0 has none. The panel's range grows to hold them.
local function curves(list, results, key, column, colour, title)
  local low, high = range_of(results, key)
  if high == 0 then return end
  list.low = math.min(list.low or low, low)
  list.high = math.max(list.high or high, high)
  for i = 1, #results.seeds do
    list[#list + 1] = ("data index %d using 1:($%d > 0 ? $%d : NaN) with "
      .. "lines lw 1.5 lc rgb '%s' %s"):format(i - 1, column, column, colour,
      i == 1 and "title " .. plot.quote(title) or "notitle")
  end
end

-- A panel with room above and below its curves; nil when it has none.
local function panel(label, list)
  if #list == 0 then return nil end
  return ("set ylabel %s\n%splot %s\n"):format(plot.quote(label),
    plot.log_axis("y", list.low / 1.6, list.high * 2.5),
    table.concat(list, ", \\\n     "))
end

local function error_panel(results)
  local list = {}
  for i, name in ipairs(PARTS) do
    curves(list, results, name, i + 1, plot.colour(i), name)
  end
  return panel("mean squared error", list)
end

local function group_panel(results, offset, key, label)
  local list = {}
  for j, name in ipairs(results.groups) do
    curves(list, results, key .. j, #PARTS + 2 * j + offset, plot.colour(j),
      name)
  end
  return panel(label, list)
end

-- Lines at the epochs in which strengths were set: one, or a list.
local function mark(tuned_at)
  local list = type(tuned_at) == "table" and tuned_at or { tuned_at }
  local out = {}
  for i, epoch in ipairs(list) do
    out[i] = ("set arrow %d from first %d, graph 0 to first %d, graph 1 "
      .. "nohead dt 2 lc rgb '#555555'\n"):format(i, epoch, epoch)
  end
  if #list > 0 then
    out[#out + 1] = ("set label 1 'strengths set' at first %d, graph 1 "
      .. "center offset 0, 0.6\n"):format(list[1])
  end
  return table.concat(out)
end

-- Width of the legend in characters, and the last epoch.
local function extent(results)
  local width, last = #"validation", 1
  for _, name in ipairs(results.groups) do width = math.max(width, #name) end
  for _, seed in ipairs(results.seeds) do
    for _, row in ipairs(seed.history) do last = math.max(last, row.epoch) end
  end
  return width, last
end

---@param results weyl.experiment.results
---@param opts { file: string?, title: string? }?
---@return string? file
return function(results, opts)
  opts = opts or {}
  local panels, data = { (error_panel(results) or "")
    .. "unset label 1\n" }, {}
  panels[#panels + 1] = group_panel(results, 0, "regularizer_",
    "regularizer R_j")
  panels[#panels + 1] = group_panel(results, 1, "strength_", "strength")
  local width, last = extent(results)
  for i, seed in ipairs(results.seeds) do
    data[i] = block(seed.history, #results.groups)
  end
  local head = ("set multiplot layout %d, 1 title %s\nset grid\n"
    .. "set xlabel 'epoch'\nset tmargin 2\nset xrange [0:%d]\n"
    .. "set key outside right Left reverse samplen 2\n"
    .. "set lmargin 12\nset rmargin %d\n%s"):format(#panels,
    plot.quote(opts.title or results.name), last, width + 8,
    mark(results.tuned_at))
  return plot.figure { file = opts.file, width = 900,
    height = 280 * #panels, data = table.concat(data, "\n\n"),
    script = head .. table.concat(panels) .. "unset multiplot\n" }
end
