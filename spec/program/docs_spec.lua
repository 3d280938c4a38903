-- docs_spec.lua: the reference has everything that users can call, its links
-- lead somewhere, the stubs are Lua, and the manual page has every verb, option
-- and variable.

local cli = require "weyl.cli"
local core = require "weyl.core"
local docs = require "weyl.docs"
local helper = require "spec.helper"
local html = require "weyl.docs.html"
local lfs = require "lfs"
local markdown = require "weyl.docs.markdown"
local source = require "weyl.source"
local stubs = require "weyl.docs.stubs"
local verbs = require "weyl.docs.verbs"
local weyl = require "weyl"

local pages = {}
for _, page in ipairs(docs.pages()) do pages[page.name] = page.text end

describe("the reference", function()
  it("holds every function of the engine, once", function()
    for _, f in ipairs(core.functions()) do
      local _, n = pages.tensors:gsub("\n### `weyl%." .. f.name .. "%(", "")
      assert.equal(1, n, f.name)
    end
  end)

  it("explains every function of every room", function()
    for _, room in ipairs(weyl.rooms) do
      local t = weyl[room]
      for name, f in next, type(t) == "table" and t or {} do
        if type(f) == "function" and type(name) == "string"
            and room ~= "help" then
          local about = pages[room]:match(("\n### `%s%%.%s%%b()`\n\n([^\n]+)")
            :format(room, name))
          assert.is_truthy(about and not about:find "^[%-<#]",
            room .. "." .. name)
        end
      end
    end
    assert.matches("\n### `profile%(f%)`\n\nCalls f", pages.profile)
  end)

  it("explains the methods of what users hold", function()
    local objects = { group = weyl.group.O(2), rep = weyl.rep.V,
      basis = weyl.group.O(2):basis(weyl.rep.V), loader = weyl.data.loader {
        data = { x = weyl.ones { 4, 1 }, y = weyl.ones { 4, 1 } }, batch = 2 },
      figure = weyl.plot.lines { series = { { y = { 1, 2 } } } },
      store = weyl.runs.open "none", table = weyl.tables.new {
        columns = { "a" }, rows = {} } }
    local where = { basis = "group", loader = "data", figure = "plot",
      store = "runs", table = "tables" }
    local count = 0
    for class, object in next, objects do
      for name, f in next, getmetatable(object).__index do
        local item = type(f) == "function" and source.of(f)
        if item and (item.doc ~= "" or #item.tags > 0) then
          count = count + 1
          assert.is_truthy(pages[where[class] or class]:find(
            ("\n### `%s:%s%%b()`\n\n[^-#<]"):format(class, name)),
            class .. ":" .. name)
        end
      end
    end
    assert.is_true(count > 50)
  end)

  it("is the same each time", function()
    for _, page in ipairs(docs.pages()) do
      assert.equal(pages[page.name], page.text)
    end
    assert.equal(stubs(), stubs())
  end)
end)

describe("make docs", function()
  local folder

  setup(function()
    folder = helper.folder()
    local _, err, status = helper.weyl("-", ("require('weyl.docs').write '%s'")
      :format(folder))
    assert(status == 0, err)
  end)

  teardown(function() helper.remove(folder) end)

  local function each(path, ending, f)
    for name in lfs.dir(path) do
      local inner = path .. "/" .. name
      if name:find "^[^.]" and lfs.attributes(inner, "mode") == "directory" then
        each(inner, ending, f)
      elseif name:find(ending) then
        f(inner, helper.read(inner))
      end
    end
  end

  -- Fails unless a link from a file leads to a file, and to a place in it.
  local function check_link(path, link, place)
    local file, id = link:match "^([^#]*)#?(.*)$"
    local to = file == "" and path or path:match "^(.*)/" .. "/" .. file
    local text = lfs.attributes(to, "mode") == "file" and helper.read(to)
    assert.is_truthy(text, ("%s: %s"):format(path, link))
    if id ~= "" then
      assert.is_truthy(place(text, id), ("%s: %s"):format(path, link))
    end
  end

  it("writes Markdown whose links lead somewhere", function()
    local count = 0
    each(folder, "%.md$", function(path, text)
      text = text:gsub("\n```.-\n```", ""):gsub("`[^`\n]*`", "")
      for link in text:gmatch "[^\\]%]%(([^)%s]+)%)" do
        count = count + 1
        if not link:find "^https?:" then
          check_link(path, link, function(to, id)
            return to:find('<a id="' .. id .. '">', 1, true)
              or ("\n" .. to:lower():gsub("[^%w\n# _-]", ""):gsub(" ", "-"))
                :find("\n#+%-" .. id:gsub("%p", "%%%0") .. "\n")
          end)
        end
      end
    end)
    assert.is_true(count > 500)
  end)

  it("writes HTML whose links lead somewhere", function()
    if not html.possible() then return pending "cmark-gfm is missing" end
    local count = 0
    each(folder, "%.html$", function(path, text)
      for link in text:gmatch "<a href=\"([^\"]+)\"" do
        count = count + 1
        if not link:find "^https?:" then
          check_link(path, link:gsub("%%5B", "["):gsub("%%5D", "]"),
            function(to, id) return to:find('id="' .. id .. '"', 1, true) end)
        end
      end
    end)
    assert.is_true(count > 500)
  end)

  it("writes stubs that are Lua and have every function", function()
    local t = assert(load(helper.read(folder .. "/stubs/weyl.lua"), "=stubs",
      "t"))()
    for _, f in ipairs(core.functions()) do
      assert.is_function(t[f.name], f.name)
    end
    for _, room in ipairs(weyl.rooms) do assert.equal(weyl[room], t[room]) end
  end)
end)

describe("Markdown of comments", function()
  it("keeps text as it is and indented lines as code", function()
    assert.equal("a \\* b \\[2\\] `t[i]`\n\n```lua\nx = y * z\n\nz = 1\n```"
      .. "\n\nc",
      markdown.comment "a * b [2] `t[i]`\n\n  x = y * z\n\n  z = 1\n\nc")
    assert.equal("\\<name\\>\n\n```lua\nf()\n```",
      markdown.comment "<name>\n\n  f()")
  end)

  it("tells types from what is said of them", function()
    for text, want in next, { ["integer"] = "`integer`",
      ["integer? how many"] = "`integer?`: how many",
      ["fun(x: any): boolean whether"] = "`fun(x: any): boolean`: whether",
      ["{ a: number, b: string }? both"] = "`{ a: number, b: string }?`: both",
      ["table<string, any> by name"] = "`table<string, any>`: by name" } do
      assert.equal(want, markdown.typed(text))
    end
  end)

  it("takes comments of scripts as text", function()
    assert.equal("a\n\nb\n\n```lua\nlocal x = 1 -- one\n\nf(x)\n```\n\nc\n",
      html.literate "-- a\n--\n-- b\n\nlocal x = 1 -- one\n\nf(x)\n-- c\n")
  end)
end)

describe("the manual page", function()
  local man = verbs.man():gsub("\\%-", "-"):gsub("\\&", "")

  it("has every verb with every option", function()
    local words = man:gsub("%s+", " ")
    for _, verb in ipairs(cli.verbs) do
      assert.matches("\n%.SS " .. verb .. "\n", man)
      local help = helper.weyl(verb .. " --help")
      for option in help:gmatch "%-%-%l[%l-]*" do
        assert.is_truthy(words:find(option, 1, true), verb .. " " .. option)
      end
    end
    for option in helper.weyl("-h"):gmatch "\n  (%-%a)" do
      assert.matches("\n%.B " .. option:gsub("%-", "%%-"), man)
    end
  end)

  it("has every variable that is read, which the reference has too", function()
    local others = { HOME = true, TERM = true, LANG = true, LC_ALL = true,
      LC_CTYPE = true, COLUMNS = true }
    local list = helper.shell "grep -rhoE 'getenv ?\\(?\"[A-Z0-9_]+' engine lua"
    local count = 0
    for name in list:gmatch "\"([%u%d_]+)" do
      local foreign = others[name] or name:find "^SLURM_" or name:find "^PMI"
        or name:find "^OMPI_"
      if not foreign then
        count = count + 1
        assert.matches("\n%.B " .. name .. "\n", man)
        assert.matches("\n%- `" .. name .. "`: ", pages.verbs)
      end
    end
    assert.is_true(count >= 10)
  end)

  it("is what groff can set without warnings", function()
    if not os.execute "command -v groff >/dev/null" then
      return pending "groff is missing"
    end
    local path = os.tmpname()
    helper.write(path, verbs.man())
    local out, err, status = helper.shell("groff -man -Tutf8 -ww " .. path)
    os.remove(path)
    assert.same({ "", 0 }, { err, status })
    assert.matches("weyl", out)
  end)
end)
