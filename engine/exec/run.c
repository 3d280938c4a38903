/*
** run.c: runs a plan over the leaves of a graph and hands the results over.
**
** The arena and the registers outlive a run: the next one finds warm pages.
** On failure no node has changed.
*/
#include <string.h>
#include <time.h>

#include "base/stop.h"
#include "base/thread.h"
#include "exec/plan.h"
#include "tensor/trace.h"

#define BYTES_KEPT ((size_t)64 << 20) /* larger ones are given back */

static weyl_buffer *arena, *work; /* temporaries; registers and sums */
static struct {
  char **ptr;
  weyl_buffer **buf;
  size_t ptr_cap, buf_cap;
} table;

size_t weyl_arena_bytes(void) { return arena != NULL ? arena->bytes : 0; }

void weyl_run_trim(void) {
  weyl_buffer_release(arena);
  weyl_buffer_release(work);
  arena = work = NULL;
  weyl_free(table.ptr);
  weyl_free(table.buf);
  memset(&table, 0, sizeof table);
}

static weyl_status reserve(weyl_buffer **b, size_t bytes) {
  if (*b != NULL && (*b)->bytes >= bytes) return WEYL_OK;
  weyl_buffer_release(*b);
  *b = weyl_buffer_new(bytes);
  if (*b == NULL) return WEYL_ENOMEM;
  /* padding lanes compute on what lies here: let it be numbers */
  memset((*b)->data, 0, (*b)->bytes);
  return WEYL_OK;
}

static size_t out_bytes(const weyl_tensor *t) {
  return (size_t)t->size * weyl_dtype_size(t->dtype);
}

/* Storage for outputs and temporaries; pointers of all slots. */
static weyl_status bind(const weyl_plan *p, const graph *g) {
  size_t n = p->nleaf + p->nout + p->ntemp;
  if (!weyl_grow(&table.ptr, &table.ptr_cap, n + 1, sizeof *table.ptr) ||
      !weyl_grow(&table.buf, &table.buf_cap, p->nout + 1,
                 sizeof *table.buf) ||
      !weyl_trace_reserve(p->nout) ||
      reserve(&arena, p->arena) != WEYL_OK ||
      reserve(&work, p->scratch * (size_t)weyl_threads() + p->partial) !=
          WEYL_OK)
    return WEYL_ENOMEM;
  for (size_t i = 0; i < p->nleaf; i++)
    table.ptr[i] = g->node[p->leaf[i]]->data;
  for (size_t i = 0; i < p->nout; i++) {
    table.buf[i] = weyl_buffer_new(out_bytes(g->node[p->outnode[i]]));
    if (table.buf[i] == NULL) {
      while (i-- > 0) weyl_buffer_release(table.buf[i]);
      return WEYL_ENOMEM;
    }
    table.ptr[p->nleaf + i] = table.buf[i]->data;
  }
  for (size_t i = 0; i < p->ntemp; i++)
    table.ptr[p->nleaf + p->nout + i] = (char *)arena->data + p->temp[i];
  return WEYL_OK;
}

static weyl_status run_library(const library *l) {
  weyl_call call = l->call;
  for (int i = 0; i < call.nin; i++)
    l->in[i].data = table.ptr[l->at[i].slot] + l->at[i].offset;
  call.out.data = table.ptr[l->out.slot] + l->out.offset;
  return l->fn(&call);
}

static weyl_status run_step(const weyl_plan *p, const step *s) {
  if (s->kind == STEP_GEMM) {
    weyl_run_gemm(&s->u.g, table.ptr);
  } else if (s->kind == STEP_FUSED) {
    char *scratch = (char *)work->data + p->partial;
    weyl_run_fused(&s->u.f, table.ptr, scratch, p->scratch, work->data);
  } else {
    return run_library(&s->u.l);
  }
  return WEYL_OK;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static weyl_status run_steps(const weyl_plan *p, const graph *g) {
  int profile = weyl_profiling(), check = weyl_check_finite();
  weyl_status status = WEYL_OK;
  for (size_t i = 0; i < p->nstep && status == WEYL_OK; i++) {
    const step *s = &p->steps[i];
    double start = profile ? now() : 0;
    status = run_step(p, s);
    if (profile) weyl_profile_note(s, now() - start);
    if (status == WEYL_OK) status = weyl_stop_check();
    if (check && status == WEYL_OK)
      status = weyl_find_nonfinite(s, g, table.ptr);
  }
  return status;
}

/*
** Gives the outputs their storage. What was computed on the way is marked,
** so that it is kept the next time it is needed. Forgetting inputs may free
** any node of the graph, outputs included: hold them meanwhile.
*/
static void hand_over(const weyl_plan *p, const graph *g) {
  for (size_t i = 0; i < g->n; i++)
    if (g->node[i]->data == NULL) g->node[i]->flags |= NODE_SEEN;
  for (size_t i = 0; i < p->nout; i++) {
    weyl_tensor *t = g->node[p->outnode[i]];
    weyl_retain(t);
    weyl_settle(t, table.buf[i]);
    table.ptr[i] = (char *)t; /* the graph's list is of no use below */
  }
  for (size_t i = 0; i < p->nout; i++) {
    weyl_tensor *t = (weyl_tensor *)(void *)table.ptr[i];
    if (!(t->flags & NODE_TRACED) || !weyl_trace_keep(t))
      weyl_forget_inputs(t);
    weyl_release(t);
  }
}

static void give_back(weyl_buffer **b) {
  if ((*b)->bytes <= BYTES_KEPT) return;
  weyl_buffer_release(*b);
  *b = NULL;
}

weyl_status weyl_plan_run(weyl_plan *p, const graph *g) {
  weyl_status status = bind(p, g);
  if (status != WEYL_OK) return status;
  status = run_steps(p, g);
  if (status == WEYL_OK) {
    hand_over(p, g);
  } else {
    for (size_t i = 0; i < p->nout; i++) weyl_buffer_release(table.buf[i]);
  }
  give_back(&arena);
  give_back(&work);
  return status;
}
