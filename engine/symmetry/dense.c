/*
** dense.c: the null space of a component by all its eigenvectors, and the
** basis chosen in a null space.
*/
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "exec/kernels.h"
#include "symmetry/gram.h"

/* room [m, m]: the component as a matrix, from its rows */
static void write_rows(const weyl_part *p, double *room) {
  const weyl_gram *g = p->gram;
  for (int64_t i = 0; i < p->m; i++)
    for (size_t k = g->first[p->index[i]]; k < g->first[p->index[i] + 1]; k++)
      room[i * p->m + g->ties.place[g->col[k]]] = g->entry[k];
}

enum { WIDE = 32 };

/* The same, from what it makes of unit vectors, WIDE at a time. */
static weyl_status write_images(const weyl_part *p, double *room) {
  int64_t m = p->m;
  size_t area = (size_t)m * WIDE;
  double *x = weyl_malloc((2 * area + weyl_part_room(p, WIDE)) * sizeof *x);
  if (x == NULL) return WEYL_ENOMEM;
  double *y = x + area;
  for (int64_t at = 0; at < m; at += WIDE) {
    memset(x, 0, area * sizeof *x);
    for (int64_t j = at; j < m && j < at + WIDE; j++)
      x[j * WIDE + j - at] = 1;
    weyl_part_apply(p, WIDE, x, y, y + area);
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = at; j < m && j < at + WIDE; j++)
        room[i * m + j] = y[i * WIDE + j - at];
  }
  weyl_free(x);
  return WEYL_OK;
}

static weyl_status write_matrix(const weyl_part *p, double *room) {
  if (p->gram->first == NULL) return write_images(p, room);
  write_rows(p, room);
  return WEYL_OK;
}

/* eigen [m + 1, m]: eigenvalues, then eigenvectors in rows */
static weyl_status decompose(const weyl_part *p, double *eigen,
                             weyl_region *scratch) {
  int64_t m = p->m;
  const int64_t dims[] = {m + 1, m};
  double *matrix = weyl_region_array(scratch, (size_t)(m * m), sizeof *matrix);
  if (matrix == NULL) return WEYL_ENOMEM;
  weyl_status s = write_matrix(p, matrix);
  if (s != WEYL_OK) return s;
  return weyl_call_library(OP_EIGH, matrix, m, m, eigen, 2, dims, m * m + m);
}

/* Eigenvectors of eigh are columns: the first k as rows, x [k, m]. */
static void take_columns(int64_t k, int64_t m, const double *v, double *x) {
  for (int64_t t = 0; t < k; t++)
    for (int64_t i = 0; i < m; i++) x[t * m + i] = v[i * m + t];
}

weyl_status weyl_null_dense(const weyl_part *p, weyl_region *r,
                            weyl_nullspace *out) {
  size_t m = (size_t)p->m;
  weyl_region scratch = {0};
  weyl_status s = WEYL_ENOMEM;
  double *eigen = weyl_region_array(&scratch, (m + 1) * m, sizeof *eigen);
  if (eigen != NULL) s = decompose(p, eigen, &scratch);
  if (s == WEYL_OK) s = weyl_gram_count(p->gram, p->m, eigen, out);
  if (s == WEYL_OK && out->dim > 0) {
    size_t area = (size_t)out->dim * m;
    double *x = weyl_region_array(&scratch, area, sizeof *x);
    out->vector = weyl_region_array(r, area, sizeof *out->vector);
    s = WEYL_ENOMEM;
    if (x != NULL && out->vector != NULL) {
      take_columns(out->dim, p->m, eigen + m, x);
      s = weyl_null_gauge(out->dim, p->m, x, out->vector);
    }
  }
  weyl_region_clear(&scratch);
  return s;
}

/* diagonal[i] = |x[:, i]|^2 of x [k, m] */
static void column_norms(int64_t k, int64_t m, const double *x,
                         double *diagonal) {
  for (int64_t i = 0; i < m; i++) diagonal[i] = 0;
  for (int64_t t = 0; t < k; t++)
    for (int64_t i = 0; i < m; i++)
      diagonal[i] += x[t * m + i] * x[t * m + i];
}

/* Not a fraction at which entries of projectors would tie but for rounding. */
#define NEAR 0.8731

static int64_t pivot_of(int64_t m, const double *diagonal) {
  double most = 0;
  int64_t at = 0;
  for (int64_t i = 0; i < m; i++) most = fmax(most, diagonal[i]);
  while (diagonal[at] < NEAR * most) at++;
  return at;
}

/*
** With c the pivot's column of x at length 1, the next vector is c^T x: the
** pivot's column of the projector at length 1. Then x loses the direction c.
** (The vectors come out orthonormal because x is.)
*/
weyl_status weyl_null_gauge(int64_t k, int64_t m, double *x, double *vector) {
  double *room = weyl_malloc((size_t)(m + k) * sizeof *room);
  if (room == NULL) return WEYL_ENOMEM;
  double *c = room + m;
  column_norms(k, m, x, room);
  for (int64_t t = 0; t < k; t++, vector += m) {
    int64_t at = pivot_of(m, room);
    cblas_dcopy((int)k, x + at, (int)m, c, 1);
    cblas_dscal((int)k, 1 / cblas_dnrm2((int)k, c, 1), c, 1);
    cblas_dgemv(CblasRowMajor, CblasTrans, (int)k, (int)m, 1, x, (int)m, c, 1,
                0, vector, 1);
    cblas_dger(CblasRowMajor, (int)k, (int)m, -1, c, 1, vector, 1, x, (int)m);
    for (int64_t i = 0; i < m; i++) room[i] -= vector[i] * vector[i];
  }
  weyl_free(room);
  return WEYL_OK;
}
