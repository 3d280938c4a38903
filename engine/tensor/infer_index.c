/*
** infer_index.c: shape rules of joining, indexing and random numbers.
**
** Index tensors are i64 and 0-based here; whether their entries lie inside
** is known only when they are computed (exec/index_kernels).
*/
#include <inttypes.h>

#include "tensor/infer.h"

#define NAME(node) weyl_ops[(node)->op].name

/* attr: n */
weyl_status weyl_infer_iota(weyl_tensor *n) {
  n->dtype = WEYL_I64;
  n->rank = 1;
  n->dims[0] = n->attr[0];
  return WEYL_OK;
}

/* Shapes that must be equal but for one dim. */
static weyl_status differ(const weyl_tensor *n, int i, const weyl_tensor *a,
                          const weyl_tensor *b) {
  char s[WEYL_SHAPE_TEXT], t[WEYL_SHAPE_TEXT];
  return weyl_fail(WEYL_EINVAL,
                   "%s: shapes %s and %s (input %d) may differ in dimension "
                   "%" PRId64 " only",
                   NAME(n), weyl_shape_text(s, a->rank, a->dims),
                   weyl_shape_text(t, b->rank, b->dims), i + 1,
                   n->attr[0] + 1);
}

/* Whether two shapes agree in all dims other than `dim`. */
static int same_but(const weyl_tensor *a, const weyl_tensor *b, int64_t dim) {
  if (a->rank != b->rank) return 0;
  for (int i = 0; i < a->rank; i++)
    if (i != dim && a->dims[i] != b->dims[i]) return 0;
  return 1;
}

/* attr: dim, along which lengths add up */
weyl_status weyl_infer_concat(weyl_tensor *n) {
  int64_t dim = n->attr[0];
  if (n->nin == 0)
    return weyl_fail(WEYL_EINVAL, "concat: nothing to join");
  if (infer_dim(n, dim) != WEYL_OK) return WEYL_EINVAL;
  infer_like(n, n->in[0]);
  for (int i = 1; i < (int)n->nin; i++) {
    const weyl_tensor *x = n->in[i];
    if (!same_but(n->in[0], x, dim)) return differ(n, i, n->in[0], x);
    if (x->dtype != n->dtype)
      return weyl_fail(WEYL_EINVAL, "concat: input 1 is %s but input %d is %s",
                       weyl_dtype_name(n->dtype), i + 1,
                       weyl_dtype_name(x->dtype));
    if (__builtin_add_overflow(n->dims[dim], x->dims[dim], &n->dims[dim]))
      n->dims[dim] = -1; /* refused with the number of elements */
  }
  return WEYL_OK;
}

/* ---- along one dim ---- */

/* x's shape and dtype; attr[0] is a dim of it. */
static weyl_status along(weyl_tensor *n, unsigned set) {
  if (infer_dtype(n, 0, set) != WEYL_OK) return WEYL_EINVAL;
  infer_like(n, n->in[0]);
  return infer_dim(n, n->attr[0]);
}

/* attr: dim, which stays as 1 */
weyl_status weyl_infer_arg(weyl_tensor *n) {
  if (along(n, SET_REAL | SET_I64) != WEYL_OK) return WEYL_EINVAL;
  int64_t dim = n->attr[0];
  if (n->dims[dim] == 0)
    return weyl_fail(WEYL_EINVAL, "%s: dimension %" PRId64 " is empty",
                     NAME(n), dim + 1);
  n->dims[dim] = 1;
  n->dtype = WEYL_I64;
  return WEYL_OK;
}

/* attr: dim, descending */
weyl_status weyl_infer_argsort(weyl_tensor *n) {
  if (along(n, SET_REAL | SET_I64) != WEYL_OK) return WEYL_EINVAL;
  n->dtype = WEYL_I64;
  return WEYL_OK;
}

/* attr: dim, backwards */
weyl_status weyl_infer_cumsum(weyl_tensor *n) {
  return along(n, SET_FLOAT | SET_I64);
}

/* ---- indices ---- */

/* index has x's shape but for dim: [.., k, ..] into [.., n, ..]. */
static weyl_status full_index(weyl_tensor *n) {
  char s[WEYL_SHAPE_TEXT], t[WEYL_SHAPE_TEXT];
  const weyl_tensor *x = n->in[0], *index = n->in[1];
  if (infer_dim(n, n->attr[0]) != WEYL_OK) return WEYL_EINVAL;
  if (infer_dtype(n, 1, SET_I64) != WEYL_OK) return WEYL_EINVAL;
  if (same_but(x, index, n->attr[0])) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL,
                   "%s: index must have x's shape %s but for dimension "
                   "%" PRId64 ", got %s",
                   NAME(n), weyl_shape_text(s, x->rank, x->dims),
                   n->attr[0] + 1,
                   weyl_shape_text(t, index->rank, index->dims));
}

/* index [k] picks slices of one dim. */
static weyl_status flat_index(weyl_tensor *n) {
  if (infer_dim(n, n->attr[0]) != WEYL_OK) return WEYL_EINVAL;
  if (infer_dtype(n, 1, SET_I64) != WEYL_OK) return WEYL_EINVAL;
  if (n->in[1]->rank == 1) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "%s: index must have 1 dimension, got %d",
                   NAME(n), n->in[1]->rank);
}

/* y[.., j, ..] = x[.., index[.., j, ..], ..]: index's shape */
weyl_status weyl_infer_gather(weyl_tensor *n) {
  if (full_index(n) != WEYL_OK) return WEYL_EINVAL;
  infer_shape(n, n->in[1]);
  n->dtype = n->in[0]->dtype;
  return WEYL_OK;
}

/* y[.., j, ..] = x[.., index[j], ..]: k entries for n */
weyl_status weyl_infer_take(weyl_tensor *n) {
  if (flat_index(n) != WEYL_OK) return WEYL_EINVAL;
  infer_like(n, n->in[0]);
  n->dims[n->attr[0]] = n->in[1]->dims[0];
  return WEYL_OK;
}

/* src must have the shape that reading x at index would give. */
static weyl_status check_src(weyl_tensor *n, int64_t k) {
  char s[WEYL_SHAPE_TEXT], t[WEYL_SHAPE_TEXT];
  const weyl_tensor *src = n->in[2];
  if (infer_dtype(n, 0, SET_FLOAT | SET_I64) != WEYL_OK) return WEYL_EINVAL;
  if (infer_agree(n, 0, 2) != WEYL_OK) return WEYL_EINVAL;
  infer_like(n, n->in[0]);
  int64_t dim = n->attr[0], own = n->dims[dim];
  n->dims[dim] = k;
  int fits = weyl_same_shape(n, src);
  if (!fits)
    return weyl_fail(WEYL_EINVAL, "%s: src must have shape %s, got %s",
                     NAME(n), weyl_shape_text(s, n->rank, n->dims),
                     weyl_shape_text(t, src->rank, src->dims));
  n->dims[dim] = own;
  return WEYL_OK;
}

/* x, index, src: the adjoint of gather */
weyl_status weyl_infer_scatter(weyl_tensor *n) {
  if (full_index(n) != WEYL_OK) return WEYL_EINVAL;
  return check_src(n, n->in[1]->dims[n->attr[0]]);
}

/* x, index [k], src: the adjoint of take */
weyl_status weyl_infer_index_add(weyl_tensor *n) {
  if (flat_index(n) != WEYL_OK) return WEYL_EINVAL;
  return check_src(n, n->in[1]->dims[0]);
}

/* ---- random numbers ---- */

/* The input is a state, i64 [3]; attributes from `skip` on are dims. */
static weyl_status draw(weyl_tensor *n, int dtype, int skip) {
  const weyl_tensor *state = n->in[0];
  if (infer_dtype(n, 0, SET_I64) != WEYL_OK) return WEYL_EINVAL;
  if (state->rank != 1 || state->dims[0] != 3)
    return weyl_fail(WEYL_EINVAL, "%s: the state must be i64 [3]", NAME(n));
  if (n->nattr - skip > WEYL_MAX_RANK)
    return weyl_fail(WEYL_EINVAL, "%s: a shape has at most %d dimensions",
                     NAME(n), WEYL_MAX_RANK);
  n->dtype = (uint8_t)dtype;
  n->rank = (uint8_t)(n->nattr - skip);
  for (int i = 0; i < n->rank; i++) n->dims[i] = n->attr[skip + i];
  return WEYL_OK;
}

/* attr: dtype, dims */
weyl_status weyl_infer_random(weyl_tensor *n) {
  int dtype = (int)n->attr[0];
  if (!weyl_is_real(dtype))
    return weyl_fail(WEYL_EINVAL, "%s: dtype must be f32 or f64, got %s",
                     NAME(n), weyl_dtype_name(dtype));
  return draw(n, dtype, 1);
}

/* attr: low, high (both included), dims */
weyl_status weyl_infer_integers(weyl_tensor *n) {
  if (n->attr[0] > n->attr[1])
    return weyl_fail(WEYL_EINVAL, "integers: low is %" PRId64 " but high is "
                     "%" PRId64, n->attr[0], n->attr[1]);
  return draw(n, WEYL_I64, 2);
}

/* attr[0] is the length: the one dim. */
weyl_status weyl_infer_permutation(weyl_tensor *n) {
  return draw(n, WEYL_I64, 0);
}
