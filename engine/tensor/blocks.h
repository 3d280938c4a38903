/*
** blocks.h: the form of the primitive BLOCKMAP.
**
** A weight W [rows, cols] (a bias [rows]) maps features to features. Rows
** fall into runs of `mult` copies of a tensor of `size` entries, columns
** too; so W falls into blocks [size_out, size_in], one per pair of an output
** and an input copy. BLOCKMAP multiplies each block, as a row-major vector
** [D], D = size_out size_in, by the symmetric matrix S [D, D] of its type:
** that of its output run and input run. It is linear in W and self-adjoint.
**
** Inputs: W (f32 or f64); values, of W's dtype [nvalues]; pattern, i64
** [npattern]. The last two hold the matrices, each split into what couples
** nothing, a diagonal, and components that do not couple to one another:
**
**   values   per type: the diagonal [D], then a matrix [m, m] per component.
**            Where an index is in a component its diagonal entry is unused.
**   pattern  number of types; per type 4 words: D, number of components, the
**            positions in pattern of its first component and in values of
**            its diagonal; per component its size m and its m indices, which
**            ascend.
**
** Attributes: nout, nin; (size, mult) of each output run, of each input run;
** the type (from 0) of each pair, output runs first.
*/
#ifndef weyl_blocks_h
#define weyl_blocks_h

#include "tensor/tensor.h"

/* Attributes by name; pointers into a node's or a call's attr. */
typedef struct weyl_blockattr {
  int64_t nout, nin;
  const int64_t *out, *in; /* pairs (size, mult) */
  const int64_t *type;     /* [nout, nin] */
} weyl_blockattr;

static inline weyl_blockattr weyl_blocks_attr(const int64_t *attr) {
  weyl_blockattr a = {attr[0], attr[1], attr + 2, NULL, NULL};
  a.in = a.out + 2 * a.nout;
  a.type = a.in + 2 * a.nin;
  return a;
}

enum { WEYL_BLOCKS_HEAD = 4 }; /* words per type */

typedef struct weyl_blocktype {
  int64_t size;             /* D */
  int64_t ncomponent;
  const int64_t *component; /* m, then m indices; one after the other */
  int64_t value;            /* position of the diagonal in values */
} weyl_blocktype;

static inline weyl_blocktype weyl_blocks_type(const int64_t *pattern,
                                              int64_t type) {
  const int64_t *head = pattern + 1 + WEYL_BLOCKS_HEAD * type;
  return (weyl_blocktype){head[0], head[1], pattern + head[2], head[3]};
}

#endif
