/*
** fuse.c: pass 2 of the plan compiler, which elementwise nodes are computed
** together.
**
** A node joins the group of its consumers when all of them are in that group
** and it has the group's iteration shape. No path between members then leaves
** the group, so groups never wait for each other. A reduction is always the
** root of its group and iterates over its input's shape.
*/
#include <string.h>

#include "exec/compile.h"

enum { GROUP_MAX = 40 }; /* members; bounds registers and loads */
enum { UNSEEN = -2, SPLIT = -1 };

static const weyl_tensor *space(const graph *g, int root) {
  const weyl_tensor *t = g->node[root];
  return weyl_ops[t->op].kind == K_REDUCE ? t->in[0] : t;
}

static void want(int32_t *wanted, int i, int32_t root) {
  if (wanted[i] == UNSEEN) wanted[i] = root;
  else if (wanted[i] != root) wanted[i] = SPLIT;
}

static void join(compiler *c, int i, int root, int32_t *count) {
  c->group[i] = root;
  c->link[i] = c->head[root];
  c->head[root] = i;
  count[root]++;
}

/* What node i reads belongs to `root`'s group; read through a view it must
** lie in storage. */
static void want_inputs(compiler *c, int i, int32_t root, int32_t *wanted) {
  const weyl_tensor *t = c->g->node[i];
  for (uint32_t k = 0; k < t->nin; k++) {
    int in = (int)t->in[k]->slot;
    want(wanted, in, root);
    if (c->v[in].base != in) want(wanted, c->v[in].base, SPLIT);
  }
}

static void decide(compiler *c, int i, int debug, int32_t *wanted,
                   int32_t *count) {
  const weyl_tensor *t = c->g->node[i];
  weyl_kind kind = weyl_ops[t->op].kind;
  int32_t w = wanted[i];
  if (t->data != NULL || (w == UNSEEN && !c->stored[i])) return;
  if (kind == K_VIEW) {
    if (!c->stored[i]) return;
    join(c, i, i, count);
    want(wanted, c->src[i].base, SPLIT);
  } else if (kind == K_LIBRARY || kind == K_MATMUL) {
    want_inputs(c, i, SPLIT, wanted);
  } else {
    int fits = !debug && kind == K_ELEMENTWISE && !c->stored[i] && w >= 0 &&
               count[w] < GROUP_MAX &&
               weyl_same_shape(t, space(c->g, w));
    int root = fits ? w : i;
    if (!fits) c->stored[i] = 1;
    join(c, i, root, count);
    want_inputs(c, i, root, wanted);
  }
}

void weyl_choose_groups(compiler *c, int debug) {
  size_t n = c->g->n;
  int32_t *wanted = c->reg, *count = c->last; /* free at this stage */
  for (size_t i = 0; i < n; i++) {
    wanted[i] = UNSEEN;
    count[i] = 0;
    c->group[i] = c->head[i] = c->link[i] = -1;
  }
  for (int i = (int)n; i-- > 0;) decide(c, i, debug, wanted, count);
}
