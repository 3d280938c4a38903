/*
** rep.h: representations as ordered runs of tensor products of spaces.
**
** A space is what a group acts on by matrices: V itself, kind 0, or another
** one made from it. A word is one tensor product: factor i, counted from the
** left and from 0, is the space kind[i], or its dual when bit i of `duals`
** is set; its entries are row-major. A run is `mult` copies of a word, a
** representation a list of runs. Nothing here depends on a group: of the
** spaces only the dimensions dim[kind] are asked for.
*/
#ifndef weyl_rep_h
#define weyl_rep_h

#include <stdint.h>

#include "base/region.h"
#include "weyl.h"

#define WEYL_MAX_FACTORS 30
#define WEYL_MAX_SPACES 64

typedef struct weyl_word {
  int rank;
  uint32_t duals;
  uint8_t kind[WEYL_MAX_FACTORS]; /* 0 from rank on */
} weyl_word;

typedef struct weyl_run {
  weyl_word word;
  int64_t mult;
} weyl_run;

typedef struct weyl_rep {
  int n;
  const weyl_run *run;
} weyl_rep;

/* The number of entries, -1 from 2^31 on. */
int64_t weyl_word_size(const weyl_word *w, const int *dim);
int64_t weyl_rep_size(const weyl_rep *r, const int *dim);

/*
** The word whose invariants are the equivariant maps from `in` to `out`: out
** followed by the dual of in. Fails when it has too many factors.
*/
weyl_status weyl_word_map(const weyl_word *out, const weyl_word *in,
                          weyl_word *map);

/*
** One matrix as it acts on a space: on[0], and on its dual: on[1]. What acts
** on a word is one of these per kind.
*/
typedef struct weyl_action {
  const double *on[2];
} weyl_action;

/*
** A vector [n] of which few entries are not 0: those listed. Images of unit
** vectors under the matrices of a group mostly are of this kind.
*/
typedef struct weyl_sparse {
  double *value;     /* [n]; 0 where not listed */
  int64_t *index;    /* [count] in no order, of room for n */
  char *listed;      /* [n] */
  int64_t count;
} weyl_sparse;

/* An empty vector in a region; 0 with a message when memory is out. */
int weyl_sparse_open(weyl_sparse *x, weyl_region *r, int64_t n);
void weyl_sparse_clear(weyl_sparse *x);
void weyl_sparse_add(weyl_sparse *x, int64_t index, double value);

/* y += the Kronecker sum of the factors' matrices times x */
void weyl_word_sum(const weyl_word *w, const int *dim, const weyl_action *a,
                   const weyl_sparse *x, weyl_sparse *y);
/* y = their Kronecker product times x; room is overwritten */
void weyl_word_product(const weyl_word *w, const int *dim,
                       const weyl_action *a, const weyl_sparse *x,
                       weyl_sparse *y, weyl_sparse *room);

/*
** out [n, n], n = weyl_rep_size: the matrix rho(g), when matrix[kind] are
** the invertible matrices of g on the spaces, and drho(a), when they are
** those of a Lie algebra element.
*/
weyl_status weyl_rep_rho(const weyl_rep *r, int nkind, const int *dim,
                         const double *const *matrix, double *out);
weyl_status weyl_rep_drho(const weyl_rep *r, int nkind, const int *dim,
                          const double *const *matrix, double *out);

#endif
