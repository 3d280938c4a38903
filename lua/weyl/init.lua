-- init.lua: what `require "weyl"` gives: everything of the engine, and the
-- rooms of the Lua layer, each loaded when first used.

local core = require "weyl.core"
require "weyl.check" -- errors are reported at the user's line

---Rooms by name, in the order in which help lists them.
local rooms = { "group", "rep", "symmetry", "reg", "nn", "optim", "schedule",
  "data", "method", "experiment", "runs", "parallel", "sweep", "dist", "stats",
  "tables", "plot", "profile", "help" }

-- What rooms build on and users do not need; it stays in weyl.core.
local internal = { methods = true, functions = true, fail_at = true,
  fault_hit = true, own = true, within = true, caller = true, plans = true,
  trim = true, optimizer = true, symmetry = true, clock = true,
  terminal = true, window = true, ask = true,
  from_bytes = true, to_bytes = true, read_bytes = true, write_file = true,
  checksum = true, fail_file = true, file_fault_hit = true, csv = true,
  csv_number = true, csv_text = true, hdf5 = true }

local weyl = { rooms = rooms }
for name, value in pairs(core) do -- the order does not matter
  if not internal[name] then weyl[name] = value end
end

for name, value in pairs(require "weyl.transforms") do weyl[name] = value end

-- A room may stand in front of functions of the engine of the same name.
local is_room = {}
for _, name in ipairs(rooms) do
  is_room[name] = true
  weyl[name] = nil
end

local function unknown(name)
  local names = table.move(rooms, 1, #rooms, 1, {})
  for known in next, weyl do names[#names + 1] = known end
  local hint = require("weyl.nearest").hint(tostring(name), names)
  error(("%sweyl has no '%s'%s"):format(core.caller(), tostring(name), hint), 0)
end

-- A name that a room does not have is an error, as it is of weyl.
local function strict(room, t)
  if type(t) ~= "table" or getmetatable(t) then return t end
  return setmetatable(t, { __index = function(_, name)
    local names = {}
    for known in next, t do names[#names + 1] = tostring(known) end
    table.sort(names)
    local hint = require("weyl.nearest").hint(tostring(name), names)
    error(("%sweyl.%s has no '%s'%s"):format(core.caller(), room,
      tostring(name), hint), 0)
  end })
end

return setmetatable(weyl, {
  __name = "weyl",
  __index = function(self, name)
    if not is_room[name] then unknown(name) end
    local room = strict(name, require("weyl." .. name))
    rawset(self, name, room)
    return room
  end,
})
