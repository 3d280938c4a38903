-- targets.lua: what is done with an input of the fuzzer, by reader.
--
-- A target gets the input and the path of a file that holds it; it may write
-- that file anew. A reader either gives what it should or raises a message of
-- its own; whatever else happens is raised again, a finding. What was read
-- must come out the same in another way: written and read back, or read in
-- pieces.

local core = require "weyl.core"
local files = require "weyl.data.files"
local npy = require "weyl.data.npy"
local weyl = require "weyl"
local zlib = require "zlib"

local data = weyl.data
local targets = {}

-- What a reader gives for a path, nil when it refuses it; `func` begins its
-- messages.
local function try(func, read, ...)
  local ok, value = pcall(read, ...)
  if ok then return value end
  local message = tostring(value):gsub("^[^%s:]+:%d+: ", "")
  if message:sub(1, #func + 2) ~= func .. ": "
    or message:find "out of memory: %d+ bytes asked" then
    error(message, 0)
  end
  return nil
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- Bits of a tensor, so that NaN is itself.
local function same(a, b, what)
  assert(a.dtype == b.dtype and table.concat(a.shape, ",")
    == table.concat(b.shape, ","), what)
  assert((core.to_bytes(a)) == (core.to_bytes(b)), what)
end

-- ---- arrays ----

function targets.npy(_, path)
  local t = try("data.load_npy", data.load_npy, path)
  if not t then return end
  local pieces = npy.format(t)
  write(path, pieces[1] .. core.to_bytes(t))
  same(t, data.load_npy(path), "written and read back it is another")
end

-- Checksums are let pass: few inputs would get beyond them.
local check = files.check
function files.check(ok, at, format, ...)
  if format ~= "the checksum is wrong" then check(ok, at, format, ...) end
end

function targets.npz(_, path)
  try("data.load_npz", data.load_npz, path)
end

-- Plain, and packed by a gzip that is whole.
function targets.idx(input, path)
  local plain = try("data.load_idx", data.load_idx, path)
  if input:sub(1, 2) ~= "\x1f\x8b" then
    write(path, (zlib.deflate(1, 31)(input, "finish")))
    local packed = try("data.load_idx", data.load_idx, path)
    assert((plain == nil) == (packed == nil), "plain and packed differ")
    if plain then same(plain, packed, "plain and packed differ") end
  end
end

function targets.safetensors(_, path)
  try("data.load_safetensors", data.load_safetensors, path)
end

-- ---- text ----

-- Everything a parser finds, as a string: bytes of numbers, codes, words.
local function parse(text, delimiter, kinds, size)
  local parser <close> = core.csv { delimiter = delimiter, quote = '"',
    comment = "#", missing = { "NA", "?" } }
  if kinds then assert(parser:columns(kinds, 0)) end
  local rows, why
  for at = 1, #text, size do
    parser:feed(text:sub(at, at + size - 1))
    rows, why = parser:parse(1 << 40)
    if not rows then return nil, why end
  end
  parser:feed()
  rows, why = parser:parse(1 << 40)
  if not rows then return nil, why end
  local words = {}
  if parser:width() > 0 and (core.to_bytes(parser:codes())) ~= "" then
    parser:words(1, words)
  end
  return table.concat({ rows, (core.to_bytes(parser:numbers())),
    (core.to_bytes(parser:codes())), table.concat(words, "\0") }, "\1")
end

local KINDS = { { "number", "word" }, { "word", "number", "skip" },
  { "number" } }

-- The first byte chooses delimiter, kinds and size of the pieces.
function targets.csv(input, path)
  local choice = input:byte() or 0
  local text = input:sub(2)
  local delimiter = (",;\t| "):sub(choice % 5 + 1, choice % 5 + 1)
  local kinds = KINDS[choice // 5 % 4]
  local whole, why = parse(text, delimiter, kinds, #text + 1)
  local cut, why_cut = parse(text, delimiter, kinds, 1 + choice // 20)
  assert(whole == cut, "pieces give another table")
  assert(why == why_cut, "pieces give another message")
  write(path, text)
  local t = try("data.csv", data.csv, path)
  if t then local _ = tostring(t) end
end

function targets.table(_, path)
  try("data.load_table", data.load_table, path)
end

-- The C library reads numbers slowly and exactly.
function targets.number(input)
  local v = core.csv_number(input)
  local plain = input:find "^[+-]?%.?%d[%d.eE+-]*$"
  local text = input:gsub("^%+", "")
  -- "-0" alone would be an integer, without its sign
  local want = plain and (tonumber(text .. "e0") or tonumber(text)) or nil
  if not plain then
    assert(v == nil or v ~= v or v == math.huge or v == -math.huge,
      "a number where there is none")
    return
  end
  assert((v == nil) == (want == nil), "one takes it for a number")
  if v then
    assert(("%a"):format(v) == ("%a"):format(want), "rounding differs")
  end
end

return targets
