/*
** rules_reduce.c: derivatives of reductions and running sums.
**
** Reductions keep their dims as 1 in the graph, so outputs broadcast against
** inputs without reshaping.
*/
#include "autodiff/rules.h"

RULE_NONE(ANY, "it is a boolean")
RULE_NONE(ALL, "it is a boolean")

static T *vjp_sum(B *b, T *y, int i, T *g, int *zero) {
  (void)zero;
  return b_broadcast_like(b, g, y->in[i]);
}

RULE_MAPS(SUM, vjp_sum, weyl_jvp_linear)

/* attr: dim, backwards; the adjoint runs the other way */
static T *vjp_cumsum(B *b, T *y, int i, T *g, int *zero) {
  (void)i, (void)zero;
  int64_t attr[2] = {y->attr[0], !y->attr[1]};
  return b_op(b, OP_CUMSUM, 1, &g, 2, attr);
}

RULE_MAPS(CUMSUM, vjp_cumsum, weyl_jvp_linear)

/* ---- max, min: the entries that tie share evenly ---- */

/* Where x attains y, and how often along the reduced dims. */
static T *attained(B *b, T *y, T **count) {
  T *hit = b_eq(b, y->in[0], y);
  *count = b_sum(b, b_cast(b, hit, y->dtype), (uint32_t)y->attr[0], 1);
  return hit;
}

static T *vjp_extreme(B *b, T *y, int i, T *g, int *zero) {
  (void)i, (void)zero;
  T *count, *hit = attained(b, y, &count);
  return b_where(b, hit, b_div(b, g, count), b_const(b, g, 0));
}

static T *jvp_extreme(B *b, T *y, int i, T *t, int *zero) {
  (void)i, (void)zero;
  T *count, *hit = attained(b, y, &count);
  T *part = b_where(b, hit, t, b_const(b, t, 0));
  return b_div(b, b_sum(b, part, (uint32_t)y->attr[0], 1), count);
}

RULE_MAPS(MAX, vjp_extreme, jvp_extreme)
RULE_MAPS(MIN, vjp_extreme, jvp_extreme)

/* ---- prod ---- */

/*
** x [r, n] -> [r, n]: at each place the product of all others in its row, by
** a tree of pairwise products. No division, so any number of zeros is exact,
** and so are derivatives of it.
*/
static T *exclusive(B *b, T *x) {
  T *pairs[64];
  int64_t r = x->dims[0], n = x->dims[1], m = 1;
  int levels = 0;
  while (m < n) m *= 2;
  int64_t rest[2] = {r, m - n};
  if (m > n)
    x = b_concat(b, 2, (T *[]){x, b_full(b, x->dtype, 2, rest, 1)}, 1);
  for (; m > 1; m /= 2) { /* up: products of neighbours */
    T *p = b_reshape(b, x, 3, (int64_t[]){r, m / 2, 2});
    pairs[levels++] = p;
    x = b_mul(b, b_slice(b, p, 2, 0, 1, 1), b_slice(b, p, 2, 1, 1, 1));
  }
  if (levels == 0) return b_ones_like(b, x);
  T *others = b_flip(b, pairs[--levels], 2); /* [r, 1, 2] */
  while (levels > 0) { /* down: all others are my sibling and its others */
    m *= 2;
    T *above = b_reshape(b, others, 3, (int64_t[]){r, m, 1});
    others = b_mul(b, above, b_flip(b, pairs[--levels], 2));
  }
  others = b_reshape(b, others, 2, (int64_t[]){r, 2 * m});
  return b_slice(b, others, 1, 0, n, 1);
}

/* Products over the reduced dims of all entries but one; x's shape. */
static T *partials(B *b, T *y) {
  T *x = y->in[0];
  int perm[WEYL_MAX_RANK], inverse[WEYL_MAX_RANK], k = 0;
  if (x->size == 0) return x;
  for (int pass = 0; pass < 2; pass++) /* kept dims, then reduced ones */
    for (int d = 0; d < x->rank; d++)
      if ((y->attr[0] >> d & 1) == pass) perm[k++] = d;
  for (int d = 0; d < x->rank; d++) inverse[perm[d]] = d;
  T *moved = b_permute(b, x, perm);
  int64_t rows[2] = {y->size, x->size / y->size};
  T *flat = b_reshape(b, moved, 2, rows);
  if (flat == NULL) return NULL;
  return b_permute(b, b_reshape_like(b, exclusive(b, flat), moved), inverse);
}

/* y' = sum over entries of the product of all others times t */
static T *vjp_prod(B *b, T *y, int i, T *g, int *zero) {
  (void)i, (void)zero;
  return b_mul(b, g, b_conj(b, partials(b, y)));
}

static T *jvp_prod(B *b, T *y, int i, T *t, int *zero) {
  (void)i, (void)zero;
  return b_sum(b, b_mul(b, partials(b, y), t), (uint32_t)y->attr[0], 1);
}

RULE_MAPS(PROD, vjp_prod, jvp_prod)
