/*
** hdf5.c: reads HDF5 files through the library (see hdf5.h).
**
** The declarations are those of the library's interface from version 1.10 on,
** where handles have 64 bits; no structure of its is used, because these
** change from one version to the next. Invariant: every handle is closed on
** every path.
*/
#include "files/hdf5.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef int64_t hid;
typedef uint64_t hsize;

/* Constants of the interface. */
enum { INTEGER = 0, FLOATING = 1, ENUMERATED = 8 }; /* classes of types */
enum { GROUP = 2, DATASET = 5 };                    /* kinds of objects */
enum { HARD = 0 };                                  /* kind of link */

enum { DEEPEST = 32, MOST = 100000, NAME = 1024 };
enum { EXPANDS = 1032 }; /* most bytes that deflate makes of one */
enum { UNWRITTEN = 1 << 24 }; /* bytes that a set may have in no place */

/* Every function used: result, name, arguments. */
#define FUNCTIONS(X) \
  X(int, H5open, (void)) \
  X(int, H5get_libversion, (unsigned *, unsigned *, unsigned *)) \
  X(int, H5Eset_auto2, (hid, void *, void *)) \
  X(hid, H5Fopen, (const char *, unsigned, hid)) \
  X(int, H5Fclose, (hid)) \
  X(hid, H5Oopen, (hid, const char *, hid)) \
  X(int, H5Oclose, (hid)) \
  X(int, H5Iget_type, (hid)) \
  X(ptrdiff_t, H5Lget_name_by_idx, \
    (hid, const char *, int, int, hsize, char *, size_t, hid)) \
  X(hid, H5Dget_space, (hid)) \
  X(hid, H5Dget_type, (hid)) \
  X(hsize, H5Dget_storage_size, (hid)) \
  X(int, H5Dread, (hid, hid, hid, hid, hid, void *)) \
  X(hid, H5Screate_simple, (int, const hsize *, const hsize *)) \
  X(int, H5Sselect_hyperslab, \
    (hid, int, const hsize *, const hsize *, const hsize *, const hsize *)) \
  X(int, H5Sget_simple_extent_ndims, (hid)) \
  X(int, H5Sget_simple_extent_dims, (hid, hsize *, hsize *)) \
  X(int64_t, H5Sget_simple_extent_npoints, (hid)) \
  X(int, H5Sclose, (hid)) \
  X(int, H5Tget_class, (hid)) \
  X(size_t, H5Tget_size, (hid)) \
  X(int, H5Tget_sign, (hid)) \
  X(int, H5Tclose, (hid))

#define DECLARE(result, name, args) result(*name) args;
static struct {
  void *handle;
  char version[32];
  FUNCTIONS(DECLARE)
  int (*get_link)(hid, const char *, void *, hid);
  hid native_float, native_double, native_int64;
} lib;

struct weyl_hdf5 {
  hid file;
  size_t visited;
};

/* ---- the library ---- */

static const char *const names[] = {
    "libhdf5.so", "libhdf5_serial.so", "libhdf5_serial.so.103",
    "libhdf5.so.103", "libhdf5.so.200", "libhdf5_serial.so.310",
    "libhdf5.so.310"};

static void *open_library(void) {
  const char *given = getenv("WEYL_HDF5");
  if (given != NULL && *given != '\0')
    return dlopen(given, RTLD_LAZY | RTLD_LOCAL);
  void *handle = NULL;
  for (size_t i = 0; handle == NULL && i < sizeof names / sizeof *names; i++)
    handle = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
  return handle;
}

static int find(void *to, const char *name) {
  void *p = dlsym(lib.handle, name);
  memcpy(to, &p, sizeof p); /* a function's address, as POSIX has it */
  return p != NULL;
}

static int find_type(hid *to, const char *name) {
  const hid *p = dlsym(lib.handle, name);
  if (p != NULL) *to = *p;
  return p != NULL;
}

static int find_all(void) {
#define FIND(result, name, args) found &= find(&lib.name, #name);
  int found = 1;
  FUNCTIONS(FIND)
  found &= find(&lib.get_link, "H5Lget_info") ||
           find(&lib.get_link, "H5Lget_info1");
  return found && lib.H5open() >= 0 &&
         find_type(&lib.native_float, "H5T_NATIVE_FLOAT_g") &&
         find_type(&lib.native_double, "H5T_NATIVE_DOUBLE_g") &&
         find_type(&lib.native_int64, "H5T_NATIVE_INT64_g");
}

const char *weyl_hdf5_version(void) {
  if (lib.version[0] != '\0') return lib.version;
  lib.handle = open_library();
  if (lib.handle == NULL) {
    weyl_fail(WEYL_EIO, "the HDF5 library is not installed (Debian: "
              "libhdf5-103-1); WEYL_HDF5 may name its file");
    return NULL;
  }
  unsigned major = 0, minor = 0, release = 0;
  if (!find_all() || lib.H5get_libversion(&major, &minor, &release) < 0 ||
      (major == 1 && minor < 10)) {
    dlclose(lib.handle);
    weyl_fail(WEYL_EIO, "the HDF5 library is not of version 1.10 or later");
    return NULL;
  }
  lib.H5Eset_auto2(0, NULL, NULL); /* it would print on its own */
  snprintf(lib.version, sizeof lib.version, "%u.%u.%u", major, minor, release);
  return lib.version;
}

/* ---- files ---- */

weyl_hdf5 *weyl_hdf5_open(const char *path) {
  if (weyl_hdf5_version() == NULL) return NULL;
  weyl_hdf5 *f = weyl_calloc(1, sizeof *f);
  if (f == NULL) return NULL;
  f->file = lib.H5Fopen(path, 0, 0);
  if (f->file >= 0) return f;
  weyl_free(f);
  weyl_fail(WEYL_EIO, "this is no HDF5 file, or it is damaged");
  return NULL;
}

void weyl_hdf5_close(weyl_hdf5 *f) {
  if (f == NULL) return;
  lib.H5Fclose(f->file);
  weyl_free(f);
}

/* ---- data sets ---- */

/* The dtype in which entries of a type are read, -1 for none. */
static int dtype_of(hid type, int *large) {
  size_t size = lib.H5Tget_size(type);
  int class = lib.H5Tget_class(type);
  *large = class == INTEGER && size == 8 && lib.H5Tget_sign(type) == 0;
  if ((class == INTEGER || class == ENUMERATED) && size <= 8) return WEYL_I64;
  if (class != FLOATING || size > 8) return -1;
  return size <= 4 ? WEYL_F32 : WEYL_F64;
}

/* Shape and number of entries; 0 when a tensor could not have them. */
static int shape_of(hid space, weyl_hdf5_set *set) {
  hsize dims[WEYL_MAX_RANK];
  int rank = lib.H5Sget_simple_extent_ndims(space);
  int64_t size = 1;
  if (rank < 0 || rank > WEYL_MAX_RANK) return 0;
  if (lib.H5Sget_simple_extent_dims(space, dims, NULL) < 0) return 0;
  set->rank = rank;
  for (int i = 0; i < rank; i++) {
    if (dims[i] > INT64_MAX / 8) return 0;
    set->dims[i] = (int64_t)dims[i];
    if (__builtin_mul_overflow(size, set->dims[i], &size)) return 0;
  }
  return lib.H5Sget_simple_extent_npoints(space) == size &&
         size <= INT64_MAX / 8;
}

/* What the open data set is; dtype -1 when it cannot be read. */
static void describe(hid dataset, weyl_hdf5_set *set) {
  hid type = lib.H5Dget_type(dataset), space = lib.H5Dget_space(dataset);
  *set = (weyl_hdf5_set){.dtype = -1};
  if (type >= 0 && space >= 0 && shape_of(space, set))
    set->dtype = dtype_of(type, &set->large);
  if (space >= 0) lib.H5Sclose(space);
  if (type >= 0) lib.H5Tclose(type);
}

/* An open data set; negative with a message when there is none. */
static hid open_set(weyl_hdf5 *f, const char *path) {
  hid object = lib.H5Oopen(f->file, path, 0);
  if (object >= 0 && lib.H5Iget_type(object) == DATASET) return object;
  if (object >= 0) lib.H5Oclose(object);
  weyl_fail(WEYL_EINVAL, "there is no data set '%s'", path);
  return -1;
}

/*
** Whether the file can hold what the set announces; what was never written and
** stands for zeros is read as long as it is small.
*/
static weyl_status check_stored(hid dataset, const char *path,
                                const weyl_hdf5_set *set) {
  hsize n = 1, stored = lib.H5Dget_storage_size(dataset);
  for (int i = 0; i < set->rank; i++) n *= (hsize)set->dims[i];
  n *= weyl_dtype_size(set->dtype);
  if (n <= UNWRITTEN || n / EXPANDS <= stored) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "data set '%s' announces %llu bytes, %llu are "
                   "stored", path, (unsigned long long)n,
                   (unsigned long long)stored);
}

weyl_status weyl_hdf5_find(weyl_hdf5 *f, const char *path,
                           weyl_hdf5_set *set) {
  hid dataset = open_set(f, path);
  if (dataset < 0) return WEYL_EINVAL;
  describe(dataset, set);
  weyl_status status =
      set->dtype >= 0 ? check_stored(dataset, path, set)
                      : weyl_fail(WEYL_EINVAL, "data set '%s' holds no numbers "
                                  "that are read", path);
  lib.H5Oclose(dataset);
  return status;
}

/* ---- walking ---- */

typedef struct walk {
  weyl_hdf5 *f;
  weyl_hdf5_visit *visit;
  void *arg;
  char path[NAME];
} walk;

static int is_hard(hid group, const char *name) {
  int64_t info[32] = {0}; /* larger than the structure of any version */
  int kind = -1;          /* its first member */
  if (lib.get_link(group, name, info, 0) < 0) return 0;
  memcpy(&kind, info, sizeof kind);
  return kind == HARD;
}

static weyl_status walk_group(walk *w, hid group, size_t length, int depth);

/* The object `name` of a group, whose path is `length` bytes long. */
static weyl_status walk_object(walk *w, hid group, const char *name,
                               size_t length, int depth) {
  int n = snprintf(w->path + length, NAME - length, "/%s", name);
  if (!is_hard(group, name) || (size_t)n >= NAME - length) return WEYL_OK;
  hid object = lib.H5Oopen(group, name, 0);
  if (object < 0) return WEYL_OK;
  weyl_status status = WEYL_OK;
  weyl_hdf5_set set;
  if (++w->f->visited > MOST) {
    status = weyl_fail(WEYL_EINVAL, "there are more than %d objects", MOST);
  } else if (lib.H5Iget_type(object) == GROUP) {
    status = walk_group(w, object, length + (size_t)n, depth + 1);
  } else if (lib.H5Iget_type(object) == DATASET) {
    describe(object, &set);
    if (!w->visit(w->arg, w->path, &set)) status = WEYL_ENOMEM;
  }
  lib.H5Oclose(object);
  return status;
}

static weyl_status walk_group(walk *w, hid group, size_t length, int depth) {
  char name[NAME];
  if (depth > DEEPEST)
    return weyl_fail(WEYL_EINVAL, "groups lie more than %d deep", DEEPEST);
  for (hsize i = 0;; i++) {
    ptrdiff_t n = lib.H5Lget_name_by_idx(group, ".", 0, 0, i, name, NAME, 0);
    if (n < 0) return WEYL_OK;
    if (n >= NAME) continue;
    weyl_status status = walk_object(w, group, name, length, depth);
    if (status != WEYL_OK) return status;
  }
}

weyl_status weyl_hdf5_walk(weyl_hdf5 *f, weyl_hdf5_visit *visit, void *arg) {
  walk w = {f, visit, arg, ""};
  f->visited = 0;
  hid root = lib.H5Oopen(f->file, "/", 0);
  if (root < 0) return weyl_fail(WEYL_EIO, "the file has no root group");
  weyl_status status = walk_group(&w, root, 0, 0);
  lib.H5Oclose(root);
  return status;
}

/* ---- reading ---- */

static hid native(int dtype) {
  if (dtype == WEYL_F32) return lib.native_float;
  return dtype == WEYL_F64 ? lib.native_double : lib.native_int64;
}

/* The rows as a choice within the set's space, and a space of their size. */
static int choose(hid space, const weyl_hdf5_set *set, int64_t first,
                  int64_t count, hid *chosen) {
  hsize start[WEYL_MAX_RANK] = {0}, size[WEYL_MAX_RANK];
  for (int i = 0; i < set->rank; i++) size[i] = (hsize)set->dims[i];
  start[0] = (hsize)first;
  if (set->rank > 0) size[0] = (hsize)count;
  *chosen = lib.H5Screate_simple(set->rank, size, NULL);
  if (*chosen < 0 || set->rank == 0) return *chosen >= 0;
  return lib.H5Sselect_hyperslab(space, 0, start, NULL, size, NULL) >= 0;
}

static weyl_status check_large(const weyl_hdf5_set *set, const char *path,
                               const int64_t *data, int64_t n) {
  for (int64_t i = 0; set->large && i < n; i++)
    if (data[i] == INT64_MAX) /* where the library keeps too large ones */
      return weyl_fail(WEYL_EINVAL, "data set '%s': entry %lld is not less "
                       "than 2^63 - 1", path, (long long)i + 1);
  return WEYL_OK;
}

weyl_status weyl_hdf5_read(weyl_hdf5 *f, const char *path,
                           const weyl_hdf5_set *set, int64_t first,
                           int64_t count, void *data) {
  int64_t n = set->rank > 0 ? count : 1;
  for (int i = 1; i < set->rank; i++) n *= set->dims[i];
  if (n == 0) return WEYL_OK;
  hid dataset = open_set(f, path), chosen = -1;
  if (dataset < 0) return WEYL_EINVAL;
  weyl_status status = WEYL_OK;
  hid space = lib.H5Dget_space(dataset);
  if (space < 0 || !choose(space, set, first, count, &chosen) ||
      lib.H5Dread(dataset, native(set->dtype), chosen, space, 0, data) < 0)
    status = weyl_fail(WEYL_EIO, "data set '%s' cannot be read", path);
  if (chosen >= 0) lib.H5Sclose(chosen);
  if (space >= 0) lib.H5Sclose(space);
  lib.H5Oclose(dataset);
  return status == WEYL_OK ? check_large(set, path, data, n) : status;
}
