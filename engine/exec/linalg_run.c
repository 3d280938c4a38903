/*
** linalg_run.c: walking a linear algebra kernel over a batch, its scratch
** and its messages.
*/
#include <limits.h>
#include <stdio.h>

#include "base/stop.h"
#include "base/thread.h"
#include "exec/linalg.h"

/* ---- scratch ---- */

void *la_scratch(la_job *j, size_t bytes) {
  return weyl_region_alloc(&j->region, bytes > 0 ? bytes : 1);
}

/*
** OpenBLAS 0.3.21's complex matrix-vector kernels read, without using it, up
** to a row past the end of a matrix: there is room for that.
*/
void *la_matrix(la_job *j, int m, int n) {
  size_t elements = ((size_t)m + 1) * (size_t)n;
  return la_scratch(j, elements * j->t->size + WEYL_PAD);
}

void la_room_ask(la_room *r) {
  *r = (la_room){.lwork = -1, .lrwork = -1, .liwork = -1};
  r->work = &r->answer;
  r->rwork = &r->ranswer;
  r->iwork = &r->ianswer;
}

/* Single-precision answers may be rounded down: a little is added. */
static double room_read(const la_job *j, const void *answer) {
  if (j->t->real == sizeof(float)) return *(const float *)answer * 1.000001;
  return *(const double *)answer;
}

int la_room_fill(la_job *j, la_room *r) {
  double work = room_read(j, &r->answer), rwork = room_read(j, &r->ranswer);
  if (!(work < INT_MAX) || !(rwork < INT_MAX)) {
    weyl_fail(WEYL_EINVAL, "%s: x is too large for LAPACK: [%d, %d]", j->op,
              j->m, j->n);
    return 0;
  }
  r->lwork = (int)work + 1;
  r->lrwork = (int)rwork + 1;
  r->liwork = r->ianswer + 1;
  r->work = la_matrix(j, r->lwork, 1);
  r->rwork = la_scratch(j, (size_t)r->lrwork * j->t->real);
  r->iwork = la_scratch(j, (size_t)r->liwork * sizeof(int));
  return r->work != NULL && r->rwork != NULL && r->iwork != NULL;
}

/* ---- the walk ---- */

void la_threads(int m, int n, int k) {
  double work = (double)m * n * k;
  weyl_blas_threads(work > 128.0 * 128 * 128 ? weyl_threads() : 1);
}

/* Splits the last two dimensions off; the product of the others. */
static size_t open_job(la_job *j, const weyl_call *c, const char *op) {
  const weyl_operand *x = &c->in[0];
  size_t batch = 1;
  j->call = c;
  j->op = op;
  j->t = la_types[x->dtype];
  j->m = (int)x->dims[x->rank - 2];
  j->n = (int)x->dims[x->rank - 1];
  j->k = j->m < j->n ? j->m : j->n;
  for (int d = 0; d < x->rank - 2; d++) batch *= (size_t)x->dims[d];
  return batch;
}

weyl_status la_run(const weyl_call *c, const char *op, la_prepare prepare,
                   la_one one) {
  la_job j = {0};
  size_t batch = open_job(&j, c, op);
  if (c->out.size == 0) return WEYL_OK;
  const char *x = c->in[0].data;
  char *y = c->out.data;
  size_t xstep = (size_t)j.m * (size_t)j.n * j.t->size;
  size_t ystep = (size_t)c->out.size / batch * j.t->size;
  la_threads(j.m, j.n, j.k);
  weyl_status s = prepare(&j) ? WEYL_OK : weyl_error_status();
  for (size_t i = 0; i < batch && s == WEYL_OK; i++)
    s = weyl_stopping() ? weyl_stopped()
                        : one(&j, x + i * xstep, y + i * ystep, i);
  weyl_region_clear(&j.region);
  return s;
}

/* ---- messages ---- */

const char *la_name(char buf[LA_NAME], const char *arg, const weyl_operand *x,
                    size_t i) {
  int batch = x->rank - 2;
  int64_t at[WEYL_MAX_RANK];
  int n = snprintf(buf, LA_NAME, "%s", arg);
  for (int d = batch - 1; d >= 0; d--) {
    at[d] = (int64_t)i % x->dims[d] + 1;
    i /= (size_t)x->dims[d];
  }
  for (int d = 0; d < batch && n < LA_NAME; d++)
    n += snprintf(buf + n, (size_t)(LA_NAME - n), "%s%lld", d ? ", " : "[",
                  (long long)at[d]);
  if (batch > 0 && n < LA_NAME) snprintf(buf + n, (size_t)(LA_NAME - n), "]");
  return buf;
}

weyl_status la_check_finite(la_job *j, const void *x, size_t i) {
  char name[LA_NAME];
  if (j->t->finite((size_t)j->m * (size_t)j->n, x)) return WEYL_OK;
  return weyl_fail(WEYL_ENUMERIC, "%s: %s has NaN or Inf entries", j->op,
                   la_name(name, "x", &j->call->in[0], i));
}

weyl_status la_singular(const char *op, const char *arg,
                        const weyl_operand *x, size_t i, int pivot) {
  char name[LA_NAME];
  return weyl_fail(WEYL_ENUMERIC, "%s: %s is singular: pivot %d is 0", op,
                   la_name(name, arg, x, i), pivot);
}

weyl_status la_diverged(la_job *j, size_t i) {
  char name[LA_NAME];
  return weyl_fail(WEYL_ENUMERIC, "%s: LAPACK did not converge for %s", j->op,
                   la_name(name, "x", &j->call->in[0], i));
}
