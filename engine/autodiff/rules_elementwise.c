/*
** rules_elementwise.c: derivatives of elementwise operations.
**
** A rule is written from the output y where that costs less (exp, tanh), and
** only with operations that have rules, so that it can be differentiated
** again. Where an operation selects, its derivative selects too: a product
** with 0 would carry NaN and Inf out of the branch not taken.
*/
#include <math.h>

#include "autodiff/rules.h"

/* ---- one operand ---- */

/* 1 - x */
static T *from_one(B *b, T *x) {
  return b_sub(b, b_const(b, x, 1), x);
}

/* s (1 - s) for s = y, the slope of a logistic curve */
static T *logistic(B *b, T *s) {
  return b_mul(b, s, from_one(b, s));
}

/* d/dx x Phi(x) = Phi(x) + x phi(x) with the normal cdf and density */
static T *pd_gelu(B *b, T *x) {
  T *erf = b_unary(b, OP_ERF, b_scale(b, x, M_SQRT1_2));
  T *cdf = b_scale(b, b_offset(b, erf, 1), 0.5);
  T *bell = b_exp(b, b_scale(b, b_square(b, x), -0.5));
  T *density = b_scale(b, bell, 0.5 * M_SQRT1_2 * M_2_SQRTPI);
  return b_add(b, cdf, b_mul(b, x, density));
}

/* d/dx x s(x) = s + y (1 - s) */
static T *pd_silu(B *b, T *y, T *x) {
  T *s = b_unary(b, OP_SIGMOID, x);
  return b_add(b, s, b_mul(b, y, from_one(b, s)));
}

/* of asin: 1 / sqrt(1 - x^2) */
#define INVERSE_SINE_SLOPE \
  b_unary(b, OP_RSQRT, from_one(b, b_square(b, x)))

RULE_PD(NEG, rule_one(one, -1))
RULE_PD(SQRT, b_div(b, b_const(b, y, 0.5), y))
RULE_PD(RSQRT, b_scale(b, b_div(b, y, x), -0.5))
RULE_PD(SQUARE, b_scale(b, x, 2))
RULE_PD(RECIP, b_neg(b, b_square(b, y)))
RULE_PD(EXP, y)
RULE_PD(EXPM1, b_offset(b, y, 1))
RULE_PD(LOG, b_recip(b, x))
RULE_PD(LOG1P, b_recip(b, b_offset(b, x, 1)))
RULE_PD(SIN, b_cos(b, x))
RULE_PD(COS, b_neg(b, b_sin(b, x)))
RULE_PD(TAN, b_offset(b, b_square(b, y), 1))
RULE_PD(ASIN, INVERSE_SINE_SLOPE)
RULE_PD(ACOS, b_neg(b, INVERSE_SINE_SLOPE))
RULE_PD(ATAN, b_recip(b, b_offset(b, b_square(b, x), 1)))
RULE_PD(SINH, b_unary(b, OP_COSH, x))
RULE_PD(COSH, b_unary(b, OP_SINH, x))
RULE_PD(TANH, from_one(b, b_square(b, y)))
RULE_PD(SIGMOID, logistic(b, y))
RULE_PD(SILU, pd_silu(b, y, x))
RULE_PD(GELU, pd_gelu(b, x))
RULE_PD(SOFTPLUS, b_unary(b, OP_SIGMOID, x))
RULE_PD(ERF, b_scale(b, b_exp(b, b_neg(b, b_square(b, x))), M_2_SQRTPI))

RULE_NONE(SIGN, "it is piecewise constant")
RULE_NONE(FLOOR, "it is piecewise constant")
RULE_NONE(CEIL, "it is piecewise constant")
RULE_NONE(ROUND, "it is piecewise constant")
RULE_NONE(NOT, "it is a boolean")
RULE_NONE(ISNAN, "it is a boolean")
RULE_NONE(ISINF, "it is a boolean")

/* The derivative 0 at 0 is a choice; both maps are one selection. */
static T *map_relu(B *b, T *y, int i, T *v, int *zero) {
  (void)zero;
  T *x = y->in[i];
  return b_where(b, b_gt(b, x, b_const(b, x, 0)), v, b_const(b, v, 0));
}

RULE_MAPS(RELU, map_relu, map_relu)

/* Casts between inexact dtypes are linear; complex to real is Re. */
static T *vjp_cast(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_cast(b, g, y->in[i]->dtype);
}

static T *jvp_cast(B *b, T *y, int i, T *t, int *zero) {
  (void)i;
  (void)zero;
  return b_cast(b, t, y->dtype);
}

RULE_MAPS(CAST, vjp_cast, jvp_cast)

/* ---- complex parts ---- */

/* The direction x / |x|, of sign(x) when real; 0 at 0. y = |x|. */
static T *direction(B *b, T *y, T *x) {
  if (!weyl_is_complex(x->dtype)) return b_sign(b, x);
  T *at0 = b_eq(b, y, b_const(b, y, 0));
  T *safe = b_where(b, at0, b_const(b, y, 1), y);
  return b_where(b, at0, b_const(b, x, 0), b_div(b, x, safe));
}

/* g is real, the direction complex: promoted by the product */
static T *vjp_abs(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_mul(b, g, direction(b, y, y->in[i]));
}

/* |x|' = Re conj(x / |x|) t */
static T *jvp_abs(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  T *d = direction(b, y, y->in[i]);
  if (!weyl_is_complex(t->dtype)) return b_mul(b, d, t);
  return b_real(b, b_mul(b, b_conj(b, d), t));
}

static T *vjp_conj(B *b, T *y, int i, T *g, int *zero) {
  (void)y, (void)i, (void)zero;
  return b_conj(b, g);
}

/* i g for real g */
static T *imaginary(B *b, T *g) {
  return b_binary(b, OP_COMPLEX, b_const(b, g, 0), g);
}

/* <g, Im t> = <i g, t> */
static T *vjp_imag(B *b, T *y, int i, T *g, int *zero) {
  (void)y, (void)i, (void)zero;
  return imaginary(b, g);
}

/* arg x = Im log x, so its tangent is Im t / x */
static T *vjp_angle(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_div(b, imaginary(b, g), b_conj(b, y->in[i]));
}

static T *jvp_angle(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  return b_imag(b, b_div(b, t, y->in[i]));
}

/* <g, re + i im> = <Re g, re> + <Im g, im> */
static T *vjp_complex(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_sum_to(b, i == 0 ? b_real(b, g) : b_imag(b, g), y->in[i]);
}

static T *jvp_complex(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  return i == 0 ? b_cast(b, t, y->dtype) : imaginary(b, t);
}

RULE_MAPS(ABS, vjp_abs, jvp_abs)
RULE_MAPS(CONJ, vjp_conj, weyl_jvp_linear)
RULE_MAPS(REAL, vjp_cast, weyl_jvp_linear)
RULE_MAPS(IMAG, vjp_imag, weyl_jvp_linear)
RULE_MAPS(ANGLE, vjp_angle, jvp_angle)
RULE_MAPS(COMPLEX, vjp_complex, jvp_complex)

/* ---- two operands ---- */

/* (x / z)' = x' / z - y z' / z, without forming 1 / z^2 */
static T *vjp_div(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  T *v = b_div(b, g, b_conj(b, y->in[1]));
  if (i == 1) v = b_neg(b, b_mul(b, v, b_conj(b, y)));
  return b_sum_to(b, v, y->in[i]);
}

static T *jvp_div(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  T *v = b_div(b, t, y->in[1]);
  return i == 0 ? v : b_neg(b, b_mul(b, v, y));
}

/*
** x^z by x: z x^(z-1), but 0 at x = z = 0, where the formula has 0 * inf.
** By z: y log x, but 0 at x = 0.
*/
static T *pd_pow(B *b, T *y, int i) {
  T *x = y->in[0], *z = y->in[1], *one = b_const(b, x, 1);
  T *at0 = b_eq(b, x, b_const(b, x, 0));
  if (i == 1) return b_mul(b, y, b_log(b, b_where(b, at0, one, x)));
  T *flat = b_and(b, at0, b_eq(b, z, b_const(b, z, 0)));
  T *base = b_where(b, flat, one, x);
  return b_mul(b, z, b_pow(b, base, b_sub(b, z, one)));
}

/* atan2(p, q) = arg (q + i p): by p, q / r^2; by q, -p / r^2 */
static T *pd_atan2(B *b, T *y, int i) {
  T *p = y->in[0], *q = y->in[1];
  T *r2 = b_add(b, b_square(b, p), b_square(b, q));
  return i == 0 ? b_div(b, q, r2) : b_neg(b, b_div(b, p, r2));
}

/* x - z floor(x / z) */
static T *pd_mod(B *b, T *y, int i, int *one) {
  if (i == 0) return rule_one(one, 1);
  return b_neg(b, b_binary(b, OP_FLOORDIV, y->in[0], y->in[1]));
}

RULE_PD(ADD, rule_one(one, 1))
RULE_PD(SUB, rule_one(one, i == 0 ? 1 : -1))
RULE_PD(MUL, y->in[1 - i])
RULE_MAPS(DIV, vjp_div, jvp_div)
RULE_PD(POW, pd_pow(b, y, i))
RULE_PD(ATAN2, pd_atan2(b, y, i))
RULE_PD(MOD, pd_mod(b, y, i, one))
RULE_NONE(FLOORDIV, "it is piecewise constant")

/* v where input i was chosen, half of it on ties, else 0 */
static T *chosen(B *b, T *y, int i, T *v) {
  weyl_opcode wins = y->op == OP_MAXIMUM ? OP_GT : OP_LT;
  T *own = y->in[i], *other = y->in[1 - i];
  T *tie = b_where(b, b_eq(b, own, other), b_scale(b, v, 0.5),
                   b_const(b, v, 0));
  return b_where(b, b_binary(b, wins, own, other), v, tie);
}

static T *vjp_extreme(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_sum_to(b, chosen(b, y, i, g), y->in[i]);
}

static T *jvp_extreme(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  return chosen(b, y, i, t);
}

RULE_MAPS(MINIMUM, vjp_extreme, jvp_extreme)
RULE_MAPS(MAXIMUM, vjp_extreme, jvp_extreme)

RULE_NONE(EQ, "it is a boolean")
RULE_NONE(NE, "it is a boolean")
RULE_NONE(LT, "it is a boolean")
RULE_NONE(LE, "it is a boolean")
RULE_NONE(GT, "it is a boolean")
RULE_NONE(GE, "it is a boolean")
RULE_NONE(AND, "it is a boolean")
RULE_NONE(OR, "it is a boolean")
RULE_NONE(XOR, "it is a boolean")

/* ---- where ---- */

/* v where input i was taken, 0 elsewhere */
static T *selected(B *b, T *y, int i, T *v) {
  T *none = b_const(b, v, 0);
  return b_where(b, y->in[0], i == 1 ? v : none, i == 1 ? none : v);
}

static T *vjp_where(B *b, T *y, int i, T *g, int *zero) {
  if (i == 0) return rule_zero(zero);
  return b_sum_to(b, selected(b, y, i, g), y->in[i]);
}

static T *jvp_where(B *b, T *y, int i, T *t, int *zero) {
  return i == 0 ? rule_zero(zero) : selected(b, y, i, t);
}

RULE_MAPS(WHERE, vjp_where, jvp_where)
