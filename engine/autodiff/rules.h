/*
** rules.h: the ways a derivative rule is written.
*/
#ifndef weyl_rules_h
#define weyl_rules_h

#include "autodiff/autodiff.h"

/* No derivative, and why. */
#define RULE_NONE(id, because) \
  const weyl_rule weyl_rule_##id = {.why = because};

/* A pair of linear maps. */
#define RULE_MAPS(id, back, forth) \
  const weyl_rule weyl_rule_##id = {.vjp = back, .jvp = forth};

/*
** A partial derivative as a formula in b, y, x (the first input) and i (the
** input's number); rule_one(one, 1) and rule_one(one, -1) for constants.
*/
#define RULE_PD(id, formula)                          \
  static T *pd_##id(B *b, T *y, int i, int *one) {    \
    T *x = y->in[0];                                  \
    (void)b, (void)x, (void)i, (void)one;             \
    return formula;                                   \
  }                                                   \
  const weyl_rule weyl_rule_##id = {.pd = pd_##id};

static inline T *rule_one(int *one, int sign) {
  *one = sign;
  return NULL;
}

static inline T *rule_zero(int *zero) {
  *zero = 1;
  return NULL;
}

#endif
