-- group_user_spec.lua: what a user hands to groups: matrices in all forms,
-- scales, methods called with a dot, and what is said of mistakes.

local fails = require "spec.tensor.fails"
local weyl = require "weyl"
local group = weyl.group

local function largest(x) return x:abs():max():item() end

local function turn(angle)
  local c, s = math.cos(angle), math.sin(angle)
  return { { c, -s }, { s, c } }
end

describe("matrices given to a group", function()
  it("are copied", function()
    local A, H, scale = { { 0, -1 }, { 1, 0 } }, { { 1, 0 }, { 0, -1 } }, { 2 }
    local g = group.new { lie = { A }, discrete = { H }, scale = scale }
    A[1][2], H[2][2], scale[1] = 100, 7, 9
    assert.equal(-math.sqrt(0.5), g:algebra()[1][1][2]:item())
    assert.same({ { 1.0, 0.0 }, { 0.0, -1.0 } }, g.discrete[1])
    assert.same({ 2 }, g.scale)
    local union = group.union { g, g }
    local placed = g:embed(3, { 1, 3 })
    g.lie[1][1][2], g.discrete[1][1][1], g.scale[1] = 100, 7, 9
    assert.equal(-1.0, union.lie[1][1][2])
    assert.equal(-1.0, union.lie[2][1][2])
    assert.equal(1.0, union.discrete[2][1][1])
    assert.same({ 2, 2 }, union.scale)
    assert.same({ 2 }, placed.scale)
    assert.equal(-1.0, placed.lie[1][1][3])
    local H3 = { { -1, 0, 0 }, { 0, -1, 0 }, { 0, 0, 1 } }
    local sub = group.SO(3):subgroup { discrete = { H3 } }
    H3[1][1] = 5
    assert.equal(-1.0, sub.discrete[1][1][1])
  end)

  it("keep a product's own list of factors", function()
    local list = { group.S(2), group.S(3) }
    local g = group.direct(list)
    list[2] = group.trivial(3)
    assert.equal(12, g:order())
  end)

  it("may be one tensor", function()
    local SO3 = group.SO(3)
    local again = group.new { lie = SO3:algebra() }
    assert.equal(3, again:dim())
    assert.is_true(largest(again:algebra() - SO3:algebra()) < 1e-15)
    local C4 = group.new { discrete = group.C(4):elements() }
    assert.equal(4, C4:order())
    local none = group.new { lie = group.C(4):algebra() }
    assert.equal(2, none.d)
    assert.equal(0, none:dim())
    local all = SO3:subgroup { lie = SO3:algebra() }
    assert.equal(3, all:dim())
    local rows = SO3:subgroup { lie = weyl.tensor { { 1, 0, 0 } } }
    assert.equal(1, rows:dim())
    local some = group.O(2):subgroup { discrete = group.C(4):elements() }
    assert.equal(4, some:order())
    fails("group.new: argument 'lie' must be a table of matrices or a tensor "
      .. "[k, d, d], got a tensor f32 [2, 2]",
      function() group.new { lie = weyl.ones(2, 2) } end)
    fails("group.new: argument 'discrete' must be a table of matrices or a "
      .. "tensor [k, d, d], got 3", function() group.new { discrete = 3 } end)
    fails("group.new: lie[1] must be a square matrix 3 x 3, got 2 rows, 2 "
      .. "numbers in the first",
      function() group.new { d = 3, lie = group.SO(2):algebra() } end)
  end)

  it("are not a group", function()
    fails("group.new: argument 'lie' must be a table of matrices, got the "
      .. "group SO(3); its matrices are its fields lie and discrete",
      function() group.new { lie = group.SO(3) } end)
    fails("group.new: lie[1] must be a square matrix, got the group SO(3)",
      function() group.new { lie = { group.SO(3) } } end)
    fails("group.new: lie[1] must be a square matrix, got a row of 2 numbers",
      function() group.new { lie = { { 0, -1 }, { 1, 0 } } } end)
  end)

  it("have finite entries", function()
    fails("group.new: entry [1, 2] of lie[1] is NaN; it must be finite",
      function() group.new { lie = { { { 0, 0 / 0 }, { 0, 0 } } } } end)
    fails("group.new: entry [2, 1] of discrete[1] is -inf; it must be finite",
      function()
        group.new { discrete = { { { 1, 0 }, { -math.huge, 1 } } } }
      end)
    fails("group:subgroup: argument 'lie[1]' has entries that are not finite",
      function() group.SO(3):subgroup { lie = { { 0 / 0, 0, 0 } } } end)
    for _, z in ipairs { { 0 / 0, 0, 0 }, weyl.tensor { { math.huge, 0, 0 } },
      { { 0 / 0, 0 }, { 0, 0 } } } do
      local g = weyl.is_tensor(z) and group.SO(3)
        or #z == 3 and group.SO(3) or group.SO(2)
      fails("group:exp: argument 'z' has entries that are not finite",
        function() g:exp(z) end)
    end
  end)

  it("come with a spread for each Lie generator", function()
    local A = group.SO(3).lie
    assert.same({ 1, 2, 3 },
      group.new { lie = A, scale = weyl.tensor { 1, 2, 3 } }.scale)
    fails("group.new: argument 'scale' must be a table of 3 numbers > 0, one "
      .. "for each Lie generator, got 2",
      function() group.new { lie = A, scale = { 1, 2 } } end)
    fails("group.new: argument 'scale' must be a table of 3 numbers > 0, one "
      .. "for each Lie generator, got 0.5",
      function() group.new { lie = A, scale = 0.5 } end)
    for text, x in next, { ["0"] = 0, ["-1"] = -1, ["inf"] = math.huge,
      ["NaN"] = 0 / 0, ["'a'"] = "a", ["true"] = true } do -- any order
      fails("group.new: scale[2] must be a finite number > 0, got " .. text,
        function() group.new { lie = A, scale = { 1, x, 1 } } end)
    end
  end)
end)

describe("a third of a turn in f32", function()
  local third = weyl.tensor(turn(2 * math.pi / 3))
  local why = "the determinant of discrete[1] differs from 1 by 2.7e-08 (were "
    .. "the matrices given in f32? f64 has the digits)"

  it("brings a warning that says how far it is off", function()
    local out, real = {}, io.stderr
    rawset(io, "stderr", { write = function(_, ...)
      for _, x in ipairs { ... } do out[#out + 1] = tostring(x) end
    end })
    local ok, failure = pcall(group.new, { discrete = { third } })
    rawset(io, "stderr", real)
    assert(ok, failure)
    assert.is_truthy(table.concat(out):find("do not seem to make a finite "
      .. "group: " .. why .. ". Equivariant", 1, true))
  end)

  it("has no order", function()
    local g = group.new { discrete = { third }, check = false }
    fails("group:order: the elements of a group on R^2 cannot be counted: "
      .. why, function() g:order() end)
    assert.is_nil(g:is_finite())
    local mirrored = third:matmul(weyl.tensor { { 1, 0 }, { 0, -1 } })
    local h = group.new { discrete = { mirrored }, check = false }
    fails("group:elements: a group on R^2 cannot be listed: "
      .. why:gsub("from 1", "from -1"), function() h:elements() end)
  end)

  it("is one of three in f64", function()
    assert.equal(3, group.new { discrete = {
      weyl.tensor(turn(2 * math.pi / 3), "f64") } }:order())
  end)
end)

describe("methods", function()
  it("ask for a colon", function()
    local g, one = group.SO(3), weyl.eye(3)
    local calls = { algebra = {}, coordinates = { one }, exp = { { 1, 2, 3 } },
      log = { one }, structure_constants = {}, killing = {},
      is_semisimple = {}, is_compact = {}, orbit_dim = { { 1, 2, 3 } },
      is_orthogonal = {}, elements = { 5 }, order = {}, is_finite = {},
      orbit = { { 1, 2, 3 } }, contains = { one }, components = { 3 },
      embed = { 4, { 1, 2, 3 } }, conjugate = { one },
      subgroup = { { lie = {} } }, sample = { { n = 3 } } }
    for name, args in next, calls do -- in any order
      fails(("group:%s: call it as g:%s(...), with a colon"):format(name,
        name), function() g[name](table.unpack(args)) end)
    end
  end)
end)
