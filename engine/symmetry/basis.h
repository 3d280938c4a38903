/*
** basis.h: the invariants of a tensor product under a group.
**
** The invariant vectors of the word T of V's and V*'s are the null space of
** the constraints C = [rho(h_i) - 1; drho(A_k)] (Finzi, Welling, Wilson, "A
** practical method for constructing equivariant multilayer perceptrons",
** ICML 2021, equation 6). An equivariant map from `in` to `out` is an
** invariant of out (x) in*, so the maps between two representations are made
** of one such basis per pair of words (weyl_word_map).
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

typedef struct weyl_component {
  int64_t size, dim;     /* indices; invariants among them, at least 1 */
  const int64_t *index;  /* [size] */
  const double *vector;  /* [dim, size] */
} weyl_component;

typedef struct weyl_basis {
  uint32_t refs;
  int64_t n, dim;        /* d^rank; invariants in all */
  int64_t ncomponent;
  weyl_component *component; /* those with invariants, by first index */
  weyl_region region;
} weyl_basis;

/*
** The invariants of the word, computed or found in the cache; a new
** reference. Fails when d^rank is too large or when the invariants are not
** clearly separated from the rest (see basis.c). The cache knows groups by
** their generators; for an orthogonal group V and V* are the same.
*/
weyl_basis *weyl_basis_of(weyl_group *g, weyl_word w);
void weyl_basis_release(weyl_basis *b); /* NULL allowed */
void weyl_basis_trim(void);             /* drops the cache */

/* Solves without looking at the cache (basis.c). */
weyl_basis *weyl_basis_solve(const weyl_group *g, weyl_word w);

/* p [size, size]: the projector onto the invariants of a component. */
void weyl_component_projector(const weyl_component *c, double *p);

/* ---- maps between representations (maps.c) ---- */

/* Number of independent equivariant maps from `in` to `out`. */
weyl_status weyl_maps_dim(weyl_group *g, const weyl_rep *in,
                          const weyl_rep *out, int64_t *dim);

/* All of them, orthonormal, into e [dim, size(out), size(in)], zeroed. */
weyl_status weyl_maps_elements(weyl_group *g, const weyl_rep *in,
                               const weyl_rep *out, double *e);

#endif
