/*
** public.c: the functions of weyl.h that no other file has.
*/
#include <string.h>

#include "exec/exec.h"

weyl_tensor *weyl_from(int dtype, int rank, const int64_t *dims,
                       const void *data) {
  if (dtype < 0 || dtype >= WEYL_NDTYPE || rank < 0 || rank > WEYL_MAX_RANK) {
    weyl_fail(WEYL_EINVAL, "from: dtype %d or rank %d is out of range", dtype,
              rank);
    return NULL;
  }
  weyl_tensor *t = weyl_leaf(dtype, rank, dims);
  if (t != NULL && t->size > 0)
    memcpy(t->data, data, (size_t)t->size * weyl_dtype_size(dtype));
  return t;
}

weyl_tensor *weyl_apply(const char *primitive, int nin,
                        weyl_tensor *const *in, int nattr,
                        const int64_t *attr) {
  for (int op = OP_LEAF + 1; op < WEYL_NOPS; op++) {
    const weyl_opinfo *o = &weyl_ops[op];
    if (strcmp(o->name, primitive) != 0) continue;
    if (o->arity < 0 || o->arity == nin)
      return weyl_make((weyl_opcode)op, nin, in, nattr, attr);
    weyl_fail(WEYL_EINVAL, "%s: takes %d tensors, got %d", primitive,
              o->arity, nin);
    return NULL;
  }
  weyl_fail(WEYL_EINVAL, "apply: there is no primitive '%s'", primitive);
  return NULL;
}

int weyl_tensor_dtype(const weyl_tensor *t) { return t->dtype; }

int weyl_tensor_rank(const weyl_tensor *t) { return t->rank; }

const int64_t *weyl_tensor_shape(const weyl_tensor *t) { return t->dims; }

const void *weyl_data(weyl_tensor *t) {
  return weyl_eval(1, &t) == WEYL_OK ? t->data : NULL;
}
