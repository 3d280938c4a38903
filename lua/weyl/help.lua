-- help.lua: help(x) for functions, tensors, rooms and objects.
--
-- Nothing is written twice: functions of the engine are described by its
-- table of operations, the rest of its C functions by meta.lua, functions in
-- Lua and rooms by the comments of their sources.

local core = require "weyl.core"
local keys = require "weyl.keys"
local page = require "weyl.width"
local source = require "weyl.source"

---@class weyl.help
local help = {}

-- ---- functions of the engine ----

---@class weyl.help.entry
---@field name string e.g. "weyl.exp", "weyl.tree.map", "tensor:item"
---@field args string names separated by ", "; optional ones end in "?"
---@field params { name: string, type: string, optional: boolean }[]
---@field doc string
---@field sample string an example, "" when there is none
---@field returns string[] "type name text"

-- Types of the table of operations: for readers, for the language server.
local TYPES = {
  T = { "tensor or number", "weyl.tensor|number" },
  list = { "table of tensors", "weyl.tensor[]" },
  dim = { "dimension", "integer" },
  dims = { "dimension or table of them", "integer|integer[]" },
  shape = { "shape", "integer|integer[]" },
  int = { "integer", "integer" },
  ints = { "table of integers", "integer|integer[]" },
  num = { "number", "number" },
  bool = { "boolean", "boolean" },
  dtype = { "dtype name", "weyl.dtype" },
  str = { "string", "string" },
}

-- Stands for the random draws of the samples in ops.def, so that examples
-- may be typed in as they are shown.
local SAMPLES = {
  R = "weyl.normal({%s})",
  P = "weyl.uniform({%s}, 0.5, 2)",
  U = "weyl.uniform({%s}, -0.9, 0.9)",
  Z = "weyl.complex(weyl.normal({%s}), weyl.normal({%s}))",
  M = "weyl.bernoulli({%s}, 0.5)",
  SPD = "weyl.eye(%s)",
}

-- The first alternative of a sample as arguments a user can type.
local function example(name, sample)
  local first = (sample .. " | "):match "^(.-) | "
  if first == "" then return "" end
  local args = first:gsub("%f[%w]I(%b{})", "weyl.tensor(%1, 'i64')")
  args = args:gsub("%f[%w](%u+)(%b())", function(draw, inner)
    local form = SAMPLES[draw]
    inner = inner:sub(2, -2)
    return form and form:gsub("%%s", (inner:gsub("%%", "%%%%")))
  end)
  return ("weyl.%s(%s)"):format(name, args)
end

---@return weyl.help.entry
local function entry_of_operation(f)
  local params, names = {}, {}
  for name, kind, mark in f.args:gmatch "([%w_]+):(%w+)(%??)" do
    local optional = mark == "?"
    params[#params + 1] = { name = name, optional = optional,
      type = TYPES[kind][1], annotation = TYPES[kind][2] }
    names[#names + 1] = name .. mark
  end
  return { name = "weyl." .. f.name, args = table.concat(names, ", "),
    params = params, doc = f.doc, sample = example(f.name, f.sample),
    returns = {} }
end

---An entry from an item with annotations.
---@param item weyl.source.item
---@return weyl.help.entry
function help.entry(item)
  -- see init.lua; methods are called on objects, "Group:dim" on a group
  local name = item.name:gsub("^transforms%.", "weyl.")
    :gsub("^%u%l*:", string.lower)
  local entry = { name = name, args = item.args, params = {},
    doc = item.doc, sample = "", returns = {} }
  for _, tag in ipairs(item.tags) do
    local param, rest = tag:match "^param%s+([%w_.?]+)%s+(.*)"
    if param then
      entry.params[#entry.params + 1] = { type = rest,
        name = param:gsub("%?$", ""), optional = param:match "%?$" ~= nil }
    elseif tag:match "^return%s" then
      entry.returns[#entry.returns + 1] = tag:match "^return%s+(.*)"
    end
  end
  return entry
end

local by_function ---@type table<function, weyl.help.entry>
local entries ---@type weyl.help.entry[]

-- The function that meta.lua means by "weyl.tree.map" or "tensor:item".
local function function_named(name)
  local method = name:match "^[%w_]+:([%w_]+)$"
  if method then return core.methods[method] end
  local value = core
  for part in name:gsub("^weyl%.", ""):gmatch "[^.]+" do
    value = type(value) == "table" and value[part] or nil
  end
  return value
end

local function add_entry(f, entry)
  if not f or by_function[f] then return end
  by_function[f] = entry
  entries[#entries + 1] = entry
end

-- Reads the tables once.
local function open()
  if entries then return end
  by_function, entries = {}, {}
  for _, f in ipairs(core.functions()) do
    add_entry(f.f, entry_of_operation(f))
    by_function[core.methods[f.name] or f.f] = by_function[f.f]
  end
  local meta = source.module "weyl.meta"
  for _, item in ipairs(meta and meta.items or {}) do
    if item.line > 0 then
      add_entry(function_named(item.name), help.entry(item))
    end
  end
end

---Every function of the engine, in the order of its table.
---@return weyl.help.entry[]
function help.entries()
  open()
  return entries
end

-- The entry of any function; nil when nothing is known.
local function entry_of(f)
  open()
  if by_function[f] then return by_function[f] end
  local item = debug.getinfo(f, "S").what == "Lua" and source.of(f)
  return item and help.entry(item) or nil
end

---"weyl.sum(x, dims?)", "tensor:item()": an entry's first line.
---@param entry weyl.help.entry
---@return string
function help.signature(entry)
  return ("%s(%s)"):format(entry.name, entry.args)
end

---The signature of a function that is documented.
---@param f function
---@return string?
function help.name(f)
  local entry = entry_of(f)
  return entry and help.signature(entry) or nil
end

-- ---- text ----

-- Paragraphs broken at spaces to fit the page, each line after `indent`.
local function wrap(text, indent)
  local lines, line = {}, indent
  for word in text:gmatch "%S+" do
    if #line > #indent and #line + 1 + #word > page.now then
      lines[#lines + 1] = line
      line = indent
    end
    line = line .. (#line > #indent and " " or "") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- Aligned "name  type text" lines.
local function param_lines(entry)
  local out, width = {}, 0
  for _, p in ipairs(entry.params) do width = math.max(width, #p.name) end
  local indent = (" "):rep(width + 4)
  for _, p in ipairs(entry.params) do
    local text = wrap(p.type .. (p.optional and ", optional" or ""), indent)
    out[#out + 1] = ("  %s%s"):format(p.name, text:sub(#p.name + 3))
  end
  for _, r in ipairs(entry.returns) do
    out[#out + 1] = "  returns " .. wrap(r, "    "):sub(5)
  end
  return out
end

local function entry_text(entry)
  local out = { help.signature(entry) }
  if entry.doc ~= "" then out[2] = wrap(entry.doc, "") end
  table.move(param_lines(entry), 1, #entry.params + #entry.returns,
    #out + 1, out)
  if entry.sample ~= "" then
    out[#out + 1] = wrap("example: " .. entry.sample, "")
  end
  return table.concat(out, "\n")
end

local function function_text(f)
  local entry = entry_of(f)
  if entry then return entry_text(entry) end
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "a function written in C" end
  return ("a function from %s:%d, without documentation"):format(
    info.short_src, info.linedefined)
end

-- First sentence of a documentation.
local function brief(doc)
  local line = doc:gsub("%s+", " ")
  return line:match "^(.-[^%.]%.)%s" or line
end

-- "name(args)  first sentence" for every function of a table, sorted.
local function list_functions(t)
  local out = {}
  local function public(name, value)
    return type(name) == "string" and type(value) == "function"
      and not name:match "^_"
  end
  for _, name in ipairs(keys.of(t, public)) do
    local entry = entry_of(t[name])
    out[#out + 1] = ("  %s(%s)"):format(name, entry and entry.args or "")
    if entry and entry.doc ~= "" then
      out[#out + 1] = wrap(brief(entry.doc), "      ")
    end
  end
  return table.concat(out, "\n")
end

local function name_columns(names)
  return wrap(table.concat(names, " "), "  ")
end

-- ---- things ----

-- Names of all functions of weyl: the engine's, then those in Lua.
local function function_names()
  open()
  local names, more = {}, {}
  for _, entry in ipairs(entries) do
    names[#names + 1] = entry.name:match "^weyl%.(.*)"
  end
  for name, value in next, require "weyl" do
    if type(value) == "function" and not by_function[value] then
      more[#more + 1] = name
    end
  end
  table.sort(more)
  return table.move(more, 1, #more, #names + 1, names)
end

local function overview()
  local names = function_names()
  local out = { "weyl: learning with symmetries that hold approximately.",
    "help(x) explains a function, a room, a tensor, any object;",
    "help 'name' finds one by name.", "", "Functions, weyl.<name>:",
    name_columns(names), "", "Rooms, weyl.<name>:" }
  for _, room in ipairs(require("weyl").rooms) do
    local file = source.module("weyl." .. room)
    if file then
      local doc = brief(file.doc:gsub("^%S+%.lua: ", ""))
      out[#out + 1] = ("  %-10s  %s"):format(room,
        wrap(doc, (" "):rep(14)):sub(15))
    end
  end
  return table.concat(out, "\n")
end

-- The room a table is, nil when it is none.
local function room_name(t)
  for _, room in ipairs(require("weyl").rooms) do
    if rawequal(package.loaded["weyl." .. room], t) then return room end
  end
  return nil
end

local function room_text(name, room)
  local file = source.module("weyl." .. name)
  local head = file and file.doc:gsub("^%S+%.lua: ", "weyl." .. name .. ": ")
  return (head or "weyl." .. name) .. "\n\n" .. list_functions(room)
end

local function tensor_text(t)
  local kind = core.is_param(t) and "a parameter" or "a tensor"
  local names = keys.of(core.methods)
  return table.concat({ ("%s: %s [%s]"):format(kind, t.dtype,
    table.concat(t.shape, ", ")),
    "fields: shape, dtype, rank, size; indices t[i], t[{i, {first, last}}]",
    "operators: + - * / % // ^ and unary -, elementwise with broadcasting",
    "methods, t:<name>():", name_columns(names) }, "\n")
end

-- An object of a class: its metatable's name, fields and methods.
local function object_text(t, meta)
  local methods = type(meta.__index) == "table" and meta.__index or {}
  local fields = {}
  for key in next, type(t) == "table" and t or {} do
    if type(key) == "string" then fields[#fields + 1] = key end
  end
  table.sort(fields)
  local out = { "an object: " .. (meta.__name or "of a class without name") }
  if #fields > 0 then
    out[#out + 1] = "fields:\n" .. name_columns(fields)
  end
  local list = list_functions(methods)
  if list ~= "" then out[#out + 1] = "methods:\n" .. list end
  return table.concat(out, "\n")
end

-- Methods of the classes users meet most, by what an object is called.
local function classes()
  return { { "tensor", core.methods },
    { "group", require("weyl.group.class").methods },
    { "rep", getmetatable(require("weyl.rep").V).__index },
    { "basis", require("weyl.group.basis").methods } }
end

-- A function of some room, or a method; "group:basis" asks for one class.
local function find_inside(name)
  local owner, method = name:match "^([%w_]*):([%w_]+)$"
  for _, class in ipairs(classes()) do
    if (owner == nil or owner == class[1]) and class[2][method or name] then
      return class[2][method or name]
    end
  end
  for _, class in ipairs(method and classes() or {}) do
    if class[2][method] then return class[2][method] end
  end
  for _, room in ipairs(require("weyl").rooms) do
    local t = require("weyl")[room]
    local value = type(t) == "table" and rawget(t, name)
    if value then return value end
  end
  return nil
end

-- The value that a name like "exp", "weyl.nn.linear" or "t:sum" stands for.
local function find(name)
  local weyl = require "weyl"
  local value = weyl
  for part in name:gsub("^weyl%.?", ""):gmatch "[^.:]+" do
    local ok, v = pcall(function(at) return at[part] end, value)
    value = ok and v or nil
    if value == nil then break end
  end
  if value == nil then value = find_inside(name) end
  if value ~= nil then return value end
  local names = function_names()
  table.move(weyl.rooms, 1, #weyl.rooms, #names + 1, names)
  return nil, ("nothing is called '%s'%s"):format(name,
    require("weyl.nearest").hint(name, names))
end

---What help(x) prints.
---@param x any
---@return string
function help.text(x)
  if x == nil then return overview() end
  if type(x) == "string" then
    local value, why = find(x)
    return why or help.text(value)
  end
  if type(x) == "function" then return function_text(x) end
  if core.is_tensor(x) then return tensor_text(x) end
  local room = room_name(x)
  if room then return room_text(room, x) end
  if rawequal(x, require "weyl") then return overview() end
  local meta = getmetatable(x)
  if type(meta) == "table" and type(x) ~= "string" then
    return object_text(x, meta)
  end
  if type(x) == "table" then return "a table\n" .. list_functions(x) end
  return ("a %s: %s"):format(type(x), tostring(x))
end

return setmetatable(help, {
  __name = "weyl.help",
  __call = function(_, x) print(help.text(x)) end,
})
