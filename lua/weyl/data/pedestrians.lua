-- data/pedestrians.lua: tracks of people on foot, from text files with rows
-- "frame id x y" as of the ETH and UCY sets.
--
-- Windows are `observed` + `predicted` successive positions of one person.
-- Files are told apart by their names without folder and extension; whole
-- files are tested on (leave one out). Windows overlap, so training and
-- validation are told apart by person.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local follow = require "weyl.data.follow"
local group = require "weyl.group"
local load = require "weyl.data.load"
local motion = require "weyl.data.motion"
local options = require "weyl.options"
local rep = require "weyl.rep"

local FUNC = "data.pedestrians"
local pedestrians = {}

-- ---- one file ----

-- The starts of windows, those of the last `share` of the people apart.
local function starts_of(stretches, people, o, share)
  local early, late = {}, {}
  local border = people - math.floor(people * share + 0.5)
  for _, s in ipairs(stretches) do
    local list = s.who <= border and early or late
    for k = 0, s.count - (o.observed + o.predicted), o.stride do
      list[#list + 1] = s.first + k
    end
  end
  return early, late
end

-- Windows f64 [n, observed + predicted, 2], nil when there are none; first
-- those of most people, then those of the rest.
local function read_file(path, o, share)
  local t = load.columns(path, FUNC)
  local at = { func = FUNC, place = ("'%s'"):format(path) }
  files.check(t.width == 4, at, "rows must be frame id x y, they have %d "
    .. "fields", t.width)
  local stretches, order, people = follow.stretches(at, t.columns[1],
    t.columns[2], t.lines, o.step)
  local early, late = starts_of(stretches, people, o, share)
  local function windows(starts)
    return #starts > 0 and follow.windows({ t.columns[3], t.columns[4] },
      order, starts, o.observed + o.predicted) or nil
  end
  return windows(early), windows(late), #t.lines, people
end

-- ---- options ----

local CENTRES = { "mean", "last", "none" }

local function names_of(o)
  check.arg(#o.files > 0, FUNC, "files", "a list of files", o.files)
  local names, known = {}, {}
  for i, path in ipairs(o.files) do
    check.arg(type(path) == "string", FUNC, "files", "a list of files", path)
    names[i] = files.stem(path)
    if known[names[i]] then
      check.fail("%s: two files are named '%s'", FUNC, names[i])
    end
    known[names[i]] = true
  end
  return names, known
end

-- A name or a list of names of files, as a set.
local function chosen(o, name, names, known)
  local list, set = o[name], {}
  if type(list) == "string" then list = { list } end
  check.arg(type(list) == "table", FUNC, name, "names of files", list)
  for _, one in ipairs(list) do
    if not known[one] then
      check.fail("%s: %s: there is no file '%s' among %s", FUNC, name,
        tostring(one), table.concat(names, ", "))
    end
    set[one] = true
  end
  return set
end

local function read(opts)
  local o = options.read(FUNC, opts, {
    { "files", "table", required = true },
    { "test", "any" },
    { "validation", "any", default = 0.2 },
    { "observed", "count", default = 8 },
    { "predicted", "count", default = 12 },
    { "stride", "count", default = 1 },
    { "step", "positive" },
    { "centre", CENTRES, default = "mean" },
    { "unit", "positive", default = 1 },
    { "scaling", "boolean", default = false } })
  local names, known = names_of(o)
  if o.test == nil then o.test = #names > 1 and { names[#names] } or {} end
  o.names, o.tested = names, chosen(o, "test", names, known)
  o.share, o.validated = o.validation, {}
  if type(o.validation) ~= "number" then
    o.share, o.validated = 0, chosen(o, "validation", names, known)
  end
  check.arg(o.share >= 0 and o.share < 1, FUNC, "validation",
    "a share in [0, 1) of the people, or names of files", o.validation)
  return o
end

-- ---- the set ----

local function part(list, o)
  if #list == 0 then return nil end
  local p = core.concat(list, 1)
  local n, last = #p, o.observed + o.predicted
  local seen = p:slice(2, 1, o.observed)
  if o.centre == "mean" then p = p - seen:mean(2, true) end
  if o.centre == "last" then p = p - seen:slice(2, -1, -1) end
  p = (p / o.unit):to "f32"
  local x = p:slice(2, 1, o.observed):reshape(n, 2 * o.observed)
  local y = p:slice(2, o.observed + 1, last):reshape(n, 2 * o.predicted)
  core.eval(x, y)
  return { x = x, y = y }
end

local function candidates(o)
  local list = { group.O(2), group.SO(2), group.reflection(2, 1),
    group.reflection(2, 2) }
  if o.scaling then
    table.insert(list, 1, group.union { group.O(2), group.scaling(2) })
    list[#list + 1] = group.scaling(2)
  end
  return list
end

-- Windows by part, and what was found in each file.
local function windows(o)
  local lists = { train = {}, validation = {}, test = {} }
  local counts = {}
  for i, path in ipairs(o.files) do
    local name = o.names[i]
    local kind = o.tested[name] and "test"
      or o.validated[name] and "validation" or "train"
    local early, late, rows, people = read_file(path, o,
      kind == "train" and o.share or 0)
    table.insert(lists[kind], early)
    table.insert(lists.validation, late)
    counts[i] = { name = name, part = kind, rows = rows, people = people,
      windows = (early and #early or 0) + (late and #late or 0) }
  end
  return lists, counts
end

---Options: see data.pedestrians.
---@param opts table
---@return weyl.data.set
function pedestrians.set(opts)
  local o = read(opts)
  local lists, counts = windows(o)
  local train = part(lists.train, o)
  if not train then
    check.fail("%s: no one in the training files is seen %d times in a row",
      FUNC, o.observed + o.predicted)
  end
  local std = { o.unit, o.unit }
  local function ade(prediction, y)
    return motion.ade(prediction, y, std, "ade")
  end
  return { name = "pedestrians", train = train,
    validation = part(lists.validation, o), test = part(lists.test, o),
    files = counts, variant = ("%d + %d points"):format(o.observed,
      o.predicted),
    rep_in = o.observed * rep.V, rep_out = o.predicted * rep.V,
    candidates = candidates(o), ade = ade,
    fde = function(prediction, y)
      ade(prediction, y) -- checks the shapes
      return ade(prediction:slice(2, -2, -1), y:slice(2, -2, -1))
    end }
end

return pedestrians
