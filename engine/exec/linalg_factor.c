/*
** linalg_factor.c: kernels CHOLESKY and QR.
*/
#include <string.h>

#include "exec/linalg.h"

static int no_scratch(la_job *j) {
  (void)j;
  return 1;
}

/* The lower factor of (x + x^H) / 2, zeros above the diagonal. */
static weyl_status cholesky_one(la_job *j, const void *x, void *y, size_t i) {
  size_t n = (size_t)j->n, size = j->t->size;
  char *row = y, name[LA_NAME];
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  j->t->hermitian(j->n, y, x);
  int info = j->t->potrf(j->n, y);
  if (info > 0)
    return weyl_fail(WEYL_ENUMERIC,
                     "cholesky: %s is not positive definite: its leading "
                     "%d x %d block is not",
                     la_name(name, "x", &j->call->in[0], i), info, info);
  for (size_t r = 0; r < n; r++, row += n * size)
    memset(row + (r + 1) * size, 0, (n - r - 1) * size);
  return WEYL_OK;
}

weyl_status weyl_kernel_CHOLESKY(const weyl_call *c) {
  return la_run(c, "cholesky", no_scratch, cholesky_one);
}

/* s[0]: a copy of x [m, n]; s[1]: factors of the reflectors [k] */
static int prepare_qr(la_job *j) {
  j->s[0] = la_matrix(j, j->m, j->n);
  j->s[1] = la_matrix(j, j->k, 1);
  la_room_ask(&j->room);
  la_room_ask(&j->more);
  j->t->gelqf(j->m, j->n, NULL, NULL, &j->room);
  j->t->unglq(j->m, j->n, j->k, NULL, NULL, &j->more);
  return j->s[0] != NULL && j->s[1] != NULL && la_room_fill(j, &j->room) &&
         la_room_fill(j, &j->more);
}

/*
** Reduced QR, y = Q [m, k] then R [k, n]. The transpose has the LQ
** decomposition R^T Q^T; in row-major memory R is the upper triangle of the
** result and Q the first k columns. Rows of R are turned, and columns of Q
** against them, so that the diagonal of R is positive: with full column rank
** the decomposition is unique then.
*/
static weyl_status qr_one(la_job *j, const void *x, void *y, size_t i) {
  const la_type *t = j->t;
  size_t m = (size_t)j->m, n = (size_t)j->n, k = (size_t)j->k;
  size_t size = t->size;
  char *a = j->s[0], *q = y, *r = q + m * k * size;
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  memcpy(a, x, m * n * size);
  t->gelqf(j->m, j->n, a, j->s[1], &j->room);
  for (size_t row = 0; row < k; row++)
    memcpy(r + (row * n + row) * size, a + (row * n + row) * size,
           (n - row) * size);
  for (size_t row = 0; row < k; row++)
    memset(r + row * n * size, 0, row * size);
  t->unglq(j->m, j->n, j->k, a, j->s[1], &j->more);
  for (size_t row = 0; row < m; row++)
    memcpy(q + row * k * size, a + row * n * size, k * size);
  for (size_t c = 0; c < k; c++) {
    la_scalar p = t->phase(1, r + (c * n + c) * size, 1);
    t->turn(n - c, r + (c * n + c) * size, 1, conj(p));
    t->turn(m, q + c * size, j->k, p);
  }
  return WEYL_OK;
}

weyl_status weyl_kernel_QR(const weyl_call *c) {
  return la_run(c, "qr", prepare_qr, qr_one);
}
