-- graphs_spec.lua: derivatives of random graphs (spec/exec/graphs.lua): what
-- is pulled back must agree with what is pushed forward, through all nodes at
-- once and however they were combined.

local random_graph = require "spec.exec.graphs"
local samples = require "spec.autodiff.samples"
local weyl = require "weyl"

local function leaves_of(g)
  local leaves = {}
  for _, node in ipairs(g.nodes) do
    if #node.from == 0 then leaves[#leaves + 1] = node.step end
  end
  return leaves
end

local function likes(list)
  local out = {}
  for i, x in ipairs(list) do out[i] = samples.like(x) end
  return out
end

-- Sum of the moduli of the terms of an inner product: what its rounding
-- error is relative to.
local function moduli(a, b)
  local total = 0.0
  for i = 1, #a do total = total + (a[i] * b[i]):abs():sum():item() end
  return total
end

-- What one node may add to the error: eps of its narrowest dtype, and more
-- for the sums in it.
local function precision(g)
  for _, node in ipairs(g.nodes) do
    if node.kind == "f32" or node.kind == "c64" then return 1e-6 end
  end
  return 1e-14
end

-- <c, J t> and <J' c, t> for random t and c.
local function check(g)
  local leaves = leaves_of(g)
  local f = function(x) return samples.floats(g:replay(x)) end
  local x = samples.floats(leaves)
  if #x == 0 then return end
  local t, c = likes(x), likes(f(leaves))
  local _, dy = weyl.jvp(f, leaves, t)
  local _, gx = weyl.vjp(f, leaves, c)
  gx = samples.floats(gx)
  local forward = samples.inner(c, dy):item()
  local backward = samples.inner(gx, t):item()
  local bound = #g.nodes * precision(g) * (moduli(c, dy) + moduli(gx, t))
  if not (math.abs(forward - backward) <= bound) then
    error(("forward %.17g, backward %.17g"):format(forward, backward), 0)
  end
end

local function run(kind, first, last, count)
  for seed = first, last do
    weyl.seed(seed)
    local g = random_graph(seed, kind, count)
    local ok, why = pcall(check, g)
    if not ok then
      local lines = {}
      for i, node in ipairs(g.nodes) do lines[i] = node.text end
      error(("seed %d: %s\n%s"):format(seed, why, table.concat(lines, "\n")),
        0)
    end
  end
end

describe("derivatives of random graphs", function()
  for _, kind in ipairs { "f64", "c128" } do
    it("agree forward and backward, small, of " .. kind .. " #busy",
      function() run(kind, 1, 80, 10) end)
    it("agree forward and backward, large, of " .. kind .. " #slow",
      function() run(kind, 1001, 1040, 60) end)
  end
end)
