-- decode_spec.lua: JSON read back: exact numbers, strictness, messages.

local results = require "weyl.results"

local parse = results.parse

describe("results.parse", function()
  it("reads back what results.json writes, to the last bit", function()
    local value = { a = { 0.1, 1 / 3, 1e300, -2.5e-310, 5e-324, 7,
      math.mininteger, 2.0 ^ 53 }, ["key \"\\\n\1\127é"] = "text \"\\\n\1\127é",
      t = true, f = false, e = {}, inf = { 1 / 0, -1 / 0 },
      deep = { { { b = { 1 } } } } }
    assert.same(value, parse(results.json(value)))
    local nan = parse(results.json { 0 / 0 })[1]
    assert.is_true(nan ~= nan)
    assert.equal("-inf", tostring(1 / parse(results.json { -0.0 })[1]))
    assert.equal("integer", math.type(parse "[7]"[1]))
    assert.equal("float", math.type(parse "[7.0]"[1]))
  end)

  it("reads JSON of others", function()
    assert.same({ 1, -2.5e3, "a/b\u{e9}\u{1f600}\b\f", {}, nil, false },
      parse(' [ 1 , -2.5E+3 , "a\\/b\\u00e9\\ud83d\\ude00\\b\\f",\r\n\t{ } ,'
        .. " null , false ] "))
    assert.equal("x", parse '"x"')
    assert.same({ a = { b = 0 } }, parse '{"a":{"b":0}}')
  end)

  it("rejects all else and says where", function()
    local function fails(text, pattern)
      assert.error_matches(function() parse(text) end, "not JSON: " .. pattern)
    end
    fails("", "a value expected at byte 1")
    fails("[1,]", "a value expected at byte 4")
    fails("[1 2]", "',' or ']' expected at byte 4")
    fails('{"a" 1}', "':' expected at byte 6")
    fails("{a:1}", "a key expected at byte 2")
    fails('{"a":1,}', "a key expected at byte 8")
    fails('{"a":1, "a":1}', "the key 'a' again at byte 9")
    fails('{"a":null,"a":1}', "the key 'a' again at byte 11")
    fails("1 1", "something behind the value at byte 3")
    fails('"a', "a string without its end at byte 3")
    fails('"a\nb"', "a string without its end at byte 3")
    fails('"\\x"', "no such escape at byte 3")
    fails('"\\u12g4"', "four hexadecimal digits expected at byte 3")
    fails('"\\ud800x"', "half a pair of surrogates at byte 3")
    fails('"\\udc00"', "half a pair of surrogates at byte 3")
    for _, text in ipairs { "01", "-", ".5", "1.", "1e", "+1", "0x10", "nan",
      "1.e3", "tru", "[1", "--1" } do
      assert.error_matches(function() parse(text) end, "not JSON")
    end
    fails(("["):rep(300), "too many levels at byte 202")
    assert.error_matches(function() parse(3) end,
      "'text' must be a string, got 3")
  end)
end)

describe("results.json", function()
  it("loses no key of a list", function()
    assert.error_matches(function() results.json { 1, 2, name = "x" } end,
      "a list of 2 entries cannot also have the key 'name'")
  end)
end)
