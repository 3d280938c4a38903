-- report.lua: a run or a sweep as one page of HTML: `weyl report`.
--
-- The page holds its tables, its figures, its parameters, the environment and
-- the script; it loads nothing, so that it can be sent to others or kept. It
-- is the same whenever it is made of the same run.

local html = require "weyl.report.html"
local load = require "weyl.plot.load"
local recipes = require "weyl.plot.recipes"
local results = require "weyl.results"
local shown = require "weyl.runs.shown"
local status = require "weyl.status"
local summary = require "weyl.runs.summary"

local report = {}

-- The recipes that say something of one run, in order.
local OF_RUN = { "levels", "history", "equivariance", "spectrum" }

-- ---- runs ----

local function head_of(run)
  local rows = { { "status", run.status .. (run.message and ": "
    .. run.message or "") }, { "started", shown.time(run.started) .. " UTC" },
    { "took", status.clock(run.seconds) },
    { "seeds", table.concat(run.seeds, ", ") } }
  local command, script = run.environment.command, run.script
  if command then
    rows[#rows + 1] = { "command", table.concat(command, " ") }
  end
  if script then
    rows[#rows + 1] = { "script", script.path .. (script.hash and ", sha256 "
      .. script.hash or "") }
  end
  return html.values(rows)
end

-- The figure of a recipe; nil when the run has nothing for it.
local function figure_of(name, r)
  local ok, figure = pcall(recipes.draw_runs, recipes.named(name), { r })
  return ok and figure or nil
end

local function figures_of(r)
  local out = {}
  for _, name in ipairs(OF_RUN) do
    local figure = figure_of(name, r)
    if figure then out[#out + 1] = html.figure(name, figure) end
  end
  return table.concat(out)
end

-- Whether a file is a figure that is drawn here anyway.
local function is_drawn(path)
  local name = path:match "([^/]*)%.%w+$"
  for _, known in ipairs(OF_RUN) do
    if name == known then return true end
  end
  return false
end

-- The pictures that the script itself has saved.
local function pictures_of(files)
  local out = {}
  for _, file in ipairs(files) do
    local bytes = file.kind == "figure" and not is_drawn(file.path)
      and results.text(file.path)
    if bytes then out[#out + 1] = html.image(file.path, bytes) end
  end
  return table.concat(out)
end

local function files_of(files)
  local rows = {}
  for i, file in ipairs(files) do rows[i] = { file.kind, file.path } end
  return html.values(rows)
end

---A run as a page.
---@param store weyl.runs.store
---@param run weyl.runs.run
---@return string html
function report.run(store, run)
  local files, script = store:artifacts(run.id), run.script
  return html.page(("%s, run %d"):format(run.name, run.id), { head_of(run),
    html.section("Results",
      html.table(shown.results(summary.seeds(store, run)))),
    html.section("Levels of approximation",
      html.table(shown.levels(store, run.id))),
    html.section("Figures", figures_of(load.results(store, run))
      .. pictures_of(files)),
    html.section("Parameters", html.values(shown.values(run.parameters))),
    html.section("Environment", html.values(shown.values(run.environment))),
    html.section("Script", script and script.text
      and html.details(script.path, script.text)),
    html.section("Files", files_of(files)) })
end

-- ---- sweeps ----

local function sweep_head(r)
  local rows = { { "search", r.search }, { "trials", ("%d, of which %d failed "
    .. "and %d are not done"):format(#r.trials, r.failed, r.waiting) } }
  if r.rungs then
    rows[#rows + 1] = { "epochs of the rungs", table.concat(r.rungs, ", ") }
  end
  if r.best then
    rows[#rows + 1] = { ("best trial, the %s objective"):format(r.direction),
      ("%d: %s"):format(r.best.trial, shown.text(r.best.objective)) }
    for _, row in ipairs(shown.values(r.best.parameters)) do
      rows[#rows + 1] = row
    end
  end
  return html.values(rows)
end

local function failures_of(r)
  local rows = {}
  for _, row in ipairs(r.trials) do
    if row.state == "failed" then
      rows[#rows + 1] = { "trial " .. row.trial, row.message or "" }
    end
  end
  return html.values(rows)
end

---A sweep as a page.
---@param r weyl.sweep.results
---@return string html
function report.sweep(r)
  local ok, figure = pcall(recipes.draw, recipes.named "sweep", r)
  return html.page(r.name .. ", sweep", { sweep_head(r),
    html.section("Figures", ok and html.figure("sweep", figure)),
    html.section("Trials, the best first", html.table(r:table())),
    html.section("Failures", failures_of(r)) })
end

return report
