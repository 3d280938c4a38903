/*
** product.c: splitting words into independent parts, and their products.
*/
#include "symmetry/product.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "symmetry/gram.h"

/* ---- parts ---- */

/* Whether generator k (Lie ones first) moves the space of g. */
static int moves(const weyl_group *g, int k) {
  int d = g->d, lie = k < g->nlie;
  size_t square = (size_t)d * (size_t)d;
  const double *m = lie ? g->lie + (size_t)k * square
                        : g->discrete + (size_t)(k - g->nlie) * square;
  for (int i = 0; i < d; i++)
    for (int j = 0; j < d; j++)
      if (m[i * d + j] != (!lie && i == j ? 1 : 0)) return 1;
  return 0;
}

static void merge(int n, int *class, int a, int b) {
  int from = class[a] > class[b] ? class[a] : class[b];
  int to = class[a] < class[b] ? class[a] : class[b];
  for (int i = 0; i < n; i++)
    if (class[i] == from) class[i] = to;
}

int weyl_product_parts(const weyl_spaces *s, const weyl_word *w,
                       int part[WEYL_MAX_FACTORS]) {
  int class[WEYL_MAX_SPACES], number[WEYL_MAX_SPACES], nparts = 0;
  int ngenerator = s->space[0]->nlie + s->space[0]->ndiscrete;
  for (int i = 0; i < s->n; i++) class[i] = i;
  for (int k = 0; k < ngenerator; k++)
    for (int i = 0, first = -1; i < s->n; i++) {
      if (!moves(s->space[i], k)) continue;
      if (first >= 0) merge(s->n, class, first, i);
      else first = i;
    }
  for (int i = 0; i < s->n; i++) number[i] = -1;
  for (int f = 0; f < w->rank; f++) {
    int c = class[w->kind[f]];
    if (number[c] < 0) number[c] = nparts++;
    part[f] = number[c];
  }
  return nparts;
}

/* ---- products ---- */

/* Where the entries of one part lie in the whole word, others at 0. */
static int64_t *offsets(const weyl_spaces *s, const weyl_word *w, int which,
                        const int *part, int64_t size, weyl_region *r) {
  int64_t *at = weyl_region_array(r, (size_t)size, sizeof *at);
  for (int64_t i = 0; at != NULL && i < size; i++) {
    int64_t rest = i, step = 1;
    for (int f = w->rank - 1; f >= 0; f--) {
      int d = s->dim[w->kind[f]];
      if (part[f] == which) {
        at[i] += rest % d * step;
        rest /= d;
      }
      step *= d;
    }
  }
  return at;
}

static weyl_basis *part_basis(const weyl_spaces *s, const weyl_word *w,
                              int which, const int *part) {
  weyl_word sub = {0};
  for (int f = 0; f < w->rank; f++) {
    if (part[f] != which) continue;
    sub.kind[sub.rank] = w->kind[f];
    sub.duals |= (w->duals >> f & 1) << sub.rank;
    sub.rank++;
  }
  return weyl_basis_of(s, &sub);
}

typedef struct entry {
  int64_t index, at; /* in the word; place before sorting */
} entry;

static int by_index(const void *a, const void *b) {
  const entry *x = a, *y = b;
  return (x->index > y->index) - (x->index < y->index);
}

/* Adds the product of two components; offsets move c's indices. */
static weyl_status multiply(const weyl_component *a, const weyl_component *c,
                            const int64_t *offset, weyl_basis *out) {
  int64_t size = a->size * c->size, dim = a->dim * c->dim, n = 0;
  weyl_region r = {0};
  entry *e = weyl_region_array(&r, (size_t)size, sizeof *e);
  int64_t *index = weyl_region_array(&r, (size_t)size, sizeof *index);
  double *v = weyl_region_array(&r, (size_t)(size * dim), sizeof *v), *to = v;
  weyl_status s = e && index && v ? WEYL_OK : WEYL_ENOMEM;
  for (int64_t i = 0; s == WEYL_OK && i < a->size; i++)
    for (int64_t j = 0; j < c->size; j++, n++)
      e[n] = (entry){a->index[i] + offset[c->index[j]], n};
  if (s == WEYL_OK) qsort(e, (size_t)size, sizeof *e, by_index);
  for (int64_t i = 0; s == WEYL_OK && i < size; i++) index[i] = e[i].index;
  for (int64_t p = 0; s == WEYL_OK && p < a->dim; p++)
    for (int64_t q = 0; q < c->dim; q++)
      for (int64_t i = 0; i < size; i++)
        *to++ = a->vector[p * a->size + e[i].at / c->size] *
                c->vector[q * c->size + e[i].at % c->size];
  if (s == WEYL_OK) s = weyl_basis_add(out, size, dim, index, v);
  weyl_region_clear(&r);
  return s;
}

/* out = a times b, the latter moved to its place in the word */
static weyl_status fold(const weyl_basis *a, const weyl_basis *b,
                        const int64_t *offset, weyl_basis *out) {
  size_t count = (size_t)(a->ncomponent * b->ncomponent);
  weyl_status s = WEYL_OK;
  double bytes = 0;
  for (int64_t i = 0; i < a->ncomponent; i++)
    for (int64_t j = 0; j < b->ncomponent; j++) {
      const weyl_component *x = &a->component[i], *y = &b->component[j];
      bytes += (double)(x->size * y->size) *
               (double)(1 + x->dim * y->dim) * sizeof(double);
    }
  if (bytes > (double)WEYL_BASIS_BYTES)
    return weyl_gram_too_large("a product of so many invariants", bytes);
  out->component = weyl_region_array(&out->region, count,
                                     sizeof *out->component);
  if (out->component == NULL) return WEYL_ENOMEM;
  for (int64_t i = 0; i < a->ncomponent && s == WEYL_OK; i++)
    for (int64_t j = 0; j < b->ncomponent && s == WEYL_OK; j++)
      s = multiply(&a->component[i], &b->component[j], offset, out);
  out->kept = fmax(a->kept, b->kept);
  out->dropped = fmin(a->dropped, b->dropped);
  out->routes = a->routes | b->routes | WEYL_BY_PRODUCT;
  return s;
}

static int by_first(const void *a, const void *b) {
  const weyl_component *x = a, *y = b;
  return (x->index[0] > y->index[0]) - (x->index[0] < y->index[0]);
}

/* The number 1: what a product starts with. */
static weyl_basis *unit(void) {
  const int64_t zero = 0;
  const double one = 1;
  weyl_basis *b = weyl_basis_new(1);
  if (b == NULL) return NULL;
  b->component = weyl_region_array(&b->region, 1, sizeof *b->component);
  if (b->component != NULL &&
      weyl_basis_add(b, 1, 1, &zero, &one) == WEYL_OK)
    return b;
  weyl_basis_release(b);
  return NULL;
}

/* next = before times the invariants of one part */
static weyl_status fold_part(const weyl_spaces *s, const weyl_word *w,
                             int which, const int *part,
                             const weyl_basis *before, weyl_basis *next) {
  weyl_region r = {0};
  weyl_basis *sub = part_basis(s, w, which, part);
  if (sub == NULL) return weyl_error_status();
  int64_t *at = offsets(s, w, which, part, sub->n, &r);
  weyl_status status =
      at != NULL ? fold(before, sub, at, next) : WEYL_ENOMEM;
  weyl_region_clear(&r);
  weyl_basis_release(sub);
  return status;
}

weyl_status weyl_product_solve(const weyl_spaces *s, const weyl_word *w,
                               int nparts, const int *part, weyl_basis *b) {
  weyl_basis *product = unit();
  weyl_status status = product != NULL ? WEYL_OK : WEYL_ENOMEM;
  for (int i = 0; i + 1 < nparts && status == WEYL_OK; i++) {
    weyl_basis *next = weyl_basis_new(b->n);
    status = next != NULL ? fold_part(s, w, i, part, product, next)
                          : WEYL_ENOMEM;
    weyl_basis_release(product);
    product = next;
  }
  if (status == WEYL_OK)
    status = fold_part(s, w, nparts - 1, part, product, b);
  weyl_basis_release(product);
  if (status == WEYL_OK && b->ncomponent > 0)
    qsort(b->component, (size_t)b->ncomponent, sizeof *b->component,
          by_first);
  return status;
}
