/*
** fused.c: runs one fused step, block by block.
**
** Blocks are whole vectors (multiples of 16 elements): loads may read and
** the last store may write past the end, into the padding every buffer has.
** How work is cut depends on shapes only, so sums have the same bits for
** every thread count.
*/
#include <string.h>

#include "base/stop.h"
#include "base/thread.h"
#include "exec/cursor.h"

enum { VECTOR = 16, BLOCK_BYTES = 4096, REGS_MAX = 192, LOADS_MAX = 128 };
enum { SERIAL = 1 << 19 };      /* element-instructions below this stay put */
enum { CHUNK = 1 << 16 };       /* elements per partial sum */
enum { LONG_ROW = 64 };         /* entries that are worth a block alone */

typedef struct frame {
  const fused *f;
  char *const *ptr;
  char *reg[REGS_MAX]; /* where each register's block is */
  cursor at[LOADS_MAX]; /* of strided loads */
  char *scratch;
} frame;

static int64_t rounded(int64_t n) {
  return (n + VECTOR - 1) / VECTOR * VECTOR;
}

/* ---- loads ---- */

static void fill(char *to, const char *value, size_t size, int64_t n) {
  switch (size) {
    case 1: memset(to, *value, (size_t)n); break;
    case 4: {
      uint32_t v, *p = (uint32_t *)to;
      memcpy(&v, value, 4);
      for (int64_t i = 0; i < n; i++) p[i] = v;
      break;
    }
    case 8: {
      uint64_t v, *p = (uint64_t *)to;
      memcpy(&v, value, 8);
      for (int64_t i = 0; i < n; i++) p[i] = v;
      break;
    }
    default:
      for (int64_t i = 0; i < n; i++) memcpy(to + 16 * i, value, 16);
  }
}

/* n elements `stride` bytes apart. */
static void collect(char *to, const char *from, size_t size, int64_t stride,
                    int64_t n) {
  if (stride == (int64_t)size) {
    memcpy(to, from, (size_t)n * size);
  } else if (stride == 0) {
    fill(to, from, size, n);
  } else if (size == 4) {
    uint32_t *p = (uint32_t *)to;
    for (int64_t i = 0; i < n; i++) memcpy(p + i, from + i * stride, 4);
  } else if (size == 8) {
    uint64_t *p = (uint64_t *)to;
    for (int64_t i = 0; i < n; i++) memcpy(p + i, from + i * stride, 8);
  } else {
    for (int64_t i = 0; i < n; i++)
      memcpy(to + (size_t)i * size, from + i * stride, size);
  }
}

/*
** Elements [start, start + n) of a strided reading. Returns where they are:
** in place when they lie in one run, else collected into `to`.
*/
static char *gather(const fused *f, const load *l, cursor *c, char *base,
                    char *to, int64_t start, int64_t n) {
  int64_t stride = l->stride[f->rank - 1];
  cursor_seek(c, f, l, start);
  if (cursor_run(c, f) >= n && stride == l->size) {
    char *p = base + c->at;
    cursor_step(c, f, l, n);
    return p;
  }
  for (char *p = to; n > 0;) {
    int64_t run = cursor_run(c, f);
    if (run > n) run = n;
    collect(p, base + c->at, l->size, stride, run);
    cursor_step(c, f, l, run);
    p += run * l->size;
    n -= run;
  }
  return to;
}

/* ---- one block ---- */

static void open_frame(frame *fr, const fused *f, char *const *ptr,
                       char *scratch, int64_t n) {
  fr->f = f;
  fr->ptr = ptr;
  fr->scratch = scratch;
  if (n > f->block) n = f->block;
  for (int r = 0; r < f->nreg; r++)
    fr->reg[r] = scratch + (size_t)r * BLOCK_BYTES;
  for (int k = 0; k < f->nload; k++) {
    const load *l = &f->loads[k];
    char *at = ptr[l->at.slot] + l->at.offset;
    if (l->mode == LOAD_SCALAR) fill(fr->reg[k], at, l->size, rounded(n));
    else if (l->mode == LOAD_ONE) fr->reg[k] = at;
    else fr->at[k].pos = -1;
  }
}

static void execute(const frame *fr, const instr *x, size_t n, char *to) {
  if (x->fn != NULL)
    x->fn(n, to, fr->reg[x->a], fr->reg[x->b], fr->reg[x->c]);
  else
    x->chain(n, to, fr->reg[x->a], x->nop, x->op, fr->reg);
}

/* Computes [start, start + n); the result's block is returned. With `out`
** the last instruction writes there. */
static char *run_block(frame *fr, int64_t start, int64_t n, char *out) {
  const fused *f = fr->f;
  for (int k = 0; k < f->nload; k++) {
    const load *l = &f->loads[k];
    char *base = fr->ptr[l->at.slot] + l->at.offset;
    if (l->mode == LOAD_DIRECT)
      fr->reg[k] = base + start * l->size;
    else if (l->mode == LOAD_STRIDED)
      fr->reg[k] = gather(f, l, &fr->at[k], base,
                          fr->scratch + (size_t)k * BLOCK_BYTES, start, n);
  }
  size_t width = (size_t)rounded(n);
  const instr *x = f->code, *end = x + f->ncode;
  if (out != NULL) end--;
  for (; x < end; x++) execute(fr, x, width, fr->reg[x->dst]);
  if (out == NULL) return fr->reg[f->result];
  execute(fr, x, width, out);
  return out;
}

/* ---- elementwise ---- */

typedef struct job {
  const fused *f;
  char *const *ptr;
  char *scratch, *partial;
  size_t stride;
  int64_t chunk, nchunk; /* rows of R per unit, units per run of columns */
} job;

static void elementwise_task(void *arg, size_t begin, size_t end,
                             int worker) {
  const job *j = arg;
  const fused *f = j->f;
  char *out = j->ptr[f->out.slot] + f->out.offset;
  frame fr;
  open_frame(&fr, f, j->ptr, j->scratch + (size_t)worker * j->stride,
             f->total);
  for (size_t b = begin; b < end && !weyl_stopping(); b++) {
    int64_t start = (int64_t)b * f->block, n = f->total - start;
    if (n > f->block) n = f->block;
    char *to = out + start * f->outsize;
    if (f->ncode > 0) {
      run_block(&fr, start, n, to);
    } else {
      char *from = run_block(&fr, start, n, NULL);
      memcpy(to, from, (size_t)n * (size_t)f->outsize);
    }
  }
}

static void run_elementwise(job *j) {
  const fused *f = j->f;
  size_t blocks = (size_t)((f->total + f->block - 1) / f->block);
  int64_t work = f->total * (f->ncode + 1);
  size_t grain = work < SERIAL ? blocks : (blocks + 15) / 16;
  weyl_parallel(blocks, grain > 0 ? grain : 1, elementwise_task, j);
}

/* ---- reductions ---- */

static size_t acc_size(const fused *f) {
  return weyl_dtype_size(weyl_accumulator(f->reduce, f->dtype));
}

static void clear(const fused *f, char *acc, int64_t n) {
  char one[16] = {0};
  weyl_neutral(f->reduce, f->dtype, one);
  fill(acc, one, acc_size(f), n);
}

/* Folds `rows` rows of C entries into acc. */
static void fold(const fused *f, char *acc, const char *x, int64_t rows) {
  const weyl_kernel_table *k = weyl_kernels();
  if (f->C == 1) {
    k->row[f->reduce][f->dtype]((size_t)rows, acc, x);
    return;
  }
  weyl_red_fn col = k->col[f->reduce][f->dtype];
  for (int64_t r = 0; r < rows; r++)
    col((size_t)f->C, acc, x + r * f->C * f->outsize);
}

/* Narrows n accumulators into the output's elements from index `at`. */
static void finish(const fused *f, char *const *ptr, const char *acc,
                   int64_t at, int64_t n) {
  char *out = ptr[f->out.slot] + f->out.offset;
  int wide = weyl_accumulator(f->reduce, f->dtype);
  if (wide == f->outdtype) {
    size_t size = weyl_dtype_size(wide);
    memcpy(out + at * (int64_t)size, acc, (size_t)n * size);
    return;
  }
  int64_t parts = weyl_is_complex(wide) ? 2 : 1; /* f64 -> f32 */
  const double *from = (const double *)(const void *)acc;
  float *to = (float *)(void *)out + at * parts;
  for (int64_t i = 0; i < n * parts; i++) to[i] = (float)from[i];
}

/*
** Whether to take rows one by one: a strided reading whose rows are runs of
** memory is then used where it lies, and need not be collected.
*/
static int one_run(const fused *f) {
  if (f->C < LONG_ROW) return 0;
  for (int k = 0; k < f->nload; k++)
    if (f->loads[k].mode == LOAD_STRIDED) return 1;
  return 0;
}

/*
** Columns are folded in runs of a block at most, so that sums take little
** memory however long rows are.
*/
typedef struct run {
  int64_t a, c, n; /* columns [c, c + n) of outer row a */
} run;

static int64_t runs_per_row(const fused *f) {
  return (f->C + f->block - 1) / f->block;
}

static run run_number(const fused *f, int64_t i) {
  int64_t per_row = runs_per_row(f);
  run r = {i / per_row, i % per_row * f->block, f->C};
  if (r.n - r.c > f->block) r.n = f->block;
  else r.n -= r.c;
  return r;
}

/* Bytes of the sums of a run. */
static size_t run_bytes(const fused *f) {
  return (size_t)(f->C < f->block ? f->C : f->block) * acc_size(f);
}

/* Folds rows [r0, r1) of a run. */
static void fold_rows(frame *fr, char *acc, run u, int64_t r0, int64_t r1) {
  const fused *f = fr->f;
  int64_t row = (u.a * f->R + r0) * f->C, end = (u.a * f->R + r1) * f->C;
  if (u.n == f->C) {
    int64_t rows = one_run(f) ? 1 : f->block / f->C;
    for (; row < end && !weyl_stopping(); row += rows * f->C) {
      int64_t left = (end - row) / f->C;
      if (left < rows) rows = left;
      fold(f, acc, run_block(fr, row, rows * f->C, NULL), rows);
    }
    return;
  }
  weyl_red_fn col = weyl_kernels()->col[f->reduce][f->dtype];
  for (; row < end && !weyl_stopping(); row += f->C)
    col((size_t)u.n, acc, run_block(fr, row + u.c, u.n, NULL));
}

/* Outer rows so short that several share a block. */
static void short_units(frame *fr, char *acc, int64_t begin, int64_t end) {
  const fused *f = fr->f;
  int64_t unit = f->R * f->C, many = f->block / unit;
  for (int64_t a = begin; a < end && !weyl_stopping(); a += many) {
    if (many > end - a) many = end - a;
    const char *x = run_block(fr, a * unit, many * unit, NULL);
    for (int64_t i = 0; i < many; i++) {
      clear(f, acc, f->C);
      fold(f, acc, x + i * unit * f->outsize, f->R);
      finish(f, fr->ptr, acc, (a + i) * f->C, f->C);
    }
  }
}

static void reduce_task(void *arg, size_t begin, size_t end, int worker) {
  const job *j = arg;
  const fused *f = j->f;
  size_t size = run_bytes(f);
  frame fr;
  open_frame(&fr, f, j->ptr, j->scratch + (size_t)worker * j->stride,
             f->total);
  char *own = j->partial + (size_t)worker * size;
  if (j->nchunk == 1 && f->R * f->C <= f->block / 2 && f->R > 0 &&
      !one_run(f)) {
    short_units(&fr, own, (int64_t)begin, (int64_t)end);
    return;
  }
  for (int64_t u = (int64_t)begin; u < (int64_t)end; u++) {
    if (weyl_stopping()) return;
    run at = run_number(f, u / j->nchunk);
    int64_t r0 = u % j->nchunk * j->chunk;
    int64_t r1 = r0 + j->chunk < f->R ? r0 + j->chunk : f->R;
    char *acc = j->nchunk == 1 ? own : j->partial + (size_t)u * size;
    clear(f, acc, at.n);
    fold_rows(&fr, acc, at, r0, r1);
    if (j->nchunk == 1) finish(f, j->ptr, acc, at.a * f->C + at.c, at.n);
  }
}

/* Adds up the partial results of each run, in order. */
static void combine(const job *j) {
  const fused *f = j->f;
  int wide = weyl_accumulator(f->reduce, f->dtype);
  weyl_red_fn col = weyl_kernels()->col[f->reduce][wide];
  size_t size = run_bytes(f);
  for (int64_t i = 0; i < f->A * runs_per_row(f); i++) {
    run at = run_number(f, i);
    char *first = j->partial + (size_t)(i * j->nchunk) * size;
    for (int64_t c = 1; c < j->nchunk; c++)
      col((size_t)at.n, first, first + (size_t)c * size);
    finish(f, j->ptr, first, at.a * f->C + at.c, at.n);
  }
}

/* Cuts R into pieces of about CHUNK elements when there are few runs. */
static int64_t chunks(const fused *f, int64_t *rows) {
  int64_t wide = f->C < f->block ? f->C : f->block;
  int64_t n = f->A * runs_per_row(f) < 16 ? f->R * wide / CHUNK : 1;
  if (n < 1) n = 1;
  if (n > f->R) n = f->R > 0 ? f->R : 1;
  *rows = (f->R + n - 1) / n;
  return *rows > 0 ? (f->R + *rows - 1) / *rows : 1;
}

size_t weyl_fused_partials(const fused *f) {
  int64_t rows;
  if (f->reduce < 0) return 0;
  int64_t n = chunks(f, &rows);
  int64_t units = n > 1 ? f->A * runs_per_row(f) * n : 0;
  if (units < WEYL_MAX_THREADS) units = WEYL_MAX_THREADS;
  size_t bytes = (size_t)units * run_bytes(f);
  return (bytes + WEYL_ALIGN - 1) / WEYL_ALIGN * WEYL_ALIGN;
}

static void run_reduce(job *j) {
  const fused *f = j->f;
  j->nchunk = chunks(f, &j->chunk);
  size_t units = (size_t)(f->A * runs_per_row(f) * j->nchunk);
  int64_t work = f->total * (f->ncode + 1);
  size_t grain = work < SERIAL ? units : (units + 15) / 16;
  weyl_parallel(units, grain > 0 ? grain : 1, reduce_task, j);
  if (j->nchunk > 1) combine(j);
}

void weyl_run_fused(const fused *f, char *const *ptr, char *scratch,
                    size_t stride, char *partial) {
  job j = {.f = f, .ptr = ptr, .scratch = scratch, .partial = partial,
           .stride = stride};
  if (f->rowsum) weyl_run_rowsum(f, ptr);
  else if (f->reduce >= 0) run_reduce(&j);
  else if (f->total > 0) run_elementwise(&j);
}
