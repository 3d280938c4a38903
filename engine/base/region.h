/*
** region.h: many small blocks with one lifetime, freed together.
*/
#ifndef weyl_region_h
#define weyl_region_h

#include <stddef.h>

typedef struct weyl_region {
  struct weyl_chunk *chunks;
  size_t left;  /* bytes free in the first chunk */
  char *next;
} weyl_region;

/* A region starts as zeros ({0}). */

/* Zeroed and 16-byte aligned; NULL with a message when refused. */
void *weyl_region_alloc(weyl_region *r, size_t bytes);
void *weyl_region_array(weyl_region *r, size_t n, size_t size);
void *weyl_region_copy(weyl_region *r, const void *from, size_t bytes);
void weyl_region_clear(weyl_region *r);

#endif
