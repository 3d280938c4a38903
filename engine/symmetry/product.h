/*
** product.h: invariants of words whose factors are not tied by any generator.
**
** Under a product of groups with independent actions, as SO(3) on some
** factors and S(5) on others, the invariants of a word are the products of
** those of its parts (Finzi et al., ICML 2021, section 4.3).
*/
#ifndef weyl_product_h
#define weyl_product_h

#include "symmetry/basis.h"

/*
** part[f]: number of the part of factor f; factors share one when some
** generator moves the spaces of both. The result is the number of parts.
*/
int weyl_product_parts(const weyl_spaces *s, const weyl_word *w,
                       int part[WEYL_MAX_FACTORS]);

weyl_status weyl_product_solve(const weyl_spaces *s, const weyl_word *w,
                               int nparts, const int *part, weyl_basis *b);

#endif
