-- graphs.lua: random graphs with known values.
--
-- All elements are small whole numbers, so every operation used here is exact
-- in every dtype and whatever the order of its sums: the fused evaluation,
-- one evaluation per operation and the slow reference must agree in every
-- bit. What grows too large is wrapped back.
--
-- A node holds `lazy`, a tensor that nobody has asked for; `step`, the same
-- computed on its own from computed inputs; `slow`, the reference's array.

local reference = require "spec.tensor.reference"
local weyl = require "weyl"

local LIMIT = 300   -- of moduli; products of two, summed, stay exact in f32
local ELEMENTS = 400 -- of an array

---@class weyl.spec.node
---@field kind string its dtype
---@field lazy weyl.tensor
---@field step weyl.tensor
---@field slow weyl.spec.array
---@field f function from tensors, of which it was made
---@field from integer[] the nodes it was made of
---@field text string how it was made
---@field large? boolean

---@class weyl.spec.graph
---@field nodes weyl.spec.node[]
local graph = {}
graph.__index = graph

-- ---- choices: a generator of its own (xorshift64), so that neither Lua's
-- nor weyl's random numbers matter ----

function graph:random(n)
  local s = self.state
  s = s ~ s << 13
  s = s ~ s >> 7
  s = s ~ s << 17
  self.state = s
  return (s >> 33) % n + 1
end

function graph:pick(list) return list[self:random(#list)] end

-- ---- nodes ----

local function is_complex(kind) return kind == "c64" or kind == "c128" end
local function is_float(kind) return kind ~= "i64" and kind ~= "bool" end
local function is_real(kind) return kind == "f32" or kind == "f64" end
local function is_number(kind) return kind ~= "bool" end
local function is_ordered(kind) return is_real(kind) or kind == "i64" end

local function size_of(slow)
  local worst = 0
  for _, v in ipairs(slow) do
    if type(v) == "boolean" then return 0 end
    worst = math.max(worst, reference.abs(v))
  end
  return worst
end

-- Adds the node of f over args; f serves tensors, r arrays.
function graph:add(name, args, f, r)
  local lazy, step, slow, from = {}, {}, {}, {}
  for i, a in ipairs(args) do
    lazy[i], step[i], slow[i] = a.lazy, a.step, a.slow
    from[i] = a.index
  end
  local node = { lazy = f(table.unpack(lazy)), f = f, from = from,
    step = f(table.unpack(step)):eval(), slow = r(table.unpack(slow)) }
  node.kind = node.lazy.dtype
  node.index = #self.nodes + 1
  node.text = ("%d: %s(%s) %s [%s]"):format(node.index, name,
    table.concat(from, ", "), node.kind, table.concat(node.lazy.shape, ", "))
  self.nodes[node.index] = node
  return node
end

---The tensors of all nodes, built again from other leaves.
---@param leaves weyl.tensor[] as many as nodes without inputs, in their order
---@return weyl.tensor[]
function graph:replay(leaves)
  local made, next_leaf = {}, 0
  for i, node in ipairs(self.nodes) do
    local args = {}
    for k, from in ipairs(node.from) do args[k] = made[from] end
    if #args == 0 then
      next_leaf = next_leaf + 1
      made[i] = leaves[next_leaf]
    else
      made[i] = node.f(table.unpack(args))
    end
  end
  return made
end

-- A node of a kind that ok accepts, a late one for preference; or nil. One
-- that is large serves to be wrapped, no more.
function graph:choose(ok)
  for _ = 1, 8 do
    local n = #self.nodes
    local node = self.nodes[n + 1 - math.min(self:random(n), self:random(n))]
    if ok(node.kind) and not node.large then return node end
  end
end

-- Values of a dtype from whole numbers.
local function converter(kind)
  if is_complex(kind) then
    return function(v)
      return type(v) == "table" and v or reference.complex(v + 0.0)
    end
  end
  if kind == "i64" then return function(v) return math.tointeger(v) end end
  return function(v) return v + 0.0 end
end

local function mapper(f)
  return function(...) return reference.map(f, ...) end
end

-- x mod 13, less 6, of both parts of a complex number.
function graph:wrap(x)
  local function short(v) return v % 13 - 6 end
  if is_complex(x.kind) then
    return self:add("wrap", { x }, function(t)
      return weyl.complex(t:real() % 13 - 6, t:imag() % 13 - 6)
    end, mapper(function(z)
      return reference.complex(short(z.re), short(z.im))
    end))
  end
  return self:add("wrap", { x }, function(t) return t % 13 - 6 end,
    mapper(short))
end

function graph:leaf()
  local shape, kind = {}, self.kind
  local skip = self:random(6) == 1 and self:random(#self.base + 1) - 1 or 0
  for i = skip + 1, #self.base do
    shape[#shape + 1] = self:random(4) == 1 and 1 or self.base[i]
  end
  if self:random(5) == 1 then kind = self:pick { "f32", "f64", "i64" } end
  local as = converter(kind)
  local slow = reference.build(shape, function()
    local re = self:random(13) - 7
    if is_complex(kind) then
      return reference.complex(re + 0.0, self:random(13) - 7.0)
    end
    return as(re)
  end)
  local t = reference.tensor(slow, kind):eval()
  return self:add("leaf", {}, function() return t end,
    function() return slow end)
end

-- ---- the catalogue: each returns a node, or nil when it finds no use ----

local catalogue = {}

local unary = {
  { "neg", is_number, function(v) return -v end },
  { "square", is_number, function(v) return v * v end },
  { "abs", is_number, function(v)
    return type(v) == "table" and nil or math.abs(v)
  end, is_ordered },
  { "sign", is_ordered, function(v)
    local s = v > 0 and 1 or v < 0 and -1 or 0
    return math.type(v) == "integer" and s or s + 0.0
  end },
  { "relu", is_real, function(v) return math.max(v, 0.0) end },
  { "conj", is_complex, reference.conj },
  { "real", is_complex, function(v) return v.re end },
  { "imag", is_complex, function(v) return v.im end },
}

function catalogue.unary(g)
  local name, ok, f, only = table.unpack(g:pick(unary))
  local x = g:choose(only or ok)
  return x and g:add(name, { x }, weyl[name], mapper(f))
end

-- Rounded, for sin(k) is never near a half of an eighth for |k| <= 300.
function catalogue.wave(g)
  local x = g:choose(is_real)
  return x and g:add("wave", { x },
    function(t) return (t:sin() * 8):round() end,
    mapper(function(v) return math.floor(math.sin(v) * 8 + 0.5) + 0.0 end))
end

function catalogue.scalar(g)
  local x, k = g:choose(is_number), g:random(5) - 3
  if not x then return end
  local c = converter(x.kind)(k)
  if g:random(2) == 1 then
    return g:add("scale " .. k, { x }, function(t) return t * k end,
      mapper(function(v) return v * c end))
  end
  return g:add("from " .. k, { x }, function(t) return k - t end,
    mapper(function(v) return c - v end))
end

local function broadcasts(x, y)
  local a, b = x.slow.shape, y.slow.shape
  for i = 0, math.min(#a, #b) - 1 do
    local p, q = a[#a - i], b[#b - i]
    if p ~= q and p ~= 1 and q ~= 1 then return false end
  end
  return reference.count(reference.broadcast { x.slow, y.slow }) <= ELEMENTS
end

-- Two nodes whose shapes broadcast, of kinds that mix; or nil.
function graph:pair(ok)
  local x = self:choose(ok)
  for _ = 1, x and 8 or 0 do
    local y = self:choose(ok)
    if y and is_float(x.kind) == is_float(y.kind)
        and (x.kind == "bool") == (y.kind == "bool") and broadcasts(x, y) then
      return x, y
    end
  end
end

local binary = {
  { "add", is_number, function(a, b) return a + b end },
  { "sub", is_number, function(a, b) return a - b end },
  { "mul", is_number, function(a, b) return a * b end },
  { "maximum", is_ordered, math.max }, { "minimum", is_ordered, math.min },
  { "eq", is_ordered, function(a, b) return a == b end },
  { "lt", is_ordered, function(a, b) return a < b end },
  { "ge", is_ordered, function(a, b) return a >= b end },
  { "logical_and", function(kind) return kind == "bool" end,
    function(a, b) return a and b end },
  { "logical_xor", function(kind) return kind == "bool" end,
    function(a, b) return a ~= b end },
}

function catalogue.binary(g)
  local name, ok, f = table.unpack(g:pick(binary))
  local x, y = g:pair(ok)
  return x and g:add(name, { x, y }, weyl[name], mapper(f))
end

function catalogue.where(g)
  local c = g:choose(function(kind) return kind == "bool" end)
  local x, y = g:pair(is_number)
  if not (c and x and broadcasts(c, x) and broadcasts(c, y)) then return end
  local as = converter((x.lazy + y.lazy).dtype)
  return g:add("where", { c, x, y }, weyl.where,
    mapper(function(p, a, b) return as(p and a or b) end))
end

function catalogue.cast(g)
  local x = g:choose(is_ordered)
  local kind = g:pick { "f32", "f64", "i64", "bool" }
  if not x then return end
  local as = kind == "bool" and function(v) return v ~= 0 end
    or converter(kind)
  return g:add("to " .. kind, { x }, function(t) return t:to(kind) end,
    mapper(as))
end

-- ---- reductions ----

function graph:some_dims(rank)
  local dims = {}
  for d = 1, rank do
    if self:random(2) == 1 then dims[#dims + 1] = d end
  end
  return dims
end

local function fold(f)
  return function(list)
    local value = list[1]
    for i = 2, #list do value = f(value, list[i]) end
    return value
  end
end

local reductions = {
  { "sum", is_number, fold(function(a, b) return a + b end) },
  { "max", is_ordered, fold(math.max) }, { "min", is_ordered, fold(math.min) },
  { "any", function(kind) return kind == "bool" end,
    fold(function(a, b) return a or b end) },
  { "all", function(kind) return kind == "bool" end,
    fold(function(a, b) return a and b end) },
}

function catalogue.reduce(g)
  local name, ok, f = table.unpack(g:pick(reductions))
  local x = g:choose(ok)
  if not x then return end
  local dims, keep = g:some_dims(x.lazy.rank), g:random(2) == 1
  return g:add(("%s {%s}"):format(name, table.concat(dims, ",")), { x },
    function(t) return weyl[name](t, dims, keep) end,
    function(s) return reference.reduce(f, s, dims, keep) end)
end

-- ---- views and moves; at(index) of the result -> index of the input ----

function graph:reread(name, x, f, shape, at)
  return self:add(name, { x }, f, function(s)
    return reference.build(shape, function(index)
      return s[reference.position(s.shape, at(index))]
    end)
  end)
end

local function copy(list) return table.move(list, 1, #list, 1, {}) end
local function any() return true end

function catalogue.permute(g)
  local x = g:choose(any)
  if not x then return end
  local order, shape = {}, {}
  for d = 1, x.lazy.rank do table.insert(order, g:random(d), d) end
  for i, d in ipairs(order) do shape[i] = x.lazy.shape[d] end
  return g:reread("permute", x, function(t) return t:permute(order) end,
    shape, function(index)
      local own = {}
      for i, d in ipairs(order) do own[d] = index[i] end
      return own
    end)
end

function catalogue.slice(g)
  local x = g:choose(any)
  if not x then return end
  if x.lazy.rank == 0 then return end
  local d, shape = g:random(x.lazy.rank), x.lazy.shape
  local n = shape[d]
  local first, last, step = g:random(n), g:random(n), g:random(3)
  if first > last then step = -step end
  shape[d] = (last - first) // step + 1
  return g:reread(("slice %d %d..%d by %d"):format(d, first, last, step), x,
    function(t) return t:slice(d, first, last, step) end, shape,
    function(index)
      local own = copy(index)
      own[d] = first + (index[d] - 1) * step
      return own
    end)
end

function catalogue.flip(g)
  local x = g:choose(any)
  if not x then return end
  local dims, shape = g:some_dims(x.lazy.rank), x.lazy.shape
  return g:reread("flip", x, function(t) return t:flip(dims) end, shape,
    function(index)
      local own = copy(index)
      for _, d in ipairs(dims) do own[d] = shape[d] + 1 - index[d] end
      return own
    end)
end

function catalogue.broadcast(g)
  local x = g:choose(any)
  if not x then return end
  local shape = x.lazy.shape
  for d, n in ipairs(shape) do if n == 1 then shape[d] = g:random(3) end end
  if #shape < 4 and g:random(2) == 1 then table.insert(shape, 1, 2) end
  if reference.count(shape) > ELEMENTS then return end
  return g:add("broadcast", { x },
    function(t) return t:broadcast_to(shape) end,
    function(s)
      return reference.build(shape, function(i) return reference.at(s, i) end)
    end)
end

-- The same elements in another shape.
function graph:reshaped(name, x, shape)
  return self:add(name, { x }, function(t) return t:reshape(shape) end,
    function(s)
      local r = copy(s)
      r.shape = shape
      return r
    end)
end

function catalogue.reshape(g)
  local x = g:choose(any)
  if not x then return end
  local shape = x.lazy.shape
  if #shape > 1 and g:random(2) == 1 then
    local d = g:random(#shape - 1)
    shape[d] = shape[d] * table.remove(shape, d + 1)
  elseif #shape < 4 then
    table.insert(shape, g:random(#shape + 1), 1)
  end
  return g:reshaped("reshape", x, shape)
end

function catalogue.concat(g)
  local x = g:choose(any)
  if not x then return end
  if x.lazy.rank == 0 or 2 * #x.slow > ELEMENTS then return end
  local d, shape = g:random(x.lazy.rank), x.lazy.shape
  local n = shape[d]
  shape[d] = 2 * n
  return g:reread("concat " .. d, x, function(t)
    return weyl.concat({ t, t:flip { d } }, d)
  end, shape, function(index)
    local own = copy(index)
    if index[d] > n then own[d] = 2 * n + 1 - index[d] end
    return own
  end)
end

function catalogue.roll(g)
  local x = g:choose(any)
  if not x then return end
  if x.lazy.rank == 0 then return end
  local d, shift = g:random(x.lazy.rank), g:random(5) - 3
  local shape = x.lazy.shape
  return g:reread("roll", x, function(t) return t:roll(shift, d) end, shape,
    function(index)
      local own = copy(index)
      own[d] = (index[d] - 1 - shift) % shape[d] + 1
      return own
    end)
end

function catalogue.diag(g)
  local x = g:choose(is_number)
  local shape = x and x.lazy.shape or {}
  if #shape < 2 then return end
  shape[#shape - 1] = math.min(shape[#shape - 1], table.remove(shape))
  return g:reread("diag", x, weyl.diag, shape, function(index)
    local own = copy(index)
    own[#own + 1] = index[#index]
    return own
  end)
end

function catalogue.take(g)
  local x = g:choose(any)
  if not x then return end
  if x.lazy.rank == 0 then return end
  local d, list = g:random(x.lazy.rank), {}
  local shape = x.lazy.shape
  for k = 1, g:random(4) do list[k] = g:random(shape[d]) end
  shape[d] = #list
  local index_of = weyl.tensor(list, "i64")
  return g:reread("take", x, function(t) return t:take(index_of, d) end,
    shape, function(index)
      local own = copy(index)
      own[d] = list[index[d]]
      return own
    end)
end

-- ---- products ----

-- x' x, x x', or x times a fresh leaf, so that shapes fit.
function catalogue.matmul(g)
  local x = g:choose(is_float)
  if not x or x.lazy.rank < 2 then return end
  local shape = x.lazy.shape
  local r = #shape
  local order = copy(shape)
  for d = 1, r do order[d] = d end
  order[r - 1], order[r] = r, r - 1
  local turned = g:reread("transpose", x,
    function(t) return t:permute(order) end,
    (function()
      local s = copy(shape)
      s[r - 1], s[r] = s[r], s[r - 1]
      return s
    end)(), function(index)
      local own = copy(index)
      own[r - 1], own[r] = own[r], own[r - 1]
      return own
    end)
  local a, b = x, turned
  if g:random(2) == 1 then a, b = b, a end
  return g:add("matmul", { a, b }, weyl.matmul, reference.matmul)
end

function catalogue.leaf(g) return g:leaf() end

local names = {}
for name in reference.sorted(catalogue) do names[#names + 1] = name end

---A graph of about `count` operations; the seed determines it.
---@param seed integer
---@param kind weyl.dtype
---@param count integer
---@return weyl.spec.graph
return function(seed, kind, count)
  local g = setmetatable({ nodes = {}, kind = kind, base = {},
    state = seed * 0x9E3779B97F4A7C15 | 1 }, graph)
  for _ = 1, 4 do g:random(2) end
  for i = 1, g:random(4) do g.base[i] = g:random(5) end
  g:leaf()
  for _ = 1, count do
    local node = catalogue[g:pick(names)](g)
    if node and size_of(node.slow) > LIMIT then
      node.large = true
      g:wrap(node)
    end
  end
  return g
end
