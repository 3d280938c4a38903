-- pages_spec.lua: the method pages and the tutorial hold what they say.
--
-- The Lua blocks of a method page are one script, which checks its claims. The
-- commands of the tutorial are run in order, as its reader does.

local blocks = require "spec.blocks"
local helper = require "spec.helper"
local lfs = require "lfs"

local function names(folder, ending)
  local list = {}
  for name in lfs.dir(folder) do
    if name:find(ending) then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

describe("the method page", function()
  local folder = "docs/methods"
  for _, name in ipairs(names(folder, "%.md$")) do
    it(name .. " holds", function()
      local script, seen = {}, {}
      for _, block in ipairs(blocks.of(folder .. "/" .. name)) do
        seen[block.kind] = true
        if block.kind == "lua" then script[#script + 1] = block.text end
      end
      assert.same({ lua = true, text = true }, seen)
      local out, err, status = helper.weyl("-", table.concat(script, "\n"))
      assert.same({ "", 0 }, { err, status })
      assert.is_true(#out > 0)
    end)
  end

  it("is there for every method", function()
    local text = ""
    for _, name in ipairs(names(folder, "%.md$")) do
      text = text .. helper.read(folder .. "/" .. name)
    end
    for _, name in ipairs(require("weyl").method.names()) do
      assert.matches("weyl%.method%." .. name .. "%f[^%w_]", text)
    end
  end)
end)

describe("the tutorial", function()
  local source = "experiments/tutorial"

  it("runs from top to bottom #slow", function()
    local folder = helper.folder()
    assert(os.execute(("mkdir %s/experiments && cp -r %s %s/experiments/")
      :format(folder, source, folder)))
    for _, block in ipairs(blocks.of(source .. "/README.md")) do
      if block.kind == "sh" and block.text:find "^weyl " then
        blocks.run(folder, "set -e\n" .. block.text .. ":")
      elseif block.kind == "sh" then
        blocks.check_targets(block.text)
      else
        assert.equal("text", block.kind) -- played by transcripts_spec
      end
    end
    for _, name in ipairs(names(source, "%.lua$")) do
      for _, block in ipairs(blocks.of(source .. "/" .. name)) do
        assert.equal("sh", block.kind)
        blocks.run(folder, "set -e\n" .. block.text .. ":")
      end
    end
    for _, name in ipairs { "measured.csv", "tilt.png",
      "runs/henon-1-2/levels.png", "runs/tilt/report.html" } do
      assert.is_truthy(lfs.attributes(folder .. "/" .. name), name)
    end
    helper.remove(folder)
  end)

  it("has every step among its commands and in its list", function()
    local text = helper.read(source .. "/README.md")
    for _, name in ipairs(names(source, "^%d.*%.lua$")) do
      assert.is_truthy(text:find(("weyl[ %%l]* %s/%s"):format(
        source:gsub("%p", "%%%0"), name:gsub("%p", "%%%0"))), name)
      assert.is_truthy(text:find(("| [%s](%s) |"):format(name, name), 1, true))
    end
  end)
end)
