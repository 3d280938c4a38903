/*
** rules_spectral.c: derivatives of EIGH, SVD, QR and PINV.
**
** Sources: M. B. Giles, "Collected matrix derivative results for forward and
** reverse mode algorithmic differentiation" (2008), EIGH and SVD; S. F.
** Walter and L. Lehmann, "Algorithmic differentiation of linear algebra
** functions" (2010), QR; G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10
** (1973), PINV. All hold for complex matrices when transposes are read as
** adjoints. Packed results are split by views (ops.def says how).
**
** Vectors of equal eigenvalues or singular values may turn among themselves:
** such pairs, equal up to rounding, get no derivative of the vectors. The
** phase of complex vectors is free too; the derivative is that of parallel
** transport, v^H dv = 0 (for SVD the phase u and v share). Functions that
** do not depend on this freedom have right derivatives.
*/
#include <float.h>

#include "autodiff/rules.h"
#include "tensor/matrix.h"

/* ---- values and their differences ---- */

/* Up to where values [.., k] of a matrix with sides m, n are equal: [.., 1] */
static T *rounding(B *b, T *values, int64_t m, int64_t n) {
  if (values == NULL) return NULL;
  double eps = values->dtype == WEYL_F32 ? FLT_EPSILON : DBL_EPSILON;
  T *top = b_largest(b, b_stop(b, values), b_last_dim(values));
  return b_scale(b, top, eps * (double)(m > n ? m : n));
}

/* 1 / x, and 0 where `none` holds */
static T *guarded(B *b, T *none, T *x) {
  T *one = b_const(b, x, 1);
  T *quotient = b_div(b, one, b_where(b, none, one, x));
  return b_where(b, none, b_const(b, x, 0), quotient);
}

/*
** f[i][j] = 1 / (v_j - v_i), or 1 / (v_j^2 - v_i^2) for squares, and 0 where
** v_i, v_j are equal up to the tolerance; v [.., k] is real.
*/
static T *inverse_gaps(B *b, T *v, T *tolerance, int squares) {
  if (v == NULL || tolerance == NULL) return NULL;
  T *row = b_unsqueeze(b, v, v->rank - 1), *col = b_unsqueeze(b, v, v->rank);
  T *gap = b_sub(b, row, col);
  T *near = b_le(b, b_abs(b, gap), b_unsqueeze(b, tolerance, v->rank));
  if (squares) gap = b_mul(b, gap, b_add(b, row, col));
  return guarded(b, near, gap);
}

/* ---- EIGH: y [n + 1, n] holds w, then V ---- */

static T *eigh_gaps(B *b, T *w) {
  T *v = b_real_part(b, w);
  if (v == NULL) return NULL;
  int64_t n = v->dims[v->rank - 1];
  return inverse_gaps(b, v, rounding(b, v, n, n), 0);
}

/* The Hermitian part of V (diag(gw) + F * (V^H gV)) V^H */
static T *eigh_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *x = y->in[0];
  b_parts p = b_split(b, OP_EIGH, x, y), c = b_split(b, OP_EIGH, x, g);
  T *vh = b_adjoint(b, p.right), *f = eigh_gaps(b, p.values);
  (void)i, (void)zero;
  T *turn = b_mul(b, f, b_matmul(b, vh, c.right));
  T *middle = b_add(b, b_diag_embed(b, c.values), turn);
  return b_hermitian(b, b_matmul(b, b_matmul(b, p.right, middle), vh));
}

/* With h = V^H t V for Hermitian t: Re diag(h), then V (F * h) */
static T *eigh_jvp(B *b, T *y, int i, T *t, int *zero) {
  b_parts p = b_split(b, OP_EIGH, y->in[0], y);
  T *v = p.right, *vh = b_adjoint(b, v), *f = eigh_gaps(b, p.values);
  (void)i, (void)zero;
  T *h = b_matmul(b, b_matmul(b, vh, b_hermitian(b, t)), v);
  T *dw = b_cast(b, b_real_part(b, b_diagonal(b, h)), y->dtype);
  T *dv = b_matmul(b, v, b_mul(b, f, h));
  int row = y->rank - 2;
  return b_concat(b, 2, (T *[]){b_unsqueeze(b, dw, row), dv}, row);
}

RULE_MAPS(EIGH, eigh_vjp, eigh_jvp)

/* ---- SVD: y holds U [m, k], S [k], Vh [k, n] ---- */

typedef struct svd_values {
  T *s, *inverse; /* [.., k], real; 1 / s is 0 where s is 0 */
  T *gaps;        /* 1 / (s_j^2 - s_i^2): [.., k, k], real */
  int tall, wide; /* m > k, n > k */
} svd_values;

static svd_values values_of(B *b, const T *x, T *values) {
  int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
  T *s = b_real_part(b, values), *tolerance = rounding(b, s, m, n);
  return (svd_values){s, guarded(b, b_le(b, s, tolerance), s),
                      inverse_gaps(b, s, tolerance, 1), m > n, n > m};
}

static T *plus_adjoint(B *b, T *x) {
  return b_add(b, x, b_adjoint(b, x));
}

/* i Im of the diagonal of x, [.., k]; only for complex x */
static T *imaginary_diagonal(B *b, T *x) {
  T *d = b_diagonal(b, x);
  return b_scale(b, b_sub(b, d, b_conj(b, d)), 0.5);
}

/*
** What the cotangents of U, S and V say in the basis of U and V: with
** J = F * (U^H gU), K = F * (V^H gV) it is
** (J + J^H) S + S (K + K^H) + diag(Re gS), and for complex matrices, where
** u and v share one phase, diag(i Im(diag(U^H gU) - diag(V^H gV)) / (2 S)).
*/
static T *svd_middle(B *b, const svd_values *v, T *ugu, T *vgv, T *gs) {
  T *j = plus_adjoint(b, b_mul(b, v->gaps, ugu));
  T *k = plus_adjoint(b, b_mul(b, v->gaps, vgv));
  T *diagonal = b_real_part(b, gs);
  if (ugu == NULL) return NULL;
  if (weyl_is_complex(ugu->dtype)) {
    T *phase = imaginary_diagonal(b, b_sub(b, ugu, vgv));
    phase = b_mul(b, phase, b_scale(b, v->inverse, 0.5));
    diagonal = b_add(b, diagonal, phase);
  }
  T *sides = b_add(b, b_scale_columns(b, j, v->s), b_scale_rows(b, v->s, k));
  return b_add(b, sides, b_diag_embed(b, diagonal));
}

/*
** U middle V^H + (I - U U^H) gU S^-1 V^H + U S^-1 gV^H (I - V V^H); the
** last two terms only where U or V is not square.
*/
static T *svd_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *x = y->in[0];
  b_parts p = b_split(b, OP_SVD, x, y), c = b_split(b, OP_SVD, x, g);
  svd_values v = values_of(b, x, p.values);
  (void)i, (void)zero;
  T *ugu = b_matmul(b, b_adjoint(b, p.left), c.left);
  T *vgv = b_matmul(b, p.right, b_adjoint(b, c.right));
  T *left = b_matmul(b, p.left, svd_middle(b, &v, ugu, vgv, c.values));
  if (v.tall) {
    T *outside = b_sub(b, c.left, b_matmul(b, p.left, ugu));
    left = b_add(b, left, b_scale_columns(b, outside, v.inverse));
  }
  T *gx = b_matmul(b, left, p.right);
  if (!v.wide) return gx;
  T *outside = b_sub(b, c.right, b_matmul(b, b_adjoint(b, vgv), p.right));
  outside = b_scale_rows(b, v.inverse, outside);
  return b_add(b, gx, b_matmul(b, p.left, outside));
}

/* With q = U^H t V: what U and V turn by, U^H dU and V^H dV. */
static void svd_turns(B *b, const svd_values *v, T *q, T **du, T **dv) {
  T *qs = b_scale_columns(b, q, v->s), *sq = b_scale_rows(b, v->s, q);
  *du = b_mul(b, v->gaps, plus_adjoint(b, qs));
  *dv = b_mul(b, v->gaps, plus_adjoint(b, sq));
  if (q == NULL || !weyl_is_complex(q->dtype)) return;
  T *half = b_scale(b, v->inverse, 0.5);
  T *phase = b_diag_embed(b, b_mul(b, imaginary_diagonal(b, q), half));
  *du = b_add(b, *du, phase);
  *dv = b_sub(b, *dv, phase);
}

/*
** With q = U^H t V: dS = Re diag(q); U turns by F * (q S + S q^H) and V by
** F * (S q + q^H S), both by the shared phase; the rest leaves their spans.
*/
static T *svd_jvp(B *b, T *y, int i, T *t, int *zero) {
  T *x = y->in[0], *du, *dv;
  b_parts p = b_split(b, OP_SVD, x, y);
  svd_values v = values_of(b, x, p.values);
  (void)i, (void)zero;
  T *tv = b_matmul(b, t, b_adjoint(b, p.right));
  T *uh = b_adjoint(b, p.left), *q = b_matmul(b, uh, tv);
  svd_turns(b, &v, q, &du, &dv);
  du = b_matmul(b, p.left, du);
  T *dvh = b_matmul(b, b_adjoint(b, dv), p.right);
  if (v.tall) {
    T *outside = b_sub(b, tv, b_matmul(b, p.left, q));
    du = b_add(b, du, b_scale_columns(b, outside, v.inverse));
  }
  if (v.wide) {
    T *outside = b_sub(b, b_matmul(b, uh, t), b_matmul(b, q, p.right));
    dvh = b_add(b, dvh, b_scale_rows(b, v.inverse, outside));
  }
  T *ds = b_cast(b, b_real_part(b, b_diagonal(b, q)), y->dtype);
  T *parts[] = {b_pack(b, du), ds, b_pack(b, dvh)};
  return b_concat(b, 3, parts, y->rank - 1);
}

RULE_MAPS(SVD, svd_vjp, svd_jvp)

/* ---- QR: y holds Q [m, k], R [k, n] ---- */

/* Columns first .. first + count - 1 */
static T *columns(B *b, T *x, int64_t first, int64_t count) {
  return x == NULL ? NULL : b_slice(b, x, x->rank - 1, first, count, 1);
}

/* x R^-1 and x R^-H for upper triangular R */
static T *over_r(B *b, T *x, T *r) {
  return b_adjoint(
      b, b_trisolve(b, b_adjoint(b, r), b_adjoint(b, x), 0, 0));
}

static T *over_rh(B *b, T *x, T *r) {
  return b_adjoint(b, b_trisolve(b, r, b_adjoint(b, x), 1, 0));
}

/* (gQ + Q W) R^-H, W Hermitian with the upper triangle of gR R^H - Q^H gQ */
static T *square_qr_vjp(B *b, b_parts p, b_parts c) {
  T *n = b_sub(b, b_matmul(b, c.right, b_adjoint(b, p.right)),
               b_matmul(b, b_adjoint(b, p.left), c.left));
  T *w = plus_adjoint(b, b_half_triangle(b, n, 1));
  return over_rh(b, b_add(b, c.left, b_matmul(b, p.left, w)), p.right);
}

/*
** A wide x = [x1 x2] has R = [R1 R2] with x1 = Q R1 and R2 = Q^H x2: the
** cotangent of R2 goes to x2 and, through Q, to x1.
*/
static T *qr_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *x = y->in[0];
  int64_t n = x->dims[x->rank - 1], k = x->dims[x->rank - 2];
  b_parts p = b_split(b, OP_QR, x, y), c = b_split(b, OP_QR, x, g);
  (void)i, (void)zero;
  if (n <= k) return square_qr_vjp(b, p, c);
  T *x2 = columns(b, x, k, n - k), *g2 = columns(b, c.right, k, n - k);
  p.right = columns(b, p.right, 0, k);
  c.right = columns(b, c.right, 0, k);
  c.left = b_add(b, c.left, b_matmul(b, x2, b_adjoint(b, g2)));
  T *parts[] = {square_qr_vjp(b, p, c), b_matmul(b, p.left, g2)};
  return b_concat(b, 2, parts, x->rank - 1);
}

/*
** With M = t R^-1, X = Q^H M and U the upper triangle that makes X - U
** skew: dR = U R, dQ = M - Q U.
*/
static b_parts square_qr_jvp(B *b, b_parts p, T *t) {
  T *m = over_r(b, t, p.right);
  T *x = b_matmul(b, b_adjoint(b, p.left), m);
  T *u = b_add(b, b_half_triangle(b, x, 1),
               b_adjoint(b, b_half_triangle(b, x, 0)));
  return (b_parts){.left = b_sub(b, m, b_matmul(b, p.left, u)),
                   .right = b_matmul(b, u, p.right)};
}

static T *qr_jvp(B *b, T *y, int i, T *t, int *zero) {
  T *x = y->in[0];
  int64_t n = x->dims[x->rank - 1], k = x->dims[x->rank - 2];
  b_parts p = b_split(b, OP_QR, x, y), d;
  (void)i, (void)zero;
  if (n <= k) {
    d = square_qr_jvp(b, p, t);
  } else {
    T *x2 = columns(b, x, k, n - k), *t2 = columns(b, t, k, n - k);
    p.right = columns(b, p.right, 0, k);
    d = square_qr_jvp(b, p, columns(b, t, 0, k));
    T *dr2 = b_add(b, b_matmul(b, b_adjoint(b, d.left), x2),
                   b_matmul(b, b_adjoint(b, p.left), t2));
    d.right = b_concat(b, 2, (T *[]){d.right, dr2}, x->rank - 1);
  }
  T *parts[] = {b_pack(b, d.left), b_pack(b, d.right)};
  return b_concat(b, 2, parts, y->rank - 1);
}

RULE_MAPS(QR, qr_vjp, qr_jvp)

/* ---- PINV: y [n, m] of x [m, n], at constant rank ---- */

/* v - x (y v): what of v lies outside the range of x, where x y projects */
static T *outside_left(B *b, T *v, T *x, T *y) {
  return b_sub(b, v, b_matmul(b, x, b_matmul(b, y, v)));
}

/* v - (v x) y */
static T *outside_right(B *b, T *v, T *x, T *y) {
  return b_sub(b, v, b_matmul(b, b_matmul(b, v, x), y));
}

/*
** -y^H g y^H + (I - x y) g^H y y^H + y^H y g^H (I - y x), the adjoint of
** Golub and Pereyra's equation (4.12).
*/
static T *pinv_vjp(B *b, T *y, int i, T *g, int *zero) {
  T *x = y->in[0], *yh = b_adjoint(b, y), *gh = b_adjoint(b, g);
  (void)i, (void)zero;
  T *inside = b_matmul(b, b_matmul(b, yh, g), yh);
  T *left = b_matmul(b, gh, b_matmul(b, y, yh));
  T *right = b_matmul(b, b_matmul(b, yh, y), gh);
  T *rest = b_add(b, outside_left(b, left, x, y),
                  outside_right(b, right, y, x));
  return b_sub(b, rest, inside);
}

/* -y t y + y y^H t^H (I - x y) + (I - y x) t^H y^H y */
static T *pinv_jvp(B *b, T *y, int i, T *t, int *zero) {
  T *x = y->in[0], *yh = b_adjoint(b, y), *th = b_adjoint(b, t);
  (void)i, (void)zero;
  T *inside = b_matmul(b, b_matmul(b, y, t), y);
  T *left = b_matmul(b, th, b_matmul(b, yh, y));
  T *right = b_matmul(b, b_matmul(b, y, yh), th);
  T *rest = b_add(b, outside_left(b, left, y, x),
                  outside_right(b, right, x, y));
  return b_sub(b, rest, inside);
}

RULE_MAPS(PINV, pinv_vjp, pinv_jvp)
