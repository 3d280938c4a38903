-- data/loader.lua: batches of a data set, in memory or from disk: split,
-- scaled, shuffled, and resumable.
--
-- How rows are split depends on the option seed alone, so it stays the same
-- from run to run; their order in a pass comes from a named stream. state()
-- says where a pass is: from load(state) on the same batches follow, bit by
-- bit. From disk a window of rows is in memory at a time: windows come in
-- random order (those of a text table in the file's), rows are shuffled
-- within each.

local check = require "weyl.check"
local core = require "weyl.core"
local options = require "weyl.options"
local rows = require "weyl.data.rows"
local scale = require "weyl.data.scale"

local FUNC = "data.loader"
local PARTS = { "train", "validation", "test" }
local SPLIT = "loader split" -- the stream of the split, under its own seed

local loader = {}

---@class weyl.data.loader
---@field options table
---@field scales { x: weyl.data.scale?, y: weyl.data.scale? }
---@field pass integer passes over the training rows that were begun
---@field position integer batches of this pass that were given
local Loader = {}
Loader.__index = Loader
Loader.__name = "weyl.data.loader"

-- ---- options ----

local SPECS = {
  { "data", "table", required = true },
  { "batch", "count", required = true },
  { "split", "table" },
  { "stratify", "boolean", default = false },
  { "normalise", "any", default = false },
  { "shuffle", "boolean", default = true },
  { "drop_last", "boolean", default = false },
  { "window", "count", default = 16384 },
  { "stream", "string", default = "loader" },
  { "seed", "integer", default = 1 },
}

local function is_part(t)
  return type(t) == "table" and core.is_tensor(t.x) and core.is_tensor(t.y)
    and t.x.rank > 0 and t.y.rank > 0 and #t.x == #t.y
end

-- "memory", "set" or "disk".
local function form_of(data)
  if is_part(data) then return "memory" end
  if is_part(data.train) then return "set" end
  if type(data.csv) == "string"
      or type(data.x) == "string" and type(data.y) == "string" then
    return "disk"
  end
  check.arg(false, FUNC, "data", "a part { x =, y = } of tensors of the same "
    .. "length, a set, { x = path, y = path } or { csv = path, y = names }",
    data)
end

local function check_split(o, form)
  local split = o.split or { train = 1 }
  if form == "set" and (o.split or o.stratify) then
    check.fail("%s: a set is split already", FUNC)
  end
  local given = options.read(FUNC .. ": split", split, { { "train", "weight",
    required = true }, { "validation", "weight", default = 0 },
    { "test", "weight", default = 0 } })
  local sum = given.train + given.validation + given.test
  if sum > 1 + 1e-9 then
    check.fail("%s: the shares of split add up to %g, more than 1", FUNC, sum)
  end
  o.split = given
end

-- A kind of scaling, false for none, or a scaling that is there already.
local function check_normalise(o)
  local given = o.normalise
  if type(given) ~= "table" or scale.is(given) then
    given = { x = given, y = given }
  end
  local known = { false, table.unpack(scale.names) }
  local specs = {}
  for i, name in ipairs { "x", "y" } do
    specs[i] = { name, scale.is(given[name]) and "any" or known,
      default = false }
  end
  o.normalise = options.read(FUNC .. ": normalise", given, specs)
end

-- ---- splitting ----

-- What f gives when a stream of the split stands at a counter; all streams
-- are left as they were.
local function with_split_stream(seed, counter, f)
  local before = core.streams()
  core.streams { seed = seed, counters = { [SPLIT] = counter } }
  local ok, result = pcall(f)
  core.streams(before)
  if not ok then error(result, 0) end
  return result
end

-- The class of each row: whole numbers, or where a row of y is largest.
local function classes_of(y)
  if y.rank == 2 and y.shape[2] > 1 then return y:argmax(2):totable() end
  check.arg(y.size == #y and (y.dtype == "i64" or y.dtype == "bool"), FUNC,
    "stratify", "used where y is integers [n] or one column per class", y)
  return y:to "i64":reshape(#y):totable()
end

-- Numbers of rows by part: shares of each class in a random order.
local function assign(order, class_of, split)
  local seen, parts = {}, {}
  for _, name in ipairs(PARTS) do parts[name] = {} end
  local count = {}
  for _, row in ipairs(order) do
    local class = class_of and class_of[row] or 1
    count[class] = (count[class] or 0) + 1
  end
  for _, row in ipairs(order) do
    local class = class_of and class_of[row] or 1
    local k = (seen[class] or 0) + 1
    seen[class] = k
    local share = 0
    for _, name in ipairs(PARTS) do
      share = share + split[name]
      if k <= math.floor(count[class] * share + 0.5) then
        table.insert(parts[name], row)
        break
      end
    end
  end
  return parts
end

local function split_in_memory(o)
  local data, s = o.data, o.split
  if s.train == 1 then return { train = { x = data.x, y = data.y } } end
  local n = #data.x
  local order = with_split_stream(o.seed, 0, function()
    return core.permutation(n, SPLIT):totable()
  end)
  local lists = assign(order, o.stratify and classes_of(data.y), s)
  local out = {}
  for name, list in next, lists do
    if #list > 0 then
      local at = core.tensor(list, "i64")
      out[name] = core.eval { x = data.x:take(at), y = data.y:take(at) }
    end
  end
  return out
end

-- The rows of a chunk that belong to a part: each row draws a number once
-- and for all.
local function rows_of(o, name, part)
  local low = 0
  for _, other in ipairs(PARTS) do
    if other == name then break end
    low = low + o.split[other]
  end
  local high = low + o.split[name]
  if low == 0 and high >= 1 then return part end
  local at = with_split_stream(o.seed, part.first, function()
    local n = #part.x
    local u = core.uniform({ n }, 0, 1, "f64", SPLIT)
    return core.eval(core.arange(n):masked_select(
      u:ge(low):logical_and(u:lt(high))))
  end)
  return { x = part.x:take(at), y = part.y:take(at), first = part.first }
end

-- ---- pieces ----

local function scaled(self, part)
  local sx, sy = self.scales.x, self.scales.y
  return core.eval { x = sx and sx:apply(part.x) or part.x,
    y = sy and sy:apply(part.y) or part.y }
end

-- An iterator over the pieces of a part, in a random order with `stream`.
local function pieces(self, name, stream)
  if self.parts then
    local part = self.parts[name]
    return function()
      local piece = part
      part = nil
      return piece
    end
  end
  local source, i = self.source, 0
  source.restart()
  local order = stream and source.chunks
    and core.permutation(source.chunks, stream):totable()
  return function()
    i = i + 1
    local part = (not order or order[i]) and source.chunk(order and order[i]
      or i)
    return part and scaled(self, rows_of(self.options, name, part))
  end
end

-- An iterator over batches made from pieces, and across them.
local function batches(next_piece, size, stream, drop_last)
  local piece, order, n, at = nil, nil, 0, 1
  local function rows_from(t, first, last)
    if not order then return t:slice(1, first, last) end
    return t:take(order:slice(1, first, last))
  end
  local function advance()
    piece, at = next_piece(), 1
    n = piece and #piece.x or 0
    order = piece and stream and n > 0
      and core.eval(core.permutation(n, stream)) or nil
    return piece
  end
  return function()
    local xs, ys, need = {}, {}, size
    while need > 0 and (at <= n or advance()) do
      local last = math.min(n, at + need - 1)
      if last >= at then
        xs[#xs + 1] = rows_from(piece.x, at, last)
        ys[#ys + 1] = rows_from(piece.y, at, last)
      end
      need, at = need - (last - at + 1), last + 1
    end
    if #xs == 0 or need > 0 and drop_last then return nil end
    if #xs == 1 then return xs[1], ys[1] end
    return core.concat(xs), core.concat(ys)
  end
end

-- ---- making ----

local function fit(self)
  local o, fits = self.options, {}
  for _, name in ipairs { "x", "y" } do
    local kind = o.normalise[name]
    if scale.is(kind) then
      self.scales[name] = kind
    elseif kind then
      fits[name] = scale.fit(kind, name)
    end
  end
  if not next(fits) then return end
  local given = self.scales
  self.scales = {} -- pieces as they are
  for piece in pieces(self, "train") do
    for name, f in next, fits do scale.add(f, piece[name]) end
  end
  self.scales = given
  for name, f in next, fits do given[name] = scale.finish(f) end
end

---A loader, fitted; see data.loader.
---@param opts table
---@return weyl.data.loader
function loader.new(opts)
  local o = options.read(FUNC, opts, SPECS)
  local form = form_of(o.data)
  check_split(o, form)
  check_normalise(o)
  local self = setmetatable({ options = o, scales = {}, pass = 0,
    position = 0, counter = 0, done = true }, Loader)
  if form == "disk" then
    if o.stratify then
      check.fail("%s: stratify needs data in memory", FUNC)
    end
    self.source = rows.open(o.data, o.window)
  elseif form == "set" then
    self.parts = {}
    for _, name in ipairs { "train", "validation", "test", "ood" } do
      self.parts[name] = o.data[name]
    end
  else
    self.parts = split_in_memory(o)
  end
  fit(self)
  for name, part in next, self.parts or {} do
    self.parts[name] = scaled(self, part)
  end
  return self
end

-- ---- use ----

local function counter_of(stream)
  return core.streams().counters[stream] or 0
end

-- Moves a stream to a counter; the others stay.
local function set_counter(stream, counter)
  local all = core.streams()
  all.counters[stream] = counter
  core.streams(all)
end

-- The batches of the training pass that is at this.counter, from the batch
-- after this.position on.
local function training(self)
  local o = self.options
  local stream = o.shuffle and o.stream or nil
  local next_batch = batches(pieces(self, "train", stream), o.batch, stream,
    o.drop_last)
  for _ = 1, self.position do next_batch() end
  return function()
    local x, y = next_batch()
    if x then self.position = self.position + 1
    else self.done = true end
    return x, y
  end
end

---Batches of one pass over a part: x [batch, ...], y [batch, ...]; the last may
---be short. The training part is shuffled; after load its pass goes on.
---@param part string? "train" unless given, "validation", "test"
---@return fun(): weyl.tensor?, weyl.tensor?
function Loader:batches(part)
  part = part or "train"
  if part ~= "train" then
    check.arg(self.parts and self.parts[part]
      or not self.parts and (self.options.split[part] or 0) > 0,
      "loader:batches", "part", "the name of a part there is", part)
    return batches(pieces(self, part), self.options.batch)
  end
  if self.resumed then
    self.resumed = false
    set_counter(self.options.stream, self.counter)
  else
    self.pass, self.position = self.pass + 1, 0
    self.counter, self.seed = counter_of(self.options.stream),
      core.streams().seed
  end
  self.done = false
  return training(self)
end

local function scales_of(self)
  local out = {}
  for name, s in next, self.scales do out[name] = s:state() end
  return out
end

---Where the training pass is, and the scalings: plain values and tensors.
---@return table
function Loader:state()
  local out = scales_of(self)
  out.pass, out.position, out.done = self.pass, self.position, self.done
  out.seed = self.seed or core.streams().seed
  out.counter = self.counter
  out.next = counter_of(self.options.stream)
  return out
end

-- Fails unless a state was scaled as the data here are.
local function check_scales(self, state)
  for _, name in ipairs { "x", "y" } do
    if not scale.equal(self.scales[name], state[name]) then
      check.fail("loader: %s is scaled in another way than in the state: the "
        .. "data, the split or the option normalise are not the same", name)
    end
  end
end

---Goes on from a state: the batches that would have followed follow. The
---program's seed must be the same.
---@param state table what state() gave
function Loader:load(state)
  check.arg(type(state) == "table" and math.type(state.counter) == "integer"
    and math.type(state.position) == "integer", "loader:load", "state",
    "what state() gave", state)
  local seed = core.streams().seed
  if state.seed ~= seed then
    check.fail("loader:load: the state is of seed %d; the streams began at %d",
      state.seed, seed)
  end
  self.pass, self.position = state.pass, state.position
  self.counter, self.seed, self.done = state.counter, seed, state.done
  self.resumed = not state.done
  check_scales(self, state)
  set_counter(self.options.stream, state.next)
end

---The parts as a set for weyl.experiment, in memory. Its scales are kept in
---checkpoints.
---@return weyl.data.set
function Loader:set()
  if not self.parts then
    check.fail "loader:set: the data are on disk, not in memory"
  end
  local set = { name = self.options.data.name or "loader",
    scales = self.scales }
  for name, part in next, self.parts do set[name] = part end
  for _, name in ipairs { "rep_in", "rep_out", "candidates" } do
    set[name] = self.options.data[name]
  end
  function set.state() return scales_of(self) end
  function set.load(_, state) check_scales(self, state) end
  return set
end

function Loader:__tostring()
  local out = {}
  for _, name in ipairs(PARTS) do
    local part = self.parts and self.parts[name]
    if part then out[#out + 1] = ("%s %d"):format(name, #part.x) end
  end
  return ("weyl.data.loader: batches of %d, %s"):format(self.options.batch,
    self.parts and table.concat(out, ", ") or "from disk")
end

return loader
