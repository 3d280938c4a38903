-- cli/help.lua: `weyl help`: the verbs, one of them, or a name of the library.

local cli = require "weyl.cli"

local function overview()
  local out = { "usage: weyl                     the prompt",
    "       weyl script.lua ...      run a script (weyl -h: more options)",
    "       weyl verb ...            one of", "" }
  for _, verb in ipairs(cli.verbs) do
    local entry = cli.load(verb)
    if entry then out[#out + 1] = ("  %-9s %s"):format(verb, entry.about) end
  end
  out[#out + 1] = ""
  out[#out + 1] = "`weyl help verb` explains a verb, `weyl help reg.mixed` "
    .. "anything of the\nlibrary. A run is told by its id, its folder or its "
    .. "name, the last one of it."
  return table.concat(out, "\n") .. "\n"
end

local function is_verb(word)
  for _, verb in ipairs(cli.verbs) do
    if verb == word then return true end
  end
  return false
end

local function run(args)
  local topic = args.topic
  if not topic then
    io.write(overview())
    return 0
  end
  local entry = is_verb(topic) and cli.load(topic)
  if entry then
    io.write(cli.parser(topic, entry):get_help(), "\n")
    return 0
  end
  local text = require("weyl.help").text(topic)
  if text:find "^nothing is called" then
    return cli.fail("weyl help", "%s; `weyl help` lists the verbs", text)
  end
  io.write(text, "\n")
  return 0
end

return {
  about = "explain a verb, or a name of the library",
  example = "weyl help show\nweyl help reg.mixed",
  configure = function(p)
    p:argument("topic", "a verb or a name"):args "?"
  end,
  run = run,
}
