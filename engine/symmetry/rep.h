/*
** rep.h: representations as ordered runs of tensor products of V and V*.
**
** A word is one tensor product: factor i, counted from the left and from 0,
** is dual when bit i of `duals` is set. Its d^rank entries are row-major. A
** run is `mult` copies of a word, a representation a list of runs. Nothing
** here depends on a group.
*/
#ifndef weyl_rep_h
#define weyl_rep_h

#include <stdint.h>

#include "base/region.h"
#include "weyl.h"

#define WEYL_MAX_FACTORS 30

typedef struct weyl_word {
  int rank;
  uint32_t duals;
} weyl_word;

typedef struct weyl_run {
  weyl_word word;
  int64_t mult;
} weyl_run;

typedef struct weyl_rep {
  int n;
  const weyl_run *run;
} weyl_rep;

/* d^rank and the number of entries of r, -1 from 2^31 on. */
int64_t weyl_word_size(weyl_word w, int d);
int64_t weyl_rep_size(const weyl_rep *r, int d);

/*
** The word whose invariants are the equivariant maps from `in` to `out`: out
** followed by the dual of in. Fails when it has too many factors.
*/
weyl_status weyl_word_map(weyl_word out, weyl_word in, weyl_word *map);

/*
** One matrix [d, d] as it acts on the two kinds of factors: on[0] on V,
** on[1] on V*.
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
void weyl_word_sum(weyl_word w, int d, weyl_action a, const weyl_sparse *x,
                   weyl_sparse *y);
/* y = their Kronecker product times x; room is overwritten */
void weyl_word_product(weyl_word w, int d, weyl_action a,
                       const weyl_sparse *x, weyl_sparse *y,
                       weyl_sparse *room);

/* out [n, n], n = weyl_rep_size: the matrix rho(g) of an invertible g and
** the matrix drho(a) of a Lie algebra element a. */
weyl_status weyl_rep_rho(const weyl_rep *r, int d, const double *g,
                         double *out);
weyl_status weyl_rep_drho(const weyl_rep *r, int d, const double *a,
                          double *out);

#endif
