/*
** blockmap.c: the kernels BLOCKMAP and HALFQUAD.
**
** BLOCKMAP (tensor/blocks.h) first scales every entry of W by its diagonal
** entry, row by row. Then, for each component of each type, it gathers the
** component's entries of all blocks of that type into [N, m], multiplies
** them by the component's matrix in one GEMM (a lean one: by Q^T, then by Q)
** and scatters the result over what the scaling left there (adds it).
*/
#include <cblas.h>
#include <string.h>

#include "exec/kernels.h"
#include "tensor/blocks.h"

typedef struct job {
  weyl_blockattr a;
  int64_t cols;           /* of W */
  const int64_t *pattern;
  const void *values;
  const void *w;
  void *out;
} job;

/* One block row of blocks and one column of blocks: where they begin. */
typedef struct place {
  int64_t row, col;       /* corner of the first block */
  int64_t high, wide;     /* of a block */
  int64_t nhigh, nwide;   /* blocks */
  int64_t type;
} place;

/* Calls visit for every pair of an output run and an input run. */
typedef void (*visitor)(const job *j, const place *p, void *arg);

static void visit_pairs(const job *j, visitor visit, void *arg) {
  const weyl_blockattr *a = &j->a;
  place p = {0};
  for (int64_t o = 0; o < a->nout; o++, p.row += p.high * p.nhigh) {
    p.high = a->out[2 * o];
    p.nhigh = a->out[2 * o + 1];
    p.col = 0;
    for (int64_t i = 0; i < a->nin; i++, p.col += p.wide * p.nwide) {
      p.wide = a->in[2 * i];
      p.nwide = a->in[2 * i + 1];
      p.type = a->type[o * a->nin + i];
      visit(j, &p, arg);
    }
  }
}

/* What the components of one type need. */
typedef struct need {
  int64_t type, blocks, widest, most; /* largest m and k */
} need;

static void count_blocks(const job *j, const place *p, void *arg) {
  need *n = arg;
  (void)j;
  if (p->type == n->type) n->blocks += p->nhigh * p->nwide;
}

/* Number of blocks of a type and the sizes of its components. */
static need measure(const job *j, int64_t type) {
  need n = {type, 0, 0, 0};
  weyl_blocktype t = weyl_blocks_type(j->pattern, type);
  const int64_t *at = t.component;
  visit_pairs(j, count_blocks, &n);
  for (int64_t i = 0; i < t.ncomponent; i++) {
    weyl_blockcomponent c = weyl_blocks_component(&at);
    if (c.m > n.widest) n.widest = c.m;
    if (c.k > n.most) n.most = c.k;
  }
  return n;
}

#define ELEM float
#define DTYPE WEYL_F32
#define ID(name) name##_f32
#define GEMM cblas_sgemm
#include "exec/blockmap.inc"

#define ELEM double
#define DTYPE WEYL_F64
#define ID(name) name##_f64
#define GEMM cblas_dgemm
#include "exec/blockmap.inc"

/* ---- the pattern is data: it is checked before it is followed ---- */

/* Whether type t lies within pattern and values. */
static int type_is_valid(const weyl_call *c, int64_t t) {
  const int64_t *pattern = c->in[2].data;
  int64_t np = c->in[2].size, nv = c->in[1].size;
  const int64_t *head = pattern + 1 + WEYL_BLOCKS_HEAD * t;
  int64_t size = head[0], at = head[2], value = head[3];
  if (size < 0 || size > INT32_MAX || at < 0 || value < 0 ||
      value > nv - size)
    return 0;
  value += size;
  for (int64_t i = 0; i < head[1]; i++) {
    if (at >= np - 1 || pattern[at] < 1 || pattern[at] > size ||
        pattern[at] > np - at - 2 || pattern[at + 1] < 0 ||
        pattern[at + 1] > pattern[at])
      return 0;
    int64_t m = pattern[at], k = pattern[at + 1];
    at += 2;
    for (int64_t n = 0; n < m; n++, at++)
      if (pattern[at] < 0 || pattern[at] >= size) return 0;
    value += weyl_blocks_values(m, k);
    if (value > nv) return 0;
  }
  return 1;
}

typedef struct validity {
  int64_t ntype;
  int ok;
} validity;

static void check_pair(const job *j, const place *p, void *arg) {
  validity *v = arg;
  if (p->type >= v->ntype ||
      weyl_blocks_type(j->pattern, p->type).size != p->high * p->wide)
    v->ok = 0;
}

static weyl_status check_pattern(const weyl_call *c, const job *j) {
  int64_t np = c->in[2].size;
  validity v = {np > 0 ? j->pattern[0] : -1, 0};
  v.ok = v.ntype >= 0 && v.ntype <= (np - 1) / WEYL_BLOCKS_HEAD;
  for (int64_t t = 0; v.ok && t < v.ntype; t++) v.ok = type_is_valid(c, t);
  if (v.ok) visit_pairs(j, check_pair, &v);
  if (v.ok) return WEYL_OK;
  return weyl_fail(WEYL_EINVAL,
                   "block_map: the pattern does not fit W's representations "
                   "and the values");
}

weyl_status weyl_kernel_BLOCKMAP(const weyl_call *c) {
  const weyl_operand *w = &c->in[0];
  job j = {weyl_blocks_attr(c->attr), w->rank == 2 ? w->dims[1] : 1,
           c->in[2].data, c->in[1].data, w->data, c->out.data};
  weyl_status s = check_pattern(c, &j);
  if (s != WEYL_OK) return s;
  return w->dtype == WEYL_F32 ? block_map_f32(&j) : block_map_f64(&j);
}

/*
** ---- 1/2 <x, y> ----
** Chunks of one fixed length keep the sum independent of the thread count
** and add up in f64.
*/
enum { CHUNK = 4096 };

weyl_status weyl_kernel_HALFQUAD(const weyl_call *c) {
  const float *x = c->in[0].data, *y = c->in[1].data;
  const double *dx = c->in[0].data, *dy = c->in[1].data;
  int narrow = c->out.dtype == WEYL_F32;
  double sum = 0;
  for (int64_t i = 0; i < c->in[0].size; i += CHUNK) {
    int64_t left = c->in[0].size - i;
    int n = (int)(left < CHUNK ? left : CHUNK);
    sum += narrow ? (double)cblas_sdot(n, x + i, 1, y + i, 1)
                  : cblas_ddot(n, dx + i, 1, dy + i, 1);
  }
  if (narrow) *(float *)c->out.data = (float)(sum / 2);
  else *(double *)c->out.data = sum / 2;
  return WEYL_OK;
}
