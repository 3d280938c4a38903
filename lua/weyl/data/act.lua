-- data/act.lua: a part moved by random elements of a group, inputs and outputs
-- alike: an out-of-distribution test set for data without a known law.

local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local options = require "weyl.options"
local rep = require "weyl.rep"
local sample = require "weyl.group.sample"

local FUNC = "data.act"
local ROOM = 1 << 20 -- numbers in the matrices that are made at once

-- Rows of x [n, size], each acted upon by its own element.
local function moved(x, r, elements)
  local n, size = table.unpack(x.shape)
  local each = math.max(1, ROOM // (size * size))
  local out = {}
  for first = 1, n, each do
    local last, list = math.min(n, first + each - 1), {}
    for i = first, last do list[#list + 1] = r:rho(elements[i]) end
    local rows = x:slice(1, first, last):to "f64"
      :reshape(last - first + 1, size, 1)
    out[#out + 1] = core.eval(core.stack(list, 1):matmul(rows):squeeze(3)
      :to(x.dtype))
  end
  return core.eval(core.concat(out, 1))
end

local function check_side(t, r, g, name)
  local expected = ("a floating-point tensor [n, %d]"):format(r:size(g))
  check.arg(core.is_tensor(t) and t.rank == 2 and #t > 0
    and (t.dtype == "f32" or t.dtype == "f64") and t.shape[2] == r:size(g),
    FUNC, name, expected, t)
end

local function read(opts)
  local o = options.read(FUNC, opts, {
    { "rep_in", "any", required = true },
    { "rep_out", "any", required = true },
    { "seed", "integer", default = 0 },
    { "method", { "haar", "walk" } } })
  for _, name in ipairs { "rep_in", "rep_out" } do
    check.arg(rep.is_rep(o[name]) or check.whole(o[name], 0), FUNC, name,
      "a representation", o[name])
    o[name] = rep.lift(o[name])
  end
  return o
end

---Options: see data.act.
---@param part weyl.data.part
---@param g weyl.group
---@param opts table
---@return weyl.data.part
local function act(part, g, opts)
  check.arg(class.is_group(g), FUNC, "group", "a group", g)
  check.arg(type(part) == "table", FUNC, "part", "a table with tensors x and y",
    part)
  local o = read(opts)
  check_side(part.x, o.rep_in, g, "x")
  check_side(part.y, o.rep_out, g, "y")
  check.arg(#part.x == #part.y, FUNC, "y", "as long as x, " .. #part.x, part.y)
  local elements = sample.draw(g, core.symmetry.stream(o.seed, "act"),
    #part.x, o.method)
  return { x = moved(part.x, o.rep_in, elements),
    y = moved(part.y, o.rep_out, elements) }
end

return act
