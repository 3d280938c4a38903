/*
** form.h: quadratic forms of equivariance penalties.
**
** With P_j the projector onto the equivariant maps of group j, the sum of
** penalties sum_j l_j / 2 |W - P_j W|^2 is 1/2 <W, S W> with one symmetric
** matrix S = sum_j l_j (1 - P_j) per kind of block of W (Kim, Lee, Yang, Lee,
** "Regularizing towards soft equivariance under mixed symmetries", ICML
** 2023, with the sum over groups carried out first). A projector itself is
** the same with other coefficients, so both are BLOCKMAPs.
*/
#ifndef weyl_form_h
#define weyl_form_h

#include "symmetry/basis.h"

/* The inputs of BLOCKMAP that hold the matrices; see tensor/blocks.h. */
typedef struct weyl_form {
  int64_t *pattern;
  double *values;
  size_t npattern, nvalues, pattern_cap, values_cap;
} weyl_form;

typedef struct weyl_form_spec { /* S = identity 1 + sum_j weight_j P_j */
  double identity;
  int ngroup;
  const weyl_spaces *group; /* [ngroup] with the same dimensions */
  const double *weight;     /* groups of weight 0 are left out */
  int nword;
  const weyl_word *word;    /* one type per word (weyl_word_map) */
} weyl_form_spec;

/* Fills f, which weyl_form_free empties whatever the status. */
weyl_status weyl_form_build(const weyl_form_spec *spec, weyl_form *f);
void weyl_form_free(weyl_form *f);

#endif
