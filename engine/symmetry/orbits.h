/*
** orbits.h: invariants of groups of signed permutations.
**
** When every generator is a discrete element with one entry 1 or -1 in each
** row and column, it permutes the entries of a word up to signs. Invariants
** are then functions of constant modulus on the orbits, one for each orbit
** on which the signs agree (Maron et al., "Invariant and equivariant graph
** networks", ICLR 2019, for permutations). No arithmetic is involved.
*/
#ifndef weyl_orbits_h
#define weyl_orbits_h

#include "symmetry/basis.h"

/* Whether the group acts so on all spaces. */
int weyl_orbits_apply(const weyl_spaces *s);

weyl_status weyl_orbits_solve(const weyl_spaces *s, const weyl_word *w,
                              weyl_basis *b);

#endif
