-- group/matrix.lua: small square matrices as nested tables, for generators.

local matrix = {}

---@alias weyl.matrix number[][] rows

---n x n zeros.
---@param n integer
---@return weyl.matrix
function matrix.zeros(n)
  local m = {}
  for i = 1, n do
    m[i] = {}
    for j = 1, n do m[i][j] = 0.0 end
  end
  return m
end

---A copy, with all numbers as floats.
---@param m number[][]
---@return weyl.matrix
function matrix.copy(m)
  local out = {}
  for i, row in ipairs(m) do
    out[i] = {}
    for j, x in ipairs(row) do out[i][j] = x * 1.0 end
  end
  return out
end

---The identity with entry [i, i] replaced by x.
---@param n integer
---@param i integer
---@param x number
---@return weyl.matrix
function matrix.flipped(n, i, x)
  local m = matrix.zeros(n)
  for k = 1, n do m[k][k] = k == i and x or 1.0 end
  return m
end

---The zero matrix but for one entry or two, each given as { row, col, x }.
---@param n integer
---@param first [integer, integer, number]
---@param second? [integer, integer, number]
---@return weyl.matrix
function matrix.entries(n, first, second)
  local m = matrix.zeros(n)
  m[first[1]][first[2]] = first[3]
  if second then m[second[1]][second[2]] = second[3] end
  return m
end

---The matrix that moves entry j of a vector to place to[j].
---@param to integer[] a permutation
---@return weyl.matrix
function matrix.permutation(to)
  local m = matrix.zeros(#to)
  for j, i in ipairs(to) do m[i][j] = 1.0 end
  return m
end

---The function that puts a matrix on the given axes of d, with `rest` on the
---diagonal elsewhere.
---@param d integer
---@param axes integer[]
---@param rest number 1 for elements of a group, 0 for those of an algebra
---@return fun(m: weyl.matrix): weyl.matrix
function matrix.embedding(d, axes, rest)
  return function(m)
    local out = matrix.zeros(d)
    for i = 1, d do out[i][i] = rest end
    for i, a in ipairs(axes) do
      for j, b in ipairs(axes) do out[a][b] = m[i][j] end
    end
    return out
  end
end

---Minus the identity.
---@param n integer
---@return weyl.matrix
function matrix.inversion(n)
  local m = matrix.zeros(n)
  for i = 1, n do m[i][i] = -1.0 end
  return m
end

---The identity with entries first..last of the diagonal replaced by x.
---@param n integer
---@param first integer
---@param last integer
---@param x number
---@return weyl.matrix
function matrix.signs(n, first, last, x)
  local m = matrix.flipped(n, 0, 1.0)
  for i = first, last do m[i][i] = x end
  return m
end

---The integers first, ..., last.
---@param first integer
---@param last integer
---@return integer[]
function matrix.range(first, last)
  local list = {}
  for i = first, last do list[#list + 1] = i end
  return list
end

---The turning of every plane of axes first..last of n.
---@param n integer
---@param first integer
---@param last integer
---@return weyl.matrix[]
function matrix.rotations(n, first, last)
  local out = {}
  for j = first + 1, last do
    for i = first, j - 1 do
      out[#out + 1] = matrix.entries(n, { j, i, 1.0 }, { i, j, -1.0 })
    end
  end
  return out
end

---The Kronecker product of a and b.
---@param a weyl.matrix
---@param b weyl.matrix
---@return weyl.matrix
function matrix.kron(a, b)
  local n, out = #b, {}
  for i = 1, #a * n do
    out[i] = {}
    local ra, rb = a[(i - 1) // n + 1], b[(i - 1) % n + 1]
    for j = 1, #a * n do
      out[i][j] = ra[(j - 1) // n + 1] * rb[(j - 1) % n + 1]
    end
  end
  return out
end

---The real matrix of x + iy on (re z, im z): [[x, -y], [y, x]].
---@param x weyl.matrix
---@param y weyl.matrix
---@return weyl.matrix
function matrix.realified(x, y)
  local n, out = #x, {}
  for i = 1, n do
    out[i], out[n + i] = {}, {}
    for j = 1, n do
      out[i][j], out[i][n + j] = x[i][j], -y[i][j]
      out[n + i][j], out[n + i][n + j] = y[i][j], x[i][j]
    end
  end
  return out
end

---One matrix for every pair i < j, made by f(i, j).
---@param n integer
---@param f fun(i: integer, j: integer): weyl.matrix
---@return weyl.matrix[]
function matrix.pairs(n, f)
  local out = {}
  for j = 2, n do
    for i = 1, j - 1 do out[#out + 1] = f(i, j) end
  end
  return out
end

return matrix
