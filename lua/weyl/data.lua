-- data.lua: data sets: data.inertia, motion forecasting, splitting and shuffled
-- batches; reading and writing arrays.
--
-- A set has parts train, validation, test and possibly ood (the same law
-- under changed inputs); a part is { x = [n, in], y = [n, out] }, computed.
-- Synthetic sets also know the exact function they were made from,
-- set.truth(x), and what their entries are, rep_in and rep_out. Drawing a set
-- leaves the program's own random streams as they were.

local act = require "weyl.data.act"
local check = require "weyl.check"
local core = require "weyl.core"
local inertia = require "weyl.data.inertia"
local load = require "weyl.data.load"
local mocap = require "weyl.data.mocap"
local options = require "weyl.options"
local pedestrians = require "weyl.data.pedestrians"
local tracks = require "weyl.data.tracks"
local vehicle = require "weyl.data.vehicle"

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
---@field candidates weyl.group[]? the first is the largest
---@field matching integer? of the largest candidate that the truth has exactly
---@field variant string?

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

-- ---- motion ----

---Generated tracks of vehicles, 6 points to the next 6, whose exact future is
---known. Points are in space, at 5 Hz, in metres before normalisation.
---Options: surface, "random" slopes (unless given), a "fixed" one, the "plane"
---or "free" motion about random axes in space; slope, rise over run (0.1), of
---random ones the standard deviation along x and y; direction of the fixed
---slope, degrees from x (0); heights "flat" shows inputs only the height of
---their last point ("seen"); gravity, m/s^2, lets the future fall (0); speed
---{0, 12} m/s; turn, the most radians per second (0.6); sector, degrees of
---headings about x (360; ood has all); scale of the axes {1, 1, 1}; height and
---height_spread, absolute heights (-33, 10 m); noise of all points, metres,
---one number or by axis (0); min_climb (0.05 m, on the plane 0) and max_travel
---(5 m), which tracks are kept; normalisation "none", "scale_aware",
---"symm_aware" (unless given), "symm_scale_aware", "symm_scale_aware2" or
---"inc_scale_aware"; published_leak centres by the mean of all 12 points as in
---the published study, future included (false: of the 6 inputs); train,
---validation, test, ood (1000 each); seed (3025).
---The set has ade(prediction, y), the average displacement error in metres.
---@param opts table? see tracks.lua for the law and its symmetries
---@return weyl.data.set
function data.tracks(opts) return tracks.set(opts) end

---Tracks of people on foot from text files with rows "frame id x y".
---Options: files, their paths; test, the names (without folder and extension)
---of those tested on (the last); validation, a share of the people of each
---other file, its last ones (0.2), or names of files; observed (8) and
---predicted (12) positions; stride from one window to the next (1); step,
---frames from one position to the next (the smallest in the file), a larger
---one ends a window; centre, "mean" of the observed positions (unless given),
---their "last" or "none" is the origin; unit, metres that one stands for (1);
---scaling adds scalings to the candidates O(2), SO(2) and the reflections
---(false).
---The set has ade and fde(prediction, y), the average and final displacement
---errors in metres, and files, what was found in each.
---@param opts table
---@return weyl.data.set
function data.pedestrians(opts) return pedestrians.set(opts) end

---Motion capture from a .npz file with arrays clip00, clip01, ... [frames,
---joints, 3]: positions and velocities to the positions `horizon` frames later.
---Options: path; split, a .npz file with arrays train_clip, train_start and so
---on of the samples, counted from 0 (without it all frames, the first 6 tenths
---of the clips to train on, the next 2 to validate); horizon (30); train, how
---many training samples, the first of each clip alike (all; the literature has
---200); centre, "joints": the origin is the mean of the joints, or "none";
---units, "isotropic": positions and velocities by their root mean square, or
---"raw".
---The set has mse(prediction, y), the mean squared error in the file's units
---times 100, as results are published.
---@param opts table
---@return weyl.data.set
function data.mocap(opts) return mocap.set(opts) end

---Tracks of vehicles from preprocessed files, 6 points to the next 6.
---A .npz file has tracks [n, frames, 3] in metres, z up, and may have valid,
---bool [n, frames]; a .csv or .tsv file has a header and the columns track,
---frame, x, y, z. Options: path, a file whose tracks are cut into blocks by the
---shares train (0.6) and validation (0.2), or files { train =, validation =,
---test = }; every, frames from one point to the next (1; 2 at 10 Hz);
---min_climb, max_travel, normalisation and published_leak as of data.tracks.
---The set has ade(prediction, y) in metres.
---@param opts table
---@return weyl.data.set
function data.vehicle(opts) return vehicle.set(opts) end

---A part with each row moved by a random element of a group, x and y alike.
---Options: rep_in and rep_out, by which x and y are acted upon; seed (0);
---method, "haar" (where known) or "walk", as of group:sample.
---@param part weyl.data.part
---@param group weyl.group
---@param opts { rep_in: weyl.rep, rep_out: weyl.rep, seed: integer?,
---  method: string? }
---@return weyl.data.part
function data.act(part, group, opts) return act(part, group, opts) end

-- ---- files ----

---Reads a .npy file. Floats and complex numbers keep their width, integers
---become i64; nothing in the file is executed, arrays of objects are refused.
---@param path string
---@return weyl.tensor
function data.load_npy(path) return load.npy(path) end

---Reads the arrays of a .npz file by name, checksums verified.
---@param path string
---@param names string[]? only these; all unless given
---@return table<string, weyl.tensor>
function data.load_npz(path, names) return load.npz(path, names) end

---Reads a table of numbers, separated by tabs, commas or blanks. A first line
---without any number names the columns; lines that begin with # are left out.
---@param path string
---@return weyl.tensor table f64 [rows, columns]
---@return string[]? names
function data.load_table(path) return load.table(path) end

---Writes a tensor as a .npy file.
---@param path string
---@param x weyl.tensor
function data.save_npy(path, x) load.save_npy(path, x) end

---Writes tensors as a .npz file, stored without compression.
---@param path string
---@param arrays table<string, weyl.tensor>
function data.save_npz(path, arrays) load.save_npz(path, arrays) end

---The path of a file under the folder that the environment variable WEYL_DATA
---names.
---@param name string such as "cmu_run/cmu_run.npz"
---@return string
function data.path(name)
  check.arg(type(name) == "string", "data.path", "name", "a string", name)
  local root = os.getenv "WEYL_DATA"
  if not root or root == "" then
    check.fail("data.path: set WEYL_DATA to the folder that holds '%s'", name)
  end
  return root .. "/" .. name
end

-- ---- parts ----

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
