-- candidates_spec.lua: the sum of candidate penalties on one weight.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group, reg, rep = weyl.group, weyl.reg, weyl.rep
local V = rep.V

local function largest(x) return x:abs():max():item() end

describe("the sum of candidates", function()
  local groups = { group.O(3), group.O(2):embed(3, { 1, 2 }), group.SO(3) }
  local from, to = V + 1, V ^ 2 + V:alt(2)
  local c = reg.candidates(groups, { rep_in = from, rep_out = to,
    strengths = { 0, 3, 0.5 } })
  weyl.seed(1)
  local W = weyl.normal({ to:size(3), from:size(3) }, 0, 1, "f64"):eval()

  local function naive(strengths, x)
    local sum = 0
    for j, g in ipairs(groups) do
      local P = g:basis(from, to):projector()
      sum = sum + strengths[j] / 2 * (x - P(x)):square():sum()
    end
    return sum
  end

  it("is the sum over groups", function()
    assert.near(naive({ 0, 3, 0.5 }, W):item(), c:penalty(W):item(), 1e-12)
    local gradient = weyl.grad(function(x) return naive({ 0, 3, 0.5 }, x) end)
    assert.is_true(largest(gradient(W) - c:apply(W)) < 1e-13)
    assert.is_true(largest(weyl.grad(function(x) return c:penalty(x) end)(W)
      - c:apply(W)) < 1e-13)
  end)

  it("changes its strengths", function()
    c:set_strengths { 1, 0, 2 }
    assert.near(naive({ 1, 0, 2 }, W):item(), c:penalty(W):item(), 1e-12)
    c:set_strengths { 0, 3, 0.5 }
    assert.equal("weyl.candidates: 0 |W - P W|^2 / 2 of O(3) + 3 |W - P W|^2 "
      .. "/ 2 of O(2) on axes 1,2 of 3 + 0.5 |W - P W|^2 / 2 of SO(3)",
      tostring(c))
  end)

  it("takes vectors", function()
    local b = reg.candidates({ group.S(3) }, { rep_out = V })
    assert.near(1, b:penalty(weyl.tensor({ 1, 0, -1 }, "f64")):item(), 1e-14)
    assert.near(0, b:penalty(weyl.ones({ 3 }, "f64")):item(), 1e-14)
  end)

  it("rejects what it cannot use", function()
    fails("reg.candidates: group 2 acts on dimension 2, group 1 on 3",
      function()
        reg.candidates({ group.SO(3), group.SO(2) }, { rep_out = V })
      end)
    fails("reg.candidates: argument 'groups[1]' must be a group, got 3",
      function() reg.candidates({ 3 }, { rep_out = V }) end)
    fails("reg.candidates: argument 'rep_out' must be a representation, got "
      .. "nil", function() reg.candidates({ group.SO(3) }, {}) end)
    fails("candidates:set_strengths: argument 'strengths' must be a table of "
      .. "3 numbers, got 1", function() c:set_strengths(1) end)
    fails("reg.candidates: argument 'strengths[1]' must be a finite number "
      .. ">= 0, got -1", function()
        reg.candidates({ group.SO(3) }, { rep_out = V, strengths = { -1 } })
      end)
  end)
end)
