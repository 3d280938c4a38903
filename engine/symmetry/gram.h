/*
** gram.h: the Gram matrix G = C^T C of the constraints, whose null space is
** that of C.
**
** Its columns come from applying the generators to unit vectors, factor by
** factor. G is kept by rows of what is not 0, unless that would be too much:
** then it is applied factor by factor (`rows` is NULL). It falls apart into
** components, for groups whose generators are sparse into many, and each is
** solved alone (dense.c, filter.c).
**
** What counts as zero is decided by a gap. With the largest diagonal entry
** of G as the unit (a lower bound of the largest eigenvalue), eigenvalues up
** to KEEP, a thousand times what rounding leaves, are kept, those above DROP
** dropped, and one in between is an error: then no basis is clearly right,
** or it would be exact to fewer than ten digits. Lie generators are first
** brought to a largest entry of 1, and rows of rho(h) - 1 to a length of about
** 1 where h makes them longer, so that their size has no say in this; a unit
** below LEAST is rounding: all constraints are met (as on even tensors for
** h = -1).
*/
#ifndef weyl_gram_h
#define weyl_gram_h

#include "symmetry/basis.h"
#include "symmetry/ties.h"

#define WEYL_GRAM_KEEP 1e-12
#define WEYL_GRAM_DROP 1e-6
#define WEYL_GRAM_LEAST 1e-10

typedef struct weyl_generator {
  weyl_action *forth, *back; /* [nspace] the matrices and their transposes */
  weyl_action *weight;       /* [nspace] [d], squared, of a discrete one */
  int discrete, weighted;    /* weighted: some weight is not 1 */
} weyl_generator;

typedef struct weyl_gram {
  weyl_word word;
  int nspace;
  const int *dim;
  int64_t n;
  int ngenerator;
  weyl_generator *generator;
  double unit;
  weyl_ties ties;            /* its sets are the components */
  /* Row i: entries first[i] .. first[i + 1]; NULL when there are too many. */
  size_t *first;
  int32_t *col;
  double *entry;
  size_t ncol, col_cap, entry_cap;
  weyl_sparse x, u, v, room, y; /* vectors [n]; y = G x */
  weyl_region region;
} weyl_gram;

/* Assembles G; weyl_gram_close frees all whatever the status. */
weyl_status weyl_gram_open(weyl_gram *g, const weyl_spaces *s,
                           const weyl_word *w);
void weyl_gram_close(weyl_gram *g);

/*
** One component as an operator. x and y are [m, wide]; room is of
** weyl_part_room bytes for that width.
*/
typedef struct weyl_part {
  weyl_gram *gram;
  int64_t m;
  const int64_t *index; /* [m] */
} weyl_part;

/* y = G x; x stays. */
void weyl_part_apply(const weyl_part *p, int64_t wide, const double *x,
                     double *y, double *room);
size_t weyl_part_room(const weyl_part *p, int64_t wide); /* doubles */

/* A bound of the largest eigenvalue: the largest row sum of moduli; without
** rows, of the generators' norms. */
double weyl_part_bound(const weyl_part *p);

/*
** The null space of a component: *vector [dim, m], orthonormal, in the
** region; kept and dropped as in weyl_basis. The two ways fail as described
** there; the second gives up with *dim = -1 and WEYL_OK when it would need
** more than m / 2 vectors or, with `few`, more than the few sweeps that do
** when all distinct eigenvalues are known.
*/
typedef struct weyl_nullspace {
  int64_t dim;
  double *vector;
  double kept, dropped;
} weyl_nullspace;

weyl_status weyl_null_dense(const weyl_part *p, weyl_region *r,
                            weyl_nullspace *out);
weyl_status weyl_null_filter(const weyl_part *p, int few, weyl_region *r,
                             weyl_nullspace *out);

/*
** The same from the singular values of C itself, for components whose
** eigenvalues of G are not clear: those below 1e-6, which are the squares of
** singular values below 1e-3, are seen to 1e-15 there. Fails as
** weyl_gram_count when that does not help or would be too much work.
*/
weyl_status weyl_null_singular(const weyl_part *p, weyl_region *r,
                               weyl_nullspace *out);

/*
** Column i of C for one generator as a sparse vector (weyl_gram's u), with
** the square roots of the weights; valid until the next call.
*/
const weyl_sparse *weyl_gram_constraint(weyl_gram *g, int generator,
                                        int64_t i);

/* Sorts m eigenvalues, ascending: how many are 0, kept and dropped; a
** failure when one is neither. */
weyl_status weyl_gram_count(const weyl_gram *g, int64_t m, const double *w,
                            weyl_nullspace *out);

/*
** An orthonormal basis of the rows of x [k, m] (orthonormal, overwritten)
** that does not depend on how they were turned: the pivoted Cholesky factor
** of the projector x^T x. The pivot is the first diagonal entry not much below
** the largest.
*/
weyl_status weyl_null_gauge(int64_t k, int64_t m, double *x, double *vector);

/* out = op(in [rows, cols]), a kernel of the engine */
weyl_status weyl_call_library(int op, double *in, int64_t rows, int64_t cols,
                             double *out, int rank, const int64_t *dims,
                             int64_t size);

/* "basis: ... would take ..." */
weyl_status weyl_gram_too_large(const char *what, double bytes);

#endif
