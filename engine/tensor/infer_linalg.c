/*
** infer_linalg.c: shape rules of the matrix product and of linear algebra.
**
** Every rule reads matrices from the last two dimensions; the dimensions
** before them are a batch. All operands are floats of one dtype. Matrix
** sides fit LAPACK's 32-bit integers, so kernels need not check again.
*/
#include "tensor/infer.h"

#define NAME(node) weyl_ops[(node)->op].name

/* Whether input i is a float [.., m, n]. */
static weyl_status check_matrix(const weyl_tensor *node, int i) {
  const weyl_tensor *x = node->in[i];
  char text[WEYL_SHAPE_TEXT];
  weyl_status s = infer_dtype(node, i, SET_FLOAT);
  if (s != WEYL_OK) return s;
  if (x->rank < 2)
    return weyl_fail(WEYL_EINVAL,
                     "%s: %s must be a matrix [.., m, n], got shape %s",
                     NAME(node), infer_argument(node, i),
                     weyl_shape_text(text, x->rank, x->dims));
  for (int d = x->rank - 2; d < x->rank; d++)
    if (x->dims[d] >= INT32_MAX)
      return weyl_fail(WEYL_EINVAL,
                       "%s: dimension %d of %s is %lld, it must be below %d",
                       NAME(node), d + 1, infer_argument(node, i),
                       (long long)x->dims[d], INT32_MAX);
  return WEYL_OK;
}

static weyl_status check_square(const weyl_tensor *node, int i) {
  const weyl_tensor *x = node->in[i];
  char text[WEYL_SHAPE_TEXT];
  weyl_status s = check_matrix(node, i);
  if (s != WEYL_OK) return s;
  if (x->dims[x->rank - 2] != x->dims[x->rank - 1])
    return weyl_fail(WEYL_EINVAL,
                     "%s: %s must be square in its last two dimensions, "
                     "got shape %s",
                     NAME(node), infer_argument(node, i),
                     weyl_shape_text(text, x->rank, x->dims));
  return WEYL_OK;
}

/* The batch dimensions of input 0, then `tail` dimensions more. */
static weyl_status set_shape(weyl_tensor *node, int tail,
                             const int64_t *last) {
  const weyl_tensor *x = node->in[0];
  int batch = x->rank - 2;
  node->dtype = x->dtype;
  node->rank = (uint8_t)(batch + tail);
  memcpy(node->dims, x->dims, (size_t)batch * sizeof *x->dims);
  memcpy(node->dims + batch, last, (size_t)tail * sizeof *last);
  return WEYL_OK;
}

/* Why a product of inputs 0 and 1 is not possible. */
static weyl_status misfit(const weyl_tensor *node) {
  const weyl_tensor *x = node->in[0], *y = node->in[1];
  const char *a = infer_argument(node, 0), *b = infer_argument(node, 1);
  int64_t inner = x->dims[x->rank - 1], other = y->dims[y->rank - 2];
  char tx[WEYL_SHAPE_TEXT], ty[WEYL_SHAPE_TEXT];
  weyl_shape_text(tx, x->rank, x->dims);
  weyl_shape_text(ty, y->rank, y->dims);
  if (inner == other)
    return weyl_fail(WEYL_EINVAL,
                     "%s: the batches of %s %s and %s %s do not broadcast",
                     NAME(node), a, tx, b, ty);
  return weyl_fail(WEYL_EINVAL,
                   "%s: %s %s and %s %s do not fit: dimension %d of %s is "
                   "%lld, dimension %d of %s is %lld",
                   NAME(node), a, tx, b, ty, x->rank, a, (long long)inner,
                   y->rank - 1, b, (long long)other);
}

/* [.., n, k] with [.., k, m] -> [.., n, m]; batches broadcast. */
static weyl_status set_product(weyl_tensor *node) {
  const weyl_tensor *x = node->in[0], *y = node->in[1];
  int rank;
  weyl_status s = infer_agree(node, 0, 1);
  if (s != WEYL_OK) return s;
  if (x->dims[x->rank - 1] != y->dims[y->rank - 2] ||
      !weyl_broadcast(x->rank - 2, x->dims, y->rank - 2, y->dims, &rank,
                      node->dims))
    return misfit(node);
  node->dtype = x->dtype;
  node->rank = (uint8_t)(rank + 2);
  node->dims[rank] = x->dims[x->rank - 2];
  node->dims[rank + 1] = y->dims[y->rank - 1];
  return WEYL_OK;
}

/* x [.., n, k], y [.., k, m] -> [.., n, m] */
weyl_status weyl_infer_matmul(weyl_tensor *node) {
  weyl_status s = check_matrix(node, 0);
  if (s == WEYL_OK) s = check_matrix(node, 1);
  return s != WEYL_OK ? s : set_product(node);
}

/* a [.., n, n], b [.., n, m] -> [.., n, m] */
weyl_status weyl_infer_solve(weyl_tensor *node) {
  weyl_status s = check_square(node, 0);
  if (s == WEYL_OK) s = check_matrix(node, 1);
  return s != WEYL_OK ? s : set_product(node);
}

/* [.., n, n] -> the same */
weyl_status weyl_infer_square(weyl_tensor *node) {
  weyl_status s = check_square(node, 0);
  if (s != WEYL_OK) return s;
  return set_shape(node, 2, node->in[0]->dims + node->in[0]->rank - 2);
}

/* [.., n, n] -> [..] */
weyl_status weyl_infer_det(weyl_tensor *node) {
  weyl_status s = check_square(node, 0);
  return s != WEYL_OK ? s : set_shape(node, 0, node->dims);
}

/* [.., n, n] -> [.., 2] */
weyl_status weyl_infer_slogdet(weyl_tensor *node) {
  const int64_t two = 2;
  weyl_status s = check_square(node, 0);
  return s != WEYL_OK ? s : set_shape(node, 1, &two);
}

/* [.., n, n] -> [.., n + 1, n] */
weyl_status weyl_infer_eigh(weyl_tensor *node) {
  weyl_status s = check_square(node, 0);
  if (s != WEYL_OK) return s;
  int64_t n = node->in[0]->dims[node->in[0]->rank - 1];
  return set_shape(node, 2, (int64_t[]){n + 1, n});
}

/* [.., m, n] -> [.., m k + extra k + k n], k = min(m, n) */
static weyl_status set_packed(weyl_tensor *node, int64_t extra) {
  const weyl_tensor *x = node->in[0];
  weyl_status s = check_matrix(node, 0);
  if (s != WEYL_OK) return s;
  int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
  int64_t k = m < n ? m : n;
  int64_t size = k * (m + extra + n); /* < 2^63: sides are below 2^31 */
  return set_shape(node, 1, &size);
}

weyl_status weyl_infer_svd(weyl_tensor *node) { return set_packed(node, 1); }

weyl_status weyl_infer_qr(weyl_tensor *node) { return set_packed(node, 0); }

/* [.., m, n] -> [.., n, m] */
weyl_status weyl_infer_pinv(weyl_tensor *node) {
  const weyl_tensor *x = node->in[0];
  weyl_status s = check_matrix(node, 0);
  if (s != WEYL_OK) return s;
  return set_shape(node, 2,
                   (int64_t[]){x->dims[x->rank - 1], x->dims[x->rank - 2]});
}
