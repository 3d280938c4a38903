/*
** file.h: files that appear whole or not at all.
**
** A file is written under a name of its own in the folder it belongs to,
** brought to the disk, renamed, and the folder brought to the disk too. After
** a crash at any moment the path has the old bytes or the new ones; after an
** error it has the old ones, and nothing else is left in the folder.
*/
#ifndef weyl_file_h
#define weyl_file_h

#include <stddef.h>
#include <stdint.h>

#include "weyl.h"

typedef struct weyl_bytes {
  const void *data;
  size_t size;
} weyl_bytes;

/* Writes n pieces, one after the other. The message says path and cause. */
weyl_status weyl_file_write(const char *path, size_t n,
                            const weyl_bytes *pieces);

/*
** A sum of pieces that tells damage to them. The bytes are taken eight at a
** time as the machine keeps numbers, so sums are compared on one kind only.
*/
uint64_t weyl_checksum(size_t n, const weyl_bytes *pieces);

/*
** For tests: the n-th step of writing from now (an open, a write, a sync, a
** rename) fails as on a full disk, or ends the process as SIGKILL does; n = 0
** stops this. Gives what was left of the n of the last call.
*/
uint64_t weyl_file_fail_at(uint64_t n, int kill);
int weyl_file_fault_hit(void); /* whether it came to that */

#endif
