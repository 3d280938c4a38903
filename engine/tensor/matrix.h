/*
** matrix.h: formulas over matrices that public functions and derivative
** rules share. As in build.h: matrices are the last two dimensions, NULL in
** gives NULL out.
*/
#ifndef weyl_matrix_h
#define weyl_matrix_h

#include "tensor/build.h"

/* [.., n, k] -> [N, k]: the batch's rows in one matrix. */
T *b_rows(B *b, T *x);

/*
** x [.., n, k] times y [.., k, m]. When y is one matrix the rows of a whole
** batch x make one product, not one per matrix.
*/
T *b_product(B *b, T *x, T *y);

/*
** Entries on and below (upper: on and above) the diagonal that lies `offset`
** above the main one; zeros elsewhere.
*/
T *b_triangle(B *b, T *x, int upper, int64_t offset);

/* The triangle from the main diagonal on, with half of the diagonal. */
T *b_half_triangle(B *b, T *x, int upper);

T *b_hermitian(B *b, T *x); /* (x + x^H) / 2 */
T *b_trace(B *b, T *x);     /* [.., n, n] -> [..] */
T *b_real_part(B *b, T *x); /* x itself when real */

/* Scales columns or rows of x [.., m, n] by v [.., n] or [.., m]. */
T *b_scale_columns(B *b, T *x, T *v);
T *b_scale_rows(B *b, T *v, T *x);

/* a^-1 y for triangular a */
T *b_trisolve(B *b, T *a, T *y, int upper, int unit);

/* The largest modulus over dims in mask, which stay as 1; 0 of nothing. */
T *b_largest(B *b, T *x, uint32_t mask);

/*
** The parts of packed results, as views. `values` have the dtype of the
** packed tensor, also where they are real.
**   SLOGDET  left sign [..], values log |det| [..]
**   EIGH     values w [.., n], right V [.., n, n]
**   SVD      left U [.., m, k], values S [.., k], right Vh [.., k, n]
**   QR       left Q [.., m, k], right R [.., k, n]
*/
typedef struct b_parts {
  T *left, *values, *right;
} b_parts;

/* Splits what `op` makes of x, or a tangent or cotangent of that. */
b_parts b_split(B *b, weyl_opcode op, const T *x, T *packed);

/* [.., m, n] -> [.., m n] */
T *b_pack(B *b, T *x);

#endif
