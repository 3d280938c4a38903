/*
** views.c: pass 1 of the plan compiler, reading values through strides.
**
** Invariant: v[i].base is a node with storage of its own once the pass is
** over; a view that some consumer needs contiguous becomes such a node.
*/
#include <string.h>

#include "exec/compile.h"

view weyl_view_own(const graph *g, int i) {
  const weyl_tensor *t = g->node[i];
  view v = {.base = i, .rank = t->rank};
  int64_t stride = t->size > 0; /* 0 where nothing is read */
  for (int d = t->rank; d-- > 0;) {
    v.dims[d] = t->dims[d];
    v.strides[d] = stride;
    stride *= stride > 0 ? t->dims[d] : 0;
  }
  return v;
}

int weyl_view_contiguous(const view *v) {
  int64_t stride = 1;
  for (int d = 0; d < v->rank; d++)
    if (v->dims[d] == 0) return 1;
  for (int d = v->rank; d-- > 0;) {
    if (v->dims[d] != 1 && v->strides[d] != stride) return 0;
    stride *= v->dims[d];
  }
  return 1;
}

view weyl_view_broadcast(const view *v, int rank, const int64_t *dims) {
  view w = {.base = v->base, .rank = rank, .offset = v->offset};
  int lead = rank - v->rank;
  for (int d = 0; d < rank; d++) {
    int s = d - lead;
    w.dims[d] = dims[d];
    w.strides[d] = s >= 0 && v->dims[s] != 1 ? v->strides[s] : 0;
  }
  return w;
}

static view permuted(const view *v, const weyl_tensor *t) {
  view w = *v;
  for (int d = 0; d < t->rank; d++) {
    w.dims[d] = v->dims[t->attr[d]];
    w.strides[d] = v->strides[t->attr[d]];
  }
  return w;
}

static view sliced(const view *v, const weyl_tensor *t) {
  view w = *v;
  for (int d = 0; d < t->rank; d++) {
    const int64_t *a = t->attr + 3 * d; /* start, count, step */
    w.offset += a[1] > 0 ? a[0] * v->strides[d] : 0;
    w.dims[d] = a[1];
    w.strides[d] = a[1] > 1 ? v->strides[d] * a[2] : 0;
  }
  return w;
}

static view diagonal(const view *v, const weyl_tensor *t) {
  view w = *v;
  int d = t->rank - 1;
  w.rank = t->rank;
  w.dims[d] = t->dims[d];
  w.strides[d] = v->strides[d] + v->strides[d + 1];
  return w;
}

/* Drops dims of size 1 and merges neighbours that step as one. */
static int simplify(const view *v, int64_t *dims, int64_t *strides) {
  int n = 0;
  for (int d = 0; d < v->rank; d++) {
    if (v->dims[d] == 1) continue;
    if (n > 0 && strides[n - 1] == v->strides[d] * v->dims[d]) {
      dims[n - 1] *= v->dims[d];
      strides[n - 1] = v->strides[d];
    } else {
      dims[n] = v->dims[d];
      strides[n++] = v->strides[d];
    }
  }
  return n;
}

/* Reshapes without copying where strides allow; 0 where they do not. */
static int reshaped(const view *v, const weyl_tensor *t, view *w) {
  int64_t dims[WEYL_MAX_RANK], strides[WEYL_MAX_RANK];
  int n = simplify(v, dims, strides);
  *w = (view){.base = v->base, .rank = t->rank, .offset = v->offset};
  memcpy(w->dims, t->dims, (size_t)t->rank * sizeof *t->dims);
  if (t->size == 0) return 1; /* strides 0: nothing is read */
  int d = t->rank;
  while (n-- > 0) {
    int64_t left = dims[n], stride = strides[n];
    while (left > 1 && d > 0) {
      d--;
      if (left % t->dims[d] != 0) return 0;
      w->strides[d] = stride;
      stride *= t->dims[d];
      left /= t->dims[d];
    }
    if (left > 1) return 0;
  }
  return 1;
}

/* Makes node i contiguous storage of its own if it is not yet. */
static void demand(compiler *c, int i) {
  if (weyl_view_contiguous(&c->v[i])) return;
  c->v[i] = weyl_view_own(c->g, i);
  c->stored[i] = 1;
}

static view resolve(compiler *c, const weyl_tensor *t) {
  int in = (int)t->in[0]->slot;
  view w;
  switch (t->op) {
    case OP_PERMUTE: return permuted(&c->v[in], t);
    case OP_SLICE: return sliced(&c->v[in], t);
    case OP_DIAGONAL: return diagonal(&c->v[in], t);
    case OP_BROADCAST:
      return weyl_view_broadcast(&c->v[in], t->rank, t->dims);
    case OP_RESHAPE:
      if (reshaped(&c->v[in], t, &w)) return w;
      demand(c, in);
      reshaped(&c->v[in], t, &w);
      return w;
    default: return c->v[in]; /* identities */
  }
}

/* GEMM reads either dim of a matrix as the unit-stride one; BLAS counts in
** 32 bits. */
static int gemm_ready(const view *v) {
  int64_t n = v->dims[v->rank - 2], m = v->dims[v->rank - 1];
  int64_t sn = v->strides[v->rank - 2], sm = v->strides[v->rank - 1];
  if (sn > INT32_MAX || sm > INT32_MAX) return 0;
  if (n <= 1 || m <= 1) return (n <= 1 || sn > 0) && (m <= 1 || sm > 0);
  return (sm == 1 && sn >= m) || (sn == 1 && sm >= n);
}

/* An output that only renames all of a computed value takes it over. */
static int take_over(compiler *c, int i) {
  const view *v = &c->src[i];
  const weyl_tensor *base = c->g->node[v->base];
  if (base->data != NULL || c->g->out[v->base] || c->alias[v->base] >= 0 ||
      v->offset != 0 || base->size != c->g->node[i]->size ||
      !weyl_view_contiguous(v))
    return 0;
  c->alias[v->base] = i;
  c->stored[v->base] = 1;
  return 1;
}

static void find_users(compiler *c) {
  for (size_t i = 0; i < c->g->n; i++) c->alias[i] = c->user[i] = -1;
  for (size_t i = 0; i < c->g->n; i++) {
    const weyl_tensor *t = c->g->node[i];
    for (uint32_t k = 0; k < t->nin && t->data == NULL; k++) {
      int32_t *user = &c->user[t->in[k]->slot];
      *user = *user == -1 ? (int32_t)i : -2;
    }
  }
}

/*
** A product that is only read transposed (the gradient of a weight that was
** used transposed) is computed transposed: (a b)' = b' a'. Its storage then
** has the strides that the reader wants.
*/
static void maybe_transpose(compiler *c, int i) {
  int32_t user = c->user[i];
  const weyl_tensor *t = c->g->node[i];
  if (user < 0 || c->g->out[i]) return;
  const weyl_tensor *p = c->g->node[user];
  if (p->op != OP_PERMUTE) return;
  for (int d = 0; d < t->rank; d++) {
    int want = d == t->rank - 2 ? d + 1 : d == t->rank - 1 ? d - 1 : d;
    if (p->attr[d] != want) return;
  }
  view *v = &c->v[i];
  v->strides[t->rank - 1] = t->dims[t->rank - 2];
  v->strides[t->rank - 2] = 1;
}

weyl_status weyl_resolve_views(compiler *c) {
  find_users(c);
  for (int i = 0; i < (int)c->g->n; i++) {
    const weyl_tensor *t = c->g->node[i];
    weyl_kind kind = t->data != NULL ? K_LEAF : weyl_ops[t->op].kind;
    c->v[i] = weyl_view_own(c->g, i);
    if (kind == K_VIEW) {
      c->v[i] = c->src[i] = resolve(c, t);
      if (c->g->out[i] && take_over(c, i)) continue;
      if (c->g->out[i]) c->v[i] = weyl_view_own(c->g, i);
    } else if (kind == K_LIBRARY) {
      for (uint32_t k = 0; k < t->nin; k++) demand(c, (int)t->in[k]->slot);
    } else if (kind == K_MATMUL) {
      for (uint32_t k = 0; k < 2; k++)
        if (!gemm_ready(&c->v[t->in[k]->slot])) {
          int in = (int)t->in[k]->slot;
          c->v[in] = weyl_view_own(c->g, in);
          c->stored[in] = 1;
        }
    }
    if (kind == K_MATMUL) maybe_transpose(c, i);
    if (c->g->out[i] || kind == K_LIBRARY || kind == K_MATMUL)
      c->stored[i] = 1;
  }
  return WEYL_OK;
}
