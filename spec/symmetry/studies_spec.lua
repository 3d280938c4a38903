-- studies_spec.lua: the scripts of experiments/symmetry do what they say.

local helper = require "spec.helper"

local function run(args)
  local out, err, status = helper.weyl("experiments/symmetry/" .. args)
  assert.equal("", err)
  assert.equal(0, status)
  return out
end

describe("the tour", function()
  it("runs to its end", function()
    local out = run "tour.lua"
    assert.matches("\n> S6:dim%(wide, wide%)\n84000\n", out)
    assert.matches("\n{ O3 = 20, Oxy = 76 }\n", out)
    assert.matches("\nequivariant maps V %-> V%^0 under SO%(3%): dimension 0\n",
      out)
    assert.matches("\nlie 1 +e21 %- e12 +0 +0\n", out)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)
end)

describe("the molecule", function()
  it("has the force constants and frequencies of methane", function()
    for seed = 1, 2 do
      local out = run("own.lua --seed " .. seed)
      assert.matches("Td has 24 elements\n", out)
      assert.matches("quadratic energies: 9; of them without force on rigid "
        .. "motions: 5\n", out)
      local times = {}
      for value, n in out:gmatch "  +([%d.]+)  x (%d)" do
        times[#times + 1] = n
        assert.equal(#times == 1, tonumber(value) < 1e-9)
      end
      table.sort(times, function(a, b) return a < b end)
      assert.equal("1 2 3 3 6", table.concat(times, " "))
    end
  end)

  it("rejects options it does not have", function()
    local _, err, status = helper.weyl "experiments/symmetry/own.lua --sed 1"
    assert.matches("unknown option '%-%-sed'", err)
    assert.is_true(status ~= 0)
  end)
end)
