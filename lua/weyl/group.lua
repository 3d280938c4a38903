-- group.lua: matrix groups by generators, and what is equivariant under them.
--
-- A group acts on V = R^d through Lie algebra matrices ("lie") and discrete
-- elements ("discrete"). group.new makes one from matrices; the others here
-- are written the same way. A name is for printing only: two groups are equal
-- when their generators are.
--
--   local g = group.O(2):embed(3, { 1, 2 })
--   g:dim(V, V^2)                  how many equivariant maps V -> V^2 there are
--   g:basis(V, V^2):elements()[1]  one of them

local check = require "weyl.check"
local core = require "weyl.core"
local rep = require "weyl.rep"

local raw = core.symmetry

-- ---- equivariant maps ----

---The equivariant maps between two representations.
---@class weyl.basis
---@field group weyl.group
---@field rep_in weyl.rep
---@field rep_out weyl.rep
local Basis = {}

local basis_meta = { __index = Basis, __name = "weyl.basis" }

function basis_meta.__tostring(b)
  return ("equivariant maps %s -> %s under %s: %d"):format(b.rep_in, b.rep_out,
    b.group.name, b:dim())
end

---Number of independent maps.
---@return integer
function Basis:dim()
  return raw.dim(self.group.raw, self.rep_in.list, self.rep_out.list)
end

---All of them, orthonormal: a tensor [dim, out, in]; [dim, out] for invariant
---vectors.
---@return weyl.tensor f64
function Basis:elements()
  local e = raw.elements(self.group.raw, self.rep_in.list, self.rep_out.list)
  if self.vectors then return e:reshape(e.shape[1], e.shape[2]) end
  return e
end

---The projector as a matrix over flattened maps [out * in]. It grows with the
---square of that number; projector() does the same work by blocks.
---@return weyl.tensor f64 [out * in, out * in]
function Basis:matrix()
  local e = self:elements()
  local flat = e:reshape(e.shape[1], -1)
  return flat:transpose():matmul(flat)
end

---The orthogonal projection onto these maps as a function of weights
---W [out, in] and, if given, biases b [out], which are projected onto the
---invariant vectors. It is differentiable.
---@return fun(W: weyl.tensor, b?: weyl.tensor): weyl.tensor, weyl.tensor?
function Basis:projector()
  local form = require "weyl.reg.form"
  local maps = form.new({ self.group }, 0, { 1 }, self.rep_in, self.rep_out)
  local vectors
  return function(W, b)
    if b and not vectors then
      vectors = form.new({ self.group }, 0, { 1 }, rep.scalar, self.rep_out)
    end
    return maps:apply(W), b and vectors:apply(b)
  end
end

-- ---- groups ----

---@class weyl.group
---@field d integer dimension of V
---@field name string for printing
---@field lie number[][][] Lie algebra matrices
---@field discrete number[][][] discrete elements
---@field scale number[] spread of each Lie generator when sampling
---@field haar string? what uniform sampler there is: "walk", "SO", "O"
---@field axes integer[]? the axes on which SO or O acts
---@field raw userdata
local Group = {}

local meta = { __index = Group, __name = "weyl.group" }

function meta.__tostring(g) return g.name end

function meta.__eq(a, b) return raw.equal(a.raw, b.raw) end

-- Matrices [k, d, d] as the engine takes them, nil when there are none.
local function packed(list)
  return #list > 0 and core.tensor(list, "f64") or nil
end

local function new(g)
  g.lie, g.discrete = g.lie or {}, g.discrete or {}
  if not g.scale then
    g.scale = {}
    for i = 1, #g.lie do g.scale[i] = 1 end
  end
  g.raw = raw.group(g.d, packed(g.lie), packed(g.discrete), packed(g.scale),
    g.haar, g.axes)
  return setmetatable(g, meta)
end

---Whether all elements are orthogonal matrices; then V and its dual are the
---same representation.
---@return boolean
function Group:is_orthogonal() return raw.is_orthogonal(self.raw) end

-- The representations of g:dim(...) and g:basis(...): one means vectors.
local function between(func, rep_in, rep_out)
  local vectors = rep_out == nil
  if vectors then rep_in, rep_out = 1, rep_in end
  for _, r in ipairs { rep_in, rep_out } do
    check.arg(rep.is_rep(r) or check.whole(r, 0), func, "rep",
      "a representation", r)
  end
  return rep.lift(rep_in), rep.lift(rep_out), vectors
end

---The equivariant maps from rep_in to rep_out; with one representation its
---invariant vectors.
---@param rep_in weyl.rep|integer
---@param rep_out? weyl.rep|integer
---@return weyl.basis
function Group:basis(rep_in, rep_out)
  local from, to, vectors = between("group:basis", rep_in, rep_out)
  return setmetatable({ group = self, rep_in = from, rep_out = to,
    vectors = vectors }, basis_meta)
end

---Number of independent equivariant maps from rep_in to rep_out; with one
---representation that of its invariant vectors; without any the dimension
---of V.
---@param rep_in? weyl.rep|integer
---@param rep_out? weyl.rep|integer
---@return integer
function Group:dim(rep_in, rep_out)
  if rep_in == nil then return self.d end
  local from, to = between("group:dim", rep_in, rep_out)
  return raw.dim(self.raw, from.list, to.list)
end

---Random elements. method "haar" is uniform, known for SO(n), O(n) and their
---embeddings, reflections and the trivial group; "walk" is exp of a normal
---combination of the Lie generators times random powers of the discrete ones.
---Uniform is the default where it is known.
---@param opts? string|{ n: integer?, method: string?, stream: string?,
---  seed: integer? } a stream's name, or options; with a seed the elements
---  do not depend on what was drawn before
---@return weyl.tensor f64 [d, d], with n [n, d, d]
function Group:sample(opts)
  if type(opts) == "string" then opts = { stream = opts } end
  local o = check.options("group:sample", opts, { n = check.none,
    method = self.haar and "haar" or "walk", stream = "group",
    seed = check.none })
  check.arg(o.n == nil or check.whole(o.n, 1), "group:sample", "n",
    "an integer >= 1", o.n)
  check.arg(o.method == "haar" or o.method == "walk", "group:sample",
    "method", "'haar' or 'walk'", o.method)
  check.arg(type(o.stream) == "string", "group:sample", "stream",
    "a name", o.stream)
  check.arg(o.seed == nil or check.whole(o.seed), "group:sample", "seed",
    "an integer", o.seed)
  local stream = o.seed and raw.stream(o.seed, o.stream) or o.stream
  local g = raw.sample(self.raw, stream, o.n or 1, o.method == "haar")
  return o.n and g or g[1]
end

-- ---- matrices ----

-- n x n zeros.
local function zeros(n)
  local m = {}
  for i = 1, n do
    m[i] = {}
    for j = 1, n do m[i][j] = 0.0 end
  end
  return m
end

local function diagonal(entries)
  local m = zeros(#entries)
  for i, x in ipairs(entries) do m[i][i] = x end
  return m
end

-- The identity with entry i replaced by x.
local function flipped(n, i, x)
  local entries = {}
  for k = 1, n do entries[k] = k == i and x or 1.0 end
  return diagonal(entries)
end

-- The zero matrix with m[i][j] = x and, if given, m[k][l] = y.
local function entries(n, i, j, x, k, l, y)
  local m = zeros(n)
  m[i][j] = x
  if k then m[k][l] = y end
  return m
end

-- Column j holds its 1 in row to[j].
local function permutation(to)
  local m = zeros(#to)
  for j, i in ipairs(to) do m[i][j] = 1.0 end
  return m
end

-- m on the given axes of d, `rest` on the diagonal elsewhere.
local function embedded(m, d, axes, rest)
  local out, used = zeros(d), {}
  for i, a in ipairs(axes) do
    used[a] = true
    for j, b in ipairs(axes) do out[a][b] = m[i][j] end
  end
  for a = 1, d do
    if not used[a] then out[a][a] = rest end
  end
  return out
end

local function mapped(list, f)
  local out = {}
  for i, m in ipairs(list) do out[i] = f(m) end
  return out
end

local function joined(a, b)
  return table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
end

-- ---- groups from groups ----

---The group acting on some axes of a larger space, the others at rest.
---@param d integer dimension of the larger space
---@param axes integer[] as many as the group's dimension, 1-based, distinct
---@return weyl.group
function Group:embed(d, axes)
  check.arg(check.whole(d, self.d), "group:embed", "d",
    ("an integer >= %d"):format(self.d), d)
  check.arg(type(axes) == "table" and #axes == self.d, "group:embed", "axes",
    ("a table of %d axes"):format(self.d), axes)
  local seen = {}
  for _, a in ipairs(axes) do
    check.arg(check.whole(a, 1) and a <= d and not seen[a], "group:embed",
      "axes", ("distinct integers from 1 to %d"):format(d), a)
    seen[a] = true
  end
  return new { d = d, scale = self.scale, haar = self.haar,
    name = ("%s on axes %s of %d"):format(self.name, table.concat(axes, ","),
      d),
    lie = mapped(self.lie, function(m) return embedded(m, d, axes, 0.0) end),
    discrete = mapped(self.discrete,
      function(m) return embedded(m, d, axes, 1.0) end),
    axes = self.axes and mapped(self.axes, function(a) return axes[a] end) }
end

local group = {}

---The group generated by all of several groups together.
---@param list weyl.group[] of one dimension
---@return weyl.group
function group.union(list)
  check.arg(type(list) == "table" and #list > 0, "group.union", "list",
    "a table of groups", list)
  local lie, discrete, scale, names = {}, {}, {}, {}
  for i, g in ipairs(list) do
    check.arg(group.is_group(g), "group.union", "list", "a table of groups",
      g)
    if g.d ~= list[1].d then
      check.fail("group.union: group %d acts on dimension %d, group 1 on %d",
        i, g.d, list[1].d)
    end
    lie, discrete = joined(lie, g.lie), joined(discrete, g.discrete)
    scale, names[i] = joined(scale, g.scale), g.name
  end
  return new { d = list[1].d, lie = lie, discrete = discrete, scale = scale,
    name = table.concat(names, " x ") }
end

-- A user's list of matrices as nested tables, checked to be d x d.
local function read_matrices(what, list, d)
  check.arg(list == nil or type(list) == "table", "group.new", what,
    "a table of matrices", list)
  local out = {}
  for k, m in ipairs(list or {}) do
    local rows = core.is_tensor(m) and m:totable() or m
    local square = type(rows) == "table" and #rows == (d or #rows)
    for _, row in ipairs(square and rows or {}) do
      square = square and type(row) == "table" and #row == #rows
    end
    if not square or #rows == 0 then
      check.fail("group.new: %s[%d] must be a square matrix%s, got %s", what,
        k, d and (" [%d, %d]"):format(d, d) or "",
        type(rows) == "table" and ("%d rows, %s entries in the first"):format(
          #rows, type(rows[1]) == "table" and #rows[1] or "no")
        or check.describe(m))
    end
    d, out[k] = #rows, rows
  end
  return out, d
end

---A group from generators.
---@param opts { lie: table?, discrete: table?, d: integer?, name: string?,
---  scale: number[]? } matrices [d, d] as nested tables or tensors; d is
---  needed only without generators; scale is the spread of each Lie generator
---  when sampling
---@return weyl.group
function group.new(opts)
  local o = check.options("group.new", opts, { lie = check.none,
    discrete = check.none, d = check.none, name = check.none,
    scale = check.none })
  check.arg(o.d == nil or check.whole(o.d, 1), "group.new", "d",
    "an integer >= 1", o.d)
  check.arg(o.name == nil or type(o.name) == "string", "group.new", "name",
    "a string", o.name)
  local lie, discrete, d
  lie, d = read_matrices("lie", o.lie, o.d)
  discrete, d = read_matrices("discrete", o.discrete, d)
  if not d then
    check.fail("group.new: there are no generators; give the dimension d")
  end
  check.arg(o.scale == nil or type(o.scale) == "table" and #o.scale == #lie,
    "group.new", "scale", ("a table of %d numbers"):format(#lie), o.scale)
  return new { d = d, lie = lie, discrete = discrete, scale = o.scale,
    name = o.name or ("a group on R^%d"):format(d) }
end

---Whether x is a group.
---@param x any
---@return boolean
function group.is_group(x) return getmetatable(x) == meta end

-- ---- the catalogue ----

-- Dimension n of a constructor, at least `low`.
local function dimension(func, n, low)
  check.arg(check.whole(n, low), "group." .. func, "n",
    ("an integer >= %d"):format(low), n)
  return math.tointeger(n)
end

local function named(name, n) return ("%s(%d)"):format(name, n) end

-- One matrix per pair i < j, made by f(i, j).
local function pairs_of(n, f)
  local out = {}
  for j = 2, n do
    for i = 1, j - 1 do out[#out + 1] = f(i, j) end
  end
  return out
end

-- The rotations of every plane of axes.
local function rotations(n)
  return pairs_of(n, function(i, j)
    return entries(n, j, i, 1.0, i, j, -1.0)
  end)
end

local function range(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

---The group of the identity alone: every map is equivariant.
---@param n integer
---@return weyl.group
function group.trivial(n)
  n = dimension("trivial", n, 1)
  return new { d = n, name = named("trivial", n), haar = "walk" }
end

---Rotations of R^n.
---@param n integer
---@return weyl.group
function group.SO(n)
  n = dimension("SO", n, 1)
  return new { d = n, name = named("SO", n), lie = rotations(n), haar = "SO",
    axes = range(n) }
end

---Rotations and reflections of R^n.
---@param n integer
---@return weyl.group
function group.O(n)
  n = dimension("O", n, 1)
  return new { d = n, name = named("O", n), lie = rotations(n),
    discrete = { flipped(n, 1, -1.0) }, haar = "O", axes = range(n) }
end

---The changes of sign of every axis of R^n.
---@param n integer
---@return weyl.group
function group.reflections(n)
  n = dimension("reflections", n, 1)
  local flips = {}
  for i = 1, n do flips[i] = flipped(n, i, -1.0) end
  return new { d = n, name = named("reflections", n), discrete = flips,
    haar = "walk" }
end

-- Rotation of the plane by 2 pi / k.
local function turn(k)
  local c, s = math.cos(2 * math.pi / k), math.sin(2 * math.pi / k)
  return { { c, -s }, { s, c } }
end

---Rotations of the plane by multiples of 1/k of a turn.
---@param k integer
---@return weyl.group
function group.C(k)
  k = dimension("C", k, 1)
  return new { d = 2, name = named("C", k), discrete = { turn(k) } }
end

---The symmetries of a regular k-gon in the plane.
---@param k integer
---@return weyl.group
function group.D(k)
  k = dimension("D", k, 1)
  return new { d = 2, name = named("D", k),
    discrete = { turn(k), flipped(2, 1, -1.0) } }
end

-- The permutation of n things that exchanges i and j.
local function swap(n, i, j)
  local to = range(n)
  to[i], to[j] = j, i
  return permutation(to)
end

---All permutations of n things.
---@param n integer
---@return weyl.group
function group.S(n)
  n = dimension("S", n, 1)
  local swaps = {}
  for i = 2, n do swaps[i - 1] = swap(n, 1, i) end
  return new { d = n, name = named("S", n), discrete = swaps }
end

---The even permutations of n things.
---@param n integer
---@return weyl.group
function group.Alt(n)
  n = dimension("Alt", n, 1)
  local cycles = {}
  for i = 3, n do
    local to = range(n)
    to[1], to[2], to[i] = 2, i, 1
    cycles[i - 2] = permutation(to)
  end
  return new { d = n, name = named("Alt", n), discrete = cycles }
end

---Cyclic shifts of n things.
---@param n integer
---@return weyl.group
function group.Z(n)
  n = dimension("Z", n, 1)
  local to = {}
  for i = 1, n do to[i] = i % n + 1 end
  return new { d = n, name = named("Z", n), discrete = { permutation(to) } }
end

---The rotations of a cube acting on its six faces.
---@return weyl.group
function group.cube()
  return new { d = 6, name = "cube", discrete = {
    permutation { 5, 2, 1, 4, 6, 3 }, permutation { 4, 1, 3, 6, 5, 2 } } }
end

---Multiplication of all of R^n by positive numbers.
---@param n integer
---@return weyl.group
function group.scaling(n)
  n = dimension("scaling", n, 1)
  return new { d = n, name = named("scaling", n),
    lie = { flipped(n, 1, 1.0) } }
end

-- Matrices with a single entry off the diagonal.
local function shears(n)
  local up = pairs_of(n, function(i, j) return entries(n, i, j, 1.0) end)
  local down = pairs_of(n, function(i, j) return entries(n, j, i, 1.0) end)
  return joined(up, down)
end

---Invertible linear maps of R^n with positive determinant. Reflections, which
---complete GL(n), leave no fewer tensors unchanged where p = q.
---@param n integer
---@return weyl.group
function group.GL(n)
  n = dimension("GL", n, 1)
  local lie = shears(n)
  for i = 1, n do lie[#lie + 1] = entries(n, i, i, 1.0) end
  return new { d = n, name = named("GL", n), lie = lie }
end

---Linear maps of R^n with determinant 1.
---@param n integer
---@return weyl.group
function group.SL(n)
  n = dimension("SL", n, 1)
  local lie = shears(n)
  for i = 2, n do
    lie[#lie + 1] = entries(n, 1, 1, 1.0, i, i, -1.0)
  end
  return new { d = n, name = named("SL", n), lie = lie }
end

---Linear maps of R^2m that keep the symplectic form sum p_i dq_i; the first m
---axes are the q.
---@param m integer
---@return weyl.group
function group.Sp(m)
  m = dimension("Sp", m, 1)
  local lie, n = {}, 2 * m
  for i = 1, m do
    for j = 1, m do
      lie[#lie + 1] = entries(n, i, j, 1.0, m + j, m + i, -1.0)
    end
    for j = i, m do
      lie[#lie + 1] = entries(n, i, m + j, 1.0, j, m + i, 1.0)
      lie[#lie + 1] = entries(n, m + i, j, 1.0, m + j, i, 1.0)
    end
  end
  return new { d = n, name = named("Sp", m), lie = lie }
end

-- Rotations and boosts of space-time of n dimensions; axis 1 is time. Boosts
-- are sampled with spread 0.3, beyond which f32 loses digits.
local function lorentz(n, name, discrete)
  local lie, scale = {}, {}
  for i = 2, n do
    lie[i - 1], scale[i - 1] = entries(n, 1, i, 1.0, i, 1, 1.0), 0.3
  end
  for j = 3, n do
    for i = 2, j - 1 do
      lie[#lie + 1] = entries(n, j, i, 1.0, i, j, -1.0)
      scale[#scale + 1] = 1.0
    end
  end
  return new { d = n, name = name, lie = lie, scale = scale,
    discrete = discrete }
end

-- Minus the identity, and the reversal of time.
local function everything(n)
  return mapped(flipped(n, 1, 1.0), function(row)
    return mapped(row, function(x) return -x end)
  end)
end

---Space-time isometries of n dimensions (4 unless given) that keep the
---direction of time and the orientation of space: SO+(1, n-1).
---@param n? integer
---@return weyl.group
function group.lorentz(n)
  n = dimension("lorentz", n or 4, 2)
  return lorentz(n, ("SO+(1,%d)"):format(n - 1))
end

---Space-time isometries with determinant 1 in even dimension: SO(1, n-1).
---@param n? integer even, 4 unless given
---@return weyl.group
function group.lorentz_special(n)
  n = dimension("lorentz_special", n or 4, 2)
  check.arg(n % 2 == 0, "group.lorentz_special", "n", "even", n)
  return lorentz(n, ("SO(1,%d)"):format(n - 1), { everything(n) })
end

---All linear space-time isometries: O(1, n-1), n = 4 unless given.
---@param n? integer
---@return weyl.group
function group.lorentz_full(n)
  n = dimension("lorentz_full", n or 4, 2)
  return lorentz(n, ("O(1,%d)"):format(n - 1),
    { everything(n), flipped(n, 1, -1.0) })
end

---Shifts of R^n, acting on homogeneous vectors of n + 1 entries, the last 1.
---@param n integer
---@return weyl.group
function group.translations(n)
  n = dimension("translations", n, 1)
  local lie = {}
  for i = 1, n do lie[i] = entries(n + 1, i, n + 1, 1.0) end
  return new { d = n + 1, name = named("translations", n), lie = lie }
end

---Rigid motions of R^n, acting on homogeneous vectors of n + 1 entries.
---@param n integer
---@return weyl.group
function group.SE(n)
  n = dimension("SE", n, 1)
  local all = group.union { group.SO(n):embed(n + 1, range(n)),
    group.translations(n) }
  all.name = named("SE", n)
  return all
end

return group
