/*
** vjp.c: reverse mode. Cotangents go from the outputs to the inputs, each
** node once, after all nodes that use it.
*/
#include "autodiff/flow.h"

/* The cotangent of output k: given, or 1 for one real number. */
static T *seed(B *b, int k, T *out, T *cot) {
  char text[WEYL_SHAPE_TEXT];
  if (cot != NULL)
    return flow_check("vjp", "cotangent", k, cot, out) == WEYL_OK ? cot : NULL;
  if (out->size == 1 && weyl_is_real(out->dtype)) return b_ones_like(b, out);
  weyl_fail(WEYL_EINVAL,
            "vjp: output %d is %s %s; a gradient needs one real number "
            "(f32 or f64) or a cotangent",
            k + 1, weyl_dtype_name(out->dtype),
            weyl_shape_text(text, out->rank, out->dims));
  return NULL;
}

/* An output may be given twice, be an input, or depend on none of them. */
static int seed_all(B *b, flow *f, int nout, T *const *out, T *const *cot) {
  for (int k = 0; k < nout; k++) {
    T *g = seed(b, k, out[k], cot == NULL ? NULL : cot[k]);
    if (g == NULL) return 0;
    T **sum = flow_value(f, out[k]);
    if (sum != NULL && !flow_add(b, sum, g)) return 0;
  }
  return 1;
}

/* The cotangent of input i from g, that of y. */
static T *pull(B *b, T *y, int i, T *g, int *zero) {
  const weyl_rule *rule = flow_rule(y);
  if (rule->pd == NULL) return rule->vjp(b, y, i, g, zero);
  int one = 0;
  T *d = rule->pd(b, y, i, &one);
  if (one == 0) g = b_mul(b, g, b_conj(b, d));
  if (one < 0) g = b_neg(b, g);
  return b_sum_to(b, g, y->in[i]);
}

/*
** Backwards in topological order: when a node's turn comes all of its users
** have added to its cotangent. The inputs asked for end the flow.
*/
static int pull_all(B *b, flow *f) {
  for (size_t k = f->n; k-- > f->first;) {
    T *y = f->node[k], *g = f->value[k];
    for (int i = 0; g != NULL && i < (int)y->nin; i++) {
      T **sum = flow_value(f, y->in[i]);
      int zero = 0;
      if (sum == NULL) continue;
      T *h = pull(b, y, i, g, &zero);
      if (!zero && (h == NULL || !flow_add(b, sum, h))) return 0;
    }
  }
  return 1;
}

/* The cotangents in between belong to b and go with it. */
weyl_status weyl_vjp(int nout, T *const *out, T *const *cot, int nin,
                     T *const *in, T **grad) {
  flow f;
  B b;
  b_open(&b);
  int ok = flow_open(&f, nin, in, nout, out) &&
           seed_all(&b, &f, nout, out, cot) && pull_all(&b, &f);
  for (int k = 0; k < nin; k++) {
    T **sum = ok ? flow_value(&f, in[k]) : NULL;
    grad[k] = sum != NULL ? *sum : NULL;
    if (ok && grad[k] == NULL) grad[k] = b_zeros_like(&b, in[k]);
  }
  flow_close(&f);
  if (b_close_all(&b, nin, grad) && ok) return WEYL_OK;
  for (int k = 0; k < nin; k++) grad[k] = NULL;
  return weyl_error_status();
}
