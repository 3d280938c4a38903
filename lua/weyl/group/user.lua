-- group/user.lua: groups from a user's generators: group.new and its checks.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"
local limit = require "weyl.group.limit"
local matrix = require "weyl.group.matrix"
local search = require "weyl.group.search"

local user = {}

-- ---- reading matrices ----

-- "3 rows, 2 numbers in the first", "a string": what was given for a matrix.
local function describe(m)
  if class.is_group(m) then return ("the group %s"):format(m) end
  if type(m) ~= "table" then return check.describe(m) end
  if type(m[1]) == "number" then return ("a row of %d numbers"):format(#m) end
  return ("%d rows, %s in the first"):format(#m,
    type(m[1]) == "table" and #m[1] .. " numbers" or check.describe(m[1]))
end

-- A number for messages; NaN has a sign that says nothing.
local function shown(x)
  if x ~= x then return "NaN" end
  return type(x) == "number" and ("%.14g"):format(x) or check.describe(x)
end

-- Whether m is a table of n rows of n numbers, n = d if that is known.
local function is_square(m, d)
  if type(m) ~= "table" or #m == 0 or #m ~= (d or #m) then return false end
  for _, row in ipairs(m) do
    if type(row) ~= "table" or #row ~= #m then return false end
    for _, x in ipairs(row) do
      if type(x) ~= "number" then return false end
    end
  end
  return true
end

local function is_finite(x)
  return type(x) == "number" and x > -math.huge and x < math.huge
end

local function check_entries(what, m)
  for i, row in ipairs(m) do
    for j, x in ipairs(row) do
      if not is_finite(x) then
        check.fail("group.new: entry [%d, %d] of %s is %s; it must be finite",
          i, j, what, shown(x))
      end
    end
  end
end

-- ---- reading lists of matrices ----

local function check_list(what, list)
  if class.is_group(list) then
    check.fail("group.new: argument '%s' must be a table of matrices, got the "
      .. "group %s; its matrices are its fields lie and discrete", what, list)
  end
  local is_list = list == nil or type(list) == "table"
  if core.is_tensor(list) then
    is_list = list.rank == 3 and list.shape[2] == list.shape[3]
  end
  check.arg(is_list, "group.new", what,
    "a table of matrices or a tensor [k, d, d]", list)
end

-- The number of matrices in a list, and their rows as far as the first tells.
local function measure(list)
  if list == nil then return 0 end
  if core.is_tensor(list) then return list.shape[1], list.shape[2] end
  local m = list[1]
  if core.is_tensor(m) then return #list, m.rank == 2 and m.shape[1] or nil end
  return #list, type(m) == "table" and #m > 0 and #m or nil
end

-- A checked list of d x d matrices as nested tables of its own.
local function read_matrices(what, list, d)
  if core.is_tensor(list) then list = list:totable() end
  local out = {}
  for k, m in ipairs(list or {}) do
    local name = ("%s[%d]"):format(what, k)
    m = core.is_tensor(m) and m:totable() or m
    if not is_square(m, d) then
      check.fail("group.new: %s must be a square matrix%s, got %s", name,
        d and (" %d x %d"):format(d, d) or "", describe(m))
    end
    check_entries(name, m)
    d, out[k] = #m, matrix.copy(m)
  end
  return out, d
end

-- Both lists and d. They are measured first: tensors are small where tables
-- are not.
local function read_generators(o)
  check_list("lie", o.lie)
  check_list("discrete", o.discrete)
  local k, first = measure(o.lie)
  local m, second = measure(o.discrete)
  local d = o.d and math.tointeger(o.d) or first or second
  if not d and k + m == 0 then
    check.fail("group.new: there are no generators; give the dimension d")
  end
  limit.generators("group.new", "the group", d or 1, k + m)
  d = o.d and d or core.is_tensor(o.lie) and first or nil
  local lie, discrete
  lie, d = read_matrices("lie", o.lie, d)
  discrete, d = read_matrices("discrete", o.discrete, d)
  return lie, discrete, d or second
end

local function read_scale(scale, n)
  if scale == nil then return nil end
  local expected = ("a table of %d numbers > 0, one for each Lie generator")
    :format(n)
  local list = scale
  if core.is_tensor(scale) and scale.rank == 1 then list = scale:totable() end
  check.arg(type(list) == "table" and not class.is_group(list), "group.new",
    "scale", expected, scale)
  if #list ~= n then
    check.fail("group.new: argument 'scale' must be %s, got %d", expected,
      #list)
  end
  for i, x in ipairs(list) do
    if not (is_finite(x) and x > 0) then
      check.fail("group.new: scale[%d] must be a finite number > 0, got %s",
        i, shown(x))
    end
  end
  return list
end

-- ---- do the discrete generators close? ----

local warned = {}

-- The most components that are told apart; each costs a search of the Lie
-- part. Only generators that make no finite group by themselves need them.
local COMPONENTS = 16

-- Once for each text, so that a loop does not repeat it.
local function warn(text)
  if warned[text] then return end
  warned[text] = true
  io.stderr:write("warning: ", core.caller(), text, "\n")
end

-- Why the discrete generators do not make finitely many elements, nil when
-- they do. With Lie generators, elements count as equal that differ by one of
-- the identity component: a turn by one radian beside SO(2) is harmless.
local function why_open(g, bound)
  if #g.discrete == 0 or finite.permutations(g) then return nil end
  local why
  if finite.is_continuous(g) then
    why = select(2, finite.products(g, math.min(bound, 1000)))
    if why and search.components(g, COMPONENTS) then return nil end
  else
    why = select(2, finite.elements(g, bound))
  end
  return why
end

local function check_closure(g, bound)
  local why = why_open(g, bound)
  if not why then return end
  warn(("group.new: the discrete elements of '%s' do not seem to make a "
    .. "finite group%s: %s. Equivariant maps are those of all their products; "
    .. "close = n sets how many elements are tried, check = false keeps "
    .. "this quiet."):format(g.name,
      #g.lie > 0 and " modulo the Lie part" or "", why))
end

---See group.new.
---@param opts table
---@return weyl.group
function user.new(opts)
  local o = check.options("group.new", opts, { lie = check.none,
    discrete = check.none, d = check.none, name = check.none,
    scale = check.none, check = true, close = finite.BOUND })
  check.arg(o.d == nil or check.whole(o.d, 1), "group.new", "d",
    "an integer >= 1", o.d)
  check.arg(o.name == nil or type(o.name) == "string", "group.new", "name",
    "a string", o.name)
  check.arg(type(o.check) == "boolean", "group.new", "check",
    "true or false", o.check)
  check.arg(check.whole(o.close, 1), "group.new", "close", "an integer >= 1",
    o.close)
  local lie, discrete, d = read_generators(o)
  local scale = read_scale(o.scale, #lie)
  local g = class.new { d = d, lie = lie, discrete = discrete,
    scale = scale, name = o.name or ("a group on R^%d"):format(d) }
  if o.check then check_closure(g, math.tointeger(o.close)) end
  return g
end

return user
