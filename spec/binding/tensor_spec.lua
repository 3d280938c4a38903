-- tensor_spec.lua: tensors as Lua values: operators, indexing, fields,
-- immutability, parameters, trees; and where errors are said to be.

local core = require "weyl.core"
local fails = require "spec.tensor.fails"
local weyl = require "weyl"

local function same(expected, t) assert.same(expected, t:totable()) end

describe("operators", function()
  local x, y = weyl.tensor { 6, -7 }, weyl.tensor { 4, 2 }

  it("work on two tensors", function()
    same({ 10, -5 }, x + y)
    same({ 2, -9 }, x - y)
    same({ 24, -14 }, x * y)
    same({ 1.5, -3.5 }, x / y)
    same({ 2, 1 }, x % y)
    same({ 1, -4 }, x // y)
    same({ 1296, 49 }, x ^ y)
    same({ -6, 7 }, -x)
  end)

  it("work with a number on either side", function()
    same({ 7, -6 }, x + 1)
    same({ 7, -6 }, 1 + x)
    same({ 5, -8 }, x - 1)
    same({ -5, 8 }, 1 - x)
    same({ 12, -14 }, x * 2)
    same({ 12, -14 }, 2 * x)
    same({ 3, -3.5 }, x / 2)
    same({ 2, 4 }, 8 / y)
    same({ 0, 1 }, x % 2)
    same({ 3, 1 }, 7 % y)
    same({ 3, -4 }, x // 2)
    same({ 1, 3 }, 7 // y)
    same({ 36, 49 }, x ^ 2)
    same({ 16, 4 }, 2 ^ y)
  end)

  it("work with parameters", function()
    local p = weyl.param(y)
    same({ 10, -5 }, x + p)
    same({ 10, -5 }, p + x)
    same({ 8, 4 }, p * 2)
    same({ -4, -2 }, -p)
    same({ 0, 0 }, p - p)
  end)

  it("say what is wrong with an operand", function()
    fails("add: argument 'y' must be a tensor, got table",
      function() return x + {} end)
    fails("sub: argument 'x' must be a tensor, got 'a'",
      function() return "a" - x end)
    fails("mul: argument 'x' must be a tensor, got nil",
      function() return nil * x end)
    fails("div: argument 'y' must be a tensor, got userdata",
      function() return x / io.stdout end)
    fails("mod: argument 'y' must be a tensor, got function",
      function() return x % print end)
    fails("pow: argument 'y' must be a tensor or a number, got 'a'",
      function() return x ^ "a" end)
    fails("add: f32 and bool do not mix (convert one with :to)",
      function() return x + true end)
    fails("neg: x must be f32, f64, c64, c128 or i64, got bool (convert with "
      .. ":to'f32')", function() return -weyl.tensor { true } end)
  end)
end)

describe("comparison by Lua's operators", function()
  local x = weyl.tensor { 1, 2 }

  it("is an error for order, which would give one boolean", function()
    local text = "tensors are not compared by < and <=, which give one "
      .. "boolean: use x:lt(y), x:le(y), x:gt(y) or x:ge(y)"
    fails(text, function() return x < x end)
    fails(text, function() return x <= 3 end)
    fails(text, function() return 3 > x end)
    fails(text, function() return 3 >= x end)
  end)

  it("is identity for ==", function()
    assert.is_true(x == x)
    assert.is_false(x == x + 0)
  end)
end)

describe("indexing", function()
  local t = weyl.arange(24):reshape(2, 3, 4):eval()

  it("picks one entry of the first dimension", function()
    same({ { 13, 14, 15, 16 }, { 17, 18, 19, 20 }, { 21, 22, 23, 24 } }, t[2])
    same({ 17, 18, 19, 20 }, t[2][2])
    assert.equal(20, t[2][2][4]:item())
    same(t[2]:totable(), t[-1])
    same(t[1]:totable(), t[-2])
  end)

  it("picks and cuts each dimension", function()
    same({ { 5, 6, 7, 8 }, { 9, 10, 11, 12 } }, t[{ 1, { 2, 3 } }])
    same({ { 2, 6, 10 }, { 14, 18, 22 } }, t[{ {}, {}, 2 }])
    same({ { 12, 10 } }, t[{ { 1 }, 3, { 4, 1, -2 } }])
    same({ 24, 16 }, t[{ -1, { -1, 1, -2 }, -1 }])
    same(7, t[{ 1, 2, 3 }])
    same(t:totable(), t[{}])
    assert.same({ 2, 0, 4 }, t[{ {}, { 3, 2 } }].shape)
    assert.same({ 2, 1, 4 }, t[{ {}, { 3 } }].shape)
  end)

  it("is lazy and can be differentiated", function()
    local g = weyl.grad(function(x)
      return (x[{ 2, { 1, 3, 2 } }] * 5):sum() + x[1][1]
    end)(weyl.zeros({ 2, 3 }))
    same({ { 1, 0, 0 }, { 5, 0, 5 } }, g)
  end)

  it("says what is wrong", function()
    local place = " is out of range for dimension "
    fails("index: 3" .. place .. "1 of [2, 3, 4]",
      function() return t[3] end)
    fails("index: 0" .. place .. "1 of [2, 3, 4]",
      function() return t[0] end)
    fails("index: -3" .. place .. "1 of [2, 3, 4]",
      function() return t[-3] end)
    fails("index: 5" .. place .. "2 of [2, 3, 4]",
      function() return t[{ 1, { 2, 5 } }] end)
    fails("index: 9" .. place .. "3 of [2, 3, 4]",
      function() return t[{ 1, {}, 9 }] end)
    fails("index: the step of a range must not be 0",
      function() return t[{ { 1, 2, 0 } }] end)
    fails("index: a tensor of rank 3 takes at most 3 indices, got 4",
      function() return t[{ 1, 1, 1, 1 }] end)
    fails("index: a tensor of rank 0 takes at most 0 indices, got 1",
      function() return t[1][1][1][1] end)
    fails("index: argument 'key' must be an integer, a table of ranges or a "
      .. "name, got 1.5", function() return t[1.5] end)
    fails("index: argument 'key' must be an integer, a table of ranges or a "
      .. "name, got boolean", function() return t[true] end)
    fails("index: argument 'index' must be an integer or {first, last, step}, "
      .. "got 'a'", function() return t[{ "a" }] end)
    fails("index: argument 'range' must be {first, last, step}, got table",
      function() return t[{ { 1, 2, 3, 4 } }] end)
    fails("index: argument 'range' must be a table of integers, got 1.5",
      function() return t[{ { 1.5 } }] end)
  end)
end)

describe("fields", function()
  local t = weyl.zeros({ 2, 3 }, "c64")

  it("tell shape, dtype, rank and size", function()
    assert.same({ 2, 3 }, t.shape)
    assert.equal("c64", t.dtype)
    assert.equal(2, t.rank)
    assert.equal(6, t.size)
    assert.equal(2, #t)
    assert.is_nil(t.no_such_field)
    assert.same({}, weyl.tensor(1).shape)
  end)

  it("are copies", function()
    t.shape[1] = 99
    assert.same({ 2, 3 }, t.shape)
  end)

  it("have no length at rank 0", function()
    fails("#: a tensor of rank 0 has no length",
      function() return #weyl.tensor(1) end)
  end)
end)

describe("tensors", function()
  local text = "tensors are immutable: build a new one, for instance with "
    .. "weyl.where or scatter_add, or use a weyl.param"

  it("are immutable", function()
    local t = weyl.ones { 2 }
    fails(text, function() t[1] = 3 end)
    fails(text, function() t.shape = { 1 } end)
    fails(text, function() weyl.param(t)[1] = 3 end)
  end)

  it("have methods for all functions that take one first", function()
    for _, f in ipairs(core.functions()) do
      local method = f.args:match "^%w+:T" ~= nil
      assert.equal(method, core.methods[f.name] == f.f, f.name)
    end
  end)

  it("have text", function()
    assert.equal("f32 [2]\n  1.0000  2.5000", tostring(weyl.tensor { 1, 2.5 }))
    assert.equal("i64 []  3", tostring(weyl.tensor(3, "i64")))
    assert.equal("f32 [0, 3] (empty)", tostring(weyl.zeros { 0, 3 }))
    assert.matches("^param f32 %[2%]", tostring(weyl.param(weyl.ones { 2 })))
  end)

  it("are recognised", function()
    local t, p = weyl.ones { 1 }, weyl.param(weyl.ones { 1 })
    assert.is_true(weyl.is_tensor(t))
    assert.is_true(weyl.is_tensor(p))
    assert.is_false(weyl.is_param(t))
    assert.is_true(weyl.is_param(p))
    for _, other in ipairs { 1, "a", {}, print, io.stdout, false } do
      assert.is_false(weyl.is_tensor(other))
      assert.is_false(weyl.is_param(other))
    end
  end)

  it("cannot be forged", function()
    local forged = setmetatable({}, getmetatable(weyl.ones { 1 }))
    assert.is_false(weyl.is_tensor(forged))
    fails("add: argument 'x' must be a tensor, got table",
      function() return forged + 1 end)
    local meta = getmetatable(weyl.ones { 1 })
    assert.is_true(pcall(meta.__gc, 3))
    assert.is_true(pcall(meta.__gc, io.stdout))
    assert.is_true(pcall(meta.__close, {}))
    fails("index: argument 'tensor' must be a tensor, got 3",
      function() return meta.__index(3, "shape") end)
  end)
end)

describe("item and totable", function()
  it("give Lua's numbers", function()
    assert.equal("integer", math.type(weyl.tensor(3, "i64"):item()))
    assert.equal("float", math.type(weyl.tensor(3):item()))
    assert.equal(true, weyl.tensor(true):item())
    local z = weyl.complex(weyl.tensor(1), weyl.tensor(2))
    assert.same({ 1, 2 }, { z:item() })
    assert.equal(0.1, weyl.tensor({ { 0.1 } }, "f64"):item())
    assert.same({ { { 1.0, 2.0 } } }, z:reshape(1, 1):totable())
    same({ {}, {} }, weyl.zeros { 2, 0 })
  end)

  it("say what is wrong", function()
    fails("item: argument 'x' must be of one element, got a tensor f32 [2]",
      function() weyl.ones({ 2 }):item() end)
    fails("item: argument 'x' must be a tensor, got 3",
      function() core.methods.item(3) end)
    fails("totable: argument 'x' must be a tensor, got nil",
      function() core.methods.totable(nil) end)
  end)
end)

describe("parameters", function()
  it("hold a value that changes", function()
    local p = weyl.param(weyl.tensor { 1, 2 })
    assert.equal(1, p:version())
    assert.equal(p, p:set(p * 3))
    assert.equal(2, p:version())
    same({ 3, 6 }, p)
    assert.same({ 2 }, p.shape)
    assert.equal("f32", p.dtype)
    same({ 6 }, p[{ { 2 } }])
    same({ 3, 6 }, p:value())
    assert.is_false(weyl.is_param(p:value()))
  end)

  it("copy what they start with and what they are set to", function()
    local x = weyl.tensor { 1, 2 }
    local p, q = weyl.param(x), weyl.param(x)
    p:set(weyl.tensor { 5, 6 })
    same({ 1, 2 }, x)
    same({ 1, 2 }, q)
    local new = weyl.tensor { 7, 8 }
    p:set(new)
    p:set(p + 1)
    same({ 7, 8 }, new)
  end)

  it("say what is wrong", function()
    local p = weyl.param(weyl.ones { 2 })
    fails("param: argument 'value' must be of a floating-point dtype, got a "
      .. "tensor i64 [3]", function() weyl.param(weyl.arange(3)) end)
    fails("param: argument 'value' must be a tensor, got 3",
      function() weyl.param(3) end)
    fails("set: value must be f32 [2] like the parameter, got f32 [3]",
      function() p:set(weyl.ones { 3 }) end)
    fails("set: value must be f32 [2] like the parameter, got f64 [2]",
      function() p:set(weyl.ones({ 2 }, "f64")) end)
    fails("set: argument 'value' must be a tensor, got 3",
      function() p:set(3) end)
    fails("set: argument 'p' must be a parameter, got a tensor f32 [2]",
      function() weyl.ones({ 2 }):set(p) end)
    same({ 1, 1 }, p)
  end)
end)

describe("trees", function()
  local a, b, c = weyl.tensor(1), weyl.tensor(2), weyl.tensor(3)

  it("list leaves by integers, then by names", function()
    local tree = { x = c, [10] = b, [-1] = a, deep = { b, a }, n = 5,
      [2.5] = c, [true] = c }
    local names = { [a] = "a", [b] = "b", [c] = "c" }
    local order = {}
    for i, leaf in ipairs(weyl.tree.leaves(tree)) do order[i] = names[leaf] end
    assert.equal("a b b a c", table.concat(order, " "))
    assert.same({ a }, weyl.tree.leaves(a))
    assert.same({}, weyl.tree.leaves(5))
  end)

  it("come in one order however they were filled", function()
    local expected
    for round = 1, 20 do
      local tree, keys = {}, {}
      for k = 1, 50 do table.insert(keys, k * round * 7 % k + 1, k) end
      for _, k in ipairs(keys) do tree["k" .. k] = weyl.tensor(k) end
      local values = {}
      for i, leaf in ipairs(weyl.tree.leaves(tree)) do
        values[i] = leaf:item()
      end
      expected = expected or values
      assert.same(expected, values)
    end
    assert.equal(50, #expected)
  end)

  it("map to trees alike", function()
    local t = weyl.tree.map(function(x, y) return x * 10 + y end,
      { a, n = { b }, s = "text" }, { b, n = { c } })
    assert.equal(12, t[1]:item())
    assert.equal(23, t.n[1]:item())
    assert.is_nil(t.s)
  end)

  it("may change while they are mapped", function()
    local tree = { a, b, name = c }
    local t = weyl.tree.map(function(x)
      tree[1], tree.name, tree.more = nil, nil, { a }
      return x + 1
    end, tree)
    assert.is_table(t)
  end)

  it("are computed together and returned", function()
    local x, y = a + 1, b + 1
    local tree = { x, { y } }
    local t, n = weyl.eval(tree, 7)
    assert.equal(tree, t)
    assert.equal(7, n)
    assert.equal("evaluated: nothing to compute\n", weyl.graph(x))
    assert.equal("evaluated: nothing to compute\n", weyl.graph(y))
    assert.equal(0, select("#", weyl.eval()))
  end)

  it("say what is wrong", function()
    fails("tree.leaves: argument 'tree' must be given, got nothing",
      function() weyl.tree.leaves() end)
    fails("tree.map: argument 'f' must be a function, got 3",
      function() weyl.tree.map(3, a) end)
    fails("tree.map: argument 'tree' must be given, got nothing",
      function() weyl.tree.map(print) end)
    fails("tree.map: tree 1 has 2 leaves, tree 2 has 1",
      function() weyl.tree.map(print, { a, b }, { c }) end)
  end)
end)

describe("arguments", function()
  local x = weyl.ones(2, 3)

  it("are checked by name and place", function()
    fails("sum: argument 'x' must be given, got nothing",
      function() weyl.sum() end)
    fails("sum: argument 'x' must be a tensor or a number, got 'a'",
      function() weyl.sum "a" end)
    fails("clamp: argument 'low' must be a tensor or a number, got table",
      function() x:clamp {} end)
    fails("topk: argument 'k' must be an integer, got 1.5",
      function() x:topk(1.5) end)
    fails("to: argument 'dtype' must be a dtype ('f32', 'f64', 'c64', 'c128', "
      .. "'i64' or 'bool'), got 3", function() x:to(3) end)
    fails("einsum: argument 'formula' must be a string, got a tensor f32 "
      .. "[2, 3]", function() weyl.einsum(x, { x }) end)
    fails("linspace: argument 'first' must be a number, got boolean",
      function() weyl.linspace(true, 1, 2) end)
    fails("exp: too many arguments; it takes (x:T)",
      function() x:exp(1) end)
  end)

  it("may be numbers where tensors are taken", function()
    assert.equal(3, weyl.abs(-3):item())
    assert.equal(3, weyl.add(1, 2):item())
    assert.equal("f32", weyl.exp(0).dtype)
  end)

  it("may leave out what is optional before a dtype", function()
    assert.equal("f64", weyl.arange(3, "f64").dtype)
    assert.equal("f64", weyl.uniform({ 2 }, "f64").dtype)
    assert.equal("f64", weyl.eye(2, "f64").dtype)
  end)
end)

describe("finalizers that use tensors", function()
  it("run in the middle of calls without harm", function()
    local function litter()
      setmetatable({}, { __gc = function()
        weyl.svd(weyl.ones { 3, 2 })
        weyl.arange(5):split(1)
      end })
    end
    local mode = collectgarbage "count" and collectgarbage("incremental", 0)
    finally(function()
      collectgarbage("incremental", 200)
      collectgarbage(mode)
      collectgarbage() -- no finalizer is left for the end of the program
      collectgarbage()
    end)
    local x = weyl.normal({ 6, 4 }, 0, 1, "f64"):eval()
    for _ = 1, 100 do
      litter()
      local u, s, vh = weyl.svd(x)
      local off = (u * s):matmul(vh) - x
      assert.is_true(off:abs():max():item() < 1e-13)
      litter()
      local pieces = { x:split { 1, 2, 3 } }
      assert.equal(3, #pieces)
    end
  end)
end)

describe("every function", function()
  it("refuses what is no tensor, and names itself", function()
    for _, f in ipairs(core.functions()) do
      if f.args:match "^%w+:T" then
        for _, bad in ipairs { {}, "text", print } do
          local ok, why = pcall(f.f, bad, bad, bad)
          assert.is_false(ok)
          assert.matches(f.name .. ": argument '%w+' must be ", why, 1, false)
        end
      end
    end
  end)

  it("is explained", function()
    for _, f in ipairs(core.functions()) do
      assert.matches("^weyl%." .. f.name .. "%(", weyl.help.text(f.f))
    end
  end)
end)
