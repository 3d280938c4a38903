-- results/decode.lua: reads the JSON that results.json writes, and any other.
--
-- Strict: one value, nothing behind it, and what RFC 8259 does not allow is an
-- error that names the byte; so is a key that an object has twice. Numbers keep
-- their last bit; whole ones without point and exponent are integers. The
-- words "nan", "inf" and "-inf", which results.json writes for numbers, are
-- numbers again and null is nil, unless the reader is to be stricter.

local DEEPEST = 200 -- levels of nesting

local WORDS = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local words -- those that are numbers in the text being read

local value -- value(s, at, depth) -> the value, the place after it

local function fail(at, what)
  error({ message = ("%s at byte %d"):format(what, at) }, 0)
end

local function skip(s, at) return s:find("[^ \t\r\n]", at) or #s + 1 end

-- The character of \u and four digits; `at` is the place of the u. A pair of
-- surrogates is one character.
local function unicode(s, at)
  local digits = s:match("^u(%x%x%x%x)", at)
  if not digits then fail(at, "four hexadecimal digits expected") end
  local code = tonumber(digits, 16)
  if code < 0xd800 or code > 0xdfff then return utf8.char(code), at + 5 end
  local low = tonumber(s:match("^\\u(%x%x%x%x)", at + 5) or "0", 16)
  if code > 0xdbff or low < 0xdc00 or low > 0xdfff then
    fail(at, "half a pair of surrogates")
  end
  return utf8.char(0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00), at + 11
end

local function text(s, at)
  local out, from = {}, at + 1
  while true do
    local stop = s:find('["\\%c]', from)
    local c = stop and s:sub(stop, stop)
    if not c or c ~= '"' and c ~= "\\" and c ~= "\127" then
      fail(stop or #s + 1, "a string without its end")
    end
    out[#out + 1] = s:sub(from, c == "\127" and stop or stop - 1)
    from = stop + 1
    if c == '"' then return table.concat(out), from end
    if c == "\\" then
      local kind = s:sub(from, from)
      if kind == "u" then
        out[#out + 1], from = unicode(s, from)
      elseif ESCAPES[kind] then
        out[#out + 1], from = ESCAPES[kind], from + 1
      else
        fail(from, "no such escape")
      end
    end
  end
end

local function number(s, at)
  local all = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  local whole, rest = (all or ""):match "^-?(%d+)(.*)$"
  local fits = whole and (whole == "0" or whole:sub(1, 1) ~= "0")
    and (rest == "" or rest:find "^%.%d+$" or rest:find "^[eE][+-]?%d+$"
      or rest:find "^%.%d+[eE][+-]?%d+$")
  if not fits then fail(at, "a value expected") end
  if all == "-0" then return -0.0, at + 2 end -- an integer has no sign there
  return tonumber(all), at + #all
end

-- Calls item(at), which returns the place after it, for each of a list that
-- ends with `close`; returns the place after that.
local function items(s, at, close, item)
  at = skip(s, at + 1)
  if s:sub(at, at) == close then return at + 1 end
  while true do
    at = skip(s, item(at))
    local c = s:sub(at, at)
    if c == close then return at + 1 end
    if c ~= "," then fail(at, ("',' or '%s' expected"):format(close)) end
    at = skip(s, at + 1)
  end
end

local function list(s, at, depth)
  local out, n = {}, 0
  return out, items(s, at, "]", function(from)
    n = n + 1
    out[n], from = value(s, from, depth)
    return from
  end)
end

local function object(s, at, depth)
  local out, seen = {}, {}
  return out, items(s, at, "}", function(from)
    if s:sub(from, from) ~= '"' then fail(from, "a key expected") end
    local key, after = text(s, from)
    if seen[key] then fail(from, ("the key '%s' again"):format(key)) end
    seen[key] = true
    from = skip(s, after)
    if s:sub(from, from) ~= ":" then fail(from, "':' expected") end
    out[key], from = value(s, skip(s, from + 1), depth)
    return from
  end)
end

function value(s, at, depth)
  if depth > DEEPEST then fail(at, "too many levels") end
  local c = s:sub(at, at)
  if c == "{" then return object(s, at, depth + 1) end
  if c == "[" then return list(s, at, depth + 1) end
  if c == '"' then
    local word, after = text(s, at)
    return words[word] or word, after
  end
  local name = s:match("^%l+", at)
  if name == "true" or name == "false" then
    return name == "true", at + #name
  end
  if name == "null" then
    if words ~= WORDS then fail(at, "null, which has no place here") end
    return nil, at + 4
  end
  return number(s, at)
end

---@param s string
---@param strict boolean? whether words for numbers stay words and null fails
---@return any value nil, too, when it is not JSON
---@return string? message then
return function(s, strict)
  words = strict and {} or WORDS
  local ok, v = pcall(function()
    local v, after = value(s, skip(s, 1), 0)
    after = skip(s, after)
    if after <= #s then fail(after, "something behind the value") end
    return v
  end)
  if ok then return v end
  if type(v) == "table" then return nil, v.message end
  error(v, 0)
end
