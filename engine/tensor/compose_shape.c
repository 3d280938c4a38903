/*
** compose_shape.c: views, joins and cuts.
*/
#include "tensor/compose.h"

#include <inttypes.h>

/* ---- views ---- */

/* The shape with its one -1 replaced; 0 with a message. */
static int complete_shape(const T *x, const weyl_arg *shape, int64_t *dims) {
  char text[WEYL_SHAPE_TEXT];
  int64_t rest = 1;
  int hole = -1, holes = 0;
  for (int i = 0; i < shape->n; i++) {
    dims[i] = shape->d[i];
    if (dims[i] == -1)
      hole = i, holes++;
    else if (__builtin_mul_overflow(rest, dims[i], &rest))
      rest = 0;
  }
  if (holes == 1 && rest > 0 && x->size % rest == 0)
    dims[hole] = x->size / rest;
  else if (holes > 0) {
    weyl_fail(WEYL_EINVAL, "reshape: %" PRId64 " elements do not fill %s",
              x->size, weyl_shape_text(text, shape->n, shape->d));
    return 0;
  }
  return 1;
}

int weyl_build_reshape(B *b, const weyl_arg *a, T **out) {
  int64_t dims[2 * WEYL_MAX_RANK];
  T *x = a[0].t;
  if (!complete_shape(x, &a[1], dims)) return 0;
  return compose_one(out, b_reshape(b, x, a[1].n, dims));
}

/* order is 1-based or negative, each dim once */
int weyl_build_permute(B *b, const weyl_arg *a, T **out) {
  int perm[WEYL_MAX_RANK];
  char text[WEYL_SHAPE_TEXT];
  T *x = a[0].t;
  unsigned seen = 0;
  int ok = a[1].n == x->rank;
  for (int i = 0; ok && i < x->rank; i++) {
    int64_t d = a[1].d[i];
    d = d < 0 ? d + x->rank : d - 1;
    ok = d >= 0 && d < x->rank && !(seen >> d & 1);
    if (!ok) break;
    seen |= 1u << d;
    perm[i] = (int)d;
  }
  if (ok) return compose_one(out, b_permute(b, x, perm));
  weyl_fail(WEYL_EINVAL, "permute: order must name each of the %d dimensions "
            "once, got %s", x->rank, weyl_shape_text(text, a[1].n, a[1].d));
  return 0;
}

int weyl_build_transpose(B *b, const weyl_arg *a, T **out) {
  char text[WEYL_SHAPE_TEXT];
  T *x = a[0].t;
  if (a[1].given != a[2].given) {
    weyl_fail(WEYL_EINVAL, "transpose: give both dimensions or none");
    return 0;
  }
  if (a[1].given)
    return compose_one(out, b_swap(b, x, (int)a[1].i, (int)a[2].i));
  if (x->rank >= 2) return compose_one(out, b_transpose(b, x));
  weyl_fail(WEYL_EINVAL, "transpose: x must have at least 2 dimensions, got "
            "shape %s", weyl_shape_text(text, x->rank, x->dims));
  return 0;
}

int weyl_build_broadcast_to(B *b, const weyl_arg *a, T **out) {
  if (!compose_shape_ok("broadcast_to", &a[1])) return 0;
  return compose_one(out, b_broadcast(b, a[0].t, a[1].n, a[1].d));
}

/* Dims that were named must be 1; with none named all of size 1 go. */
int weyl_build_squeeze(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int64_t dims[WEYL_MAX_RANK];
  uint32_t mask = compose_mask(x, &a[1]);
  int rank = 0;
  for (int i = 0; i < x->rank; i++) {
    int named = (int)(mask >> i & 1);
    if (named && a[1].given && x->dims[i] != 1) {
      weyl_fail(WEYL_EINVAL, "squeeze: dimension %d has size %" PRId64
                ", only size 1 can be dropped", i + 1, x->dims[i]);
      return 0;
    }
    if (!named || x->dims[i] != 1) dims[rank++] = x->dims[i];
  }
  return compose_one(out, b_reshape(b, x, rank, dims));
}

/* dim is a dim of the result: 1..rank + 1, or negative from its end */
int weyl_build_unsqueeze(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int64_t dim = a[1].i < 0 ? a[1].i + x->rank + 1 : a[1].i - 1;
  if (dim < 0 || dim > x->rank) {
    weyl_fail(WEYL_EINVAL, "unsqueeze: dim must be in 1..%d or -%d..-1, got "
              "%" PRId64, x->rank + 1, x->rank + 1, a[1].i);
    return 0;
  }
  return compose_one(out, b_unsqueeze(b, x, (int)dim));
}

int weyl_build_flatten(B *b, const weyl_arg *a, T **out) {
  return compose_one(out, b_reshape(b, a[0].t, 1, &a[0].t->size));
}

/* One view per dim; the executor reads through them with one stride each. */
int weyl_build_flip(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  uint32_t mask = compose_mask(x, &a[1]);
  for (int i = 0; x != NULL && i < x->rank; i++)
    if (mask >> i & 1) x = b_flip(b, x, i);
  return compose_one(out, x);
}

/* ---- slice ---- */

/*
** A 1-based position of a dim of size n, negative from the end. One beyond
** either end is allowed so that empty ranges can be written; -1 otherwise.
*/
static int64_t position(int64_t p, int64_t n) {
  if (p < 0) p += n + 1;
  return p >= 0 && p <= n + 1 ? p : -1;
}

static int bad_range(const T *x, const weyl_arg *a, int64_t last) {
  weyl_fail(WEYL_EINVAL, "slice: %" PRId64 "..%" PRId64
            " leaves 1..%" PRId64 " of dimension %d",
            a[2].i, last, x->dims[a[1].i], (int)a[1].i + 1);
  return 0;
}

/*
** first..last by step, like Lua's for. Ranges that name no entry are empty;
** a range that names an entry outside is an error, never cut short.
*/
int weyl_build_slice(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int dim = (int)a[1].i;
  int64_t n = x->dims[dim], step = a[4].given ? a[4].i : 1;
  int64_t last = a[3].given ? a[3].i : step > 0 ? n : 1;
  int64_t p = position(a[2].i, n), q = position(last, n);
  if (step == 0 || step == INT64_MIN) {
    weyl_fail(WEYL_EINVAL, "slice: step must not be %" PRId64, step);
    return 0;
  }
  int64_t span = step > 0 ? q - p : p - q;
  if (p < 0 || q < 0) return bad_range(x, a, last);
  int64_t count = span < 0 ? 0 : span / (step > 0 ? step : -step) + 1;
  if (count > 0 && (p < 1 || p > n || q < 1 || q > n))
    return bad_range(x, a, last);
  int64_t start = count > 0 ? p - 1 : 0;
  return compose_one(out, b_slice(b, x, dim, start, count, step));
}

/* ---- pad ---- */

/* x inside zeros; attr of the UNSLICE: full dims, then start, step per dim */
static int pad_attr(const T *x, const weyl_arg *widths, int64_t *attr) {
  int rank = x->rank;
  if (widths->n != 2 * rank) {
    weyl_fail(WEYL_EINVAL, "pad: widths must be 2 for each of the %d "
              "dimensions, before and after, got %d", rank, widths->n);
    return 0;
  }
  for (int i = 0; i < rank; i++) {
    int64_t before = widths->d[2 * i], after = widths->d[2 * i + 1], n;
    if (before < 0 || after < 0 ||
        __builtin_add_overflow(before, after, &n) ||
        __builtin_add_overflow(n, x->dims[i], &n)) {
      weyl_fail(WEYL_EINVAL, "pad: widths of dimension %d must be at least 0, "
                "got %" PRId64 " and %" PRId64, i + 1, before, after);
      return 0;
    }
    attr[i] = n;
    attr[rank + 2 * i] = before;
    attr[rank + 2 * i + 1] = 1;
  }
  return 1;
}

/* Selected by a mask, so that an infinite value does no harm inside. */
int weyl_build_pad(B *b, const weyl_arg *a, T **out) {
  char text[WEYL_SHAPE_TEXT];
  int64_t attr[3 * WEYL_MAX_RANK];
  T *x = a[0].t, *value = a[2].t;
  if (!pad_attr(x, &a[1], attr)) return 0;
  int nattr = 3 * x->rank;
  T *y = b_op(b, OP_UNSLICE, 1, &x, nattr, attr);
  if (!a[2].given) return compose_one(out, y);
  if (value->rank > 0) {
    weyl_fail(WEYL_EINVAL, "pad: value must be a number or of shape [], got "
              "%s", weyl_shape_text(text, value->rank, value->dims));
    return 0;
  }
  T *ones = b_full(b, WEYL_BOOL, x->rank, x->dims, 1);
  T *inside = b_op(b, OP_UNSLICE, 1, &ones, nattr, attr);
  return compose_one(out,
                     b_where(b, inside, y, b_cast(b, value, x->dtype)));
}

/* ---- concat, stack, split ---- */

/* The common dtype of a list; -1 with a message. */
static int list_dtype(const char *name, const weyl_arg *xs) {
  if (xs->n == 0) {
    weyl_fail(WEYL_EINVAL, "%s: xs is empty", name);
    return -1;
  }
  int dtype = xs->list[0]->dtype;
  for (int i = 1; i < xs->n; i++) {
    int next = weyl_promote(dtype, xs->list[i]->dtype);
    if (next < 0) {
      weyl_fail(WEYL_EINVAL, "%s: %s and %s (input %d) do not mix (convert "
                "one with :to)", name, weyl_dtype_name(dtype),
                weyl_dtype_name(xs->list[i]->dtype), i + 1);
      return -1;
    }
    dtype = next;
  }
  return dtype;
}

/* Joins along dim; `fresh`: each gets a new dim of size 1 there first. */
static T *joined(B *b, const weyl_arg *xs, int dtype, int dim, int fresh) {
  T **list = weyl_malloc((size_t)xs->n * sizeof *list);
  if (list == NULL) return NULL;
  for (int i = 0; i < xs->n; i++) {
    list[i] = b_cast(b, xs->list[i], dtype);
    if (fresh) list[i] = b_unsqueeze(b, list[i], dim);
  }
  T *y = b_concat(b, xs->n, list, dim);
  weyl_free(list);
  return y;
}

int weyl_build_concat(B *b, const weyl_arg *a, T **out) {
  int dtype = list_dtype("concat", &a[0]);
  if (dtype < 0) return 0;
  int dim = compose_dim("concat", a[0].list[0], &a[1], 0);
  if (dim < 0) return 0;
  return compose_one(out, joined(b, &a[0], dtype, dim, 0));
}

/* dim counts in the result, which has one more than each input */
int weyl_build_stack(B *b, const weyl_arg *a, T **out) {
  char s[WEYL_SHAPE_TEXT], t[WEYL_SHAPE_TEXT];
  int dtype = list_dtype("stack", &a[0]);
  if (dtype < 0) return 0;
  const T *x = a[0].list[0];
  for (int i = 1; i < a[0].n; i++) {
    const T *y = a[0].list[i];
    if (weyl_same_shape(x, y)) continue;
    weyl_fail(WEYL_EINVAL, "stack: input %d has shape %s but input 1 %s",
              i + 1, weyl_shape_text(s, y->rank, y->dims),
              weyl_shape_text(t, x->rank, x->dims));
    return 0;
  }
  int dim = a[1].given ? (int)a[1].i : 0;
  return compose_one(out, joined(b, &a[0], dtype, dim, 1));
}

/* Sizes of the pieces of n; their number, 0 with a message. */
static int piece_sizes(const weyl_arg *a, int64_t n, int64_t *size) {
  int64_t left = n, one = a->n == 1 ? a->d[0] : 0;
  int count = a->n;
  if (one > 0 && n % one == 0 && n / one <= WEYL_MAX_OUT)
    count = (int)(n / one);
  for (int i = 0; i < count; i++) {
    size[i] = one > 0 ? one : a->d[i];
    if (size[i] < 0 || size[i] > left) count = 0;
    left -= size[i];
  }
  if (count > 0 && left == 0) return count;
  char text[WEYL_SHAPE_TEXT];
  weyl_fail(WEYL_EINVAL, "split: sizes %s do not cut %" PRId64
            " into 1 to %d pieces", weyl_shape_text(text, a->n, a->d), n,
            WEYL_MAX_OUT);
  return 0;
}

/* Pieces are views. */
int weyl_build_split(B *b, const weyl_arg *a, T **out) {
  int64_t size[WEYL_MAX_OUT], start = 0;
  T *x = a[0].t;
  int dim = compose_dim("split", x, &a[2], 0);
  if (dim < 0) return 0;
  int n = piece_sizes(&a[1], x->dims[dim], size);
  for (int i = 0; i < n; i++) {
    out[i] = b_slice(b, x, dim, start, size[i], 1);
    if (out[i] == NULL) return 0;
    start += size[i];
  }
  return n;
}

/* ---- tile, roll ---- */

/* dim repeated t times: [.., d, ..] -> [.., t, d, ..] -> [.., t d, ..] */
static T *repeated(B *b, T *x, int dim, int64_t t) {
  int64_t dims[WEYL_MAX_RANK];
  T *y = b_unsqueeze(b, x, dim);
  if (y == NULL) return NULL;
  for (int i = 0; i < y->rank; i++) dims[i] = y->dims[i];
  dims[dim] = t;
  y = b_broadcast(b, y, x->rank + 1, dims);
  for (int i = 0; i < x->rank; i++) dims[i] = x->dims[i];
  if (__builtin_mul_overflow(dims[dim], t, &dims[dim])) dims[dim] = -1;
  return b_reshape(b, y, x->rank, dims);
}

int weyl_build_tile(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  if (a[1].n != x->rank) {
    weyl_fail(WEYL_EINVAL, "tile: times must be 1 for each of the %d "
              "dimensions, got %d", x->rank, a[1].n);
    return 0;
  }
  for (int i = 0; x != NULL && i < x->rank; i++) {
    int64_t t = a[1].d[i];
    if (t < 0) {
      weyl_fail(WEYL_EINVAL, "tile: times of dimension %d must be at least "
                "0, got %" PRId64, i + 1, t);
      return 0;
    }
    if (t != 1) x = repeated(b, x, i, t);
  }
  return compose_one(out, x);
}

/* Entry i goes to i + shift; what leaves at one end enters at the other. */
int weyl_build_roll(B *b, const weyl_arg *a, T **out) {
  T *x = a[0].t;
  int dim = compose_dim("roll", x, &a[2], x->rank - 1);
  if (dim < 0) return 0;
  int64_t n = x->dims[dim], shift = n > 0 ? a[1].i % n : 0;
  if (shift < 0) shift += n;
  if (shift == 0) return compose_one(out, x);
  T *front = b_slice(b, x, dim, n - shift, shift, 1);
  T *back = b_slice(b, x, dim, 0, n - shift, 1);
  return compose_one(out, b_concat(b, 2, (T *[]){front, back}, dim));
}
