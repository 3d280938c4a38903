-- memory_spec.lua: what is held and given back: dead tensors, long lazy
-- chains, freed tensors, the cap; and parameters that change under a graph.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"

local MB = 1 << 20

-- Bytes of tensors once everything dead is gone.
local function settled()
  collectgarbage()
  collectgarbage()
  core.trim()
  return weyl.memory().buffers
end

-- A script that prints by how many bytes resident memory grew at most while
-- `body` ran for k = 1 .. n. It has a process of its own: how many dead
-- tensors Lua's collector tolerates depends on how much else Lua holds.
local growth = [[
  local weyl = require "weyl"
  local function resident()
    for line in io.lines "/proc/self/status" do
      local kb = line:match "^VmRSS:%s*(%d+) kB"
      if kb then return tonumber(kb) * 1024 end
    end
  end
  local x = weyl.ones({ 1 << 20 }):eval()
  local function body(k) @body@ end
  for k = 1, 4 do body(k) end
  local start, most = resident(), 0
  for k = 1, @n@ do
    body(k)
    if k % 25 == 0 then most = math.max(most, resident()) end
  end
  print(most - start)
]]

describe("dead tensors", function()
  local function grown(n, body)
    local folder = helper.folder()
    finally(function() helper.remove(folder) end)
    helper.write(folder .. "/grow.lua",
      (growth:gsub("@(%w+)@", { n = n, body = body })))
    local out, err = helper.weyl(helper.quote(folder .. "/grow.lua"))
    return tonumber(out) or error(err)
  end

  it("of 2 GB in all leave resident memory near the start", function()
    assert.is_true(grown(500, "weyl.full({ 1 << 20 }, k):eval()") < 64 * MB)
    assert.is_true(grown(500, "local _ = (x * k):eval()") < 64 * MB)
    assert.is_true(grown(500, "local _ = x:exp():sum(1):item()") < 64 * MB)
  end)

  it("of 20 GB in all leave resident memory near the start #slow", function()
    assert.is_true(grown(5000, "weyl.full({ 1 << 20 }, k):eval()") < 64 * MB)
  end)

  it("are all given back", function()
    local before = settled()
    for k = 1, 200 do
      local x = weyl.normal { 50, 50 }
      local y = x:matmul(x) + k
      if k % 2 == 0 then y:eval() end
    end
    assert.equal(before, settled())
    local pending = weyl.memory().pending
    assert.is_true(pending < 100)
  end)

  it("do not wait for the collector when they are closed or freed", function()
    local before = settled()
    do
      local t <close> = weyl.ones({ MB }):eval()
      assert.is_true(weyl.memory().buffers >= before + 4 * MB)
      assert.equal(MB, t.size)
    end
    assert.is_true(weyl.memory().buffers < before + MB)
    local t = weyl.ones({ MB }):eval()
    t:free()
    assert.is_true(weyl.memory().buffers < before + MB)
  end)
end)

-- A script that prints how many nodes were pending at most while `body` ran
-- for k = 1 .. n, in a process of its own for the same reason, and by how many
-- bytes it grew; x must come out as @value@.
local chain = [[
  local weyl = require "weyl"
  local x, most = weyl.zeros { 2 }, 0
  for k = 1, 1000 do @body@ end
  x = weyl.zeros({ 2 }):eval()
  collectgarbage()
  local before = weyl.memory().live
  for k = 1, @n@ do
    @body@
    if k % 1000 == 0 then most = math.max(most, weyl.memory().pending) end
  end
  assert(x:totable()[1] == @value@ and x:totable()[2] == @value@)
  collectgarbage()
  collectgarbage()
  require "weyl.core".trim()
  print(most, weyl.memory().live - before)
]]

describe("a long lazy chain", function()
  local function run(n, body, value)
    local folder = helper.folder()
    finally(function() helper.remove(folder) end)
    helper.write(folder .. "/chain.lua", (chain:gsub("@(%w+)@",
      { n = n, body = body, value = value })))
    local out, err = helper.weyl(helper.quote(folder .. "/chain.lua"))
    local most, grown = out:match "^(%S+)%s+(%S+)"
    return tonumber(most) or error(err), tonumber(grown)
  end

  it("of a hundred thousand additions is computed on its way #busy", function()
    assert.is_true(run(100000, "x = x + 1", 100000) < 20000)
  end)

  it("of a million additions neither overflows nor grows #slow", function()
    local most, grown = run(1000000, "x = x + 1", 1000000)
    assert.is_true(most < 20000)
    assert.is_true(grown < MB)
  end)

  it("of values that nobody asks for does not grow #busy", function()
    assert.is_true(run(50000, "local _ = x + k", 0) < 20000)
  end)

  it("is released without deep recursion", function()
    local p = weyl.param(weyl.ones { 2 })
    weyl.grad(function(w)
      local y = w
      for _ = 1, 20000 do y = y * 1 end
      return y:sum()
    end)(p)
    settled()
    assert.is_true(weyl.memory().pending < 100)
  end)
end)

describe("weyl.memory", function()
  it("counts tensors, and the peak", function()
    local before = settled()
    local t = weyl.ones({ 4 * MB }, "f64"):eval()
    local m = weyl.memory()
    assert.is_true(m.buffers >= before + 32 * MB)
    assert.is_true(m.buffers <= before + 33 * MB)
    assert.is_true(m.live >= m.buffers)
    assert.is_true(m.peak >= m.live)
    assert.equal(0, m.cap)
    t:free()
    assert.equal(before, settled())
  end)

  it("counts views of one tensor once", function()
    local x = weyl.ones({ MB }):eval()
    local before = weyl.memory().buffers
    local views = { x:reshape(1024, 1024), x:slice(1, 1, MB // 2), x:flip() }
    assert.equal(before, weyl.memory().buffers)
    assert.equal(3, #views)
  end)

  it("says what is wrong with a cap", function()
    fails("memory: argument 'cap' must be bytes (an integer >= 0), got -1",
      function() weyl.memory(-1) end)
    fails("memory: argument 'cap' must be bytes (an integer >= 0), got 'x'",
      function() weyl.memory "x" end)
  end)
end)

describe("the cap", function()
  local function capped(room, f)
    settled()
    weyl.memory(weyl.memory().live + room)
    local ok, why = pcall(f)
    weyl.memory(0)
    return ok, why
  end

  it("is an error that can be caught, with the numbers", function()
    local ok, why = capped(MB, function()
      return weyl.ones({ MB }):eval()
    end)
    assert.is_false(ok)
    local asked, live, cap = why:match("memory_spec%.lua:%d+: out of memory: "
      .. "(%d+) bytes asked, (%d+) live, cap (%d+)$")
    assert.is_true(tonumber(asked) >= 4 * MB)
    assert.is_true(tonumber(live) <= tonumber(cap))
  end)

  it("is met by temporaries, too", function()
    local x = weyl.ones({ 512, 512 }):eval()
    local ok, why = capped(MB // 2, function()
      return (x:matmul(x) + 1):matmul(x):sum():item()
    end)
    assert.is_false(ok)
    assert.matches("out of memory", why)
    assert.equal(512 * 512 * 513 * 512,
      (x:matmul(x) + 1):matmul(x):sum():item())
  end)

  it("is survived", function()
    local x = weyl.ones { 1000 } * 2
    local ok = capped(MB, function() return weyl.zeros({ MB }):eval() end)
    assert.is_false(ok)
    assert.equal(2000, x:sum():item())
    assert.equal(MB, weyl.ones({ MB }):sum():item())
  end)

  it("makes room by collecting garbage first", function()
    local ok, why = capped(9 * MB, function()
      for k = 1, 20 do weyl.full({ MB }, k):eval() end
    end)
    assert.is_true(ok, why)
  end)

  it("leaves a failed evaluation as it was", function()
    local x = weyl.ones({ 512, 512 }):eval()
    local y = x:matmul(x)
    local z = y:sum()
    assert.is_false(capped(MB // 4, function() return z:eval() end))
    assert.equal(512 ^ 3, z:item())
    assert.equal(512, y[1][1]:item())
  end)
end)

describe("a freed tensor", function()
  it("is an error to use, and says so", function()
    local t = weyl.ones { 2 }
    t:free()
    fails("add: argument 'x' must be a tensor, got a freed tensor",
      function() return t + 1 end)
    fails("mul: argument 'y' must be a tensor, got a freed tensor",
      function() return 2 * t end)
    fails("item: argument 'x' must be a tensor, got a freed tensor",
      function() return t:item() end)
    fails("index: argument 'tensor' must be a tensor, got a freed tensor",
      function() return t.shape end)
    fails("index: argument 'tensor' must be a tensor, got a freed tensor",
      function() return t[1] end)
    fails("#: argument 'tensor' must be a tensor, got a freed tensor",
      function() return #t end)
    fails("exp: argument 'x' must be a tensor or a number, got a freed tensor",
      function() return weyl.exp(t) end)
    assert.equal("tensor (freed)", tostring(t))
    t:free()
  end)

  it("leaves what was made of it alone", function()
    local x = weyl.ones({ 2 }):eval()
    local y = x + 1
    x:free()
    assert.same({ 2, 2 }, y:totable())
  end)

  it("is never a parameter", function()
    local p = weyl.param(weyl.ones { 2 })
    fails("free: argument 'x' must be a tensor that is no parameter, got a "
      .. "tensor f32 [2]", function() p:free() end)
  end)
end)

describe("a parameter that changed", function()
  local stale = "this graph was built before a parameter changed; build it "
    .. "again from the new value"

  it("makes graphs built before an error", function()
    local p = weyl.param(weyl.ones { 2 })
    local y = p * 2
    local z = y + 1
    p:set(weyl.zeros { 2 })
    fails(stale, function() return z:eval() end)
    fails(stale, function() return y:totable() end)
    assert.same({ 1, 1 }, (p * 2 + 1):totable())
  end)

  it("leaves what was computed before", function()
    local p = weyl.param(weyl.ones { 2 })
    local y = (p * 2):eval()
    local copy = p:value()
    p:set(p * 5)
    assert.same({ 2, 2 }, y:totable())
    assert.same({ 1, 1 }, copy:totable())
    assert.same({ 5, 5 }, p:totable())
  end)
end)
