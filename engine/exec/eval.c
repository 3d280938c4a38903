/*
** eval.c: weyl_eval and the cache of plans.
**
** Plans are found by the hash of the graph's key and compared word by word.
** The cache holds a bounded number; the one unused for longest goes first.
*/
#include <string.h>

#include "exec/plan.h"

enum { BUCKETS = 512, PLANS_MAX = 256 };

static weyl_plan *bucket[BUCKETS];
static weyl_plan_stats stats;
static uint64_t tick;

static weyl_plan *find(const graph *g) {
  for (weyl_plan *p = bucket[g->hash % BUCKETS]; p != NULL; p = p->next)
    if (p->hash == g->hash && p->nkey == g->nkey &&
        memcmp(p->key, g->key, g->nkey * sizeof *g->key) == 0)
      return p;
  return NULL;
}

static void evict_oldest(void) {
  weyl_plan **oldest = NULL;
  for (int i = 0; i < BUCKETS; i++)
    for (weyl_plan **p = &bucket[i]; *p != NULL; p = &(*p)->next)
      if (oldest == NULL || (*p)->used < (*oldest)->used) oldest = p;
  if (oldest == NULL) return;
  weyl_plan *p = *oldest;
  *oldest = p->next;
  weyl_plan_free(p);
  stats.plans--;
}

static weyl_plan *plan_for(const graph *g, int debug) {
  weyl_plan *p = find(g);
  if (p != NULL) {
    stats.hits++;
  } else {
    p = weyl_plan_compile(g, debug);
    if (p == NULL) return NULL;
    stats.misses++;
    if (stats.plans == PLANS_MAX) evict_oldest();
    stats.plans++;
    p->next = bucket[g->hash % BUCKETS];
    bucket[g->hash % BUCKETS] = p;
  }
  p->used = ++tick;
  return p;
}

weyl_status weyl_eval(int n, weyl_tensor *const *ts) {
  int pending = 0;
  for (int i = 0; i < n; i++) /* the walk refuses a stale one */
    pending |= ts[i]->data == NULL || (ts[i]->flags & NODE_STALE);
  if (!pending) return WEYL_OK;
  graph g;
  int debug = weyl_check_finite();
  weyl_status status = weyl_graph_walk(&g, n, ts, debug);
  if (status != WEYL_OK) return status;
  weyl_plan *p = plan_for(&g, debug);
  return p != NULL ? weyl_plan_run(p, &g) : weyl_error_status();
}

weyl_plan *weyl_plan_of(graph *g, int n, weyl_tensor *const *ts) {
  int debug = weyl_check_finite();
  if (weyl_graph_walk(g, n, ts, debug) != WEYL_OK) return NULL;
  return plan_for(g, debug);
}

weyl_plan_stats weyl_plans(void) {
  stats.arena = weyl_arena_bytes();
  return stats;
}

void weyl_plans_clear(void) {
  while (stats.plans > 0) evict_oldest();
  weyl_run_trim();
  weyl_graph_trim();
  weyl_nodes_trim();
  weyl_memory_trim();
}
