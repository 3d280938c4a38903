-- docs/verbs.lua: the command line: a page of the reference, and the manual
-- page. Both show the verbs' own help.

local cli = require "weyl.cli"
local markdown = require "weyl.docs.markdown"
local recipes = require "weyl.plot.recipes"
local source = require "weyl.source"
local variables = require "weyl.docs.variables"
local weyl = require "weyl"

local verbs = {}

-- Verbs that this installation has, with their help.
local function all()
  local list = {}
  for _, verb in ipairs(cli.verbs) do
    local entry = cli.load(verb)
    if entry then
      list[#list + 1] = { name = verb, about = entry.about,
        help = cli.parser(verb, entry):get_help() }
    end
  end
  return list
end

---The page of the verbs.
---@return weyl.docs.page
function verbs.page()
  local out = { "# The command line\n", "`weyl` opens the prompt, "
    .. "`weyl script.lua` runs a script, `weyl verb` does what the verb "
    .. "says. The exit status is 0 when all went well, 1 when it did not, 2 "
    .. "for wrong usage.\n" }
  for _, verb in ipairs(all()) do
    out[#out + 1] = ("<a id=\"%s\"></a>\n\n## weyl %s\n\n```text\n%s\n```\n")
      :format(verb.name, verb.name, verb.help)
  end
  out[#out + 1] = "## Environment\n"
  for _, v in ipairs(variables) do
    out[#out + 1] = ("- `%s`: %s"):format(v[1], markdown.escape(v[2]))
  end
  return { name = "verbs", title = "The command line",
    about = "verbs, their options, the environment",
    text = table.concat(out, "\n") .. "\n" }
end

---The page of the recipes for figures.
---@return weyl.docs.page
function verbs.recipes()
  local out = { "# Figures by recipe\n", "`weyl plot RECIPE RUN...` draws "
    .. "them from the prompt of the shell, [`weyl.plot.recipe`]"
    .. "(plot.md#plot.recipe) from scripts.\n" }
  for _, name in ipairs(recipes.names()) do
    local doc = source.file(recipes.path(name)).doc:gsub("^%S+%.lua: ", "")
      :gsub("^%l", string.upper)
    out[#out + 1] = ("<a id=\"%s\"></a>\n\n## %s\n\n%s\n"):format(name, name,
      markdown.comment(doc))
  end
  return { name = "recipes", title = "Figures by recipe",
    about = "levels, history, compare and the other figures of plots/",
    text = table.concat(out, "\n") }
end

-- ---- the manual page ----

-- Text as roff takes it: no line is a request, hyphens can be copied.
local function roff(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-")
    :gsub("%f[^%z\n]([.'])", "\\&%1"))
end

local function item(name, text)
  return (".TP\n.B %s\n%s\n"):format(roff(name), roff(text))
end

local OPTIONS = { { "-e stat", "run the statement" },
  { "-i", "go to the prompt after running the script" },
  { "-l mod", "require mod into the global mod; g=mod into the global g" },
  { "-v", "show the version" }, { "-E", "ignore variables of the environment" },
  { "-W", "turn warnings on" }, { "-h", "show the options" },
  { "--", "stop handling options" }, { "-", "run standard input" } }

local HEAD = [==[
.TH WEYL 1 "" "weyl %s" "User Commands"
.SH NAME
weyl \- learning with symmetries that hold approximately
.SH SYNOPSIS
.B weyl
[options] [script [arguments]]
.br
.B weyl
verb [arguments]
.SH DESCRIPTION
.B weyl
is Lua 5.4 with tensors, symmetry groups, equivariant and softly equivariant
models, recorded experiments, sweeps and figures. Without arguments it opens a
prompt. The first argument is a script or one of the verbs below; undefined
globals are errors in both.
.SH OPTIONS
]==]

local TAIL = [[
.SH FILES
.TP
.I runs/weyl.db
the database of runs; each run has a folder beside it
.TP
.I ~/.local/state/weyl/history
the history of the prompt
.TP
.I ~/.cache/weyl
equivariant bases that were solved for
.SH EXIT STATUS
0 when all went well, 1 when it did not, 2 for wrong usage.
.SH SEE ALSO
.BR lua (1),
.BR gnuplot (1),
.BR mpirun (1)
]]

---The manual page, weyl(1).
---@return string
function verbs.man()
  local out = { HEAD:format(roff(weyl.environment().version)) }
  for _, option in ipairs(OPTIONS) do
    out[#out + 1] = item(option[1], option[2])
  end
  out[#out + 1] = ".SH VERBS\n"
  for _, verb in ipairs(all()) do
    out[#out + 1] = (".SS %s\n.EX\n%s\n.EE\n"):format(verb.name,
      roff(verb.help))
  end
  out[#out + 1] = ".SH ENVIRONMENT\n"
  for _, v in ipairs(variables) do out[#out + 1] = item(v[1], v[2]) end
  out[#out + 1] = TAIL
  return table.concat(out)
end

return verbs
