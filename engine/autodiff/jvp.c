/*
** jvp.c: forward mode. Tangents go from the inputs to the outputs in the
** order of the graph.
*/
#include "autodiff/flow.h"

T *weyl_jvp_linear(B *b, T *y, int i, T *t, int *zero) {
  (void)i;
  (void)zero;
  return b_op(b, (weyl_opcode)y->op, 1, &t, y->nattr, y->attr);
}

/* Tangents of an input given twice add up, as its cotangents are equal. */
static int seed_all(B *b, flow *f, int nin, T *const *in, T *const *tan) {
  for (int k = 0; k < nin; k++) {
    if (flow_check("jvp", "tangent", k, tan[k], in[k]) != WEYL_OK) return 0;
    T **sum = flow_value(f, in[k]);
    if (sum != NULL && !flow_add(b, sum, tan[k])) return 0;
  }
  return 1;
}

/* What tangent t of input i gives to the tangent of y; broadcasts to y. */
static T *push(B *b, T *y, int i, T *t, int *zero) {
  const weyl_rule *rule = flow_rule(y);
  if (rule->pd == NULL) return rule->jvp(b, y, i, t, zero);
  int one = 0;
  T *d = rule->pd(b, y, i, &one);
  if (one == 0) return b_mul(b, d, t);
  return one > 0 ? t : b_neg(b, t);
}

/* The tangent of y is the sum over its inputs; broadcast once, at the end. */
static int push_all(B *b, flow *f) {
  for (size_t k = f->first; k < f->n; k++) {
    T *y = f->node[k], *sum = NULL;
    for (int i = 0; i < (int)y->nin; i++) {
      T **t = flow_value(f, y->in[i]);
      int zero = 0;
      if (t == NULL || *t == NULL) continue;
      T *h = push(b, y, i, *t, &zero);
      if (!zero && (h == NULL || !flow_add(b, &sum, h))) return 0;
    }
    if (sum == NULL) continue;
    f->value[k] = b_broadcast_like(b, sum, y);
    if (f->value[k] == NULL) return 0;
  }
  return 1;
}

weyl_status weyl_jvp(int nin, T *const *in, T *const *tan, int nout,
                     T *const *out, T **dout) {
  flow f;
  B b;
  b_open(&b);
  int ok = flow_open(&f, nin, in, nout, out) &&
           seed_all(&b, &f, nin, in, tan) && push_all(&b, &f);
  for (int k = 0; k < nout; k++) {
    T **sum = ok ? flow_value(&f, out[k]) : NULL;
    dout[k] = sum != NULL ? *sum : NULL;
    if (ok && dout[k] == NULL) dout[k] = b_zeros_like(&b, out[k]);
  }
  flow_close(&f);
  if (b_close_all(&b, nout, dout) && ok) return WEYL_OK;
  for (int k = 0; k < nout; k++) dout[k] = NULL;
  return weyl_error_status();
}
