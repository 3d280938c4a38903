/*
** graph.c: walks the pending graph below some tensors and writes its key.
**
** The key is a sequence of 64-bit words that determines the plan: per node
** opcode, dtype, rank, whether it is kept, its inputs' positions and its
** attributes; shapes only of leaves, since shape rules determine the rest.
** Values of rank-0 leaves are not part of it.
*/
#include <string.h>

#include "base/memory.h"
#include "exec/plan.h"

/* Reused between calls. */
static struct {
  weyl_tensor **node, **stack;
  uint8_t *out;
  uint64_t *key;
  size_t node_cap, stack_cap, out_cap, key_cap;
} store;

void weyl_graph_trim(void) {
  weyl_free(store.node);
  weyl_free(store.stack);
  weyl_free(store.out);
  weyl_free(store.key);
  memset(&store, 0, sizeof store);
}

static weyl_status check_leaf(const weyl_tensor *t) {
  if (t->flags & NODE_STALE)
    return weyl_fail(WEYL_ESTATE,
                     "this graph was built before a parameter changed; build "
                     "it again from the new value");
  return WEYL_OK;
}

static weyl_status push(size_t *n, weyl_tensor *t) {
  if (!weyl_grow(&store.stack, &store.stack_cap, *n + 1, sizeof t))
    return WEYL_ENOMEM;
  store.stack[(*n)++] = t;
  return WEYL_OK;
}

/* A node whose inputs are all listed joins the list. */
static weyl_status enlist(graph *g, weyl_tensor *t) {
  if (!weyl_grow(&store.node, &store.node_cap, g->n + 1, sizeof t))
    return WEYL_ENOMEM;
  t->slot = (uint32_t)g->n;
  store.node[g->n++] = t;
  return WEYL_OK;
}

/*
** Depth first without recursion. A node is marked `seen` when pushed the
** first time and `seen + 1` when listed; it may lie on the stack twice.
*/
static weyl_status visit(graph *g, weyl_tensor *root, uint64_t seen) {
  size_t n = 0;
  weyl_status status = push(&n, root);
  while (status == WEYL_OK && n > 0) {
    weyl_tensor *t = store.stack[n - 1];
    if (t->mark == seen + 1) {
      n--;
    } else if (t->data != NULL || t->mark == seen) {
      n--;
      status = t->data != NULL ? check_leaf(t) : WEYL_OK;
      t->mark = seen + 1;
      if (status == WEYL_OK) status = enlist(g, t);
    } else {
      t->mark = seen;
      for (uint32_t i = t->nin; i-- > 0 && status == WEYL_OK;)
        if (t->in[i]->mark != seen + 1) status = push(&n, t->in[i]);
    }
  }
  return status;
}

/* Outputs: what was asked for, and what is computed for the second time. */
static weyl_status choose_outputs(graph *g, int n, weyl_tensor *const *ts) {
  if (!weyl_grow(&store.out, &store.out_cap, g->n, 1)) return WEYL_ENOMEM;
  g->out = store.out;
  g->nleaf = g->nout = 0;
  for (size_t i = 0; i < g->n; i++) {
    const weyl_tensor *t = store.node[i];
    g->out[i] = t->data == NULL && (t->flags & NODE_SEEN) &&
                weyl_ops[t->op].kind != K_VIEW;
    g->nleaf += t->data != NULL;
  }
  for (int i = 0; i < n; i++)
    if (ts[i]->data == NULL) g->out[ts[i]->slot] = 1;
  for (size_t i = 0; i < g->n; i++) g->nout += g->out[i];
  return WEYL_OK;
}

static uint64_t mix(uint64_t h, uint64_t w) {
  h = (h ^ w) * 0x9e3779b97f4a7c15u;
  return h ^ (h >> 29);
}

/* Appends the words of node t; room was made. */
static size_t write_words(uint64_t *k, const weyl_tensor *t, int out) {
  size_t n = 0;
  int leaf = t->data != NULL;
  k[n++] = (uint64_t)(leaf ? OP_LEAF : t->op) | (uint64_t)t->dtype << 16 |
           (uint64_t)t->rank << 24 | (uint64_t)out << 32 |
           (uint64_t)(leaf ? 0 : t->nin) << 33;
  if (leaf) {
    for (int i = 0; i < t->rank; i++) k[n++] = (uint64_t)t->dims[i];
    return n;
  }
  for (uint32_t i = 0; i < t->nin; i++) k[n++] = t->in[i]->slot;
  for (int i = 0; i < t->nattr; i++) k[n++] = (uint64_t)t->attr[i];
  return n;
}

static weyl_status write_key(graph *g, int debug) {
  size_t need = 1;
  for (size_t i = 0; i < g->n; i++) {
    const weyl_tensor *t = g->node[i];
    need += 1 + (t->data != NULL ? t->rank : t->nin + (size_t)t->nattr);
  }
  if (!weyl_grow(&store.key, &store.key_cap, need, sizeof *store.key))
    return WEYL_ENOMEM;
  size_t n = 0;
  store.key[n++] = (uint64_t)debug;
  for (size_t i = 0; i < g->n; i++)
    n += write_words(store.key + n, g->node[i], g->out[i]);
  uint64_t h = 0;
  for (size_t i = 0; i < n; i++) h = mix(h, store.key[i]);
  g->key = store.key;
  g->nkey = n;
  g->hash = h;
  return WEYL_OK;
}

weyl_status weyl_graph_walk(graph *g, int n, weyl_tensor *const *ts,
                            int debug) {
  uint64_t seen = weyl_new_mark();
  weyl_new_mark(); /* seen + 1 */
  memset(g, 0, sizeof *g);
  weyl_status status = WEYL_OK;
  for (int i = 0; i < n && status == WEYL_OK; i++)
    status = visit(g, ts[i], seen);
  g->node = store.node;
  if (status == WEYL_OK) status = choose_outputs(g, n, ts);
  if (status == WEYL_OK) status = write_key(g, debug);
  return status;
}
