-- memory_spec.lua: the counting allocator by what a program sees of it: the
-- counters, refusals on purpose, and that nothing is lost after one.

local core = require "weyl.core"
local weyl = require "weyl"

-- Counters once all garbage and everything kept for reuse is gone.
local function settled()
  collectgarbage()
  collectgarbage()
  core.trim()
  return weyl.memory()
end

describe("counters", function()
  it("return to where they were", function()
    local function work()
      local x = weyl.normal { 64, 64 }
      return weyl.svd(x)
    end
    work():eval()
    local before = settled()
    for _ = 1, 5 do work():eval() end
    local after = settled()
    assert.equal(before.buffers, after.buffers)
    assert.equal(before.pending, after.pending)
    assert.is_true(after.live - before.live < 64 << 10)
  end)

  it("hold the arithmetic of buffers", function()
    settled()
    local list = { weyl.ones({ 1000 }):eval() } -- the executor has its own
    local before = weyl.memory().buffers
    for k, n in ipairs { 0, 1, 63, 64, 65, 1000 } do
      list[k + 1] = weyl.ones({ n }):eval()
      local bytes = weyl.memory().buffers - before
      before = weyl.memory().buffers
      assert.is_true(bytes >= 4 * n, n)
      assert.is_true(bytes <= 4 * n + 1024, n)
    end
    assert.equal(7, #list)
  end)

  it("never let the peak fall below what lives", function()
    for n = 1, 20 do
      local t = weyl.ones({ n * 1000 }):eval()
      local m = weyl.memory()
      assert.is_true(m.peak >= m.live and m.live >= 4000 * n)
      t:free()
    end
  end)
end)

describe("a refused allocation", function()
  after_each(function() core.fail_at(0) end)

  -- f with its n-th allocation refused, for n = 1, 2, ... until none is.
  local function sweep(f)
    f()
    local before = settled().buffers
    for n = 1, 3000 do
      core.fail_at(n)
      local ok, why = pcall(f)
      local hit = core.fault_hit()
      core.fail_at(0)
      if not ok then
        assert.is_true(hit)
        assert.matches("memory", tostring(why))
      end
      assert.equal(before, settled().buffers)
      if not hit then return n end
    end
    error "it never came to an end"
  end

  it("is an error or is made good, and loses nothing", function()
    local x = weyl.ones({ 5, 4 }):eval()
    assert.is_true(sweep(function()
      assert.equal(20, x:sum():item())
    end) > 1)
  end)

  it("leaves transforms as they were", function()
    local w = weyl.param(weyl.ones { 3 })
    sweep(function()
      local g = weyl.grad(function(m) return (m * m):exp():sum() end)(w)
      return g:totable()
    end)
    w:set(w * 2)
    assert.same({ 2, 2, 2 }, w:totable())
  end)

  it("happens for good as well", function()
    local ok, why = pcall(function()
      core.fail_at(1, true)
      return weyl.ones({ 100 }):eval()
    end)
    core.fail_at(0)
    assert.is_false(ok)
    assert.matches("memory", tostring(why))
    assert.equal(100, weyl.ones({ 100 }):sum():item())
  end)
end)
