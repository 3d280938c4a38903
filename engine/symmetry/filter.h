/*
** filter.h: what the parts of the filtered iteration share.
*/
#ifndef weyl_filter_h
#define weyl_filter_h

#include "symmetry/gram.h"

enum { WEYL_LANCZOS = 72 }; /* steps at most */

/*
** What a Lanczos run from a random vector tells of a component's spectrum.
** When the run ended by itself, `complete`, its Ritz values are taken for all
** distinct eigenvalues; that is the rule under a compact Lie group, where G
** is much like the Casimir operator and has few of them.
*/
typedef struct weyl_spectrum {
  int complete, n;
  double value[WEYL_LANCZOS]; /* Ritz values, ascending */
  double zeros;  /* estimate of the dimension of the null space, -1: none */
  double bound;  /* of the largest eigenvalue */
} weyl_spectrum;

/* start: [m], destroyed */
weyl_status weyl_lanczos(const weyl_part *p, double *start,
                         weyl_spectrum *s);

#endif
