/*
** rules_shape.c: derivatives of views and joins. All are linear, each the
** adjoint of another: slice of unslice, broadcast of sum, permute of its
** inverse.
*/
#include "autodiff/rules.h"

RULE_NONE(LEAF, "it is data")
RULE_NONE(STOP, "it is held constant by stop_gradient")

/* Identities stand for the inputs of a transform (binding/transforms.c). */
static T *vjp_identity(B *b, T *y, int i, T *g, int *zero) {
  (void)b, (void)y, (void)i, (void)zero;
  return g;
}

static T *jvp_identity(B *b, T *y, int i, T *t, int *zero) {
  (void)b, (void)y, (void)i, (void)zero;
  return t;
}

static T *vjp_reshape(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_reshape_like(b, g, y->in[i]);
}

/* attr: source of each dim; the adjoint sends each back there */
static T *vjp_permute(B *b, T *y, int i, T *g, int *zero) {
  (void)i, (void)zero;
  int inverse[WEYL_MAX_RANK];
  for (int k = 0; k < y->rank; k++) inverse[y->attr[k]] = k;
  return b_permute(b, g, inverse);
}

/* Each entry was read many times. */
static T *vjp_broadcast(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_sum_to(b, g, y->in[i]);
}

/*
** attr of a slice: (start, count, step) per dim; of an unslice: full dims,
** then (start, step) per dim
*/
static T *vjp_slice(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  int64_t attr[3 * WEYL_MAX_RANK];
  int rank = y->rank;
  for (int d = 0; d < rank; d++) {
    attr[d] = y->in[i]->dims[d];
    attr[rank + 2 * d] = y->attr[3 * d];
    attr[rank + 2 * d + 1] = y->attr[3 * d + 2];
  }
  return b_op(b, OP_UNSLICE, 1, &g, 3 * rank, attr);
}

static T *vjp_unslice(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  int64_t attr[3 * WEYL_MAX_RANK];
  int rank = y->rank;
  for (int d = 0; d < rank; d++) {
    attr[3 * d] = y->attr[rank + 2 * d];
    attr[3 * d + 1] = y->in[i]->dims[d];
    attr[3 * d + 2] = y->attr[rank + 2 * d + 1];
  }
  return b_op(b, OP_SLICE, 1, &g, 3 * rank, attr);
}

/* g placed at `start` of dim d in zeros of shape dims */
static T *placed(B *b, T *g, const int64_t *dims, int d, int64_t start) {
  int64_t attr[3 * WEYL_MAX_RANK];
  if (g == NULL) return NULL;
  int rank = g->rank;
  for (int k = 0; k < rank; k++) {
    attr[k] = dims[k];
    attr[rank + 2 * k] = k == d ? start : 0;
    attr[rank + 2 * k + 1] = 1;
  }
  return b_op(b, OP_UNSLICE, 1, &g, 3 * rank, attr);
}

/* [.., k] on the diagonal of zeros [.., n, m], k = min(n, m) */
static T *vjp_diagonal(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  T *square = b_diag_embed(b, g);
  const T *x = y->in[i];
  if (square == NULL || weyl_same_shape(square, x)) return square;
  return placed(b, square, x->dims, 0, 0);
}

RULE_MAPS(IDENT, vjp_identity, jvp_identity)
RULE_MAPS(RESHAPE, vjp_reshape, weyl_jvp_linear)
RULE_MAPS(PERMUTE, vjp_permute, weyl_jvp_linear)
RULE_MAPS(BROADCAST, vjp_broadcast, weyl_jvp_linear)
RULE_MAPS(SLICE, vjp_slice, weyl_jvp_linear)
RULE_MAPS(UNSLICE, vjp_unslice, weyl_jvp_linear)
RULE_MAPS(DIAGONAL, vjp_diagonal, weyl_jvp_linear)

/* ---- concat: input i lies at the sum of the earlier lengths ---- */

static int64_t place_of(const T *y, int i) {
  int64_t start = 0;
  for (int k = 0; k < i; k++) start += y->in[k]->dims[y->attr[0]];
  return start;
}

static T *vjp_concat(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  int dim = (int)y->attr[0];
  return b_slice(b, g, dim, place_of(y, i), y->in[i]->dims[dim], 1);
}

static T *jvp_concat(B *b, T *y, int i, T *t, int *zero) {
  (void)zero;
  return placed(b, t, y->dims, (int)y->attr[0], place_of(y, i));
}

RULE_MAPS(CONCAT, vjp_concat, jvp_concat)
