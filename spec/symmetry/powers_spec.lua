-- powers_spec.lua: bases of symmetric, antisymmetric and traceless tensors,
-- held to their dimensions, to what defines the spaces and to characters.

local fails = require "spec.tensor.fails"
local harmonics = require "weyl.rep.harmonics"
local powers = require "weyl.rep.powers"
local weyl = require "weyl"

local function largest(x)
  return x.size > 0 and x:abs():max():item() or 0
end

local function eye(n) return weyl.eye(n):to "f64" end

local function choose(n, k)
  if k < 0 or k > n then return 0 end
  local c = 1
  for i = 1, k do c = c * (n - i + 1) // i end
  return c
end

local KINDS = {
  symmetric = function(d, n) return choose(d + n - 1, n) end,
  antisymmetric = choose,
  traceless = function(d, n)
    return choose(d + n - 1, n) - (n > 1 and choose(d + n - 3, n - 2) or 0)
  end,
}
local NAMES = { "symmetric", "antisymmetric", "traceless" }

local CASES = { { 1, 0 }, { 1, 1 }, { 1, 4 }, { 2, 0 }, { 2, 1 }, { 2, 2 },
  { 2, 7 }, { 3, 1 }, { 3, 2 }, { 3, 3 }, { 3, 6 }, { 4, 2 }, { 4, 4 },
  { 5, 3 }, { 6, 2 }, { 7, 1 }, { 12, 2 } }

local function each(f)
  for _, name in ipairs(NAMES) do
    for _, c in ipairs(CASES) do
      f(powers[name](c[1], c[2]), c[1], c[2], name)
    end
  end
end

-- Q (g (x) ... (x) g) [k, d^n], one index after the other: the first is
-- contracted and comes back as the last.
local function moved(Q, g, n)
  local k, d = Q.shape[1], g.shape[1]
  if k == 0 then return Q end
  for _ = 1, n do
    Q = Q:reshape(k, d, -1):transpose():matmul(g):reshape(k, -1)
  end
  return Q
end

local function matrix(seed, d)
  weyl.seed(seed)
  return weyl.normal({ d, d }, 0, 1, "f64")
end

local function orthogonal(seed, d)
  weyl.seed(seed)
  return weyl.orthogonal(d, d, "f64")
end

-- Characters of the n-th symmetric and antisymmetric power from those of
-- powers of g, by Newton's identities.
local function characters(g, n)
  local p, power = {}, eye(g.shape[1])
  for i = 1, n do
    power = power:matmul(g)
    p[i] = power:trace():item()
  end
  local h, e = { [0] = 1 }, { [0] = 1 }
  for m = 1, n do
    h[m], e[m] = 0, 0
    for i = 1, m do
      h[m] = h[m] + p[i] * h[m - i] / m
      e[m] = e[m] - (-1) ^ i * p[i] * e[m - i] / m
    end
  end
  return h, e
end

-- Two indices of a tensor exchanged, in rows [k, d^n].
local function exchanged(Q, d, n, i)
  local k = Q.shape[1]
  local left, right = d ^ (i - 1) // 1 | 0, d ^ (n - i - 1) // 1 | 0
  return Q:reshape(k, left, d, d, right):permute(1, 2, 4, 3, 5)
    :reshape(k, -1)
end

describe("a basis of tensors", function()
  it("has the dimension of its space", function()
    each(function(Q, d, n, name)
      assert.same({ KINDS[name](d, n), math.tointeger(d ^ n) }, Q.shape)
      assert.equal("f64", Q.dtype)
    end)
  end)

  it("is orthonormal", function()
    each(function(Q)
      assert.is_true(largest(Q:matmul(Q:transpose())
        - eye(Q.shape[1])) < 2e-15)
    end)
  end)

  it("has the symmetry of its name", function()
    each(function(Q, d, n, name)
      if Q.shape[1] == 0 then return end
      for i = 1, n - 1 do
        local sign = name == "antisymmetric" and -1 or 1
        assert.is_true(largest(exchanged(Q, d, n, i) - Q * sign) < 1e-16)
      end
      if name == "traceless" and n > 1 then
        local pairs_of = Q:reshape(Q.shape[1], d, d, -1):permute(1, 4, 2, 3)
        assert.is_true(largest(pairs_of:trace()) < 1e-15)
      end
    end)
  end)

  it("spans what every g leaves in place", function()
    each(function(Q, d, n, name)
      local g = name == "traceless" and orthogonal(1, d) or matrix(1, d)
      local R = moved(Q, g, n)
      local inside = R:matmul(Q:transpose()):matmul(Q)
      assert.is_true(largest(R - inside) <= 1e-14 * (1 + largest(R)))
    end)
  end)

  it("carries a representation", function()
    for _, name in ipairs(NAMES) do
      local make = name == "traceless" and orthogonal or matrix
      local g, h = make(2, 4), make(3, 4)
      for n = 0, 4 do
        local Q = powers[name](4, n)
        local function rho(a) return moved(Q, a, n):matmul(Q:transpose()) end
        local product = rho(g):matmul(rho(h))
        assert.is_true(largest(product - rho(g:matmul(h)))
          < 1e-13 * (1 + largest(product)))
      end
    end
  end)

  it("has the character of its space", function()
    for d = 1, 5 do
      local g, o = matrix(4, d), orthogonal(5, d)
      g = g * (2 / g:norm():item())
      local h, e = characters(g, 5)
      local ho = characters(o, 5)
      for n = 0, 5 do
        local function trace(name, a)
          local Q = powers[name](d, n)
          return (moved(Q, a, n) * Q):sum():item()
        end
        assert.near(h[n], trace("symmetric", g), 1e-13)
        assert.near(e[n], trace("antisymmetric", g), 1e-13)
        assert.near(ho[n] - (ho[n - 2] or 0), trace("traceless", o), 1e-13)
      end
    end
  end)

  it("comes in lexicographic order", function()
    local s, a = math.sqrt(1 / 2), math.sqrt(1 / 6)
    local function near(expected, Q)
      assert.is_true(largest(Q - weyl.tensor(expected, "f64")) < 1e-15)
    end
    near({ { 1, 0, 0, 0 }, { 0, s, s, 0 }, { 0, 0, 0, 1 } },
      powers.symmetric(2, 2))
    near({ { 0, s, 0, -s, 0, 0, 0, 0, 0 }, { 0, 0, s, 0, 0, 0, -s, 0, 0 },
      { 0, 0, 0, 0, 0, s, 0, -s, 0 } }, powers.antisymmetric(3, 2))
    near({ { s, 0, 0, 0, -s, 0, 0, 0, 0 }, { 0, s, 0, s, 0, 0, 0, 0, 0 },
      { 0, 0, s, 0, 0, 0, s, 0, 0 }, { 0, 0, 0, 0, 0, s, 0, s, 0 },
      { -a, 0, 0, 0, -a, 0, 0, 0, 2 * a } }, powers.traceless(3, 2))
    for d = 1, 5 do
      for _, name in ipairs(NAMES) do
        assert.equal(0, largest(powers[name](d, 1) - eye(d)))
      end
    end
  end)
end)

describe("antisymmetric tensors", function()
  it("of full rank are the determinant", function()
    for d = 1, 5 do
      local g, Q = matrix(6, d), powers.antisymmetric(d, d)
      assert.same({ 1, math.tointeger(d ^ d) }, Q.shape)
      assert.near(g:det():item(), (moved(Q, g, d) * Q):sum():item(), 1e-13)
    end
  end)

  it("of rank 2 are minors", function()
    local g, Q = matrix(7, 4), powers.antisymmetric(4, 2)
    local rho = Q:matmul(weyl.kron(g, g)):matmul(Q:transpose()):totable()
    local t, row = g:totable(), 0
    for i = 1, 4 do
      for j = i + 1, 4 do
        row = row + 1
        local column = 0
        for k = 1, 4 do
          for l = k + 1, 4 do
            column = column + 1
            assert.near(t[i][k] * t[j][l] - t[i][l] * t[j][k],
              rho[row][column], 1e-14)
          end
        end
      end
    end
  end)
end)

describe("traceless tensors", function()
  -- Q x^n for all points: polynomials.
  local function polynomials(Q, x, n)
    local power = weyl.ones({ x.shape[1], 1 }, "f64")
    for _ = 1, n do
      power = (power:unsqueeze(3) * x:unsqueeze(2)):reshape(x.shape[1], -1)
    end
    return power:matmul(Q:transpose())
  end

  it("are solid harmonics in space", function()
    weyl.seed(8)
    local x = weyl.normal({ 6, 3 }, 0, 1, "f64")
    for l = 0, 6 do
      local order = {}
      for m = l, 1, -1 do
        order[#order + 1] = l + 1 + m
        order[#order + 1] = l + 1 - m
      end
      order[#order + 1] = l + 1
      local Y = harmonics.solid_harmonics(l, x, { normalisation = "component" })
        :take(weyl.tensor(order, "i64"), 2)
      local p = polynomials(powers.traceless(3, l), x, l)
      -- |x^n|^2 has the share n! / (2n + 1)!! / (2l + 1) of each
      local scale = 1
      for i = 1, l do scale = scale * (2 * i + 1) / i end
      assert.is_true(largest(p * math.sqrt(scale) - Y)
        < 1e-14 * (1 + largest(Y)), l)
    end
  end)

  it("are circular harmonics in the plane", function()
    weyl.seed(9)
    local x = weyl.normal({ 6, 2 }, 0, 1, "f64")
    for k = 1, 8 do
      local h = harmonics.circular_harmonics(k, x)
      local p = polynomials(powers.traceless(2, k), x, k) * 2 ^ ((k - 1) / 2)
      assert.is_true(largest(p - h) < 1e-14 * (1 + largest(h)), k)
    end
  end)

  it("are none above rank 1 on a line", function()
    assert.same({ 0, 1 }, powers.traceless(1, 2).shape)
    assert.same({ 0, 1 }, powers.traceless(1, 9).shape)
    assert.same({ { 1.0 } }, powers.traceless(1, 1):totable())
  end)

  -- Symmetric tensors are traceless ones and the metric times traceless ones
  -- of rank n - 2, n - 4 ...
  it("and the metric make all symmetric tensors", function()
    for _, c in ipairs { { 2, 4 }, { 3, 4 }, { 4, 3 }, { 5, 2 } } do
      local d, n = c[1], c[2]
      local S = powers.symmetric(d, n)
      local project = S:transpose():matmul(S)
      local rows = {}
      for m = n, 0, -2 do
        local Q = powers.traceless(d, m)
        for _ = 1, (n - m) // 2 do
          Q = (Q:unsqueeze(3) * eye(d):reshape(1, 1, d * d))
            :reshape(Q.shape[1], -1)
        end
        local inside = Q:matmul(project)
        rows[#rows + 1] = inside / inside:norm(2, true)
      end
      local T = weyl.concat(rows)
      assert.same(S.shape, T.shape)
      assert.is_true(largest(T:matmul(T:transpose()) - eye(T.shape[1]))
        < 4e-15)
    end
  end)
end)

describe("a basis of tensors", function()
  it("rejects what is no rank or too large", function()
    fails("powers.symmetric: argument 'd' must be an integer >= 1, got 0",
      function() powers.symmetric(0, 2) end)
    fails("powers.antisymmetric: argument 'n' must be an integer >= 0, got "
      .. "-1", function() powers.antisymmetric(3, -1) end)
    fails("powers.traceless: argument 'n' must be an integer >= 0, got 1.5",
      function() powers.traceless(3, 1.5) end)
    fails("powers.symmetric: d = 10 and n = 6 take 5005000000 "
      .. "numbers, the most is 16777216",
      function() powers.symmetric(10, 6) end)
    fails("powers.antisymmetric: d = 8 and n = 8 take 134217728 "
      .. "numbers, the most is 16777216",
      function() powers.antisymmetric(8, 8) end)
    fails("powers.traceless: d = 100 and n = 3 take 171600000000 "
      .. "numbers, the most is 16777216",
      function() powers.traceless(100, 3) end)
  end)

  it("reaches high ranks", function()
    local Q = powers.traceless(3, 10)
    assert.same({ 21, 59049 }, Q.shape)
    assert.is_true(largest(Q:matmul(Q:transpose()) - eye(21)) < 1e-14)
  end)
end)
