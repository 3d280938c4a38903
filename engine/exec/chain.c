/*
** chain.c: arithmetic that stays in registers; compiled once for each
** instruction set.
**
** A chain is acc = x, then acc = acc op operand for each micro-operation. The
** interpreter keeps eight vectors of the accumulator in registers, so a chain
** costs one load of each operand and one store in all, where separate kernels
** would store every intermediate. Each micro-operation rounds like its own
** kernel: the switch keeps the compiler from contracting two into one.
*/
#include "exec/isa.h"

#if defined(__AVX512F__)
#define VEC_BYTES 64
#elif defined(__AVX2__)
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif

enum { WIDE = 8 }; /* vectors of the accumulator */

/* The same micro-operation on all vectors; b(j) is the j-th operand. */
#define EACH(op, b)                                  \
  for (int j = 0; j < U; j++) a[j] = op(a[j], b(j)); \
  break
#define M_ADD(x, y) ((x) + (y))
#define M_SUB(x, y) ((x) - (y))
#define M_RSUB(x, y) ((y) - (x))
#define M_MUL(x, y) ((x) * (y))
#define M_DIV(x, y) ((x) / (y))
#define M_RDIV(x, y) ((y) / (x))
#define M_SQUARE(x, y) ((x) * (x))
#define M_NEG(x, y) (-(x))
#define BLOCK(j) v[j]
#define SCALAR(j) s
#define NOTHING(j) 0

#define CODE(code, scalar) ((code) * 2 + (scalar))
#define BOTH(code, op)                               \
  case CODE(code, 0): EACH(op, BLOCK);               \
  case CODE(code, 1): EACH(op, SCALAR)

/*
** Defines a function that runs the chain over U vectors at element i. Vector
** types are aligned to the element only: blocks may start anywhere.
*/
#define CHAIN_STEP(name, type, vec, U_)                                     \
  static inline __attribute__((always_inline)) void name(                   \
      size_t i, type *out, const type *x, int n, const weyl_micro *op,      \
      char *const *reg) {                                                   \
    enum { U = U_, LANES = VEC_BYTES / sizeof(type) };                      \
    vec a[U];                                                               \
    for (int j = 0; j < U; j++)                                             \
      a[j] = *(const vec *)(const void *)(x + i + j * LANES);               \
    for (const weyl_micro *end = op + n; op < end; op++) {                  \
      const type *b = (const type *)(const void *)reg[op->reg];             \
      const vec *v = (const vec *)(const void *)(b + i);                    \
      type s = *b;                                                          \
      switch (CODE(op->code, op->scalar)) {                                 \
        BOTH(WEYL_M_ADD, M_ADD);                                            \
        BOTH(WEYL_M_SUB, M_SUB);                                            \
        BOTH(WEYL_M_RSUB, M_RSUB);                                          \
        BOTH(WEYL_M_MUL, M_MUL);                                            \
        BOTH(WEYL_M_DIV, M_DIV);                                            \
        BOTH(WEYL_M_RDIV, M_RDIV);                                          \
        case CODE(WEYL_M_SQUARE, 1): EACH(M_SQUARE, NOTHING);               \
        default: EACH(M_NEG, NOTHING);                                      \
      }                                                                     \
    }                                                                       \
    for (int j = 0; j < U; j++)                                             \
      *(vec *)(void *)(out + i + j * LANES) = a[j];                         \
  }

#define CHAIN(name, type, vec)                                              \
  typedef type vec                                                          \
      __attribute__((vector_size(VEC_BYTES), aligned(sizeof(type)),         \
                     may_alias));                                           \
  CHAIN_STEP(name##_wide, type, vec, WIDE)                                  \
  CHAIN_STEP(name##_one, type, vec, 1)                                      \
  static void name(size_t n, void *out, const void *x, int nop,             \
                   const weyl_micro *op, char *const *reg) {                \
    size_t lanes = VEC_BYTES / sizeof(type), i = 0;                         \
    for (; i + WIDE * lanes <= n; i += WIDE * lanes)                        \
      name##_wide(i, out, x, nop, op, reg);                                 \
    for (; i < n; i += lanes) name##_one(i, out, x, nop, op, reg);          \
  }

CHAIN(chain_f32, float, vec_f32)
CHAIN(chain_f64, double, vec_f64)

/* ---- sums of products of rows ---- */

typedef float half_f32
    __attribute__((vector_size(VEC_BYTES / 2), aligned(4), may_alias));

/* Adds the f32 sums to the f64 ones and clears them. */
#define FLUSH_F32(U)                                                        \
  for (int j = 0; j < U; j++) {                                             \
    half_f32 part[2];                                                       \
    __builtin_memcpy(part, &p[j], sizeof part);                             \
    s[2 * j] += __builtin_convertvector(part[0], vec_f64);                  \
    s[2 * j + 1] += __builtin_convertvector(part[1], vec_f64);              \
    p[j] = (vec_f32){0};                                                    \
  }

/* U vectors of results at element i. */
#define ROWSUM_F32(name, U_)                                                \
  static inline __attribute__((always_inline)) void name(                   \
      size_t i, size_t rows, float *out, const char *x,                     \
      const int64_t *xrow, const char *y, const int64_t *yrow) {            \
    enum { U = U_, LANES = VEC_BYTES / sizeof(float), FEW = 16 };           \
    vec_f32 p[U];                                                           \
    vec_f64 s[2 * U];                                                       \
    for (int j = 0; j < U; j++) p[j] = (vec_f32){0};                        \
    for (int j = 0; j < 2 * U; j++) s[j] = (vec_f64){0};                    \
    for (size_t r = 0; r < rows; r++) {                                     \
      const float *a = (const float *)(const void *)(x + xrow[r]) + i;      \
      const float *b = (const float *)(const void *)(y + yrow[r]) + i;      \
      for (int j = 0; j < U; j++)                                           \
        p[j] += *(const vec_f32 *)(const void *)(a + j * LANES) *           \
                *(const vec_f32 *)(const void *)(b + j * LANES);            \
      if (r % FEW == FEW - 1) FLUSH_F32(U)                                  \
    }                                                                       \
    FLUSH_F32(U)                                                            \
    for (int j = 0; j < 2 * U; j++)                                         \
      *(half_f32 *)(void *)(out + i + j * (LANES / 2)) =                    \
          __builtin_convertvector(s[j], half_f32);                          \
  }

#define ROWSUM_F64(name, U_)                                                \
  static inline __attribute__((always_inline)) void name(                   \
      size_t i, size_t rows, double *out, const char *x,                    \
      const int64_t *xrow, const char *y, const int64_t *yrow) {            \
    enum { U = U_, LANES = VEC_BYTES / sizeof(double) };                    \
    vec_f64 s[U];                                                           \
    for (int j = 0; j < U; j++) s[j] = (vec_f64){0};                        \
    for (size_t r = 0; r < rows; r++) {                                     \
      const double *a = (const double *)(const void *)(x + xrow[r]) + i;    \
      const double *b = (const double *)(const void *)(y + yrow[r]) + i;    \
      for (int j = 0; j < U; j++)                                           \
        s[j] += *(const vec_f64 *)(const void *)(a + j * LANES) *           \
                *(const vec_f64 *)(const void *)(b + j * LANES);            \
    }                                                                       \
    for (int j = 0; j < U; j++)                                             \
      *(vec_f64 *)(void *)(out + i + j * LANES) = s[j];                     \
  }

#define ROWSUM(name, type)                                                  \
  static void name(size_t n, size_t rows, void *out, const char *x,         \
                   const int64_t *xrow, const char *y,                      \
                   const int64_t *yrow) {                                   \
    size_t lanes = VEC_BYTES / sizeof(type), i = 0;                         \
    type *to = out;                                                         \
    for (; i + 4 * lanes <= n; i += 4 * lanes)                              \
      name##_wide(i, rows, to, x, xrow, y, yrow);                           \
    for (; i + lanes <= n; i += lanes)                                      \
      name##_one(i, rows, to, x, xrow, y, yrow);                            \
    for (; i < n; i++) {                                                    \
      double s = 0;                                                         \
      for (size_t r = 0; r < rows; r++)                                     \
        s += (double)((const type *)(const void *)(x + xrow[r]))[i] *       \
             (double)((const type *)(const void *)(y + yrow[r]))[i];        \
      to[i] = (type)s;                                                      \
    }                                                                       \
  }

ROWSUM_F32(rowsum_f32_wide, 4)
ROWSUM_F32(rowsum_f32_one, 1)
ROWSUM_F64(rowsum_f64_wide, 4)
ROWSUM_F64(rowsum_f64_one, 1)
ROWSUM(rowsum_f32, float)
ROWSUM(rowsum_f64, double)

void weyl_fill_chain(weyl_kernel_table *t) {
  t->chain[WEYL_F32] = chain_f32;
  t->chain[WEYL_F64] = chain_f64;
  t->rowsum[WEYL_F32] = rowsum_f32;
  t->rowsum[WEYL_F64] = rowsum_f64;
}
