-- data.lua: data sets: synthetic laws and motion forecasting, splitting and
-- shuffled batches, the motion of systems; reading and writing arrays.
--
-- A set has parts train, validation, test and possibly ood (the same law
-- under changed inputs); a part is { x = [n, in], y = [n, out] }, computed.
-- Synthetic sets also know the exact function they were made from,
-- set.truth(x), what their entries are, rep_in and rep_out, and groups that
-- one may suspect of being symmetries, candidates. Drawing a set leaves the
-- program's own random streams as they were.

local act = require "weyl.data.act"
local check = require "weyl.check"
local core = require "weyl.core"
local cosine = require "weyl.data.cosine"
local csv = require "weyl.data.csv"
local csv_write = require "weyl.data.csv_write"
local distance = require "weyl.data.distance"
local hdf5 = require "weyl.data.hdf5"
local idx = require "weyl.data.idx"
local inertia = require "weyl.data.inertia"
local integrate = require "weyl.data.integrate"
local invariant = require "weyl.data.invariant"
local load = require "weyl.data.load"
local loader = require "weyl.data.loader"
local mocap = require "weyl.data.mocap"
local options = require "weyl.options"
local pedestrians = require "weyl.data.pedestrians"
local pendulum = require "weyl.data.pendulum"
local radius = require "weyl.data.radius"
local safetensors = require "weyl.data.safetensors"
local scale = require "weyl.data.scale"
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
---@field variant string? what was drawn: "axis 3, noise -1"
---@field truth (fun(x: weyl.tensor): weyl.tensor)? the law without noise
---@field rep_in weyl.rep?
---@field rep_out weyl.rep?
---@field candidates weyl.group[]? the first contains the others
---@field matching integer? the largest candidate under which truth is exactly
---  equivariant; nil when none is

-- ---- synthetic sets ----

---Point masses to their moment of inertia, with the symmetry O(3) broken along
---an axis by a strength c = noise; Kim et al., arXiv:2306.00356. Axis 1, 2 or
---3 scales that column by 1 + c, which leaves O(2) about the axis; axis "none"
---scales column 1 by 1 - c and column 2 by 1 + c, which leaves no O(2).
---Candidates: O(3), the O(2) of axes {1, 2}, {2, 3}, {1, 3}.
---With ood_group every example of the ood part is moved by an element of its
---own; before that its vectors become ood_sign times their absolute values,
---are reversed (ood_flip), and shifted (ood_shift added to every coordinate).
---@param opts { axis: integer|string?, noise: number|number[]?,
---  shares: number[]?, spread: number?, input_noise: number?, inputs: string?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, ood_shift: number?, ood_flip: boolean?,
---  ood_sign: integer?, seed: integer? }?
---  axis 3 (z); noise 0.3, or a list of strengths that examples have with the
---  probabilities `shares`; spread (0), the standard deviation of strengths
---  between examples; input_noise s (0): the model gets masses times exp(s N)
---  and positions plus s N; inputs "raw", numbers whose softplus are the
---  masses, or "masses", as published; 1000 examples in each part, 0 for no
---  such part; shift 0; seed 3025
---@return weyl.data.set
function data.inertia(opts) return inertia.set(opts) end

---Three vectors to the mean cosine of their angles, with the symmetries under
---rotations and scalings kept or broken; Kim et al., arXiv:2306.00356. Variant
---"so3-scale" keeps both; "so3" subtracts noise times the mean length, "scale"
---noise times the L1 norm of the first vector over that of the others; "none"
---subtracts the first and adds the second. Candidates: SO(3) and scaling
---together, SO(3), scaling(3). Coordinates "radial" give each vector as
---(x_i / s, s), s the rms of all 9 entries, in R^4: scalings then act on the
---last entry alone, and layers can keep them without being constant.
---With ood_group every example of the ood part is moved by an element of its
---own; before that its vectors become ood_sign times their absolute values,
---are reversed (ood_flip), and shifted (ood_shift added to every coordinate);
---all that to the vectors of R^3.
---@param opts { variant: string?, noise: number?, coordinates: string?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, ood_shift: number?, ood_flip: boolean?,
---  ood_sign: integer?, seed: integer? }?
---  variant "so3-scale"; noise 1; coordinates "plain"; 1000 examples in each
---  part, 0 for no such part; shift 0; seed 3012
---@return weyl.data.set
function data.cosine(opts) return cosine.set(opts) end

---Three vectors to the product of their shares of length |x_i| / sum |x_j|,
---less a part with fewer symmetries; from the code of arXiv:2306.00356.
---Variant "so3-scale" keeps rotations and scalings; "so3" subtracts noise
---times |x_i| from the i-th factor, "scale" noise times the i-th entry of the
---sum of the vectors over the sum of all entries (its targets have heavy
---tails). Candidates: SO(3) and scaling together, SO(3), scaling(3).
---With ood_group every example of the ood part is moved by an element of its
---own; before that its vectors become ood_sign times their absolute values,
---are reversed (ood_flip), and shifted (ood_shift added to every coordinate).
---@param opts { variant: string?, noise: number?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, ood_shift: number?, ood_flip: boolean?,
---  ood_sign: integer?, seed: integer? }?
---  variant "so3-scale"; noise 1; 1000 examples in each part, 0 for no such
---  part; shift 0; seed 3012
---@return weyl.data.set
function data.radius(opts) return radius.set(opts) end

---Three points, each followed by 1, to their mean distance less noise times an
---error that breaks the symmetry SE(3); from the code of arXiv:2306.00356. By
---variant the error is: "se3" or "distance" 0; "ball" |X1|; "l1distance" the
---first coordinate of X1 - X2, without sign; "r3" sum |Xi|^2; "t3" |X1 - X2|
---+ |X2 - X3| + 3 |X3 - X1| in L1 norms; "r3t3soft" both; "rxy2" |X1|^2
---+ |X2|^2 + 3 |X3|^2 of the first two coordinates; "txy2" like "t3" of those.
---Candidates: SE(3), rotations, translations, all acting on R^4. Measure its
---equivariance at the set's own inputs: the last entries must be 1.
---With ood_group every example of the ood part is moved by an element of its
---own; before that its vectors become ood_sign times their absolute values,
---are reversed (ood_flip), and shifted (ood_shift added to every coordinate).
---@param opts { variant: string?, noise: number?, random: boolean?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, ood_shift: number?, ood_flip: boolean?,
---  ood_sign: integer?, seed: integer? }?
---  variant "ball"; noise -0.5; random (false): noise times a number uniform
---  in [0, 1) for each example, truth has the mean; 1000 examples in each part,
---  0 for no such part; shift 0, of the coordinates; seed 3015
---@return weyl.data.set
function data.distance(opts) return distance.set(opts) end

---Two vectors of R^5 to sin |x1| - |x2|^3 / 2 + cos(angle), exactly invariant;
---Finzi et al., arXiv:2104.09459. Candidates: O(5), SO(5). The field statistics
---has x, the rms of the entries of each vector, y_mean and y_std, all of the
---training part; with standardize inputs and targets are scaled by them, as
---inside the published networks, and errors are to be multiplied by y_std^2.
---With ood_group every example of the ood part is moved by an element of its
---own; before that its vectors become ood_sign times their absolute values,
---are reversed (ood_flip), and shifted (ood_shift added to every coordinate).
---@param opts { standardize: boolean?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, ood_shift: number?, ood_flip: boolean?,
---  ood_sign: integer?, seed: integer? }?
---  standardize false; 1000 examples in each part, 0 for no such part; shift
---  0; seed 2021
---@return weyl.data.set
function data.o5(opts) return invariant.o5(opts) end

---Four momenta in space-time to the squared matrix element of the scattering
---of electron and muon, exactly invariant under O(1, 3), as in the code of
---Finzi et al., arXiv:2104.09459. Candidates: O(1, 3), SO(1, 3), SO+(1, 3).
---The field statistics and the option standardize are those of data.o5.
---With ood_group every example of the ood part is moved by an element of its
---own; before that its vectors become ood_sign times their absolute values,
---are reversed (ood_flip), and shifted (ood_shift added to every coordinate).
---@param opts { standardize: boolean?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, ood_shift: number?, ood_flip: boolean?,
---  ood_sign: integer?, seed: integer? }?
---  standardize false; 1000 examples in each part, 0 for no such part; shift
---  0; seed 2021
---@return weyl.data.set
function data.particle(opts) return invariant.particle(opts) end

---States of a double spring pendulum, positions and momenta of two bodies in
---R^3, to its energy, with O(2) about axis 3; with wind to no O(2);
---arXiv:2104.09459, arXiv:2112.01388. truth is the Hamiltonian. Parts have
---beside x and y states [n, chunk, 12], a stretch of trajectory that begins at
---x, at the times set.times; set.dynamics(z) is dz/dt, set.rollout(z, { times
---= ... }) the trajectory [n, times, 12] from z, by default for `time`
---seconds. Candidates: O(3), the O(2) of axes {1, 2}, {2, 3}, {1, 3}. Over
---30 s states are off by less than 1e-5 with 5 substeps, 1e-6 with 10.
---@param opts { wind: number?, stiffness: number[]?, chunk: integer?,
---  step: number?, time: number?, substeps: integer?,
---  train: integer?, validation: integer?, test: integer?, ood: integer?,
---  ood_group: weyl.group?, seed: integer? }?
---  wind 0 (published 0.01), a force against 8 e_1 + 5 e_2; stiffness of the
---  springs { 1, 2 }: the published code has both 1, but leaves out the 1/2 of
---  the second spring's energy; chunk 5; step 0.2 s; time 30 s; substeps 5 of
---  the integrator a step; 500 examples in each part, 0 for no such part;
---  ood_group moves the states at the start; seed 2021
---@return weyl.data.set
function data.pendulum(opts) return pendulum.set(opts) end

---The moment of inertia of point masses about the origin,
---sum_i m_i (|r_i|^2 I - r_i r_i^T).
---@param masses weyl.tensor [n, k]
---@param positions weyl.tensor [n, k, 3]
---@return weyl.tensor j [n, 3, 3]
function data.moment_of_inertia(masses, positions)
  return inertia.moment(masses, positions)
end

-- ---- motion ----

---The solution of dz/dt = dynamics(z) at given times, by fixed steps. Method
---"rk4" has error O(h^4) with h = time between states / substeps; "symplectic"
---that of its order, 2, 4 or 6 (1, 5 or 25 leapfrogs a step), and energy
---without drift, for z = (q, p) with dq/dt a function of p alone and dp/dt of q
---alone. It can be differentiated.
---@param opts { dynamics: function, z: weyl.tensor,
---  times: number[]|weyl.tensor, substeps: integer?, method: string?,
---  order: integer? } dynamics from [n, d] to [n, d]; z, the states [n, d] at
---  times[1]; substeps 10 between times; method "rk4"; order 4
---@return weyl.tensor z [n, times, d]
function data.integrate(opts) return integrate.solve(opts) end

---The motion dq/dt = dH/dp, dp/dt = -dH/dq of an energy, for data.integrate.
---@param H fun(z: weyl.tensor): weyl.tensor from rows (q, p), [n, 2 k], to
---  energies [n, 1], each row by itself; a function or a model
---@return fun(z: weyl.tensor): weyl.tensor dynamics
function data.hamiltonian(H) return integrate.hamiltonian(H) end

---How far two bundles of trajectories are apart: the geometric mean over
---trajectories and times of rms(a - b) / (rms a + rms b), each at least 1e-7.
---@param a weyl.tensor [n, times, d]
---@param b weyl.tensor of the same shape
---@return number in [1e-7, 1]
function data.rollout_error(a, b) return integrate.rollout_error(a, b) end

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

---Reads a .npy file. Floats and complex numbers keep their width, but those of
---two bytes become f32; integers become i64. Nothing in the file is executed,
---arrays of objects are refused.
---@param path string
---@return weyl.tensor
function data.load_npy(path) return load.npy(path) end

---Reads the arrays of a .npz file by name, checksums verified.
---@param path string
---@param names string[]? only these; all unless given
---@return table<string, weyl.tensor>
function data.load_npz(path, names) return load.npz(path, names) end

---Reads the tensors of a .safetensors file by name, and its metadata. Nothing
---in the file is executed. F32, F64, I64, BOOL and C64 keep their type, other
---integers become i64, F16 and BF16 f32.
---@param path string
---@return table<string, weyl.tensor>
---@return table<string, string> metadata empty when there is none
function data.load_safetensors(path) return safetensors.read(path) end

---Reads a text table (CSV, TSV, blanks; gzip too) into named columns. Numbers
---are read to the last bit and lie side by side in t.x, f64 [rows, numbers];
---t.columns has each by number and name, with kind, values and, of a category,
---levels; t:part { y = names } gives inputs and targets, t:complete() the rows
---that lack nothing, t:missing() counts. A column whose first 1000 rows are
---numbers or missing is one of numbers, others are categories; what does not
---fit later is an error with its line.
---With rows = n it gives an iterator over tables of n rows in bounded memory.
---Options: delimiter (found out: "," tab ";" "|" or " " for runs of blanks);
---header (a first row that has words and no number, or a word where all below
---are numbers); names of the columns; columns, names or numbers of those wanted
---(all); types by name or number, "number", "category", "text", "skip" or the
---list of a category's words; missing, words for a missing value beside nothing
---and nan (NA, N/A, n/a, na, null, NULL, None, ?); quote ('"') and comment ("#"
---at the beginning of a line), false for none; dtype ("f64") of the numbers.
---@param path string|table the file, or the options with path = file
---@param opts table?
---@return weyl.data.frame|fun(): weyl.data.frame?
function data.csv(path, opts) return csv.read(path, opts) end

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

---Writes tensors as a .npz file, stored, or deflated with compress = true.
---@param path string
---@param arrays table<string, weyl.tensor>
---@param opts { compress: boolean? }?
function data.save_npz(path, arrays, opts)
  load.save_npz(path, arrays, opts)
end

---Writes tensors by name, and texts by name, as a .safetensors file, which
---appears whole or not at all.
---@param path string
---@param tensors table<string, weyl.tensor> f32, f64, i64, bool or c64
---@param metadata? table<string, string>
function data.save_safetensors(path, tensors, metadata)
  safetensors.write(path, tensors, metadata)
end

---Writes a real tensor, one row a line, or a frame of data.csv as a text table
---that is read back to the last bit. A frame has a line with its names, a
---tensor has one when names are given.
---@param path string
---@param x weyl.tensor|weyl.data.frame [rows], [rows, columns] or a frame
---@param opts { names: string[]?, delimiter: string? }? delimiter ","
function data.save_csv(path, x, opts) csv_write(path, x, opts) end

---Reads an IDX file, gzip too: bytes and other integers become i64.
---@param path string
---@return weyl.tensor
function data.load_idx(path) return idx.read("data.load_idx", path) end

---Writes a real tensor as an IDX file, packed when its name ends in .gz;
---integers are written as narrow as they can be.
---@param path string
---@param x weyl.tensor
function data.save_idx(path, x) idx.write("data.save_idx", path, x) end

---Reads numbers from an HDF5 file, by the HDF5 library where it is installed
---(WEYL_HDF5 may name its file). Data sets have paths such as "group/x"; floats
---of two bytes become f32, integers and truth values i64.
---@param path string
---@param names string|string[]? the data set wanted, or a list of them; all
---  that hold numbers unless given
---@return weyl.tensor|table<string, weyl.tensor> x one for one name, else by
---  name
function data.load_hdf5(path, names) return hdf5.read(path, names) end

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

---Batches of data in memory or on disk: split, scaled, shuffled, resumable.
---for x, y in loader:batches() is one pass over the training rows in a fresh
---order, loader:batches "validation" one over others; loader:state() and
---loader:load(state) go on within a pass with the same batches;
---loader.scales.x:apply(t) and :invert(t) are the scalings; loader:set() is a
---set for weyl.experiment, whose checkpoints keep the scalings.
---Options: data, a part { x =, y = }, a set, arrays on disk { x = path, y =
---path } (.npy, plain .idx, "FILE.h5:SET") or a text table { csv = path, y =
---names, x = names } with options of data.csv; batch, rows; split, shares
---{ train =, validation =, test = } (all to train); stratify (false) gives
---every class of y its share; normalise, "standard" (mean 0, deviation 1),
---"range" (0 to 1), "rms" (one unit for all entries, which keeps symmetries),
---a scaling, or { x =, y = } of them (none), fitted on the training rows;
---shuffle (true);
---drop_last (false) leaves out a short last batch; window, rows of data on disk
---that are in memory at once (16384); stream of the order ("loader"); seed of
---the split (1).
---@param opts table
---@return weyl.data.loader
function data.loader(opts) return loader.new(opts) end

---The scaling whose state() was kept, for new data.
---@param state table
---@return weyl.data.scale
function data.scale(state) return scale.load(state) end

return data
