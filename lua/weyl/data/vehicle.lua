-- data/vehicle.lua: tracks of vehicles from preprocessed files.
--
-- A .npz file has the array tracks [n, frames, 3], x, y, z in metres with z
-- up, and may have valid, bool [n, frames]. A text file has a header and the
-- columns track, frame, x, y, z in any order; a row that is not there is a
-- frame that is not valid. Of each track the first 12 * every frames must be
-- valid; every `every`-th of them is a point.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local follow = require "weyl.data.follow"
local load = require "weyl.data.load"
local motion = require "weyl.data.motion"
local options = require "weyl.options"

local FUNC = "data.vehicle"
local POINTS = motion.POINTS
local PARTS = { "train", "validation", "test" }
local vehicle = {}

-- ---- files ----

local function place(path)
  return { func = FUNC, place = ("'%s'"):format(path) }
end

-- Points f64 [n, 12, 3] of an array of tracks.
local function from_arrays(path, every)
  local at, arrays = place(path), load.npz(path, nil, FUNC)
  local t, valid = arrays.tracks, arrays.valid
  files.check(t, at, "there is no array 'tracks'")
  files.check(t.rank == 3 and t.shape[3] == 3
    and (t.dtype == "f32" or t.dtype == "f64"), at,
    "'tracks' is %s %s, not floating-point [n, frames, 3]", t.dtype,
    check.shape(t))
  local n, frames = table.unpack(t.shape)
  files.check(frames >= POINTS * every, at,
    "tracks have %d frames, %d are needed", frames, POINTS * every)
  if valid then
    files.check(valid.dtype == "bool" and valid.rank == 2 and #valid == n
      and valid.shape[2] == frames, at,
      "'valid' is %s %s, not bool [%d, %d]", valid.dtype, check.shape(valid),
      n, frames)
    local whole = valid:slice(2, 1, POINTS * every):all(2)
    t = t:take(core.arange(n):masked_select(whole))
  end
  return t:to "f64":slice(2, 1, POINTS * every, every)
end

-- The columns track, frame, x, y, z.
local function pick_columns(at, t)
  files.check(t.names, at, "the first line must name the columns")
  local by_name, out = {}, {}
  for i, name in ipairs(t.names) do by_name[name] = t.columns[i] end
  for i, name in ipairs { "track", "frame", "x", "y", "z" } do
    files.check(by_name[name], at, "there is no column '%s'", name)
    out[i] = by_name[name]
  end
  return table.unpack(out)
end

local function from_text(path, every)
  local at, t = place(path), load.columns(path, FUNC)
  local ids, frames, x, y, z = pick_columns(at, t)
  local stretches, order = follow.stretches(at, frames, ids, t.lines, 1)
  local starts, seen = {}, {}
  for _, s in ipairs(stretches) do
    if not seen[s.who] and s.count >= POINTS * every then
      starts[#starts + 1] = s.first
    end
    seen[s.who] = true
  end
  if #starts == 0 then return core.zeros({ 0, POINTS, 3 }, "f64") end
  return follow.windows({ x, y, z }, order, starts, POINTS * every)
    :slice(2, 1, POINTS * every, every)
end

-- Points of the tracks of a file that are kept.
local function read_file(path, o)
  check.arg(type(path) == "string", FUNC, "files", "names of files", path)
  local npz = path:find "%.npz$"
  if not npz and not path:find "%.[ct]sv$" then
    check.fail("%s: '%s' is neither .npz nor .csv nor .tsv", FUNC, path)
  end
  local p = (npz and from_arrays or from_text)(path, o.every)
  files.check(#p > 0, place(path), "no track has %d valid frames",
    POINTS * o.every)
  p = p:take(core.arange(#p):masked_select(motion.kept(p, o)))
  files.check(#p > 0, place(path), "no track climbs more than %g m and "
    .. "travels less than %g m", o.min_climb, o.max_travel)
  return core.eval(p)
end

-- ---- the set ----

local specs = {
  { "path", "string" },
  { "files", "table" },
  { "every", "count", default = 1 },
  { "train", "share", default = 0.6 },
  { "validation", "share", default = 0.2 },
}
table.move(motion.options, 1, #motion.options, #specs + 1, specs)

-- Blocks of tracks in the file's order, by share.
local function blocks(points, o)
  if o.train + o.validation > 1 then
    check.fail("%s: the shares %g and %g add up to more than 1", FUNC,
      o.train, o.validation)
  end
  local n = #points
  local a = math.floor(n * o.train + 0.5)
  local b = math.min(n, a + math.floor(n * o.validation + 0.5))
  local function block(first, last)
    return last >= first and points:slice(1, first, last) or nil
  end
  return { train = block(1, a), validation = block(a + 1, b),
    test = block(b + 1, n) }
end

local function read_parts(o)
  if (o.path == nil) == (o.files == nil) then
    check.fail("%s: give either path or files", FUNC)
  end
  if o.path then return blocks(read_file(o.path, o), o) end
  local out = {}
  for name in next, o.files do
    check.arg(name == "train" or name == "validation" or name == "test",
      FUNC, "files", "{ train = path, validation = path, test = path }",
      o.files)
  end
  for _, name in ipairs(PARTS) do
    out[name] = o.files[name] and read_file(o.files[name], o)
  end
  return out
end

---Options: see data.vehicle.
---@param opts table
---@return weyl.data.set
function vehicle.set(opts)
  local o = options.read(FUNC, opts, specs)
  local points, set = read_parts(o), motion.set("vehicle", o)
  if not points.train then
    check.fail("%s: there is no track to train on", FUNC)
  end
  for _, name in ipairs(PARTS) do
    set[name] = points[name] and motion.part(points[name], o)
  end
  set.variant = o.normalisation .. (o.published_leak and " with leak" or "")
  return set
end

return vehicle
