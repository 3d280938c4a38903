/*
** ties.h: disjoint sets of indices (union-find), for matrices that fall into
** blocks after a permutation.
**
** Open, join what is coupled, then list. All memory is the region's.
*/
#ifndef weyl_ties_h
#define weyl_ties_h

#include <stdint.h>

#include "base/region.h"

typedef struct weyl_ties {
  int64_t n;
  int64_t *parent; /* before listing: trees, roots are smallest indices */
  /* after listing, sets in the order of their first index: */
  int64_t nset, widest; /* widest: size of the largest */
  int64_t *set;    /* [n] the set an index is in */
  int64_t *place;  /* [n] its place there */
  int64_t *member; /* [n] indices by set, ascending in each */
  int64_t *start;  /* [nset + 1] where a set begins in member */
} weyl_ties;

/* n indices, each alone; 0 with a message when memory is out. */
int weyl_ties_open(weyl_ties *t, weyl_region *r, int64_t n);
void weyl_ties_join(weyl_ties *t, int64_t i, int64_t j);
void weyl_ties_list(weyl_ties *t);

#endif
