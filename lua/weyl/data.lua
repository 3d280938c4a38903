-- data.lua: data sets: data.inertia, splitting and shuffled batches.
--
-- A set has parts train, validation, test and possibly ood (the same law
-- under changed inputs); a part is { x = [n, in], y = [n, out] }, computed.
-- Synthetic sets also know the exact function they were made from,
-- set.truth(x), and what their entries are, rep_in and rep_out. Drawing a set
-- leaves the program's own random streams as they were.

local check = require "weyl.check"
local core = require "weyl.core"
local inertia = require "weyl.data.inertia"
local options = require "weyl.options"

---@class weyl.data
local data = {}

---@class weyl.data.part
---@field x weyl.tensor [n, in]
---@field y weyl.tensor [n, out]

---@class weyl.data.set
---@field name string
---@field train weyl.data.part
---@field validation weyl.data.part?
---@field test weyl.data.part?
---@field ood weyl.data.part?
---@field truth (fun(x: weyl.tensor): weyl.tensor)?
---@field rep_in weyl.rep?
---@field rep_out weyl.rep?

---Point masses to their moment of inertia, with the symmetry broken along an
---axis; Kim et al., arXiv:2306.00356.
---@param opts table? see inertia.lua
---@return weyl.data.set
function data.inertia(opts) return inertia.set(opts) end

---The moment of inertia of point masses about the origin,
---sum_i m_i (|r_i|^2 I - r_i r_i^T).
---@param masses weyl.tensor [n, k]
---@param positions weyl.tensor [n, k, 3]
---@return weyl.tensor j [n, 3, 3]
function data.moment_of_inertia(masses, positions)
  return inertia.moment(masses, positions)
end

local function check_part(func, part)
  check.arg(type(part) == "table" and core.is_tensor(part.x)
    and core.is_tensor(part.y) and part.x.rank > 0 and part.y.rank > 0
    and #part.x == #part.y, func, "part",
    "a table with tensors x and y of the same length", part)
end

---Cuts a part into shuffled pieces. Shares are fractions of the whole; what
---is left over goes to `test`.
---@param part weyl.data.part
---@param opts { train: number?, validation: number?, stream: string? }?
---  shares 0.6 and 0.2; stream "split"
---@return weyl.data.set
function data.split(part, opts)
  check_part("data.split", part)
  local o = options.read("data.split", opts, {
    { "train", "share", default = 0.6 },
    { "validation", "share", default = 0.2 },
    { "stream", "string", default = "split" } })
  if o.train + o.validation > 1 then
    check.fail("data.split: the shares %g and %g add up to more than 1",
      o.train, o.validation)
  end
  local n = #part.x
  local a = math.floor(n * o.train + 0.5)
  local b = math.min(n, a + math.floor(n * o.validation + 0.5))
  local order = core.permutation(n, o.stream)
  local function piece(first, last)
    if last < first then return nil end
    local rows = order:slice(1, first, last)
    return { x = core.eval(part.x:take(rows)),
      y = core.eval(part.y:take(rows)) }
  end
  return { name = "split", train = piece(1, a), validation = piece(a + 1, b),
    test = piece(b + 1, n) }
end

---Batches of one pass over a part in a fresh random order; the last batch
---may be short. One batch that takes all is not shuffled.
---@param part weyl.data.part
---@param opts { size: integer, stream: string? } stream "batches"
---@return fun(): weyl.tensor?, weyl.tensor? next x [size, in], y [size, out]
function data.batches(part, opts)
  check_part("data.batches", part)
  local o = options.read("data.batches", opts, {
    { "size", "count", required = true },
    { "stream", "string", default = "batches" } })
  local n, first = #part.x, 1
  local order = o.size < n and core.eval(core.permutation(n, o.stream))
  return function()
    if first > n then return nil end
    local last = math.min(first + o.size - 1, n)
    local rows = order and order:slice(1, first, last)
    first = last + 1
    if not rows then return part.x, part.y end
    return part.x:take(rows), part.y:take(rows)
  end
end

return data
