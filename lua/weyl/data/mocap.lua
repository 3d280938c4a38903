-- data/mocap.lua: motion capture: where the joints of a body will be, from
-- where they are and how they move.
--
-- A .npz file has arrays clip00, clip01, ... [frames, joints, 3]. An example
-- is a clip and a frame t: the input is the position of all joints in frame t
-- and their velocity, the difference to frame t + 1; the output their position
-- in frame t + horizon. The samples in a split file, arrays train_clip,
-- train_start and so on, count clips and frames from 0.
--
-- Positions are measured from the mean of the joints in frame t, in units of
-- one number for all axes, velocities in units of another: nothing but
-- translations is taken out of the data.

local check = require "weyl.check"
local core = require "weyl.core"
local files = require "weyl.data.files"
local load = require "weyl.data.load"
local motion = require "weyl.data.motion"
local options = require "weyl.options"
local rep = require "weyl.rep"

local FUNC = "data.mocap"
local PARTS = { "train", "validation", "test" }
local mocap = {}

-- ---- clips and samples ----

-- Clips by the number in their name.
local function read_clips(path)
  local at = { func = FUNC, place = ("'%s'"):format(path) }
  local clips, numbers, joints = {}, {}, nil
  for name, t in next, load.npz(path, nil, FUNC) do
    local number = math.tointeger(tonumber(name:match "^clip(%d+)$"))
    if number then
      clips[number], numbers[#numbers + 1] = t, number
    end
  end
  table.sort(numbers)
  files.check(#numbers > 0, at, "there are no arrays clip00, clip01, ...")
  for _, k in ipairs(numbers) do
    local t = clips[k]
    files.check(t.rank == 3 and t.shape[3] == 3
      and (t.dtype == "f32" or t.dtype == "f64"), at,
      "clip %d is %s %s, not floating-point [frames, joints, 3]", k, t.dtype,
      check.shape(t))
    joints = joints or t.shape[2]
    files.check(t.shape[2] == joints, at,
      "clip %d has %d joints, others have %d", k, t.shape[2], joints)
    clips[k] = t:to "f64"
  end
  return clips, numbers, joints
end

local function check_sample(at, name, k, clips, clip, start, horizon)
  files.check(clips[clip], at, "%s_clip, entry %d: there is no clip %d", name,
    k, clip)
  files.check(start >= 0 and start + horizon < #clips[clip], at,
    "%s_start, entry %d: frame %d and %d later are not both among the %d of "
    .. "clip %d", name, k, start, horizon, #clips[clip], clip)
end

-- Lists of starts by clip, in order of first appearance.
local function grouped(clip, start)
  local list, place = {}, {}
  for k, number in ipairs(clip) do
    if not place[number] then
      list[#list + 1] = { clip = number }
      place[number] = list[#list]
    end
    table.insert(place[number], start[k])
  end
  return list
end

local function from_split(path, clips, o)
  local at = { func = FUNC, place = ("'%s'"):format(path) }
  local arrays, out = load.npz(path, nil, FUNC), {}
  for _, name in ipairs(PARTS) do
    local clip, start = arrays[name .. "_clip"], arrays[name .. "_start"]
    files.check(clip and start, at, "there is no array '%s_clip' or '%s_start'",
      name, name)
    files.check(clip.dtype == "i64" and start.dtype == "i64"
      and clip.rank == 1 and start.rank == 1 and #clip == #start, at,
      "'%s_clip' and '%s_start' must be integers [n] of one length", name,
      name)
    clip, start = clip:totable(), start:totable()
    for k in ipairs(clip) do
      check_sample(at, name, k, clips, clip[k], start[k], o.horizon)
    end
    out[name] = grouped(clip, start)
  end
  return out
end

-- Without a split file: all frames of the first 6 tenths of the clips are
-- trained on, those of the next 2 tenths validate.
local function by_clip(clips, numbers, o)
  local out = { train = {}, validation = {}, test = {} }
  for i, number in ipairs(numbers) do
    local list = { clip = number }
    for start = 0, #clips[number] - 1 - o.horizon do
      list[#list + 1] = start
    end
    local share = (i - 0.5) / #numbers
    table.insert(share < 0.6 and out.train or share < 0.8 and out.validation
      or out.test, #list > 0 and list or nil)
  end
  return out
end

-- At most `count` samples: as many, the first, of each clip.
local function limited(lists, count)
  if not count then return lists end
  local each = count // #lists
  check.arg(each >= 1, FUNC, "train",
    ("at least one of each of the %d clips"):format(#lists), count)
  local out = {}
  for i, list in ipairs(lists) do
    out[i] = table.move(list, 1, math.min(each, #list), 1,
      { clip = list.clip })
  end
  return out
end

-- ---- parts ----

-- Positions, velocities and positions to come, f64 [n, joints, 3].
local function gather(lists, clips, o)
  local now, speed, later = {}, {}, {}
  for i, list in ipairs(lists) do
    local at = core.tensor(list, "i64") + 1
    local clip = clips[list.clip]
    now[i], later[i] = clip:take(at), clip:take(at + o.horizon)
    speed[i] = clip:take(at + 1) - now[i]
  end
  local p, v, q = core.concat(now), core.concat(speed), core.concat(later)
  if o.centre == "joints" then
    local c = p:mean(2, true)
    p, q = p - c, q - c
  end
  core.eval(p, v, q)
  return { p = p, v = v, q = q }
end

local function rms(t) return math.sqrt(t:square():mean():item()) end

local function part(raw, unit, pace)
  local n, width = #raw.p, 3 * raw.p.shape[2]
  local x = core.concat({ (raw.p / unit):reshape(n, width),
    (raw.v / pace):reshape(n, width) }, 2):to "f32"
  local y = (raw.q / unit):reshape(n, width):to "f32"
  core.eval(x, y)
  return { x = x, y = y }
end

local function units(raw, o)
  if o.units == "raw" then return 1, 1 end
  local unit, pace = rms(raw.p), rms(raw.v)
  return unit > 0 and unit or 1, pace > 0 and pace or 1
end

-- The mean squared error in the file's units, times 100.
local function mse_of(unit)
  return function(prediction, y)
    check.arg(core.is_tensor(y) and y.rank == 2, "mse", "y",
      "a tensor [n, out]", y)
    check.arg(core.is_tensor(prediction)
      and check.shape(prediction) == check.shape(y), "mse", "prediction",
      "a tensor " .. check.shape(y), prediction)
    return 100 * unit ^ 2
      * (prediction - y):to "f64":square():mean():item()
  end
end

local function read(opts)
  return options.read(FUNC, opts, {
    { "path", "string", required = true },
    { "split", "string" },
    { "horizon", "count", default = 30 },
    { "train", "count" },
    { "centre", { "joints", "none" }, default = "joints" },
    { "units", { "isotropic", "raw" }, default = "isotropic" } })
end

---Options: see data.mocap.
---@param opts table
---@return weyl.data.set
function mocap.set(opts)
  local o = read(opts)
  local clips, numbers, joints = read_clips(o.path)
  local lists = o.split and from_split(o.split, clips, o)
    or by_clip(clips, numbers, o)
  if #lists.train == 0 then
    check.fail("%s: '%s': no clip for training has more than %d frames", FUNC,
      o.path, o.horizon)
  end
  local train = gather(limited(lists.train, o.train), clips, o)
  local unit, pace = units(train, o)
  local set = { name = "mocap", train = part(train, unit, pace),
    rep_in = joints * rep.V + joints * rep.V, rep_out = joints * rep.V,
    candidates = motion.candidates(), unit = unit, mse = mse_of(unit),
    variant = ("%d frames ahead"):format(o.horizon) }
  for _, name in ipairs { "validation", "test" } do
    if #lists[name] > 0 then
      set[name] = part(gather(lists[name], clips, o), unit, pace)
    end
  end
  return set
end

return mocap
