/*
** file.c: writing files by temporary name, fsync and rename; see file.h.
*/
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { PIECE = 1 << 20 }; /* bytes of one call of write */

/* ---- faults for tests ---- */

static struct { uint64_t left; int kill, hit; } fault;

uint64_t weyl_file_fail_at(uint64_t n, int kill) {
  uint64_t left = fault.left;
  fault.left = n;
  fault.kill = kill;
  fault.hit = 0;
  return left;
}

int weyl_file_fault_hit(void) { return fault.hit; }

/* Asked before every step: whether it is to fail. */
static int refused(void) {
  if (fault.left == 0 || --fault.left > 0) return 0;
  fault.hit = 1;
  if (fault.kill) raise(SIGKILL);
  errno = ENOSPC;
  return 1;
}

/* ---- steps; each returns whether it went well, else errno says why ---- */

static int put(int fd, const char *at, size_t n) {
  while (n > 0) {
    ssize_t did = refused() ? -1 : write(fd, at, n < PIECE ? n : PIECE);
    if (did < 0 && errno == EINTR) continue;
    if (did < 0) return 0;
    at += did;
    n -= (size_t)did;
  }
  return 1;
}

static int sync_file(int fd) {
  int r;
  if (refused()) return 0;
  do r = fsync(fd);
  while (r < 0 && errno == EINTR);
  return r == 0;
}

/* A file system may have no way to sync a folder: that is no error. */
static int sync_folder(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == EACCES;
  int ok = sync_file(fd) || errno == EINVAL || errno == ENOTSUP;
  int why = errno;
  close(fd);
  errno = why;
  return ok;
}

/* All that comes before the rename. */
static int fill(int fd, size_t n, const weyl_bytes *pieces) {
  int ok = 1;
  for (size_t i = 0; ok && i < n; i++)
    ok = put(fd, pieces[i].data, pieces[i].size);
  ok = ok && sync_file(fd);
  int why = errno;
  if (close(fd) != 0 && ok) return 0;
  errno = why;
  return ok;
}

/* ---- the whole ---- */

/* `names` has room for the temporary name, then the folder's. */
static int write_named(const char *path, char *names, size_t room, size_t n,
                       const weyl_bytes *pieces) {
  const char *slash = strrchr(path, '/');
  char *temporary = names, *folder = names + room;
  snprintf(temporary, room, "%s.%ld.tmp", path, (long)getpid());
  snprintf(folder, room, "%.*s", slash ? (int)(slash - path) + 1 : 1,
           slash ? path : ".");
  const int how = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int fd = refused() ? -1 : open(temporary, how, 0666);
  if (fd < 0) return 0;
  int ok = fill(fd, n, pieces) && !refused() && rename(temporary, path) == 0;
  if (ok) return sync_folder(folder);
  int why = errno;
  unlink(temporary);
  errno = why;
  return 0;
}

weyl_status weyl_file_write(const char *path, size_t n,
                            const weyl_bytes *pieces) {
  size_t room = strlen(path) + 32;
  char *names = weyl_malloc(2 * room);
  if (names == NULL)
    return weyl_fail(WEYL_ENOMEM, "cannot write '%s': out of memory", path);
  int ok = write_named(path, names, room, n, pieces);
  int why = errno;
  weyl_free(names);
  if (ok) return WEYL_OK;
  return weyl_fail(WEYL_EIO, "cannot write '%s': %s", path, strerror(why));
}

/* ---- sums ---- */

/* Fowler, Noll and Vo's FNV-1a on words, the rest by bytes. */
static uint64_t add(uint64_t h, const char *at, size_t n) {
  const uint64_t prime = 0x100000001b3u;
  for (uint64_t x; n >= sizeof x; at += sizeof x, n -= sizeof x) {
    memcpy(&x, at, sizeof x);
    h = (h ^ x) * prime;
    h ^= h >> 32; /* else upper bits would never reach the lower ones */
  }
  for (; n > 0; at++, n--) h = (h ^ (unsigned char)*at) * prime;
  return h;
}

uint64_t weyl_checksum(size_t n, const weyl_bytes *pieces) {
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < n; i++) {
    h = add(h, (const char *)&pieces[i].size, sizeof pieces[i].size);
    h = add(h, pieces[i].data, pieces[i].size);
  }
  return h;
}
