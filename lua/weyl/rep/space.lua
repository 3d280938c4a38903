-- rep/space.lua: spaces other than V on which a group acts, and how a group
-- and representations are handed to the engine.
--
-- A space is given by a function rho from the matrix of a group element on V
-- to its matrix on the space; like V it belongs to no group. Under a group it
-- is the list of the generators' images, computed once per group: what the
-- engine sees is another matrix group with as many generators. Before that,
-- rho is tried on the squares of all generators and on the product of each
-- with the next: a function that fails there is an error, not a wrong basis.

local check = require "weyl.check"
local core = require "weyl.core"

local raw = core.symmetry

---@class weyl.space
---@field name string for printing only
---@field id integer number of the space in this process
---@field rho fun(g: weyl.tensor): weyl.tensor f64 [d, d] -> [n, n]
---@field drho fun(a: weyl.tensor): weyl.tensor the derivative at the identity
---@field size fun(d: integer): integer n

local space = {}

local count = 0

-- The derivative of rho at the identity, by forward differentiation.
local function derivative_of(rho)
  return function(a)
    local _, tangent = core.jvp(rho, core.eye(a.shape[1], nil, "f64"), a)
    return tangent
  end
end

-- What rho gives for the identity says how large the space is.
local function size_of(rho, name)
  local known = {}
  return function(d)
    if not known[d] then
      local m = rho(core.eye(d, nil, "f64"))
      check.arg(core.is_tensor(m) and m.rank == 2
        and m.shape[1] == m.shape[2] and m.shape[1] >= 1, name, "rho(1)",
        "a square matrix", m)
      known[d] = m.shape[1]
    end
    return known[d]
  end
end

---@param o { name: string, rho: function, drho: function?, size: function? }
---@return weyl.space
function space.new(o)
  count = count + 1
  return { name = o.name, id = count, rho = o.rho,
    drho = o.drho or derivative_of(o.rho),
    size = o.size or size_of(o.rho, o.name) }
end

-- ---- a space under a group ----

local ROUNDING = 1e-13 -- relative, of entries that stand for whole numbers
local TOLERANCE = 1e-8 -- relative, of rho(g h) = rho(g) rho(h)

-- Entries that are whole but for rounding are made so: zeros keep matrices
-- sparse, signed permutations are solved without arithmetic.
local function cleaned(m)
  local whole = m:round()
  local near = (m - whole):abs():lt(ROUNDING * (m:abs():max():item() + 1))
  return core.where(near, whole, m):eval()
end

local function image(s, group, what, f, m)
  local n, y = s.size(group.d), f(m)
  check.arg(core.is_tensor(y) and y.rank == 2 and y.shape[1] == n
    and y.shape[2] == n, s.name, ("%s of a generator of %s"):format(what,
    group), ("a matrix [%d, %d]"):format(n, n), y)
  y = y:to "f64"
  check.arg(y:isnan():logical_or(y:isinf()):any():item() == false, s.name,
    ("%s of a generator of %s"):format(what, group), "finite", y)
  return cleaned(y)
end

local function largest(x) return x:abs():max():item() end

-- drho is linear: generators are brought to a largest entry of 1 first, so
-- that what counts as rounding does not depend on their length.
local function lie_images(s, group)
  local out = {}
  for k, m in ipairs(group.lie) do
    local a = core.tensor(m, "f64")
    local size = largest(a)
    if size < 1e-300 then size = 1 end
    out[k] = image(s, group, "drho", s.drho, a / size) * size
  end
  return out
end

local function discrete_images(s, group)
  local out = {}
  for k, m in ipairs(group.discrete) do
    out[k] = image(s, group, "rho", s.rho, core.tensor(m, "f64"))
  end
  return out
end

local function differ(a, b)
  return largest(a - b) / (1 + math.max(largest(a), largest(b)))
end

local function fail_homomorphism(s, group, what, off)
  check.fail("%s: rho is not a representation of %s: %s (relative "
    .. "difference %.1e)", s.name, group, what, off)
end

-- Elements on which rho is tried: discrete generators and exp of Lie ones.
local function probes(group)
  local list = {}
  for k = 1, #group.discrete do
    list[#list + 1] = core.tensor(group.discrete[k], "f64")
  end
  for k = 1, #group.lie do
    local a = core.tensor(group.lie[k], "f64")
    list[#list + 1] = (a * (0.7 / math.max(largest(a), 1e-300))):expm()
  end
  return list
end

-- Squares of all of them, and products with the next.
local function check_products(s, group)
  local list, images = probes(group), {}
  for i, g in ipairs(list) do images[i] = s.rho(g) end
  for i, g in ipairs(list) do
    for _, k in ipairs { i, i % #list + 1 } do
      local off = differ(s.rho(g:matmul(list[k])),
        images[i]:matmul(images[k]))
      if not (off < TOLERANCE) then
        fail_homomorphism(s, group, "rho(g h) is not rho(g) rho(h)", off)
      end
    end
  end
end

local function check_derivatives(s, group, lie)
  for k = 1, #lie do
    local a = core.tensor(group.lie[k], "f64")
    local c = 0.7 / math.max(largest(a), 1e-300)
    local off = differ(s.rho((a * c):expm()), (lie[k] * c):expm())
    if not (off < TOLERANCE) then
      fail_homomorphism(s, group, "rho(exp a) is not exp(drho(a))", off)
    end
  end
end

local function packed(list)
  return #list > 0 and core.stack(list, 1):eval() or nil
end

local bound = setmetatable({}, { __mode = "k" }) -- by group, then by space

-- The raw group of the images.
local function bind(s, group)
  local known = bound[group]
  if not known then
    known = {}
    bound[group] = known
  end
  if not known[s.id] then
    local lie, discrete = lie_images(s, group), discrete_images(s, group)
    check_products(s, group)
    check_derivatives(s, group, lie)
    known[s.id] = raw.group(s.size(group.d), packed(lie), packed(discrete))
  end
  return known[s.id]
end

-- ---- representations as the engine takes them ----

-- Whether a run has entries: alternating powers may have none.
local function has_entries(run, d)
  for _, s in ipairs(run.spaces or {}) do
    if s and s.size(d) == 0 then return false end
  end
  return true
end

---The spaces of representations other than V, in order of appearance, and
---each list of runs with the `kinds` of its factors: 0 for V, i for the i-th
---of those. Runs without entries are left out.
---@param reps weyl.rep[]
---@param d integer dimension of V
---@return weyl.space[] spaces
---@return table[] lists
function space.number(reps, d)
  local spaces, number, lists = {}, {}, {}
  local function kind(s)
    if not s then return 0 end
    if not number[s.id] then
      spaces[#spaces + 1] = s
      number[s.id] = #spaces
    end
    return number[s.id]
  end
  local function kinds_of(run)
    local kinds
    for f, s in ipairs(run.spaces or {}) do
      kinds = kinds or {}
      kinds[f] = kind(s)
    end
    return kinds
  end
  for i, r in ipairs(reps) do
    lists[i] = {}
    for _, run in ipairs(r.list) do
      if has_entries(run, d) then
        table.insert(lists[i], { mult = run.mult, rank = run.rank,
          duals = run.duals, kinds = kinds_of(run) })
      end
    end
  end
  if #spaces > 63 then
    check.fail("a representation has %d different spaces, the most is 63",
      #spaces)
  end
  return spaces, lists
end

---The images of a group on V and on spaces, as the engine takes them.
---@param group weyl.group
---@param spaces weyl.space[]
---@return userdata[]
function space.bind(group, spaces)
  local list = { group.raw }
  for i, s in ipairs(spaces) do list[i + 1] = bind(s, group) end
  return list
end

---The same for several groups, of which the sum of the invariants is meant.
---@param groups weyl.group[]
---@param spaces weyl.space[]
---@return userdata[] with field `also`, the next
function space.bind_sum(groups, spaces)
  local list
  for i = #groups, 1, -1 do
    local own = space.bind(groups[i], spaces)
    own.also = list
    list = own
  end
  return list
end

return space
