-- reg.lua: regularizers towards symmetries: reg.mixed, reg.autotune,
-- reg.equivariance_error.

---@class weyl.reg
local reg = {
  autotune = require "weyl.reg.autotune",
  equivariance_error = require "weyl.reg.error",
  mixed = require "weyl.reg.levels",
}

return reg
