/*
** linalg_solve.c: kernels of linear systems: TRISOLVE, SOLVE, INV, DET,
** SLOGDET. All but the first by LU with partial pivoting; linalg_type.inc
** says how the factors of the transpose are used directly.
*/
#include <math.h>
#include <string.h>

#include "exec/linalg.h"

/* ---- systems a x = b; batches of a and b broadcast ---- */

typedef struct la_system {
  const weyl_call *call;
  const char *op;
  const la_type *t;
  int n, m;             /* a [n, n], b and x [n, m] */
  size_t asize, bsize;  /* bytes of one matrix */
} la_system;

/* Which matrix of operand x belongs to matrix i of the output. */
static size_t source(const weyl_operand *x, const weyl_operand *out,
                     size_t i) {
  size_t index = 0, step = 1;
  for (int d = out->rank - 3, e = x->rank - 3; e >= 0; d--, e--) {
    size_t at = i % (size_t)out->dims[d];
    i /= (size_t)out->dims[d];
    if (x->dims[e] == 1) continue;
    index += at * step;
    step *= (size_t)x->dims[e];
  }
  return index;
}

static void open_system(la_system *y, const weyl_call *c, const char *op) {
  const weyl_operand *out = &c->out;
  y->call = c;
  y->op = op;
  y->t = la_types[out->dtype];
  y->n = (int)out->dims[out->rank - 2];
  y->m = (int)out->dims[out->rank - 1];
  y->asize = (size_t)y->n * (size_t)y->n * y->t->size;
  y->bsize = (size_t)y->n * (size_t)y->m * y->t->size;
  la_threads(y->n, y->n, y->m > y->n ? y->m : y->n);
}

static size_t system_batch(const la_system *y) {
  if (y->bsize == 0) return 0;
  return (size_t)y->call->out.size / ((size_t)y->n * (size_t)y->m);
}

/* Copies the right-hand side of output matrix i to where x will be. */
static void *copy_rhs(const la_system *y, size_t i) {
  const weyl_operand *b = &y->call->in[1];
  char *x = (char *)y->call->out.data + i * y->bsize;
  const char *from = b->data;
  memcpy(x, from + source(b, &y->call->out, i) * y->bsize, y->bsize);
  return x;
}

/* The first zero on the diagonal of a [n, n], 1-based; 0 if there is none. */
static int zero_pivot(const la_type *t, int n, const char *a) {
  la_scalar z;
  for (int i = 0; i < n; i++, a += ((size_t)n + 1) * t->size) {
    t->load(1, &z, a);
    if (z == 0) return i + 1;
  }
  return 0;
}

/* attr: lower, unit diagonal. The other triangle is not read. */
weyl_status weyl_kernel_TRISOLVE(const weyl_call *c) {
  la_system y;
  open_system(&y, c, "solve_triangular");
  int lower = c->attr[0] != 0, unit = c->attr[1] != 0;
  size_t batch = system_batch(&y);
  for (size_t i = 0; i < batch; i++) {
    size_t k = source(&c->in[0], &c->out, i);
    const char *a = (const char *)c->in[0].data + k * y.asize;
    int pivot = unit ? 0 : zero_pivot(y.t, y.n, a);
    if (pivot > 0) return la_singular(y.op, "a", &c->in[0], k, pivot);
    y.t->trsm(lower, unit, y.n, y.m, a, copy_rhs(&y, i));
  }
  return WEYL_OK;
}

/* A matrix that serves several right-hand sides in a row is factored once. */
static weyl_status solve_all(const la_system *y, void *lu, int *piv) {
  const weyl_operand *a = &y->call->in[0];
  size_t batch = system_batch(y), last = SIZE_MAX;
  for (size_t i = 0; i < batch; i++) {
    size_t k = source(a, &y->call->out, i);
    if (k != last) {
      memcpy(lu, (const char *)a->data + k * y->asize, y->asize);
      int info = y->t->getrf(y->n, lu, piv);
      if (info > 0) return la_singular(y->op, "a", a, k, info);
      last = k;
    }
    y->t->getrs(y->n, y->m, lu, piv, copy_rhs(y, i));
  }
  return WEYL_OK;
}

weyl_status weyl_kernel_SOLVE(const weyl_call *c) {
  la_system y;
  open_system(&y, c, "solve");
  weyl_region region = {0};
  if (y.bsize == 0) return WEYL_OK;
  void *lu = weyl_region_alloc(&region, y.asize);
  int *piv = weyl_region_array(&region, (size_t)y.n, sizeof *piv);
  weyl_status s = lu != NULL && piv != NULL ? solve_all(&y, lu, piv)
                                            : weyl_error_status();
  weyl_region_clear(&region);
  return s;
}

/* ---- one square matrix ---- */

static size_t bytes_of(const la_job *j) {
  return (size_t)j->m * (size_t)j->n * j->t->size;
}

static int prepare_pivots(la_job *j) {
  j->piv = la_scratch(j, (size_t)j->n * sizeof *j->piv);
  return j->piv != NULL;
}

static int prepare_inv(la_job *j) {
  la_room_ask(&j->room);
  j->t->getri(j->n, NULL, NULL, &j->room);
  return prepare_pivots(j) && la_room_fill(j, &j->room);
}

/* Elimination can hide a NaN: parts of the result would look right. */
static weyl_status inv_one(la_job *j, const void *x, void *y, size_t i) {
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  memcpy(y, x, bytes_of(j));
  int info = j->t->getrf(j->n, y, j->piv);
  if (info == 0) info = j->t->getri(j->n, y, j->piv, &j->room);
  if (info == 0) return WEYL_OK;
  return la_singular(j->op, "x", &j->call->in[0], i, info);
}

weyl_status weyl_kernel_INV(const weyl_call *c) {
  return la_run(c, "inv", prepare_inv, inv_one);
}

/* s[0]: LU factors */
static int prepare_lu(la_job *j) {
  j->s[0] = la_matrix(j, j->n, j->n);
  return j->s[0] != NULL && prepare_pivots(j);
}

/* The determinant as a product; a zero pivot makes it 0, no rows make 1. */
static la_scalar determinant(la_job *j, const void *x, la_scalar *sign,
                             double *log_modulus) {
  memcpy(j->s[0], x, bytes_of(j));
  int info = j->n > 0 ? j->t->getrf(j->n, j->s[0], j->piv) : 0;
  if (info == 0)
    return j->t->pivots(j->n, j->s[0], j->piv, sign, log_modulus);
  *sign = 0;
  *log_modulus = -INFINITY;
  return 0;
}

static weyl_status det_one(la_job *j, const void *x, void *y, size_t i) {
  la_scalar sign;
  double log_modulus;
  (void)i;
  la_scalar d = determinant(j, x, &sign, &log_modulus);
  j->t->store(1, y, &d);
  return WEYL_OK;
}

weyl_status weyl_kernel_DET(const weyl_call *c) {
  return la_run(c, "det", prepare_lu, det_one);
}

static weyl_status slogdet_one(la_job *j, const void *x, void *y, size_t i) {
  la_scalar v[2];
  double log_modulus;
  (void)i;
  determinant(j, x, &v[0], &log_modulus);
  v[1] = log_modulus;
  j->t->store(2, y, v);
  return WEYL_OK;
}

weyl_status weyl_kernel_SLOGDET(const weyl_call *c) {
  return la_run(c, "slogdet", prepare_lu, slogdet_one);
}
