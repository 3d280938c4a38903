/*
** infer.h: what shape rules share.
**
** A shape rule reads op, in, nin and attr of a node and fills dtype, rank and
** dims, or fails with a message that names operation and argument.
*/
#ifndef weyl_infer_h
#define weyl_infer_h

#include <string.h>

#include "tensor/tensor.h"

enum { /* sets of dtypes */
  SET_REAL = 1u << WEYL_F32 | 1u << WEYL_F64,
  SET_COMPLEX = 1u << WEYL_C64 | 1u << WEYL_C128,
  SET_FLOAT = SET_REAL | SET_COMPLEX,
  SET_I64 = 1u << WEYL_I64,
  SET_BOOL = 1u << WEYL_BOOL,
  SET_ANY = SET_FLOAT | SET_I64 | SET_BOOL
};

/* What messages call input i of the node: "x", "condition", ... */
const char *infer_argument(const weyl_tensor *node, int i);

/* Fails unless input i has a dtype of the set. */
weyl_status infer_dtype(const weyl_tensor *node, int i, unsigned set);

/* Fails unless inputs i and j have one dtype. */
weyl_status infer_agree(const weyl_tensor *node, int i, int j);

/* Fails unless 0 <= dim < rank of x: a dim that no tensor of that rank has. */
weyl_status infer_dim(const weyl_tensor *node, int64_t dim);

/* The node takes x's shape. */
static inline void infer_shape(weyl_tensor *node, const weyl_tensor *x) {
  node->rank = x->rank;
  for (int i = 0; i < x->rank; i++) node->dims[i] = x->dims[i];
}

/* The node takes x's shape and dtype. */
static inline void infer_like(weyl_tensor *node, const weyl_tensor *x) {
  node->dtype = x->dtype;
  infer_shape(node, x);
}

#endif
