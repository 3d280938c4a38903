/*
** inspect.c: looking into the executor: NaN trap, profile, plan as text.
*/
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exec/plan.h"

/* ---- NaN trap ---- */

static int checking;

void weyl_set_check_finite(int on) { checking = on != 0; }
int weyl_check_finite(void) { return checking; }

/* Index of the first element that is not finite, or -1. */
static int64_t first_bad(const weyl_tensor *t, const char *data) {
  int64_t parts = weyl_is_complex(t->dtype) ? 2 : 1;
  if (!weyl_is_float(t->dtype)) return -1;
  int single = weyl_real_of(t->dtype) == WEYL_F32;
  for (int64_t i = 0; i < t->size * parts; i++) {
    double x = single ? (double)((const float *)(const void *)data)[i]
                      : ((const double *)(const void *)data)[i];
    if (!isfinite(x)) return i / parts;
  }
  return -1;
}

static ref result_of(const step *s) {
  if (s->kind == STEP_GEMM) return s->u.g.out;
  return s->kind == STEP_FUSED ? s->u.f.out : s->u.l.out;
}

weyl_status weyl_find_nonfinite(const step *s, const graph *g,
                                char *const *ptr) {
  const weyl_tensor *t = g->node[s->node];
  ref out = result_of(s);
  int64_t bad = first_bad(t, ptr[out.slot] + out.offset);
  if (bad < 0) return WEYL_OK;
  char shape[WEYL_SHAPE_TEXT], where[256] = "";
  const char *line = weyl_line_text(t->line);
  if (line != NULL) snprintf(where, sizeof where, ", built at %s", line);
  return weyl_fail(WEYL_ENUMERIC,
                   "check_finite: %s made a value that is not finite "
                   "(element %lld of %s %s)%s",
                   weyl_ops[t->op].name, (long long)(bad + 1),
                   weyl_dtype_name(t->dtype),
                   weyl_shape_text(shape, t->rank, t->dims), where);
}

/* ---- profile ---- */

enum { ROWS = 256 };
static weyl_profile_row row[ROWS];
static int nrow, profiling;

int weyl_profiling(void) { return profiling; }

void weyl_profile_start(void) {
  nrow = 0;
  profiling = 1;
}

int weyl_profile_stop(const weyl_profile_row **rows) {
  profiling = 0;
  *rows = row;
  return nrow;
}

void weyl_profile_note(const step *s, double seconds) {
  int i = 0;
  while (i < nrow && strncmp(row[i].name, s->name, 63) != 0) i++;
  if (i == ROWS) i = ROWS - 1; /* the last row takes what has no room */
  if (i == nrow) {
    memset(&row[i], 0, sizeof row[i]);
    snprintf(row[i].name, sizeof row[i].name, "%s", s->name);
    nrow++;
  }
  row[i].calls++;
  row[i].seconds += seconds;
  row[i].flops += s->flops;
  row[i].bytes += s->bytes;
}

/* ---- plan as text ---- */

typedef struct text {
  char *s;
  size_t n, cap;
  int failed;
} text;

static void put(text *t, const char *line) {
  size_t n = strlen(line);
  if (t->failed) return;
  if (!weyl_grow(&t->s, &t->cap, t->n + n + 1, 1)) {
    t->failed = 1;
    return;
  }
  memcpy(t->s + t->n, line, n + 1);
  t->n += n;
}

static void slot_name(char *buf, size_t size, const weyl_plan *p, ref r) {
  size_t s = (size_t)r.slot;
  if (s < p->nleaf) snprintf(buf, size, "in%zu", s + 1);
  else if (s < p->nleaf + p->nout)
    snprintf(buf, size, "out%zu", s - p->nleaf + 1);
  else snprintf(buf, size, "tmp%zu", s - p->nleaf - p->nout + 1);
}

static void put_slot(text *t, const weyl_plan *p, const char *before, ref r) {
  char name[32], piece[64];
  slot_name(name, sizeof name, p, r);
  snprintf(piece, sizeof piece, "%s%s", before, name);
  put(t, piece);
}

static void put_reads(text *t, const weyl_plan *p, const step *s) {
  if (s->kind == STEP_GEMM) {
    put_slot(t, p, " ", s->u.g.a);
    put(t, s->u.g.ta ? "'" : "");
    put_slot(t, p, " ", s->u.g.b);
    put(t, s->u.g.tb ? "'" : "");
  } else if (s->kind == STEP_LIBRARY) {
    for (int i = 0; i < s->u.l.call.nin; i++)
      put_slot(t, p, " ", s->u.l.at[i]);
  } else {
    for (int i = 0; i < s->u.f.nload; i++)
      put_slot(t, p, " ", s->u.f.loads[i].at);
  }
}

static void put_step(text *t, const weyl_plan *p, const graph *g, size_t i) {
  const step *s = &p->steps[i];
  const weyl_tensor *node = g->node[s->node];
  char line[128], shape[WEYL_SHAPE_TEXT];
  snprintf(line, sizeof line, "%3zu ", i + 1);
  put(t, line);
  put_slot(t, p, "", result_of(s));
  snprintf(line, sizeof line, " %s ", weyl_dtype_name(node->dtype));
  put(t, line);
  put(t, weyl_shape_text(shape, node->rank, node->dims));
  put(t, " = ");
  put(t, s->name);
  put_reads(t, p, s);
  put(t, "\n");
}

char *weyl_plan_text(int n, weyl_tensor *const *ts) {
  graph g;
  weyl_plan *p = weyl_plan_of(&g, n, ts);
  if (p == NULL) return NULL;
  text t = {0};
  char line[160];
  snprintf(line, sizeof line,
           "%zu nodes, %zu steps, %zu inputs, %zu outputs, %zu temporaries "
           "in %zu bytes\n",
           g.n, p->nstep, p->nleaf, p->nout, p->ntemp, p->arena);
  put(&t, line);
  for (size_t i = 0; i < p->nstep; i++) put_step(&t, p, &g, i);
  if (!t.failed) return t.s;
  weyl_free(t.s);
  return NULL;
}
