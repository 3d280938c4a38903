---@meta weyl.core

-- meta.lua: the functions of the engine that its table of operations does not
-- hold, described for help, the reference and the Lua language server. This
-- file is read, never run.

---@alias weyl.dtype "f32"|"f64"|"c64"|"c128"|"i64"|"bool"

---A tensor, a parameter, or a table of them nested at will. Leaves come in a
---defined order: integer keys ascending, then string keys sorted by their
---bytes.
---@alias weyl.tree weyl.tensor|table

---An immutable array, computed when its value is asked for.
---@class weyl.tensor
---@field shape integer[]
---@field dtype weyl.dtype
---@field rank integer
---@field size integer number of elements
---@operator add(weyl.tensor|number): weyl.tensor
---@operator sub(weyl.tensor|number): weyl.tensor
---@operator mul(weyl.tensor|number): weyl.tensor
---@operator div(weyl.tensor|number): weyl.tensor
---@operator mod(weyl.tensor|number): weyl.tensor
---@operator idiv(weyl.tensor|number): weyl.tensor
---@operator pow(weyl.tensor|number): weyl.tensor
---@operator unm: weyl.tensor
---@operator len: integer
local tensor = {}

---A tensor whose value can be changed: what training learns. Works wherever
---a tensor does; graphs read the value it has when they are built.
---@class weyl.param: weyl.tensor
local param = {}

---@class weyl.memory
---@field live integer
---@field peak integer
---@field cap integer
---@field buffers integer
---@field pending integer

---@class weyl
local weyl = {}
weyl.tree = {}

---A tensor from a number, a boolean or a nested table of them; f32, or bool
---for booleans, unless a dtype is given. A tensor is converted.
---@param value number|boolean|table|weyl.tensor
---@param dtype? weyl.dtype
---@return weyl.tensor
function weyl.tensor(value, dtype) end

---Computes all tensors of the trees together and returns the trees.
---@param ... weyl.tree
---@return weyl.tree ...
function weyl.eval(...) end

---A parameter that starts with a copy of the value.
---@param value weyl.tensor floating-point
---@return weyl.param
function weyl.param(value) end

---Whether x is a parameter.
---@param x any
---@return boolean
function weyl.is_param(x) end

---Whether x is a tensor or a parameter.
---@param x any
---@return boolean
function weyl.is_tensor(x) end

---The number in a tensor of one element; two numbers when it is complex.
---@return number|integer|boolean
---@return number? imaginary
function tensor:item() end

---The elements as nested tables; complex ones as {re, im}.
---@return any
function tensor:totable() end

---Releases the storage now instead of when Lua collects the tensor.
function tensor:free() end

---Computes the tensor and returns it.
---@return weyl.tensor
function tensor:eval() end

---Changes the value; graphs built from the old one can no longer be computed.
---@param value weyl.tensor of the same shape and dtype
---@return weyl.param
function param:set(value) end

---A copy of the value as it is now.
---@return weyl.tensor
function param:value() end

---Counts the changes of the value, from 1.
---@return integer
function param:version() end

---The function that computes the gradient of f by its first argument: by the
---parameters in it when there are any, else by its floating-point tensors. It
---returns a tree like that argument, then what else f returned.
---@param f fun(x: weyl.tree, ...): weyl.tensor a real number, ...
---@return fun(x: weyl.tree, ...): weyl.tree, ...
function weyl.grad(f) end

---Like grad, but the function returns the value of f first.
---@param f fun(x: weyl.tree, ...): weyl.tensor a real number, ...
---@return fun(x: weyl.tree, ...): weyl.tensor, weyl.tree, ...
function weyl.value_and_grad(f) end

---f(x), and the cotangent ct of f(x) pulled back to x.
---@param f fun(x: weyl.tree): weyl.tree
---@param x weyl.tree
---@param ct weyl.tree tensors like those of f(x)
---@return weyl.tree value
---@return weyl.tree cotangent a tree like x
function weyl.vjp(f, x, ct) end

---f(x), and the derivative of f at x in direction t.
---@param f fun(x: weyl.tree): weyl.tree
---@param x weyl.tree
---@param t weyl.tree tensors like those of x
---@return weyl.tree value
---@return weyl.tree tangent a tree like f(x)
function weyl.jvp(f, x, t) end

---The tensors and parameters of a tree, in order.
---@param tree weyl.tree
---@return weyl.tensor[]
function weyl.tree.leaves(tree) end

---The tree of f's results on corresponding leaves of trees of one structure.
---@param f fun(...: weyl.tensor): weyl.tensor
---@param tree weyl.tree
---@param ... weyl.tree
---@return weyl.tree
function weyl.tree.map(f, tree, ...) end

---Bytes in use: live, peak, buffers (tensors), and cap, 0 without one; also
---pending, the number of tensors not yet computed. An argument sets the cap.
---@param cap? integer bytes; 0 lifts it
---@return weyl.memory
function weyl.memory(cap) end

---Number of threads in use; an argument sets it.
---@param n? integer 1 to 64
---@return integer
function weyl.threads(n) end

---Restarts all random streams from a seed.
---@param n integer
function weyl.seed(n) end

---The seed and how far every random stream has advanced; an argument, what
---an earlier call gave, sets them.
---@param state? { seed: integer, counters: table<string, integer> }
---@return { seed: integer, counters: table<string, integer> }
function weyl.streams(state) end

---What the bits of results may depend on beside the program: version,
---instructions, cores, threads, blas, blas_core.
---@return table<string, string|integer>
function weyl.environment() end

---While on, the first operation that makes a NaN or an infinity raises an
---error that names it and the line that built it.
---@param on? boolean without it the setting stays
---@return boolean on
function weyl.check_finite(on) end

---The plan that computing a tensor would follow, as text.
---@param t weyl.tensor
---@return string
function weyl.graph(t) end

return weyl
