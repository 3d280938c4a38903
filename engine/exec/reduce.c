/*
** reduce.c: the folding kernels, compiled once per instruction set.
**
** A row is folded into LANES partial results, number i into lane i mod LANES,
** and those pairwise: the order of operations depends on n alone, not on the
** instruction set. A column kernel folds one row into as many accumulators.
** f32 and c64 are added and multiplied in double precision.
*/
#include "exec/isa.h"

enum { LANES = 16 };

/*
** FOLD makes the kernels of one operation and dtype: T is the type read, A
** that of accumulators, and formula folds the number x into s. An element is
** `width` numbers, each folded on its own: 2 makes the sum of complex numbers.
*/
#define FOLD(op, dtype, T, A, width, neutral, formula) \
  static inline A step_##op##_##dtype(A s, A x) { return (A)(formula); } \
  static void row_##op##_##dtype(size_t n, void *acc, const void *data) { \
    const T *x = data; \
    A *r = acc; \
    n *= width; \
    if (n >= LANES) { \
      A s[LANES]; \
      for (int j = 0; j < LANES; j++) s[j] = neutral; \
      for (; n >= LANES; n -= LANES, x += LANES) \
        SIMD for (int j = 0; j < LANES; j++) \
          s[j] = step_##op##_##dtype(s[j], (A)x[j]); \
      for (int w = LANES / 2; w >= width; w /= 2) \
        for (int j = 0; j < w; j++) \
          s[j] = step_##op##_##dtype(s[j], s[j + w]); \
      for (int j = 0; j < width; j++) \
        r[j] = step_##op##_##dtype(r[j], s[j]); \
    } \
    for (size_t i = 0; i < n; i++) \
      r[i % width] = step_##op##_##dtype(r[i % width], (A)x[i]); \
  } \
  static void col_##op##_##dtype(size_t n, void *acc, const void *data) { \
    const T *x = data; \
    A *r = acc; \
    SIMD for (size_t i = 0; i < width * n; i++) \
      r[i] = step_##op##_##dtype(r[i], (A)x[i]); \
  }

/* Products of complex numbers, one after the other. */
#define FOLD_COMPLEX(op, dtype, T) \
  static void row_##op##_##dtype(size_t n, void *acc, const void *data) { \
    const T *x = data; \
    double *r = acc, re = r[0], im = r[1]; \
    for (size_t i = 0; i < n; i++) { \
      double u = (double)x[2 * i], v = (double)x[2 * i + 1]; \
      double t = re * u - im * v; \
      im = re * v + im * u; \
      re = t; \
    } \
    r[0] = re; \
    r[1] = im; \
  } \
  static void col_##op##_##dtype(size_t n, void *acc, const void *data) { \
    const T *x = data; \
    double *r = acc; \
    for (size_t i = 0; i < n; i++) \
      row_##op##_##dtype(1, r + 2 * i, x + 2 * i); \
  }

/* NaN stays once it is met; comparisons with it are false */
#define MAX_OF ((x > s) | (x != x) ? x : s)
#define MIN_OF ((x < s) | (x != x) ? x : s)

/* integers are folded modulo 2^64 */
#define FOLDS \
  FOLD(SUM, F32, float, double, 1, 0, s + x) \
  FOLD(SUM, F64, double, double, 1, 0, s + x) \
  FOLD(SUM, C64, float, double, 2, 0, s + x) \
  FOLD(SUM, C128, double, double, 2, 0, s + x) \
  FOLD(SUM, I64, uint64_t, uint64_t, 1, 0, s + x) \
  FOLD(PROD, F32, float, double, 1, 1, s * x) \
  FOLD(PROD, F64, double, double, 1, 1, s * x) \
  FOLD(PROD, I64, uint64_t, uint64_t, 1, 1, s * x) \
  FOLD_COMPLEX(PROD, C64, float) \
  FOLD_COMPLEX(PROD, C128, double) \
  FOLD(MAX, F32, float, float, 1, -INFINITY, MAX_OF) \
  FOLD(MAX, F64, double, double, 1, -INFINITY, MAX_OF) \
  FOLD(MAX, I64, int64_t, int64_t, 1, INT64_MIN, MAX_OF) \
  FOLD(MIN, F32, float, float, 1, INFINITY, MIN_OF) \
  FOLD(MIN, F64, double, double, 1, INFINITY, MIN_OF) \
  FOLD(MIN, I64, int64_t, int64_t, 1, INT64_MAX, MIN_OF) \
  FOLD(ANY, BOOL, uint8_t, uint8_t, 1, 0, s | x) \
  FOLD(ALL, BOOL, uint8_t, uint8_t, 1, 1, s & x)

FOLDS

#undef FOLD
#undef FOLD_COMPLEX
#define FOLD(op, dtype, ...) \
  t->row[OP_##op][WEYL_##dtype] = row_##op##_##dtype; \
  t->col[OP_##op][WEYL_##dtype] = col_##op##_##dtype;
#define FOLD_COMPLEX FOLD

void weyl_fill_reduce(weyl_kernel_table *t) { FOLDS }
