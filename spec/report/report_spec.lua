-- report_spec.lua: `weyl report`: pages of runs and of sweeps. The pages are
-- checked as a browser reads them: tags that close, names that are there once,
-- nothing that is loaded from elsewhere.

local helper = require "spec.helper"
local results = require "weyl.results"
local weyl = require "weyl"

local folder, program

local function verb(words, before)
  return helper.shell(("cd %s && %s %s report %s"):format(
    helper.quote(folder), before or "", program, words))
end

local function page_of(file) return helper.read(folder .. "/" .. file) end

local ALONE = { meta = true, img = true }

-- Fails unless every tag is closed in order; returns the ids and what refers
-- to them.
local function walk(page)
  local open, ids, used = {}, {}, {}
  for tag in page:gsub("<!.->", ""):gsub("<style>.-</style>", "")
    :gsub("<script", "SCRIPT"):gmatch "<([^>]*)>" do
    local name = tag:match "^/?([%w:]+)"
    if tag:sub(1, 1) == "/" then
      assert.equal(table.remove(open), name)
    elseif tag:sub(-1) ~= "/" and not ALONE[name] then
      open[#open + 1] = name
    end
    local id = tag:match "%sid=['\"]([^'\"]+)"
    if id then
      assert.is_nil(ids[id], id .. " is there twice")
      ids[id] = true
    end
    used[#used + 1] = tag:match "href=['\"]#([^'\"]+)"
  end
  assert.same({}, open)
  for _, id in ipairs(used) do assert.is_true(ids[id], id) end
  return ids
end

local function check_page(page)
  walk(page)
  local outside = page:gsub("xmlns[%w:]*=\"[^\"]*\"", "")
  assert.not_matches("https?://", outside)
  assert.not_matches("SCRIPT", page)
end

setup(function()
  folder = helper.folder()
  program = helper.shell("realpath " .. helper.program):sub(1, -2)
  local record = weyl.runs.open(folder .. "/runs"):begin { name = "a<b>",
    path = folder .. "/runs/a", seeds = { 1, 2 },
    parameters = { lr = 0.5, note = "</td> & \"x\"" } }
  for seed = 1, 2 do
    for step = 1, 3 do
      record:metrics(seed, step, { train = 1 / step, validation = 1,
        regularizer_1 = step, strength_1 = 1 })
    end
    record:results(seed, { epoch = 3, train = 0.25, test = seed })
    record:levels(seed, { { group = "it's SO(2) & more", strength = 2,
      error = 0.25 } })
  end
  record:finish "done"
  local store = weyl.runs.open(folder .. "/runs")
  results.write(folder .. "/runs/own.svg", "<svg/>")
  store:artifact(1, "figure", folder .. "/runs/own.svg")
  store:artifact(1, "figure", folder .. "/runs/gone.svg")
  record = weyl.runs.open(folder .. "/runs"):begin { name = "empty",
    path = folder .. "/runs/empty", seeds = { 1 }, parameters = {} }
  record:finish("failed", "no <data>")
  weyl.sweep { name = "rate", output = folder .. "/runs",
    space = { lr = { 0.01, 0.1, 1 }, wide = { true, false } },
    trial = function(p)
      return p.lr < 1 and p.lr or error "too <large>"
    end }:run { workers = 0, quiet = true }
end)

teardown(function() helper.remove(folder) end)

describe("weyl report", function()
  it("writes a run with its tables and figures", function()
    assert.same({ "report runs/a/report.html\n", "", 0 }, { verb "1" })
    local page = page_of "runs/a/report.html"
    check_page(page)
    local ids = walk(page)
    for _, name in ipairs { "levels", "history", "equivariance" } do
      assert.is_true(ids[name])
    end
    assert.is_nil(ids.spectrum) -- the run has no checkpoint
    for _, text in ipairs { "<title>a&lt;b&gt;, run 1</title>",
      "<tr><td>mean</td>", "<td>0.25</td><td>1.50 ± 0.50</td>",
      "<td>it's SO(2) &amp; more</td>", "<td>&lt;/td&gt; &amp; &quot;x&quot;",
      "<td>lr</td><td>0.5</td>", "src=\"data:image/svg+xml;base64,PHN2Zy8+\"" }
    do
      assert.is_truthy(page:find(text, 1, true), text)
    end
    assert.matches("report +runs/a/report.html",
      (helper.shell(("cd %s && %s show 1"):format(folder, program))))
    verb "1"
    assert.equal(page:gsub("<tr><td>report</td>.-</tr>\n", ""),
      (page_of("runs/a/report.html"):gsub("<tr><td>report</td>.-</tr>\n", "")))
  end)

  it("writes a run that has nothing to draw", function()
    assert.equal("sub/e.html", results.parse((verb(
      "empty --json -o sub/e.html"))).file)
    local page = page_of "sub/e.html"
    check_page(page)
    assert.matches("failed: no &lt;data&gt;", page)
    assert.not_matches("<h2>Results", page)
  end)

  it("writes a sweep", function()
    assert.same({ "report runs/rate/report.html\n", "", 0 }, { verb "rate" })
    local page = page_of "runs/rate/report.html"
    check_page(page)
    assert.is_true(walk(page).sweep)
    assert.matches("6, of which 2 failed and 0 are not done", page)
    assert.matches("<b>0.01</b>", page)
    assert.matches("too &lt;large&gt;", page)
    verb "runs/rate/ -o again.html"
    assert.equal(page, page_of "again.html")
  end)

  it("says what is wrong", function()
    assert.same({ "", "weyl report: there is no run or sweep 'none' in "
      .. "'runs/weyl.db'; `weyl runs` lists runs\n", 1 }, { verb "none" })
    local out, err, status = verb("1", "PATH=" .. folder)
    assert.same({ "", "weyl report: there is no program 'gnuplot', which draws "
      .. "the figures; on Debian it is in the package gnuplot-nox\n", 1 },
      { out, err, status })
    assert.equal(2, select(3, verb ""))
  end)
end)

describe("a table as HTML", function()
  it("marks the best and escapes what it is given", function()
    local t = weyl.tables.new { title = "a & b", columns = { "name",
      { "error", best = "least" } }, rows = { { name = "<x>", error = 2 },
      { name = "y", error = { mean = 1, std = 0.25 } },
      { name = "z", error = 1.125 }, { name = "none" } } }
    assert.equal([[<table>
<caption>a &amp; b</caption>
<tr><th>name</th><th>error</th></tr>
<tr><td>&lt;x&gt;</td><td>2</td></tr>
<tr><td>y</td><td><b>1.00 ± 0.25</b></td></tr>
<tr><td>z</td><td><i>1.12</i></td></tr>
<tr><td>none</td><td>-</td></tr>
</table>
<p>bold: the least; italics: at most one standard deviation from it</p>
]], t:html())
  end)
end)
