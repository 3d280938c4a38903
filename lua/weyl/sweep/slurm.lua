-- sweep/slurm.lua: a sweep as Slurm job arrays.
--
-- One array per rung, task i being the i-th trial of the rung; the array of a
-- rung waits until the one before has ended, however it ended. A task whose
-- trial is finished does nothing, so arrays may be requeued and submitted
-- again. Batch scripts lie in <output>/<name>/slurm, with what tasks print.

local check = require "weyl.check"
local results = require "weyl.results"

local FUNC = "weyl sweep --slurm"

local slurm = {}

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- The words that started the program, up to the verb.
local function program()
  local words, first, out = rawget(_G, "arg"), 0, {}
  while words[first - 1] do first = first - 1 end
  for i = first, #words do
    out[#out + 1] = quote(words[i])
    if words[i] == "sweep" then break end
  end
  return table.concat(out, " ")
end

-- { 1, 2, 3, 7 } as "1-3,7".
local function ranges(list)
  local out, i = {}, 1
  while i <= #list do
    local j = i
    while list[j + 1] == list[j] + 1 do j = j + 1 end
    out[#out + 1] = i == j and list[i] or list[i] .. "-" .. list[j]
    i = j + 1
  end
  return table.concat(out, ",")
end

-- What reaches a line of options must be one word.
local function check_word(name, text)
  check.arg(text:find "^[%w_.:,/+-]+$", FUNC, name,
    "made of letters, digits and _ . : , / + -", text)
  return text
end

-- The lines of options, in a fixed order.
local function directives(s, o, folder, tasks)
  local lines = { "--job-name=" .. s.options.name,
    "--array=" .. ranges(tasks), "--requeue", "--open-mode=append",
    ("--output=%s/%%A-%%a.txt"):format(check_word("output", folder)),
    ("--cpus-per-task=%d"):format(o.cpus) }
  for _, name in ipairs { "partition", "time", "account" } do
    if o[name] then
      lines[#lines + 1] = ("--%s=%s"):format(name, check_word(name, o[name]))
    end
  end
  return "#SBATCH " .. table.concat(lines, "\n#SBATCH ") .. "\n"
end

local function script(s, o, folder, rung, tasks)
  return ("#!/bin/sh\n%sexport OPENBLAS_NUM_THREADS=%d OMP_NUM_THREADS=%d\n"
    .. 'exec %s %s --rung %d --cpus %d%s --task "$SLURM_ARRAY_TASK_ID"\n')
    :format(directives(s, o, folder, tasks), o.cpus, o.cpus, program(),
    quote(o.file), rung, o.cpus, o.retry and " --retry" or "")
end

-- The number of the submitted job.
local function submit(path, after)
  local pipe = io.popen(("sbatch --parsable %s%s"):format(after
    and "--dependency=afterany:" .. after .. " " or "", quote(path)))
  local id = pipe:read "a":match "^%d+"
  if not pipe:close() or not id then
    check.fail("%s: sbatch did not take '%s'; --dry-run only writes it",
      FUNC, path)
  end
  return id
end

---Writes the batch scripts of what is not done yet, and submits them.
---@param s weyl.sweep
---@param o { file: string, cpus: integer, partition: string?, time: string?,
---  account: string?, retry: boolean?, dry: boolean? }
---@return { path: string, tasks: integer, id: string? }[] arrays
function slurm.run(s, o)
  local folder, arrays, before = s.options.path .. "/slurm", {}, nil
  for rung, tasks in ipairs(s:undone(o.retry)) do
    if #tasks > 0 then
      local path = ("%s/rung-%d.sh"):format(folder, rung)
      results.write(path, script(s, o, folder, rung, tasks))
      before = not o.dry and submit(path, before) or nil
      arrays[#arrays + 1] = { path = path, tasks = #tasks, id = before }
    end
  end
  return arrays
end

return slurm
