-- sensitivity.lua: how an error depends on a setting that differs from run to
-- run.
--
--   weyl.plot.recipe "sensitivity" (list of results with parameters,
--     { x = "tune.power", metric = "test", file = "s.svg" })
--   weyl plot sensitivity RUN RUN... --x tune.power
--
-- Runs that differ in other settings than x are curves of their own. Without x
-- it is the one number that differs. A line goes through the medians over
-- seeds, its band from the least to the largest.

local check = require "weyl.check"
local gather = require "weyl.plot.gather"
local keys = require "weyl.keys"
local nearest = require "weyl.nearest"
local plot = require "weyl.plot"

local IGNORED = { seeds = true, name = true, output = true, quiet = true,
  script = true }

-- Parameters by dotted names, plain values only.
local function flat(parameters, prefix, into)
  for key, value in next, parameters or {} do -- sorted by those who read
    local name = prefix .. tostring(key)
    if type(value) == "table" and not IGNORED[name] then
      flat(value, name .. ".", into)
    elseif not IGNORED[name] then
      into[name] = value
    end
  end
  return into
end

-- Names of the parameters that differ between the runs, in order.
local function differing(list)
  local names, out = keys.union(list), {}
  for _, name in ipairs(names) do
    for _, parameters in ipairs(list) do
      if parameters[name] ~= list[1][name] then
        out[#out + 1] = name
        break
      end
    end
  end
  return out, names
end

-- The name of the setting along the axis.
local function axis_of(list, x)
  local names, known = differing(list)
  if x then
    for _, name in ipairs(known) do
      if name == x then return x, names end
    end
    check.fail("plot.recipe sensitivity: the runs have no parameter '%s'%s", x,
      nearest.hint(x, known))
  end
  local numbers = {}
  for _, name in ipairs(names) do
    if type(list[1][name]) == "number" then numbers[#numbers + 1] = name end
  end
  if #numbers ~= 1 then
    check.fail("plot.recipe sensitivity: %s; say which by the option x",
      #numbers == 0 and "the runs differ in no number" or "the runs differ in "
        .. table.concat(numbers, ", "))
  end
  return numbers[1], names
end

-- What a run's curve is called: its other settings that differ, if any.
local function curve_name(parameters, names, x)
  local parts = {}
  for _, name in ipairs(names) do
    if name ~= x then
      parts[#parts + 1] = ("%s %s"):format(name, tostring(parameters[name]))
    end
  end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

-- Curves by name: at each x the errors of all seeds of all its runs.
local function curves_of(list, parameters, names, x, metric)
  local curves, known = {}, {}
  for i, r in ipairs(list) do
    local at, name = parameters[i][x], curve_name(parameters[i], names, x)
    local curve = known[name or ""] or { name = name, x = {}, y = {}, at = {} }
    if not known[name or ""] then curves[#curves + 1] = curve end
    known[name or ""] = curve
    check.arg(type(at) == "number", "plot.recipe sensitivity", x,
      "a number in every run", at)
    local k = curve.at[at] or #curve.x + 1
    curve.at[at], curve.x[k], curve.y[k] = k, at, curve.y[k] or {}
    for _, v in ipairs(gather.errors(r, metric)) do
      table.insert(curve.y[k], v)
    end
  end
  return curves
end

-- Whether the settings are spread over more than a factor of 20.
local function many_sizes(curves)
  local low, high = math.huge, -math.huge
  for _, curve in ipairs(curves) do
    for _, x in ipairs(curve.x) do
      low, high = math.min(low, x), math.max(high, x)
    end
  end
  return low > 0 and high > 20 * low
end

local function draw(list, opts)
  local parameters = {}
  for i, r in ipairs(list) do parameters[i] = flat(r.parameters, "", {}) end
  local x, names = axis_of(parameters, opts.x)
  local curves = curves_of(list, parameters, names, x, opts.metric)
  return plot.recipe "bands" { panels = { { curves = curves, logy = true,
    xlabel = x, ylabel = opts.metric .. ": " .. gather.ERROR,
    logx = many_sizes(curves) } } }
end

return { about = "an error against a setting in which runs differ",
  what = "a list of what experiment:run() returns, with parameters",
  draw = draw, test = gather.are_results,
  of_runs = function(list) return list end,
  specs = { { "x", "string" },
    { "metric", gather.PARTS, default = "test" } } }
