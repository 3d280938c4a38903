/*
** emit.c: pass 3 for fused steps: the program of one group.
**
** Registers 0 .. nload-1 are the loads; the others are blocks of scratch,
** reused after a value's last use. Runs of simple arithmetic in which each
** value is read once become one chain (kernels.h). The iteration space of a
** reduction is reordered so that rows to fold lie together, see plan.h.
*/
#include <stdio.h>
#include <string.h>

#include "exec/compile.h"

enum { BLOCK_BYTES = 4096, LOADS_MAX = 128, MEMBERS_MAX = 64 };

/* What one emission works on. */
typedef struct emitter {
  compiler *c;
  fused *f;
  int root, rank;
  int64_t dims[WEYL_MAX_RANK]; /* iteration space, in iteration order */
  int perm[WEYL_MAX_RANK];     /* its dims in the space's own order */
  const weyl_tensor *space;
  int32_t node[LOADS_MAX];     /* what each load reads */
  view read[LOADS_MAX];
  uint8_t scalar[LOADS_MAX];   /* the load is one value */
  uint8_t block[LOADS_MAX];    /* some instruction reads a block of it */
  /* by member, in graph order: */
  int32_t member[MEMBERS_MAX]; /* its node */
  int n;
  int into[MEMBERS_MAX];       /* the member whose chain goes on from it */
  int uses[MEMBERS_MAX];       /* reads by other members */
  int last[MEMBERS_MAX];       /* last member that reads it */
} emitter;

/* ---- the iteration space ---- */

/* Kept dims first, folded dims after, except for a kept tail. */
static void order_reduction(emitter *e, uint32_t mask) {
  int rank = e->space->rank, tail = rank, n = 0;
  fused *f = e->f;
  f->r_from = -1;
  f->A = f->R = f->C = 1;
  if (e->space->size == 0) { /* nothing to fold: every result is neutral */
    f->A = e->c->g->node[e->root]->size;
    f->R = f->r_from = f->c_from = 0;
    return;
  }
  while (tail > 0 && (!(mask >> (tail - 1) & 1) ||
                      e->space->dims[tail - 1] == 1)) {
    tail--;
    f->C *= e->space->dims[tail];
  }
  for (int pass = 0; pass < 2; pass++)
    for (int d = 0; d < tail; d++) {
      if ((int)(mask >> d & 1) != pass) continue;
      *(pass ? &f->R : &f->A) *= e->space->dims[d];
      if (pass == 1 && f->r_from < 0) f->r_from = n;
      e->perm[n++] = d;
    }
  if (f->r_from < 0) f->r_from = n;
  f->c_from = n;
  for (int d = tail; d < rank; d++) e->perm[n++] = d;
}

static void lay_out(emitter *e) {
  const weyl_tensor *t = e->c->g->node[e->root];
  fused *f = e->f;
  f->reduce = -1;
  e->space = t;
  if (t->data == NULL && weyl_ops[t->op].kind == K_REDUCE) {
    f->reduce = t->op;
    e->space = t->in[0];
  }
  e->rank = e->space->rank;
  for (int d = 0; d < e->rank; d++) e->perm[d] = d;
  if (f->reduce >= 0) order_reduction(e, (uint32_t)t->attr[0]);
  for (int d = 0; d < e->rank; d++)
    e->dims[d] = e->space->dims[e->perm[d]];
  f->total = e->space->size;
}

/* ---- loads ---- */

static int one_value(const view *v) {
  for (int d = 0; d < v->rank; d++)
    if (v->dims[d] != 1 && v->strides[d] != 0) return 0;
  return 1;
}

/* Reads node `i` in iteration order; the register that holds it. */
static int add_load(emitter *e, int i, const view *v) {
  fused *f = e->f;
  for (int k = 0; k < f->nload; k++)
    if (e->node[k] == i) return k;
  view b = weyl_view_broadcast(v, e->rank, e->space->dims);
  view w = b;
  for (int d = 0; d < e->rank; d++) {
    w.dims[d] = e->dims[d];
    w.strides[d] = b.strides[e->perm[d]];
  }
  e->node[f->nload] = i;
  e->read[f->nload] = w;
  e->scalar[f->nload] = (uint8_t)one_value(&w);
  return f->nload++;
}

/*
** Merges dims that all loads step through as one, but none that is folded
** with one that is kept.
*/
static int collapse(emitter *e) {
  fused *f = e->f;
  int n = 0, r_from = 0, c_from = 0;
  if (f->total == 0) return 0; /* nothing is read */
  for (int d = 0; d < e->rank; d++) {
    if (d == f->r_from) r_from = n;
    if (d == f->c_from) c_from = n;
    if (e->dims[d] == 1) continue;
    int fresh = f->reduce >= 0 && ((d >= f->r_from && n == r_from) ||
                                   (d >= f->c_from && n == c_from));
    int merge = n > 0 && !fresh;
    for (int k = 0; k < e->f->nload && merge; k++)
      merge = e->read[k].strides[n - 1] ==
              e->read[k].strides[d] * e->dims[d];
    int to = merge ? n - 1 : n++;
    e->dims[to] = merge ? e->dims[to] * e->dims[d] : e->dims[d];
    for (int k = 0; k < e->f->nload; k++)
      e->read[k].strides[to] = e->read[k].strides[d];
  }
  f->c_from = e->rank == f->c_from ? n : c_from;
  f->r_from = e->rank == f->r_from ? n : r_from;
  return n;
}

/* Stores loads and space in the plan. */
static weyl_status finish_loads(emitter *e) {
  fused *f = e->f;
  compiler *c = e->c;
  weyl_region *r = &c->p->region;
  int rank = collapse(e);
  f->rank = rank;
  int64_t *dims =
      weyl_region_copy(r, e->dims, (size_t)rank * sizeof *dims);
  f->loads = weyl_region_array(r, (size_t)f->nload, sizeof *f->loads);
  if (dims == NULL || f->loads == NULL) return WEYL_ENOMEM;
  f->dims = dims;
  for (int k = 0; k < f->nload; k++) {
    load *l = &f->loads[k];
    view *v = &e->read[k];
    l->size = (uint8_t)weyl_dtype_size(c->g->node[v->base]->dtype);
    l->at = weyl_read_at(c, v, l->size);
    v->rank = rank;
    memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    if (e->scalar[k]) l->mode = e->block[k] ? LOAD_SCALAR : LOAD_ONE;
    else if (weyl_view_contiguous(v)) l->mode = LOAD_DIRECT;
    else l->mode = LOAD_STRIDED;
    for (int d = 0; d < rank; d++) v->strides[d] *= l->size;
    l->stride =
        weyl_region_copy(r, v->strides, (size_t)rank * sizeof *v->strides);
    if (l->stride == NULL) return WEYL_ENOMEM;
  }
  return WEYL_OK;
}

/* ---- members ---- */

static const weyl_tensor *node_of(const emitter *e, int m) {
  return e->c->g->node[e->member[m]];
}

static int computed(const emitter *e, const weyl_tensor *t) {
  return e->c->group[t->slot] == e->root && t->data == NULL &&
         weyl_ops[t->op].kind == K_ELEMENTWISE;
}

/* Lists the members; c->reg of a member's node is its ordinal. */
static void list_members(emitter *e) {
  compiler *c = e->c;
  for (int i = c->head[e->root]; i >= 0; i = c->link[i]) {
    c->reg[i] = e->n;
    e->into[e->n] = -1;
    e->member[e->n++] = i;
  }
}

/* Reads all that is not computed here; low registers are the loads. */
static void load_operands(emitter *e) {
  for (int m = 0; m < e->n; m++) {
    const weyl_tensor *t = node_of(e, m);
    if (weyl_ops[t->op].kind == K_VIEW) { /* a copy: the only member */
      e->block[add_load(e, e->member[m], &e->c->src[e->member[m]])] = 1;
      continue;
    }
    for (uint32_t k = 0; k < t->nin; k++)
      if (computed(e, t->in[k]))
        e->uses[e->c->reg[t->in[k]->slot]]++;
      else
        add_load(e, (int)t->in[k]->slot, &e->c->v[t->in[k]->slot]);
  }
}

/* ---- chains ---- */

/* The micro-operation of a node; `flipped`: the accumulator is operand 2. */
static int micro_code(const weyl_tensor *t, int flipped) {
  if (t->dtype > WEYL_F64) return -1;
  switch (t->op) {
    case OP_ADD: return WEYL_M_ADD;
    case OP_MUL: return WEYL_M_MUL;
    case OP_SUB: return flipped ? WEYL_M_RSUB : WEYL_M_SUB;
    case OP_DIV: return flipped ? WEYL_M_RDIV : WEYL_M_DIV;
    case OP_SQUARE: return WEYL_M_SQUARE;
    case OP_NEG: return WEYL_M_NEG;
    default: return -1;
  }
}

/* The operand that a member's chain goes on from, if it is a member: 0, 1 or
** -1. Only a value that nobody else reads can stay in the accumulator. */
static int continues(const emitter *e, int m) {
  const weyl_tensor *t = node_of(e, m);
  if (micro_code(t, 0) < 0) return -1;
  for (int k = 0; k < (int)t->nin; k++) {
    const weyl_tensor *in = t->in[k];
    if (computed(e, in) && micro_code(in, 0) >= 0 &&
        e->uses[e->c->reg[in->slot]] == 1)
      return k;
  }
  return -1;
}

static void find_chains(emitter *e) {
  for (int m = 0; m < e->n; m++) {
    int k = continues(e, m);
    if (k >= 0) e->into[e->c->reg[node_of(e, m)->in[k]->slot]] = m;
  }
}

/* The member that computes m's value: the end of its chain. */
static int chain_end(const emitter *e, int m) {
  while (e->into[m] >= 0) m = e->into[m];
  return m;
}

/* A kernel may write over an operand only if their elements have one size. */
static int in_place(const weyl_tensor *t, const weyl_tensor *in) {
  return weyl_dtype_size(t->dtype) == weyl_dtype_size(in->dtype);
}

static void mark_last_uses(emitter *e) {
  for (int m = 0; m < e->n; m++) e->last[m] = m;
  for (int m = 0; m < e->n; m++) {
    const weyl_tensor *t = node_of(e, m);
    int reader = chain_end(e, m);
    for (uint32_t k = 0; k < t->nin && weyl_ops[t->op].kind != K_VIEW; k++) {
      if (!computed(e, t->in[k])) continue;
      int *last = &e->last[e->c->reg[t->in[k]->slot]];
      int until = reader + !in_place(t, t->in[k]);
      if (*last < until) *last = until;
    }
  }
}

/* ---- instructions ---- */

typedef struct registers {
  int of[MEMBERS_MAX];   /* register of each member's value */
  int busy[MEMBERS_MAX]; /* member whose value a scratch register holds */
  int n;
} registers;

static weyl_ew_fn pick(const weyl_tensor *t) {
  const weyl_kernel_table *k = weyl_kernels();
  int from = t->in[t->op == OP_WHERE ? 1 : 0]->dtype;
  return t->op == OP_CAST ? k->cast[from][t->dtype] : k->ew[t->op][from];
}

static uint16_t operand(emitter *e, const registers *r,
                        const weyl_tensor *in) {
  if (computed(e, in)) return (uint16_t)r->of[e->c->reg[in->slot]];
  return (uint16_t)add_load(e, (int)in->slot, &e->c->v[in->slot]);
}

/* The same, of which a whole block is read. */
static uint16_t block_operand(emitter *e, const registers *r,
                              const weyl_tensor *in) {
  uint16_t reg = operand(e, r, in);
  if (reg < e->f->nload) e->block[reg] = 1;
  return reg;
}

/* A register whose value is not read after member m. */
static int take_register(emitter *e, registers *r, int m) {
  int k = 0;
  while (k < r->n && e->last[r->busy[k]] > m) k++;
  if (k == r->n) r->n++;
  r->busy[k] = m;
  r->of[m] = e->f->nload + k;
  return r->of[m];
}

/* One micro-operation: t from the accumulator, its operand number acc. */
static weyl_micro micro(emitter *e, const registers *r, const weyl_tensor *t,
                        int acc) {
  weyl_micro u = {.code = (uint8_t)micro_code(t, acc == 1), .scalar = 1};
  if (t->nin == 1) return u;
  u.reg = operand(e, r, t->in[1 - acc]);
  u.scalar = u.reg < e->f->nload && e->scalar[u.reg];
  return u;
}

/* The chain that ends in member `end`, from its first member on. */
static weyl_status write_chain(emitter *e, registers *r, int end, instr *x) {
  weyl_micro *op = weyl_region_array(&e->c->p->region, (size_t)e->n,
                                     sizeof *op);
  if (op == NULL) return WEYL_ENOMEM;
  int m = end, n = 1, k;
  for (; (k = continues(e, m)) >= 0; n++)
    m = e->c->reg[node_of(e, m)->in[k]->slot];
  const weyl_tensor *t = node_of(e, m); /* the first: acc is operand 1 or 2 */
  int acc = t->nin == 2 && !computed(e, t->in[0]) &&
            e->scalar[operand(e, r, t->in[0])];
  x->a = block_operand(e, r, t->in[acc]);
  x->op = op;
  x->nop = n;
  x->chain = weyl_kernels()->chain[t->dtype];
  op[0] = micro(e, r, t, acc);
  for (int i = 1; i < n; i++) {
    int next = e->into[m];
    op[i] = micro(e, r, node_of(e, next), continues(e, next));
    m = next;
  }
  return WEYL_OK;
}

static weyl_status write_single(emitter *e, const registers *r, int m,
                                instr *x) {
  const weyl_tensor *t = node_of(e, m);
  x->fn = pick(t);
  if (x->fn == NULL)
    return weyl_fail(WEYL_EINVAL, "%s: not available for %s",
                     weyl_ops[t->op].name,
                     weyl_dtype_name(t->in[t->nin - 1]->dtype));
  uint16_t in[3] = {0, 0, 0}; /* what is unused is ignored */
  for (uint32_t k = 0; k < t->nin; k++)
    in[k] = block_operand(e, r, t->in[k]);
  x->a = in[0], x->b = in[1], x->c = in[2];
  return WEYL_OK;
}

static weyl_status write_code(emitter *e) {
  fused *f = e->f;
  registers r = {.n = 0};
  weyl_status status = WEYL_OK;
  for (int m = 0; m < e->n && status == WEYL_OK; m++) {
    const weyl_tensor *t = node_of(e, m);
    if (weyl_ops[t->op].kind != K_ELEMENTWISE || e->into[m] >= 0) continue;
    instr *x = &f->code[f->ncode++];
    status = continues(e, m) >= 0 ? write_chain(e, &r, m, x)
                                  : write_single(e, &r, m, x);
    x->dst = (uint16_t)take_register(e, &r, m);
    f->result = x->dst;
  }
  if (f->reduce >= 0) {
    const weyl_tensor *in = e->c->g->node[e->root]->in[0];
    f->result = block_operand(e, &r, in);
  }
  f->nreg = f->nload + r.n;
  return status;
}

/* ---- the step ---- */

static int widest(const emitter *e) {
  size_t size = 1;
  compiler *c = e->c;
  for (int i = c->head[e->root]; i >= 0; i = c->link[i]) {
    size_t s = weyl_dtype_size(c->g->node[i]->dtype);
    if (s > size) size = s;
  }
  for (int k = 0; k < e->f->nload; k++) {
    size_t s = weyl_dtype_size(c->g->node[e->read[k].base]->dtype);
    if (s > size) size = s;
  }
  return (int)size;
}

/* "mul+add+tanh": what the profile calls the step. */
static const char *describe(emitter *e) {
  char text[60];
  size_t n = 0;
  compiler *c = e->c;
  for (int i = c->head[e->root]; i >= 0; i = c->link[i]) {
    const char *name = weyl_ops[c->g->node[i]->op].name;
    if (weyl_ops[c->g->node[i]->op].kind == K_VIEW) name = "copy";
    int w = snprintf(text + n, sizeof text - n, "%s%s", n > 0 ? "+" : "",
                     name);
    if (w < 0 || n + (size_t)w >= sizeof text) break;
    n += (size_t)w;
  }
  return weyl_region_copy(&c->p->region, text, strlen(text) + 1);
}

static void estimate(emitter *e, step *s) {
  const fused *f = e->f;
  const weyl_tensor *t = e->c->g->node[e->root];
  s->flops = (double)f->total * e->n;
  s->bytes = (double)t->size * (double)weyl_dtype_size(t->dtype);
  for (int k = 0; k < f->nload; k++)
    s->bytes += (double)e->c->g->node[e->read[k].base]->size *
                f->loads[k].size;
}

weyl_status weyl_emit_fused(compiler *c, step *s, int root) {
  emitter e = {.c = c, .f = &s->u.f, .root = root};
  const weyl_tensor *t = c->g->node[root];
  fused *f = e.f;
  lay_out(&e);
  list_members(&e);
  load_operands(&e);
  find_chains(&e);
  mark_last_uses(&e);
  f->code = weyl_region_array(&c->p->region, (size_t)e.n, sizeof *f->code);
  if (f->code == NULL || write_code(&e) != WEYL_OK)
    return weyl_error_status();
  f->dtype = f->reduce >= 0 ? t->in[0]->dtype : t->dtype;
  f->outdtype = t->dtype;
  f->outsize = (int)weyl_dtype_size(f->dtype);
  f->block = BLOCK_BYTES / (widest(&e) < 4 ? 4 : widest(&e));
  f->out = (ref){c->slot[root], 0};
  s->name = describe(&e);
  if (s->name == NULL || finish_loads(&e) != WEYL_OK) return WEYL_ENOMEM;
  f->rowsum = weyl_is_rowsum(f, weyl_kernels());
  size_t scratch = (size_t)f->nreg * BLOCK_BYTES;
  if (scratch > c->p->scratch) c->p->scratch = scratch;
  size_t partial = weyl_fused_partials(f);
  if (partial > c->p->partial) c->p->partial = partial;
  estimate(&e, s);
  return WEYL_OK;
}
