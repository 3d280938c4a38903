/*
** gemm.c: matrix products. OpenBLAS does them; where a product is so small
** that the call costs more than the work, a plain loop.
*/
#include <cblas.h>
#include <string.h>

#include "base/stop.h"
#include "base/thread.h"
#include "exec/plan.h"

enum { TINY = 1024 };            /* multiply-adds below which loops win */
#define THREADED (160.0 * 160 * 160) /* below which one thread is faster */

/*
** OpenBLAS works on one thread; large products are cut here. Its own threads
** spin while they wait, beside ours and every other process's.
*/
void weyl_blas_threads(int n) {
  static int set = 0;
  if (n == set) return;
  openblas_set_num_threads(n);
  set = n;
}

/* One product, or a part [m, n] of one. */
typedef struct product {
  const gemm *g;
  int64_t m, n;
  const char *a, *b;
  char *out;
} product;

#define TINY_GEMM(name, type)                                              \
  static void name(const product *p) {                                     \
    const gemm *g = p->g;                                                  \
    const type *a = (const void *)p->a, *b = (const void *)p->b;           \
    type *c = (void *)p->out;                                              \
    int64_t ai = g->ta ? 1 : g->lda, ak = g->ta ? g->lda : 1;              \
    int64_t bk = g->tb ? 1 : g->ldb, bj = g->tb ? g->ldb : 1;              \
    for (int64_t i = 0; i < p->m; i++) {                                   \
      type *row = c + i * g->n;                                            \
      for (int64_t j = 0; j < p->n; j++) row[j] = 0;                       \
      for (int64_t k = 0; k < g->k; k++) {                                 \
        type x = a[i * ai + k * ak];                                       \
        const type *y = b + k * bk;                                        \
        if (bj == 1)                                                       \
          for (int64_t j = 0; j < p->n; j++) row[j] += x * y[j];           \
        else                                                               \
          for (int64_t j = 0; j < p->n; j++) row[j] += x * y[j * bj];      \
      }                                                                    \
    }                                                                      \
  }

TINY_GEMM(tiny_f32, float)
TINY_GEMM(tiny_f64, double)

static void blas(const product *p) {
  const gemm *g = p->g;
  CBLAS_TRANSPOSE ta = g->ta ? CblasTrans : CblasNoTrans;
  CBLAS_TRANSPOSE tb = g->tb ? CblasTrans : CblasNoTrans;
  blasint m = (blasint)p->m, n = (blasint)p->n, k = (blasint)g->k;
  blasint lda = (blasint)g->lda, ldb = (blasint)g->ldb, ldc = (blasint)g->n;
  const float one32[2] = {1, 0}, zero32[2] = {0, 0};
  const double one64[2] = {1, 0}, zero64[2] = {0, 0};
  const void *a = p->a, *b = p->b;
  void *c = p->out;
  switch (g->dtype) {
    case WEYL_F32:
      cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c,
                  ldc);
      break;
    case WEYL_F64:
      cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c,
                  ldc);
      break;
    case WEYL_C64:
      cblas_cgemm(CblasRowMajor, ta, tb, m, n, k, one32, a, lda, b, ldb,
                  zero32, c, ldc);
      break;
    default:
      cblas_zgemm(CblasRowMajor, ta, tb, m, n, k, one64, a, lda, b, ldb,
                  zero64, c, ldc);
  }
}

static void one_product(const product *p) {
  int tiny = p->m * p->n * p->g->k <= TINY;
  if (tiny && p->g->dtype == WEYL_F32) tiny_f32(p);
  else if (tiny && p->g->dtype == WEYL_F64) tiny_f64(p);
  else blas(p);
}

/*
** ---- cutting ----
** Only rows and columns are cut, never the sum over k, and at places that
** depend on sizes alone.
*/
enum { KERNEL = 48 };      /* rows and columns of whole micro-kernels */
#define LONGEST 6e10       /* multiply-adds times bytes: half a second */

static product rows(product p, int64_t at, int64_t m) {
  int64_t size = (int64_t)weyl_dtype_size(p.g->dtype);
  p.m = m;
  p.a += at * (p.g->ta ? 1 : p.g->lda) * size;
  p.out += at * p.g->n * size;
  return p;
}

static product columns(product p, int64_t at, int64_t n) {
  int64_t size = (int64_t)weyl_dtype_size(p.g->dtype);
  p.n = n;
  p.b += at * (p.g->tb ? p.g->ldb : 1) * size;
  p.out += at * size;
  return p;
}

/* Halves until no call takes long: between calls it may be stopped. */
static void in_pieces(product p) {
  int64_t most = p.m >= p.n ? p.m : p.n, half = most / 2 / KERNEL * KERNEL;
  double work = (double)p.m * (double)p.n * (double)p.g->k;
  if (weyl_stopping()) return;
  if (work * (double)weyl_dtype_size(p.g->dtype) <= LONGEST || half == 0) {
    one_product(&p);
  } else if (p.m >= p.n) {
    in_pieces(rows(p, 0, half));
    in_pieces(rows(p, half, p.m - half));
  } else {
    in_pieces(columns(p, 0, half));
    in_pieces(columns(p, half, p.n - half));
  }
}

/* Products [begin, end) of the batch. */
static void batch_task(void *arg, size_t begin, size_t end, int worker) {
  const product *all = arg;
  const gemm *g = all->g;
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
    product p = *all;
    p.a += a * size;
    p.b += b * size;
    p.out += i * g->m * g->n * size;
    in_pieces(p);
  }
}

/* Rows, or columns where there are more, [begin, end) of one product. */
static void part_task(void *arg, size_t begin, size_t end, int worker) {
  const product *p = arg;
  int64_t at = (int64_t)begin, n = (int64_t)(end - begin);
  (void)worker;
  in_pieces(p->g->m >= p->g->n ? rows(*p, at, n) : columns(*p, at, n));
}

/* Whole micro-kernels per thread. */
static void run_parts(product *p) {
  size_t n = (size_t)(p->m >= p->n ? p->m : p->n);
  size_t threads = (size_t)weyl_threads();
  size_t part = (n + threads - 1) / threads;
  weyl_parallel(n, (part + KERNEL - 1) / KERNEL * KERNEL, part_task, p);
}

void weyl_run_gemm(const gemm *g, char *const *ptr) {
  product p = {g, g->m, g->n, ptr[g->a.slot] + g->a.offset,
               ptr[g->b.slot] + g->b.offset,
               ptr[g->out.slot] + g->out.offset};
  if (g->m == 0 || g->n == 0 || g->batch == 0) return;
  if (g->k == 0) {
    memset(p.out, 0, (size_t)(g->batch * g->m * g->n) *
                         weyl_dtype_size(g->dtype));
    return;
  }
  weyl_blas_threads(1);
  double work = (double)g->m * (double)g->n * (double)g->k;
  size_t batch = (size_t)g->batch;
  if (batch == 1 && work > THREADED) {
    run_parts(&p);
  } else {
    int spread = work * (double)g->batch > THREADED;
    weyl_parallel(batch, spread ? 1 : batch, batch_task, &p);
  }
}
