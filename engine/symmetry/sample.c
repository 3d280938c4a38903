/*
** sample.c: random elements of a group.
**
** All numbers come from a weyl_stream, so an element is a function of seed,
** stream and counter alone.
*/
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "exec/kernels.h"
#include "exec/random_kernels.h"
#include "symmetry/group.h"

enum { ROUNDS = 3, POWER_LOW = -5, POWERS = 10 };

/* ---- draws ---- */

weyl_status weyl_stream_normal(weyl_stream *s, int64_t n, int64_t m,
                               double *out) {
  uint64_t blocks = weyl_random_blocks(OP_NORMAL, WEYL_F64, n * m);
  int64_t state[] = {(int64_t)s->seed, (int64_t)s->id,
                     (int64_t)weyl_stream_reserve(s, blocks)};
  const int64_t three = 3, dims[] = {n, m};
  weyl_operand in = {state, WEYL_I64, 1, &three, 3};
  weyl_call call = {.in = &in, .nin = 1,
                    .out = {out, WEYL_F64, 2, dims, n * m}};
  return weyl_library[OP_NORMAL](&call);
}

/* One of 0 .. n - 1; the bias of the remainder is below n / 2^64. */
static int draw_below(weyl_stream *s, int n) {
  uint32_t w[4];
  weyl_philox(s->seed, s->id, weyl_stream_reserve(s, 1), w);
  return (int)(((uint64_t)w[0] << 32 | w[1]) % (uint64_t)n);
}

/* Fisher and Yates */
static void shuffle(weyl_stream *s, int n, int *order) {
  for (int i = 0; i < n; i++) order[i] = i;
  for (int i = n - 1; i > 0; i--) {
    int j = draw_below(s, i + 1), t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
}

void weyl_stream_below(weyl_stream *s, int bound, int64_t n, int64_t *out) {
  for (int64_t i = 0; i < n; i++) out[i] = draw_below(s, bound);
}

weyl_status weyl_stream_shuffles(weyl_stream *s, int size, int64_t n,
                                 int64_t *out) {
  int *order = weyl_malloc(((size_t)size + 1) * sizeof *order);
  if (order == NULL) return WEYL_ENOMEM;
  for (int64_t i = 0; i < n; i++) {
    shuffle(s, size, order);
    for (int j = 0; j < size; j++) *out++ = order[j];
  }
  weyl_free(order);
  return WEYL_OK;
}

/* ---- exp of a random combination, times random powers ---- */

typedef struct walker {
  const weyl_group *g;
  weyl_stream *stream;
  double *z;         /* [nlie] */
  double *x, *y;     /* [d, d] */
  int *order;        /* [ndiscrete] */
} walker;

/* y = a b, all [d, d] */
static void multiply(int d, const double *a, const double *b, double *y) {
  memset(y, 0, (size_t)d * (size_t)d * sizeof *y);
  for (int i = 0; i < d; i++)
    for (int k = 0; k < d; k++)
      for (int j = 0; j < d; j++)
        y[i * d + j] += a[i * d + k] * b[k * d + j];
}

/* out = exp(sum z_k scale_k A_k) */
static weyl_status walk_algebra(walker *w, double *out) {
  const weyl_group *g = w->g;
  int square = g->d * g->d;
  const int64_t dims[] = {g->d, g->d};
  memset(w->x, 0, (size_t)square * sizeof *w->x);
  weyl_status s = weyl_stream_normal(w->stream, 1, g->nlie, w->z);
  if (s != WEYL_OK) return s;
  for (int k = 0; k < g->nlie; k++)
    for (int i = 0; i < square; i++)
      w->x[i] += w->z[k] * g->scale[k] * g->lie[k * square + i];
  weyl_operand in = {w->x, WEYL_F64, 2, dims, square};
  weyl_call call = {.in = &in, .nin = 1,
                    .out = {out, WEYL_F64, 2, dims, square}};
  return weyl_library[OP_EXPM](&call);
}

/* out <- out h^power */
static void walk_power(walker *w, int k, int power, double *out) {
  const weyl_group *g = w->g;
  size_t square = (size_t)g->d * (size_t)g->d;
  const double *h = (power < 0 ? g->inverse : g->discrete) +
                    (size_t)k * square;
  for (int i = power < 0 ? -power : power; i > 0; i--) {
    multiply(g->d, out, h, w->y);
    memcpy(out, w->y, square * sizeof *out);
  }
}

static weyl_status walk_one(walker *w, double *out) {
  int n = w->g->ndiscrete;
  weyl_status s = walk_algebra(w, out);
  if (s != WEYL_OK) return s;
  for (int round = 0; round < ROUNDS && n > 0; round++) {
    shuffle(w->stream, n, w->order);
    for (int i = 0; i < n; i++) {
      int power = POWER_LOW + draw_below(w->stream, POWERS);
      walk_power(w, w->order[i], power, out);
    }
  }
  return WEYL_OK;
}

weyl_status weyl_group_walk(const weyl_group *g, weyl_stream *s, int64_t n,
                            double *out) {
  size_t square = (size_t)g->d * (size_t)g->d, nlie = (size_t)g->nlie;
  double *room = weyl_malloc((nlie + 2 * square) * sizeof *room);
  int *order = weyl_malloc(((size_t)g->ndiscrete + 1) * sizeof *order);
  weyl_status status = room && order ? WEYL_OK : WEYL_ENOMEM;
  walker w = {g, s, room, room + nlie, room + nlie + square, order};
  for (int64_t i = 0; i < n && status == WEYL_OK; i++)
    status = walk_one(&w, out + (size_t)i * square);
  weyl_free(room);
  weyl_free(order);
  return status;
}

/*
** ---- uniform elements ----
** Q of the QR decomposition of a normal matrix, with a positive diagonal of
** R, is uniform in O(k) (F. Mezzadri, "How to generate random matrices from
** the classical compact groups", Notices AMS 54, 2007). Exchanging the first
** two columns of those with determinant -1 gives SO(k).
*/

/* The sign of det q for an orthogonal q [k, k]. */
static weyl_status determinant(int k, double *q, double *det) {
  const int64_t dims[] = {k, k};
  weyl_operand in = {q, WEYL_F64, 2, dims, (int64_t)k * k};
  weyl_call call = {.in = &in, .nin = 1, .out = {det, WEYL_F64, 0, NULL, 1}};
  return weyl_library[OP_DET](&call);
}

/* room [3, k, k]: x, then Q and R; Q is the element */
static weyl_status uniform_orthogonal(weyl_stream *s, int k, int special,
                                      double *room) {
  const int64_t dims[] = {k, k}, size = (int64_t)k * k, two = 2 * size;
  double det = 1, *q = room + size;
  weyl_status status = weyl_stream_normal(s, k, k, room);
  if (status != WEYL_OK) return status;
  weyl_operand in = {room, WEYL_F64, 2, dims, size};
  weyl_call call = {.in = &in, .nin = 1, .out = {q, WEYL_F64, 1, &two, two}};
  status = weyl_library[OP_QR](&call);
  if (status != WEYL_OK || !special) return status;
  status = determinant(k, q, &det);
  for (int i = 0; i < k && det < 0; i++) {
    double t = q[i * k];
    q[i * k] = k > 1 ? q[i * k + 1] : -t;
    if (k > 1) q[i * k + 1] = t;
  }
  return status;
}

/* out [d, d]: q [k, k] on the group's axes, the identity elsewhere */
static void embed(const weyl_group *g, const double *q, double *out) {
  int d = g->d, k = g->naxes;
  memset(out, 0, (size_t)d * (size_t)d * sizeof *out);
  for (int i = 0; i < d; i++) out[i * d + i] = 1;
  for (int i = 0; i < k; i++)
    for (int j = 0; j < k; j++)
      out[g->axes[i] * d + g->axes[j]] = q[i * k + j];
}

weyl_status weyl_group_haar(const weyl_group *g, weyl_stream *s, int64_t n,
                            double *out) {
  if (g->haar == WEYL_HAAR_WALK) return weyl_group_walk(g, s, n, out);
  if (g->haar == WEYL_HAAR_NONE)
    return weyl_fail(WEYL_EINVAL,
                     "sample: no uniform (Haar) sampler is known for this "
                     "group; use method = 'walk'");
  size_t square = (size_t)g->d * (size_t)g->d;
  size_t inner = (size_t)g->naxes * (size_t)g->naxes;
  double *room = weyl_malloc((3 * inner + 1) * sizeof *room);
  weyl_status status = room != NULL ? WEYL_OK : WEYL_ENOMEM;
  for (int64_t i = 0; i < n && status == WEYL_OK; i++) {
    status = uniform_orthogonal(s, g->naxes, g->haar == WEYL_HAAR_SO, room);
    embed(g, room + inner, out + (size_t)i * square);
  }
  weyl_free(room);
  return status;
}
