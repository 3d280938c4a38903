-- cli/doctor.lua: `weyl doctor`: what is installed, and what to do about what
-- is missing.
--
-- A check is { name, state, text, advice }: "good"; "note", something that
-- works but may surprise, or is wanted for one thing only; "bad", something
-- that weyl cannot do without. The exit status is 1 when something is bad.

local common = require "weyl.cli.common"
local core = require "weyl.core"
local database = require "weyl.runs.database"
local dist = require "weyl.dist"
local lfs = require "lfs"

-- The first line a command writes; nil when it fails or says nothing.
local function line_of(command)
  local pipe = io.popen(command .. " 2>/dev/null </dev/null")
  local line = pipe and pipe:read "l"
  local ok = pipe and pipe:close()
  return ok and line or nil
end

local function good(name, text)
  return { name = name, state = "good", text = text }
end

local function note(name, text, advice)
  return { name = name, state = "note", text = text, advice = advice }
end

local function bad(name, text, advice)
  return { name = name, state = "bad", text = text, advice = advice }
end

-- ---- the program ----

local function check_program(all)
  local inside = pcall(require, "weyl.program")
  all[#all + 1] = good("weyl", core.environment().version)
  all[#all + 1] = inside and good("Lua", _VERSION .. ", in the program weyl")
    or note("Lua", _VERSION .. ", stock", "the program `weyl` has a prompt "
      .. "with completion and help: make install")
end

-- ---- numbers ----

local function check_kernels(all)
  local is = core.environment()
  local plain = is.instructions == "x86-64-v1"
  all[#all + 1] = (plain and note or good)("kernels", is.instructions, plain
    and "this processor has no AVX2: all is right, and slower" or nil)
end

local function check_blas(all)
  local is = core.environment()
  local text = is.blas:match "^%S+ %S+" or is.blas
  all[#all + 1] = is.blas:find "OPENMP"
    and note("BLAS", text .. ", with OpenMP", "the number of its threads "
      .. "cannot be set by weyl.threads; install libopenblas0-pthread")
    or good("BLAS", text)
  all[#all + 1] = good("BLAS core", is.blas_core)
  local forced = os.getenv "OPENBLAS_CORETYPE"
  if forced then
    all[#all + 1] = note("BLAS core", "set by OPENBLAS_CORETYPE=" .. forced,
      "unset it for the fastest one")
  end
  local few = is.threads < is.cores
  all[#all + 1] = (few and note or good)("threads", ("%d of %d cores"):format(
    is.threads, is.cores), few and "OPENBLAS_NUM_THREADS, OMP_NUM_THREADS or "
    .. "the processes' affinity say so" or nil)
end

-- ---- packages ----

local MODULES = { { "lfs", "lua-filesystem", "files" },
  { "argparse", "lua-argparse", "the command line" },
  { "luasql.sqlite3", "lua-sql-sqlite3", "the database of runs" },
  { "zlib", "lua-zlib", "compressed arrays" } }

local function check_modules(all)
  for _, entry in ipairs(MODULES) do
    local ok, module = pcall(require, entry[1])
    local about = ok and type(module) == "table" and module or {}
    local version = tostring(about._VERSION or about.version)
    all[#all + 1] = ok and good(entry[1],
      version:match "%d+%.%d[%d.]*" or "there")
      or bad(entry[1], "not there, needed for " .. entry[3],
        "apt install " .. entry[2])
  end
end

-- Programs that are wanted for one thing: command, package, what for.
local PROGRAMS = { { "git", "git", "the commit recorded with runs" },
  { "busted", "lua-busted", "make test" },
  { "luacheck", "lua-check", "make lint" },
  { "cmark-gfm", "cmark-gfm", "make docs, for pages of HTML" } }

local function check_programs(all)
  for _, entry in ipairs(PROGRAMS) do
    local path = line_of("command -v " .. entry[1])
    all[#all + 1] = path and good(entry[1], path)
      or note(entry[1], "not there, wanted for " .. entry[3],
        "apt install " .. entry[2])
  end
end

local function check_mpi(all)
  local path = line_of "command -v mpirun" or line_of "command -v srun"
  if dist.available() and path then
    all[#all + 1] = good("MPI", path)
    return
  end
  all[#all + 1] = note("MPI", (dist.available() and "no mpirun or srun"
    or "not built in") .. ", wanted for sweeps and training over several "
    .. "machines", "apt install libopenmpi-dev openmpi-bin, then make")
end

-- ---- pictures and the terminal ----

local function check_gnuplot(all)
  local version = line_of "gnuplot --version"
  if not version then
    all[#all + 1] = note("gnuplot", "not there, wanted for figures",
      "apt install gnuplot-nox")
    return
  end
  local has = " " .. (line_of [[gnuplot -e "set print '-'; print
    GPVAL_TERMINALS" ]] or "") .. " "
  local lacks = {}
  for _, name in ipairs { "pngcairo", "svg", "pdfcairo" } do
    if not has:find(" " .. name .. " ", 1, true) then
      lacks[#lacks + 1] = name
    end
  end
  local text = version:gsub("^gnuplot ", ""):gsub(" patchlevel ", ".")
  if #lacks == 0 then
    all[#all + 1] = good("gnuplot", text .. ": PNG, SVG, PDF" ..
      (has:find(" sixelgd ", 1, true) and ", pictures in a terminal" or ""))
  else
    all[#all + 1] = note("gnuplot", text .. " cannot write "
      .. table.concat(lacks, ", "), "apt install gnuplot-nox")
  end
end

local function check_terminal(all)
  local term = os.getenv "TERM" or ""
  local size = line_of "stty -F /dev/tty size"
  local rows, columns = (size or ""):match "(%d+) (%d+)"
  if not core.terminal() then
    all[#all + 1] = good("terminal", "none: plain lines, no colours")
  elseif term == "" or term == "dumb" then
    all[#all + 1] = note("terminal", "TERM is not set", "export TERM=xterm")
  else
    all[#all + 1] = good("terminal", columns
      and ("%s, %s x %s"):format(term, columns, rows) or term)
  end
  local locale = os.getenv "LC_ALL" or os.getenv "LC_CTYPE"
    or os.getenv "LANG" or ""
  if not locale:upper():find "UTF%-?8" then
    all[#all + 1] = note("locale", locale == "" and "not set" or locale,
      "export LANG=C.UTF-8, for names that are not ASCII")
  end
  if os.getenv "NO_COLOR" then
    all[#all + 1] = note("colours", "off", "NO_COLOR says so")
  end
end

-- ---- places ----

-- Whether a folder, or the nearest one above it that there is, takes files.
local function is_writable(folder)
  while lfs.attributes(folder, "mode") == nil do
    local above = folder:match "^(.+)/[^/]*$" or "."
    if above == folder then return false end
    folder = above
  end
  local name = ("%s/.weyl-doctor-%s"):format(folder,
    tostring {}:match "%w+$")
  local file = io.open(name, "w")
  if file then
    file:close()
    os.remove(name)
  end
  return file ~= nil
end

local function check_runs(all, args)
  local store = common.open(args)
  if not is_writable(store.folder) then
    all[#all + 1] = bad("runs", ("'%s' cannot be written"):format(
      store.folder), "export WEYL_RUNS=/a/folder")
  end
  if not store:exists() then
    all[#all + 1] = good("database", ("'%s' is made by the first run"):format(
      store.path))
    return
  end
  local ok, message = store:check()
  if not ok then
    local text, advice = message:match "^(.-); (.*)$"
    all[#all + 1] = bad("database", text or message, advice)
    return
  end
  local count = #store:list()
  all[#all + 1] = good("database", ("'%s', %d run%s, sound"):format(
    store.path, count, count == 1 and "" or "s"))
  if database.is_remote(store.folder) then
    all[#all + 1] = note("database", "on a network file system",
      "many writers at once are slow there; one folder per machine is not")
  end
end

local function check_cache(all)
  local own, home = os.getenv "WEYL_CACHE", os.getenv "HOME"
  if own == "" then
    all[#all + 1] = note("cache", "off", "WEYL_CACHE is empty: costly bases "
      .. "are solved anew by every process")
    return
  end
  local xdg = os.getenv "XDG_CACHE_HOME"
  local place = own or xdg and xdg ~= "" and xdg .. "/weyl"
    or (home or "") .. "/.cache/weyl"
  all[#all + 1] = is_writable(place) and good("cache", place)
    or note("cache", ("'%s' cannot be written"):format(place),
      "export WEYL_CACHE=/a/folder, or costly bases are solved anew by every "
      .. "process")
end

-- ---- the verb ----

local MARKS = { good = " ", note = "-", bad = "!" }

local function print_all(all)
  for _, check in ipairs(all) do
    io.write(("%s %-15s %s\n"):format(MARKS[check.state], check.name,
      check.text))
    if check.advice then
      io.write(("  %-15s -> %s\n"):format("", check.advice))
    end
  end
end

local function run(args)
  local all, failed = {}, 0
  check_program(all)
  check_kernels(all)
  check_blas(all)
  check_modules(all)
  check_programs(all)
  check_mpi(all)
  check_gnuplot(all)
  check_terminal(all)
  check_runs(all, args)
  check_cache(all)
  for _, check in ipairs(all) do
    if check.state == "bad" then failed = failed + 1 end
  end
  if args.json then
    common.print_json(all)
  else
    print_all(all)
    io.write(failed == 0 and "all that weyl needs is there\n"
      or ("%d thing%s that weyl needs %s wrong, marked !\n"):format(failed,
        failed == 1 and "" or "s", failed == 1 and "is" or "are"))
  end
  return failed == 0 and 0 or 1
end

return {
  about = "see what is installed, and what to do about what is missing",
  example = "weyl doctor",
  configure = common.configure,
  run = run,
}
