-- nearest.lua: which known name was meant.
--
-- Used wherever a name a user wrote is not known: the message then offers
-- the nearest one. Ties go to the first in sorted order, so that messages do
-- not depend on the order of tables.

-- Damerau-Levenshtein distance (restricted): insert, delete, replace, swap.
local function distance(a, b)
  local before, last = {}, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local d = math.min(last[j] + 1, row[j - 1] + 1,
        last[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1)
          and a:byte(i - 1) == b:byte(j) then
        d = math.min(d, before[j - 2] + 1)
      end
      row[j] = d
    end
    before, last = last, row
  end
  return last[#b]
end

local nearest = {}

---The known name nearest to `name`, nil when none is near: fewer edits than
---letters, and no more than a third of them and one.
---@param name string
---@param known string[]
---@return string?
function nearest.name(name, known)
  local best, least = nil, math.min(#name, #name // 3 + 2)
  local sorted = table.move(known, 1, #known, 1, {})
  table.sort(sorted)
  for _, candidate in ipairs(sorted) do
    local d = distance(name:lower(), candidate:lower())
    if d < least then best, least = candidate, d end
  end
  return best
end

---" (did you mean 'exp'?)", "" when nothing is near.
---@param name string
---@param known string[]
---@return string
function nearest.hint(name, known)
  local best = nearest.name(name, known)
  return best and (" (did you mean '%s'?)"):format(best) or ""
end

return nearest
