/*
** order_kernels.c: ARGMAX, ARGMIN, ARGSORT and CUMSUM along one dimension.
**
** ARGMAX, ARGMIN and ARGSORT work on keys: a number is mapped to an i64 whose
** order is that of the numbers, with -0 equal to 0 and one key for all NaN.
** Thus one comparison of integers serves every dtype.
*/
#include <string.h>

#include "exec/along.h"

#define KEY_NAN INT64_MAX /* not the key of any f32 or f64 */

/*
** Bit patterns of doubles are sign and magnitude; flipping the magnitude of
** negative ones makes them ordered integers. Adding 0 turns -0 into 0.
*/
static inline int64_t key_double(double x) {
  int64_t bits;
  if (x != x) return KEY_NAN;
  x += 0;
  memcpy(&bits, &x, sizeof bits);
  return bits ^ (bits < 0 ? INT64_MAX : 0);
}

/* Keys of the n numbers at x, x + inner, ... */
static void make_keys(const weyl_operand *x, size_t at, span s,
                      int64_t *key) {
  const float *f = x->data;
  const double *d = x->data;
  const int64_t *k = x->data;
  for (size_t i = 0; i < s.n; i++, at += s.inner)
    key[i] = x->dtype == WEYL_F32   ? key_double((double)f[at])
             : x->dtype == WEYL_F64 ? key_double(d[at])
                                    : k[at];
}

/* ---- ARGMAX, ARGMIN: the first of equal ones, but a NaN wins ---- */

static int64_t best(const int64_t *key, size_t n, int64_t sign, int floats) {
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    if (floats && key[i] == KEY_NAN) return (int64_t)i;
    if (sign > 0 ? key[i] > key[at] : key[i] < key[at]) at = i;
  }
  return (int64_t)at;
}

/* attr: dim, which becomes 1 and is not empty */
static weyl_status arg(const weyl_call *c, int sign) {
  const weyl_operand *x = &c->in[0];
  span s = split(x, c->attr[0]);
  int64_t *out = c->out.data;
  int64_t *key = weyl_malloc(s.n * sizeof *key);
  if (key == NULL) return WEYL_ENOMEM;
  for (size_t i = 0; i < s.outer; i++)
    for (size_t j = 0; j < s.inner; j++) {
      make_keys(x, i * s.n * s.inner + j, s, key);
      *out++ = best(key, s.n, sign, weyl_is_float(x->dtype));
    }
  weyl_free(key);
  return WEYL_OK;
}

weyl_status weyl_kernel_ARGMAX(const weyl_call *c) { return arg(c, 1); }
weyl_status weyl_kernel_ARGMIN(const weyl_call *c) { return arg(c, -1); }

/* ---- ARGSORT: stable, NaN last whatever the direction ---- */

typedef struct item {
  int64_t key, at;
} item;

enum { RUN = 16 }; /* sorted by insertion before merging */

static void insertion(item *a, size_t n) {
  for (size_t i = 1; i < n; i++) {
    item x = a[i];
    size_t j = i;
    for (; j > 0 && a[j - 1].key > x.key; j--) a[j] = a[j - 1];
    a[j] = x;
  }
}

/* Merges a[0, m) and a[m, n) into b; of equal keys the left one first. */
static void merge(const item *a, size_t m, size_t n, item *b) {
  size_t i = 0, j = m;
  for (size_t k = 0; k < n; k++) {
    int left = j == n || (i < m && a[i].key <= a[j].key);
    b[k] = left ? a[i++] : a[j++];
  }
}

/* Sorts a with b as scratch, both [n]; returns the one with the result. */
static item *merge_sort(item *a, item *b, size_t n) {
  for (size_t i = 0; i < n; i += RUN)
    insertion(a + i, n - i < RUN ? n - i : RUN);
  for (size_t w = RUN; w < n; w *= 2) {
    for (size_t i = 0; i < n; i += 2 * w) {
      size_t rest = n - i;
      merge(a + i, rest < w ? rest : w, rest < 2 * w ? rest : 2 * w, b + i);
    }
    item *t = a;
    a = b;
    b = t;
  }
  return a;
}

static void sort_one(const weyl_call *c, span s, size_t at, int64_t *key,
                     item *scratch) {
  int floats = weyl_is_float(c->in[0].dtype), descending = c->attr[1] != 0;
  int64_t *out = c->out.data;
  make_keys(&c->in[0], at, s, key);
  for (size_t i = 0; i < s.n; i++) {
    int keep = !descending || (floats && key[i] == KEY_NAN);
    scratch[i] = (item){keep ? key[i] : ~key[i], (int64_t)i};
  }
  const item *sorted = merge_sort(scratch, scratch + s.n, s.n);
  for (size_t i = 0; i < s.n; i++) out[at + i * s.inner] = sorted[i].at;
}

/* attr: dim, descending */
weyl_status weyl_kernel_ARGSORT(const weyl_call *c) {
  span s = split(&c->in[0], c->attr[0]);
  int64_t *key = weyl_malloc(s.n * sizeof *key);
  item *scratch = weyl_malloc(2 * s.n * sizeof *scratch);
  weyl_status status = key != NULL && scratch != NULL ? WEYL_OK : WEYL_ENOMEM;
  for (size_t i = 0; status == WEYL_OK && i < s.outer; i++)
    for (size_t j = 0; j < s.inner; j++)
      sort_one(c, s, i * s.n * s.inner + j, key, scratch);
  weyl_free(key);
  weyl_free(scratch);
  return status;
}

/*
** ---- CUMSUM ----
** One accumulator per inner number, f64 for f32, as in SUM; rows are visited
** in storage order, or backwards. i64 adds modulo 2^64.
*/
#define CUMSUM(name, T, A)                                                  \
  static void name(const T *x, T *out, A *sum, span s, int backwards) {     \
    for (size_t i = 0; i < s.outer; i++) {                                  \
      for (size_t k = 0; k < s.inner; k++) sum[k] = 0;                      \
      for (size_t j = 0; j < s.n; j++) {                                    \
        size_t row = backwards ? s.n - 1 - j : j;                           \
        size_t at = (i * s.n + row) * s.inner;                              \
        for (size_t k = 0; k < s.inner; k++) {                              \
          sum[k] += (A)x[at + k];                                           \
          out[at + k] = (T)sum[k];                                          \
        }                                                                   \
      }                                                                     \
    }                                                                       \
  }
CUMSUM(cumsum_f32, float, double)
CUMSUM(cumsum_f64, double, double)
CUMSUM(cumsum_i64, uint64_t, uint64_t)

/* attr: dim, backwards */
weyl_status weyl_kernel_CUMSUM(const weyl_call *c) {
  const void *x = c->in[0].data;
  void *out = c->out.data;
  int backwards = c->attr[1] != 0;
  span s = split(&c->in[0], c->attr[0]);
  if (weyl_is_complex(c->out.dtype)) s.inner *= 2;
  void *sum = weyl_calloc(s.inner, 8);
  if (sum == NULL) return WEYL_ENOMEM;
  switch (weyl_real_of(c->out.dtype)) {
    case WEYL_F32: cumsum_f32(x, out, sum, s, backwards); break;
    case WEYL_F64: cumsum_f64(x, out, sum, s, backwards); break;
    default: cumsum_i64(x, out, sum, s, backwards); break;
  }
  weyl_free(sum);
  return WEYL_OK;
}
