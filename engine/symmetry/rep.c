/*
** rep.c: how matrices act on tensor products.
**
** A tensor product of matrices is never formed for the solver: it is applied
** factor by factor, in rank * d operations per entry.
*/
#include "symmetry/rep.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "symmetry/group.h"

int64_t weyl_word_size(weyl_word w, int d) {
  int64_t n = 1;
  for (int i = 0; i < w.rank && n >= 0; i++)
    n = n * d <= INT32_MAX ? n * d : -1;
  return n;
}

int64_t weyl_rep_size(const weyl_rep *r, int d) {
  int64_t n = 0;
  for (int i = 0; i < r->n; i++) {
    int64_t word = weyl_word_size(r->run[i].word, d), size;
    if (word < 0 || __builtin_mul_overflow(word, r->run[i].mult, &size) ||
        size > INT32_MAX - n)
      return -1;
    n += size;
  }
  return n;
}

weyl_status weyl_word_map(weyl_word out, weyl_word in, weyl_word *map) {
  if (out.rank + in.rank > WEYL_MAX_FACTORS)
    return weyl_fail(WEYL_EINVAL,
                     "maps from rank %d to rank %d: the sum of the ranks is "
                     "at most %d", in.rank, out.rank, WEYL_MAX_FACTORS);
  uint32_t flipped = ~in.duals & ((1u << in.rank) - 1);
  map->rank = out.rank + in.rank;
  map->duals = out.duals | flipped << out.rank;
  return WEYL_OK;
}

/* ---- one factor ---- */

/* y [left, d, right] += m x along the middle index */
static void add_factor(int64_t left, int d, int64_t right, const double *m,
                       const double *x, double *y) {
  for (int64_t l = 0; l < left; l++, x += d * right, y += d * right)
    for (int i = 0; i < d; i++)
      for (int j = 0; j < d; j++) {
        double c = m[i * d + j];
        if (c == 0) continue; /* generators are mostly zeros */
        for (int64_t k = 0; k < right; k++)
          y[i * right + k] += c * x[j * right + k];
      }
}

static const double *matrix_of(weyl_word w, int factor, weyl_action a) {
  return a.on[w.duals >> factor & 1];
}

void weyl_word_sum(weyl_word w, int d, weyl_action a, const double *x,
                   double *y) {
  int64_t left = 1, right = weyl_word_size(w, d);
  for (int i = 0; i < w.rank; i++, left *= d) {
    right /= d;
    add_factor(left, d, right, matrix_of(w, i, a), x, y);
  }
}

void weyl_word_product(weyl_word w, int d, weyl_action a, const double *x,
                       double *y, double *room) {
  int64_t left = 1, n = weyl_word_size(w, d), right = n;
  const double *from = x;
  double *to = w.rank % 2 ? y : room; /* the last factor writes y */
  if (w.rank == 0) y[0] = x[0];
  for (int i = 0; i < w.rank; i++, left *= d) {
    right /= d;
    memset(to, 0, (size_t)n * sizeof *to);
    add_factor(left, d, right, matrix_of(w, i, a), from, to);
    from = to;
    to = to == y ? room : y;
  }
}

/* ---- whole matrices ---- */

typedef struct dense {
  int d, sum;          /* sum: drho, else rho */
  weyl_action action;
  double *x, *y, *room; /* [d^rank] for the largest word */
} dense;

/* Writes the blocks of one run from row and column `at` on. */
static int64_t write_run(const dense *m, const weyl_run *run, int64_t n,
                         int64_t at, double *out) {
  int64_t size = weyl_word_size(run->word, m->d);
  size_t bytes = (size_t)size * sizeof *m->x;
  for (int64_t col = 0; col < size; col++) {
    memset(m->x, 0, bytes);
    memset(m->y, 0, bytes);
    m->x[col] = 1;
    if (m->sum) weyl_word_sum(run->word, m->d, m->action, m->x, m->y);
    else weyl_word_product(run->word, m->d, m->action, m->x, m->y, m->room);
    for (int64_t copy = 0; copy < run->mult; copy++) {
      int64_t corner = at + copy * size;
      for (int64_t row = 0; row < size; row++)
        out[(corner + row) * n + corner + col] = m->y[row];
    }
  }
  return at + run->mult * size;
}

/* `matrix` acts on V, `dual` on V*. */
static weyl_status write_all(const weyl_rep *r, int d, int sum,
                             const double *matrix, const double *dual,
                             double *out) {
  int64_t n = weyl_rep_size(r, d), at = 0, most = 1;
  for (int i = 0; i < r->n; i++) {
    int64_t size = weyl_word_size(r->run[i].word, d);
    if (size > most) most = size;
  }
  double *room = weyl_malloc(3 * (size_t)most * sizeof *room);
  if (room == NULL) return WEYL_ENOMEM;
  dense m = {d, sum, {{matrix, dual}}, room, room + most, room + 2 * most};
  memset(out, 0, (size_t)n * (size_t)n * sizeof *out);
  for (int i = 0; i < r->n; i++)
    at = write_run(&m, &r->run[i], n, at, out);
  weyl_free(room);
  return WEYL_OK;
}

static void transpose(int d, double sign, const double *x, double *y) {
  for (int i = 0; i < d; i++)
    for (int j = 0; j < d; j++) y[j * d + i] = sign * x[i * d + j];
}

static int has_duals(const weyl_rep *r) {
  uint32_t any = 0;
  for (int i = 0; i < r->n; i++) any |= r->run[i].word.duals;
  return any != 0;
}

/* The inverse of g is needed, and asked for, only where duals occur. */
weyl_status weyl_rep_rho(const weyl_rep *r, int d, const double *g,
                         double *out) {
  size_t square = (size_t)d * (size_t)d;
  double *inverse = weyl_malloc(2 * square * sizeof *inverse);
  weyl_status s = inverse != NULL ? WEYL_OK : WEYL_ENOMEM;
  if (s == WEYL_OK && has_duals(r)) {
    s = weyl_group_invert(d, g, inverse);
    if (s == WEYL_OK) transpose(d, 1, inverse, inverse + square);
  }
  if (s == WEYL_OK) s = write_all(r, d, 0, g, inverse + square, out);
  weyl_free(inverse);
  return s;
}

weyl_status weyl_rep_drho(const weyl_rep *r, int d, const double *a,
                          double *out) {
  double *dual = weyl_malloc((size_t)d * (size_t)d * sizeof *dual);
  if (dual == NULL) return WEYL_ENOMEM;
  transpose(d, -1, a, dual);
  weyl_status s = write_all(r, d, 1, a, dual, out);
  weyl_free(dual);
  return s;
}
