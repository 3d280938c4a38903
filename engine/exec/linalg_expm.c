/*
** linalg_expm.c: the kernel EXPM.
**
** Scaling and squaring with diagonal Pade approximants: N. J. Higham, "The
** scaling and squaring method for the matrix exponential revisited", SIAM J.
** Matrix Anal. Appl. 26 (2005), algorithm 2.3, with the bounds of its table
** 2.3 for double and of its section on single precision. The maximum row
** sum serves as the norm: it is the 1-norm of the transpose.
*/
#include <math.h>
#include <string.h>

#include "exec/linalg.h"

/* The approximant of degree `degree` is good up to norm `bound`. */
typedef struct degree_bound {
  int degree;
  double bound;
} degree_bound;

static const degree_bound single_bounds[] = {
    {3, 4.258730034897931e-1}, {5, 1.880152677804762}, {7, 3.925724783138660},
    {0, 0}};
static const degree_bound double_bounds[] = {
    {3, 1.495585217958292e-2}, {5, 2.539398330063230e-1},
    {7, 9.504178996162932e-1}, {9, 2.097847961257068},
    {13, 5.371920351148152},   {0, 0}};

/* Scratch in j->s, all [n, n]; powers are made as far as they are needed. */
enum { X, X2, X4, X6, X8, ODD, EVEN, SUM };

static int prepare_expm(la_job *j) {
  for (int i = X; i <= SUM; i++)
    if ((j->s[i] = la_matrix(j, j->n, j->n)) == NULL) return 0;
  j->piv = la_scratch(j, (size_t)j->n * sizeof *j->piv);
  return j->piv != NULL;
}

static size_t entries(const la_job *j) {
  return (size_t)j->n * (size_t)j->n;
}

static void multiply(la_job *j, const void *a, const void *b, void *c) {
  j->t->gemm(0, 0, j->n, j->n, j->n, a, b, c);
}

/* c[i] = (2q - i)! q! / ((2q)! (q - i)! i!), equation (2.2) */
static void coefficients(int q, double c[14]) {
  c[0] = 1;
  for (int i = 1; i <= q; i++)
    c[i] = c[i - 1] * (q - i + 1) / ((double)i * (2 * q - i + 1));
}

/* Even powers that degree q needs: x^2 .. x^(2 top). */
static int top_power(int q) { return q == 13 ? 3 : q / 2; }

/* to = sum of c[2i] x^(2i) for 2i <= q; for q = 13 by equation (2.5) */
static void even_sum(la_job *j, int q, const double *c, void *to) {
  const la_type *t = j->t;
  int top = top_power(q);
  memset(to, 0, entries(j) * t->size);
  if (q == 13) {
    memset(j->s[SUM], 0, entries(j) * t->size);
    for (int i = 1; i <= top; i++)
      t->axpy(entries(j), c[2 * i + 6], j->s[X + i], j->s[SUM]);
    multiply(j, j->s[X6], j->s[SUM], to);
  }
  for (int i = 1; i <= top; i++)
    t->axpy(entries(j), c[2 * i], j->s[X + i], to);
  t->shift(j->n, c[0], to);
}

/* s[SUM] = the approximant of degree q at s[X] */
static void pade(la_job *j, int q) {
  const la_type *t = j->t;
  double c[14];
  coefficients(q, c);
  multiply(j, j->s[X], j->s[X], j->s[X2]);
  for (int i = X4; i <= X + top_power(q); i++)
    multiply(j, j->s[X2], j->s[i - 1], j->s[i]);
  even_sum(j, q, c + 1, j->s[EVEN]);
  multiply(j, j->s[X], j->s[EVEN], j->s[ODD]);
  even_sum(j, q, c, j->s[EVEN]);
  memcpy(j->s[SUM], j->s[EVEN], entries(j) * t->size);
  t->axpy(entries(j), 1, j->s[ODD], j->s[SUM]);
  t->axpy(entries(j), -1, j->s[ODD], j->s[EVEN]);
  t->getrf(j->n, j->s[EVEN], j->piv); /* regular below the bounds */
  t->getrs(j->n, j->n, j->s[EVEN], j->piv, j->s[SUM]);
}

static weyl_status expm_one(la_job *j, const void *x, void *y, size_t i) {
  const la_type *t = j->t;
  const degree_bound *d =
      t->real == sizeof(float) ? single_bounds : double_bounds;
  int halvings = 0;
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  double norm = t->norm(j->n, x);
  while (norm > d->bound && d[1].degree != 0) d++;
  if (norm > d->bound) frexp(norm / d->bound, &halvings);
  memcpy(j->s[X], x, entries(j) * t->size);
  t->turn(entries(j), j->s[X], 1, ldexp(1, -halvings));
  pade(j, d->degree);
  for (; halvings > 0; halvings--) {
    void *square = j->s[ODD];
    multiply(j, j->s[SUM], j->s[SUM], square);
    j->s[ODD] = j->s[SUM];
    j->s[SUM] = square;
  }
  memcpy(y, j->s[SUM], entries(j) * t->size);
  return WEYL_OK;
}

weyl_status weyl_kernel_EXPM(const weyl_call *c) {
  return la_run(c, "expm", prepare_expm, expm_one);
}
