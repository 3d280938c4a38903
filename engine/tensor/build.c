/*
** build.c: the builder, and the formulas written with it.
**
** Invariants:
** - a builder holds one reference to each node it made, released when it
**   closes; results leave it with a reference of their own;
** - NULL in, NULL out: once a step has failed nothing more is made, and the
**   message of the first failure stands;
** - steps that change nothing (casts to the own dtype, reshapes to the own
**   shape, whole slices) make no node.
*/
#include "tensor/build.h"

#include <string.h>

#define FEW (sizeof(((B *)0)->few) / sizeof(T *))

/* ---- the builder ---- */

void b_open(B *b) {
  b->made = b->few;
  b->n = 0;
  b->cap = FEW;
}

/* More room; the first nodes move to the heap. */
static int grow(B *b) {
  T **made = b->made == b->few ? NULL : b->made;
  made = weyl_realloc(made, 2 * b->cap * sizeof *made);
  if (made == NULL) return 0;
  if (b->made == b->few) memcpy(made, b->few, sizeof b->few);
  b->made = made;
  b->cap *= 2;
  return 1;
}

/* Takes over t, also when it fails. */
T *b_own(B *b, T *t) {
  if (t == NULL) return NULL;
  if (b->n == b->cap && !grow(b)) {
    weyl_release(t);
    return NULL;
  }
  return b->made[b->n++] = t;
}

/* Results may be inputs that b never owned; all get a reference alike. */
int b_close_all(B *b, int n, T **results) {
  int ok = 1;
  for (int i = 0; i < n; i++) ok &= results[i] != NULL;
  for (int i = 0; ok && i < n; i++) weyl_retain(results[i]);
  while (b->n > 0) weyl_release(b->made[--b->n]);
  if (b->made != b->few) weyl_free(b->made);
  b_open(b);
  return ok;
}

T *b_close(B *b, T *result) {
  return b_close_all(b, 1, &result) ? result : NULL;
}

T *b_op(B *b, weyl_opcode op, int nin, T *const *in, int nattr,
        const int64_t *attr) {
  for (int i = 0; i < nin; i++)
    if (in[i] == NULL) return NULL;
  return b_own(b, weyl_make(op, nin, in, nattr, attr));
}

/* One input. */
static T *apply(B *b, weyl_opcode op, T *x, int nattr, const int64_t *attr) {
  if (x == NULL) return NULL;
  return b_own(b, weyl_make(op, 1, &x, nattr, attr));
}

/* ---- elementwise ---- */

T *b_unary(B *b, weyl_opcode op, T *x) {
  return apply(b, op, x, 0, NULL);
}

T *b_cast(B *b, T *x, int dtype) {
  if (x == NULL || x->dtype == dtype) return x;
  int64_t attr = dtype;
  return apply(b, OP_CAST, x, 1, &attr);
}

/* Brings two tensors to their common dtype. */
static int promote(B *b, weyl_opcode op, T **x, T **y) {
  if (*x == NULL || *y == NULL) return 0;
  if ((*x)->dtype == (*y)->dtype) return 1;
  int dtype = weyl_promote((*x)->dtype, (*y)->dtype);
  if (dtype < 0) {
    weyl_fail(WEYL_EINVAL, "%s: %s and %s do not mix (convert one with :to)",
              weyl_ops[op].name, weyl_dtype_name((*x)->dtype),
              weyl_dtype_name((*y)->dtype));
    return 0;
  }
  *x = b_cast(b, *x, dtype);
  *y = b_cast(b, *y, dtype);
  return *x != NULL && *y != NULL;
}

/* The one place where dtypes meet; shapes meet in the shape rule. */
T *b_binary(B *b, weyl_opcode op, T *x, T *y) {
  if (!promote(b, op, &x, &y)) return NULL;
  return b_own(b, weyl_make(op, 2, (T *[]){x, y}, 0, NULL));
}

T *b_where(B *b, T *cond, T *x, T *y) {
  if (cond == NULL || !promote(b, OP_WHERE, &x, &y)) return NULL;
  return b_own(b, weyl_make(OP_WHERE, 3, (T *[]){cond, x, y}, 0, NULL));
}

/* Rules conjugate freely: real numbers pay nothing for it. */
T *b_conj(B *b, T *x) {
  if (x == NULL || !weyl_is_complex(x->dtype)) return x;
  return b_unary(b, OP_CONJ, x);
}

T *b_const(B *b, T *like, double v) {
  return like == NULL ? NULL : b_scalar(b, like->dtype, v);
}

T *b_scale(B *b, T *x, double v) {
  return b_mul(b, x, b_const(b, x, v));
}

T *b_offset(B *b, T *x, double v) {
  return b_add(b, x, b_const(b, x, v));
}

/* ---- creation ---- */

T *b_scalar(B *b, int dtype, double v) {
  return b_own(b, weyl_scalar(dtype, v));
}

/* Constants of any shape are one number, read with strides 0. */
T *b_full(B *b, int dtype, int rank, const int64_t *dims, double v) {
  return b_broadcast(b, b_scalar(b, dtype, v), rank, dims);
}

T *b_zeros_like(B *b, T *x) {
  return b_broadcast_like(b, b_const(b, x, 0), x);
}

T *b_ones_like(B *b, T *x) {
  return b_broadcast_like(b, b_const(b, x, 1), x);
}

T *b_iota(B *b, int64_t n) {
  return b_op(b, OP_IOTA, 0, NULL, 1, &n);
}

/* (row == column), so an identity takes no memory inside a formula. */
T *b_eye(B *b, int dtype, int64_t n, int64_t m) {
  T *row = b_iota(b, n), *column = n == m ? row : b_iota(b, m);
  return b_cast(b, b_eq(b, b_unsqueeze(b, row, 1), column), dtype);
}

/* ---- shape ---- */

static int has_shape(const T *x, int rank, const int64_t *dims) {
  if (x->rank != rank) return 0;
  for (int i = 0; i < rank; i++)
    if (x->dims[i] != dims[i]) return 0;
  return 1;
}

T *b_reshape(B *b, T *x, int rank, const int64_t *dims) {
  if (x == NULL || has_shape(x, rank, dims)) return x;
  return apply(b, OP_RESHAPE, x, rank, dims);
}

T *b_reshape_like(B *b, T *x, const T *like) {
  return like == NULL ? NULL : b_reshape(b, x, like->rank, like->dims);
}

/* perm[i]: the dim of x that becomes dim i */
T *b_permute(B *b, T *x, const int *perm) {
  int64_t attr[WEYL_MAX_RANK];
  int moves = 0;
  if (x == NULL) return NULL;
  for (int i = 0; i < x->rank; i++) {
    attr[i] = perm[i];
    moves |= perm[i] != i;
  }
  return moves ? apply(b, OP_PERMUTE, x, x->rank, attr) : x;
}

T *b_swap(B *b, T *x, int i, int j) {
  int perm[WEYL_MAX_RANK];
  if (x == NULL) return NULL;
  for (int k = 0; k < x->rank; k++) perm[k] = k;
  perm[i] = j;
  perm[j] = i;
  return b_permute(b, x, perm);
}

T *b_transpose(B *b, T *x) {
  return x == NULL ? NULL : b_swap(b, x, x->rank - 2, x->rank - 1);
}

T *b_adjoint(B *b, T *x) {
  return b_conj(b, b_transpose(b, x));
}

T *b_broadcast(B *b, T *x, int rank, const int64_t *dims) {
  if (x == NULL || has_shape(x, rank, dims)) return x;
  return apply(b, OP_BROADCAST, x, rank, dims);
}

T *b_broadcast_like(B *b, T *x, const T *like) {
  return like == NULL ? NULL : b_broadcast(b, x, like->rank, like->dims);
}

/* One dim more than fits is refused by reshape's rule. */
T *b_unsqueeze(B *b, T *x, int dim) {
  int64_t dims[WEYL_MAX_RANK + 1];
  if (x == NULL) return NULL;
  for (int i = 0; i < dim; i++) dims[i] = x->dims[i];
  dims[dim] = 1;
  for (int i = dim; i < x->rank; i++) dims[i + 1] = x->dims[i];
  return b_reshape(b, x, x->rank + 1, dims);
}

T *b_squeeze(B *b, T *x, int dim) {
  int64_t dims[WEYL_MAX_RANK];
  if (x == NULL) return NULL;
  for (int i = 0; i < dim; i++) dims[i] = x->dims[i];
  for (int i = dim + 1; i < x->rank; i++) dims[i - 1] = x->dims[i];
  return b_reshape(b, x, x->rank - 1, dims);
}

/* attr of a SLICE that takes everything */
static void whole(const T *x, int64_t *attr) {
  for (int i = 0; i < x->rank; i++) {
    attr[3 * i] = 0;
    attr[3 * i + 1] = x->dims[i];
    attr[3 * i + 2] = 1;
  }
}

/* Entries start, start + step, .. (count of them) of one dim. */
T *b_slice(B *b, T *x, int dim, int64_t start, int64_t count, int64_t step) {
  int64_t attr[3 * WEYL_MAX_RANK];
  if (x == NULL) return NULL;
  if (start == 0 && step == 1 && count == x->dims[dim]) return x;
  whole(x, attr);
  attr[3 * dim] = start;
  attr[3 * dim + 1] = count;
  attr[3 * dim + 2] = step;
  return apply(b, OP_SLICE, x, 3 * x->rank, attr);
}

T *b_flip(B *b, T *x, int dim) {
  if (x == NULL || x->dims[dim] < 2) return x;
  return b_slice(b, x, dim, x->dims[dim] - 1, x->dims[dim], -1);
}

T *b_diagonal(B *b, T *x) {
  return b_unary(b, OP_DIAGONAL, x);
}

/* A selection, not a product with the identity: NaN stays on the diagonal. */
T *b_diag_embed(B *b, T *x) {
  if (x == NULL) return NULL;
  int64_t n = x->dims[x->rank - 1];
  T *on = b_eye(b, WEYL_BOOL, n, n);
  return b_where(b, on, b_unsqueeze(b, x, x->rank), b_const(b, x, 0));
}

T *b_stop(B *b, T *x) {
  return b_unary(b, OP_STOP, x);
}

/* ---- reductions ---- */

/* Nothing to fold leaves x as it is. */
T *b_reduce(B *b, weyl_opcode op, T *x, uint32_t mask, int keep) {
  int64_t attr = mask, dims[WEYL_MAX_RANK];
  int rank = 0;
  if (x == NULL || mask == 0) return x;
  T *y = apply(b, op, x, 1, &attr);
  if (keep) return y;
  for (int i = 0; i < x->rank; i++)
    if (!(mask >> i & 1)) dims[rank++] = x->dims[i];
  return b_reshape(b, y, rank, dims);
}

T *b_sum(B *b, T *x, uint32_t mask, int keep) {
  return b_reduce(b, OP_SUM, x, mask, keep);
}

/* Sums over the dims that like lacks or has as 1. */
T *b_sum_to(B *b, T *x, const T *like) {
  if (x == NULL || like == NULL) return NULL;
  if (weyl_same_shape(x, like)) return x;
  int lead = x->rank - like->rank;
  uint32_t mask = (1u << lead) - 1;
  for (int i = 0; i < like->rank; i++)
    if (like->dims[i] == 1 && x->dims[lead + i] != 1)
      mask |= 1u << (lead + i);
  return b_reshape_like(b, b_sum(b, x, mask, 1), like);
}

/* ---- linear algebra ---- */

T *b_matmul(B *b, T *x, T *y) {
  return b_binary(b, OP_MATMUL, x, y);
}

/* dtypes must agree */
T *b_concat(B *b, int n, T *const *xs, int dim) {
  int64_t attr = dim;
  if (n == 1) return xs[0];
  return b_op(b, OP_CONCAT, n, xs, 1, &attr);
}
