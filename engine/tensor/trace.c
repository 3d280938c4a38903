/*
** trace.c: see trace.h.
*/
#include "tensor/trace.h"

static struct {
  weyl_tensor **node;
  size_t n, cap;
  int depth;
} kept;

int weyl_trace_depth(void) { return kept.depth; }

void weyl_trace_begin(void) { kept.depth++; }

int weyl_trace_reserve(size_t n) {
  return kept.depth == 0 ||
         weyl_grow(&kept.node, &kept.cap, kept.n + n, sizeof *kept.node);
}

int weyl_trace_keep(weyl_tensor *t) {
  if (kept.depth == 0) {
    t->flags &= (uint8_t)~NODE_TRACED;
    return 0;
  }
  weyl_retain(t);
  kept.node[kept.n++] = t;
  return 1;
}

void weyl_trace_end(void) {
  if (--kept.depth > 0) return;
  while (kept.n > 0) {
    weyl_tensor *t = kept.node[--kept.n];
    t->flags &= (uint8_t)~NODE_TRACED;
    weyl_forget_inputs(t);
    weyl_release(t);
  }
  weyl_free(kept.node);
  kept.node = NULL;
  kept.cap = 0;
}
