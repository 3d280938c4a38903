/*
** hdf5.h: numbers in HDF5 files, read by the HDF5 library where it is there.
**
** The library is not linked: it is looked for when it is first needed, under
** the names it has on common systems or the one that the environment variable
** WEYL_HDF5 says. Files are only read.
*/
#ifndef weyl_hdf5_h
#define weyl_hdf5_h

#include <stddef.h>
#include <stdint.h>

#include "weyl.h"

typedef struct weyl_hdf5 weyl_hdf5;

typedef struct weyl_hdf5_set {
  int dtype; /* in which it is read; -1 when it holds no numbers */
  int rank;
  int64_t dims[WEYL_MAX_RANK];
  int large; /* whether entries may be too large for i64 */
} weyl_hdf5_set;

/* The library's version, "1.10.8"; NULL with a message when it is missing. */
const char *weyl_hdf5_version(void);

weyl_hdf5 *weyl_hdf5_open(const char *path); /* NULL with a message */
void weyl_hdf5_close(weyl_hdf5 *f);          /* NULL allowed */

/*
** Calls visit for every data set below the root, by name within each group;
** links to other places and files are not followed. visit returns 0 to stop.
*/
typedef int weyl_hdf5_visit(void *arg, const char *path,
                            const weyl_hdf5_set *set);
weyl_status weyl_hdf5_walk(weyl_hdf5 *f, weyl_hdf5_visit *visit, void *arg);

/* What the data set of that path is. */
weyl_status weyl_hdf5_find(weyl_hdf5 *f, const char *path, weyl_hdf5_set *set);

/*
** Reads `count` rows of a data set from row `first` (from 0) into data, which
** has room for them; of a set of rank 0 its only entry.
*/
weyl_status weyl_hdf5_read(weyl_hdf5 *f, const char *path,
                           const weyl_hdf5_set *set, int64_t first,
                           int64_t count, void *data);

#endif
