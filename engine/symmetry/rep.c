/*
** rep.c: how matrices act on tensor products.
**
** A tensor product of matrices is never formed for the solver: it is applied
** factor by factor to sparse vectors.
*/
#include "symmetry/rep.h"

#include <string.h>

#include "base/error.h"
#include "symmetry/group.h"

int64_t weyl_word_size(const weyl_word *w, const int *dim) {
  int64_t n = 1;
  for (int i = 0; i < w->rank && n >= 0; i++) {
    int d = dim[w->kind[i]];
    n = n * d <= INT32_MAX ? n * d : -1;
  }
  return n;
}

int64_t weyl_rep_size(const weyl_rep *r, const int *dim) {
  int64_t n = 0;
  for (int i = 0; i < r->n; i++) {
    int64_t word = weyl_word_size(&r->run[i].word, dim), size;
    if (word < 0 || __builtin_mul_overflow(word, r->run[i].mult, &size) ||
        size > INT32_MAX - n)
      return -1;
    n += size;
  }
  return n;
}

weyl_status weyl_word_map(const weyl_word *out, const weyl_word *in,
                          weyl_word *map) {
  if (out->rank + in->rank > WEYL_MAX_FACTORS)
    return weyl_fail(WEYL_EINVAL,
                     "maps from rank %d to rank %d: the sum of the ranks is "
                     "at most %d", in->rank, out->rank, WEYL_MAX_FACTORS);
  uint32_t flipped = ~in->duals & ((1u << in->rank) - 1);
  *map = *out;
  map->rank += in->rank;
  map->duals |= flipped << out->rank;
  memcpy(map->kind + out->rank, in->kind, (size_t)in->rank);
  return WEYL_OK;
}

/* ---- sparse vectors ---- */

int weyl_sparse_open(weyl_sparse *x, weyl_region *r, int64_t n) {
  x->value = weyl_region_array(r, (size_t)n, sizeof *x->value);
  x->index = weyl_region_array(r, (size_t)n, sizeof *x->index);
  x->listed = weyl_region_alloc(r, (size_t)n);
  x->count = 0;
  return x->value != NULL && x->index != NULL && x->listed != NULL;
}

void weyl_sparse_clear(weyl_sparse *x) {
  for (int64_t k = 0; k < x->count; k++) {
    x->value[x->index[k]] = 0;
    x->listed[x->index[k]] = 0;
  }
  x->count = 0;
}

void weyl_sparse_add(weyl_sparse *x, int64_t index, double value) {
  if (!x->listed[index]) {
    x->listed[index] = 1;
    x->index[x->count++] = index;
  }
  x->value[index] += value;
}

/* y += m x along the factor whose index moves in steps of `step` */
static void add_factor(int d, int64_t step, const double *m,
                       const weyl_sparse *x, weyl_sparse *y) {
  for (int64_t k = 0; k < x->count; k++) {
    int64_t at = x->index[k], j = at / step % d;
    for (int i = 0; i < d; i++) {
      double c = m[i * d + j];
      if (c != 0)
        weyl_sparse_add(y, at + (i - j) * step, c * x->value[at]);
    }
  }
}

static const double *matrix_of(const weyl_word *w, int factor,
                               const weyl_action *a) {
  return a[w->kind[factor]].on[w->duals >> factor & 1];
}

void weyl_word_sum(const weyl_word *w, const int *dim, const weyl_action *a,
                   const weyl_sparse *x, weyl_sparse *y) {
  int64_t step = weyl_word_size(w, dim);
  for (int i = 0; i < w->rank; i++) {
    int d = dim[w->kind[i]];
    add_factor(d, step /= d, matrix_of(w, i, a), x, y);
  }
}

void weyl_word_product(const weyl_word *w, const int *dim,
                       const weyl_action *a, const weyl_sparse *x,
                       weyl_sparse *y, weyl_sparse *room) {
  int64_t step = weyl_word_size(w, dim);
  weyl_sparse *to = w->rank % 2 ? y : room; /* the last factor writes y */
  weyl_sparse_clear(y);
  if (w->rank == 0) weyl_sparse_add(y, 0, x->value[0]);
  for (int i = 0; i < w->rank; i++) {
    int d = dim[w->kind[i]];
    weyl_sparse_clear(to);
    add_factor(d, step /= d, matrix_of(w, i, a), x, to);
    x = to;
    to = to == y ? room : y;
  }
}

/* ---- whole matrices ---- */

typedef struct dense {
  const int *dim;
  int sum;                   /* drho, else rho */
  weyl_action action[WEYL_MAX_SPACES];
  weyl_sparse x, y, room;    /* as long as the largest word */
} dense;

/* Writes the blocks of one run from row and column `at` on; where they end. */
static int64_t write_run(dense *m, const weyl_run *run, int64_t n, int64_t at,
                         double *out) {
  const weyl_word *w = &run->word;
  int64_t size = weyl_word_size(w, m->dim);
  for (int64_t col = 0; col < size; col++) {
    weyl_sparse_clear(&m->x);
    weyl_sparse_clear(&m->y);
    weyl_sparse_add(&m->x, col, 1);
    if (m->sum) weyl_word_sum(w, m->dim, m->action, &m->x, &m->y);
    else weyl_word_product(w, m->dim, m->action, &m->x, &m->y, &m->room);
    for (int64_t copy = 0; copy < run->mult; copy++) {
      int64_t corner = at + copy * size;
      for (int64_t k = 0; k < m->y.count; k++) {
        int64_t row = m->y.index[k];
        out[(corner + row) * n + corner + col] = m->y.value[row];
      }
    }
  }
  return at + run->mult * size;
}

static weyl_status write_all(dense *m, const weyl_rep *r, double *out) {
  int64_t n = weyl_rep_size(r, m->dim), at = 0, most = 1;
  weyl_region region = {0};
  for (int i = 0; i < r->n; i++) {
    int64_t size = weyl_word_size(&r->run[i].word, m->dim);
    if (size > most) most = size;
  }
  int ok = weyl_sparse_open(&m->x, &region, most) &&
           weyl_sparse_open(&m->y, &region, most) &&
           weyl_sparse_open(&m->room, &region, most);
  if (ok) memset(out, 0, (size_t)n * (size_t)n * sizeof *out);
  for (int i = 0; ok && i < r->n; i++)
    at = write_run(m, &r->run[i], n, at, out);
  weyl_region_clear(&region);
  return ok ? WEYL_OK : WEYL_ENOMEM;
}

static void transpose(int d, double sign, const double *x, double *y) {
  for (int i = 0; i < d; i++)
    for (int j = 0; j < d; j++) y[j * d + i] = sign * x[i * d + j];
}

/* Whether duals of the space occur. */
static int has_duals(const weyl_rep *r, int kind) {
  for (int i = 0; i < r->n; i++)
    for (int f = 0; f < r->run[i].word.rank; f++)
      if (r->run[i].word.kind[f] == kind && r->run[i].word.duals >> f & 1)
        return 1;
  return 0;
}

/*
** The matrices on the spaces and their duals. The inverse of g is needed,
** and asked for, only where duals occur.
*/
static weyl_status set_actions(dense *m, const weyl_rep *r, int nkind,
                               const double *const *matrix,
                               weyl_region *region) {
  for (int k = 0; k < nkind; k++) {
    int d = m->dim[k];
    size_t square = (size_t)d * (size_t)d;
    m->action[k].on[0] = matrix[k];
    if (!has_duals(r, k)) continue;
    double *room = weyl_region_array(region, 2 * square, sizeof *room);
    if (room == NULL) return WEYL_ENOMEM;
    if (m->sum) {
      transpose(d, -1, matrix[k], room);
    } else {
      weyl_status s = weyl_group_invert(d, matrix[k], room + square);
      if (s != WEYL_OK) return s;
      transpose(d, 1, room + square, room);
    }
    m->action[k].on[1] = room;
  }
  return WEYL_OK;
}

static weyl_status write_matrix(int sum, const weyl_rep *r, int nkind,
                                const int *dim, const double *const *matrix,
                                double *out) {
  dense m = {.dim = dim, .sum = sum};
  weyl_region region = {0};
  weyl_status s = set_actions(&m, r, nkind, matrix, &region);
  if (s == WEYL_OK) s = write_all(&m, r, out);
  weyl_region_clear(&region);
  return s;
}

weyl_status weyl_rep_rho(const weyl_rep *r, int nkind, const int *dim,
                         const double *const *matrix, double *out) {
  return write_matrix(0, r, nkind, dim, matrix, out);
}

weyl_status weyl_rep_drho(const weyl_rep *r, int nkind, const int *dim,
                          const double *const *matrix, double *out) {
  return write_matrix(1, r, nkind, dim, matrix, out);
}
