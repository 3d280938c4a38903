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
