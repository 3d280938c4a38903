/*
** compose_random.c: draws of random numbers.
**
** A draw reserves its counters from the named stream when it is made, so its
** numbers depend neither on threads nor on when it is computed. Its state is
** an input of the node, not an attribute: a training loop that draws in each
** step keeps one plan.
*/
#include "tensor/compose.h"

#include <inttypes.h>
#include <math.h>

#include "base/random.h"
#include "exec/random_kernels.h"

/* i64 [3]: seed, stream id and first counter of n draws of `op` */
static T *state(B *b, weyl_opcode op, int dtype, int64_t n, const char *name) {
  weyl_stream *s = weyl_stream_named(name);
  if (s == NULL) return NULL;
  uint64_t blocks = weyl_random_blocks(op, dtype, n);
  int64_t words[3] = {(int64_t)s->seed, (int64_t)s->id,
                      (int64_t)weyl_stream_reserve(s, blocks)};
  return b_own(b, weyl_leaf_inline(WEYL_I64, 1, (int64_t[]){3}, words));
}

/* A draw of a shape; `head` attributes of the operation come first. */
static T *draw(B *b, weyl_opcode op, int dtype, const weyl_arg *shape,
               int nhead, const int64_t *head, const char *stream) {
  int64_t attr[2 + WEYL_MAX_RANK];
  if (!compose_shape_ok(weyl_ops[op].name, shape)) return NULL;
  int64_t n = weyl_count(shape->n, shape->d);
  for (int i = 0; i < nhead; i++) attr[i] = head[i];
  for (int i = 0; i < shape->n; i++) attr[nhead + i] = shape->d[i];
  T *s = state(b, op, dtype, n, stream);
  return b_op(b, op, 1, &s, nhead + shape->n, attr);
}

/* f32 or f64 draws with attribute dtype */
static T *draw_real(B *b, weyl_opcode op, const weyl_arg *shape, int dtype,
                    const char *stream) {
  int64_t head = dtype;
  if (!weyl_is_real(dtype)) {
    weyl_fail(WEYL_EINVAL, "%s: dtype must be f32 or f64, got %s",
              weyl_ops[op].name, weyl_dtype_name(dtype));
    return NULL;
  }
  return draw(b, op, dtype, shape, 1, &head, stream);
}

static double rounded(int dtype, double v) {
  return dtype == WEYL_F32 ? (double)(float)v : v;
}

/* The largest number of the dtype below v. */
static double below(int dtype, double v) {
  return dtype == WEYL_F32 ? (double)nextafterf((float)v, -INFINITY)
                           : nextafter(v, -INFINITY);
}

/* Scaling may round up to high itself: such a draw becomes the number below. */
int weyl_build_uniform(B *b, const weyl_arg *a, T **out) {
  int dtype = compose_dtype(&a[3], WEYL_F32);
  double low = rounded(dtype, a[1].given ? a[1].f : 0);
  double high = rounded(dtype, a[2].given ? a[2].f : 1);
  if (!(low < high) || !isfinite(rounded(dtype, high - low))) {
    weyl_fail(WEYL_EINVAL, "uniform: low must be below high, both finite, "
              "got %g and %g", low, high);
    return 0;
  }
  T *u = draw_real(b, OP_UNIFORM, &a[0], dtype, a[4].s);
  if (low == 0 && high == 1) return compose_one(out, u);
  T *v = b_offset(b, b_scale(b, u, high - low), low);
  T *most = b_const(b, v, below(dtype, high));
  return compose_one(out, b_binary(b, OP_MINIMUM, v, most));
}

/* mean and std are numbers: shift and scale by tensors with + and *. */
int weyl_build_normal(B *b, const weyl_arg *a, T **out) {
  double mean = a[1].f, std = a[2].given ? a[2].f : 1;
  if (!(std >= 0)) {
    weyl_fail(WEYL_EINVAL, "normal: std must be at least 0, got %g", std);
    return 0;
  }
  int dtype = compose_dtype(&a[3], WEYL_F32);
  T *z = draw_real(b, OP_NORMAL, &a[0], dtype, a[4].s);
  if (std != 1) z = b_scale(b, z, std);
  if (mean != 0) z = b_offset(b, z, mean);
  return compose_one(out, z);
}

/* low..high, both included, as in math.random */
int weyl_build_integers(B *b, const weyl_arg *a, T **out) {
  int64_t head[2] = {a[1].i, a[2].i};
  if (head[0] > head[1]) {
    weyl_fail(WEYL_EINVAL, "integers: low must not exceed high, got %" PRId64
              " and %" PRId64, head[0], head[1]);
    return 0;
  }
  return compose_one(out, draw(b, OP_INTEGERS, WEYL_I64, &a[0], 2, head,
                               a[3].s));
}

/* 0-based in the graph, 1-based outside */
int weyl_build_permutation(B *b, const weyl_arg *a, T **out) {
  int64_t n = a[0].i;
  if (n < 0) {
    weyl_fail(WEYL_EINVAL, "permutation: n must be at least 0, got %" PRId64,
              n);
    return 0;
  }
  T *s = state(b, OP_PERMUTATION, WEYL_I64, n, a[1].s);
  return compose_one(
      out, b_offset(b, b_op(b, OP_PERMUTATION, 1, &s, 1, &n), 1));
}

/* 53-bit uniforms, so that small p are met. */
int weyl_build_bernoulli(B *b, const weyl_arg *a, T **out) {
  double p = a[1].f;
  if (!(p >= 0 && p <= 1)) {
    weyl_fail(WEYL_EINVAL, "bernoulli: p must be in [0, 1], got %g", p);
    return 0;
  }
  T *u = draw_real(b, OP_UNIFORM, &a[0], WEYL_F64, a[2].s);
  return compose_one(out, b_lt(b, u, b_const(b, u, p)));
}

/*
** Haar measure: Q of the QR decomposition of a normal matrix, made unique by
** a positive diagonal of R (Mezzadri, "How to generate random matrices from
** the classical compact groups", Notices AMS 2007, section 5). Tall [n, m]
** has orthonormal columns; wide ones are transposes of tall ones.
*/
int weyl_build_orthogonal(B *b, const weyl_arg *a, T **out) {
  int64_t n = a[0].i, m = a[1].given ? a[1].i : n;
  if (n < 0 || m < 0) {
    weyl_fail(WEYL_EINVAL, "orthogonal: n and m must be at least 0, got "
              "%" PRId64 " and %" PRId64, n, m);
    return 0;
  }
  int64_t rows = n > m ? n : m, columns = n > m ? m : n;
  weyl_arg shape = {.given = 1, .n = 2, .d = {rows, columns}};
  int dtype = compose_dtype(&a[2], WEYL_F32);
  T *z = draw_real(b, OP_NORMAL, &shape, dtype, a[3].s);
  T *both = b_unary(b, OP_QR, z); /* [rows columns + columns columns]: Q, R */
  T *flat = both == NULL ? NULL : b_slice(b, both, 0, 0, rows * columns, 1);
  T *q = b_reshape(b, flat, 2, shape.d);
  return compose_one(out, n < m ? b_transpose(b, q) : q);
}
