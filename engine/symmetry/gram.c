/*
** gram.c: assembling and applying the Gram matrix of the constraints.
*/
#include "symmetry/gram.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/stop.h"
#include "base/thread.h"
#include "exec/kernels.h"

#define TINY 1e-300     /* generators below are none */
#define COUPLED 1e-13 /* entries of G that are 0 but for rounding */

enum {
  PROBES = 64,          /* columns from which the size of G is estimated */
  ROWS_MAX = 40000000,  /* entries kept by rows: 480 MB */
  CHEAPER = 8           /* an entry of a row against one of a factor */
};

/* ---- the generators and their transposes ---- */

/* c x or c x^T, [d, d], in the region; NULL when memory is out */
static double *scaled(weyl_region *r, int d, double c, const double *x,
                      int transposed) {
  double *y = weyl_region_array(r, (size_t)d * (size_t)d, sizeof *y);
  for (int i = 0; y != NULL && i < d; i++)
    for (int j = 0; j < d; j++)
      y[i * d + j] = c * x[transposed ? j * d + i : i * d + j];
  return y;
}

static weyl_generator *new_generator(weyl_gram *g, int discrete) {
  weyl_generator *new = &g->generator[g->ngenerator++];
  size_t n = (size_t)g->nspace;
  new->discrete = discrete;
  new->forth = weyl_region_array(&g->region, n, sizeof *new->forth);
  new->back = weyl_region_array(&g->region, n, sizeof *new->back);
  new->weight = weyl_region_array(&g->region, n, sizeof *new->weight);
  return new->forth && new->back && new->weight ? new : NULL;
}

/* On the dual acts m transposed: -a^T for a Lie generator a, h^-T for h. */
static int set_space(weyl_gram *g, weyl_generator *to, int space, double c,
                     const double *m, double cdual, const double *dual) {
  weyl_region *r = &g->region;
  int d = g->dim[space];
  weyl_action *f = &to->forth[space], *b = &to->back[space];
  *f = (weyl_action){{scaled(r, d, c, m, 0), scaled(r, d, cdual, dual, 1)}};
  *b = (weyl_action){{scaled(r, d, c, m, 1), scaled(r, d, cdual, dual, 0)}};
  return f->on[0] && f->on[1] && b->on[0] && b->on[1];
}

/*
** Weights for the rows of m [d, d]: the square of 1 over a row's length where
** that is above 1. The null space of the constraints stays what it is.
*/
static double *row_weights(weyl_region *r, int d, const double *m,
                           int *weighted) {
  double *w = weyl_region_array(r, (size_t)d, sizeof *w);
  for (int i = 0; w != NULL && i < d; i++) {
    double sum = 0;
    for (int j = 0; j < d; j++) sum += m[i * d + j] * m[i * d + j];
    w[i] = sum > 1 + 1e-9 ? 1 / sum : 1;
    if (w[i] < 1) *weighted = 1;
  }
  return w;
}

static int set_weights(weyl_gram *g, weyl_generator *to, int space) {
  const weyl_action *f = &to->forth[space];
  weyl_action *w = &to->weight[space];
  int d = g->dim[space];
  for (int dual = 0; dual < 2; dual++) {
    w->on[dual] = row_weights(&g->region, d, f->on[dual], &to->weighted);
    if (w->on[dual] == NULL) return 0;
  }
  return 1;
}

static size_t square(const weyl_group *g) {
  return (size_t)g->d * (size_t)g->d;
}

/* The largest modulus in Lie generator k over all spaces. */
static double largest(const weyl_spaces *s, int k) {
  double most = 0;
  for (int i = 0; i < s->n; i++) {
    size_t n = square(s->space[i]);
    const double *a = s->space[i]->lie + (size_t)k * n;
    for (size_t j = 0; j < n; j++) most = fmax(most, fabs(a[j]));
  }
  return most;
}

static int add_lie(weyl_gram *g, const weyl_spaces *s, int k) {
  double most = largest(s, k);
  if (most < TINY) return 1;
  weyl_generator *new = new_generator(g, 0);
  for (int i = 0; new != NULL && i < s->n; i++) {
    const double *a = s->space[i]->lie + (size_t)k * square(s->space[i]);
    if (!set_space(g, new, i, 1 / most, a, -1 / most, a)) return 0;
  }
  return new != NULL;
}

static int add_discrete(weyl_gram *g, const weyl_spaces *s, int k) {
  weyl_generator *new = new_generator(g, 1);
  for (int i = 0; new != NULL && i < s->n; i++) {
    size_t at = (size_t)k * square(s->space[i]);
    if (!set_space(g, new, i, 1, s->space[i]->discrete + at, 1,
                   s->space[i]->inverse + at) ||
        !set_weights(g, new, i))
      return 0;
  }
  return new != NULL;
}

static weyl_status add_generators(weyl_gram *g, const weyl_spaces *s) {
  int nlie = s->space[0]->nlie, ndiscrete = s->space[0]->ndiscrete;
  g->generator = weyl_region_array(&g->region, (size_t)(nlie + ndiscrete),
                                   sizeof *g->generator);
  if (g->generator == NULL) return WEYL_ENOMEM;
  for (int k = 0; k < nlie; k++)
    if (!add_lie(g, s, k)) return WEYL_ENOMEM;
  for (int k = 0; k < ndiscrete; k++)
    if (!add_discrete(g, s, k)) return WEYL_ENOMEM;
  return WEYL_OK;
}

/* ---- columns ---- */

/* to += c x */
static void accumulate(double c, const weyl_sparse *x, weyl_sparse *to) {
  for (int64_t k = 0; k < x->count; k++)
    weyl_sparse_add(to, x->index[k], c * x->value[x->index[k]]);
}

/* The weight of one row of rho(h) - 1, squared. */
static double weight_of(const weyl_gram *g, const weyl_generator *h,
                        int64_t row) {
  double w = 1;
  for (int f = g->word.rank - 1; f >= 0; f--) {
    int kind = g->word.kind[f], d = g->dim[kind];
    w *= h->weight[kind].on[g->word.duals >> f & 1][row % d];
    row /= d;
  }
  return w;
}

/* y += (rho(h) - 1)^T (rho(h) - 1) x, with weighted rows */
static void apply_discrete(weyl_gram *g, const weyl_generator *h) {
  const weyl_word *w = &g->word;
  weyl_word_product(w, g->dim, h->forth, &g->x, &g->u, &g->room);
  accumulate(-1, &g->x, &g->u);
  for (int64_t k = 0; h->weighted && k < g->u.count; k++)
    g->u.value[g->u.index[k]] *= weight_of(g, h, g->u.index[k]);
  weyl_word_product(w, g->dim, h->back, &g->u, &g->v, &g->room);
  accumulate(1, &g->v, &g->y);
  accumulate(-1, &g->u, &g->y);
}

const weyl_sparse *weyl_gram_constraint(weyl_gram *g, int generator,
                                        int64_t i) {
  const weyl_generator *a = &g->generator[generator];
  weyl_sparse_clear(&g->x);
  weyl_sparse_clear(&g->u);
  weyl_sparse_add(&g->x, i, 1);
  if (a->discrete) {
    weyl_word_product(&g->word, g->dim, a->forth, &g->x, &g->u, &g->room);
    accumulate(-1, &g->x, &g->u);
    for (int64_t k = 0; a->weighted && k < g->u.count; k++)
      g->u.value[g->u.index[k]] *= sqrt(weight_of(g, a, g->u.index[k]));
  } else {
    weyl_word_sum(&g->word, g->dim, a->forth, &g->x, &g->u);
  }
  return &g->u;
}

/* y = column i of G, which is row i */
static void gram_column(weyl_gram *g, int64_t i) {
  weyl_sparse_clear(&g->x);
  weyl_sparse_clear(&g->y);
  weyl_sparse_add(&g->x, i, 1);
  for (int k = 0; k < g->ngenerator; k++) {
    const weyl_generator *a = &g->generator[k];
    if (a->discrete) {
      apply_discrete(g, a);
    } else {
      weyl_sparse_clear(&g->u);
      weyl_word_sum(&g->word, g->dim, a->forth, &g->x, &g->u);
      weyl_word_sum(&g->word, g->dim, a->back, &g->u, &g->y);
    }
  }
}

/* Appends y as the next row, without what is rounding; ties its indices. */
static int keep_row(weyl_gram *g, int64_t i) {
  const weyl_sparse *y = &g->y;
  double most = 1; /* the size of generators */
  size_t need = g->ncol + (size_t)y->count;
  if (!weyl_grow(&g->col, &g->col_cap, need, sizeof *g->col) ||
      !weyl_grow(&g->entry, &g->entry_cap, need, sizeof *g->entry))
    return 0;
  g->unit = fmax(g->unit, y->value[i]);
  for (int64_t k = 0; k < y->count; k++)
    most = fmax(most, fabs(y->value[y->index[k]]));
  for (int64_t k = 0; k < y->count; k++) {
    double v = y->value[y->index[k]];
    if (fabs(v) <= COUPLED * most) continue;
    weyl_ties_join(&g->ties, i, y->index[k]);
    g->col[g->ncol] = (int32_t)y->index[k];
    g->entry[g->ncol++] = v;
  }
  g->first[i + 1] = g->ncol;
  return 1;
}

/* ---- all of it ---- */

weyl_status weyl_call_library(int op, double *in, int64_t rows, int64_t cols,
                             double *out, int rank, const int64_t *dims,
                             int64_t size) {
  const int64_t in_dims[] = {rows, cols};
  weyl_operand a = {in, WEYL_F64, 2, in_dims, rows * cols};
  weyl_call call = {.in = &a, .nin = 1,
                    .out = {out, WEYL_F64, rank, dims, size}};
  return weyl_library[op](&call);
}

weyl_status weyl_gram_too_large(const char *what, double bytes) {
  return weyl_fail(WEYL_EINVAL,
                   "basis: %s would take %.3g GiB; the most is %.3g GiB", what,
                   bytes / (1 << 30),
                   (double)WEYL_BASIS_BYTES / (1 << 30));
}

/* Bytes for vectors and ties of n entries, and as much again for rows. */
static double scratch_bytes(int64_t n) { return 272.0 * (double)n; }

/*
** Whether rows are not worth it, after the first `count`: they would be too
** many, or so full that applying factor by factor is cheaper.
*/
static int rows_are_dear(const weyl_gram *g, int64_t count) {
  double each = (double)g->ncol / (double)count, factors = 0;
  for (int f = 0; f < g->word.rank; f++)
    factors += g->dim[g->word.kind[f]];
  return each * (double)g->n > ROWS_MAX ||
         (each > (double)g->n / 4 &&
          each > CHEAPER * factors * g->ngenerator);
}

/* Without rows all is one component. */
static void forget_rows(weyl_gram *g) {
  weyl_free(g->col);
  weyl_free(g->entry);
  g->col = NULL;
  g->entry = NULL;
  g->first = NULL;
  for (int64_t i = 1; i < g->n; i++) weyl_ties_join(&g->ties, 0, i);
}

/* Without rows the unit is the largest of some diagonal entries. */
static weyl_status assemble(weyl_gram *g) {
  for (int64_t i = 0; i < g->n; i++) {
    gram_column(g, i);
    if (weyl_stopping()) return weyl_stopped();
    if (!keep_row(g, i)) return WEYL_ENOMEM;
    if (i + 1 >= PROBES && g->n > PROBES && rows_are_dear(g, i + 1)) {
      forget_rows(g);
      break;
    }
  }
  weyl_ties_list(&g->ties);
  return WEYL_OK;
}

weyl_status weyl_gram_open(weyl_gram *g, const weyl_spaces *s,
                           const weyl_word *w) {
  *g = (weyl_gram){.word = *w, .nspace = s->n, .dim = s->dim,
                   .unit = WEYL_GRAM_LEAST};
  weyl_region *r = &g->region;
  weyl_sparse *const vector[] = {&g->x, &g->u, &g->v, &g->room, &g->y};
  g->n = weyl_word_size(w, s->dim);
  if (g->n < 0 || scratch_bytes(g->n) > (double)WEYL_BASIS_BYTES)
    return weyl_gram_too_large(
        "a tensor product of that rank",
        scratch_bytes(g->n < 0 ? (int64_t)1 << 31 : g->n));
  for (int i = 0; i < 5; i++)
    if (!weyl_sparse_open(vector[i], r, g->n)) return WEYL_ENOMEM;
  g->first = weyl_region_array(r, (size_t)g->n + 1, sizeof *g->first);
  if (g->first == NULL || !weyl_ties_open(&g->ties, r, g->n))
    return WEYL_ENOMEM;
  weyl_status status = add_generators(g, s);
  if (status == WEYL_OK) status = assemble(g);
  if (status == WEYL_OK && !isfinite(g->unit))
    return weyl_fail(WEYL_ENUMERIC, "basis: the generators are too large: "
                     "products of their entries overflow");
  return status;
}

void weyl_gram_close(weyl_gram *g) {
  weyl_free(g->col);
  weyl_free(g->entry);
  weyl_region_clear(&g->region);
}

/* ---- a component as an operator: by rows ---- */

enum { LANES = 16, GRAIN = 512 };

/* Compiled for several instruction sets; the loader takes the best. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define WIDEST
#endif

typedef struct rows_job {
  const weyl_part *part;
  int64_t wide;
  const double *x;
  double *y;
} rows_job;

/* y[i, at .. at + LANES) for rows begin .. end - 1 */
WIDEST
static void rows_times_lanes(const rows_job *j, int64_t begin, int64_t end,
                             int64_t at) {
  const weyl_gram *g = j->part->gram;
  for (int64_t i = begin; i < end; i++) {
    int64_t row = j->part->index[i];
    double sum[LANES] = {0};
    for (size_t k = g->first[row]; k < g->first[row + 1]; k++) {
      const double *from = j->x + g->ties.place[g->col[k]] * j->wide + at;
      double c = g->entry[k];
      for (int l = 0; l < LANES; l++) sum[l] += c * from[l];
    }
    memcpy(j->y + i * j->wide + at, sum, sizeof sum);
  }
}

static void rows_times_column(const rows_job *j, int64_t begin, int64_t end,
                              int64_t at) {
  const weyl_gram *g = j->part->gram;
  for (int64_t i = begin; i < end; i++) {
    int64_t row = j->part->index[i];
    double sum = 0;
    for (size_t k = g->first[row]; k < g->first[row + 1]; k++)
      sum += g->entry[k] * j->x[g->ties.place[g->col[k]] * j->wide + at];
    j->y[i * j->wide + at] = sum;
  }
}

static void some_rows(void *arg, size_t begin, size_t end, int worker) {
  const rows_job *j = arg;
  int64_t at = 0;
  (void)worker;
  for (; at + LANES <= j->wide; at += LANES)
    rows_times_lanes(j, (int64_t)begin, (int64_t)end, at);
  for (; at < j->wide; at++)
    rows_times_column(j, (int64_t)begin, (int64_t)end, at);
}

/* Rows are independent: the result does not depend on the threads. */
static void apply_rows(const weyl_part *p, int64_t wide, const double *x,
                       double *y) {
  rows_job j = {p, wide, x, y};
  weyl_parallel((size_t)p->m, GRAIN, some_rows, &j);
}

/* ---- factor by factor, on the whole space ---- */

/* y[.., i, ..] += sum_j m[i, j] x[.., j, ..] along one factor; `step` numbers
** lie between neighbours, wide included */
static void add_along(int64_t n, int d, int64_t step, const double *m,
                      const double *x, double *y) {
  for (int64_t at = 0; at < n; at += d * step)
    for (int i = 0; i < d; i++)
      for (int j = 0; j < d; j++) {
        double c = m[i * d + j];
        const double *from = x + at + j * step;
        double *to = y + at + i * step;
        for (int64_t k = 0; c != 0 && k < step; k++) to[k] += c * from[k];
      }
}

static const double *factor_matrix(const weyl_gram *g, int f,
                                   const weyl_action *a) {
  return a[g->word.kind[f]].on[g->word.duals >> f & 1];
}

/* y += the Kronecker sum times x */
static void add_sum(const weyl_gram *g, int64_t wide, const weyl_action *a,
                    const double *x, double *y) {
  int64_t step = g->n * wide;
  for (int f = 0; f < g->word.rank; f++) {
    int d = g->dim[g->word.kind[f]];
    step /= d;
    add_along(g->n * wide, d, step, factor_matrix(g, f, a), x, y);
  }
}

/* y = the Kronecker product times x; x and y, room differ */
static void product(const weyl_gram *g, int64_t wide, const weyl_action *a,
                    const double *x, double *y, double *room) {
  int64_t all = g->n * wide, step = all;
  double *to = g->word.rank % 2 ? y : room;
  for (int f = 0; f < g->word.rank; f++) {
    int d = g->dim[g->word.kind[f]];
    step /= d;
    memset(to, 0, (size_t)all * sizeof *to);
    add_along(all, d, step, factor_matrix(g, f, a), x, to);
    x = to;
    to = to == y ? room : y;
  }
}

static void weigh_rows(const weyl_gram *g, int64_t wide,
                       const weyl_generator *h, double *u) {
  for (int64_t i = 0; i < g->n; i++) {
    double w = weight_of(g, h, i);
    for (int64_t j = 0; j < wide; j++) u[i * wide + j] *= w;
  }
}

static void apply_factors(const weyl_part *p, int64_t wide, const double *x,
                          double *y, double *room) {
  const weyl_gram *g = p->gram;
  int64_t all = g->n * wide;
  double *u = room, *v = room + all, *more = room + 2 * all;
  memset(y, 0, (size_t)all * sizeof *y);
  for (int k = 0; k < g->ngenerator; k++) {
    const weyl_generator *a = &g->generator[k];
    if (a->discrete) {
      product(g, wide, a->forth, x, u, more);
      for (int64_t i = 0; i < all; i++) u[i] -= x[i];
      if (a->weighted) weigh_rows(g, wide, a, u);
      product(g, wide, a->back, u, v, more);
      for (int64_t i = 0; i < all; i++) y[i] += v[i] - u[i];
    } else {
      memset(u, 0, (size_t)all * sizeof *u);
      add_sum(g, wide, a->forth, x, u);
      add_sum(g, wide, a->back, u, y);
    }
  }
}

void weyl_part_apply(const weyl_part *p, int64_t wide, const double *x,
                     double *y, double *room) {
  if (p->gram->first != NULL) apply_rows(p, wide, x, y);
  else apply_factors(p, wide, x, y, room);
}

size_t weyl_part_room(const weyl_part *p, int64_t wide) {
  return p->gram->first != NULL ? 0 : (size_t)(3 * p->m * wide);
}

/* ---- a bound of the spectrum ---- */

/* The largest row sum of moduli of m, or column sum. */
static double sum_norm(int d, const double *m, int columns) {
  double most = 0;
  for (int i = 0; i < d; i++) {
    double sum = 0;
    for (int j = 0; j < d; j++)
      sum += fabs(columns ? m[j * d + i] : m[i * d + j]);
    most = fmax(most, sum);
  }
  return most;
}

/* |m|_2^2 <= |m|_1 |m|_inf */
static double norm(int d, const double *m) {
  return sqrt(sum_norm(d, m, 0) * sum_norm(d, m, 1));
}

static double factors_bound(const weyl_gram *g) {
  double bound = 0;
  for (int k = 0; k < g->ngenerator; k++) {
    const weyl_generator *a = &g->generator[k];
    double sum = 0, prod = 1;
    for (int f = 0; f < g->word.rank; f++) {
      double c = norm(g->dim[g->word.kind[f]], factor_matrix(g, f, a->forth));
      sum += c;
      prod *= c;
    }
    bound += a->discrete ? (prod + 1) * (prod + 1) : sum * sum;
  }
  return bound;
}

double weyl_part_bound(const weyl_part *p) {
  const weyl_gram *g = p->gram;
  if (g->first == NULL) return factors_bound(g);
  double most = 0;
  for (int64_t i = 0; i < p->m; i++) {
    double sum = 0;
    for (size_t k = g->first[p->index[i]]; k < g->first[p->index[i] + 1]; k++)
      sum += fabs(g->entry[k]);
    most = fmax(most, sum);
  }
  return most;
}

/* ---- zero or not ---- */

weyl_status weyl_gram_count(const weyl_gram *g, int64_t m, const double *w,
                            weyl_nullspace *out) {
  int64_t k = 0;
  while (k < m && w[k] <= WEYL_GRAM_KEEP * g->unit) k++;
  out->dim = k;
  out->kept = k > 0 ? fmax(0, w[k - 1]) / g->unit : 0;
  out->dropped = k < m ? w[k] / g->unit : INFINITY;
  if (out->dropped > WEYL_GRAM_DROP) return WEYL_OK;
  return weyl_fail(WEYL_ENUMERIC,
                   "basis: the invariants of rank %d are not clearly "
                   "separated: the constraints have an eigenvalue of %.1e "
                   "relative to their size; it must be below %.0e or above "
                   "%.0e (are the generators given to all digits, in "
                   "coordinates in which they have similar size?)",
                   g->word.rank, out->dropped, WEYL_GRAM_KEEP,
                   WEYL_GRAM_DROP);
}
