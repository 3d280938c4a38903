-- keys.lua: names in an order that is the same every time, which that of
-- `pairs` is not.

local keys = {}

---The keys of several tables, each once, sorted.
---@param list table<string, any>[]
---@param keep? fun(key: string, value: any): any whether a key is listed
---@return string[]
function keys.union(list, keep)
  local names, seen = {}, {}
  for _, t in ipairs(list) do
    for key, value in next, t do
      if not seen[key] and (not keep or keep(key, value)) then
        names[#names + 1], seen[key] = key, true
      end
    end
  end
  table.sort(names)
  return names
end

---The keys of a table, sorted.
---@param t table<string, any>
---@param keep? fun(key: string, value: any): any whether a key is listed
---@return string[]
function keys.of(t, keep) return keys.union({ t }, keep) end

return keys
