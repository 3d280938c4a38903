/*
** cursor.h: walking a strided reading in iteration order.
**
** A cursor remembers where it stopped, so that reading on costs no division.
*/
#ifndef weyl_cursor_h
#define weyl_cursor_h

#include "exec/plan.h"

typedef struct cursor {
  int64_t pos;                    /* element it stands at; -1: nowhere yet */
  int64_t at;                     /* its offset in bytes */
  int64_t index[WEYL_MAX_RANK];   /* its index in the iteration space */
} cursor;

static inline void cursor_seek(cursor *c, const fused *f, const load *l,
                               int64_t start) {
  if (c->pos == start) return;
  int64_t rest = start;
  c->pos = start;
  c->at = 0;
  for (int d = f->rank; d-- > 0;) {
    c->index[d] = rest % f->dims[d];
    rest /= f->dims[d];
    c->at += c->index[d] * l->stride[d];
  }
}

/* Elements that lie in one run from here. */
static inline int64_t cursor_run(const cursor *c, const fused *f) {
  return f->dims[f->rank - 1] - c->index[f->rank - 1];
}

/* Steps over n elements, at most one run. */
static inline void cursor_step(cursor *c, const fused *f, const load *l,
                               int64_t n) {
  int d = f->rank - 1;
  c->pos += n;
  c->at += n * l->stride[d];
  c->index[d] += n;
  while (d > 0 && c->index[d] == f->dims[d]) {
    c->at += l->stride[d - 1] - f->dims[d] * l->stride[d];
    c->index[d] = 0;
    c->index[--d]++;
  }
}

#endif
