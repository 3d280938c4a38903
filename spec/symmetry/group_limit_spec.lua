-- group_limit_spec.lua: how large groups and lists of elements may be.

local fails = require "spec.tensor.fails"
local limit = require "weyl.group.limit"
local weyl = require "weyl"
local group = weyl.group

-- Calls f with limit[name] = x.
local function with(name, x, f)
  local real = limit[name]
  limit[name] = x
  local ok, why = pcall(f)
  limit[name] = real
  if not ok then error(why, 0) end
end

local function numbers(g) return (#g.lie + #g.discrete) * g.d ^ 2 end

describe("a group's generators", function()
  -- { constructor, its arguments, what the message calls them }
  local cases = { { "SO", { 4 }, "n = 4" }, { "O", { 4 }, "n = 4" },
    { "SO", { 2, 3 }, "p + q = 5" }, { "O", { 2, 3 }, "p + q = 5" },
    { "SO_plus", { 2, 3 }, "p + q = 5" }, { "lorentz", {}, "n = 4" },
    { "lorentz_special", { 5 }, "n = 5" }, { "lorentz_full", {}, "n = 4" },
    { "reflection", { 3 }, "n = 3" }, { "parity", { 5 }, "n = 5" },
    { "time_reversal", {}, "n = 4" }, { "C", { 3 }, "k = 3" },
    { "D", { 3 }, "k = 3" }, { "S", { 5 }, "n = 5" },
    { "Alt", { 5 }, "n = 5" }, { "Z", { 5 }, "n = 5" },
    { "B", { 4 }, "n = 4" }, { "ZkxZnxZn", { 1, 3 }, "n = 3" },
    { "ZkxZnxZn", { 4, 3 }, "n = 3" }, { "scaling", { 3 }, "n = 3" },
    { "GL", { 3 }, "n = 3" }, { "SL", { 3 }, "n = 3" },
    { "Sp", { 3 }, "m = 3" }, { "U", { 3 }, "n = 3" },
    { "SU", { 3 }, "n = 3" }, { "USp", { 2 }, "m = 2" },
    { "affine", { group.O(3) }, "the group" },
    { "translations", { 3 }, "n = 3" }, { "SE", { 3 }, "n = 3" },
    { "E", { 3 }, "n = 3" },
    { "union", { { group.O(3), group.SO(3) } }, "the union" },
    { "direct", { { group.O(3), group.S(4) } }, "the product" },
    { "kron", { { group.O(3), group.S(4) } }, "the product" },
    { "wreath", { group.O(3), group.S(4) }, "the product" },
    { "new", { { lie = group.SO(3).lie } }, "the group" },
    { "new", { { discrete = group.D(4):elements() } }, "the group" } }

  for _, case in ipairs(cases) do
    local name, args, what = table.unpack(case)
    it(("of %s are counted to the last (%s)"):format(name, what), function()
      local count = numbers(group[name](table.unpack(args)))
      with("NUMBERS", count, function() group[name](table.unpack(args)) end)
      with("NUMBERS", count - 1, function()
        fails(("group.%s: %s would need %d numbers for its generators; the "
          .. "most is %d"):format(name, what, count, count - 1),
          function() group[name](table.unpack(args)) end)
      end)
    end)
  end

  it("of methods' groups are counted too", function()
    local g = group.O(3)
    with("NUMBERS", 63, function()
      fails("group:embed: d = 4 would need 64 numbers for its generators; the "
        .. "most is 63", function() g:embed(4, { 1, 2, 3 }) end)
      fails("group:subgroup: the group would need 72 numbers for its "
        .. "generators; the most is 63", function()
          g:subgroup { lie = weyl.ones(8, 3) }
        end)
    end)
  end)

  it("are refused before they are made", function()
    fails("group.SO: n = 150 would need 251437500 numbers for its generators; "
      .. "the most is 8388608", function() group.SO(150) end)
    fails("group.SO: n = 1000000000 would act on dimension 1000000000; the "
      .. "most is 4096", function() group.SO(1e9) end)
    fails("group.S: n = 100000 would act on dimension 100000; the most is "
      .. "4096", function() group.S(100000) end)
    fails("group.translations: n = 3000 would need 27018003000 numbers for "
      .. "its generators; the most is 8388608",
      function() group.translations(3000) end)
    fails("group.trivial: n = 100000 would act on dimension 100000; the most "
      .. "is 4096", function() group.trivial(100000) end)
    fails("group.USp: m = 4611686018427387904 would act on dimension "
      .. "18446744073709551616; the most is 4096",
      function() group.USp(1 << 62) end)
    fails("group.O: p + q = 18446744073709551616 would act on dimension "
      .. "18446744073709551616; the most is 4096",
      function() group.O(math.maxinteger, math.maxinteger) end)
    fails("group.ZkxZnxZn: n = 64 would act on dimension 16384; the most is "
      .. "4096", function() group.ZkxZnxZn(4, 64) end)
    fails("group.new: the group would act on dimension 5000; the most is "
      .. "4096", function() group.new { d = 5000 } end)
    fails("group.new: the group would need 16777216 numbers for its "
      .. "generators; the most is 8388608",
      function() group.new { lie = weyl.zeros(1, 4096, 4096) } end)
    fails("group:embed: d = 5000 would act on dimension 5000; the most is "
      .. "4096", function() group.SO(3):embed(5000, { 1, 2, 3 }) end)
    local list = {}
    for i = 1, 9 do list[i] = group.SO(3) end
    fails("group.kron: the product would act on dimension 19683; the most is "
      .. "4096", function() group.kron(list) end)
    fails("group.wreath: the product would act on dimension 4200; the most "
      .. "is 4096", function() group.wreath(group.SO(42), group.Z(100)) end)
  end)
end)

describe("a list of elements", function()
  it("has a bound on bytes where the order is known", function()
    fails("group:elements: S(10) cannot be listed: its 3628800 elements would "
      .. "take 3.92 GiB; the most is 1",
      function() group.S(10):elements(1e7) end)
    fails("group:elements: C(100000000) cannot be listed: its 100000000 "
      .. "elements would take 27.6 GiB; the most is 1",
      function() group.C(1e8):elements(1e9) end)
    fails("group:elements: rubik cannot be listed: there are more than "
      .. "1000000000 elements", function() group.rubik():elements(1e9) end)
  end)

  it("has it elsewhere too", function()
    -- an element on R^2 counts 8 * 4 + 16 * 4 + 200 bytes
    local function five()
      return group.new { discrete = { group.C(5).discrete[1] },
        check = false }
    end
    local g = five()
    with("BYTES", 296 * 4, function()
      fails("group:elements: a group on R^2 cannot be listed: there are more "
        .. "than 4 elements, all that 1.1e-06 GiB hold",
        function() g:elements() end)
    end)
    with("BYTES", 296 * 5, function() assert.equal(5, five():order()) end)
  end)
end)
