/*
** gemm.c: matrix products. Large ones are OpenBLAS's; where a product is so
** small that the call costs more than the work, a plain loop.
*/
#include <cblas.h>
#include <string.h>

#include "base/thread.h"
#include "exec/plan.h"

enum { TINY = 1024 };            /* multiply-adds below which loops win */
#define THREADED (128.0 * 128 * 128) /* below which one thread is faster */

/* OpenBLAS keeps its own thread count; tell it only when ours changes. */
void weyl_blas_threads(int n) {
  static int set = 0;
  if (n == set) return;
  openblas_set_num_threads(n);
  set = n;
}

typedef struct product {
  const gemm *g;
  char *a, *b, *out;
} product;

#define TINY_GEMM(name, type)                                              \
  static void name(const gemm *g, const type *a, const type *b, type *c) { \
    int64_t ai = g->ta ? 1 : g->lda, ak = g->ta ? g->lda : 1;              \
    int64_t bk = g->tb ? 1 : g->ldb, bj = g->tb ? g->ldb : 1;              \
    for (int64_t i = 0; i < g->m; i++) {                                   \
      type *row = c + i * g->n;                                            \
      for (int64_t j = 0; j < g->n; j++) row[j] = 0;                       \
      for (int64_t k = 0; k < g->k; k++) {                                 \
        type x = a[i * ai + k * ak];                                       \
        const type *y = b + k * bk;                                        \
        if (bj == 1)                                                       \
          for (int64_t j = 0; j < g->n; j++) row[j] += x * y[j];           \
        else                                                               \
          for (int64_t j = 0; j < g->n; j++) row[j] += x * y[j * bj];      \
      }                                                                    \
    }                                                                      \
  }

TINY_GEMM(tiny_f32, float)
TINY_GEMM(tiny_f64, double)

static void blas(const gemm *g, const void *a, const void *b, void *c) {
  CBLAS_TRANSPOSE ta = g->ta ? CblasTrans : CblasNoTrans;
  CBLAS_TRANSPOSE tb = g->tb ? CblasTrans : CblasNoTrans;
  blasint m = (blasint)g->m, n = (blasint)g->n, k = (blasint)g->k;
  blasint lda = (blasint)g->lda, ldb = (blasint)g->ldb;
  const float one32[2] = {1, 0}, zero32[2] = {0, 0};
  const double one64[2] = {1, 0}, zero64[2] = {0, 0};
  switch (g->dtype) {
    case WEYL_F32:
      cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
      break;
    case WEYL_F64:
      cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
      break;
    case WEYL_C64:
      cblas_cgemm(CblasRowMajor, ta, tb, m, n, k, one32, a, lda, b, ldb,
                  zero32, c, n);
      break;
    default:
      cblas_zgemm(CblasRowMajor, ta, tb, m, n, k, one64, a, lda, b, ldb,
                  zero64, c, n);
  }
}

static void one_product(const gemm *g, const void *a, const void *b,
                        void *c) {
  int tiny = g->m * g->n * g->k <= TINY;
  if (tiny && g->dtype == WEYL_F32) tiny_f32(g, a, b, c);
  else if (tiny && g->dtype == WEYL_F64) tiny_f64(g, a, b, c);
  else blas(g, a, b, c);
}

static void batch_task(void *arg, size_t begin, size_t end, int worker) {
  const product *p = arg;
  const gemm *g = p->g;
  int64_t size = (int64_t)weyl_dtype_size(g->dtype);
  (void)worker;
  for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
    int64_t rest = i, a = 0, b = 0;
    for (int d = g->nbatch; d-- > 0;) {
      int64_t at = rest % g->bdims[d];
      rest /= g->bdims[d];
      a += at * g->astride[d];
      b += at * g->bstride[d];
    }
    one_product(g, p->a + a * size, p->b + b * size,
                p->out + i * g->m * g->n * size);
  }
}

void weyl_run_gemm(const gemm *g, char *const *ptr) {
  product p = {g, ptr[g->a.slot] + g->a.offset,
               ptr[g->b.slot] + g->b.offset,
               ptr[g->out.slot] + g->out.offset};
  if (g->m == 0 || g->n == 0 || g->batch == 0) return;
  if (g->k == 0) {
    memset(p.out, 0, (size_t)(g->batch * g->m * g->n) *
                         weyl_dtype_size(g->dtype));
    return;
  }
  double work = (double)g->m * (double)g->n * (double)g->k;
  int threads = weyl_threads();
  weyl_blas_threads(work > THREADED && g->batch < threads ? threads : 1);
  size_t batch = (size_t)g->batch;
  int spread = g->batch >= threads && work * (double)g->batch > THREADED;
  size_t grain = spread ? (batch + 15) / 16 : batch;
  if (work > THREADED && g->batch < threads) grain = batch;
  weyl_parallel(batch, grain, batch_task, &p);
}
