/*
** rules_linalg.c: derivatives of products, factorisations, systems,
** determinants and matrix functions.
**
** Sources: M. B. Giles, "Collected matrix derivative results for forward and
** reverse mode algorithmic differentiation" (2008); for functions of a
** matrix N. J. Higham, "Functions of Matrices" (2008), theorem 3.6. All hold
** for complex matrices under the inner product of autodiff.h when transposes
** are read as adjoints. Shapes are those of one matrix; all rules batch.
*/
#include "autodiff/rules.h"
#include "tensor/matrix.h"

/* ---- products ---- */

/*
** y = x w: g w^H and x^H g, summed over what was broadcast. One matrix w
** under a batch x takes its cotangent from a single product over all rows.
*/
static T *matmul_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *x = y->in[0], *w = y->in[1];
  (void)zero;
  if (i == 0) return b_sum_to(b, b_product(b, g, b_adjoint(b, w)), x);
  if (w->rank == 2) {
    x = b_rows(b, x);
    g = b_rows(b, g);
  }
  return b_sum_to(b, b_matmul(b, b_adjoint(b, x), g), w);
}

static T *matmul_jvp(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  return i == 0 ? b_product(b, t, y->in[1]) : b_product(b, y->in[0], t);
}

RULE_MAPS(MATMUL, matmul_vjp, matmul_jvp)

/* ---- systems ---- */

/* a^-H g, the cotangent of the right-hand side of y = a^-1 r */
static T *rhs_cotangent(B *b, T *y, T *g) {
  T *a = b_adjoint(b, y->in[0]);
  if (y->op == OP_TRISOLVE)
    return b_trisolve(b, a, g, y->attr[0] != 0, y->attr[1] != 0);
  return b_op(b, OP_SOLVE, 2, (T *[]){a, g}, 0, NULL);
}

/* Keeps the entries of a that the operation reads. */
static T *entries_read(B *b, const T *y, T *a) {
  if (y->op == OP_SOLVE) return a;
  int upper = y->attr[0] == 0, unit = y->attr[1] != 0;
  return b_triangle(b, a, upper, !unit ? 0 : upper ? 1 : -1);
}

/* With h = a^-H g: h for the right-hand side and -h y^H for a. */
static T *solve_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *h = rhs_cotangent(b, y, g);
  (void)zero;
  if (i == 1) return b_sum_to(b, h, y->in[1]);
  T *a = b_neg(b, b_matmul(b, h, b_adjoint(b, y)));
  return entries_read(b, y, b_sum_to(b, a, y->in[0]));
}

/* a^-1 t for the right-hand side and -a^-1 t y for a */
static T *solve_jvp(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  if (i == 0) t = b_neg(b, b_product(b, entries_read(b, y, t), y));
  return b_op(b, (weyl_opcode)y->op, 2, (T *[]){y->in[0], t}, y->nattr,
              y->attr);
}

RULE_MAPS(SOLVE, solve_vjp, solve_jvp)
RULE_MAPS(TRISOLVE, solve_vjp, solve_jvp)

/* y = x^-1: -y^H g y^H and -y t y */
static T *inv_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *h = b_adjoint(b, y);
  (void)i, (void)zero;
  return b_neg(b, b_matmul(b, b_matmul(b, h, g), h));
}

static T *inv_jvp(B *b, T *y, int i, T *t, int *zero) {
  (void)i, (void)zero;
  return b_neg(b, b_matmul(b, b_matmul(b, y, t), y));
}

RULE_MAPS(INV, inv_vjp, inv_jvp)

/* ---- Cholesky: x = L L^H, with x read as (x + x^H) / 2 ---- */

/* The Hermitian part of L^-H half(L^H g) L^-1, half as b_half_triangle */
static T *cholesky_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *lh = b_adjoint(b, y);
  (void)i, (void)zero;
  T *p = b_trisolve(b, lh, b_half_triangle(b, b_matmul(b, lh, g), 0), 1, 0);
  return b_hermitian(b, b_trisolve(b, lh, b_adjoint(b, p), 1, 0));
}

/* L half(L^-1 t L^-H) for the Hermitian part of t */
static T *cholesky_jvp(B *b, T *y, int i, T *t, int *zero) {
  (void)i, (void)zero;
  T *p = b_trisolve(b, y, b_hermitian(b, t), 0, 0);
  p = b_trisolve(b, y, b_adjoint(b, p), 0, 0);
  return b_matmul(b, y, b_half_triangle(b, p, 0));
}

RULE_MAPS(CHOLESKY, cholesky_vjp, cholesky_jvp)

/* ---- determinants ---- */

/* v [..] -> [.., 1, 1] */
static T *as_matrix(B *b, T *v) {
  if (v == NULL) return NULL;
  return b_unsqueeze(b, b_unsqueeze(b, v, v->rank), v->rank + 1);
}

/* sum conj(x) y over each matrix: the trace of x^H y */
static T *inner(B *b, T *x, T *y) {
  T *p = b_mul(b, b_conj(b, x), y);
  return p == NULL ? NULL : b_sum(b, p, 3u << (p->rank - 2), 0);
}

static T *inverse_adjoint(B *b, T *x) {
  return b_adjoint(b, b_unary(b, OP_INV, x));
}

/* COFACTOR is the gradient, so singular matrices need no exception. */
static T *det_vjp(B *b, T *y, int i, T *g, int *zero) {
  (void)i, (void)zero;
  return b_mul(b, as_matrix(b, g), b_unary(b, OP_COFACTOR, y->in[0]));
}

static T *det_jvp(B *b, T *y, int i, T *t, int *zero) {
  (void)i, (void)zero;
  return inner(b, b_unary(b, OP_COFACTOR, y->in[0]), t);
}

RULE_MAPS(DET, det_vjp, det_jvp)

/*
** y = conj(det x) w with w = x^-H. The derivative along t is
** conj(det x) (tr(t^H w) w - w t^H w), a map that is its own adjoint. Of
** singular matrices only the first derivative of det is known: INV fails.
*/
static T *cofactor_map(B *b, T *y, int i, T *t, int *zero) {
  T *x = y->in[0], *w = inverse_adjoint(b, x);
  (void)i, (void)zero;
  T *trace = as_matrix(b, inner(b, t, w));
  T *wtw = b_matmul(b, b_matmul(b, w, b_adjoint(b, t)), w);
  T *d = as_matrix(b, b_conj(b, b_unary(b, OP_DET, x)));
  return b_mul(b, d, b_sub(b, b_mul(b, trace, w), wtw));
}

RULE_MAPS(COFACTOR, cofactor_map, cofactor_map)

/*
** With z = tr(x^-1 t): d log|det| = Re z and d sign = i sign Im z. The
** adjoint is c x^-H, c = Re g_log + i Im(conj(sign) g_sign).
*/
static T *slogdet_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *x = y->in[0];
  b_parts p = b_split(b, OP_SLOGDET, x, y), c = b_split(b, OP_SLOGDET, x, g);
  T *factor = c.values;
  (void)i, (void)zero;
  if (weyl_is_complex(y->dtype)) {
    T *turn = b_mul(b, b_conj(b, p.left), c.left);
    factor = b_binary(b, OP_COMPLEX, b_real_part(b, c.values),
                      b_imag(b, turn));
  }
  return b_mul(b, as_matrix(b, factor), inverse_adjoint(b, x));
}

static T *slogdet_jvp(B *b, T *y, int i, T *t, int *zero) {
  T *z = inner(b, inverse_adjoint(b, y->in[0]), t);
  (void)i, (void)zero;
  T *size = b_cast(b, b_real_part(b, z), y->dtype);
  T *sign = b_mul(b, b_split(b, OP_SLOGDET, y->in[0], y).left,
                  b_sub(b, z, size));
  int last = y->rank - 1;
  T *pair[] = {b_unsqueeze(b, sign, last), b_unsqueeze(b, size, last)};
  return b_concat(b, 2, pair, last);
}

RULE_MAPS(SLOGDET, slogdet_vjp, slogdet_jvp)

/* ---- functions of a matrix ---- */

/*
** The largest modulus of each matrix, 1 where that is 0: [.., 1, 1] in e's
** dtype, held constant.
*/
static T *magnitude(B *b, T *e) {
  if (e == NULL) return NULL;
  T *top = b_largest(b, e, 3u << (e->rank - 2));
  T *safe = b_where(b, b_gt(b, top, b_const(b, top, 0)), top,
                    b_const(b, top, 1));
  return b_cast(b, b_stop(b, safe), e->dtype);
}

/*
** The Frechet derivative of f at x along e is the upper right block of
** f([x e; 0 x]). It is linear in e, so e is brought to the size of 1 first:
** a large one would make f square or take roots for nothing.
*/
static T *frechet(B *b, weyl_opcode f, T *x, T *e) {
  T *size = magnitude(b, e);
  T *unit = b_div(b, e, size), *none = b_zeros_like(b, x);
  if (unit == NULL || none == NULL) return NULL;
  int row = x->rank - 2, col = row + 1;
  int64_t n = x->dims[col];
  T *upper = b_concat(b, 2, (T *[]){x, unit}, col);
  T *lower = b_concat(b, 2, (T *[]){none, x}, col);
  T *y = b_unary(b, f, b_concat(b, 2, (T *[]){upper, lower}, row));
  y = b_slice(b, b_slice(b, y, row, 0, n, 1), col, n, n, 1);
  return b_mul(b, size, y);
}

/* The adjoint of f's derivative at x is its derivative at x^H. */
static T *function_vjp(B *b, T *y, int i, T *g, int *zero) {
  (void)i, (void)zero;
  return frechet(b, (weyl_opcode)y->op, b_adjoint(b, y->in[0]), g);
}

static T *function_jvp(B *b, T *y, int i, T *t, int *zero) {
  (void)i, (void)zero;
  return frechet(b, (weyl_opcode)y->op, y->in[0], t);
}

RULE_MAPS(EXPM, function_vjp, function_jvp)
RULE_MAPS(LOGM, function_vjp, function_jvp)
