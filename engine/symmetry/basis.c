/*
** basis.c: solving for the invariants of a word.
**
** Three routes: words whose factors no generator ties are products of their
** parts; groups of signed permutations have orbits; all others have a Gram
** matrix, whose components are solved one by one, by all eigenvectors when
** small, with the singular values of the constraints where these are not
** clear, and by a filtered iteration when large.
*/
#include "symmetry/basis.h"

#include <cblas.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "symmetry/gram.h"
#include "symmetry/orbits.h"
#include "symmetry/product.h"

enum {
  SMALL = 400,    /* indices up to which all eigenvectors are cheaper */
  CHEAP = 2500,   /* up to which they are cheaper than many sweeps */
  DENSE_MAX = 6500 /* up to which their matrices fit */
};

/* ---- life ---- */

weyl_basis *weyl_basis_new(int64_t n) {
  weyl_basis *b = weyl_calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  b->refs = 1;
  b->n = n;
  b->dropped = INFINITY;
  return b;
}

weyl_status weyl_basis_add(weyl_basis *b, int64_t size, int64_t dim,
                           const int64_t *index, const double *vector) {
  size_t m = (size_t)size;
  int64_t *own = weyl_region_copy(&b->region, index, m * sizeof *index);
  double *v = weyl_region_copy(&b->region, vector,
                               m * (size_t)dim * sizeof *vector);
  if (own == NULL || v == NULL) return WEYL_ENOMEM;
  b->component[b->ncomponent++] = (weyl_component){size, dim, own, v};
  b->dim += dim;
  return WEYL_OK;
}

void weyl_basis_release(weyl_basis *b) {
  if (b == NULL || --b->refs > 0) return;
  weyl_region_clear(&b->region);
  weyl_free(b);
}

void weyl_component_projector(const weyl_component *c, double *p) {
  int m = (int)c->size;
  cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, m, (int)c->dim, 1,
              c->vector, m, c->vector, m, 0, p, m);
}

/* ---- one component of a Gram matrix ---- */

/* A component of one index: it is an invariant or it is not. */
static weyl_status solve_single(const weyl_part *p, weyl_region *r,
                                weyl_nullspace *out) {
  const weyl_gram *g = p->gram;
  size_t k = g->first[p->index[0]];
  double w = k < g->first[p->index[0] + 1] ? g->entry[k] : 0;
  weyl_status s = weyl_gram_count(g, 1, &w, out);
  if (s != WEYL_OK || out->dim == 0) return s;
  out->vector = weyl_region_array(r, 1, sizeof *out->vector);
  if (out->vector == NULL) return WEYL_ENOMEM;
  out->vector[0] = 1;
  return WEYL_OK;
}

/* After an eigenvalue that is neither 0 nor clear of it: its message stays
** when singular values are not clear either. */
static weyl_status solve_unclear(const weyl_part *p, weyl_region *r,
                                 weyl_nullspace *out) {
  double between = out->dropped * p->gram->unit;
  weyl_status s = weyl_null_singular(p, r, out);
  return s != WEYL_ENUMERIC ? s : weyl_gram_count(p->gram, 1, &between, out);
}

static weyl_status solve_part(const weyl_part *p, weyl_region *r,
                              weyl_basis *b, weyl_nullspace *out) {
  if (p->m > SMALL) {
    weyl_status s = weyl_null_filter(p, p->m <= CHEAP, r, out);
    b->routes |= WEYL_BY_FILTER;
    if (s != WEYL_OK || out->dim >= 0) return s;
  }
  if (p->m > DENSE_MAX)
    return weyl_gram_too_large("all eigenvectors of so many entries",
                               24 * (double)p->m * (double)p->m);
  b->routes |= WEYL_BY_DENSE;
  weyl_status s = p->m == 1 && p->gram->first != NULL
                      ? solve_single(p, r, out)
                      : weyl_null_dense(p, r, out);
  int unclear = out->dropped > WEYL_GRAM_KEEP && out->dropped < INFINITY;
  if (s != WEYL_ENUMERIC || p->m > SMALL || !unclear) return s;
  return solve_unclear(p, r, out);
}

static weyl_status add_part(weyl_gram *g, int64_t number, weyl_basis *b) {
  const int64_t *start = g->ties.start + number;
  weyl_part p = {g, start[1] - start[0], g->ties.member + start[0]};
  weyl_nullspace null = {0};
  weyl_region r = {0};
  weyl_status s = solve_part(&p, &r, b, &null);
  if (s == WEYL_OK) {
    b->kept = fmax(b->kept, null.kept);
    b->dropped = fmin(b->dropped, null.dropped);
    if (null.dim > 0)
      s = weyl_basis_add(b, p.m, null.dim, p.index, null.vector);
  }
  weyl_region_clear(&r);
  return s;
}

static weyl_status solve_gram(const weyl_spaces *s, const weyl_word *w,
                              weyl_basis *b) {
  weyl_gram g;
  weyl_status status = weyl_gram_open(&g, s, w);
  if (status == WEYL_OK) {
    b->component = weyl_region_array(&b->region, (size_t)g.ties.nset,
                                     sizeof *b->component);
    if (b->component == NULL) status = WEYL_ENOMEM;
  }
  for (int64_t c = 0; status == WEYL_OK && c < g.ties.nset; c++)
    status = add_part(&g, c, b);
  weyl_gram_close(&g);
  return status;
}

/* ---- the whole ---- */

static weyl_status solve(const weyl_spaces *s, const weyl_word *w,
                         weyl_basis *b) {
  int part[WEYL_MAX_FACTORS], nparts = weyl_product_parts(s, w, part);
  if (nparts > 1) return weyl_product_solve(s, w, nparts, part, b);
  if (weyl_orbits_apply(s)) return weyl_orbits_solve(s, w, b);
  return solve_gram(s, w, b);
}

weyl_basis *weyl_basis_solve(const weyl_spaces *s, const weyl_word *w) {
  int64_t n = weyl_word_size(w, s->dim);
  if (n < 0) {
    weyl_fail(WEYL_EINVAL,
              "basis: a tensor product of rank %d over a space of dimension "
              "%d has more than 2^31 entries", w->rank, s->dim[0]);
    return NULL;
  }
  weyl_basis *b = weyl_basis_new(n);
  if (b == NULL) return NULL;
  weyl_status status = solve(s, w, b);
  if (status == WEYL_OK) return b;
  weyl_basis_release(b);
  return NULL;
}
