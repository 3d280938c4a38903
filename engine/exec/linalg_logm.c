/*
** linalg_logm.c: the kernel LOGM, the principal matrix logarithm.
**
** Inverse scaling and squaring on the complex Schur form: A. H. Al-Mohy and
** N. J. Higham, "Improved inverse scaling and squaring algorithms for the
** matrix logarithm", SIAM J. Sci. Comput. 34 (2012), algorithm 4.1, with the
** norms of powers computed, not estimated. Every dtype is worked in c128.
**
** Matrices are column-major here and hold the transpose of the operand:
** log(x^T) = log(x)^T, so what comes out reads row-major as log(x).
*/
#include <cblas.h>
#include <float.h>
#include <lapack.h>
#include <math.h>
#include <string.h>

#include "exec/linalg.h"

#define PI 3.14159265358979323846

/* Scratch in j->s: [n, n] up to SUM, then vectors [n]. */
enum { TRI, ROOT, POWER, NEXT, BASIS, SUM, VALUES };

enum { MOST_ROOTS = 128, MOST_DEGREE = 7 };

/* theta[m]: the approximant of degree m is good to here (table 2.1) */
static const double theta[MOST_DEGREE + 1] = {
    0, 1.59e-5, 2.31e-3, 1.94e-2, 6.21e-2, 1.28e-1, 2.06e-1, 2.88e-1};

static int ask_schur(la_job *j, la_scalar *values, la_room *r) {
  int n = j->n, sorted, info;
  LAPACK_zgees("V", "N", NULL, &n, j->s[TRI], &n, &sorted, values,
               j->s[BASIS], &n, r->work, &r->lwork, r->rwork, NULL, &info);
  return info;
}

static size_t entries(const la_job *j) {
  return (size_t)j->n * (size_t)j->n;
}

static int prepare_logm(la_job *j) {
  for (int i = TRI; i <= VALUES; i++) {
    size_t n = i < VALUES ? entries(j) : (size_t)j->n;
    if ((j->s[i] = la_scratch(j, n * sizeof(la_scalar))) == NULL) return 0;
  }
  la_scalar answer = 0;
  la_room *r = &j->room;
  *r = (la_room){.work = &answer, .lwork = -1};
  ask_schur(j, j->s[VALUES], r);
  r->lwork = (int)creal(answer);
  r->work = la_scratch(j, (size_t)r->lwork * sizeof(la_scalar));
  r->rwork = la_scratch(j, (size_t)j->n * sizeof(double));
  return r->work != NULL && r->rwork != NULL;
}

/* ---- entries computed without cancellation ---- */

/*
** a^(1/2^roots) - 1: A. H. Al-Mohy, "A more accurate Briggs method for the
** logarithm", Numer. Algorithms 59 (2012), algorithm 2.
*/
static la_scalar root_minus_one(la_scalar a, int roots) {
  if (roots > 0 && fabs(carg(a)) >= PI / 2) {
    a = csqrt(a);
    roots--;
  }
  la_scalar difference = a - 1, product = 1;
  for (; roots > 0; roots--) {
    a = csqrt(a);
    product *= 1 + a;
  }
  return difference / product;
}

/* (log b - log a) / 2 on the principal branch, a and b not 0 */
static la_scalar half_log_ratio(la_scalar a, la_scalar b) {
  la_scalar direct = clog(b) - clog(a);
  if (cabs(b - a) > cabs(a + b) / 2) return direct / 2;
  double turns = ceil((cimag(direct) - PI) / (2 * PI));
  return catanh((b - a) / (b + a)) + I * PI * turns;
}

/*
** Divided difference of the power `p` (of log when p = 0) over a, b: what
** multiplies the entry beside the diagonal of a triangle. N. J. Higham and
** L. Lin, SIAM J. Matrix Anal. Appl. 32 (2011), equation (5.6).
*/
static la_scalar beside(la_scalar a, la_scalar b, double p) {
  if (a == b) return p == 0 ? 1 / a : p * cexp((p - 1) * clog(a));
  la_scalar h = half_log_ratio(a, b);
  if (p == 0) return 2 * h / (b - a);
  return cexp(p / 2 * (clog(a) + clog(b))) * 2 * csinh(p * h) / (b - a);
}

/* ---- triangles ---- */

/* t becomes its principal square root (Bjorck and Hammarling). */
static void root_triangle(int n, la_scalar *t) {
  size_t side = (size_t)n;
  for (size_t j = 0; j < side; j++) {
    la_scalar *col = t + j * side;
    col[j] = csqrt(col[j]);
    for (size_t k = j; k-- > 0;) {
      const la_scalar *left = t + k * side;
      col[k] /= left[k] + col[j];
      for (size_t i = 0; i < k; i++) col[i] -= col[k] * left[i];
    }
  }
}

static double norm(la_job *j, const la_scalar *x) {
  return la_types[WEYL_C128]->norm(j->n, x);
}

/* d[p] = |(t - I)^p|^(1/p) for p = 2 .. 5; t in s[ROOT] */
static void power_norms(la_job *j, double d[6]) {
  const la_scalar one = 1;
  la_scalar *x = j->s[POWER], *power = j->s[NEXT];
  memcpy(x, j->s[ROOT], entries(j) * sizeof *x);
  la_types[WEYL_C128]->shift(j->n, -1, x);
  memcpy(power, x, entries(j) * sizeof *x);
  for (int p = 2; p <= 5; p++) {
    cblas_ztrmm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans,
                CblasNonUnit, j->n, j->n, &one, x, j->n, power, j->n);
    d[p] = pow(norm(j, power), 1.0 / p);
  }
}

/*
** The degree to use, 0 to take another root first. `first`: only the roots
** that the eigenvalues asked for were taken; *tries is the paper's p.
*/
static int choose_degree(const double d[6], int first, int *tries) {
  double a2 = fmax(d[2], d[3]), a3 = fmax(d[3], d[4]);
  if (first)
    for (int m = 1; m <= 2; m++)
      if (a2 <= theta[m]) return m;
  if (a3 <= theta[MOST_DEGREE]) {
    for (int m = 3; m <= 6; m++)
      if (a3 <= theta[m]) return m;
    if (++*tries < 2 && a3 / 2 <= theta[5]) return 0;
  }
  double least = fmin(a3, fmax(d[4], d[5]));
  for (int m = 6; m <= MOST_DEGREE; m++)
    if (least <= theta[m]) return m;
  return 0;
}

/* Roots that bring every eigenvalue within theta[7] of 1. */
static int roots_of_values(la_job *j) {
  const la_scalar *t = j->s[TRI];
  int roots = 0;
  for (int i = 0; i < j->n; i++, t += j->n + 1) {
    la_scalar a = *t;
    int k = 0;
    for (; cabs(a - 1) > theta[MOST_DEGREE]; k++) a = csqrt(a);
    if (k > roots) roots = k;
  }
  return roots;
}

/* Takes roots of s[ROOT] until an approximant fits; 0 when none does. */
static int scale(la_job *j, int *roots) {
  double d[6];
  int tries = 0, least = roots_of_values(j);
  for (*roots = 0; *roots < MOST_ROOTS; ++*roots) {
    if (*roots >= least) {
      power_norms(j, d);
      int m = choose_degree(d, *roots == least, &tries);
      if (m > 0) return m;
    }
    root_triangle(j->n, j->s[ROOT]);
  }
  return 0;
}

/* s[ROOT] = t^(1/2^roots) - I, diagonal and the entries beside it afresh. */
static void refine_root(la_job *j, int roots) {
  const la_scalar *t = j->s[TRI];
  la_scalar *x = j->s[ROOT];
  size_t n = (size_t)j->n;
  for (size_t i = 0; i < n; i++)
    x[i * n + i] = root_minus_one(t[i * n + i], roots);
  if (roots == 0) return;
  for (size_t i = 1; i < n; i++)
    x[i * n + i - 1] =
        t[i * n + i - 1] * beside(t[(i - 1) * n + i - 1], t[i * n + i],
                                  ldexp(1, -roots));
}

/* Node z in (-1, 1) number i of m of Gauss-Legendre; *slope = P_m'(z). */
static double legendre_node(int m, int i, double *slope) {
  double z = cos(PI * (i + 0.75) / (m + 0.5));
  for (int step = 0; step < 8; step++) {
    double p = 1, before = 0;
    for (int k = 1; k <= m; k++) {
      double next = ((2 * k - 1) * z * p - (k - 1) * before) / k;
      before = p;
      p = next;
    }
    *slope = m * (z * p - before) / (z * z - 1);
    z -= p / *slope;
  }
  return z;
}

/*
** s[SUM] = 2^roots r_m(x), r_m = sum of w x (I + u x)^-1 over the nodes u
** and weights w of Gauss-Legendre on [0, 1] (equation (1.2)); x in s[ROOT].
*/
static void approximate(la_job *j, int m, int roots) {
  const la_type *t = la_types[WEYL_C128];
  const la_scalar one = 1;
  memset(j->s[SUM], 0, entries(j) * sizeof one);
  for (int i = 0; i < m; i++) {
    double slope, z = legendre_node(m, i, &slope);
    double weight = 1 / ((1 - z * z) * slope * slope);
    memset(j->s[POWER], 0, entries(j) * sizeof one);
    t->axpy(entries(j), (1 + z) / 2, j->s[ROOT], j->s[POWER]);
    t->shift(j->n, 1, j->s[POWER]);
    memcpy(j->s[NEXT], j->s[ROOT], entries(j) * sizeof one);
    cblas_ztrsm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans,
                CblasNonUnit, j->n, j->n, &one, j->s[POWER], j->n,
                j->s[NEXT], j->n);
    t->axpy(entries(j), ldexp(weight, roots), j->s[NEXT], j->s[SUM]);
  }
}

/* The diagonal of the logarithm and the entries beside it, directly. */
static void refine_log(la_job *j) {
  const la_scalar *t = j->s[TRI];
  la_scalar *y = j->s[SUM];
  size_t n = (size_t)j->n;
  for (size_t i = 0; i < n; i++) y[i * n + i] = clog(t[i * n + i]);
  for (size_t i = 1; i < n; i++)
    y[i * n + i - 1] = t[i * n + i - 1] *
                       beside(t[(i - 1) * n + i - 1], t[i * n + i], 0);
}

/* ---- the kernel ---- */

/* Fails on an eigenvalue that is 0 or negative up to rounding. */
static weyl_status check_values(la_job *j, const la_scalar *values,
                                double size, size_t i) {
  double rounding = 4 * DBL_EPSILON * j->n * size;
  char name[LA_NAME];
  for (int k = 0; k < j->n; k++) {
    double re = creal(values[k]), im = cimag(values[k]);
    if (re > rounding || fabs(im) > rounding) continue;
    return weyl_fail(WEYL_ENUMERIC,
                     "logm: %s has no principal logarithm: its eigenvalue "
                     "%.6g lies on the closed negative real axis",
                     la_name(name, "x", &j->call->in[0], i), re);
  }
  return WEYL_OK;
}

/* s[SUM] = Q s[SUM] Q^H with the Schur vectors Q in s[BASIS] */
static void leave_schur(la_job *j) {
  const la_scalar one = 1, zero = 0;
  int n = j->n;
  cblas_zgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, &one,
              j->s[BASIS], n, j->s[SUM], n, &zero, j->s[NEXT], n);
  cblas_zgemm(CblasColMajor, CblasNoTrans, CblasConjTrans, n, n, n, &one,
              j->s[NEXT], n, j->s[BASIS], n, &zero, j->s[SUM], n);
}

/* A real matrix without such eigenvalues has a real logarithm. */
static weyl_status check_real(la_job *j, size_t i) {
  const la_scalar *y = j->s[SUM];
  char name[LA_NAME];
  double real = 0, imag = 0;
  for (size_t k = 0; k < entries(j); k++) {
    real = fmax(real, fabs(creal(y[k])));
    imag = fmax(imag, fabs(cimag(y[k])));
  }
  if (imag <= 1e-6 * fmax(real, 1)) return WEYL_OK;
  return weyl_fail(WEYL_ENUMERIC,
                   "logm: the logarithm of %s is not real to rounding "
                   "(imaginary parts up to %.3g); convert it to complex",
                   la_name(name, "x", &j->call->in[0], i), imag);
}

static weyl_status logm_one(la_job *j, const void *x, void *y, size_t i) {
  int roots;
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  j->t->load(entries(j), j->s[TRI], x);
  double size = norm(j, j->s[TRI]);
  if (ask_schur(j, j->s[VALUES], &j->room) != 0) return la_diverged(j, i);
  s = check_values(j, j->s[VALUES], size, i);
  if (s != WEYL_OK) return s;
  memcpy(j->s[ROOT], j->s[TRI], entries(j) * sizeof(la_scalar));
  int degree = scale(j, &roots);
  if (degree == 0) return la_diverged(j, i);
  refine_root(j, roots);
  approximate(j, degree, roots);
  refine_log(j);
  leave_schur(j);
  if (j->t->size == j->t->real) s = check_real(j, i);
  if (s == WEYL_OK) j->t->store(entries(j), y, j->s[SUM]);
  return s;
}

weyl_status weyl_kernel_LOGM(const weyl_call *c) {
  return la_run(c, "logm", prepare_logm, logm_one);
}
