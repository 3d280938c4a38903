/*
** compile.h: what the passes of the plan compiler share.
**
** Pass 1 (views, inputs first): how each node's value can be read, and which
** views must be copied. Pass 2 (fusion, outputs first): which elementwise
** nodes join the group of their consumers. Pass 3: one step per stored node,
** in graph order. Pass 4: places for temporaries by liveness.
*/
#ifndef weyl_compile_h
#define weyl_compile_h

#include "exec/plan.h"

struct compiler {
  const graph *g;
  weyl_plan *p;
  weyl_region tmp;
  view *v;          /* how to read node i */
  view *src;        /* of a view node: what it reads, before any copy */
  uint8_t *stored;  /* node i has storage of its own */
  int32_t *user;    /* the only consumer of node i, or -1 (none), -2 (many) */
  int32_t *alias;   /* of a stored node: the output it is stored in, or -1 */
  int32_t *group;   /* root of the fused group node i is computed in, or -1 */
  int32_t *head;    /* of a root: first member, in graph order */
  int32_t *link;    /* next member, or -1 */
  int32_t *slot;    /* slot of a stored node */
  int32_t *reg;     /* register during emission */
  int32_t *last;    /* by slot: last step that reads it */
  int32_t *first;   /* by slot: step that writes it */
  int32_t now;      /* step being emitted */
};

/* views.c */
view weyl_view_own(const graph *g, int i);
int weyl_view_contiguous(const view *v);
/* Reads `v` as if broadcast to a shape; strides of new dims are 0. */
view weyl_view_broadcast(const view *v, int rank, const int64_t *dims);
weyl_status weyl_resolve_views(compiler *c);

/* fuse.c */
void weyl_choose_groups(compiler *c, int debug);

/* compile.c: where a view's first element lies; notes that it is read now */
ref weyl_read_at(compiler *c, const view *v, size_t size);

#endif
