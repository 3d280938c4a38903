/*
** compose.c: creation and elementwise functions written as formulas.
*/
#include "tensor/compose.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

/* ---- shared checks ---- */

int compose_shape_ok(const char *name, const weyl_arg *shape) {
  char text[WEYL_SHAPE_TEXT];
  if (shape->n > WEYL_MAX_RANK) {
    weyl_fail(WEYL_EINVAL, "%s: shape has at most %d dimensions, got %d",
              name, WEYL_MAX_RANK, shape->n);
    return 0;
  }
  for (int i = 0; i < shape->n; i++)
    if (shape->d[i] < 0) {
      weyl_fail(WEYL_EINVAL, "%s: shape %s has a negative dimension %d", name,
                weyl_shape_text(text, shape->n, shape->d), i + 1);
      return 0;
    }
  if (weyl_count(shape->n, shape->d) >= 0) return 1;
  weyl_fail(WEYL_EINVAL, "%s: shape %s has too many elements", name,
            weyl_shape_text(text, shape->n, shape->d));
  return 0;
}

int compose_inexact(const char *name, const T *x, int complex) {
  int got = x->dtype;
  if (weyl_is_real(got) || (complex && weyl_is_complex(got))) return 1;
  weyl_fail(WEYL_EINVAL, "%s: x must be %s, got %s%s", name,
            complex ? "f32, f64, c64 or c128" : "f32 or f64",
            weyl_dtype_name(got),
            weyl_is_complex(got) ? "" : " (convert with :to'f32')");
  return 0;
}

int compose_dim(const char *name, const T *x, const weyl_arg *dim,
                int fallback) {
  if (dim->given) return (int)dim->i;
  if (x->rank > 0) return fallback;
  weyl_fail(WEYL_EINVAL, "%s: x must have at least 1 dimension, got none",
            name);
  return -1;
}

/* An empty list of dims gives an empty mask: nothing is folded. */
uint32_t compose_mask(const T *x, const weyl_arg *dims) {
  uint32_t mask = 0;
  if (!dims->given) return b_all_dims(x);
  for (int i = 0; i < dims->n; i++) mask |= 1u << dims->d[i];
  return mask;
}

/* Not through |x|, whose derivative has a kink at 0. */
T *compose_modulus2(B *b, T *x) {
  if (x == NULL || !weyl_is_complex(x->dtype)) return b_square(b, x);
  return b_add(b, b_square(b, b_real(b, x)), b_square(b, b_imag(b, x)));
}

/* ---- creation ---- */

/* a: shape, dtype */
static int filled(B *b, const char *name, const weyl_arg *a, double v,
                  T **out) {
  if (!compose_shape_ok(name, &a[0])) return 0;
  int dtype = compose_dtype(&a[1], WEYL_F32);
  return compose_one(out, b_full(b, dtype, a[0].n, a[0].d, v));
}

int weyl_build_zeros(B *b, const weyl_arg *a, T **out) {
  return filled(b, "zeros", a, 0, out);
}

int weyl_build_ones(B *b, const weyl_arg *a, T **out) {
  return filled(b, "ones", a, 1, out);
}

/* Fails unless value has rank 0; it may be a variable of a derivative. */
static int is_number(const char *name, const T *value) {
  char text[WEYL_SHAPE_TEXT];
  if (value->rank == 0) return 1;
  weyl_fail(WEYL_EINVAL, "%s: value must be a number or of shape [], got %s",
            name, weyl_shape_text(text, value->rank, value->dims));
  return 0;
}

/* A number is rounded once, to the dtype asked for. */
int weyl_build_full(B *b, const weyl_arg *a, T **out) {
  T *v = a[1].t;
  if (!compose_shape_ok("full", &a[0]) || !is_number("full", v)) return 0;
  int dtype = compose_dtype(&a[2], v->dtype);
  v = a[1].n ? b_scalar(b, dtype, a[1].f) : b_cast(b, v, dtype);
  return compose_one(out, b_broadcast(b, v, a[0].n, a[0].d));
}

int weyl_build_zeros_like(B *b, const weyl_arg *a, T **out) {
  return compose_one(out, b_zeros_like(b, a[0].t));
}

int weyl_build_ones_like(B *b, const weyl_arg *a, T **out) {
  return compose_one(out, b_ones_like(b, a[0].t));
}

int weyl_build_full_like(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *v = a[1].t;
  if (!is_number("full_like", v)) return 0;
  return compose_one(out, b_broadcast_like(b, b_cast(b, v, x->dtype), x));
}

int weyl_build_eye(B *b, const weyl_arg *a, T **out) {
  int64_t n = a[0].i, m = a[1].given ? a[1].i : n;
  if (n < 0 || m < 0) {
    weyl_fail(WEYL_EINVAL, "eye: rows and columns must be at least 0, got "
              "%" PRId64 " and %" PRId64, n, m);
    return 0;
  }
  return compose_one(out, b_eye(b, compose_dtype(&a[2], WEYL_F32), n, m));
}

/* ---- arange, linspace ---- */

/* Left out, or a Lua integer that was exact as a double. */
static int is_whole(const weyl_arg *a) {
  return !a->given || (a->i && fabs(a->f) <= 9007199254740992.0); /* 2^53 */
}

/* i64 [n]: first, first + step, ... */
static T *whole_line(B *b, int64_t first, int64_t step, int64_t n) {
  T *t = b_own(b, weyl_leaf(WEYL_I64, 1, &n));
  if (t == NULL) return NULL;
  int64_t *p = t->data;
  for (int64_t i = 0; i < n; i++) p[i] = first + i * step;
  return t;
}

/* f64 [n]: first, first + step, ... each rounded once more only */
static T *real_line(B *b, double first, double step, int64_t n) {
  T *t = b_own(b, weyl_leaf(WEYL_F64, 1, &n));
  if (t == NULL) return NULL;
  double *p = t->data;
  for (int64_t i = 0; i < n; i++) p[i] = first + (double)i * step;
  return t;
}

/*
** How many of first, first + step, ... do not pass last; -1 with a message.
** A quotient a few ulps short of an integer counts as that integer, so that
** 0, 0.1, ... reaches 0.3.
*/
static int64_t line_count(double first, double last, double step, int whole) {
  if (!isfinite(first) || !isfinite(last) || !isfinite(step) || step == 0) {
    weyl_fail(WEYL_EINVAL, "arange: first, last and step must be finite and "
              "step not 0, got %g, %g and %g", first, last, step);
    return -1;
  }
  if (step > 0 ? first > last : first < last) return 0;
  if (whole) return ((int64_t)last - (int64_t)first) / (int64_t)step + 1;
  double n = floor((last - first) / step * (1 + 4 * DBL_EPSILON));
  if (n < 9007199254740992.0) return (int64_t)n + 1;
  weyl_fail(WEYL_EINVAL, "arange: %g numbers are too many", n);
  return -1;
}

/* One argument n means 1..n. */
int weyl_build_arange(B *b, const weyl_arg *a, T **out) {
  double first = a[1].given ? a[0].f : 1;
  double last = a[1].given ? a[1].f : a[0].f;
  double step = a[2].given ? a[2].f : 1;
  int whole = is_whole(&a[0]) && is_whole(&a[1]) && is_whole(&a[2]);
  int64_t n = line_count(first, last, step, whole);
  if (n < 0) return 0;
  T *t = whole ? whole_line(b, (int64_t)first, (int64_t)step, n)
               : real_line(b, first, step, n);
  int dtype = compose_dtype(&a[3], whole ? WEYL_I64 : WEYL_F32);
  return compose_one(out, b_cast(b, t, dtype));
}

/* The last number is exactly `last`. */
int weyl_build_linspace(B *b, const weyl_arg *a, T **out) {
  double first = a[0].f, last = a[1].f;
  int64_t n = a[2].i;
  if (n < 0) {
    weyl_fail(WEYL_EINVAL, "linspace: count must be at least 0, got %" PRId64,
              n);
    return 0;
  }
  double step = n > 1 ? (last - first) / (double)(n - 1) : 0;
  T *t = real_line(b, first, step, n);
  if (t != NULL && n > 1) ((double *)t->data)[n - 1] = last;
  return compose_one(out, b_cast(b, t, compose_dtype(&a[3], WEYL_F32)));
}

/* ---- elementwise ---- */

int weyl_build_to(B *b, const weyl_arg *a, T **out) {
  return compose_one(out, b_cast(b, a[0].t, (int)a[1].i));
}

/* Integers and booleans always are. */
int weyl_build_isfinite(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (!weyl_is_float(x->dtype))
    return compose_one(out, b_full(b, WEYL_BOOL, x->rank, x->dims, 1));
  T *bad = b_binary(b, OP_OR, b_unary(b, OP_ISNAN, x),
                    b_unary(b, OP_ISINF, x));
  return compose_one(out, b_not(b, bad));
}

int weyl_build_conj(B *b, const weyl_arg *a, T **out) {
  return compose_one(out, b_conj(b, a[0].t));
}

int weyl_build_real(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  return compose_one(out, weyl_is_complex(x->dtype) ? b_real(b, x) : x);
}

int weyl_build_imag(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (weyl_is_complex(x->dtype)) return compose_one(out, b_imag(b, x));
  return compose_one(out, b_zeros_like(b, x));
}

/* Of a real x it is 0 or pi, and flat. */
int weyl_build_angle(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (weyl_is_complex(x->dtype))
    return compose_one(out, b_unary(b, OP_ANGLE, x));
  if (!compose_inexact("angle", x, 1)) return 0;
  T *zero = b_const(b, x, 0);
  return compose_one(out, b_binary(b, OP_ATAN2, zero, b_stop(b, x)));
}

/* The derivative is 1 inside, 0 outside and 1/2 at an end. */
int weyl_build_clamp(B *b, const weyl_arg *a, T **out) {
  T *y = a[0].t;
  if (a[1].given) y = b_binary(b, OP_MAXIMUM, y, a[1].t);
  if (a[2].given) y = b_binary(b, OP_MINIMUM, y, a[2].t);
  return compose_one(out, y);
}

int weyl_build_where(B *b, const weyl_arg *a, T **out) {
  return compose_one(out, b_where(b, a[0].t, a[1].t, a[2].t));
}

/* ---- pow ---- */

/* x^n for n >= 0 by repeated squaring */
static T *whole_power(B *b, T *x, int64_t n) {
  T *y = NULL;
  if (n == 0) return b_ones_like(b, x);
  for (T *square = x;; square = b_square(b, square)) {
    if (n & 1) y = y == NULL ? square : b_mul(b, y, square);
    n >>= 1;
    if (n == 0 || square == NULL) return square == NULL ? NULL : y;
  }
}

/*
** Whether z is a real number and no variable of a derivative (those are
** proxies or have a buffer); its value.
*/
static int number_of(const T *z, double *v) {
  if (z->op != OP_LEAF || z->rank != 0 || !(z->flags & NODE_INLINE)) return 0;
  const float *f = z->data;
  const double *d = z->data;
  const int64_t *i = z->data;
  switch (z->dtype) {
    case WEYL_F32: *v = *f; return 1;
    case WEYL_F64: *v = *d; return 1;
    case WEYL_C64: *v = f[0]; return f[1] == 0;
    case WEYL_C128: *v = d[0]; return d[1] == 0;
    case WEYL_I64: *v = (double)*i; return 1;
    default: return 0;
  }
}

/* Powers that cost a few products; whole ones of i64 stay exact. */
int weyl_build_pow(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *z = a[1].t;
  double v, most = x->dtype == WEYL_I64 ? 63 : 8;
  int inexact = weyl_is_float(x->dtype);
  if (number_of(z, &v) && weyl_promote(x->dtype, z->dtype) == x->dtype) {
    if (v == floor(v) && v >= 0 && v <= most)
      return compose_one(out, whole_power(b, x, (int64_t)v));
    if (inexact && v == floor(v) && v < 0 && v >= -most)
      return compose_one(
          out, b_recip(b, whole_power(b, x, (int64_t)-v)));
    if (inexact && v == 0.5) return compose_one(out, b_sqrt(b, x));
    if (inexact && v == -0.5)
      return compose_one(out, b_unary(b, OP_RSQRT, x));
  }
  return compose_one(out, b_pow(b, x, z));
}
