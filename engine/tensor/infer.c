/*
** infer.c: shape rules of views, elementwise operations and reductions.
**
** Elementwise rules are on the path of every node a script makes: the case
** of equal shapes comes first and touches nothing else. Inputs of one
** operation have one dtype here; promotion has happened (build.c).
*/
#include "tensor/infer.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME(node) weyl_ops[(node)->op].name

/* ---- arguments and dtypes ---- */

/* As in the table of public functions, which users read in help(). */
const char *infer_argument(const weyl_tensor *node, int i) {
  static const char *const usual[] = {"x", "y", "z"};
  static const char *const where[] = {"condition", "x", "y"};
  static const char *const scatter[] = {"x", "index", "src"};
  static const char *const complex[] = {"re", "im"};
  static const char *const atan2[] = {"y", "x"};
  static const char *const solve[] = {"a", "b"};
  switch (node->op) {
    case OP_WHERE: return where[i];
    case OP_COMPLEX: return complex[i];
    case OP_ATAN2: return atan2[i];
    case OP_SOLVE: case OP_TRISOLVE: return solve[i];
    case OP_GATHER: case OP_TAKE: case OP_SCATTER_ADD: case OP_INDEX_ADD:
      return scatter[i];
    default: return i < 3 ? usual[i] : "an input";
  }
}

/* "f32, f64 or i64" */
static void set_text(char *p, unsigned set) {
  for (int i = 0; i < WEYL_NDTYPE; i++) {
    if (!(set >> i & 1)) continue;
    set &= ~(1u << i);
    const char *then = set == 0 ? "" : set & (set - 1) ? ", " : " or ";
    p += sprintf(p, "%s%s", weyl_dtype_name(i), then);
  }
}

/* What a user whose argument has the wrong dtype probably wants. */
static const char *set_hint(unsigned set, int got) {
  if (weyl_is_complex(got))
    return set & SET_REAL ? " (take :real(), :imag() or :abs())" : "";
  if (set == SET_BOOL) return " (compare it with a number first)";
  if (set & SET_REAL) return " (convert with :to'f32')";
  if (set & SET_COMPLEX) return " (convert with :to'c64')";
  return set & SET_I64 ? " (convert with :to'i64')" : "";
}

/* "exp: x must be f32 or f64, got i64 (convert with :to'f32')" */
static weyl_status bad_dtype(const weyl_tensor *node, int i, unsigned set) {
  char text[64];
  int got = node->in[i]->dtype;
  set_text(text, set);
  return weyl_fail(WEYL_EINVAL, "%s: %s must be %s, got %s%s", NAME(node),
                   infer_argument(node, i), text, weyl_dtype_name(got),
                   set_hint(set, got));
}

weyl_status infer_dtype(const weyl_tensor *node, int i, unsigned set) {
  if (set >> node->in[i]->dtype & 1) return WEYL_OK;
  return bad_dtype(node, i, set);
}

weyl_status infer_agree(const weyl_tensor *node, int i, int j) {
  int a = node->in[i]->dtype, b = node->in[j]->dtype;
  if (a == b) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "%s: %s is %s but %s is %s", NAME(node),
                   infer_argument(node, i), weyl_dtype_name(a),
                   infer_argument(node, j), weyl_dtype_name(b));
}

weyl_status infer_dim(const weyl_tensor *node, int64_t dim) {
  char text[WEYL_SHAPE_TEXT];
  const weyl_tensor *x = node->in[0];
  if (dim >= 0 && dim < x->rank) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "%s: x of shape %s has no dimension %" PRId64,
                   NAME(node), weyl_shape_text(text, x->rank, x->dims),
                   dim + 1);
}

/* ---- broadcasting of elementwise inputs ---- */

/* Names the last dim that does not fit, as counted in the wider shape. */
static weyl_status no_broadcast(const weyl_tensor *n, const weyl_tensor *y) {
  char a[WEYL_SHAPE_TEXT], b[WEYL_SHAPE_TEXT];
  int i = 1;
  while (n->dims[n->rank - i] == y->dims[y->rank - i] ||
         n->dims[n->rank - i] == 1 || y->dims[y->rank - i] == 1)
    i++;
  int rank = n->rank > y->rank ? n->rank : y->rank;
  return weyl_fail(
      WEYL_EINVAL,
      "%s: shapes %s and %s do not broadcast: dimension %d is %" PRId64
      " against %" PRId64,
      NAME(n), weyl_shape_text(a, n->rank, n->dims),
      weyl_shape_text(b, y->rank, y->dims), rank - i + 1,
      n->dims[n->rank - i], y->dims[y->rank - i]);
}

/* The node's shape, so far that of earlier inputs, broadcast with y's. */
static weyl_status join(weyl_tensor *n, const weyl_tensor *y) {
  int64_t dims[WEYL_MAX_RANK];
  int rank;
  if (y->rank == 0) return WEYL_OK;
  if (!weyl_broadcast(n->rank, n->dims, y->rank, y->dims, &rank, dims))
    return no_broadcast(n, y);
  n->rank = (uint8_t)rank;
  memcpy(n->dims, dims, (size_t)rank * sizeof *dims);
  return WEYL_OK;
}

/* The common shape of all inputs; equal shapes take no further work. */
static weyl_status spread(weyl_tensor *n) {
  infer_shape(n, n->in[0]);
  for (uint32_t i = 1; i < n->nin; i++)
    if (!weyl_same_shape(n, n->in[i]) && join(n, n->in[i]) != WEYL_OK)
      return WEYL_EINVAL;
  return WEYL_OK;
}

/* All inputs of one dtype of the set; shapes broadcast. */
static weyl_status elementwise(weyl_tensor *n, unsigned set, int dtype) {
  int got = n->in[0]->dtype;
  if (!(set >> got & 1)) return bad_dtype(n, 0, set);
  for (uint32_t i = 1; i < n->nin; i++)
    if (n->in[i]->dtype != got) return infer_agree(n, 0, (int)i);
  n->dtype = (uint8_t)dtype;
  return spread(n);
}

/* One line per rule: which dtypes may enter, and what comes out. */
#define ELEMENTWISE(rule, set, dtype)             \
  weyl_status weyl_infer_##rule(weyl_tensor *n) { \
    return elementwise(n, set, dtype);            \
  }
#define GOT n->in[0]->dtype

ELEMENTWISE(number, SET_FLOAT | SET_I64, GOT)
ELEMENTWISE(floating, SET_FLOAT, GOT)
ELEMENTWISE(real, SET_REAL, GOT)
ELEMENTWISE(real_number, SET_REAL | SET_I64, GOT)
ELEMENTWISE(boolean, SET_BOOL, GOT)
ELEMENTWISE(to_real, SET_FLOAT | SET_I64, weyl_real_of(GOT))
ELEMENTWISE(test, SET_FLOAT, WEYL_BOOL)
ELEMENTWISE(complex, SET_COMPLEX, GOT)
ELEMENTWISE(part, SET_COMPLEX, weyl_real_of(GOT))
ELEMENTWISE(make_complex, SET_REAL, weyl_complex_of(GOT))
ELEMENTWISE(compare, SET_ANY, WEYL_BOOL)
ELEMENTWISE(order, SET_REAL | SET_I64 | SET_BOOL, WEYL_BOOL)

/* The condition alone has a dtype of its own. */
weyl_status weyl_infer_where(weyl_tensor *n) {
  if (infer_dtype(n, 0, SET_BOOL) != WEYL_OK) return WEYL_EINVAL;
  if (infer_agree(n, 1, 2) != WEYL_OK) return WEYL_EINVAL;
  n->dtype = n->in[1]->dtype;
  return spread(n);
}

/* attr: dtype. Any to any: the kernel table has all pairs. */
weyl_status weyl_infer_cast(weyl_tensor *n) {
  infer_shape(n, n->in[0]);
  n->dtype = (uint8_t)n->attr[0];
  return WEYL_OK;
}

/* ---- leaves and views ---- */

/* Leaves come with their shape; none is made through weyl_make. */
weyl_status weyl_infer_none(weyl_tensor *n) {
  return weyl_fail(WEYL_EINVAL, "%s: made from data only", NAME(n));
}

/* identity, stop_gradient */
weyl_status weyl_infer_same(weyl_tensor *n) {
  infer_like(n, n->in[0]);
  return WEYL_OK;
}

/* x's dtype in a new shape, which is the attributes. */
static weyl_status take_dims(weyl_tensor *n) {
  if (n->nattr > WEYL_MAX_RANK)
    return weyl_fail(WEYL_EINVAL, "%s: a shape has at most %d dimensions, "
                     "got %d", NAME(n), WEYL_MAX_RANK, n->nattr);
  n->dtype = n->in[0]->dtype;
  n->rank = (uint8_t)n->nattr;
  if (n->nattr > 0) memcpy(n->dims, n->attr, n->nattr * sizeof *n->attr);
  return WEYL_OK;
}

/* "reshape: x of shape [6] <why> [4, 2]" */
static weyl_status bad_shape(const weyl_tensor *n, const char *why) {
  char a[WEYL_SHAPE_TEXT], b[WEYL_SHAPE_TEXT];
  const weyl_tensor *x = n->in[0];
  return weyl_fail(WEYL_EINVAL, "%s: x of shape %s %s %s", NAME(n),
                   weyl_shape_text(a, x->rank, x->dims), why,
                   weyl_shape_text(b, n->nattr, n->attr));
}

/* attr: new dims, complete; a -1 was filled in before (compose_shape.c) */
weyl_status weyl_infer_reshape(weyl_tensor *n) {
  if (take_dims(n) != WEYL_OK) return WEYL_EINVAL;
  if (weyl_count(n->rank, n->dims) != n->in[0]->size)
    return bad_shape(n, "has another number of elements than");
  return WEYL_OK;
}

/* attr: for each new dim the 0-based dim it comes from */
weyl_status weyl_infer_permute(weyl_tensor *n) {
  const weyl_tensor *x = n->in[0];
  unsigned seen = 0;
  if (n->nattr != x->rank) return bad_shape(n, "cannot take the order");
  infer_like(n, x);
  for (int i = 0; i < x->rank; i++) {
    int64_t from = n->attr[i];
    if (from < 0 || from >= x->rank || (seen >> from & 1))
      return bad_shape(n, "cannot take the (0-based) order");
    seen |= 1u << from;
    n->dims[i] = x->dims[from];
  }
  return WEYL_OK;
}

/* attr: new dims; x's are matched from the end, each equal or 1 */
weyl_status weyl_infer_broadcast(weyl_tensor *n) {
  const weyl_tensor *x = n->in[0];
  if (take_dims(n) != WEYL_OK) return WEYL_EINVAL;
  int lead = n->rank - x->rank;
  if (lead < 0) return bad_shape(n, "does not broadcast to");
  for (int i = 0; i < x->rank; i++)
    if (x->dims[i] != 1 && x->dims[i] != n->dims[lead + i])
      return bad_shape(n, "does not broadcast to");
  return WEYL_OK;
}

/* Whether start, start + step, ... (count of them) lie in [0, n). */
static int inside(int64_t n, int64_t start, int64_t count, int64_t step) {
  if (count < 0) return 0;
  if (count == 0) return 1;
  if (start < 0 || start >= n || (step == 0 && count > 1)) return 0;
  if (count == 1 || step == 0) return 1;
  return step > 0 ? count - 1 <= (n - 1 - start) / step
                  : count - 1 <= start / -step;
}

static weyl_status outside(const weyl_tensor *n, int dim) {
  return weyl_fail(WEYL_EINVAL, "%s: the range leaves dimension %d",
                   NAME(n), dim + 1);
}

/* attr: (start, count, step) per dim; a step may be negative */
weyl_status weyl_infer_slice(weyl_tensor *n) {
  const weyl_tensor *x = n->in[0];
  infer_like(n, x);
  for (int i = 0; i < x->rank; i++) {
    const int64_t *a = n->attr + 3 * i; /* start, count, step */
    if (!inside(x->dims[i], a[0], a[1], a[2])) return outside(n, i);
    n->dims[i] = a[1];
  }
  return WEYL_OK;
}

/* attr: full dims, then (start, step) per dim: where x's entries go */
weyl_status weyl_infer_unslice(weyl_tensor *n) {
  const weyl_tensor *x = n->in[0];
  infer_like(n, x);
  for (int i = 0; i < x->rank; i++) {
    const int64_t *a = n->attr + x->rank + 2 * i; /* start, step */
    n->dims[i] = n->attr[i];
    if (!inside(n->dims[i], a[0], x->dims[i], a[1])) return outside(n, i);
  }
  return WEYL_OK;
}

/* [.., n, m] -> [.., min(n, m)] */
weyl_status weyl_infer_diagonal(weyl_tensor *n) {
  const weyl_tensor *x = n->in[0];
  if (x->rank < 2)
    return weyl_fail(WEYL_EINVAL, "diagonal: x must have at least 2 "
                     "dimensions, got %d", x->rank);
  infer_like(n, x);
  n->rank--;
  if (x->dims[x->rank - 1] < x->dims[x->rank - 2])
    n->dims[n->rank - 1] = x->dims[x->rank - 1];
  return WEYL_OK;
}

/* ---- reductions ---- */

/* attr[0]: bit i set when dim i is folded; it stays as 1. */
static weyl_status reduce(weyl_tensor *n, unsigned set) {
  const weyl_tensor *x = n->in[0];
  if (!(set >> x->dtype & 1)) return bad_dtype(n, 0, set);
  infer_like(n, x);
  for (int i = 0; i < x->rank; i++)
    if (n->attr[0] >> i & 1) n->dims[i] = 1;
  return WEYL_OK;
}

weyl_status weyl_infer_reduce_number(weyl_tensor *n) {
  return reduce(n, SET_FLOAT | SET_I64);
}

weyl_status weyl_infer_reduce_boolean(weyl_tensor *n) {
  return reduce(n, SET_BOOL);
}

/* Nothing has a sum and a product, but no largest entry. */
weyl_status weyl_infer_reduce_order(weyl_tensor *n) {
  const weyl_tensor *x = n->in[0];
  if (reduce(n, SET_REAL | SET_I64) != WEYL_OK) return WEYL_EINVAL;
  for (int i = 0; i < x->rank; i++)
    if ((n->attr[0] >> i & 1) && x->dims[i] == 0)
      return weyl_fail(WEYL_EINVAL, "%s: dimension %d is empty", NAME(n),
                       i + 1);
  return WEYL_OK;
}
