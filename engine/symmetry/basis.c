/*
** basis.c: solving for the invariants.
**
** The null space of C is that of the Gram matrix G = C^T C, whose columns
** come from applying the generators to unit vectors, factor by factor. G
** falls apart into components (for groups whose generators are sparse into
** many): each is decomposed alone, in f64.
**
** What counts as zero is decided by a gap. With the largest diagonal entry
** of G as the unit (a lower bound of the largest eigenvalue), eigenvalues up
** to KEEP are kept, those above DROP dropped, and one in between is an error:
** then no basis is clearly right. Lie generators are first brought to a
** largest entry of 1, so their length has no say in this; a unit below LEAST
** is rounding: all constraints are met (as on even tensors for h = -1).
*/
#include "symmetry/basis.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "exec/kernels.h"
#include "symmetry/ties.h"

#define KEEP 1e-9
#define DROP 1e-4
#define LEAST 1e-10
#define COUPLED 1e-13 /* entries of G that are 0 but for rounding */

enum {
  ENTRIES_MAX = 1 << 17, /* d^rank */
  COMPONENT_MAX = 2048   /* indices decomposed together */
};

typedef struct generator {
  weyl_action forth, back; /* the matrices and their transposes */
  int discrete;
} generator;

typedef struct solver {
  weyl_word word;
  int d;
  int64_t n;
  int ngenerator;
  generator *generator;
  weyl_sparse x, u, v, room, y; /* vectors [n]; y = G x */
  double unit;                  /* largest diagonal entry of G */
  weyl_ties ties;               /* its sets are the components */
  double *gram, *eigen;         /* [m, m] and [m + 1, m] of one component */
  weyl_region region;
} solver;

/* ---- the generators and their transposes ---- */

static double *new_matrix(solver *s) {
  return weyl_region_array(&s->region, (size_t)(s->d * s->d),
                           sizeof(double));
}

/* c x or c x^T in the region; NULL when memory is out */
static double *scaled(solver *s, double c, const double *x, int transposed) {
  double *y = new_matrix(s);
  for (int i = 0; y != NULL && i < s->d; i++)
    for (int j = 0; j < s->d; j++)
      y[i * s->d + j] = c * x[transposed ? j * s->d + i : i * s->d + j];
  return y;
}

/* On V* acts m transposed: -a^T for a Lie generator a, h^-T for h. */
static int add_generator(solver *s, double c, const double *m, double cdual,
                         const double *dual, int discrete) {
  generator *g = &s->generator[s->ngenerator++];
  g->discrete = discrete;
  g->forth = (weyl_action){{scaled(s, c, m, 0), scaled(s, cdual, dual, 1)}};
  g->back = (weyl_action){{scaled(s, c, m, 1), scaled(s, cdual, dual, 0)}};
  return g->forth.on[0] && g->forth.on[1] && g->back.on[0] && g->back.on[1];
}

static int add_generators(solver *s, const weyl_group *g) {
  int square = s->d * s->d;
  size_t count = (size_t)(g->nlie + g->ndiscrete);
  s->generator = weyl_region_array(&s->region, count, sizeof *s->generator);
  if (s->generator == NULL) return 0;
  for (int k = 0; k < g->nlie; k++) {
    const double *a = g->lie + k * square;
    double most = 0;
    for (int i = 0; i < square; i++) most = fmax(most, fabs(a[i]));
    if (most > 0 && !add_generator(s, 1 / most, a, -1 / most, a, 0))
      return 0;
  }
  for (int k = 0; k < g->ndiscrete; k++)
    if (!add_generator(s, 1, g->discrete + k * square, 1,
                       g->inverse + k * square, 1))
      return 0;
  return 1;
}

/* ---- columns of the Gram matrix ---- */

/* to += c x */
static void accumulate(double c, const weyl_sparse *x, weyl_sparse *to) {
  for (int64_t k = 0; k < x->count; k++)
    weyl_sparse_add(to, x->index[k], c * x->value[x->index[k]]);
}

/* y += (rho(h) - 1)^T (rho(h) - 1) x */
static void add_discrete(solver *s, const generator *g) {
  weyl_word_product(s->word, s->d, g->forth, &s->x, &s->u, &s->room);
  accumulate(-1, &s->x, &s->u);
  weyl_word_product(s->word, s->d, g->back, &s->u, &s->v, &s->room);
  accumulate(1, &s->v, &s->y);
  accumulate(-1, &s->u, &s->y);
}

/* y = column i of G */
static void gram_column(solver *s, int64_t i) {
  weyl_sparse_clear(&s->x);
  weyl_sparse_clear(&s->y);
  weyl_sparse_add(&s->x, i, 1);
  for (int k = 0; k < s->ngenerator; k++) {
    const generator *g = &s->generator[k];
    if (g->discrete) {
      add_discrete(s, g);
    } else {
      weyl_sparse_clear(&s->u);
      weyl_word_sum(s->word, s->d, g->forth, &s->x, &s->u);
      weyl_word_sum(s->word, s->d, g->back, &s->u, &s->y);
    }
  }
}

/* ---- components ---- */

static weyl_status too_wide(const solver *s, int64_t size) {
  return weyl_fail(WEYL_EINVAL,
                   "basis: the generators tie %lld or more of the %lld "
                   "entries together; the most is %d", (long long)size,
                   (long long)s->n, COMPONENT_MAX);
}

static weyl_status find_components(solver *s) {
  const weyl_sparse *y = &s->y;
  for (int64_t i = 0; i < s->n; i++) {
    double most = 1; /* the size of generators */
    int64_t coupled = 0;
    gram_column(s, i);
    s->unit = fmax(s->unit, y->value[i]);
    for (int64_t k = 0; k < y->count; k++)
      most = fmax(most, fabs(y->value[y->index[k]]));
    for (int64_t k = 0; k < y->count; k++) {
      if (fabs(y->value[y->index[k]]) <= COUPLED * most) continue;
      weyl_ties_join(&s->ties, i, y->index[k]);
      coupled++;
    }
    if (coupled > COMPONENT_MAX) return too_wide(s, coupled);
  }
  weyl_ties_list(&s->ties);
  if (s->ties.widest <= COMPONENT_MAX) return WEYL_OK;
  return too_wide(s, s->ties.widest);
}

/* ---- one component ---- */

/* eigen [m + 1, m]: eigenvalues of G restricted to the indices, vectors */
static weyl_status decompose(solver *s, const int64_t *index, int64_t m) {
  const int64_t in_dims[] = {m, m}, out_dims[] = {m + 1, m};
  for (int64_t k = 0; k < m; k++) {
    gram_column(s, index[k]);
    for (int64_t i = 0; i < m; i++) s->gram[k * m + i] = s->y.value[index[i]];
  }
  if (m == 1) {
    s->eigen[0] = s->gram[0];
    s->eigen[1] = 1;
    return WEYL_OK;
  }
  weyl_operand in = {s->gram, WEYL_F64, 2, in_dims, m * m};
  weyl_call call = {.in = &in, .nin = 1,
                    .out = {s->eigen, WEYL_F64, 2, out_dims, m * m + m}};
  return weyl_library[OP_EIGH](&call);
}

/* Number of eigenvalues that are zero, or a failure when that is unclear. */
static weyl_status count_zeros(const solver *s, int64_t m, int64_t *zeros) {
  int64_t k = 0;
  while (k < m && s->eigen[k] <= KEEP * s->unit) k++;
  *zeros = k;
  if (k == m || s->eigen[k] > DROP * s->unit) return WEYL_OK;
  return weyl_fail(WEYL_ENUMERIC,
                   "basis: the invariants of rank %d are not clearly "
                   "separated: the constraints have an eigenvalue of %.1e "
                   "relative to their size; it must be below %.0e or above "
                   "%.0e", s->word.rank, s->eigen[k] / s->unit, KEEP, DROP);
}

/*
** An orthonormal basis that does not depend on how LAPACK turned the
** eigenvectors: the pivoted Cholesky factor L of the projector P = L L^T.
** The pivot is the first diagonal entry of at least 0.9 times the largest.
** (L^T L has the eigenvalues of P that are not 0: it is the identity.)
*/
static void factor(int64_t m, int64_t k, double *p, double *vector) {
  for (int64_t t = 0; t < k; t++, vector += m) {
    double most = 0;
    int64_t at = 0;
    for (int64_t i = 0; i < m; i++) most = fmax(most, p[i * m + i]);
    while (p[at * m + at] < 0.9 * most) at++;
    double c = 1 / sqrt(p[at * m + at]);
    for (int64_t i = 0; i < m; i++) vector[i] = c * p[at * m + i];
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < m && vector[i] != 0; j++)
        p[i * m + j] -= vector[i] * vector[j];
  }
}

/* Adds the component's invariants, if there are any, to the basis. */
static weyl_status solve_component(solver *s, weyl_basis *b, int64_t number) {
  const int64_t *start = s->ties.start + number;
  const int64_t *index = s->ties.member + start[0];
  int64_t m = start[1] - start[0], k;
  weyl_status status = decompose(s, index, m);
  if (status == WEYL_OK) status = count_zeros(s, m, &k);
  if (status != WEYL_OK || k == 0) return status;
  size_t bytes = (size_t)m * sizeof *index;
  int64_t *own = weyl_region_copy(&b->region, index, bytes);
  double *vector = weyl_region_array(&b->region, (size_t)(k * m),
                                     sizeof *vector);
  if (own == NULL || vector == NULL) return WEYL_ENOMEM;
  const double *v = s->eigen + m;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)m,
              (int)k, 1, v, (int)m, v, (int)m, 0, s->gram, (int)m);
  factor(m, k, s->gram, vector);
  b->component[b->ncomponent++] = (weyl_component){m, k, own, vector};
  b->dim += k;
  return WEYL_OK;
}

/* ---- the whole ---- */

static weyl_status open_solver(solver *s, const weyl_group *g) {
  weyl_region *r = &s->region;
  weyl_sparse *const vector[] = {&s->x, &s->u, &s->v, &s->room, &s->y};
  for (int i = 0; i < 5; i++)
    if (!weyl_sparse_open(vector[i], r, s->n)) return WEYL_ENOMEM;
  if (!weyl_ties_open(&s->ties, r, s->n) || !add_generators(s, g))
    return WEYL_ENOMEM;
  return WEYL_OK;
}

static weyl_status solve(solver *s, const weyl_group *g, weyl_basis *b) {
  weyl_status status = open_solver(s, g);
  if (status != WEYL_OK) return status;
  status = find_components(s);
  if (status != WEYL_OK) return status;
  size_t widest = (size_t)s->ties.widest;
  s->gram = weyl_region_array(&s->region, widest * widest, sizeof *s->gram);
  s->eigen = weyl_region_array(&s->region, widest * widest + widest,
                               sizeof *s->eigen);
  b->component = weyl_region_array(&b->region, (size_t)s->ties.nset,
                                   sizeof *b->component);
  if (s->gram == NULL || s->eigen == NULL || b->component == NULL)
    return WEYL_ENOMEM;
  for (int64_t c = 0; c < s->ties.nset && status == WEYL_OK; c++)
    status = solve_component(s, b, c);
  return status;
}

weyl_basis *weyl_basis_solve(const weyl_group *g, weyl_word w) {
  solver s = {.word = w, .d = g->d, .unit = LEAST};
  s.n = weyl_word_size(w, g->d);
  if (s.n < 0 || s.n > ENTRIES_MAX) {
    weyl_fail(WEYL_EINVAL,
              "basis: a tensor of rank %d over a space of dimension %d has "
              "more than %d entries", w.rank, g->d, ENTRIES_MAX);
    return NULL;
  }
  weyl_basis *b = weyl_calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  b->refs = 1;
  b->n = s.n;
  weyl_status status = solve(&s, g, b);
  weyl_region_clear(&s.region);
  if (status == WEYL_OK) return b;
  weyl_basis_release(b);
  return NULL;
}

void weyl_basis_release(weyl_basis *b) {
  if (b == NULL || --b->refs > 0) return;
  weyl_region_clear(&b->region);
  weyl_free(b);
}

void weyl_component_projector(const weyl_component *c, double *p) {
  int m = (int)c->size;
  cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, m, (int)c->dim, 1,
              c->vector, m, c->vector, m, 0, p, m);
}
