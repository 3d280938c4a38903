/*
** infer_regularize.c: shape rules of the penalties' primitives.
*/
#include "tensor/blocks.h"
#include "tensor/infer.h"

#define NAME(node) weyl_ops[(node)->op].name

/* Whether the number of attributes and their signs make sense. */
static weyl_status check_attr(const weyl_tensor *node) {
  int64_t nout = node->nattr > 1 ? node->attr[0] : -1;
  int64_t nin = node->nattr > 1 ? node->attr[1] : -1;
  int ok = nout >= 0 && nin >= 0 && nout < UINT16_MAX && nin < UINT16_MAX &&
           node->nattr == 2 + 2 * (nout + nin) + nout * nin;
  for (int i = 2; ok && i < node->nattr; i++)
    ok = node->attr[i] >= 0 && node->attr[i] <= INT32_MAX;
  for (int64_t i = 0; ok && i < nout + nin; i++) /* entries of each run */
    ok = node->attr[2 + 2 * i] * node->attr[3 + 2 * i] <= INT32_MAX;
  if (ok) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "%s: the attributes are malformed",
                   NAME(node));
}

/* Fails unless dimension dim of W is what the runs (size, mult) fill. */
static weyl_status check_runs(const weyl_tensor *node, int dim, int64_t n,
                              const int64_t *runs) {
  const weyl_tensor *w = node->in[0];
  int64_t have = dim < w->rank ? w->dims[dim] : 1, want = 0;
  char text[WEYL_SHAPE_TEXT];
  for (int64_t i = 0; i < n; i++) want += runs[2 * i] * runs[2 * i + 1];
  if (have == want) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL,
                   "%s: W has shape %s; the %s representation needs "
                   "dimension %d to be %lld, not %lld",
                   NAME(node), weyl_shape_text(text, w->rank, w->dims),
                   dim == 0 ? "output" : "input", dim + 1, (long long)want,
                   (long long)have);
}

/* W [rows, cols] or [rows], values [nvalues], pattern [npattern] */
weyl_status weyl_infer_blockmap(weyl_tensor *node) {
  const weyl_tensor *w = node->in[0];
  char text[WEYL_SHAPE_TEXT];
  weyl_status s = infer_dtype(node, 0, SET_REAL);
  if (s == WEYL_OK) s = infer_agree(node, 0, 1);
  if (s == WEYL_OK) s = infer_dtype(node, 2, SET_I64);
  if (s == WEYL_OK) s = check_attr(node);
  if (s != WEYL_OK) return s;
  if (w->rank < 1 || w->rank > 2)
    return weyl_fail(WEYL_EINVAL,
                     "%s: W must have rank 1 or 2, got shape %s", NAME(node),
                     weyl_shape_text(text, w->rank, w->dims));
  weyl_blockattr a = weyl_blocks_attr(node->attr);
  s = check_runs(node, 0, a.nout, a.out);
  if (s == WEYL_OK) s = check_runs(node, 1, a.nin, a.in);
  infer_like(node, w);
  return s;
}

/* w, S w of one shape -> a number */
weyl_status weyl_infer_halfquad(weyl_tensor *node) {
  const weyl_tensor *x = node->in[0], *y = node->in[1];
  char tx[WEYL_SHAPE_TEXT], ty[WEYL_SHAPE_TEXT];
  weyl_status s = infer_dtype(node, 0, SET_REAL);
  if (s == WEYL_OK) s = infer_agree(node, 0, 1);
  if (s != WEYL_OK) return s;
  if (!weyl_same_shape(x, y))
    return weyl_fail(WEYL_EINVAL, "%s: x has shape %s but y has shape %s",
                     NAME(node), weyl_shape_text(tx, x->rank, x->dims),
                     weyl_shape_text(ty, y->rank, y->dims));
  node->dtype = x->dtype;
  node->rank = 0;
  return WEYL_OK;
}
