/*
** rules_index.c: derivatives of indexing: reading at an index and adding at
** it are adjoint. Positions themselves, and random draws, have none.
*/
#include "autodiff/rules.h"

/* op(zeros like x, index, src): src added where index points */
static T *add_at(B *b, weyl_opcode op, T *y, T *src) {
  T *x = y->in[0];
  T *in[3] = {b_zeros_like(b, x), y->in[1], src};
  return b_op(b, op, 3, in, 1, y->attr);
}

/* op(v, index): v read where index points */
static T *read_at(B *b, weyl_opcode op, T *y, T *v) {
  return b_op(b, op, 2, (T *[]){v, y->in[1]}, 1, y->attr);
}

/* What reads where y adds, and the other way round. */
static weyl_opcode adjoint(const T *y) {
  switch (y->op) {
    case OP_GATHER: return OP_SCATTER_ADD;
    case OP_TAKE: return OP_INDEX_ADD;
    case OP_SCATTER_ADD: return OP_GATHER;
    default: return OP_TAKE;
  }
}

/* Linear in x; the index has no derivative. */
static T *vjp_read(B *b, T *y, int i, T *g, int *zero) {
  return i == 0 ? add_at(b, adjoint(y), y, g) : rule_zero(zero);
}

static T *jvp_read(B *b, T *y, int i, T *t, int *zero) {
  return i == 0 ? read_at(b, (weyl_opcode)y->op, y, t) : rule_zero(zero);
}

/* Linear in x and src: y = x + (src at index). */
static T *vjp_add(B *b, T *y, int i, T *g, int *zero) {
  if (i == 1) return rule_zero(zero);
  return i == 0 ? g : read_at(b, adjoint(y), y, g);
}

static T *jvp_add(B *b, T *y, int i, T *t, int *zero) {
  if (i == 1) return rule_zero(zero);
  return i == 0 ? t : add_at(b, (weyl_opcode)y->op, y, t);
}

RULE_MAPS(GATHER, vjp_read, jvp_read)
RULE_MAPS(TAKE, vjp_read, jvp_read)
RULE_MAPS(SCATTER_ADD, vjp_add, jvp_add)
RULE_MAPS(INDEX_ADD, vjp_add, jvp_add)

RULE_NONE(IOTA, "it is a list of positions")
RULE_NONE(ARGMAX, "it is a position")
RULE_NONE(ARGMIN, "it is a position")
RULE_NONE(ARGSORT, "it is a list of positions")
RULE_NONE(UNIFORM, "it is a random draw")
RULE_NONE(NORMAL, "it is a random draw")
RULE_NONE(INTEGERS, "it is a random draw")
RULE_NONE(PERMUTATION, "it is a random draw")
