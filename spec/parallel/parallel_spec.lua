-- parallel_spec.lua: jobs in several processes: order, reuse, failures, ends.

local helper = require "spec.helper"
local store = require "weyl.parallel.store"
local weyl = require "weyl"

local map = weyl.parallel.map

local build = helper.program:match "^(.*)/[^/]*$" or "."
local STOCK = ("env LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='%s/lua/"
  .. "?.so;;' lua5.4"):format(build)

local INTERPRETERS = { weyl = helper.program }
if io.open(build .. "/lua/weyl/core.so") then INTERPRETERS.lua = STOCK end

-- A script whose jobs note in a file that they ran, with their process.
local SCRIPT = [[
local weyl = require "weyl"
local folder = ...
local function note(text)
  local file = io.open(folder .. "/notes", "a")
  file:write(text, "\n")
  file:close()
end
local function pid() return io.open("/proc/self/stat"):read "n" end
local function exists(name)
  local file = io.open(folder .. "/" .. name)
  if file then file:close() end
  return file ~= nil
end
local jobs = {}
for i = 1, tonumber(select(2, ...)) do jobs[i] = { i = i, x = i / 3 } end
print "before"
local rows = weyl.parallel.map(jobs, function(job)
  note(("%d %d"):format(job.i, pid()))
  BODY
  return { i = job.i, square = job.x ^ 2, u = weyl.uniform({}):item() }
end, { name = "study", folder = folder, workers = 2, quiet = true })
for _, row in ipairs(rows) do
  print(("%d %.17g %.9g"):format(row.i, row.square, row.u))
end
]]

local function script(folder, body)
  helper.write(folder .. "/s.lua", (SCRIPT:gsub("BODY", function()
    return body or ""
  end)))
end

local function run(folder, count, interpreter)
  return helper.shell(("%s %s/s.lua %s %d"):format(interpreter
    or helper.program, folder, folder, count))
end

-- How often each job ran.
local function runs(folder)
  local times = {}
  for line in io.lines(folder .. "/notes") do
    local i = tonumber(line:match "%d+")
    times[i] = (times[i] or 0) + 1
  end
  return times
end

describe("parallel.map", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  for name, interpreter in pairs(INTERPRETERS) do -- one spec each
    it("gives results in the order of jobs and keeps them, under " .. name,
      function()
        script(folder)
        local out, err, status = run(folder, 5, interpreter)
        assert.same({ "", 0 }, { err, status })
        local lines = {}
        for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
        assert.equal("before", lines[1])
        assert.equal(6, #lines)
        for i = 1, 5 do
          local j, square = lines[i + 1]:match "(%S+) (%S+)"
          assert.same({ i, (i / 3) ^ 2 }, { tonumber(j), tonumber(square) })
        end
        assert.equal(out, (run(folder, 5, interpreter)))
        assert.same({ 1, 1, 1, 1, 1 }, runs(folder))
        assert.equal(out, (run(folder, 7, interpreter)):sub(1, #out))
        assert.same({ 1, 1, 1, 1, 1, 1, 1 }, runs(folder))
      end)
  end

  it("uses several processes, none of them the script's own", function()
    -- each of the two jobs waits for the other to have begun
    script(folder, [[
      note "began"
      if not weyl.parallel.is_worker() then error "not a worker" end
      repeat
        local text, count = io.open(folder .. "/notes"):read "a"
        count = select(2, text:gsub("began", ""))
      until count == 2
      print "nowhere"; io.stderr:write "nowhere"]])
    local out, err, status = run(folder, 2)
    assert.same({ "", 0 }, { err, status })
    assert.not_matches("nowhere", out)
    local pids = {}
    for pid in helper.read(folder .. "/notes"):gmatch "%d (%d+)" do
      pids[#pids + 1] = pid
    end
    assert.equal(2, #pids)
    assert.are_not.equal(pids[1], pids[2])
  end)

  it("records jobs that fail, does the others, and tries again", function()
    script(folder, 'if job.i % 2 == 0 and not exists "fixed" then '
      .. 'error "even" end')
    local out, err, status = run(folder, 4)
    assert.equal("before\n", out)
    assert.equal(1, status)
    assert.matches("s.lua:17: parallel.map: 'study': 2 of 4 jobs failed; the "
      .. "others are kept and only these are done when it is run again\n"
      .. 'job 2, { "i": 2, "x": 0.66666666666666663 }: %S+: even\n'
      .. 'job 4, { "i": 4, "x": 1.33333333333333%d* }: %S+: even\n', err)
    helper.write(folder .. "/fixed", "")
    out, err = run(folder, 4)
    assert.equal("", err)
    assert.matches("\n4 1.77", out)
    assert.same({ 1, 2, 1, 2 }, runs(folder))
    assert.equal("", helper.shell(("ls %s/study | grep -e failed -e claims")
      :format(folder)))
  end)

  it("says so when a process dies", function()
    script(folder, "if job.i == 2 then os.exit(3) end")
    local _, err, status = run(folder, 3)
    assert.equal(1, status)
    assert.matches('job 2, { "i": 2, .*: not done; what its process said is '
      .. "in '/%S+/study/log'", err)
    assert.same({ 1, 1, 1 }, runs(folder))
  end)

  it("says so when the jobs differ in a worker", function()
    script(folder)
    helper.write(folder .. "/s.lua", (helper.read(folder .. "/s.lua")
      :gsub('print "before"', 'jobs[1].x = pid()')))
    local _, err, status = run(folder, 2)
    assert.equal(1, status)
    assert.matches("job 1, .* not done", err)
    assert.matches("the list of jobs was another one when the script ran "
      .. "again in a worker", helper.read(folder
      .. "/study/log/worker-1.txt"))
  end)

  -- Starts 5 jobs of which 3 to 5 do not end, sends the parent a signal when
  -- the others are done, and waits until all processes are gone.
  local function stopped(signal, more, interpreter)
    script(folder, 'while job.i > 2 and not exists "go" do end')
    local out, err = helper.shell(([[
      folder=%s
      %s $folder/s.lua $folder 5 >$folder/out 2>$folder/err & parent=$!
      until [ $(ls $folder/study/*.json 2>/dev/null | wc -l) = 2 ] &&
            [ $(wc -l <$folder/notes) = 4 ]; do sleep 0.05; done
      %s
      kill -%s $parent; wait $parent
      for pid in $(cut -d' ' -f2 $folder/notes); do
        n=0
        while kill -0 $pid 2>/dev/null && [ $n -lt 200 ]; do
          sleep 0.1; n=$((n + 1)); done
        [ $n -lt 200 ] || { echo orphan; kill -9 $pid; }
      done]]):format(folder, interpreter or helper.program, more or "",
      signal))
    assert.same({ "", "" }, { (out:gsub("^refused\n", "")),
      (err:gsub("[^\n]*Killed[^\n]*\n", "")) })
    return out
  end

  local function continued()
    helper.write(folder .. "/go", "")
    local out, err = run(folder, 5)
    assert.equal("", err)
    local copy = helper.folder()
    script(copy)
    assert.equal(run(copy, 5), out) -- as without a stop
    helper.remove(copy)
    local times = runs(folder)
    assert.same({ 1, 1, 3 }, { times[1], times[2], times[3] + times[5] })
  end

  it("continues after its process was killed, and leaves no workers #slow",
    function()
      local out = stopped("KILL", ([[
        %s $folder/s.lua $folder 5 2>&1 |
          grep -q "another run is at work in '$folder/study'" &&
          echo refused]]):format(helper.program))
      assert.equal("refused\n", out)
      continued()
    end)

  for name, interpreter in pairs(INTERPRETERS) do -- one spec each
    it(("continues after Ctrl-C, under %s #slow"):format(name), function()
      stopped("INT", nil, interpreter)
      assert.matches("interrupted!", helper.read(folder .. "/err"))
      continued()
    end)
  end

  it("does each of many jobs once, however many processes there are",
    function()
      script(folder)
      helper.write(folder .. "/s.lua", (helper.read(folder .. "/s.lua")
        :gsub("workers = 2", "workers = 6")))
      local _, err, status = run(folder, 150)
      assert.same({ "", 0 }, { err, status })
      local times = runs(folder)
      for i = 1, 150 do assert.equal(1, times[i]) end
    end)

  it("runs in the process itself where the script cannot be read again",
    function()
      local code = ('local weyl = require "weyl" weyl.threads(3) '
        .. "print(weyl.parallel.map({ {} }, function() return "
        .. "{ weyl.threads() } end, { name = '%s', folder = '%s', "
        .. "quiet = true })[1][1])")
      assert.same({ "3\n", "", 0 }, { helper.weyl("-", code:format("a",
        folder)) })
      assert.same({ "1\n", "", 0 }, { helper.weyl("-e "
        .. helper.quote(code:format("b", folder))) })
    end)
end)

describe("parallel.map without processes", function()
  local folder

  before_each(function() folder = helper.folder() end)
  after_each(function() helper.remove(folder) end)

  local function here(jobs, f, more)
    local o = { name = "here", folder = folder, workers = 0, quiet = true }
    for key, value in next, more or {} do o[key] = value end
    return map(jobs, f, o)
  end

  it("gives the same numbers, and leaves random streams alone", function()
    local function draw() return { weyl.uniform({}):item() } end
    weyl.seed(3)
    local one = here({ { a = 1 }, { a = 2 } }, draw)
    local after = draw()
    weyl.seed(3)
    assert.same(draw(), after)
    local two = here({ { a = 2 }, { a = 1 } }, draw, { version = "other" })
    assert.same({ one[1], one[2] }, { two[2], two[1] })
    assert.are_not.same(one[1], one[2])
  end)

  it("tells that it is no worker", function()
    assert.is_false(weyl.parallel.is_worker())
    assert.same({ { false } }, here({ {} }, function()
      return { weyl.parallel.is_worker() }
    end))
  end)

  it("does equal jobs once and others by content and version", function()
    local calls = 0
    local function f(job)
      calls = calls + 1
      job.a = 7
      return { n = calls, inf = 1 / 0, list = { 0.1, -0.0 }, text = "\1\"é" }
    end
    local r = here({ { a = 1 }, { a = 1.0 } }, f)
    assert.equal(1, calls)
    assert.same(r[1], r[2])
    assert.are_not.equal(r[1], r[2])
    assert.same({ n = 1, inf = 1 / 0, list = { 0.1, -0.0 }, text = "\1\"é" },
      r[1])
    assert.equal(-1 / 0, 1 / r[1].list[2])
    here({ { a = 1 } }, f, { version = "2" })
    assert.equal(2, calls)
    here({ { a = 1, b = {} } }, f)
    assert.equal(3, calls)
    assert.same({}, here({}, f))
  end)

  it("keeps failures with message and place", function()
    local function f(job)
      if job.a == 2 then return 3 end
      if job.a == 3 then return { print } end
      return job
    end
    assert.error_matches(function()
      here({ { a = 1 }, { a = 2 }, { a = 3 } }, f)
    end, '2 of 3 jobs failed.*job 2, { "a": 2 }: .*f must return a table, '
      .. "got 3\njob 3, .*cannot write a function")
    local list = store.jobs({ { a = 2 } }, "1")
    local failure = store.failure(folder .. "/here", list[1])
    assert.matches("must return a table", failure.message)
    assert.matches("stack traceback", failure.traceback)
  end)

  it("does not use the file of another job", function()
    here({ { a = 1 } }, function(job) return job end)
    local job = store.jobs({ { a = 1 } }, "1")[1]
    local path = ("%s/here/%s.json"):format(folder, job.key)
    for _, text in ipairs { '{ "job": { "a": 2 }, "result": {} }', "{", "3" } do
      helper.write(path, text)
      assert.error_matches(function()
        here({ { a = 1 } }, function(j) return j end)
      end, "/here/%x+.json' does not belong to job 1; remove the file")
    end
  end)

  it("explains wrong arguments", function()
    local function f() return {} end
    local function fails(pattern, ...)
      local args = table.pack(...)
      assert.error_matches(function() map(table.unpack(args, 1, args.n)) end,
        pattern)
    end
    fails("'jobs' must be a list of tables, got 3", 3, f, { name = "a" })
    fails("'f' must be a function, got nil", {}, nil, { name = "a" })
    fails("option 'name' is missing", {}, f, {})
    fails("'name' must be made of letters, .* got 'a/b'", {}, f,
      { name = "a/b" })
    fails("'workers' must be an integer >= 0, got %-1", {}, f,
      { name = "a", workers = -1 })
    fails("no option 'worker' %(did you mean 'workers'%?%)", {}, f,
      { name = "a", worker = 2 })
    fails("'jobs%[1%]' must be a plain table, got 3", { 3 }, f,
      { name = "a" })
    fails("results.json: cannot write a function", { { print } }, f,
      { name = "a" })
    fails("cannot make the folder", {}, f,
      { name = "a", folder = "/proc/none" })
    assert.error_matches(function()
      here({ {} }, function() return map({ {} }, f, { name = "b" }) end)
    end, "a job cannot call it")
  end)
end)

describe("the hash of a job", function()
  it("is one of 64 bits that one letter changes altogether", function()
    local seen, ones = {}, 0
    for i = 1, 2000 do
      local h = store.hash("job " .. i)
      seen[h] = (seen[h] or 0) + 1
      assert.equal(1, seen[h])
      local bits = h ~ store.hash("job " .. i + 1)
      while bits ~= 0 do
        ones, bits = ones + 1, bits & (bits - 1)
      end
    end
    -- 2000 sums of 64 coin flips: mean 32, standard error 0.09
    assert.near(32, ones / 2000, 0.6)
  end)
end)
