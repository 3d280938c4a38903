-- csv_spec.lua: the engine's reader of text tables: numbers to the last bit,
-- pieces of any size, memory that runs out.

local core = require "weyl.core"
local weyl = require "weyl"

local function draws(n, stream)
  return weyl.integers({ n }, 0, 1 << 62, stream):totable()
end

local function parser(kinds, o)
  o = o or {}
  local p = core.csv { delimiter = o.delimiter or ",", quote = '"',
    comment = "#", missing = o.missing or { "NA" } }
  if kinds then assert(p:columns(kinds, o.skip or 0)) end
  return p
end

-- Everything a parser finds in a text that comes in pieces.
local function read(p, text, size)
  for at = 1, #text, size do
    p:feed(text:sub(at, at + size - 1))
    local rows, why = p:parse(1 << 40)
    if not rows then return why end
  end
  p:feed()
  local rows, why = p:parse(1 << 40)
  if not rows then return why end
  local out = { rows = rows, x = p:numbers():totable(),
    codes = p:codes():totable(), words = {} }
  local ok = pcall(p.words, p, 1, out.words)
  return out, ok
end

describe("numbers in text", function()
  -- The C library's own reading is exact; Lua has it as tonumber.
  local function same(text)
    local want = tonumber(text .. "e0") or tonumber(text) -- no integer
    local got = core.csv_number(text)
    if ("%a"):format(want) ~= ("%a"):format(got) then
      error(("%s: %a, not %a"):format(text, got, want))
    end
  end

  it("are read to the last bit, whatever their length", function()
    weyl.seed(7)
    local a, b = draws(20000, "digits"), draws(20000, "places")
    for i, v in ipairs(a) do
      local digits = ("%d%03d"):format(v, b[i] % 1000)
      digits = digits:sub(1, 1 + b[i] % #digits)
      local point = (b[i] >> 8) % (#digits + 1)
      local text = digits:sub(1, point) .. "." .. digits:sub(point + 1)
      if (b[i] >> 16) % 3 == 0 then
        text = text .. "e" .. (b[i] >> 20) % 80 - 40
      end
      same(text)
      same("-" .. text)
    end
  end)

  it("are rounded to even between two doubles", function()
    for _, text in ipairs { "9007199254740993", "9007199254740993.0",
      "9007199254740992.9999", "9007199254740993.0000000000000001",
      "9007199254740995", "1.00000000000000011102230246251565",
      "1.000000000000000111022302462515654", "4503599627370497.5",
      "0.500000000000000166533453693773481063544750213623046875",
      "18446744073709551615", "18446744073709551616", "99999999999999999999",
      "9999999999999999999e27", "9999999999999999999e-27", "1e22", "1e23",
      "8.5e23", "-0", "-0.0e-999", "3518437208883201171875e-2",
      "7.0420557077594588669468784e22" } do same(text) end
  end)

  it("reach both ends of the range", function()
    for _, text in ipairs { "1.7976931348623157e308", "1e400", "5e-324",
      "2.4703282292062327e-324", "2.4703282292062328e-324", "1e-400",
      "2.2250738585072011e-308", "0e999999999999", "0.0e-5", "1e-99999999999",
      "00000000000000000000000000001.5", "0." .. ("0"):rep(400) .. "1e400",
      ("1"):rep(400) .. "e-390" } do same(text) end
    assert.equal("-0x0p+0", ("%a"):format(core.csv_number "-0"))
  end)

  it("are what a whole field says, or nothing", function()
    for text, v in pairs { ["+1.5"] = 1.5, [".5"] = 0.5, ["5."] = 5,
      inf = math.huge, ["-Infinity"] = -math.huge, ["1E+2"] = 100 } do
      assert.equal(v, core.csv_number(text))
    end
    local nan = core.csv_number "NaN"
    assert.is_true(nan ~= nan)
    for _, text in ipairs { "", ".", "+", "-", "e5", "1e", "1e+", "0x10",
      "1_0", "1.2.3", "--1", "1 2", "1d5", "in", "nano", "infin", "1,5" } do
      assert.is_nil(core.csv_number(text))
    end
  end)

  it("do not follow the locale", function()
    local before = os.setlocale()
    local ok = os.setlocale "de_DE.UTF-8" or os.setlocale "fr_FR.UTF-8"
    local long = "0.12345678901234567890123456789"
    local v = core.csv_number(long)
    local text = core.csv_text(weyl.tensor({ { 0.1 } }, "f64"), ",", 1, 1)
    os.setlocale(before)
    assert.equal(tonumber(long), v)
    assert.equal("0.1\n", text)
    if not ok then pending "no locale with a decimal comma is installed" end
  end)
end)

describe("numbers as text", function()
  it("are the shortest that are read back", function()
    weyl.seed(8)
    local x = (weyl.normal({ 300, 2 }, 0, 1, "f64") * 1e5):eval()
    local rows = core.csv_text(x, ",", 1, 300)
    local p = parser { "number", "number" }
    assert.same(x:totable(), read(p, rows, 1000).x)
    local y = x:to "f32"
    local z = read(parser { "number", "number" },
      core.csv_text(y, ",", 1, 300), 1000).x
    assert.same(y:totable(), weyl.tensor(z, "f32"):totable())
    assert.equal("0.1;-3\n1e+300;nan\ninf;-inf\n", core.csv_text(weyl.tensor({
      { 0.1, -3 }, { 1e300, 0 / 0 }, { math.huge, -math.huge } }, "f64"),
      ";", 1, 3))
    assert.equal("0.1\n", core.csv_text(weyl.tensor { { 0.1 } }, ",", 1, 1))
    assert.equal("9007199254740993\n",
      core.csv_text(weyl.tensor({ { 9007199254740993 } }, "i64"), ",", 1, 1))
    assert.equal("1,0\n",
      core.csv_text(weyl.tensor { { true, false } }, ",", 1, 1))
  end)
end)

describe("text in pieces", function()
  local texts = { "a,1\nNA,NA\nbb, 3 \n", "\xEF\xBB\xBFa,1\r\n# x\r\n\r\n"
    .. "NA,\rb b,2\n", 'a,"1"\n"x,""y\nz""", 2.5\n  "" ,NA', "a,1",
    "a,1\n\n\n", "#\n#a\na,1\n#b" }

  it("reads the same however it is cut", function()
    for _, text in ipairs(texts) do
      local want = read(parser { "word", "number" }, text, #text)
      for size = 1, #text do
        local got = read(parser { "word", "number" }, text, size)
        assert.same(tostring(want.rows), tostring(got.rows))
        assert.same(want.codes, got.codes)
        assert.same(want.words, got.words)
        for i, row in ipairs(want.x) do
          for j, v in ipairs(row) do
            local w = got.x[i][j]
            assert.is_true(v == w or v ~= v and w ~= w)
          end
        end
      end
    end
  end)

  it("finds the same faults however it is cut", function()
    for text, why in pairs {
      ["a,1\nb,x\n"] = "line 2, column 2: 'x' is no number",
      ["a,1\n\n#\nb,1,2\n"] = "line 4 has 3 fields, not 2",
      ["a,1\nb\n"] = "line 2 has 1 fields, not 2",
      ['"a\nb",1\n"c"d,2\n'] = "line 3, column 1: 'c' is followed by more "
        .. "than a delimiter",
      ['a,1\n"b,2\n3'] = "line 2: a quote is not closed",
      ["\xFF\xFEa\0"] = "the text is UTF-16; it must be UTF-8 or ASCII",
      ["a,1\nb," .. ("y"):rep(50) .. "\n"] = "line 2, column 2: '"
        .. ("y"):rep(40) .. "...' is no number",
    } do
      for size = 1, #text do
        assert.equal(why, read(parser { "word", "number" }, text, size))
      end
    end
  end)

  it("skips rows and columns", function()
    local out = read(parser({ "skip", "number", "word" }, { skip = 1 }),
      "x,y,z\n?,1,u\n!,2,v\n", 3)
    assert.same({ { 1 }, { 2 } }, out.x)
    assert.same({ "u", "v" }, out.words)
  end)

  it("takes runs of blanks as one delimiter", function()
    local out = read(parser({ "number", "number" }, { delimiter = " " }),
      "  1 \t 2  \n3 4\n\t\n 5\t6", 2)
    assert.same({ { 1, 2 }, { 3, 4 }, { 5, 6 } }, out.x)
  end)

  it("hands out rows while it reads", function()
    local p = parser { "number" }
    p:feed "1\n2\n3\n4"
    assert.equal(2, p:parse(2))
    assert.same({ { 1 }, { 2 } }, p:numbers():totable())
    p:drop()
    assert.equal(1, p:parse(2))
    p:feed()
    assert.equal(2, p:parse(2))
    assert.same({ { 3 }, { 4 } }, p:numbers():totable())
  end)

  it("refuses a row without an end", function()
    local p, why = parser { "word" }, nil
    local piece = ("x"):rep(1 << 24)
    p:feed '"'
    for _ = 1, 12 do
      p:feed(piece)
      why = select(2, p:parse(1)) or why
    end
    assert.equal("line 1: a row of over 64 MiB; is a quote left open?", why)
  end)

  it("reads no more than 1048576 columns", function()
    local p = parser()
    p:feed((","):rep(1 << 20) .. "\n")
    local _, why = p:parse(1)
    assert.equal("line 1 has 1048577 fields; at most 1048576 columns are read",
      why)
  end)
end)
