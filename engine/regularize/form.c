/*
** form.c: assembling the matrices of BLOCKMAP from bases.
**
** Only indices that some projector couples are put into components; for the
** rest a diagonal is enough. Entries that are 0 but for rounding are made 0.
** A component with few invariants for its size stays as it is, lean: its
** projector is never written down.
*/
#include "regularize/form.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "symmetry/ties.h"
#include "tensor/blocks.h"

#define ROUNDING 1e-12 /* of the largest entry possible */

/* Lean components have at least LEAN indices for each invariant. */
enum { LEAN = 8, LEAN_LEAST = 128 };

typedef struct assembly { /* of one type */
  const weyl_form_spec *spec;
  weyl_form *form;
  weyl_basis **basis;   /* [ngroup], NULL where the weight is 0 */
  int64_t size;         /* D */
  weyl_ties ties;
  double *p;            /* the projector of one component */
  size_t diagonal;      /* position in values */
  size_t *matrix;       /* [nset] positions of the full matrices */
  size_t full;          /* where those end */
  weyl_region region;
} assembly;

static weyl_status too_large(void) {
  return weyl_fail(WEYL_EINVAL,
                   "projector: its matrices would take more than %.3g GiB",
                   (double)WEYL_BASIS_BYTES / (1 << 30));
}

static int is_lean(const weyl_component *c) {
  return c->size >= LEAN_LEAST && c->dim * LEAN <= c->size;
}

/* Calls visit with every entry of the projectors of full components. */
typedef void (*visitor)(assembly *a, int64_t row, int64_t col, double entry);

static void visit_entries(assembly *a, visitor visit) {
  for (int j = 0; j < a->spec->ngroup; j++) {
    double weight = a->spec->weight[j];
    const weyl_basis *b = a->basis[j];
    for (int64_t k = 0; b != NULL && k < b->ncomponent; k++) {
      const weyl_component *c = &b->component[k];
      if (is_lean(c)) continue;
      weyl_component_projector(c, a->p);
      for (int64_t r = 0; r < c->size; r++)
        for (int64_t q = 0; q < c->size; q++)
          visit(a, c->index[r], c->index[q], weight * a->p[r * c->size + q]);
    }
  }
}

/* The largest modulus an entry of S can have. */
static double bound(const weyl_form_spec *s) {
  double sum = fabs(s->identity);
  for (int j = 0; j < s->ngroup; j++) sum += fabs(s->weight[j]);
  return sum;
}

static void tie_entry(assembly *a, int64_t row, int64_t col, double entry) {
  if (row != col && fabs(entry) > ROUNDING * bound(a->spec))
    weyl_ties_join(&a->ties, row, col);
}

/* ---- layout ---- */

static int64_t set_size(const weyl_ties *t, int64_t set) {
  return t->start[set + 1] - t->start[set];
}

static weyl_status append_words(weyl_form *f, size_t n,
                                const int64_t *words) {
  if (!weyl_grow(&f->pattern, &f->pattern_cap, f->npattern + n,
                 sizeof *words))
    return WEYL_ENOMEM;
  memcpy(f->pattern + f->npattern, words, n * sizeof *words);
  f->npattern += n;
  return WEYL_OK;
}

static weyl_status append_zeros(weyl_form *f, size_t n) {
  if ((double)(f->nvalues + n) * sizeof *f->values > WEYL_BASIS_BYTES)
    return too_large();
  if (!weyl_grow(&f->values, &f->values_cap, f->nvalues + n,
                 sizeof *f->values))
    return WEYL_ENOMEM;
  memset(f->values + f->nvalues, 0, n * sizeof *f->values);
  f->nvalues += n;
  return WEYL_OK;
}

/* The pattern of a component of m indices, and room for its values. */
static weyl_status append_component(weyl_form *f, int64_t m, int64_t k,
                                    const int64_t *index) {
  const int64_t words[] = {m, k};
  weyl_status s = append_words(f, 2, words);
  if (s == WEYL_OK) s = append_words(f, (size_t)m, index);
  if (s == WEYL_OK) s = append_zeros(f, (size_t)weyl_blocks_values(m, k));
  return s;
}

/* Components of several indices that are full. */
static weyl_status append_full(assembly *a, int64_t *count) {
  const weyl_ties *t = &a->ties;
  weyl_status status = WEYL_OK;
  for (int64_t s = 0; s < t->nset && status == WEYL_OK; s++) {
    int64_t m = set_size(t, s);
    if (m == 1) continue;
    ++*count;
    a->matrix[s] = a->form->nvalues;
    status = append_component(a->form, m, 0, t->member + t->start[s]);
  }
  return status;
}

/* Those of all groups that are lean, with their values. */
static weyl_status append_lean(assembly *a, int64_t *count) {
  weyl_form *f = a->form;
  for (int j = 0; j < a->spec->ngroup; j++) {
    const weyl_basis *b = a->basis[j];
    for (int64_t i = 0; b != NULL && i < b->ncomponent; i++) {
      const weyl_component *c = &b->component[i];
      if (!is_lean(c)) continue;
      ++*count;
      size_t at = f->nvalues;
      weyl_status s = append_component(f, c->size, c->dim, c->index);
      if (s != WEYL_OK) return s;
      f->values[at] = a->spec->weight[j];
      memcpy(f->values + at + 1, c->vector,
             (size_t)(c->dim * c->size) * sizeof *c->vector);
    }
  }
  return WEYL_OK;
}

/* Room for the diagonal and the full matrices; the pattern. */
static weyl_status lay_out(assembly *a, int type) {
  weyl_form *f = a->form;
  size_t head = 1 + WEYL_BLOCKS_HEAD * (size_t)type;
  int64_t first = (int64_t)f->npattern, count = 0;
  a->diagonal = f->nvalues;
  weyl_status s = append_zeros(f, (size_t)a->size);
  if (s == WEYL_OK) s = append_full(a, &count);
  a->full = f->nvalues;
  if (s == WEYL_OK) s = append_lean(a, &count);
  const int64_t words[] = {a->size, count, first, (int64_t)a->diagonal};
  memcpy(f->pattern + head, words, sizeof words);
  return s;
}

/* ---- entries ---- */

/* Where an entry of S lies; NULL when its indices are not coupled. */
static double *entry_at(const assembly *a, int64_t row, int64_t col) {
  const weyl_ties *t = &a->ties;
  int64_t set = t->set[row], m = set_size(t, set);
  if (t->set[col] != set) return NULL;
  if (m == 1) return a->form->values + a->diagonal + row;
  return a->form->values + a->matrix[set] + t->place[row] * m +
         t->place[col];
}

static void add_entry(assembly *a, int64_t row, int64_t col, double entry) {
  double *at = entry_at(a, row, col);
  if (at != NULL) *at += entry;
}

static void fill(assembly *a) {
  weyl_form *f = a->form;
  double least = ROUNDING * bound(a->spec);
  for (int64_t i = 0; i < a->size; i++)
    *entry_at(a, i, i) = a->spec->identity;
  visit_entries(a, add_entry);
  for (size_t i = a->diagonal; i < a->full; i++)
    if (fabs(f->values[i]) <= least) f->values[i] = 0;
}

/* ---- one type ---- */

/* The bases, and room for the widest component's projector. */
static weyl_status open_bases(assembly *a, const weyl_word *w) {
  const weyl_form_spec *s = a->spec;
  int64_t widest = 0;
  a->basis = weyl_region_array(&a->region, (size_t)s->ngroup,
                               sizeof *a->basis);
  if (a->basis == NULL) return WEYL_ENOMEM;
  for (int j = 0; j < s->ngroup; j++) {
    if (s->weight[j] == 0) continue;
    a->basis[j] = weyl_basis_of(&s->group[j], w);
    if (a->basis[j] == NULL) return weyl_error_status();
    for (int64_t k = 0; k < a->basis[j]->ncomponent; k++) {
      const weyl_component *c = &a->basis[j]->component[k];
      if (!is_lean(c) && c->size > widest) widest = c->size;
    }
  }
  if ((double)(widest * widest) * sizeof *a->p > WEYL_BASIS_BYTES)
    return too_large();
  a->p = weyl_region_array(&a->region, (size_t)(widest * widest),
                           sizeof *a->p);
  return a->p != NULL ? WEYL_OK : WEYL_ENOMEM;
}

static weyl_status assemble(assembly *a, int type) {
  weyl_status s = open_bases(a, &a->spec->word[type]);
  if (s != WEYL_OK) return s;
  a->matrix = weyl_region_array(&a->region, (size_t)a->size,
                                sizeof *a->matrix);
  if (a->matrix == NULL || !weyl_ties_open(&a->ties, &a->region, a->size))
    return WEYL_ENOMEM;
  visit_entries(a, tie_entry);
  weyl_ties_list(&a->ties);
  s = lay_out(a, type);
  if (s == WEYL_OK) fill(a);
  return s;
}

static weyl_status add_type(const weyl_form_spec *s, weyl_form *f,
                            int type) {
  assembly a = {.spec = s, .form = f};
  a.size = weyl_word_size(&s->word[type], s->group[0].dim);
  if (a.size < 0)
    return weyl_fail(WEYL_EINVAL, "a block of rank %d over dimension %d has "
                     "too many entries", s->word[type].rank,
                     s->group[0].dim[0]);
  weyl_status status = assemble(&a, type);
  for (int j = 0; a.basis != NULL && j < s->ngroup; j++)
    weyl_basis_release(a.basis[j]);
  weyl_region_clear(&a.region);
  return status;
}

weyl_status weyl_form_build(const weyl_form_spec *s, weyl_form *f) {
  size_t head = 1 + WEYL_BLOCKS_HEAD * (size_t)s->nword;
  *f = (weyl_form){0};
  if (!weyl_grow(&f->pattern, &f->pattern_cap, head, sizeof *f->pattern))
    return WEYL_ENOMEM;
  f->npattern = head;
  f->pattern[0] = s->nword;
  weyl_status status = WEYL_OK;
  for (int t = 0; t < s->nword && status == WEYL_OK; t++)
    status = add_type(s, f, t);
  return status;
}

void weyl_form_free(weyl_form *f) {
  weyl_free(f->pattern);
  weyl_free(f->values);
  *f = (weyl_form){0};
}
