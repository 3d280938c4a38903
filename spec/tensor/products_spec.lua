-- products_spec.lua: matmul, einsum and their relatives: values against
-- plain loops, and every message.

local weyl = require "weyl"

local function random(...) return weyl.normal({ ... }, 0, 1, "f64"):eval() end

local function fails(message, f, ...)
  local ok, text = pcall(f, ...)
  assert.is_false(ok)
  assert.equal(message, (text:gsub("^[^ ]*:%d+: ", "")))
end

local sizes = { a = 3, b = 2, c = 2, d = 3, i = 2, j = 3, k = 4, l = 2 }

-- One operand for each term of a formula.
local function operands(formula)
  local xs = {}
  for term in (formula:gsub("%->.*", "") .. ","):gmatch "(.-)," do
    local shape = {}
    for letter in term:gmatch "%a" do shape[#shape + 1] = sizes[letter] end
    xs[#xs + 1] = random(table.unpack(shape))
  end
  return xs
end

local function entry(values, term, at)
  for letter in term:gmatch "%a" do values = values[at[letter]] end
  return values
end

-- The sum that the formula means, over all values of all letters.
local function by_loops(formula, xs)
  local input, output = formula:match "(.*)%->(.*)"
  local letters, values, terms, sums = {}, {}, {}, {}
  for letter in input:gmatch "%a" do
    if not letters[letter] then
      letters[letter], letters[#letters + 1] = true, letter
    end
  end
  for term in (input .. ","):gmatch "(.-)," do terms[#terms + 1] = term end
  for i, x in ipairs(xs) do values[i] = x:totable() end
  local at = {}
  local function visit(n)
    if n <= #letters then
      for value = 1, sizes[letters[n]] do
        at[letters[n]] = value
        visit(n + 1)
      end
      return
    end
    local product = 1
    for i, term in ipairs(terms) do
      product = product * entry(values[i], term, at)
    end
    local key = output:gsub("%a", at)
    sums[key] = (sums[key] or 0) + product
  end
  visit(1)
  return sums, output
end

describe("einsum", function()
  weyl.seed(11)
  for _, formula in ipairs {
    "ij,jk->ik", "ij,kj->ik", "ji,jk->ki", "bij,bj->bi", "ij,ij->",
    "ij,ij->ij", "i,j->ij", "iij->j", "iii->i", "iji->j", "ii->", "abc->ca",
    "abc,bd,cd->a", "ijk,jil->kl", "ijkl,klij->", "ab,ab,ab->b", "ij,j->i",
    "ab,bc,cd,da->", "ab,c->", "kbi,kbj->jib", "bki,jb->ikj", "i,->i",
  } do
    it("computes " .. formula, function()
      local xs = operands(formula)
      local y = weyl.einsum(formula, xs)
      local sums, output = by_loops(formula, xs)
      local values, count = y:totable(), 0
      for key, sum in next, sums do -- the order does not matter
        local at, position = {}, 0
        for letter in output:gmatch "%a" do
          position = position + 1
          at[letter] = tonumber(key:sub(position, position))
        end
        local value = entry(values, output, at)
        assert.is_true(math.abs(value - sum) < 1e-12)
        count = count + 1
      end
      assert.equal(y.size, count)
    end)
  end

  it("implies an output in the order of letters", function()
    assert.same({ 3, 2 }, weyl.einsum("ba", { random(2, 3) }).shape)
    assert.same({}, weyl.einsum("ii", { random(2, 2) }).shape)
    assert.same({ 4, 2 }, weyl.einsum(" j i , j B ",
      { random(3, 2), random(3, 4) }).shape)
  end)

  it("says what is wrong with a formula", function()
    local x, y = random(2, 3), random(2, 3)
    fails("einsum: index j is 3 elsewhere, but dimension 1 of operand 2 is 2",
      weyl.einsum, "ij,jk->ik", { x, y })
    fails("einsum: the output of 'ij->im' has index m that no operand has",
      weyl.einsum, "ij->im", { x })
    fails("einsum: the output of 'ij->ii' has index i twice", weyl.einsum,
      "ij->ii", { x })
    fails("einsum: '.' in formula 'i.->i' is not an index letter",
      weyl.einsum, "i.->i", { x })
    fails("einsum: formula 'ij' has 1 term, got 2 operands", weyl.einsum,
      "ij", { x, y })
    fails("einsum: term 1 of 'ijk' has 3 indices, but operand 1 has shape "
      .. "[2, 3]", weyl.einsum, "ijk", { x })
    fails("einsum: formula 'ij->i->j' has two arrows", weyl.einsum,
      "ij->i->j", { x })
    fails("einsum: formula 'ij->i,j' has two outputs", weyl.einsum,
      "ij->i,j", { x })
    fails("einsum: formula '" .. (","):rep(16) .. "' has too many terms",
      weyl.einsum, (","):rep(16), { x })
    fails("einsum: formula 'abcdefghijklm' has a term with too many indices",
      weyl.einsum, "abcdefghijklm", { x })
    fails("einsum: operand 1 must be f32, f64, c64 or c128, got i64 "
      .. "(convert with :to'f32')", weyl.einsum, "i", { weyl.arange(3) })
    local wide = weyl.ones { 1, 1, 1, 1, 1, 1, 1 }
    fails("einsum: formula 'abcdefg,hijklmn' implies an output of too many "
      .. "dimensions", weyl.einsum, "abcdefg,hijklmn", { wide, wide })
    fails("einsum: formula 'abcdefg,hijklmn,abcdefg,hijklmn->' needs an "
      .. "intermediate of too many dimensions", weyl.einsum,
      "abcdefg,hijklmn,abcdefg,hijklmn->", { wide, wide, wide, wide })
  end)
end)

describe("matmul", function()
  it("takes vectors and batches as NumPy does", function()
    local function shape(x, y) return weyl.matmul(x, y).shape end
    assert.same({}, shape(random(3), random(3)))
    assert.same({ 2 }, shape(random(2, 3), random(3)))
    assert.same({ 4 }, shape(random(3), random(3, 4)))
    assert.same({ 5, 2 }, shape(random(5, 2, 3), random(3)))
    assert.same({ 5, 4 }, shape(random(3), random(5, 3, 4)))
    assert.same({ 6, 5, 2, 4 }, shape(random(6, 1, 2, 3), random(5, 3, 4)))
    assert.same({ { 0, 0 }, { 0, 0 } },
      weyl.matmul(weyl.zeros { 2, 0 }, weyl.zeros { 0, 2 }):totable())
  end)

  it("promotes floats and nothing else", function()
    local x = weyl.ones { 2, 2 }
    assert.equal("f64", weyl.matmul(x, random(2, 2)).dtype)
    assert.equal("c128", weyl.matmul(x, weyl.ones({ 2 }, "c128")).dtype)
    fails("matmul: x must be f32, f64, c64 or c128, got i64 "
      .. "(convert with :to'f32')", weyl.matmul, weyl.arange(2), x)
  end)

  it("names operands and dimensions that do not fit", function()
    fails("matmul: x [2, 3] and y [2, 3] do not fit: dimension 2 of x is 3, "
      .. "dimension 1 of y is 2", weyl.matmul, random(2, 3), random(2, 3))
    fails("matmul: the batches of x [4, 2, 3] and y [5, 3, 2] do not "
      .. "broadcast", weyl.matmul, random(4, 2, 3), random(5, 3, 2))
    fails("matmul: y must be a vector or matrix, got shape []", weyl.matmul,
      random(2, 3), 3)
  end)
end)

describe("parts and small products of matrices", function()
  it("compute", function()
    local x = weyl.arange(6):reshape(2, 3)
    assert.same({ { 1, 0, 0 }, { 4, 5, 0 } }, x:tril():totable())
    assert.same({ { 1, 2, 0 }, { 4, 5, 6 } }, x:tril(1):totable())
    assert.same({ { 0, 2, 3 }, { 0, 0, 6 } }, x:triu(1):totable())
    assert.same({ 1, 5 }, x:diag():totable())
    assert.same({ { 1, 0 }, { 0, 5 } }, x:diag():diag():totable())
    assert.equal(6, x:trace():item())
    assert.equal(14, weyl.dot(weyl.arange(3), weyl.arange(3)):item())
    assert.same({ { 1, 2 }, { 2, 4 } },
      weyl.outer(weyl.arange(2), weyl.arange(2)):totable())
    local a, b = weyl.tensor { { 1, 2 } }, weyl.tensor { { 3 }, { 4 } }
    assert.same({ { 3, 6 }, { 4, 8 } }, weyl.kron(a, b):totable())
  end)

  it("check shapes", function()
    fails("outer: x must be a vector, got shape [2, 3]", weyl.outer,
      random(2, 3), random(2))
    fails("dot: x [2] and y [3] do not fit: dimension 1 of x is 2, "
      .. "dimension 1 of y is 3", weyl.dot, random(2), random(3))
    fails("trace: x must be a matrix [.., m, n], got shape [3]", weyl.trace,
      random(3))
    fails("kron: y must be a matrix [.., m, n], got shape [2]", weyl.kron,
      random(2, 2), random(2))
  end)
end)
