-- export_spec.lua: runs for other programs. Event files are read by a reader
-- of their own here, which shares nothing with the writer: checksums bit by
-- bit from the polynomial, fields by the wire format alone.

local weyl = require "weyl"
local events = require "weyl.runs.events"
local export = require "weyl.runs.export"
local helper = require "spec.helper"
local results = require "weyl.results"

-- ---- the reader ----

-- CRC-32C by division of polynomials, most significant bit first.
local function crc(data)
  local function reverse(x, n)
    local y = 0
    for _ = 1, n do
      y, x = y << 1 | x & 1, x >> 1
    end
    return y
  end
  local rest = 0xffffffff
  for i = 1, #data do
    rest = rest ~ reverse(data:byte(i), 8) << 24
    for _ = 1, 8 do
      local top = rest & 0x80000000 ~= 0
      rest = rest << 1 & 0xffffffff
      if top then rest = rest ~ 0x1edc6f41 end
    end
  end
  return reverse(rest ~ 0xffffffff, 32)
end

local function unmask(c)
  local r = c - 0xa282ead8 & 0xffffffff
  return (r >> 17 | r << 15) & 0xffffffff
end

local function records(text)
  local out, at = {}, 1
  while at <= #text do
    local length, head = ("<I8I4"):unpack(text, at)
    assert.equal(crc(text:sub(at, at + 7)), unmask(head))
    local data = text:sub(at + 12, at + 11 + length)
    assert.equal(crc(data), unmask((("<I4"):unpack(text, at + 12 + length))))
    out[#out + 1], at = data, at + 16 + length
  end
  assert.equal(#text + 1, at)
  return out
end

local function read_varint(s, at)
  local n, shift = 0, 0
  while true do
    local byte = s:byte(at)
    n, at, shift = n | (byte & 0x7f) << shift, at + 1, shift + 7
    if byte < 0x80 then return n, at end
  end
end

-- The fields of a message: { { number, value }, ... }; bytes stay bytes.
local function fields(s)
  local out, at = {}, 1
  while at <= #s do
    local key, value
    key, at = read_varint(s, at)
    local wire = key & 7
    if wire == 0 then
      value, at = read_varint(s, at)
    elseif wire == 1 then
      value, at = ("<d"):unpack(s, at)
    elseif wire == 5 then
      value, at = ("<f"):unpack(s, at)
    else
      assert.equal(2, wire)
      local n
      n, at = read_varint(s, at)
      value, at = s:sub(at, at + n - 1), at + n
    end
    out[#out + 1] = { key >> 3, value }
  end
  return out
end

-- An event as { time, step, version, values by tag }.
local function event(data)
  local out = { values = {} }
  for _, f in ipairs(fields(data)) do
    local number, value = f[1], f[2]
    if number == 1 then out.time = value end
    if number == 2 then out.step = value end
    if number == 3 then out.version = value end
    if number == 5 then
      for _, item in ipairs(fields(value)) do
        assert.equal(1, item[1])
        local tag, number_of
        for _, part in ipairs(fields(item[2])) do
          if part[1] == 1 then tag = part[2] end
          if part[1] == 2 then number_of = part[2] end
        end
        out.values[tag] = number_of
      end
    end
  end
  return out
end

-- ---- the specs ----

describe("event files", function()
  it("have the checksum of the standard", function()
    assert.equal(0xe3069283, crc "123456789")
    for _, text in ipairs { "", "a", "123456789", ("\0\255"):rep(40) } do
      assert.equal(crc(text), events.crc32c(text))
    end
  end)

  it("hold steps and scalars", function()
    local long = ("tag/"):rep(50)
    local text = events.file({ { step = 1, a = 0.1, [long] = -3 },
      { step = 300, a = 1e300, [long] = 1e-50 },
      { step = 2 ^ 40 // 1 | 0, a = 0 / 0 } }, 1709251199, { "a", long })
    local list = records(text)
    assert.equal(4, #list)
    assert.same({ time = 1709251199.0, version = "brain.Event:2",
      values = {} }, event(list[1]))
    assert.same({ time = 1709251199.0, step = 1,
      values = { a = ("<f"):unpack(("<f"):pack(0.1)), [long] = -3.0 } },
      event(list[2]))
    assert.same({ time = 1709251199.0, step = 300,
      values = { a = math.huge, [long] = 0.0 } }, event(list[3]))
    local last = event(list[4])
    assert.equal(2 ^ 40, last.step)
    assert.is_true(last.values.a ~= last.values.a)
  end)
end)

describe("weyl export", function()
  local folder, program

  setup(function()
    folder = helper.folder()
    program = helper.shell("realpath " .. helper.program):sub(1, -2)
    local store = weyl.runs.open(folder .. "/runs")
    for i = 1, 2 do
      local record = store:begin { name = "a", seeds = { 1, 2 },
        path = ("%s/runs/a-%d"):format(folder, i),
        started = "2024-02-29T23:59:59Z", seconds = 1 }
      for seed = 1, 2 do
        for step = 10, 20, 10 do
          record:metrics(seed, step, { train = step / 3, name = 7,
            lr = i == 1 and 0 / 0 or nil })
        end
        record:results(seed, { epoch = 20, test = i / 3 })
        record:levels(seed, { { group = "O(2), axes 1,2", error = 0.5 } })
      end
      record:finish "done"
    end
    store:close()
  end)

  teardown(function() helper.remove(folder) end)

  local function verb(words)
    return helper.shell(("cd %s && %s export %s"):format(
      helper.quote(folder), program, words))
  end

  it("writes CSV with every digit, of several runs", function()
    local out, err, status = verb "1 2"
    assert.same({ "", 0 }, { err, status })
    assert.equal([[
run,name,seed,step,lr,train
1,a,1,10,nan,3.3333333333333335
1,a,1,20,nan,6.666666666666667
1,a,2,10,nan,3.3333333333333335
1,a,2,20,nan,6.666666666666667
2,a,1,10,,3.3333333333333335
2,a,1,20,,6.666666666666667
2,a,2,10,,3.3333333333333335
2,a,2,20,,6.666666666666667
]], out)
    assert.equal("run,name,seed,epoch,test\n1,a,1,20,0.33333333333333331\n",
      (verb "1 --what results"):match "^.-\n.-\n")
    assert.equal("run,name,seed,group,error\n1,a,1,\"O(2), axes 1,2\",0.5\n",
      (verb "1 -w levels"):match "^.-\n.-\n")
  end)

  it("writes JSON, to a file whose name says so", function()
    local out, err, status = verb "1 2 -o out.json"
    assert.same({ "", "", 0 }, { out, err, status })
    local list = results.parse(helper.read(folder .. "/out.json"))
    assert.equal(2, #list)
    assert.same({ seed = 2, step = 20, train = 20 / 3, name = 7 },
      list[2].metrics[4])
    assert.equal(0.5, list[1].levels[1].error)
    assert.equal(list[1].name, results.parse((verb "1 -f json"))[1].name)
  end)

  it("writes event files, one folder per seed", function()
    local out, err, status = verb "1 2 -f tensorboard -o logs"
    assert.equal(0, status)
    assert.equal("weyl export: see them with `tensorboard --logdir logs`\n",
      err)
    local paths = {}
    for path in out:gmatch "[^\n]+" do paths[#paths + 1] = path end
    assert.equal(4, #paths)
    assert.equal("logs/a-2/seed-1/events.out.tfevents.1709251199.weyl",
      paths[3])
    local list = records(helper.read(folder .. "/" .. paths[3]))
    assert.equal(3, #list)
    assert.same({ time = 1709251199.0, step = 20,
      values = { train = ("<f"):unpack(("<f"):pack(20 / 3)), name = 7.0 } },
      event(list[3]))
  end)

  it("says what is wrong", function()
    local _, err, status = verb "1 -f xls"
    assert.matches("must be one of 'csv', 'json', 'tensorboard'", err)
    assert.equal(2, status)
    _, err, status = verb "3"
    assert.equal("weyl export: there is no run '3' in 'runs/weyl.db'; `weyl "
      .. "runs` lists runs\n", err)
    assert.equal(1, status)
    _, err, status = verb "1 -o /proc/x.csv"
    assert.matches("^weyl: cannot write '/proc/x.csv': ", err)
    assert.equal(1, status)
  end)

  it("knows the seconds of any time", function()
    for _, iso in ipairs { "1970-01-01T00:00:00Z", "2000-02-29T12:00:00Z",
      "2024-12-31T23:59:59Z", "2026-03-01T00:00:00Z" } do
      local out = helper.shell("date -u -d " .. iso .. " +%s")
      assert.equal(tonumber(out), export.seconds_of(iso))
    end
  end)
end)
