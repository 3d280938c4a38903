-- data/tracks.lua: generated tracks of vehicles whose exact future is known.
--
-- A vehicle turns at a constant rate about the vertical at a constant speed
-- over ground, at the height of the surface that it is on:
--
--   "plane"   level ground
--   "fixed"   a slope that is the same for all vehicles
--   "random"  a slope of random direction and steepness for each
--   "free"    no surface: it turns about a random axis in space
--
-- The law gives the last 6 points from the first 6. With the displacements
-- d_k = p_{k+1} - p_k the one over ground turns by the same angle in each step,
-- which the angle from d_k to d_{k+1} (fitted over all k) tells. Heights follow
-- from the known slope; on a random one they obey, as every linear image of a
-- circular motion does, e_{k+1} = 2 cos(angle) e_k - e_{k-1}. Without a surface
-- all three coordinates do, with the cosine fitted in space. So the law is
-- equivariant under O_xy about the vertical on the plane and on random slopes,
-- under O(3) without a surface, and under no O(2) on a fixed slope.
--
-- That the law breaks a symmetry does not mean that data without noise force
-- a model to break it: where the inputs show slope and angle exactly, the
-- recurrence above, equivariant under O(3), predicts them too. `heights =
-- "flat"` hides the slope from the inputs, `gravity` makes the future fall and
-- `noise` hides a part: these breaks are forced.

local check = require "weyl.check"
local core = require "weyl.core"
local motion = require "weyl.data.motion"
local options = require "weyl.options"

local FUNC = "data.tracks"
local POINTS, SEEN, STEP = motion.POINTS, motion.SEEN, motion.STEP
local AHEAD = POINTS - SEEN

local tracks = {}

-- ---- the law ----

-- Displacements [n, 5, 3] of points [n, 6, 3].
local function displacements(p)
  return p:slice(2, 2, -1) - p:slice(2, 1, -2)
end

-- Cosine and sine [n] of the angle by which displacements over ground turn.
local function ground_turn(d)
  local a, b = d:slice(2, 1, -2), d:slice(2, 2, -1)
  local function column(t, i) return t:slice(3, i, i):squeeze(3) end
  local ax, ay, bx, by = column(a, 1), column(a, 2), column(b, 1), column(b, 2)
  local c = (ax * bx + ay * by):sum(2)
  local s = (ax * by - ay * bx):sum(2)
  local m = (c:square() + s:square()):sqrt()
  local still = m:eq(0)
  local by_m = core.where(still, 1, m)
  return core.where(still, 1, c / by_m), core.where(still, 0, s / by_m)
end

-- The cosine [n] that fits d_{k+1} + d_{k-1} = 2 cos d_k best, in space.
local function space_cosine(d)
  local around = d:slice(2, 1, -3) + d:slice(2, 3, -1)
  local middle = d:slice(2, 2, -2)
  local m = middle:square():sum { 2, 3 }
  local still = m:eq(0)
  local c = (around * middle):sum { 2, 3 } / core.where(still, 1, 2 * m)
  return core.where(still, 1, c:clamp(-1, 1))
end

-- The next displacements by e_{k+1} = 2 c e_k - e_{k-1}.
local function recur(c, before, last, out)
  for k = 1, AHEAD do
    before, last = last, 2 * c * last - before
    out[k] = last
  end
  return out
end

-- Displacements over ground to come: lists of x and of y, [n] each.
local function turned(c, s, x, y)
  local xs, ys = {}, {}
  for k = 1, AHEAD do
    x, y = c * x - s * y, s * x + c * y
    xs[k], ys[k] = x, y
  end
  return xs, ys
end

-- Displacements to come [n, 6, 3] from those seen [n, 5, 3].
local function on_surface(d, o)
  local c, s = ground_turn(d)
  local function last(k, axis)
    return d:slice(2, k, k):slice(3, axis, axis):reshape(#d)
  end
  local xs, ys = turned(c, s, last(5, 1), last(5, 2))
  local zs = {}
  if o.surface == "random" then
    recur(c, last(4, 3), last(5, 3), zs)
  else
    for k = 1, AHEAD do
      zs[k] = o.gradient[1] * xs[k] + o.gradient[2] * ys[k]
    end
  end
  return core.stack({ core.stack(xs, 2), core.stack(ys, 2),
    core.stack(zs, 2) }, 3)
end

local function in_space(d)
  local c = space_cosine(d):reshape(#d, 1)
  local function at(k) return d:slice(2, k, k):reshape(#d, 3) end
  return core.stack(recur(c, at(4), at(5), {}), 2)
end

-- What heights have lost by falling at points 7 to 12, [12].
local function fallen(gravity)
  local list = {}
  for k = 1, POINTS do
    list[k] = gravity / 2 * (math.max(k - SEEN, 0) * STEP) ^ 2
  end
  return list
end

-- [k, 3], entries of `list` from `first` on along z.
local function along_z(list, first, like)
  local rows = {}
  for k = first, POINTS do rows[#rows + 1] = { 0, 0, list[k] } end
  return core.tensor(rows, like.dtype)
end

---The exact future: points [n, 6, 3] in metres to the next 6.
---@param p weyl.tensor
---@param o table options
---@return weyl.tensor
function tracks.law(p, o)
  local d = displacements(p)
  local ahead = o.surface == "free" and in_space(d) or on_surface(d, o)
  return p:slice(2, SEEN, SEEN) + ahead:cumsum(2)
    - along_z(fallen(o.gravity), SEEN + 1, p)
end

-- The law between normalised coordinates; it commutes with translations, so a
-- track's centre need not be known.
local function truth_of(o)
  local norm = motion.normalisations[o.normalisation]
  return function(x)
    check.arg(core.is_tensor(x) and x.rank == 2 and x.shape[2] == 3 * SEEN
      and (x.dtype == "f32" or x.dtype == "f64"), "truth", "x",
      "a floating-point tensor [n, 18]", x)
    local mean, std = motion.axes(norm.mean, x), motion.axes(norm.std, x)
    local scale = motion.axes(o.scale, x)
    local p = (x:reshape(#x, SEEN, 3) * std + mean) / scale
    return ((tracks.law(p, o) * scale - mean) / std):reshape(#x, 3 * AHEAD)
  end
end

-- ---- drawing ----

local function uniform(n, low, high)
  return core.uniform({ n, 1 }, 0, 1, "f64", "data") * (high - low) + low
end

-- sin(a) / a; below 1e-4 the series is exact to rounding.
local function sinc(a)
  local small = a:abs():lt(1e-4)
  return core.where(small, 1 - a:square() / 6,
    a:sin() / core.where(small, 1, a))
end

-- Positions over ground [n, 12], x and y: the chord of an arc by the angle w t
-- is v t sinc(w t / 2) long and points half that angle away from the heading.
local function ground(o, n, sector)
  local speed = uniform(n, o.speed[1], o.speed[2])
  local heading = uniform(n, -sector / 2, sector / 2) * (math.pi / 180)
  local turn = uniform(n, -o.turn, o.turn)
  local t = core.arange(POINTS):to "f64"
  t = (t - t:min()) * STEP
  local half = turn * t / 2
  local chord = speed * t * sinc(half)
  return chord * (heading + half):cos(), chord * (heading + half):sin()
end

-- Two orthogonal unit vectors of random direction, [n, 1, 3].
local function frame(n)
  local function draw()
    return core.normal({ n, 1, 3 }, 0, 1, "f64", "data")
  end
  local a, b = draw(), draw()
  a = a / a:norm(3, true)
  b = b - (a * b):sum(3, true) * a
  return a, b / b:norm(3, true)
end

-- Points without noise [n, 12, 3].
local function clean(o, n, sector)
  local x, y = ground(o, n, sector)
  local function deep(t) return t:reshape(n, POINTS, 1) end
  local height = core.normal({ n, 1 }, o.height, o.height_spread, "f64",
    "data")
  if o.surface == "free" then
    local a, b = frame(n)
    local lift = core.tensor({ 0, 0, 1 }, "f64") * height:reshape(n, 1, 1)
    return deep(x) * a + deep(y) * b + lift
  end
  local gx, gy = o.gradient[1], o.gradient[2]
  if o.surface == "random" then
    gx = core.normal({ n, 1 }, 0, o.slope, "f64", "data")
    gy = core.normal({ n, 1 }, 0, o.slope, "f64", "data")
  end
  return core.concat({ deep(x), deep(y), deep(height + gx * x + gy * y) }, 3)
end

-- Heights of the input points hidden: all are that of the last one.
local function flattened(p)
  local seen = p:slice(2, 1, SEEN)
  local z = p:slice(2, SEEN, SEEN):slice(3, 3, 3)
  return core.concat({ core.concat({ seen:slice(3, 1, 2),
    z:broadcast_to(#p, SEEN, 1) }, 3), p:slice(2, SEEN + 1, -1) }, 2)
end

-- Points of n vehicles as measured [m, 12, 3], those that are kept.
local function measured(o, n, sector)
  local p = clean(o, n, sector)
  p = (p - along_z(fallen(o.gravity), 1, p)) * core.tensor(o.scale, "f64")
  p = p + core.normal(p.shape, 0, 1, "f64", "data")
    * core.tensor(o.noise, "f64")
  local keep = motion.kept(p, o)
  if o.heights == "flat" then p = flattened(p) end
  return core.eval(p:take(core.arange(n):masked_select(keep)))
end

local ROUNDS = 50 -- of drawing until enough tracks are kept

-- Exactly n points of tracks that are kept, nil when they are too rare.
local function draw(o, n, sector)
  local list, have, batch = {}, 0, 2 * n + 64
  for _ = 1, ROUNDS do
    local p = measured(o, batch, sector)
    list[#list + 1], have = p, have + #p
    if have >= n then return core.concat(list, 1):slice(1, 1, n) end
  end
end

-- ---- the set ----

local SURFACES = { "plane", "fixed", "random", "free" }

local specs = {
  { "surface", SURFACES, default = "random" },
  { "slope", "weight", default = 0.1 },
  { "direction", "number", default = 0 },
  { "heights", { "seen", "flat" }, default = "seen" },
  { "gravity", "number", default = 0 },
  { "speed", "table", default = { 0, 12 } },
  { "turn", "weight", default = 0.6 },
  { "sector", "positive", default = 360 },
  { "scale", "table", default = { 1, 1, 1 } },
  { "height", "number", default = -33 },
  { "height_spread", "weight", default = 10 },
  { "noise", "any", default = 0 },
  { "train", "count", default = 1000 },
  { "validation", "count", default = 1000 },
  { "test", "count", default = 1000 },
  { "ood", "count", default = 1000 },
  { "seed", "integer", default = 3025 },
}
table.move(motion.options, 1, #motion.options, #specs + 1, specs)

local function numbers(list, n, low)
  if type(list) ~= "table" or #list ~= n then return false end
  for _, v in ipairs(list) do
    if type(v) ~= "number" or not (v >= low and v < math.huge) then
      return false
    end
  end
  return true
end

local function read(opts)
  local o = options.read(FUNC, opts, specs)
  if type(o.noise) == "number" then o.noise = { o.noise, o.noise, o.noise } end
  check.arg(numbers(o.noise, 3, 0), FUNC, "noise",
    "a number >= 0 or three of them", o.noise)
  check.arg(numbers(o.speed, 2, 0) and o.speed[1] <= o.speed[2], FUNC,
    "speed", "{ lowest, highest } in m/s", o.speed)
  check.arg(numbers(o.scale, 3, 1e-6), FUNC, "scale", "three numbers > 0",
    o.scale)
  check.arg(o.sector <= 360, FUNC, "sector", "at most 360 degrees", o.sector)
  if o.heights == "flat" and (o.surface == "random" or o.surface == "free")
  then
    check.fail("%s: heights = 'flat' hides what surface = '%s' needs", FUNC,
      o.surface)
  end
  local level = o.surface ~= "fixed"
  if o.surface == "plane" and (opts or {}).min_climb == nil then
    o.min_climb = 0
  end
  local angle = o.direction * math.pi / 180
  o.gradient = level and { 0, 0 }
    or { o.slope * math.cos(angle), o.slope * math.sin(angle) }
  return o
end

-- The largest candidate under which the law is exactly equivariant: it is
-- where metres over ground, or in space, are measured alike along the axes.
local function matching(o)
  local std = motion.normalisations[o.normalisation].std
  local function alike(a, b)
    return o.scale[a] * std[b] == o.scale[b] * std[a]
  end
  local free = o.surface == "free"
  if free and o.gravity == 0 and alike(1, 2) and alike(2, 3) then return 1 end
  local sloping = o.gradient[1] ~= 0 or o.gradient[2] ~= 0
  if alike(1, 2) and not sloping then return 2 end
  if free and o.gravity == 0 then
    return alike(2, 3) and 3 or alike(1, 3) and 4 or nil
  end
end

local function variant(o)
  local out = { "surface " .. o.surface }
  for _, name in ipairs { "slope", "heights", "gravity" } do
    if name ~= "slope" or o.surface == "fixed" or o.surface == "random" then
      if o[name] ~= 0 and o[name] ~= "seen" then
        out[#out + 1] = name .. " " .. tostring(o[name])
      end
    end
  end
  if o.noise[1] + o.noise[2] + o.noise[3] > 0 then
    out[#out + 1] = ("noise %g %g %g"):format(table.unpack(o.noise))
  end
  out[#out + 1] = o.normalisation .. (o.published_leak and " with leak" or "")
  return table.concat(out, ", ")
end

---Options: see data.tracks.
---@param opts table?
---@return weyl.data.set
function tracks.set(opts)
  local o = read(opts)
  local before = core.streams()
  core.seed(o.seed)
  local points = draw(o, o.train + o.validation + o.test, o.sector)
  local other = points and draw(o, o.ood, 360)
  core.streams(before)
  if not other then
    check.fail("%s: hardly a track climbs more than %g m and travels less "
      .. "than %g m: change min_climb, max_travel, slope or speed", FUNC,
      o.min_climb, o.max_travel)
  end
  local set, from = motion.set("tracks", o), 1
  for _, name in ipairs { "train", "validation", "test" } do
    set[name] = motion.part(points:slice(1, from, from + o[name] - 1), o)
    from = from + o[name]
  end
  set.ood = motion.part(other, o)
  set.truth, set.matching, set.variant = truth_of(o), matching(o), variant(o)
  return set
end

return tracks
