/*
** compose_index.c: reading and writing at positions, sorting.
**
** Positions of users are 1-based and may count from the end; those of the
** graph are 0-based. Each is turned into the other here, once.
*/
#include "tensor/compose.h"

#include <inttypes.h>
#include <math.h>

#include "exec/exec.h"

/* An index argument; a number takes x's dtype when parsed, but here is i64. */
static T *index_of(B *b, const weyl_arg *a) {
  if (a->n && a->f == floor(a->f)) return b_scalar(b, WEYL_I64, a->f);
  return a->t;
}

/*
** User's positions in a dim of size n -> the graph's. Those before the start
** stay negative by their own amount, for the kernel to name them.
*/
static T *inward(B *b, T *index, int64_t n) {
  if (index == NULL || index->dtype != WEYL_I64) return index;
  T *from_end = b_add(b, index, b_own(b, weyl_scalar_i64(n)));
  T *from_start = b_offset(b, index, -1);
  T *first = b_own(b, weyl_scalar_i64(-n));
  T *negative = b_and(b, b_lt(b, index, b_const(b, index, 0)),
                      b_ge(b, index, first));
  return b_where(b, negative, from_end, from_start);
}

/* The graph's positions -> the user's. */
static T *outward(B *b, T *index) {
  return b_offset(b, index, 1);
}

static T *at(B *b, weyl_opcode op, T *x, T *index, int dim) {
  int64_t attr = dim;
  return b_op(b, op, 2, (T *[]){x, index}, 1, &attr);
}

/* x [.., n, ..] at index [.., k, ..] of the same rank -> [.., k, ..] */
int weyl_build_gather(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int dim = (int)a[1].i;
  T *index = inward(b, index_of(b, &a[2]), x->dims[dim]);
  return compose_one(out, at(b, OP_GATHER, x, index, dim));
}

/* [.., n, ..] at index [p, q] -> [.., p, q, ..] */
int weyl_build_take(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *index = index_of(b, &a[1]);
  int64_t dims[2 * WEYL_MAX_RANK];
  int dim = compose_dim("take", x, &a[2], 0), rank = 0;
  if (dim < 0 || index == NULL) return 0;
  for (int i = 0; i < dim; i++) dims[rank++] = x->dims[i];
  for (int i = 0; i < index->rank; i++) dims[rank++] = index->dims[i];
  for (int i = dim + 1; i < x->rank; i++) dims[rank++] = x->dims[i];
  T *flat = b_reshape(b, index, 1, &index->size);
  T *y = at(b, OP_TAKE, x, inward(b, flat, x->dims[dim]), dim);
  return compose_one(out, b_reshape(b, y, rank, dims));
}

/* src may be narrower than x, not wider: the result has x's dtype. */
int weyl_build_scatter_add(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t, *src = a[3].t;
  int64_t dim = a[1].i;
  T *index = inward(b, index_of(b, &a[2]), x->dims[dim]);
  if (weyl_promote(x->dtype, src->dtype) == x->dtype)
    src = b_cast(b, src, x->dtype);
  return compose_one(out,
                     b_op(b, OP_SCATTER_ADD, 3, (T *[]){x, index, src}, 1,
                          &dim));
}

/* ---- masked_select ---- */

/* The 0-based places of the true ones in a computed mask, i64 [k]. */
static T *places(B *b, const T *mask) {
  const uint8_t *on = mask->data;
  int64_t k = 0;
  for (int64_t i = 0; i < mask->size; i++) k += on[i] != 0;
  T *index = b_own(b, weyl_leaf(WEYL_I64, 1, &k));
  if (index == NULL) return NULL;
  int64_t *p = index->data;
  for (int64_t i = 0; i < mask->size; i++)
    if (on[i]) *p++ = i;
  return index;
}

/* x and mask broadcast; the number of results depends on the mask's value. */
int weyl_build_masked_select(B *b, const weyl_arg *a, T **out) {
  char s[WEYL_SHAPE_TEXT], t[WEYL_SHAPE_TEXT];
  T *x = a[0].t, *mask = a[1].t;
  int64_t dims[WEYL_MAX_RANK];
  int rank;
  if (mask->dtype != WEYL_BOOL) {
    weyl_fail(WEYL_EINVAL, "masked_select: mask must be bool, got %s "
              "(compare it with a number first)",
              weyl_dtype_name(mask->dtype));
    return 0;
  }
  if (!weyl_broadcast(x->rank, x->dims, mask->rank, mask->dims, &rank, dims)) {
    weyl_fail(WEYL_EINVAL, "masked_select: shapes %s of x and %s of mask do "
              "not broadcast", weyl_shape_text(s, x->rank, x->dims),
              weyl_shape_text(t, mask->rank, mask->dims));
    return 0;
  }
  mask = b_broadcast(b, mask, rank, dims);
  if (mask == NULL || weyl_eval(1, &mask) != WEYL_OK) return 0;
  T *full = b_broadcast(b, x, rank, dims);
  if (full != NULL) full = b_reshape(b, full, 1, &full->size);
  return compose_one(out, at(b, OP_TAKE, full, places(b, mask), 0));
}

/* ---- order ---- */

/* attr: dim, descending. Positions in the graph's counting. */
static T *order(B *b, T *x, int dim, int descending) {
  int64_t attr[2] = {dim, descending != 0};
  return b_op(b, OP_ARGSORT, 1, &x, 2, attr);
}

/* Values are gathered, so their derivative is a scatter. */
int weyl_build_sort(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int dim = compose_dim("sort", x, &a[1], x->rank - 1);
  if (dim < 0) return 0;
  T *index = order(b, x, dim, (int)a[2].i);
  return compose_two(out, at(b, OP_GATHER, x, index, dim), outward(b, index));
}

int weyl_build_argsort(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int dim = compose_dim("argsort", x, &a[1], x->rank - 1);
  if (dim < 0) return 0;
  return compose_one(out, outward(b, order(b, x, dim, (int)a[2].i)));
}

int weyl_build_topk(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int64_t k = a[1].i;
  int dim = compose_dim("topk", x, &a[2], x->rank - 1);
  if (dim < 0) return 0;
  if (k < 0 || k > x->dims[dim]) {
    weyl_fail(WEYL_EINVAL, "topk: k must be in 0..%" PRId64 ", the size of "
              "dimension %d, got %" PRId64, x->dims[dim], dim + 1, k);
    return 0;
  }
  T *index = b_slice(b, order(b, x, dim, 1), dim, 0, k, 1);
  return compose_two(out, at(b, OP_GATHER, x, index, dim), outward(b, index));
}

/* Without a dim: position in x flattened, kept as [1, .., 1] if asked. */
static int extreme(B *b, weyl_opcode op, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int64_t attr = a[1].given ? a[1].i : 0, ones[WEYL_MAX_RANK];
  int keep = (int)a[2].i;
  if (!a[1].given) {
    T *flat = b_reshape(b, x, 1, &x->size);
    T *y = outward(b, b_op(b, op, 1, &flat, 1, &attr));
    for (int i = 0; i < x->rank; i++) ones[i] = 1;
    return compose_one(out, b_reshape(b, y, keep ? x->rank : 0, ones));
  }
  T *y = outward(b, b_op(b, op, 1, &x, 1, &attr));
  return compose_one(out, keep ? y : b_squeeze(b, y, (int)attr));
}

int weyl_build_argmax(B *b, const weyl_arg *a, T **out) {
  return extreme(b, OP_ARGMAX, a, out);
}

int weyl_build_argmin(B *b, const weyl_arg *a, T **out) {
  return extreme(b, OP_ARGMIN, a, out);
}

/* attr: dim, backwards */
int weyl_build_cumsum(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int dim = compose_dim("cumsum", x, &a[1], 0);
  if (dim < 0) return 0;
  int64_t attr[2] = {dim, 0};
  if (x->dtype == WEYL_BOOL) x = b_cast(b, x, WEYL_I64);
  return compose_one(out, b_op(b, OP_CUMSUM, 1, &x, 2, attr));
}
