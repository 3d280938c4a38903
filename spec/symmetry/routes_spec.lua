-- routes_spec.lua: the ways in which bases are found agree, and the cache on
-- disk gives back what was put there, or nothing.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"
local helper = require "spec.helper"
local weyl = require "weyl"
local group, rep = weyl.group, weyl.rep
local V = rep.V

local function largest(x) return x.size == 0 and 0 or x:abs():max():item() end

local function routes(g, r)
  return table.concat(g:basis(r):gap().routes, " ")
end

-- The group of c h c^T for the generators h: full matrices.
local function turned(g, c, name)
  local function image(list)
    local out = {}
    for k, m in ipairs(list) do
      out[k] = c:matmul(weyl.tensor(m, "f64")):matmul(c:transpose()):eval()
    end
    return out
  end
  return group.new { lie = image(g.lie), discrete = image(g.discrete),
    name = name }
end

local function rotation(d, seed) return group.SO(d):sample { seed = seed } end

-- The rotations of an icosahedron: a fifth of a turn and a third of one.
local function icosahedral()
  local phi = (1 + math.sqrt(5)) / 2
  local n = math.sqrt(1 + phi * phi)
  local function turn(x, y, z, angle)
    return weyl.tensor({ { 0, -z * angle, y * angle },
      { z * angle, 0, -x * angle }, { -y * angle, x * angle, 0 } }, "f64")
      :expm():totable()
  end
  local c = 1 / math.sqrt(3)
  return group.new { name = "icosahedral", discrete = {
    turn(0, 1 / n, phi / n, 2 * math.pi / 5),
    turn(c, c, c, 2 * math.pi / 3) } }
end

-- Means of powers of the characters of its 60 elements.
local function icosahedral_dim(r)
  local phi = (1 + math.sqrt(5)) / 2
  local sum = 3 ^ r + 15 * (-1) ^ r + 20 * 0 ^ r + 12 * phi ^ r
    + 12 * (1 - phi) ^ r
  return math.floor(sum / 60 + 0.5)
end

describe("the ways to a basis", function()
  it("are named", function()
    assert.equal("orbits", routes(group.S(4), V ^ 3))
    assert.equal("orbits", routes(group.reflection(3), V ^ 3))
    assert.equal("dense", routes(group.SO(3), V ^ 3))
    assert.equal("filter", routes(group.SO(5), V ^ 6))
    assert.equal("orbits", routes(group.trivial(2), V))
  end)

  it("report a gap", function()
    local gap = group.SO(3):basis(V ^ 4):gap()
    assert.is_true(gap.kept < 1e-14)
    assert.is_true(gap.dropped > 0.05)
    assert.equal(math.huge, group.S(3):basis(V ^ 2):gap().dropped)
    assert.equal(0, group.S(3):basis(V ^ 2):gap().kept)
  end)

  it("agree: orbits and eigenvectors", function()
    local c = rotation(4, 1)
    for _, g in ipairs { group.S(4), group.Alt(4), group.Z(4) } do
      local h = turned(g, c, g.name .. ", turned")
      for r = 1, 4 do
        local b = h:basis(V ^ r)
        assert.equal(g:dim(V ^ r), b:dim(), g.name)
        assert.not_equal("orbits", routes(h, V ^ r))
        local e = g:basis(V ^ r):elements():matmul((V ^ r):rho(c)
          :transpose())
        assert.is_true(largest(b:matrix() - e:transpose():matmul(e)) < 1e-12)
      end
    end
  end)

  it("agree: orbits with signs and eigenvectors", function()
    local g = group.new { name = "signed", discrete = {
      { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 } },
      { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } } } }
    local c = rotation(3, 2)
    local h = turned(g, c, "signed, turned")
    for r = 1, 5 do
      assert.equal("orbits", routes(g, V ^ r))
      assert.equal(g:dim(V ^ r), h:dim(V ^ r))
    end
    assert.equal(4, g:dim(V ^ 4)) -- cubic crystals: three elastic constants
    assert.equal(3, g:dim(V:sym(2):sym(2)))
  end)

  it("agree: eigenvectors and iteration #slow", function()
    for n, r in next, { [2] = 9, [3] = 7, [4] = 6 } do
      local g = group.SO(n)
      local h = turned(g, rotation(n, 5), g.name .. ", turned")
      assert.equal(g:dim(V ^ r), h:dim(V ^ r))
    end
  end)

  -- 729 entries and up: the generators' Kronecker products are full.
  it("agree with characters, without a matrix #slow", function()
    local g = turned(icosahedral(), rotation(3, 3), "icosahedral, turned")
    for r = 1, 8 do
      assert.equal(icosahedral_dim(r), g:dim(V ^ r))
    end
    local b = g:basis(V ^ 6)
    local e = b:elements()
    assert.is_true(routes(g, V ^ 6):find "filter" ~= nil)
    assert.is_true(largest(e:matmul(e:transpose())
      - weyl.eye(e.shape[1], nil, "f64")) < 1e-12)
    for _, h in ipairs(g.discrete) do
      assert.is_true(largest((V ^ 6):rho(h):matmul(e:transpose())
        - e:transpose()) < 1e-12)
    end
  end)

  it("agree: products of factors and all at once", function()
    local g = group.union { group.SO(3):embed(5, { 1, 2, 3 }),
      group.S(2):embed(5, { 4, 5 }) }
    local a, b = rep.axes(1, 3), rep.axes(4, 5)
    -- the same factors as one space, which cannot be taken apart
    local both = rep.new { name = "both", rho = function(m)
      return m:slice(1, 1, 3):slice(2, 1, 3)
        :kron(m:slice(1, 4, 5):slice(2, 4, 5))
    end }
    local P = g:basis(a * b, a * b):matrix()
    local Q = g:basis(both, both):matrix()
    assert.is_true(largest(P - Q) < 1e-13)
    assert.is_true(routes(g, (a * b) ^ 2):find "product" ~= nil)
    assert.is_nil(routes(g, both ^ 2):find "product")
    assert.equal(g:dim(both ^ 3), g:dim((a * b) ^ 3))
  end)

  it("do not depend on threads", function()
    local before = weyl.threads()
    local found = {}
    for i, n in ipairs { 1, 2 } do
      weyl.threads(n)
      core.symmetry.trim()
      found[i] = group.SO(3):basis(V ^ 7):elements():eval()
    end
    weyl.threads(before)
    assert.is_true(largest(found[1] - found[2]) < 1e-12)
  end)
end)

-- Constraints of very different size, and spectra that mislead an iteration:
-- what is found must be right, or an error.
describe("what is hard to see", function()
  local function answer(g, r)
    local ok, dim = pcall(g.dim, g, r)
    if ok then return dim end
    assert.matches("not clearly separated", dim)
    return nil
  end

  it("is not taken for nothing", function()
    local small = {
      { { lie = { { { 1, 0 }, { 0, 1e-5 } } } }, V, 0 },
      { { discrete = { { { 1e5, 0 }, { 0, 1 } }, { { 1, 0 }, { 0, -1 } } } },
        V, 0 },
      { { discrete = { { { 1, 300 }, { 0, 1 } } } }, V ^ 2, 2 },
      { { discrete = { { { 1000, 0 }, { 0, 0.001 } } } }, V ^ 2, 2 },
    }
    for i, case in ipairs(small) do
      case[1].check = false
      local dim = answer(group.new(case[1]), case[2])
      assert.is_true(dim == nil or dim == case[3], ("case %d: %s"):format(i,
        tostring(dim)))
    end
    assert.is_true(answer(group.C(3000), V) == 0)
    local nearly = answer(group.D(200000), V)
    assert.is_true(nearly == nil or nearly == 0)
  end)

  it("is solved where rows can be brought to one length", function()
    local shear = group.new { check = false,
      discrete = { { { 1, 10 }, { 0, 1 } } } }
    for r, dim in ipairs { 1, 2, 3, 6, 10, 20 } do
      assert.equal(dim, shear:dim(V ^ r))
    end
    local skew = group.SO(3):conjugate { { 1, 3, 0 }, { 0, 1, 2 },
      { 0, 0, 4 } }
    for r, dim in ipairs { 0, 1, 1, 3, 6 } do
      assert.equal(dim, skew:dim(V ^ r))
    end
    local squeeze = group.new { check = false,
      discrete = { { { 30, 0 }, { 0, 1 / 30 } } } }
    for r, dim in ipairs { 0, 2, 0, 6, 0, 20 } do
      assert.equal(dim, squeeze:dim(V ^ r))
    end
    fails("group: entry [1, 1] of discrete[1] is 1e+200; the most is 1e+100",
      function() group.new { discrete = { { { 1e200 } } } } end)
  end)

  it("does not depend on the length of generators", function()
    for _, c in ipairs { 1e-9, 1, 1e4 / 7, 1e6 / 7 } do
      local g = group.new { check = false, lie = { { { .1 * c, c, .3 * c },
        { .7 * c, .2 * c, c }, { 0, 0, -.3 * c } } } }
      assert.equal(1, g:dim(V:alt(3)))
      assert.equal(1, g:dim(rep.det))
      assert.equal(g:dim(V, V), g:dim(V:dual(), V:dual()))
    end
    local tiny = group.new { lie = { { { 0, -1e-14 }, { 1e-14, 0 } } } }
    assert.equal(1, tiny:dim(V:sym(2)))
  end)

  -- A reflection and a turn by about a thousandth in 250 planes, both of
  -- which leave one vector alone; its share in a random start is small.
  it("is found beside small eigenvalues #slow", function()
    local d = 501
    local R = {}
    for i = 1, d do
      R[i] = {}
      for j = 1, d do R[i][j] = i == j and 1 or 0 end
    end
    for k = 1, d - 2, 2 do
      local t = 1.05e-3 + 1e-9 * k
      R[k][k], R[k + 1][k + 1] = math.cos(t), math.cos(t)
      R[k][k + 1], R[k + 1][k] = -math.sin(t), math.sin(t)
    end
    for seed = 1, 3 do
      weyl.seed(seed)
      local Q = weyl.orthogonal(d, d, "f64")
      local w = Q:slice(2, d, d)
      local u = weyl.ones({ d, 1 }, "f64")
      u = u - w * (w * u):sum()
      u = u / u:norm()
      local g = group.new { check = false, discrete = {
        weyl.eye(d, d, "f64") - 2 * u:matmul(u:transpose()),
        Q:matmul(weyl.tensor(R, "f64")):matmul(Q:transpose()) } }
      local dim = answer(g, V)
      assert.is_true(dim == 1 or dim == nil, tostring(dim))
    end
  end)

  it("is seen in nearly all of a space #slow", function()
    local n = 700
    weyl.seed(3)
    local u = weyl.normal({ n, 1 }, 0, 1, "f64")
    u = u / u:norm()
    local g = group.new { check = false, discrete = {
      weyl.eye(n, n, "f64") - 2 * u:matmul(u:transpose()) } }
    assert.equal(n - 1, g:dim(V))
  end)
end)

describe("large spaces", function()
  it("are counted without forming maps", function()
    local wide = 100 * V ^ 0 + 100 * V + 20 * V ^ 2
    local b = group.S(6):basis(wide, wide)
    assert.equal(84000, b:dim())
    weyl.seed(1)
    local W = weyl.normal { 1420, 1420 }
    local P = b:projector()
    local once = P(W):eval()
    assert.is_true(largest(P(once) - once) < 1e-5)
    -- averaged over the 720 elements it would be the same: two will do
    local g = group.S(6):sample { n = 2, seed = 1 }
    for i = 1, 2 do
      local m = wide:rho(g[i]):to "f32"
      assert.is_true(largest(m:matmul(once) - once:matmul(m)) < 1e-5)
    end
  end)

  it("have projectors that are never written down", function()
    local b = group.S(5):basis(V ^ 3, V ^ 3) -- orbits of 120 and fewer
    weyl.seed(2)
    local W = weyl.normal({ 125, 125 }, 0, 1, "f64")
    local e = b:elements():reshape(b:dim(), -1)
    local expected = e:transpose():matmul(e:matmul(W:reshape(-1)))
    local P = b:projector()
    assert.is_true(largest(P(W):reshape(-1) - expected) < 1e-13)
    local function half(x) return (P(x) * x):sum() end
    local gradient = weyl.grad(half)(W)
    assert.is_true(largest(gradient - 2 * P(W)) < 1e-13)
  end)

  it("have a bound", function()
    local wide = 100 * V ^ 0 + 100 * V + 20 * V ^ 2
    local b = group.S(6):basis(wide, wide)
    fails("basis: all 84000 elements [1420, 1420] would take 1.26e+03 GiB; "
      .. "the most is 1 GiB; dim() and projector() do without them",
      function() b:elements() end)
    fails("basis:matrix: the maps have 2016400 entries, the most is 11585; "
      .. "projector() does without the matrix", function() b:matrix() end)
    fails("basis: so many invariants of so many entries would take 113 GiB; "
      .. "the most is 1 GiB", function() group.SO(3):dim(V ^ 12) end)
    fails("basis: a tensor product of that rank would take 4.25 GiB; the "
      .. "most is 1 GiB", function() group.SO(2):dim(V ^ 24) end)
    fails("basis: a tensor product of rank 20 over a space of dimension 3 "
      .. "has more than 2^31 entries",
      function() group.SO(3):dim(V ^ 20) end)
    fails("basis: the orbits of so many entries would take 1.86 GiB; the "
      .. "most is 1 GiB", function() group.S(6):dim(V ^ 10) end)
  end)
end)

-- ---- the cache on disk ----

local SCRIPT = [[
local weyl = require "weyl"
local b = weyl.group.SO(4):basis(weyl.rep.V ^ 6)
local e = b:elements()
local w = weyl.arange(e.size):reshape(e.shape):to "f64"
print(b:dim(), ("%a"):format((e * w):sum():item()))
]]

describe("the cache on disk", function()
  local folder = helper.folder()

  local function run(cache)
    local script = folder .. "/script.lua"
    helper.write(script, SCRIPT)
    return (helper.shell(("WEYL_CACHE=%s %s %s"):format(helper.quote(cache),
      helper.program, script)))
  end

  local bases = folder .. "/bases"

  local function files()
    local list = {}
    for name in helper.shell("ls " .. bases):gmatch "[^\n]+" do
      list[#list + 1] = bases .. "/" .. name
    end
    return list
  end

  local read, write = helper.read, helper.write

  teardown(function() helper.remove(folder) end)

  it("keeps costly bases to the last bit", function()
    local solved = run ""
    assert.matches("^25\t", solved)
    assert.equal(solved, run(bases))
    assert.equal(1, #files())
    local kept = read(files()[1])
    assert.equal(solved, run(bases))
    assert.equal(kept, read(files()[1]))
  end)

  it("does not believe files that were changed", function()
    local solved, path = run "", files()[1]
    local kept = read(path)
    local damaged = { "", kept:sub(1, 100), kept .. "more", kept:sub(1, -9),
      kept:sub(1, 5000) .. "\1" .. kept:sub(5002),
      ("x"):rep(#kept), kept:sub(1, 8) .. ("\255"):rep(8) .. kept:sub(17) }
    for _, text in ipairs(damaged) do
      write(path, text)
      assert.equal(solved, run(bases))
      assert.equal(kept, read(path)) -- and writes them anew
    end
  end)

  it("does without a folder it cannot write to", function()
    assert.equal(run "", run "/proc/none/such")
  end)
end)
