/*
** orbits.c: breadth-first search for the orbits of signed permutations.
**
** The image of an entry is looked up in two tables per generator, for the
** left and the right half of the word's factors, so that a step costs the
** same at any rank.
*/
#include "symmetry/orbits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "symmetry/gram.h"

/* ---- is it one? ---- */

/* Whether each row of m [d, d] has one entry, 1 or -1 (m is invertible). */
static int signed_permutation(int d, const double *m) {
  for (int i = 0; i < d; i++) {
    int count = 0;
    for (int j = 0; j < d; j++) {
      double x = m[i * d + j];
      if (x != 0 && x != 1 && x != -1) return 0;
      count += x != 0;
    }
    if (count != 1) return 0;
  }
  return 1;
}

static int all_zero(size_t n, const double *x) {
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0) return 0;
  return 1;
}

int weyl_orbits_apply(const weyl_spaces *s) {
  for (int i = 0; i < s->n; i++) {
    const weyl_group *g = s->space[i];
    size_t square = (size_t)g->d * (size_t)g->d;
    if (!all_zero((size_t)g->nlie * square, g->lie)) return 0;
    for (int k = 0; k < g->ndiscrete; k++)
      if (!signed_permutation(g->d, g->discrete + (size_t)k * square))
        return 0;
  }
  return 1;
}

/* ---- tables ---- */

typedef struct half { /* of the factors, for one generator */
  int64_t *image;     /* [size] */
  signed char *sign;  /* [size] */
} half;

typedef struct search {
  const weyl_spaces *s;
  const weyl_word *w;
  int64_t n, right;     /* entries; those of the right half */
  int ngenerator;
  half *left_of, *right_of; /* [ngenerator] */
  signed char *sign;    /* [n] 0: not met; else relative to its orbit */
  int64_t *queue;       /* [n] the orbit in order of discovery */
  double *value;        /* [n] */
  weyl_region region;
} search;

/* The row and sign to which column j of m goes. */
static void image_of(int d, const double *m, int j, int *row, int *sign) {
  for (int i = 0; i < d; i++)
    if (m[i * d + j] != 0) {
      *row = i;
      *sign = m[i * d + j] > 0 ? 1 : -1;
    }
}

/* The table of generator k for factors from .. to - 1. */
static int fill_half(search *q, int k, int from, int to, half *h) {
  int64_t size = 1;
  for (int f = from; f < to; f++) size *= q->s->dim[q->w->kind[f]];
  h->image = weyl_region_array(&q->region, (size_t)size, sizeof *h->image);
  h->sign = weyl_region_array(&q->region, (size_t)size, sizeof *h->sign);
  if (h->image == NULL || h->sign == NULL) return 0;
  for (int64_t i = 0; i < size; i++) {
    int64_t step = size, image = 0;
    int all = 1;
    for (int f = from; f < to; f++) {
      const weyl_group *g = q->s->space[q->w->kind[f]];
      int row = 0, sign = 1;
      step /= g->d;
      image_of(g->d, g->discrete + (size_t)k * (size_t)(g->d * g->d),
               (int)(i / step % g->d), &row, &sign);
      image += row * step;
      all *= sign;
    }
    h->image[i] = image;
    h->sign[i] = (signed char)all;
  }
  return 1;
}

static int open_search(search *q) {
  size_t n = (size_t)q->n, k = (size_t)q->ngenerator;
  weyl_region *r = &q->region;
  int middle = q->w->rank / 2;
  q->right = 1;
  for (int f = middle; f < q->w->rank; f++)
    q->right *= q->s->dim[q->w->kind[f]];
  q->left_of = weyl_region_array(r, k, sizeof *q->left_of);
  q->right_of = weyl_region_array(r, k, sizeof *q->right_of);
  q->sign = weyl_region_array(r, n, sizeof *q->sign);
  q->queue = weyl_region_array(r, n, sizeof *q->queue);
  q->value = weyl_region_array(r, n, sizeof *q->value);
  if (!q->left_of || !q->right_of || !q->sign || !q->queue || !q->value)
    return 0;
  for (int i = 0; i < q->ngenerator; i++)
    if (!fill_half(q, i, 0, middle, &q->left_of[i]) ||
        !fill_half(q, i, middle, q->w->rank, &q->right_of[i]))
      return 0;
  return 1;
}

/* ---- orbits ---- */

/* Finds the orbit of `from`; its size, and whether its signs agree. */
static int64_t explore(search *q, int64_t from, int *agree) {
  int64_t size = 1;
  q->queue[0] = from;
  q->sign[from] = 1;
  *agree = 1;
  for (int64_t at = 0; at < size; at++) {
    int64_t x = q->queue[at], left = x / q->right, right = x % q->right;
    for (int k = 0; k < q->ngenerator; k++) {
      const half *l = &q->left_of[k], *r = &q->right_of[k];
      int64_t y = l->image[left] * q->right + r->image[right];
      int sign = q->sign[x] * l->sign[left] * r->sign[right];
      if (q->sign[y] == 0) {
        q->sign[y] = (signed char)sign;
        q->queue[size++] = y;
      } else if (q->sign[y] != sign) {
        *agree = 0;
      }
    }
  }
  return size;
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static weyl_status add_orbit(search *q, int64_t size, weyl_basis *b) {
  double length = 1 / sqrt((double)size);
  qsort(q->queue, (size_t)size, sizeof *q->queue, ascending);
  for (int64_t i = 0; i < size; i++)
    q->value[i] = q->sign[q->queue[i]] * length;
  return weyl_basis_add(b, size, 1, q->queue, q->value);
}

/* Counts the orbits first: the list of components has that length. */
static weyl_status find_all(search *q, weyl_basis *b) {
  int64_t count = 0;
  weyl_status s = WEYL_OK;
  int agree;
  for (int64_t i = 0; i < q->n; i++)
    if (q->sign[i] == 0) {
      explore(q, i, &agree);
      count += agree;
    }
  memset(q->sign, 0, (size_t)q->n);
  b->component = weyl_region_array(&b->region, (size_t)count,
                                   sizeof *b->component);
  if (b->component == NULL) return WEYL_ENOMEM;
  for (int64_t i = 0; i < q->n && s == WEYL_OK; i++)
    if (q->sign[i] == 0) {
      int64_t size = explore(q, i, &agree);
      if (agree) s = add_orbit(q, size, b);
    }
  return s;
}

weyl_status weyl_orbits_solve(const weyl_spaces *s, const weyl_word *w,
                              weyl_basis *b) {
  search q = {.s = s, .w = w, .n = b->n,
              .ngenerator = s->space[0]->ndiscrete};
  double bytes = 33 * (double)b->n; /* two arrays here, two in the basis */
  if (bytes > (double)WEYL_BASIS_BYTES)
    return weyl_gram_too_large("the orbits of so many entries", bytes);
  weyl_status status = open_search(&q) ? find_all(&q, b) : WEYL_ENOMEM;
  weyl_region_clear(&q.region);
  b->routes = WEYL_BY_ORBITS;
  return status;
}
