-- complete_spec.lua: what the Tab key completes, and from where it knows.

local helper = require "spec.helper"
local weyl = require "weyl"
local complete = require("weyl.repl").complete

-- The completions that are listed for a text, or what is inserted alone.
local function listed(text, before)
  local more, list = complete(text, before)
  return list and list:gsub("%s+", " ") or more
end

describe("completion", function()
  before_each(function()
    rawset(_G, "weyl", weyl)
    rawset(_G, "thing", { alpha = 1, beta = { gamma = 2 }, _own = 3,
      act = function() end, list = { { delta = 4 } } })
  end)
  after_each(function()
    rawset(_G, "weyl", nil)
    rawset(_G, "thing", nil)
  end)

  it("knows globals, words of Lua and the names of rooms", function()
    assert.equal("ng", (complete "thi"))
    assert.equal("ction", (complete "x = fun"))
    assert.matches("^schedule", "sche" .. complete "weyl.sche")
  end)

  it("knows fields, of fields too, but hides those with _", function()
    assert.equal("act alpha beta list", listed "thing.")
    assert.equal("gamma", listed "thing.beta.")
    assert.equal("delta", listed "thing.list[1].")
    assert.equal("own", (complete "thing._"))
  end)

  it("knows methods: what can be called", function()
    assert.equal("act", listed "thing:")
    rawset(_G, "thing", weyl.group.O(3))
    assert.equal("ed", (complete "thing:emb"))
  end)

  it("knows the options of a function, by its documentation", function()
    assert.equal("noise = ", "noi" .. complete "weyl.data.inertia { noi")
    assert.equal("channels = ",
      "ch" .. complete "m = weyl.nn.emlp { depth = 3, ch")
    assert.equal("channels = ",
      "ch" .. complete("  ch", "m = weyl.nn.emlp {\n  depth = 3,"))
    assert.equal("batch = ", "bat" .. complete "weyl.experiment { bat")
  end)

  it("offers no option where a value stands", function()
    assert.equal("ng", complete "weyl.nn.emlp { depth = thi")
  end)

  it("knows files in strings, and what closes them", function()
    local folder = helper.folder()
    helper.write(folder .. "/one.csv", "")
    helper.write(folder .. "/two.csv", "")
    helper.write(folder .. "/.hidden", "")
    helper.shell("mkdir " .. folder .. "/sub")
    local open = ("f('%s/"):format(folder)
    assert.equal("one.csv sub/ two.csv", listed(open))
    assert.equal("ne.csv'", (complete(open .. "o")))
    assert.equal("ub/", (complete(open .. "s")))
    assert.equal("hidden'", (complete(open .. ".")))
    helper.remove(folder)
  end)

  it("knows the commands that begin with %", function()
    assert.equal("who ", "%who " and "w" .. complete "%w")
    assert.equal("time timeit", listed "%ti")
    assert.equal("ng", (complete "%time thi"))
    assert.equal("ng", (complete "?thi"))
  end)

  it("is silent in comments and about the unknown", function()
    assert.is_nil(complete "-- thi")
    assert.is_nil(complete "nothing_like_it.")
    assert.is_nil(complete "thing.alpha.")
    assert.is_nil(complete "f().")
  end)

  it("finds options in every form of documentation", function()
    local options = require "weyl.repl.options"
    assert.same({ "after", "epochs" }, options(weyl.schedule.warmup)) -- type
    assert.same({ "at", "power", "window" }, options(weyl.reg.autotune))
    assert.same({ "beta1", "beta2", "epsilon", "lr", "weight_decay" },
      options(weyl.optim.adam)) -- class
    assert.same({}, options(print))
    assert.same({}, options(weyl.exp))
  end)
end)
