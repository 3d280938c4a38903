/*
** random_kernels.c: UNIFORM, NORMAL, INTEGERS and PERMUTATION.
**
** The input is a state, i64 [3]: seed, stream id, first counter. Element i is
** a function of these and i alone, and the number of blocks used a function
** of the shape: nothing is ever rejected. Which words an element uses is
** fixed for good, because saved runs depend on it:
**   one word (f32), two words (f64) per real number, in order; numbers 2k and
**   2k + 1 of NORMAL share theirs; a complex number is two real ones;
**   four words, one block, per integer and per step of PERMUTATION.
** The first of two words is the more significant.
*/
#include "exec/random_kernels.h"

#include <string.h>

#include "base/random.h"
#include "base/stop.h"
#include "base/thread.h"
#include "exec/kernels.h"

enum {
  CHUNK = 512,      /* numbers made at a time; a multiple of 32 */
  GRAIN = 1 << 16   /* least numbers worth a thread */
};

__extension__ typedef unsigned __int128 wide;

typedef struct draw {
  uint64_t seed, id, counter;
  void *out;
  size_t n;         /* real numbers */
  double variance;  /* of NORMAL */
} draw;

static uint64_t words_per_number(int dtype) {
  return weyl_real_of(dtype) == WEYL_F32 ? 1 : 2;
}

uint64_t weyl_random_blocks(int op, int dtype, int64_t n) {
  uint64_t count = n > 0 ? (uint64_t)n : 0;
  if (op == OP_INTEGERS || op == OP_PERMUTATION) return count;
  if (weyl_is_complex(dtype)) count *= 2;
  if (op == OP_NORMAL) count += count & 1; /* numbers come in pairs */
  return (count * words_per_number(dtype) + 3) / 4;
}

static draw open_draw(const weyl_call *c) {
  const int64_t *state = c->in[0].data;
  int complex_out = weyl_is_complex(c->out.dtype);
  return (draw){(uint64_t)state[0], (uint64_t)state[1], (uint64_t)state[2],
                c->out.data, (size_t)c->out.size * (complex_out ? 2 : 1),
                complex_out ? 0.5 : 1};
}

/* Words [first, first + n) of the draw; both are multiples of 4. */
static void fill_words(const draw *d, size_t first, size_t n, uint32_t *w) {
  weyl_kernels()->philox(d->seed, d->id, d->counter + first / 4, n / 4, w);
}

/* ---- uniform in [0, 1): 24 or 53 random bits ---- */

static void uniform_f32(void *arg, size_t begin, size_t end, int worker) {
  const draw *d = arg;
  float *out = d->out;
  uint32_t w[CHUNK];
  (void)worker;
  for (size_t i = begin; i < end && !weyl_stopping(); i += CHUNK) {
    size_t n = end - i < CHUNK ? end - i : CHUNK;
    fill_words(d, i, (n + 3) / 4 * 4, w);
    for (size_t k = 0; k < n; k++) out[i + k] = weyl_uniform24(w[k]);
  }
}

static void uniform_f64(void *arg, size_t begin, size_t end, int worker) {
  const draw *d = arg;
  double *out = d->out;
  uint32_t w[2 * CHUNK];
  (void)worker;
  for (size_t i = begin; i < end && !weyl_stopping(); i += CHUNK) {
    size_t n = end - i < CHUNK ? end - i : CHUNK;
    fill_words(d, 2 * i, (n + 1) / 2 * 4, w);
    for (size_t k = 0; k < n; k++)
      out[i + k] = weyl_uniform53(w[2 * k], w[2 * k + 1]);
  }
}

weyl_status weyl_kernel_UNIFORM(const weyl_call *c) {
  draw d = open_draw(c);
  int narrow = words_per_number(c->out.dtype) == 1;
  weyl_parallel(d.n, GRAIN, narrow ? uniform_f32 : uniform_f64, &d);
  return WEYL_OK;
}

/*
** ---- normal ----
** Box and Muller (Ann. Math. Stat. 29, 1958): from u in (0, 1] and v in
** [0, 1) come sqrt(-2 ln u) cos(2 pi v) and the same with sin. u has all 32
** (f32) or 64 (f64) bits of its words, centred: the tails follow the normal
** law out to 6.7 and 9.4 standard deviations, beyond which one draw in 2^32
** or 2^64 would lie.
*/
#define TWO_PI 6.28318530717958647693
enum { PAIRS = CHUNK / 2 };

/* u and angles of PAIRS pairs from number `first` on, a multiple of 4 */
static void pairs_f32(const draw *d, size_t first, float *u, float *angle) {
  uint32_t w[CHUNK];
  fill_words(d, first, CHUNK, w);
  for (size_t i = 0; i < PAIRS; i++) {
    u[i] = ((float)w[2 * i] + 0.5f) * 0x1p-32f;
    angle[i] = weyl_uniform24(w[2 * i + 1]) * (float)TWO_PI;
  }
}

static void pairs_f64(const draw *d, size_t first, double *u, double *angle) {
  uint32_t words[2 * CHUNK], *w = words;
  fill_words(d, 2 * first, 2 * CHUNK, words);
  for (size_t i = 0; i < PAIRS; i++, w += 4) {
    u[i] = ((double)((uint64_t)w[0] << 32 | w[1]) + 0.5) * 0x1p-64;
    angle[i] = weyl_uniform53(w[2], w[3]) * TWO_PI;
  }
}

/* normal_<dtype>_range is the task of weyl_parallel over numbers */
#define NORMAL(dtype, T, DT) \
  static void normal_##dtype(const draw *d, size_t first, T *out) { \
    const weyl_kernel_table *k = weyl_kernels(); \
    T r[PAIRS], angle[PAIRS], x[PAIRS], y[PAIRS]; \
    T factor = (T)(-2 * d->variance); \
    pairs_##dtype(d, first, r, angle); \
    k->ew[OP_LOG][DT](PAIRS, r, r, NULL, NULL); \
    for (size_t i = 0; i < PAIRS; i++) r[i] *= factor; \
    k->ew[OP_SQRT][DT](PAIRS, r, r, NULL, NULL); \
    k->ew[OP_COS][DT](PAIRS, x, angle, NULL, NULL); \
    k->ew[OP_SIN][DT](PAIRS, y, angle, NULL, NULL); \
    for (size_t i = 0; i < PAIRS; i++) { \
      out[2 * i] = r[i] * x[i]; \
      out[2 * i + 1] = r[i] * y[i]; \
    } \
  } \
  static void normal_##dtype##_range(void *arg, size_t begin, size_t end, \
                                     int worker) { \
    const draw *d = arg; \
    T *out = d->out, last[CHUNK]; \
    (void)worker; \
    for (; end - begin >= CHUNK && !weyl_stopping(); begin += CHUNK) \
      normal_##dtype(d, begin, out + begin); \
    if (end - begin >= CHUNK || begin == end) return; \
    normal_##dtype(d, begin, last); \
    memcpy(out + begin, last, (end - begin) * sizeof(T)); \
  }
NORMAL(f32, float, WEYL_F32)
NORMAL(f64, double, WEYL_F64)

weyl_status weyl_kernel_NORMAL(const weyl_call *c) {
  draw d = open_draw(c);
  int narrow = words_per_number(c->out.dtype) == 1;
  weyl_parallel(d.n, GRAIN, narrow ? normal_f32_range : normal_f64_range, &d);
  return WEYL_OK;
}

/* ---- integers ---- */

/*
** One of 0 .. range - 1 (range 0 stands for 2^64) from block `at` of a draw:
** the high part of the 128-bit number times the range, Lemire (ACM TOMACS 29,
** 2019) without his rejection; with 128 bits the bias is below 2^-64.
*/
static uint64_t bounded(const draw *d, uint64_t at, uint64_t range) {
  uint32_t w[4];
  weyl_philox(d->seed, d->id, d->counter + at, w);
  uint64_t high = (uint64_t)w[0] << 32 | w[1];
  uint64_t low = (uint64_t)w[2] << 32 | w[3];
  if (range == 0) return high;
  wide carry = (wide)low * range >> 64;
  return (uint64_t)(((wide)high * range + carry) >> 64);
}

typedef struct span {
  draw d;
  int64_t low;
  uint64_t range;
} span;

static void integers_range(void *arg, size_t begin, size_t end, int worker) {
  const span *s = arg;
  int64_t *out = s->d.out;
  (void)worker;
  for (size_t i = begin; i < end; i++)
    out[i] = (int64_t)((uint64_t)s->low + bounded(&s->d, i, s->range));
}

/* attr: low, high, both included; then dims */
weyl_status weyl_kernel_INTEGERS(const weyl_call *c) {
  uint64_t range = (uint64_t)c->attr[1] - (uint64_t)c->attr[0] + 1;
  span s = {open_draw(c), c->attr[0], range};
  weyl_parallel(s.d.n, GRAIN, integers_range, &s);
  return WEYL_OK;
}

/* Fisher-Yates, from the back; the step that places i uses block i. */
weyl_status weyl_kernel_PERMUTATION(const weyl_call *c) {
  draw d = open_draw(c);
  int64_t *out = d.out;
  for (size_t i = 0; i < d.n; i++) out[i] = (int64_t)i;
  for (size_t i = d.n; i-- > 1;) {
    size_t j = (size_t)bounded(&d, i, i + 1);
    int64_t t = out[i];
    out[i] = out[j];
    out[j] = t;
  }
  return WEYL_OK;
}
