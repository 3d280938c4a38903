/*
** compile.c: from a graph to a plan. See compile.h for the passes.
*/
#include <string.h>

#include "exec/compile.h"

/* ---- slots: leaves, outputs, temporaries ---- */

static weyl_status number_slots(compiler *c) {
  weyl_plan *p = c->p;
  const graph *g = c->g;
  int32_t *leaf = weyl_region_array(&p->region, g->nleaf, sizeof *leaf);
  int32_t *out = weyl_region_array(&p->region, g->nout, sizeof *out);
  if (leaf == NULL || out == NULL) return WEYL_ENOMEM;
  for (size_t i = 0; i < g->n; i++) {
    if (g->node[i]->data != NULL) {
      c->slot[i] = (int32_t)p->nleaf;
      leaf[p->nleaf++] = (int32_t)i;
    } else if (g->out[i]) {
      c->slot[i] = (int32_t)(g->nleaf + p->nout);
      out[p->nout++] = (int32_t)i;
    }
  }
  for (size_t i = 0; i < g->n; i++) {
    if (g->node[i]->data != NULL || !c->stored[i]) continue;
    p->nstep++;
    if (c->alias[i] >= 0) c->slot[i] = c->slot[c->alias[i]];
    else if (!g->out[i])
      c->slot[i] = (int32_t)(g->nleaf + g->nout + p->ntemp++);
  }
  p->leaf = leaf;
  p->outnode = out;
  return WEYL_OK;
}

ref weyl_read_at(compiler *c, const view *v, size_t size) {
  int32_t slot = c->slot[v->base];
  c->last[slot] = c->now;
  return (ref){slot, v->offset * (int64_t)size};
}

/* ---- steps that are not fused ---- */

static int64_t batch_stride(const view *v, int d, int nbatch) {
  int s = d - (nbatch - (v->rank - 2));
  return s >= 0 && v->dims[s] != 1 ? v->strides[s] : 0;
}

/* How GEMM reads one matrix: transposed or not, leading dimension. */
static int orient(const view *v, int64_t *ld) {
  int64_t n = v->dims[v->rank - 2], m = v->dims[v->rank - 1];
  int64_t sn = v->strides[v->rank - 2], sm = v->strides[v->rank - 1];
  int plain = m <= 1 || sm == 1;
  if (m <= 1 && n > 1 && sn == 1) plain = 1;
  if (!plain) {
    *ld = m > 1 && sm > n ? sm : (n > 0 ? n : 1);
    return 1;
  }
  *ld = n > 1 && sn > m ? sn : (m > 0 ? m : 1);
  return 0;
}

/* Batches that only repeat rows of A against one B are one product, as long
** as BLAS can count its rows. */
static void merge_batch(gemm *g, const weyl_tensor *t, int64_t *bdims,
                        int64_t *as, int64_t *bs) {
  int nb = t->rank - 2;
  while (nb > 0 && bs[nb - 1] == 0 && !g->ta &&
         as[nb - 1] == g->m * g->lda &&
         g->m <= INT32_MAX / (bdims[nb - 1] > 0 ? bdims[nb - 1] : 1)) {
    g->m *= bdims[nb - 1];
    nb--;
  }
  g->nbatch = nb;
  g->batch = 1;
  for (int d = 0; d < nb; d++) g->batch *= bdims[d];
}

/* The same matrices seen the other way round. */
static view transposed(const view *v) {
  view w = *v;
  int r = v->rank;
  w.dims[r - 1] = v->dims[r - 2], w.dims[r - 2] = v->dims[r - 1];
  w.strides[r - 1] = v->strides[r - 2], w.strides[r - 2] = v->strides[r - 1];
  return w;
}

/* The batch of the product and how each operand steps through it. */
static weyl_status emit_batch(compiler *c, gemm *g, const weyl_tensor *t,
                              const view *a, const view *b) {
  int64_t bd[WEYL_MAX_RANK], as[WEYL_MAX_RANK], bs[WEYL_MAX_RANK];
  int nb = t->rank - 2;
  size_t bytes = (size_t)nb * sizeof(int64_t);
  for (int d = 0; d < nb; d++) {
    bd[d] = t->dims[d];
    as[d] = batch_stride(a, d, nb);
    bs[d] = batch_stride(b, d, nb);
  }
  merge_batch(g, t, bd, as, bs);
  g->bdims = weyl_region_copy(&c->p->region, bd, bytes);
  g->astride = weyl_region_copy(&c->p->region, as, bytes);
  g->bstride = weyl_region_copy(&c->p->region, bs, bytes);
  return g->bdims != NULL && g->astride != NULL && g->bstride != NULL
             ? WEYL_OK : WEYL_ENOMEM;
}

static weyl_status emit_gemm(compiler *c, step *s, int i) {
  const weyl_tensor *t = c->g->node[i];
  view a = c->v[t->in[0]->slot], b = c->v[t->in[1]->slot];
  gemm *g = &s->u.g;
  if (!weyl_view_contiguous(&c->v[i])) { /* see maybe_transpose */
    view at = transposed(&a);
    a = transposed(&b);
    b = at;
  }
  size_t size = weyl_dtype_size(t->dtype);
  g->dtype = t->dtype;
  g->m = a.dims[a.rank - 2];
  g->n = b.dims[b.rank - 1];
  g->k = a.dims[a.rank - 1];
  g->ta = orient(&a, &g->lda);
  g->tb = orient(&b, &g->ldb);
  g->a = weyl_read_at(c, &a, size);
  g->b = weyl_read_at(c, &b, size);
  g->out = (ref){c->slot[i], 0};
  s->name = "matmul";
  s->flops = 2.0 * (double)t->size * (double)g->k;
  s->bytes = (double)size *
             (double)(t->size + t->in[0]->size + t->in[1]->size);
  return emit_batch(c, g, t, &a, &b);
}

static weyl_operand operand_of(compiler *c, const weyl_tensor *t,
                               weyl_status *status) {
  weyl_operand o = {.dtype = t->dtype, .rank = t->rank, .size = t->size};
  o.dims = weyl_region_copy(&c->p->region, t->dims,
                            (size_t)t->rank * sizeof *t->dims);
  if (o.dims == NULL) *status = WEYL_ENOMEM;
  return o;
}

static weyl_status emit_library(compiler *c, step *s, int i) {
  const weyl_tensor *t = c->g->node[i];
  weyl_region *r = &c->p->region;
  library *l = &s->u.l;
  weyl_status status = WEYL_OK;
  l->in = weyl_region_array(r, t->nin, sizeof *l->in);
  l->at = weyl_region_array(r, t->nin, sizeof *l->at);
  int64_t *attr =
      weyl_region_copy(r, t->attr, (size_t)t->nattr * sizeof *attr);
  if (l->in == NULL || l->at == NULL || attr == NULL) return WEYL_ENOMEM;
  s->bytes = (double)t->size * (double)weyl_dtype_size(t->dtype);
  for (uint32_t k = 0; k < t->nin; k++) {
    const view *v = &c->v[t->in[k]->slot];
    size_t size = weyl_dtype_size(t->in[k]->dtype);
    l->in[k] = operand_of(c, t->in[k], &status);
    l->at[k] = weyl_read_at(c, v, size);
    s->bytes += (double)t->in[k]->size * (double)size;
  }
  l->fn = weyl_library[t->op];
  l->call = (weyl_call){.in = l->in, .nin = (int)t->nin,
                        .nattr = t->nattr, .attr = attr};
  l->call.out = operand_of(c, t, &status);
  l->out = (ref){c->slot[i], 0};
  s->name = weyl_ops[t->op].name;
  return status;
}

static weyl_status emit(compiler *c) {
  weyl_plan *p = c->p;
  p->steps = weyl_region_array(&p->region, p->nstep, sizeof *p->steps);
  if (p->steps == NULL) return WEYL_ENOMEM;
  weyl_status status = WEYL_OK;
  for (int i = 0; i < (int)c->g->n && status == WEYL_OK; i++) {
    const weyl_tensor *t = c->g->node[i];
    if (t->data != NULL || !c->stored[i]) continue;
    step *s = &p->steps[c->now];
    weyl_kind kind = weyl_ops[t->op].kind;
    s->node = i;
    s->kind = kind == K_MATMUL    ? STEP_GEMM
              : kind == K_LIBRARY ? STEP_LIBRARY
                                  : STEP_FUSED;
    c->first[c->slot[i]] = c->last[c->slot[i]] = c->now;
    if (s->kind == STEP_GEMM) status = emit_gemm(c, s, i);
    else if (s->kind == STEP_LIBRARY) status = emit_library(c, s, i);
    else status = weyl_emit_fused(c, s, i);
    c->now++;
  }
  return status;
}

/* ---- memory ---- */

static weyl_status place(compiler *c) {
  weyl_plan *p = c->p;
  size_t from = p->nleaf + p->nout;
  size_t *bytes = weyl_region_array(&c->tmp, p->ntemp, sizeof *bytes);
  if (bytes == NULL) return WEYL_ENOMEM;
  for (size_t i = 0; i < c->g->n; i++) {
    const weyl_tensor *t = c->g->node[i];
    if (t->data != NULL || !c->stored[i]) continue;
    if ((size_t)c->slot[i] < from) continue; /* an output's storage */
    size_t need = (size_t)t->size * weyl_dtype_size(t->dtype);
    /* padded like a buffer: kernels work in whole vectors */
    bytes[(size_t)c->slot[i] - from] =
        (need + 2 * WEYL_PAD - 1) / WEYL_PAD * WEYL_PAD;
  }
  return weyl_arena_place(p, bytes, c->first + from, c->last + from);
}

/* ---- the whole ---- */

static weyl_status prepare(compiler *c) {
  size_t n = c->g->n;
  weyl_region *r = &c->tmp;
  c->v = weyl_region_array(r, n, sizeof *c->v);
  c->src = weyl_region_array(r, n, sizeof *c->src);
  c->stored = weyl_region_alloc(r, n);
  int32_t **arrays[] = {&c->user, &c->alias, &c->group, &c->head, &c->link,
                        &c->slot,  &c->reg,   &c->last, &c->first};
  int ok = c->v != NULL && c->src != NULL && c->stored != NULL;
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
    *arrays[k] = weyl_region_array(r, n, sizeof(int32_t));
    ok = ok && *arrays[k] != NULL;
  }
  return ok ? WEYL_OK : WEYL_ENOMEM;
}

static weyl_status compile(compiler *c, int debug) {
  weyl_status status = prepare(c);
  if (status == WEYL_OK) status = weyl_resolve_views(c);
  if (status != WEYL_OK) return status;
  weyl_choose_groups(c, debug);
  status = number_slots(c);
  if (status == WEYL_OK) status = emit(c);
  if (status == WEYL_OK) status = place(c);
  return status;
}

void weyl_plan_free(weyl_plan *p) {
  if (p == NULL) return;
  weyl_region_clear(&p->region);
  weyl_free(p);
}

weyl_plan *weyl_plan_compile(const graph *g, int debug) {
  weyl_plan *p = weyl_calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  compiler c = {.g = g, .p = p};
  weyl_status status = compile(&c, debug);
  weyl_region_clear(&c.tmp);
  p->hash = g->hash;
  p->nkey = g->nkey;
  if (status == WEYL_OK) {
    p->key = weyl_region_copy(&p->region, g->key, g->nkey * sizeof *g->key);
    if (p->key != NULL) return p;
  }
  weyl_plan_free(p);
  return NULL;
}
