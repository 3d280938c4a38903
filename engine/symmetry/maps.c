/*
** maps.c: the equivariant maps between two representations.
**
** The matrix of a map falls into blocks, one per pair of an output copy and
** an input copy, and each block is an invariant of the pair's word. So the
** maps of a whole layer need one basis per pair of words, never one for the
** layer.
*/
#include <math.h>

#include "base/error.h"
#include "symmetry/basis.h"

/* The basis of blocks from in->run[j] to out->run[i]. */
static weyl_basis *block_basis(const weyl_spaces *s, const weyl_run *in,
                               const weyl_run *out) {
  weyl_word w;
  if (weyl_word_map(&out->word, &in->word, &w) != WEYL_OK) return NULL;
  return weyl_basis_of(s, &w);
}

/* Counts the blocks between two runs; 0 when the sum passes 2^63. */
static int count(weyl_maps *m, const weyl_basis *b, int64_t mult_in,
                 int64_t mult_out) {
  int64_t pairs, part;
  m->routes |= b->routes;
  m->kept = fmax(m->kept, b->kept);
  m->dropped = fmin(m->dropped, b->dropped);
  return !__builtin_mul_overflow(mult_out, mult_in, &pairs) &&
         !__builtin_mul_overflow(pairs, b->dim, &part) &&
         !__builtin_add_overflow(m->dim, part, &m->dim);
}

weyl_status weyl_maps_measure(const weyl_spaces *s, const weyl_rep *in,
                              const weyl_rep *out, weyl_maps *m) {
  *m = (weyl_maps){.dropped = INFINITY};
  for (int i = 0; i < out->n; i++)
    for (int j = 0; j < in->n; j++) {
      weyl_basis *b = block_basis(s, &in->run[j], &out->run[i]);
      if (b == NULL) return weyl_error_status();
      int ok = count(m, b, in->run[j].mult, out->run[i].mult);
      weyl_basis_release(b);
      if (!ok) return weyl_fail(WEYL_EINVAL, "dim: more than 2^63 maps");
    }
  return WEYL_OK;
}

typedef struct writer {
  double *e;         /* the next element [rows, cols] */
  int64_t rows, cols;
} writer;

/* The elements of one block, whose corner is at (row, col), `wide` wide. */
static void write_block(writer *w, const weyl_basis *b, int64_t row,
                        int64_t col, int64_t wide) {
  for (int64_t k = 0; k < b->ncomponent; k++) {
    const weyl_component *c = &b->component[k];
    for (int64_t t = 0; t < c->dim; t++, w->e += w->rows * w->cols)
      for (int64_t i = 0; i < c->size; i++) {
        int64_t r = row + c->index[i] / wide, q = col + c->index[i] % wide;
        w->e[r * w->cols + q] = c->vector[t * c->size + i];
      }
  }
}

weyl_status weyl_maps_elements(const weyl_spaces *s, const weyl_rep *in,
                               const weyl_rep *out, double *e) {
  writer w = {e, weyl_rep_size(out, s->dim), weyl_rep_size(in, s->dim)};
  int64_t row = 0;
  for (int i = 0; i < out->n; i++) {
    int64_t high = weyl_word_size(&out->run[i].word, s->dim), col = 0;
    for (int j = 0; j < in->n; j++) {
      int64_t wide = weyl_word_size(&in->run[j].word, s->dim);
      weyl_basis *b = block_basis(s, &in->run[j], &out->run[i]);
      if (b == NULL) return weyl_error_status();
      for (int64_t p = 0; p < out->run[i].mult; p++)
        for (int64_t q = 0; q < in->run[j].mult; q++)
          write_block(&w, b, row + p * high, col + q * wide, wide);
      weyl_basis_release(b);
      col += wide * in->run[j].mult;
    }
    row += high * out->run[i].mult;
  }
  return WEYL_OK;
}
