-- data/source.lua: files as streams of pieces, unpacked on the way when they
-- are gzip.
--
-- At most a piece of the file and what it unpacks to are in memory. A gzip
-- file may have several members; its checksums are verified.

local files = require "weyl.data.files"
local check = require "weyl.check"

local source = {}

local GZIP = "\x1f\x8b"
local MEMBER = 31 -- zlib's window bits for a gzip member
local PACKED = 1 << 14 -- bytes unpacked at once, to at most 16 MiB

---@class weyl.data.source
---@field path string
---@field file file*
---@field func string
---@field inflate function? of the member that is being read, when packed
---@field packed boolean
---@field taken integer bytes of that member so far
---@field left string bytes of the file that are not unpacked yet
local Source = {}
Source.__index = Source

---Opens a file.
---@param func string the user's function, for messages
---@param path string
---@return weyl.data.source
function source.open(func, path)
  check.arg(type(path) == "string", func, "path", "a file's name", path)
  local file, why = io.open(path, "rb")
  if not file then check.fail("%s: cannot open %s", func, why) end
  local magic, message = file:read(2)
  if message then
    file:close()
    check.fail("%s: cannot read '%s': %s", func, path, message)
  end
  file:seek "set"
  return setmetatable({ path = path, file = file, func = func, left = "",
    packed = magic == GZIP }, Source)
end

function Source:raw(n)
  local piece, message = self.file:read(n)
  if message then
    check.fail("%s: cannot read '%s': %s", self.func, self.path, message)
  end
  return piece
end

function Source:at()
  return { func = self.func, place = ("'%s'"):format(self.path) }
end

-- Unpacks a piece of the file; what follows the end of a member is left for
-- the next.
function Source:unpack(packed)
  if not self.inflate then
    self.inflate, self.taken = files.zlib(self.func).inflate(MEMBER), 0
  end
  local ok, out, ended, taken = pcall(self.inflate, packed)
  files.check(ok, self:at(), "the gzip data are damaged")
  self.left = packed:sub(taken - self.taken + 1)
  self.taken = taken
  if ended then self.inflate = nil end
  return out
end

---The next piece, of n bytes unless it is unpacked; nil at the end of the file.
---@param n integer
---@return string?
function Source:read(n)
  if not self.packed then return self:raw(n) end
  local out = ""
  while out == "" do
    local packed = self.left ~= "" and self.left or self:raw(PACKED)
    if not packed then
      files.check(not self.inflate, self:at(), "the gzip data are cut short")
      return nil
    end
    out = self:unpack(packed)
  end
  return out
end

---Feeds a parser of core.csv about n bytes, and its end; false then.
---@param parser userdata
---@param n integer
---@return boolean
function Source:feed(parser, n)
  local fed
  if self.packed then
    local piece = self:read(n)
    fed = piece and #piece or 0
    if piece then parser:feed(piece) end
  else
    local message
    fed, message = parser:read(self.file, n)
    if not fed then
      check.fail("%s: cannot read '%s': %s", self.func, self.path, message)
    end
  end
  if fed == 0 then parser:feed() end
  return fed > 0
end

---Bytes of the file itself.
---@return integer
function Source:size() return self.file:seek "end" end

---Closes the file; it is closed as a <close> variable too.
function Source:close()
  if io.type(self.file) == "file" then self.file:close() end
end

Source.__close = Source.close

return source
