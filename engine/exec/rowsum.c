/*
** rowsum.c: sums over rows of the product of two readings, long rows kept:
**
**   out[a, c] = sum_r x[a, r, c] y[a, r, c]
**
** This is what contractions over small indices come to when the batch runs
** innermost. Rows are read where they lie and sums stay in registers. Since
** dims of A, R and C are never merged (emit.c), the place of a row is a sum
** of three offsets; those of R are the same for all a and c.
*/
#include "base/stop.h"
#include "base/thread.h"
#include "exec/plan.h"

enum { ROWS_MAX = 256, RUN_MIN = 64 };

static int readable(const fused *f, const load *l) {
  return (l->mode == LOAD_DIRECT || l->mode == LOAD_STRIDED) &&
         l->stride[f->rank - 1] == l->size;
}

int weyl_is_rowsum(const fused *f, const weyl_kernel_table *k) {
  if (f->reduce != OP_SUM || f->ncode != 1 || f->nload != 2 ||
      f->dtype > WEYL_F64 || f->total == 0 || f->R > ROWS_MAX ||
      f->c_from == f->rank || f->dims[f->rank - 1] < RUN_MIN)
    return 0;
  const instr *x = f->code;
  return x->fn == k->ew[OP_MUL][f->dtype] && x->a != x->b &&
         readable(f, &f->loads[0]) && readable(f, &f->loads[1]);
}

typedef struct job {
  const fused *f;
  char *const *ptr;
  int64_t run, runs;             /* length of a run of C; runs in C */
  int64_t row[2][ROWS_MAX];      /* offsets of the rows in bytes */
} job;

/* Offset of index i of the dims [from, to) taken together. */
static int64_t offset(const fused *f, const load *l, int from, int to,
                      int64_t i) {
  int64_t at = 0;
  for (int d = to; d-- > from; i /= f->dims[d])
    at += i % f->dims[d] * l->stride[d];
  return at;
}

static void task(void *arg, size_t begin, size_t end, int worker) {
  const job *j = arg;
  const fused *f = j->f;
  char *out = j->ptr[f->out.slot] + f->out.offset;
  weyl_rowsum_fn sum = weyl_kernels()->rowsum[f->dtype];
  (void)worker;
  for (int64_t u = (int64_t)begin; u < (int64_t)end; u++) {
    if (weyl_stopping()) return;
    const char *x[2];
    for (int k = 0; k < 2; k++) {
      const load *l = &f->loads[k];
      x[k] = j->ptr[l->at.slot] + l->at.offset +
             offset(f, l, 0, f->r_from, u / j->runs) +
             offset(f, l, f->c_from, f->rank - 1, u % j->runs);
    }
    sum((size_t)j->run, (size_t)f->R, out + u * j->run * f->outsize, x[0],
        j->row[0], x[1], j->row[1]);
  }
}

void weyl_run_rowsum(const fused *f, char *const *ptr) {
  job j = {.f = f, .ptr = ptr, .run = f->dims[f->rank - 1]};
  j.runs = f->C / j.run;
  for (int k = 0; k < 2; k++)
    for (int64_t r = 0; r < f->R; r++)
      j.row[k][r] = offset(f, &f->loads[k], f->r_from, f->c_from, r);
  size_t units = (size_t)(f->A * j.runs), grain = units;
  if (f->total > 1 << 19) grain = (units + 15) / 16;
  weyl_parallel(units, grain, task, &j);
}
