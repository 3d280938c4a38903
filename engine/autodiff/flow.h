/*
** flow.h: the part of a graph that derivatives flow through.
**
** A node carries derivative when it is one of the inputs asked for, or has an
** inexact dtype, a rule that is not `why`, and an input that carries. The
** inputs asked for are independent variables: nothing flows through one of
** them to another.
**
** Invariants, from flow_open to flow_close:
** - node[0, first) are inputs asked for, node[first, n) the carrying nodes
**   between them and the outputs, each after its own inputs;
** - node[k]->slot is k + 1; flow_value finds the entry of a node, so no other
**   traversal may stamp nodes meanwhile.
*/
#ifndef weyl_flow_h
#define weyl_flow_h

#include "autodiff/autodiff.h"

typedef struct flow {
  T **node;
  T **value; /* [n] cotangent or tangent of each node, NULL: zero */
  size_t first, n, cap;
  uint64_t mark;
  uint64_t oldest; /* smallest id of the inputs: older nodes carry nothing */
} flow;

/* 0 with a message when memory is out; close in both cases. */
int flow_open(flow *f, int nin, T *const *in, int nout, T *const *out);
void flow_close(flow *f);

/* The rule of node y's operation. */
const weyl_rule *flow_rule(const T *y);

static inline int flow_carries(const flow *f, const T *t) {
  return t->mark == f->mark && t->slot > 0;
}

/* Where the (co)tangent of t is kept; NULL when t does not carry. */
static inline T **flow_value(const flow *f, const T *t) {
  return flow_carries(f, t) ? &f->value[t->slot - 1] : NULL;
}

/* Adds v to the (co)tangent *sum; 0 when v is NULL or the sum fails. */
static inline int flow_add(B *b, T **sum, T *v) {
  *sum = *sum == NULL ? v : b_add(b, *sum, v);
  return *sum != NULL;
}

/* Fails unless v has x's shape and dtype; `what` k of `caller`. */
weyl_status flow_check(const char *caller, const char *what, int k,
                       const T *v, const T *x);

#endif
