-- group/closure.lua: all that generators make of one thing, breadth first.
--
-- Things are tables of numbers of one length: matrices row by row, vectors,
-- permutations. Numbers carry rounding errors, so two things are the same
-- when they differ by at most SAME times the scale, and different when they
-- differ by at least APART times it; a pair in between is an error of the
-- generators (too few digits), never a guess. Equal things are found by one
-- weighted sum of their entries, cut into cells of width APART: things within
-- APART of each other lie in the same cell or in neighbours, because the
-- weights add up to 1.

local closure = {}

---What to say about generators that miss what they mean by little.
closure.DIGITS = " (were the matrices given in f32? f64 has the digits)"

local SAME, APART = 1e-8, 1e-5

-- Entries beyond this many times the scale belong to no finite group one
-- would enumerate: powers grow.
local GROWN = 1e6

-- Positive weights of n entries, unrelated to each other, with sum 1.
local function weights(n)
  local w, sum = {}, 0
  for i = 1, n do
    w[i] = 0.5 + i * 0.6180339887498949 % 1
    sum = sum + w[i]
  end
  for i = 1, n do w[i] = w[i] / sum end
  return w
end

-- A set of things: add(x) returns true when x is new; false when it is not;
-- nil and a reason when that cannot be told.
local function new_set(n, scale)
  local w, cells, list = weights(n), {}, {}
  local same, apart = SAME * scale, APART * scale
  local function distance(x, y)
    local most = 0
    for i = 1, n do
      local far = x[i] - y[i]
      if far < 0 then far = -far end
      if far > most then most = far end
    end
    return most
  end
  local function find(x, cell)
    for _, at in ipairs(cells[cell] or {}) do
      local far = distance(x, list[at])
      if far <= same then return at end
      if far < apart then return nil, far end
    end
    return false
  end
  local function add(x)
    local sum = 0
    for i = 1, n do sum = sum + w[i] * x[i] end
    local cell = math.floor(sum / apart)
    for c = cell - 1, cell + 1 do
      local at, far = find(x, c)
      if at then return false, at end
      if at == nil then
        return nil, ("two elements differ by only %.2g, so the generators "
          .. "have too few digits%s"):format(far / scale, closure.DIGITS)
      end
    end
    list[#list + 1] = x
    cells[cell] = cells[cell] or {}
    table.insert(cells[cell], #list)
    return true
  end
  return list, add
end

-- Whether an entry of x is large beyond reason, or not a number.
local function has_grown(x, limit)
  for i = 1, #x do
    if not (x[i] <= limit and x[i] >= -limit) then return true end
  end
  return false
end

---@class weyl.closure.options
---@field start number[]
---@field images fun(x: number[], k: integer): number[] by generator k
---@field count integer of generators
---@field bound integer the most things to list
---@field more string why not, when there are more
---@field scale number size of entries

---All things that generators make of the first, breadth first, the images
---of each in the order of the generators; when they are not all found, also
---the reason.
---@param o weyl.closure.options
---@return number[][]
---@return string? why
function closure.list(o)
  local list, add = new_set(#o.start, o.scale)
  add(o.start)
  local at = 1
  while at <= #list do
    for k = 1, o.count do
      local x = o.images(list[at], k)
      if has_grown(x, GROWN * o.scale) then
        return list, "products grow beyond a million times the generators"
      end
      local new, why = add(x)
      if new == nil then return list, why end
      if #list > o.bound then
        list[#list] = nil
        return list, o.more
      end
    end
    at = at + 1
  end
  return list
end

---The same for things that are equal only when a key of theirs is.
---@param o { start: table, images: (fun(x: table, k: integer): table),
---  count: integer, bound: integer, more: string,
---  key: (fun(x: table): string) }
---@return table[]
---@return string? why
function closure.exact(o)
  local list, seen, at = { o.start }, { [o.key(o.start)] = true }, 1
  while at <= #list do
    for k = 1, o.count do
      local x = o.images(list[at], k)
      local key = o.key(x)
      if not seen[key] then
        if #list == o.bound then return list, o.more end
        seen[key] = true
        list[#list + 1] = x
      end
    end
    at = at + 1
  end
  return list
end

return closure
