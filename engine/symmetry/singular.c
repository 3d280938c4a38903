/*
** singular.c: the null space of a component by the singular values of C.
**
** The rows of C that the component's columns meet are numbered as they come,
** generator by generator. Squaring C costs half the digits of small singular
** values; this does not.
*/
#include <math.h>

#include "base/memory.h"
#include "exec/kernels.h"
#include "symmetry/gram.h"

#define KEEP 1e-11 /* singular values relative to the unit's root */
#define DROP 1e-6

enum { ENTRIES_MAX = 4000000 };

typedef struct stack {
  const weyl_part *part;
  int64_t nrow, cap;
  int64_t *number; /* [n] of a row of the present generator, -1: none */
  double *c;       /* [cap, m] */
  weyl_region region;
} stack;

static int64_t row_number(stack *s, int64_t row) {
  if (s->number[row] < 0) s->number[row] = s->nrow++;
  return s->number[row];
}

/* Adds the rows of one generator; 0 when there is no more room. */
static int add_rows(stack *s, int generator) {
  weyl_gram *g = s->part->gram;
  int64_t m = s->part->m;
  for (int64_t i = 0; i < g->n; i++) s->number[i] = -1;
  for (int64_t j = 0; j < m; j++) {
    const weyl_sparse *u =
        weyl_gram_constraint(g, generator, s->part->index[j]);
    for (int64_t k = 0; k < u->count; k++) {
      int64_t row = row_number(s, u->index[k]);
      if (row >= s->cap) return 0;
      s->c[row * m + j] = u->value[u->index[k]];
    }
  }
  return 1;
}

/* Rows of zeros make the matrix at least square. */
static weyl_status fill(stack *s, int *complete) {
  weyl_gram *g = s->part->gram;
  int64_t m = s->part->m;
  s->cap = ENTRIES_MAX / m;
  s->number = weyl_region_array(&s->region, (size_t)g->n, sizeof *s->number);
  s->c = weyl_region_array(&s->region, (size_t)(s->cap * m), sizeof *s->c);
  if (s->number == NULL || s->c == NULL) return WEYL_ENOMEM;
  *complete = m <= s->cap;
  for (int k = 0; k < g->ngenerator && *complete; k++)
    *complete = add_rows(s, k);
  if (s->nrow < m) s->nrow = m;
  return WEYL_OK;
}

/* How many of the m singular values, descending, are 0; -1 when unclear. */
static int64_t count_zeros(const weyl_part *p, const double *sigma,
                           weyl_nullspace *out) {
  double unit = sqrt(p->gram->unit);
  int64_t k = p->m;
  while (k > 0 && sigma[k - 1] <= KEEP * unit) k--;
  double last = k > 0 ? sigma[k - 1] / unit : INFINITY;
  double kept = k < p->m ? sigma[k] / unit : 0;
  out->kept = kept * kept;
  out->dropped = last * last;
  return last >= DROP ? p->m - k : -1;
}

/* *svd: U [nrow, m], sigma [m], V^T [m, m]; NULL when C was too large. */
static weyl_status decompose(stack *s, double **svd) {
  int64_t m = s->part->m, size;
  int complete;
  weyl_status status = fill(s, &complete);
  if (status != WEYL_OK || !complete) return status;
  size = s->nrow * m + m + m * m;
  *svd = weyl_region_array(&s->region, (size_t)size, sizeof **svd);
  if (*svd == NULL) return WEYL_ENOMEM;
  return weyl_call_library(OP_SVD, s->c, s->nrow, m, *svd, 1, &size, size);
}

/* The last dim rows of V^T, with the gauge chosen. */
static weyl_status take_rows(stack *s, int64_t dim, const double *vt,
                             weyl_region *r, weyl_nullspace *out) {
  int64_t m = s->part->m;
  size_t area = (size_t)(dim * m);
  double *x = weyl_region_copy(&s->region, vt + (m - dim) * m,
                               area * sizeof *x);
  out->vector = weyl_region_array(r, area, sizeof *out->vector);
  if (x == NULL || out->vector == NULL) return WEYL_ENOMEM;
  return weyl_null_gauge(dim, m, x, out->vector);
}

weyl_status weyl_null_singular(const weyl_part *p, weyl_region *r,
                               weyl_nullspace *out) {
  stack s = {.part = p};
  double *svd = NULL;
  weyl_status status = decompose(&s, &svd);
  if (status == WEYL_OK && svd == NULL) status = WEYL_ENUMERIC;
  if (status == WEYL_OK) {
    const double *sigma = svd + s.nrow * p->m;
    out->dim = count_zeros(p, sigma, out);
    if (out->dim < 0) status = WEYL_ENUMERIC;
    else if (out->dim > 0)
      status = take_rows(&s, out->dim, sigma + p->m, r, out);
  }
  weyl_region_clear(&s.region);
  return status;
}
