/*
** filter.c: the null space of a large component by subspace iteration with a
** polynomial filter.
**
** Invariants come in multiples, 196 of them for SO(4) at rank 8, which
** Lanczos vectors find badly one by one; a block of vectors takes them all
** at once. One sweep applies a polynomial p(G) with p(0) = 1 and takes the
** Ritz vectors of the result. When the distinct eigenvalues are known
** (lanczos.c), p vanishes on all of them but 0. Otherwise it is the
** Chebyshev polynomial that is smallest on [cut, bound] (Y. Zhou, Y. Saad,
** M. L. Tiago, J. R. Chelikowsky, "Self-consistent-field calculations using
** Chebyshev-filtered subspace iteration", J. Comput. Phys. 219, 2006), and
** as the block is wider than the null space, the first Ritz value that is
** not 0 shows where the next cut lies.
**
** Started from random numbers of a seed of its own: the result depends on
** the group and the word alone.
*/
#include "symmetry/filter.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/stop.h"
#include "exec/kernels.h"

enum {
  FIRST_WIDTH = 16,   /* vectors at the start, when nothing better is known */
  SPARE = 4,          /* of them must be left over */
  SWEEPS_MAX = 40,
  SWEEPS_FEW = 8,     /* when all eigenvectors are a cheap way out */
  TRUSTED = 6,        /* sweeps that a complete spectrum should do with */
  DEGREE_MIN = 8,
  DEGREE_MAX = 600
};

#define DAMPING 1e9   /* of what lies above the cut, in one sweep */
#define SEED 0x5745594cu

typedef struct filter {
  const weyl_part *part;
  weyl_spectrum known;
  int64_t m, wide;
  double *x, *y, *spare; /* [m, wide], with room for QR's [wide, wide] */
  double *z;             /* room of weyl_part_apply */
  double *small, *theta; /* [wide + 1, wide]; [wide] */
  double *residual;      /* [wide] |G x_i - theta_i x_i| */
  double cut, gap;       /* gap: 0 until the value after the zeros is sure */
  weyl_stream stream;
  weyl_region region;
} filter;

/* ---- memory ---- */

static double bytes_for(const weyl_part *p, int64_t wide) {
  double area = (double)p->m * (double)wide;
  double room = p->gram->first != NULL ? 0 : 3;
  return 8 * (area * (3 + room) + 5 * (double)wide * (double)wide);
}

/* Room for blocks of that width; what x held is lost. */
static weyl_status open_width(filter *f, int64_t wide) {
  size_t b = (size_t)wide, area = (size_t)f->m * b + b * b;
  weyl_region *r = &f->region;
  if (bytes_for(f->part, wide) > (double)WEYL_BASIS_BYTES)
    return weyl_gram_too_large("so many invariants of so many entries",
                               bytes_for(f->part, wide));
  weyl_region_clear(r);
  f->wide = wide;
  f->x = weyl_region_array(r, area, sizeof *f->x);
  f->y = weyl_region_array(r, area, sizeof *f->y);
  f->spare = weyl_region_array(r, area, sizeof *f->spare);
  f->z = weyl_region_array(r, weyl_part_room(f->part, wide), sizeof *f->z);
  f->small = weyl_region_array(r, b * b + b, sizeof *f->small);
  f->theta = weyl_region_array(r, b, sizeof *f->theta);
  f->residual = weyl_region_array(r, b, sizeof *f->residual);
  if (!f->x || !f->y || !f->spare || !f->z || !f->small || !f->theta ||
      !f->residual)
    return WEYL_ENOMEM;
  return weyl_stream_normal(&f->stream, f->m, wide, f->x);
}

static void swap(double **a, double **b) {
  double *t = *a;
  *a = *b;
  *b = t;
}

/* ---- filters: x <- p(G) x ---- */

/* Degree at which p is below 1 / DAMPING above the cut. */
static int degree_for(const filter *f) {
  double bound = f->known.bound;
  double ratio = (bound + f->cut) / (bound - f->cut);
  int degree = (int)ceil(acosh(DAMPING) / acosh(ratio));
  return degree < DEGREE_MIN   ? DEGREE_MIN
         : degree > DEGREE_MAX ? DEGREE_MAX
                               : degree;
}

/*
** The recurrence of the polynomials T_k((c - G) / e), scaled to 1 at 0, with
** c the middle of [cut, bound] and e half its length.
*/
static void filter_interval(filter *f) {
  int64_t area = f->m * f->wide;
  double c = (f->known.bound + f->cut) / 2, e = (f->known.bound - f->cut) / 2;
  double first = -e / c, sigma = first, *old = f->spare;
  int degree = degree_for(f);
  weyl_part_apply(f->part, f->wide, f->x, f->y, f->z);
  for (int64_t i = 0; i < area; i++)
    f->y[i] = (f->y[i] - c * f->x[i]) * sigma / e;
  for (int k = 2; k <= degree && !weyl_stopping(); k++) {
    double next = 1 / (2 / first - sigma);
    weyl_part_apply(f->part, f->wide, f->y, old, f->z);
    for (int64_t i = 0; i < area; i++)
      old[i] = 2 * next / e * (old[i] - c * f->y[i]) - sigma * next * f->x[i];
    swap(&f->x, &f->y);
    swap(&f->y, &old);
    sigma = next;
  }
  swap(&f->x, &f->y);
  f->spare = old;
}

/* Values of the spectrum from `zeros` on in Leja's order, in which products
** of (1 - G / value) stay small on the way. */
static void leja_order(int n, double *v) {
  double weight[WEYL_LANCZOS];
  for (int i = 0; i < n; i++) weight[i] = log(v[i]);
  for (int i = 0; i < n; i++) {
    int best = i;
    for (int j = i + 1; j < n; j++)
      if (weight[j] > weight[best]) best = j;
    double t = v[i], u = weight[i];
    v[i] = v[best], weight[i] = weight[best];
    v[best] = t, weight[best] = u;
    for (int j = i + 1; j < n; j++)
      weight[j] += log(fabs(v[j] - v[i]) / v[i]);
  }
}

/* p vanishes on every eigenvalue but 0. */
static void filter_values(filter *f) {
  double root[WEYL_LANCZOS];
  int64_t area = f->m * f->wide;
  int first = f->known.zeros >= 0 ? 1 : 0, n = f->known.n - first;
  memcpy(root, f->known.value + first, (size_t)n * sizeof *root);
  leja_order(n, root);
  for (int k = 0; k < n; k++) {
    weyl_part_apply(f->part, f->wide, f->x, f->y, f->z);
    for (int64_t i = 0; i < area; i++) f->x[i] -= f->y[i] / root[k];
  }
}

/* ---- Ritz vectors ---- */

/* x <- an orthonormal basis of its columns */
static weyl_status orthonormalize(filter *f) {
  int64_t b = f->wide, size = f->m * b + b * b;
  weyl_status s = weyl_call_library(OP_QR, f->x, f->m, b, f->y, 1, &size,
                                   size);
  if (s == WEYL_OK) swap(&f->x, &f->y);
  return s;
}

/* to = from v, [m, b] times [b, b] */
static void turn(const filter *f, const double *from, const double *v,
                 double *to) {
  int m = (int)f->m, b = (int)f->wide;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, b, b, 1, from, b,
              v, b, 0, to, b);
}

/* residual[i] = |G x_i - theta_i x_i|, with G x in y */
static void set_residuals(filter *f) {
  for (int64_t j = 0; j < f->wide; j++) f->residual[j] = 0;
  for (int64_t i = 0; i < f->m; i++)
    for (int64_t j = 0; j < f->wide; j++) {
      int64_t at = i * f->wide + j;
      double r = f->y[at] - f->theta[j] * f->x[at];
      f->residual[j] += r * r;
    }
  for (int64_t j = 0; j < f->wide; j++)
    f->residual[j] = sqrt(f->residual[j]);
}

/* x <- its Ritz vectors, theta their values, ascending; y = G x */
static weyl_status ritz(filter *f) {
  int64_t b = f->wide;
  const int64_t dims[] = {b + 1, b};
  double *h = weyl_malloc((size_t)(b * b) * sizeof *h);
  if (h == NULL) return WEYL_ENOMEM;
  weyl_part_apply(f->part, b, f->x, f->y, f->z);
  cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)b, (int)b,
              (int)f->m, 1, f->x, (int)b, f->y, (int)b, 0, h, (int)b);
  weyl_status s = weyl_call_library(OP_EIGH, h, b, b, f->small, 2, dims,
                                   b * b + b);
  weyl_free(h);
  if (s != WEYL_OK) return s;
  memcpy(f->theta, f->small, (size_t)b * sizeof *f->theta);
  turn(f, f->x, f->small + b, f->spare);
  swap(&f->x, &f->spare);
  turn(f, f->y, f->small + b, f->spare);
  swap(&f->y, &f->spare);
  set_residuals(f);
  return WEYL_OK;
}

/* ---- until done ---- */

typedef struct progress {
  int64_t zeros;
  double next, residual;
} progress;

static progress look(const filter *f) {
  progress p = {0, INFINITY, 0};
  double most = WEYL_GRAM_KEEP * f->part->gram->unit;
  while (p.zeros < f->wide && f->theta[p.zeros] <= most)
    p.residual = fmax(p.residual, f->residual[p.zeros++]);
  if (p.zeros < f->wide) p.next = f->theta[p.zeros];
  if (f->known.complete) p.next = f->known.value[f->known.zeros >= 0];
  else if (f->gap > 0) p.next = f->gap;
  return p;
}

/*
** Whether the value after the zeros is one: it is as good as its Ritz vector.
** A value that only stands still may belong to a zero not found yet.
*/
static int gap_is_sure(const filter *f, const progress *now) {
  return f->known.complete || f->gap > 0 ||
         f->residual[now->zeros] <= 0.01 * now->next;
}

/*
** Done when the gap is sure, the zeros no longer change and are exact. An
** invariant is off by its residual over the gap, which rounding keeps above
** eps times the condition; 1e-13 of the gap is asked for, and what no longer
** shrinks is taken as that floor.
*/
static int settled(const filter *f, const progress *old,
                   const progress *now) {
  if (f->known.complete && now->residual <= 1e-13 * now->next) return 1;
  if (now->zeros != old->zeros || !gap_is_sure(f, now) ||
      now->next <= WEYL_GRAM_DROP * f->part->gram->unit)
    return 0;
  return now->residual <= 1e-13 * now->next ||
         (now->residual <= 1e-9 * now->next &&
          now->residual > 0.5 * old->residual);
}

static weyl_status sweep(filter *f) {
  if (f->known.complete) filter_values(f);
  else filter_interval(f);
  weyl_status s = weyl_stop_check();
  if (s == WEYL_OK) s = orthonormalize(f);
  return s == WEYL_OK ? ritz(f) : s;
}

/*
** While the gap is not sure, the cut lies above it, so that what lies there
** grows against the rest; afterwards below it, so that only zeros stay.
*/
static void set_cut(filter *f, const progress *old, const progress *now) {
  double bound = f->known.bound;
  int stays = now->zeros == old->zeros;
  if (!stays) f->gap = 0;
  else if (f->gap == 0 && gap_is_sure(f, now)) f->gap = now->next;
  double cut = f->gap > 0 ? 0.8 * f->gap : 1.5 * now->next;
  f->cut = fmin(fmax(cut, 1e-7 * bound), 0.5 * bound);
}

static weyl_status not_settled(const filter *f) {
  weyl_nullspace n;
  weyl_status s = weyl_gram_count(f->part->gram, f->wide, f->theta, &n);
  if (s != WEYL_OK) return s;
  return weyl_fail(WEYL_ENUMERIC,
                   "basis: the iteration for the invariants of rank %d did "
                   "not settle in %d sweeps", f->part->gram->word.rank,
                   SWEEPS_MAX);
}

/*
** Whether there certainly is an eigenvalue between those that count as 0 and
** those that do not: one lies within the residual of every Ritz value.
*/
static int between(const filter *f) {
  double unit = f->part->gram->unit;
  for (int64_t i = 0; i < f->wide; i++)
    if (f->theta[i] - f->residual[i] > WEYL_GRAM_KEEP * unit &&
        f->theta[i] + f->residual[i] <= WEYL_GRAM_DROP * unit)
      return 1;
  return 0;
}

/* Sweeps at one width until settled (*done = 1) or until it is too narrow. */
static weyl_status sweep_width(filter *f, int *left, int *done) {
  progress old = {-1, 0, 0};
  int count = 0;
  f->gap = 0;
  for (*done = 0; *left > 0 && !*done; --*left) {
    weyl_status s = sweep(f);
    if (s != WEYL_OK) return s;
    if (between(f)) return not_settled(f);
    progress now = look(f);
    if (now.zeros + SPARE > f->wide) return WEYL_OK;
    *done = settled(f, &old, &now);
    set_cut(f, &old, &now);
    if (++count == TRUSTED) f->known.complete = 0;
    old = now;
  }
  return WEYL_OK;
}

/* The columns of x that are invariants, as rows, with the gauge chosen. */
static weyl_status take_zeros(filter *f, weyl_region *r,
                              weyl_nullspace *out) {
  weyl_status s = weyl_gram_count(f->part->gram, f->wide, f->theta, out);
  out->dropped = look(f).next / f->part->gram->unit;
  if (s != WEYL_OK || out->dim == 0) return s;
  int64_t k = out->dim, m = f->m;
  out->vector = weyl_region_array(r, (size_t)(k * m), sizeof *out->vector);
  if (out->vector == NULL) return WEYL_ENOMEM;
  for (int64_t t = 0; t < k; t++)
    for (int64_t i = 0; i < m; i++) f->y[t * m + i] = f->x[i * f->wide + t];
  return weyl_null_gauge(k, m, f->y, out->vector);
}

/*
** Widens the block until it holds the null space and more. A block of more
** than half of all leaves the matter to all eigenvectors.
*/
static weyl_status iterate(filter *f, int64_t wide, int few,
                           weyl_region *r, weyl_nullspace *out) {
  int left = few ? SWEEPS_FEW : SWEEPS_MAX, done = 0;
  weyl_status s = WEYL_OK;
  for (; s == WEYL_OK && !done; wide *= 2) {
    out->dim = -1;
    if (2 * wide > f->m || (left == 0 && few)) return WEYL_OK;
    if (left == 0) return not_settled(f);
    s = open_width(f, wide);
    if (s == WEYL_OK) s = sweep_width(f, &left, &done);
  }
  return s == WEYL_OK ? take_zeros(f, r, out) : s;
}

/*
** A complete spectrum without 0 says that there is nothing. Else it says how
** wide a block should be; the share of one random vector of m numbers that
** lies in k dimensions strays from k / m by about sqrt(2 / k).
*/
static weyl_status run(filter *f, int few, weyl_region *r,
                       weyl_nullspace *out) {
  const weyl_spectrum *s = &f->known;
  int64_t wide = FIRST_WIDTH;
  weyl_status status = open_width(f, 1);
  if (status == WEYL_OK) status = weyl_lanczos(f->part, f->x, &f->known);
  if (status != WEYL_OK) return status;
  if (s->complete) {
    status = weyl_gram_count(f->part->gram, s->n, s->value, out);
    if (status != WEYL_OK || out->dim == 0) return status;
  }
  out->dim = -1;
  if (few && !s->complete) return WEYL_OK;
  if (s->zeros >= 0)
    wide = (int64_t)(s->zeros + 4 * sqrt(2 * s->zeros)) + 2 * SPARE;
  f->cut = 0.05 * s->bound;
  return iterate(f, wide, few, r, out);
}

weyl_status weyl_null_filter(const weyl_part *p, int few, weyl_region *r,
                             weyl_nullspace *out) {
  filter f = {.part = p, .m = p->m, .stream = {SEED, 0, 0}};
  weyl_status s = run(&f, few, r, out);
  weyl_region_clear(&f.region);
  return s;
}
