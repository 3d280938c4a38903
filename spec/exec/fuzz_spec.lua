-- fuzz_spec.lua: fused evaluation of random graphs against one evaluation per
-- operation and against a slow reference; see graphs.lua. All are exact.

local random_graph = require "spec.exec.graphs"
local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local function describe_graph(g)
  local lines = {}
  for i, node in ipairs(g.nodes) do lines[i] = node.text end
  return table.concat(lines, "\n")
end

-- Some nodes computed together, then all others one by one from the last:
-- later ones find computed and not yet computed inputs.
local function check(g)
  local some = {}
  for i, node in ipairs(g.nodes) do
    if i == #g.nodes or g:random(4) == 1 then some[#some + 1] = node.lazy end
  end
  weyl.eval(some)
  for i = #g.nodes, 1, -1 do
    local node = g.nodes[i]
    reference.check(node.slow, node.step, 0, "step by step, " .. node.text)
    reference.check(node.slow, node.lazy, 0, "fused, " .. node.text)
  end
end

local function run(kind, first, last, count)
  for seed = first, last do
    local g = random_graph(seed, kind, count)
    local ok, why = pcall(check, g)
    if not ok then
      error(("seed %d: %s\n%s"):format(seed, why, describe_graph(g)), 0)
    end
  end
end

describe("fused evaluation", function()
  for _, kind in ipairs { "f32", "f64", "c64", "c128", "i64" } do
    it("is exact on small graphs of " .. kind .. " #busy", function()
      run(kind, 1, 60, 8)
    end)
    it("is exact on large graphs of " .. kind .. " #slow", function()
      run(kind, 1001, 1060, 60)
    end)
  end

  it("is exact on two threads #slow", function()
    local before = weyl.threads()
    finally(function() weyl.threads(before) end)
    weyl.threads(2)
    run("f32", 2001, 2040, 30)
  end)
end)
