-- group/combine.lua: groups made of groups.
--
-- What is made hands on what its parts know: uniform samplers, membership,
-- order. All of it is asked for only when needed.

local algebra = require "weyl.group.algebra"
local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"
local limit = require "weyl.group.limit"
local matrix = require "weyl.group.matrix"
local member = require "weyl.group.member"
local sample = require "weyl.group.sample"

---@class weyl.group
local Group = class.methods

local combine = {}

local function append(to, list) table.move(list, 1, #list, #to + 1, to) end

local function mapped(list, f)
  local out = {}
  for i, x in ipairs(list) do out[i] = f(x) end
  return out
end

-- ---- some axes of a larger space ----

-- The matrix [d, k] that carries axis i to axes[i], and the projector onto
-- the other axes.
local function placing(d, axes)
  local e = core.eye(d, d, "f64")
    :take(core.tensor(axes, "i64"), 2)
  local rest = core.eye(d, d, "f64") - e:matmul(e:transpose())
  return e:eval(), rest:eval()
end

-- What is known of g on the given axes of d.
local function known_embedded(g, d, axes)
  local e, rest = placing(d, axes)
  local function place(h) return e:matmul(h):matmul(e:transpose()) + rest end
  return {
    sampler = function()
      local draw = sample.uniform(g)
      return draw and function(stream, n)
        return place(draw(stream, n)):eval()
      end
    end,
    member = function(h, tol)
      local inner = e:transpose():matmul(h):matmul(e):eval()
      if not member.equal(h, place(inner), tol) then return false end
      return member.test(g, inner, tol)
    end,
    order = function(bound) return finite.order(g, bound) end,
  }
end

---The group acting on some axes of a larger space, the others at rest.
---@param d integer dimension of the larger space
---@param axes integer[] as many as the group's dimension, 1-based, distinct
---@return weyl.group
function Group:embed(d, axes)
  class.receiver("embed", self)
  check.arg(check.whole(d, self.d), "group:embed", "d",
    ("an integer >= %d"):format(self.d), d)
  d = math.tointeger(d) --[[@as integer]]
  limit.generators("group:embed", ("d = %d"):format(d), d,
    #self.lie + #self.discrete)
  check.arg(type(axes) == "table" and #axes == self.d, "group:embed", "axes",
    ("a table of %d axes"):format(self.d), axes)
  local seen = {}
  for _, a in ipairs(axes) do
    check.arg(check.whole(a, 1) and a <= d and not seen[a], "group:embed",
      "axes", ("distinct integers from 1 to %d"):format(d), a)
    seen[a] = true
  end
  local known = known_embedded(self, d, axes)
  if self.haar then known.sampler = nil end -- the engine embeds those itself
  return class.new { d = d, scale = self.scale, haar = self.haar,
    name = ("%s on axes %s of %d"):format(self.name, table.concat(axes, ","),
      d), known = known,
    lie = mapped(self.lie, matrix.embedding(d, axes, 0.0)),
    discrete = mapped(self.discrete, matrix.embedding(d, axes, 1.0)),
    axes = self.axes and mapped(self.axes, function(a) return axes[a] end) }
end

-- ---- several groups ----

-- The list, checked, as a table of its own.
local function read_groups(func, list)
  local is_list = type(list) == "table" and not class.is_group(list)
  check.arg(is_list, func, "list", "a table of groups", list)
  if #list == 0 then
    check.fail("%s: argument 'list' must be a table of groups, got %s", func,
      next(list) == nil and "an empty table" or "a table without any")
  end
  local out = {}
  for i, g in ipairs(list) do
    check.arg(class.is_group(g), func, "list", "a table of groups", g)
    out[i] = g
  end
  return out
end

-- The number of generators of all groups.
local function count_generators(list)
  local count = 0
  for _, g in ipairs(list) do count = count + #g.lie + #g.discrete end
  return count
end

local function names_of(list, form)
  return form:format(table.concat(mapped(list, tostring), ", "))
end

---See group.union.
---@param list weyl.group[]
---@return weyl.group
function combine.union(list)
  list = read_groups("group.union", list)
  limit.generators("group.union", "the union", list[1].d,
    count_generators(list))
  local all = { lie = {}, discrete = {}, scale = {} }
  for i, g in ipairs(list) do
    if g.d ~= list[1].d then
      check.fail("group.union: group %d acts on dimension %d, group 1 on %d",
        i, g.d, list[1].d)
    end
    append(all.lie, mapped(g.lie, matrix.copy))
    append(all.discrete, mapped(g.discrete, matrix.copy))
    append(all.scale, g.scale)
  end
  all.d = list[1].d
  all.name = table.concat(mapped(list, tostring), " x ")
  return class.new(all)
end

-- The product of the factors' orders; nil and why when one is not known.
local function product_order(list)
  return function(bound)
    local order = 1
    for _, g in ipairs(list) do
      local n, why = finite.order(g, bound)
      if not n then return nil, why end
      local both = order * n
      if math.type(both) == "integer" and order > math.maxinteger // n then
        both = order * 1.0 * n
      end
      order = both
    end
    return order
  end
end

-- Uniform samplers of all groups; nil when one of them has none.
local function samplers(list)
  local draws = {}
  for i, g in ipairs(list) do
    draws[i] = sample.uniform(g)
    if not draws[i] then return nil end
  end
  return draws
end

-- Samples and membership of a direct product from those of its factors, each
-- on its axes; the parts of an element are its blocks.
local function known_direct(list, d, factors)
  local on_axes = {}
  for i, f in ipairs(factors) do
    local e, rest = placing(d, matrix.range(f.first, f.last))
    on_axes[i] = { e = e, rest = rest }
  end
  local function blocks(h)
    local parts, all = {}, core.zeros({ d, d }, "f64")
    for i, at in ipairs(on_axes) do
      parts[i] = at.e:transpose():matmul(h):matmul(at.e):eval()
      all = all + at.e:matmul(parts[i]):matmul(at.e:transpose())
    end
    return parts, all
  end
  return {
    sampler = function()
      local draws = samplers(list)
      return draws and function(stream, n)
        local all = core.zeros({ d, d }, "f64")
        for i, at in ipairs(on_axes) do
          all = all + at.e:matmul(draws[i](stream, n))
            :matmul(at.e:transpose())
        end
        return all:eval()
      end
    end,
    member = function(h, tol)
      local parts, all = blocks(h)
      if not member.equal(h, all, tol) then return false end
      return member.all(list, parts, tol)
    end,
    order = product_order(list),
  }
end

---See group.direct.
---@param list weyl.group[]
---@return weyl.group
function combine.direct(list)
  list = read_groups("group.direct", list)
  local d, factors = 0, {}
  for i, g in ipairs(list) do
    factors[i] = { first = d + 1, last = d + g.d, group = g }
    d = d + g.d
  end
  limit.generators("group.direct", "the product", d, count_generators(list))
  local all = { d = d, lie = {}, discrete = {}, scale = {},
    factors = factors, name = names_of(list, "direct(%s)"),
    known = known_direct(list, d, factors) }
  for _, f in ipairs(factors) do
    local axes = matrix.range(f.first, f.last)
    append(all.lie, mapped(f.group.lie, matrix.embedding(d, axes, 0.0)))
    append(all.discrete,
      mapped(f.group.discrete, matrix.embedding(d, axes, 1.0)))
    append(all.scale, f.group.scale)
  end
  return class.new(all)
end

-- ---- the tensor product of the spaces ----

-- Whether all elements have determinant +-1.
local function is_unimodular(g)
  for _, a in ipairs(g.lie) do
    local trace, size = 0, 0
    for i, row in ipairs(a) do
      trace = trace + row[i]
      for _, x in ipairs(row) do size = math.max(size, math.abs(x)) end
    end
    if math.abs(trace) > 1e-9 * size then return false end
  end
  for _, h in ipairs(g.discrete) do
    local det = core.tensor(h, "f64"):det():item()
    if math.abs(math.abs(det) - 1) > 1e-9 then return false end
  end
  return true
end

-- Matrices a [m, m], b [n, n] with h = kron(a, b), |det a| = 1, from the row
-- of blocks in which h is largest; nil when h is no Kronecker product.
local function split(h, m, n, tol)
  local x = h:reshape(m, n, m, n):permute(1, 3, 2, 4):reshape(m * m, n * n)
  local at = x:norm(2):argmax():item()
  local b = x[at]:eval()
  local a = x:matmul(b) / b:square():sum()
  local off = x - core.outer(a, b)
  if off:norm():item() > tol * x:norm():item() then return nil end
  a, b = a:reshape(m, m), b:reshape(n, n)
  local det = math.abs(a:det():item())
  if det == 0 then return nil end
  local c = det ^ (1 / m)
  return (a / c):eval(), (b * c):eval()
end

-- kron(a, b) is also kron(c a, b / c). When both groups have determinants +-1
-- only c = 1 and -1 are possible; else these are tried, and c > 0 for
-- determinant 1 of b.
local function known_kron_member(g, h)
  local sure = is_unimodular(g) and is_unimodular(h)
  return function(x, tol)
    local a, b = split(x, g.d, h.d, tol)
    if not a then return false end
    local decided, scales = sure, { 1, -1 }
    local det = math.abs(b:det():item())
    if not sure and det > 0 then
      local c = det ^ (1 / h.d)
      table.move({ c, -c }, 1, 2, 3, scales)
    end
    for _, c in ipairs(scales) do
      local is = member.all({ g, h }, { a * c, b / c }, tol)
      if is then return true end
      decided = decided and is ~= nil
    end
    if decided then return false end
    return nil -- the factors are known only up to a number
  end
end

local function known_kron(g, h)
  return {
    sampler = function()
      local draws = samplers { g, h }
      return draws and function(stream, n)
        local a, b = draws[1](stream, n), draws[2](stream, n)
        return core.einsum("nij,nkl->nikjl", { a, b })
          :reshape(n, g.d * h.d, g.d * h.d):eval()
      end
    end,
    member = known_kron_member(g, h),
  }
end

-- Generators of g and h on V_g (x) V_h.
local function kron_two(g, h)
  local one_g, one_h = matrix.signs(g.d, 1, 0, 1), matrix.signs(h.d, 1, 0, 1)
  local function left(m) return matrix.kron(m, one_h) end
  local function right(m) return matrix.kron(one_g, m) end
  local all = { d = g.d * h.d, lie = mapped(g.lie, left), scale = {},
    discrete = mapped(g.discrete, left), known = known_kron(g, h), name = "" }
  append(all.lie, mapped(h.lie, right))
  append(all.discrete, mapped(h.discrete, right))
  append(all.scale, g.scale)
  append(all.scale, h.scale)
  return class.new(all)
end

---See group.kron.
---@param list weyl.group[]
---@return weyl.group
function combine.kron(list)
  list = read_groups("group.kron", list)
  local d = 1.0
  for _, g in ipairs(list) do d = d * g.d end
  limit.generators("group.kron", "the product", d, count_generators(list))
  local all = list[1]
  for i = 2, #list do all = kron_two(all, list[i]) end
  if #list > 1 then all.name = names_of(list, "kron(%s)") end
  return all
end

-- ---- conjugates and subgroups ----

---The conjugate group M g M^-1: the same group in other coordinates, vectors
---v being written as M v.
---@param M weyl.tensor|number[][] an invertible matrix [d, d]
---@return weyl.group
function Group:conjugate(M)
  local m = class.matrix("conjugate", "M", self, M)
  local inverse = class.try(function() return m:inv():eval() end)
  if not inverse then check.fail("group:conjugate: M is singular") end
  -- rounding in M^-1 h M grows with the condition of M
  local condition = m:norm():item() * inverse:norm():item() / self.d
  local function moved(x)
    return m:matmul(core.tensor(x, "f64")):matmul(inverse):totable()
  end
  return class.new { d = self.d, scale = self.scale,
    name = self.name .. " conjugated",
    lie = mapped(self.lie, moved), discrete = mapped(self.discrete, moved),
    known = {
      sampler = function()
        local draw = sample.uniform(self)
        return draw and function(stream, n)
          return m:matmul(draw(stream, n)):matmul(inverse):eval()
        end
      end,
      member = function(h, tol)
        return member.test(self, inverse:matmul(h):matmul(m):eval(),
          tol * condition)
      end,
      order = function(bound) return finite.order(self, bound) end,
    } }
end

-- The entries of a table, or those of a tensor along its first axis.
local function read_list(what, list)
  if list == nil then return {} end
  if not core.is_tensor(list) or list.rank < 2 then
    check.arg(type(list) == "table" and not class.is_group(list),
      "group:subgroup", what, "a table", list)
    return list
  end
  local out = {}
  for i = 1, list.shape[1] do out[i] = list[i] end
  return out
end

-- A Lie generator from coefficients [k] or a matrix of the algebra.
local function read_generator(g, i, x)
  local t = (type(x) == "table" or core.is_tensor(x))
    and class.try(core.tensor, x, "f64")
  local k = g:dim()
  check.arg(t and (t.rank == 1 and t.shape[1] == k or t.rank == 2
    and t.shape[1] == g.d and t.shape[2] == g.d), "group:subgroup",
    ("lie[%d]"):format(i), ("%d coefficients or a matrix [%d, %d]")
      :format(k, g.d, g.d), x)
  if not core.isfinite(t):all():item() then
    check.fail("group:subgroup: argument 'lie[%d]' has entries that are not "
      .. "finite", i)
  end
  if t.rank == 1 then return core.einsum("k,kij->ij", { t, g:algebra() }) end
  local off = algebra.outside(g, t)
  if off > algebra.OUTSIDE then
    check.fail("group:subgroup: lie[%d] does not lie in the algebra of %s: "
      .. "%.2g of its length lies outside", i, g, off)
  end
  return t
end

local function read_lie(g, list)
  local out = {}
  for i, x in ipairs(list) do out[i] = read_generator(g, i, x):totable() end
  return out
end

local function read_discrete(g, list)
  local out = {}
  for i, x in ipairs(list) do
    local h = class.matrix("subgroup", ("discrete[%d]"):format(i), g, x)
    if member.test(g, h, 1e-10) == false then
      check.fail("group:subgroup: discrete[%d] is not an element of %s", i, g)
    end
    out[i] = h:totable()
  end
  return out
end

---The subgroup with the given generators: Lie generators are coefficients in
---g:algebra()'s basis or matrices of the algebra, discrete ones elements of
---the group. A generator that does not belong to the group is an error where
---g:contains can tell.
---@param opts { lie: table|weyl.tensor?, discrete: table|weyl.tensor?,
---  name: string? } generators in a table, or along a tensor's first axis
---@return weyl.group
function Group:subgroup(opts)
  class.receiver("subgroup", self)
  local o = check.options("group:subgroup", opts, { lie = check.none,
    discrete = check.none, name = check.none })
  local lie, elements = read_list("lie", o.lie),
    read_list("discrete", o.discrete)
  check.arg(o.name == nil or type(o.name) == "string", "group:subgroup",
    "name", "a string", o.name)
  limit.generators("group:subgroup", "the group", self.d, #lie + #elements)
  return class.new { d = self.d, lie = read_lie(self, lie),
    discrete = read_discrete(self, elements),
    name = o.name or "a subgroup of " .. self.name }
end

return combine
