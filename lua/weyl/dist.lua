-- dist.lua: one program on several ranks: mpirun -n 4 weyl script.lua.
--
-- Every rank runs the same script; rank() says which one this is, 0 to
-- size() - 1 as in MPI. Without mpirun or srun there is one, rank 0, MPI is
-- not touched, and all functions still work. Sums, broadcasts and barriers
-- are collective: all ranks call them, in the same order. A rank has one thread
-- unless weyl.threads says otherwise; one that ends with an error stops the
-- others.

local check = require "weyl.check"
local core = require "weyl.core"
local lfs = require "lfs"

---@class weyl.dist
local dist = {}

-- ---- joining the others ----

-- How many processes a launcher says that it started; 1 without one.
local function launched()
  local count = os.getenv "OMPI_COMM_WORLD_SIZE" -- Open MPI's mpirun
    or os.getenv "PMI_SIZE" -- MPICH's mpirun, srun --mpi=pmi2
    or os.getenv "PMIX_RANK" and os.getenv "SLURM_STEP_NUM_TASKS"
  return tonumber(count) or 1
end

-- srun starts as many programs as there are tasks even when nothing connects
-- them.
local function check_connected()
  local tasks = tonumber(os.getenv "SLURM_STEP_NUM_TASKS") or 1
  if tasks > 1 then
    check.fail("dist: srun started %d tasks that do not know of each other; "
      .. "use srun --mpi=pmix (srun --mpi=list says what there is)", tasks)
  end
end

-- Where mpi.so may be: beside the program, in a build or installed, or where
-- Lua finds modules written in C.
local function transport()
  local exe = lfs.symlinkattributes("/proc/self/exe", "target") or ""
  local beside = exe:match "^(.*)/[^/]*$" or "."
  return package.searchpath("weyl.mpi", table.concat({
    beside .. "/lua/?.so", beside .. "/../lib/lua/5.4/?.so",
    package.cpath }, ";"))
end

---Whether this program was built with MPI.
---@return boolean
function dist.available() return transport() ~= nil end

local joined = false

local function join()
  if joined then return end
  local count = launched()
  if count == 1 then check_connected() end
  if count > 1 then
    local path = transport()
    if not path then
      check.fail("dist: %d ranks were started, but weyl was built without "
        .. "MPI; install its headers (Debian: libopenmpi-dev) and run make "
        .. "again", count)
    end
    core.dist.start(path)
    core.threads(1)
  end
  joined = true
end

---Which of the ranks this process is, 0 to dist.size() - 1.
---@return integer
function dist.rank()
  join()
  return core.dist.rank()
end

---How many ranks there are; 1 unless mpirun or srun started more.
---@return integer
function dist.size()
  join()
  return core.dist.size()
end

---Waits until all ranks are here.
function dist.barrier()
  join()
  core.dist.barrier()
end

---Parts from the other ranks: waits for all of them, after which the exit
---status of a rank is its own affair.
function dist.finish()
  join()
  core.dist.finish()
end

-- ---- values ----

---Sums every tensor of a tree over the ranks, as MPI_Allreduce in their order.
---
---The result is a new tree, with the same bits on all ranks and in every run
---on as many ranks. What the tree holds is computed first.
---@param tree weyl.tensor|table the same tensors on all ranks
---@return weyl.tensor|table
function dist.sum(tree)
  check.arg(core.is_tensor(tree) or type(tree) == "table", "dist.sum", "tree",
    "a tensor or a table of tensors", tree)
  join()
  return core.dist.sum(tree)
end

---Gives the parameters of a model the values that they have on rank 0.
---@param model table|weyl.param
---@return table|weyl.param model
function dist.broadcast(model)
  check.arg(core.is_param(model) or type(model) == "table", "dist.broadcast",
    "model", "a parameter or a table with some", model)
  join()
  return core.dist.broadcast(model)
end

---The text that rank 0 gives, on all ranks.
---@param text? string on rank 0
---@return string
function dist.share(text)
  join()
  check.arg(type(text) == "string" or core.dist.rank() > 0, "dist.share",
    "text", "a string on rank 0", text)
  return core.dist.share(text)
end

-- ---- training ----

-- The rows of a rank, first and last: n rows dealt out in order; the first
-- ranks have one more where it does not come out even.
local function rows_of(n, rank, size)
  local each, more = n // size, n % size
  local first = rank * each + math.min(rank, more) + 1
  return first, first + each - 1 + (rank < more and 1 or 0)
end

local function is_batch(x) return core.is_tensor(x) and x.rank > 0 end

-- Every tensor of a batch cut down to the rows of this rank, and their share
-- of all. A rank without any takes the first row, with share 0.
local function part_of(batch)
  local n = #batch[1]
  local first, last = rows_of(n, core.dist.rank(), core.dist.size())
  local share = (last - first + 1) / n
  if share == 0 then first, last = 1, 1 end
  local out = {}
  for i, x in ipairs(batch) do out[i] = x:slice(1, first, last) end
  return out, share
end

local function check_batch(batch)
  for i, x in ipairs(batch) do
    check.arg(is_batch(x), "dist.data_parallel", ("batch %d"):format(i),
      "a tensor with rows", x)
    if #x ~= #batch[1] then
      check.fail("dist.data_parallel: the parts of a batch have %d and %d rows",
        #batch[1], #x)
    end
  end
  check.arg(#batch > 0 and #batch[1] > 0, "dist.data_parallel", "batch",
    "at least one tensor with rows", batch[1])
end

---A gradient function that shares the rows of each batch among the ranks.
---
---f(model, x, y, ...) is what value_and_grad gives for a loss that is a mean
---over rows, plus terms without rows such as penalties. All ranks call the
---result with the same model and the whole batch; each computes its rows, and
---values and gradients are added, weighted with the share of rows. Everyone
---gets what one process gets from the whole batch, but for rounding: sums
---over n rows in another order, n 2^-24 of the mean size of their terms in
---f32, n 2^-53 in f64.
---@param f fun(model: table, ...: weyl.tensor): weyl.tensor, table, ...
---@return fun(model: table, ...: weyl.tensor): weyl.tensor, table, ...
function dist.data_parallel(f)
  check.arg(type(f) == "function" or type(f) == "table",
    "dist.data_parallel", "f", "a function that gives values and gradients",
    f)
  if require("weyl.parallel.worker").busy then
    check.fail "dist.data_parallel: a job runs on one rank alone"
  end
  join()
  if core.dist.size() == 1 then return f end
  return function(model, ...)
    local batch = { ... }
    check_batch(batch)
    local part, share = part_of(batch)
    local sums = table.pack(f(model, table.unpack(part)))
    local weighted = core.tree.map(function(x) return share * x end, sums)
    return table.unpack(core.dist.sum(weighted), 1, sums.n)
  end
end

return dist
