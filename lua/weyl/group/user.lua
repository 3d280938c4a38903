-- group/user.lua: groups from a user's generators: group.new and its checks.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local finite = require "weyl.group.finite"
local search = require "weyl.group.search"

local user = {}

-- ---- reading matrices ----

-- "3 x 2 (ragged)", "a string": what was given for a matrix.
local function describe(m)
  if type(m) ~= "table" then return check.describe(m) end
  return ("%d rows, %s in the first"):format(#m,
    type(m[1]) == "table" and #m[1] .. " numbers" or check.describe(m[1]))
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

-- A user's list of matrices as nested tables, all of one dimension.
local function read_matrices(what, list, d)
  check.arg(list == nil or type(list) == "table", "group.new", what,
    "a table of matrices", list)
  local out = {}
  for k, m in ipairs(list or {}) do
    m = core.is_tensor(m) and m:totable() or m
    if not is_square(m, d) then
      check.fail("group.new: %s[%d] must be a square matrix%s, got %s", what,
        k, d and (" %d x %d"):format(d, d) or "", describe(m))
    end
    d, out[k] = #m, m
  end
  return out, d
end

-- ---- do the discrete generators close? ----

local warned = {}

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
  if #g.lie > 0 then
    why = select(2, finite.products(g, math.min(bound, 1000)))
    if why and search.components(g) then return nil end
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
  local lie, d = read_matrices("lie", o.lie, o.d)
  local discrete
  discrete, d = read_matrices("discrete", o.discrete, d)
  if not d then
    check.fail("group.new: there are no generators; give the dimension d")
  end
  check.arg(o.scale == nil or type(o.scale) == "table" and #o.scale == #lie,
    "group.new", "scale", ("a table of %d numbers"):format(#lie), o.scale)
  local g = class.new { d = d, lie = lie, discrete = discrete,
    scale = o.scale, name = o.name or ("a group on R^%d"):format(d) }
  if o.check then check_closure(g, math.tointeger(o.close)) end
  return g
end

return user
