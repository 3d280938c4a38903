-- discover_refuses_spec.lua: what discover does not answer, since any answer
-- would be false.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, symmetry = weyl.group, weyl.symmetry
local V = weyl.rep.V

local SO3 = group.SO(3)

local function normal(...) return weyl.normal({ ... }, 0, 1, "f64") end

describe("discover refuses", function()
  before_each(function() weyl.seed(6) end)

  local irrep = weyl.rep.irrep
  local still = "symmetry.discover: the result of f does not depend on x "
    .. "through differentiable tensor operations; a derivative of 0 says "
    .. "nothing"

  local function norm(h) return h:norm(2, true) end

  local function of(f, x, rep_in, rep_out)
    return symmetry.discover(f, { x = x, rep_in = rep_in or V,
      rep_out = rep_out or 1 })
  end

  it("functions that hide x from differentiation", function()
    local function opaque(h) return norm(weyl.tensor(h:totable(), "f64")) end
    local x = normal(50, 3)
    fails(still, function() of(opaque, x) end)
    fails(still, function() of(opaque, x:to "f32") end)
    fails(still, function() symmetry.discover(opaque, { x = x, free = true })
      end)
    -- values that differ beyond the first block of 1024 rows
    local late = weyl.concat { weyl.ones({ 1500, 3 }, "f64"), x }
    fails(still, function() of(opaque, late) end)
    local r = of(norm, x)
    assert.is_false(r.constant)
    assert.not_matches("constant", tostring(r))
    r = of(function(h) return 0 * opaque(h) + 1 end, x)
    assert.is_true(r.constant)
    assert.matches("\nf is constant on these inputs; what is found says "
      .. "nothing about others$", tostring(r))
  end)

  it("numbers that are not finite", function()
    local x = weyl.arange(4500):reshape(1500, 3):to "f64" / 4500
    local name = "symmetry.discover: argument '%s' must be finite, got NaN or "
      .. "Inf in row %d"
    fails(name:format("x", 1400), function()
      of(norm, weyl.where(x:eq(4200 / 4500), math.huge, x))
    end)
    fails(name:format("result of f", 1334), function() -- entry 4001
      of(function(h) return norm((4000.5 / 4500 - h):log()) end, x)
    end)
    fails(name:format("derivative of f", 1334), function()
      of(function(h) return (h - 4001 / 4500):abs():sqrt() end, x, V, V)
    end)
  end)

  it("what is no representation of the space searched", function()
    local name = "symmetry.discover: %s is no representation of %s"
    local function first(n) return function(h) return h:slice(2, 1, n) end end
    local gl3 = "gl(3); give the option 'within'"
    fails(name:format("irrep(2)", gl3),
      function() of(norm, normal(50, 5), irrep(2)) end)
    fails(name:format("2*V:traceless(2)", gl3),
      function() of(first(10), normal(50, 12), 4 * V, 2 * V:traceless(2)) end)
    fails(name:format("V + axes(1, 2)", "SO(3)"), function()
      symmetry.discover(norm, { x = normal(50, 5), within = SO3,
        rep_in = V + weyl.rep.axes(1, 2), rep_out = 1 })
    end)
    for _, r in ipairs { irrep(1), V:sym(2), V ^ 2 + V } do
      of(norm, normal(50, r:size(3)), r)
    end
    assert.equal(3, (symmetry.discover(norm, { x = normal(50, 5),
      rep_in = irrep(2), rep_out = 1, within = SO3 }):found()))
  end)
end)
