-- terminal.lua: a program at a real terminal, for specs: tmux is the terminal.
--
-- Nothing is timed: a spec waits for what the screen is to show, and fails
-- with the screen when it does not come within a minute.

local helper = require "spec.helper"

local PATIENCE, PAUSE = 60, 0.05 -- seconds

---@class spec.terminal
---@field server string of tmux, of this terminal alone
---@field folder string HOME and the state directory
local Terminal = {}
Terminal.__index = Terminal

local function tmux(self, command)
  local out, err, status = helper.shell(("tmux -u -L %s -f /dev/null %s")
    :format(self.server, command))
  assert(status == 0, err)
  return out
end

---What the terminal shows and has shown, wrapped lines as one, without
---trailing blanks.
---@param colours? boolean whether with escape sequences
---@return string
function Terminal:screen(colours)
  local text = tmux(self, "capture-pane -p -J -S - "
    .. (colours and "-e" or ""))
  return (text:gsub("[ \t]+\n", "\n"):gsub("\n+$", ""))
end

-- The clock of os.time is fine enough to give up by.
local function wait(self, what, test)
  local stop, screen = os.time() + PATIENCE, self:screen()
  while not test(screen) do
    if os.time() > stop then
      error(("the terminal never showed %s:\n%s"):format(what, screen), 3)
    end
    os.execute("sleep " .. PAUSE)
    screen = self:screen()
  end
  return screen
end

---Waits until the screen matches a pattern; returns it.
---@param pattern string
---@return string
function Terminal:wait(pattern)
  return wait(self, "'" .. pattern .. "'", function(screen)
    return screen:find(pattern)
  end)
end

-- Lines that begin with a prompt.
local function prompts(screen)
  local _, n = ("\n" .. screen):gsub("\n>>?%f[%s\0]", "")
  return n
end

---Types text as it is.
---@param text string
function Terminal:type(text)
  text = text:gsub(";$", "\\;") -- which tmux would take for itself
  tmux(self, "send-keys -l -- " .. helper.quote(text))
end

---Presses keys by their names in tmux.
---@param ... string "C-c", "Tab", "Up"
function Terminal:press(...)
  tmux(self, "send-keys " .. table.concat({ ... }, " "))
end

---Types a line and waits for the next prompt; returns the screen.
---@param line string
---@return string
function Terminal:enter(line)
  local before = prompts(self:screen())
  if line ~= "" then self:type(line) end
  self:press "Enter"
  return wait(self, "a prompt after '" .. line .. "'", function(screen)
    return prompts(screen) > before and screen:find "\n>>?$"
  end)
end

---Pastes text, as a terminal with bracketed paste does.
---@param text string
function Terminal:paste(text)
  helper.write(self.folder .. "/paste", text)
  tmux(self, "load-buffer " .. self.folder .. "/paste")
  tmux(self, "paste-buffer -p")
end

---Changes the size.
---@param columns integer
---@param rows integer
function Terminal:resize(columns, rows)
  tmux(self, ("resize-window -x %d -y %d"):format(columns, rows))
end

---The file of the prompt's history.
---@return string
function Terminal:history()
  return helper.read(self.folder .. "/state/weyl/history")
end

---Ends the terminal and what runs in it; so does the end of its block.
function Terminal:close()
  pcall(tmux, self, "kill-server")
  helper.remove(self.folder)
end

Terminal.__close = Terminal.close

local terminal = {}
local count = 0

---Whether this machine has tmux.
terminal.possible = select(3, helper.shell "command -v tmux") == 0

---A terminal in which a command runs.
---@param opts? { command: string?, columns: integer?, rows: integer?,
---  env: string? } command: the program's prompt unless given, "WEYL" in it
---  stands for the program; 80 by 24; env: more of the environment,
---  "NO_COLOR=1"
---@return spec.terminal
local function open(opts)
  local o = opts or {}
  count = count + 1
  local folder = helper.folder()
  local self = setmetatable({ folder = folder,
    server = ("weyl-%s-%d"):format(folder:match "[^/]*$", count) }, Terminal)
  local command = (o.command or "WEYL"):gsub("WEYL", helper.program)
  -- libedit loses the names of functions that are added to it
  command = ("env HOME=%s XDG_STATE_HOME=%s/state LANG=C.UTF-8 WEYL_CACHE= "
    .. "ASAN_OPTIONS=detect_leaks=0 %s %s; echo status $?; sleep %d"):format(
    folder, folder, o.env or "", command, 10 * PATIENCE)
  local ok, err = pcall(tmux, self, ("new-session -d -x %d -y %d %s"):format(
    o.columns or 80, o.rows or 24, helper.quote(command)))
  if not ok then error("a terminal needs tmux (make deps): " .. err, 2) end
  if not o.command then self:wait "\n>$" end
  return self
end

return setmetatable(terminal, { __call = function(_, opts)
  return open(opts)
end })
