/*
** linalg.h: what the linear algebra kernels share.
**
** la_type is the set of typed routines a kernel needs, one table per float
** dtype (linalg_type.c), so that each kernel is written once. Matrices are
** row-major and dense. LAPACK is column-major: it sees the transpose, and
** every kernel says how it makes use of that instead of copying.
**
** la_run walks a kernel over the matrices of a batch with scratch that is
** allocated once (counted, in a region) and freed whatever happens.
*/
#ifndef weyl_linalg_h
#define weyl_linalg_h

#include <complex.h>

#include "base/region.h"
#include "exec/kernels.h"

typedef double complex la_scalar; /* holds an element of any dtype */

/*
** Scratch of a LAPACK routine. la_room_ask makes the routine's next call a
** question for sizes; la_room_fill allocates what it answered.
*/
typedef struct la_room {
  void *work, *rwork; /* elements; reals */
  int *iwork;
  int lwork, lrwork, liwork;
  union { float f; double d[2]; } answer, ranswer;
  int ianswer;
} la_room;

typedef struct la_type {
  size_t size, real; /* bytes of an element, of its real part */
  double eps;        /* distance from 1 to the next number */

  /* ---- elements ---- */
  int (*finite)(size_t n, const void *x);
  void (*load)(size_t n, la_scalar *y, const void *x);
  void (*store)(size_t n, void *y, const la_scalar *x);
  void (*from_real)(size_t n, void *y, const void *x); /* x: reals */
  void (*axpy)(size_t n, double a, const void *x, void *y); /* y += a x */
  void (*turn)(size_t n, void *x, int stride, la_scalar p); /* x *= p */
  la_scalar (*phase)(int n, const void *x, int stride); /* see la_gauge */

  /* ---- matrices ---- */
  void (*hermitian)(int n, void *y, const void *x); /* y = (x + x^H) / 2 */
  void (*adjoint)(int m, int n, void *y, const void *x); /* y = x^H [n, m] */
  double (*norm)(int n, const void *x); /* largest row sum of moduli */
  void (*shift)(int n, double a, void *x);  /* x += a I */
  /* c [m, n] = op(a) op(b), inner side k; op is ^H where ha, hb is 1 */
  void (*gemm)(int ha, int hb, int m, int n, int k, const void *a,
               const void *b, void *c);
  /* b [n, m] = a^-1 b, a triangular */
  void (*trsm)(int lower, int unit, int n, int m, const void *a, void *b);

  /*
  ** ---- factorisations, in place; the result is LAPACK's info ----
  ** getrf factors the transpose of what lies in memory: U^T L^T P^T. getrs
  ** (b [n, m] = a^-1 b), getri and pivots understand that.
  */
  int (*potrf)(int n, void *a); /* lower factor in the lower triangle */
  int (*getrf)(int n, void *a, int *piv);
  void (*getrs)(int n, int m, const void *lu, const int *piv, void *b);
  int (*getri)(int n, void *lu, const int *piv, la_room *r);
  /* determinant = *sign exp(*log) and its plain product */
  la_scalar (*pivots)(int n, const void *lu, const int *piv, la_scalar *sign,
                      double *log);
  /* a [m, n] -> reflectors; then the first k columns of its rows are Q */
  int (*gelqf)(int m, int n, void *a, void *tau, la_room *r);
  int (*unglq)(int m, int n, int k, void *a, const void *tau, la_room *r);
  /* a Hermitian -> row i is the conjugate of eigenvector i; w: reals */
  int (*heevd)(int n, void *a, void *w, la_room *r);
  /* a [m, n] is destroyed; u [m, k], s [k] reals, vh [k, n] */
  int (*gesdd)(int m, int n, void *a, void *u, void *s, void *vh,
               la_room *r);
} la_type;

extern const la_type *const la_types[WEYL_C128 + 1]; /* by dtype */

/* ---- a kernel over a batch (linalg_run.c) ---- */

typedef struct la_job {
  const weyl_call *call;
  const char *op;      /* the operation's name, for messages */
  const la_type *t;
  int m, n, k;         /* matrices [m, n], k = min(m, n) */
  weyl_region region;  /* owner of the scratch below */
  la_room room, more;
  void *s[12];         /* what prepare allocated; its meaning is the kernel's */
  int *piv;
} la_job;

/* Allocates scratch; nonzero when all of it was there. */
typedef int (*la_prepare)(la_job *j);
/* Computes matrix number i of the batch, x -> y. */
typedef weyl_status (*la_one)(la_job *j, const void *x, void *y, size_t i);

weyl_status la_run(const weyl_call *c, const char *op, la_prepare prepare,
                   la_one one);

/* Gives OpenBLAS the threads that m n k multiply-adds are worth. */
void la_threads(int m, int n, int k);

/* Zeroed scratch of the job; NULL only when memory is out. */
void *la_scratch(la_job *j, size_t bytes);
void *la_matrix(la_job *j, int m, int n); /* scratch for elements [m, n] */

void la_room_ask(la_room *r);
/* Nonzero when the scratch asked for was allocated. */
int la_room_fill(la_job *j, la_room *r);

/*
** What messages call matrix i of an operand: "x" or, in a batch, "x[2, 1]"
** with 1-based positions.
*/
#define LA_NAME 96
const char *la_name(char buf[LA_NAME], const char *arg, const weyl_operand *x,
                    size_t i);

/* Fails when matrix i of operand 0 holds NaN or Inf. */
weyl_status la_check_finite(la_job *j, const void *x, size_t i);
weyl_status la_singular(const char *op, const char *arg,
                        const weyl_operand *x, size_t i, int pivot);
weyl_status la_diverged(la_job *j, size_t i);

/*
** The gauge of eigenvectors and singular vectors. A vector that is free up
** to a sign (a phase when complex) is turned so that its leading entry, the
** first of at least 0.9 times the largest modulus, is real and positive.
** The margin keeps near ties, common in symmetric problems, from being
** decided by rounding. phase() gives the leading entry's phase, 1 for zeros.
*/
#define LA_LEADING 0.9

#endif
