/*
** region.c: bump allocation in chunks.
*/
#include "base/region.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

struct weyl_chunk {
  struct weyl_chunk *next;
  char pad[8]; /* keeps what follows 16-byte aligned */
};

enum { CHUNK = 4096 - 64 };

void *weyl_region_alloc(weyl_region *r, size_t bytes) {
  bytes = bytes > 0 ? (bytes + 15) / 16 * 16 : 16; /* NULL is failure only */
  if (bytes > r->left) {
    size_t room = bytes > CHUNK ? bytes : CHUNK;
    struct weyl_chunk *c = weyl_malloc(sizeof *c + room);
    if (c == NULL) return NULL;
    c->next = r->chunks;
    r->chunks = c;
    r->next = (char *)(c + 1);
    r->left = room;
  }
  void *p = r->next;
  r->next += bytes;
  r->left -= bytes;
  return memset(p, 0, bytes);
}

void *weyl_region_array(weyl_region *r, size_t n, size_t size) {
  return weyl_region_alloc(r, n * size); /* sizes here are small */
}

void *weyl_region_copy(weyl_region *r, const void *from, size_t bytes) {
  void *p = weyl_region_alloc(r, bytes);
  return p != NULL && bytes > 0 ? memcpy(p, from, bytes) : p;
}

void weyl_region_clear(weyl_region *r) {
  while (r->chunks != NULL) {
    struct weyl_chunk *c = r->chunks;
    r->chunks = c->next;
    weyl_free(c);
  }
  r->left = 0;
  r->next = NULL;
}
