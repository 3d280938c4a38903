-- nn/mlp.lua: the plain multilayer perceptron.

local check = require "weyl.check"
local core = require "weyl.core"
local linear = require "weyl.nn.linear"
local match = require "weyl.nn.match"
local module = require "weyl.nn.module"
local options = require "weyl.options"
local rep = require "weyl.rep"

---@class weyl.nn.mlp
---@field [integer] weyl.nn.linear
local Mlp = { name = "weyl.nn.mlp" }

---The layers in order, with the activation between them.
---@param x weyl.tensor [batch, in]
---@return weyl.tensor y [batch, out]
function Mlp:forward(x)
  module.check_input(self, x, self[1].weight.shape[2])
  for i = 1, #self - 1 do x = self.activation(self[i]:forward(x)) end
  return self[#self]:forward(x)
end

---The affine layers in order.
---@return weyl.nn.linear[]
function Mlp:layers() return table.move(self, 1, #self, 1, {}) end

---The model as a chain: every layer with its activation. What hidden features
---are under a group the model does not know: they have no representations.
---@return { name: string, forward: function, rep_in: weyl.rep?,
---  rep_out: weyl.rep? }[]
function Mlp:stages()
  local list = {}
  for i, layer in ipairs(self) do
    local last = i == #self
    list[i] = { name = ("layer %d"):format(i),
      rep_in = i == 1 and self.rep_in or nil,
      rep_out = last and self.rep_out or nil,
      forward = function(h)
        if i == 1 then module.check_input(self, h, layer.weight.shape[2]) end
        local y = layer:forward(h)
        return last and y or self.activation(y)
      end }
  end
  return list
end

function Mlp:describe()
  local sizes = { self[1].weight.shape[2] }
  for i, layer in ipairs(self) do sizes[i + 1] = layer.weight.shape[1] end
  return table.concat(sizes, " -> ")
end

-- Number of entries: of an integer itself, of a representation its size.
local function width(name, value, d)
  if check.whole(value, 1) then return value end
  check.arg(rep.is_rep(value), "nn.mlp", name,
    "a number of entries or a representation", value)
  return value:size(d)
end

local mlp = {}

-- The options, with the sizes of input and output and the width.
local function read(opts)
  local o = options.read("nn.mlp", opts, {
    { "inputs", "any" }, { "outputs", "any" },
    { "rep_in", "any" }, { "rep_out", "any" },
    { "d", "count", default = 3 },
    { "channels", "count" },
    { "parameters", "count" },
    { "depth", "count", default = 3 },
    { "activation", "callable", default = core.silu },
    { "dtype", { "f32", "f64" }, default = "f32" },
    { "stream", "string", default = "init" } })
  local first = width("inputs", o.inputs or o.rep_in, o.d)
  local last = width("outputs", o.outputs or o.rep_out, o.d)
  local function count(channels)
    return (first + 1) * channels + (o.depth - 1) * (channels + 1) * channels
      + (channels + 1) * last
  end
  o.channels = match.width { func = "nn.mlp", channels = o.channels,
    parameters = o.parameters, count = count }
  return o, first, last, count(o.channels)
end

---@param opts table
---@return weyl.nn.mlp
function mlp.new(opts)
  local o, first, last = read(opts)
  local layers = {}
  for i = 1, o.depth + 1 do
    layers[i] = linear.new { bias = true, dtype = o.dtype, stream = o.stream,
      inputs = i == 1 and first or o.channels,
      outputs = i <= o.depth and o.channels or last }
  end
  return module.new(Mlp, layers, { activation = o.activation,
    rep_in = o.rep_in, rep_out = o.rep_out })
end

---The width and the number of parameters that `new` would have.
---@param opts table
---@return integer channels
---@return integer parameters
function mlp.plan(opts)
  local o, _, _, count = read(opts)
  return o.channels, count
end

return mlp
