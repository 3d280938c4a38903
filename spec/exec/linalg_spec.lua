-- linalg_spec.lua: linear algebra: what the kernels compute, in every float
-- dtype and in batches, the gauges they promise, and what they refuse.

local weyl = require "weyl"

local dtypes = { "f32", "f64", "c64", "c128" }
local rounding = { f32 = 2^-23, f64 = 2^-52, c64 = 2^-23, c128 = 2^-52 }

-- Normal numbers of any float dtype.
local function random(shape, dtype)
  local re = weyl.normal(shape, 0, 1, "f64")
  if dtype:sub(1, 1) == "c" then
    re = weyl.complex(re, weyl.normal(shape, 0, 1, "f64"))
  end
  return re:to(dtype):eval()
end

local function adjoint(x) return x:transpose():conj() end

-- Largest difference in units of rounding.
local function distance(x, y)
  return (x - y):abs():max():item() / rounding[x.dtype]
end

local function near(x, y, units)
  assert.is_true(distance(x, y) < (units or 200))
end

local function fails(message, f, ...)
  local args = table.pack(...)
  local ok, text = pcall(function()
    local y = f(table.unpack(args, 1, args.n))
    return y:eval()
  end)
  assert.is_false(ok)
  assert.equal(message, (text:gsub("^[^ ]*:%d+: ", "")))
end

-- Runs f(x, identity, dtype) for a batch of n x m matrices of each dtype.
local function each(n, m, f)
  weyl.seed(5)
  for _, dtype in ipairs(dtypes) do
    f(random({ 2, 3, n, m }, dtype), weyl.eye(n, n, dtype), dtype)
  end
end

describe("systems", function()
  it("invert, solve and take determinants", function()
    each(5, 5, function(x, one, dtype)
      local b = random({ 2, 3, 5, 2 }, dtype)
      near(weyl.matmul(x, x:inv()), one, 1000)
      near(weyl.matmul(x, weyl.solve(x, b)), b, 1000)
      local sign, size = x:slogdet()
      local det = x:det()
      near(sign * size:exp():to(dtype) / det, weyl.ones_like(det))
      near(weyl.matmul(x, x):det() / (det * det), weyl.ones_like(det), 2000)
    end)
  end)

  it("solve with triangles and read no more of them", function()
    each(4, 4, function(x, one, dtype)
      local a, b = x + 3 * one, random({ 4, 3 }, dtype)
      for _, upper in ipairs { false, true } do
        local half = upper and a:triu() or a:tril()
        local y = weyl.solve_triangular(a, b, upper)
        near(weyl.matmul(half, y), b:broadcast_to(y.shape))
        local z = weyl.solve_triangular(a, b, upper, true)
        local strict = upper and a:triu(1) or a:tril(-1)
        near(weyl.matmul(strict + one, z), b:broadcast_to(z.shape), 2000)
      end
    end)
  end)

  it("broadcast batches and take vectors", function()
    local a, b = random({ 3, 3 }, "f64"), random({ 4, 3, 2 }, "f64")
    near(weyl.matmul(a, weyl.solve(a, b)), b, 1000)
    local many, v = random({ 4, 3, 3 }, "f64"), random({ 3 }, "f64")
    local x = weyl.solve(many, v)
    assert.same({ 4, 3 }, x.shape)
    near(weyl.matmul(many, x:unsqueeze(3)):squeeze { 3 },
      v:broadcast_to { 4, 3 }, 1000)
  end)

  it("know the determinant of singular and empty matrices", function()
    local x = weyl.tensor({ { 1, 2 }, { 2, 4 } }, "f64")
    assert.equal(0, x:det():item())
    local sign, size = x:slogdet()
    assert.equal(0, sign:item())
    assert.equal(-math.huge, size:item())
    assert.same({ 1, 1 }, weyl.zeros({ 2, 0, 0 }):det():totable())
    -- the gradient is the matrix of cofactors there, too
    local grad = weyl.grad(weyl.det)(x)
    near(grad, weyl.tensor({ { 4, -2 }, { -2, 1 } }, "f64"))
  end)

  it("name the matrix and the pivot that forbid it", function()
    local x = weyl.tensor { { { 1, 2 }, { 3, 4 } }, { { 1, 2 }, { 2, 4 } } }
    fails("inv: x[2] is singular: pivot 2 is 0", weyl.inv, x)
    fails("solve: a[2] is singular: pivot 2 is 0", weyl.solve, x,
      weyl.ones { 2 })
    fails("solve_triangular: a is singular: pivot 1 is 0",
      weyl.solve_triangular, weyl.zeros { 2, 2 }, weyl.ones { 2 })
  end)

  it("check shapes", function()
    fails("inv: x must be square in its last two dimensions, got shape "
      .. "[2, 3]", weyl.inv, weyl.ones { 2, 3 })
    fails("det: x must be a matrix [.., m, n], got shape [2]", weyl.det,
      weyl.ones { 2 })
    fails("inv: x must be f32, f64, c64 or c128, got i64 "
      .. "(convert with :to'f32')", weyl.inv, weyl.arange(4):reshape(2, 2))
    fails("solve: a [2, 2] and b [3] do not fit: dimension 1 of a is 2, "
      .. "dimension 1 of b is 3", weyl.solve, weyl.ones { 2, 2 },
      weyl.ones { 3 })
    fails("solve: the batches of a [2, 1, 1] and b [3, 1, 1] do not "
      .. "broadcast", weyl.solve, weyl.ones { 2, 1, 1 },
      weyl.ones { 3, 1, 1 })
  end)
end)

describe("factorisations", function()
  it("cholesky gives the lower factor of the Hermitian part", function()
    each(5, 5, function(x, one)
      local a = weyl.matmul(x, adjoint(x)) + one
      local l = weyl.cholesky(a)
      near(weyl.matmul(l, adjoint(l)), a, 500)
      near(l, l:tril(), 1e-9)
      near(weyl.cholesky(a + x - adjoint(x)), l, 2000)
    end)
  end)

  it("qr has a positive diagonal, tall, square and wide", function()
    for _, shape in ipairs { { 5, 3 }, { 3, 3 }, { 3, 5 } } do
      each(shape[1], shape[2], function(x, _, dtype)
        local q, r = weyl.qr(x)
        near(weyl.matmul(q, r), x)
        near(weyl.matmul(adjoint(q), q), weyl.eye(3, 3, dtype))
        near(r, r:triu(), 1e-9)
        assert.is_true((r:diag():real():gt(0)):all():item())
      end)
    end
  end)

  it("refuse what has none", function()
    fails("cholesky: x is not positive definite: its leading 2 x 2 block "
      .. "is not", weyl.cholesky, weyl.tensor { { 1, 2 }, { 2, 1 } })
    fails("cholesky: x has NaN or Inf entries", weyl.cholesky,
      weyl.ones { 2, 2 } / 0)
  end)
end)

describe("spectra", function()
  -- The leading entry of each column is real and positive.
  local function check_gauge(v)
    local size = v:abs()
    local top = size:max(-2, true)
    local first = weyl.ge(size, 0.9 * top):to("i64"):argmax(-2, true)
    local lead = v:gather(-2, first)
    assert.is_true(lead:real():gt(0):all():item())
    near(lead:imag(), 0 * lead:imag(), 10)
  end

  it("eigh orders values and fixes vectors", function()
    each(5, 5, function(x, one, dtype)
      local w, v = weyl.eigh(x)
      local h = (x + adjoint(x)) * 0.5
      near(weyl.matmul(h, v), v * w:unsqueeze(-2):to(dtype))
      near(weyl.matmul(adjoint(v), v), one)
      assert.is_true(w:slice(-1, 2):ge(w:slice(-1, 1, 4)):all():item())
      check_gauge(v)
    end)
  end)

  it("svd is reduced, ordered and fixed", function()
    for _, shape in ipairs { { 5, 3 }, { 3, 3 }, { 3, 5 } } do
      each(shape[1], shape[2], function(x, _, dtype)
        local u, s, vh = weyl.svd(x)
        near(weyl.matmul(u * s:unsqueeze(-2):to(dtype), vh), x)
        near(weyl.matmul(adjoint(u), u), weyl.eye(3, 3, dtype))
        near(weyl.matmul(vh, adjoint(vh)), weyl.eye(3, 3, dtype))
        assert.is_true(s:slice(-1, 2):le(s:slice(-1, 1, 2)):all():item())
        check_gauge(u)
      end)
    end
  end)

  it("pinv meets Penrose's conditions at every rank", function()
    for _, rank in ipairs { 1, 2, 3 } do
      local x = weyl.matmul(random({ 5, rank }, "c128"),
        random({ rank, 3 }, "c128"))
      local p = weyl.pinv(x, 1e-10)
      local xp, px = weyl.matmul(x, p), weyl.matmul(p, x)
      near(weyl.matmul(xp, x), x, 2000)
      near(weyl.matmul(px, p), p, 2000)
      near(adjoint(xp), xp, 2000)
      near(adjoint(px), px, 2000)
    end
  end)

  it("lstsq leaves a residual orthogonal to the columns", function()
    local a, b = random({ 6, 3 }, "f64"), random({ 6 }, "f64")
    local r = weyl.matmul(a, weyl.lstsq(a, b)) - b
    near(weyl.matmul(a:transpose(), r), weyl.zeros({ 3 }, "f64"), 500)
  end)

  it("equal values have no derivative of vectors, and no NaN", function()
    local function f(x)
      local w, v = weyl.eigh(x)
      return w:sum() + v:square():sum()
    end
    near(weyl.grad(f)(weyl.eye(3, 3, "f64")), weyl.eye(3, 3, "f64"))
  end)

  it("refuse NaN and Inf", function()
    local x = weyl.tensor { { { 2, 1 }, { 1, 2 } }, { { 1, 0 / 0 }, { 0, 1 } } }
    for _, name in ipairs { "eigh", "svd", "pinv", "expm", "logm", "inv",
      "qr" } do
      fails(name .. ": x[2] has NaN or Inf entries", weyl[name], x)
    end
    fails("pinv: rcond must be at least 0, got -1", weyl.pinv,
      weyl.ones { 2, 2 }, -1)
  end)
end)

describe("functions of a matrix", function()
  it("expm of a rotation's generator", function()
    for _, angle in ipairs { 1e-3, 0.1, 1, 3, 100 } do
      local c, s = math.cos(angle), math.sin(angle)
      local x = weyl.tensor({ { 0, -angle }, { angle, 0 } }, "f64")
      near(weyl.expm(x), weyl.tensor({ { c, -s }, { s, c } }, "f64"),
        20 * (1 + angle))
    end
  end)

  it("expm of large and of nilpotent matrices", function()
    local x = weyl.tensor({ { 0, 6, 0 }, { 0, 0, 4 }, { 0, 0, 0 } }, "f64")
    near(weyl.expm(x), weyl.tensor({ { 1, 6, 12 }, { 0, 1, 4 }, { 0, 0, 1 } },
      "f64"))
    near(weyl.expm(weyl.tensor({ { -800 } }, "f64")) * 0,
      weyl.zeros({ 1, 1 }, "f64"))
  end)

  it("logm undoes expm", function()
    each(4, 4, function(x)
      local y = x * 0.2
      near(weyl.logm(weyl.expm(y)), y, 500)
    end)
    local jordan = weyl.tensor({ { 2, 1 }, { 0, 2 } }, "f64")
    near(weyl.logm(jordan), weyl.tensor({ { math.log(2), 0.5 },
      { 0, math.log(2) } }, "f64"), 10)
  end)

  it("logm needs eigenvalues off the negative axis", function()
    fails("logm: x has no principal logarithm: its eigenvalue -1 lies on "
      .. "the closed negative real axis", weyl.logm, -weyl.eye(2))
    fails("logm: x has no principal logarithm: its eigenvalue 0 lies on "
      .. "the closed negative real axis", weyl.logm, weyl.zeros { 2, 2 })
  end)
end)
