/*
** update.c: the loops of the optimizers, compiled once per instruction set.
**
** Every number is updated on its own and in the same order of operations, so
** results depend neither on the instruction set nor on how the work is cut.
** Constants are computed in double precision and rounded once.
*/
#include "exec/isa.h"

/* m <- mu m + g; p <- p - lr (g + mu m) or p - lr m. Without m: p - lr g. */
#define SGD(T)                                                              \
  static void sgd_##T(size_t n, const weyl_update *u, void *pp,             \
                      const void *gg, void *mm, void *vv) {                 \
    T *p = pp, *m = mm;                                                     \
    const T *g = gg;                                                        \
    const T lr = (T)u->rate, l2 = (T)u->l2, mu = (T)u->beta1;               \
    const T ahead = (T)u->nesterov, flat = (T)(1 - u->nesterov);            \
    (void)vv;                                                               \
    if (m == NULL) {                                                        \
      SIMD for (size_t i = 0; i < n; i++) p[i] -= lr * (g[i] + l2 * p[i]);  \
      return;                                                               \
    }                                                                       \
    SIMD for (size_t i = 0; i < n; i++) {                                   \
      T d = g[i] + l2 * p[i], s = mu * m[i] + d;                            \
      m[i] = s;                                                             \
      p[i] -= lr * (ahead * (d + mu * s) + flat * s);                       \
    }                                                                       \
  }

/*
** Algorithm 1 of arXiv:1412.6980: rate = lr / (1 - beta1^t), scale =
** 1 / sqrt(1 - beta2^t) carry the bias corrections.
*/
#define ADAM(T, root)                                                       \
  static void adam_##T(size_t n, const weyl_update *u, void *pp,            \
                       const void *gg, void *mm, void *vv) {                \
    T *p = pp, *m = mm, *v = vv;                                            \
    const T *g = gg;                                                        \
    const T rate = (T)u->rate, l2 = (T)u->l2, keep = (T)u->keep;            \
    const T b1 = (T)u->beta1, c1 = (T)(1 - u->beta1);                       \
    const T b2 = (T)u->beta2, c2 = (T)(1 - u->beta2);                       \
    const T scale = (T)u->scale, eps = (T)u->epsilon;                       \
    SIMD for (size_t i = 0; i < n; i++) {                                   \
      T d = g[i] + l2 * p[i];                                               \
      T s = b1 * m[i] + c1 * d, w = b2 * v[i] + c2 * (d * d);               \
      m[i] = s;                                                             \
      v[i] = w;                                                             \
      p[i] = keep * p[i] - rate * s / (root(w) * scale + eps);              \
    }                                                                       \
  }

SGD(float)
SGD(double)
ADAM(float, sqrtf)
ADAM(double, sqrt)

void weyl_fill_update(weyl_kernel_table *t) {
  t->sgd[WEYL_F32] = sgd_float;
  t->sgd[WEYL_F64] = sgd_double;
  t->adam[WEYL_F32] = adam_float;
  t->adam[WEYL_F64] = adam_double;
}
