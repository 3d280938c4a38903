-- symmetry/action.lua: many elements of a group acting at once, each on a row
-- of its own: row i of x [n, size] becomes rho(g_i) x_i. Factors of V are
-- contracted one after the other; no matrix of the representation is made.
-- Spaces other than V are given by functions of one element and cost a call
-- for each.
--
-- Inside, samples stand last: work on small indices runs over the batch.

local check = require "weyl.check"
local core = require "weyl.core"
local space = require "weyl.rep.space"

local action = {}

-- Matrices [k, k, n] on the spaces of a representation, by kind; 0 is V.
local function matrices_of(spaces, elements)
  local known = {}
  return function(kind)
    if known[kind] then return known[kind] end
    local all, list = elements, {}
    if kind > 0 then
      for i = 1, #elements do list[i] = spaces[kind].rho(elements[i]) end
      all = core.stack(list, 1):eval()
    end
    known[kind] = all
    return all
  end
end

-- [n, k, k] -> [k, k, n]
local function batch_last(a)
  local n, k = a.shape[1], a.shape[2]
  return a:reshape(n, k * k):transpose():reshape(k, k, n)
end

-- Contracts axis 2 of t [before, k, after, n] with a [k, k, n].
local function contract(t, a)
  local before, k, after, n = table.unpack(t.shape)
  return (a:reshape(1, k, k, 1, n) * t:reshape(before, 1, k, after, n)):sum(3)
end

-- One run's rows [mult * ..., n] under the matrices of its factors.
local function move_run(t, run, matrix)
  local total, n = table.unpack(t.shape)
  local before = run.mult
  for f = 1, run.rank do
    local a = matrix(run.kinds and run.kinds[f] or 0,
      run.duals >> f - 1 & 1 == 1)
    local k = a.shape[1]
    t = contract(t:reshape(before, k, total // (before * k), n), a)
    before = before * k
  end
  return t:reshape(total, n)
end

-- A function (kind, dual) that gives matrices [k, k, n] in a dtype.
local function matrices_for(spaces, group, elements, dtype)
  local of, known = matrices_of(spaces, elements), {}
  local orthogonal = group:is_orthogonal()
  return function(kind, dual)
    dual = dual and not (kind == 0 and orthogonal)
    local key = dual and -1 - kind or kind
    if not known[key] then
      local a = of(kind)
      if dual then a = a:to "f64":inv():transpose() end
      known[key] = batch_last(a:to(dtype))
    end
    return known[key]
  end
end

-- Entries of all copies of a run.
local function size_of(run, spaces, d)
  local size = run.mult
  for f = 1, run.rank do
    local kind = run.kinds and run.kinds[f] or 0
    size = size * (kind == 0 and d or spaces[kind].size(d))
  end
  return size
end

---@param r weyl.rep
---@param group weyl.group
---@param elements weyl.tensor [n, d, d], of the group
---@param x weyl.tensor [n, size]
---@return weyl.tensor like x
function action.rows(r, group, elements, x)
  if x.shape[2] ~= r:size(group) then
    check.fail("a row of %d entries is no feature of %s over dimension %d, "
      .. "which has %d", x.shape[2], r, group.d, r:size(group))
  end
  local spaces, lists = space.number({ r }, group.d)
  local matrix = matrices_for(spaces, group, elements, x.dtype)
  local columns, out, at = x:transpose(), {}, 1
  for i, run in ipairs(lists[1]) do
    local size = size_of(run, spaces, group.d)
    out[i] = move_run(columns:slice(1, at, at + size - 1), run, matrix)
    at = at + size
  end
  return core.concat(out):transpose()
end

return action
