-- sweep_spec.lua: trials by processes and here: results, failures, halving,
-- ends of all kinds, the verb, Slurm.

local helper = require "spec.helper"
local results = require "weyl.results"
local weyl = require "weyl"

local sweep = weyl.sweep

-- A sweep of six trials that note that they ran. BODY may fail or wait.
local SCRIPT = [[
local weyl = require "weyl"
local folder = "FOLDER"
local function note(text)
  local file = io.open(folder .. "/notes", "a")
  file:write(text, "\n")
  file:close()
end
local function exists(name)
  local file = io.open(folder .. "/" .. name)
  if file then file:close() end
  return file ~= nil
end
return weyl.sweep { name = "rate", output = folder, OPTIONS
  space = { lr = { 1, 2, 3 }, wide = { false, true } },
  trial = function(p, context)
    note(("%d %s"):format(context.trial, context.epochs or ""))
    BODY
    local u = weyl.uniform({}):item()
    return { objective = p.lr + (p.wide and 0.5 or 0), u = u,
      name = context.name }
  end }
]]

local function script(folder, body, more)
  local text = SCRIPT:gsub("FOLDER", folder):gsub("BODY", function()
    return body or ""
  end):gsub("OPTIONS", function() return more or "" end)
  helper.write(folder .. "/rate.lua", text)
end

local function verb(folder, args, before)
  return helper.shell(("%s %s sweep %s/rate.lua %s")
    :format(before or "", helper.program, folder, args or ""))
end

-- How often each trial ran, in a line.
local function runs(folder)
  local times = { 0, 0, 0, 0, 0, 0 }
  for line in io.lines(folder .. "/notes") do
    local i = tonumber(line:match "%d+")
    times[i] = times[i] + 1
  end
  return table.concat(times, " ")
end

local function csv(folder) return helper.read(folder .. "/rate/results.csv") end

describe("a sweep", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local function new(more)
    local o = { name = "s", output = folder, space = { x = { 3, 1, 2 } },
      trial = function(p) return p.x end }
    for key, value in next, more or {} do o[key] = value end
    return sweep(o)
  end

  local function here(more, opts)
    local run = { workers = 0, quiet = true }
    for key, value in next, opts or {} do run[key] = value end
    return new(more):run(run)
  end

  it("gives rows, the best, a table and files", function()
    local contexts = {}
    local r = here { seed = 10, trial = function(p, context)
      contexts[p.x] = context
      return { objective = p.x, twice = 2 * p.x }
    end }
    assert.same({ trial = 2, name = "s-2", seed = 11,
      output = folder .. "/s" }, contexts[1])
    assert.same({ trial = 2, parameters = { x = 1 }, state = "done",
      objective = 1, values = { twice = 2 } }, r.best)
    assert.same({ 3, 0, 0 }, { #r.trials, r.failed, r.waiting })
    assert.equal("trial,x,objective,twice,state,message\n1,3,3,6,done,\n"
      .. "2,1,1,2,done,\n3,2,2,4,done,\n",
      helper.read(folder .. "/s/results.csv"))
    assert.same(r:plain(),
      results.parse(helper.read(folder .. "/s/results.json")))
    assert.equal([[
s: 3 trials, 0 failed; best: trial 2
trial  x  objective    twice  state
2      1          1 *      2   done
3      2          2        4   done
1      3          3        6   done
*: the least; ~: at most one standard deviation from it]], tostring(r))
    assert.matches("; best: trial 2; 1 shown\n", tostring(r:table(1)))
    assert.equal("weyl.sweep: s, grid search, 3 trials", tostring(new()))
    assert.same({ true, false }, { sweep.is_sweep(new()),
      sweep.is_sweep(r) })
  end)

  it("has one column for a parameter and a value of its name", function()
    here { trial = function(p)
      return { objective = 1, x = -p.x, trial = 9, note = "a,b" }
    end }
    assert.matches('^trial,x,objective,note,state,message\n1,3,1,"a,b",done,',
      helper.read(folder .. "/s/results.csv"))
  end)

  it("is read again without its script", function()
    local r = here { name = "again", trial = function(p)
      return p.x < 3 and { objective = -p.x, note = "n" } or error "three"
    end }
    local read = sweep.read(folder .. "/again")
    assert.equal(tostring(r), tostring(read))
    assert.same(r:plain(), read:plain())
    assert.same({ folder .. "/again", "least", 1 },
      { read.path, read.direction, read.failed })
    assert.has_error(function() sweep.read(folder .. "/none") end,
      ("there is no sweep '%s/none': neither it nor 'runs/%s/none' is the "
      .. "folder of one"):format(folder, folder))
    helper.write(folder .. "/again/results.json", '{"trials": [1]}')
    assert.error_matches(function() sweep.read(folder .. "/again") end,
      "has written no results yet")
    assert.error_matches(function() sweep.read "" end,
      "argument 'word' must be the folder or the name of a sweep, got ''")
  end)

  it("takes the largest when asked", function()
    assert.equal(1, here({ best = "largest" }).best.trial)
  end)

  it("does a trial again for another version only, looks without doing",
    function()
      local count = 0
      local function trial() count = count + 1 return count end
      local r = here({ trial = trial }, { look = true })
      assert.same({ 0, 3, nil }, { count, r.waiting, r.best })
      here { trial = trial }
      here { trial = trial }
      assert.equal(3, count)
      here { trial = trial, version = "2" }
      assert.equal(6, count)
      assert.equal(1, here({ trial = trial }, { look = true }).best.objective)
    end)

  it("keeps failures until they are retried", function()
    local broken, count = true, 0
    local function trial(p)
      count = count + 1
      if broken and p.x == 1 then error "no one" end
      if broken and p.x == 2 then return "two" end
      return p.x
    end
    local r = here { trial = trial }
    assert.same({ 2, 1, 3 }, { r.failed, r.best.trial, count })
    assert.matches("no one$", r.trials[2].message)
    assert.matches("argument 'trial' must be a function that returns a "
      .. "number, or a table with a number 'objective', got 'two'",
      r.trials[3].message)
    assert.matches("\n2,1,,failed,%S+ no one\n",
      helper.read(folder .. "/s/results.csv"))
    broken = false
    here { trial = trial }
    assert.equal(3, count)
    r = here({ trial = trial }, { retry = true })
    assert.same({ 0, 2, 5 }, { r.failed, r.best.trial, count })
  end)

  it("gives rungs of epochs to the best so far", function()
    local seen = {}
    local function trial(p, context)
      seen[#seen + 1] = ("%d:%d-%d"):format(context.trial, context.previous,
        context.epochs)
      if context.trial == 2 and context.epochs > 1 then error "at 2" end
      return p.x + (context.epochs == 9 and p.x == 4 and 10 or 0)
    end
    local o = { trial = trial, search = "halving", trials = 9,
      space = { x = sweep.integer(1, 4) }, rungs = { 1, 3, 9 } }
    local list = new(o).options.parameters
    local order = {}
    for i = 1, 9 do order[i] = i end
    table.sort(order, function(a, b)
      return list[a].x < list[b].x or list[a].x == list[b].x and a < b
    end)
    local three = { order[1], order[2], order[3] }
    table.sort(three)
    local r = here(o)
    local expected = {}
    for i = 1, 9 do expected[i] = i .. ":0-1" end
    for _, i in ipairs(three) do expected[#expected + 1] = i .. ":1-3" end
    local last = order[1] == 2 and order[2] or order[1]
    expected[#expected + 1] = last .. ":3-9"
    assert.same(expected, seen)
    assert.same({ last, 9 }, { r.best.trial, r.best.epochs })
    local states = {}
    for _, row in ipairs(r.trials) do
      states[row.state] = (states[row.state] or 0) + 1
    end
    local failed = (order[1] == 2 or order[2] == 2 or order[3] == 2) and 1
    assert.same({ done = 1, failed = failed or nil,
      stopped = 8 - (failed or 0) }, states)
    assert.same(r:plain(), here(o):plain())
    assert.equal(#expected, #seen)
  end)

  it("leaves the program's random streams alone", function()
    weyl.seed(4)
    weyl.uniform({}):item()
    local streams = weyl.streams()
    here { trial = function() return weyl.uniform({}):item() end }
    assert.same(streams, weyl.streams())
  end)

  it("records an experiment in each trial", function()
    local part = { x = weyl.normal { 8, 2 }, y = weyl.normal { 8, 1 } }
    weyl.eval(part)
    local r = here { trial = function(p, context)
      return weyl.experiment { name = context.name, output = context.output,
        seeds = { context.seed }, data = { name = "d", train = part },
        model = function()
          return weyl.nn.linear { inputs = 2, outputs = 1 }
        end, epochs = p.x, quiet = true }:run().summary.train.mean
    end }
    assert.equal(0, r.failed)
    for i = 1, 3 do
      assert.matches("{", helper.read(("%s/s/s-%d-%d/results.json"):format(
        folder, i, i)))
    end
  end)
end)

describe("weyl sweep", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  it("gives the same with any number of processes", function()
    script(folder)
    local out, err, status = verb(folder, "-w 0 -q")
    assert.same({ "", 0 }, { err, status })
    assert.matches("^rate: 6 trials, 0 failed; best: trial 1\n", out)
    assert.matches("all in %S+/rate/results.csv\n$", out)
    local alone = csv(folder)
    os.execute(("rm -r %s/rate %s/notes"):format(folder, folder))
    out, err, status = verb(folder, "--workers 3 --json")
    assert.equal(0, status)
    assert.equal(1, results.parse(out).best.trial)
    assert.equal(alone, csv(folder))
    assert.equal("1 1 1 1 1 1", runs(folder))
    local lines = {}
    for line in err:gmatch "[^\n]+" do
      lines[#lines + 1] = line:match "rate: trial %d done, objective %S+ %("
    end
    assert.equal(6, #lines)
    assert.matches("%(6/6%)\n$", err)
    assert.same({ "", 0 }, { select(2, verb(folder)) })
    assert.equal("1 1 1 1 1 1", runs(folder))
  end)

  it("goes on when trials fail or kill their process", function()
    script(folder, [[if not exists "fixed" then
      if context.trial == 2 then error("two", 0) end
      if context.trial % 3 == 0 then os.exit(3) end end]])
    local out, err, status = verb(folder, "-w 2")
    assert.equal(1, status)
    assert.matches("6 trials, 3 failed", out)
    assert.matches("\ntrial 2 failed: two\ntrial 3 failed: its process ended "
      .. "before the job did; what it said is in '%S+/log'\n", out)
    assert.matches("%-%-retry does failed trials again", out)
    assert.matches("rate: trial 2 failed: two %(%d/6%)\n", err)
    assert.equal("1 1 1 1 1 1", runs(folder))
    helper.write(folder .. "/fixed", "")
    assert.same(1, select(3, verb(folder, "-q")))
    assert.same(0, select(3, verb(folder, "-q --retry")))
    assert.equal("1 2 2 1 1 2", runs(folder))
  end)

  it("says where to look when nothing could be done", function()
    script(folder)
    local text = helper.read(folder .. "/rate.lua")
    helper.write(folder .. "/rate.lua", (text:gsub("return weyl.sweep",
      'if weyl.parallel.is_worker() then error "no worker" end\n%0')))
    local out, _, status = verb(folder, "-q")
    assert.equal(1, status)
    assert.matches("6 trials are not done; the same command goes on with them "
      .. "%(what processes said is in %S+/trials/log%)\n", out)
    assert.matches("no worker", helper.read(folder
      .. "/rate/trials/log/worker-1.txt"))
  end)

  it("says once when the file has changed", function()
    script(folder)
    verb(folder, "-q")
    script(folder, "-- another line")
    local _, err = verb(folder, "--look")
    assert.equal("", err)
    _, err = verb(folder)
    assert.matches("^weyl sweep: '%S+/rate.lua' has changed; the trials that "
      .. "are done stay as they are %(another version = '...' does all anew%)"
      .. "\n$", err)
    assert.equal("", (select(2, verb(folder))))
    assert.equal("1 1 1 1 1 1", runs(folder))
  end)

  it("uses the folder it is told", function()
    script(folder)
    local text = helper.read(folder .. "/rate.lua")
    helper.write(folder .. "/rate.lua", (text:gsub("output = folder,", "")))
    local out = helper.weyl(("sweep %s/rate.lua -q --runs %s/there"):format(
      folder, folder))
    assert.matches("all in " .. folder .. "/there/rate/results.csv", out)
  end)

  it("promotes the same trials whoever is ready first", function()
    local more = 'search = "halving", trials = 6, rungs = { 1, 2 },'
    script(folder, "", more)
    assert.equal(0, select(3, verb(folder, "-w 0 -q")))
    local alone = csv(folder)
    os.execute(("rm -r %s/rate %s/notes"):format(folder, folder))
    -- the first trial waits until all others have begun
    script(folder, [[while context.trial == 1 and context.epochs == 1 and
      select(2, io.open(folder .. "/notes"):read "a":gsub("\n", "")) < 6 do
      end]], more)
    assert.equal(0, select(3, verb(folder, "-w 2 -q")))
    assert.equal(alone, csv(folder))
  end)

  it("loses nothing that was finished when it is killed #slow", function()
    script(folder)
    verb(folder, "-q")
    local whole = csv(folder)
    for _, signal in ipairs { "KILL", "INT" } do
      os.execute(("rm -rf %s/rate %s/notes %s/go"):format(folder, folder,
        folder))
      script(folder, 'while context.trial > 2 and not exists "go" do end')
      local out, err = helper.shell(([[
        folder=%s
        %s sweep $folder/rate.lua -w 2 \
          >$folder/out 2>$folder/err & parent=$!
        until [ $(ls $folder/rate/trials/*.json 2>/dev/null | wc -l) = 2 ] &&
              [ $(wc -l <$folder/notes) = 4 ]; do sleep 0.05; done
        kill -%s $parent; wait $parent; echo $?
        touch $folder/go]]):format(folder, helper.program, signal))
      assert.equal("", (err:gsub("[^\n]*Killed[^\n]*\n", "")))
      assert.equal(signal == "INT" and "1\n" or "137\n", out)
      if signal == "INT" then
        assert.matches("interrupted; what was finished is kept, the same "
          .. "command goes on\n$", helper.read(folder .. "/err"))
      end
      assert.equal(0, select(3, verb(folder, "-q")))
      assert.equal(whole, csv(folder))
      assert.matches("^1 1 ", runs(folder))
    end
  end)

  it("explains what it cannot use", function()
    local function fails(pattern, text)
      helper.write(folder .. "/rate.lua", text)
      local out, err, status = verb(folder)
      assert.same({ "", 1 }, { out, status })
      assert.matches(pattern, err)
    end
    fails("weyl sweep: '%S+/rate.lua' must return weyl.sweep { ... }, got nil",
      "")
    fails("weyl sweep: %S+/rate.lua:1: ", "return (")
    os.remove(folder .. "/rate.lua")
    assert.matches("weyl sweep: cannot open %S+/rate.lua",
      (select(2, verb(folder))))
    script(folder)
    local _, err, status = verb(folder, "-w x")
    assert.equal(2, status)
    assert.matches("must be an integer >= 0", err)
    script(folder, "", "nmae = 3,")
    _, err, status = verb(folder)
    assert.equal(1, status)
    assert.matches("rate.lua:%d+: sweep: there is no option 'nmae' %(did you "
      .. "mean 'name'%?%)", err)
    helper.write(folder .. "/rate.lua", "x = 3")
    assert.matches("rate.lua:1: assignment to undefined global 'x'",
      (select(2, verb(folder))))
  end)
end)

describe("weyl sweep --slurm", function()
  local folder

  -- Writes what it was asked and does the tasks one after another.
  local SBATCH = [[#!/bin/sh
    for script; do :; done
    echo "$@" >>FOLDER/asked
    sed -n 's/^#SBATCH --array=//p' "$script" | tr , '\n' |
      while read r; do
        for i in $(seq ${r%-*} ${r#*-}); do
          SLURM_ARRAY_TASK_ID=$i sh "$script" >>FOLDER/said 2>&1 </dev/null
        done
      done
    echo "$(wc -l <FOLDER/asked);cluster"
  ]]

  before_each(function()
    folder = helper.folder()
    helper.write(folder .. "/sbatch", (SBATCH:gsub("FOLDER", folder)))
    os.execute("chmod +x " .. folder .. "/sbatch")
  end)
  after_each(function() helper.remove(folder) end)

  local function with_sbatch(args)
    return verb(folder, args, ("PATH=%s:$PATH"):format(folder))
  end

  it("writes the batch script", function()
    script(folder)
    local out, err, status = with_sbatch("--slurm --dry-run --partition "
      .. "long --time 1:30:00 --account a_b --cpus 2 --retry")
    assert.same({ "", 0 }, { err, status })
    local path = folder .. "/rate/slurm/rung-1.sh"
    assert.equal(path .. ": 6 tasks, not submitted\n", out)
    assert.equal(([[
#!/bin/sh
#SBATCH --job-name=rate
#SBATCH --array=1-6
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=FOLDER/rate/slurm/%A-%a.txt
#SBATCH --cpus-per-task=2
#SBATCH --partition=long
#SBATCH --time=1:30:00
#SBATCH --account=a_b
export OPENBLAS_NUM_THREADS=2 OMP_NUM_THREADS=2
exec 'PROGRAM' 'sweep' 'FOLDER/rate.lua' --rung 1 ]]
      .. '--cpus 2 --retry --task "$SLURM_ARRAY_TASK_ID"\n'):gsub("FOLDER",
      folder):gsub("PROGRAM", helper.program), helper.read(path))
    assert.is_nil(io.open(folder .. "/asked"))
  end)

  it("does what is left, each trial once, as one process does", function()
    script(folder)
    verb(folder, "-q")
    local whole = csv(folder)
    os.execute(("rm -r %s/rate %s/notes"):format(folder, folder))
    script(folder, 'if context.trial == 4 and not exists "fixed" then '
      .. 'error("four", 0) end')
    local out, err, status = with_sbatch "--slurm"
    assert.same({ "", 0 }, { err, status })
    assert.matches("/rung%-1.sh: 6 tasks, job 1\n$", out)
    local said = helper.read(folder .. "/said")
    assert.matches("^trial 1 done, objective 1\n", said)
    assert.matches("\ntrial 4 failed: four\n", said)
    assert.equal("all trials are done\n", (with_sbatch "--slurm"))
    helper.shell(("SLURM_ARRAY_TASK_ID=2 sh %s/rate/slurm/rung-1.sh"):format(
      folder)) -- requeued
    assert.equal("1 1 1 1 1 1", runs(folder))
    helper.write(folder .. "/fixed", "")
    assert.matches("1 tasks, job 2", (with_sbatch "--slurm --retry"))
    assert.matches("\n#SBATCH %-%-array=4\n", helper.read(folder
      .. "/rate/slurm/rung-1.sh"))
    assert.equal(0, select(3, verb(folder, "-q")))
    assert.equal(whole, csv(folder))
  end)

  it("chains the rungs of halving", function()
    local more = 'search = "halving", trials = 6, rungs = { 1, 2, 4 },'
    script(folder, "", more)
    verb(folder, "-q")
    local whole = csv(folder)
    os.execute(("rm -r %s/rate %s/notes"):format(folder, folder))
    local out = with_sbatch "--slurm"
    assert.matches("1.sh: 6 tasks, job 1\n.*2.sh: 2 tasks, job 2\n.*3.sh: 1 "
      .. "tasks, job 3\n", out)
    assert.matches("%-%-parsable %-%-dependency=afterany:2 %S+3.sh\n$",
      helper.read(folder .. "/asked"))
    assert.equal(0, select(3, verb(folder, "-q")))
    assert.equal(whole, csv(folder))
  end)

  it("explains what goes wrong", function()
    script(folder)
    helper.write(folder .. "/sbatch", "#!/bin/sh\necho no such partition >&2\n"
      .. "exit 1\n")
    local _, err, status = with_sbatch "--slurm"
    assert.equal(1, status)
    assert.matches("no such partition\n.*sbatch did not take '%S+/rung%-1.sh'; "
      .. "%-%-dry%-run only writes it", err)
    _, err = with_sbatch "--slurm --partition 'a b'"
    assert.matches("argument 'partition' must be made of letters, digits and "
      .. "_ . : , / %+ %-, got 'a b'", err)
    local more = 'search = "halving", trials = 3, rungs = { 1, 2 },'
    script(folder, "", more)
    _, err, status = verb(folder, "--task 1 --rung 2")
    assert.equal(1, status)
    assert.matches("rung 2 begins when rung 1 is complete", err)
    script(folder, 'error "no"', more)
    verb(folder, "-q")
    local out
    out, _, status = verb(folder, "--task 1 --rung 2")
    assert.same({ "this rung has fewer trials: others failed before\n", 0 },
      { out, status })
  end)

  it("does a task beside others, not beside a whole run", function()
    script(folder, 'while context.trial == 1 and not exists "go" do end')
    local out, err = helper.shell(([[
      folder=%s; sweep="%s sweep $folder/rate.lua"
      $sweep --task 1 >/dev/null & first=$!
      until [ -f $folder/notes ]; do sleep 0.05; done
      $sweep --task 2
      $sweep -q
      touch $folder/go; wait $first; echo $?]]):format(folder,
      helper.program))
    assert.matches("^trial 2 done, objective 1.5\n0\n$", out)
    assert.matches("sweep: another run is at work in '%S+/rate/trials' %(",
      err)
  end)
end)
