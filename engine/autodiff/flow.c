/*
** flow.c: finding what derivatives flow through.
**
** One depth-first walk with an explicit stack (graphs are 10^5 nodes deep
** when a script simulates); its postorder is the topological order.
*/
#include "autodiff/flow.h"

static const weyl_rule *const rules[WEYL_NOPS] = {
#define NODE(id, name, kind, arity, infer) [OP_##id] = &weyl_rule_##id,
#define FUNC(name, args, build, doc, sample)
#include "tensor/ops.def"
#undef NODE
#undef FUNC
};

const weyl_rule *flow_rule(const T *y) {
  return rules[y->op];
}

/* A node on the way down and the input to look at next. */
typedef struct visit {
  T *node;
  uint32_t next;
} visit;

typedef struct stack {
  visit *top;
  size_t n, cap;
} stack;

/* t carries: it gets the next slot. */
static int note(flow *f, T *t) {
  if (!weyl_grow(&f->node, &f->cap, f->n + 1, sizeof(T *))) return 0;
  f->node[f->n++] = t;
  t->slot = (uint32_t)f->n;
  return 1;
}

/* Stamps t and puts it on the stack, unless nothing can flow through it. */
static int enter(flow *f, stack *s, T *t) {
  if (t->mark == f->mark || t->id < f->oldest || t->nin == 0) return 1;
  if (!weyl_is_float(t->dtype) || rules[t->op]->why != NULL) return 1;
  if (!weyl_grow(&s->top, &s->cap, s->n + 1, sizeof(visit))) return 0;
  t->mark = f->mark;
  t->slot = 0;
  s->top[s->n++] = (visit){t, 0};
  return 1;
}

/* All inputs of t are done: notes it when one of them carries. */
static int leave(flow *f, T *t) {
  for (uint32_t i = 0; i < t->nin; i++)
    if (flow_carries(f, t->in[i])) return note(f, t);
  return 1;
}

/* Lists what carries below root, inputs first. */
static int walk(flow *f, stack *s, T *root) {
  if (!enter(f, s, root)) return 0;
  while (s->n > 0) {
    visit *v = &s->top[s->n - 1];
    T *t = v->node;
    if (v->next < t->nin) {
      if (!enter(f, s, t->in[v->next++])) return 0;
    } else {
      s->n--;
      if (!leave(f, t)) return 0;
    }
  }
  return 1;
}

/*
** Stamped before the walk, so that it never goes below them. An input given
** twice has one slot; one of an exact dtype is stamped but does not carry.
*/
static int note_inputs(flow *f, int nin, T *const *in) {
  for (int k = 0; k < nin; k++) {
    if (in[k]->id < f->oldest) f->oldest = in[k]->id;
    if (in[k]->mark == f->mark) continue;
    in[k]->mark = f->mark;
    in[k]->slot = 0;
    if (weyl_is_float(in[k]->dtype) && !note(f, in[k])) return 0;
  }
  f->first = f->n;
  return 1;
}

int flow_open(flow *f, int nin, T *const *in, int nout, T *const *out) {
  stack s = {0};
  *f = (flow){.mark = weyl_new_mark(), .oldest = UINT64_MAX};
  int ok = note_inputs(f, nin, in);
  for (int k = 0; ok && k < nout; k++) ok = walk(f, &s, out[k]);
  weyl_free(s.top);
  if (ok && f->n > 0) {
    f->value = weyl_calloc(f->n, sizeof(T *));
    ok = f->value != NULL;
  }
  return ok;
}

void flow_close(flow *f) {
  weyl_free(f->node);
  weyl_free(f->value);
}

weyl_status flow_check(const char *caller, const char *what, int k,
                       const T *v, const T *x) {
  char a[WEYL_SHAPE_TEXT], b[WEYL_SHAPE_TEXT];
  if (v->dtype == x->dtype && weyl_same_shape(v, x)) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "%s: %s %d must be %s %s, got %s %s", caller,
                   what, k + 1, weyl_dtype_name(x->dtype),
                   weyl_shape_text(a, x->rank, x->dims),
                   weyl_dtype_name(v->dtype),
                   weyl_shape_text(b, v->rank, v->dims));
}
