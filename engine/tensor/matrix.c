/*
** matrix.c: formulas over matrices.
*/
#include "tensor/matrix.h"

#include <string.h>

T *b_rows(B *b, T *x) {
  if (x == NULL || x->rank == 2) return x;
  int64_t rows = weyl_count(x->rank - 1, x->dims);
  return b_reshape(b, x, 2, (int64_t[]){rows, x->dims[x->rank - 1]});
}

T *b_product(B *b, T *x, T *y) {
  if (x == NULL || y == NULL) return NULL;
  if (y->rank > 2 || x->rank == 2) return b_matmul(b, x, y);
  int64_t dims[WEYL_MAX_RANK];
  memcpy(dims, x->dims, x->rank * sizeof *dims);
  dims[x->rank - 1] = y->dims[1];
  return b_reshape(b, b_matmul(b, b_rows(b, x), y), x->rank, dims);
}

T *b_triangle(B *b, T *x, int upper, int64_t offset) {
  if (x == NULL) return NULL;
  T *row = b_unsqueeze(b, b_iota(b, x->dims[x->rank - 2]), 1);
  T *col = b_iota(b, x->dims[x->rank - 1]);
  T *diagonal = b_add(b, row, b_own(b, weyl_scalar_i64(offset)));
  T *kept = upper ? b_ge(b, col, diagonal) : b_le(b, col, diagonal);
  return b_where(b, kept, x, b_const(b, x, 0));
}

T *b_half_triangle(B *b, T *x, int upper) {
  T *whole = b_triangle(b, x, upper, 0);
  T *strict = b_triangle(b, x, upper, upper ? 1 : -1);
  return b_scale(b, b_add(b, whole, strict), 0.5);
}

T *b_hermitian(B *b, T *x) {
  return b_scale(b, b_add(b, x, b_adjoint(b, x)), 0.5);
}

T *b_trace(B *b, T *x) {
  T *d = b_diagonal(b, x);
  return d == NULL ? NULL : b_sum(b, d, b_last_dim(d), 0);
}

T *b_real_part(B *b, T *x) {
  return x == NULL || weyl_is_real(x->dtype) ? x : b_real(b, x);
}

T *b_scale_columns(B *b, T *x, T *v) {
  return v == NULL ? NULL : b_mul(b, x, b_unsqueeze(b, v, v->rank - 1));
}

T *b_scale_rows(B *b, T *v, T *x) {
  return v == NULL ? NULL : b_mul(b, b_unsqueeze(b, v, v->rank), x);
}

T *b_trisolve(B *b, T *a, T *y, int upper, int unit) {
  return b_op(b, OP_TRISOLVE, 2, (T *[]){a, y}, 2,
              (int64_t[]){!upper, unit});
}

T *b_largest(B *b, T *x, uint32_t mask) {
  if (x == NULL) return NULL;
  weyl_opcode op = x->size == 0 ? OP_SUM : OP_MAX;
  return b_reduce(b, op, b_abs(b, x), mask, 1);
}

/* Numbers of the last dimension, from start, as matrices [.., rows, cols] */
static T *unpack(B *b, T *packed, int64_t start, int64_t rows, int64_t cols) {
  int last = packed->rank - 1;
  int64_t dims[WEYL_MAX_RANK];
  memcpy(dims, packed->dims, (size_t)last * sizeof *dims);
  dims[last] = rows;
  dims[last + 1] = cols;
  T *part = b_slice(b, packed, last, start, rows * cols, 1);
  return b_reshape(b, part, last + 2, dims);
}

/* Entry k of one dimension, which goes. */
static T *entry(B *b, T *x, int dim, int64_t k) {
  return b_squeeze(b, b_slice(b, x, dim, k, 1, 1), dim);
}

b_parts b_split(B *b, weyl_opcode op, const T *x, T *packed) {
  b_parts p = {NULL, NULL, NULL};
  if (packed == NULL) return p;
  int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
  int64_t k = m < n ? m : n;
  int last = packed->rank - 1;
  switch (op) {
    case OP_SLOGDET:
      p.left = entry(b, packed, last, 0);
      p.values = entry(b, packed, last, 1);
      break;
    case OP_EIGH:
      p.values = entry(b, packed, last - 1, 0);
      p.right = b_slice(b, packed, last - 1, 1, n, 1);
      break;
    case OP_SVD:
      p.left = unpack(b, packed, 0, m, k);
      p.values = b_slice(b, packed, last, m * k, k, 1);
      p.right = unpack(b, packed, m * k + k, k, n);
      break;
    default: /* QR */
      p.left = unpack(b, packed, 0, m, k);
      p.right = unpack(b, packed, m * k, k, n);
  }
  return p;
}

T *b_pack(B *b, T *x) {
  if (x == NULL) return NULL;
  int rank = x->rank - 1;
  int64_t dims[WEYL_MAX_RANK];
  memcpy(dims, x->dims, (size_t)rank * sizeof *dims);
  dims[rank - 1] = x->dims[rank - 1] * x->dims[rank];
  return b_reshape(b, x, rank, dims);
}
