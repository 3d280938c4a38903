-- data/follow.lua: rows of a table of positions, put together to the stretches
-- in which someone was seen without a gap.
--
-- Who comes first in the file comes first here; rows may come in any order of
-- frames. A row that says where someone is a second time is an error.

local core = require "weyl.core"
local files = require "weyl.data.files"

local follow = {}

---@class weyl.data.follow.stretch
---@field who integer the number of the person, by first appearance
---@field first integer place of its first row in `order`
---@field count integer

-- Lists of rows by id, in order of first appearance.
local function by_id(ids)
  local list, number = {}, {}
  for row, id in ipairs(ids) do
    if not number[id] then
      list[#list + 1] = {}
      number[id] = #list
    end
    local rows = list[number[id]]
    rows[#rows + 1] = row
  end
  return list
end

-- Sorts the rows of one person by frame and fails when two are of one frame.
local function in_time(at, rows, frames, ids, lines)
  table.sort(rows, function(a, b)
    if frames[a] ~= frames[b] then return frames[a] < frames[b] end
    return a < b
  end)
  for k = 2, #rows do
    local row = rows[k]
    files.check(frames[row] ~= frames[rows[k - 1]], at,
      "line %d: %g is in frame %g a second time", lines[row], ids[row],
      frames[row])
  end
end

-- The smallest number of frames from one row of a person to the next.
local function smallest_step(list, frames)
  local least
  for _, rows in ipairs(list) do
    for k = 2, #rows do
      local d = frames[rows[k]] - frames[rows[k - 1]]
      least = math.min(least or d, d)
    end
  end
  return least or 1
end

---Follows everyone through the rows.
---@param at { func: string, place: string } for messages
---@param frames number[]
---@param ids number[]
---@param lines integer[] of each row
---@param step number? frames from one row to the next; else the smallest found
---@return weyl.data.follow.stretch[]
---@return integer[] order rows of person after person, in time
---@return integer people
function follow.stretches(at, frames, ids, lines, step)
  local list = by_id(ids)
  for _, rows in ipairs(list) do in_time(at, rows, frames, ids, lines) end
  step = step or smallest_step(list, frames)
  local out, order = {}, {}
  for who, rows in ipairs(list) do
    local stretch
    for k, row in ipairs(rows) do
      order[#order + 1] = row
      if k == 1 or frames[row] - frames[rows[k - 1]] ~= step then
        stretch = { who = who, first = #order, count = 0 }
        out[#out + 1] = stretch
      end
      stretch.count = stretch.count + 1
    end
  end
  return out, order, #list
end

---Windows of `size` rows that begin at these places of `order`.
---@param columns number[][] coordinates
---@param order integer[]
---@param starts integer[]
---@param size integer
---@return weyl.tensor f64 [#starts, size, #columns]
function follow.windows(columns, order, starts, size)
  local p = core.tensor(columns, "f64"):transpose()
    :take(core.tensor(order, "i64"))
  local rows = core.tensor(starts, "i64"):reshape(#starts, 1)
    + core.arange(size):reshape(1, size) - 1
  return core.eval(p:take(rows:flatten()):reshape(#starts, size, #columns))
end

return follow
