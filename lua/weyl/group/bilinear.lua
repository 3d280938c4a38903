-- group/bilinear.lua: equivariant maps of two arguments.
--
-- A bilinear map B with B(g x, g y) = g B(x, y) is a linear equivariant map
-- from the product of the representations of x and y. Its array [out, x, y]
-- is in the order of their entries, whatever the order of the product.

local basis = require "weyl.group.basis"
local check = require "weyl.check"
local class = require "weyl.group.class"
local core = require "weyl.core"
local rep = require "weyl.rep"

---The equivariant bilinear maps between representations.
---@class weyl.bilinear_maps
---@field maps weyl.basis of rep_x * rep_y -> rep_out
---@field rep_x weyl.rep
---@field rep_y weyl.rep
local Bilinear = {}

local meta = { __index = Bilinear, __name = "weyl.bilinear_maps" }

function meta.__tostring(b)
  return ("equivariant bilinear maps (%s) x (%s) -> %s under %s: dimension "
    .. "%d"):format(b.rep_x, b.rep_y, b.maps.rep_out, b.maps.group, b:dim())
end

---Number of independent maps.
---@return integer
function Bilinear:dim() return self.maps:dim() end

-- Arrays [k, out, x * y] in the product's order as [k, out, x, y].
local function unfold(b, e)
  local d = b.maps.group.d
  local order = rep.product_order(b.rep_x, b.rep_y, d)
  return e:take(order:argsort(1), 3):reshape(e.shape[1], e.shape[2],
    b.rep_x:size(d), b.rep_y:size(d))
end

---All of them, orthonormal: a tensor [dim, out, x, y].
---@return weyl.tensor f64
function Bilinear:elements() return unfold(self, self.maps:elements()) end

---A random map; see basis:random.
---@param opts? { seed: integer?, stream: string? }
---@return weyl.tensor f64 [out, x, y]
function Bilinear:random(opts)
  local W = self.maps:random(opts)
  return unfold(self, W:reshape(1, W.shape[1], W.shape[2]))[1]
end

---B(x, y) for every pair of rows.
---@param B weyl.tensor [out, x, y]
---@param x weyl.tensor [batch, x]
---@param y weyl.tensor [batch, y]
---@return weyl.tensor [batch, out]
function Bilinear:apply(B, x, y)
  local d = self.maps.group.d
  local out, nx, ny = self.maps.rep_out:size(d), self.rep_x:size(d),
    self.rep_y:size(d)
  check.arg(core.is_tensor(B) and B.rank == 3 and B.shape[1] == out
    and B.shape[2] == nx and B.shape[3] == ny, "bilinear:apply", "B",
    ("a tensor [%d, %d, %d]"):format(out, nx, ny), B)
  check.arg(core.is_tensor(x) and x.rank == 2 and x.shape[2] == nx,
    "bilinear:apply", "x", ("a tensor [batch, %d]"):format(nx), x)
  check.arg(core.is_tensor(y) and y.rank == 2 and y.shape[2] == ny
    and y.shape[1] == x.shape[1], "bilinear:apply", "y",
    ("a tensor [%d, %d]"):format(x.shape[1], ny), y)
  return core.einsum("oij,bi,bj->bo", { B, x, y })
end

---@class weyl.group
local Group = class.methods

---The equivariant bilinear maps B with B(g x, g y) = g B(x, y).
---@param rep_x weyl.rep|integer
---@param rep_y weyl.rep|integer
---@param rep_out weyl.rep|integer
---@return weyl.bilinear_maps
function Group:bilinear(rep_x, rep_y, rep_out)
  local list = { rep_x, rep_y, rep_out }
  for i, name in ipairs { "rep_x", "rep_y", "rep_out" } do
    check.arg(rep.is_rep(list[i]) or check.whole(list[i], 0),
      "group:bilinear", name, "a representation", list[i])
    list[i] = rep.lift(list[i])
  end
  return setmetatable({ rep_x = list[1], rep_y = list[2],
    maps = basis.new(self, list[1] * list[2], list[3], false) }, meta)
end

return Bilinear
