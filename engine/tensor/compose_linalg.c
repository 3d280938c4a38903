/*
** compose_linalg.c: the public functions of linear algebra.
**
** Operands are floats; mixed precisions promote. Matrices are the last two
** dimensions, those before them are a batch and broadcast. A right-hand side
** of rank 1 is a vector for every matrix of the batch (NumPy's rule).
*/
#include <float.h>
#include <math.h>

#include "tensor/compose.h"
#include "tensor/matrix.h"

/* ---- arguments ---- */

/* 1 when x is a float with at least `rank` dimensions (1 or 2). */
static int operand(const char *func, const char *arg, const T *x, int rank) {
  char text[WEYL_SHAPE_TEXT];
  if (!weyl_is_float(x->dtype)) {
    weyl_fail(WEYL_EINVAL,
              "%s: %s must be f32, f64, c64 or c128, got %s "
              "(convert with :to'f32')",
              func, arg, weyl_dtype_name(x->dtype));
    return 0;
  }
  if (x->rank >= rank) return 1;
  weyl_fail(WEYL_EINVAL, "%s: %s must be a %s, got shape %s", func, arg,
            rank == 1 ? "vector or matrix" : "matrix [.., m, n]",
            weyl_shape_text(text, x->rank, x->dims));
  return 0;
}

/* Brings two floats to their common dtype. */
static int agree(B *b, T **x, T **y) {
  int dtype = weyl_promote((*x)->dtype, (*y)->dtype);
  *x = b_cast(b, *x, dtype);
  *y = b_cast(b, *y, dtype);
  return *x != NULL && *y != NULL;
}

/* 1 when dimension i of x equals dimension j of y. */
static int fits(const char *func, const char *xname, const T *x, int i,
                const char *yname, const T *y, int j) {
  char tx[WEYL_SHAPE_TEXT], ty[WEYL_SHAPE_TEXT];
  if (x->dims[i] == y->dims[j]) return 1;
  weyl_fail(WEYL_EINVAL,
            "%s: %s %s and %s %s do not fit: dimension %d of %s is %lld, "
            "dimension %d of %s is %lld",
            func, xname, weyl_shape_text(tx, x->rank, x->dims), yname,
            weyl_shape_text(ty, y->rank, y->dims), i + 1, xname,
            (long long)x->dims[i], j + 1, yname, (long long)y->dims[j]);
  return 0;
}

/* The dimension that a product or a system runs over: of a vector its own. */
static int rows_dim(const T *x) { return x->rank == 1 ? 0 : x->rank - 2; }

static T *last_squeezed(B *b, T *x) {
  return x == NULL ? NULL : b_squeeze(b, x, x->rank - 1);
}

/* ---- products ---- */

int weyl_build_matmul(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *y = a[1].t;
  if (!operand("matmul", "x", x, 1) || !operand("matmul", "y", y, 1) ||
      !fits("matmul", "x", x, x->rank - 1, "y", y, rows_dim(y)) ||
      !agree(b, &x, &y))
    return 0;
  int row = x->rank == 1, column = y->rank == 1;
  if (row) x = b_unsqueeze(b, x, 0);
  if (column) y = b_unsqueeze(b, y, 1);
  T *p = b_product(b, x, y);
  if (column) p = last_squeezed(b, p);
  if (row && p != NULL) p = b_squeeze(b, p, column ? p->rank - 1
                                                   : p->rank - 2);
  return compose_one(out, p);
}

static int vector(const char *func, const char *arg, const T *x) {
  char text[WEYL_SHAPE_TEXT];
  if (x->rank == 1) return 1;
  weyl_fail(WEYL_EINVAL, "%s: %s must be a vector, got shape %s", func, arg,
            weyl_shape_text(text, x->rank, x->dims));
  return 0;
}

int weyl_build_outer(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *y = a[1].t;
  if (!vector("outer", "x", x) || !vector("outer", "y", y)) return 0;
  return compose_one(out, b_mul(b, b_unsqueeze(b, x, 1), y));
}

int weyl_build_dot(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *y = a[1].t;
  if (!vector("dot", "x", x) || !vector("dot", "y", y) ||
      !fits("dot", "x", x, 0, "y", y, 0))
    return 0;
  return compose_one(out, b_sum(b, b_mul(b, x, y), 1, 0));
}

/* x [.., n, m] as [.., n, 1, m, 1] or, inner, [.., 1, n, 1, m] */
static T *spread(B *b, T *x, int inner) {
  int row = x->rank - 2;
  T *y = b_unsqueeze(b, x, inner ? row : row + 1);
  return b_unsqueeze(b, y, inner ? row + 2 : row + 3);
}

/* Both batches broadcast, as in a product. */
int weyl_build_kron(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *y = a[1].t;
  if (!operand("kron", "x", x, 2) || !operand("kron", "y", y, 2)) return 0;
  if (x->rank > WEYL_MAX_RANK - 2 || y->rank > WEYL_MAX_RANK - 2) {
    weyl_fail(WEYL_EINVAL, "kron: rank %d is too high, the most is %d",
              x->rank > y->rank ? x->rank : y->rank, WEYL_MAX_RANK - 2);
    return 0;
  }
  T *p = b_mul(b, spread(b, x, 0), spread(b, y, 1));
  if (p == NULL) return 0;
  int64_t dims[WEYL_MAX_RANK];
  int batch = p->rank - 4;
  for (int i = 0; i < batch; i++) dims[i] = p->dims[i];
  dims[batch] = p->dims[batch] * p->dims[batch + 1];
  dims[batch + 1] = p->dims[batch + 2] * p->dims[batch + 3];
  return compose_one(out, b_reshape(b, p, batch + 2, dims));
}

/* ---- parts of matrices; any dtype ---- */

static int matrix(const char *func, const T *x) {
  char text[WEYL_SHAPE_TEXT];
  if (x->rank >= 2) return 1;
  weyl_fail(WEYL_EINVAL, "%s: x must be a matrix [.., m, n], got shape %s",
            func, weyl_shape_text(text, x->rank, x->dims));
  return 0;
}

int weyl_build_trace(B *b, const weyl_arg *a, T **out) {
  if (!matrix("trace", a[0].t)) return 0;
  return compose_one(out, b_trace(b, a[0].t));
}

int weyl_build_diag(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (x->rank == 1) return compose_one(out, b_diag_embed(b, x));
  return matrix("diag", x) ? compose_one(out, b_diagonal(b, x)) : 0;
}

int weyl_build_tril(B *b, const weyl_arg *a, T **out) {
  if (!matrix("tril", a[0].t)) return 0;
  return compose_one(out, b_triangle(b, a[0].t, 0, a[1].i));
}

int weyl_build_triu(B *b, const weyl_arg *a, T **out) {
  if (!matrix("triu", a[0].t)) return 0;
  return compose_one(out, b_triangle(b, a[0].t, 1, a[1].i));
}

/* ---- systems ---- */

/* A checked system: a [.., n, n] or [.., m, n], right-hand side as matrix. */
typedef struct linear_system {
  T *a, *rhs;
  int vector; /* the right-hand side was one */
} linear_system;

static int open_system(B *b, const char *func, const weyl_arg *args,
                       linear_system *s) {
  T *a = args[0].t, *rhs = args[1].t;
  if (!operand(func, "a", a, 2) || !operand(func, "b", rhs, 1) ||
      !fits(func, "a", a, a->rank - 2, "b", rhs, rows_dim(rhs)) ||
      !agree(b, &a, &rhs))
    return 0;
  s->vector = rhs->rank == 1;
  s->a = a;
  s->rhs = s->vector ? b_unsqueeze(b, rhs, 1) : rhs;
  return s->rhs != NULL;
}

static int close_system(B *b, const linear_system *s, T *x, T **out) {
  return compose_one(out, s->vector ? last_squeezed(b, x) : x);
}

int weyl_build_solve(B *b, const weyl_arg *a, T **out) {
  linear_system s;
  if (!open_system(b, "solve", a, &s)) return 0;
  T *x = b_op(b, OP_SOLVE, 2, (T *[]){s.a, s.rhs}, 0, NULL);
  return close_system(b, &s, x, out);
}

int weyl_build_solve_triangular(B *b, const weyl_arg *a, T **out) {
  linear_system s;
  if (!open_system(b, "solve_triangular", a, &s)) return 0;
  T *x = b_trisolve(b, s.a, s.rhs, a[2].i != 0, a[3].i != 0);
  return close_system(b, &s, x, out);
}

/*
** The Moore-Penrose inverse. Singular values up to rcond times the largest
** count as 0; unless given, rcond is max(m, n) times the dtype's rounding.
*/
static T *pseudo_inverse(B *b, const char *func, T *x, const weyl_arg *arg) {
  double eps = weyl_real_of(x->dtype) == WEYL_F32 ? FLT_EPSILON : DBL_EPSILON;
  int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
  double rcond = arg->given ? arg->f : eps * (double)(m > n ? m : n);
  if (!(rcond >= 0)) {
    weyl_fail(WEYL_EINVAL, "%s: rcond must be at least 0, got %g", func,
              rcond);
    return NULL;
  }
  int64_t attr = weyl_double_bits(rcond);
  return b_op(b, OP_PINV, 1, &x, 1, &attr);
}

int weyl_build_pinv(B *b, const weyl_arg *a, T **out) {
  if (!operand("pinv", "x", a[0].t, 2)) return 0;
  return compose_one(out, pseudo_inverse(b, "pinv", a[0].t, &a[1]));
}

/*
** The pseudoinverse handles every rank: of all x with the least |a x - b| it
** gives the shortest, and its derivative needs no gap between singular
** values, as one through svd would.
*/
int weyl_build_lstsq(B *b, const weyl_arg *a, T **out) {
  linear_system s;
  if (!open_system(b, "lstsq", a, &s)) return 0;
  T *inverse = pseudo_inverse(b, "lstsq", s.a, &a[2]);
  return close_system(b, &s, b_matmul(b, inverse, s.rhs), out);
}

/* ---- decompositions: packed results become views ---- */

static b_parts decompose(B *b, weyl_opcode op, T *x) {
  return b_split(b, op, x, b_unary(b, op, x));
}

int weyl_build_slogdet(B *b, const weyl_arg *a, T **out) {
  b_parts p = decompose(b, OP_SLOGDET, a[0].t);
  return compose_two(out, p.left, b_real_part(b, p.values));
}

int weyl_build_eigh(B *b, const weyl_arg *a, T **out) {
  b_parts p = decompose(b, OP_EIGH, a[0].t);
  return compose_two(out, b_real_part(b, p.values), p.right);
}

int weyl_build_svd(B *b, const weyl_arg *a, T **out) {
  b_parts p = decompose(b, OP_SVD, a[0].t);
  out[2] = p.right;
  int n = compose_two(out, p.left, b_real_part(b, p.values));
  return n == 2 && p.right != NULL ? 3 : 0;
}

int weyl_build_qr(B *b, const weyl_arg *a, T **out) {
  b_parts p = decompose(b, OP_QR, a[0].t);
  return compose_two(out, p.left, p.right);
}
