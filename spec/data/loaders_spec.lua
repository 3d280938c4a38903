-- loaders_spec.lua: people, motion capture and vehicles from small files that
-- are written here.

local helper = require "spec.helper"
local weyl = require "weyl"

local data, says = weyl.data, helper.says

local folder
setup(function() folder = helper.folder() end)
teardown(function() helper.remove(folder) end)

local function file(name, text)
  local path = folder .. "/" .. name
  helper.write(path, text)
  return path
end

-- Rows of a person seen in these frames, at x = id + frame, y = -frame.
local function rows(id, first, last, step, sep)
  local out = {}
  for f = first, last, step do
    out[#out + 1] = table.concat({ f, id, id + f, -f }, sep or "\t")
  end
  return table.concat(out, "\n") .. "\n"
end

describe("data.pedestrians", function()
  local a, b

  setup(function()
    -- 1: 5 rows; 2: 3 and, after a gap, 4; 3: 2, too few; 4: 3
    a = file("a.txt", rows(1, 0, 40, 10) .. rows(2, 0, 20, 10)
      .. rows(2, 40, 70, 10) .. rows(3, 0, 10, 10) .. rows(4, 0, 20, 10))
    b = file("b.txt", rows(7, 5, 25, 5))
  end)

  local function load(o)
    o.files, o.observed, o.predicted = o.files or { a, b }, 2, 1
    return data.pedestrians(o)
  end

  it("cuts windows for each person without gaps", function()
    local set = load { centre = "none", validation = 0 }
    assert.same({ { 1, 0, 11, -10 }, { 11, -10, 21, -20 },
      { 21, -20, 31, -30 }, { 2, 0, 12, -10 }, { 42, -40, 52, -50 },
      { 52, -50, 62, -60 }, { 4, 0, 14, -10 } }, set.train.x:totable())
    assert.same({ { 21, -20 }, { 31, -30 }, { 41, -40 }, { 22, -20 },
      { 62, -60 }, { 72, -70 }, { 24, -20 } }, set.train.y:totable())
    assert.is_nil(set.validation)
    assert.equal(3, #set.test.x) -- every 5 frames in the other file
    assert.same({ "2*V", "V" }, { tostring(set.rep_in),
      tostring(set.rep_out) })
    assert.same({ { name = "a", part = "train", rows = 17, people = 4,
      windows = 7 }, { name = "b", part = "test", rows = 5, people = 1,
      windows = 3 } }, set.files)
    assert.equal("2 + 1 points", set.variant)
  end)

  it("centres by what was observed", function()
    local x = load({ validation = 0 }).train
    assert.same({ -5, 5, 5, -5 }, x.x:totable()[1])
    assert.same({ 15, -15 }, x.y:totable()[1])
    x = load({ validation = 0, centre = "last", unit = 10 }).train
    assert.same({ -1, 1, 0, 0 }, x.x:totable()[1])
    assert.same({ 1, -1 }, x.y:totable()[1])
  end)

  it("tells people, files and steps apart", function()
    local set = load { validation = 0.25 }
    assert.same({ 6, 1, 3 },
      { #set.train.x, #set.validation.x, #set.test.x })
    set = load { test = {}, validation = "b" }
    assert.same({ 7, 3 }, { #set.train.x, #set.validation.x })
    assert.is_nil(set.test)
    assert.equal(3, #load({ test = "a", validation = 0 }).train.x)
    assert.equal(4, #load({ stride = 2, validation = 0, step = 10,
      test = "b" }).train.x - 1)
    assert.is_nil(load({ step = 10, validation = 0 }).test)
    assert.equal(6, #load({ files = { a }, validation = 0.25 }).train.x)
  end)

  it("does not mind the order of rows", function()
    local text = rows(1, 0, 40, 10)
    local lines = {}
    for line in text:gmatch "[^\n]+" do table.insert(lines, 1, line) end
    local c = file("c.txt", table.concat(lines, "\n"))
    local d = file("d.txt", text)
    assert.same(load({ files = { d }, validation = 0 }).train.x:totable(),
      load({ files = { c }, validation = 0 }).train.x:totable())
  end)

  it("measures in metres", function()
    local set = data.pedestrians { files = { a, b }, observed = 1,
      predicted = 2, validation = 0, unit = 2 }
    local y = set.train.y
    local off = y + weyl.tensor { 0, 0, 3, 4 }
    assert.near(5, set.ade(off, y), 1e-5) -- (0 + 2 * 5) / 2
    assert.near(10, set.fde(off, y), 1e-5)
  end)

  it("has candidates of which the first contains the others", function()
    local plain = load({}).candidates
    assert.equal(4, #plain)
    for _, g in ipairs(plain) do
      local h = g:sample { n = 6, seed = 1 }
      for i = 1, 6 do assert.is_true(plain[1]:contains(h[i])) end
    end
    -- rotations, reflections and scalings: h^T h is a multiple of one
    local scaled = load({ scaling = true }).candidates
    assert.equal(6, #scaled)
    local h = scaled[1]:sample { n = 50, seed = 1 }
    local m = h:transpose():matmul(h):reshape(50, 4)
    local size = m:slice(2, 1, 1)
    assert.is_true((m / size - weyl.tensor { 1, 0, 0, 1 }):abs():max():item()
      < 1e-9)
    assert.is_true(size:max():item() > 1.1)
    assert.is_true(h:det():min():item() < 0 and h:det():max():item() > 0)
  end)

  it("says what is wrong", function()
    says("data.pedestrians: 'F/e.txt': rows must be frame id x y, they have 3 "
      .. "fields", function() load { files = { file("e.txt", "1 2 3\n") } } end)
    says("data.pedestrians: 'F/e.txt': line 3: 1 is in frame 10 a second time",
      function()
        load { files = { file("e.txt", rows(1, 0, 10, 10)
          .. rows(1, 10, 10, 1)) } }
      end)
    says("data.pedestrians: test: there is no file 'x' among a, b",
      function() load { test = "x" } end)
    says("data.pedestrians: validation: there is no file 'x' among a, b",
      function() load { validation = { "x" } } end)
    says("data.pedestrians: argument 'test' must be names of files, got 3",
      function() load { test = 3 } end)
    says("data.pedestrians: argument 'validation' must be a share in [0, 1) "
      .. "of the people, or names of files, got 1",
      function() load { validation = 1 } end)
    says("data.pedestrians: argument 'files' must be a list of files, got an "
      .. "empty table", function() load { files = {} } end)
    says("data.pedestrians: argument 'files' must be a list of files, got 1",
      function() load { files = { 1 } } end)
    says("data.pedestrians: two files are named 'a'",
      function() load { files = { a, a } } end)
    says("data.pedestrians: no one in the training files is seen 20 times in "
      .. "a row", function() data.pedestrians { files = { a, b } } end)
  end)
end)

describe("data.mocap", function()
  -- Two joints; frame t of clip c: (t, 0, c), (3 t, 2, t^2).
  local function clip(c, frames)
    local out = {}
    for t = 0, frames - 1 do
      out[t + 1] = { { t, 0, c }, { 3 * t, 2, t * t } }
    end
    return weyl.tensor(out, "f64")
  end

  local function write(name, arrays)
    local path = folder .. "/" .. name
    data.save_npz(path, arrays)
    return path
  end

  local function ints(list) return weyl.tensor(list, "i64") end

  local clips, split

  setup(function()
    clips = write("clips.npz", { clip00 = clip(0, 5), clip01 = clip(1, 6),
      clip02 = clip(2, 4), edges = ints { { 0, 1 } } })
    split = write("split.npz", { train_clip = ints { 1, 1, 0, 0 },
      train_start = ints { 3, 0, 1, 2 }, validation_clip = ints { 2 },
      validation_start = ints { 1 }, test_clip = ints { 2 },
      test_start = ints { 0 } })
  end)

  local raw = { centre = "none", units = "raw", horizon = 2 }

  local function load(o)
    for name, value in next, raw do o[name] = o[name] or value end
    o.path = o.path or clips
    return data.mocap(o)
  end

  it("takes samples of a split file, counted from 0", function()
    local set = load { split = split }
    assert.same({ 3, 0, 1, 9, 2, 9, 1, 0, 0, 3, 0, 7 },
      set.train.x:totable()[1])
    assert.same({ 5, 0, 1, 15, 2, 25 }, set.train.y:totable()[1])
    assert.same({ 2, 0, 0, 6, 2, 4, 1, 0, 0, 3, 0, 5 },
      set.train.x:totable()[4])
    assert.same({ { 3, 0, 2, 9, 2, 9 } }, set.validation.y:totable())
    assert.same({ 4, 1, 1 }, { #set.train.x, #set.validation.x,
      #set.test.x })
    assert.same({ "4*V", "2*V", "2 frames ahead" }, { tostring(set.rep_in),
      tostring(set.rep_out), set.variant })
    local two = load { split = split, train = 2 }
    assert.same({ set.train.y:totable()[1], set.train.y:totable()[3] },
      two.train.y:totable())
  end)

  it("takes all frames without one, by clip", function()
    local set = load {}
    assert.same({ 7, 2 }, { #set.train.x, #set.test.x })
    assert.is_nil(set.validation)
  end)

  it("centres and scales alike along all axes", function()
    local set = load { split = split, centre = "joints", units = "isotropic" }
    -- by the root mean square, over the training samples
    assert.near(1, set.train.x:slice(2, 1, 6):square():mean():item(), 1e-6)
    assert.near(1, set.train.x:slice(2, 7, 12):square():mean():item(), 1e-6)
    local x = set.train.x:slice(2, 1, 6) * set.unit
    assert.is_true((x:slice(2, 1, 3) + x:slice(2, 4, 6)):abs():max():item()
      < 1e-5)
    local plain = load { split = split }
    local mean = plain.train.x:slice(2, 1, 6):reshape(4, 2, 3):mean(2, true)
    local want = plain.train.y:reshape(4, 2, 3) - mean
    assert.is_true((want - (set.train.y * set.unit):reshape(4, 2, 3)):abs()
      :max():item() < 1e-5)
    local y = set.test.y
    assert.near(400, set.mse(y + 2 / set.unit, y), 1e-3)
    says("mse: argument 'prediction' must be a tensor [1, 6], got nil",
      function() set.mse(nil, y) end)
    says("mse: argument 'y' must be a tensor [n, out], got nil",
      function() set.mse(y, nil) end)
  end)

  it("says what is wrong", function()
    local function changed(what)
      local arrays = data.load_npz(split)
      for name, t in next, what do arrays[name] = t or nil end
      return write("s.npz", arrays)
    end
    local function refuses(text, what)
      says("data.mocap: 'F/s.npz': " .. text,
        function() load { split = changed(what) } end)
    end
    refuses("there is no array 'test_clip' or 'test_start'",
      { test_clip = false })
    refuses("'test_clip' and 'test_start' must be integers [n] of one length",
      { test_clip = ints { 1, 2 } })
    refuses("'test_clip' and 'test_start' must be integers [n] of one length",
      { test_clip = weyl.ones { 1 } })
    refuses("test_clip, entry 1: there is no clip 3",
      { test_clip = ints { 3 } })
    refuses("test_start, entry 1: frame 2 and 2 later are not both among the "
      .. "4 of clip 2", { test_start = ints { 2 } })
    refuses("test_start, entry 1: frame -1 and 2 later are not both among the "
      .. "4 of clip 2", { test_start = ints { -1 } })
    says("data.mocap: argument 'train' must be at least one of each of the 2 "
      .. "clips, got 1", function() load { split = split, train = 1 } end)
    local function bad(text, arrays)
      says("data.mocap: 'F/b.npz': " .. text,
        function() load { path = write("b.npz", arrays) } end)
    end
    bad("there are no arrays clip00, clip01, ...", { x = weyl.ones { 1 } })
    bad("clip 0 is f32 [2, 2], not floating-point [frames, joints, 3]",
      { clip00 = weyl.ones { 2, 2 } })
    bad("clip 1 has 1 joints, others have 2", { clip00 = clip(0, 3),
      clip01 = weyl.ones { 3, 1, 3 } })
    bad("no clip for training has more than 2 frames",
      { clip00 = clip(0, 2) })
    says("data.mocap: option 'path' is missing",
      function() data.mocap {} end)
  end)
end)

describe("data.vehicle", function()
  -- n tracks of `frames` frames: x = 0.01 f, y = n, z = 0.1 f.
  local function array(n, frames)
    local out = {}
    for i = 1, n do
      out[i] = {}
      for f = 1, frames do out[i][f] = { 0.01 * f, i, 0.1 * f } end
    end
    return weyl.tensor(out, "f64")
  end

  local function write(name, arrays)
    local path = folder .. "/" .. name
    data.save_npz(path, arrays)
    return path
  end

  local plain = { normalisation = "none" }

  local function load(o)
    o.normalisation = plain.normalisation
    return data.vehicle(o)
  end

  it("reads arrays, every second frame where told", function()
    local path = write("v.npz", { tracks = array(5, 24) })
    local set = load { path = path, every = 2 }
    assert.same({ 3, 1, 1 }, { #set.train.x, #set.validation.x,
      #set.test.x })
    -- frames 1, 3, .. 23, less the mean of the first 6, frame 6
    for k, v in ipairs(set.train.x:totable()[1]) do
      local axis, f = (k - 1) % 3 + 1, (k - 1) // 3 * 2 + 1
      assert.near(({ 0.01, 0, 0.1 })[axis] * (f - 6), v, 1e-6)
    end
    assert.near(0.1 * 17, set.train.y:totable()[1][18], 1e-6)
    assert.same({ "6*V", "6*V", "none" }, { tostring(set.rep_in),
      tostring(set.rep_out), set.variant })
    assert.equal(4, #set.candidates)
    assert.equal(0, set.ade(set.train.y, set.train.y))
    assert.near(0.1 * 11 - 0.65 + 0.1, load({ path = path,
      published_leak = true }).train.y:totable()[1][18], 1e-6)
  end)

  it("takes tracks that are valid and kept", function()
    local valid = weyl.ones({ 3, 13 }):gt(0):totable()
    valid[2][12], valid[3][13] = false, false
    local tracks = array(3, 13)
    local path = write("v.npz", { tracks = tracks,
      valid = weyl.tensor(valid) })
    local set = load { path = path, train = 0.5, validation = 0 }
    assert.same({ 1, 1 }, { #set.train.x, #set.test.x })
    says("data.vehicle: 'F/v.npz': no track climbs more than 0.6 m and "
      .. "travels less than 5 m",
      function() load { path = path, min_climb = 0.6 } end)
    says("data.vehicle: 'F/v.npz': no track has 24 valid frames", function()
      load { path = write("v.npz", { tracks = array(1, 24),
        valid = weyl.zeros({ 1, 24 }):gt(0) }), every = 2 }
    end)
  end)

  it("reads text, with columns in any order", function()
    local lines, x = { "z,track,y,frame,x" }, array(2, 12):totable()
    for i = 1, 2 do
      for f = 1, 12 do
        lines[#lines + 1] = table.concat({ x[i][f][3], i, i, 100 + f,
          x[i][f][1] }, ",")
      end
    end
    lines[#lines + 1] = "1,3,1,1,1" -- a track that is too short
    local path = file("v.csv", table.concat(lines, "\n"))
    local set = load { files = { train = path, test = path } }
    local want = load { files = { train = write("v.npz",
      { tracks = array(2, 12) }) } }
    assert.same(want.train.x:totable(), set.train.x:totable())
    assert.same(want.train.y:totable(), set.test.y:totable())
    assert.is_nil(set.validation)
    says("data.vehicle: 'F/v.csv': no track has 24 valid frames",
      function() load { path = path, every = 2 } end)
  end)

  it("says what is wrong", function()
    local function bad(text, arrays)
      says("data.vehicle: 'F/b.npz': " .. text,
        function() load { path = write("b.npz", arrays) } end)
    end
    bad("there is no array 'tracks'", { x = weyl.ones { 1 } })
    bad("'tracks' is f32 [2, 3], not floating-point [n, frames, 3]",
      { tracks = weyl.ones { 2, 3 } })
    bad("tracks have 11 frames, 12 are needed", { tracks = array(1, 11) })
    bad("'valid' is bool [1], not bool [1, 12]", { tracks = array(1, 12),
      valid = weyl.tensor { true } })
    says("data.vehicle: 'F/b.csv': the first line must name the columns",
      function() load { path = file("b.csv", "1,2\n") } end)
    says("data.vehicle: 'F/b.csv': there is no column 'frame'",
      function() load { path = file("b.csv", "track,x\n1,2\n") } end)
    says("data.vehicle: give either path or files", function() load {} end)
    says("data.vehicle: 'a.txt' is neither .npz nor .csv nor .tsv",
      function() load { path = "a.txt" } end)
    says("data.vehicle: the shares 0.9 and 0.2 add up to more than 1",
      function()
        load { path = write("b.npz", { tracks = array(2, 12) }), train = 0.9 }
      end)
    says("data.vehicle: argument 'files' must be { train = path, validation "
      .. "= path, test = path }, got a table",
      function() load { files = { tets = "a.npz" } } end)
    says("data.vehicle: argument 'files' must be names of files, got 1",
      function() load { files = { train = 1 } } end)
    says("data.vehicle: there is no track to train on",
      function() load { files = {} } end)
  end)
end)
