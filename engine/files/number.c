/*
** number.c: decimal text to floats and back.
**
** A number is w 10^e with an integer w. Up to 19 digits w fits in 64 bits, and
** while |e| <= 27 so does 5^|e|: then the product, or quotient and remainder,
** is exact in 128 bits and is rounded once. (Clinger 1990 has the cases that
** double arithmetic does in one exact operation.) What is beyond that is left
** to strtod, which is exact and slow.
*/
#include "files/number.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

__extension__ typedef unsigned __int128 u128;

enum { MOST_DIGITS = 19, MOST_FIVES = 27, MOST_TENS = 22 };

static const double tens[MOST_TENS + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const uint64_t fives[MOST_FIVES + 1] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u,
    9765625u, 48828125u, 244140625u, 1220703125u, 6103515625u, 30517578125u,
    152587890625u, 762939453125u, 3814697265625u, 19073486328125u,
    95367431640625u, 476837158203125u, 2384185791015625u, 11920928955078125u,
    59604644775390625u, 298023223876953125u, 1490116119384765625u,
    7450580596923828125u};

/* The C locale; NULL only when there is no memory for it. */
static locale_t plain(void) {
  static locale_t c;
  if (c == (locale_t)0) c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  return c;
}

/* ---- rounding ---- */

static int zeros(uint64_t v) { return __builtin_clzll(v); }

/*
** The double nearest to (q + more) 2^e, where q has 62 bits or more and
** 0 <= more < 1, more > 0 where `sticky`. Ties go to the even neighbour. The
** exponents met here are far from the ends of the range.
*/
static inline double rounded(uint64_t q, int sticky, int e) {
  int drop = 11 - zeros(q);
  uint64_t m = q >> drop, rest = q & ((UINT64_C(1) << drop) - 1);
  uint64_t half = UINT64_C(1) << (drop - 1);
  m += (rest > half) | ((rest == half) & (sticky | (int)(m & 1)));
  /* m has its 53rd bit set, which adds one to the exponent below */
  uint64_t bits = ((uint64_t)(e + drop + 52 + 1022) << 52) + m;
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

/* w 5^k 2^k, w > 0 */
static double times(uint64_t w, int k) {
  u128 p = (u128)w * fives[k];
  uint64_t high = (uint64_t)(p >> 64), low = (uint64_t)p;
  if (high == 0) return rounded(low << zeros(low), 0, k - zeros(low));
  int s = zeros(high);
  p <<= s;
  return rounded((uint64_t)(p >> 64), (uint64_t)p != 0, k + 64 - s);
}

/* w 5^-k 2^-k, w > 0: the first bit of both is set before they are divided. */
static double over(uint64_t w, int k) {
  uint64_t d = fives[k];
  int sw = zeros(w), sd = zeros(d);
  w <<= sw;
  d <<= sd;
  u128 n = (u128)w << 63;
  uint64_t q = (uint64_t)(n / d);
  return rounded(q, n != (u128)q * d, sd - sw - 63 - k);
}

/* w 10^e of a text that strtod could read as well. */
static inline double value(uint64_t w, long e, const char *text) {
  if (w == 0) return 0;
  if (w <= UINT64_C(1) << 53 && e >= -MOST_TENS && e <= MOST_TENS)
    return e < 0 ? (double)w / tens[-e] : (double)w * tens[e];
  if (e >= 0 && e <= MOST_FIVES) return times(w, (int)e);
  if (e < 0 && e >= -MOST_FIVES) return over(w, (int)-e);
  return strtod_l(text, NULL, plain());
}

/* ---- reading ---- */

static int is_digit(char c) { return (unsigned char)(c - '0') < 10; }

/* Every second field of that many bits. */
#define EVEN(bits) (UINT64_MAX / ((UINT64_C(1) << (bits)) + 1))

/* Eight digits at once, as they lie in memory on little-endian machines. */
static inline int eight(const char *p, uint64_t *w) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t v;
  memcpy(&v, p, sizeof v);
  uint64_t low = v - UINT64_C(0x3030303030303030);
  uint64_t high = v + UINT64_C(0x4646464646464646);
  if (((low | high) & UINT64_C(0x8080808080808080)) != 0) return 0;
  /* neighbours become pairs, pairs fours, and these one number */
  uint64_t two = (low & EVEN(8)) * 10 + (low >> 8 & EVEN(8));
  uint64_t four = (two & EVEN(16)) * 100 + (two >> 16 & EVEN(16));
  uint64_t all = (four & EVEN(32)) * 10000 + (four >> 32);
  *w = *w * 100000000 + all;
  return 1;
#else
  (void)p, (void)w;
  return 0;
#endif
}

/* Goes over digits; w takes them on, modulo 2^64. */
static inline const char *digits(const char *p, uint64_t *w) {
  for (; is_digit(*p); p++) *w = *w * 10 + (uint64_t)(*p - '0');
  return p;
}

/* Goes over "e-12" when it is one; more than anyone needs stays that. */
static const char *exponent(const char *p, long *e) {
  if (*p != 'e' && *p != 'E') return p;
  const char *q = p + 1;
  int minus = *q == '-';
  if (minus || *q == '+') q++;
  if (!is_digit(*q)) return p;
  long v = 0;
  for (; is_digit(*q); q++)
    if (v < 100000) v = v * 10 + (*q - '0');
  *e += minus ? -v : v;
  return q;
}

static const char *word(const char *p, double *v) {
  if (strncasecmp(p, "nan", 3) == 0) {
    *v = NAN;
    return p + 3;
  }
  if (strncasecmp(p, "inf", 3) != 0) return NULL;
  *v = INFINITY;
  return p + (strncasecmp(p, "infinity", 8) == 0 ? 8 : 3);
}

/* Whether w took in all digits from `from` to `to`: at most 19 count. */
static int complete(const char *from, const char *to) {
  while (from < to && (*from == '0' || *from == '.')) from++;
  long n = to - from;
  if (n > MOST_DIGITS && memchr(from, '.', (size_t)n) != NULL) n--;
  return n <= MOST_DIGITS;
}

/* -v where `minus`; without a branch, since signs cannot be foreseen. */
static inline double signed_as(double v, int minus) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  bits ^= (uint64_t)minus << 63;
  memcpy(&v, &bits, sizeof bits);
  return v;
}

const char *weyl_number(const char *s, double *v) {
  int minus = *s == '-';
  const char *first = s + (minus | (*s == '+'));
  uint64_t w = 0;
  const char *p = digits(first, &w);
  long found = p - first, e = 0;
  if (*p == '.') {
    const char *point = p;
    for (p++; eight(p, &w);) p += 8; /* there are many behind the point */
    p = digits(p, &w);
    e = point + 1 - p;
    found -= e;
  }
  if (found > 0) {
    int whole = found <= MOST_DIGITS || complete(first, p);
    p = exponent(p, &e);
    *v = whole ? value(w, e, first) : strtod_l(first, NULL, plain());
  } else {
    p = word(first, v);
  }
  if (p != NULL) *v = signed_as(*v, minus);
  return p;
}

/* ---- writing ---- */

static int reads_back(const char *text, double v, int single) {
  return single ? strtof_l(text, NULL, plain()) == (float)v
                : strtod_l(text, NULL, plain()) == v;
}

size_t weyl_number_text(char *to, double v, int single) {
  if (isnan(v)) return strlen(strcpy(to, "nan"));
  if (isinf(v)) return strlen(strcpy(to, v < 0 ? "-inf" : "inf"));
  int most = single ? 9 : 17, n = 0;
  locale_t before = uselocale(plain());
  for (int d = single ? 6 : 15; d <= most; d++) {
    n = snprintf(to, WEYL_NUMBER_TEXT, "%.*g", d, v);
    if (d == most || reads_back(to, v, single)) break;
  }
  uselocale(before);
  return (size_t)n;
}
