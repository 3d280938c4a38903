/*
** compose_reduce.c: reductions written as formulas.
**
** Arguments come as x, dims, keep; all dims when none are given, none when
** the list is empty. What could overflow or divide by zero on the way to a
** finite result is shifted or replaced first, in the value and in its
** derivatives.
*/
#include "tensor/compose.h"

#include <math.h>

/* Booleans are counted. */
static T *countable(B *b, T *x) {
  return x->dtype == WEYL_BOOL ? b_cast(b, x, WEYL_I64) : x;
}

/* a: x, dims, keep; x may have been converted */
static int reduced(B *b, weyl_opcode op, T *x, const weyl_arg *a, T **out) {
  if (x == NULL) return 0;
  uint32_t mask = compose_mask(x, &a[1]);
  return compose_one(out, b_reduce(b, op, x, mask, (int)a[2].i));
}

int weyl_build_sum(B *b, const weyl_arg *a, T **out) {
  return reduced(b, OP_SUM, countable(b, a[0].t), a, out);
}

int weyl_build_prod(B *b, const weyl_arg *a, T **out) {
  return reduced(b, OP_PROD, countable(b, a[0].t), a, out);
}

int weyl_build_max(B *b, const weyl_arg *a, T **out) {
  return reduced(b, OP_MAX, a[0].t, a, out);
}

int weyl_build_min(B *b, const weyl_arg *a, T **out) {
  return reduced(b, OP_MIN, a[0].t, a, out);
}

/* x as booleans: x ~= 0 */
static T *truth(B *b, T *x) {
  return x->dtype == WEYL_BOOL ? x : b_ne(b, x, b_const(b, x, 0));
}

int weyl_build_any(B *b, const weyl_arg *a, T **out) {
  return reduced(b, OP_ANY, truth(b, a[0].t), a, out);
}

int weyl_build_all(B *b, const weyl_arg *a, T **out) {
  return reduced(b, OP_ALL, truth(b, a[0].t), a, out);
}

/* ---- mean, var ---- */

/* How many entries go into one result. */
static int64_t fold_count(const T *x, uint32_t mask) {
  int64_t n = 1;
  for (int i = 0; i < x->rank; i++)
    if (mask >> i & 1) n *= x->dims[i];
  return n;
}

static T *mean(B *b, T *x, uint32_t mask, int keep) {
  T *sum = b_sum(b, x, mask, keep);
  if (mask == 0) return sum;
  return b_div(b, sum, b_const(b, x, (double)fold_count(x, mask)));
}

int weyl_build_mean(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (!compose_inexact("mean", x, 1)) return 0;
  uint32_t mask = compose_mask(x, &a[1]);
  return compose_one(out, mean(b, x, mask, (int)a[2].i));
}

/* Two passes: about the mean, where no digits cancel. */
int weyl_build_var(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (!compose_inexact("var", x, 1)) return 0;
  uint32_t mask = compose_mask(x, &a[1]);
  T *off = b_sub(b, x, mean(b, x, mask, 1));
  T *sum = b_sum(b, compose_modulus2(b, off), mask, (int)a[2].i);
  double n = (double)fold_count(x, mask) - a[3].f;
  return compose_one(out, b_div(b, sum, b_const(b, sum, n > 0 ? n : 0)));
}

/* ---- norm ---- */

/* s^power for s >= 0, with derivative 0 at 0 */
static T *root(B *b, T *s, double power) {
  T *zero = b_const(b, s, 0), *at0 = b_eq(b, s, zero);
  T *safe = b_where(b, at0, b_const(b, s, 1), s);
  T *y = power == 0.5 ? b_sqrt(b, safe)
                      : b_pow(b, safe, b_const(b, s, power));
  return b_where(b, at0, zero, y);
}

/*
** Each branch is smooth where the norm is: |x|^2 for p = 2, and |x|^p with
** zeros taken out, since the slope of 0^p is infinite for p < 1.
*/
int weyl_build_norm(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  double p = a[3].given ? a[3].f : 2;
  int keep = (int)a[2].i;
  if (!compose_inexact("norm", x, 1)) return 0;
  if (!(p > 0)) {
    weyl_fail(WEYL_EINVAL, "norm: p must be positive, got %g", p);
    return 0;
  }
  uint32_t mask = compose_mask(x, &a[1]);
  if (p == 2) {
    T *s = b_sum(b, compose_modulus2(b, x), mask, keep);
    return compose_one(out, root(b, s, 0.5));
  }
  T *r = b_abs(b, x);
  if (isinf(p)) return compose_one(out, b_reduce(b, OP_MAX, r, mask, keep));
  if (p == 1) return compose_one(out, b_sum(b, r, mask, keep));
  T *s = b_sum(b, root(b, r, p), mask, keep);
  return compose_one(out, root(b, s, 1 / p));
}

/* ---- logsumexp, softmax ---- */

/* Largest entry along mask, held constant; 0 where that is infinite. */
static T *level(B *b, T *x, uint32_t mask) {
  T *top = b_stop(b, b_reduce(b, OP_MAX, x, mask, 1));
  return b_where(b, b_unary(b, OP_ISINF, top), b_const(b, x, 0), top);
}

/* log(s), -inf with derivative 0 where s = 0 */
static T *log_mass(B *b, T *s) {
  T *none = b_eq(b, s, b_const(b, s, 0));
  T *safe = b_where(b, none, b_const(b, s, 1), s);
  return b_where(b, none, b_const(b, s, -INFINITY), b_log(b, safe));
}

/* b_squeeze of all dims in mask */
static T *dropped(B *b, T *x, uint32_t mask) {
  int64_t dims[WEYL_MAX_RANK];
  int rank = 0;
  if (x == NULL) return NULL;
  for (int i = 0; i < x->rank; i++)
    if (!(mask >> i & 1)) dims[rank++] = x->dims[i];
  return b_reshape(b, x, rank, dims);
}

/* log sum exp(x) = top + log sum exp(x - top) */
int weyl_build_logsumexp(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (!compose_inexact("logsumexp", x, 0)) return 0;
  uint32_t mask = compose_mask(x, &a[1]);
  T *top = fold_count(x, mask) > 0 ? level(b, x, mask) : b_const(b, x, 0);
  T *sum = b_sum(b, b_exp(b, b_sub(b, x, top)), mask, 1);
  T *y = b_add(b, log_mass(b, sum), top);
  return compose_one(out, a[2].i ? y : dropped(b, y, mask));
}

/* The dim of softmax as a mask; 0 with a message, or when x is empty. */
static uint32_t softmax_mask(const char *name, const weyl_arg *a) {
  T *x = a[0].t;
  if (!compose_inexact(name, x, 0)) return 0;
  int dim = compose_dim(name, x, &a[1], x->rank - 1);
  return dim < 0 ? 0 : 1u << dim;
}

/*
** A row of only -inf has no mass: softmax gives zeros, log_softmax -inf, both
** with derivative 0, so a fully masked row does no harm.
*/
int weyl_build_softmax(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  uint32_t mask = softmax_mask("softmax", a);
  if (mask == 0) return 0;
  if (x->size == 0) return compose_one(out, x);
  T *e = b_exp(b, b_sub(b, x, level(b, x, mask)));
  T *sum = b_sum(b, e, mask, 1);
  T *none = b_eq(b, sum, b_const(b, x, 0));
  return compose_one(
      out, b_div(b, e, b_where(b, none, b_const(b, x, 1), sum)));
}

int weyl_build_log_softmax(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  uint32_t mask = softmax_mask("log_softmax", a);
  if (mask == 0) return 0;
  if (x->size == 0) return compose_one(out, x);
  T *off = b_sub(b, x, level(b, x, mask));
  T *sum = b_sum(b, b_exp(b, off), mask, 1);
  T *none = b_eq(b, sum, b_const(b, x, 0));
  T *safe = b_where(b, none, b_const(b, x, 1), sum);
  return compose_one(out, b_sub(b, off, b_log(b, safe)));
}
