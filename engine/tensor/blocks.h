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
** [npattern]. The last two hold the matrices, each the sum of a diagonal and
** of components on some of the indices, full ones and lean ones:
**
**   values   per type: the diagonal [D], then per component its numbers: the
**            matrix [m, m] of a full one, which stands for the diagonal as
**            well; of a lean one c and Q [k, m], which add c Q^T Q.
**   pattern  number of types; per type 4 words: D, number of components, the
**            positions in pattern of its first component and in values of
**            its diagonal; per component m, k (0 when it is full) and its m
**            indices, which ascend. Full components are disjoint and come
**            first; lean ones may overlap all others.
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
  const int64_t *component; /* the first; see weyl_blocks_component */
  int64_t value;            /* position of the diagonal in values */
} weyl_blocktype;

static inline weyl_blocktype weyl_blocks_type(const int64_t *pattern,
                                              int64_t type) {
  const int64_t *head = pattern + 1 + WEYL_BLOCKS_HEAD * type;
  return (weyl_blocktype){head[0], head[1], pattern + head[2], head[3]};
}

typedef struct weyl_blockcomponent {
  int64_t m, k;
  const int64_t *index; /* [m] */
} weyl_blockcomponent;

/* The component at *at, which moves on to the next. */
static inline weyl_blockcomponent weyl_blocks_component(const int64_t **at) {
  weyl_blockcomponent c = {(*at)[0], (*at)[1], *at + 2};
  *at = c.index + c.m;
  return c;
}

/* The numbers of values a component takes. */
static inline int64_t weyl_blocks_values(int64_t m, int64_t k) {
  return k > 0 ? 1 + k * m : m * m;
}

#endif
