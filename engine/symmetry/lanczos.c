/*
** lanczos.c: the spectrum of a component from one random vector.
**
** Every vector is orthogonalized against all before it, so that no Ritz
** value comes twice.
*/
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "exec/kernels.h"
#include "symmetry/filter.h"

/*
** A step that ends the run leaves rounding over the product of the gaps
** between eigenvalues: a residual up to ENDED of the largest value counts.
** Eigenvalues are then off by its square.
*/
#define ENDED 1e-7
/*
** But beside a small eigenvalue a null vector with a small share in the start
** leaves little more: then the residual must be small against that, too.
*/
#define SMALLEST 1e-6
#define CONVERGED 1e-8  /* the residual of a Ritz value, likewise */

typedef struct run {
  const weyl_part *part;
  int64_t m;
  int steps, n;          /* vectors there is room for; taken */
  double *v;             /* [steps, m] */
  double *w, *room;      /* [m]; of weyl_part_apply */
  double alpha[WEYL_LANCZOS], beta[WEYL_LANCZOS];
  weyl_region region;
} run;

static weyl_status open_run(run *r) {
  double most = (double)WEYL_BASIS_BYTES / 4 / (8 * (double)r->m);
  r->steps = most < WEYL_LANCZOS ? (int)most : WEYL_LANCZOS;
  if (r->steps > r->m) r->steps = (int)r->m;
  r->v = weyl_region_array(&r->region, (size_t)(r->steps * r->m),
                           sizeof *r->v);
  r->w = weyl_region_array(&r->region, (size_t)r->m, sizeof *r->w);
  r->room = weyl_region_array(&r->region, weyl_part_room(r->part, 1),
                              sizeof *r->room);
  return r->v && r->w && r->room ? WEYL_OK : WEYL_ENOMEM;
}

/* w loses its parts along the vectors so far, twice over. */
static void orthogonalize(run *r) {
  double c[WEYL_LANCZOS];
  int m = (int)r->m;
  for (int pass = 0; pass < 2; pass++) {
    cblas_dgemv(CblasRowMajor, CblasNoTrans, r->n, m, 1, r->v, m, r->w, 1, 0,
                c, 1);
    cblas_dgemv(CblasRowMajor, CblasTrans, r->n, m, -1, r->v, m, c, 1, 1,
                r->w, 1);
  }
}

/* Takes steps until one gives nothing new; whether that happened. A request
** to stop ends them, too. */
static int take_steps(run *r, const double *start) {
  double largest = 0, length = cblas_dnrm2((int)r->m, start, 1);
  int m = (int)r->m;
  for (int64_t i = 0; i < r->m; i++) r->v[i] = start[i] / length;
  for (;;) {
    double *v = r->v + r->n * r->m;
    weyl_part_apply(r->part, 1, v, r->w, r->room);
    r->alpha[r->n] = cblas_ddot(m, v, 1, r->w, 1);
    r->n++;
    orthogonalize(r);
    double b = r->beta[r->n - 1] = cblas_dnrm2(m, r->w, 1);
    largest = fmax(largest, r->alpha[r->n - 1] + b);
    if (b <= ENDED * largest || r->n == r->m) return 1;
    if (r->n == r->steps || weyl_stopping()) return 0;
    for (int64_t i = 0; i < r->m; i++) v[r->m + i] = r->w[i] / b;
  }
}

/*
** Ritz values are those of the tridiagonal matrix. The squared first
** component of its eigenvector is the share of the start in that eigenspace:
** for a random start in m dimensions, about its dimension over m.
*/
static weyl_status read_spectrum(const run *r, weyl_spectrum *s) {
  int n = r->n;
  double unit = r->part->gram->unit;
  const int64_t dims[] = {n + 1, n};
  double t[WEYL_LANCZOS * WEYL_LANCZOS] = {0};
  double w[(WEYL_LANCZOS + 1) * WEYL_LANCZOS];
  for (int i = 0; i < n; i++) {
    t[i * n + i] = r->alpha[i];
    if (i + 1 < n) t[i * n + i + 1] = t[(i + 1) * n + i] = r->beta[i];
  }
  weyl_status status = weyl_call_library(OP_EIGH, t, n, n, w, 2, dims,
                                        (int64_t)n * n + n);
  if (status != WEYL_OK) return status;
  if (n < r->m && w[0] > WEYL_GRAM_KEEP * unit &&
      r->beta[n - 1] > SMALLEST * w[0])
    s->complete = 0;
  const double *first = w + n, *last = w + n * n;
  double tail = s->complete ? 0 : r->beta[n - 1];
  s->n = n;
  memcpy(s->value, w, (size_t)n * sizeof *w);
  s->bound = w[n - 1] + tail;
  s->zeros = -1;
  if (w[0] <= WEYL_GRAM_KEEP * unit &&
      fabs(last[0]) * tail <= CONVERGED * s->bound)
    s->zeros = first[0] * first[0] * (double)r->m;
  return WEYL_OK;
}

weyl_status weyl_lanczos(const weyl_part *p, double *start,
                         weyl_spectrum *s) {
  run r = {.part = p, .m = p->m};
  weyl_status status = open_run(&r);
  if (status == WEYL_OK) {
    s->complete = take_steps(&r, start);
    status = weyl_stop_check();
    if (status == WEYL_OK) status = read_spectrum(&r, s);
  }
  weyl_region_clear(&r.region);
  if (status != WEYL_OK || s->complete) return status;
  s->bound = fmin(s->bound, weyl_part_bound(p));
  return WEYL_OK;
}
