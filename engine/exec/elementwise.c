/*
** elementwise.c: the elementwise kernels, compiled once per instruction set.
** Formulas are in ew_*.def; here is the loop around each shape of formula.
**
** Invariants: n is a multiple of 16, so that vector loops have no remainder;
** iteration i reads its operands before it writes, so that `out` may be an
** operand whose elements have the same size; kernels never trap.
**
** Complex products and quotients are those of the textbook, without C's
** recovery of infinities from NaN (annex G): a quotient by 0 is NaN.
*/
#include <complex.h>
#undef I

#include "base/random.h"
#include "exec/isa.h"

/* ---- formulas that need more than an expression ---- */

/* 1 / (1 + e^-x) without overflow; e^x in the negative tail */
static inline double logistic(double x) {
  double e = exp(-fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

static inline float logisticf(float x) {
  float e = expf(-fabsf(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/* x - floor(x / y) y, exact: fmod moved to the sign of y */
static inline double modulo(double x, double y) {
  double m = fmod(x, y);
  return (m > 0 && y < 0) || (m < 0 && y > 0) ? m + y : m;
}

static inline float modulof(float x, float y) {
  float m = fmodf(x, y);
  return (m > 0 && y < 0) || (m < 0 && y > 0) ? m + y : m;
}

static inline int64_t integer_mod(int64_t x, int64_t y) {
  if (y == 0 || y == -1) return 0;
  int64_t m = x % y;
  return m != 0 && (m ^ y) < 0 ? m + y : m;
}

static inline int64_t integer_floordiv(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (y == -1) return (int64_t)(0 - (uint64_t)x);
  return x / y - (x % y != 0 && (x ^ y) < 0);
}

/*
** (x + i y) / (u + i v) scaled by the larger part of the divisor, so that
** nothing overflows before the result does: Smith, "Algorithm 116", CACM 5
** (1962). Without branches.
*/
#define QUOTIENT(name, T, modulus) \
  static inline void name(T *re, T *im, T x, T y, T u, T v) { \
    int swap = modulus(u) < modulus(v); \
    T p = swap ? v : u, q = swap ? u : v; \
    T a = swap ? y : x, b = swap ? x : y; \
    T r = q / p, t = p + q * r; \
    T m = (b - a * r) / t; \
    *re = (a + b * r) / t; \
    *im = swap ? -m : m; \
  }
QUOTIENT(quotient, double, fabs)
QUOTIENT(quotientf, float, fabsf)

/* z^w; the C library's, but for z = 0, where that gives NaN */
static inline double complex power(double complex z, double complex w) {
  if (z != 0) return cpow(z, w);
  return w == 0 ? 1 : creal(w) > 0 ? 0 : (double complex)INFINITY;
}

static inline float complex powerf(float complex z, float complex w) {
  return (float complex)power(z, w);
}

/* Towards zero; beyond the range the nearest end of it, NaN gives 0. */
static inline int64_t to_integer(double x) {
  if (x != x) return 0;
  if (x >= 0x1p63) return INT64_MAX;
  return x < -0x1p63 ? INT64_MIN : (int64_t)x;
}

/*
** ---- loops ----
** LOOP makes a kernel: declarations of the operands a, b, c and the result r,
** then the body of the loop; `entry` is the kernel's place in the table t.
** Clearing the low bits of n tells the compiler that there is no remainder.
*/
#define JOINED(id, tag) id##_##tag
#define KERNEL(id, tag) JOINED(id, tag)
#define LOOP(entry, id, count, operands, ...)                                \
  static void KERNEL(id, TAG)(size_t n, void *out, const void *pa,           \
                              const void *pb, const void *pc) {              \
    operands;                                                                \
    (void)pb, (void)pc;                                                      \
    n = (count) & ~(size_t)15;                                               \
    SIMD for (size_t i = 0; i < n; i++) { __VA_ARGS__; }                     \
  }
#define OP(id, ...) LOOP(t->ew[OP_##id][DT], id, __VA_ARGS__)
#define TO(dtype, ...) \
  LOOP(t->cast[DT][WEYL_##dtype], TO_##dtype, __VA_ARGS__)

#define ONE(R) const T *a = pa; R *r = out
#define TWO(R) ONE(R); const T *b = pb
#define CHOICE const uint8_t *c = pa; const T *a = pb; const T *b = pc; \
  T *r = out

/* a number per element */
#define X T x = a[i]
#define Y T y = b[i]
#define UNARY(id, R, formula) OP(id, n, ONE(R), X; r[i] = (R)(formula))
#define BINARY(id, R, formula) OP(id, n, TWO(R), X; Y; r[i] = (R)(formula))
#define SELECT(id) OP(id, n, CHOICE, X; Y; r[i] = c[i] ? x : y)
#define CAST(to, R, formula) TO(to, n, ONE(R), X; r[i] = (R)(formula))

/* a pair of numbers */
#define Z T x = a[2 * i]; T y = a[2 * i + 1]; (void)x, (void)y
#define W T u = b[2 * i]; T v = b[2 * i + 1]
#define STORE(re, im) r[2 * i] = re; r[2 * i + 1] = im
#define TWICE1(id, formula) OP(id, 2 * n, ONE(T), X; r[i] = formula)
#define TWICE2(id, formula) OP(id, 2 * n, TWO(T), X; Y; r[i] = formula)
#define PAIR1(id, formulas) \
  OP(id, n, ONE(T), Z; T re; T im; formulas; STORE(re, im))
#define PAIR2(id, formulas) \
  OP(id, n, TWO(T), Z; W; T re; T im; formulas; STORE(re, im))
#define PAIR_SELECT(id) \
  OP(id, n, CHOICE, Z; W; STORE(c[i] ? x : u, c[i] ? y : v))
#define PART1(id, R, formula) OP(id, n, ONE(R), Z; r[i] = (R)(formula))
#define PART2(id, R, formula) OP(id, n, TWO(R), Z; W; r[i] = (R)(formula))
#define JOIN(id) OP(id, n, TWO(T), STORE(a[i], b[i]))
#define CAST_PART(to, R, formula) TO(to, n, ONE(R), Z; r[i] = (R)(formula))
#define CAST_PAIR(to, R) TO(to, n, ONE(R), Z; STORE((R)x, (R)y))
#define CAST_JOIN(to, R) TO(to, n, ONE(R), X; STORE((R)x, 0))

/* complex numbers of the C library, one by one */
#define SCALAR1(id, formula) \
  OP(id, n, const T complex *a = pa; T complex *r = out, \
     T complex z = a[i]; r[i] = (T complex)(formula))
#define SCALAR2(id, formula) \
  OP(id, n, const T complex *a = pa; const T complex *b = pb; \
     T complex *r = out, \
     T complex z = a[i]; T complex w = b[i]; r[i] = (T complex)(formula))

#include "exec/ew_types.def"

/*
** ---- random words ----
** weyl_philox for LANES blocks at a time: one array per word of the block.
*/
enum { LANES = 16 };
#define LANE SIMD for (int j = 0; j < LANES; j++)

static void philox_lanes(uint64_t seed, uint64_t id, uint64_t counter,
                         uint32_t w[4 * LANES]) {
  uint32_t a[LANES], b[LANES], c[LANES], d[LANES];
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  LANE {
    uint64_t at = counter + (uint64_t)j;
    a[j] = (uint32_t)at, b[j] = (uint32_t)(at >> 32);
    c[j] = (uint32_t)id, d[j] = (uint32_t)(id >> 32);
  }
  for (int round = 0; round < WEYL_PHILOX_ROUNDS; round++) {
    LANE weyl_philox_round(k0, k1, &a[j], &b[j], &c[j], &d[j]);
    weyl_philox_key(&k0, &k1);
  }
  LANE {
    w[4 * j] = a[j], w[4 * j + 1] = b[j];
    w[4 * j + 2] = c[j], w[4 * j + 3] = d[j];
  }
}

static void philox(uint64_t seed, uint64_t id, uint64_t counter, size_t n,
                   uint32_t *words) {
  for (; n >= LANES; n -= LANES, counter += LANES, words += 4 * LANES)
    philox_lanes(seed, id, counter, words);
  for (; n > 0; n--, words += 4) weyl_philox(seed, id, counter++, words);
}

#undef LOOP
#define LOOP(entry, id, ...) entry = KERNEL(id, TAG);

void weyl_fill_elementwise(weyl_kernel_table *t) {
#include "exec/ew_types.def"
  t->philox = philox;
}
