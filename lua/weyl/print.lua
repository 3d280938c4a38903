-- print.lua: what a tensor looks like; __tostring of tensors calls this.
--
-- The first line gives dtype and shape, then come the elements: vectors as
-- wrapped lines, matrices as rows in aligned columns (in blocks of columns
-- when a page does not hold a row), higher ranks matrix by matrix. Above
-- THRESHOLD elements each dimension shows EDGE entries from both ends; only
-- those are computed into Lua values. Reals share one format: whole numbers
-- when all are, four decimals, four decimals times a common power of ten, or
-- an exponent each: the first of these that keeps digits of nearly all.

local core = require "weyl.core"
local page = require "weyl.width"

local THRESHOLD = 1000
local EDGE = 3
local INDENT = "  "
local GAP = "  "
local DOTS = "..."

---@alias weyl.format fun(x: any): string

-- ---- the elements to show ----

-- Positions shown along a dimension of size n; 0 stands for the left out.
local function positions(n, summarise)
  local list = {}
  if not summarise or n <= 2 * EDGE then
    for i = 1, n do list[i] = i end
    return list
  end
  for i = 1, EDGE do
    list[i] = i
    list[EDGE + 1 + i] = n - EDGE + i
  end
  list[EDGE + 1] = 0
  return list
end

-- The corner blocks of t, joined: at most 2 EDGE entries per dimension.
local function corners(t)
  for dim, n in ipairs(t.shape) do
    if n > 2 * EDGE then
      t = core.concat({ t:slice(dim, 1, EDGE), t:slice(dim, -EDGE, -1) }, dim)
    end
  end
  return t
end

-- Calls visit with every element of a nested table.
local function each(value, depth, visit)
  if depth == 0 then return visit(value) end
  for _, v in ipairs(value) do each(v, depth - 1, visit) end
end

-- ---- the common format ----

-- The nonzero finite moduli, the largest of them, whether all are whole.
local function survey(value, depth)
  local moduli, high, whole = {}, 0.0, true
  each(value, depth, function(x)
    local a = math.abs(x)
    if a ~= a or a == math.huge or a == 0 then return end
    if a ~= math.floor(a) then whole = false end
    high = math.max(high, a)
    moduli[#moduli + 1] = a
  end)
  return moduli, high, whole
end

-- Whether four decimals of x * scale keep two digits of nine in ten.
local function readable(moduli, scale)
  local lost = 0
  for _, a in ipairs(moduli) do
    if a * scale < 1e-3 then lost = lost + 1 end
  end
  return lost * 10 <= #moduli
end

-- nan, inf and -inf; nil for finite numbers.
local function special(x)
  if x ~= x then return "nan" end
  if x == math.huge then return "inf" end
  if x == -math.huge then return "-inf" end
end

-- Zero has no sign, whatever was rounded to it.
---@param spec string for string.format
---@param scale number elements are multiplied by it first
---@return weyl.format
local function fixed(spec, scale)
  return function(x)
    if special(x) then return special(x) end
    local text = spec:format(x * scale)
    return text:find "[1-9]" and text or text:gsub("^%-", "")
  end
end

-- The format of real numbers, and the exponent of a common power of ten.
local function choose(value, depth)
  local moduli, high, whole = survey(value, depth)
  if whole and high < 1e6 then return fixed("%.0f", 1) end
  if high >= 1e-2 and high < 1e5 and readable(moduli, 1) then
    return fixed("%.4f", 1)
  end
  local e = math.floor(math.log(high, 10))
  if math.abs(e) < 300 and readable(moduli, 10.0 ^ -e) then
    return fixed("%.4f", 10.0 ^ -e), e
  end
  return fixed("%.4e", 1)
end

-- {re, im} as "re+imi".
local function complex(real)
  return function(z)
    local im = real(z[2])
    local sign = (im:match "^[-+]" or im == "nan") and "" or "+"
    return real(z[1]) .. (im == "nan" and "+" or sign) .. im .. "i"
  end
end

---@return weyl.format format
---@return integer? exponent
local function formatter(dtype, value, depth)
  if dtype == "bool" or dtype == "i64" then return tostring end
  if dtype == "f32" or dtype == "f64" then return choose(value, depth) end
  local real, exponent = choose(value, depth + 1)
  return complex(real), exponent
end

-- ---- the lines ----

local function pad(text, width)
  return (" "):rep(width - #text) .. text
end

-- Texts of one row of elements; `at` has a 0 where some are left out.
local function row(values, at, format)
  local out, next_value = {}, 1
  for i, position in ipairs(at) do
    if position == 0 then
      out[i] = DOTS
    else
      out[i] = format(values[next_value])
      next_value = next_value + 1
    end
  end
  return out
end

-- Appends rows of texts in aligned columns, as many per block as fit.
local function put_rows(lines, rows, at)
  local widths, n = {}, #at
  for j = 1, n do
    widths[j] = 0
    for _, r in ipairs(rows) do widths[j] = math.max(widths[j], #r[j]) end
  end
  local first = 1
  while first <= n do
    local last, used = first, #INDENT + widths[first]
    while last < n and used + #GAP + widths[last + 1] <= page.now do
      last = last + 1
      used = used + #GAP + widths[last]
    end
    if first > 1 or last < n then
      local from = at[first] > 0 and at[first] or at[first + 1]
      lines[#lines + 1] = from == at[last] and ("column %d:"):format(from)
        or ("columns %d to %d:"):format(from, at[last])
    end
    for _, r in ipairs(rows) do
      local cells = {}
      for j = first, last do cells[#cells + 1] = pad(r[j], widths[j]) end
      lines[#lines + 1] = INDENT .. table.concat(cells, GAP)
    end
    first = last + 1
  end
end

local function put_vector(lines, values, at, format)
  local cells, width = row(values, at, format), 0
  for _, cell in ipairs(cells) do width = math.max(width, #cell) end
  local per_line = (page.now - #INDENT + #GAP) // (width + #GAP)
  for i = 1, #cells, math.max(per_line, 1) do
    local line = {}
    for j = i, math.min(i + per_line - 1, #cells) do
      line[#line + 1] = pad(cells[j], width)
    end
    lines[#lines + 1] = INDENT .. table.concat(line, GAP)
  end
end

local function put_matrix(lines, values, at_rows, at_columns, format)
  local rows, next_row, dots = {}, 1, {}
  for j = 1, #at_columns do dots[j] = DOTS end
  for i, position in ipairs(at_rows) do
    if position == 0 then
      rows[i] = dots
    else
      rows[i] = row(values[next_row], at_columns, format)
      next_row = next_row + 1
    end
  end
  put_rows(lines, rows, at_columns)
end

-- Appends `values` from dimension depth on; label names the matrix.
local function put(lines, values, at, depth, format, label)
  local left = #at - depth + 1
  if left == 1 then return put_vector(lines, values, at[depth], format) end
  if left == 2 then
    if label ~= "" then lines[#lines + 1] = "[" .. label .. ":, :]" end
    return put_matrix(lines, values, at[depth], at[depth + 1], format)
  end
  local next_value = 1
  for _, position in ipairs(at[depth]) do
    if position == 0 then
      lines[#lines + 1] = DOTS
    else
      put(lines, values[next_value], at, depth + 1, format,
        label .. position .. ", ")
      next_value = next_value + 1
    end
  end
end

---Text of a tensor: dtype, shape and its elements, summarised when many.
---@param t weyl.tensor
---@return string
local function tensor_text(t)
  local shape, rank, n = t.shape, t.rank, t.size
  local head = ("%s [%s]"):format(t.dtype, table.concat(shape, ", "))
  if core.is_param(t) then head = "param " .. head end
  if n == 0 then return head .. " (empty)" end
  local summarise = n > THRESHOLD
  local values = (summarise and corners(t:eval()) or t):totable()
  local format, exponent = formatter(t.dtype, values, rank)
  if exponent then head = ("%s x 1e%d"):format(head, exponent) end
  if rank == 0 then return head .. GAP .. format(values) end
  local at = {}
  for i, size in ipairs(shape) do at[i] = positions(size, summarise) end
  local lines = { head }
  put(lines, values, at, 1, format, "")
  return table.concat(lines, "\n")
end

return tensor_text
