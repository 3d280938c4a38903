/*
** sum.c: the sum of two spaces of invariants: what is invariant under one
** group or another, and all combinations.
**
** Components that share an index are taken together. With their vectors as
** the rows of X, the eigenvectors of X X^T whose eigenvalue is not 0 give an
** orthonormal basis of the sum: where the two spaces meet, X has twice as
** many rows as dimensions.
*/
#include <cblas.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "exec/kernels.h"
#include "symmetry/gram.h"

#define KEEP 1e-4 /* eigenvalues of X X^T, 0 .. 2, that count */
#define ZERO 1e-9

typedef struct sum {
  const weyl_basis *part[2];
  weyl_basis *out;
  weyl_ties ties;
  weyl_region region;
} sum;

/* Calls visit for every component of both in turn. */
typedef void (*visitor)(sum *s, const weyl_component *c, void *arg);

static void visit_all(sum *s, visitor visit, void *arg) {
  for (int i = 0; i < 2; i++)
    for (int64_t k = 0; k < s->part[i]->ncomponent; k++)
      visit(s, &s->part[i]->component[k], arg);
}

static void tie_component(sum *s, const weyl_component *c, void *arg) {
  (void)arg;
  for (int64_t i = 1; i < c->size; i++)
    weyl_ties_join(&s->ties, c->index[0], c->index[i]);
}

/* The vectors of one set of indices as rows x [k, m]. */
typedef struct rows {
  int64_t set, m, k;
  double *x; /* NULL: they are only counted */
} rows;

static void take_rows(sum *s, const weyl_component *c, void *arg) {
  rows *r = arg;
  if (s->ties.set[c->index[0]] != r->set) return;
  for (int64_t t = 0; r->x != NULL && t < c->dim; t++)
    for (int64_t i = 0; i < c->size; i++)
      r->x[(r->k + t) * r->m + s->ties.place[c->index[i]]] =
          c->vector[t * c->size + i];
  r->k += c->dim;
}

static weyl_status unclear(double value) {
  return weyl_fail(WEYL_ENUMERIC,
                   "basis: two spaces of invariants meet at an angle that is "
                   "neither 0 nor clear of it (eigenvalue %.1e)", value);
}

/* y [*dim, m]: an orthonormal basis of the rows; w, v are [k], [k, k] */
static weyl_status combine(const rows *r, const double *w, const double *v,
                           double *y, int64_t *dim) {
  *dim = 0;
  for (int64_t t = 0; t < r->k; t++) {
    if (w[t] <= ZERO) continue;
    if (w[t] < KEEP) return unclear(w[t]);
    double *to = y + *dim * r->m;
    for (int64_t i = 0; i < r->k; i++)
      cblas_daxpy((int)r->m, v[i * r->k + t] / sqrt(w[t]), r->x + i * r->m, 1,
                  to, 1);
    ++*dim;
  }
  return WEYL_OK;
}

/* gram [k, k] = X X^T, eigen [k + 1, k] its eigenvalues and vectors */
static weyl_status decompose(const rows *r, double *gram, double *eigen) {
  int k = (int)r->k, m = (int)r->m;
  const int64_t dims[] = {r->k + 1, r->k};
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, k, k, m, 1, r->x, m,
              r->x, m, 0, gram, k);
  return weyl_call_library(OP_EIGH, gram, r->k, r->k, eigen, 2, dims,
                          r->k * r->k + r->k);
}

static weyl_status add_set(sum *s, int64_t set) {
  const int64_t *start = s->ties.start + set;
  rows r = {set, start[1] - start[0], 0, NULL};
  visit_all(s, take_rows, &r);
  if (r.k == 0) return WEYL_OK;
  weyl_region room = {0};
  size_t k = (size_t)r.k, m = (size_t)r.m;
  int64_t dim = 0;
  double *gram = weyl_region_array(&room, k * k, sizeof *gram);
  double *eigen = weyl_region_array(&room, k * k + k, sizeof *eigen);
  double *y = weyl_region_array(&room, k * m, sizeof *y);
  double *vector = weyl_region_array(&room, k * m, sizeof *vector);
  r.x = weyl_region_array(&room, k * m, sizeof *r.x);
  r.k = 0;
  weyl_status status =
      gram && eigen && y && vector && r.x ? WEYL_OK : WEYL_ENOMEM;
  if (status == WEYL_OK) visit_all(s, take_rows, &r);
  if (status == WEYL_OK) status = decompose(&r, gram, eigen);
  if (status == WEYL_OK) status = combine(&r, eigen, eigen + k, y, &dim);
  if (status == WEYL_OK) status = weyl_null_gauge(dim, r.m, y, vector);
  if (status == WEYL_OK)
    status = weyl_basis_add(s->out, r.m, dim, s->ties.member + start[0],
                            vector);
  weyl_region_clear(&room);
  return status;
}

static weyl_status add_all(sum *s) {
  if (!weyl_ties_open(&s->ties, &s->region, s->out->n)) return WEYL_ENOMEM;
  visit_all(s, tie_component, NULL);
  weyl_ties_list(&s->ties);
  s->out->component =
      weyl_region_array(&s->out->region, (size_t)s->ties.nset,
                        sizeof *s->out->component);
  weyl_status status =
      s->out->component != NULL ? WEYL_OK : WEYL_ENOMEM;
  for (int64_t i = 0; i < s->ties.nset && status == WEYL_OK; i++)
    status = add_set(s, i);
  return status;
}

weyl_basis *weyl_basis_sum(const weyl_basis *a, const weyl_basis *b) {
  sum s = {.part = {a, b}, .out = weyl_basis_new(a->n)};
  if (s.out == NULL) return NULL;
  s.out->kept = fmax(a->kept, b->kept);
  s.out->dropped = fmin(a->dropped, b->dropped);
  s.out->routes = a->routes | b->routes;
  weyl_status status = add_all(&s);
  weyl_region_clear(&s.region);
  if (status == WEYL_OK) return s.out;
  weyl_basis_release(s.out);
  return NULL;
}
