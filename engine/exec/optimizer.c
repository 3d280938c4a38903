/*
** optimizer.c: see optimizer.h.
*/
#include "exec/optimizer.h"

#include <math.h>
#include <string.h>

#include "base/thread.h"
#include "exec/kernels.h"

enum { GRAIN = 1 << 15 }; /* numbers per piece; below it stays on one core */

int weyl_optimizer_moments(const weyl_optimizer *o) {
  if (o->rule != WEYL_SGD) return 2;
  return o->momentum != 0 ? 1 : 0;
}

/* ---- moments ---- */

static void drop(weyl_tensor **list, size_t n) {
  for (size_t i = 0; list != NULL && i < n; i++) weyl_release(list[i]);
  weyl_free(list);
}

void weyl_optimizer_clear(weyl_optimizer *o) {
  drop(o->m, o->n);
  drop(o->v, o->n);
  weyl_free(o->data);
  o->m = o->v = NULL;
  o->data = NULL;
  o->n = 0;
}

/* A list of n tensors like those given, copies of them or zeros. */
static weyl_tensor **moments(size_t n, weyl_tensor *const *like, int copy) {
  weyl_tensor **list = weyl_calloc(n + 1, sizeof *list);
  for (size_t i = 0; list != NULL && i < n; i++) {
    const weyl_tensor *t = like[i];
    size_t bytes = (size_t)t->size * weyl_dtype_size(t->dtype);
    list[i] = weyl_leaf(t->dtype, t->rank, t->dims);
    if (list[i] == NULL) {
      drop(list, i);
      return NULL;
    }
    if (copy) memcpy(list[i]->data, t->data, bytes);
    else memset(list[i]->data, 0, bytes);
  }
  return list;
}

/* Replaces what o keeps by n moments like (or copied from) m and v. */
static weyl_status replace(weyl_optimizer *o, size_t n,
                           weyl_tensor *const *m, weyl_tensor *const *v,
                           int copy) {
  int kept = weyl_optimizer_moments(o);
  weyl_tensor **first = kept > 0 ? moments(n, m, copy) : NULL;
  weyl_tensor **second = kept > 1 ? moments(n, v, copy) : NULL;
  void **data = weyl_calloc(n + 1, sizeof *data);
  if ((kept > 0 && first == NULL) || (kept > 1 && second == NULL) ||
      data == NULL) {
    drop(first, n);
    drop(second, n);
    weyl_free(data);
    return WEYL_ENOMEM;
  }
  weyl_optimizer_clear(o);
  o->m = first;
  o->v = second;
  o->data = data;
  o->n = n;
  return WEYL_OK;
}

static int alike(const weyl_tensor *a, const weyl_tensor *b) {
  return a->dtype == b->dtype && weyl_same_shape(a, b);
}

static weyl_status mismatch(const char *what, size_t i, const weyl_tensor *x,
                            const char *other, const weyl_tensor *y) {
  char a[WEYL_SHAPE_TEXT], b[WEYL_SHAPE_TEXT];
  return weyl_fail(WEYL_EINVAL, "optimizer: %s %zu is %s %s, its %s is %s %s",
                   what, i + 1, weyl_dtype_name(x->dtype),
                   weyl_shape_text(a, x->rank, x->dims), other,
                   weyl_dtype_name(y->dtype),
                   weyl_shape_text(b, y->rank, y->dims));
}

weyl_status weyl_optimizer_load(weyl_optimizer *o, int64_t steps, size_t n,
                                weyl_tensor *const *m,
                                weyl_tensor *const *v) {
  for (size_t i = 0; v != NULL && i < n; i++)
    if (!alike(m[i], v[i]))
      return mismatch("first moment", i, m[i], "second moment", v[i]);
  weyl_status status = replace(o, n, m, v, 1);
  if (status == WEYL_OK) o->steps = steps;
  return status;
}

/* ---- a step ---- */

/* Whether gradients and kept moments fit the parameters. */
static weyl_status check(const weyl_optimizer *o, size_t n,
                         weyl_param *const *p, weyl_tensor *const *g) {
  if (o->n > 0 && n != o->n)
    return weyl_fail(WEYL_EINVAL,
                     "optimizer: got %zu parameters, had %zu before", n, o->n);
  for (size_t i = 0; i < n; i++) {
    const weyl_tensor *leaf = p[i]->leaf;
    if (!alike(leaf, g[i]))
      return mismatch("parameter", i, leaf, "gradient", g[i]);
    if (o->m != NULL && !alike(leaf, o->m[i]))
      return mismatch("parameter", i, leaf, "moment", o->m[i]);
  }
  return WEYL_OK;
}

/* Opens all parameters for change before any of them changes. */
static weyl_status open_all(weyl_optimizer *o, size_t n,
                            weyl_param *const *p) {
  for (size_t i = 0; i < n; i++) {
    o->data[i] = NULL;
    size_t first = 0;
    while (p[first] != p[i]) first++;
    if (first < i) continue;
    weyl_status status = weyl_param_change(p[i], &o->data[i]);
    if (status != WEYL_OK) return status;
  }
  return WEYL_OK;
}

/* The constants of the step that is about to be taken. */
static weyl_update constants(const weyl_optimizer *o) {
  double t = (double)o->steps + 1;
  weyl_update u = {.rate = o->lr, .l2 = o->weight_decay, .keep = 1};
  if (o->rule == WEYL_SGD) {
    u.beta1 = o->momentum;
    u.nesterov = o->nesterov;
    return u;
  }
  u.beta1 = o->beta1;
  u.beta2 = o->beta2;
  u.epsilon = o->epsilon;
  u.rate = o->lr / (1 - pow(o->beta1, t));
  u.scale = 1 / sqrt(1 - pow(o->beta2, t));
  if (o->rule == WEYL_ADAMW) {
    u.l2 = 0;
    u.keep = 1 - o->lr * o->weight_decay;
  }
  return u;
}

typedef struct job {
  const weyl_update *u;
  weyl_update_fn fn;
  size_t size; /* bytes per number */
  char *p, *m, *v;
  const char *g;
} job;

static void run(void *arg, size_t begin, size_t end, int worker) {
  const job *j = arg;
  size_t at = begin * j->size;
  (void)worker;
  j->fn(end - begin, j->u, j->p + at, j->g + at,
        j->m != NULL ? j->m + at : NULL, j->v != NULL ? j->v + at : NULL);
}

/* Complex numbers are updated as pairs of real ones. */
static void update(const weyl_optimizer *o, const weyl_update *u, size_t i,
                   const weyl_tensor *g) {
  const weyl_kernel_table *k = weyl_kernels();
  int real = weyl_real_of(g->dtype);
  size_t n = (size_t)g->size * (weyl_is_complex(g->dtype) ? 2 : 1);
  job j = {.u = u, .size = weyl_dtype_size(real),
           .fn = o->rule == WEYL_SGD ? k->sgd[real] : k->adam[real],
           .p = o->data[i], .g = g->data,
           .m = o->m != NULL ? o->m[i]->data : NULL,
           .v = o->v != NULL ? o->v[i]->data : NULL};
  weyl_parallel(n, GRAIN, run, &j);
}

weyl_status weyl_optimizer_step(weyl_optimizer *o, size_t n,
                                weyl_param *const *p,
                                weyl_tensor *const *g) {
  weyl_status status = check(o, n, p, g);
  if (status == WEYL_OK && o->n == 0) status = replace(o, n, g, g, 0);
  if (status == WEYL_OK) status = open_all(o, n, p);
  if (status != WEYL_OK) return status;
  weyl_update u = constants(o);
  for (size_t i = 0; i < n; i++)
    if (o->data[i] != NULL) update(o, &u, i, g[i]);
  o->steps++;
  return WEYL_OK;
}

/* ---- the size of a step ---- */

/* r[k] = lr / (sqrt(v / grown) + epsilon), v a mean over `parts` numbers */
#define RATES(T, root)                                                      \
  static void rates_##T(const weyl_optimizer *o, int64_t n, int parts,      \
                        double grown, const T *v, T *r) {                   \
    const T scale = (T)(1 / (grown * parts)), lr = (T)o->lr;                \
    const T epsilon = (T)o->epsilon;                                        \
    for (int64_t k = 0; k < n; k++) {                                       \
      T w = parts == 1 ? v[k] : v[2 * k] + v[2 * k + 1];                    \
      r[k] = lr / (root(w * scale) + epsilon);                              \
    }                                                                       \
  }

RATES(float, sqrtf)
RATES(double, sqrt)

weyl_tensor *weyl_optimizer_rates(const weyl_optimizer *o, size_t i) {
  const weyl_tensor *v = o->v[i];
  weyl_dtype real = weyl_real_of(v->dtype);
  weyl_tensor *r = weyl_leaf(real, v->rank, v->dims);
  if (r == NULL) return NULL;
  int parts = weyl_is_complex(v->dtype) ? 2 : 1;
  double grown = 1 - pow(o->beta2, (double)o->steps);
  if (real == WEYL_F32) rates_float(o, v->size, parts, grown, v->data, r->data);
  else rates_double(o, v->size, parts, grown, v->data, r->data);
  return r;
}
