-- width.lua: how wide text for a reader is.
--
-- 80 columns, wherever it goes: what is shown does not depend on the window
-- it is shown in. The prompt alone sets `now`, when its window is narrower.

---@class weyl.width
---@field now integer
local width = { now = 80 }

return width
