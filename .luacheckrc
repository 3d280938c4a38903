-- Settings of luacheck: Lua 5.4, 80 columns, no globals of our own.
std = "lua54"
max_line_length = 80
ignore = { "581" } -- `not (x <= y)` also holds for NaN, unlike `x > y`

files["spec/**/*_spec.lua"].std = "lua54+busted"

-- Declarations that are read by tools and never run.
files["lua/weyl/meta.lua"].ignore = { "212", "241" }
