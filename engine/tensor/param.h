/*
** param.h: parameters, the one mutable thing.
**
** A parameter is a cell that holds its current reading, a leaf of the graph.
** Graphs are built from the reading. Changing the parameter changes the
** storage in place, marks the old reading stale and makes a new one: a graph
** built before the change then fails to evaluate and says so.
*/
#ifndef weyl_param_h
#define weyl_param_h

#include "tensor/tensor.h"

typedef struct weyl_param {
  uint32_t refs;
  uint64_t version;     /* 1 at birth, +1 per change */
  weyl_tensor *read;    /* current reading; a proxy while traced */
  weyl_tensor *leaf;    /* the reading below all proxies */
  int traced;           /* transforms that differentiate it now */
} weyl_param;

/* Copies the value of an evaluated tensor. NULL with a message on failure. */
weyl_param *weyl_param_new(const weyl_tensor *value);
void weyl_param_retain(weyl_param *p);
void weyl_param_release(weyl_param *p);

/*
** Opens the storage for change in place: *data points to the elements.
** Fails (WEYL_ESTATE) while a transform traces the parameter. After it
** succeeded the old reading is stale and version has grown.
*/
weyl_status weyl_param_change(weyl_param *p, void **data);

/* Sets to an evaluated tensor of the same shape and dtype. */
weyl_status weyl_param_set(weyl_param *p, const weyl_tensor *value);

#endif
