/*
** rules_regularize.c: derivatives of the penalties' primitives.
**
** The matrices of BLOCKMAP are constants: they hold group structure and the
** penalties' strengths, which are set by rules and not by gradients. (A
** penalty is linear in its strengths; its derivative by strength j is the
** regularizer R_j itself, which reg.lua reports.)
*/
#include "autodiff/rules.h"

/* Linear in W and self-adjoint: the map itself, backwards and forwards. */
static T *block_map(B *b, T *y, int i, T *g, int *zero) {
  if (i > 0) return rule_zero(zero);
  T *in[] = {g, y->in[1], y->in[2]};
  return b_op(b, OP_BLOCKMAP, 3, in, y->nattr, y->attr);
}

RULE_MAPS(BLOCKMAP, block_map, block_map)

/*
** y = 1/2 <w, s> with s = S w for a symmetric S: all of the derivative, S w,
** is given to w and none to s. Value and gradient so share one BLOCKMAP.
*/
static T *halfquad_vjp(B *b, T *y, int i, T *g, int *zero) {
  if (i > 0) return rule_zero(zero);
  return b_mul(b, g, y->in[1]);
}

static T *halfquad_jvp(B *b, T *y, int i, T *t, int *zero) {
  if (i > 0) return rule_zero(zero);
  T *p = b_mul(b, t, y->in[1]);
  return p == NULL ? NULL : b_sum(b, p, b_all_dims(p), 0);
}

RULE_MAPS(HALFQUAD, halfquad_vjp, halfquad_jvp)
