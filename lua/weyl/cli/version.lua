-- cli/version.lua: `weyl version`.

local core = require "weyl.core"
local results = require "weyl.results"

-- What the bits of a result may depend on; see engine/binding/system.c.
local SHOWN = { { "version", "weyl" }, { "lua", "Lua" }, { "blas", "BLAS" },
  { "blas_core", "BLAS core" }, { "instructions", "kernels" },
  { "threads", "threads" } }

local function run(args)
  local all = core.environment()
  all.lua = _VERSION:match "[%d.]+"
  if args.json then
    io.write(results.json(all))
    return 0
  end
  for _, entry in ipairs(SHOWN) do
    io.write(("%-10s %s\n"):format(entry[2], all[entry[1]]))
  end
  return 0
end

return {
  about = "show the version of weyl and of what it is built on",
  example = "weyl version --json",
  configure = function(p) p:flag("--json", "for programs to read") end,
  run = run,
}
