/*
** group.c: checked generators; equality and orthogonality.
*/
#include "symmetry/group.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "exec/kernels.h"

#define LARGEST 1e100   /* entries whose squares and products are numbers */
#define ORTHOGONAL 1e-9 /* largest deviation; Lie generators: relative */

weyl_status weyl_group_invert(int d, const double *x, double *y) {
  const int64_t dims[] = {d, d}, size = (int64_t)d * d;
  weyl_operand in = {(void *)(uintptr_t)x, WEYL_F64, 2, dims, size};
  weyl_call call = {.in = &in, .nin = 1, .out = {y, WEYL_F64, 2, dims, size}};
  return weyl_library[OP_INV](&call);
}

/* Copies n numbers; adding 0 turns -0 into 0. NULL when memory is out. */
static double *copy_numbers(size_t n, const double *from) {
  double *to = weyl_malloc((n > 0 ? n : 1) * sizeof *to);
  for (size_t i = 0; to != NULL && i < n; i++) to[i] = from[i] + 0.0;
  return to;
}

static int copy_spec(weyl_group *g, const weyl_group_spec *s) {
  size_t square = (size_t)s->d * (size_t)s->d;
  size_t nlie = (size_t)s->nlie, ndiscrete = (size_t)s->ndiscrete;
  size_t naxes = (size_t)s->naxes * sizeof *g->axes;
  g->lie = copy_numbers(nlie * square, s->lie);
  g->discrete = copy_numbers(ndiscrete * square, s->discrete);
  g->inverse = copy_numbers(ndiscrete * square, s->discrete);
  g->scale = weyl_malloc((nlie + 1) * sizeof *g->scale);
  g->axes = weyl_malloc(naxes + 1);
  if (g->lie == NULL || g->discrete == NULL || g->inverse == NULL ||
      g->scale == NULL || g->axes == NULL)
    return 0;
  for (size_t k = 0; k < nlie; k++)
    g->scale[k] = s->scale != NULL ? s->scale[k] : 1;
  if (naxes > 0) memcpy(g->axes, s->axes, naxes);
  return 1;
}

/* ---- checks ---- */

static weyl_status check_entries(const char *what, int count, int d,
                                 const double *m) {
  for (int k = 0; k < count; k++)
    for (int i = 0; i < d * d; i++, m++) {
      if (fabs(*m) <= LARGEST) continue;
      if (isfinite(*m))
        return weyl_fail(WEYL_EINVAL,
                         "group: entry [%d, %d] of %s[%d] is %g; the most is "
                         "%g", i / d + 1, i % d + 1, what, k + 1, *m,
                         LARGEST);
      return weyl_fail(WEYL_EINVAL,
                         "group: entry [%d, %d] of %s[%d] is %g; it must be "
                         "finite", i / d + 1, i % d + 1, what, k + 1, *m);
    }
  return WEYL_OK;
}

static weyl_status invert_discrete(weyl_group *g) {
  int square = g->d * g->d;
  for (int k = 0; k < g->ndiscrete; k++) {
    weyl_status s = weyl_group_invert(g->d, g->discrete + k * square,
                                      g->inverse + k * square);
    if (s == WEYL_ENOMEM) return s;
    if (s != WEYL_OK)
      return weyl_fail(WEYL_EINVAL,
                       "group: discrete[%d] is singular; an element of a "
                       "group has an inverse", k + 1);
  }
  return WEYL_OK;
}

/* The largest modulus among the entries of m [d, d]. */
static double largest(int d, const double *m) {
  double most = 0;
  for (int i = 0; i < d * d; i++) most = fmax(most, fabs(m[i]));
  return most;
}

static int antisymmetric(int d, const double *a) {
  double bound = ORTHOGONAL * largest(d, a);
  for (int i = 0; i < d; i++)
    for (int j = 0; j <= i; j++)
      if (fabs(a[i * d + j] + a[j * d + i]) > bound) return 0;
  return 1;
}

/* Whether the inverse of h is its transpose. */
static int orthogonal(int d, const double *h, const double *inverse) {
  for (int i = 0; i < d; i++)
    for (int j = 0; j < d; j++)
      if (fabs(h[i * d + j] - inverse[j * d + i]) > ORTHOGONAL) return 0;
  return 1;
}

static int all_orthogonal(const weyl_group *g) {
  int square = g->d * g->d;
  for (int k = 0; k < g->nlie; k++)
    if (!antisymmetric(g->d, g->lie + k * square)) return 0;
  for (int k = 0; k < g->ndiscrete; k++)
    if (!orthogonal(g->d, g->discrete + k * square,
                    g->inverse + k * square))
      return 0;
  return 1;
}

/* ---- life ---- */

weyl_group *weyl_group_new(const weyl_group_spec *s) {
  weyl_group *g = weyl_calloc(1, sizeof *g);
  if (g == NULL) return NULL;
  g->refs = 1;
  g->d = s->d;
  g->nlie = s->nlie;
  g->ndiscrete = s->ndiscrete;
  g->haar = s->haar;
  g->naxes = s->naxes;
  if (!copy_spec(g, s) ||
      check_entries("lie", g->nlie, g->d, g->lie) != WEYL_OK ||
      check_entries("discrete", g->ndiscrete, g->d, g->discrete) != WEYL_OK ||
      invert_discrete(g) != WEYL_OK) {
    weyl_group_release(g);
    return NULL;
  }
  g->orthogonal = all_orthogonal(g);
  return g;
}

void weyl_group_retain(weyl_group *g) { g->refs++; }

void weyl_group_release(weyl_group *g) {
  if (g == NULL || --g->refs > 0) return;
  weyl_free(g->lie);
  weyl_free(g->scale);
  weyl_free(g->discrete);
  weyl_free(g->inverse);
  weyl_free(g->axes);
  weyl_free(g);
}

static int same(int count, int d, const double *a, const double *b) {
  size_t n = (size_t)count * (size_t)d * (size_t)d;
  return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

int weyl_group_equal(const weyl_group *a, const weyl_group *b) {
  return a->d == b->d && a->nlie == b->nlie &&
         a->ndiscrete == b->ndiscrete && same(a->nlie, a->d, a->lie, b->lie) &&
         same(a->ndiscrete, a->d, a->discrete, b->discrete);
}
