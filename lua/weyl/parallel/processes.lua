-- parallel/processes.lua: jobs of a study done by processes of this machine.
--
-- Workers run the script again (see parallel.lua). One shell starts them all
-- and waits for them. What they tell comes through its output, all else that
-- they say goes to files: <path>/log/worker-<n>.txt.

local processes = {}

---What says that this process is a worker, and of which jobs.
processes.ASSIGNED = "WEYL_WORKER" -- "<digest of the jobs> <place of claims>"

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

---The command that started this script, or this verb of the program, for a
---shell; nil at the prompt and for a script from standard input, which cannot
---be read again.
---@return string?
function processes.own_command()
  local words, first = rawget(_G, "arg"), 0
  if type(words) ~= "table" then return nil end
  while words[first - 1] do first = first - 1 end
  local known = first < 0 and words[0] ~= "-"
    or words[1] and not words[1]:find "^%-" -- weyl VERB
  local out = {}
  for i = first, #words do
    out[#out + 1] = quote(words[i])
    known = known or words[i] == "-e"
  end
  return known and table.concat(out, " ") or nil
end

local function start(command, o, place, digest)
  local lines = { "exec 3>&1" }
  for i = 1, o.workers do
    lines[#lines + 1] = ("%s=%s OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 %s "
      .. "</dev/null >%s 2>&1 &"):format(processes.ASSIGNED,
      quote(digest .. " " .. place), command,
      quote(("%s/log/worker-%d.txt"):format(o.path, i)))
  end
  lines[#lines + 1] = "exec 3>&- >&-\nwait"
  io.stdout:flush()
  return assert(io.popen(table.concat(lines, "\n"), "r"))
end

---Starts workers and waits for all of them. Whatever ends this early, Ctrl-C
---above all: closing the pipe waits for the workers, which notice that nobody
---reads any more.
---@param command string that starts a worker
---@param o { path: string, workers: integer }
---@param place string folder of the claims
---@param digest string of the jobs
---@param tell fun(state: string?, index: integer?) state "begun", "done" or
---  "failed" of a job; without arguments about once a second
function processes.run(command, o, place, digest, tell)
  local pipe = start(command, o, place, digest)
  local ok, message = pcall(function()
    for text in pipe:lines() do
      local state, index = text:match "^(%l+) (%d+)$"
      tell(state, math.tointeger(tonumber(index)))
    end
  end)
  pipe:close()
  if not ok then error(message, 0) end
end

return processes
