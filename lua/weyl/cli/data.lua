-- cli/data.lua: `weyl data FILE`: what is in a file of data; with --to the
-- file in another format.

local formats = require "weyl.data.formats"
local results = require "weyl.results"
local tables = require "weyl.tables"

local EDGE = 5 -- words of a category that are shown

local function fail(message)
  message = tostring(message):gsub("^[^%s:]+:%d+: ", ""):gsub("^data[%w_.]*: ",
    "")
  io.stderr:write("weyl data: ", message, "\n")
  return 1
end

-- "4.5 KB"
local function size_text(bytes)
  for _, unit in ipairs { "bytes", "KB", "MB" } do
    if bytes < 1000 then
      return ((unit == "bytes" and "%d %s" or "%.3g %s"):format(bytes, unit))
    end
    bytes = bytes / 1000
  end
  return ("%.3g GB"):format(bytes)
end

-- "-1 .. 3, mean 0.5", or the words of a category.
local function values_text(e)
  if e.words then
    local words = table.concat(e.words, ", ", 1, math.min(#e.words, EDGE))
    return ("%d: %s%s"):format(#e.words, words:gsub("%c", " "),
      #e.words > EDGE and ", ..." or "")
  end
  if not e.least then return "-" end
  return ("%s .. %s, mean %s"):format(tables.number(e.least),
    tables.number(e.largest), tables.number(e.mean))
end

local function column_lines(info)
  local lines = { { "column", "kind", "missing", "values" } }
  for i, e in ipairs(info.columns) do
    lines[i + 1] = { e.name, e.kind, tostring(e.missing), values_text(e) }
  end
  return lines
end

local function array_lines(info)
  local lines = { { "array", "dtype", "shape", "missing", "values" } }
  for i, e in ipairs(info.arrays) do
    lines[i + 1] = { e.name, e.dtype,
      "[" .. table.concat(e.shape, ", ") .. "]", tostring(e.missing or "-"),
      values_text(e) }
  end
  return lines
end

-- Aligned, all to the left.
local function show(lines)
  local width = {}
  for _, line in ipairs(lines) do
    for k, text in ipairs(line) do
      width[k] = math.max(width[k] or 0, utf8.len(text) or #text)
    end
  end
  for _, line in ipairs(lines) do
    local out = {}
    for k, text in ipairs(line) do
      out[k] = text .. (" "):rep(width[k] - (utf8.len(text) or #text))
    end
    print("  " .. table.concat(out, "  "):gsub("%s+$", ""))
  end
end

local function cell(v)
  if not v then return "-" end
  return type(v) == "number" and tables.number(v) or (v:gsub("%c", " "))
end

-- The first rows of a frame as lines.
local function frame_rows(t, count)
  local lines, columns = { t.names }, {}
  for j, c in ipairs(t.columns) do
    if c.kind == "text" then
      columns[j] = c.values
    else
      columns[j] = c.values:slice(1, 1, count):totable()
      for i, v in ipairs(c.levels and columns[j] or {}) do
        columns[j][i] = c.levels[v] or false
      end
    end
  end
  for i = 1, count do
    local line = {}
    for j in ipairs(columns) do line[j] = cell(columns[j][i]) end
    lines[i + 1] = line
  end
  return lines
end

-- The first rows as they are printed.
local function show_first(info, count)
  local first = info.first
  if count == 0 or not first then return end
  if formats.is_frame(first) then
    print "first rows:"
    show(frame_rows(first, math.min(count, first.rows)))
  elseif first.rank > 0 and first.size > 0 then
    print(("first rows of %s:"):format(info.arrays[1].name))
    print(first:slice(1, 1, math.min(count, #first)))
  end
end

local function describe(args)
  local info = formats.describe(args.file, args.csv)
  if args.json then
    info.first = nil
    io.write(results.json(info))
    return
  end
  local what = ("%s: %s, %s"):format(args.file, formats.name(info.format),
    size_text(info.bytes))
  if info.columns then
    print(("%s, %d rows, %d columns"):format(what, info.rows, #info.columns))
    show(column_lines(info))
  else
    print(("%s, %d array%s"):format(what, #info.arrays,
      #info.arrays == 1 and "" or "s"))
    show(array_lines(info))
    for _, line in ipairs(info.others) do print("  not read: " .. line) end
  end
  show_first(info, args.head)
end

local function convert(args)
  local left_out = formats.convert(args.file, args.to, { array = args.array,
    csv = args.csv })
  for _, what in ipairs(left_out) do
    io.stderr:write("weyl data: left out: ", what, "\n")
  end
  if args.json then
    io.write(results.json { from = args.file, to = args.to,
      left_out = left_out })
  else
    print("wrote " .. args.to)
  end
end

-- Options of data.csv.
local function csv_options(args)
  local delimiter = args.delimiter == "tab" and "\t" or args.delimiter
  local header
  if args.no_header then header = false end
  return { delimiter = delimiter, header = header }
end

local function count(text)
  local n = math.tointeger(tonumber(text))
  return n and n >= 0 and n or nil, "a number of rows is an integer >= 0"
end

return {
  about = "say what is in a file of data, or write it in another format",
  example = "weyl data flowers.csv --to flowers.npz",
  configure = function(p)
    p:argument("file", "a text table (gzip too), .npy, .npz, IDX, HDF5 or "
      .. ".safetensors")
    p:option("--to", "write it as .npy, .npz, .csv, .tsv, .idx, .idx.gz or "
      .. ".safetensors, by the name's end"):argname "<out>"
    p:option("--array", "the array meant, where there are several")
      :argname "<name>"
    p:option("--head", "how many of the first rows are shown", "5")
      :argname "<n>":convert(count)
    p:option("--delimiter", "of a text table: a character, or tab")
      :argname "<c>"
    p:flag("--no-header", "the first row of a text table is data")
    p:flag("--json", "for programs to read")
  end,
  run = function(args)
    args.csv = csv_options(args)
    local ok, why = pcall(args.to and convert or describe, args)
    return ok and 0 or fail(why)
  end,
}
