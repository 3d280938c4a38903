-- help_spec.lua: everything public is explained, and the examples run.

local core = require "weyl.core"
local source = require "weyl.source"
local weyl = require "weyl"

describe("help", function()
  it("knows every function of weyl and every method of tensors", function()
    local silent = {}
    local function visit(prefix, t)
      for name, value in pairs(t) do -- sorted below
        if type(value) == "function" and not weyl.help.name(value) then
          silent[#silent + 1] = prefix .. name
        end
      end
    end
    visit("weyl.", weyl)
    visit("weyl.tree.", weyl.tree)
    visit("tensor:", core.methods)
    table.sort(silent)
    assert.same({}, silent)
  end)

  it("gives an entry to every documented item of meta.lua", function()
    local known, lost = {}, {}
    for _, entry in ipairs(weyl.help.entries()) do known[entry.name] = true end
    for _, item in ipairs(source.module("weyl.meta").items) do
      if item.line > 0 and not known[item.name]
          and item.name ~= "tensor:eval" then
        lost[#lost + 1] = item.name
      end
    end
    assert.same({}, lost)
  end)

  it("shows examples that run as they stand", function()
    local ran = 0
    for _, entry in ipairs(weyl.help.entries()) do
      if entry.sample ~= "" then
        local f = assert(load(entry.sample:gsub("^", "return "), entry.name,
          "t", { weyl = weyl }))
        weyl.eval { f() }
        ran = ran + 1
      end
    end
    assert.is_true(ran > 100)
  end)

  it("explains a function of the engine", function()
    assert.equal(table.concat({
      "weyl.sum(x, dims?, keep?)",
      "Sum over dims (all unless given); keep leaves them as 1. Booleans are "
        .. "counted as",
      "i64.",
      "  x     tensor or number",
      "  dims  dimension or table of them, optional",
      "  keep  boolean, optional",
      "example: weyl.sum(weyl.normal({2, 3, 4}), {1, 3})",
    }, "\n"), weyl.help.text(weyl.sum))
  end)

  it("finds by name, and offers the nearest", function()
    assert.equal(weyl.help.text(weyl.exp), weyl.help.text "exp")
    assert.equal(weyl.help.text(weyl.exp), weyl.help.text "weyl.exp")
    assert.equal(weyl.help.text(core.methods.item), weyl.help.text "t:item")
    assert.equal("nothing is called 'sigmod' (did you mean 'sigmoid'?)",
      weyl.help.text "sigmod")
  end)

  it("explains functions in Lua by their comments", function()
    local text = weyl.help.text(source.module)
    assert.matches("^source.module%(name%)\nThe file of a module.\n", text)
    assert.matches("name  string as given to require", text)
  end)

  it("explains tensors, parameters, rooms and itself", function()
    assert.matches("^a tensor: f32 %[2%]\n", weyl.help.text(weyl.ones { 2 }))
    assert.matches("^a parameter: f32 %[2%]\n",
      weyl.help.text(weyl.param(weyl.ones { 2 })))
    assert.matches("^weyl%.help: help%(x%) for", weyl.help.text(weyl.help))
    assert.matches("^weyl: learning with symmetries", weyl.help.text())
    assert.matches("^a function written in C", weyl.help.text(print))
    assert.matches("^a number: 3", weyl.help.text(3))
  end)

  it("explains every room", function()
    for _, room in ipairs(weyl.rooms) do
      if type(weyl[room]) == "table" and weyl[room] ~= weyl.experiment then
        assert.matches("^weyl%." .. room .. ": %l", weyl.help.text(weyl[room]))
      end
      assert.matches("\n  " .. room .. " +%S", weyl.help.text())
    end
  end)

  it("says in its overview what each room is for", function()
    for line in weyl.help.text():gmatch "\n  (%l+  +[^\n]+)" do
      assert.is_true(#line > 14)
    end
  end)
end)

describe("a name that weyl does not have", function()
  it("is an error that offers the nearest", function()
    local _, why = pcall(function() return weyl.sigmod end)
    assert.matches("help_spec%.lua:%d+: weyl has no 'sigmod' %(did you mean " ..
      "'sigmoid'%?%)$", why)
  end)
end)
