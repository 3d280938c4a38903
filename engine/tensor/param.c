/*
** param.c: parameters, see param.h.
*/
#include "tensor/param.h"

#include <string.h>

weyl_param *weyl_param_new(const weyl_tensor *value) {
  weyl_param *p = weyl_malloc(sizeof *p);
  if (p == NULL) return NULL;
  p->leaf = weyl_leaf(value->dtype, value->rank, value->dims);
  if (p->leaf == NULL) {
    weyl_free(p);
    return NULL;
  }
  memcpy(p->leaf->data, value->data,
         (size_t)value->size * weyl_dtype_size(value->dtype));
  p->read = p->leaf;
  p->refs = 1;
  p->version = 1;
  p->traced = 0;
  return p;
}

void weyl_param_retain(weyl_param *p) { p->refs++; }

void weyl_param_release(weyl_param *p) {
  if (p == NULL || --p->refs > 0) return;
  weyl_release(p->leaf);
  weyl_free(p);
}

weyl_status weyl_param_change(weyl_param *p, void **data) {
  weyl_tensor *old = p->leaf;
  if (p->traced > 0)
    return weyl_fail(WEYL_ESTATE,
                     "a parameter cannot be changed inside the function that "
                     "is being differentiated by it");
  if (old->refs > 1) { /* somebody's graph reads the old value */
    weyl_tensor *leaf =
        weyl_leaf_buffer(old->dtype, old->rank, old->dims, old->buf);
    if (leaf == NULL) return WEYL_ENOMEM;
    old->flags |= NODE_STALE;
    weyl_release(old);
    p->leaf = p->read = leaf;
  }
  p->version++;
  *data = p->leaf->data;
  return WEYL_OK;
}

weyl_status weyl_param_set(weyl_param *p, const weyl_tensor *value) {
  char want[WEYL_SHAPE_TEXT], got[WEYL_SHAPE_TEXT];
  if (value->dtype != p->leaf->dtype || !weyl_same_shape(value, p->leaf))
    return weyl_fail(
        WEYL_EINVAL, "set: value must be %s %s like the parameter, got %s %s",
        weyl_dtype_name(p->leaf->dtype),
        weyl_shape_text(want, p->leaf->rank, p->leaf->dims),
        weyl_dtype_name(value->dtype),
        weyl_shape_text(got, value->rank, value->dims));
  void *data;
  weyl_status status = weyl_param_change(p, &data);
  if (status == WEYL_OK && data != value->data)
    memmove(data, value->data,
            (size_t)value->size * weyl_dtype_size(value->dtype));
  return status;
}
