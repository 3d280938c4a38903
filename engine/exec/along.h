/*
** along.h: a contiguous operand seen from one of its dimensions.
*/
#ifndef weyl_along_h
#define weyl_along_h

#include "exec/kernels.h"

/* Row-major [outer, n, inner]; n is the distinguished dimension. */
typedef struct span {
  size_t outer, n, inner;
} span;

static inline span split(const weyl_operand *x, int64_t dim) {
  span s = {1, (size_t)x->dims[dim], 1};
  for (int i = 0; i < x->rank; i++) {
    if (i < dim) s.outer *= (size_t)x->dims[i];
    if (i > dim) s.inner *= (size_t)x->dims[i];
  }
  return s;
}

#endif
