-- symmetry/discover.lua: the Lie algebra of a function, without candidates.
--
-- A symmetry to first order is a pair (A_in, A_out) with
--
--   D f(x) A_in x - A_out f(x) = 0     for all x:
--
-- a linear system for the pair, n out equations from n inputs. Its right
-- singular vectors are the generators in order of their defects (for the
-- idea see Otto, Zolman, Kutz, Brunton, arXiv:2311.00212). Unknowns are the
-- coordinates of the pair in a Frobenius-orthonormal basis:
--
--   tied   A_in = drho_in(A), A_out = drho_out(A), A in gl(d) or in the span
--          of a group's generators; unit length means |A| = 1
--   free   A_in [in, in] and A_out [out, out] on their own, with `affine`
--          also shifts, a last column; |A_in|^2 + |A_out|^2 = 1
--
-- Numerics, f64: the rows come in blocks of samples, of which only the
-- triangular factor R is kept, joined by QR to that of the rows before; the
-- Gram matrix, which would square the condition, is never made. Dividing R by
-- the norm of all f(x) makes a singular value a level: the defect of that
-- generator, rms over inputs, relative to rms |f|.
--
-- Trivial solutions are no symmetries and are taken out first. Tied: A that
-- moves no input and no value. Free: A_in on directions that no input
-- reaches, A_in into directions along which f does not change, A_out on
-- directions in which f has no value.

local algebra = require "weyl.symmetry.algebra"
local check = require "weyl.check"
local common = require "weyl.symmetry.common"
local core = require "weyl.core"
local discovery = require "weyl.symmetry.discovery"
local rep = require "weyl.rep"

local raw = core.symmetry
local FUNC = "symmetry.discover"

-- Singular values, relative to the largest, that count as 0 when inputs,
-- values or derivatives are looked for: well above rounding in f.
local ABSENT = { f64 = 1e-10, f32 = 1e-5 }

-- ---- derivatives of all rows ----

-- One 1 at position i of each row.
local function unit_rows(like, i)
  local _, width = table.unpack(like.shape)
  return core.arange(width):eq(i):to(like.dtype):broadcast_to(like.shape)
end

-- D f at every row, f64 [n, out, in]: by vjp per output or jvp per input.
local function jacobian(f, x, y)
  local list, inputs, outputs = {}, x.shape[2], y.shape[2]
  if outputs <= inputs then
    for i = 1, outputs do
      local _, row = core.vjp(f, x, unit_rows(y, i))
      list[i] = row:to "f64"
    end
    return core.stack(list, 2)
  end
  for i = 1, inputs do
    local _, column = core.jvp(f, x, unit_rows(x, i))
    list[i] = column:to "f64"
  end
  return core.stack(list, 3)
end

-- D f t for tangents t f64 [n, in, k]: f64 [n, out, k].
local function derivatives(f, x, y, t)
  local k = t.shape[3]
  if k > math.min(x.shape[2], y.shape[2]) then
    return jacobian(f, x, y):matmul(t)
  end
  local list = {}
  for i = 1, k do
    local along = t:slice(3, i, i):squeeze(3):to(x.dtype)
    local _, dy = core.jvp(f, x, along)
    list[i] = dy:to "f64"
  end
  return core.stack(list, 3)
end

-- ---- triangular factors ----

-- The factor of the rows seen so far and more rows [m, k].
local function joined(factor, rows)
  local all = factor and core.concat { factor, rows } or rows
  local _, r = core.qr(all)
  return r:eval()
end

-- All k right singular vectors (rows) of a factor, and its singular values,
-- descending; factors with fewer than k rows are filled up with zeros.
local function decompose(factor)
  local m, k = table.unpack(factor.shape)
  if m < k then factor = factor:pad { 0, k - m, 0, 0 } end
  local _, s, vh = core.svd(factor)
  return core.eval(s, vh)
end

-- Orthonormal rows of what the rows of a factor span, up to a tolerance, and
-- how many dimensions are left out.
local function reached(factor, tolerance)
  local s, vh = decompose(factor)
  local rank = algebra.rank(s, 1, tolerance)
  return vh:slice(1, 1, rank), #s - rank
end

-- ---- the two forms of the system ----
--
-- A form has count, the number of unknowns before trivial ones are taken
-- out, and three methods: rows(x, y) [n out, count] of a block;
-- reduce(dtype), with the dtype of f: an orthonormal basis [count', count] of
-- the unknowns that matter, and what was taken out; matrices(v) of solutions
-- v [k, count].

local Tied, Free = {}, {}
Tied.__index, Free.__index = Tied, Free

-- The operators of all basis matrices as one matrix [size * k, size]: rows
-- ordered by row of the operator, then k.
local function stacked(r, basis, size)
  local list = {}
  for i = 1, #basis do list[i] = r:drho(basis[i]) end
  return core.stack(list, 2):reshape(size * #basis, size):eval()
end

-- basis: f64 [k, d, d], orthonormal.
local function tied(o, basis)
  local d = basis.shape[2]
  return setmetatable({ f = o.call, basis = basis, count = #basis,
    a_in = stacked(o.rep_in, basis, o.rep_in:size(d)),
    a_out = stacked(o.rep_out, basis, o.rep_out:size(d)) }, Tied)
end

function Tied:rows(x, y)
  local n, k = #x, self.count
  local y64 = y:to "f64"
  local moved = x:to "f64":matmul(self.a_in:transpose()):reshape(n, -1, k)
  local acted = y64:matmul(self.a_out:transpose()):reshape(n, -1, k)
  self.motion = joined(self.motion,
    core.concat({ moved, acted }, 2):reshape(-1, k))
  return (derivatives(self.f, x, y, moved) - acted):reshape(-1, k)
end

function Tied:reduce(dtype)
  local basis, trivial = reached(self.motion, ABSENT[dtype])
  return basis, { idle = trivial }
end

function Tied:matrices(v)
  local d = self.basis.shape[2]
  return v:matmul(self.basis:reshape(self.count, d * d)):reshape(#v, d, d)
end

-- Sizes and affine as options have them.
local function free(o, inputs, outputs)
  local extra = o.affine and 1 or 0
  return setmetatable({ f = o.call, affine = o.affine, inputs = inputs,
    outputs = outputs, cols_in = inputs + extra, cols_out = outputs + extra,
    count = inputs * (inputs + extra) + outputs * (outputs + extra) }, Free)
end

-- Rows with a 1 appended for the shift.
local function extended(self, x)
  x = x:to "f64"
  return self.affine and core.concat({ x, core.ones({ #x, 1 }, "f64") }, 2)
    or x
end

function Free:rows(x, y)
  local n, out, inputs = #x, self.outputs, self.inputs
  local J = jacobian(self.f, x, y)
  local xe, ye = extended(self, x), extended(self, y)
  self.x, self.y = joined(self.x, xe), joined(self.y, ye)
  self.J = joined(self.J, J:reshape(n * out, inputs))
  local a_in = J:reshape(n, out, inputs, 1) * xe:reshape(n, 1, 1, -1)
  local a_out = core.eye(out, out, "f64"):reshape(1, out, out, 1)
    * ye:reshape(n, 1, 1, -1)
  return core.concat({ a_in:reshape(n * out, -1),
    -a_out:reshape(n * out, -1) }, 2)
end

function Free:reduce(dtype)
  local u, ignored = reached(self.J, ABSENT[dtype])
  local px, unreached = reached(self.x, ABSENT[dtype])
  local py, silent = reached(self.y, ABSENT[dtype])
  local pair = { core.kron(u, px),
    core.kron(core.eye(self.outputs, self.outputs, "f64"), py) }
  local left, right = #pair[1], #pair[2]
  return core.concat { pair[1]:pad { 0, 0, 0, self.outputs * self.cols_out },
    pair[2]:pad { 0, 0, self.inputs * self.cols_in, 0 } },
    { ignored = ignored, unreached = unreached, silent = silent,
      idle = self.count - left - right }
end

function Free:matrices(v)
  local cut = self.inputs * self.cols_in
  return v:slice(2, 1, cut):reshape(#v, self.inputs, self.cols_in),
    v:slice(2, cut + 1, -1):reshape(#v, self.outputs, self.cols_out)
end

-- ---- the solution ----

-- Rows of samples in a block: enough for a factorisation to pay.
local function block_size(form, outputs)
  return math.max(1, math.max(2 * form.count, 1024) // outputs)
end

-- f(x) of a block, behind `before` rows of the data.
local function value_of(o, x, before, outputs)
  local y = o.call(x)
  common.check_result(FUNC, y, x, outputs)
  common.check_finite(FUNC, "result of f", y:eval(), before)
  return y
end

-- The rows of a block in the system, which must be finite.
local function rows_of(form, x, y, before)
  local rows = form:rows(x, y):eval()
  common.check_finite(FUNC, "derivative of f", rows:reshape(#x, -1), before)
  return rows
end

-- What is known of f after a block: whether it is still there, and whether its
-- values differ from its first.
local function look(o, seen, x, y)
  seen.first = seen.first or y:slice(1, 1, 1):eval()
  seen.still = seen.still and common.is_still(o.call, x)
  seen.varied = seen.varied or seen.still and common.varies(y, seen.first)
  seen.dtype = y.dtype
  seen.square = seen.square + y:to "f64":square():sum():item()
end

-- The factor of the whole system, sum |f|^2, the dtype of f, and whether f is
-- constant.
local function assemble(o, form, outputs)
  local factor, seen = nil, { still = true, varied = false, square = 0.0 }
  local n, size = #o.x, block_size(form, outputs)
  for first = 1, n, size do
    local x = o.x:slice(1, first, math.min(first + size - 1, n)):eval()
    local y = value_of(o, x, first - 1, outputs)
    look(o, seen, x, y)
    factor = joined(factor, rows_of(form, x, y, first - 1))
  end
  if seen.still and seen.varied then common.fail_still(FUNC, "f") end
  local square = seen.square
  if not (square > 0 and square < math.huge) then
    check.fail("%s: f has no finite values other than 0 at the inputs x",
      FUNC)
  end
  return factor, math.sqrt(square), seen.dtype, seen.still
end

-- Levels ascending with the matrices of their generators, signs set.
local function solve(form, factor, norm, dtype)
  local space, trivial = form:reduce(dtype)
  if #space == 0 then
    check.fail("%s: no generator moves the inputs x or the values of f", FUNC)
  end
  local s, vh = decompose(joined(nil,
    factor:matmul(space:transpose()) / norm))
  local v = vh:flip(1):matmul(space)
  local a, b = form:matrices(v)
  local flat = a:reshape(#a, -1)
  if b then flat = core.concat({ flat, b:reshape(#b, -1) }, 2) end
  local sign = algebra.sign(flat):reshape(-1, 1, 1)
  return { levels = s:flip(1), generators = sign * a,
    generators_out = b and sign * b or nil, space = space, trivial = trivial }
end

-- ---- options ----

-- The size of a representation over dimension d; nil where it has none.
local function size_at(r, d)
  local ok, size = pcall(r.size, r, d)
  return ok and size or nil
end

-- The dimension of V for which a representation has this size; nil when there
-- is none, or when it does not matter.
local function dimension(r, size)
  for d = 1, size do
    if size_at(r, d) == size and size_at(r, d + 1) ~= size then return d end
  end
  return nil
end

-- gl(d), or the span of a group's generators; orthonormal, [k, d, d].
local function read_basis(o, inputs, outputs)
  local d = o.within and o.within.d or dimension(o.rep_in, inputs)
    or dimension(o.rep_out, outputs)
  if not d or o.rep_in:size(d) ~= inputs or o.rep_out:size(d) ~= outputs then
    check.fail("%s: there is no dimension of V%s for which %s has the %d "
      .. "entries of x and %s the %d of f", FUNC,
      o.within and " (" .. d .. ")" or "", o.rep_in, inputs, o.rep_out,
      outputs)
  end
  if not o.within then
    return core.eye(d * d, d * d, "f64"):reshape(d * d, d, d)
  end
  return algebra.orthonormal(algebra.rows(o.within)):reshape(-1, d, d)
end

local LAW = 1e-8 -- relative, of drho(A) drho(B) - drho(B) drho(A)

-- Fails unless drho of the bracket of two elements a, b of the span of `basis`
-- is the bracket of their drho, tried on a vector.
local function check_law(o, r, basis)
  local k, d = basis.shape[1], basis.shape[2]
  local stream = raw.stream(0, "brackets")
  local c = raw.normal(stream, 2, k):matmul(basis:reshape(k, d * d))
  local a, b = c[1]:reshape(d, d), c[2]:reshape(d, d)
  local v = raw.normal(stream, r:size(d), 1)
  local ra, rb = r:drho(a), r:drho(b)
  local want = r:drho(a:matmul(b) - b:matmul(a)):matmul(v)
  local got = ra:matmul(rb:matmul(v)) - rb:matmul(ra:matmul(v))
  local scale = ra:norm() * rb:norm() * v:norm()
  if (want - got):norm():le(LAW * scale):item() then return end
  check.fail("%s: %s is no representation of %s%s", FUNC, r,
    o.within or ("gl(%d)"):format(d),
    o.within and "" or "; give the option 'within'")
end

-- The basis of the tied form, of which both are representations.
local function checked_basis(o, inputs, outputs)
  local basis = read_basis(o, inputs, outputs)
  for _, r in ipairs { o.rep_in, o.rep_out } do
    if r:size(basis.shape[2]) > 0 then check_law(o, r, basis) end
  end
  return basis
end

local function read_options(f, opts)
  common.check_function(FUNC, f)
  local o = check.options(FUNC, opts, { x = check.none, rep_in = check.none,
    rep_out = check.none, within = check.none, free = false, affine = false,
    dtype = "f64" })
  common.check_inputs(FUNC, o.x)
  if o.within then
    common.check_group(FUNC, o.within, true)
    if o.free then
      check.fail("%s: 'within' and 'free' exclude each other", FUNC)
    end
  end
  if o.affine and not o.free then
    check.fail("%s: shifts (affine = true) need free = true", FUNC)
  end
  o.x, o.call = o.x:to(o.dtype), function(h) return f(h) end
  return o
end

-- Representations are needed unless the form is free; there they serve to
-- compare with groups.
local function read_reps(o, f)
  if not o.free then return common.read_reps(FUNC, o, f) end
  for _, name in ipairs { "rep_in", "rep_out" } do
    local r = o[name]
    if r == nil and type(f) == "table" then r = f[name] end
    check.arg(r == nil or rep.is_rep(r) or check.whole(r, 0), FUNC, name,
      "a representation", r)
    o[name] = r and rep.lift(r)
  end
end

---See symmetry.discover.
---@param f function
---@param opts table
---@return weyl.symmetry.discovery
local function discover(f, opts)
  local o = read_options(f, opts)
  read_reps(o, f)
  local inputs = o.x.shape[2]
  local y = o.call(o.x:slice(1, 1, 1))
  common.check_result(FUNC, y, o.x:slice(1, 1, 1))
  local outputs = y.shape[2]
  local form = o.free and free(o, inputs, outputs)
    or tied(o, checked_basis(o, inputs, outputs))
  local need = (form.count - 1) // outputs + 1
  if #o.x < need then
    check.fail("%s: %d inputs with %d values each do not determine %d "
      .. "unknowns; give at least %d", FUNC, #o.x, outputs, form.count, need)
  end
  local factor, norm, dtype, constant = assemble(o, form, outputs)
  local r = solve(form, factor, norm, dtype)
  r.constant = constant
  r.samples, r.within, r.free, r.affine = #o.x, o.within, o.free, o.affine
  r.rep_in, r.rep_out, r.unknowns = o.rep_in, o.rep_out, form.count
  r.basis = form.basis
  return discovery.new(r, dtype)
end

return discover
