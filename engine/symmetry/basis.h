/*
** basis.h: the invariants of a tensor product under a group.
**
** The invariant vectors of a word are the null space of the constraints
** C = [rho(h_i) - 1; drho(A_k)] (Finzi, Welling, Wilson, "A practical method
** for constructing equivariant multilayer perceptrons", ICML 2021, equation
** 6). An equivariant map from `in` to `out` is an invariant of out (x) in*,
** so the maps between two representations are made of one such basis per
** pair of words (weyl_word_map).
**
** The basis is kept by components: sets of indices that no constraint ties
** to others. Vectors are orthonormal and vanish outside their component, so
** both basis and projector are sparse.
**
** Invariants: a basis never changes; index lists ascend and are disjoint.
*/
#ifndef weyl_basis_h
#define weyl_basis_h

#include "base/region.h"
#include "symmetry/group.h"
#include "symmetry/rep.h"

/*
** A group as it acts on several spaces: space[0] is the group itself, on V,
** the others its images. All have the same numbers of generators, in the
** same order. With `also`, another group on spaces of the same dimensions,
** what is meant is the sum of the invariants of both.
*/
typedef struct weyl_spaces {
  int n;
  const int *dim;
  weyl_group *const *space;
  const struct weyl_spaces *also; /* NULL: none */
} weyl_spaces;

typedef struct weyl_component {
  int64_t size, dim;     /* indices; invariants among them, at least 1 */
  const int64_t *index;  /* [size] */
  const double *vector;  /* [dim, size] */
} weyl_component;

enum { /* how a basis was found; several may have been used */
  WEYL_BY_ORBITS = 1,  /* of signed permutations: exact */
  WEYL_BY_DENSE = 2,   /* eigenvectors of a dense matrix */
  WEYL_BY_FILTER = 4,  /* filtered subspace iteration */
  WEYL_BY_PRODUCT = 8  /* of factors that no generator ties */
};

typedef struct weyl_basis {
  uint32_t refs;
  int64_t n, dim;        /* entries of the word; invariants in all */
  int routes;            /* WEYL_BY_... */
  /*
  ** The eigenvalues of the constraints (of C^T C, whose largest diagonal
  ** entry is the unit) on both sides of the gap: the largest taken for 0 and
  ** the smallest of the rest, INFINITY when there is none.
  */
  double kept, dropped;
  int64_t ncomponent;
  weyl_component *component; /* those with invariants, by first index */
  weyl_region region;
} weyl_basis;

/* Memory that solving, or a basis, may take. */
#define WEYL_BASIS_BYTES ((int64_t)1 << 30)

/*
** The invariants of the word, computed or found in the caches of memory and
** disk; a new reference. Fails when they would take more than
** WEYL_BASIS_BYTES or are not clearly separated from the rest (gram.h). The
** caches know groups by their generators; on a space where these are
** orthogonal, the space and its dual are the same.
*/
weyl_basis *weyl_basis_of(const weyl_spaces *s, const weyl_word *w);
void weyl_basis_release(weyl_basis *b); /* NULL allowed */
void weyl_basis_trim(void);             /* drops the cache in memory */

/* What is in a, in b, or a sum of both (sum.c); a new reference. */
weyl_basis *weyl_basis_sum(const weyl_basis *a, const weyl_basis *b);

/* Solves without looking at the caches (basis.c). */
weyl_basis *weyl_basis_solve(const weyl_spaces *s, const weyl_word *w);

/* An empty basis of vectors [n], one reference; NULL when memory is out. */
weyl_basis *weyl_basis_new(int64_t n);

/*
** Adds a component to b, whose list has room for it: copies of index and
** vector. WEYL_ENOMEM when memory is out.
*/
weyl_status weyl_basis_add(weyl_basis *b, int64_t size, int64_t dim,
                           const int64_t *index, const double *vector);

/* p [size, size]: the projector onto the invariants of a component. */
void weyl_component_projector(const weyl_component *c, double *p);

/* ---- maps between representations (maps.c) ---- */

typedef struct weyl_maps { /* what is known of the maps in -> out */
  int64_t dim;
  int routes;
  double kept, dropped;    /* over all pairs of words, as of a basis */
} weyl_maps;

/* Number of independent equivariant maps from `in` to `out`, and the gap. */
weyl_status weyl_maps_measure(const weyl_spaces *s, const weyl_rep *in,
                              const weyl_rep *out, weyl_maps *m);

/* All of them, orthonormal, into e [dim, size(out), size(in)], zeroed. */
weyl_status weyl_maps_elements(const weyl_spaces *s, const weyl_rep *in,
                               const weyl_rep *out, double *e);

#endif
