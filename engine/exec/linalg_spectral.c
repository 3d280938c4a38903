/*
** linalg_spectral.c: kernels EIGH, SVD, PINV and COFACTOR.
**
** Eigenvectors and singular vectors leave here in the gauge of linalg.h, so
** that equal inputs give equal outputs whatever LAPACK chose. LAPACK may
** hang or return nonsense on NaN and Inf: inputs are searched first.
*/
#include <string.h>

#include "exec/linalg.h"

/* ---- Hermitian eigenvalues ---- */

/* s[0]: [n, n]; s[1]: eigenvalues, reals [n] */
static int prepare_eigh(la_job *j) {
  j->s[0] = la_matrix(j, j->n, j->n);
  j->s[1] = la_scratch(j, (size_t)j->n * j->t->real);
  la_room_ask(&j->room);
  j->t->heevd(j->n, NULL, NULL, &j->room);
  return j->s[0] != NULL && j->s[1] != NULL && la_room_fill(j, &j->room);
}

/* y [n + 1, n]: eigenvalues of (x + x^H) / 2, then vectors as columns. */
static weyl_status eigh_one(la_job *j, const void *x, void *y, size_t i) {
  const la_type *t = j->t;
  size_t n = (size_t)j->n;
  char *v = (char *)y + n * t->size;
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  t->hermitian(j->n, j->s[0], x);
  if (t->heevd(j->n, j->s[0], j->s[1], &j->room) != 0)
    return la_diverged(j, i);
  t->from_real(n, y, j->s[1]);
  t->adjoint(j->n, j->n, v, j->s[0]);
  for (size_t c = 0; c < n; c++, v += t->size)
    t->turn(n, v, j->n, conj(t->phase(j->n, v, j->n)));
  return WEYL_OK;
}

weyl_status weyl_kernel_EIGH(const weyl_call *c) {
  return la_run(c, "eigh", prepare_eigh, eigh_one);
}

/* ---- singular values ---- */

/* s[0]: a copy of x [m, n]; s[1]: singular values, reals [k] */
static int prepare_svd(la_job *j) {
  j->s[0] = la_matrix(j, j->m, j->n);
  j->s[1] = la_scratch(j, (size_t)j->k * j->t->real);
  la_room_ask(&j->room);
  j->t->gesdd(j->m, j->n, NULL, NULL, NULL, NULL, &j->room);
  return j->s[0] != NULL && j->s[1] != NULL && la_room_fill(j, &j->room);
}

static weyl_status decompose(la_job *j, const void *x, void *u, void *vh,
                             size_t i) {
  weyl_status s = la_check_finite(j, x, i);
  if (s != WEYL_OK) return s;
  memcpy(j->s[0], x, (size_t)j->m * (size_t)j->n * j->t->size);
  if (j->t->gesdd(j->m, j->n, j->s[0], u, j->s[1], vh, &j->room) != 0)
    return la_diverged(j, i);
  return WEYL_OK;
}

/* y: U [m, k], S [k], Vh [k, n]; the gauge is that of the columns of U. */
static weyl_status svd_one(la_job *j, const void *x, void *y, size_t i) {
  const la_type *t = j->t;
  size_t m = (size_t)j->m, n = (size_t)j->n, k = (size_t)j->k;
  char *u = y, *sigma = u + m * k * t->size, *vh = sigma + k * t->size;
  weyl_status s = decompose(j, x, u, vh, i);
  if (s != WEYL_OK) return s;
  t->from_real(k, sigma, j->s[1]);
  for (size_t c = 0; c < k; c++) {
    la_scalar p = t->phase(j->m, u + c * t->size, j->k);
    t->turn(m, u + c * t->size, j->k, conj(p));
    t->turn(n, vh + c * n * t->size, 1, p);
  }
  return WEYL_OK;
}

weyl_status weyl_kernel_SVD(const weyl_call *c) {
  return la_run(c, "svd", prepare_svd, svd_one);
}

/* ---- spectral functions of a general matrix ---- */

/* s[2]: U [m, k]; s[3]: Vh [k, n]; s[4]: singular values as elements [k];
** s[5]: the same as la_scalar */
static int prepare_parts(la_job *j) {
  j->s[2] = la_matrix(j, j->m, j->k);
  j->s[3] = la_matrix(j, j->k, j->n);
  j->s[4] = la_matrix(j, j->k, 1);
  j->s[5] = la_scratch(j, (size_t)j->k * sizeof(la_scalar));
  return j->s[2] != NULL && j->s[3] != NULL && j->s[4] != NULL &&
         j->s[5] != NULL && prepare_svd(j);
}

/* Decomposes x into s[2], s[5], s[3]. */
static weyl_status parts(la_job *j, const void *x, size_t i) {
  weyl_status s = decompose(j, x, j->s[2], j->s[3], i);
  if (s != WEYL_OK) return s;
  j->t->from_real((size_t)j->k, j->s[4], j->s[1]);
  j->t->load((size_t)j->k, j->s[5], j->s[4]);
  return WEYL_OK;
}

/* Multiplies row c of Vh, s[3], by f. */
static void scale_row(la_job *j, size_t c, la_scalar f) {
  size_t n = (size_t)j->n;
  j->t->turn(n, (char *)j->s[3] + c * n * j->t->size, 1, f);
}

/* V diag(1/s) U^H, with 1/s = 0 where s <= rcond max(s); attr: rcond */
static weyl_status pinv_one(la_job *j, const void *x, void *y, size_t i) {
  union { int64_t bits; double value; } rcond = {j->call->attr[0]};
  la_scalar *sigma = j->s[5];
  weyl_status s = parts(j, x, i);
  if (s != WEYL_OK) return s;
  for (int c = 0; c < j->k; c++) {
    double v = creal(sigma[c]);
    scale_row(j, (size_t)c, v > rcond.value * creal(sigma[0]) ? 1 / v : 0);
  }
  j->t->gemm(1, 1, j->n, j->m, j->k, j->s[3], j->s[2], y);
  return WEYL_OK;
}

weyl_status weyl_kernel_PINV(const weyl_call *c) {
  return la_run(c, "pinv", prepare_parts, pinv_one);
}

/* ---- the gradient of the determinant ---- */

static int prepare_cofactor(la_job *j) {
  la_room_ask(&j->more);
  j->t->getri(j->n, NULL, NULL, &j->more);
  j->piv = la_scratch(j, (size_t)j->n * sizeof *j->piv);
  return j->piv != NULL && prepare_parts(j) && la_room_fill(j, &j->more);
}

/* Determinant of a, which is overwritten with its factors; *info as getrf. */
static la_scalar factor(la_job *j, void *a, int *info) {
  la_scalar sign;
  double log_modulus;
  *info = j->t->getrf(j->n, a, j->piv);
  return j->t->pivots(j->n, a, j->piv, &sign, &log_modulus);
}

/* conj(det(U Vh)) U E Vh, where E_c is the product of all s but s_c */
static weyl_status cofactor_singular(la_job *j, const void *x, void *y,
                                     size_t i) {
  la_scalar *sigma = j->s[5];
  size_t n = (size_t)j->n, bytes = n * n * j->t->size;
  int info;
  weyl_status s = parts(j, x, i);
  if (s != WEYL_OK) return s;
  memcpy(j->s[0], j->s[2], bytes);
  la_scalar turn = factor(j, j->s[0], &info);
  memcpy(j->s[0], j->s[3], bytes);
  turn *= factor(j, j->s[0], &info);
  for (size_t c = 0; c < n; c++) {
    la_scalar others = conj(turn);
    for (size_t d = 0; d < n; d++)
      if (d != c) others *= sigma[d];
    scale_row(j, c, others);
  }
  j->t->gemm(0, 0, j->n, j->n, j->n, j->s[2], j->s[3], y);
  return WEYL_OK;
}

/* adj(x)^H, which is conj(det x) x^-H as long as x is regular. */
static weyl_status cofactor_one(la_job *j, const void *x, void *y, size_t i) {
  size_t n = (size_t)j->n;
  int info;
  memcpy(j->s[0], x, n * n * j->t->size);
  la_scalar d = factor(j, j->s[0], &info);
  if (info != 0) return cofactor_singular(j, x, y, i);
  j->t->getri(j->n, j->s[0], j->piv, &j->more);
  j->t->adjoint(j->n, j->n, y, j->s[0]);
  j->t->turn(n * n, y, 1, conj(d));
  return WEYL_OK;
}

weyl_status weyl_kernel_COFACTOR(const weyl_call *c) {
  return la_run(c, "cofactor", prepare_cofactor, cofactor_one);
}
